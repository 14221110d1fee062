#pragma once
/// \file
/// What a run has come to, as `rlbook run` tells it: lines for a person, JSON for a program.
#include <iosfwd>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rl/experiment/evaluation.hpp"
#include "rl/learning.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

/// Where the identity of a run keeps what keys have changed.
inline constexpr const char* kByHand = "changed_by_hand";

struct RunResult {
  const AlgorithmEntry& algorithm;
  const Problem& problem;
  const AnyRunner& runner;
  const nlohmann::ordered_json& identity;      ///< as a saved run has it
  const std::vector<Evaluation>& evaluations;  ///< at least one
  const Truth* truth;                          ///< null: Ctrl-C left no time for exact answers
  bool interrupted;
  bool stopped_by_hand;
  double seconds;
  const nlohmann::ordered_json* trace;  ///< null: none was asked for
};

std::vector<std::string> result_lines(const RunResult& result);
void write_json(std::ostream& out, const RunResult& result);

}  // namespace rl::apps
