// Names, formulas and pseudo-code of TD control.
#include "algorithms/temporal_difference.hpp"

#include <string>

#include "algorithms/afterstates.hpp"
#include "algorithms/double_learning.hpp"
#include "algorithms/names/names.hpp"
#include "algorithms/off_policy.hpp"

namespace rl {

namespace {

void add_one_step(Registry& registry) {
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

void add_afterstates(Registry& registry) {
  const char* const file = "algorithms/afterstates.hpp";
  const Facts facts{.afterstates = true};
  const auto code = [](const char* choice, const char* update) {
    return "w <- w0; q(s, a) = c(s, a) + w(f(s, a))\n"
           "for each episode, for each step\n"
           "  choose a in s by epsilon-greedy(q); x <- f(s, a)\n"
           "  take a, observe r, s'" +
           std::string(choice) + "\n  " + update +
           "\n"
           "  s <- s'";
  };
  const char* const td = "w(x) <- w(x) + alpha [ r - c(s, a) + gamma (c(s', a') + w(x')) - w(x) ]";
  registry.add_learner<AfterstateTd>(
      "afterstate_td",
      {file, "TD(0) from one afterstate to the next, on-policy", "S&B 6.8", td,
       code("; choose a' in s'; x' <- f(s', a')", td)},
      facts);
  const char* const q_learning =
      "w(x) <- w(x) + alpha [ r - c(s, a) + gamma max_a' q(s', a') - w(x) ]";
  registry.add_learner<AfterstateQLearning>(
      "afterstate_q_learning",
      {file, "Q-learning with values of afterstates", "S&B 6.8", q_learning, code("", q_learning)},
      facts);
}

void add_off_policy(Registry& registry) {
  registry.add_learner<OffPolicyQLearning>(
      "off_policy_q_learning",
      {"algorithms/off_policy.hpp", "Off-policy Q-learning: a given behaviour acts",
       "MFRL 7.4; S&B 6.5", "q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]",
       "q <- q0\n"
       "for each episode, for each step\n"
       "  choose a in s by the behaviour\n"
       "  take a, observe r, s'\n"
       "  q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]\n"
       "  s <- s'"});
}

}  // namespace

void add_temporal_difference(Registry& registry) {
  add_one_step(registry);
  add_off_policy(registry);
  add_traces(registry);
  add_double_learning(registry);
  add_afterstates(registry);
}

}  // namespace rl
