#include "apps/arguments.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::error_of;
using Words = std::vector<std::string>;

Syntax run_syntax() {
  return {.command = "run",
          .usage = "LEARNER --env WORLD",
          .doc = "",
          .operands = {"LEARNER", 1, 1},
          .flags = shared_flags({"env", "seed", "seeds", "steps", "gamma", "episode_steps",
                                 "memory_limit", "jobs", "force", "config", "set"}),
          .algorithms = {Kind::learner}};
}

Arguments parsed(const Words& words) { return {run_syntax(), tests::registry(), words}; }

json options(const Words& words) {
  const Arguments arguments = parsed(words);
  return arguments.options_of(*arguments.algorithms().front());
}

std::string refused_words(const Words& words) {
  return error_of([&] { parsed(words); });
}

const OptionInfo& option(const char* algorithm, const char* name) {
  for (const OptionInfo& o : tests::registry().algorithm(algorithm).options)
    if (o.name == name) return o;
  throw std::logic_error(name);
}

}  // namespace

// ---- words --------------------------------------------------------------------------------------

TEST_CASE("arguments: a dash and an underscore are the same in flags, options and names") {
  const Arguments a = parsed({"q-learning", "--episode_steps", "20", "--stored-policy"});
  const Arguments b = parsed({"q_learning", "--episode-steps=20", "--stored_policy"});
  for (const Arguments* x : {&a, &b}) {
    CHECK(x->algorithms().front()->name == "q_learning");
    CHECK(x->integer("episode_steps") == 20);
    CHECK(x->options_of(*x->algorithms().front()) == json{{"stored_policy", true}});
  }
}

TEST_CASE("arguments: options stand before or after the algorithm, with = or a blank") {
  const json wanted = {{"alpha", 0.5}, {"epsilon", 1}};
  CHECK(options({"sarsa", "--alpha", ".5", "--epsilon=1"}) == wanted);
  CHECK(options({"--alpha=0.5", "--epsilon", "1", "sarsa"}) == wanted);
}

TEST_CASE("arguments: a negative number is a value, not a flag") {
  CHECK(options({"sarsa", "--q0", "-5"}) == json{{"q0", -5}});
}

TEST_CASE("arguments: a switch takes no value, or true or false, and never the next word") {
  CHECK(options({"--stored-policy", "sarsa"}) == json{{"stored_policy", true}});
  CHECK(options({"--stored-policy", "false", "sarsa"}) == json{{"stored_policy", false}});
  CHECK(options({"--stored-policy=false", "sarsa"}) == json{{"stored_policy", false}});
  CHECK(parsed({"sarsa", "--force"}).is_on("force"));
  CHECK_FALSE(parsed({"sarsa"}).is_on("force"));
  CHECK_FALSE(parsed({"sarsa", "--force=false"}).is_on("force"));
}

TEST_CASE("arguments: a schedule is given as JSON") {
  CHECK(options({"sarsa", "--epsilon", R"({"linear": [1, 0.1, 500]})"}) ==
        json{{"epsilon", {{"linear", {1, 0.1, 500}}}}});
}

TEST_CASE("arguments: a letter is a flag's short form") {
  CHECK(parsed({"sarsa", "-j", "4"}).text("jobs") == "4");
  CHECK(parsed({"sarsa", "-j4"}).text("jobs") == "4");
  CHECK(parsed({"sarsa"}).text("jobs") == "auto");
}

TEST_CASE("arguments: a flag that two share reaches the program and the algorithm") {
  const Syntax syntax{.command = "solve",
                      .usage = "",
                      .doc = "",
                      .operands = {"PLANNER", 1, 1},
                      .flags = shared_flags({"seed"}),
                      .algorithms = {Kind::planner}};
  const Words words = {"value_iteration", "--seed", "7"};
  const Arguments a(syntax, tests::registry(), words);
  CHECK(a.integer("seed") == 7);
  CHECK(a.options_of(*a.algorithms().front()) == json{{"seed", 7}});
}

TEST_CASE("arguments: mistyped words are refused with the nearest name") {
  CHECK(contains(refused_words({"sarsa", "--alhpa", "0.1"}), "did you mean '--alpha'?"));
  CHECK(
      contains(refused_words({"sarsa", "--episod-steps", "3"}), "did you mean '--episode-steps'?"));
  CHECK(contains(refused_words({"sarsaa"}), "unknown algorithm 'sarsaa'; did you mean 'sarsa'?"));
  CHECK(
      contains(refused_words({"sarsa", "--alph", "0.1"}), "unknown flag '--alph'"));  // no guessing
}

TEST_CASE("arguments: missing, doubled and superfluous words are refused") {
  CHECK(contains(refused_words({}), "LEARNER is missing"));
  CHECK(contains(refused_words({"sarsa", "q_learning"}), "'q_learning' is one word too many"));
  CHECK(refused_words({"sarsa", "--env"}) == "--env needs a value");
  CHECK(refused_words({"sarsa", "--env", "a", "--env", "b"}) == "--env is given twice");
  CHECK(refused_words({"sarsa", "--alpha=1", "--alpha=2"}) == "--alpha is given twice");
}

TEST_CASE("arguments: an algorithm of the wrong kind names the command that takes it") {
  CHECK(refused_words({"value_iteration"}) ==
        "value_iteration plans with the model: 'rlbook solve value_iteration'");
}

TEST_CASE("arguments: values of flags are checked with their names") {
  const auto error = [](const Words& words, auto&& read) {
    return error_of([&] { read(parsed(words)); });
  };
  const auto steps = [](const Arguments& a) { a.integer("steps", 1); };
  CHECK(error({"sarsa", "--steps", "many"}, steps) == "--steps: 'many' is not a whole number");
  CHECK(error({"sarsa", "--steps", "1.5"}, steps) == "--steps: '1.5' is not a whole number");
  CHECK(error({"sarsa", "--steps", "0"}, steps) == "--steps: 0 is not at least 1");
  CHECK(error({"sarsa", "--steps", "1e30"}, steps) == "--steps: '1e30' is not a whole number");
  const auto gamma = [](const Arguments& a) { a.number("gamma", Range{0, 1}); };
  CHECK(error({"sarsa", "--gamma", "1.5"}, gamma) == "--gamma: 1.5 is not in [0, 1]");
  CHECK(error({"sarsa", "--gamma", "nan"}, gamma) == "--gamma: 'nan' is not a number");
  const auto memory = [](const Arguments& a) { a.bytes("memory_limit"); };
  CHECK(contains(error({"sarsa", "--memory-limit", "lots"}, memory), "'lots' is not a size"));
  CHECK(error({"sarsa"}, [](const Arguments& a) { a.needed("env"); }) == "'run' needs --env WORLD");
}

TEST_CASE("arguments: whole numbers keep all their digits and may be written as 2e4") {
  CHECK(parsed({"sarsa", "--seed", "9007199254740993"}).integer("seed") == 9007199254740993);
  CHECK(parsed({"sarsa", "--steps", "2e4"}).integer("steps") == 20000);
}

// ---- merging ------------------------------------------------------------------------------------

TEST_CASE("arguments: a flag wins over --set, --set over the config file, that over the default") {
  const tests::Folder folder;
  const std::string config = folder.file("c.json", R"({
    "algorithm": "sarsa",  // comments are allowed
    "env": "mfrl_5x5", "steps": 100, "gamma": 0.5, "alpha": 0.25, "q0": 1,
    "epsilon": {"linear": [1, 0, 10]}})");
  const Arguments a =
      parsed({"--config", config, "--set", "gamma=.75", "--set", "q0=2", "--steps", "300"});
  CHECK(a.algorithms().front()->name == "sarsa");
  CHECK(a.text("env") == "mfrl_5x5");
  CHECK(a.integer("steps") == 300);
  CHECK(a.number("gamma") == 0.75);
  CHECK(a.integer("seed") == 0);
  CHECK(a.options_of(*a.algorithms().front()) ==
        json{{"alpha", 0.25}, {"q0", 2}, {"epsilon", {{"linear", {1, 0, 10}}}}});

  std::vector<std::string> lines;
  for (const Arguments::Line& line : a.merged())
    lines.push_back(line.name + "=" + line.value + " from " + line.origin);
  const auto has = [&](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  CHECK(has("algorithm=sarsa from file " + config));
  CHECK(has("steps=300 from command line"));
  CHECK(has("gamma=.75 from --set"));
  CHECK(has("q0=2 from --set"));
  CHECK(has("alpha=0.25 from file " + config));
  CHECK(has("seed=0 from default"));
  CHECK(has("stored_policy=false from default"));
}

TEST_CASE(
    "arguments: the merged settings are those in effect, each algorithm's own where they differ") {
  const auto lines_of = [](const Words& words) {
    Syntax syntax = run_syntax();
    syntax.operands.most = 9;
    std::vector<std::string> lines;
    for (const Arguments::Line& line : Arguments(syntax, tests::registry(), words).merged())
      lines.push_back(line.name + "=" + line.value + " from " + line.origin);
    return lines;
  };
  const auto has = [](const std::vector<std::string>& lines, const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  const auto one = lines_of({"sarsa:alpha=0.5", "--alpha", "0.25", "--epsilon", "1"});
  CHECK(has(one, "alpha=0.5 from sarsa:alpha=0.5"));
  CHECK(has(one, "epsilon=1 from command line"));
  const auto two = lines_of({"sarsa:alpha=0.5", "sarsa", "--epsilon", "1"});
  CHECK(has(two, "alpha of sarsa:alpha=0.5=0.5 from sarsa:alpha=0.5"));
  CHECK(has(two, "alpha of sarsa=0.1 from default"));
  CHECK(has(two, "epsilon=1 from command line"));
}

TEST_CASE("arguments: the learner on the command line wins over the config file's") {
  const tests::Folder folder;
  const std::string config = folder.file("c.json", R"({"algorithm": "sarsa"})");
  CHECK(parsed({"q_learning", "--config", config}).algorithms().front()->name == "q_learning");
}

TEST_CASE("arguments: config files and --set are checked as strictly as flags") {
  const tests::Folder folder;
  const auto with = [&](const char* text) {
    return refused_words({"sarsa", "--config", folder.file("c.json", text)});
  };
  CHECK(contains(with(R"({"alhpa": 0.1})"), "unknown option (file "));
  CHECK(contains(with(R"({"alhpa": 0.1})"), "'alhpa'; did you mean 'alpha'?"));
  CHECK(contains(with("[1]"), "c.json: expected an object"));
  CHECK(contains(with("{\n  \"alpha\" 0.1}"), "c.json:2:"));
  CHECK(contains(with(""), "c.json: is empty"));
  CHECK(contains(with(R"({"config": "x"})"), "'config' cannot stand in a config file"));
  CHECK(contains(refused_words({"sarsa", "--config", folder / "none.json"}), "none.json"));
  CHECK(contains(refused_words({"sarsa", "--set", "alhpa=1"}), "did you mean 'alpha'?"));
  CHECK(refused_words({"sarsa", "--set", "alpha"}) == "--set: 'alpha' is not key=value");
  CHECK(refused_words({"sarsa", "--set", "q0=1", "--set", "q0=2"}) == "--set: 'q0' is given twice");
}

// ---- values -------------------------------------------------------------------------------------

TEST_CASE("arguments: numbers are whole texts, finite, with or without a leading zero") {
  CHECK(parse_number(".1") == 0.1);
  CHECK(parse_number("-1e-3") == -0.001);
  for (const char* text : {"", "1x", "inf", "nan", "0x10", " 1", "1,2"})
    CHECK_FALSE(parse_number(text).has_value());
}

TEST_CASE("arguments: seeds are lists and ranges") {
  CHECK(parse_seeds("3") == std::vector<std::uint64_t>{3});
  CHECK(parse_seeds("1,2,5") == std::vector<std::uint64_t>{1, 2, 5});
  CHECK(parse_seeds("0..3,10") == std::vector<std::uint64_t>{0, 1, 2, 3, 10});
  CHECK(parse_seeds("1000..1029").size() == 30);
  CHECK(parse_seeds("18446744073709551615").front() == UINT64_MAX);
  const auto refused = [](const char* text) { return error_of([&] { parse_seeds(text); }); };
  CHECK(contains(refused(""), "is not a seed"));
  CHECK(contains(refused("1,x"), "'x' is not a seed"));
  CHECK(contains(refused("-1"), "is not a seed"));
  CHECK(refused("5..1") == "'5..1' runs backwards");
  CHECK(refused("1,2..4,3") == "seed 3 stands twice");
  CHECK(contains(refused("0..18446744073709551615"), "more than 1000000 seeds"));
}

TEST_CASE("arguments: sizes have units of 1024") {
  CHECK(parse_bytes("4GB") == std::uint64_t{4} << 30);
  CHECK(parse_bytes("500 MB") == std::uint64_t{500} << 20);
  CHECK(parse_bytes("1.5k") == 1536);
  CHECK(parse_bytes("1e9") == 1'000'000'000);
  CHECK(parse_bytes("64") == 64);
  for (const char* text : {"", "GB", "4XB", "-1", "4GBB", "1e30"})
    CHECK_FALSE(parse_bytes(text).has_value());
}

TEST_CASE("arguments: an option's text becomes JSON of the option's type") {
  const OptionInfo& order = option("value_iteration", "order");
  CHECK(option_value(order, "in-place") == "in-place");
  const OptionInfo& flag = option("sarsa", "stored_policy");
  CHECK(option_value(flag, "true") == true);
  CHECK(option_value(flag, "yes") == "yes");  // which parsing the options refuses
  const OptionInfo& alpha = option("sarsa", "alpha");
  CHECK(option_value(alpha, "0.1") == 0.1);
  CHECK(option_value(alpha, "abc") == "abc");
  OptionInfo list;
  list.type = "list";
  CHECK(option_value(list, "1,2.5,x") == json{1, 2.5, "x"});
  CHECK(option_value(list, "[[1], 2]") == json{{1}, 2});
  OptionInfo text;
  text.type = "text";
  CHECK(option_value(text, "5") == "5");
}

TEST_CASE("arguments: the options of a world: switches need no value, lists keep their commas") {
  const auto& world = tests::registry().world("grid_world").options;
  CHECK(parse_option_list("slip=.2,target-terminates,wind=0,1,1,actions=4", world) ==
        json{{"slip", 0.2}, {"target_terminates", true}, {"wind", {0, 1, 1}}, {"actions", 4}});
  CHECK(parse_option_list(R"(map=["S.","#T"])", world) == json{{"map", {"S.", "#T"}}});
  CHECK(parse_option_list("map=S.,#T", world) == json{{"map", {"S.", "#T"}}});
  const auto refused = [&](const char* text) {
    return error_of([&] { parse_option_list(text, world); });
  };
  CHECK(contains(refused("slipp=1"), "did you mean 'slip'?"));
  CHECK(refused("slip=1,slip=0") == "option 'slip' is given twice");
  CHECK(refused("slip") == "option 'slip' needs a value");
}

// ---- help ---------------------------------------------------------------------------------------

TEST_CASE(
    "arguments: help lists every flag, the options of a named algorithm, and fits the width") {
  const Syntax syntax = run_syntax();
  const AlgorithmEntry* const sarsa[] = {&tests::registry().algorithm("sarsa")};
  for (const int width : {40, 80}) {
    const std::string text = help_text(syntax, sarsa, width);
    for (const FlagSpec& flag : syntax.flags) CHECK(contains(text, flag.doc.substr(0, 8)));
    CHECK(contains(text, "--episode-steps N"));
    CHECK(contains(text, "--stored-policy"));
    CHECK(tests::longest_line(text) <= static_cast<std::size_t>(width));
  }
}

}  // namespace rl::apps
