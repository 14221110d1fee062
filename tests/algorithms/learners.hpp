#pragma once
/// \file
/// Runs of registered learners in registered worlds.
#include <nlohmann/json.hpp>
#include <vector>

#include "algorithms/all.hpp"
#include "algorithms/truth.hpp"
#include "envs/all.hpp"
#include "rl/registry.hpp"

namespace tests {

inline const rl::Registry& worlds_and_algorithms() {
  static const rl::Registry all = [] {
    rl::Registry r;
    rl::add_worlds(r);
    rl::add_algorithms(r);
    return r;
  }();
  return all;
}

inline rl::Problem world(const char* name) {
  return worlds_and_algorithms().world(name).make({}, {.rng = rl::Rng(3).split("world")});
}

inline rl::AnyRunner begin(const char* learner, const rl::Problem& problem,
                           const nlohmann::json& options = {}, std::uint64_t seed = 1) {
  return worlds_and_algorithms().algorithm(learner).make_learner(problem, options,
                                                                 rl::Streams(seed));
}

/// The estimates of a run of so many steps or episodes.
inline std::vector<double> numbers_after(const char* learner, const rl::Problem& problem,
                                         const rl::Budget& budget,
                                         const nlohmann::json& options = {}) {
  rl::AnyRunner runner = begin(learner, problem, options);
  runner.run(budget);
  const auto values = runner.estimates().values;
  return {values.begin(), values.end()};
}

/// Their largest difference from the exact values.
inline double error_after(const char* learner, const rl::Problem& problem, const rl::Budget& budget,
                          const nlohmann::json& options = {}) {
  rl::AnyRunner runner = begin(learner, problem, options);
  runner.run(budget);
  return rl::exact_truth(problem).error(problem.model, runner.estimates()).max;
}

}  // namespace tests
