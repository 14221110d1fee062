#pragma once
/// \file
/// A synthetic annotator, who compares two segments by what they are truly worth:
///
///     return   G(sigma) = sum_t gamma^t r_{t+1}         what was earned (Christiano et al. 2017)
///     regret   G(sigma) = sum_t gamma^t A*(s_t, a_t)    how near to the best it was done, A* =
///                                                       q* - v* <= 0 (Knox et al. 2024)
///     P(1 preferred) = (1 - 2 eps) sigmoid(kappa (G(sigma_1) - G(sigma_2))) + eps
///
/// kappa is the rationality (the inverse of a temperature), eps the probability that a label is
/// flipped. Elsewhere an annotator answers at random with probability noise; that is eps = noise/2.
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/segment.hpp"
#include "rl/values.hpp"

namespace rl {

enum class AnnotatorKind : int { return_, regret };

struct AnnotatorOptions {
  AnnotatorKind annotator = AnnotatorKind::return_;
  double rationality = 1;    ///< kappa > 0
  double flip_prob = 0;      ///< eps in [0, 0.5)
  double tie_threshold = 0;  ///< >= 0, in units of G
  bool soft_labels = false;
  double discount = 1;  ///< gamma in (0, 1], within a segment: its first step counts whole

  template <class Visitor>
  void visit(Visitor& v) {
    v("annotator", annotator, "what segments are compared by", {"return", "regret"});
    v("rationality", rationality, "kappa: log-odds by which a difference of 1 is preferred",
      Range{1e-9, 1e9});
    v("flip_prob", flip_prob, "probability that a label is flipped; below 1/2",
      Range{0, 0.499999999});
    v("tie_threshold", tie_threshold, "smaller differences are labelled 1/2", Range{0, 1e300});
    v("soft_labels", soft_labels, "a label is the probability itself, not drawn by it");
    v("discount", discount, "gamma of the steps within a segment", Range{1e-9, 1});
  }
};

/// A*(s, a) = q*(s, a) - v*(s): 0 for the best action of a state, -infinity where a is not
/// available, 0 in terminal states. By value iteration; throws std::invalid_argument where it does
/// not converge, as where gamma = 1 and returns have no bound.
QTable optimal_advantages(const FiniteMdp& model, double gamma);

/// Immutable: any number of threads may ask one.
class Annotator {
 public:
  /// By returns. Throws std::invalid_argument, with name and value, for options out of range, and
  /// for those of regret.
  explicit Annotator(const AnnotatorOptions& options);
  /// By regret, told A*(s, a): [S x A], as `optimal_advantages` makes it.
  Annotator(const AnnotatorOptions& options, QTable advantages);

  const AnnotatorOptions& options() const { return options_; }
  /// The options as JSON, as a data set tells who was asked.
  const std::string& description() const { return description_; }

  /// G. Throws std::invalid_argument, naming the segment by its first state and length, where it
  /// has no rewards (returns), or a step that the table does not know (regret).
  double score(const Segment& segment) const;
  /// P(first preferred), without the band of ties.
  double probability(const Segment& first, const Segment& second) const;
  /// 1: the first is preferred, 0: the second, 1/2: a tie; the probability itself where labels are
  /// soft. Draws one number, whatever the options, so that they change no other label.
  double label(const Segment& first, const Segment& second, Rng& rng) const;
  /// |G(first) - G(second)| is below the threshold: the label is 1/2.
  bool tied(const Segment& first, const Segment& second) const;

 private:
  double difference(const Segment& first, const Segment& second) const;
  double probability_of(double difference) const;
  double step_value(const Segment& segment, std::size_t t) const;

  AnnotatorOptions options_;
  std::optional<QTable> advantages_;
  std::string description_;
};

/// Fills in preference and annotator; pair i draws from rng.split(i). Errors begin "pair i: ". Give
/// it another stream than the one that the pairs come from.
void annotate(const Annotator& annotator, std::span<SegmentPair> pairs, const Rng& rng);

/// What can be learned from an annotator's labels of some pairs at best. Ties of its band are left
/// out, as `accuracy` leaves labels of 1/2 out.
struct LabelStatistics {
  std::size_t pairs = 0;
  std::size_t ties = 0;  ///< of the band
  /// Mean binary entropy of the probabilities, nats: no cross-entropy falls below it in the mean.
  double entropy = 0;
  /// Mean of max(p, 1 - p), or 1 where labels are soft and so tell the better one: the most that
  /// an accuracy comes to in the mean. NaN where all are ties.
  double accuracy_ceiling = 1;
};
LabelStatistics label_statistics(const Annotator& annotator, std::span<const SegmentPair> pairs);

}  // namespace rl
