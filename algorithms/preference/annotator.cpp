#include "algorithms/preference/annotator.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/preference/logistic.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "rl/plan.hpp"

namespace rl {

namespace {

void require_annotator_options(const AnnotatorOptions& o) {
  const auto require = [](bool holds, const char* name, double value, const char* range) {
    if (!holds)
      throw std::invalid_argument(fmt::format("annotator: {} is {}; {}", name, value, range));
  };
  require(o.rationality > 0 && std::isfinite(o.rationality), "rationality", o.rationality, "> 0");
  require(o.flip_prob >= 0 && o.flip_prob < 0.5, "flip_prob", o.flip_prob, "in [0, 0.5)");
  require(o.tie_threshold >= 0 && std::isfinite(o.tie_threshold), "tie_threshold", o.tie_threshold,
          ">= 0");
  require(o.discount > 0 && o.discount <= 1, "discount", o.discount, "in (0, 1]");
}

std::string name_of_segment(const Segment& segment) {
  return segment.states.empty() ? std::string("a segment without states")
                                : fmt::format("the segment of {} steps from state {}",
                                              segment.length(), segment.states.front());
}

void require_whole_segment(const Segment& segment) {
  if (segment.states.size() != segment.length() + 1)
    throw std::invalid_argument(fmt::format("annotator: {} has {} states", name_of_segment(segment),
                                            segment.states.size()));
}

}  // namespace

QTable optimal_advantages(const FiniteMdp& model, double gamma) {
  if (!(gamma >= 0 && gamma <= 1))
    throw std::invalid_argument(fmt::format("annotator: gamma is {}; in [0, 1]", gamma));
  SweepOptions options;
  options.tolerance = 1e-10;
  const Plan plan = value_iteration(model, gamma, options);
  // Rounding may keep the bound above the tolerance where values are large: that is no divergence.
  const double largest = std::max(1.0, plan.v.lpNorm<Eigen::Infinity>());
  const bool certain = plan.error_bound && *plan.error_bound <= 1e-9 * largest;
  if (!plan.converged && !certain)
    throw std::invalid_argument(fmt::format(
        "annotator: value iteration with gamma = {} did not converge in {} sweeps: there are no "
        "optimal advantages to compare by",
        gamma, plan.sweeps));
  QTable advantages = action_values(model, plan.v, gamma);
  for (State s = 0; s < model.num_states(); ++s) {
    const double v = max_value(advantages.row(s));
    for (Action a = 0; a < model.num_actions(); ++a) advantages(s, a) -= v;
  }
  return advantages;
}

Annotator::Annotator(const AnnotatorOptions& options) : options_(options) {
  require_annotator_options(options_);
  if (options_.annotator != AnnotatorKind::return_)
    throw std::invalid_argument("annotator: regret needs a table of advantages");
  description_ = to_json_text(options_);
}

Annotator::Annotator(const AnnotatorOptions& options, QTable advantages)
    : options_(options), advantages_(std::move(advantages)) {
  require_annotator_options(options_);
  if (options_.annotator != AnnotatorKind::regret)
    throw std::invalid_argument("annotator: a table of advantages has no effect on returns");
  description_ = to_json_text(options_);
}

double Annotator::step_value(const Segment& segment, std::size_t t) const {
  if (!advantages_) return segment.rewards[t];
  const State s = segment.states[t];
  const Action a = segment.actions[t];
  const bool known = s >= 0 && s < advantages_->num_states() && a >= 0 &&
                     a < advantages_->num_actions() && (*advantages_)(s, a) != kUnavailable;
  if (!known)
    throw std::invalid_argument(fmt::format("annotator: {}: action {} in state {} has no advantage",
                                            name_of_segment(segment), a, s));
  return (*advantages_)(s, a);
}

double Annotator::score(const Segment& segment) const {
  require_whole_segment(segment);
  if (!advantages_ && segment.rewards.size() != segment.length())
    throw std::invalid_argument(
        segment.rewards.empty()
            ? fmt::format("annotator: {} has no rewards to compare by", name_of_segment(segment))
            : fmt::format("annotator: {} has {} rewards", name_of_segment(segment),
                          segment.rewards.size()));
  double G = 0;
  double discount = 1;  // gamma^t
  for (std::size_t t = 0; t < segment.length(); ++t) {
    G += discount * step_value(segment, t);
    discount *= options_.discount;
  }
  return G;
}

double Annotator::difference(const Segment& first, const Segment& second) const {
  return score(first) - score(second);
}

double Annotator::probability_of(double difference) const {
  const double eps = options_.flip_prob;
  return (1 - 2 * eps) * sigmoid(options_.rationality * difference) + eps;
}

double Annotator::probability(const Segment& first, const Segment& second) const {
  return probability_of(difference(first, second));
}

bool Annotator::tied(const Segment& first, const Segment& second) const {
  return std::abs(difference(first, second)) < options_.tie_threshold;
}

double Annotator::label(const Segment& first, const Segment& second, Rng& rng) const {
  const double u = rng.uniform();
  const double delta = difference(first, second);
  if (std::abs(delta) < options_.tie_threshold) return 0.5;
  const double p = probability_of(delta);
  if (options_.soft_labels) return p;
  return u < p ? 1 : 0;
}

void annotate(const Annotator& annotator, std::span<SegmentPair> pairs, const Rng& rng) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    SegmentPair& pair = pairs[i];
    Rng stream = rng.split(i);
    try {
      pair.preference = annotator.label(pair.first, pair.second, stream);
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(fmt::format("pair {}: {}", i, e.what()));
    }
    pair.annotator = annotator.description();
  }
}

LabelStatistics label_statistics(const Annotator& annotator, std::span<const SegmentPair> pairs) {
  std::vector<double> p;
  for (const SegmentPair& pair : pairs)
    if (!annotator.tied(pair.first, pair.second))
      p.push_back(annotator.probability(pair.first, pair.second));
  LabelStatistics statistics{.pairs = pairs.size(), .ties = pairs.size() - p.size()};
  if (p.empty()) {
    statistics.accuracy_ceiling = std::numeric_limits<double>::quiet_NaN();
    return statistics;
  }
  const Eigen::Map<const Eigen::VectorXd> compared(p.data(), static_cast<Eigen::Index>(p.size()));
  statistics.entropy = label_entropy(compared);
  if (!annotator.options().soft_labels) statistics.accuracy_ceiling = accuracy_ceiling(compared);
  return statistics;
}

}  // namespace rl
