#pragma once
/// \file
/// Iterated direct training: a loss of pairs meets responses of the policy that it has made.
///
///     for k = 1, ..., K:   N pairs of responses ~ pi_k, labelled by an annotator
///                          pi_{k+1} = what training on them makes of pi_k
///
/// The reference of iteration k is pi_k itself (Yuan et al. 2024, Pang et al. 2024), or one and the
/// same in all (Xiong et al. 2024): then beta weighs the distance from where the road began.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "algorithms/preference/staged_training.hpp"
#include "algorithms/preference/training.hpp"
#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"

namespace rl {

enum class IterationReference : int { previous, initial };

struct IterationOptions {
  std::int64_t iterations = 3;
  std::int64_t num_comparisons = 200;
  IterationReference iteration_reference = IterationReference::previous;
  template <class Visitor>
  void visit(Visitor& v) {
    v("iterations", iterations, "rounds of fresh pairs of the policy's own responses",
      Range{1, 1e9});
    v("num_comparisons", num_comparisons, "pairs of an iteration", Range{1, 1e9});
    v("iteration_reference", iteration_reference,
      "an iteration is held to the policy it begins with, or all to the first reference",
      {"previous", "initial"});
  }
};

/// n pairs as the annotator prefers them; they come from rng.split("pairs"), labels from
/// rng.split("labels"). Steps with which a sampler fills up a segment after its end are compared,
/// and then left out: they ask no policy for anything.
std::vector<LabelledPair> fresh_pairs(std::size_t n, const PairSource& draw,
                                      const Annotator& annotator, const FiniteMdp& model,
                                      const Rng& rng);

/// How two segments of a policy are drawn.
using PolicyPairs = std::function<PairSource(const PolicyRows& policy)>;

/// What an iteration learns from and how.
struct IteratedTask {
  FiniteMdp model;
  PolicyPairs pairs_of;
  Annotator annotator;
  PairObjective::Options objective;
  std::optional<FrozenPolicy> reference;  ///< the first; none where the loss has none
};

/// `training.max_steps` are those of an iteration. Iteration k draws from rng.split(k) alone: pairs
/// as `fresh_pairs` does, minibatches from its split("training").
std::unique_ptr<StagedTraining> iterated_training(const RowPolicy& policy, IteratedTask task,
                                                  const IterationOptions& options,
                                                  const TrainingOptions& training, const Rng& rng);

}  // namespace rl
