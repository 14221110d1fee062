#include "algorithms/preference/synced_training.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <typeinfo>
#include <utility>

#include "rl/state.hpp"

namespace rl {

SyncedTraining::SyncedTraining(const RowPolicy& policy, const RowPolicy& reference,
                               std::shared_ptr<PairObjective> objective,
                               const TrainingOptions& training, const ReferenceSyncOptions& options,
                               const Rng& rng)
    : options_(options),
      objective_(std::move(objective)),
      reference_(reference.clone()),
      training_(policy, objective_, training, rng) {
  if (typeid(policy) != typeid(reference) || policy.contexts().of != reference.contexts().of ||
      policy.parameters().size() != reference.parameters().size())
    throw std::invalid_argument(
        "the reference has other parameters than the policy: they cannot be mixed");
  objective_->set_reference(reference_->rows());
}

void SyncedTraining::move_reference() {
  const double alpha = options_.ref_model_mixup_alpha;
  const std::span<const double> w = training_.policy().parameters();
  reference_->update([&](std::span<double> w_ref) {
    for (std::size_t i = 0; i < w.size(); ++i) w_ref[i] = alpha * w[i] + (1 - alpha) * w_ref[i];
  });
  objective_->set_reference(reference_->rows());
}

bool SyncedTraining::advance() {
  if (!training_.advance()) return false;
  if (training_.steps() % options_.ref_model_sync_steps == 0) move_reference();
  return true;
}

std::string SyncedTraining::save() {
  StateWriter out;
  reference_->state(out);
  training_.state(out);
  return std::move(out.bytes);
}

void SyncedTraining::load(std::string_view bytes) {
  StateReader in(bytes);
  reference_->state(in);
  training_.state(in);
  if (!in.at_end()) throw std::invalid_argument("saved state: bytes left over at the end");
  objective_->set_reference(reference_->rows());
}

}  // namespace rl
