// Names, formulas and pseudo-code of methods with linear functions of features.
#include <string>

#include "algorithms/gradient_td.hpp"
#include "algorithms/least_squares.hpp"
#include "algorithms/monte_carlo.hpp"
#include "algorithms/n_step.hpp"
#include "algorithms/names/names.hpp"
#include "algorithms/targets.hpp"
#include "algorithms/td_prediction.hpp"
#include "algorithms/temporal_difference.hpp"
#include "rl/linear.hpp"

namespace rl {

namespace {

using LinearV = LinearValues<State>;
template <class S>
using LinearQ = LinearActionValues<S>;

void add_linear_prediction(Registry& registry) {
  const char* const td_file = "algorithms/td_prediction.hpp";
  const auto code = [](const char* update) {
    return "v(s; w) = w . phi(s); w <- w0\n"
           "for each episode, for each step\n"
           "  choose a in s by pi\n"
           "  take a, observe r, s'\n"
           "  " +
           std::string(update) + "\n  s <- s'";
  };
  const char* const td = "w <- w + alpha [ r + gamma v(s'; w) - v(s; w) ] phi(s)";
  registry.add_learner<EpisodePrediction<EveryVisitReturn, ImportanceSampling::none, LinearV>>(
      "gradient_mc",
      {"algorithms/monte_carlo.hpp", "Gradient Monte Carlo prediction", "S&B 9.3",
       "w <- w + alpha [ G - v(s; w) ] phi(s)",
       "v(s; w) = w . phi(s); w <- w0\n"
       "for each episode of pi\n"
       "  G for each of its steps\n"
       "  w <- w + alpha [ G - v(s; w) ] phi(s), for each step in turn"},
      {.needs_end = true});
  registry.add_learner<TdPrediction<OneStep, LinearV>>(
      "semi_gradient_td",
      {td_file, "Semi-gradient TD(0): TD-Linear", "MFRL 8.2; S&B 9.3", td, code(td)});
  registry.add_learner<NStepPrediction<PlainReturn, false, LinearV>>(
      "semi_gradient_n_step_td",
      {"algorithms/n_step.hpp", "Semi-gradient n-step TD", "S&B 9.4",
       "w <- w + alpha [ G_{t:t+n} - v(S_t; w) ] phi(S_t)",
       code("w <- w + alpha [ G_{t:t+n} - v(S_t; w) ] phi(S_t), n steps later")});
  const auto traces = [](const char* trace, const char* update) {
    return "v(s; w) = w . phi(s); w <- w0\n"
           "for each episode\n"
           "  z <- 0\n"
           "  for each step\n"
           "    choose a in s by pi\n"
           "    take a, observe r, s'; delta <- r + gamma v(s'; w) - v(s; w)\n"
           "    " +
           std::string(trace) + "\n    " + update + "\n    s <- s'";
  };
  registry.add_learner<TdPrediction<Traces, LinearV>>(
      "semi_gradient_td_lambda",
      {td_file, "Semi-gradient TD(lambda)", "S&B 12.2",
       "z <- gamma lambda z + alpha phi(s);   w <- w + delta z",
       traces("z <- gamma lambda z + alpha phi(s)", "w <- w + delta z")});
  registry.add_learner<TdPrediction<TrueOnline, LinearV>>(
      "linear_true_online_td_lambda",
      {td_file, "True online TD(lambda) with features", "S&B 12.5",
       "w <- w + (delta + v(s) - v_old) z - alpha (v(s) - v_old) phi(s)",
       traces("z <- gamma lambda z + alpha (1 - gamma lambda z.phi(s)) phi(s)",
              "w <- w + (delta + v(s) - v_old) z - alpha (v(s) - v_old) phi(s)")});
}

void add_linear_control(Registry& registry) {
  const char* const file = "algorithms/temporal_difference.hpp";
  const auto code = [](const char* order, const std::string& update) {
    return "q(s, a; w) = w . x(s, a); w <- w0\n"
           "for each episode, for each step\n"
           "  " +
           std::string(order) + "\n  " + update + "\n  s <- s'";
  };
  const char* const on_policy = "take a, observe r, s'; choose a' in s' by epsilon-greedy(q)";
  const char* const off_policy = "choose a in s by epsilon-greedy(q); take a, observe r, s'";
  const char* const sarsa = "w <- w + alpha [ r + gamma q(s', a'; w) - q(s, a; w) ] x(s, a)";
  registry.add_learner<TdControl<SarsaBootstrap, OneStep, LinearQ<State>>,
                       TdControl<SarsaBootstrap, OneStep, LinearQ<Point>>>(
      "semi_gradient_sarsa", {file, "Semi-gradient Sarsa: Sarsa with features",
                              "MFRL 8.3; S&B 10.1", sarsa, code(on_policy, sarsa)});
  const char* const expected =
      "w <- w + alpha [ r + gamma sum_a' pi(a' | s') q(s', a'; w) - q(s, a; w) ] x(s, a)";
  registry.add_learner<TdControl<ExpectedSarsaBootstrap, OneStep, LinearQ<State>>,
                       TdControl<ExpectedSarsaBootstrap, OneStep, LinearQ<Point>>>(
      "semi_gradient_expected_sarsa",
      {file, "Semi-gradient Expected Sarsa", "S&B 10.1", expected, code(off_policy, expected)});
  const char* const q_learning =
      "w <- w + alpha [ r + gamma max_a' q(s', a'; w) - q(s, a; w) ] x(s, a)";
  registry.add_learner<TdControl<QLearningBootstrap, OneStep, LinearQ<State>>,
                       TdControl<QLearningBootstrap, OneStep, LinearQ<Point>>>(
      "semi_gradient_q_learning", {file, "Q-learning with features", "MFRL 8.3; S&B 11.1",
                                   q_learning, code(off_policy, q_learning)});
  const char* const n_step = "w <- w + alpha [ G_{t:t+n} - q(S_t, A_t; w) ] x(S_t, A_t)";
  registry.add_learner<NStepControl<NStepSarsaRule, LinearQ<State>>,
                       NStepControl<NStepSarsaRule, LinearQ<Point>>>(
      "semi_gradient_n_step_sarsa",
      {"algorithms/n_step.hpp", "Semi-gradient n-step Sarsa", "S&B 10.2", n_step,
       code(on_policy, std::string(n_step) + ", n steps later")});
  const char* const traces = "z <- gamma lambda z + alpha x(s, a);   w <- w + delta z";
  registry.add_learner<TdControl<SarsaBootstrap, Traces, LinearQ<State>>,
                       TdControl<SarsaBootstrap, Traces, LinearQ<Point>>>(
      "semi_gradient_sarsa_lambda",
      {file, "Semi-gradient Sarsa(lambda)", "S&B 12.7", traces,
       code(on_policy, "delta <- r + gamma q(s', a'; w) - q(s, a; w)\n  " + std::string(traces))});
  const char* const true_online =
      "w <- w + (delta + q(s, a) - q_old) z - alpha (q(s, a) - q_old) x(s, a)";
  registry.add_learner<TdControl<SarsaBootstrap, TrueOnline, LinearQ<State>>,
                       TdControl<SarsaBootstrap, TrueOnline, LinearQ<Point>>>(
      "linear_true_online_sarsa_lambda",
      {file, "True online Sarsa(lambda) with features", "S&B 12.7", true_online,
       code(on_policy,
            "delta <- r + gamma q(s', a'; w) - q(s, a; w)\n"
            "  z <- gamma lambda z + alpha (1 - gamma lambda z.x(s, a)) x(s, a)\n  " +
                std::string(true_online))});
}

void add_off_policy_prediction(Registry& registry) {
  const char* const file = "algorithms/gradient_td.hpp";
  const auto code = [](const std::string& update) {
    return "v(s; w) = w . x, x = phi(s); w <- w0\n"
           "for each episode, for each step\n"
           "  choose a in s by the behaviour b\n"
           "  take a, observe r, s'; rho <- pi(a | s) / b(a | s)\n"
           "  delta <- r + gamma v(s'; w) - v(s; w)\n"
           "  " +
           update + "\n  s <- s'";
  };
  const char* const semi_gradient = "w <- w + alpha rho delta x";
  registry.add_learner<OffPolicySemiGradientTd>(
      "off_policy_semi_gradient_td", {file, "Off-policy semi-gradient TD(0): may diverge",
                                      "S&B 11.1", semi_gradient, code(semi_gradient)});
  const std::string second = "h <- h + beta rho [ delta - h.x ] x";
  const char* const gtd2 = "w <- w + alpha rho (h.x) (x - gamma x')";
  registry.add_learner<Gtd2>("gtd2", {file, "GTD2: gradient TD", "S&B 11.7", gtd2,
                                      code(std::string(gtd2) + "\n  " + second)});
  const char* const tdc = "w <- w + alpha rho [ delta x - gamma (h.x) x' ]";
  registry.add_learner<Tdc>("tdc", {file, "TDC: TD(0) with gradient correction", "S&B 11.7", tdc,
                                    code(std::string(tdc) + "\n  " + second)});
  const char* const emphatic = "w <- w + alpha M rho delta x";
  registry.add_learner<EmphaticTd>(
      "emphatic_td", {file, "Emphatic TD, with interest", "S&B 9.11, 11.8", emphatic,
                      code("M <- gamma rho_before M + I(s)\n  " + std::string(emphatic))});
}

void add_least_squares(Registry& registry) {
  const char* const file = "algorithms/least_squares.hpp";
  registry.add_learner<Lstd>(
      "lstd", {file, "LSTD(lambda): the fixed point of TD, without a step size",
               "MFRL 8.2; S&B 9.8", "w <- A^-1 b,   A = sum z (x - gamma x')',   b = sum z r",
               "A <- ridge I; b <- 0\n"
               "for each episode\n"
               "  z <- 0\n"
               "  for each step\n"
               "    choose a in s by pi; take a, observe r, s'\n"
               "    z <- gamma lambda z + x;   A <- A + z (x - gamma x')';   b <- b + z r\n"
               "    now and then\n"
               "      w <- A^-1 b\n"
               "    s <- s'"});
  registry.add_learner<Lspi<State>, Lspi<Point>>(
      "lspi",
      {file, "Least-squares policy iteration (LSTDQ)", "S&B 9.8",
       "w <- A^-1 b,   A = sum x(s, a) (x(s, a) - gamma x(s', pi(s')))',   b = sum x(s, a) r",
       "for each step\n"
       "  choose a at random; take a, observe r, s'; keep (s, a, r, s')\n"
       "  now and then, until w stands still\n"
       "    pi <- greedy in q(s, a; w)\n"
       "    w <- A^-1 b,   A = sum x(s, a) (x(s, a) - gamma x(s', pi(s')))',   b = sum x(s, a) r"});
  const char* const fitted =
      "w <- argmin_w sum [ r + gamma max_a' q(s', a'; w_old) - w . x(s, a) ]^2";
  registry.add_learner<FittedQIteration<State>, FittedQIteration<Point>>(
      "fitted_q_iteration",
      {file, "Fitted Q iteration by least squares", "MFRL 8.4; S&B 16.5", fitted,
       "for each step\n"
       "  choose a at random; take a, observe r, s'; keep (s, a, r, s')\n"
       "  now and then, K times\n"
       "    " +
           std::string(fitted)});
}

void add_average_reward(Registry& registry) {
  const Facts average{.discounted = false, .average = true};
  const char* const td = "w <- w + alpha delta phi(s),   delta = r - r_bar + v(s'; w) - v(s; w)";
  registry.add_learner<TdPrediction<OneStep, LinearV, AverageTarget>>(
      "differential_td",
      {"algorithms/td_prediction.hpp", "Differential semi-gradient TD(0), for the average reward",
       "S&B 10.3", td,
       "w <- w0; r_bar <- 0\n"
       "for each step\n"
       "  choose a in s by pi\n"
       "  take a, observe r, s'\n"
       "  " +
           std::string(td) +
           "\n"
           "  r_bar <- r_bar + eta delta\n"
           "  s <- s'"},
      average);
  const char* const sarsa =
      "w <- w + alpha delta x(s, a),   delta = r - r_bar + q(s', a'; w) - q(s, a; w)";
  registry.add_learner<TdControl<SarsaBootstrap, OneStep, LinearQ<State>, AverageTarget>>(
      "differential_sarsa",
      {"algorithms/temporal_difference.hpp",
       "Differential semi-gradient Sarsa, for the average reward", "S&B 10.3", sarsa,
       "w <- w0; r_bar <- 0\n"
       "for each step\n"
       "  take a, observe r, s'; choose a' in s' by epsilon-greedy(q)\n"
       "  w <- w + alpha delta x(s, a),   delta = r - r_bar + q(s', a'; w) - q(s, a; w)\n"
       "  r_bar <- r_bar + eta delta\n"
       "  s <- s'; a <- a'"},
      average);
}

}  // namespace

void add_function_approximation(Registry& registry) {
  add_linear_prediction(registry);
  add_linear_control(registry);
  add_off_policy_prediction(registry);
  add_least_squares(registry);
  add_average_reward(registry);
}

}  // namespace rl
