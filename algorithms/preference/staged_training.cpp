#include "algorithms/preference/staged_training.hpp"

#include <stdexcept>
#include <utility>

#include "rl/state.hpp"

namespace rl {

StagedTraining::StagedTraining(const RowPolicy& policy, std::int64_t stages, Stage make,
                               std::string counter)
    : stages_(stages), make_(std::move(make)), counter_(std::move(counter)) {
  begin(0, 0, policy.clone());
}

void StagedTraining::begin(std::int64_t stage, std::int64_t steps_before,
                           std::unique_ptr<RowPolicy> start) {
  training_ = make_(stage, *start);  // what may throw comes first
  start_ = std::move(start);
  stage_ = stage;
  steps_before_ = steps_before;
}

bool StagedTraining::advance() {
  if (stage_ >= stages_) return false;  // one that was told to go on for longer
  while (!training_->advance()) {
    if (stage_ + 1 >= stages_) return false;
    begin(stage_ + 1, steps(), training_->policy().clone());
  }
  metrics_ = training_->metrics();
  metrics_.emplace_back(counter_, static_cast<double>(stage_ + 1));
  return true;
}

std::string StagedTraining::save() {
  StateWriter out;
  out("staged.stage", stage_);
  out("staged.steps_before", steps_before_);
  start_->state(out);
  training_->state(out);
  return std::move(out.bytes);
}

void StagedTraining::load(std::string_view bytes) {
  StateReader in(bytes);
  std::int64_t stage = 0;
  std::int64_t steps_before = 0;
  in("staged.stage", stage);
  in("staged.steps_before", steps_before);
  check_saved_index("staged.stage", stage, kMostSaved);
  check_saved_index("staged.steps_before", steps_before, kMostSaved);
  std::unique_ptr<RowPolicy> start = start_->clone();
  start->state(in);
  begin(stage, steps_before, std::move(start));
  training_->state(in);
  if (!in.at_end()) throw std::invalid_argument("saved state: bytes left over at the end");
}

}  // namespace rl
