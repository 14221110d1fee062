// Names, formulas and pseudo-code of methods that learn a policy from segments of many worlds.
#include <string>

#include "algorithms/a2c.hpp"
#include "algorithms/names/names.hpp"
#include "algorithms/ppo.hpp"
#include "algorithms/trpo.hpp"

namespace rl {

namespace {

/// For each segment, then what is done with it.
std::string segment_code(const std::string& advantage, const std::string& learn) {
  return "for each segment\n"
         "  N worlds make T steps each: choose a in s by pi(. | s; theta), observe r, s'\n"
         "  delta <- r + gamma v(s'; w) - v(s; w)\n"
         "  " +
         advantage + "\n  G <- A + v(s; w)\n" + learn;
}

}  // namespace

void add_policy_optimization(Registry& registry) {
  const Facts facts{.usual_steps = 200'000};
  const char* const a2c =
      "theta <- theta + alpha A grad ln pi(a | s; theta);   w <- w + alpha [ G - v(s; w) ] grad "
      "v(s; w)";
  registry.add_learner<A2cLearner<State>, A2cLearner<Point>, A2cLearner<Point, Point>>(
      "a2c",
      {"algorithms/a2c.hpp", "Advantage actor-critic with networks, in many worlds at once",
       "MFRL 10.2; after S&B 13.5", a2c,
       segment_code("A <- r + gamma r' + ... + gamma^n v(s_n; w) - v(s; w), n steps to the end of "
                    "the segment",
                    "  with the mean over all steps, and a reward for entropy\n"
                    "    " +
                        std::string(a2c))},
      facts);
  const char* const ppo =
      "L <- -min(rho A, clip(rho, 1 - epsilon, 1 + epsilon) A),   rho = pi(a | s) / pi_old(a | s)";
  registry.add_learner<PpoLearner<State>, PpoLearner<Point>, PpoLearner<Point, Point>>(
      "ppo",
      {"algorithms/ppo.hpp", "Proximal policy optimization: the clipped surrogate",
       "after MFRL 10.2; after S&B 13.5", ppo,
       segment_code("A <- delta + gamma lambda A', 0 beyond the end",
                    "  K times, for each minibatch of the segment\n"
                    "    " +
                        std::string(ppo) +
                        "\n"
                        "    theta, w <- a step down the gradient of the mean of L + c (v(s; w) - "
                        "G)^2")},
      facts);
  const char* const trpo =
      "theta <- theta + sqrt(2 d / (x' H x)) x,   x = H^-1 g,   H = F + c I,   g = grad of the "
      "mean of "
      "rho A";
  registry.add_learner<TrpoLearner<State>, TrpoLearner<Point>, TrpoLearner<Point, Point>>(
      "trpo",
      {"algorithms/trpo.hpp", "Trust region policy optimization: natural steps of limited KL",
       "after MFRL 10.2; after S&B 13.5", trpo,
       segment_code(
           "A <- delta + gamma lambda A', 0 beyond the end",
           "  " + std::string(trpo) +
               "\n"
               "  half of that step, and half again, until the mean of rho A has grown and "
               "KL(pi_old, pi) <= d\n"
               "  K times, for each minibatch of the segment\n"
               "    w <- a step down the gradient of the mean of (v(s; w) - G)^2")},
      facts);
}

}  // namespace rl
