#pragma once
/// \file
/// The racetrack (S&B Exercise 5.12, Figure 5.5): from the starting line around the bend to the
/// finish, as fast as possible and without leaving the track.
///
/// States      (row, col, vx, vy): a cell of the track before the finish, vx = cells to the right a
///             step, vy = cells upwards a step, each 0 .. 4. Cells are counted row by row from the
///             top; number 25 cell + 5 vx + vy. The last state is the finish.
/// Actions     increments (dvx, dvy) of the velocity, each -1, 0, +1, in the order (-1,-1), (-1,0),
///             (-1,1), (0,-1), (0,0), (0,1), (1,-1), (1,0), (1,1). All are always available.
/// Noise       with probability 0.1 both increments are 0 instead.
/// Velocity    a component that would leave 0 .. 4 is clipped. If both would become 0 off the
///             starting line, the velocity is kept as it was. (The book forbids such velocities and
///             does not say what then happens; public code also forbids the action, or allows (0,0)
///             everywhere.)
/// Path        the car moves with the new velocity. With m = max(vx, vy) it passes, k = 1 .. m, the
///             cells (row - round(k vy / m), col + round(k vx / m)), halves rounded up: the first
///             of them on the finish line ends the episode, the first off the track is a crash.
///             (The book draws a path and leaves open how; public code also looks at the last cell
///             only.)
/// Crash       back to a uniformly random start cell with velocity (0, 0); the episode goes on.
/// Reward      -1 a step, also for the one that finishes or crashes.
/// Terminal    the finish. Start uniform over the start cells with velocity (0, 0). gamma 1. No
///             limit on an episode; some policies never end (stand at the start).
/// Ties        at random; many paths are equally fast.
/// Beyond      standing still off the starting line cannot be reached, but is a state like others:
///             the picture shows each cell at velocity (0, 0), what it is worth to set off there.
/// Source      S&B 5.7. Both tracks cell by cell as in B. Daley's gym-classics (4bec028).
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct RacetrackOptions {
  enum class Track : int { left, right };
  Track track = Track::left;
  double p_fail = 0.1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("track", track, "which of the two tracks of Figure 5.5", Choices{"left", "right"});
    v("p_fail", p_fail, "probability that the velocity does not change", Range{0, 1});
  }
};

Problem racetrack(const RacetrackOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
