#include "rl/afterstates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <stdexcept>

namespace rl {

namespace {

/// What follows an afterstate: a row without the part of the reward that is known before.
std::vector<Outcome> answers_of(const FiniteMdp& model, const Afterstates& afterstates, State s,
                                Action a) {
  std::vector<Outcome> row = model.outcomes(s, a);
  if (!afterstates.reward.empty())
    for (Outcome& o : row)
      o.reward -= afterstates.reward[index(s) * index(model.num_actions()) + index(a)];
  return row;
}

bool same_answers(const std::vector<Outcome>& x, const std::vector<Outcome>& y) {
  constexpr double kRounding = 1e-9;
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const Outcome& a, const Outcome& b) {
    return a.next == b.next && std::abs(a.probability - b.probability) <= kRounding &&
           std::abs(a.reward - b.reward) <= kRounding * std::max(1.0, std::abs(a.reward)) &&
           a.reward_sd == b.reward_sd;
  });
}

}  // namespace

void check_afterstates(const FiniteMdp& model, const Afterstates& afterstates) {
  const std::size_t actions = index(model.num_actions());
  const std::size_t pairs = index(model.num_states()) * actions;
  if (afterstates.of.size() != pairs ||
      (!afterstates.reward.empty() && afterstates.reward.size() != pairs))
    throw std::invalid_argument(
        fmt::format("afterstates: {} numbers and {} rewards for {} states and {} actions",
                    afterstates.of.size(), afterstates.reward.size(), model.num_states(), actions));
  struct First {
    State s = -1;
    Action a = -1;
    std::vector<Outcome> answers = {};
  };
  std::vector<First> first(index(std::max(afterstates.count, 0)));
  for (std::size_t i = 0; i < pairs; ++i) {
    const auto s = static_cast<State>(i / actions);
    const auto a = static_cast<Action>(i % actions);
    const std::int32_t x = afterstates.of[i];
    if (x < -1 || x >= afterstates.count || (x == -1) == model.available(s, a))
      throw std::invalid_argument(fmt::format(
          "afterstates: {} of state {}, action {} is not one of {}{}", x, s, a, afterstates.count,
          model.available(s, a) ? "" : ", and the action is not available"));
    if (x == -1) continue;
    First& known = first[index(x)];
    std::vector<Outcome> answers = answers_of(model, afterstates, s, a);
    if (known.s < 0)
      known = {s, a, std::move(answers)};
    else if (!same_answers(known.answers, answers))
      throw std::invalid_argument(fmt::format(
          "afterstates: state {}, action {} and state {}, action {} both lead to afterstate {}, "
          "but what follows differs",
          known.s, known.a, s, a, x));
  }
}

}  // namespace rl
