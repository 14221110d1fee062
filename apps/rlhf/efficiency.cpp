#include "apps/rlhf/efficiency.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/preference/advantage_model.hpp"
#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "algorithms/preference/training.hpp"
#include "algorithms/truth.hpp"
#include "rl/parallel.hpp"
#include "rl/plan.hpp"
#include "rl/policy.hpp"
#include "rl/random.hpp"
#include "rl/statistics/sample.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

/// Newton steps solve for all features at once: 2,000 of them and 3,000 pairs take 4 s a run.
constexpr std::size_t kMostPreferenceFeatures = 2'000;
constexpr std::size_t kMostDesignNumbers = 50'000'000;  // [pairs x features]: 400 MB
constexpr double kPlanningTolerance = 1e-10;
constexpr double kGreedyTies = 1e-8;  // of action values that planning gives to 1e-10
constexpr double kNoScore = std::numeric_limits<double>::quiet_NaN();

bool runs_method(const EfficiencyExperiment& e, PreferenceMethod method) {
  return std::find(e.methods.begin(), e.methods.end(), method) != e.methods.end();
}

template <class T>
void require_each_once(const std::vector<T>& list, const char* what) {
  if (list.empty()) throw std::invalid_argument(fmt::format("efficiency: no {}", what));
  if (std::set<T>(list.begin(), list.end()).size() != list.size())
    throw std::invalid_argument(fmt::format("efficiency: one of the {} stands twice", what));
}

/// The most features that a regression of the experiment has.
std::size_t num_design_features(const EfficiencyExperiment& e) {
  const FiniteMdp& model = e.problem.model;
  const bool pairs = runs_method(e, PreferenceMethod::rm_pairs) ||
                     runs_method(e, PreferenceMethod::advantage) ||
                     runs_method(e, PreferenceMethod::cpl);
  if (pairs) return index(model.num_states()) * index(model.num_actions());
  return runs_method(e, PreferenceMethod::rm) ? index(model.num_states()) + 1 : 0;
}

void require_small_enough(const EfficiencyExperiment& e) {
  const std::size_t features = num_design_features(e);
  if (features > kMostPreferenceFeatures)
    throw std::invalid_argument(fmt::format(
        "{}: {} states and {} actions make {} features, more than the {} that these methods are "
        "for; rm alone has a feature a state, bc has none",
        e.problem.name, e.problem.model.num_states(), e.problem.model.num_actions(), features,
        kMostPreferenceFeatures));
  const std::size_t rows = std::max(*std::max_element(e.sizes.begin(), e.sizes.end()),
                                    static_cast<std::size_t>(e.options.held_out));
  if (features > 0 && rows > kMostDesignNumbers / features)
    throw std::invalid_argument(
        fmt::format("efficiency: {} pairs of {} features are more than {} numbers", rows, features,
                    kMostDesignNumbers));
}

FiniteMdp started_in_any_state(const FiniteMdp& model) {
  std::vector<double> weights(index(model.num_states()), 0);
  for (State s = 0; s < model.num_states(); ++s) weights[index(s)] = model.terminal(s) ? 0 : 1;
  return model.with_start(weights);
}

/// Pearson's; NaN where one does not vary.
double pearson_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const Eigen::Map<const Eigen::ArrayXd> a(x.data(), static_cast<Eigen::Index>(x.size()));
  const Eigen::Map<const Eigen::ArrayXd> b(y.data(), static_cast<Eigen::Index>(y.size()));
  const Eigen::ArrayXd da = a - a.mean();
  const Eigen::ArrayXd db = b - b.mean();
  const double scale = std::sqrt(da.square().sum() * db.square().sum());
  return scale > 0 ? (da * db).sum() / scale : kNoScore;
}

/// The actions of a segment up to its end: what comes behind is no choice of the policy's.
Segment within_episode(const FiniteMdp& model, Segment segment) {
  std::size_t steps = 0;
  while (steps < segment.length() && !model.terminal(segment.states[steps])) ++steps;
  segment.states.resize(steps + 1);
  segment.actions.resize(steps);
  if (!segment.rewards.empty()) segment.rewards.resize(steps);
  return segment;
}

// ---- one annotator, one seed, one number of pairs -----------------------------------------------

struct EfficiencyTask {
  std::size_t annotator, seed, size;  // places in the experiment's lists
};

struct EfficiencyCell {
  std::vector<EfficiencyRun> runs;  // one a method
  LabelStatistics labels;
  std::optional<LearnedRewardMap> map;
};

/// What all tasks read.
struct EfficiencyWorld {
  FiniteMdp model;  // started anywhere
  double gamma;
  SegmentSampler sampler;
  std::vector<Annotator> annotators;
  RewardFeatures next_states, pairs;
  std::vector<double> true_entering;
  double optimal_return, random_return;
};

Annotator efficiency_annotator(const EfficiencyExperiment& e, AnnotatorKind kind) {
  const AnnotatorOptions options{.annotator = kind,
                                 .rationality = e.options.rationality,
                                 .flip_prob = e.options.flip_prob,
                                 .discount = e.options.discount};
  if (kind == AnnotatorKind::return_) return Annotator(options);
  return {options, optimal_advantages(e.problem.model, e.problem.gamma)};
}

class EfficiencyCellMaker {
 public:
  EfficiencyCellMaker(const EfficiencyExperiment& experiment, const EfficiencyWorld& world,
                      const EfficiencyTask& task)
      : e_(experiment),
        world_(world),
        annotator_(world.annotators[task.annotator]),
        kind_(experiment.annotators[task.annotator]),
        seed_(experiment.seeds[task.seed]),
        root_(seed_),
        pairs_(labelled("pairs", experiment.sizes[task.size])),
        held_out_(labelled("held out", static_cast<std::size_t>(experiment.options.held_out))) {}

  EfficiencyCell operator()(bool with_map) {
    EfficiencyCell cell;
    for (const PreferenceMethod method : e_.methods) cell.runs.push_back(run(method));
    cell.labels = label_statistics(annotator_, held_out_);
    if (with_map) cell.map = reward_map();
    return cell;
  }

 private:
  using Comparisons = std::optional<SegmentComparisons>;

  /// Streams have names: neither the other sizes nor the other annotator change what is drawn, and
  /// both annotators are shown the same pairs.
  std::vector<SegmentPair> labelled(const char* stream, std::size_t n) const {
    const Rng rng = root_.split(stream);
    std::vector<SegmentPair> pairs = sample_pairs(n, world_.sampler, rng.split("segments"));
    annotate(annotator_, pairs, rng.split("labels"));
    return pairs;
  }

  const SegmentComparisons& design(Comparisons& kept, const RewardFeatures& features,
                                   const std::vector<SegmentPair>& pairs) const {
    if (!kept) kept = comparisons(features, pairs, e_.options.discount);
    return *kept;
  }

  /// Both models with a number for each pair (s, a) are one regression.
  const SegmentRewards& regression(std::optional<SegmentRewards>& kept,
                                   const RewardFeatures& features) const {
    if (kept) return *kept;
    Comparisons data;
    kept = logistic_regression(design(data, features, pairs_), {.l2 = e_.options.l2});
    return *kept;
  }
  LinearReward next_state_reward() {
    return {world_.next_states, regression(next_state_fit_, world_.next_states).weights};
  }
  LinearReward pair_reward() { return {world_.pairs, regression(pair_fit_, world_.pairs).weights}; }

  TabularPolicy planned(const LinearReward& reward) const {
    const FiniteMdp model = with_reward_table(world_.model, reward_table(world_.model, reward));
    const Plan plan = value_iteration(model, world_.gamma, {.tolerance = kPlanningTolerance});
    return greedy_policy(model, action_values(model, plan.v, world_.gamma), kGreedyTies);
  }

  double held_out_accuracy(const Eigen::VectorXd& weights, const RewardFeatures& features,
                           Comparisons& data) const {
    const SegmentComparisons& x = design(data, features, held_out_);
    return accuracy(weights, x.differences, x.labels);
  }

  /// Log-probabilities of the trained policy as a table.
  QTable contrastive_preferences() const {
    std::vector<LabelledPair> pairs;
    pairs.reserve(pairs_.size());
    for (const SegmentPair& pair : pairs_)
      pairs.push_back({within_episode(world_.model, pair.first),
                       within_episode(world_.model, pair.second), pair.preference});
    const TablePolicy start(world_.model, each_state(world_.model));
    const auto objective = std::make_shared<PairObjective>(
        start.rows(), std::nullopt, pairs,
        PairObjective::Options{.loss = CplLoss{e_.options.alpha, e_.options.contrastive_bias},
                               .reward_scale = e_.options.alpha,
                               .discount = e_.options.discount});
    Training training(start, objective,
                      {.learning_rate = e_.options.learning_rate,
                       .max_steps = e_.options.max_steps,
                       .l2 = e_.options.cpl_l2},
                      root_.split("cpl"));
    while (training.advance()) {
    }
    QTable log_pi(world_.model);
    const PolicyRows rows = training.policy().rows();
    for (State s = 0; s < log_pi.num_states(); ++s)
      for (Action a = 0; a < log_pi.num_actions(); ++a)
        if (!world_.model.terminal(s)) log_pi(s, a) = rows.log_probability(s, a);
    return log_pi;
  }

  /// A table's numbers as weights of pairs (s, a): 0 where an action is not available.
  static Eigen::VectorXd as_weights(const QTable& table) {
    Eigen::VectorXd weights(static_cast<Eigen::Index>(table.shown().size()));
    for (Eigen::Index k = 0; k < weights.size(); ++k) {
      const double x = table.shown()[static_cast<std::size_t>(k)];
      weights[k] = std::isfinite(x) ? x : 0;
    }
    return weights;
  }

  /// A state without preferred steps: all actions alike. Pseudo-counts would change no maximum.
  TabularPolicy cloned() const {
    std::vector<Segment> preferred;
    for (const SegmentPair& pair : pairs_)
      if (pair.preference != 0.5)
        preferred.push_back(
            within_episode(world_.model, pair.preference > 0.5 ? pair.first : pair.second));
    const TabularPolicy clone =
        clone_table(world_.model, action_counts(world_.model, preferred), 0);
    QTable shares(world_.model);
    for (State s = 0; s < shares.num_states(); ++s)
      for (Action a = 0; a < shares.num_actions(); ++a)
        if (shares(s, a) != kUnavailable) shares(s, a) = clone.probability(s, a);
    return greedy_policy(world_.model, shares);
  }

  EfficiencyRun run(PreferenceMethod method) {
    switch (method) {
      case PreferenceMethod::rm: {
        const LinearReward reward = next_state_reward();
        return judged(method, planned(reward),
                      held_out_accuracy(reward.weights, reward.features, next_state_held_out_));
      }
      case PreferenceMethod::rm_pairs: {
        const LinearReward reward = pair_reward();
        return judged(method, planned(reward),
                      held_out_accuracy(reward.weights, reward.features, pair_held_out_));
      }
      case PreferenceMethod::advantage: {
        const AdvantageModel model =
            advantages_of(world_.model, regression(pair_fit_, world_.pairs));
        return judged(method, greedy_policy(world_.model, model),
                      held_out_accuracy(model.fit.weights, world_.pairs, pair_held_out_));
      }
      case PreferenceMethod::cpl: {
        const QTable log_pi = contrastive_preferences();
        return judged(method, greedy_policy(world_.model, log_pi),
                      held_out_accuracy(as_weights(log_pi), world_.pairs, pair_held_out_));
      }
      case PreferenceMethod::bc:
        break;
    }
    return judged(method, cloned(), kNoScore);
  }

  EfficiencyRun judged(PreferenceMethod method, const TabularPolicy& policy,
                       double accuracy_there) const {
    const double J = exact_return(world_.model, policy, world_.gamma);
    const double score =
        (J - world_.random_return) / (world_.optimal_return - world_.random_return);
    return {kind_, method, pairs_.size(), seed_, J, score, accuracy_there};
  }

  /// Of rm, else of rm_pairs; none where there is neither.
  std::optional<LearnedRewardMap> reward_map() {
    for (const PreferenceMethod method : {PreferenceMethod::rm, PreferenceMethod::rm_pairs}) {
      if (!runs_method(e_, method)) continue;
      const LinearReward reward =
          method == PreferenceMethod::rm ? next_state_reward() : pair_reward();
      LearnedRewardMap map{kind_,
                           method,
                           pairs_.size(),
                           seed_,
                           entering_rewards(world_.model,
                                            [&](State s, Action a, const Outcome& outcome) {
                                              return reward(s, a, outcome.next) /
                                                     e_.options.rationality;
                                            }),
                           correlation_with_truth(reward)};
      shift_to_truth(map.entering);
      return map;
    }
    return std::nullopt;
  }

  double correlation_with_truth(const LinearReward& reward) const {
    const RewardTable table = reward_table(world_.model, reward);
    std::vector<double> learned, exact;
    for (State s = 0; s < world_.model.num_states(); ++s)
      for (Action a = 0; a < world_.model.num_actions(); ++a) {
        if (world_.model.terminal(s) || !world_.model.available(s, a)) continue;
        learned.push_back(table(s, a));
        exact.push_back(world_.model.row(s, a).reward);
      }
    return pearson_correlation(learned, exact);
  }

  void shift_to_truth(std::vector<double>& entering) const {
    double shift = 0;
    double states = 0;
    for (std::size_t s = 0; s < entering.size(); ++s) {
      if (std::isnan(entering[s])) continue;
      shift += world_.true_entering[s] - entering[s];
      ++states;
    }
    for (double& x : entering) x += shift / states;
  }

  const EfficiencyExperiment& e_;
  const EfficiencyWorld& world_;
  const Annotator& annotator_;
  AnnotatorKind kind_;
  std::uint64_t seed_;
  Rng root_;
  std::vector<SegmentPair> pairs_, held_out_;
  std::optional<SegmentRewards> next_state_fit_, pair_fit_;
  Comparisons next_state_held_out_, pair_held_out_;
};

EfficiencyWorld make_efficiency_world(const EfficiencyExperiment& e, const StopRequest& stop) {
  const FiniteMdp model = started_in_any_state(e.problem.model);
  Problem anywhere = e.problem;
  anywhere.model = model;
  const Truth truth = exact_truth(anywhere, stop);
  if (!(truth.optimal_return > truth.random_return))
    throw std::invalid_argument(
        fmt::format("{}: random actions are as good as any there: there is nothing to be learned",
                    e.problem.name));
  EfficiencyWorld world{
      model,
      e.problem.gamma,
      SegmentSampler(
          model, uniform_policy(model),
          {.fragment_length = e.options.fragment_length, .absorbing = e.options.absorbing}),
      {},
      next_state_features(model),
      pair_features(model),
      entering_rewards(model, [](State, Action, const Outcome& outcome) { return outcome.reward; }),
      truth.optimal_return,
      truth.random_return};
  for (const AnnotatorKind kind : e.annotators)
    world.annotators.push_back(efficiency_annotator(e, kind));
  return world;
}

/// Seed by seed, so that what is done by an interruption is whole for some of them; large ones of a
/// seed first, so that threads end together.
std::vector<EfficiencyTask> efficiency_tasks(const EfficiencyExperiment& e) {
  std::vector<EfficiencyTask> tasks;
  for (std::size_t seed = 0; seed < e.seeds.size(); ++seed)
    for (std::size_t size = e.sizes.size(); size-- > 0;)
      for (std::size_t annotator = 0; annotator < e.annotators.size(); ++annotator)
        tasks.push_back({annotator, seed, size});
  return tasks;
}

/// In proportion to the time that it takes, roughly.
double work_of_task(const EfficiencyExperiment& e, const EfficiencyTask& task) {
  return static_cast<double>(e.sizes[task.size]) + e.options.held_out;
}

void collect_cells(const EfficiencyExperiment& e, const std::vector<EfficiencyTask>& tasks,
                   std::vector<std::optional<EfficiencyCell>>& cells, EfficiencyResult& result) {
  const auto cell_of = [&](std::size_t annotator, std::size_t seed,
                           std::size_t size) -> std::optional<EfficiencyCell>& {
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (tasks[i].annotator == annotator && tasks[i].seed == seed && tasks[i].size == size)
        return cells[i];
    throw std::logic_error("efficiency: no such task");
  };
  for (std::size_t a = 0; a < e.annotators.size(); ++a) {
    for (std::size_t m = 0; m < e.methods.size(); ++m)
      for (std::size_t n = 0; n < e.sizes.size(); ++n)
        for (std::size_t seed = 0; seed < e.seeds.size(); ++seed)
          if (const auto& cell = cell_of(a, seed, n)) result.runs.push_back(cell->runs[m]);
    for (std::size_t seed = 0; seed < e.seeds.size(); ++seed)
      for (std::size_t n = 0; n < e.sizes.size(); ++n)
        if (const auto& cell = cell_of(a, seed, n)) {
          result.held_out.push_back({e.annotators[a], e.seeds[seed], cell->labels});
          break;
        }
  }
  for (std::optional<EfficiencyCell>& cell : cells)
    if (cell && cell->map) result.maps.push_back(*std::move(cell->map));
}

}  // namespace

// ---- names --------------------------------------------------------------------------------------

const std::vector<PreferenceMethodInfo>& preference_methods() {
  static const std::vector<PreferenceMethodInfo> methods = {
      {PreferenceMethod::rm, "rm", "RM(s') + VI",
       "a reward of next states and bumps, planned with"},
      {PreferenceMethod::rm_pairs, "rm_pairs", "RM(s,a) + VI", "a reward r(s, a), planned with"},
      {PreferenceMethod::advantage, "advantage", "advantage",
       "an advantage A(s, a), fitted alike, whose best action is taken"},
      {PreferenceMethod::cpl, "cpl", "CPL", "a policy whose ln pi is the advantage"},
      {PreferenceMethod::bc, "bc", "BC", "what preferred segments did most often"}};
  return methods;
}

const PreferenceMethodInfo& info_of(PreferenceMethod method) {
  return preference_methods()[static_cast<std::size_t>(method)];
}

PreferenceMethod preference_method(std::string_view name) {
  std::vector<std::string> names;
  for (const PreferenceMethodInfo& info : preference_methods()) {
    if (info.name == canonical_name(name)) return info.method;
    names.push_back(info.name);
  }
  throw std::invalid_argument(unknown_name("method", name, names));
}

std::string_view annotator_name(AnnotatorKind annotator) {
  return annotator == AnnotatorKind::return_ ? "return" : "regret";
}

// ---- the experiment -----------------------------------------------------------------------------

void check_efficiency(const EfficiencyExperiment& e) {
  const Problem& problem = e.problem;
  if (!problem.finite())
    throw std::invalid_argument(
        fmt::format("efficiency needs a list of states, and those of {} are points", problem.name));
  if (problem.changing)
    throw std::invalid_argument(
        fmt::format("{}: the world changes while it is learned: there is no one reward to learn",
                    problem.name));
  if (problem.criterion == Criterion::average)
    throw std::invalid_argument(fmt::format(
        "{}: its rewards are averaged, and advantages are of discounted returns; give --gamma",
        problem.name));
  if (!(problem.gamma >= 0 && problem.gamma < 1))
    throw std::invalid_argument(fmt::format(
        "{}: gamma = {}: a learned reward may pay for never ending; give --gamma below 1",
        problem.name, problem.gamma));
  require_each_once(e.annotators, "annotators");
  require_each_once(e.methods, "methods");
  require_each_once(e.sizes, "sizes");
  require_each_once(e.seeds, "seeds");
  if (*std::min_element(e.sizes.begin(), e.sizes.end()) < 1)
    throw std::invalid_argument("efficiency: a size of 0 pairs");
  if (e.options.held_out < 1)
    throw std::invalid_argument(
        fmt::format("efficiency: held_out is {}; at least 1", e.options.held_out));
  require_small_enough(e);
}

EfficiencyResult run_efficiency(const EfficiencyExperiment& e, const EfficiencyHooks& hooks) {
  check_efficiency(e);
  const EfficiencyWorld world = make_efficiency_world(e, hooks.stop);
  const std::vector<EfficiencyTask> tasks = efficiency_tasks(e);
  const auto largest =
      static_cast<std::size_t>(std::max_element(e.sizes.begin(), e.sizes.end()) - e.sizes.begin());
  double work = 0;
  for (const EfficiencyTask& task : tasks) work += work_of_task(e, task);

  std::vector<std::optional<EfficiencyCell>> cells(tasks.size());
  std::mutex progress_mutex;
  double done = 0;
  const bool all = parallel_for(
      tasks.size(), e.threads,
      [&](std::size_t i) {
        const EfficiencyTask& task = tasks[i];
        cells[i] = EfficiencyCellMaker(e, world, task)(task.seed == 0 && task.size == largest);
        if (!hooks.progress) return;
        const std::scoped_lock lock(progress_mutex);
        done += work_of_task(e, task);
        hooks.progress(done / work);
      },
      hooks.stop);

  EfficiencyResult result;
  result.optimal_return = world.optimal_return;
  result.random_return = world.random_return;
  result.true_entering = world.true_entering;
  result.cancelled = !all;
  collect_cells(e, tasks, cells, result);
  return result;
}

std::vector<double> entering_rewards(
    const FiniteMdp& model, const std::function<double(State, Action, const Outcome&)>& reward) {
  struct Mean {
    double sum = 0, weight = 0;
  };
  std::vector<Mean> from_elsewhere(index(model.num_states())), staying(from_elsewhere.size());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& outcome : model.outcomes(s, a)) {
        Mean& mean = (outcome.next == s ? staying : from_elsewhere)[index(outcome.next)];
        mean.sum += outcome.probability * reward(s, a, outcome);
        mean.weight += outcome.probability;
      }
  std::vector<double> entering(from_elsewhere.size());
  for (std::size_t s = 0; s < entering.size(); ++s) {
    const Mean& mean = from_elsewhere[s].weight > 0 ? from_elsewhere[s] : staying[s];
    entering[s] = mean.weight > 0 ? mean.sum / mean.weight : kNoScore;
  }
  return entering;
}

// ---- over the seeds -----------------------------------------------------------------------------

SeedSummary summary_of(const EfficiencyResult& result, AnnotatorKind annotator,
                       PreferenceMethod method, std::size_t pairs, double EfficiencyRun::*number) {
  std::vector<double> x;
  for (const EfficiencyRun& run : result.runs)
    if (run.annotator == annotator && run.method == method && run.pairs == pairs)
      x.push_back(run.*number);
  SeedSummary summary{x.size(), kNoScore, kNoScore, kNoScore, kNoScore};
  if (x.empty()) return summary;
  summary.mean = mean(x);
  if (x.size() < 2) return summary;
  summary.standard_error = standard_error(x);
  const Interval interval = t_interval(x);
  summary.low = interval.low;
  summary.high = interval.high;
  return summary;
}

}  // namespace rl::apps
