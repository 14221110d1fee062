#pragma once
/// \file
/// What training from a fixed data set minimises, as a function of log-probabilities: a value and a
/// slope g(c, a) for each cell of the policy.
///
///     PairObjective    mean of a pair loss (pair_losses.hpp)
///     KtoObjective     responses that are good or bad by themselves (kto.hpp)
///     CloneObjective   -sum_t ln pi(a_t | s_t) over the steps of demonstrations, a step's mean
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "algorithms/preference/kto.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_steps.hpp"
#include "algorithms/preference/trainer.hpp"
#include "rl/mdp.hpp"
#include "rl/segment.hpp"

namespace rl {

/// What one batch says.
struct BatchLoss {
  double value = 0;
  Metrics metrics = {};        ///< beside the loss
  std::int64_t num_steps = 0;  ///< actions (tokens) that were looked at
};

class Objective {
 public:
  virtual ~Objective() = default;
  /// Examples.
  virtual std::size_t size() const = 0;
  /// Of the examples `batch`; adds dL / d ln pi to g, [contexts x A].
  virtual BatchLoss add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                                 std::span<double> g) const = 0;
};

/// Two segments and P(first preferred): 1 for a plain preference, 1/2 for a tie.
struct LabelledPair {
  Segment first;
  Segment second;
  double label = 1;
  double weight = 1;
};

class PairObjective final : public Objective {
 public:
  struct Options {
    PairLossFunction loss;
    double reward_scale = 0.1;  ///< beta, for rewards/chosen = beta u
    double discount = 1;        ///< of ln pi within a segment
    double nll_weight = 0;      ///< adds -ln pi(y_w) / |y_w| with this weight
  };
  /// Without a reference, log-ratios are log-probabilities. Throws std::invalid_argument for no
  /// pairs, labels outside [0, 1], a step that the reference rules out.
  PairObjective(const PolicyRows& policy, const std::optional<PolicyRows>& reference,
                std::span<const LabelledPair> pairs, Options options);
  /// Another reference from now on, with the contexts of the policy. Throws std::invalid_argument
  /// where there is none, and as the constructor does.
  void set_reference(const PolicyRows& reference);
  std::size_t size() const override { return label_.size(); }
  BatchLoss add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                         std::span<double> g) const override;

 private:
  PairLogProbabilities pair(std::size_t i, std::span<const double> log_pi) const;
  Options options_;
  bool has_reference_;
  SegmentSteps first_, second_;
  std::vector<double> reference_first_, reference_second_;  // [N]
  std::vector<double> label_, weight_;
};

/// A response, and whether it is a good one.
struct JudgedSegment {
  Segment segment;
  bool desirable = true;
};

class KtoObjective final : public Objective {
 public:
  /// KL(pi || ref) in place of its estimate.
  using ExactKl = std::function<double(const PolicyRows&)>;
  /// `model`: the deterministic world in which another prompt's response is followed from this
  /// prompt. Throws std::invalid_argument for fewer than two examples.
  KtoObjective(const PolicyRows& policy, const PolicyRows& reference, const FiniteMdp& model,
               std::vector<JudgedSegment> examples, const KtoOptions& options,
               ExactKl exact_kl = {});
  std::size_t size() const override { return examples_.size(); }
  /// A batch has at least two examples.
  BatchLoss add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                         std::span<double> g) const override;

 private:
  double baseline(std::span<const std::size_t> batch, const PolicyRows& policy) const;
  /// The next one in the batch that answers another prompt.
  std::size_t partner_of(std::span<const std::size_t> batch, std::size_t k) const;
  KtoOptions options_;
  FiniteMdp model_;
  std::vector<JudgedSegment> examples_;
  SegmentSteps steps_;
  FrozenPolicy reference_;
  std::vector<double> reference_log_pi_;  // [N]
  ExactKl exact_kl_;
};

class CloneObjective final : public Objective {
 public:
  CloneObjective(const PolicyRows& policy, std::span<const Segment> demonstrations);
  std::size_t size() const override { return steps_.size(); }
  BatchLoss add_gradient(std::span<const std::size_t> batch, const PolicyRows& policy,
                         std::span<double> g) const override;

 private:
  SegmentSteps steps_;
};

}  // namespace rl
