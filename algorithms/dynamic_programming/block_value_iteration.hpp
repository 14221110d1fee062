#pragma once
/// \file
/// Value iteration on large models of any kind, by blocks where states have near neighbours: the
/// same optimal values as value_iteration (backup_iteration.hpp), which is the one to read, from a
/// fraction of the backups (MFRL 4.1, 4.3, S&B 4.4 - 4.6).
///
///     v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ],   block by block
///
/// First come plain sweeps. Where they promise to end soon they are all there is, and where no
/// neighbourhoods are found: such models mix well. Else the states are cut into blocks of 512 that
/// are swept in cache (blocks.hpp), and a greedy sweep is followed by some that keep its actions.
/// Which block is next:
///
///     bound(block)  how much a backup of its states may still change
///     key(block)    the largest value that it has been told since it was swept
///     while a block's bound exceeds the threshold: of those take the one of the largest key
///     then lower the threshold
///
/// The order of keys is Dijkstra's: values spread from where rewards are, and a block waits until
/// what it reads has arrived. Last comes one backup of every state in the model as it was given,
/// which is the certificate: |v - v*| is at most what MacQueen's bound says of its changes.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

struct BlockOptions {
  double tolerance = 1e-6;
  std::int64_t max_sweeps = 1'000'000;

  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "largest certified error of v", Range{0, 1e300});
    v("max_sweeps", max_sweeps, "stop unconverged after so many backups of each state in the mean",
      Range{0, 1e18});
  }
};

/// When a model is cut into blocks, and how.
struct BlockRules {
  std::size_t size = 512;         ///< states of a block: with their rows they fit into a cache
  std::int64_t first_sweeps = 8;  ///< plain ones, 2 at least, before their promise is asked
  /// Blocks where plain sweeps promise to need more than so many. Those of the slippery grid of
  /// 10^6 states take the time of 40 at gamma .9, 75 at .99 and 400 at .999, 25 of them to be cut.
  double most_plain_sweeps = 100;
  double most_read = 0.5;  ///< if they read no more states of others, for each of their own
  /// Plain sweeps take over after so many times the backups that they need at most.
  double patience = 1;
};

/// The least tolerance that can be certified: below it is rounding.
double least_tolerance_of_blocks(const FiniteMdp& model, double gamma);

/// A Planner. Memory beside the model's, for each state: two values while sweeps are plain, then
/// one and its part of a block (of a slippery grid 46 bytes).
class BlockValueIteration {
 public:
  /// Throws std::invalid_argument unless gamma is in [0, 1), and for a tolerance below the least
  /// one, naming it.
  BlockValueIteration(FiniteMdp model, double gamma, const BlockOptions& options = {},
                      const BlockRules& rules = {});
  BlockValueIteration(const BlockValueIteration& other);
  BlockValueIteration(BlockValueIteration&&) noexcept;
  BlockValueIteration& operator=(BlockValueIteration) noexcept;
  ~BlockValueIteration();

  /// A plain sweep, or backups of as many states as the model has, or the certificate; false once
  /// that is done.
  bool advance();
  Plan plan() const&;
  /// Without a copy of the values.
  Plan plan() &&;
  PlanProgress progress() const;
  const StateValues& values() const;
  /// Whether the states are cut into blocks, and not or no longer swept plainly.
  bool by_blocks() const;
  /// Backups of a state, in the mean.
  double backups_per_state() const;

 private:
  class Search;
  std::unique_ptr<Search> search_;
};
static_assert(Planner<BlockValueIteration>);

}  // namespace rl
