// Names, formulas and pseudo-code of bandits.
#include "algorithms/bandits.hpp"

#include <string>

#include "algorithms/names/names.hpp"
#include "algorithms/temporal_difference.hpp"

namespace rl {

void add_bandits(Registry& registry) {
  const char* const file = "algorithms/bandits.hpp";
  const Facts bandit{.bandit = true};
  const std::string greedy_arms =
      "q <- q0\n"
      "for each pull\n"
      "  with probability epsilon pull any arm a, else one with the largest q(a)\n"
      "  observe r\n"
      "  q(a) <- q(a) + alpha [ r - q(a) ]";
  registry.add_learner<QLearning>(
      "epsilon_greedy",
      {"algorithms/temporal_difference.hpp", "Epsilon-greedy bandit with sample averages",
       "S&B 2.2, 2.4", "q(a) <- q(a) + (1 / N(a)) [ r - q(a) ]", greedy_arms},
      bandit, {.alpha = Schedule::one_over_visits()});
  registry.add_learner<QLearning>(
      "optimistic_greedy",
      {"algorithms/temporal_difference.hpp", "Greedy bandit with optimistic initial values",
       "S&B 2.6", "q(a) <- q(a) + alpha [ r - q(a) ], q0 above every reward", greedy_arms},
      bandit, {.epsilon = 0, .values = {.q0 = 5}});
  registry.add_learner<UcbBandit>(
      "ucb",
      {file, "UCB: the arm of largest upper confidence bound", "S&B 2.7",
       "a = argmax_a [ q(a) + c sqrt(ln t / N(a)) ]",
       "q <- q0; N <- 0\n"
       "for t = 1, 2, ...\n"
       "  pull the arm a with the largest q(a) + c sqrt(ln t / N(a)), untried ones first\n"
       "  observe r\n"
       "  N(a) <- N(a) + 1\n"
       "  q(a) <- q(a) + alpha [ r - q(a) ]"},
      bandit);
  registry.add_learner<KlUcbBandit>(
      "kl_ucb",
      {file, "KL-UCB: the largest mean that the rewards do not rule out", "after S&B 2.7",
       "a = argmax_a max { m : N(a) KL(q(a), m) <= ln t + c ln ln t }",
       "q <- q0; N <- 0\n"
       "for t = 1, 2, ...\n"
       "  for each arm: m(a) <- the largest m with N(a) KL(q(a), m) <= ln t + c ln ln t\n"
       "  pull the arm a with the largest m(a), untried ones first\n"
       "  observe r\n"
       "  N(a) <- N(a) + 1\n"
       "  q(a) <- q(a) + alpha [ r - q(a) ]"},
      {.bandit = true, .unit_rewards = true});
  registry.add_learner<ThompsonBandit>(
      "thompson_sampling",
      {file, "Thompson sampling: an arm as often as it is likely to be the best", "after S&B 2.7",
       "a = argmax_a x(a), x(a) ~ N(q(a), sd_reward^2 / (N(a) + k)), k = (sd_reward / sd_prior)^2",
       "q <- q0; N <- 0\n"
       "for each pull\n"
       "  draw x(a) from the posterior N(q(a), sd_reward^2 / (N(a) + k)) of each arm\n"
       "  pull the arm a with the largest x(a)\n"
       "  observe r\n"
       "  N(a) <- N(a) + 1\n"
       "  q(a) <- q(a) + (r - q(a)) / (N(a) + k)"},
      bandit);
  registry.add_learner<GradientBandit>(
      "gradient_bandit",
      {file, "Gradient bandit: preferences by stochastic gradient ascent", "S&B 2.8",
       "H(a) <- H(a) + alpha (r - b) (1 - pi(a)); H(others) <- H(others) - alpha (r - b) "
       "pi(others)",
       "H <- 0\n"
       "for each pull\n"
       "  pull arm a with probability pi(a) = exp H(a) / sum_b exp H(b)\n"
       "  observe r; b <- mean of the rewards before it\n"
       "  H(a) <- H(a) + alpha (r - b) (1 - pi(a))\n"
       "  H(others) <- H(others) - alpha (r - b) pi(others)"},
      bandit);
}

}  // namespace rl
