#pragma once
/// \file
/// The states of a finite world as points, for features: where they stand in the world's picture,
/// else their number.
#include <span>
#include <vector>

#include "rl/problem.hpp"
#include "rl/space.hpp"

namespace rl {

struct StateCoordinates {
  Space space;
  std::vector<double> values;  ///< [S x d] row by row; 0 for terminal states that no picture shows

  std::span<const double> of(State s) const {
    return {values.data() + index(s) * space.size(), space.size()};
  }
};

/// (row, col), before them the panel where there are several, from 0, if the picture shows each
/// non-terminal state once; of a picture of one row (col); else (state). Bounds are those of the
/// non-terminal states.
StateCoordinates coordinates_of(const Problem& problem);

/// The same with the action's number as a last coordinate: [S x A x d], for features of pairs.
StateCoordinates pair_coordinates(const StateCoordinates& states, State num_states,
                                  Action num_actions);

/// A space with the action's number as a last coordinate.
Space with_action(Space space, Action num_actions);

}  // namespace rl
