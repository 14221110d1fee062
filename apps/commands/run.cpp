// rlbook run: one learner in one world, judged against the exact answer on its way.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "algorithms/truth.hpp"
#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "apps/picture.hpp"
#include "apps/policy_text.hpp"
#include "apps/run_file.hpp"
#include "apps/run_result.hpp"
#include "apps/update_text.hpp"
#include "apps/watch.hpp"
#include "apps/world.hpp"
#include "rl/episode_io.hpp"
#include "rl/experiment/evaluation.hpp"
#include "rl/files.hpp"
#include "rl/statistics/sample.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kDefaultEvaluations = 10;
constexpr std::int64_t kSlice = 100'000;  // steps between two looks at the clock and at Ctrl-C
constexpr double kPatience = 1;           // seconds that exact answers have left after Ctrl-C

// ---- what is run --------------------------------------------------------------------------------

struct Limits {
  Budget budget;
  std::int64_t eval_every = 0;
};

/// `given`: transitions that the learner is told; 0 where it acts.
Limits limits_of(const Arguments& arguments, const Problem& problem, std::int64_t usual_steps,
                 std::size_t given) {
  Limits limits;
  auto steps = arguments.integer("steps", 1);
  const auto episodes = arguments.integer("episodes", 1);
  if (given > 0) {
    const auto all = static_cast<std::int64_t>(given);
    steps = std::min(steps.value_or(all), all);
  }
  if (!steps)
    if (const auto stuck = problem.state_without_end())
      throw std::invalid_argument(fmt::format(
          "{}: from {} no episode ends, so the run needs a limit: --steps 20000, say, or "
          "--episode-steps",
          problem.name, *stuck));
  if (steps) limits.budget.steps = *steps;
  if (episodes) limits.budget.episodes = *episodes;
  if (!steps && !episodes) limits.budget.steps = usual_steps;
  const std::int64_t known = limits.budget.steps == kNoLimit ? usual_steps : limits.budget.steps;
  limits.eval_every = arguments.integer("eval_every", 1)
                          .value_or(std::max<std::int64_t>(known / kDefaultEvaluations, 1));
  return limits;
}

ordered_json identity_of(const Arguments& arguments, const AlgorithmEntry& algorithm,
                         const Problem& problem, const nlohmann::json& options) {
  const std::string world = arguments.needed("env");
  ordered_json identity = {{"algorithm", algorithm.name},
                           {"options", full_options(algorithm, options)},
                           {"seed", *arguments.integer("seed")},
                           {"environment", name_of_world(world)}};
  identity.update(facts_of_world(world, problem, world_settings(arguments)));
  return identity;
}

// ---- evaluations --------------------------------------------------------------------------------

/// Of the episodes since the last evaluation, and forgets them; NaN where none ended.
double take_mean(std::vector<double>& returns) {
  const double result = returns.empty() ? std::numeric_limits<double>::quiet_NaN() : mean(returns);
  returns.clear();
  return result;
}

// ---- output -------------------------------------------------------------------------------------

ordered_json as_json(std::int64_t step, const Update& u) {
  return {{"step", step},
          {"state", u.s},
          {"action", u.a},
          {"reward", u.reward},
          {"next", u.next},
          {"target", u.target},
          {"delta", u.delta},
          {"alpha", u.alpha},
          {"before", u.before},
          {"after", u.after},
          {"weight", u.weight},
          {"planned", u.planned},
          {"of_policy", u.of_policy},
          {"average_reward", u.average_reward}};
}

/// Lines of evaluations under one heading; narrow terminals have the essential columns only.
class EvaluationLines {
 public:
  explicit EvaluationLines(Console& console) : console_(console), wide_(console.columns >= kWide) {}
  void operator()(const Evaluation& e) {
    if (!std::exchange(headed_, true))
      write({"step", "episodes", "value error", "value rmse", "J(greedy)", "episode sum"});
    write({std::to_string(e.step), std::to_string(e.episode), text(e.value_error),
           text(e.value_rmse), text(e.greedy_return), text(e.train_return)});
  }

 private:
  static std::string text(double x) { return std::isnan(x) ? "-" : fmt::format("{:.5g}", x); }
  void write(const std::array<std::string, 6>& cells) {
    const auto& [step, episodes, error, rmse, greedy_return, sum] = cells;
    console_.out << (wide_ ? fmt::format("{:>11} {:>9} {:>12} {:>12} {:>12} {:>12}\n", step,
                                         episodes, error, rmse, greedy_return, sum)
                           : fmt::format("{:>11} {:>12} {:>12}\n", step, error, greedy_return))
                 << std::flush;
  }

  static constexpr int kWide = 75;
  Console& console_;
  bool wide_;
  bool headed_ = false;
};

// ---- the run ------------------------------------------------------------------------------------

class Run {
 public:
  Run(const Registry& registry, const Arguments& arguments, Console& console)
      : arguments_(arguments),
        console_(console),
        algorithm_(*arguments.algorithms().front()),
        problem_(problem_of(registry, arguments)),
        options_(options_with_policy(arguments, problem_, algorithm_, evaluated_)),
        identity_(identity_of(arguments, algorithm_, problem_, options_)),
        json_(arguments.is_on("json")),
        watch_(arguments.is_on("watch")) {
    if (json_ && watch_)
      throw std::invalid_argument(
          "--watch draws for a person, --json writes for a program: one of them");
    if (problem_.continuous)
      for (const auto& [name, flag] :
           {std::pair("save_policy", "--save-policy"), std::pair("watch", "--watch"),
            std::pair("episode", "--episode")})
        if (arguments.given(name))
          throw std::invalid_argument(fmt::format(
              "{} needs a list of states, and those of {} are points", flag, problem_.name));
    if (watch_ && problem_.model.num_states() > kLargestDrawing)
      throw std::invalid_argument(
          fmt::format("--watch: {} states are too many to draw", problem_.model.num_states()));
    if (arguments.given("save") && arguments.text("save") == arguments.text("save_policy"))
      throw std::invalid_argument("--save and --save-policy need a file each");
    if (const auto reason = algorithm_.refuses(problem_)) throw std::invalid_argument(*reason);
    if (const auto path = arguments.text("episode")) read_given(registry, *path);
    limits_ = limits_of(arguments, problem_, algorithm_.facts.usual_steps, given_.size());
    warn_if_endless(problem_, console);
  }

  int operator()() {
    const auto seed = static_cast<std::uint64_t>(*arguments_.integer("seed"));
    AnyRunner runner = algorithm_.make_learner(problem_, options_, Streams(seed));
    if (const auto path = arguments_.text("resume")) {
      const ordered_json saved = load_run(*path, identity_, runner);
      if (saved.contains(kByHand)) identity_[kByHand] = saved[kByHand];
    }
    std::unique_ptr<OutputFile> policy_file = output("save_policy");
    std::unique_ptr<OutputFile> run_file = output("save");
    if (arguments_.is_on("dry_run")) return say_what_would_be_done(runner);

    if (!json_) write_heading();
    judge_.emplace(problem_, [this](const Problem& problem, const FiniteMdp& model) {
      return exact_truth(problem, model, [this] { return out_of_patience(); });
    });
    const double begin = console_.seconds();
    learn(runner);
    const double seconds = console_.seconds() - begin;
    if (json_)
      write_json(console_.out, result(runner, seconds));
    else
      write_result(runner);
    if (run_file) {
      save_run(run_file->stream(), identity_, runner);
      commit(*run_file);
    }
    if (policy_file) {
      write_policy(policy_file->stream(), problem_,
                   greedy_policy(runner.model(), runner.estimates(), problem_.effective_gamma()));
      commit(*policy_file);
    }
    if (runner.finite() && diverged_.empty()) return kOk;
    console_.warn("the run diverged: " +
                  (diverged_.empty() ? "an estimate is not finite" : diverged_));
    return kRunFailed;
  }

 private:
  /// What somebody else did, for a learner that looks on.
  void read_given(const Registry& registry, const std::string& path) {
    if (!algorithm_.learns_from_others) {
      std::vector<std::string> names;
      for (const AlgorithmEntry& entry : registry.algorithms())
        if (entry.learns_from_others) names.push_back(entry.name);
      throw std::invalid_argument(
          fmt::format("--episode: {} chooses what it learns from; what others did is for {}",
                      algorithm_.name, join(names)));
    }
    for (const char* flag : {"watch", "save", "resume"})
      if (arguments_.given(flag))
        throw std::invalid_argument(
            fmt::format("--{} does not go with --episode: nobody acts in the world", flag));
    if (arguments_.option_text("behavior"))
      throw std::invalid_argument("--behavior has no effect with --episode: that is the behaviour");
    if (problem_.changing)
      throw std::invalid_argument(
          fmt::format("--episode: {} changes, and what is possible in it with it", problem_.name));
    given_ = read_episodes(read_file(path, world_settings(arguments_).file_limit), path, problem_);
    identity_["options"].erase("behavior");
    identity_["episode"] = path;
  }

  /// As far as the budget says: the learner acts, or is told what others did.
  void move(AnyRunner& runner, const Budget& budget, const AnyRunner::OnEpisode& on_episode) {
    if (given_.empty()) {
      runner.run(budget, on_episode);
      return;
    }
    while (runner.steps() < budget.steps && runner.episodes() < budget.episodes)
      runner.replay(next_given(runner), on_episode);
  }
  const Transition<State>& next_given(const AnyRunner& runner) const {
    return given_[static_cast<std::size_t>(runner.steps())];
  }

  /// A small world's exact answers come to their end after Ctrl-C, a large one's do not.
  bool out_of_patience() {
    if (!console_.interrupted()) return false;
    if (!interrupted_at_) interrupted_at_ = console_.seconds();
    return console_.seconds() - *interrupted_at_ > kPatience;
  }

  std::unique_ptr<OutputFile> output(const char* flag) const {
    const auto path = arguments_.text(flag);
    return path ? std::make_unique<OutputFile>(*path, arguments_.is_on("force")) : nullptr;
  }
  void commit(OutputFile& file) {
    file.commit();
    console_.note("written: " + file.path());
  }

  bool finished(const AnyRunner& runner) const {
    return runner.steps() >= limits_.budget.steps || runner.episodes() >= limits_.budget.episodes;
  }

  void learn(AnyRunner& runner) {
    std::int64_t to_trace = arguments_.integer("trace").value_or(0);
    Progress progress(console_, algorithm_.name);
    EvaluationLines lines(console_);
    std::vector<double> returns;  // of the episodes since the last evaluation
    const auto on_episode = [&](const EpisodeStats& e) {
      returns.push_back(e.reward_sum);
      return true;
    };
    std::int64_t evaluated_at = -1;
    const auto evaluate = [&] {
      progress.finish();
      evaluations_.push_back(judged(runner));
      evaluations_.back().train_return = take_mean(returns);
      evaluated_at = runner.steps();
      if (!watch_ && !json_) lines(evaluations_.back());
    };
    std::optional<Watch> watch;
    if (watch_)
      watch.emplace(console_, TunedOptions(algorithm_, problem_, options_), limits_.eval_every);
    std::int64_t drawn_at = -1;
    const auto draw = [&] {
      drawn_at = runner.steps();
      return watch->show(runner, drawing(runner, fmt::format("step {}", runner.steps())));
    };
    bool go_on = !watch || !watch->has_page() || draw();  // a page is empty at first
    while (go_on && !finished(runner) && !(interrupted_ = console_.interrupted())) {
      try {
        if (to_trace > 0)
          trace_step(runner, on_episode);
        else
          move(runner, next_stop(runner, watch), on_episode);
        to_trace -= to_trace > 0 ? 1 : 0;
      } catch (const Diverged& e) {
        diverged_ = e.what();
        break;
      }
      if (!watch) progress.update(fraction(runner));
      if (runner.steps() % limits_.eval_every == 0) evaluate();
      if (watch && watch->due(runner)) go_on = draw();
    }
    stopped_by_hand_ = !go_on;
    if (evaluated_at != runner.steps()) evaluate();
    if (!watch) return;
    drawn_ = !watch->has_page() && drawn_at == runner.steps();
    keep_changes(watch->tuned());
  }

  /// The next evaluation or drawing, or a look at the clock.
  Budget next_stop(const AnyRunner& runner, const std::optional<Watch>& watch) const {
    const std::int64_t next = (runner.steps() / limits_.eval_every + 1) * limits_.eval_every;
    const Budget drawing = watch ? watch->until(runner) : Budget{};
    return {std::min({limits_.budget.steps, next, runner.steps() + kSlice, drawing.steps}),
            std::min(limits_.budget.episodes, drawing.episodes)};
  }

  /// Options that keys have changed belong to what the run is.
  void keep_changes(const TunedOptions& tuned) {
    if (tuned.changes().empty()) return;
    identity_["options"] = full_options(algorithm_, tuned.options());
    for (const ordered_json& change : changes_to_json(tuned.changes()))
      identity_[kByHand].push_back(change);
  }

  /// NaN where Ctrl-C left no time for exact answers.
  Evaluation judged(const AnyRunner& runner) try {
    return (*judge_)(runner);
  } catch (const Interrupted&) {
    unjudged_ = true;
    Evaluation unknown{.step = runner.steps(), .episode = runner.episodes()};
    for (const EvaluationMetric& metric : kEvaluationMetrics)
      unknown.*metric.value = std::numeric_limits<double>::quiet_NaN();
    return unknown;
  }

  double fraction(const AnyRunner& runner) const {
    const auto share = [](std::int64_t n, std::int64_t of) {
      return of == kNoLimit ? 0.0 : static_cast<double>(n) / static_cast<double>(of);
    };
    return std::max(share(runner.steps(), limits_.budget.steps),
                    share(runner.episodes(), limits_.budget.episodes));
  }

  /// The next step of what somebody else did.
  AnyTransition told(AnyRunner& runner, const AnyRunner::OnEpisode& on_episode) const {
    const Transition<State> t = next_given(runner);
    runner.replay(t, on_episode);
    return {t.state, t.action, t.reward, t.next, t.terminated, t.truncated};
  }

  void trace_step(AnyRunner& runner, const AnyRunner::OnEpisode& on_episode) {
    runner.trace().enable(true);
    const AnyTransition t =
        given_.empty() ? runner.advance_anywhere(on_episode) : told(runner, on_episode);
    const std::vector<Update> updates(runner.trace().updates().begin(),
                                      runner.trace().updates().end());
    runner.trace().enable(false);
    if (json_) {
      for (const Update& u : updates) trace_.push_back(as_json(runner.steps(), u));
      return;
    }
    write_line(fmt::format("step {}: {} {} -> {}, r = {:.4g}{}", runner.steps(),
                           problem_.state_text(t.state), problem_.action_text(t.action),
                           problem_.state_text(t.next), t.reward,
                           t.terminated  ? ", terminated"
                           : t.truncated ? ", truncated"
                                         : ""));
    for (const Update& u : updates)
      write_line("  " + update_text(u, runner.estimates().what, problem_.picture));
  }

  void write_line(const std::string& text) {
    for (const std::string& line : wrap(text, console_.columns, 2)) console_.out << line << '\n';
  }

  void write_heading() {
    const std::string criterion = problem_.criterion == Criterion::average
                                      ? "average reward"
                                      : fmt::format("gamma = {}", problem_.gamma);
    write_line(fmt::format("{} on {}, {}, seed {}: {}", algorithm_.name, problem_.name, criterion,
                           arguments_.needed("seed"), budget_text(limits_.budget)));
    if (!given_.empty())
      write_line(fmt::format("told what somebody else did: {} transitions of {}", given_.size(),
                             arguments_.needed("episode")));
    console_.out << std::flush;  // the exact answers may take a while
  }

  int say_what_would_be_done(const AnyRunner& runner) {
    std::vector<std::string> files;
    for (const char* flag : {"save", "save_policy"})
      if (const auto path = arguments_.text(flag)) files.push_back(*path);
    if (json_) {
      const auto limit = [](std::int64_t n) {
        return n == kNoLimit ? ordered_json() : ordered_json(n);
      };
      ordered_json plan = identity_;
      plan.update({{"from_step", runner.steps()},
                   {"steps", limit(limits_.budget.steps)},
                   {"episodes", limit(limits_.budget.episodes)},
                   {"eval_every", limits_.eval_every},
                   {"writes", files}});
      console_.out << plan.dump(2) << '\n';
      return kOk;
    }
    write_line(
        fmt::format("would run {} on {} ({}), seed {}, from step {} to {}, "
                    "with an evaluation every {} steps",
                    algorithm_.name, problem_.name, size_text(problem_), arguments_.needed("seed"),
                    runner.steps(), budget_text(limits_.budget), limits_.eval_every));
    for (const std::string& file : files) write_line("would write " + file);
    return kOk;
  }

  std::string drawing(const AnyRunner& runner, const std::string& title) const {
    PictureContent content =
        content_of(runner.model(), runner.estimates(), problem_.effective_gamma());
    content.title = title;
    if (watch_ && runner.in_episode()) content.agent = std::get<State>(runner.current());
    return draw_terminal(problem_.picture, content, terminal_style(console_));
  }

  void write_result(const AnyRunner& runner) {
    if (!drawn_ && problem_.finite() && problem_.model.num_states() <= kLargestDrawing)
      console_.out << drawing(runner, "");
    for (const std::string& line : result_lines(result(runner, 0))) write_line(line);
  }

  RunResult result(const AnyRunner& runner, double seconds) const {
    return {.algorithm = algorithm_,
            .problem = problem_,
            .runner = runner,
            .identity = identity_,
            .evaluations = evaluations_,
            .truth = unjudged_ ? nullptr : &judge_->truth(runner.steps()),
            .interrupted = interrupted_,
            .stopped_by_hand = stopped_by_hand_,
            .seconds = seconds,
            .trace = arguments_.given("trace") ? &trace_ : nullptr};
  }

  const Arguments& arguments_;
  Console& console_;
  const AlgorithmEntry& algorithm_;
  Problem problem_;
  std::optional<TabularPolicy> evaluated_;  // of learners that take a policy
  nlohmann::json options_;
  ordered_json identity_;
  std::vector<Transition<State>> given_;  // what others did; empty: the learner acts
  Limits limits_;
  std::optional<Judge> judge_;  // plans when it is made: not for a dry run
  bool json_;
  bool watch_;
  bool drawn_ = false;            // the last drawing still stands there
  bool stopped_by_hand_ = false;  // by a key
  bool unjudged_ = false;         // Ctrl-C left no time for exact answers
  bool interrupted_ = false;
  std::string diverged_;                  // what a learner said when it could not go on
  std::optional<double> interrupted_at_;  // seconds on the console's clock
  std::vector<Evaluation> evaluations_;
  ordered_json trace_ = ordered_json::array();
};

}  // namespace

Command run_command() {
  std::vector<FlagSpec> flags =
      shared_flags({"env", "seed", "steps", "episodes", "episode_steps", "eval_every", "gamma",
                    "start", "memory_limit", "file_limit"});
  for (FlagSpec& flag : std::vector<FlagSpec>{
           {"trace", "N", "show the updates of the first N steps, with their numbers"},
           {"watch", "",
            "draw the estimates at every evaluation; keys pause, step, change alpha and epsilon, "
            "from lines of stdin where that is no terminal"},
           {"episode", "FILE",
            "learn from what others did, as evaluate-policy --save-episode wrote"},
           {"save_policy", "FILE", "write the greedy policy"},
           {"save", "FILE", "write the whole state of the run"},
           {"resume", "FILE", "go on from a saved run; --steps counts from its beginning"}})
    flags.push_back(flag);
  for (FlagSpec& flag : shared_flags({"force", "json", "dry_run", "quiet", "color", "ascii",
                                      "config", "set", "print_config"}))
    flags.push_back(flag);
  return {{.command = "run",
           .usage = "LEARNER --env WORLD [--alpha .1 ...] [--seed N] [--steps N] [--eval-every N]",
           .doc = "one learner in one world, judged against the exact answer",
           .operands = {"LEARNER", 1, 1},
           .flags = std::move(flags),
           .algorithms = {Kind::learner},
           .examples = {"run q_learning --env mfrl_5x5 --alpha .1 --steps 20000",
                        "run q_learning --env mfrl_5x5 --start uniform --episode-steps 20",
                        "run sarsa --env cliff_walking --trace 3 --episodes 500",
                        "run sarsa --env cliff_walking --steps 5000 --save half.run",
                        "run sarsa --env cliff_walking --steps 10000 --resume half.run",
                        "run off_policy_q_learning --env mfrl_5x5 --episode behavior.json"}},
          [](const Registry& registry, const Arguments& arguments, Console& console) {
            return Run(registry, arguments, console)();
          }};
}

}  // namespace rl::apps
