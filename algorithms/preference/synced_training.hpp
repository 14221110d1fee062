#pragma once
/// \file
/// Training whose reference follows the policy (TR-DPO, Gorbatovski et al. 2024): every K steps
///
///     w_ref <- alpha w + (1 - alpha) w_ref
///
/// alpha = 1 is a new reference, 0 none. Between these steps the reference is what every other one
/// is: an owned copy that nothing changes.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/trainer.hpp"
#include "algorithms/preference/training.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"

namespace rl {

struct ReferenceSyncOptions {
  double ref_model_mixup_alpha = 0.6;
  std::int64_t ref_model_sync_steps = 64;
  template <class Visitor>
  void visit(Visitor& v) {
    v("ref_model_mixup_alpha", ref_model_mixup_alpha,
      "share of the policy's parameters in those of the new reference", Range{0, 1});
    v("ref_model_sync_steps", ref_model_sync_steps, "steps after which the reference moves",
      Range{1, 1e12});
  }
};

class SyncedTraining final : public Trainer {
 public:
  /// Policy and reference are copied, and the objective is held to the reference. Throws
  /// std::invalid_argument where the objective has none, and for a reference with other parameters
  /// than the policy's.
  SyncedTraining(const RowPolicy& policy, const RowPolicy& reference,
                 std::shared_ptr<PairObjective> objective, const TrainingOptions& training,
                 const ReferenceSyncOptions& options, const Rng& rng);

  bool advance() override;
  std::int64_t steps() const override { return training_.steps(); }
  const RowPolicy& policy() const override { return training_.policy(); }
  const Metrics& metrics() const override { return training_.metrics(); }
  const RowPolicy& reference() const { return *reference_; }
  std::string save() override;
  void load(std::string_view bytes) override;

 private:
  void move_reference();

  ReferenceSyncOptions options_;
  std::shared_ptr<PairObjective> objective_;
  std::unique_ptr<RowPolicy> reference_;
  Training training_;
};

}  // namespace rl
