#include "algorithms/all.hpp"

#include "algorithms/bandits.hpp"
#include "algorithms/batch.hpp"
#include "algorithms/decision_time.hpp"
#include "algorithms/double_learning.hpp"
#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/backward_induction.hpp"
#include "algorithms/dynamic_programming/policy_evaluation.hpp"
#include "algorithms/dynamic_programming/policy_iteration.hpp"
#include "algorithms/dynamic_programming/prioritized_sweeping.hpp"
#include "algorithms/dynamic_programming/relative_value_iteration.hpp"
#include "algorithms/monte_carlo.hpp"
#include "algorithms/monte_carlo_basic.hpp"
#include "algorithms/n_step.hpp"
#include "algorithms/planning_and_learning.hpp"
#include "algorithms/real_time.hpp"
#include "algorithms/stochastic_approximation.hpp"
#include "algorithms/td_prediction.hpp"
#include "algorithms/temporal_difference.hpp"

namespace rl {

namespace {

struct EpsilonSoftOptions : SweepOptions {
  double epsilon = 0.1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("epsilon", epsilon, "share of the time that every policy must explore", Range{0, 1});
    SweepOptions::visit(v);
  }
};

void add_planners(Registry& registry) {
  const char* const file = "algorithms/dynamic_programming";
  registry.add_planner<SweepOptions>(
      "value_iteration",
      {file, "Value iteration: the optimal values as the limit of greedy backups",
       "MFRL 4.1; S&B 4.4", "v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') for each a\n"
       "    v'(s) <- max_a q(s, a)\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      [](const Problem& p, const SweepOptions& o) {
        return BackupIteration<FiniteMdp, Greedy>(p.model, p.gamma, Greedy{}, o);
      });
  registry.add_planner<PolicyIterationOptions>(
      "policy_iteration",
      {file, "Policy iteration: evaluate exactly, improve, until the policy stands",
       "MFRL 4.2; S&B 4.3", "v <- (I - gamma P_pi)^-1 r_pi;   pi(s) <- arg max_a q(s, a)",
       "pi <- first policy\n"
       "repeat\n"
       "  v <- v_pi, by solving v = r_pi + gamma P_pi v\n"
       "  for each state s\n"
       "    pi(s) <- arg max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "until pi does not change"},
      [](const Problem& p, const PolicyIterationOptions& o) {
        return PolicyIteration(p.model, p.gamma, o);
      });
  registry.add_planner<TruncatedPolicyIterationOptions>(
      "truncated_policy_iteration",
      {file, "Truncated policy iteration: j sweeps of evaluation between improvements",
       "MFRL 4.3; S&B 4.6", "v <- r_pi + gamma P_pi v, j times;   pi(s) <- arg max_a q(s, a)",
       "pi <- first policy; v <- 0\n"
       "repeat\n"
       "  repeat j times: v <- r_pi + gamma P_pi v\n"
       "  for each state s\n"
       "    pi(s) <- arg max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "until v is certified"},
      [](const Problem& p, const TruncatedPolicyIterationOptions& o) {
        return PolicyIteration(p.model, p.gamma, o);
      });
  registry.add_planner<PolicyEvaluationOptions>(
      "policy_evaluation",
      {file, "Policy evaluation: the values of a given policy", "MFRL 2.7; S&B 4.1",
       "v(s) <- sum_a pi(a | s) [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    v'(s) <- sum_a pi(a | s) [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      make_policy_evaluation);
  registry.add_planner<EpsilonSoftOptions>(
      "epsilon_soft_iteration",
      {file, "The best policy among those that explore with probability epsilon",
       "MFRL 5.4; S&B 5.4", "v(s) <- (1 - epsilon) max_a q(s, a) + epsilon mean_a q(s, a)",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') for each a\n"
       "    v'(s) <- (1 - epsilon) max_a q(s, a) + epsilon mean_a q(s, a)\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      [](const Problem& p, const EpsilonSoftOptions& o) {
        return BackupIteration<FiniteMdp, EpsilonSoft>(p.model, p.gamma, EpsilonSoft{o.epsilon}, o);
      });
  registry.add_planner<PrioritizedSweepingOptions>(
      "prioritized_sweeping_with_model",
      {file, "Prioritized sweeping with the model: the most urgent state first", "S&B 8.4, 4.5",
       "priority(s) = |max_a q(s, a) - v(s)|;   v(s) <- max_a q(s, a)",
       "v <- 0; queue every state by its priority\n"
       "while the queue is not empty\n"
       "  s <- the state of largest priority\n"
       "  v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "  for each state that may lead to s: queue it by its new priority"},
      [](const Problem& p, const PrioritizedSweepingOptions& o) {
        return PrioritizedSweeping(p.model, p.gamma, o);
      });
  registry.add_planner<BackwardInductionOptions>(
      "backward_induction",
      {file, "Backward induction: the best return of the next H steps", "S&B 4.4",
       "v_h(s) = max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v_{h-1}(s') ],  v_0 = 0",
       "v <- 0\n"
       "for h = 1 .. H\n"
       "  v'(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ] for each s\n"
       "  v <- v'"},
      [](const Problem& p, const BackwardInductionOptions& o) {
        return BackwardInduction(p.model, p.gamma, o);
      },
      {.any_horizon = true});
  registry.add_planner<RelativeValueIterationOptions>(
      "relative_value_iteration",
      {file, "Relative value iteration: the largest average reward", "S&B 10.3; MFRL 9.2",
       "v(s) <- (T v)(s) - (T v)(reference);   min (T v - v) <= eta* <= max (T v - v)",
       "v <- 0\n"
       "repeat\n"
       "  w(s) <- max_a [ E[r | s, a] + sum_s' p(s' | s, a) v(s') ] for each s\n"
       "  eta lies between min (w - v) and max (w - v)\n"
       "  v <- w - w(reference)\n"
       "until the interval is small enough"},
      [](const Problem& p, const RelativeValueIterationOptions& o) {
        return RelativeValueIteration(p.model, o);
      },
      {.discounted = false, .average = true});
}

void add_temporal_difference(Registry& registry) {
  const char* const file = "algorithms/temporal_difference.hpp";
  registry.add_learner<Sarsa>("sarsa",
                              {file, "Sarsa: on-policy TD control", "MFRL 7.2; S&B 6.4",
                               "q(s, a) <- q(s, a) + alpha [ r + gamma q(s', a') - q(s, a) ]",
                               "q <- q0\n"
                               "for each episode\n"
                               "  choose a in s by epsilon-greedy(q)\n"
                               "  for each step\n"
                               "    take a, observe r, s'\n"
                               "    choose a' in s' by epsilon-greedy(q)\n"
                               "    q(s, a) <- q(s, a) + alpha [ r + gamma q(s', a') - q(s, a) ]\n"
                               "    s <- s'; a <- a'"});
  registry.add_learner<ExpectedSarsa>(
      "expected_sarsa",
      {file, "Expected Sarsa: averages over the next action", "MFRL 7.2; S&B 6.6",
       "q(s, a) <- q(s, a) + alpha [ r + gamma sum_a' pi(a' | s') q(s', a') - q(s, a) ]",
       "q <- q0\n"
       "for each episode, for each step\n"
       "  choose a in s by epsilon-greedy(q)\n"
       "  take a, observe r, s'\n"
       "  q(s, a) <- q(s, a) + alpha [ r + gamma sum_a' pi(a' | s') q(s', a') - q(s, a) ]\n"
       "  s <- s'"});
  registry.add_learner<QLearning>(
      "q_learning", {file, "Q-learning: off-policy TD control", "MFRL 7.4; S&B 6.5",
                     "q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]",
                     "q <- q0\n"
                     "for each episode, for each step\n"
                     "  choose a in s by epsilon-greedy(q)\n"
                     "  take a, observe r, s'\n"
                     "  q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]\n"
                     "  s <- s'"});
}

void add_td_prediction(Registry& registry) {
  const char* const file = "algorithms/td_prediction.hpp";
  registry.add_learner<TdZero>(
      "td", {file, "TD(0): the values of a policy, step by step", "MFRL 7.1; S&B 6.1",
             "v(s) <- v(s) + alpha [ r + gamma v(s') - v(s) ]",
             "v <- v0\n"
             "for each episode, for each step\n"
             "  choose a in s by pi\n"
             "  take a, observe r, s'\n"
             "  v(s) <- v(s) + alpha [ r + gamma v(s') - v(s) ]\n"
             "  s <- s'"});
  const std::string traces =
      "v = v0\n"
      "for each episode\n"
      "  z <- 0\n"
      "  for each step\n"
      "    choose a in s by pi\n"
      "    take a, observe r, s'\n"
      "    delta <- r + gamma v(s') - v(s)\n";
  registry.add_learner<TdLambda>(
      "td_lambda", {file, "TD(lambda): an error changes all states before it, by their traces",
                    "S&B 12.2", "z <- gamma lambda z, z(s) <- z(s) + alpha;   v <- v + delta z",
                    traces + "    z <- gamma lambda z; z(s) <- z(s) + alpha (or: alpha)\n"
                             "    v <- v + delta z for all states\n"
                             "    s <- s'"});
  registry.add_learner<TrueOnlineTdLambda>(
      "true_online_td_lambda",
      {file, "True online TD(lambda): the online lambda-return, step by step", "S&B 12.5",
       "v <- v + (delta + v(s) - v_old) z - alpha (v(s) - v_old) x(s)",
       traces + "    z <- gamma lambda z + alpha (1 - gamma lambda z(s)) x(s)\n"
                "    v <- v + (delta + v(s) - v_old) z - alpha (v(s) - v_old) x(s)\n"
                "    v_old <- v(s') as it was; s <- s'"});
  registry.add_learner<OnlineLambdaReturn>(
      "online_lambda_return",
      {file, "The online lambda-return: at every step the episode is learned anew", "S&B 12.4",
       "v(S_k) <- v(S_k) + alpha [ G_k - v(S_k) ] for each k so far",
       "v <- v0\n"
       "for each episode, for each step\n"
       "  v <- v as at the episode's start\n"
       "  for each step k of the episode so far\n"
       "    v(S_k) <- v(S_k) + alpha [ G_k - v(S_k) ], G_k the lambda-return up to here"},
      {.needs_end = true});
}

void add_batch(Registry& registry) {
  const char* const file = "algorithms/batch.hpp";
  registry.add_learner<BatchTd>(
      "batch_td",
      {file, "Batch TD: the values of the process that was seen so far", "S&B 6.3",
       "v(s) <- sum_s' p(s' | s) [ r(s, s') + gamma v(s') ], p and r as seen",
       "for each episode of pi\n"
       "  count its transitions\n"
       "  v(s) <- sum_s' p(s' | s) [ r(s, s') + gamma v(s') ] for all visited s, solved at once"},
      {.needs_end = true});
  registry.add_learner<BatchMonteCarlo>(
      "batch_mc",
      {file, "Batch Monte Carlo: the mean of all returns so far", "S&B 6.3",
       "v(s) <- mean of the returns from all visits to s",
       "for each episode of pi\n"
       "  G for each of its steps\n"
       "  v(s) <- mean of the returns from all visits to s, for all visited s"},
      {.needs_end = true});
}

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

void add_traces(Registry& registry) {
  const char* const file = "algorithms/temporal_difference.hpp";
  const auto code = [](const char* order, const char* trace) {
    return "q = q0\n"
           "for each episode\n"
           "  z <- 0\n"
           "  for each step\n"
           "    " +
           std::string(order) + "\n    " + trace +
           "\n"
           "    q <- q + delta z for all pairs\n"
           "    s <- s'; a <- a'";
  };
  const char* const visit = "z <- gamma lambda z; z(s, a) <- z(s, a) + alpha (or: alpha)";
  registry.add_learner<SarsaLambda>(
      "sarsa_lambda",
      {file, "Sarsa(lambda): an error changes all pairs before it, by their traces", "S&B 12.7",
       "q <- q + delta z, delta = r + gamma q(s', a') - q(s, a)",
       code("take a, observe r, s'; choose a' in s'; delta <- r + gamma q(s', a') - q(s, a)",
            visit)});
  registry.add_learner<TrueOnlineSarsaLambda>(
      "true_online_sarsa_lambda",
      {file, "True online Sarsa(lambda)", "S&B 12.7",
       "q <- q + (delta + q(s, a) - q_old) z - alpha (q(s, a) - q_old) x",
       "q = q0\n"
       "for each episode\n"
       "  z <- 0; q_old <- 0\n"
       "  for each step\n"
       "    take a, observe r, s'; choose a' in s'; delta <- r + gamma q(s', a') - q(s, a)\n"
       "    z <- gamma lambda z + alpha (1 - gamma lambda z(s, a)) x\n"
       "    q <- q + (delta + q(s, a) - q_old) z - alpha (q(s, a) - q_old) x\n"
       "    q_old <- q(s', a') as it was; s <- s'; a <- a'"});
  registry.add_learner<WatkinsQLambda>(
      "watkins_q_lambda",
      {file, "Watkins's Q(lambda): traces end at an action that is not greedy", "S&B 12.10",
       "q <- q + delta z, delta = r + gamma max_a' q(s', a') - q(s, a)",
       code("take a, observe r, s'; choose a' in s'; delta <- r + gamma max_a' q(s', a') - q(s, a)",
            "z <- gamma lambda z, or 0 after an action that was not greedy; z(s, a) <- z(s, a) + "
            "alpha")});
  registry.add_learner<TreeBackupLambda>(
      "tree_backup_lambda",
      {file, "Tree backup(lambda): traces fade by pi(a | s)", "S&B 12.10",
       "q <- q + delta z, delta = r + gamma sum_a' pi(a' | s') q(s', a') - q(s, a)",
       code("take a, observe r, s'; delta <- r + gamma sum_a' pi(a' | s') q(s', a') - q(s, a)",
            "z <- gamma lambda pi(a | s) z; z(s, a) <- z(s, a) + alpha")});
}

void add_double_learning(Registry& registry) {
  const char* const file = "algorithms/double_learning.hpp";
  const auto code = [](const char* update) {
    return "q_1, q_2 <- q0\n"
           "for each episode, for each step\n"
           "  choose a in s by epsilon-greedy(q_1 + q_2)\n"
           "  take a, observe r, s'\n"
           "  toss a coin: with heads swap the names of q_1 and q_2\n"
           "  " +
           std::string(update) + "\n  s <- s'";
  };
  const char* const double_q =
      "q_1(s, a) <- q_1(s, a) + alpha [ r + gamma q_2(s', arg max_a' q_1(s', a')) - q_1(s, a) ]";
  registry.add_learner<DoubleQLearning>(
      "double_q_learning", {file, "Double Q-learning: one table chooses, the other judges",
                            "S&B 6.7", double_q, code(double_q)});
  const char* const double_sarsa =
      "q_1(s, a) <- q_1(s, a) + alpha [ r + gamma q_2(s', a') - q_1(s, a) ]";
  registry.add_learner<DoubleSarsa>("double_sarsa", {file, "Double Sarsa: Sarsa with two tables",
                                                     "S&B 6.7", double_sarsa, code(double_sarsa)});
  const char* const double_expected =
      "q_1(s, a) <- q_1(s, a) + alpha [ r + gamma sum_a' pi(a' | s') q_2(s', a') - q_1(s, a) ]";
  registry.add_learner<DoubleExpectedSarsa>(
      "double_expected_sarsa", {file, "Double Expected Sarsa: Expected Sarsa with two tables",
                                "S&B 6.7", double_expected, code(double_expected)});
}

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

void add_bandits(Registry& registry) {
  const char* const file = "algorithms/bandits.hpp";
  const Facts bandit{.bandit = true};
  const Schedule sample_averages = Schedule::harmonic(1).on(Schedule::Clock::visits);
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
      bandit, {.alpha = sample_averages});
  registry.add_learner<QLearning>(
      "optimistic_greedy",
      {"algorithms/temporal_difference.hpp", "Greedy bandit with optimistic initial values",
       "S&B 2.6", "q(a) <- q(a) + alpha [ r - q(a) ], q0 above every reward", greedy_arms},
      bandit, {.epsilon = 0, .q0 = 5});
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

void add_stochastic_approximation(Registry& registry) {
  const char* const file = "algorithms/stochastic_approximation.hpp";
  const Facts arms{.bandit = true};
  registry.add_learner<MeanEstimation>(
      "mean_estimation",
      {file, "Mean estimation: the mean of a reward, one sample at a time", "MFRL 6.1; S&B 2.4",
       "w <- w + alpha_k [ x_k - w ]",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm, observe its reward x\n"
       "  w <- w + alpha_k [ x - w ]"},
      arms);
  registry.add_learner<RobbinsMonro>(
      "robbins_monro",
      {file, "Robbins-Monro: the root of a function that is seen through noise", "MFRL 6.2",
       "w <- w - alpha_k [ g(w) + x_k ]",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm: its reward x is the noise\n"
       "  w <- w - alpha_k [ g(w) + x ]"},
      arms);
  registry.add_learner<Dvoretzky>("dvoretzky",
                                  {file, "Dvoretzky's setting: a contraction with noise",
                                   "MFRL 6.3", "w <- (1 - alpha_k) w + beta_k x_k",
                                   "w = w1\n"
                                   "for k = 1, 2, ...\n"
                                   "  pull the arm: its reward x is the noise\n"
                                   "  w <- (1 - alpha_k) w + beta_k x"},
                                  arms);
  registry.add_learner<StochasticGradientDescent>(
      "sgd",
      {file, "Stochastic gradient descent on E[loss(w, x)]", "MFRL 6.4",
       "w <- w - alpha_k (d/dw) loss(w, x_k)",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm, observe its reward x\n"
       "  w <- w - alpha_k (d/dw) loss(w, x)"},
      arms);
  registry.add_learner<MiniBatchGradientDescent>(
      "mini_batch_gd",
      {file, "Mini-batch gradient descent: the mean gradient of a few new samples", "MFRL 6.4",
       "w <- w - alpha_k mean_j (d/dw) loss(w, x_j)",
       "w = w1\n"
       "for k = 1, 2, ...\n"
       "  pull the arm until there are m new rewards x_j\n"
       "  w <- w - alpha_k mean_j (d/dw) loss(w, x_j)"},
      arms);
  registry.add_learner<BatchGradientDescent>(
      "batch_gd",
      {file, "Batch gradient descent: the mean gradient of all of n samples", "MFRL 6.4",
       "w <- w - alpha_k mean_j (d/dw) loss(w, x_j)",
       "w = w1; pull the arm n times and keep the rewards x_j\n"
       "for k = 1, 2, ...\n"
       "  w <- w - alpha_k mean_j (d/dw) loss(w, x_j)"},
      arms);
}

}  // namespace

void add_algorithms(Registry& registry) {
  add_planners(registry);
  add_bandits(registry);
  add_monte_carlo(registry);
  add_stochastic_approximation(registry);
  add_td_prediction(registry);
  add_batch(registry);
  add_temporal_difference(registry);
  add_n_step(registry);
  add_traces(registry);
  add_double_learning(registry);
  add_planning_and_learning(registry);
}

}  // namespace rl
