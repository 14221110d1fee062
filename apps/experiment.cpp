#include "apps/experiment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/truth.hpp"
#include "apps/layout.hpp"
#include "apps/world.hpp"
#include "rl/files.hpp"
#include "rl/parallel.hpp"
#include "rl/text.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

namespace {

namespace fs = std::filesystem;

constexpr State kLargeWorld = 50'000;  // planning takes seconds, not moments
constexpr std::int64_t kStepsOfARun = 20'000;

// ---- worlds -------------------------------------------------------------------------------------

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

/// Where a world comes from: a registered name with options, or a file.
struct WorldSource {
  std::string text;  ///< as make_problem takes it
  std::string name;  ///< in results
  WorldSettings settings;
};

bool is_drawn(const Registry& registry, const std::string& text) {
  return !names_a_file(text) && registry.world(text.substr(0, text.find(':'))).drawn;
}

ExperimentWorld world_of(const Registry& registry, const WorldSource& source,
                         const Problem& first) {
  ExperimentWorld world{.name = source.name, .make = {}, .drawn = is_drawn(registry, source.text)};
  if (world.drawn)
    world.make = [&registry, source](std::uint64_t seed) {
      WorldSettings settings = source.settings;
      settings.seed = seed;
      return make_problem(registry, source.text, settings);
    };
  else
    world.make = [shared = std::make_shared<const Problem>(first)](std::uint64_t) {
      return *shared;
    };
  return world;
}

void add_world(NamedExperiment& named, const Registry& registry, WorldSource source,
               Console& console) {
  source.settings.seed = named.experiment.seeds.front();
  const Problem first = make_problem(registry, source.text, source.settings);
  warn_if_endless(first, console);
  nlohmann::ordered_json facts = facts_of_world(source.text, first, source.settings);
  facts["drawn"] = is_drawn(registry, source.text);
  const std::string file = names_a_file(source.text)
                               ? read_file(source.text, source.settings.file_limit)
                               : std::string();
  named.worlds.push_back({.name = source.name, .facts = facts.dump(), .file = file});
  named.experiment.worlds.push_back(world_of(registry, source, first));
}

/// What the flags had changed in a world of a manifest.
WorldSettings settings_of(const ManifestWorld& world) {
  const auto facts = nlohmann::json::parse(world.facts);
  WorldSettings settings;
  const auto flags = facts.value("flags", nlohmann::json::object());
  if (flags.contains("gamma")) settings.gamma = flags["gamma"].get<double>();
  if (flags.contains("episode_steps")) settings.episode_steps = flags["episode_steps"];
  if (flags.contains("start")) settings.start = flags["start"].get<std::string>();
  return settings;
}

WorldSource source_of(const ManifestWorld& world, const std::string& folder) {
  return {.text = world.file.empty() ? world.name : folder + "/" + world_file(world.name),
          .name = world.name,
          .settings = settings_of(world)};
}

// ---- budget -------------------------------------------------------------------------------------

Budget budget_of(const Arguments& arguments) {
  const auto steps = arguments.integer("steps", 1);
  const auto episodes = arguments.integer("episodes", 1);
  if (!steps && !episodes) return {.steps = kStepsOfARun};
  return {.steps = steps.value_or(kNoLimit), .episodes = episodes.value_or(kNoLimit)};
}

TruthFunction exact_answers(const Console& console) {
  return [stop = console.interrupted](const Problem& problem, const FiniteMdp& model) {
    return exact_truth(problem, model, stop);
  };
}

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

/// As a shell takes it back.
std::string shell_word(const std::string& word) {
  const bool plain =
      !word.empty() && word.find_first_of(" \t\n'\"\\$`&|;<>()*?[]{}!#~") == std::string::npos;
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string command_text(const Arguments& arguments) {
  std::string text = "rlbook " + arguments.syntax().command;
  for (const std::string& word : arguments.operands()) text += " " + shell_word(word);
  for (const Arguments::Line& line : arguments.merged())
    if (line.origin != "default" && line.name != "algorithm" && line.name != "operands" &&
        line.origin.find(':') == std::string::npos) {  // else it stands in an operand
      std::string flag = line.name;
      std::replace(flag.begin(), flag.end(), '_', '-');
      text += fmt::format(" --{} {}", flag, line.value);
    }
  return text;
}

}  // namespace

NamedExperiment experiment_of(const Registry& registry, const Arguments& arguments,
                              std::vector<Contender> contenders, std::vector<std::uint64_t> seeds,
                              Console& console) {
  NamedExperiment named;
  Experiment& e = named.experiment;
  e.contenders = std::move(contenders);
  e.seeds = std::move(seeds);
  e.budget = budget_of(arguments);
  e.eval_every = arguments.integer("eval_every", 1).value_or(0);
  e.threads = threads_of(arguments);
  e.truth = exact_answers(console);
  const std::vector<std::string> worlds = arguments.texts("env");
  for (const std::string& text : worlds)
    add_world(named, registry,
              {.text = text,
               .name = names_a_file(text) ? name_of_file(text, worlds) : name_of_world(text),
               .settings = world_settings(arguments)},
              console);
  if (worlds.empty())
    throw std::invalid_argument(
        fmt::format("'{}' needs --env WORLD... ('rlbook list environments' names them)",
                    arguments.syntax().command));
  check_experiment(e);
  return named;
}

NamedExperiment experiment_of(const Registry& registry, const Manifest& manifest,
                              const std::string& folder, int threads, Console& console) {
  NamedExperiment named;
  Experiment& e = named.experiment;
  for (const LearnerVariant& learner : manifest.learners)
    e.contenders.push_back({.algorithm = &registry.algorithm(learner.name),
                            .options = learner.options,
                            .variant = learner.variant});
  e.seeds = manifest.seeds;
  e.budget = manifest.budget;
  e.eval_every = manifest.eval_every;
  e.threads = threads;
  e.truth = exact_answers(console);
  for (const ManifestWorld& world : manifest.worlds)
    add_world(named, registry, source_of(world, folder), console);
  check_experiment(e);
  return named;
}

Problem problem_of(const Registry& registry, const ManifestWorld& world, const std::string& folder,
                   std::uint64_t seed) {
  WorldSource source = source_of(world, folder);
  source.settings.seed = seed;
  return make_problem(registry, source.text, source.settings);
}

namespace {

ExperimentResult run_with_progress(const Experiment& experiment, const ResultsFolder* folder,
                                   ExperimentHooks hooks, const std::string& what,
                                   Console& console) {
  for (const ExperimentWorld& world : experiment.worlds)
    if (const State states = world.make(experiment.seeds.front()).model.num_states();
        states >= kLargeWorld)
      console.note(
          fmt::format("planning the exact answers first: {} has {} states", world.name, states));
  Progress progress(console, what);
  hooks.progress = [&](double fraction) { progress.update(fraction); };
  hooks.cancelled = console.interrupted;
  hooks.seconds = console.seconds;
  ExperimentResult result = run_experiment(experiment, hooks);
  progress.finish();
  if (folder != nullptr)
    for (const std::string& damage : folder->damages()) console.warn(damage);
  return result;
}

/// Rank 0 makes the folder when all have read what was there, and the others begin when they see
/// what it made.
void begin_together(Ranks& ranks, const ResultsFolder& folder, const std::function<void()>& begin) {
  ranks.meet();
  if (ranks.leads()) {
    ranks.restart();
    begin();
  }
  ranks.meet();
  if (!fs::exists(folder.path() + "/manifest.json"))
    throw std::runtime_error(
        fmt::format("{}: what rank 0 wrote is not seen here; the ranks need a folder that all of "
                    "their machines share",
                    folder.path()));
  ResultsFolder::check(folder.path(), folder.manifest(), ExistingResults::resume);
  ranks.meet();
}

}  // namespace

ExperimentResult run_watched(const Experiment& experiment, const ResultsFolder* folder,
                             const std::string& what, Console& console) {
  return run_with_progress(experiment, folder,
                           folder != nullptr ? folder->hooks() : ExperimentHooks(), what, console);
}

ExperimentResult run_shared(const Experiment& experiment, const ResultsFolder& folder,
                            const std::string& what, Console& console, Ranks& ranks) {
  bool begun = false;
  ExperimentHooks hooks = folder.hooks();
  hooks.begin = [&, begin = hooks.begin] {
    begin_together(ranks, folder, begin);
    begun = true;
  };
  hooks.next = [&ranks] { return ranks.next(); };
  ExperimentResult result = run_with_progress(experiment, &folder, std::move(hooks), what, console);
  if (!begun) throw Interrupted();  // the others wait for this rank to begin
  if (result.cancelled) ranks.close();
  std::vector<double> sums = std::move(result.seconds);
  sums.push_back(result.cancelled ? 1 : 0);
  ranks.meet(sums);
  result.cancelled = sums.back() > 0;
  sums.pop_back();
  result.seconds = std::move(sums);
  result.runs = read_results(folder.path(), folder.manifest()).runs;
  return result;
}

Build this_build() {
#ifdef __clang__
  return {RLBOOK_VERSION, "clang " __clang_version__};
#else
  return {RLBOOK_VERSION, "g++ " __VERSION__};
#endif
}

Session session_of(const Arguments& arguments, const std::string& path, int threads) {
  return {command_text(arguments), utc_now(), host_name(), fs::absolute(path).string(), threads};
}

int threads_of(const Arguments& arguments, const Ranks* ranks) {
  if (arguments.text("jobs") == "auto")
    return ranks == nullptr ? default_threads()
                            : std::max(1, default_threads() / ranks->on_this_machine());
  return static_cast<int>(*arguments.integer("jobs", 1, 1024));
}

void check_shared(const Ranks* ranks, const std::optional<std::string>& folder) {
  if (ranks != nullptr && !folder)
    throw std::invalid_argument(
        "several ranks need --out DIR: through this folder, which all of their machines see, they "
        "share their results");
}

ExistingResults existing_results(const Arguments& arguments) {
  const bool force = arguments.is_on("force");
  const bool resume = arguments.is_on("resume");
  if ((force || resume) && !arguments.given("out"))
    throw std::invalid_argument("--force and --resume need --out DIR");
  if (force && resume)
    throw std::invalid_argument("--force deletes results, --resume goes on with them: one of them");
  if (force) return ExistingResults::replace;
  return resume ? ExistingResults::resume : ExistingResults::refuse;
}

std::string plural(std::size_t n, std::string_view word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

namespace {

std::string size_text(std::size_t learners, std::size_t worlds, std::size_t seeds,
                      const Budget& budget, std::int64_t eval_every) {
  return fmt::format("{} x {} x {}, {} each, evaluated every {} {}", plural(learners, "learner"),
                     plural(worlds, "world"), plural(seeds, "seed"), budget_text(budget),
                     eval_every, counts_episodes(budget) ? "episodes" : "steps");
}

}  // namespace

std::string size_text(const Experiment& e) {
  return size_text(e.contenders.size(), e.worlds.size(), e.seeds.size(), e.budget,
                   evaluation_distance(e));
}

std::string size_text(const Results& o, std::int64_t eval_every) {
  return size_text(o.learners.size(), o.worlds.size(), o.seeds.size(), o.budget, eval_every);
}

int exit_code_of(const ExperimentResult& result) {
  if (result.cancelled) return kInterrupted;
  const bool failed = std::any_of(result.runs.begin(), result.runs.end(), [](const RunRecord& run) {
    return run.status == RunStatus::failed;
  });
  return failed ? kRunFailed : kOk;
}

}  // namespace rl::apps
