#include "algorithms/preference/segment_sampler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/logistic.hpp"
#include "rl/parallel.hpp"

namespace rl {

namespace {

void append_step(const FiniteMdp& model, const TabularPolicy& policy, Segment& segment, Rng& rng) {
  const State s = segment.states.back();
  const Action a = policy.sample(s, rng);
  const Step<State> step = model.sample(s, a, rng);
  segment.actions.push_back(a);
  segment.rewards.push_back(step.reward);
  segment.states.push_back(step.next);
  segment.terminated = step.terminated;
}

/// At most `steps` of an episode.
Segment episode_from(const FiniteMdp& model, const TabularPolicy& policy, State start,
                     std::size_t steps, Rng& rng) {
  Segment segment;
  segment.states.push_back(start);
  while (segment.length() < steps && !segment.terminated) append_step(model, policy, segment, rng);
  return segment;
}

void stay_at_the_end(Segment& segment, std::size_t steps) {
  segment.states.resize(steps + 1, segment.states.back());
  segment.actions.resize(steps, 0);
  segment.rewards.resize(steps, 0);
}

void require_policy_of(const FiniteMdp& model, const TabularPolicy& policy, const char* who) {
  if (policy.num_states() != model.num_states() || policy.num_actions() != model.num_actions())
    throw std::invalid_argument(fmt::format(
        "{}: a policy of {} states and {} actions in a world of {} and {}", who,
        policy.num_states(), policy.num_actions(), model.num_states(), model.num_actions()));
  check_policy(model, policy);
}

double vote(double log_odds, Disagreement about) {
  switch (about) {
    case Disagreement::probability:
      return sigmoid(log_odds);
    case Disagreement::label:
      return log_odds > 0 ? 1 : (log_odds < 0 ? 0 : 0.5);
    case Disagreement::logit:
      break;
  }
  return log_odds;
}

double schedule_weight(QuerySchedule schedule, double t) {
  switch (schedule) {
    case QuerySchedule::hyperbolic:
      return 1 / (1 + t);
    case QuerySchedule::inverse_quadratic:
      return 1 / (1 + t * t);
    case QuerySchedule::constant:
      break;
  }
  return 1;
}

}  // namespace

// ---- segments of one length ---------------------------------------------------------------------

FiniteMdp started_as(const FiniteMdp& model, SegmentStart start) {
  if (start == SegmentStart::model) return model;
  std::vector<double> weights;
  for (State s = 0; s < model.num_states(); ++s) weights.push_back(model.terminal(s) ? 0 : 1);
  return model.with_start(weights);
}

SegmentSampler::SegmentSampler(const FiniteMdp& model, TabularPolicy behavior,
                               const SegmentSamplerOptions& options)
    : model_(started_as(model, options.segment_start)),
      behavior_(std::move(behavior)),
      options_(options) {
  require_policy_of(model_, behavior_, "segment sampler");
  if (options_.fragment_length < 1)
    throw std::invalid_argument(fmt::format("segment sampler: fragment_length is {}; at least 1",
                                            options_.fragment_length));
}

Segment SegmentSampler::draw(Rng& rng) const {
  const State start = model_.sample_start(rng);
  return episode_from(model_, behavior_, start, index(options_.fragment_length), rng);
}

Segment SegmentSampler::sample(Rng& rng) const {
  const std::size_t L = index(options_.fragment_length);
  std::size_t longest = 0;
  for (int i = 0; i < kMostDraws; ++i) {
    Segment segment = draw(rng);
    if (segment.length() < L && options_.absorbing) stay_at_the_end(segment, L);
    if (segment.length() == L) return segment;
    longest = std::max(longest, segment.length());
  }
  throw std::invalid_argument(fmt::format(
      "segment sampler: none of {} episodes lasted {} steps, the longest ended after {}; make "
      "fragment_length smaller, or set absorbing",
      kMostDraws, L, longest));
}

SegmentPair SegmentSampler::sample_pair(Rng& rng) const {
  SegmentPair pair;
  pair.first = sample(rng);
  pair.second = sample(rng);
  return pair;
}

// ---- whole episodes -----------------------------------------------------------------------------

EpisodeSampler::EpisodeSampler(const FiniteMdp& model, TabularPolicy policy, std::int64_t max_steps)
    : model_(model), policy_(std::move(policy)), max_steps_(max_steps) {
  require_policy_of(model_, policy_, "episode sampler");
  if (max_steps_ < 1)
    throw std::invalid_argument(
        fmt::format("episode sampler: max_steps is {}; at least 1", max_steps_));
}

Segment EpisodeSampler::sample(Rng& rng) const { return sample(model_.sample_start(rng), rng); }

Segment EpisodeSampler::sample(State start, Rng& rng) const {
  if (start < 0 || start >= model_.num_states() || model_.terminal(start))
    throw std::invalid_argument(
        fmt::format("episode sampler: state {} is no start: terminal, or not in 0..{}", start,
                    model_.num_states() - 1));
  return episode_from(model_, policy_, start, static_cast<std::size_t>(max_steps_), rng);
}

SegmentPair EpisodeSampler::sample_pair(Rng& rng) const {
  return sample_pair(model_.sample_start(rng), rng);
}

SegmentPair EpisodeSampler::sample_pair(State start, Rng& rng) const {
  SegmentPair pair;
  pair.first = sample(start, rng);
  pair.second = sample(start, rng);
  return pair;
}

// ---- pairs --------------------------------------------------------------------------------------

std::vector<SegmentPair> sample_pairs(std::size_t n, const PairSource& draw, const Rng& rng,
                                      int threads) {
  std::vector<SegmentPair> pairs(n);
  parallel_for(n, threads, [&](std::size_t i) {
    Rng stream = rng.split(i);
    pairs[i] = draw(stream);
  });
  return pairs;
}

void require_equal_lengths(std::span<const SegmentPair> pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (pairs[i].first.length() != pairs[i].second.length())
      throw std::invalid_argument(fmt::format(
          "pair {}: segments of {} and {} steps; an episode that ends early tells its reward by "
          "its length (allow_variable_horizon)",
          i, pairs[i].first.length(), pairs[i].second.length()));
}

// ---- active selection ---------------------------------------------------------------------------

Eigen::VectorXd disagreement(const Eigen::MatrixXd& log_odds, Disagreement about) {
  if (!log_odds.allFinite())
    throw std::invalid_argument("active selection: log-odds that are no numbers");
  if (log_odds.rows() < 1) throw std::invalid_argument("active selection: there are no members");
  const Eigen::MatrixXd votes = log_odds.unaryExpr([about](double z) { return vote(z, about); });
  const Eigen::RowVectorXd mean = votes.colwise().mean();
  return (votes.rowwise() - mean).colwise().squaredNorm().transpose() /
         static_cast<double>(votes.rows());
}

std::vector<std::size_t> most_disputed(const Eigen::MatrixXd& log_odds, std::size_t n,
                                       Disagreement about) {
  const Eigen::VectorXd variance = disagreement(log_odds, about);
  const auto candidates = static_cast<std::size_t>(variance.size());
  if (n > candidates)
    throw std::invalid_argument(
        fmt::format("active selection: {} pairs of {} candidates", n, candidates));
  std::vector<std::size_t> order(candidates);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) {
    return variance[static_cast<Eigen::Index>(i)] > variance[static_cast<Eigen::Index>(j)];
  });
  order.resize(n);
  return order;
}

std::vector<SegmentPair> sample_disputed_pairs(std::size_t n, const PairSource& draw,
                                               const MemberLogOdds& log_odds,
                                               const ActiveOptions& options, const Rng& rng,
                                               int threads) {
  if (!(options.oversampling >= 1 && std::isfinite(options.oversampling)))
    throw std::invalid_argument(
        fmt::format("active selection: oversampling is {}; at least 1", options.oversampling));
  const auto drawn =
      static_cast<std::size_t>(std::ceil(options.oversampling * static_cast<double>(n)));
  std::vector<SegmentPair> candidates = sample_pairs(drawn, draw, rng, threads);
  std::vector<SegmentPair> chosen;
  chosen.reserve(n);
  if (n == 0) return chosen;
  for (const std::size_t i : most_disputed(log_odds(candidates), n, options.active))
    chosen.push_back(std::move(candidates[i]));
  return chosen;
}

// ---- when to ask --------------------------------------------------------------------------------

std::vector<std::size_t> query_shares(QuerySchedule schedule, std::size_t n, int iterations) {
  if (iterations < 1)
    throw std::invalid_argument(
        fmt::format("query schedule: {} iterations; at least 1", iterations));
  std::vector<double> weights;
  for (int i = 0; i < iterations; ++i)
    weights.push_back(schedule_weight(schedule, iterations > 1 ? i / (iterations - 1.0) : 0));
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);

  std::vector<std::size_t> shares, order(weights.size());
  std::vector<double> lost;
  for (const double weight : weights) {
    const double share = static_cast<double>(n) * weight / sum;
    shares.push_back(static_cast<std::size_t>(share));
    lost.push_back(share - std::floor(share));
  }
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return lost[i] > lost[j]; });
  const std::size_t given = std::accumulate(shares.begin(), shares.end(), std::size_t{0});
  for (std::size_t k = 0; k < n - given; ++k) ++shares[order[k]];  // less than one an iteration
  return shares;
}

}  // namespace rl
