#include "algorithms/preference/objectives.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace rl {

namespace {

std::vector<Segment> sides(std::span<const LabelledPair> pairs, Segment LabelledPair::*side) {
  std::vector<Segment> segments;
  segments.reserve(pairs.size());
  for (const LabelledPair& pair : pairs) segments.push_back(pair.*side);
  return segments;
}

/// A reference must allow what the data show.
void check_allowed(std::span<const double> log_pi) {
  for (std::size_t i = 0; i < log_pi.size(); ++i)
    if (!std::isfinite(log_pi[i]))
      throw std::invalid_argument(fmt::format(
          "segment {}: the reference policy gives it probability 0, so its log-ratio is infinite",
          i));
}

std::vector<double> allowed_log_probabilities(const PolicyRows& reference,
                                              std::span<const Segment> segments, double discount) {
  std::vector<double> log_pi = log_probabilities(reference, segments, discount);
  check_allowed(log_pi);
  return log_pi;
}

PairLogProbabilities swapped(const PairLogProbabilities& p) {
  return {p.policy_rejected,  p.policy_chosen,   p.reference_rejected,
          p.reference_chosen, p.rejected_length, p.chosen_length};
}

}  // namespace

// ---- pairs --------------------------------------------------------------------------------------

PairObjective::PairObjective(const PolicyRows& policy, const std::optional<PolicyRows>& reference,
                             std::span<const LabelledPair> pairs, Options options)
    : options_(std::move(options)), has_reference_(reference.has_value()) {
  if (pairs.empty()) throw std::invalid_argument("there are no pairs to learn from");
  const std::vector<Segment> first = sides(pairs, &LabelledPair::first);
  const std::vector<Segment> second = sides(pairs, &LabelledPair::second);
  first_ = SegmentSteps(policy, first, options_.discount);
  second_ = SegmentSteps(policy, second, options_.discount);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (!(pairs[i].label >= 0 && pairs[i].label <= 1))
      throw std::invalid_argument(
          fmt::format("pair {}: label {} is not in [0, 1]", i, pairs[i].label));
    if (first_.length(i) == 0 || second_.length(i) == 0)
      throw std::invalid_argument(fmt::format("pair {}: a segment has no steps", i));
    if (!(pairs[i].weight >= 0 && std::isfinite(pairs[i].weight)))
      throw std::invalid_argument(
          fmt::format("pair {}: weight {} is not at least 0", i, pairs[i].weight));
    label_.push_back(pairs[i].label);
    weight_.push_back(pairs[i].weight);
  }
  if (std::all_of(weight_.begin(), weight_.end(), [](double w) { return w == 0; }))
    throw std::invalid_argument("all pairs have weight 0");
  reference_first_.assign(pairs.size(), 0);
  reference_second_.assign(pairs.size(), 0);
  if (!reference) return;
  reference_first_ = allowed_log_probabilities(*reference, first, options_.discount);
  reference_second_ = allowed_log_probabilities(*reference, second, options_.discount);
}

void PairObjective::set_reference(const PolicyRows& reference) {
  if (!has_reference_) throw std::invalid_argument("the loss has no reference that could change");
  for (std::size_t i = 0; i < size(); ++i) {
    reference_first_[i] = first_.log_probability(i, reference.log_pi);
    reference_second_[i] = second_.log_probability(i, reference.log_pi);
  }
  check_allowed(reference_first_);
  check_allowed(reference_second_);
}

PairLogProbabilities PairObjective::pair(std::size_t i, std::span<const double> log_pi) const {
  return {.policy_chosen = first_.log_probability(i, log_pi),
          .policy_rejected = second_.log_probability(i, log_pi),
          .reference_chosen = reference_first_[i],
          .reference_rejected = reference_second_[i],
          .chosen_length = static_cast<double>(first_.length(i)),
          .rejected_length = static_cast<double>(second_.length(i))};
}

BatchLoss PairObjective::add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                                      std::span<double> g) const {
  BatchLoss result;
  double total_weight = 0;
  for (const std::size_t i : batch) total_weight += weight_[i];
  double chosen = 0;
  double rejected = 0;
  double accurate = 0;
  double log_chosen = 0;
  double log_rejected = 0;
  for (const std::size_t i : batch) {
    if (weight_[i] == 0) continue;
    const double share = weight_[i] / total_weight;
    const PairLogProbabilities p = pair(i, policy.log_pi);
    // A soft label weighs both orders of the pair.
    const double y = label_[i];
    double slope_first = 0;
    double slope_second = 0;
    if (y > 0) {
      const PairLoss loss = options_.loss(p);
      result.value += share * y * loss.value;
      slope_first += y * loss.slope_chosen;
      slope_second += y * loss.slope_rejected;
    }
    if (y < 1) {
      const PairLoss loss = options_.loss(swapped(p));
      result.value += share * (1 - y) * loss.value;
      slope_first += (1 - y) * loss.slope_rejected;
      slope_second += (1 - y) * loss.slope_chosen;
    }
    const bool first_won = y >= 0.5;
    if (options_.nll_weight > 0) {
      const double length = first_won ? p.chosen_length : p.rejected_length;
      const double log_pi = first_won ? p.policy_chosen : p.policy_rejected;
      result.value -= share * options_.nll_weight * log_pi / length;
      (first_won ? slope_first : slope_second) -= options_.nll_weight / length;
    }
    first_.add(i, share * slope_first, g);
    second_.add(i, share * slope_second, g);
    const PairLogProbabilities won = first_won ? p : swapped(p);
    chosen += share * options_.reward_scale * won.u();
    rejected += share * options_.reward_scale * won.v();
    accurate += share * (y == 0.5 || won.u() == won.v() ? 0.5 : won.u() > won.v() ? 1 : 0);
    log_chosen += share * won.policy_chosen;
    log_rejected += share * won.policy_rejected;
    result.num_steps += static_cast<std::int64_t>(first_.length(i) + second_.length(i));
  }
  result.metrics = {{"rewards/chosen", chosen},       {"rewards/rejected", rejected},
                    {"rewards/accuracies", accurate}, {"rewards/margins", chosen - rejected},
                    {"logps/chosen", log_chosen},     {"logps/rejected", log_rejected}};
  return result;
}

// ---- single responses ---------------------------------------------------------------------------

namespace {

std::vector<Segment> segments_of(std::span<const JudgedSegment> examples) {
  std::vector<Segment> segments;
  for (const JudgedSegment& example : examples) segments.push_back(example.segment);
  return segments;
}

}  // namespace

KtoObjective::KtoObjective(const PolicyRows& policy, const PolicyRows& reference,
                           const FiniteMdp& model, std::vector<JudgedSegment> examples,
                           const KtoOptions& options, ExactKl exact_kl)
    : options_(options),
      model_(model),
      examples_(std::move(examples)),
      steps_(policy, segments_of(examples_)),
      reference_(reference),
      reference_log_pi_(allowed_log_probabilities(reference, segments_of(examples_), 1)),
      exact_kl_(std::move(exact_kl)) {
  kto_partners(examples_.size());  // at least two
}

std::size_t KtoObjective::partner_of(std::span<const std::size_t> batch, std::size_t k) const {
  const State prompt = examples_[batch[k]].segment.states.front();
  for (std::size_t i = 1; i < batch.size(); ++i) {
    const std::size_t other = (k + i) % batch.size();
    if (examples_[batch[other]].segment.states.front() != prompt) return other;
  }
  throw std::invalid_argument(
      "KTO's baseline needs responses to two prompts in a batch; where there is one, use the exact "
      "KL");
}

double KtoObjective::baseline(std::span<const std::size_t> batch, const PolicyRows& policy) const {
  if (exact_kl_) return std::max(0.0, exact_kl_(policy));
  std::vector<Segment> mismatched;
  for (std::size_t k = 0; k < batch.size(); ++k)
    mismatched.push_back(follow(model_, examples_[batch[k]].segment.states.front(),
                                examples_[batch[partner_of(batch, k)]].segment.actions));
  std::vector<double> ratio = log_probabilities(policy, mismatched);
  const std::vector<double> below = allowed_log_probabilities(reference_.rows(), mismatched, 1);
  for (std::size_t k = 0; k < ratio.size(); ++k) ratio[k] -= below[k];
  return kto_baseline(ratio);
}

BatchLoss KtoObjective::add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                                     std::span<double> g) const {
  std::vector<double> ratio;
  std::vector<std::uint8_t> desirable;
  for (const std::size_t i : batch) {
    ratio.push_back(steps_.log_probability(i, policy.log_pi) - reference_log_pi_[i]);
    desirable.push_back(examples_[i].desirable ? 1 : 0);
  }
  const KtoLoss loss = kto_loss(ratio, desirable, baseline(batch, policy), options_);
  BatchLoss result{loss.value, {}, 0};
  double sum[2] = {0, 0};
  double log_sum[2] = {0, 0};
  double count[2] = {0, 0};
  for (std::size_t k = 0; k < batch.size(); ++k) {
    steps_.add(batch[k], loss.slope[k], g);
    const std::size_t side = desirable[k];
    sum[side] += options_.beta * ratio[k];
    log_sum[side] += ratio[k] + reference_log_pi_[batch[k]];
    count[side] += 1;
    result.num_steps += static_cast<std::int64_t>(steps_.length(batch[k]));
  }
  const auto mean = [](double total, double n) {  // of a side that the batch has
    return n > 0 ? total / n : std::numeric_limits<double>::quiet_NaN();
  };
  const double chosen = mean(sum[1], count[1]);
  const double rejected = mean(sum[0], count[0]);
  result.metrics = {{"kl", loss.z0},
                    {"rewards/chosen", chosen},
                    {"rewards/rejected", rejected},
                    {"rewards/margins", chosen - rejected},
                    {"logps/chosen", mean(log_sum[1], count[1])},
                    {"logps/rejected", mean(log_sum[0], count[0])}};
  return result;
}

// ---- demonstrations -----------------------------------------------------------------------------

CloneObjective::CloneObjective(const PolicyRows& policy, std::span<const Segment> demonstrations)
    : steps_(policy, demonstrations) {
  if (demonstrations.empty()) throw std::invalid_argument("there are no demonstrations");
}

BatchLoss CloneObjective::add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                                       std::span<double> g) const {
  BatchLoss result;
  for (const std::size_t i : batch) result.num_steps += static_cast<std::int64_t>(steps_.length(i));
  const double share = 1 / std::max(1.0, static_cast<double>(result.num_steps));
  double right = 0;
  for (const std::size_t i : batch) {
    result.value -= share * steps_.log_probability(i, policy.log_pi);
    steps_.add(i, -share, g);
    for (const std::int32_t cell : steps_.cells(i)) {
      const std::int32_t first = cell - cell % policy.num_actions;
      const double* row = policy.log_pi.data() + first;
      const double most = *std::max_element(row, row + policy.num_actions);
      if (row[cell - first] == most)  // equal ones share the credit
        right += share / static_cast<double>(std::count(row, row + policy.num_actions, most));
    }
  }
  result.metrics = {{"mean_token_accuracy", right}};
  return result;
}

}  // namespace rl
