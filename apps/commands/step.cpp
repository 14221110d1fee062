// rlbook step: an algorithm one update at a time, forth and back, with the numbers filled in.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/picture.hpp"
#include "apps/policy_text.hpp"
#include "apps/terminal.hpp"
#include "apps/walk.hpp"
#include "apps/world.hpp"
#include "rl/drawing/scene.hpp"

namespace rl::apps {

namespace {

constexpr const char* kHelp =
    "n, space or Enter: forward; b: back; a number and Enter: go to that step; q: quit";

class Stepper {
 public:
  Stepper(const Registry& registry, const Arguments& arguments, Console& console)
      : arguments_(arguments),
        console_(console),
        algorithm_(*arguments.algorithms().front()),
        problem_(problem_of(registry, arguments)) {
    if (const auto reason = algorithm_.refuses(problem_)) throw std::invalid_argument(*reason);
    std::optional<TabularPolicy> policy;
    const nlohmann::json options = options_with_policy(arguments, problem_, algorithm_, policy);
    walk_ = make_walk(problem_, algorithm_, options,
                      static_cast<std::uint64_t>(*arguments.integer("seed")), policy);
  }

  int operator()() {
    const auto count = arguments_.integer("count", 1);
    const auto back = arguments_.integer("back", 0);
    if (back && !count)
      throw std::invalid_argument("--back: goes back from the step that --count reached");
    return count ? print(*count, back.value_or(0)) : walk_by_keys();
  }

 private:
  // Without a person: steps beneath one another, the drawing at the end.
  int print(std::int64_t count, std::int64_t back) {
    console_.out << title() << code(true);
    for (std::int64_t i = 0; i < count && !console_.interrupted(); ++i) {
      if (!walk_->forward()) {
        console_.out << text(end_text());
        break;
      }
      console_.out << told(walk_->view());
    }
    if (back > 0) {
      walk_->go_to(std::max<std::int64_t>(walk_->position() - back, 0), console_.interrupted);
      console_.out << text(fmt::format("back to step {}", walk_->position()))
                   << told(walk_->view());
    }
    console_.out << drawing(walk_->view());
    return console_.interrupted() ? kInterrupted : kOk;
  }

  int walk_by_keys() {
    const std::unique_ptr<KeySource> keys = keys_of(console_);
    std::string number;  // typed so far
    std::string status;
    if (keys->page_rows() == 0) console_.out << title() << text(kHelp) << code(true);
    show(*keys, number, status);
    for (;;) {
      const Key key = keys->next();
      if (console_.interrupted()) return kInterrupted;
      if (key.is('q') || key.kind == Key::Kind::end) return kOk;
      status.clear();
      if (key.kind == Key::Kind::character && key.character >= '0' && key.character <= '9') {
        constexpr std::size_t kMostDigits = 15;
        if (number.size() < kMostDigits) number += key.character;
        if (keys->page_rows() == 0) continue;
      } else if (key.kind == Key::Kind::backspace && !number.empty()) {
        number.pop_back();
      } else if (!number.empty() && key.kind == Key::Kind::enter) {
        go_to(std::stoll(number), status);
        number.clear();
      } else if (is_back(key)) {
        number.clear();
        go_to(walk_->position() - 1, status);
      } else if (is_forward(key)) {
        number.clear();
        go_to(walk_->position() + 1, status);
      } else {
        status = kHelp;
      }
      show(*keys, number, status);
    }
  }

  static bool is_back(const Key& key) {
    return key.is('b') || key.kind == Key::Kind::left || key.kind == Key::Kind::backspace;
  }
  static bool is_forward(const Key& key) {
    return key.is('n') || key.is(' ') || key.kind == Key::Kind::enter ||
           key.kind == Key::Kind::right;
  }

  void go_to(std::int64_t position, std::string& status) {
    if (position < 0)
      status = "this is the beginning";
    else if (!walk_->go_to(position, console_.interrupted))
      status = end_text();
  }

  std::string end_text() const {
    return fmt::format("{} ended after {} steps: its stop rule or a limit is met", algorithm_.name,
                       walk_->position());
  }

  // ---- texts ------------------------------------------------------------------------------------

  void show(const KeySource& keys, const std::string& number, const std::string& status) {
    const WalkView view = walk_->view();
    const std::string below = number.empty() ? status : fmt::format("go to step {}", number);
    const std::string note = below.empty() ? "" : text(below);
    if (keys.page_rows() == 0) {
      console_.out << told(view) << drawing(view) << note << std::flush;
      return;
    }
    const std::string top = title() + text(kHelp) + note + told(view);
    const std::string picture = drawing(view);
    const auto rows = [](const std::string& s) { return std::count(s.begin(), s.end(), '\n'); };
    std::string lines = code(true);
    if (rows(top) + rows(lines) + rows(picture) > keys.page_rows()) lines = code(false);
    show_page(console_, keys, top + lines + picture);
  }

  std::string text(const std::string& paragraph, int indent = 0) const {
    std::string lines;
    for (const std::string& line : wrap(paragraph, console_.columns, indent)) lines += line + '\n';
    return lines;
  }

  std::string title() const {
    const std::string discount = problem_.criterion == Criterion::average
                                     ? "average reward"
                                     : fmt::format("gamma = {}", problem_.gamma);
    return text(fmt::format("{} on {}, {}: {}", algorithm_.name, problem_.name, discount,
                            algorithm_.sections));
  }

  /// What the step did, in one paragraph and a line for each formula.
  std::string told(const WalkView& view) const {
    std::string result;
    for (const std::string& line : wrap(view.heading, console_.columns, 2))
      result += console_.style(line, "1") + '\n';
    for (const std::string& line : view.lines) result += text("  " + line, 6);
    return result;
  }

  /// The pseudo-code with the current lines marked, or these alone.
  std::string code(bool whole) const {
    const std::vector<bool> current = current_lines(algorithm_);
    std::istringstream lines(algorithm_.pseudocode);
    std::string result;
    std::string line;
    for (std::size_t i = 0; std::getline(lines, line); ++i) {
      const bool now = i < current.size() && current[i];
      if (!whole && !now) continue;
      for (const std::string& part : wrap(line, console_.columns - 2, 4))
        result += console_.style((now ? "> " : "  ") + part, now ? "1" : "2") + '\n';
    }
    return result;
  }

  std::string drawing(const WalkView& view) const {
    if (view.point)
      return draw_terminal(problem_.continuous->draw(*view.point, {}), terminal_style(console_));
    if (!problem_.finite() || problem_.model.num_states() > kLargestDrawing) return "";
    return draw_terminal(problem_.picture, view.content, terminal_style(console_));
  }

  const Arguments& arguments_;
  Console& console_;
  const AlgorithmEntry& algorithm_;
  Problem problem_;
  std::unique_ptr<Walk> walk_;
};

}  // namespace

Command step_command() {
  std::vector<FlagSpec> flags = shared_flags(
      {"env", "seed", "gamma", "start", "episode_steps", "memory_limit", "file_limit"});
  flags.push_back({"count", "N", "print N steps and stop"});
  flags.push_back({"back", "K", "with --count: then go K steps back"});
  for (FlagSpec& flag : shared_flags({"color", "ascii", "config", "set", "print_config"}))
    flags.push_back(flag);
  return {{.command = "step",
           .usage = "ALGORITHM --env WORLD [--alpha .1 ...] [--count N [--back K]]",
           .doc = "one update at a time, forth and back, with the numbers filled in",
           .operands = {"ALGORITHM", 1, 1},
           .flags = std::move(flags),
           .algorithms = {Kind::planner, Kind::learner},
           .examples = {"step sarsa --env mfrl_5x5", "step value_iteration --env mfrl_2x2",
                        "step q_learning --env cliff_walking --count 5 --back 2",
                        "step policy_iteration --env mfrl_2x2 --count 8"}},
          [](const Registry& registry, const Arguments& arguments, Console& console) {
            return Stepper(registry, arguments, console)();
          }};
}

}  // namespace rl::apps
