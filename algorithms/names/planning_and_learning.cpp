// Names, formulas and pseudo-code of planning and learning.
#include "algorithms/planning_and_learning.hpp"

#include <string>

#include "algorithms/decision_time.hpp"
#include "algorithms/names/names.hpp"
#include "algorithms/real_time.hpp"

namespace rl {

void add_planning_and_learning(Registry& registry) {
  const char* const file = "algorithms/planning_and_learning.hpp";
  const char* const update = "q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]";
  const auto dyna = [&](const std::string& reward) {
    return "q <- q0\n"
           "for each episode, for each step\n"
           "  choose a in s by epsilon-greedy(q); take a, observe r, s'\n"
           "  " +
           std::string(update) +
           "\n"
           "  model(s, a) <- r, s'\n"
           "  repeat n times, for a pair (s, a) tried before, with r, s' of the model" +
           reward + "\n    " + update + "\n  s <- s'";
  };
  registry.add_learner<DynaQ>(
      "dyna_q", {file, "Dyna-Q: Q-learning that also learns from what it remembers", "S&B 8.2",
                 update, dyna("")});
  registry.add_learner<DynaQPlus>(
      "dyna_q_plus", {file, "Dyna-Q+: drawn to what it has not tried for long", "S&B 8.3", update,
                      dyna(" and kappa sqrt(tau) more")});
  registry.add_learner<LearnedPrioritizedSweeping>(
      "prioritized_sweeping",
      {file, "Prioritized sweeping with a learned model: the most urgent pair first", "S&B 8.4",
       update,
       "q <- q0\n"
       "for each episode, for each step\n"
       "  choose a in s by epsilon-greedy(q); take a, observe r, s'\n"
       "  model(s, a) <- r, s'\n"
       "  queue (s, a) by |r + gamma max_a' q(s', a') - q(s, a)| if that is above theta\n"
       "  repeat n times, while the queue is not empty, for its first pair (s, a)\n"
       "    " +
           std::string(update) +
           "\n"
           "    queue each pair that leads to s\n"
           "  s <- s'"});
  const char* const real_time = "algorithms/real_time.hpp";
  const Facts known{.known_model = true};
  registry.add_learner<TrajectorySampling>(
      "trajectory_sampling",
      {real_time, "Trajectory sampling: expected updates of the pairs that are met", "S&B 8.5, 8.6",
       "q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) max_a' q(s', a')",
       "q <- q0\n"
       "for each episode, for each step\n"
       "  choose a in s by epsilon-greedy(q); take a\n"
       "  q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) max_a' q(s', a')\n"
       "  s <- s'"},
      known);
  registry.add_learner<RealTimeDynamicProgramming>(
      "real_time_dp",
      {real_time, "Real-time dynamic programming: the states that are met, and no others",
       "S&B 8.7", "v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]",
       "v <- v0\n"
       "for each episode, for each step\n"
       "  v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "  take the a that reaches it, observe s'\n"
       "  s <- s'"},
      known);
  const char* const decision = "algorithms/decision_time.hpp";
  registry.add_learner<Rollout>(
      "rollout",
      {decision, "Rollout: the random policy improved once, at each decision", "S&B 8.10",
       "q(s, a) <- mean return of simulations that begin with a and go on at random",
       "for each step\n"
       "  for each action a\n"
       "    q(s, a) <- mean return of simulations that begin with a and go on at random\n"
       "  take a = arg max_a q(s, a)"},
      known);
  registry.add_learner<MonteCarloTreeSearch>(
      "mcts",
      {decision, "Monte Carlo tree search (UCT)", "S&B 8.11",
       "q(s, a) <- mean return of the simulations through (s, a)",
       "for each step\n"
       "  tree <- the state s\n"
       "  repeat: one simulation from s\n"
       "    in the tree choose a with the largest q + c sqrt(ln N(s) / N(s, a))\n"
       "    add the first state outside; go on at random\n"
       "    q(s, a) <- mean return of the simulations through (s, a), N counts them\n"
       "  take the a that was chosen most often in s"},
      known);
}

}  // namespace rl
