// rlbook sweep: options chosen in two stages on seeds of their own, before learners are compared.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <set>
#include <stdexcept>
#include <utility>

#include "apps/commands/commands.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/mpi/ranks.hpp"
#include "apps/report.hpp"
#include "apps/search_space.hpp"
#include "apps/tuning.hpp"
#include "rl/experiment/results_folder.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

constexpr std::size_t kLeastTuningSeeds = 3;

class Sweep {
 public:
  Sweep(const Registry& registry, const Arguments& arguments, Console& console, Ranks* ranks)
      : registry_(registry),
        arguments_(arguments),
        console_(console),
        ranks_(ranks),
        out_(arguments.text("out")),
        existing_(existing_results(arguments)),
        kept_(static_cast<std::size_t>(*arguments.integer("select", 1, 1000))) {
    tuning_.tuning_seeds = arguments.seeds("tuning_seeds");
    tuning_.selection_seeds = arguments.seeds("selection_seeds");
    check_seeds();
    first_ = experiment_of(registry, arguments, contenders_of(registry, arguments),
                           tuning_.tuning_seeds, console);
    first_.experiment.threads = threads_of(arguments, ranks);
    check_shared(ranks, out_);
    tuning_.budget = first_.experiment.budget;
    for (const ExperimentWorld& world : first_.experiment.worlds)
      tuning_.worlds.push_back(world.name);
    for (const LearnerVariant& learner : learners_of(first_.experiment))
      tuning_.configurations.push_back({.learner = learner, .tuning = {}});
  }

  int operator()() {
    if (arguments_.is_on("dry_run")) return say_what_would_be_done();
    const ExperimentResult tuned = run(first_, "tuning");
    if (tuned.cancelled) return interrupted();
    const std::vector<TuningScore> scores = tuning_scores(results_of(first_.experiment, tuned));
    for (std::size_t i = 0; i < scores.size(); ++i) tuning_.configurations[i].tuning = scores[i];

    std::vector<std::size_t> places;
    NamedExperiment second = second_stage(places);
    const ExperimentResult selected = run(second, "selection");
    if (selected.cancelled) return interrupted();
    const std::vector<TuningScore> again = tuning_scores(results_of(second.experiment, selected));
    for (std::size_t i = 0; i < places.size(); ++i)
      tuning_.configurations[places[i]].selection = again[i];
    const int code = std::max(exit_code_of(tuned), exit_code_of(selected));
    if (ranks_ != nullptr && !ranks_->leads()) return code;
    choose(tuning_);
    if (out_) write_files(second);
    if (arguments_.is_on("json"))
      console_.out << tuning_json(tuning_) << '\n';
    else
      write();
    return code;
  }

 private:
  void check_seeds() const {
    if (tuning_.tuning_seeds.size() < kLeastTuningSeeds)
      throw std::invalid_argument(
          fmt::format("--tuning-seeds: at least {}, for the best of many "
                      "single runs is luck",
                      kLeastTuningSeeds));
    const std::set<std::uint64_t> seen(tuning_.tuning_seeds.begin(), tuning_.tuning_seeds.end());
    for (const std::uint64_t seed : tuning_.selection_seeds)
      if (seen.count(seed) > 0)
        throw std::invalid_argument(
            fmt::format("--selection-seeds: seed {} is among the tuning seeds", seed));
  }

  std::vector<std::string> learner_names() const {
    std::vector<std::string> names;
    for (const Configuration& c : tuning_.configurations)
      if (std::find(names.begin(), names.end(), c.learner.name) == names.end())
        names.push_back(c.learner.name);
    return names;
  }

  /// The best few of each learner on the selection seeds; `places`: which they are.
  NamedExperiment second_stage(std::vector<std::size_t>& places) const {
    NamedExperiment second = first_;
    second.experiment.seeds = tuning_.selection_seeds;
    second.experiment.contenders.clear();
    for (const std::string& name : learner_names())
      for (const std::size_t place : best_configurations(tuning_, name, kept_)) {
        places.push_back(place);
        second.experiment.contenders.push_back(first_.experiment.contenders[place]);
      }
    return second;
  }

  std::string stage_folder(const std::string& stage) const { return *out_ + "/" + stage; }

  Manifest manifest(const NamedExperiment& named, const std::string& stage) const {
    return manifest_of(
        named.experiment, named.worlds, this_build(),
        session_of(arguments_, out_ ? stage_folder(stage) : ".", named.experiment.threads));
  }

  ExperimentResult run(const NamedExperiment& named, const std::string& stage) {
    if (!out_) return run_watched(named.experiment, nullptr, stage, console_);
    const ExistingResults existing =
        existing_ == ExistingResults::resume && stage == "selection" && !same_selection(named)
            ? ExistingResults::replace
            : existing_;
    const ResultsFolder folder(stage_folder(stage), named.experiment, manifest(named, stage),
                               existing);
    return ranks_ != nullptr ? run_shared(named.experiment, folder, stage, console_, *ranks_)
                             : run_watched(named.experiment, &folder, stage, console_);
  }

  /// Whether what an earlier call selected can be gone on with: a grown budget may rank others
  /// first.
  bool same_selection(const NamedExperiment& named) const {
    try {
      ResultsFolder::check(stage_folder("selection"), manifest(named, "selection"),
                           ExistingResults::resume);
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  }

  void write_files(const NamedExperiment& second) {
    Manifest shown = manifest(second, "selection");
    const Results results = read_results(stage_folder("selection"), shown);
    shown.tuning = tuning_json(tuning_);
    Report report = results_report(registry_, shown, stage_folder("selection"), results,
                                   summarize(results), console_);
    report.title = "Sweep: the best configurations on the selection seeds";
    write_report(*out_, report);
    write_file(*out_ + "/" + kTuningFile, tuning_json(tuning_) + "\n");
  }

  void write() {
    write_wrapped(console_, fmt::format("{}; the best {} of a learner again on {}",
                                        size_text(first_.experiment), kept_,
                                        plural(tuning_.selection_seeds.size(), "selection seed")));
    console_.out << '\n';
    std::vector<std::vector<std::string>> rows = {
        {"configuration", "tuning", "95 % CI", "selection", ""}};
    for (const std::string& name : learner_names())
      for (const std::size_t place :
           best_configurations(tuning_, name, tuning_.configurations.size()))
        rows.push_back(row_of(tuning_.configurations[place]));
    console_.out << table(rows, console_.columns) << '\n';
    write_wrapped(console_,
                  fmt::format("mean final score over {}, t interval, n = {} tuning seeds; the best "
                              "of many is too good: judge it on fresh seeds",
                              plural(tuning_.worlds.size(), "world"), tuning_.tuning_seeds.size()));
    if (!out_) return;
    std::string learners;
    for (const std::string& name : learner_names()) learners += " " + name;
    console_.note(fmt::format("written: {}; 'rlbook compare{} --tuned {} --env ...' goes on", *out_,
                              learners, *out_));
  }

  static std::vector<std::string> row_of(const Configuration& c) {
    return {c.learner.label(), fmt::format("{:.3f}", c.tuning.mean),
            fmt::format("[{:.3f}, {:.3f}]", c.tuning.ci.low, c.tuning.ci.high),
            c.selection ? fmt::format("{:.3f}", c.selection->mean) : "",
            c.chosen              ? "chosen"
            : c.tuning.failed > 0 ? fmt::format("{} of {} failed", c.tuning.failed, c.tuning.n)
                                  : ""};
  }

  int say_what_would_be_done() {
    write_wrapped(console_, "would run " + size_text(first_.experiment));
    write_wrapped(console_, fmt::format("then the best {} of each learner on {}", kept_,
                                        plural(tuning_.selection_seeds.size(), "selection seed")));
    if (!out_) return kOk;
    ResultsFolder::check(stage_folder("tuning"), manifest(first_, "tuning"), existing_);
    write_wrapped(console_, "would write " + *out_);
    return kOk;
  }

  int interrupted() {
    console_.note(out_ ? fmt::format("interrupted; 'rlbook sweep ... --out {} --resume' goes on "
                                     "from here",
                                     *out_)
                       : std::string("interrupted"));
    return kInterrupted;
  }

  const Registry& registry_;
  const Arguments& arguments_;
  Console& console_;
  Ranks* ranks_;
  std::optional<std::string> out_;
  ExistingResults existing_;
  std::size_t kept_;
  Tuning tuning_;
  NamedExperiment first_;
};

}  // namespace

Command sweep_command() {
  FlagSpec env = shared_flag("env");
  env.many = true;
  FlagSpec jobs = shared_flag("jobs");
  jobs.doc = kSharedJobs;
  FlagSpec out = shared_flag("out");
  out.value = "DIR";
  std::vector<FlagSpec> flags = {
      env,
      {"grid", "NAME=A,B", "values of an option; every combination is tried", "", true},
      {"range", "NAME=A..B", "values of an option are drawn, in log from a tenfold range on", "",
       true},
      {"draws", "N", "so many values where there is a --range", "20"},
      {"tuning_seeds", "LIST", "every configuration runs on these, at least 3", "0..4"},
      {"select", "K", "so many of each learner go into the second stage", "3"},
      {"selection_seeds", "LIST", "the best run on these again", "500..509"}};
  for (FlagSpec& flag : shared_flags({"steps", "episodes", "episode_steps", "eval_every", "gamma",
                                      "start", "memory_limit", "file_limit"}))
    flags.push_back(std::move(flag));
  flags.push_back(jobs);
  flags.push_back(out);
  flags.push_back({"resume", "", "go on with the sweep that is in --out"});
  for (FlagSpec& flag : shared_flags(
           {"force", "json", "dry_run", "quiet", "color", "config", "set", "print_config"}))
    flags.push_back(std::move(flag));
  return {
      {.command = "sweep",
       .usage = "LEARNER... --env WORLD... --grid NAME=A,B,... [--range NAME=A..B] [--out DIR]",
       .doc = "options of learners chosen on tuning seeds",
       .operands = {"LEARNER", 1, 1000},
       .flags = std::move(flags),
       .algorithms = {Kind::learner},
       .examples = {"sweep q_learning --env mfrl_5x5 --grid alpha=0.05,0.1,0.2 epsilon=0.05,0.1",
                    "sweep q_learning sarsa --env cliff_walking --range alpha=0.01..1 --draws 10 "
                    "--out tuned",
                    "compare q_learning sarsa --env cliff_walking --tuned tuned --out results"}},
      [](const Registry& registry, const Arguments& arguments, Console& console) {
        Ranks* const ranks = this_process_ranks();
        return run_together(ranks, console,
                            [&] { return Sweep(registry, arguments, console, ranks)(); });
      }};
}

}  // namespace rl::apps
