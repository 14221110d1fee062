#include "algorithms/preference/reward_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "rl/features/basis.hpp"
#include "rl/parallel.hpp"
#include "rl/with_rewards.hpp"

namespace rl {

namespace {

/// Whether each action leaves some state: [A].
std::vector<bool> moving_actions(const FiniteMdp& model) {
  std::vector<bool> moves(index(model.num_actions()), false);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (model.terminal(s) || !model.available(s, a)) continue;
      const FiniteMdp::Row row = model.row(s, a);
      for (std::size_t k = 0; k < row.size(); ++k)
        if (row.next(k) != s && row.probability(k) > 0) moves[index(a)] = true;
    }
  return moves;
}

void require_step_of(const FiniteMdp& model, State s, Action a, State next) {
  if (s < 0 || s >= model.num_states() || next < 0 || next >= model.num_states() || a < 0 ||
      a >= model.num_actions())
    throw std::invalid_argument(
        fmt::format("reward features: action {} from state {} to {} in a world of {} states and {} "
                    "actions",
                    a, s, next, model.num_states(), model.num_actions()));
}

void require_segment_shape(const Segment& segment) {
  if (segment.states.size() != segment.length() + 1)
    throw std::invalid_argument(fmt::format("reward model: a segment of {} states and {} actions",
                                            segment.states.size(), segment.length()));
}

void require_fit_options(std::span<const SegmentPair> pairs, const RewardFitOptions& options) {
  if (!(options.discount > 0 && options.discount <= 1))
    throw std::invalid_argument(
        fmt::format("reward model: discount is {}; in (0, 1]", options.discount));
  if (!options.allow_variable_horizon) require_equal_lengths(pairs);
}

void require_reward_shape(const RewardTable& table, Eigen::Index states, Eigen::Index actions,
                          const char* what) {
  if (table.rows() != states || table.cols() != actions)
    throw std::invalid_argument(fmt::format("reward table: {} are {} x {}, not {} x {}", what,
                                            table.rows(), table.cols(), states, actions));
}

bool may_act(const FiniteMdp& model, State s, Action a) {
  return !model.terminal(s) && model.available(s, a);
}

Eigen::Map<const Eigen::VectorXd> as_vector(std::span<const double> x) {
  return {x.data(), static_cast<Eigen::Index>(x.size())};
}

Eigen::Map<const Eigen::RowVectorXd> pair_by_pair(const RewardTable& table) {
  return {table.data(), table.size()};
}

/// Of the rewards, by weights.
NormalizedReward moments_of(const RewardTable& table, const RewardTable& weights) {
  const double sum = weights.sum();
  if (!(weights.minCoeff() >= 0 && sum > 0 && std::isfinite(sum)))
    throw std::invalid_argument(
        "reward normalisation: weights have to be numbers >= 0, and one of them positive");
  const double mean = table.cwiseProduct(weights).sum() / sum;
  const double variance = (table.array() - mean).square().cwiseProduct(weights.array()).sum() / sum;
  constexpr double kRounding = 1e-12;
  if (!(std::sqrt(variance) > kRounding * std::abs(mean)) || !std::isfinite(variance))
    throw std::invalid_argument(fmt::format(
        "reward normalisation: under the reference every reward is {}: a variance of {} "
        "cannot become 1",
        mean, variance));
  return {table, mean, std::sqrt(variance)};
}

/// Whether (s, a) ends the episode; throws where chance decides.
bool ends_response(const FiniteMdp& model, State s, Action a) {
  const FiniteMdp::Row row = model.row(s, a);
  std::size_t ends = 0;
  for (std::size_t k = 0; k < row.size(); ++k) ends += model.terminal(row.next(k)) ? 1 : 0;
  if (ends != 0 && ends != row.size())
    throw std::invalid_argument(fmt::format(
        "reward normalisation: whether action {} in state {} ends a response is left to chance", a,
        s));
  return ends != 0;
}

/// Shares of the pairs that end a response, 0 elsewhere; throws where another pair pays.
RewardTable ending_shares(const FiniteMdp& model, const RewardTable& table,
                          const TabularPolicy& reference) {
  const Eigen::VectorXd visits = expected_visits(model, reference);
  RewardTable shares = RewardTable::Zero(table.rows(), table.cols());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!may_act(model, s, a)) continue;
      if (ends_response(model, s, a))
        shares(s, a) = visits[s] * reference.probability(s, a);
      else if (table(s, a) != 0)
        throw std::invalid_argument(fmt::format(
            "reward normalisation: action {} in state {} pays {}, but does not end a response", a,
            s, table(s, a)));
    }
  return shares;
}

}  // namespace

// ---- features -----------------------------------------------------------------------------------

RewardFeatures next_state_features(const FiniteMdp& model) {
  RewardFeatures features;
  features.name = "next_state";
  features.doc =
      "which state comes next, and whether it is the same though the action moves elsewhere";
  for (State s = 0; s < model.num_states(); ++s)
    features.names.push_back(fmt::format("next[{}]", s));
  features.names.emplace_back("bump");
  const std::size_t bump = index(model.num_states());
  features.fill = [model, bump, moves = moving_actions(model)](State s, Action a, State next,
                                                               std::vector<Feature>& phi) {
    require_step_of(model, s, a, next);
    if (model.terminal(s)) return;
    phi.push_back({index(next), 1});
    if (next == s && moves[index(a)]) phi.push_back({bump, 1});
  };
  return features;
}

RewardFeatures pair_features(const FiniteMdp& model) {
  RewardFeatures features;
  features.name = "state_action";
  features.doc = "which action is taken in which state: every table of rewards";
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      features.names.push_back(fmt::format("pair[{},{}]", s, a));
  features.fill = [model](State s, Action a, State next, std::vector<Feature>& phi) {
    require_step_of(model, s, a, next);
    if (!model.terminal(s)) phi.push_back({index(s) * index(model.num_actions()) + index(a), 1});
  };
  return features;
}

Eigen::VectorXd segment_features(const RewardFeatures& features, const Segment& segment,
                                 double discount) {
  require_segment_shape(segment);
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(features.count()));
  std::vector<Feature> phi;
  double weight = 1;  // gamma^t
  for (std::size_t t = 0; t < segment.length(); ++t) {
    phi.clear();
    features.fill(segment.states[t], segment.actions[t], segment.states[t + 1], phi);
    for (const Feature& f : phi) sum[static_cast<Eigen::Index>(f.index)] += weight * f.value;
    weight *= discount;
  }
  return sum;
}

SegmentComparisons comparisons(const RewardFeatures& features, std::span<const SegmentPair> pairs,
                               double discount, std::span<const double> margins,
                               std::span<const double> weights) {
  const auto n = static_cast<Eigen::Index>(features.count());
  const auto N = static_cast<Eigen::Index>(pairs.size());
  SegmentComparisons data;
  data.differences.resize(N, n);
  data.sums.resize(N, n);
  data.labels.resize(N);
  for (Eigen::Index i = 0; i < N; ++i) {
    const SegmentPair& pair = pairs[static_cast<std::size_t>(i)];
    const Eigen::VectorXd first = segment_features(features, pair.first, discount);
    const Eigen::VectorXd second = segment_features(features, pair.second, discount);
    data.differences.row(i) = first - second;
    data.sums.row(i) = first + second;
    data.labels[i] = pair.preference;
  }
  data.margins = as_vector(margins);
  data.weights = as_vector(weights);
  return data;
}

// ---- models -------------------------------------------------------------------------------------

double LinearReward::operator()(State s, Action a, State next) const {
  std::vector<Feature> phi;
  features.fill(s, a, next, phi);
  double r = 0;
  for (const Feature& f : phi) r += weights[static_cast<Eigen::Index>(f.index)] * f.value;
  return r;
}

double segment_return(const RewardFunction& reward, const Segment& segment, double discount) {
  require_segment_shape(segment);
  double G = 0;
  double weight = 1;  // gamma^t
  for (std::size_t t = 0; t < segment.length(); ++t) {
    G += weight * reward(segment.states[t], segment.actions[t], segment.states[t + 1]);
    weight *= discount;
  }
  return G;
}

LinearRewardFit fit_linear_reward(const RewardFeatures& features,
                                  std::span<const SegmentPair> pairs,
                                  const RewardFitOptions& options) {
  require_fit_options(pairs, options);
  const SegmentComparisons data =
      comparisons(features, pairs, options.discount, options.margins, options.weights);
  SegmentRewards fit = logistic_regression(data, options.loss);
  return {{features, fit.weights}, std::move(fit)};
}

RewardEnsemble fit_reward_ensemble(const RewardFeatures& features,
                                   std::span<const SegmentPair> pairs,
                                   const RewardFitOptions& options, int members, const Rng& rng,
                                   int threads) {
  if (members < 1)
    throw std::invalid_argument(fmt::format("reward ensemble: {} members; at least 1", members));
  require_fit_options(pairs, options);
  const SegmentComparisons data =
      comparisons(features, pairs, options.discount, options.margins, options.weights);
  RewardEnsemble ensemble{features, Eigen::MatrixXd(members, data.differences.cols()),
                          Eigen::ArrayX<bool>(members)};
  parallel_for(index(members), threads, [&](std::size_t k) {
    Rng stream = rng.split(k);
    SegmentComparisons bag = data;
    bag.weights = row_counts(bootstrap_rows(data.labels.size(), stream), data.labels.size());
    if (data.weights.size() > 0) bag.weights = bag.weights.cwiseProduct(data.weights).eval();
    const SegmentRewards fit = logistic_regression(bag, options.loss);
    ensemble.weights.row(static_cast<Eigen::Index>(k)) = fit.weights;
    ensemble.converged[static_cast<Eigen::Index>(k)] = fit.converged;
  });
  return ensemble;
}

Eigen::MatrixXd member_log_odds(const RewardEnsemble& ensemble, std::span<const SegmentPair> pairs,
                                double discount, double rationality) {
  const SegmentComparisons data = comparisons(ensemble.features, pairs, discount);
  return rationality * (ensemble.weights * data.differences.transpose());
}

// ---- tables -------------------------------------------------------------------------------------

RewardTable reward_table(const FiniteMdp& model, const RewardFunction& reward) {
  RewardTable table = RewardTable::Zero(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!may_act(model, s, a)) continue;
      const FiniteMdp::Row row = model.row(s, a);
      for (std::size_t k = 0; k < row.size(); ++k)
        table(s, a) += row.probability(k) * reward(s, a, row.next(k));
    }
  return table;
}

FiniteMdp with_reward_table(const FiniteMdp& model, const RewardTable& table) {
  require_reward_shape(table, model.num_states(), model.num_actions(), "rewards");
  return with_rewards(model, [&table](State s, Action a, const Outcome&) { return table(s, a); });
}

// ---- ensembles as one reward --------------------------------------------------------------------

Eigen::VectorXd combined(const EnsembleRewards& members, const CombinationOptions& options) {
  const bool certain =
      options.combine == Combination::mean || options.combine == Combination::worst_case;
  if (certain && options.lambda != CombinationOptions::kLambda)
    throw no_effect("lambda", "uncertainty_weighted, lower_bound or mean_plus_sd");
  if (certain && options.ddof != 0)
    throw no_effect("ddof", "uncertainty_weighted, lower_bound or mean_plus_sd");
  switch (options.combine) {
    case Combination::worst_case:
      return members.worst_case();
    case Combination::uncertainty_weighted:
      return members.uncertainty_weighted(options.lambda, options.ddof);
    case Combination::lower_bound:
      return members.lower_bound(options.lambda, options.ddof);
    case Combination::mean_plus_sd:
      return members.mean_plus_sd(options.lambda, options.ddof);
    case Combination::mean:
      break;
  }
  return members.mean();
}

RewardTable combined_table(std::span<const RewardTable> tables, const CombinationOptions& options) {
  if (tables.empty()) throw std::invalid_argument("reward ensemble: there are no tables");
  const RewardTable& shape = tables.front();
  Eigen::MatrixXd predictions(static_cast<Eigen::Index>(tables.size()), shape.size());
  for (std::size_t k = 0; k < tables.size(); ++k) {
    require_reward_shape(tables[k], shape.rows(), shape.cols(), "members");
    predictions.row(static_cast<Eigen::Index>(k)) = pair_by_pair(tables[k]);
  }
  const Eigen::VectorXd one = combined(EnsembleRewards(std::move(predictions)), options);
  return Eigen::Map<const RewardTable>(one.data(), shape.rows(), shape.cols());
}

EnsembleRewards member_returns(const RewardEnsemble& ensemble, std::span<const Segment> segments,
                               double discount) {
  Eigen::MatrixXd returns(ensemble.num_members(), static_cast<Eigen::Index>(segments.size()));
  for (std::size_t i = 0; i < segments.size(); ++i)
    returns.col(static_cast<Eigen::Index>(i)) =
        ensemble.weights * segment_features(ensemble.features, segments[i], discount);
  return EnsembleRewards(std::move(returns));
}

// ---- normalised rewards -------------------------------------------------------------------------

NormalizedReward normalize_reward(const RewardTable& table, const RewardTable& weights) {
  require_reward_shape(weights, table.rows(), table.cols(), "weights");
  NormalizedReward normalized = moments_of(table, weights);
  normalized.table = (table.array() - normalized.mean) / normalized.sd;
  return normalized;
}

RewardTable visit_shares(const FiniteMdp& model, const TabularPolicy& reference) {
  const Eigen::VectorXd shares =
      pair_distribution(on_policy_distribution(model, reference), reference);
  return Eigen::Map<const RewardTable>(shares.data(), model.num_states(), model.num_actions());
}

NormalizedReward normalize_response_reward(const FiniteMdp& model, const RewardTable& table,
                                           const TabularPolicy& reference) {
  require_reward_shape(table, model.num_states(), model.num_actions(), "rewards");
  const RewardTable shares = ending_shares(model, table, reference);
  NormalizedReward normalized = moments_of(table, shares);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (may_act(model, s, a) && ends_response(model, s, a))
        normalized.table(s, a) = (table(s, a) - normalized.mean) / normalized.sd;
  return normalized;
}

}  // namespace rl
