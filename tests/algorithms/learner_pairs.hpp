#pragma once
/// \file
/// Every registered learner in every registered world that it accepts, with little work to do: for
/// tests of what all of them promise.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "rl/random.hpp"
#include "rl/registry.hpp"
#include "tests/algorithms/learners.hpp"
#include "tests/sanitized.hpp"

namespace tests {

inline constexpr std::int64_t kLearning = 400;  // every learner changes its estimates in some world
inline constexpr std::int64_t kSteps = kSanitized ? 100 : kLearning;

/// Every world with its default options.
inline const std::vector<rl::Problem>& problems() {
  static const std::vector<rl::Problem> all = [] {
    std::vector<rl::Problem> made;
    for (const rl::WorldEntry& world : worlds_and_algorithms().worlds())
      made.push_back(world.make({}, {.rng = rl::Rng(3).split("world")}));
    return made;
  }();
  return all;
}

inline bool has_option(const rl::AlgorithmEntry& learner, const char* name) {
  return std::any_of(learner.options.begin(), learner.options.end(),
                     [name](const rl::OptionInfo& option) { return option.name == name; });
}
/// Whether many states share its parameters, so that large steps diverge.
inline bool has_features(const rl::AlgorithmEntry& learner) {
  return has_option(learner, "features");
}

/// Whether its actions are points of linear policies, which returns of -1000 drive far.
inline bool acts_by_points(const rl::AlgorithmEntry& learner) {
  return learner.lives.in_points_by_points && has_features(learner) && !learner.lives.in_states;
}
/// Whether it learns functions of states by features or networks.
inline bool approximates(const rl::AlgorithmEntry& learner) {
  return has_features(learner) || has_option(learner, "hidden");
}

/// Calls check(learner, problem) for every pair that fits; what approximates, in small worlds and
/// those of points.
template <class Check>
void for_each_pair(Check check) {
  int pairs = 0;
  for (const rl::AlgorithmEntry& learner : worlds_and_algorithms().algorithms()) {
    if (learner.kind != rl::Kind::learner) continue;
    for (const rl::Problem& problem : problems()) {
      if (learner.refuses(problem)) continue;
      constexpr rl::State kSmall = 60;
      if (approximates(learner) && problem.model.num_states() > kSmall) continue;
      CAPTURE(learner.name);
      CAPTURE(problem.name);
      check(learner, problem);
      ++pairs;
    }
  }
  CHECK(pairs > 0);
}

/// Options with which a learner that simulates at every step does little of it, and one that
/// collects first learns soon, with a small network; where there are many states, one with features
/// has few.
inline nlohmann::json little_work(const rl::AlgorithmEntry& learner, const rl::Problem& problem) {
  const nlohmann::json little = {{"depth", 3},           {"rollouts", 3},     {"simulations", 3},
                                 {"hidden", {8}},        {"batch", 8},        {"learn_from", 20},
                                 {"episode_length", 40}, {"segment", 2},      {"epochs", 2},
                                 {"minibatch", 16},      {"solve_every", 100}};
  nlohmann::json options = nlohmann::json::object();
  for (const rl::OptionInfo& option : learner.options)
    if (little.contains(option.name)) options[option.name] = little[option.name];
  constexpr rl::State kMany = 30;
  if (has_features(learner) && problem.model.num_states() > kMany)
    for (const char* name : {"features", "value_features"})
      if (has_option(learner, name)) options[name] = "aggregation:bins=3";
  if (has_option(learner, "interest")) options["alpha"] = 1e-5;  // emphasis grows with an episode
  if (acts_by_points(learner)) options.update({{"alpha", 1e-9}, {"alpha_w", 1e-9}});
  return options;
}

inline rl::AnyRunner begin_little(const rl::AlgorithmEntry& learner, const rl::Problem& problem,
                                  std::uint64_t seed = 1) {
  return learner.make_learner(problem, little_work(learner, problem), rl::Streams(seed));
}

inline std::vector<double> numbers(const rl::AnyRunner& runner) {
  const rl::Estimates estimates = runner.estimates();
  return {estimates.values.begin(), estimates.values.end()};
}

}  // namespace tests
