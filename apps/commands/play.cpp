// rlbook play: a world by keyboard, with undo and the exact answer on request.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <istream>
#include <ostream>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/game.hpp"
#include "apps/layout.hpp"
#include "apps/picture.hpp"
#include "apps/terminal.hpp"
#include "apps/world.hpp"
#include "rl/values.hpp"

namespace rl::apps {

namespace {

class Player {
 public:
  Player(const Registry& registry, const Arguments& arguments, Console& console)
      : console_(console),
        problem_(finite_problem_of(registry, arguments, "play")),
        game_(problem_, static_cast<std::uint64_t>(*arguments.integer("seed"))) {}

  int operator()() {
    const bool by_keys =
        console_.in_is_terminal && console_.out_is_terminal && RawTerminal::possible();
    return by_keys ? play_by_keys() : play_by_lines();
  }

 private:
  // ---- a person at the terminal -----------------------------------------------------------------

  int play_by_keys() {
    RawTerminal keys;
    const std::string world = introduction() + text(key_help());
    std::string number;  // typed so far, where actions have several digits
    for (;;) {
      const std::string typed = number.empty() ? "" : text(fmt::format("action {}", number));
      std::string page = world;
      for (const std::string& part : {situation(), typed, note_, drawing()}) page += part;
      show_page(console_, keys, page);
      const Key key = keys.next();
      note_.clear();
      if (key.is('q') || key.kind == Key::Kind::end) return kOk;
      if (key.kind == Key::Kind::character && key.character >= '0' && key.character <= '9') {
        type(key.character, number);
      } else if (key.kind == Key::Kind::enter && !number.empty()) {
        act(parse_action(problem_, number), number);
        number.clear();
      } else if (key.kind == Key::Kind::backspace && !number.empty()) {
        number.pop_back();
      } else {
        number.clear();
        press(key);
      }
    }
  }

  /// One digit is an action where all actions have one digit; else Enter ends the number.
  void type(char digit, std::string& number) {
    constexpr Action kMostByDigit = 9;
    constexpr std::size_t kMostDigits = 5;
    if (number.size() < kMostDigits) number += digit;
    if (problem_.model.num_actions() > kMostByDigit) return;
    act(parse_action(problem_, number), number);
    number.clear();
  }

  void press(const Key& key) {
    if (key.is('r'))
      game_.reset();
    else if (key.is('u'))
      undo();
    else if (key.is('o'))
      note_ = hint();
    else if (const auto direction = direction_of(key))
      act(action_towards(problem_.picture, direction->first, direction->second), "that way");
  }

  /// (d_row, d_col)
  static std::optional<std::pair<int, int>> direction_of(const Key& key) {
    if (key.kind == Key::Kind::up || key.is('w')) return std::pair(-1, 0);
    if (key.kind == Key::Kind::down || key.is('s')) return std::pair(1, 0);
    if (key.kind == Key::Kind::left || key.is('a')) return std::pair(0, -1);
    if (key.kind == Key::Kind::right || key.is('d')) return std::pair(0, 1);
    return std::nullopt;
  }

  // ---- a file, a pipe, a test -------------------------------------------------------------------

  int play_by_lines() {
    const char* const help =
        "A line is an action, by its number or name, or one of: hint, undo, reset, quit.";
    console_.out << introduction() << text(help) << action_menu() << situation() << drawing();
    std::string line;
    while (std::getline(console_.in, line)) {
      const std::size_t begin = line.find_first_not_of(" \t\r");
      if (begin == std::string::npos) continue;
      const std::string word = line.substr(begin, line.find_last_not_of(" \t\r") - begin + 1);
      note_.clear();
      if (word == "quit" || word == "q") break;
      obey(word);
      console_.out << situation() << note_;
      if (word != "hint" && word != "o") console_.out << drawing();
      console_.out.flush();
    }
    return kOk;
  }

  void obey(const std::string& word) {
    if (const auto action = parse_action(problem_, word))  // names of actions come first
      act(action, word);
    else if (word == "hint" || word == "o")
      note_ = hint();
    else if (word == "undo" || word == "u")
      undo();
    else if (word == "reset" || word == "r")
      game_.reset();
    else if (word.size() == 1 && direction_of({Key::Kind::character, word[0]}))
      press({Key::Kind::character, word[0]});
    else
      act(std::nullopt, "'" + word + "'");
  }

  // ---- what both do -----------------------------------------------------------------------------

  void act(std::optional<Action> a, const std::string& what) {
    if (!a)
      note_ = text(fmt::format("no action is {}", what));
    else if (game_.over())
      note_ = text("the episode is over: r begins a new one, u takes the last action back");
    else if (!game_.act(*a))
      note_ = text(fmt::format("{} is not available in {}", problem_.picture.action_name(*a),
                               problem_.picture.state_name(game_.episode().s)));
  }

  void undo() {
    if (!game_.undo()) note_ = text("nothing to undo");
  }

  std::string text(const std::string& paragraph) const {
    std::string lines;
    for (const std::string& line : wrap(paragraph, console_.columns, 2)) lines += line + '\n';
    return lines;
  }

  std::string introduction() const {
    return text(fmt::format(
        "{}, {}{}", problem_.name,
        problem_.criterion == Criterion::average ? std::string("average reward")
                                                 : fmt::format("gamma = {}", problem_.gamma),
        problem_.episode_steps == kNoLimit
            ? std::string()
            : fmt::format(", episodes of at most {} steps", problem_.episode_steps)));
  }

  std::string action_menu() const {
    std::string menu = "actions:";
    for (Action a = 0; a < problem_.model.num_actions(); ++a)
      menu += fmt::format(" {} {}{}", a + 1, problem_.picture.action_name(a),
                          a + 1 < problem_.model.num_actions() ? "," : "");
    return text(menu);
  }

  std::string key_help() const {
    const bool arrows = action_towards(problem_.picture, 0, 1).has_value();
    std::string help = arrows ? "arrows or wasd move; " : "";
    const Action actions = problem_.model.num_actions();
    constexpr Action kShort = 9;
    for (Action a = 0; a < actions && a < kShort; ++a)
      help += fmt::format("{} {}, ", a + 1, problem_.picture.action_name(a));
    if (actions > kShort)
      help += fmt::format("... {} {} (a number and Enter), ", actions,
                          problem_.picture.action_name(actions - 1));
    return help + "o: what is optimal, u undo, r new episode, q quit";
  }

  /// "step 3: right, reward -1; return -1, discounted -0.81; now in s3"
  std::string situation() const {
    const Game::Episode& e = game_.episode();
    std::string line = e.last_action
                           ? fmt::format("step {}: {}, reward {:.4g}; ", e.steps,
                                         problem_.picture.action_name(*e.last_action), e.reward)
                           : std::string("a new episode; ");
    line += fmt::format("sum of rewards {:.4g}, discounted {:.4g}; now in {}", e.reward_sum,
                        e.discounted_return, problem_.picture.state_name(e.s));
    if (e.terminated) line += ": terminated";
    if (e.truncated) line += ": cut by the limit of steps";
    std::string lines;
    for (const std::string& part : wrap(line, console_.columns, 2))
      lines += console_.style(part, "1") + '\n';
    return lines;
  }

  std::string hint() {
    const Game::Episode& e = game_.episode();
    if (e.terminated) return text("the episode is over: nothing more can be gained");
    try {
      const std::vector<double> q = game_.optimal_action_values(console_.interrupted);
      const double best = max_value(q);
      std::string names, values;
      for (Action a = 0; a < problem_.model.num_actions(); ++a) {
        const double x = q[static_cast<std::size_t>(a)];
        if (x == kUnavailable) continue;
        const std::string name = problem_.picture.action_name(a);
        values += fmt::format("{}{} {:.4g}", values.empty() ? "" : ", ", name, x);
        if (x >= best - 1e-9) names += (names.empty() ? "" : " or ") + name;
      }
      const std::string s = problem_.picture.state_name(e.s);
      return text(fmt::format("optimal in {0}: {1}; v*({0}) = {2:.6g}; q*({0}, .): {3}", s, names,
                              best, values));
    } catch (const std::invalid_argument& reason) {
      return text(fmt::format("no exact answer: {}", reason.what()));
    }
  }

  std::string drawing() const {
    if (problem_.picture.panels.empty()) return "";
    PictureContent content;
    content.agent = game_.episode().s;
    content.trajectory = game_.way();
    content.agent_name = "you";
    return draw_terminal(problem_.picture, content, terminal_style(console_));
  }

  Console& console_;
  Problem problem_;
  Game game_;
  std::string note_;
};

}  // namespace

Command play_command() {
  return {{.command = "play",
           .usage = "--env WORLD [--seed N] [--start STATE]",
           .doc = "live in a world by keyboard, with undo and the exact answer on request",
           .flags = shared_flags({"env", "seed", "gamma", "start", "episode_steps", "memory_limit",
                                  "file_limit", "color", "ascii", "config", "set", "print_config"}),
           .examples = {"play --env mfrl_5x5", "play --env frozen_lake --seed 3",
                        "play --env blackjack"}},
          [](const Registry& registry, const Arguments& arguments, Console& console) {
            return Player(registry, arguments, console)();
          }};
}

}  // namespace rl::apps
