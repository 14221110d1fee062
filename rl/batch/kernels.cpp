#include "rl/batch/kernels.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "rl/kernel_dispatch.hpp"

namespace rl::detail {
namespace {

/// What every world of a batch looks up in.
struct Table {
  const std::uint32_t* word;
  std::int32_t actions, pieces;
  std::uint32_t next_mask;
  int state_bits;
  double unit;
  const double* rewards;
};

/// Pointers are arguments because there alone `__restrict` tells gcc that they do not overlap.
template <bool kChance, bool kListed>
[[gnu::always_inline]] inline std::uint32_t step_block(
    const Table& table, std::size_t n, const std::uint32_t* __restrict word,
    const double* __restrict rewards, const Action* __restrict action,
    const std::uint32_t* __restrict piece, State* __restrict state, State* __restrict next,
    double* __restrict reward, std::uint8_t* __restrict terminated) {
  const Table t = table;
  std::uint32_t any = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::int32_t entry = state[i] * t.actions + action[i];
    if constexpr (kChance) entry = entry * t.pieces + static_cast<std::int32_t>(piece[i]);
    const std::uint32_t w = word[entry];
    const auto s = static_cast<State>(w & t.next_mask);
    const std::int32_t k = static_cast<std::int32_t>(w << 1) >> (t.state_bits + 1);
    state[i] = s;
    next[i] = s;
    reward[i] = kListed ? rewards[k] : t.unit * k;
    terminated[i] = static_cast<std::uint8_t>(w >> 31);
    any |= w;
  }
  return any >> 31;
}

template <bool kChance, bool kListed>
struct StepBatch {
  template <std::size_t>
  [[gnu::always_inline]] static inline void run(const Table& table, const BatchArrays& batch) {
    for (std::size_t i = 0; i < batch.size; i += kBatchBlock)
      batch.ended[i / kBatchBlock] = static_cast<std::uint8_t>(step_block<kChance, kListed>(
          table, std::min(kBatchBlock, batch.size - i), table.word, table.rewards, batch.action + i,
          kChance ? batch.piece + i : nullptr, batch.state + i, batch.next + i, batch.reward + i,
          batch.terminated + i));
  }
};

/// u of the next draw of stream i, in 0 .. 2^53 - 1 (Rng::bits).
[[gnu::always_inline]] inline std::int64_t next_u(std::uint64_t* __restrict word0,
                                                  std::uint64_t* __restrict word1,
                                                  std::uint64_t* __restrict word2,
                                                  std::uint64_t* __restrict word3, std::size_t i) {
  std::uint64_t a = word0[i], b = word1[i], c = word2[i], d = word3[i];
  const std::uint64_t result = std::rotl(a + d, 23) + a;
  const std::uint64_t t = b << 17;
  c ^= a;
  d ^= b;
  b ^= c;
  a ^= d;
  word0[i] = a;
  word1[i] = b;
  word2[i] = c ^ t;
  word3[i] = std::rotl(d, 45);
  return static_cast<std::int64_t>(result >> 11);
}

/// 1 where threshold <= u: the sign of a difference, for SSE2 compares no 64 bits.
[[gnu::always_inline]] inline std::uint64_t reached(std::int64_t threshold, std::int64_t u) {
  return static_cast<std::uint64_t>(threshold - 1 - u) >> 63;
}

template <std::size_t kThresholds>
struct DrawPieces {
  using Thresholds = std::array<std::int64_t, kThresholds>;
  [[gnu::always_inline]] static inline void loop(const Thresholds& thresholds, std::size_t n,
                                                 std::uint64_t* __restrict word0,
                                                 std::uint64_t* __restrict word1,
                                                 std::uint64_t* __restrict word2,
                                                 std::uint64_t* __restrict word3,
                                                 std::uint32_t* __restrict piece) {
    const Thresholds bounds = thresholds;
    for (std::size_t i = 0; i < n; ++i) {
      const std::int64_t u = next_u(word0, word1, word2, word3, i);
      std::uint64_t k = 0;
      for (std::size_t j = 0; j < kThresholds; ++j) k += reached(bounds[j], u);
      piece[i] = static_cast<std::uint32_t>(k);
    }
  }
  template <std::size_t>
  [[gnu::always_inline]] static inline void run(RandomLanes* const& lanes,
                                                const Thresholds& thresholds,
                                                std::uint32_t* const& piece) {
    loop(thresholds, lanes->size(), lanes->word(0), lanes->word(1), lanes->word(2), lanes->word(3),
         piece);
  }
};

/// With thresholds that no u reaches in place of missing ones.
template <std::size_t kThresholds>
void draw_pieces_of(RandomLanes& lanes, const std::vector<std::uint64_t>& thresholds,
                    std::uint32_t* piece) {
  std::array<std::int64_t, kThresholds> bounds;
  bounds.fill(std::int64_t{1} << 62);
  std::transform(thresholds.begin(), thresholds.end(), bounds.begin(),
                 [](std::uint64_t t) { return static_cast<std::int64_t>(t); });
  run_kernel<DrawPieces<kThresholds>>(&lanes, bounds, piece);
}

struct DrawActions {
  [[gnu::always_inline]] static inline void loop(
      std::size_t n, std::int32_t columns, const std::int64_t* __restrict thresholds,
      const State* __restrict state, std::uint64_t* __restrict word0,
      std::uint64_t* __restrict word1, std::uint64_t* __restrict word2,
      std::uint64_t* __restrict word3, Action* __restrict action, std::int64_t* __restrict u) {
    for (std::size_t i = 0; i < n; ++i) {
      u[i] = next_u(word0, word1, word2, word3, i);
      action[i] = 0;
    }
    for (std::int32_t j = 0; j < columns; ++j)
      for (std::size_t i = 0; i < n; ++i)
        action[i] += static_cast<Action>(reached(thresholds[state[i] * columns + j], u[i]));
  }
  template <std::size_t>
  [[gnu::always_inline]] static inline void run(RandomLanes* const& lanes,
                                                const std::int64_t* const& thresholds,
                                                const Action& num_actions,
                                                const State* const& state, Action* const& action) {
    std::array<std::int64_t, kBatchBlock> u;
    for (std::size_t i = 0; i < lanes->size(); i += kBatchBlock)
      loop(std::min(kBatchBlock, lanes->size() - i), num_actions - 1, thresholds, state + i,
           lanes->word(0) + i, lanes->word(1) + i, lanes->word(2) + i, lanes->word(3) + i,
           action + i, u.data());
  }
};

}  // namespace

void step_batch(const PackedWords& words, const BatchArrays& batch) {
  const Table table{words.word.data(),
                    batch.num_actions,
                    static_cast<std::int32_t>(words.pieces()),
                    (1U << words.state_bits) - 1,
                    words.state_bits,
                    words.unit,
                    words.rewards.data()};
  const bool chance = batch.piece != nullptr;
  const bool listed = !words.rewards.empty();
  if (chance && listed) return run_kernel<StepBatch<true, true>>(table, batch);
  if (chance) return run_kernel<StepBatch<true, false>>(table, batch);
  if (listed) return run_kernel<StepBatch<false, true>>(table, batch);
  run_kernel<StepBatch<false, false>>(table, batch);
}

void draw_pieces(RandomLanes& lanes, const std::vector<std::uint64_t>& thresholds,
                 std::uint32_t* piece) {
  if (thresholds.size() <= 2) return draw_pieces_of<2>(lanes, thresholds, piece);
  draw_pieces_of<PackedModel::kMostThresholds>(lanes, thresholds, piece);
}

void draw_actions(RandomLanes& lanes, const std::int64_t* thresholds, Action num_actions,
                  const State* state, Action* action) {
  run_kernel<DrawActions>(&lanes, thresholds, num_actions, state, action);
}

}  // namespace rl::detail
