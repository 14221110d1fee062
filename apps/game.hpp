#pragma once
/// \file
/// A world lived in by hand: actions, undo, and what the exact solution would do.
#include <optional>
#include <string>
#include <vector>

#include "rl/plan.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

class Game {
 public:
  Game(const Problem& problem, std::uint64_t seed);

  /// What is known of the episode that runs, or of the one that has just ended.
  struct Episode {
    State s = 0;
    std::int64_t steps = 0;
    double reward = 0;             ///< of the last step
    double reward_sum = 0;         ///< undiscounted
    double discounted_return = 0;  ///< sum gamma^t r
    std::optional<Action> last_action = std::nullopt;
    bool terminated = false;
    bool truncated = false;
  };
  const Episode& episode() const { return now_.episode; }
  /// Its states from the start on.
  const std::vector<State>& way() const { return way_; }
  bool over() const { return episode().terminated || episode().truncated; }
  bool available(Action a) const;

  /// False, and nothing happens, where the episode is over or a is not available.
  bool act(Action a);
  /// Takes back the last action with its luck; false where there is none.
  bool undo();
  /// A new episode.
  void reset();

  /// q*(s, .) of the state it is in, by the model in force; planned when first asked for. Under the
  /// average criterion the differential values. Throws where the problem has no finite optimum, and
  /// Interrupted where `stop` says so.
  std::vector<double> optimal_action_values(const StopRequest& stop = {});

 private:
  struct Moment {
    AnyEnvironment environment;
    Rng rng;
    Episode episode;
  };
  const FiniteMdp& model() const { return *now_.environment.model(); }

  const Problem& problem_;
  Moment now_;
  std::vector<Moment> past_;
  std::vector<State> way_;
  std::optional<Plan> plan_;
};

/// The action that a word names: its number counted from 1, or its name. Empty where it is none.
std::optional<Action> parse_action(const Problem& problem, const std::string& word);

/// The action that leads this way; empty where none does.
std::optional<Action> action_towards(const Picture& picture, int d_row, int d_col);

}  // namespace rl::apps
