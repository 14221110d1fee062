#pragma once
/// \file
/// Value iteration on grids at the machine's limit: the same optimal values as value_iteration
/// (backup_iteration.hpp), which is the one to read, from some dozen backups of a state instead of
/// thousands (MFRL 4.1, S&B 4.4, 4.5).
///
///     v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ],   tile by tile
///
/// The grid is cut into tiles of 24 x 64 cells that are swept in cache (grid_tiles.hpp). Which one
/// is next:
///
///     bound(tile)   how much a backup of its cells may still change
///     key(tile)     the largest value along its sides since it was swept
///     while a tile's bound exceeds the threshold: of those take the one of the largest key
///     then lower the threshold
///
/// The order of keys is Dijkstra's: values spread from where rewards are, and a tile waits until
/// what surrounds it has arrived. Last comes one literal backup of every cell, which is the
/// certificate: |v - v*| is at most what MacQueen's bound says of its changes. The result does not
/// depend on the number of threads, nor on the instructions that the processor has.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "rl/grid_model.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

struct TiledOptions {
  double tolerance = 1e-6;
  std::int64_t max_sweeps = 1'000'000;
  std::int64_t threads = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("tolerance", tolerance, "largest certified error of v", Range{0, 1e300});
    v("max_sweeps", max_sweeps, "stop unconverged after so many backups of each state in the mean",
      Range{0, 1e18});
    v("threads", threads, "tiles that are swept at once; the result is the same with any number",
      Range{1, 256});
  }
};

/// Why this planner cannot plan a grid: it needs moves to the four neighbours, a slip that is
/// perpendicular or to any other move, no wind, blocked cells that cost what the boundary costs,
/// and gamma in (0, 1). Empty where it can.
std::optional<std::string> why_not_tiled(const GridModel& model, double gamma);

/// The least tolerance that can be certified: below it is rounding.
double least_tolerance_of_tiles(const GridModel& model, double gamma);

/// A Planner. Memory: 11 bytes a cell, and 60 for each tile; 8 more where values() or a copy of the
/// plan is asked for.
class TiledValueIteration {
 public:
  /// Throws std::invalid_argument for a grid that it cannot plan, and for a tolerance below the
  /// least one, naming it.
  TiledValueIteration(GridModel model, double gamma, const TiledOptions& options = {});
  TiledValueIteration(const TiledValueIteration& other);
  TiledValueIteration(TiledValueIteration&&) noexcept;
  TiledValueIteration& operator=(TiledValueIteration) noexcept;
  ~TiledValueIteration();

  /// Tiles of as many cells as the grid has, or the certificate; false once it has held.
  bool advance();
  Plan plan() const&;
  /// Without a copy of the values.
  Plan plan() &&;
  PlanProgress progress() const;
  /// Made when it is asked for after an advance: not by several threads at once.
  const StateValues& values() const;
  /// Backups of a state, in the mean.
  double backups_per_state() const;

 private:
  class Search;
  std::unique_ptr<Search> search_;
};
static_assert(Planner<TiledValueIteration>);

}  // namespace rl
