// Names, formulas and pseudo-code of monte carlo.
#include "algorithms/monte_carlo.hpp"

#include <string>

#include "algorithms/monte_carlo_basic.hpp"
#include "algorithms/names/names.hpp"

namespace rl {

void add_monte_carlo(Registry& registry) {
  const char* const file = "algorithms/monte_carlo.hpp";
  const Facts episodes{.needs_end = true};
  registry.add_planner<MonteCarloBasicOptions>(
      "mc_basic",
      {"algorithms/monte_carlo_basic.hpp",
       "MC Basic: policy iteration that samples the values of its policies", "MFRL 5.2",
       "q(s, a) <- mean of the returns of episodes from (s, a);   pi(s) <- arg max_a q(s, a)",
       "pi <- first policy\n"
       "repeat\n"
       "  for each state s, each action a\n"
       "    live episodes that start with (s, a) and follow pi\n"
       "    q(s, a) <- mean of their returns\n"
       "  pi(s) <- arg max_a q(s, a) for each s\n"
       "until pi does not change"},
      [](const Problem& p, const MonteCarloBasicOptions& o) {
        return MonteCarloBasic(p.model, p.gamma, o);
      },
      {.any_horizon = true});
  registry.add_learner<MonteCarloPrediction>(
      "mc_prediction",
      {file, "Monte Carlo prediction: the values of a policy as means of returns", "S&B 5.1",
       "v(s) <- v(s) + alpha [ r + gamma G' - v(s) ]",
       "v <- v0\n"
       "for each episode of pi\n"
       "  G <- r + gamma G' for each step, from the last to the first\n"
       "  for each step whose s is met for the first time (or: each step)\n"
       "    v(s) <- v(s) + alpha [ r + gamma G' - v(s) ]"},
      episodes);
  const std::string off_policy =
      "v <- v0\n"
      "for each episode of b\n"
      "  G and its weight for each step, from the last to the first\n"
      "  for each step whose s is met for the first time (or: each step)\n    ";
  registry.add_learner<OrdinaryImportanceSampling>(
      "mc_ordinary_importance_sampling",
      {file, "Off-policy Monte Carlo prediction, returns weighted by W = pi / b of their actions",
       "S&B 5.5", "v(s) <- v(s) + alpha [ W G - v(s) ]",
       off_policy + "v(s) <- v(s) + alpha [ W G - v(s) ]"},
      episodes);
  registry.add_learner<WeightedImportanceSampling>(
      "mc_weighted_importance_sampling",
      {file, "Off-policy Monte Carlo prediction by weighted means: biased, of finite variance",
       "S&B 5.5, 5.6", "v(s) <- v(s) + (W / C) [ G - v(s) ]",
       off_policy + "C(s) <- C(s) + W\n    v(s) <- v(s) + (W / C) [ G - v(s) ]"},
      episodes);
  registry.add_learner<PerDecisionImportanceSampling>(
      "mc_per_decision_importance_sampling",
      {file, "Off-policy Monte Carlo prediction, each reward weighted by the actions before it",
       "S&B 5.9", "v(s) <- v(s) + alpha [ G - v(s) ], G = rho (r + gamma G')",
       off_policy + "v(s) <- v(s) + alpha [ G - v(s) ]"},
      episodes);
  registry.add_learner<OfflineLambdaReturn>(
      "offline_lambda_return",
      {file, "The offline lambda-return algorithm", "S&B 12.1",
       "v(s) <- v(s) + alpha [ G - v(s) ], G = r + gamma [ (1 - lambda) v(s') + lambda G' ]",
       "v <- v0\n"
       "for each episode of pi\n"
       "  G for each step, from the last to the first, by v as it is\n"
       "  for each step\n"
       "    v(s) <- v(s) + alpha [ G - v(s) ]"},
      episodes, {.alpha = 0.1});
  const std::string control =
      "  G <- r + gamma G' for each step, from the last to the first\n"
      "  for each step whose (s, a) is met for the first time (or: each step)\n"
      "    q(s, a) <- q(s, a) + alpha [ r + gamma G' - q(s, a) ]";
  registry.add_learner<MonteCarloExploringStarts>(
      "mc_exploring_starts",
      {file, "MC Exploring Starts: greedy but for the first action of an episode",
       "MFRL 5.3; S&B 5.3", "q(s, a) <- q(s, a) + alpha [ r + gamma G' - q(s, a) ]",
       "q <- q0; pi <- uniform\n"
       "for each episode\n"
       "  its first action at random, then by pi\n" +
           control + "\n  pi(s) <- arg max_a q(s, a) for each s of the episode"},
      {.needs_end = true, .always_ends = true});
  registry.add_learner<MonteCarloEpsilonGreedy>(
      "mc_epsilon_greedy",
      {file, "MC epsilon-greedy: on-policy Monte Carlo control", "MFRL 5.4; S&B 5.4",
       "q(s, a) <- q(s, a) + alpha [ r + gamma G' - q(s, a) ]",
       "q <- q0\n"
       "for each episode by epsilon-greedy(q)\n" +
           control},
      episodes);
  registry.add_learner<OffPolicyMonteCarloControl>(
      "mc_off_policy_control",
      {file, "Off-policy Monte Carlo control by weighted importance sampling", "S&B 5.7",
       "q(s, a) <- q(s, a) + (W / C) [ r + gamma G' - q(s, a) ]",
       "q <- q0; C <- 0\n"
       "for each episode by b = epsilon-greedy(q)\n"
       "  G <- 0; W <- 1\n"
       "  for each step, from the last to the first\n"
       "    G <- r + gamma G'; C(s, a) <- C(s, a) + W\n"
       "    q(s, a) <- q(s, a) + (W / C) [ r + gamma G' - q(s, a) ]\n"
       "    if a is not greedy in s: next episode\n"
       "    W <- W / b(a | s)"},
      episodes);
}

}  // namespace rl
