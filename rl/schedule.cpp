#include "rl/schedule.hpp"

#include <algorithm>

namespace rl {

double Schedule::varying(std::int64_t k) const noexcept {
  const auto x = static_cast<double>(k);
  switch (kind) {
    case Kind::linear:
      return x >= span ? end : start + (end - start) * (x / span);
    case Kind::exponential:
      return std::max(start * std::pow(span, x), end);
    case Kind::harmonic:
      return start / (1 + x / span);
    case Kind::constant:
      break;
  }
  return start;
}

RobbinsMonroConditions robbins_monro_conditions(const Schedule& schedule) {
  using Kind = Schedule::Kind;
  if (schedule.kind == Kind::harmonic) return {schedule.start > 0, true};
  const bool shrinks = schedule.kind == Kind::exponential && schedule.span < 1;
  const double last = schedule.kind == Kind::linear || shrinks ? schedule.end : schedule.start;
  return {last > 0, last <= 0};
}

std::string robbins_monro_text(const Schedule& schedule) {
  const RobbinsMonroConditions conditions = robbins_monro_conditions(schedule);
  if (conditions.hold())
    return "the step sizes meet the Robbins-Monro conditions: their sum is infinite, that of their "
           "squares finite";
  return conditions.sum_diverges
             ? "the squares of the step sizes have an infinite sum: noise keeps w moving for ever"
             : "the step sizes have a finite sum: w may stop before it is there";
}

}  // namespace rl
