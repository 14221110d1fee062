// rlbook compare: learners x worlds x seeds side by side, with statistics that say how sure one can
// be.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "apps/commands/commands.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/mpi/ranks.hpp"
#include "apps/report.hpp"
#include "apps/search_space.hpp"
#include "apps/tuning.hpp"
#include "rl/experiment/results_folder.hpp"
#include "rl/experiment/summary.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

constexpr const char* kDefaultSeeds = "1000..1029";  // apart from those that people tune on

class Compare {
 public:
  Compare(const Registry& registry, const Arguments& arguments, Console& console, Ranks* ranks)
      : registry_(registry),
        arguments_(arguments),
        console_(console),
        ranks_(ranks),
        out_(arguments.text("out")),
        existing_(existing_results(arguments)),
        options_(summary_options(arguments)),
        tuning_(tuning_of(arguments)),
        named_(experiment_of(registry, arguments,
                             tuned(contenders_of(registry, arguments), tuning_),
                             fresh_seeds(arguments.seeds("seeds"), tuning_), console)) {
    if (arguments.is_on("tensorboard") && !out_)
      throw std::invalid_argument("--tensorboard needs --out DIR");
    if (out_ && existing_ == ExistingResults::resume && !arguments.given("eval_every"))
      named_.experiment.eval_every = kept_evaluation_distance(*out_).value_or(0);
    named_.experiment.threads = threads_of(arguments, ranks);
    check_shared(ranks, out_);
  }

  int operator()() {
    if (arguments_.is_on("dry_run")) return say_what_would_be_done();
    if (out_) folder_ = std::make_unique<ResultsFolder>(*out_, experiment(), manifest(), existing_);
    const double begin = console_.seconds();
    const ExperimentResult result =
        ranks_ != nullptr ? run_shared(experiment(), *folder_, "compare", console_, *ranks_)
                          : run_watched(experiment(), folder_.get(), "compare", console_);
    if (ranks_ != nullptr && !ranks_->leads()) return exit_code_of(result);
    const Results results = all_results(result);
    const Summary summary = summarize(results, options_);
    if (folder_ && !summary.rows.empty()) {
      write_report(
          *out_, results_report(registry_, folder_->manifest(), *out_, results, summary, console_));
      if (arguments_.is_on("tensorboard")) write_tensorboard(*out_, results);
      folder_->write_timing(result, console_.seconds() - begin);
    }
    if (arguments_.is_on("json")) {
      console_.out << summary_json(summary);
    } else {
      write_comparison(summary, size_text(experiment()), console_);
      if (folder_ && !summary.rows.empty())
        console_.note(fmt::format("written: {0}, to be read in {0}/report.html", *out_));
    }
    if (result.cancelled) say_how_to_go_on();
    return exit_code_of(result);
  }

 private:
  const Experiment& experiment() const { return named_.experiment; }

  Manifest manifest() const {
    return manifest_of(experiment(), named_.worlds, this_build(),
                       session_of(arguments_, out_.value_or("."), experiment().threads), options_,
                       tuning_ ? tuning_json(*tuning_) : "null");
  }

  /// With a folder, of all that it holds now. Where nothing ended, what it holds may be older.
  Results all_results(const ExperimentResult& result) const {
    const bool any = std::any_of(result.runs.begin(), result.runs.end(), [](const RunRecord& run) {
      return run.status != RunStatus::cut_off;
    });
    return folder_ && any ? read_results(*out_, folder_->manifest())
                          : results_of(experiment(), result);
  }

  int say_what_would_be_done() {
    if (out_) ResultsFolder::check(*out_, manifest(), existing_);
    if (arguments_.is_on("json")) {
      const auto limit = [](std::int64_t n) { return n == kNoLimit ? json() : json(n); };
      const json plan = {{"learners", experiment().contenders.size()},
                         {"environments", experiment().worlds.size()},
                         {"seeds", experiment().seeds.size()},
                         {"steps", limit(experiment().budget.steps)},
                         {"episodes", limit(experiment().budget.episodes)},
                         {"eval_every", evaluation_distance(experiment())},
                         {"writes", out_ ? json::array({*out_}) : json::array()}};
      console_.out << plan.dump(2) << '\n';
      return kOk;
    }
    write_wrapped(console_, "would run " + size_text(experiment()));
    if (out_) write_wrapped(console_, "would write " + *out_);
    return kOk;
  }

  void say_how_to_go_on() {
    console_.note(out_ ? fmt::format("interrupted; 'rlbook compare ... --out {} --resume' goes on "
                                     "from here",
                                     *out_)
                       : std::string("interrupted"));
  }

  const Registry& registry_;
  const Arguments& arguments_;
  Console& console_;
  Ranks* ranks_;
  std::optional<std::string> out_;
  ExistingResults existing_;
  SummaryOptions options_;
  std::optional<Tuning> tuning_;
  NamedExperiment named_;
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
  FlagSpec jobs = shared_flag("jobs");
  jobs.doc = kSharedJobs;
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
      jobs,
      out,
      {"resume", "", "go on with the results that are in --out; --steps and --seeds may grow"},
      force,
      {"tuned", "DIR", "options as a sweep chose them; seeds that it saw are refused"}};
  for (FlagSpec& flag : report_flags()) flags.push_back(std::move(flag));
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
                    "compare q_learning --alpha 0.1,0.2,0.5 --env mfrl_5x5",
                    "compare q_learning sarsa --env mfrl_5x5 --seeds 1000..1099 --out results",
                    "compare q_learning sarsa --env mfrl_5x5 --seeds 1000..1099 --out results "
                    "--resume"}},
      [](const Registry& registry, const Arguments& arguments, Console& console) {
        Ranks* const ranks = this_process_ranks();
        return run_together(ranks, console,
                            [&] { return Compare(registry, arguments, console, ranks)(); });
      }};
}

}  // namespace rl::apps
