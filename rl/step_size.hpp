#pragma once
/// \file
/// A schedule and its clock, as a learner uses it: alpha_k with k the updates so far, the visits of
/// (s, a) so far (sample averages, S&B 2.4; Robbins-Monro a pair, MFRL 6.2), or the episodes.
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "rl/schedule.hpp"
#include "rl/state.hpp"

namespace rl {

class StepSize {
 public:
  /// `num_keys`: how many (s, a) there are; counted one by one only on the clock of visits.
  StepSize(const Schedule& schedule, std::size_t num_keys)
      : schedule_(schedule), visits_(schedule.clock == Schedule::Clock::visits ? num_keys : 0, 0) {}

  void begin_episode() { ++episodes_; }

  /// The step size of this update of `key`; counts it.
  double next(std::size_t key) {
    if (schedule_.kind == Schedule::Kind::constant) [[likely]]
      return schedule_.start;
    return next_varying(key);
  }
  /// The value now, on the clocks of updates and episodes.
  double now() const {
    if (schedule_.kind == Schedule::Kind::constant) [[likely]]
      return schedule_.start;
    return now_varying();
  }
  /// Counts an update whose value was read by now().
  void tick() { ++updates_; }

  template <class Visitor>
  void state(Visitor& visit) {
    visit("updates", updates_);
    visit("episodes", episodes_);
    std::span<std::int64_t> visits = visits_;  // of a length that a saved state cannot change
    visit("visits", visits);
    check_saved_index("updates", updates_, kMostSaved);
    check_saved_index("episodes", episodes_, kMostSaved);
    for (const std::int64_t k : visits) check_saved_index("visits", k, kMostSaved);
  }

 private:
  double next_varying(std::size_t key) {
    if (schedule_.clock == Schedule::Clock::visits) return schedule_(visits_[key]++);
    const double value = now_varying();
    tick();
    return value;
  }
  double now_varying() const {
    if (schedule_.clock == Schedule::Clock::updates) return schedule_(updates_);
    return schedule_(episodes_ > 0 ? episodes_ - 1 : 0);
  }

  Schedule schedule_;
  std::int64_t updates_ = 0;
  std::int64_t episodes_ = 0;
  std::vector<std::int64_t> visits_;
};

/// A schedule for parameters that many states share. Throws std::invalid_argument for the clock of
/// visits, which counts for states and pairs alone.
inline const Schedule& shared_step_size(const char* option, const Schedule& alpha) {
  if (alpha.clock == Schedule::Clock::visits)
    throw std::invalid_argument(
        "option '" + std::string(option) +
        "': its clock is updates or episodes, not visits: it is one for all "
        "states");
  return alpha;
}
inline const Schedule& shared_step_size(const Schedule& alpha) {
  return shared_step_size("alpha", alpha);
}

/// A schedule of exploration rates, on the clock of updates or episodes. Throws
/// std::invalid_argument for that of visits: there is one rate for all pairs.
inline StepSize exploration_rate(const Schedule& epsilon) {
  if (epsilon.clock == Schedule::Clock::visits)
    throw std::invalid_argument("option 'epsilon': its clock is updates or episodes, not visits");
  return StepSize(epsilon, 0);
}

}  // namespace rl
