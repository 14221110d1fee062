#include "rl/json_text.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/errors.hpp"

using tests::contains;
using tests::error_of;

namespace {

std::string error(std::string_view text) {
  return error_of([&] { rl::parse_json(text, "a.json"); });
}

}  // namespace

TEST_CASE("json text: comments are read over") {
  const nlohmann::json j = rl::parse_json("// one\n{\"a\": [1, /* two */ 2.5]} // three", "a.json");
  CHECK(j.dump() == R"({"a":[1,2.5]})");
  CHECK(rl::parse_json("3", "a.json") == 3);
}

TEST_CASE("json text: a syntax error is placed at its line and column") {
  CHECK(error("{\"a\": 1,\n  b: 2}").rfind("a.json:2:3: syntax error", 0) == 0);
  CHECK(contains(error("[1, 2"), "a.json:1:5: syntax error"));
  CHECK(contains(error("[1, 2"), "unexpected end of input"));
  CHECK(contains(error("[1] 2"), "a.json:1:5: "));
  CHECK(contains(error("[NaN]"), "a.json:1:2: "));
  CHECK(contains(error("[1e999]"), "number overflow"));
  CHECK(contains(error("[1, 2,\n\n\n\n]"), "a.json:5:1: "));
  CHECK(contains(error("/* never ends"), "a.json:1:"));
}

TEST_CASE("json text: a key that stands twice is refused, in its object alone") {
  CHECK(error("{\"a\": 1,\n \"a\": 2}") == "a.json:2:4: key 'a' stands twice");
  CHECK_NOTHROW(rl::parse_json(R"({"a": {"a": [{"a": 1}, {"a": 2}]}, "b": {"a": 1}})", "a.json"));
  CHECK(contains(error(R"({"a": {"b": 1}, "c": {}, "a": 1})"), "key 'a' stands twice"));
}

TEST_CASE("json text: deep nesting is refused before it can overflow a stack") {
  CHECK_NOTHROW(rl::parse_json(std::string(100, '[') + std::string(100, ']'), "a.json"));
  CHECK(contains(error(std::string(102, '[') + std::string(102, ']')), "nested deeper than 100"));
  CHECK(contains(error(std::string(1'000'000, '[')), "nested deeper than 100"));
}

TEST_CASE("json text: empty and binary texts are called by name") {
  CHECK(error("") == "a.json: is empty");
  CHECK(contains(error(std::string_view("[\0]", 3)), "is not a text file"));
  CHECK(contains(error("[\"\xff\xfe\"]"), "ill-formed UTF-8"));
}

TEST_CASE("json text: an error quotes no more than a line of what it found") {
  CHECK(error("[" + std::string(1'000'000, 'x')).size() < 400);
  CHECK(error("[\"" + std::string(1'000'000, 'x')).size() < 400);
}
