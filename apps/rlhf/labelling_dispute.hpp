#pragma once
/// \file
/// Active labelling by a person: after every B answers K linear reward models are fitted, each to a
/// bag of the first n = B floor(answers / B) of them, and the next question is the one of the pool
/// about which they disagree most. With z_k the log-odds that member k gives the first of the two,
///
///     argmax   variance over k of   z_k   |   sigmoid(z_k)   |   1[z_k > 0]
///
/// which is what `rlhf prefs --active` asks a synthetic annotator. Equally disputed questions, and
/// all where the answers so far say nothing, come in the pool's order, which is random.
#include <Eigen/Core>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/arguments.hpp"
#include "apps/rlhf/labelling_order.hpp"
#include "apps/rlhf/labelling_questions.hpp"
#include "rl/random.hpp"
#include "rl/reward_features.hpp"

namespace rl::apps {

/// --active --oversampling --query-batch --features
std::vector<FlagSpec> dispute_flags();
/// Throws std::invalid_argument for those that do nothing without --active.
void refuse_dispute_flags(const Arguments& arguments);

struct DisputeOptions {
  Disagreement about = Disagreement::logit;
  int query_batch = 10;  ///< B >= 1
};

class DisputeRanking {
 public:
  /// `list`: of a world that is known. Throws std::invalid_argument where models of so many
  /// features would keep a person waiting, and where no answer would come early enough to choose a
  /// question. The k-th ensemble draws its bags from rng.split(k).
  DisputeRanking(const LabelQuestions& list, RewardFeatures features, const DisputeOptions& options,
                 const Rng& rng);

  /// The pool, the most disputed first.
  const std::vector<std::size_t>& after(std::span<const LabelAnswer> answers);

  /// Why this one of the pool is asked now: of the last `after`.
  std::string reason(std::size_t question) const;

 private:
  void rank();

  std::vector<SegmentPair> pool_;
  RewardFeatures features_;
  DisputeOptions options_;
  Rng rng_;
  std::vector<LabelAnswer> fitted_;  // the first n answers
  std::vector<std::size_t> order_;
  Eigen::VectorXd variance_;  // [pool]; empty: at random
  std::string why_random_;
};

/// Empty without --active.
std::optional<DisputeRanking> dispute_ranking(const LabelQuestions& list,
                                              const Arguments& arguments);

}  // namespace rl::apps
