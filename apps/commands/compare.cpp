// rlbook compare: learners x worlds x seeds side by side, with statistics that say how sure one can
// be.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "algorithms/truth.hpp"
#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/world.hpp"
#include "rl/experiment/experiment.hpp"
#include "rl/experiment/results.hpp"
#include "rl/experiment/summary.hpp"
#include "rl/parallel.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr State kLargeWorld = 50'000;  // planning takes seconds, not moments
constexpr std::int64_t kDefaultSteps = 20'000;
constexpr const char* kDefaultSeeds = "1000..1029";  // apart from those that people tune on

// ---- from the command line ----------------------------------------------------------------------

void refuse_sweep(const AlgorithmEntry& algorithm, const json& options) {
  for (const OptionInfo& option : algorithm.options) {
    if (!options.contains(option.name) || option.type == "list" || option.type == "text") continue;
    const json& value = options[option.name];
    if (value.is_array() ||
        (value.is_string() && value.get<std::string>().find(',') != std::string::npos))
      throw std::invalid_argument(
          fmt::format("option '{0}': one value, not a list; name the learner once for each value: "
                      "{1}:{0}=... {1}:{0}=...",
                      option.name, algorithm.name));
  }
}

std::vector<Contender> contenders_of(const Arguments& arguments) {
  std::vector<Contender> contenders;
  for (std::size_t i = 0; i < arguments.algorithms().size(); ++i) {
    const AlgorithmEntry& algorithm = *arguments.algorithms()[i];
    const json options = arguments.options_of(i);
    refuse_sweep(algorithm, options);
    contenders.push_back({.algorithm = &algorithm, .options = options.dump()});
  }
  name_variants(contenders);
  return contenders;
}

/// The end of a file's path that no other world of the call has: "m.json", or "a/m.json" beside
/// "b/m.json". More of the path says nothing of the experiment.
std::string name_of_file(const std::string& file, const std::vector<std::string>& worlds) {
  const fs::path path = fs::path(file).lexically_normal();
  fs::path name = path.filename();
  fs::path folder = path.parent_path();
  const auto has_this_end = [&](const std::string& other) {
    return other != file &&
           ("/" + fs::path(other).lexically_normal().string()).ends_with("/" + name.string());
  };
  while (folder.has_filename() && std::any_of(worlds.begin(), worlds.end(), has_this_end)) {
    name = folder.filename() / name;
    folder = folder.parent_path();
  }
  return name.string();
}

/// A world of --env for all seeds, and what the manifest says of it.
struct NamedWorld {
  ExperimentWorld world;
  std::string facts;
  State states = 0;
};

NamedWorld world_of(const Registry& registry, const std::string& text,
                    const std::vector<std::string>& all, WorldSettings settings,
                    std::uint64_t first_seed) {
  settings.seed = first_seed;
  const auto first = std::make_shared<const Problem>(make_problem(registry, text, settings));
  const bool file = names_a_file(text);
  NamedWorld result;
  result.states = first->model.num_states();
  result.world.name = file ? name_of_file(text, all) : name_of_world(text);
  result.world.drawn = !file && registry.world(text.substr(0, text.find(':'))).drawn;
  nlohmann::ordered_json facts = facts_of_world(text, *first, settings);
  facts["drawn"] = result.world.drawn;
  result.facts = facts.dump();
  if (result.world.drawn)
    result.world.make = [&registry, text, settings](std::uint64_t seed) mutable {
      settings.seed = seed;
      return make_problem(registry, text, settings);
    };
  else
    result.world.make = [first](std::uint64_t) { return *first; };
  return result;
}

Budget budget_of(const Arguments& arguments) {
  const auto steps = arguments.integer("steps", 1);
  const auto episodes = arguments.integer("episodes", 1);
  if (!steps && !episodes) return {.steps = kDefaultSteps};
  return {.steps = steps.value_or(kNoLimit), .episodes = episodes.value_or(kNoLimit)};
}

/// As given, else as the results have it that are resumed; 0 leaves it to the budget.
std::int64_t evaluation_distance_of(const Arguments& arguments) {
  if (const auto given = arguments.integer("eval_every", 1)) return *given;
  const auto out = arguments.text("out");
  if (!out || !arguments.is_on("resume")) return 0;
  return kept_evaluation_distance(*out).value_or(0);
}

int threads_of(const Arguments& arguments) {
  if (arguments.text("jobs") == "auto") return default_threads();
  return static_cast<int>(*arguments.integer("jobs", 1, 1024));
}

// ---- what is written ----------------------------------------------------------------------------

std::string plural(std::size_t n, const std::string& word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

std::string size_text(const Experiment& e) {
  return fmt::format("{} x {} x {}, {} each, evaluated every {} {}",
                     plural(e.contenders.size(), "learner"), plural(e.worlds.size(), "world"),
                     plural(e.seeds.size(), "seed"), budget_text(e.budget), evaluation_distance(e),
                     counts_episodes(e.budget) ? "episodes" : "steps");
}

/// "95 % CI: IQM, percentile bootstrap, n=30"
std::string interval_text(const Summary& summary, const std::string& environment) {
  for (const SummaryRow& row : summary.rows)
    if (row.environment == environment && row.metric == "eval/score" && !row.ci_name.empty())
      return fmt::format("95 % CI: {}, n={}", row.ci_name, row.n);
  return "no CI: one run";
}

void write_wrapped(Console& console, const std::string& text, int indent = 0) {
  for (const std::string& line : wrap(text, console.columns, indent)) console.out << line << '\n';
}

/// Results on the console: what was run, a table a world, the pairs, the notes.
class Report {
 public:
  Report(const Summary& summary, Console& console) : summary_(summary), console_(console) {}

  void write(const Experiment& experiment) {
    line(size_text(experiment));
    console_.out << '\n';
    for (const std::string& environment : summary_.environments) write(environment);
    for (const std::string& note : summary_.notes) line("note: " + note);
  }

 private:
  void line(const std::string& text, int indent = 0) { write_wrapped(console_, text, indent); }

  void write(const std::string& environment) {
    const TextTable scores = score_table(summary_, environment);
    const TextTable spread = spread_table(summary_, environment);
    if (spread.size() == 1) return;  // no run ended
    line(console_.style(environment, "1"));
    if (!scores.empty()) {
      line(
          fmt::format("score of the greedy policy: 0 random, 1 optimal; final: last 10 % of "
                      "evaluations; {}",
                      interval_text(summary_, environment)));
      console_.out << table(scores, console_.columns) << '\n';
    }
    line("mean (sd) of the same evaluations, errors against the exact values");
    console_.out << table(spread, console_.columns) << '\n';
    write_pairs(environment);
  }

  void write_pairs(const std::string& environment) {
    const std::vector<std::string> pairs = pair_sentences(summary_, environment);
    if (pairs.empty()) return;
    line(fmt::format("pairwise, Welch on final score, Holm over {}",
                     plural(summary_.pairs.size(), "test")));
    for (const std::string& pair : pairs) line("  " + pair, 4);
    if (const std::string power = power_sentence(summary_, environment); !power.empty())
      line(power);
    console_.out << '\n';
  }

  const Summary& summary_;
  Console& console_;
};

// ---- who and when -------------------------------------------------------------------------------

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string command_text(const Arguments& arguments) {
  std::string text = "rlbook compare";
  for (const std::string& word : arguments.operands()) text += " " + word;
  for (const Arguments::Line& line : arguments.merged())
    if (line.origin != "default" && line.name != "algorithm")
      text += fmt::format(" --{} {}", line.name, line.value);
  return text;
}

Build this_build() {
#ifdef __clang__
  return {RLBOOK_VERSION, "clang " __clang_version__};
#else
  return {RLBOOK_VERSION, "g++ " __VERSION__};
#endif
}

// ---- the command --------------------------------------------------------------------------------

class Compare {
 public:
  Compare(const Registry& registry, const Arguments& arguments, Console& console)
      : arguments_(arguments), console_(console), out_(arguments.text("out")) {
    experiment_.contenders = contenders_of(arguments);
    experiment_.seeds = arguments.seeds("seeds");
    experiment_.budget = budget_of(arguments);
    experiment_.eval_every = evaluation_distance_of(arguments);
    experiment_.threads = threads_of(arguments);
    experiment_.truth = [stop = console.interrupted](const Problem& problem,
                                                     const FiniteMdp& model) {
      return exact_truth(problem, model, stop);
    };
    const std::vector<std::string> worlds = arguments.texts("env");
    for (const std::string& text : worlds) {
      NamedWorld named =
          world_of(registry, text, worlds, world_settings(arguments), experiment_.seeds.front());
      warn_if_endless(named.world.make(experiment_.seeds.front()), console);
      if (named.states > largest_.states) largest_ = {named.world.name, named.states};
      experiment_.worlds.push_back(std::move(named.world));
      facts_.push_back(std::move(named.facts));
    }
    if (experiment_.worlds.empty())
      throw std::invalid_argument(
          "'compare' needs --env WORLD... ('rlbook list environments' names them)");
    check_experiment(experiment_);
    if (!out_ && (arguments.is_on("force") || arguments.is_on("resume")))
      throw std::invalid_argument("--force and --resume need --out DIR");
    if (arguments.is_on("force") && arguments.is_on("resume"))
      throw std::invalid_argument(
          "--force deletes results, --resume goes on with them: one of them");
  }

  int operator()() {
    if (arguments_.is_on("dry_run")) return say_what_would_be_done();
    if (out_)
      folder_ = std::make_unique<ResultsFolder>(
          *out_, experiment_, facts_, this_build(),
          Session{command_text(arguments_), utc_now(), host_name(), fs::absolute(*out_).string(),
                  experiment_.threads},
          existing_results());
    const double begin = console_.seconds();
    const ExperimentResult result = run();
    const Summary summary = summarize(experiment_, result);
    if (folder_ && !summary.rows.empty())
      folder_->write_summary(summary, result, console_.seconds() - begin);
    if (arguments_.is_on("json"))
      console_.out << summary_json(summary);
    else
      write(summary);
    return exit_code(result);
  }

 private:
  ExistingResults existing_results() const {
    if (arguments_.is_on("force")) return ExistingResults::replace;
    return arguments_.is_on("resume") ? ExistingResults::resume : ExistingResults::refuse;
  }

  int say_what_would_be_done() {
    if (out_) ResultsFolder::check(*out_, experiment_, facts_, this_build(), existing_results());
    if (arguments_.is_on("json")) {
      const auto limit = [](std::int64_t n) { return n == kNoLimit ? json() : json(n); };
      const json plan = {{"learners", experiment_.contenders.size()},
                         {"environments", experiment_.worlds.size()},
                         {"seeds", experiment_.seeds.size()},
                         {"steps", limit(experiment_.budget.steps)},
                         {"episodes", limit(experiment_.budget.episodes)},
                         {"eval_every", evaluation_distance(experiment_)},
                         {"writes", out_ ? json::array({*out_}) : json::array()}};
      console_.out << plan.dump(2) << '\n';
      return kOk;
    }
    write_wrapped(console_, "would run " + size_text(experiment_));
    if (out_) write_wrapped(console_, "would write " + *out_);
    return kOk;
  }

  ExperimentResult run() {
    if (largest_.states >= kLargeWorld)
      console_.note(fmt::format("planning the exact answers first: {} has {} states", largest_.name,
                                largest_.states));
    Progress progress(console_, "compare");
    ExperimentHooks hooks{.progress = [&](double fraction) { progress.update(fraction); },
                          .cancelled = console_.interrupted,
                          .seconds = console_.seconds};
    return run_experiment(experiment_, folder_ ? folder_->hooks(std::move(hooks)) : hooks);
  }

  void write(const Summary& summary) {
    Report(summary, console_).write(experiment_);
    if (folder_ && !summary.rows.empty()) console_.note("written: " + folder_->path());
  }

  int exit_code(const ExperimentResult& result) {
    if (result.cancelled) {
      console_.note(folder_
                        ? fmt::format("interrupted; 'rlbook compare ... --out {} --resume' goes "
                                      "on from here",
                                      folder_->path())
                        : std::string("interrupted"));
      return kInterrupted;
    }
    const bool failed =
        std::any_of(result.runs.begin(), result.runs.end(),
                    [](const RunRecord& run) { return run.status == RunStatus::failed; });
    return failed ? kRunFailed : kOk;
  }

  const Arguments& arguments_;
  Console& console_;
  std::optional<std::string> out_;
  Experiment experiment_;
  std::vector<std::string> facts_;
  struct {
    std::string name;
    State states;
  } largest_ = {"", 0};
  std::unique_ptr<ResultsFolder> folder_;
};

}  // namespace

Command compare_command() {
  FlagSpec env = shared_flag("env");
  env.many = true;
  env.doc = "worlds: names, name:option=value,option=value, or .json or .mdp files";
  FlagSpec seeds = shared_flag("seeds");
  seeds.fallback = kDefaultSeeds;
  FlagSpec eval_every = shared_flag("eval_every");
  eval_every.doc =
      "evaluate every N steps (episodes, with --episodes alone); a 20th of the budget if not given";
  FlagSpec out = shared_flag("out");
  out.value = "DIR";
  FlagSpec force = shared_flag("force");
  force.doc = "delete the results that are in --out";
  std::vector<FlagSpec> flags = {
      env,
      seeds,
      shared_flag("steps"),
      shared_flag("episodes"),
      shared_flag("episode_steps"),
      eval_every,
      shared_flag("gamma"),
      shared_flag("start"),
      shared_flag("memory_limit"),
      shared_flag("file_limit"),
      shared_flag("jobs"),
      out,
      {"resume", "", "go on with the results that are in --out; --steps and --seeds may grow"},
      force};
  for (FlagSpec& flag :
       shared_flags({"json", "dry_run", "quiet", "color", "config", "set", "print_config"}))
    flags.push_back(std::move(flag));
  return {
      {.command = "compare",
       .usage = "LEARNER... --env WORLD... [--alpha .1 ...] [--seeds LIST] [--steps N] [--out DIR]",
       .doc = "learners side by side over worlds and seeds, with statistics",
       .operands = {"LEARNER", 1, 1000},
       .flags = std::move(flags),
       .algorithms = {Kind::learner},
       .examples = {"compare q_learning sarsa expected_sarsa --env mfrl_5x5 cliff_walking",
                    "compare sarsa:alpha=0.1 sarsa:alpha=0.5 q_learning --env cliff_walking "
                    "--episodes 500 --epsilon 0.1",
                    "compare q_learning sarsa --env mfrl_5x5 --seeds 1000..1099 --out results",
                    "compare q_learning sarsa --env mfrl_5x5 --seeds 1000..1099 --out results "
                    "--resume"}},
      [](const Registry& registry, const Arguments& arguments, Console& console) {
        return Compare(registry, arguments, console)();
      }};
}

}  // namespace rl::apps
