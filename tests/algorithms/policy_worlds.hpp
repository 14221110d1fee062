#pragma once
/// \file
/// Small worlds for methods that learn a policy.
#include <algorithm>
#include <vector>

#include "algorithms/truth.hpp"
#include "rl/continuous.hpp"
#include "rl/truth.hpp"
#include "tests/algorithms/learners.hpp"

namespace tests {

/// States 0, 1 and the end 2, two actions, gamma = 0.5. In 0: action 0 pays 1 and goes to 1, action
/// 1 pays 0 and ends. In 1: action 0 pays -1 and goes back or ends with 1/2 each, action 1 pays 2
/// and ends.
inline rl::Problem two_rooms() {
  const auto row = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& r) {
    if (s == 0)
      r = {a == 0 ? rl::Outcome{1, 1, 1} : rl::Outcome{1, 0, 2}};
    else if (a == 0)
      r = {{0.5, -1, 0}, {0.5, -1, 2}};
    else
      r = {{1, 2, 2}};
  };
  return {.name = "two_rooms",
          .model = rl::FiniteMdp(3, 2, row, {.terminal = {2}}).with_start(0),
          .gamma = 0.5};
}

/// One state with actions 0 and 2, the middle one missing; both end.
inline rl::Problem one_choice_less() {
  const auto row = [](rl::State, rl::Action a, std::vector<rl::Outcome>& r) {
    if (a != 1) r = {{1, static_cast<double>(a), 1}};
  };
  return {.name = "one_choice_less",
          .model = rl::FiniteMdp(2, 3, row, {.terminal = {1}}),
          .gamma = 0.9};
}

/// Two rows of three cells, four moves, -1 a step, the end in the far corner; gamma = 0.9.
inline rl::Problem small_grid() {
  const auto row = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& r) {
    const int d_row[] = {-1, 0, 1, 0};
    const int d_col[] = {0, 1, 0, -1};
    const int to_row = std::clamp(s / 3 + d_row[a], 0, 1);
    const int to_col = std::clamp(s % 3 + d_col[a], 0, 2);
    r = {{1, -1, to_row * 3 + to_col}};
  };
  return {.name = "small_grid",
          .model = rl::FiniteMdp(6, 4, row, {.terminal = {5}}).with_start(0),
          .gamma = 0.9};
}

/// Exact J of what was learned.
inline double exact_return(const rl::Problem& problem, const rl::Estimates& estimates) {
  return rl::exact_truth(problem).policy_return(
      rl::greedy_policy(problem.model, estimates, problem.gamma));
}

/// x' = 0.9 x + 0.5 u, reward -(x^2 + 0.1 u^2), from [-1, 1]; gamma = 0.9. The best gain is
/// u = -1.3246 x.
class Regulator {
 public:
  using Observation = rl::Point;
  using ActionType = rl::Point;

  bool available(const rl::Point& /*s*/, const rl::Point& u) const { return u.size() == 1; }
  rl::Point reset(rl::Rng& rng) {
    x_ = 2 * rng.uniform() - 1;
    return {x_};
  }
  rl::Step<rl::Point> step(const rl::Point& u, rl::Rng& /*rng*/) {
    const double reward = -(x_ * x_ + 0.1 * u[0] * u[0]);
    x_ = 0.9 * x_ + 0.5 * u[0];
    return {reward, {x_}, false};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("x", x_);
  }

 private:
  double x_ = 0;
};

inline constexpr double kRegulatorGain = 1.324623514668;

/// Episodes of 20 steps.
inline rl::Problem regulator() {
  return {.name = "regulator",
          .continuous =
              rl::ContinuousWorld{.environment = rl::ContinuousEnvironment<rl::Point>(Regulator()),
                                  .observation = {{"x"}},
                                  .action = {{"u"}},
                                  .ends = false,
                                  .return_gamma = 0.9},
          .gamma = 0.9,
          .episode_steps = 20};
}

}  // namespace tests
