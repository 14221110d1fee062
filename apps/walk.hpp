#pragma once
/// \file
/// Algorithms one step at a time, forth and back: a learner by one transition and its updates, a
/// planner by one state of a sweep. Every step is told with its formula and its numbers.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rl/drawing.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

/// What the last step did.
struct WalkView {
  std::string heading;
  std::vector<std::string> lines;  ///< formulas with their numbers filled in
  PictureContent content;
  std::optional<Point> point = {};  ///< where a continuous world stands
};

class Walk {
 public:
  virtual ~Walk() = default;
  virtual std::int64_t position() const = 0;  ///< steps made
  /// false: the algorithm is finished, or the runner has stopped; nothing was done.
  virtual bool forward() = 0;
  /// Forth or back to a position, as far as the algorithm goes; false where that is not reached, or
  /// `interrupted` (asked now and then) ended it.
  virtual bool go_to(std::int64_t position, const std::function<bool()>& interrupted) = 0;
  virtual WalkView view() const = 0;
};

/// `policy`: the one that is evaluated, for algorithms that take one. The problem must outlive it.
std::unique_ptr<Walk> make_walk(const Problem& problem, const AlgorithmEntry& algorithm,
                                const nlohmann::json& options, std::uint64_t seed,
                                const std::optional<TabularPolicy>& policy = std::nullopt);

/// [lines of the pseudo-code]: whether the line is one whose work a step shows.
std::vector<bool> current_lines(const AlgorithmEntry& algorithm);

/// Goes back by copies: some earlier states are kept, the rest made again from the one before. As
/// many are kept as fit in kMost; then every second is dropped.
template <class Machine>  // copies; bool advance()
class Rewindable {
 public:
  explicit Rewindable(Machine machine) : now_(machine), kept_{std::move(machine)} {}

  const Machine& now() const { return now_; }
  std::int64_t position() const { return position_; }

  bool forward() {
    if (!now_.advance()) return false;
    if (++position_ == stride_ * static_cast<std::int64_t>(kept_.size())) keep();
    return true;
  }

  bool go_to(std::int64_t target, const std::function<bool()>& interrupted) {
    if (target < position_) {
      const auto last = static_cast<std::int64_t>(kept_.size()) - 1;
      const std::int64_t i = std::min(std::max<std::int64_t>(target, 0) / stride_, last);
      now_ = kept_[static_cast<std::size_t>(i)];
      position_ = i * stride_;
    }
    while (position_ < target && !(position_ % 1024 == 0 && interrupted()))
      if (!forward()) break;
    return position_ == target;
  }

 private:
  static constexpr std::size_t kMost = 64;

  void keep() {
    kept_.push_back(now_);
    if (kept_.size() <= kMost) return;
    std::vector<Machine> fewer;
    for (std::size_t i = 0; i < kept_.size(); i += 2) fewer.push_back(std::move(kept_[i]));
    kept_ = std::move(fewer);
    stride_ *= 2;
  }

  Machine now_;
  std::int64_t position_ = 0;
  std::int64_t stride_ = 1;
  std::vector<Machine> kept_;  // at 0, stride_, 2 stride_, ...
};

}  // namespace rl::apps
