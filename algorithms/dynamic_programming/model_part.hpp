#pragma once
/// \file
/// The part of a model that one rank plans: the rows of a range of its states.
///
///     own states  begin(r) .. begin(r + 1) - 1,   begin(r) = floor(r S / ranks)
///     halo        states of other ranks that rows of own states lead to
///     here        own states and halo, numbered in the order of the whole model
///
/// A halo state is no more than a value that its rank sends now and then. Numbers that keep the
/// order keep most distances between states as well, so that rows which repeat in the whole model
/// repeat in a part (mdp.hpp).
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "algorithms/dynamic_programming/exchange.hpp"
#include "rl/mdp.hpp"

namespace rl {

/// A model by its rows, made when they are asked for: each is asked for twice and must be the same.
struct ModelRows {
  State num_states = 0;
  Action num_actions = 0;
  std::function<bool(State)> terminal;
  /// Fills an empty row; what is left empty is not available.
  std::function<void(State, Action, std::vector<Outcome>&)> fill;
};

/// Of a FiniteMdp or a GridModel, which is shared.
template <class M>
ModelRows rows_of(const M& model) {
  return {model.num_states(), model.num_actions(), [model](State s) { return model.terminal(s); },
          [model](State s, Action a, std::vector<Outcome>& row) { row = model.outcomes(s, a); }};
}

/// How much the ranks have told each other, counted where it is sent.
struct Traffic {
  std::int64_t reductions = 0;  ///< the largest numbers of all ranks, a few at a time
  std::int64_t exchanges = 0;   ///< of halo values
  std::int64_t messages = 0;    ///< of this rank to another one, with values or lists
  std::int64_t bytes = 0;       ///< in these messages
};

/// The first state of a rank, S after the last one.
State begin_of_rank(State num_states, int rank, int ranks);

namespace detail {

class ModelPart {
 public:
  /// Throws std::invalid_argument, naming the state, for rows that no FiniteMdp has, or that lead
  /// out of the model; in all ranks where one does.
  ModelPart(const ModelRows& model, Exchange& exchange, Traffic& traffic);

  State begin() const { return begin_; }
  State num_own() const { return num_own_; }
  State first_own() const { return first_own_; }  ///< here
  State num_here() const { return num_own_ + static_cast<State>(halo_.size()); }
  /// Own states that are not terminal.
  State num_planned() const { return num_planned_; }
  /// The halo's numbers here, ascending.
  const std::vector<State>& halo() const { return halo_; }
  /// [ranks] own states whose values each rank wants, and states here that each one sends.
  const Exchange::Lists& wanted() const { return wanted_; }
  const Exchange::Lists& sent_here() const { return sent_here_; }
  /// Own states with their rows, and halo states that only stay; empty where nothing is planned.
  const FiniteMdp& table() const { return table_; }

  // Of the whole model.
  State num_states() const { return num_states_; }
  Action num_actions() const { return num_actions_; }
  bool has_terminal() const { return has_terminal_; }
  std::size_t longest_row() const { return longest_row_; }
  double largest_reward() const { return largest_reward_; }
  double row_sum_error() const { return row_sum_error_; }

 private:
  std::vector<State> find_halo(const ModelRows& model);
  State here(State s, const std::vector<State>& halo) const;
  void make_table(const ModelRows& model, const std::vector<State>& halo);
  void agree(Exchange& exchange, Traffic& traffic);
  Exchange::Lists halo_by_rank(const std::vector<State>& halo, int ranks);
  void tell_owners(const Exchange::Lists& lists, Exchange& exchange, Traffic& traffic);

  State num_states_;
  Action num_actions_;
  State begin_, num_own_;
  State first_own_ = 0, num_planned_ = 0;
  std::vector<State> halo_;
  Exchange::Lists wanted_, sent_here_;
  FiniteMdp table_;
  bool has_terminal_ = false;
  std::size_t longest_row_ = 0;
  double largest_reward_ = 0, row_sum_error_ = 0;
};

/// The own states of a part as a Model: its rows, and the facts of the whole model. `Rows` is
/// FiniteMdp, or its ShortRows for speed. It must not outlive the part.
template <class Rows>
class OwnStates {
 public:
  OwnStates(const ModelPart& part, Rows rows)
      : part_(&part),
        rows_(std::move(rows)),
        num_actions_(part.num_actions()),
        begin_(part.first_own()),
        end_(part.first_own() + part.num_own()) {}
  State num_states() const { return end_; }
  Action num_actions() const { return num_actions_; }
  bool terminal(State s) const { return s < begin_ || s >= end_ || rows_.terminal(s); }
  bool available(State s, Action a) const {
    return row(s, a).reward != -std::numeric_limits<double>::infinity();
  }
  auto row(State s, Action a) const { return rows_.row(s, a); }
  bool has_terminal() const { return part_->has_terminal(); }
  std::size_t longest_row() const { return part_->longest_row(); }
  double largest_reward() const { return part_->largest_reward(); }
  double row_sum_error() const { return part_->row_sum_error(); }

 private:
  const ModelPart* part_;
  Rows rows_;
  Action num_actions_;
  State begin_, end_;
};

}  // namespace detail
}  // namespace rl
