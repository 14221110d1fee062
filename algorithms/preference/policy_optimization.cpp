#include "algorithms/preference/policy_optimization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algorithms/minibatches.hpp"
#include "algorithms/ppo.hpp"
#include "rl/state.hpp"

namespace rl {

namespace {

double mean_of_numbers(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

}  // namespace

PolicyOptimization::PolicyOptimization(FiniteMdp model, std::vector<double> reward,
                                       const RowPolicy& policy, const PolicyRows& reference,
                                       std::unique_ptr<AdvantageRule> rule,
                                       const SampledOptions& options, std::int64_t most_steps,
                                       const Rng& rng, double gamma, std::optional<Action> end)
    : model_(std::move(model)),
      reward_(std::move(reward)),
      policy_(policy.clone()),
      reference_(reference),
      rule_(std::move(rule)),
      options_(options),
      most_steps_(most_steps),
      gamma_(gamma),
      end_(end),
      rng_(rng),
      optimizer_(OptimizerKind::adam, policy.parameters().size()),
      beta_(options.beta),
      g_(policy.rows().log_pi.size()),
      gradient_(policy.parameters().size()) {
  if (most_steps_ < 1 || options_.batch_size < 1 || options_.num_epochs < 1)
    throw std::invalid_argument("policy optimization: no steps, responses or epochs");
  if (options_.missing_eos_penalty > 0 && !end_)
    throw std::invalid_argument(
        "missing_eos_penalty: no action of this world is the end of a sequence");
  check_support();
  const auto group = static_cast<std::int64_t>(rule_->group());
  if (options_.batch_size % group != 0)
    throw std::invalid_argument(fmt::format(
        "batch_size = {} is not a multiple of num_generations = {}", options_.batch_size, group));
  if (options_.num_mini_batches < 1 || options_.batch_size % options_.num_mini_batches != 0)
    throw std::invalid_argument(
        fmt::format("batch_size = {} is not a multiple of num_mini_batches = {}",
                    options_.batch_size, options_.num_mini_batches));
  const std::size_t pairs = index(model_.num_states()) * index(model_.num_actions());
  if (reward_.size() != pairs)
    throw std::invalid_argument(
        fmt::format("{} rewards for {} states and actions", reward_.size(), pairs));
  if (options_.kl_controller == KlController::adaptive)
    AdaptiveKl(beta_, options_.kl_target, options_.kl_horizon);  // checks them
}

void PolicyOptimization::check_support() const {
  constexpr double kNever = -600;  // ln of what no sample will show
  const PolicyRows rows = policy_->rows();
  const PolicyRows below = reference_.rows();
  for (State s = 0; s < model_.num_states(); ++s)
    for (Action a = 0; a < model_.num_actions() && !model_.terminal(s); ++a)
      if (rows.log_probability(s, a) > kNever && !std::isfinite(below.log_probability(s, a)))
        throw std::invalid_argument(fmt::format(
            "the policy may take action {} in state {}, which the reference never does", a, s));
}

void PolicyOptimization::check_state() const {
  check_saved_index("optimization.steps", steps_, kMostSaved);
  if (!(std::isfinite(beta_) && beta_ >= 0))
    throw std::invalid_argument("saved state: field 'optimization.beta' is out of range");
}

void PolicyOptimization::sample_response(State s, Rng& rng, std::span<const double> pi,
                                         SampledResponses& x) const {
  const PolicyRows rows = policy_->rows();
  const PolicyRows below = reference_.rows();
  const auto num_actions = index(model_.num_actions());
  double score = 0;
  double discount = 1;
  Action a = 0;
  bool terminated = false;
  for (std::int64_t t = 0; t < most_steps_ && !terminated; ++t) {
    const std::size_t row = index(rows.context[index(s)]) * num_actions;
    a = rng.categorical(pi.subspan(row, num_actions));
    x.cell.push_back(static_cast<std::int32_t>(row + index(a)));
    x.log_old.push_back(rows.log_pi[row + index(a)]);
    x.log_ref.push_back(below.log_probability(s, a));
    x.discount.push_back(discount);
    x.reward.push_back(discount * reward_[index(s) * num_actions + index(a)]);
    discount *= gamma_;
    const Step<State> step = model_.sample(s, a, rng);
    s = step.next;
    terminated = step.terminated;
  }
  const bool ended = terminated && (!end_ || a == *end_);
  x.ended.push_back(ended ? 1 : 0);
  if (!ended) x.reward.back() -= options_.missing_eos_penalty;
  for (std::size_t k = x.begin.back(); k < x.reward.size(); ++k) score += x.reward[k];
  x.score.push_back(score);
  x.begin.push_back(x.cell.size());
}

SampledResponses PolicyOptimization::sample() const {
  const PolicyRows rows = policy_->rows();
  std::vector<double> pi(rows.log_pi.size());
  std::transform(rows.log_pi.begin(), rows.log_pi.end(), pi.begin(),
                 [](double log_p) { return std::exp(log_p); });
  SampledResponses x;
  x.begin.push_back(0);
  // Every iteration and response has a stream of its own.
  const Rng iteration = rng_.split(static_cast<std::uint64_t>(steps_));
  State start = 0;
  for (std::int64_t i = 0; i < options_.batch_size; ++i) {
    Rng rng = iteration.split(static_cast<std::uint64_t>(i));
    if (i % static_cast<std::int64_t>(rule_->group()) == 0) start = model_.sample_start(rng);
    sample_response(start, rng, pi, x);
  }
  return x;
}

std::vector<double> PolicyOptimization::penalized_rewards(const SampledResponses& x) const {
  std::vector<double> reward = x.reward;
  if (options_.kl_placement == KlPlacement::reward)
    for (std::size_t k = 0; k < reward.size(); ++k)
      reward[k] -= x.discount[k] * beta_ *
                   kl_estimate(options_.kl_estimator, x.log_old[k] - x.log_ref[k]).value;
  return reward;
}

bool PolicyOptimization::advance() {
  if (steps_ >= options_.max_steps) return false;
  const SampledResponses x = sample();
  std::vector<double> reward = penalized_rewards(x);
  std::vector<double> A(reward.size());
  IterationFacts facts;
  facts.beta = beta_;
  for (std::size_t k = 0; k < reward.size(); ++k)
    facts.penalty += (x.reward[k] - reward[k]) / static_cast<double>(x.size());
  rule_->advantages(x, reward, A);
  climb(x, A, facts);
  ++steps_;
  count(x, facts);
  metrics_ = rule_->metrics(facts);
  if (options_.kl_controller == KlController::adaptive) {
    AdaptiveKl controller(beta_, options_.kl_target, options_.kl_horizon);
    controller.update(facts.kl, options_.batch_size);
    beta_ = controller.beta();
  }
  return true;
}

std::vector<std::size_t> PolicyOptimization::order_of_pass(std::int64_t epoch) const {
  std::vector<std::size_t> order(static_cast<std::size_t>(options_.batch_size));
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (options_.num_mini_batches == 1) return order;
  // A stream of its own: how many parts there are changes no sample.
  Rng rng = rng_.split("passes")
                .split(static_cast<std::uint64_t>(steps_))
                .split(static_cast<std::uint64_t>(epoch));
  shuffle(order, rng);
  return order;
}

void PolicyOptimization::climb(const SampledResponses& x, std::span<const double> A,
                               IterationFacts& facts) {
  const auto size = static_cast<std::size_t>(options_.batch_size / options_.num_mini_batches);
  for (std::int64_t epoch = 0; epoch < options_.num_epochs; ++epoch) {
    facts.loss = facts.clipped_low = facts.clipped_high = facts.clipped_high_max = 0;
    facts.clipped_low_min = 1;
    const std::vector<std::size_t> order = order_of_pass(epoch);
    for (std::size_t first = 0; first < order.size(); first += size) {
      const std::span<const std::size_t> part(order.data() + first, size);
      surrogate_slopes(x, part, A, facts);
      policy_->gradient(g_, gradient_);
      policy_->update([&](std::span<double> parameters) {
        optimizer_.step(parameters, gradient_, options_.learning_rate);
      });
      rule_->improve(x, part);
    }
  }
}

void PolicyOptimization::surrogate_slopes(const SampledResponses& x,
                                          std::span<const std::size_t> responses,
                                          std::span<const double> A, IterationFacts& facts) {
  std::fill(g_.begin(), g_.end(), 0);
  const double share_of_pass = 1 / static_cast<double>(x.size());
  const double share = 1 / static_cast<double>(responses.size());
  const bool whole = rule_->whole_responses();
  const std::span<const double> log_pi = policy_->rows().log_pi;
  for (const std::size_t i : responses) {
    const double length = static_cast<double>(x.length(i));
    double log_ratio = 0;
    for (std::size_t k = x.begin[i]; whole && k < x.begin[i + 1]; ++k)
      log_ratio += log_pi[index(x.cell[k])] - x.log_old[k];
    double low = 0;
    double high = 0;
    for (std::size_t k = x.begin[i]; k < x.begin[i + 1]; ++k) {
      const double now = log_pi[index(x.cell[k])];
      if (!whole) log_ratio = now - x.log_old[k];
      const double rho = std::exp(log_ratio);
      const Surrogate surrogate = clipped_surrogate(rho, A[k], options_.cliprange);
      double slope = -surrogate.slope;
      facts.loss -= share_of_pass * surrogate.value / (whole ? length : 1);
      if (surrogate.slope == 0 && A[k] != 0) (rho < 1 ? low : high) += 1 / length;
      if (options_.kl_placement != KlPlacement::reward) {
        const KlEstimate kl = kl_estimate(options_.kl_estimator, now - x.log_ref[k]);
        const bool weighted = options_.kl_placement == KlPlacement::weighted_loss;
        const double weight = beta_ * x.discount[k];
        const double step_ratio = std::exp(now - x.log_old[k]);
        slope += weight * (weighted ? step_ratio * (kl.value + kl.slope) : kl.slope);
        facts.loss += share_of_pass * weight * (weighted ? step_ratio : 1) * kl.value;
      }
      g_[index(x.cell[k])] += share * slope;
    }
    const double steps = static_cast<double>(x.cell.size());
    facts.clipped_low += low * length / steps;
    facts.clipped_high += high * length / steps;
    facts.clipped_low_min = std::min(facts.clipped_low_min, low);
    facts.clipped_high_max = std::max(facts.clipped_high_max, high);
  }
}

void PolicyOptimization::count(const SampledResponses& x, IterationFacts& facts) const {
  const auto n = static_cast<double>(x.size());
  const auto steps = static_cast<double>(x.cell.size());
  double ratio_square = 0;
  for (std::size_t k = 0; k < x.cell.size(); ++k) {
    const double d = x.log_old[k] - x.log_ref[k];
    facts.kl += x.discount[k] * d / n;
    facts.kl_k3 += x.discount[k] * kl_estimate(KlEstimator::k3, d).value / n;
    facts.entropy -= x.log_old[k] / steps;
    const double moved = policy_->rows().log_pi[index(x.cell[k])] - x.log_old[k];
    facts.approx_kl += moved * moved / 2 / steps;
    facts.ratio += std::exp(moved) / steps;
    ratio_square += std::exp(2 * moved) / steps;
  }
  facts.ratio_var = ratio_square - facts.ratio * facts.ratio;
  facts.score = mean_of_numbers(x.score);
  double variance = 0;
  facts.min_length = static_cast<double>(x.length(0));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double off = x.score[i] - facts.score;
    variance += off * off / std::max(1.0, n - 1);
    const auto length = static_cast<double>(x.length(i));
    facts.min_length = std::min(facts.min_length, length);
    facts.max_length = std::max(facts.max_length, length);
    facts.truncated += x.ended[i] != 0 ? 0 : 1 / n;
  }
  facts.score_sd = std::sqrt(variance);
  facts.mean_length = steps / n;
  for (const double y : gradient_) facts.grad_norm += y * y;
  facts.grad_norm = std::sqrt(facts.grad_norm);
  facts.learning_rate = options_.learning_rate;
  facts.episodes = static_cast<double>(steps_) * n;
}

}  // namespace rl
