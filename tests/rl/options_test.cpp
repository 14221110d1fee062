#include "rl/options.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/errors.hpp"

using nlohmann::json;
using rl::Range;
using rl::Schedule;
using tests::contains;
using tests::error_of;

namespace {

enum class Color : int { red, green, blue };

struct Everything {
  double number = 0.5;
  int count = 3;
  std::int64_t steps = 10'000'000'000;
  bool flag = false;
  std::string text = "x";
  Schedule alpha = 0.1;
  std::vector<double> weights = {1, 2};
  std::vector<int> cells = {3};
  std::vector<std::string> rows = {"S.T"};
  Color color = Color::green;

  template <class Visitor>
  void visit(Visitor& v) {
    v("number", number, "a number", Range{0, 1});
    v("count", count, "a count", Range{0, 100});
    v("steps", steps, "many", Range{1, 1e18});
    v("flag", flag, "a flag");
    v("text", text, "a text");
    v("alpha", alpha, "a step size", Range{0, 1});
    v("weights", weights, "numbers", Range{0, 10});
    v("cells", cells, "whole numbers", Range{0, 9});
    v("rows", rows, "texts");
    v("color", color, "a choice", {"red", "green", "dark_blue"});
  }
};

Everything parsed(const char* text) { return rl::parse<Everything>(json::parse(text)); }
std::string parse_error(const char* text) {
  return error_of([&] { parsed(text); });
}

struct NoRange {
  double x = 0;
  double least = 0;
  double most = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("x", x, "any");
    v("least", least, "bounded below", Range{.low = 2});
    v("most", most, "bounded above", Range{.high = -2});
  }
};

}  // namespace

TEST_CASE("options: null and {} leave all defaults") {
  CHECK(rl::to_json_text(rl::parse<Everything>(json())) == rl::to_json_text(Everything{}));
  CHECK(rl::to_json_text(parsed("{}")) == rl::to_json_text(Everything{}));
}

TEST_CASE("options: every type is read") {
  const Everything o = parsed(R"({
    "number": 0.25, "count": 7, "steps": 123456789012345678, "flag": true, "text": "hello",
    "alpha": {"linear": [1, 0.5, 10]}, "weights": [3, 4.5], "cells": [1, 2], "rows": ["a", "b"],
    "color": "red"})");
  CHECK(o.number == 0.25);
  CHECK(o.count == 7);
  CHECK(o.steps == 123456789012345678);
  CHECK(o.flag);
  CHECK(o.text == "hello");
  CHECK(o.alpha == Schedule::linear(1, 0.5, 10));
  CHECK(o.weights == std::vector<double>{3, 4.5});
  CHECK(o.cells == std::vector<int>{1, 2});
  CHECK(o.rows == std::vector<std::string>{"a", "b"});
  CHECK(o.color == Color::red);
}

TEST_CASE("options: what is written reads back the same") {
  const Everything o = parsed(R"({"number": 0.1, "steps": 9007199254740993, "flag": true,
    "text": "\"ü\n", "alpha": {"harmonic": [1, 3], "clock": "visits"}, "weights": [],
    "rows": [], "color": "dark_blue"})");
  const std::string text = rl::to_json_text(o);
  const Everything back = rl::parse<Everything>(json::parse(text));
  CHECK(rl::to_json_text(back) == text);
  CHECK(back.number == 0.1);
  CHECK(back.steps == 9007199254740993);
  CHECK(back.alpha == o.alpha);
  CHECK(back.text == o.text);
  CHECK(back.color == Color::blue);
}

TEST_CASE("options: defaults that are handed in are kept where nothing is said") {
  Everything preset;
  preset.count = 42;
  preset.color = Color::blue;
  const Everything o = rl::parse(json::parse(R"({"number": 0.75})"), preset);
  CHECK(o.count == 42);
  CHECK(o.number == 0.75);
  CHECK(o.color == Color::blue);
}

TEST_CASE("options: - and _ are the same in names and in choices") {
  struct Dashed {
    double step_size = 0;
    Color color = Color::red;
    void visit(rl::detail::FieldCollector& v) {
      v("step_size", step_size, "");
      v("color", color, "", {"red", "green", "dark_blue"});
    }
  };
  const Dashed o = rl::parse<Dashed>(json::parse(R"({"step-size": 2, "color": "dark-blue"})"));
  CHECK(o.step_size == 2);
  CHECK(o.color == Color::blue);
}

TEST_CASE("options: whole numbers may be written as 1e3, not as 1.5") {
  CHECK(parsed(R"({"steps": 1e3})").steps == 1000);
  CHECK(parsed(R"({"count": 5.0})").count == 5);
  CHECK(parse_error(R"({"count": 1.5})") == "option 'count': 1.5 is not a whole number");
  CHECK(contains(parse_error(R"({"steps": 1e300})"), "is not a whole number"));
  CHECK(contains(parse_error(R"({"steps": 18446744073709551615})"), "is not a whole number"));
}

TEST_CASE("options: an unknown name is answered with the nearest one and all choices") {
  CHECK(parse_error(R"({"nubmer": 1})") ==
        "unknown option 'nubmer'; did you mean 'number'? (choices: number, count, steps, flag, "
        "text, alpha, weights, cells, rows, color)");
}

TEST_CASE("options: each wrong type is named with what was wanted") {
  CHECK(parse_error(R"({"number": "x"})") == "option 'number': \"x\" is not a number");
  CHECK(parse_error(R"({"number": null})") == "option 'number': null is not a number");
  CHECK(parse_error(R"({"count": true})") == "option 'count': true is not a whole number");
  CHECK(parse_error(R"({"flag": 1})") == "option 'flag': 1 is not true or false");
  CHECK(parse_error(R"({"text": 1})") == "option 'text': 1 is not a text");
  CHECK(parse_error(R"({"weights": 1})") == "option 'weights': 1 is not a list");
  CHECK(parse_error(R"({"weights": [1, "x"]})") == "option 'weights': \"x\" is not a number");
  CHECK(parse_error(R"({"rows": ["a", 1]})") == "option 'rows': 1 is not a text");
  CHECK(parse_error(R"({"color": 1})") == "option 'color': 1 is not one of red, green, dark_blue");
  CHECK(parse_error(R"({"color": "gren"})") ==
        "unknown value of option 'color': 'gren'; did you mean 'green'? (choices: red, green, "
        "dark_blue)");
  CHECK(parse_error("[1]") == "options must be a JSON object, not [1]");
}

TEST_CASE("options: each range is checked and told") {
  CHECK(parse_error(R"({"number": 1.5})") == "option 'number': 1.5 is not in [0, 1]");
  CHECK(parse_error(R"({"count": -1})") == "option 'count': -1 is not a whole number in [0, 100]");
  CHECK(parse_error(R"({"weights": [1, 11]})") == "option 'weights': 11 is not in [0, 10]");
  CHECK(parse_error(R"({"cells": [10]})") == "option 'cells': 10 is not a whole number in [0, 9]");
  CHECK(parse_error(R"({"alpha": 2})") ==
        "option 'alpha': 2 is not a schedule with values in [0, 1]");
  CHECK(contains(parse_error(R"({"alpha": {"linear": [1, -1, 10]}})"),
                 "is not a schedule with values in [0, 1]"));
  const auto error = [](const char* text) {
    return error_of([&] { rl::parse<NoRange>(json::parse(text)); });
  };
  CHECK(error(R"({"x": -1e300})") == "nothing was thrown");
  CHECK(error(R"({"least": 1})") == "option 'least': 1 is not at least 2");
  CHECK(error(R"({"most": 1})") == "option 'most': 1 is not at most -2");
}

TEST_CASE("options: a whole number that needs more than 32 bits is refused for an int") {
  struct Wide {
    int x = 0;
    void visit(rl::detail::FieldCollector& v) { v("x", x, ""); }
  };
  CHECK(rl::parse<Wide>(json::parse(R"({"x": -2147483648})")).x == -2147483647 - 1);
  CHECK(error_of([] { rl::parse<Wide>(json::parse(R"({"x": 2147483648})")); }) ==
        "option 'x': 2147483648 is not a 32-bit whole number");
}

TEST_CASE("options: a failed parse leaves the defaults that were handed in") {
  const Everything preset;
  CHECK(contains(error_of([&] { rl::parse(json::parse(R"({"count": 5, "number": 7})"), preset); }),
                 "option 'number'"));
  CHECK(preset.count == 3);
}

TEST_CASE("options: a description names type, default, doc, range and choices") {
  const std::vector<rl::OptionInfo> list = rl::describe<Everything>();
  REQUIRE(list.size() == 10);
  std::vector<std::string> types;
  for (const rl::OptionInfo& info : list) types.push_back(info.type);
  CHECK(types == std::vector<std::string>{"number", "integer", "integer", "flag", "text",
                                          "schedule", "list", "list", "list", "choice"});
  CHECK(list[0].name == "number");
  CHECK(list[0].doc == "a number");
  CHECK(list[0].default_json == "0.5");
  CHECK(list[0].range.low == 0);
  CHECK(list[0].range.high == 1);
  CHECK(list[4].default_json == "\"x\"");
  CHECK(list[6].default_json == "[1.0,2.0]");
  CHECK(list[9].default_json == "\"green\"");
  CHECK(list[9].choices == rl::Choices{"red", "green", "dark_blue"});
}

// ---- schedules as JSON --------------------------------------------------------------------------

TEST_CASE("options: every schedule is written and read back") {
  using Clock = Schedule::Clock;
  for (const Schedule& x :
       {Schedule(0.1), Schedule::linear(1, 0.05, 10000), Schedule::exponential(1, 0.99, 0.01),
        Schedule::exponential(1, 0.99), Schedule::harmonic(1, 1), Schedule::harmonic(0.5, 7)})
    for (const Clock clock : {Clock::updates, Clock::visits, Clock::episodes}) {
      if (x.kind == Schedule::Kind::constant && clock != Clock::updates) continue;
      const json j = rl::schedule_to_json(x.on(clock));
      CAPTURE(j.dump());
      CHECK(rl::schedule_from_json(j) == x.on(clock));
    }
  CHECK(rl::schedule_to_json(0.1).dump() == "0.1");
  CHECK(rl::schedule_to_json(Schedule::linear(1, 0.5, 10).on(Clock::episodes)).dump() ==
        R"({"clock":"episodes","linear":[1.0,0.5,10.0]})");
}

TEST_CASE("options: short forms of schedules") {
  CHECK(rl::schedule_from_json(json::parse(R"({"harmonic": [0.5]})")) == Schedule::harmonic(0.5));
  CHECK(rl::schedule_from_json(json::parse(R"({"exponential": [1, 0.5]})")) ==
        Schedule::exponential(1, 0.5));
  CHECK(rl::schedule_from_json(json(3)) == Schedule(3));
}

TEST_CASE("options: what is no schedule is told with all forms") {
  const auto error = [](const char* text) {
    return error_of([&] { rl::schedule_from_json(json::parse(text)); });
  };
  CHECK(error("true") ==
        "true is not a schedule: wrong type (a number, or {\"linear\": [from, to, steps]}, "
        "{\"exponential\": [from, rate, floor]}, {\"harmonic\": [c, n]}, each with an optional "
        "\"clock\")");
  CHECK(contains(error("{}"), "no kind"));
  CHECK(contains(error(R"({"clock": "visits"})"), "no kind"));
  CHECK(contains(error(R"({"linear": [1, 2]})"), "'linear' with 2 numbers"));
  CHECK(contains(error(R"({"linear": 1})"), "'linear' needs a list of numbers"));
  CHECK(contains(error(R"({"linear": [1, 2, "x"]})"), "'linear' needs a list of numbers"));
  CHECK(contains(error(R"({"linaer": [1, 2, 3]})"), "did you mean 'linear'?"));
  CHECK(contains(error(R"({"linear": [1, 0, 2], "harmonic": [1]})"), "more than one kind"));
  CHECK(contains(error(R"({"harmonic": [1], "clock": "visit"})"),
                 "unknown clock 'visit'; did you mean 'visits'? (choices: updates, visits, "
                 "episodes)"));
  CHECK(contains(error(R"({"harmonic": [1], "clock": 3})"), "unknown clock '3'"));
}

TEST_CASE("options: an error of a schedule names its option") {
  CHECK(parse_error(R"({"alpha": true})").rfind("option 'alpha': true is not a schedule", 0) == 0);
}
