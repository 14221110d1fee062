#pragma once
/// \file
/// MC Basic (MFRL 5.2): policy iteration whose evaluations are sampled. The model is not planned
/// with, only lived in: every pair starts episodes of its own.
///
///     q(s, a) <- mean of the returns of episodes that start with (s, a) and follow pi
///     pi(s) <- arg max_a q(s, a)
///
/// Too slow to be used, and the plainest Monte Carlo method there is. In a world without chance,
/// episodes of L steps lead to what L steps can gain.
#include <cstdint>
#include <vector>

#include "rl/options.hpp"
#include "rl/plan.hpp"

namespace rl {

struct MonteCarloBasicOptions {
  std::int64_t episodes = 10;
  std::int64_t episode_length = 100;
  std::int64_t max_iterations = 100;
  std::int64_t seed = 1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("episodes", episodes, "episodes from each pair in an iteration; 1 is enough without chance",
      Range{1, 1e9});
    v("episode_length", episode_length, "steps after which an episode is cut", Range{1, 1e9});
    v("max_iterations", max_iterations, "stop unconverged after so many improvements",
      Range{1, 1e9});
    v("seed", seed, "of the episodes", Range{0, 1e18});
  }
};

class MonteCarloBasic {
 public:
  MonteCarloBasic(FiniteMdp model, double gamma, const MonteCarloBasicOptions& options);

  /// One iteration: every pair evaluated, every state improved.
  bool advance();

  Plan plan() const;
  PlanProgress progress() const { return progress_; }
  /// max_a q(s, a), [S].
  const StateValues& values() const { return v_; }
  /// The policy after the last improvement, [S].
  const std::vector<Action>& policy() const { return policy_; }

 private:
  /// The return of one episode.
  double live(State s, Action a);

  FiniteMdp model_;
  double gamma_;
  MonteCarloBasicOptions options_;
  Rng rng_;
  StateValues v_;
  std::vector<Action> policy_;
  PlanProgress progress_;
  bool converged_ = false;
};

}  // namespace rl
