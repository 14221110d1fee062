#pragma once
/// \file
/// Small worlds of points, for methods that learn in them within a second.
#include <algorithm>
#include <cmath>
#include <string>

#include "rl/continuous.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"

namespace tests {

/// Two numbers that a step moves by noise; pays 1 less the distance of the action from what the
/// first asks for. Ends by chance, with probability 0.05.
template <class A>
class Follow {
 public:
  using Observation = rl::Point;
  using ActionType = A;

  rl::Action num_actions() const requires std::same_as<A, rl::Action> { return 2; }
  bool available(const rl::Point&, const A&) const { return true; }
  rl::Point reset(rl::Rng& rng) { return s_ = {2 * rng.uniform() - 1, 4 * rng.uniform() - 2}; }
  rl::Step<rl::Point> step(const A& a, rl::Rng& rng) {
    const double reward = 1 - distance(a);
    const bool ends = rng.flip(0.05);
    reset(rng);
    return {reward, s_, ends};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("follow.s", s_);
  }

 private:
  double distance(rl::Action a) const { return (s_[0] > 0) == (a == 1) ? 0 : 1; }
  double distance(const rl::Point& u) const {
    return std::abs(u[0] - s_[0]) + std::abs(u[1] - 3 - s_[0]);
  }
  rl::Point s_{0.0, 0.0};
};

inline rl::Space follow_space() { return {{"x", -1, 1}, {"y", -2, 2}}; }

/// Right is 1 where the first number is above 0, else 0.
inline rl::Problem push_or_pull() {
  rl::Problem problem{.name = "push_or_pull"};
  problem.continuous = rl::ContinuousWorld{
      rl::ContinuousEnvironment<rl::Action>(Follow<rl::Action>()), follow_space()};
  problem.gamma = 0.9;
  return problem;
}

/// Right is (x, 3 + x). Actions lie in [-2, 2] and [1, 5].
inline rl::Problem steer() {
  rl::Problem problem{.name = "steer"};
  problem.continuous =
      rl::ContinuousWorld{rl::ContinuousEnvironment<rl::Point>(Follow<rl::Point>()),
                          follow_space(),
                          {{"u", -2, 2}, {"w", 1, 5}}};
  problem.gamma = 0.9;
  return problem;
}

}  // namespace tests
