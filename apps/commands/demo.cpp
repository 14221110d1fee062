// rlbook demo: the book's grid world planned exactly, then learned, for someone who has never seen
// either.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "algorithms/truth.hpp"
#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/picture.hpp"
#include "apps/world.hpp"
#include "rl/plan.hpp"
#include "rl/statistics/sample.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

constexpr const char* kWorld = "mfrl_5x5";
constexpr const char* kLearners[] = {"q_learning", "sarsa", "expected_sarsa"};
constexpr std::uint64_t kSeeds = 10;

/// Learners on one world, each with options of its own.
struct Lesson {
  Problem problem;
  std::int64_t steps;
  std::vector<json> options;  // one a learner
};

struct Score {
  std::string learner;
  std::vector<double> errors;   // of each seed
  std::vector<double> returns;  // J of the greedy policy
};

class Demo {
 public:
  Demo(const Registry& registry, Console& console)
      : registry_(registry),
        console_(console),
        problem_(make_problem(registry, kWorld)),
        truth_(exact_truth(problem_, console.interrupted)) {}

  int operator()() {
    for (const auto part : {&Demo::tell_world, &Demo::tell_planning, &Demo::tell_one_trajectory,
                            &Demo::tell_wide_exploration, &Demo::tell_what_next})
      if (!console_.interrupted()) (this->*part)();
    return kOk;
  }

 private:
  // ---- planning ---------------------------------------------------------------------------------

  void tell_world() {
    heading("The world");
    say(fmt::format(
        "{}: the 5x5 grid of Zhao's Mathematical Foundations of Reinforcement Learning. In each "
        "cell one can move up, right, down, left, or stay. A move onto the target T pays {}, onto "
        "a forbidden cell F {}, against the edge {}, any other {}. It never ends: whoever stays "
        "on the target is paid again and again. A reward k steps away counts {}^k.",
        problem_.name, reward("r_target"), reward("r_forbidden"), reward("r_boundary"),
        reward("r_other"), problem_.gamma));
  }

  /// The default of the world's option, as text.
  std::string reward(const char* option) const {
    for (const OptionInfo& info : registry_.world(kWorld).options)
      if (info.name == option)
        return fmt::format("{:g}", json::parse(info.default_json).get<double>());
    return "?";
  }

  void tell_planning() {
    const Plan by_values =
        solve(registry_.algorithm("value_iteration").make_planner(problem_, json::object()));
    const Plan by_policies =
        solve(registry_.algorithm("policy_iteration").make_planner(problem_, json::object()));

    heading("Planning: the rules are known");
    say("v(s) is what the best policy earns from s on. Value iteration starts with v = 0 and "
        "repeats v(s) <- max over moves of (reward + gamma v(next)) for all cells:");
    console_.out << draw_terminal(problem_.picture,
                                  content_of(problem_.model, by_values.v, problem_.gamma),
                                  terminal_style(console_));
    say("Number: v(s). Arrows: every best move; two where they are equally good. The way from s1 "
        "leads around the forbidden cells only where the detour costs less than the penalty.");
    say(fmt::format(
        "value iteration:  {} sweeps; no v(s) is further than {} from the exact value (computed, "
        "not estimated)",
        by_values.sweeps, bound(by_values)));
    say(fmt::format(
        "policy iteration: {} policies, each evaluated exactly and improved; error at most {}; the "
        "two differ by {:.1e}",
        by_policies.iterations, bound(by_policies),
        (by_values.v - by_policies.v).lpNorm<Eigen::Infinity>()));
  }

  static std::string bound(const Plan& plan) {
    return plan.error_bound ? fmt::format("{:.1e}", *plan.error_bound)
                            : std::string("an unknown error");
  }

  // ---- learning ---------------------------------------------------------------------------------

  void tell_one_trajectory() {
    constexpr std::int64_t kSteps = 20'000;
    heading("Learning: the rules are unknown, one long life");
    say(fmt::format(
        "A learner does not know the rules. It moves, sees what it is paid, and corrects q(s, a), "
        "its guess of what move a in cell s is worth: {} steps from s1 on, of which 9 in 10 are "
        "the best it knows and 1 in 10 is random, with step size 0.1. Since the exact answer is "
        "known, its error can be measured:",
        kSteps));
    const Lesson lesson{problem_, kSteps, {json::object(), json::object(), json::object()}};
    if (!tell_scores(lesson, truth_)) return;
    say("value error: the largest |q - exact q| over all cells and moves. J: what the learned "
        "policy earns from the start on. Both are poor: a learner that has found the target stays, "
        "for the target pays at every step, and hardly ever sees another cell again. There its "
        "guesses remain near 0, and its moves are little better than chance.");
  }

  void tell_wide_exploration() {
    constexpr std::int64_t kSteps = 50'000;
    constexpr std::int64_t kEpisodeSteps = 20;
    heading("Learning: many short lives");
    say(fmt::format(
        "The same with a new start in any cell every {} steps, {} steps in all, step size 0.5, and "
        "more random moves: all of them (epsilon = 1) for Q-learning, half of them for the others.",
        kEpisodeSteps, kSteps));
    Lesson lesson{
        make_problem(registry_, kWorld, {.episode_steps = kEpisodeSteps, .start = "uniform"}),
        kSteps,
        {}};
    for (const double epsilon : {1.0, 0.5, 0.5})
      lesson.options.push_back({{"alpha", 0.5}, {"epsilon", epsilon}});
    if (!tell_scores(lesson, exact_truth(lesson.problem, console_.interrupted))) return;
    say("Q-learning is exact now: every cell and move is tried again and again; it judges a move "
        "by the best next one, whatever it does next; and in a world without luck a large step "
        "size does no harm. Sarsa and Expected Sarsa judge the policy that they follow, random "
        "moves included, and are measured against the best such policy, which keeps further away "
        "from trouble. Expected Sarsa averages over the next move and comes close. Sarsa takes the "
        "one that was drawn, and with a constant step size the luck of the draw stays in its "
        "values.");
  }

  /// false where Ctrl-C came first: half a table is not told.
  bool tell_scores(const Lesson& lesson, const Truth& truth) {
    std::vector<std::vector<std::string>> rows = {
        {"learner", "value error", "lowest", "highest",
         "J (best is " + short_number(truth.optimal_return) + ")"}};
    for (std::size_t i = 0; i < lesson.options.size(); ++i) {
      const Score score = run(kLearners[i], lesson, lesson.options[i], truth);
      if (console_.interrupted()) return false;
      rows.push_back({score.learner, short_number(quantile(score.errors, 0.5)),
                      short_number(quantile(score.errors, 0)),
                      short_number(quantile(score.errors, 1)),
                      short_number(quantile(score.returns, 0.5))});
    }
    console_.out << table(rows, console_.columns);
    say(fmt::format("(median, lowest and highest of {} runs with different luck)", kSeeds));
    return true;
  }

  Score run(const char* learner, const Lesson& lesson, const json& options, const Truth& truth) {
    const AlgorithmEntry& algorithm = registry_.algorithm(learner);
    Score score{learner, {}, {}};
    for (std::uint64_t seed = 0; seed < kSeeds && !console_.interrupted(); ++seed) {
      AnyRunner runner = algorithm.make_learner(lesson.problem, options, Streams(seed));
      runner.run({.steps = lesson.steps});
      score.errors.push_back(truth.error(runner.model(), runner.estimates()).max);
      score.returns.push_back(truth.policy_return(
          greedy_policy(runner.model(), runner.estimates(), lesson.problem.gamma)));
    }
    return score;
  }

  static std::string short_number(double x) { return fmt::format("{:.3g}", x); }

  // ---- what next --------------------------------------------------------------------------------

  void tell_what_next() {
    heading("Try next");
    const std::vector<std::pair<std::string, std::string>> commands = {
        {"rlbook step q_learning --env mfrl_5x5", "watch single updates, forth and back"},
        {"rlbook play --env mfrl_5x5", "find the way yourself"},
        {"rlbook solve policy_iteration --env cliff_walking", "another world"},
        {"rlbook run q_learning --env mfrl_5x5 --start uniform --episode-steps 20 --alpha .5 "
         "--epsilon 1 --steps 50000",
         "the last experiment by hand"},
        {"rlbook render --env mfrl_5x5 --out grid.svg", "a figure"},
        {"rlbook list", "all worlds and algorithms, with their sections in the books"},
    };
    for (const auto& [command, what] : commands) {
      for (const std::string& line : wrap("  " + command, console_.columns, 4))
        console_.out << console_.style(line, "1") << '\n';
      for (const std::string& line : wrap("      " + what, console_.columns))
        console_.out << line << '\n';
    }
  }

  void heading(const std::string& text) {
    console_.out << '\n';
    for (const std::string& line : wrap(text, console_.columns)) {
      console_.out << console_.style(line, "1;4") << '\n';
      if (!console_.color) console_.out << std::string(line.size(), '-') << '\n';
    }
  }
  void say(const std::string& text) {
    for (const std::string& line : wrap(text, console_.columns)) console_.out << line << '\n';
    console_.out.flush();
  }

  const Registry& registry_;
  Console& console_;
  Problem problem_;
  Truth truth_;
};

}  // namespace

Command demo_command() {
  return {{.command = "demo",
           .usage = "",
           .doc = "the story in ten seconds: a world planned exactly, then learned",
           .flags = shared_flags({"color", "ascii"}),
           .examples = {"demo", "demo --color never --ascii"}},
          [](const Registry& registry, const Arguments&, Console& console) {
            return Demo(registry, console)();
          }};
}

}  // namespace rl::apps
