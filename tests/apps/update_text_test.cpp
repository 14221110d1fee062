#include "apps/update_text.hpp"

#include <doctest/doctest.h>

namespace rl::apps {

TEST_CASE("update text: the formula of one update with its numbers, signs in brackets") {
  Picture picture;
  picture.one_based = true;
  picture.actions = {{.name = "up", .glyph = "^"}, {.name = "right", .glyph = ">"}};
  // 0 + .1 [ -1 + .9 * .5 - 0 ] = -.055
  const Update first{.s = 0,
                     .a = 1,
                     .reward = -1,
                     .next = 1,
                     .gamma = 0.9,
                     .bootstrap = 0.5,
                     .target = -0.55,
                     .delta = -0.55,
                     .alpha = 0.1,
                     .before = 0,
                     .after = -0.055};
  CHECK(update_text(first, Quantity::q_star, picture) ==
        "q(s1, right) <- 0 + 0.1 [ -1 + 0.9 * 0.5 - 0 ] = -0.055");
  Update second = first;
  second.before = second.bootstrap = -2;
  second.target = -2.8;
  second.delta = -0.8;
  second.after = -2.08;  // -2 + .1 [ -1 - 1.8 + 2 ]
  CHECK(update_text(second, Quantity::q_star, picture) ==
        "q(s1, right) <- -2 + 0.1 [ -1 + 0.9 * (-2) - (-2) ] = -2.08");
  Update gradient = first;  // H(right) of a gradient bandit: baseline .5, 1 - pi = .75
  gradient.gamma = gradient.bootstrap = 0;
  gradient.target = -1;
  gradient.delta = -1.5;
  gradient.weight = 0.75;
  gradient.after = -0.1125;
  CHECK(update_text(gradient, Quantity::preferences, picture) ==
        "H(s1, right) <- 0 + 0.1 * 0.75 [ -1 + 0 * 0 - 0.5 ] = -0.1125");
  second.a = -1;
  CHECK(update_text(second, Quantity::v_pi, picture).rfind("v(s1) <- -2 + ", 0) == 0);
}

TEST_CASE("update text: an average reward is subtracted; numbers of a policy have its names") {
  Picture picture;
  picture.one_based = true;
  picture.actions = {{.name = "right", .glyph = ">"}};
  // 1 + .1 [ 2 - .5 + 1 * 3 - 1 ] = 1.35
  Update u{.s = 0,
           .a = 0,
           .reward = 2,
           .next = 1,
           .gamma = 1,
           .bootstrap = 3,
           .target = 4.5,
           .delta = 3.5,
           .alpha = 0.1,
           .before = 1,
           .after = 1.35,
           .average_reward = 0.5};
  CHECK(update_text(u, Quantity::differential_q, picture) ==
        "q(s1, right) <- 1 + 0.1 [ 2 - 0.5 + 1 * 3 - 1 ] = 1.35");
  u.average_reward = -0.5;
  CHECK(reward_text(u) == "2 - (-0.5)");
  u.average_reward = 0;
  u.of_policy = true;
  CHECK(update_text(u, Quantity::policy, picture).rfind("h(s1, right) <- ", 0) == 0);
  u.s = u.next = -1;
  CHECK(update_text(u, Quantity::weights, picture).rfind("h(s, a) <- ", 0) == 0);
  u.a = -1;
  CHECK(update_text(u, Quantity::weights, picture).rfind("mu(s) <- ", 0) == 0);
  u.of_policy = false;
  CHECK(update_text(u, Quantity::weights, picture).rfind("v(s) <- ", 0) == 0);
}

}  // namespace rl::apps
