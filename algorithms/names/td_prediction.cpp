// Names, formulas and pseudo-code of TD prediction.
#include "algorithms/td_prediction.hpp"

#include <string>

#include "algorithms/batch.hpp"
#include "algorithms/names/names.hpp"

namespace rl {

namespace {

void add_step_by_step(Registry& registry) {
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

}  // namespace

void add_td_prediction(Registry& registry) {
  add_step_by_step(registry);
  add_batch(registry);
}

}  // namespace rl
