#pragma once
/// \file
/// FiniteMdp: a finite Markov decision process as a table, p(s', r | s, a) (MFRL 1.7, S&B 3.1).
///
/// The same model is swept by planners and sampled by the simulator, so that whatever is learned
/// can be judged against the exact answer. Each distinct row is stored once, relative to its state
/// (s' - s, probability, reward), and a pair (s, a) holds a row's number: grids repeat a few dozen
/// rows a million times. gamma is not part of the model: the books solve one world for several.
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "rl/random.hpp"
#include "rl/types.hpp"

namespace rl {

/// One entry of a row: with `probability` the next state is `next` and the reward `reward`, plus
/// Gaussian noise of standard deviation `reward_sd` when sampled (planning uses the mean).
struct Outcome {
  double probability;
  double reward;
  State next;
  double reward_sd = 0;
};

/// What a model says beside its rows.
struct MdpFacts {
  std::vector<State> terminal = {};  ///< absorb with value 0 and need no rows
  std::vector<double> start = {};    ///< [S] weights; empty: uniform over the non-terminal states
  bool rewards_are_means = false;    ///< each reward is E[r | s, a, s'], not a reward that occurs
  /// Bytes for the model and a solve of it; construction stops where they do not suffice.
  std::uint64_t memory_limit = std::numeric_limits<std::uint64_t>::max();
};

/// Immutable; copies share the tables, and any number of threads may read one.
class FiniteMdp {
 public:
  /// A row as the planner reads it: expected reward and successor probabilities.
  class Row;
  /// All rows, where none is longer than kInline: what a sweep reads.
  class ShortRows;
  static constexpr std::size_t kInline = 3;

  /// Calls `fill(s, a, row)` once for each pair of a non-terminal state, in order; `row` is an
  /// empty std::vector<Outcome>. A row left empty means: a is not available in s. Throws
  /// std::invalid_argument, naming s and a, for a row that does not sum to 1 within 1e-9, a
  /// probability outside [0, 1], a reward beyond 1e150, a next state out of range, or a
  /// non-terminal state without an available action.
  template <class FillRow>
  FiniteMdp(State num_states, Action num_actions, FillRow&& fill, const MdpFacts& facts = {});
  /// No states: the model of a problem whose world is continuous.
  FiniteMdp();

  State num_states() const { return num_states_; }
  Action num_actions() const { return num_actions_; }
  bool terminal(State s) const { return tables_->terminal[index(s)] != 0; }
  bool has_terminal() const { return tables_->num_terminal > 0; }
  bool available(State s, Action a) const { return row_id(s, a) != kUnavailable; }
  /// Whether every action is available in every non-terminal state.
  bool all_available() const { return tables_->all_available; }
  bool rewards_are_means() const { return tables_->rewards_are_means; }

  /// The planner's view of (s, a).
  Row row(State s, Action a) const;

  /// The outcomes of (s, a) as they were given, a single one with probability 1; empty for
  /// unavailable actions and terminal states.
  std::vector<Outcome> outcomes(State s, Action a) const;

  /// One step from (s, a), which must be available. A model in which chance plays a part draws once
  /// a step, whatever the row, and again where a reward is noisy; other models draw nothing.
  Step<State> sample(State s, Action a, Rng& rng) const {
    const Tables& t = *tables_;
    assert(available(s, a));
    if (t.sampling == Sampling::tabulated) return t.steps[pair(s, a)];
    const RowId id = row_id(s, a);
    if (t.sampling == Sampling::certain)
      return arrive(t, s + t.heads[id].offset[0], t.heads[id].expected_reward);
    if (t.sampling == Sampling::general) return sample_general(t, s, id, rng);
    const SampledRow& row = t.sampled_rows[id];
    const std::uint64_t u = rng.bits() >> 11;
    const std::size_t k = (row.threshold[0] <= u ? 1U : 0U) + (row.threshold[1] <= u ? 1U : 0U);
    return arrive(t, s + row.offset[k], t.reward[row.begin + k]);
  }

  /// A start state. Draws nothing where the weights leave a single one.
  State sample_start(Rng& rng) const;
  /// Calls f(s, probability) for each possible start state.
  template <class F>
  void for_each_start(F&& f) const;
  /// [S] weights as they were given; empty: uniform over the non-terminal states.
  std::vector<double> start_weights() const;
  /// The same model with another start: [S] weights, nonnegative, not all zero.
  [[nodiscard]] FiniteMdp with_start(const std::vector<double>& weights) const;
  /// The same model started in one state.
  [[nodiscard]] FiniteMdp with_start(State s) const;

  /// Largest |reward| of an outcome.
  double largest_reward() const { return tables_->largest_reward; }
  /// Largest |sum of a row - 1|, with the rounding of the sum: how far from a contraction by gamma
  /// a discounted backup may be.
  double row_sum_error() const { return tables_->row_sum_error; }
  /// Largest number of outcomes in a row.
  std::size_t longest_row() const { return tables_->longest_row; }
  std::size_t num_distinct_rows() const { return tables_->heads.size() - 1; }
  /// Memory held by the tables.
  std::size_t bytes() const;
  /// Bytes that a model of distinct rows needs at least, and a solve of it with two value vectors.
  static std::uint64_t bytes_to_solve(std::uint64_t num_states, std::uint64_t num_actions) {
    return num_states * (num_actions * sizeof(std::uint32_t) + 1 + 2 * sizeof(double));
  }

 private:
  using RowId = std::uint32_t;
  static constexpr RowId kUnavailable = 0;  // row 0: no outcomes, expected reward -infinity

  /// A distinct row. Its first outcomes stand here, in one cache line with the rest, which makes a
  /// sweep 1.3 times as fast as when all of them stand in arrays; unused ones have probability 0.
  struct alignas(64) Head {
    double expected_reward = 0;
    std::array<double, kInline> probability{};
    std::array<std::int32_t, kInline> offset{};  // s' - s
    std::uint32_t begin = 0;                     // of all its outcomes in the arrays
    std::uint32_t size = 0;
    /// Their part of sum p v, v from this state on.
    double first_outcomes(const double* at) const {
      return probability[0] * at[offset[0]] + probability[1] * at[offset[1]] +
             probability[2] * at[offset[2]];
    }
  };
  /// How a model is sampled: one outcome a row, in a small model or another; at most kInline of
  /// them without noise; the rest.
  enum class Sampling : std::uint8_t { tabulated, certain, thresholds, general };
  /// Up to so many pairs (256 KiB) the steps of a model without chance stand in a table of their
  /// own: the next step waits for one look-up instead of three, pair, row, terminal. Q-learning on
  /// the cliff makes 1.12 times as many steps a second.
  static constexpr std::size_t kMostTabulated = 16'384;
  /// A distinct row as `sample` reads it: outcome k where threshold[k - 1] <= u < threshold[k], u
  /// uniform in 0 .. 2^53 - 1. Integers and no branch, for the next step waits for the outcome and
  /// it is no pattern to guess: 1.5 times as fast as comparing doubles.
  struct SampledRow {
    std::array<std::uint64_t, kInline - 1> threshold;
    std::array<std::int32_t, kInline> offset;
    std::uint32_t begin;  // of its rewards
  };
  struct Tables {
    std::vector<RowId> row_of;  // [S x A]
    std::vector<Head> heads;
    std::vector<double> probability, cumulative, reward,
        reward_sd;  // reward_sd: empty if not noisy
    std::vector<std::int32_t> offset;
    std::vector<std::uint8_t> terminal;  // [S]
    std::size_t num_terminal = 0, longest_row = 0;
    double largest_reward = 0, row_sum_error = 0;
    bool all_available = true, rewards_are_means = false, noisy = false;
    Sampling sampling = Sampling::certain;
    std::vector<SampledRow> sampled_rows;  // [rows] where sampling says so
    std::vector<Step<State>> steps;        // [S x A] where sampling says so
  };
  struct Start {
    std::vector<State> states;       // empty: uniform over the non-terminal states
    std::vector<double> cumulative;  // as long as `states`
    std::vector<double> weight;      // as given
    // [n], n a power of 2, at least as many as states: the state that j / n draws. From there it is
    // one step on average to the state that u in j / n .. (j + 1) / n draws, where a bisection
    // misses branch and cache at every turn.
    std::vector<std::uint32_t> first;
  };
  class Builder;

  std::size_t pair(State s, Action a) const {
    return index(s) * static_cast<std::size_t>(num_actions_) + static_cast<std::size_t>(a);
  }
  RowId row_id(State s, Action a) const {
    assert(s >= 0 && s < num_states_ && a >= 0 && a < num_actions_);
    return tables_->row_of[pair(s, a)];
  }
  static Step<State> arrive(const Tables& t, State next, double reward) {
    return {reward, next, t.terminal[index(next)] != 0};
  }
  static Step<State> sample_general(const Tables& t, State s, RowId id, Rng& rng) noexcept;

  State num_states_ = 0;
  Action num_actions_ = 0;
  std::shared_ptr<const Tables> tables_;
  std::shared_ptr<const Start> start_;
};

class FiniteMdp::Row {
 public:
  double reward;  ///< E[r | s, a]; -infinity where a is not available, so that no maximum picks it
  std::size_t size() const { return head_->size; }
  double probability(std::size_t k) const { return tables_->probability[head_->begin + k]; }
  State next(std::size_t k) const { return state_ + tables_->offset[head_->begin + k]; }

  /// sum_s' p(s' | s, a) v(s'), v: [S]
  double expectation(const double* v) const {
    const double* const at = v + state_;
    const Head& h = *head_;
    double sum = h.first_outcomes(at);
    for (std::size_t k = h.begin + kInline; k < h.begin + h.size; ++k)
      sum += tables_->probability[k] * at[tables_->offset[k]];
    return sum;
  }

 private:
  friend class FiniteMdp;
  Row(const Tables& tables, const Head& head, State s)
      : reward(head.expected_reward), tables_(&tables), head_(&head), state_(s) {}
  const Tables* tables_;
  const Head* head_;
  State state_;
};

inline FiniteMdp::Row FiniteMdp::row(State s, Action a) const {
  return {*tables_, tables_->heads[row_id(s, a)], s};
}

/// The rows of a model in which none has more than kInline outcomes, for sweeps: without a look at
/// a row's length, and pointers by value, which the loop keeps in registers. It must not outlive
/// the model.
class FiniteMdp::ShortRows {
 public:
  struct Row {
    double reward;
    const Head& head;
    State state;
    double expectation(const double* v) const { return head.first_outcomes(v + state); }
  };
  explicit ShortRows(const FiniteMdp& model)
      : num_states_(model.num_states_),
        num_actions_(model.num_actions_),
        has_terminal_(model.has_terminal()),
        row_of_(model.tables_->row_of.data()),
        heads_(model.tables_->heads.data()),
        terminal_(model.tables_->terminal.data()) {
    assert(model.longest_row() <= kInline);
  }
  State num_states() const { return num_states_; }
  Action num_actions() const { return num_actions_; }
  bool has_terminal() const { return has_terminal_; }
  bool terminal(State s) const { return terminal_[s] != 0; }
  Row row(State s, Action a) const {
    const std::size_t pair =
        index(s) * static_cast<std::size_t>(num_actions_) + static_cast<std::size_t>(a);
    const Head& head = heads_[row_of_[pair]];
    return {head.expected_reward, head, s};
  }

 private:
  State num_states_ = 0;
  Action num_actions_ = 0;
  bool has_terminal_;
  const RowId* row_of_;
  const Head* heads_;
  const std::uint8_t* terminal_;
};

/// What a planner needs of a model, so that one that computes its rows can stand in for a table.
template <class M>
concept Model = requires(const M m, State s, Action a, std::size_t k, const double* v) {
  { m.num_states() } -> std::convertible_to<State>;
  { m.num_actions() } -> std::convertible_to<Action>;
  { m.terminal(s) } -> std::convertible_to<bool>;
  { m.has_terminal() } -> std::convertible_to<bool>;
  { m.available(s, a) } -> std::convertible_to<bool>;
  { m.longest_row() } -> std::convertible_to<std::size_t>;
  { m.largest_reward() } -> std::convertible_to<double>;
  { m.row_sum_error() } -> std::convertible_to<double>;
  { m.row(s, a).reward } -> std::convertible_to<double>;
  { m.row(s, a).expectation(v) } -> std::convertible_to<double>;
};
static_assert(Model<FiniteMdp>);

// ---- construction ---------------------------------------------------------------------------

/// Collects rows, each distinct one once.
class FiniteMdp::Builder {
 public:
  Builder(State num_states, Action num_actions, const MdpFacts& facts);
  void add(State s, Action a, const std::vector<Outcome>& row);
  void share(State s, State twin);
  std::shared_ptr<const Tables> finish();
  bool terminal(State s) const { return tables_->terminal[index(s)] != 0; }

 private:
  void check(State s, Action a, const std::vector<Outcome>& row) const;
  bool same(RowId id, State s, const std::vector<Outcome>& row) const;
  RowId store(State s, const std::vector<Outcome>& row);
  void require_memory(std::uint64_t num_outcomes) const;
  void grow();
  void prepare_sampling();

  State num_states_ = 0;
  Action num_actions_ = 0;
  std::shared_ptr<Tables> tables_;
  std::vector<RowId> slots_;           // open addressing; 0: free
  std::vector<std::uint64_t> hashes_;  // [rows]
  std::size_t rows_seen_ = 0;
  std::uint64_t memory_limit_;
  bool share_ = true;  // false once the first rows showed no repetition
};

template <class FillRow>
FiniteMdp::FiniteMdp(State num_states, Action num_actions, FillRow&& fill, const MdpFacts& facts)
    : num_states_(num_states), num_actions_(num_actions) {
  Builder builder(num_states, num_actions, facts);
  std::vector<Outcome> row;
  for (State s = 0; s < num_states; ++s) {
    if (builder.terminal(s)) continue;
    if constexpr (requires { fill.like(s); })
      if (const State twin = fill.like(s); twin != s) {
        builder.share(s, twin);
        continue;
      }
    for (Action a = 0; a < num_actions; ++a) {
      row.clear();
      fill(s, a, row);
      builder.add(s, a, row);
    }
  }
  tables_ = builder.finish();
  start_ = std::make_shared<Start>();
  if (!facts.start.empty()) *this = with_start(facts.start);
}

template <class F>
void FiniteMdp::for_each_start(F&& f) const {
  const Start& start = *start_;
  if (start.states.empty()) {
    const double p = 1.0 / static_cast<double>(index(num_states_) - tables_->num_terminal);
    for (State s = 0; s < num_states_; ++s)
      if (!terminal(s)) f(s, p);
    return;
  }
  double before = 0;
  for (std::size_t i = 0; i < start.states.size(); ++i) {
    f(start.states[i], start.cumulative[i] - before);
    before = start.cumulative[i];
  }
}

}  // namespace rl
