// Names, formulas and pseudo-code of methods that learn a policy: REINFORCE, actor-critic,
// deterministic actor-critic.
#include "algorithms/policy_gradient.hpp"

#include <string>

#include "algorithms/actor_critic.hpp"
#include "algorithms/deep_dpg.hpp"
#include "algorithms/deterministic_policy_gradient.hpp"
#include "algorithms/names/names.hpp"

namespace rl {

namespace {

void add_reinforce(Registry& registry) {
  const char* const file = "algorithms/policy_gradient.hpp";
  const auto code = [](const char* baseline, const char* theta) {
    return "theta <- theta0\n"
           "for each episode of pi(. | .; theta)\n"
           "  for each of its steps t = 0, 1, ..., in turn\n"
           "    G <- r_{t+1} + gamma r_{t+2} + gamma^2 r_{t+3} + ...\n" +
           std::string(baseline) + "    " + theta;
  };
  const char* const plain = "theta <- theta + alpha gamma^t G grad ln pi(A_t | S_t; theta)";
  registry.add_learner<SoftmaxReinforce<State>, SoftmaxReinforce<Point>>(
      "reinforce",
      {file, "REINFORCE: Monte Carlo policy gradient", "MFRL 9.4; S&B 13.3", plain,
       code("", plain)},
      {.needs_end = true, .always_ends = true});
  const char* const compared = "theta <- theta + alpha gamma^t delta grad ln pi(A_t | S_t; theta)";
  const std::string with_baseline = code(
      "    delta <- G - v(S_t; w)\n"
      "    w <- w + alpha_w delta grad v(S_t; w)\n",
      compared);
  registry.add_learner<SoftmaxReinforceBaseline<State>, SoftmaxReinforceBaseline<Point>>(
      "reinforce_baseline",
      {file, "REINFORCE with a learned baseline", "S&B 13.4", compared, with_baseline},
      {.needs_end = true, .always_ends = true});
  registry.add_learner<GaussianReinforceBaseline>(
      "gaussian_reinforce_baseline",
      {file, "REINFORCE with a baseline, for actions that are points", "S&B 13.4, 13.7", compared,
       with_baseline},
      {.needs_end = true, .always_ends = true});
}

/// "for each step" of an actor-critic method, line by line.
std::string actor_critic_code(const char* begin, const std::string& step) {
  return "theta <- theta0; w <- w0\n"
         "for each episode\n" +
         std::string(begin) +
         "  for each step\n"
         "    choose a in s by pi(. | s; theta); take a, observe r, s'\n" +
         step + "    s <- s'";
}

void add_actor_critic(Registry& registry) {
  const char* const file = "algorithms/actor_critic.hpp";
  const std::string delta = "    delta <- r + gamma v(s'; w) - v(s; w)\n";
  const std::string w = "    w <- w + alpha_w delta grad v(s; w)\n";
  const char* const with_gamma_t = "theta <- theta + alpha gamma^t delta grad ln pi(a | s; theta)";
  registry.add_learner<AdvantageActorCritic<State>, AdvantageActorCritic<Point>>(
      "one_step_actor_critic",
      {file, "One-step actor-critic", "S&B 13.5", with_gamma_t,
       actor_critic_code("  t <- 0\n", delta + w + "    " + with_gamma_t + "\n    t <- t + 1\n")},
      {}, {.discount_factor_t = true});
  const char* const advantage = "theta <- theta + alpha delta grad ln pi(a | s; theta)";
  const std::string a2c = actor_critic_code("", delta + "    " + advantage + "\n" + w);
  registry.add_learner<AdvantageActorCritic<State>, AdvantageActorCritic<Point>>(
      "advantage_actor_critic", {file, "Advantage actor-critic (A2C): the TD error as advantage",
                                 "MFRL 10.2", advantage, a2c});
  registry.add_learner<GaussianActorCritic>(
      "gaussian_actor_critic", {file, "Advantage actor-critic, for actions that are points",
                                "MFRL 10.2; S&B 13.7", advantage, a2c});
  const char* const traces =
      "z_theta <- gamma lambda_theta z_theta + gamma^t grad ln pi(a | s);   theta <- theta + alpha "
      "delta z_theta";
  const std::string traces_code = actor_critic_code(
      "  z_theta <- 0; z_w <- 0; t <- 0\n",
      delta +
          "    z_w <- gamma lambda_w z_w + grad v(s; w);   w <- w + alpha_w delta z_w\n"
          "    " +
          traces + "\n    t <- t + 1\n");
  registry.add_learner<ActorCriticTraces<State>, ActorCriticTraces<Point>>(
      "actor_critic_traces",
      {file, "Actor-critic with eligibility traces", "S&B 13.5", traces, traces_code}, {},
      {.discount_factor_t = true});
  registry.add_learner<GaussianActorCriticTraces>(
      "gaussian_actor_critic_traces",
      {file, "Actor-critic with eligibility traces, for actions that are points", "S&B 13.5, 13.7",
       traces, traces_code},
      {}, {.discount_factor_t = true});
  const char* const average =
      "theta <- theta + alpha delta z_theta,   delta = r - r_bar + v(s'; w) - v(s; w)";
  registry.add_learner<ActorCriticContinuing>(
      "actor_critic_continuing",
      {file, "Actor-critic with eligibility traces, for the average reward", "S&B 13.6", average,
       "theta <- theta0; w <- w0; r_bar <- 0; z_theta <- 0; z_w <- 0\n"
       "for each step\n"
       "  choose a in s by pi(. | s; theta); take a, observe r, s'\n"
       "  z_theta <- lambda_theta z_theta + grad ln pi(a | s)\n"
       "  " +
           std::string(average) +
           "\n"
           "  z_w <- lambda_w z_w + grad v(s; w);   w <- w + alpha_w delta z_w\n"
           "  r_bar <- r_bar + eta delta\n"
           "  s <- s'"},
      {.discounted = false, .average = true});
  const char* const qac = "theta <- theta + alpha q(s, a; w) grad ln pi(a | s; theta)";
  registry.add_learner<Qac<State>, Qac<Point>>(
      "qac", {file, "QAC: actor-critic with the action values of Sarsa", "MFRL 10.1", qac,
              "theta <- theta0; w <- w0\n"
              "for each episode\n"
              "  choose a in s by pi(. | s; theta)\n"
              "  for each step\n"
              "    take a, observe r, s'; choose a' in s' by pi(. | s'; theta)\n"
              "    " +
                  std::string(qac) +
                  "\n"
                  "    w <- w + alpha_w [ r + gamma q(s', a'; w) - q(s, a; w) ] grad q(s, a; w)\n"
                  "    s <- s'; a <- a'"});
  const char* const off_policy = "theta <- theta + alpha rho delta grad ln pi(a | s; theta)";
  registry.add_learner<OffPolicyActorCritic>(
      "off_policy_actor_critic",
      {file, "Off-policy actor-critic, by importance sampling", "MFRL 10.3", off_policy,
       "theta <- theta0; w <- w0\n"
       "for each episode, for each step\n"
       "  choose a in s by the behaviour b; take a, observe r, s'\n"
       "  rho <- pi(a | s; theta) / b(a | s); delta <- r + gamma v(s'; w) - v(s; w)\n"
       "  " +
           std::string(off_policy) +
           "\n"
           "  w <- w + alpha_w rho delta grad v(s; w)\n"
           "  s <- s'"});
  const char* const natural =
      "g <- g + beta (delta - g . psi) psi,  psi = grad ln pi(a | s; theta);   theta <- theta + "
      "alpha g";
  registry.add_learner<NaturalActorCritic<State>, NaturalActorCritic<Point>>(
      "natural_actor_critic",
      {file, "Natural actor-critic, by compatible features", "after S&B 13.5", natural,
       actor_critic_code("", delta + w + "    " + natural + "\n")});
}

void add_deterministic(Registry& registry) {
  const char* const update =
      "theta <- theta + alpha grad_theta mu(s; theta) grad_u q(s, u; w) at u = mu(s)";
  registry.add_learner<Dpg>("dpg", {"algorithms/deterministic_policy_gradient.hpp",
                                    "Deterministic actor-critic, off-policy", "MFRL 10.4", update,
                                    "theta <- 0; w <- w0\n"
                                    "for each episode, for each step\n"
                                    "  u <- mu(s; theta) + noise; take u, observe r, s'\n"
                                    "  delta <- r + gamma q(s', mu(s'); w) - q(s, u; w)\n"
                                    "  " +
                                        std::string(update) +
                                        "\n"
                                        "  w <- w + alpha_w delta grad_w q(s, u; w)\n"
                                        "  s <- s'"});
  registry.add_learner<DeepDpg>(
      "deep_dpg",
      {"algorithms/deep_dpg.hpp",
       "Deterministic actor-critic with networks, a replay buffer and target networks (DDPG)",
       "MFRL 10.4", update,
       "mu(s; theta) and q(s, u; w) by networks, at random; theta_T <- theta; w_T <- w\n"
       "for each episode, for each step\n"
       "  u <- mu(s; theta) + noise; take u, observe r, s'; keep (s, u, r, s')\n"
       "  draw a batch of (s, u, r, s') from what is kept, the mean over which is meant by\n"
       "    w <- w - alpha_w grad_w [ r + gamma q(s', mu(s'; theta_T); w_T) - q(s, u; w) ]^2\n"
       "    " +
           std::string(update) +
           "\n"
           "  theta_T <- theta_T + tau (theta - theta_T); w_T <- w_T + tau (w - w_T)\n"
           "  s <- s'"});
}

}  // namespace

void add_policy_gradient(Registry& registry) {
  add_reinforce(registry);
  add_actor_critic(registry);
  add_deterministic(registry);
}

}  // namespace rl
