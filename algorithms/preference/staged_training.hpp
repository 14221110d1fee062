#pragma once
/// \file
/// Trainings one after the other: each begins with the policy at which the last one ended, and may
/// learn from other data, by another loss, or be held to another reference.
///
///     w_{k+1} = Training_k(w_k),   Training_k made of k and w_k
///
/// Iterated DPO is one (iterated.hpp), behaviour cloning before CPL another.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/trainer.hpp"
#include "algorithms/preference/training.hpp"

namespace rl {

class StagedTraining final : public Trainer {
 public:
  /// Training k = 0, 1, ... from this policy. Asked again where a checkpoint is loaded, it makes
  /// the same one.
  using Stage = std::function<std::unique_ptr<Training>(std::int64_t k, const RowPolicy& policy)>;

  /// The first stage is made at once, with what that throws. `counter`: what metrics call the
  /// number of the stage, which is 1 in the first.
  StagedTraining(const RowPolicy& policy, std::int64_t stages, Stage make, std::string counter);

  /// Where a new stage cannot be made, what that throws; everything is then as it was.
  bool advance() override;
  std::int64_t steps() const override { return steps_before_ + training_->steps(); }
  const RowPolicy& policy() const override { return training_->policy(); }
  /// Those of the stage, whose `epoch` and `num_tokens` begin with it, and the stage's number.
  const Metrics& metrics() const override { return metrics_; }
  std::string save() override;
  void load(std::string_view bytes) override;

 private:
  void begin(std::int64_t stage, std::int64_t steps_before, std::unique_ptr<RowPolicy> start);

  std::int64_t stages_;
  Stage make_;
  std::string counter_;
  std::int64_t stage_ = 0;
  std::int64_t steps_before_ = 0;     // of the stages that are over
  std::unique_ptr<RowPolicy> start_;  // of this stage
  std::unique_ptr<Training> training_;
  Metrics metrics_;
};

}  // namespace rl
