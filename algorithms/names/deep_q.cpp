// Names, formulas and pseudo-code of Q-learning with networks.
#include "algorithms/deep_q.hpp"

#include <string>

#include "algorithms/names/names.hpp"
#include "algorithms/off_policy_deep_q.hpp"

namespace rl {

void add_deep_q(Registry& registry) {
  const std::string formula =
      "w <- w - alpha grad [ r + gamma max_a' q(s', a'; w_T) - q(s, a; w) ]^2";
  registry.add_learner<DeepQ<State>, DeepQ<Point>>(
      "deep_q",
      {"algorithms/deep_q.hpp", "Deep Q-learning: a network, a replay buffer, a target network",
       "MFRL 8.4; S&B 16.5", formula,
       "q(s, a; w) by a network; w at random; w_T <- w\n"
       "for each episode, for each step\n"
       "  choose a in s by epsilon-greedy(q); take a, observe r, s'; keep (s, a, r, s')\n"
       "  draw a batch of (s, a, r, s') from what is kept, the mean over which is meant by\n"
       "    " +
           formula +
           "\n"
           "  every C updates w_T <- w\n"
           "  s <- s'"},
      {.usual_steps = 50'000});
  registry.add_learner<OffPolicyDeepQ>(
      "off_policy_deep_q",
      {"algorithms/off_policy_deep_q.hpp", "Off-policy deep Q-learning, from one stored episode",
       "MFRL 8.4", formula,
       "q(s, a; w) by a network of the pair (s, a); w at random; w_T <- w\n"
       "keep (s, a, r, s') of an episode of the behaviour\n"
       "for each iteration\n"
       "  draw a batch of (s, a, r, s') from what is kept, the mean over which is meant by\n"
       "    " +
           formula +
           "\n"
           "  every C updates w_T <- w"},
      {.usual_steps = 2000});
}

}  // namespace rl
