#include "envs/tic_tac_toe.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "algorithms/truth.hpp"
#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::Problem;
using rl::State;
using rl::TicTacToeOptions;
using tests::Move;
using tests::probability_of;

namespace {

State named(const Problem& game, const std::string& board) {
  const auto& names = game.picture.state_names;
  const auto it = std::find(names.begin(), names.end(), board);
  REQUIRE(it != names.end());
  return static_cast<State>(it - names.begin());
}

std::int32_t afterstate_of(const Problem& game, const std::string& board, rl::Action a) {
  return game.afterstates->of[rl::index(named(game, board)) * 9 + rl::index(a)];
}

}  // namespace

TEST_CASE("tic-tac-toe: the opponent answers in every empty cell alike, by hand") {
  const Problem game = rl::tic_tac_toe();
  const State empty = named(game, ".../.../...");
  // X in the middle leaves eight cells.
  for (const char* next : {"O../.X./...", ".O./.X./...", ".../.XO/...", ".../.X./..O"})
    CHECK(probability_of(game.model, empty, 4, {named(game, next), 0}) == doctest::Approx(1.0 / 8));
  // X wins at once: no answer.
  CHECK(tests::move_of(game.model, named(game, "XX./OO./..."), 2) ==
        Move{named(game, "XXX/OO./..."), 1});
  // Elsewhere O has four cells, and one of them wins: the reward is 0, as for a draw.
  const State open = named(game, "XX./OO./...");
  CHECK(probability_of(game.model, open, 8, {named(game, "XX./OOO/..X"), 0}) ==
        doctest::Approx(1.0 / 4));
  CHECK(game.model.terminal(named(game, "XX./OOO/..X")));
  CHECK_FALSE(game.model.available(open, 0));
  // The last cell: a draw.
  CHECK(tests::move_of(game.model, named(game, "XOX/XOO/OX."), 8) ==
        Move{named(game, "XOX/XOO/OXX"), 0});
}

TEST_CASE("tic-tac-toe: as many positions as are known, and known chances of random players") {
  // 2423 positions with X to move and 958 final ones (626 won, 316 lost, 16 drawn) come up; O has
  // 2097 to answer, and 626 + 16 of X's moves end the game.
  const Problem game = rl::tic_tac_toe();
  CHECK(game.model.num_states() == 2423 + 958);
  CHECK(game.afterstates->count == 2097 + 626 + 16);
  const auto policy = uniform_policy(game.model);
  CHECK(exact_return(game.model, policy, 1) == doctest::Approx(737.0 / 1260).epsilon(1e-12));
  const Problem lost = rl::tic_tac_toe({.r_win = 0, .r_loss = 1});
  CHECK(exact_return(lost.model, policy, 1) == doctest::Approx(121.0 / 420).epsilon(1e-12));
  const Problem drawn = rl::tic_tac_toe({.r_win = 0, .r_draw = 1});
  CHECK(exact_return(drawn.model, policy, 1) == doctest::Approx(8.0 / 63).epsilon(1e-12));
  // Who moves second meets what the first one leaves.
  const Problem second = rl::tic_tac_toe({.opponent_begins = true});
  CHECK(exact_return(second.model, uniform_policy(second.model), 1) ==
        doctest::Approx(121.0 / 420).epsilon(1e-12));
}

TEST_CASE("tic-tac-toe: nobody beats a perfect opponent, and perfect play draws with it") {
  using Opponent = TicTacToeOptions::Opponent;
  const Problem game = rl::tic_tac_toe({.opponent = Opponent::perfect, .r_loss = -1});
  const rl::Truth truth = exact_truth(game);
  CHECK(truth.optimal_return == doctest::Approx(0));
  CHECK(truth.random_return < -0.5);
  CHECK(game.model.num_states() < 3381);
  const Problem first =
      rl::tic_tac_toe({.opponent = Opponent::perfect, .opponent_begins = true, .r_loss = -1});
  CHECK(exact_truth(first).optimal_return == doctest::Approx(0));
  // All mistakes make it random.
  const Problem random = rl::tic_tac_toe({.opponent = Opponent::perfect, .mistakes = 1});
  CHECK(exact_return(random.model, uniform_policy(random.model), 1) ==
        doctest::Approx(737.0 / 1260).epsilon(1e-12));
  // O blocks in one of six cells by chance, or always.
  const Problem half = rl::tic_tac_toe({.opponent = Opponent::perfect, .mistakes = 0.5});
  CHECK(probability_of(half.model, named(half, "X../.O./..."), 1,
                       {named(half, "XXO/.O./..."), 0}) == doctest::Approx(0.5 + 0.5 / 6));
  CHECK(tests::contains(tests::error_of([] { rl::tic_tac_toe({.mistakes = 0.1}); }),
                        "'mistakes' has no effect without 'opponent=perfect'"));
}

TEST_CASE("tic-tac-toe: different positions lead to one afterstate") {
  // Both are X.X/.O./... after the move.
  const Problem game = rl::tic_tac_toe();
  CHECK(afterstate_of(game, "X../.O./...", 2) == afterstate_of(game, "..X/.O./...", 0));
  CHECK(afterstate_of(game, "X../.O./...", 2) != afterstate_of(game, "X../.O./...", 8));
  CHECK(afterstate_of(game, "X../.O./...", 0) == -1);
  const std::set<std::int32_t> numbers(game.afterstates->of.begin(), game.afterstates->of.end());
  CHECK(static_cast<std::int32_t>(numbers.size()) == game.afterstates->count + 1);  // and -1
  CHECK_NOTHROW(check_afterstates(game.model, *game.afterstates));
}
