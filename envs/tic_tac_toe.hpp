#pragma once
/// \file
/// Tic-tac-toe (S&B 1.5, 6.8): X learns; O, whose way of playing is given, is part of the world.
///
///     name of a state   number of a cell = action
///     XO./.X./..O       0 1 2
///                       3 4 5
///                       6 7 8
///
/// States      the positions with X to move that can come up, and the final ones.
/// Actions     put an X into an empty cell; then O moves, unless the game is over.
/// Afterstates the positions after X's move: different positions and moves may lead to one, and
///             what O answers depends on it alone. No reward is certain before: c = 0.
/// Opponent    `random`: every empty cell alike. `perfect`: a move of the best outcome for O (win,
///             then draw), all such moves alike; with probability `mistakes` a random one.
/// Rewards     r_win, r_draw or r_loss when the game ends, 0 before. S&B's: 1, 0, 0, so that a
///             value is the probability to win.
/// Terminal    three in a row, or a full board.
/// Start       the empty board; where the opponent begins, one of its first moves.
/// Picture     the opening: the empty board, and around it O's answers to an X in the middle; where
///             the opponent begins, its first moves. All positions have names.
/// gamma 1. No limit: a game has at most five moves of X. Ties at random.
/// Source      S&B 1.5, Figure 1.1; 6.8. Between random players the first wins 737 of 1260 times.
#include <string>

#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct TicTacToeOptions {
  enum class Opponent : int { random, perfect };
  Opponent opponent = Opponent::random;
  double mistakes = 0;
  bool opponent_begins = false;
  double r_win = 1;
  double r_draw = 0;
  double r_loss = 0;

  template <class Visitor>
  void visit(Visitor& v) {
    v("opponent", opponent, "how O plays", {"random", "perfect"});
    v("mistakes", mistakes, "how often a perfect opponent moves at random", Range{0, 1});
    v("opponent_begins", opponent_begins, "O makes the first move");
    v("r_win", r_win, "reward for three X in a row", Range{-1e9, 1e9});
    v("r_draw", r_draw, "reward for a full board without three in a row", Range{-1e9, 1e9});
    v("r_loss", r_loss, "reward for three O in a row", Range{-1e9, 1e9});
  }
};

/// Throws std::invalid_argument for mistakes of an opponent that is not perfect.
Problem tic_tac_toe(const TicTacToeOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
