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
  CHECK(update_text(first, picture) == "q(s1, right) <- 0 + 0.1 [ -1 + 0.9 * 0.5 - 0 ] = -0.055");
  Update second = first;
  second.before = second.bootstrap = -2;
  second.after = -2.08;  // -2 + .1 [ -1 - 1.8 + 2 ]
  CHECK(update_text(second, picture) ==
        "q(s1, right) <- -2 + 0.1 [ -1 + 0.9 * (-2) - (-2) ] = -2.08");
  second.a = -1;
  CHECK(update_text(second, picture).rfind("v(s1) <- -2 + ", 0) == 0);
}

}  // namespace rl::apps
