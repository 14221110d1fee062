#include "rl/experiment/experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "rl/mdp_graph.hpp"
#include "rl/parallel.hpp"
#include "rl/random.hpp"
#include "rl/state.hpp"

namespace rl {

using nlohmann::json;

namespace {

constexpr std::int64_t kStepsBetweenQuestions = 1 << 16;  // whether to stop, and how far it is

struct Mean {
  double sum = 0;
  std::int64_t n = 0;

  void add(double x) {
    sum += x;
    ++n;
  }
  double value() const { return n > 0 ? sum / static_cast<double>(n) : kNoNumber; }
};

/// What a run lives through between two evaluations.
struct Training {
  Mean episode_return;
  Mean td_error;  // |delta|
  std::int64_t watched_steps = 0;

  void on_step(const Trace& trace) {
    ++watched_steps;
    for (const Update& u : trace.updates()) td_error.add(std::abs(u.delta));
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("train.return", episode_return);
    visit("train.td_error", td_error);
    visit("train.watched_steps", watched_steps);
  }
};

/// One run from its beginning, or from its checkpoint, to its end.
class Run {
 public:
  Run(const Experiment& experiment, const Judge& judge, const RunId& id)
      : experiment_(experiment),
        judge_(judge),
        every_(evaluation_distance(experiment)),
        runner_(make_runner(experiment, judge.problem(), id)) {}

  static AnyRunner make_runner(const Experiment& experiment, const Problem& problem,
                               const RunId& id) {
    const Contender& contender = experiment.contenders[id.contender];
    return contender.algorithm->make_learner(problem, json::parse(contender.options),
                                             Streams(experiment.seeds[id.seed]));
  }

  /// Goes on where a record ended; throws std::invalid_argument where it is of another run.
  void restore(RunRecord record) {
    StateReader reader(record.checkpoint);
    train_.state(reader);
    std::string bytes;
    reader("runner", bytes);
    runner_.load(bytes);
    record_ = std::move(record);
    record_.status = RunStatus::cut_off;
    std::vector<Evaluation>& curve = record_.curve;
    if (!curve.empty() && place(curve.back()) % every_ != 0) curve.pop_back();  // an earlier end
  }

  /// `go_on` is told the fraction made of what was left; false cuts the run off.
  RunRecord finish(const std::function<bool(double)>& go_on) {
    const double begin = fraction();
    try {
      if (is_due()) evaluate();
      while (!exhausted()) {
        if (!go_on((fraction() - begin) / (1 - begin))) break;
        advance();
      }
      if (exhausted()) record_.status = RunStatus::complete;
    } catch (const Interrupted&) {  // in an evaluation: it is made when the run goes on
    } catch (const Diverged& e) {
      record_.status = RunStatus::failed;
      record_.error = fmt::format("diverged after {} steps: {}", runner_.steps(), e.what());
    } catch (const std::exception& e) {
      record_.status = RunStatus::failed;
      record_.error = e.what();
    }
    close();
    return std::move(record_);
  }

 private:
  std::int64_t place(const Evaluation& e) const {
    return counts_episodes(experiment_.budget) ? e.episode : e.step;
  }
  std::int64_t place() const {
    return counts_episodes(experiment_.budget) ? runner_.episodes() : runner_.steps();
  }
  /// At each distance and at the end; still so later where the evaluation was interrupted.
  bool is_due() const {
    if (record_.curve.empty()) return true;
    return place() != place(record_.curve.back()) && (place() % every_ == 0 || exhausted());
  }
  bool exhausted() const {
    return runner_.steps() >= experiment_.budget.steps ||
           runner_.episodes() >= experiment_.budget.episodes;
  }
  double fraction() const {
    const Budget& budget = experiment_.budget;
    return std::max(static_cast<double>(runner_.steps()) / static_cast<double>(budget.steps),
                    static_cast<double>(runner_.episodes()) / static_cast<double>(budget.episodes));
  }

  /// To the next evaluation or the next question, whichever is nearer.
  void advance() {
    const std::int64_t next = (place() / every_ + 1) * every_;
    Budget until{
        .steps = std::min(experiment_.budget.steps, runner_.steps() + kStepsBetweenQuestions),
        .episodes = experiment_.budget.episodes};
    std::int64_t& limit = counts_episodes(experiment_.budget) ? until.episodes : until.steps;
    limit = std::min(limit, next);
    const AnyRunner::OnEpisode on_episode = [this](const EpisodeStats& e) {
      train_.episode_return.add(e.reward_sum);
      return true;
    };
    watch(until, on_episode);
    runner_.run(until, on_episode);
    if (is_due()) evaluate();
  }

  /// The first steps after an evaluation, for their errors.
  void watch(Budget until, const AnyRunner::OnEpisode& on_episode) {
    const std::int64_t left = kWatchedSteps - train_.watched_steps;
    if (left <= 0) return;
    until.steps = std::min(until.steps, runner_.steps() + left);
    runner_.trace().enable(true);
    runner_.run_watched(
        until, [this](const AnyTransition&, const Trace& trace) { train_.on_step(trace); },
        on_episode);
    runner_.trace().enable(false);
  }

  void evaluate() {
    if (!runner_.finite())
      throw std::runtime_error(
          fmt::format("diverged: an estimate is not finite after {} steps", runner_.steps()));
    Evaluation evaluation = judge_(runner_);
    evaluation.train_return = train_.episode_return.value();
    evaluation.train_td_error = train_.td_error.value();
    record_.curve.push_back(evaluation);
    if (place() % every_ == 0) train_ = {};
  }

  void close() {
    record_.steps = runner_.steps();
    record_.episodes = runner_.episodes();
    const Truth& truth = judge_.truth(runner_.steps());
    record_.random_return = truth.random_return;
    record_.optimal_return = truth.optimal_return;
    record_.checkpoint.clear();
    if (record_.status == RunStatus::failed) return;
    if (record_.status == RunStatus::complete) record_.greedy = greedy_actions();
    StateWriter writer;
    train_.state(writer);
    std::string bytes = runner_.save();
    writer("runner", bytes);
    record_.checkpoint = std::move(writer.bytes);
  }

  std::vector<std::vector<Action>> greedy_actions() const {
    const FiniteMdp& model = runner_.model();
    std::vector<std::vector<Action>> actions;
    if (model.num_states() == 0 || model.num_states() > kShownStates) return actions;
    const TabularPolicy policy =
        greedy_policy(model, runner_.estimates(), judge_.problem().effective_gamma());
    for (State s = 0; s < model.num_states(); ++s) {
      actions.emplace_back();
      if (model.terminal(s)) continue;
      for (Action a = 0; a < model.num_actions(); ++a)
        if (policy.probability(s, a) > 0) actions.back().push_back(a);
    }
    return actions;
  }

  const Experiment& experiment_;
  const Judge& judge_;
  std::int64_t every_;
  AnyRunner runner_;
  Training train_;
  RunRecord record_;
};

// ---- checks before the first run ----------------------------------------------------------------

void check_lists(const Experiment& e) {
  const auto need = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(fmt::format("experiment: {}", what));
  };
  need(!e.contenders.empty(), "needs at least one learner");
  need(!e.worlds.empty(), "needs at least one world");
  need(!e.seeds.empty(), "needs at least one seed");
  need(e.budget.steps > 0 && e.budget.episodes > 0, "needs a budget above zero");
  need(e.budget.steps != kNoLimit || e.budget.episodes != kNoLimit, "needs a budget");
  need(e.eval_every >= 0, "the distance of evaluations cannot be negative");
  need(e.threads >= 1, "needs at least one thread");
  need(static_cast<bool>(e.truth), "needs the exact answers");
  std::set<std::string> names;
  for (const ExperimentWorld& world : e.worlds)
    if (!names.insert(world.name).second)
      throw std::invalid_argument(fmt::format("world '{}' stands twice", world.name));
}

/// Whether this learner, with these options, can work in this world under this budget.
void check_run(const Experiment& e, const Problem& problem, const RunId& id) {
  const Contender& contender = e.contenders[id.contender];
  const std::string& world = e.worlds[id.world].name;
  if (const auto reason = contender.algorithm->refuses(problem))
    throw std::invalid_argument(
        fmt::format("{} cannot learn in {}: {}", contender.algorithm->name, world, *reason));
  if (counts_episodes(e.budget))
    if (const auto stuck = problem.state_without_end())
      throw std::invalid_argument(fmt::format(
          "{}: from {} no episode ends, so a number of episodes is no limit: give --steps "
          "or --episode-steps",
          world, *stuck));
  try {
    Run::make_runner(e, problem, id);
  } catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", contender.label(), error.what()));
  }
}

// ---- all runs -----------------------------------------------------------------------------------

/// Runs are numbered seed by seed, so that a cancelled experiment has some of every learner.
RunId numbered_run(const Experiment& e, std::size_t number) {
  const std::size_t per_seed = e.contenders.size() * e.worlds.size();
  const std::size_t place = number % per_seed;
  return {place / e.worlds.size(), place % e.worlds.size(), number / per_seed};
}

/// Of the worlds as the seeds meet them: one for all seeds, or one each where they are drawn.
class Judges {
 public:
  explicit Judges(const Experiment& e) : experiment_(e) {
    for (const ExperimentWorld& world : e.worlds) {
      begin_.push_back(all_.size());
      all_.resize(all_.size() + (world.drawn ? e.seeds.size() : 1));
    }
  }

  /// Plans for the runs of these numbers; returns false where it was stopped.
  bool make(const std::vector<std::size_t>& numbers, const StopRequest& stop) {
    std::map<std::size_t, RunId> needed;  // one run for each judge
    for (const std::size_t number : numbers) {
      const RunId id = numbered_run(experiment_, number);
      needed.try_emplace(index(id), id);
    }
    const std::vector<std::pair<std::size_t, RunId>> list(needed.begin(), needed.end());
    const auto make_one = [&](std::size_t k) { make(list[k].first, list[k].second); };
    try {
      return parallel_for(list.size(), experiment_.threads, make_one, stop);
    } catch (const Interrupted&) {
      return false;
    }
  }

  const Judge& of(const RunId& id) const { return *all_[index(id)]; }

 private:
  std::size_t index(const RunId& id) const {
    return begin_[id.world] + (experiment_.worlds[id.world].drawn ? id.seed : 0);
  }
  void make(std::size_t i, const RunId& id) {
    const ExperimentWorld& world = experiment_.worlds[id.world];
    try {
      all_[i] = std::make_unique<Judge>(world.make(experiment_.seeds[id.seed]), experiment_.truth);
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(fmt::format("{}: {}", world.name, error.what()));
    }
  }

  const Experiment& experiment_;
  std::vector<std::size_t> begin_;  // [worlds]
  std::vector<std::unique_ptr<Judge>> all_;
};

/// The fraction of all work, from what every run says of itself.
class ProgressSum {
 public:
  ProgressSum(std::size_t runs, const std::function<void(double)>& report)
      : of_run_(runs, 0), report_(report) {}
  /// Counts as made what stands before a run and says nothing: another process has it.
  void skip_to(std::size_t run) {
    const std::lock_guard lock(mutex_);
    for (; skipped_ < run; ++skipped_)
      if (of_run_[skipped_] == 0) sum_ += of_run_[skipped_] = 1;
  }
  void set(std::size_t run, double fraction) {
    if (!report_) return;
    const std::lock_guard lock(mutex_);
    sum_ += fraction - of_run_[run];
    of_run_[run] = fraction;
    report_(sum_ / static_cast<double>(of_run_.size()));
  }

 private:
  std::vector<double> of_run_;
  const std::function<void(double)>& report_;
  std::mutex mutex_;
  double sum_ = 0;
  std::size_t skipped_ = 0;
};

/// Of the runs that are left, those that fall to this one of several processes.
class Share {
 public:
  /// `left`: numbers of runs, ascending.
  Share(const std::vector<std::size_t>& left, const std::function<std::size_t()>& next)
      : left_(left), next_(next) {}

  /// The next one's place in `left`; empty: the others have the rest.
  std::optional<std::size_t> take() {
    while (!at_end_) {
      const std::size_t number = next_();
      const auto at = std::lower_bound(left_.begin(), left_.end(), number);
      if (at == left_.end())
        at_end_ = true;
      else if (*at == number)  // else the run is complete already
        return static_cast<std::size_t>(at - left_.begin());
    }
    return std::nullopt;
  }

 private:
  const std::vector<std::size_t>& left_;
  const std::function<std::size_t()>& next_;
  std::atomic<bool> at_end_ = false;
};

/// From its checkpoint, or anew where there is none that fits.
Run begin_run(const Experiment& e, const Judge& judge, const RunId& id,
              std::optional<RunRecord> earlier) {
  if (earlier && !earlier->checkpoint.empty()) try {
      Run run(e, judge, id);
      run.restore(std::move(*earlier));
      return run;
    } catch (const std::invalid_argument&) {  // written by another version of the learner
    }
  return Run(e, judge, id);
}

bool finished(const Experiment& e, const RunRecord& record) {
  return record.status == RunStatus::complete &&
         (record.steps >= e.budget.steps || record.episodes >= e.budget.episodes);
}

std::optional<RunRecord> restored(const ExperimentHooks& hooks, const RunId& id) {
  return hooks.restore ? hooks.restore(id) : std::nullopt;
}

void drop_checkpoint(RunRecord& record) {
  record.checkpoint.clear();
  record.checkpoint.shrink_to_fit();
}

/// Puts the runs that are complete already in their places, before anything can be cancelled.
/// Returns the numbers of the others.
std::vector<std::size_t> take_complete(const Experiment& e, const ExperimentHooks& hooks,
                                       std::vector<RunRecord>& runs) {
  std::vector<std::size_t> left;
  for (std::size_t number = 0; number < runs.size(); ++number) {
    const RunId id = numbered_run(e, number);
    std::optional<RunRecord> earlier = restored(hooks, id);
    if (!earlier || !finished(e, *earlier)) {
      left.push_back(number);
      continue;
    }
    RunRecord& run = runs[run_index(e, id)];
    run = std::move(*earlier);
    drop_checkpoint(run);
  }
  return left;
}

/// A long list (a policy's probabilities) as the beginning of its hash.
std::string short_text(const json& value) {
  constexpr std::size_t kLongest = 24;
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const bool cut = value.is_array() && text.size() > kLongest;
  return cut ? fmt::format("{:08x}", fnv1a(text) >> 32) : text;
}

}  // namespace

// ---- contenders ---------------------------------------------------------------------------------

std::string learner_label(const std::string& learner, const std::string& variant) {
  return variant == "default" ? learner : learner + ":" + variant;
}

std::string Contender::label() const { return learner_label(algorithm->name, variant); }

std::string full_options(const Contender& contender) {
  return full_options(*contender.algorithm, json::parse(contender.options)).dump();
}

void name_variants(std::vector<Contender>& contenders) {
  std::map<std::string, std::vector<Contender*>> of_learner;
  for (Contender& c : contenders) of_learner[c.algorithm->name].push_back(&c);
  for (const auto& [learner, same] : of_learner) {
    std::vector<json> options;
    for (const Contender* c : same) options.push_back(json::parse(full_options(*c)));
    std::set<std::string> variants;
    for (std::size_t i = 0; i < same.size(); ++i) {
      std::string variant;
      for (const auto& [name, value] : options[i].items()) {
        const bool varies =
            std::any_of(options.begin(), options.end(),
                        [&, n = name, v = value](const json& other) { return other[n] != v; });
        if (!varies) continue;
        variant += fmt::format("{}{}={}", variant.empty() ? "" : ",", name, short_text(value));
      }
      if (same.size() > 1 && !variants.insert(variant).second)
        throw std::invalid_argument(
            fmt::format("learner '{}' stands twice with the same options", learner));
      same[i]->variant = variant.empty() ? "default" : variant;
    }
  }
}

// ---- the experiment -----------------------------------------------------------------------------

bool counts_episodes(const Budget& budget) { return budget.steps == kNoLimit; }

std::int64_t evaluation_distance(const Experiment& e) {
  if (e.eval_every > 0) return e.eval_every;
  const std::int64_t budget = counts_episodes(e.budget) ? e.budget.episodes : e.budget.steps;
  return std::max<std::int64_t>(1, budget / 20);
}

std::size_t run_index(const Experiment& e, const RunId& id) {
  return (id.contender * e.worlds.size() + id.world) * e.seeds.size() + id.seed;
}

void check_experiment(const Experiment& e) {
  check_lists(e);
  for (std::size_t w = 0; w < e.worlds.size(); ++w) {
    const Problem problem = e.worlds[w].make(e.seeds.front());
    for (std::size_t c = 0; c < e.contenders.size(); ++c) check_run(e, problem, {c, w, 0});
  }
}

ExperimentResult run_experiment(const Experiment& e, const ExperimentHooks& hooks) {
  check_experiment(e);
  ExperimentResult result;
  result.runs.resize(e.contenders.size() * e.worlds.size() * e.seeds.size());
  result.seconds.resize(result.runs.size(), 0);
  const std::vector<std::size_t> left = take_complete(e, hooks, result.runs);

  Judges judges(e);
  if (!judges.make(left, hooks.cancelled)) {
    result.cancelled = true;
    return result;
  }
  if (hooks.begin) hooks.begin();

  ProgressSum progress(left.size(), hooks.progress);
  std::atomic<bool> cut_off = false;
  const auto cancelled = [&] { return hooks.cancelled && hooks.cancelled(); };
  const auto now = [&] { return hooks.seconds ? hooks.seconds() : 0.0; };
  const auto make = [&](std::size_t k) {
    const RunId id = numbered_run(e, left[k]);
    const std::size_t index = run_index(e, id);
    RunRecord& record = result.runs[index];
    const double begin = now();
    Run run = begin_run(e, judges.of(id), id, restored(hooks, id));
    record = run.finish([&](double fraction) {
      progress.set(k, fraction);
      return !cancelled();
    });
    result.seconds[index] = now() - begin;
    if (hooks.keep) hooks.keep(id, record);
    drop_checkpoint(record);
    if (record.status == RunStatus::cut_off)
      cut_off = true;
    else
      progress.set(k, 1);
  };
  Share share(left, hooks.next);
  const auto make_next = [&](std::size_t) {
    const auto k = share.take();
    if (!k) return;
    progress.skip_to(*k);
    make(*k);
  };
  using Task = std::function<void(std::size_t)>;
  const bool all = parallel_for(left.size(), e.threads, hooks.next ? Task(make_next) : Task(make),
                                hooks.cancelled);
  result.cancelled = !all || cut_off;
  return result;
}

}  // namespace rl
