#pragma once
/// \file
/// Taxi (Dietterich 2000, as Gymnasium's Taxi-v4): fetch a passenger at one of four places and
/// deliver at another.
///
///     R   . | .   .   G      the places R (0, 0), G (0, 4), Y (4, 0), B (4, 3);
///     .   . | .   .   .      walls stand between columns only
///     .   .   .   .   .
///     . | .   . | .   .
///     Y | .   . | B   .
///
/// States      ((5 row + col) 5 + passenger) 4 + destination, 500 of them; passenger 0 R, 1 G, 2 Y,
///             3 B, 4 in the taxi; destination 0 .. 3. Fickle passengers make it 1,000 (below).
/// Actions     0 south, 1 north, 2 east, 3 west, 4 pick up, 5 drop off. All always available.
/// Reward      -1 a step; +20 instead for the drop that delivers; -10 instead for a pick up without
///             a waiting passenger here, and for a drop without a passenger or at none of the four
///             places (nothing changes). A drop at a wrong one of the four puts the passenger there
///             for -1.
/// Bump        into a wall or the edge: stay, -1.
/// Terminal    the states with passenger = destination, which delivery alone reaches. (Gymnasium
///             puts the flag on the transition and has ordinary rows for these states.)
/// Start       uniform over the 300 states whose passenger waits at a place that is not the
///             destination. gamma 0.99: the source gives none. An episode is truncated after 200
///             steps, as the source's wrapper does.
/// Ties        at random; many ways are equally short.
/// Rainy       a move goes as intended with 0.8, else to the left or the right of the heading with
///             0.1 each. Where the intended move is blocked nothing happens; a drift that is
///             blocked stays. Pick up and drop off are certain.
/// Fickle      at the start a flag is set with 0.3. The first step that moves the taxi with the
///             passenger in it from before then changes the destination to one of the other three,
///             each alike, and clears the flag. Gymnasium hides the flag; here it is part of the
///             state (number + 500 while it is set), which makes the world Markov and lets a table
///             see what a player of the source cannot.
/// Source      Gymnasium 1.4.0, Taxi-v4 (v3 is the same when dry).
/// Picture     eight of the twenty maps: fetching from each place, for one destination each (where
///             to drive does not depend on it), and delivering to each.
#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct TaxiOptions {
  bool rainy = false;
  bool fickle = false;

  template <class Visitor>
  void visit(Visitor& v) {
    v("rainy", rainy, "moves drift to a side with probability 0.2");
    v("fickle", fickle, "passengers may change their destination once, on the way");
  }
};

Problem taxi(const TaxiOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
