#pragma once
/// \file
/// Value iteration on models too large for one machine: ranks that each hold the rows of a range of
/// states and tell each other the values at the borders (Bertsekas 1982; MFRL 4.1, S&B 4.5). For
/// one machine: block_value_iteration.hpp.
///
///     v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ],   s of this rank,
///     v(s') of other ranks as it was told last
///
/// First come plain sweeps with an exchange after each, all there is to models that mix well. Where
/// they promise to last, each rank cuts its part into blocks. A round is then
///
///     sweep blocks while a bound exceeds the threshold, some blocks at most (block_worklist.hpp)
///     all ranks together: has any swept a block?
///     yes: tell the values that others read;   no: lower the threshold
///
/// and after the last threshold comes one backup of every state by the rows as they were given,
/// with MacQueen's bound from the changes of all ranks. Every decision hangs on numbers that all
/// ranks know, so a result depends on their number and on nothing that happens in time.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "algorithms/dynamic_programming/block_value_iteration.hpp"
#include "algorithms/dynamic_programming/exchange.hpp"
#include "algorithms/dynamic_programming/model_part.hpp"
#include "rl/plan.hpp"

namespace rl {

/// What one rank knows in the end.
struct PartOfPlan {
  State begin = 0;  ///< of its states
  Plan plan;        ///< v: of its states alone; what else it says is of the whole
  Traffic traffic;  ///< of this rank
};

/// When parts are cut into blocks, and how.
struct DistributedRules {
  BlockRules blocks = {};
  /// Blocks that a rank sweeps at most before it tells the others. Four ranks on the slippery grid
  /// of 10^6 states, gamma .999: 64, 256, 1024 take 1104, 1184, 1216 sweeps and 2257, 679, 372
  /// exchanges.
  int visits_in_a_round = 256;
};

/// Made and advanced by all ranks together. Memory of a rank beside the rows of its part, for each
/// of its states and of its halo: two values while sweeps are plain, then one and its part of a
/// block.
class DistributedValueIteration {
 public:
  /// Throws std::invalid_argument unless gamma is in [0, 1), for a tolerance below the least one,
  /// naming it, and for a model that is none. `exchange` must outlive the planner.
  DistributedValueIteration(const ModelRows& model, double gamma, Exchange& exchange,
                            const BlockOptions& options = {}, const DistributedRules& rules = {});
  DistributedValueIteration(DistributedValueIteration&&) noexcept;
  DistributedValueIteration& operator=(DistributedValueIteration&&) noexcept;
  ~DistributedValueIteration();

  /// A plain sweep, or a round, or the certificate; false once that is done.
  bool advance();
  /// Ends an unfinished search with the certificate of what there is.
  void stop();
  /// Of the whole. Sweeps: backups of a state, in the mean of the rank that made most.
  PlanProgress progress() const;
  bool by_blocks() const;
  /// After the end.
  PartOfPlan part() const;
  /// The whole plan in rank 0, after the end; elsewhere without values.
  Plan gather();

 private:
  class Search;
  std::unique_ptr<Search> search_;
};

}  // namespace rl
