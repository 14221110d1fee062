#include "apps/layout.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/apps/program.hpp"

namespace rl::apps {

using Lines = std::vector<std::string>;

TEST_CASE("layout: a character of several bytes takes one column") {
  CHECK(display_width("q → v") == 5);
  CHECK(display_width("") == 0);
}

TEST_CASE("layout: a style takes no column, in a table either") {
  CHECK(display_width("\033[1;31mno\033[0m") == 2);
  CHECK(table({{"agrees", "note"}, {"\033[31mno\033[0m", "x"}}, 80) ==
        "agrees  note\n\033[31mno\033[0m      x\n");
}

TEST_CASE("layout: lines break at blanks and are no longer than the width") {
  CHECK(wrap("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrap("one two three", 8, 2) == Lines{"one two", "  three"});
  CHECK(wrap("a\n\nb", 10) == Lines{"a", "", "b"});
  CHECK(wrap("  indented text", 10) == Lines{"  indented", "  text"});
  CHECK(wrap("unbreakable", 4) == Lines{"unbreakable"});
  CHECK(wrap("", 4) == Lines{""});
}

TEST_CASE("layout: explanations stand beside their names, beneath where the terminal is narrow") {
  CHECK(definition_list({{"a", "first"}, {"long", "second"}}, 80) ==
        "  a     first\n  long  second\n");
  CHECK(definition_list({{"name", "its explanation"}}, 30) == "  name\n      its explanation\n");
}

TEST_CASE("layout: a table aligns numbers right and texts left") {
  CHECK(table({{"name", "n"}, {"x", "1"}, {"yy", "10"}}, 80) == "name   n\nx      1\nyy    10\n");
}

TEST_CASE("layout: a table that is too wide becomes blocks") {
  const std::string text = table({{"name", "value"}, {"a", std::string(30, 'x')}}, 40);
  CHECK(text == "name  value\na     " + std::string(30, 'x') + "\n");
  CHECK(table({{"name", "value"}, {"a", "b c"}}, 8) == "a\n  value:\n    b c\n");
}

}  // namespace rl::apps
