#include "apps/rlhf/efficiency_cell.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/preference/advantage_model.hpp"
#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/training.hpp"
#include "algorithms/truth.hpp"
#include "rl/plan.hpp"
#include "rl/policy.hpp"
#include "rl/random.hpp"

namespace rl::apps {

namespace {

constexpr double kPlanningTolerance = 1e-10;
constexpr double kGreedyTies = 1e-8;  // of action values that planning gives to 1e-10
constexpr double kNoScore = std::numeric_limits<double>::quiet_NaN();

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

class EfficiencyCellMaker {
 public:
  EfficiencyCellMaker(const EfficiencyExperiment& experiment, const EfficiencyWorld& world,
                      const EfficiencyTask& task, const StopRequest& stop)
      : e_(experiment),
        world_(world),
        stop_(stop),
        annotator_(world.annotators[task.annotator]),
        kind_(experiment.annotators[task.annotator]),
        name_(cell_name(experiment, task)),
        seed_(experiment.seeds[task.seed]),
        root_(seed_),
        pairs_(labelled("pairs", experiment.sizes[task.size])),
        held_out_(labelled("held out", static_cast<std::size_t>(experiment.options.held_out))) {}

  EfficiencyCell operator()(bool with_map) {
    cell_.labels = label_statistics(annotator_, held_out_);
    for (const PreferenceMethod method : e_.methods) {
      std::optional<EfficiencyRun>& place = cell_.runs.emplace_back();
      attempt(info_of(method).name, [&] { place = run(method); });
    }
    if (with_map) attempt("learned reward", [&] { cell_.map = reward_map(); });
    return std::move(cell_);
  }

 private:
  using Comparisons = std::optional<SegmentComparisons>;

  /// What throws leaves the rest alone; nothing is begun after a stop.
  void attempt(const std::string& what, const std::function<void()>& f) {
    StudyReport& report = cell_.report;
    try {
      if (!report.complete) return;
      stop_if_asked(stop_);
      f();
    } catch (const Interrupted&) {
      report.complete = false;
    } catch (const std::exception& e) {
      report.failures.push_back(fmt::format("{}, {}: {}", what, name_, e.what()));
    }
  }

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
                                   const RewardFeatures& features) {
    if (kept) return *kept;
    Comparisons data;
    kept = logistic_regression(design(data, features, pairs_), {.l2 = e_.options.l2});
    cell_.report.count_fit(kept->converged);
    return *kept;
  }
  LinearReward next_state_reward() {
    return {world_.next_states, regression(next_state_fit_, world_.next_states).weights};
  }
  LinearReward pair_reward() { return {world_.pairs, regression(pair_fit_, world_.pairs).weights}; }

  TabularPolicy planned(const LinearReward& reward) {
    const FiniteMdp model = with_reward_table(world_.model, reward_table(world_.model, reward));
    const Plan plan = value_iteration(model, world_.gamma, {.tolerance = kPlanningTolerance});
    cell_.report.count_fit(plan.converged);
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
    train_to_end(training, stop_);
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
  const StopRequest& stop_;
  const Annotator& annotator_;
  AnnotatorKind kind_;
  std::string name_;
  std::uint64_t seed_;
  Rng root_;
  std::vector<SegmentPair> pairs_, held_out_;
  std::optional<SegmentRewards> next_state_fit_, pair_fit_;
  Comparisons next_state_held_out_, pair_held_out_;
  EfficiencyCell cell_;
};

}  // namespace

EfficiencyCell measure_cell(const EfficiencyExperiment& experiment, const EfficiencyWorld& world,
                            const EfficiencyTask& task, bool with_map, const StopRequest& stop) {
  return EfficiencyCellMaker(experiment, world, task, stop)(with_map);
}

std::string cell_name(const EfficiencyExperiment& experiment, const EfficiencyTask& task) {
  return fmt::format("{}, {} pairs, seed {}", annotator_name(experiment.annotators[task.annotator]),
                     experiment.sizes[task.size], experiment.seeds[task.seed]);
}

}  // namespace rl::apps
