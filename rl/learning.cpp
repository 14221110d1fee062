#include "rl/learning.hpp"

#include <cmath>

namespace rl {

bool all_finite(const FiniteMdp& model, const Estimates& estimates) {
  const bool states = of_states(estimates.what) || estimates.what == Quantity::weights;
  const auto width = states ? 1 : index(model.num_actions());
  for (std::size_t i = 0; i < estimates.values.size(); ++i)
    if (!std::isfinite(estimates.values[i]) &&
        (states || model.available(static_cast<State>(i / width), static_cast<Action>(i % width))))
      return false;
  return true;
}

std::int64_t AnyRunner::next_change() const {
  return changing_ && model_index_ < changing_->at_step().size()
             ? changing_->at_step()[model_index_]
             : kNoLimit;
}

void AnyRunner::follow_changes() {
  if (!changing_) return;
  const std::vector<std::int64_t>& at = changing_->at_step();
  const auto now = static_cast<std::size_t>(std::ranges::upper_bound(at, steps()) - at.begin());
  if (std::exchange(model_index_, now) != now) self_->replace_model(changing_->models()[now]);
}

}  // namespace rl
