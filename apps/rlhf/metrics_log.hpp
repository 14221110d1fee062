#pragma once
/// \file
/// The metrics of a training as lines, each with the step that it was measured at, and the forms in
/// which they are written.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/preference/trainer.hpp"

namespace rl::apps {

class MetricsLog {
 public:
  void add(std::int64_t step, const Metrics& metrics);
  /// Exact scores, once a step: a run that is resumed at its end measures that step again.
  void add_scores(std::int64_t step, const Metrics& scores);

  std::string jsonl() const;
  /// One column a name, empty where a line has no such number.
  std::string csv() const;
  /// Curves for TensorBoard.
  std::string events() const;

  /// Throws std::invalid_argument for what `jsonl` did not write.
  void restore(const std::string& jsonl);

 private:
  std::vector<nlohmann::ordered_json> lines_;
  std::int64_t last_scored_ = -1;
};

}  // namespace rl::apps
