#include "algorithms/lanes/q_learning_kernel.hpp"

#include <algorithm>
#include <bit>

#include "algorithms/lanes/q_learning_steps.hpp"
#include "rl/kernel_dispatch.hpp"
#include "rl/values.hpp"

namespace rl::detail {
namespace {

using lanes::Constants;
using lanes::LaneSet;
using lanes::Scratch;

// ---- what lanes do one by one -------------------------------------------------------------------

/// f(i) for each lane of a set.
template <class F>
[[gnu::always_inline]] inline void for_each_lane(LaneSet set, const F& f) {
  for (; set != 0; set &= set - 1) f(static_cast<std::size_t>(std::countr_zero(set)));
}

/// The actions of a set, bit a of which says whether it holds action a: looked up, for nothing
/// tells which it will be.
template <std::size_t kWidth>
struct Members {
  std::int32_t count = 0;
  std::array<std::uint8_t, kWidth> action{};
};
template <std::size_t kWidth>
constexpr auto kMembers = [] {
  std::array<Members<kWidth>, std::size_t{1} << kWidth> all{};
  for (std::size_t set = 0; set < all.size(); ++set)
    for (std::size_t a = 0; a < kWidth; ++a)
      if ((set >> a & 1) != 0)
        all[set].action[static_cast<std::size_t>(all[set].count++)] = static_cast<std::uint8_t>(a);
  return all;
}();

/// Action number k of the set, k drawn where `draws` (Rng::index).
template <std::size_t kWidth>
[[gnu::always_inline]] inline void take_one_of(QLearningState& x, std::size_t i, std::size_t set,
                                               bool draws) {
  const Members<kWidth>& members = kMembers<kWidth>[set];
  const std::int32_t k =
      draws ? x.agent.draw(i, [&members](Rng& rng) { return rng.index(members.count); }) : 0;
  const std::size_t a = members.action[index(k)];
  x.a[i] = static_cast<double>(a);
  x.q_sa[i] = x.row(i, x.s[i])[a];
}

/// random_available (rl/values.hpp) where lane i is.
template <std::size_t kWidth>
[[gnu::always_inline]] inline void explore(QLearningState& x, std::size_t i) {
  take_one_of<kWidth>(x, i, x.available[index(x.s[i])], true);
}

/// random_greedy (rl/values.hpp) where lane i is.
template <std::size_t kWidth>
[[gnu::always_inline]] inline void take_greedy(QLearningState& x, std::size_t i) {
  const double* row = x.row(i, x.s[i]);
  double best = row[0];
  for (std::size_t a = 1; a < kWidth; ++a) best = row[a] > best ? row[a] : best;
  std::size_t set = 0;
  for (std::size_t a = 0; a < kWidth; ++a) set |= std::size_t{row[a] >= best} << a;
  take_one_of<kWidth>(x, i, set, (set & (set - 1)) != 0);
}

template <std::size_t kWidth>
void act(QLearningState& x, std::size_t i, std::int64_t u) {
  if (u < x.explore_below)
    explore<kWidth>(x, i);
  else
    take_greedy<kWidth>(x, i);
}

void begin_episode(QLearningState& x, std::size_t i) {
  x.began[i] = x.steps;
  x.reward_sum[i] = 0;
  x.s[i] = x.only_start
               ? *x.only_start
               : x.environment.draw(i, [&x](Rng& rng) { return x.model->sample_start(rng); });
}

std::int64_t cut_at(const QLearningState& x, std::size_t i) {
  return x.episode_steps < kNoLimit - x.began[i] ? x.began[i] + x.episode_steps : kNoLimit;
}

void finish_lane(QLearningState& x, std::size_t i) {
  const double* const first = x.row(i, 0);
  x.learned[i].assign(first, first + index(x.model->num_states()) * x.width);
  x.spent[i] = true;
  --x.running;
}

void end_episode(QLearningState& x, std::size_t i, bool terminated) {
  if (!x.spent[i]) {
    const auto number = static_cast<std::int64_t>(x.episodes[i].size());
    x.episodes[i].push_back({number, x.steps - x.began[i], x.reward_sum[i], terminated});
    if (number + 1 == x.budget.episodes) finish_lane(x, i);
  }
  begin_episode(x, i);
}

/// Of the lanes that did not terminate, those whose episode is truncated now.
LaneSet cut(QLearningState& x, LaneSet terminated) {
  LaneSet lanes = 0;
  x.next_cut = kNoLimit;
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (cut_at(x, i) <= x.steps) lanes |= LaneSet{1} << i;
    // A lane that ends now is cut episode_steps from now or later.
    const bool ends = ((lanes | terminated) >> i & 1) != 0;
    x.next_cut = std::min(x.next_cut, ends ? x.steps + 1 : cut_at(x, i));
  }
  return lanes & ~terminated;
}

void end_episodes(QLearningState& x, const Lanes<std::uint32_t>& terminated, LaneSet lanes) {
  for_each_lane(lanes, [&](std::size_t i) { end_episode(x, i, terminated[i] != 0); });
}

// ---- the loop -----------------------------------------------------------------------------------

template <std::size_t kWidth, bool kListed>
struct QLearningSteps {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline void run(QLearningState* const& state) {
    QLearningState& x = *state;
    // Rows are written 32 bytes at a time: a wider load after it would have to wait for all of it.
    constexpr std::size_t kVector = std::min<std::size_t>(kBytes, 32);
    Scratch<kWidth> y;
    const PackedWords& words = *x.words;
    const Constants c{x.model->num_actions(),
                      x.model->num_states(),
                      (1U << words.state_bits) - 1,
                      words.state_bits,
                      words.unit,
                      x.alpha,
                      x.gamma,
                      x.explore_below};
    double* const q = x.q.data();
    double* const row = y.row[0].data();
    while (x.running > 0 && x.steps < x.budget.steps) {
      ++x.steps;
      for (std::size_t i = 0; i < kLanes; ++i) y.action[i] = static_cast<std::int32_t>(x.a[i]);
      lanes::step_worlds<kWidth>(c, words.word.data(), x.s.data(), y.action.data(), y.next.data(),
                                 y.reward_number.data(), y.entry.data(), y.next_entry.data(),
                                 y.own_action.data(), y.terminated.data());
      lanes::decode<kListed>(c, words.rewards.data(), y.reward_number.data(), y.own_action.data(),
                             y.reward.data(), y.own.data());
      lanes::load_rows<kBytes, kWidth>(q, y.next_entry.data(), row);
      lanes::update<kVector, kWidth>(c, row, y.reward.data(), x.q_sa.data(), y.changed.data(),
                                     x.reward_sum.data());
      for (std::size_t i = 0; i < kLanes; ++i) q[y.entry[i]] = y.changed[i];
      lanes::draw(x.agent.word(0), x.agent.word(1), x.agent.word(2), x.agent.word(3), y.u.data());
      const lanes::Rest rest = lanes::choose<kVector, kWidth>(
          c, row, y.changed.data(), y.own.data(), y.u.data(), x.a.data(), x.q_sa.data());
      x.s = y.next;
      LaneSet ended = lanes::lanes_with(y.terminated.data());
      if (x.steps >= x.next_cut) ended |= cut(x, ended);
      if (ended != 0) end_episodes(x, y.terminated, ended);
      // In groups of one kind, within which there is nothing to be guessed wrongly.
      for_each_lane(rest.explore & ~ended, [&](std::size_t i) { explore<kWidth>(x, i); });
      for_each_lane(rest.tie & ~rest.explore & ~ended,
                    [&](std::size_t i) { take_greedy<kWidth>(x, i); });
      for_each_lane(ended, [&](std::size_t i) { act<kWidth>(x, i, y.u[i]); });
    }
  }
};

}  // namespace

void begin_q_learning(QLearningState& x) {
  for (std::size_t i = 0; i < kLanes; ++i) {
    begin_episode(x, i);
    const std::int64_t u =
        x.agent.draw(i, [](Rng& rng) { return static_cast<std::int64_t>(rng.bits() >> 11); });
    if (x.width == 4)
      act<4>(x, i, u);
    else
      act<8>(x, i, u);
  }
  x.next_cut = x.episode_steps;
}

void run_q_learning(QLearningState& x) {
  QLearningState* const state = &x;
  const bool listed = !x.words->rewards.empty();
  if (x.width == 4 && listed) run_kernel<QLearningSteps<4, true>>(state);
  if (x.width == 4 && !listed) run_kernel<QLearningSteps<4, false>>(state);
  if (x.width == 8 && listed) run_kernel<QLearningSteps<8, true>>(state);
  if (x.width == 8 && !listed) run_kernel<QLearningSteps<8, false>>(state);
  for (std::size_t i = 0; i < kLanes; ++i)
    if (!x.spent[i]) finish_lane(x, i);
}

}  // namespace rl::detail
