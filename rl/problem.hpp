#pragma once
/// \file
/// Problem: a world as a book poses it, with its discount rate, start and picture.
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "rl/afterstates.hpp"
#include "rl/continuous.hpp"
#include "rl/environment.hpp"
#include "rl/grid_model.hpp"
#include "rl/mdp.hpp"
#include "rl/reward_features.hpp"

namespace rl {

inline constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// How an action is drawn and called.
struct ActionLook {
  std::string name;   ///< "up"
  std::string glyph;  ///< one column wide in the terminal: an arrow, a digit, "o" for staying
  char ascii = '?';   ///< the same where only ASCII can be shown, and in policies written as text
  int d_row = 0;      ///< where the arrow points, if it is one: rows grow downwards
  int d_col = 0;
};

/// A rectangle of cells that shows one state each.
struct Panel {
  std::string title;
  int rows = 0;
  int cols = 0;
  std::vector<State> state;  ///< [rows x cols]; -1: no state is shown here
  std::string mark;          ///< [rows x cols]: ' ' plain, '#' wall, 'F' forbidden, 'T' target, 'S'
                             ///< start, 'X' pit or cliff
  std::vector<std::string> row_labels = {};  ///< empty, or one a row
  std::vector<std::string> col_labels = {};  ///< empty, or one a column
};

/// How a world is drawn; no panels where it has no picture.
struct Picture {
  std::vector<Panel> panels;
  std::vector<ActionLook> actions;       ///< empty, or one an action
  std::vector<std::string> state_names;  ///< empty: s1, s2, ... (one_based) or 0, 1, ...
  bool one_based = false;                ///< the book counts states from 1

  std::string state_name(State s) const;
  std::string action_name(Action a) const;
};

/// What a book gives linear methods in a world: features of its states (option features=world).
struct WorldFeatures {
  std::size_t count = 0;
  std::vector<double> values;   ///< [S x count]
  std::vector<double> w0 = {};  ///< [count], the weights to begin with; empty: as the learner says
};

/// Discounted problems maximise E[sum gamma^t r]; average ones the reward a step (S&B 10.3).
enum class Criterion : int { discounted, average };

/// A world as a book poses it. gamma belongs here: planner, learner and truth of a problem mean the
/// same by it.
struct Problem {
  std::string name;
  FiniteMdp model = {};  ///< the world; the first of its models where it changes
  /// The same with rows that are computed, of grids; large ones may have this alone.
  std::optional<GridModel> grid = std::nullopt;
  std::optional<SwitchingEnvironment> changing = std::nullopt;  ///< a world that changes
  std::optional<ContinuousWorld> continuous = std::nullopt;     ///< in place of the model
  Criterion criterion = Criterion::discounted;
  double gamma = 0.99;                    ///< in [0, 1]
  std::int64_t episode_steps = kNoLimit;  ///< an episode is truncated after so many steps
  Picture picture = {};
  std::optional<Afterstates> afterstates = std::nullopt;  ///< where actions have some for certain
  std::optional<WorldFeatures> features = std::nullopt;   ///< where a book gives some
  /// Sets of features, by name, that reward models of this world may be made of.
  std::vector<RewardFeatures> reward_features = {};
  /// What a user must know beside the numbers: choices where books are silent.
  std::string note = {};

  bool finite() const { return !continuous; }
  bool has_table() const { return model.num_states() > 0; }
  /// f(model), or f(grid) where there is no table.
  template <class F>
  decltype(auto) with_model(F&& f) const {
    return has_table() || !grid ? f(model) : f(*grid);
  }
  State num_states() const {
    return with_model([](const auto& m) { return m.num_states(); });
  }
  Action num_actions() const {
    return finite() ? with_model([](const auto& m) { return m.num_actions(); })
                    : continuous->num_actions();
  }
  std::string state_text(const AnyObservation& s) const;
  std::string action_text(const AnyAction& a) const;
  /// The discount rate of a backup: 1 under the average criterion.
  double effective_gamma() const { return criterion == Criterion::average ? 1 : gamma; }
  /// A state from which no episode ends: no policy reaches a terminal state and no limit cuts it;
  /// "state s1", or "every state" of a continuous world.
  std::optional<std::string> state_without_end() const;
};

/// J of uniformly random actions in a continuous world: the mean return of n episodes, each cut
/// after `steps` steps. NaN where actions have no bounds.
double random_return(const Problem& problem, std::int64_t n, std::int64_t steps, const Rng& root);

/// Names a reward outside [0, 1], or one with noise; empty where there is none.
std::optional<std::string> why_not_unit_rewards(const Problem& problem);

}  // namespace rl
