#pragma once
/// \file
/// Keys while a run is drawn (`run --watch`): pause, one step, one episode, speed, and the step
/// size and exploration rate of the learner.
///
/// An option is changed by making the learner anew with the other option and giving it the whole
/// state of the old one, which holds all but the options. A schedule becomes a constant.
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "apps/console.hpp"
#include "apps/terminal.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

/// An option that a person has set while the learner ran.
struct HandChange {
  std::int64_t step;  ///< after so many steps
  std::string option;
  double value;
};

/// [{"step": 300, "option": "alpha", "value": 0.05}, ...]
nlohmann::ordered_json changes_to_json(const std::vector<HandChange>& changes);
/// "changed by hand: alpha = 0.05 after step 300, ..."; the option is as a run's file has it.
std::string changes_text(const nlohmann::ordered_json& changes);

/// The options that keys change: a learner's alpha and epsilon, where it has them.
class TunedOptions {
 public:
  /// Problem and algorithm must outlive it; `options` are those that the learner was made with.
  TunedOptions(const AlgorithmEntry& algorithm, const Problem& problem, nlohmann::json options);

  /// Twice as much or half, within the option's range. Returns what was done, or why nothing was.
  std::string scale(AnyRunner& runner, const std::string& option, double factor);
  /// "alpha 0.1, epsilon 0.1": constants now, "schedule" where it is one; empty for neither.
  std::string text() const;

  bool has(const std::string& option) const { return info_of(option) != nullptr; }
  const nlohmann::json& options() const { return options_; }
  const std::vector<HandChange>& changes() const { return changes_; }

 private:
  const OptionInfo* info_of(const std::string& option) const;
  nlohmann::json given(const OptionInfo& info) const;
  double now(const AnyRunner& runner, const OptionInfo& info) const;

  const AlgorithmEntry& algorithm_;
  const Problem& problem_;
  nlohmann::json options_;
  std::vector<HandChange> changes_;
};

/// Draws a run and obeys keys: a person's at a terminal, else one key of `console.in` a drawing,
/// until these are used up.
class Watch {
 public:
  /// A drawing at every `steps_per_drawing` steps to begin with.
  Watch(Console& console, TunedOptions tuned, std::int64_t steps_per_drawing);

  /// How far the run may go before the next drawing.
  Budget until(const AnyRunner& runner) const;
  /// Whether it has come so far.
  bool due(const AnyRunner& runner) const;
  /// Shows `drawing` with a line of keys and obeys what is pressed until the run is to go on; false
  /// where it is to end.
  bool show(AnyRunner& runner, const std::string& drawing);

  const TunedOptions& tuned() const { return tuned_; }
  /// Drawings stand on a page that is gone when the watch ends.
  bool has_page() const { return keys_ && keys_->page_rows() > 0; }

 private:
  enum class Mode { running, paused, step, episode, quit };

  void obey(const Key& key, AnyRunner& runner);
  void draw(const AnyRunner& runner, const std::string& drawing);
  std::string footer(const AnyRunner& runner) const;

  Console& console_;
  TunedOptions tuned_;
  std::unique_ptr<KeySource> keys_;  // null: none, or used up
  std::int64_t steps_per_drawing_;
  Mode mode_ = Mode::running;
  std::int64_t mode_since_step_ = 0;
  std::int64_t mode_since_episode_ = 0;
  bool any_key_ = false;
  std::string note_;                // what the last key did
  std::ptrdiff_t drawn_lines_ = 0;  // where there is no page
};

}  // namespace rl::apps
