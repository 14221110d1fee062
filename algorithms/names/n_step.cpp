// Names, formulas and pseudo-code of n-step methods.
#include "algorithms/n_step.hpp"

#include <string>

#include "algorithms/names/names.hpp"

namespace rl {

void add_n_step(Registry& registry) {
  const char* const file = "algorithms/n_step.hpp";
  const auto prediction = [](const char* update) {
    return "v <- v0\n"
           "for each episode, for each step\n"
           "  choose a in s by the policy that acts; take it, observe r, s'\n"
           "  if n rewards follow an earlier state, or the episode is over: for that state s\n"
           "    " +
           std::string(update);
  };
  registry.add_learner<NStepTd>(
      "n_step_td",
      {file, "n-step TD: n rewards, then the value of the state after them", "S&B 7.1",
       "v(s) <- v(s) + alpha [ G - v(s) ]", prediction("v(s) <- v(s) + alpha [ G - v(s) ]")});
  registry.add_learner<OffPolicyNStepTd>(
      "n_step_off_policy_td",
      {file, "n-step TD from the episodes of another policy", "S&B 7.3",
       "v(s) <- v(s) + alpha rho [ G - v(s) ]",
       prediction("v(s) <- v(s) + alpha rho [ G - v(s) ], rho = prod pi / b")});
  registry.add_learner<TruncatedTdLambda>(
      "truncated_td_lambda",
      {file, "Truncated TD(lambda): the lambda-return of n rewards", "S&B 12.3",
       "v(s) <- v(s) + alpha [ G - v(s) ], G = r + gamma [ (1 - lambda) v(s') + lambda G' ]",
       prediction("v(s) <- v(s) + alpha [ G - v(s) ]")});
  const auto control = [](const char* update) {
    return "q <- q0\n"
           "for each episode\n"
           "  choose a in s by epsilon-greedy(q)\n"
           "  for each step\n"
           "    take a, observe r, s'; choose a' in s' by epsilon-greedy(q)\n"
           "    if n rewards follow an earlier pair, or the episode is over: for that pair (s, a)\n"
           "      " +
           std::string(update);
  };
  registry.add_learner<NStepSarsa>(
      "n_step_sarsa",
      {file, "n-step Sarsa", "MFRL 7.3; S&B 7.2", "q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]",
       control("q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]")});
  registry.add_learner<NStepExpectedSarsa>(
      "n_step_expected_sarsa",
      {file, "n-step Expected Sarsa: averages over the action after n rewards", "S&B 7.2",
       "q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]",
       control("q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]")});
  registry.add_learner<NStepOffPolicySarsa>(
      "n_step_off_policy_sarsa",
      {file, "n-step Sarsa of another policy, by importance sampling", "S&B 7.3",
       "q(s, a) <- q(s, a) + alpha rho [ G - q(s, a) ]",
       control("q(s, a) <- q(s, a) + alpha rho [ G - q(s, a) ], rho = prod pi / b")});
  registry.add_learner<NStepTreeBackup>(
      "n_step_tree_backup",
      {file, "n-step tree backup: off-policy without importance sampling", "S&B 7.5",
       "q(s, a) <- q(s, a) + alpha [ G - q(s, a) ], G = r + gamma [ v_pi(s') + pi(a') (G' - q(s', "
       "a')) ]",
       control("q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]")});
  registry.add_learner<NStepQSigma>(
      "n_step_q_sigma",
      {file, "n-step Q(sigma): between sampling the next action and expecting over it", "S&B 7.6",
       "q(s, a) <- q(s, a) + alpha [ G - q(s, a) ], G = r + gamma [ v_pi(s') + (sigma rho + (1 - "
       "sigma) pi(a')) (G' - q(s', a')) ]",
       control("q(s, a) <- q(s, a) + alpha [ G - q(s, a) ]")});
}

}  // namespace rl
