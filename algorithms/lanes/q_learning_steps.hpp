#pragma once
/// \file
/// The parts of a step that all lanes of q_learning_kernel.hpp make side by side. Everything here
/// is always_inline: it is compiled for the registers of the place where it is called.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "algorithms/lanes/q_learning_kernel.hpp"
#include "rl/types.hpp"

namespace rl::detail::lanes {

/// A set of lanes, one a bit.
using LaneSet = std::uint32_t;
static_assert(kLanes == 32);

/// What stands between the parts of one step.
template <std::size_t kWidth>
struct Scratch {
  alignas(64) Lanes<State> next;
  alignas(64) Lanes<std::int32_t> action, reward_number, own_action;
  alignas(64) Lanes<std::uint32_t> terminated;
  alignas(64) Lanes<std::int32_t> entry;       // of (s, a) in q
  alignas(64) Lanes<std::int32_t> next_entry;  // of (s', 0)
  alignas(64) Lanes<double> own;               // a where s' is s, else -1
  alignas(64) Lanes<double> reward, changed;
  alignas(64) Lanes<std::int64_t> u;
  alignas(64) std::array<Lanes<double>, kWidth> row;  // q(s', .)
};

struct Constants {
  std::int32_t actions, states;
  std::uint32_t next_mask;
  int state_bits;
  double unit, alpha, gamma;
  std::int64_t explore_below;
};

/// s' of (s, a) and where their values stand. Arrays are arguments because there alone `__restrict`
/// tells gcc that they do not overlap, and numbers of one loop are of one width, or it gives up.
template <std::size_t kWidth>
[[gnu::always_inline]] inline void step_worlds(
    const Constants c, const std::uint32_t* __restrict word, const State* __restrict s,
    const std::int32_t* __restrict a, State* __restrict next, std::int32_t* __restrict reward,
    std::int32_t* __restrict entry, std::int32_t* __restrict next_entry,
    std::int32_t* __restrict own, std::uint32_t* __restrict terminated) {
  constexpr auto kEntries = static_cast<std::int32_t>(kWidth);
  for (std::size_t i = 0; i < kLanes; ++i) {
    const std::uint32_t w = word[s[i] * c.actions + a[i]];
    const auto to = static_cast<State>(w & c.next_mask);
    const std::int32_t first = static_cast<std::int32_t>(i) * c.states;
    entry[i] = (first + s[i]) * kEntries + a[i];
    next_entry[i] = (first + to) * kEntries;
    own[i] = to == s[i] ? a[i] : -1;
    next[i] = to;
    reward[i] = static_cast<std::int32_t>(w << 1) >> (c.state_bits + 1);
    terminated[i] = w >> 31;
  }
}

template <bool kListed>
[[gnu::always_inline]] inline void decode(const Constants c, const double* __restrict rewards,
                                          const std::int32_t* __restrict number,
                                          const std::int32_t* __restrict own_action,
                                          double* __restrict reward, double* __restrict own) {
  for (std::size_t i = 0; i < kLanes; ++i) {
    reward[i] = kListed ? rewards[number[i]] : c.unit * number[i];
    own[i] = own_action[i];
  }
}

/// kBytes of numbers side by side, as values and as they stand in memory.
template <std::size_t kBytes>
struct Wide {
  // NOLINTBEGIN: gcc ignores these attributes in `using`.
  typedef double Doubles __attribute__((vector_size(kBytes)));
  typedef std::int64_t Integers __attribute__((vector_size(kBytes)));
  typedef double DoublesThere __attribute__((vector_size(kBytes), aligned(8), may_alias));
  typedef std::int64_t IntegersThere __attribute__((vector_size(kBytes), aligned(8), may_alias));
  // NOLINTEND
  static constexpr std::size_t kSize = kBytes / sizeof(double);
};
// Not std::memcpy: gcc 12 copies 16 bytes at a time, and the wide load after it has to wait. As an
// argument of a template a type loses aligned(8): every place here is one of whole vectors, for
// rows are of 4 or 8.
template <class There, class T>
[[gnu::always_inline]] inline const There& there(const T* p) {
  return *reinterpret_cast<const There*>(p);
}
template <class There, class T>
[[gnu::always_inline]] inline There& there(T* p) {
  return *reinterpret_cast<There*>(p);
}

/// 4 rows of 4 values become 4 values of 4 lanes.
[[gnu::always_inline]] inline void transpose_four(const double* r0, const double* r1,
                                                  const double* r2, const double* r3, double* to) {
  using Four = Wide<32>::Doubles;
  using There = Wide<32>::DoublesThere;
  const Four a = there<There>(r0), b = there<There>(r1);
  const Four c = there<There>(r2), d = there<There>(r3);
  const Four ab_even = __builtin_shufflevector(a, b, 0, 4, 2, 6);  // a0 b0 a2 b2
  const Four ab_odd = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  const Four cd_even = __builtin_shufflevector(c, d, 0, 4, 2, 6);
  const Four cd_odd = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  there<There>(to) = __builtin_shufflevector(ab_even, cd_even, 0, 1, 4, 5);
  there<There>(to + kLanes) = __builtin_shufflevector(ab_odd, cd_odd, 0, 1, 4, 5);
  there<There>(to + 2 * kLanes) = __builtin_shufflevector(ab_even, cd_even, 2, 3, 6, 7);
  there<There>(to + 3 * kLanes) = __builtin_shufflevector(ab_odd, cd_odd, 2, 3, 6, 7);
}

template <std::size_t kBytes, std::size_t kWidth>
[[gnu::always_inline]] inline void load_rows(const double* q, const std::int32_t* next_entry,
                                             double* row) {
  if constexpr (kBytes > 16) {
    for (std::size_t i = 0; i < kLanes; i += 4)
      for (std::size_t a = 0; a < kWidth; a += 4)
        transpose_four(q + next_entry[i] + a, q + next_entry[i + 1] + a, q + next_entry[i + 2] + a,
                       q + next_entry[i + 3] + a, row + a * kLanes + i);
  } else {
    for (std::size_t i = 0; i < kLanes; ++i)
      for (std::size_t a = 0; a < kWidth; ++a) row[a * kLanes + i] = q[index(next_entry[i]) + a];
  }
}

/// q(s, a) after its update. A terminal row holds zeros: its maximum is the bootstrap, too.
template <std::size_t kBytes, std::size_t kWidth>
[[gnu::always_inline]] inline void update(const Constants c, const double* row,
                                          const double* reward, const double* q_sa, double* changed,
                                          double* reward_sum) {
  using Doubles = typename Wide<kBytes>::Doubles;
  using There = typename Wide<kBytes>::DoublesThere;
  for (std::size_t i = 0; i < kLanes; i += Wide<kBytes>::kSize) {
    Doubles best = there<There>(row + i);
#pragma GCC unroll 8
    for (std::size_t a = 1; a < kWidth; ++a) {
      const Doubles x = there<There>(row + a * kLanes + i);
      best = x > best ? x : best;
    }
    const Doubles r = there<There>(reward + i);
    const Doubles q = there<There>(q_sa + i);
    const Doubles target = r + c.gamma * best;
    const Doubles delta = target - q;
    there<There>(changed + i) = q + c.alpha * delta;
    there<There>(reward_sum + i) += r;
  }
}

/// u of each stream (Rng::bits).
[[gnu::always_inline]] inline void draw(std::uint64_t* __restrict word0,
                                        std::uint64_t* __restrict word1,
                                        std::uint64_t* __restrict word2,
                                        std::uint64_t* __restrict word3,
                                        std::int64_t* __restrict u) {
  for (std::size_t i = 0; i < kLanes; ++i) {
    const std::uint64_t a = word0[i], b = word1[i];
    const std::uint64_t result = std::rotl(a + word3[i], 23) + a;
    const std::uint64_t c = word2[i] ^ a, d = word3[i] ^ b;
    word1[i] = b ^ c;
    word0[i] = a ^ d;
    word2[i] = c ^ (b << 17);
    word3[i] = std::rotl(d, 45);
    u[i] = static_cast<std::int64_t>(result >> 11);
  }
}

struct Rest {
  LaneSet explore, tie;
};

/// The greedy action in s' and its value. `changed` is part of the row where s' is s. Returns the
/// lanes for which this was not all.
template <std::size_t kBytes, std::size_t kWidth>
[[gnu::always_inline]] inline Rest choose(const Constants c, const double* row,
                                          const double* changed, const double* own,
                                          const std::int64_t* u, double* a, double* q_sa) {
  using Doubles = typename Wide<kBytes>::Doubles;
  using Integers = typename Wide<kBytes>::Integers;
  using DoublesThere = typename Wide<kBytes>::DoublesThere;
  using IntegersThere = typename Wide<kBytes>::IntegersThere;
  constexpr std::size_t kSize = Wide<kBytes>::kSize;
  Integers explore{}, tie{};
  Integers bit;
  for (std::size_t l = 0; l < kSize; ++l) bit[l] = std::int64_t{1} << l;
  for (std::size_t i = 0; i < kLanes; i += kSize) {
    const Doubles slot = there<DoublesThere>(own + i);
    const Doubles x = there<DoublesThere>(changed + i);
    Doubles value[kWidth];
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kWidth; ++j) {
      const Doubles before = there<DoublesThere>(row + j * kLanes + i);
      value[j] = slot == static_cast<double>(j) ? x : before;
    }
    Doubles best = value[0];
#pragma GCC unroll 8
    for (std::size_t j = 1; j < kWidth; ++j) best = value[j] > best ? value[j] : best;
    Doubles greedy{};
    Integers ties{};  // as a negative number
#pragma GCC unroll 8
    for (std::size_t j = 0; j < kWidth; ++j) {
      const Integers is_best = value[j] == best;
      greedy = is_best ? Doubles{} + static_cast<double>(j) : greedy;
      ties += is_best;
    }
    explore |= (there<IntegersThere>(u + i) < c.explore_below) & bit;
    tie |= (ties != -1) & bit;
    bit <<= kSize;
    there<DoublesThere>(a + i) = greedy;
    there<DoublesThere>(q_sa + i) = best;
  }
  Rest rest{};
  for (std::size_t l = 0; l < kSize; ++l) {
    rest.explore |= static_cast<LaneSet>(explore[l]);
    rest.tie |= static_cast<LaneSet>(tie[l]);
  }
  return rest;
}

/// The lanes, one a bit, where a flag is set, which is rare.
[[gnu::always_inline]] inline LaneSet lanes_with(const std::uint32_t* flags) {
  std::uint32_t any = 0;
  for (std::size_t i = 0; i < kLanes; ++i) any |= flags[i];
  if (any == 0) return 0;
  LaneSet lanes = 0;
  for (std::size_t i = 0; i < kLanes; ++i) lanes |= LaneSet{flags[i]} << i;
  return lanes;
}

}  // namespace rl::detail::lanes
