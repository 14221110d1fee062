#include "rl/problem.hpp"

#include <doctest/doctest.h>

using rl::Picture;

TEST_CASE(
    "problem: states and actions are called by their names, else by the book's or our count") {
  Picture picture;
  CHECK(picture.state_name(0) == "0");
  CHECK(picture.action_name(2) == "2");
  picture.one_based = true;
  CHECK(picture.state_name(0) == "s1");
  CHECK(picture.state_name(24) == "s25");
  picture.state_names = {"left", "right"};
  CHECK(picture.state_name(1) == "right");
  picture.actions = {{.name = "up", .glyph = "^"}, {.name = "down", .glyph = "v"}};
  CHECK(picture.action_name(1) == "down");
}
