#include "envs/tic_tac_toe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "envs/looks.hpp"

namespace rl {

namespace {

constexpr int kBoardCells = 9;

/// Cells '.', 'X' or 'O', row by row.
using Board = std::array<char, kBoardCells>;

constexpr Board kEmptyBoard = {'.', '.', '.', '.', '.', '.', '.', '.', '.'};

constexpr int kBoardLines[][3] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {0, 3, 6},
                                  {1, 4, 7}, {2, 5, 8}, {0, 4, 8}, {2, 4, 6}};

bool has_won(const Board& board, char player) {
  return std::any_of(std::begin(kBoardLines), std::end(kBoardLines), [&](const auto& line) {
    return std::all_of(std::begin(line), std::end(line),
                       [&](int cell) { return board[index(cell)] == player; });
  });
}

std::vector<int> empty_cells(const Board& board) {
  std::vector<int> cells;
  for (int cell = 0; cell < kBoardCells; ++cell)
    if (board[index(cell)] == '.') cells.push_back(cell);
  return cells;
}

bool is_over(const Board& board) {
  return has_won(board, 'X') || has_won(board, 'O') || empty_cells(board).empty();
}

Board with_mark(Board board, int cell, char player) {
  board[index(cell)] = player;
  return board;
}

std::string name_of_board(const Board& board) {
  const std::string cells(board.begin(), board.end());
  return cells.substr(0, 3) + "/" + cells.substr(3, 3) + "/" + cells.substr(6, 3);
}

/// How O answers.
class OpponentO {
 public:
  explicit OpponentO(const TicTacToeOptions& options)
      : random_share_(options.opponent == TicTacToeOptions::Opponent::random ? 1
                                                                             : options.mistakes) {}

  /// Cells and their probabilities, all positive.
  std::vector<std::pair<int, double>> moves(const Board& board) {
    const std::vector<int> cells = empty_cells(board);
    std::vector<int> best;
    if (random_share_ < 1) best = best_moves(board, cells);
    std::vector<std::pair<int, double>> moves;
    for (const int cell : cells) {
      double p = random_share_ / static_cast<double>(cells.size());
      if (std::find(best.begin(), best.end(), cell) != best.end())
        p += (1 - random_share_) / static_cast<double>(best.size());
      if (p > 0) moves.emplace_back(cell, p);
    }
    return moves;
  }

 private:
  std::vector<int> best_moves(const Board& board, const std::vector<int>& cells) {
    std::vector<int> best;
    int most = -1;
    for (const int cell : cells) {
      const int outcome = outcome_for_o(with_mark(board, cell, 'O'), 'X');
      if (best.empty() || outcome > most) {
        most = outcome;
        best.clear();
      }
      if (outcome == most) best.push_back(cell);
    }
    return best;
  }

  /// 1, 0, -1: O wins, nobody, X wins, where both play as well as possible and `player` moves.
  int outcome_for_o(const Board& board, char player) {
    if (has_won(board, 'O')) return 1;
    if (has_won(board, 'X')) return -1;
    const auto known = outcomes_.find(board);
    if (known != outcomes_.end()) return known->second;
    std::optional<int> outcome;
    for (const int cell : empty_cells(board)) {
      const int after = outcome_for_o(with_mark(board, cell, player), player == 'X' ? 'O' : 'X');
      if (!outcome || (player == 'O' ? after > *outcome : after < *outcome)) outcome = after;
    }
    return outcomes_[board] = outcome.value_or(0);
  }

  double random_share_;
  std::map<Board, int> outcomes_;  // who moves follows from the marks
};

/// Numbers boards in the order in which they are found.
class BoardNumbers {
 public:
  std::int32_t of(const Board& board) {
    const auto [it, is_new] = number_.try_emplace(board, static_cast<std::int32_t>(boards_.size()));
    if (is_new) boards_.push_back(board);
    return it->second;
  }
  /// -1 for a board that was never found.
  std::int32_t find(const Board& board) const {
    const auto it = number_.find(board);
    return it == number_.end() ? -1 : it->second;
  }
  const std::vector<Board>& boards() const { return boards_; }

 private:
  std::map<Board, std::int32_t> number_;
  std::vector<Board> boards_;
};

/// All that can come up.
class TicTacToeGame {
 public:
  explicit TicTacToeGame(const TicTacToeOptions& options) : options_(options), opponent_(options) {
    if (options.opponent_begins)
      for (const auto& [cell, p] : opponent_.moves(kEmptyBoard))
        start_.emplace_back(states_.of(with_mark(kEmptyBoard, cell, 'O')), p);
    else
      start_.emplace_back(states_.of(kEmptyBoard), 1.0);
    std::size_t s = 0;
    while (s < states_.boards().size()) find_moves(states_.boards()[s++]);  // which finds more
  }

  State num_states() const { return static_cast<State>(states_.boards().size()); }
  const std::vector<Board>& boards() const { return states_.boards(); }
  /// -1 for a position that cannot come up with X to move.
  State number_of(const Board& board) const { return states_.find(board); }
  const std::vector<Outcome>& row(State s, Action a) const { return rows_[pair(s, a)]; }
  std::vector<State> terminal() const {
    std::vector<State> list;
    for (State s = 0; s < num_states(); ++s)
      if (is_over(boards()[index(s)])) list.push_back(s);
    return list;
  }
  std::vector<double> start() const {
    std::vector<double> weights(index(num_states()), 0);
    for (const auto& [s, p] : start_) weights[index(s)] = p;
    return weights;
  }
  Afterstates afterstates() const {
    return {.count = static_cast<std::int32_t>(afterstates_.boards().size()), .of = afterstate_};
  }

 private:
  static std::size_t pair(State s, Action a) { return index(s) * kBoardCells + index(a); }

  /// Of one position; new ones are numbered behind all others.
  void find_moves(const Board board) {
    for (int cell = 0; cell < kBoardCells; ++cell) {
      std::vector<Outcome>& row = rows_.emplace_back();
      afterstate_.push_back(-1);
      if (is_over(board) || board[index(cell)] != '.') continue;
      const Board after = with_mark(board, cell, 'X');
      afterstate_.back() = afterstates_.of(after);
      if (is_over(after)) {
        row.push_back(outcome(1, after));
        continue;
      }
      for (const auto& [answer, p] : opponent_.moves(after))
        row.push_back(outcome(p, with_mark(after, answer, 'O')));
    }
  }

  Outcome outcome(double p, const Board& next) {
    const double reward = has_won(next, 'X')   ? options_.r_win
                          : has_won(next, 'O') ? options_.r_loss
                          : is_over(next)      ? options_.r_draw
                                               : 0;
    return {p, reward, states_.of(next)};
  }

  TicTacToeOptions options_;
  OpponentO opponent_;
  BoardNumbers states_, afterstates_;
  std::vector<std::vector<Outcome>> rows_;  // [S x A]
  std::vector<std::int32_t> afterstate_;    // [S x A]
  std::vector<std::pair<State, double>> start_;
};

/// The board of the first moves: O's, or O's answer to an X in the middle.
Panel opening(const TicTacToeGame& game, bool opponent_begins) {
  constexpr int kMiddle = 4;
  Panel panel{opponent_begins ? "O begins in this cell"
                              : "S: the empty board; around it O's answer to an X in the middle",
              3,
              3,
              {},
              plain_marks(3, 3)};
  const Board before = opponent_begins ? kEmptyBoard : with_mark(kEmptyBoard, kMiddle, 'X');
  for (int cell = 0; cell < kBoardCells; ++cell) {
    const bool empty_board = !opponent_begins && cell == kMiddle;
    panel.state.push_back(game.number_of(empty_board ? kEmptyBoard : with_mark(before, cell, 'O')));
    if (empty_board || (opponent_begins && panel.state.back() >= 0)) panel.mark[index(cell)] = 'S';
  }
  return panel;
}

Picture picture_of_game(const TicTacToeGame& game, bool opponent_begins) {
  Picture picture;
  picture.panels.push_back(opening(game, opponent_begins));
  for (const Board& board : game.boards()) picture.state_names.push_back(name_of_board(board));
  for (int cell = 0; cell < kBoardCells; ++cell)
    picture.actions.push_back(
        look_number(fmt::format("row {} col {}", cell / 3 + 1, cell % 3 + 1), cell + 1));
  return picture;
}

}  // namespace

Problem tic_tac_toe(const TicTacToeOptions& options, const WorldContext& context) {
  if (options.mistakes > 0 && options.opponent != TicTacToeOptions::Opponent::perfect)
    throw no_effect("mistakes", "opponent=perfect");
  const TicTacToeGame game(options);
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) { row = game.row(s, a); };
  const FiniteMdp model(
      game.num_states(), kBoardCells, fill,
      {.terminal = game.terminal(), .start = game.start(), .memory_limit = context.memory_limit});
  return {.name = "tic_tac_toe",
          .model = model,
          .gamma = 1,
          .picture = picture_of_game(game, options.opponent_begins),
          .afterstates = game.afterstates(),
          .note = "a state is named by its board, row by row; O moves as a part of the world"};
}

}  // namespace rl
