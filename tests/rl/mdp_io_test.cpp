#include "rl/mdp_io.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"

using rl::Action;
using rl::FiniteMdp;
using rl::MdpFile;
using rl::Outcome;
using rl::State;
using tests::contains;
using tests::error_of;

namespace {

MdpFile from_json(std::string_view text) { return rl::read_mdp_json(text, "w.json"); }
MdpFile from_cassandra(std::string_view text) { return rl::read_mdp_cassandra(text, "w.mdp"); }
std::string json_error(std::string_view text) {
  return error_of([&] { from_json(text); });
}
std::string cassandra_error(std::string_view text) {
  return error_of([&] { from_cassandra(text); });
}

bool same_bits(double x, double y) {
  return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
}

bool same_row(const std::vector<Outcome>& x, const std::vector<Outcome>& y) {
  if (x.size() != y.size()) return false;
  for (std::size_t k = 0; k < x.size(); ++k)
    if (!same_bits(x[k].probability, y[k].probability) || !same_bits(x[k].reward, y[k].reward) ||
        x[k].next != y[k].next || !same_bits(x[k].reward_sd, y[k].reward_sd))
      return false;
  return true;
}

bool same_start(const FiniteMdp& x, const FiniteMdp& y) {
  std::vector<std::pair<State, double>> starts[2];
  x.for_each_start([&](State s, double p) { starts[0].emplace_back(s, p); });
  y.for_each_start([&](State s, double p) { starts[1].emplace_back(s, p); });
  if (starts[0].size() != starts[1].size()) return false;
  for (std::size_t i = 0; i < starts[0].size(); ++i)
    if (starts[0][i].first != starts[1][i].first ||
        !same_bits(starts[0][i].second, starts[1][i].second))
      return false;
  return true;
}

bool same_model(const FiniteMdp& x, const FiniteMdp& y) {
  if (x.num_states() != y.num_states() || x.num_actions() != y.num_actions() ||
      x.rewards_are_means() != y.rewards_are_means() || !same_start(x, y))
    return false;
  for (State s = 0; s < x.num_states(); ++s) {
    if (x.terminal(s) != y.terminal(s)) return false;
    for (Action a = 0; a < x.num_actions(); ++a)
      if (!same_row(x.outcomes(s, a), y.outcomes(s, a))) return false;
  }
  return true;
}

/// Awkward numbers, unavailable actions, noise, weights that do not sum to 1.
MdpFile random_file(std::uint64_t seed) {
  rl::Rng rng(seed);
  const State n = 2 + rng.index(6);
  const Action actions = 1 + rng.index(3);
  rl::MdpFacts facts;
  facts.rewards_are_means = rng.flip(0.5);
  if (rng.flip(0.5)) facts.terminal.push_back(n - 1);
  if (rng.flip(0.7))
    for (State s = 0; s < n; ++s)
      facts.start.push_back(s == n - 1 ? 0 : std::ldexp(rng.uniform(), rng.index(40)));
  FiniteMdp model(
      n, actions,
      [&](State, Action a, std::vector<Outcome>& row) {
        if (a > 0 && rng.flip(0.3)) return;
        const double p = rng.uniform();
        const double reward =
            rng.flip(0.1) ? -0.0 : rng.normal() * std::ldexp(1, rng.index(80) - 40);
        row.push_back({p, reward, rng.index(n), rng.flip(0.2) ? rng.uniform() : 0});
        row.push_back({1 - p, 1.0 / 3, rng.index(n)});
        if (rng.flip(0.1)) row.push_back({0, 7, rng.index(n)});
      },
      facts);
  MdpFile file{std::move(model)};
  if (rng.flip(0.5)) file.gamma = rng.uniform();
  if (rng.flip(0.5))
    for (State s = 0; s < n; ++s) file.state_names.push_back("s\"\\\n" + std::to_string(s) + "é");
  if (rng.flip(0.5))
    for (Action a = 0; a < actions; ++a) file.action_names.push_back("a" + std::to_string(a));
  return file;
}

const char* const kTwoStates = R"({
  // a comment
  "states": 3, "actions": 2, "terminal": [2], "start": [1, 3, 0], "gamma": 0.9,
  "names": {"states": ["left", "right", "end"], "actions": ["stay", "go"]},
  "transitions": [
    [0, 0, 0, 0.25, 1], [0, 0, 1, 0.5, 2], [0, 0, 1, 0.25, -2],  /* one s', two rewards */
    [1, 1, 2, 1, 5]
    , [0, 1, 1, 1.0, 1e-3]
  ]
})";

std::string with_transitions(const std::string& rows) {
  return "{\"states\": 2, \"actions\": 1,\n\"terminal\": [1], \"transitions\": [\n" + rows + "]}";
}

}  // namespace

// ---- JSON ---------------------------------------------------------------------------------------

TEST_CASE("mdp json: rows, names, gamma, start and terminal states are read") {
  const MdpFile file = from_json(kTwoStates);
  const FiniteMdp& m = file.model;
  CHECK(m.num_states() == 3);
  CHECK(m.num_actions() == 2);
  CHECK(m.terminal(2));
  CHECK_FALSE(m.terminal(0));
  CHECK(file.gamma.value() == 0.9);
  CHECK(file.state_names == std::vector<std::string>{"left", "right", "end"});
  CHECK(file.action_names == std::vector<std::string>{"stay", "go"});
  CHECK(same_row(m.outcomes(0, 1), {{1, 1e-3, 1}}));
  CHECK(same_row(m.outcomes(1, 1), {{1, 5, 2}}));
  // 0.25 * 1 + 0.5 * 2 + 0.25 * -2
  CHECK(m.row(0, 0).reward == 0.75);
  std::vector<double> start;
  m.for_each_start([&](State, double p) { start.push_back(p); });
  CHECK(start == std::vector<double>{0.25, 0.75});
}

TEST_CASE("mdp json: outcomes of one (s, a, s') with different rewards stay apart") {
  CHECK(same_row(from_json(kTwoStates).model.outcomes(0, 0),
                 {{0.25, 1, 0}, {0.5, 2, 1}, {0.25, -2, 1}}));
}

TEST_CASE("mdp json: a pair without rows is not available") {
  CHECK_FALSE(from_json(kTwoStates).model.available(1, 0));
  CHECK(from_json(kTwoStates).model.available(1, 1));
}

TEST_CASE("mdp json: what is written reads back to the bit") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const MdpFile file = random_file(seed);
    const std::string text = rl::write_mdp_json(file);
    const MdpFile back = from_json(text);
    CAPTURE(seed);
    CHECK(same_model(file.model, back.model));
    CHECK(file.gamma == back.gamma);
    CHECK(file.state_names == back.state_names);
    CHECK(file.action_names == back.action_names);
    CHECK(rl::write_mdp_json(back) == text);
  }
}

TEST_CASE("mdp json: weights of a start are kept although their shares are rounded") {
  const MdpFile file = from_json(
      R"({"states": 3, "actions": 1, "start": [0.1, 0.2, 0.7], "transitions":
          [[0, 0, 0, 1, 0], [1, 0, 1, 1, 0], [2, 0, 2, 1, 0]]})");
  CHECK(file.model.start_weights() == std::vector<double>{0.1, 0.2, 0.7});
  CHECK_FALSE(file.gamma.has_value());
}

TEST_CASE("mdp json: without a start every non-terminal state is equally likely") {
  const MdpFile file = from_json(with_transitions("[0, 0, 1, 1, 0]"));
  CHECK(file.model.start_weights().empty());
  file.model.for_each_start([](State s, double p) {
    CHECK(s == 0);
    CHECK(p == 1);
  });
}

TEST_CASE("mdp json: a terminal state may say that it stays, and nothing else") {
  CHECK(
      from_json(with_transitions("[1, 0, 1, 1, 0], [0, 0, 1, 1, 0]")).model.outcomes(1, 0).empty());
  CHECK(json_error(with_transitions("[0, 0, 1, 1, 0], [1, 0, 0, 1, 0]")) ==
        "w.json:3:32: transition 1: state 1 is terminal: it can only stay, with reward 0");
  CHECK(contains(json_error(with_transitions("[0, 0, 1, 1, 0], [1, 0, 1, 1, 3]")),
                 "state 1 is terminal"));
}

TEST_CASE("mdp json: errors of a row name line, column and the row's number") {
  const auto error = [](const std::string& rows) { return json_error(with_transitions(rows)); };
  CHECK(error("[0, 0, 1, 1, 0],\n[5, 0, 1, 1, 0]") ==
        "w.json:4:15: transition 1: state 5 is not in 0..1");
  CHECK(error("[0, 1, 1, 1, 0]") == "w.json:3:15: transition 0: action 1 is not in 0..0");
  CHECK(error("[0, 0, 2, 1, 0]") == "w.json:3:15: transition 0: next state 2 is not in 0..1");
  CHECK(error("[0, 0, -1, 1, 0]") ==
        "w.json:3:16: transition 0: next state -1 is not a whole number from 0 to 2147483647");
  CHECK(contains(error("[0.5, 0, 1, 1, 0]"), "transition 0: state 0.5 is not a whole number"));
  CHECK(contains(error("[1e30, 0, 1, 1, 0]"), "transition 0: state 1e+30 is not a whole number"));
  CHECK(error("[0, 0, 1, 1.5, 0]") ==
        "w.json:3:17: transition 0: probability 1.5 is not in [0, 1]");
  CHECK(contains(error("[0, 0, 1, -0.1, 0]"), "probability -0.1 is not in [0, 1]"));
  CHECK(contains(error("[0, 0, 1, 1, 0, -1]"), "standard deviation -1 is negative"));
  CHECK(error("[0, 0, 1]") ==
        "w.json:3:9: transition 0: 3 numbers instead of [s, a, s', probability, reward]");
  CHECK(contains(error("[0, 0, 1, 1, 0, 0, 0]"), "transition 0 has more than 6 numbers"));
  CHECK(contains(error("0"), "found 0 instead of a transition [s, a, s', probability, reward]"));
  CHECK(contains(error("[0, 0, 1, \"x\", 0]"), "w.json:3:13: found \"x\" instead of a transition"));
  CHECK(contains(error("[0, 0, [1], 1, 0]"), "found '[' instead of a transition"));
  CHECK(contains(error("[0, 0, 1, null, 0]"), "found null instead of a transition"));
  CHECK(contains(error("[0, 0, 1, true, 0]"), "found true instead of a transition"));
  CHECK(contains(error("{}"), "found '{' instead of a transition"));
}

TEST_CASE("mdp json: a row that does not sum to 1 is named with its first line") {
  CHECK(json_error(with_transitions("[0, 0, 1, 0.5, 0],\n[0, 0, 0, 0.4, 0]")) ==
        "w.json:3:17: model: state 0, action 0: probabilities sum to 0.9, not 1");
  CHECK_NOTHROW(from_json(with_transitions("[0, 0, 1, 0.5, 0], [0, 0, 0, 0.5000000001, 0]")));
  CHECK(contains(json_error(with_transitions("[0, 0, 1, 0.5, 0], [0, 0, 0, 0.50000001, 0]")),
                 "sum to"));
}

TEST_CASE("mdp json: NaN and infinity are refused where they stand") {
  CHECK(contains(json_error(with_transitions("[0, 0, 1, NaN, 0]")), "w.json:3:11: "));
  CHECK(contains(json_error(with_transitions("[0, 0, 1, 1, 1e999]")), "number overflow"));
}

TEST_CASE("mdp json: a non-terminal state without an action is named") {
  CHECK(json_error(R"({"states": 3, "actions": 1, "terminal": [2],
                       "transitions": [[0, 0, 1, 1, 0]]})") ==
        "w.json: state 1 is not terminal and has no transition");
}

TEST_CASE("mdp json: an unknown key is answered with the nearest one") {
  CHECK(contains(json_error("{\"states\": 2,\n \"actoins\": 1}"),
                 "w.json:2:10: unknown key 'actoins'; did you mean 'actions'? (choices: states"));
  CHECK(contains(json_error(R"({"names": {"state": []}})"),
                 "unknown key 'state'; did you mean 'states'? (choices: states, actions)"));
}

TEST_CASE("mdp json: a key that stands twice or is missing is named") {
  CHECK(contains(json_error(R"({"states": 2, "states": 3})"), "key 'states' stands twice"));
  CHECK(contains(json_error(R"({"names": {"states": [], "states": []}})"), "stands twice"));
  CHECK(json_error(R"({"actions": 1, "transitions": []})") == "w.json: key 'states' is missing");
  CHECK(json_error(R"({"states": 1, "transitions": []})") == "w.json: key 'actions' is missing");
  CHECK(json_error(R"({"states": 1, "actions": 1})") == "w.json: key 'transitions' is missing");
}

TEST_CASE("mdp json: a value of the wrong kind says what was wanted") {
  CHECK(json_error("[]") == "w.json:1:1: found '[' instead of an object that describes an MDP");
  CHECK(json_error("7") == "w.json:1:1: found 7 instead of an object that describes an MDP");
  CHECK(contains(json_error(R"({"states": "two"})"),
                 "found \"two\" instead of a number for 'states'"));
  CHECK(contains(json_error(R"({"states": 0})"), "'states' 0 is not a whole number from 1 to"));
  CHECK(contains(json_error(R"({"actions": 1.5})"), "'actions' 1.5 is not a whole number from 1"));
  CHECK(contains(json_error(R"({"gamma": 1.5})"), "w.json:1:13: 'gamma' 1.5 is not in [0, 1]"));
  CHECK(contains(json_error(R"({"gamma": null})"), "found null instead of a number for 'gamma'"));
  CHECK(contains(json_error(R"({"terminal": 3})"), "found 3 instead of a list for 'terminal'"));
  CHECK(contains(json_error(R"({"terminal": [0.5]})"), "terminal state 0.5 is not a whole number"));
  CHECK(contains(json_error(R"({"start": [[1]]})"), "found '[' instead of a number"));
  CHECK(contains(json_error(R"({"transitions": {}})"), "instead of a list of transitions"));
  CHECK(contains(json_error(R"({"names": []})"), "instead of {\"states\": [...], \"actions\""));
  CHECK(contains(json_error(R"({"names": {"states": 3}})"), "found 3 instead of a list of names"));
  CHECK(contains(json_error(R"({"names": {"states": [3]}})"), "found 3 instead of a name"));
  CHECK(contains(json_error(R"({"rewards_are_means": 1})"), "instead of true or false"));
}

TEST_CASE("mdp json: lists of the wrong length or content are refused") {
  const auto error = [](const std::string& more) {
    return json_error("{\"states\": 2, \"actions\": 1, " + more +
                      ", \"transitions\": [[0, 0, 1, 1, 0], [1, 0, 1, 1, 0]]}");
  };
  CHECK(error("\"terminal\": [2]") == "w.json: terminal state 2 is not in 0..1");
  CHECK(error("\"start\": [1]") == "w.json: start: 1 weights for 2 states");
  CHECK(error("\"start\": []") == "w.json: start: 0 weights for 2 states");
  CHECK(error("\"start\": [0, 0]") == "w.json: start: the weights sum to zero or overflow");
  CHECK(error("\"start\": [-1, 2]") == "w.json: start: weight -1 of state 0 is not a number >= 0");
  CHECK(error("\"start\": [0, 1], \"terminal\": [1]") == "w.json: start: state 1 is terminal");
  CHECK(error("\"names\": {\"states\": [\"a\"]}") == "w.json: 1 names for 2 states");
  CHECK(error("\"names\": {\"states\": [\"a\", \"a\"]}") == "w.json: two states are named 'a'");
}

TEST_CASE("mdp json: a model in which every state is terminal is refused") {
  CHECK(json_error(R"({"states": 1, "actions": 1, "terminal": [0], "transitions": []})") ==
        "w.json: model: every state is terminal");
}

TEST_CASE("mdp json: syntax errors name line and column") {
  CHECK(json_error("{\"states\": 2,\n  oops}").rfind("w.json:2:3: syntax error", 0) == 0);
  CHECK(contains(json_error("{\"states\": 2"), "unexpected end of input"));
  CHECK(contains(json_error(with_transitions("[0, 0, 1, 1, 0]") + " x"), "w.json:3:19: "));
}

TEST_CASE("mdp json: empty and binary files are called by name") {
  CHECK(json_error("") == "w.json: is empty");
  CHECK(json_error(" \n\t ") == "w.json: is empty");
  CHECK(json_error(std::string_view("{\"sta\0", 6)) ==
        "w.json: is not a text file (byte 5 is zero)");
  CHECK(contains(json_error("\x7f"
                            "ELF\xff\xfe"),
                 "w.json:1:1: syntax error"));
}

TEST_CASE("mdp json: a declared size is refused before it is allocated") {
  // 2^31 - 1 states would need more than 8 GB of tables.
  CHECK(json_error(R"({"states": 2147483647, "actions": 1000, "transitions": []})") ==
        "w.json: state 0 is not terminal and has no transition");
  CHECK(contains(json_error(R"({"states": 1, "actions": 2147483647,
                                "transitions": [[0, 0, 0, 1, 0]]})"),
                 "more than the limit of 4294967296"));
  CHECK(
      contains(error_of([] { rl::read_mdp_json(kTwoStates, "w.json", 50); }),
               "model: 3 states and 2 actions need at least 75 bytes, more than the limit of 50"));
}

TEST_CASE("mdp json: a name that is not UTF-8 cannot be written") {
  MdpFile file = from_json(with_transitions("[0, 0, 1, 1, 0]"));
  file.state_names = {"\xff", "b"};
  CHECK(contains(error_of([&] { rl::write_mdp_json(file); }), "not UTF-8"));
}

// ---- Cassandra ----------------------------------------------------------------------------------

TEST_CASE("mdp cassandra: a whole file with names, comments and single entries") {
  const MdpFile file = from_cassandra(R"(# two rooms
discount: 0.95
values: reward
states: left right
actions: stay go
start: left
T: stay identity
T: go : left : right 0.9   # by name
T: go : 0 : 0 .1
T: go : right : 1 1.0
R: go : left : right : * 10
R: * : right : * : * -1
)");
  const FiniteMdp& m = file.model;
  CHECK(file.gamma.value() == 0.95);
  CHECK(file.state_names == std::vector<std::string>{"left", "right"});
  CHECK(file.action_names == std::vector<std::string>{"stay", "go"});
  CHECK(m.start_weights() == std::vector<double>{1, 0});
  CHECK(same_row(m.outcomes(0, 0), {{1, 0, 0}}));
  CHECK(same_row(m.outcomes(0, 1), {{0.1, 0, 0}, {0.9, 10, 1}}));
  CHECK(same_row(m.outcomes(1, 0), {{1, -1, 1}}));
  CHECK(same_row(m.outcomes(1, 1), {{1, -1, 1}}));
  CHECK_FALSE(m.has_terminal());
}

TEST_CASE("mdp cassandra: rows, matrices and uniform say what single entries say") {
  const char* const head = "discount: 0.5\nvalues: reward\nstates: 2\nactions: 2\n";
  const MdpFile entries = from_cassandra(std::string(head) + R"(
T: 0 : 0 : 0 0.5 T: 0 : 0 : 1 0.5  T: 0 : 1 : 0 0.5 T: 0 : 1 : 1 0.5
T: 1 : 0 : 0 0.25 T: 1 : 0 : 1 0.75  T: 1 : 1 : 1 1
R: 0 : 0 : 0 : * 1 R: 0 : 0 : 1 : * 2 R: 0 : 1 : 0 : * 3 R: 0 : 1 : 1 : * 4
R: 1 : 0 : 0 5 R: 1 : 0 : 1 6)");
  const MdpFile forms = from_cassandra(std::string(head) + R"(
T: 0
uniform
T: 1
0.25 0.75
0.0  1.0
R: 0
1 2
3 4
R: 1 : 0
5 6)");
  CHECK(same_model(entries.model, forms.model));
  const MdpFile rows = from_cassandra(std::string(head) + R"(
T: 0 : * uniform
T: 1 : 0
0.25 0.75
T: 1 : 1
0 1
R: 0 : 0
1 2
R: 0 : 1
3 4
R: 1 : 0 : 0 5 R: 1 : 0 : 1 6)");
  CHECK(same_model(entries.model, rows.model));
}

TEST_CASE("mdp cassandra: later lines overrule earlier ones, wildcards included") {
  const MdpFile file = from_cassandra(R"(
discount: 0.5 states: 3 actions: 2
T: * : * : * 0
T: * : * : 2 1.0
T: 1 identity
T: 1 : 0 : 0 0
T: 1 : 0 : 1 1
R: * : * : * : * 4
R: 0 : * : 2 : * 5
R: 0 : 1 : * : * 6)");
  const FiniteMdp& m = file.model;
  CHECK(same_row(m.outcomes(0, 0), {{1, 5, 2}}));
  CHECK(same_row(m.outcomes(1, 0), {{1, 6, 2}}));
  CHECK(same_row(m.outcomes(2, 0), {{1, 5, 2}}));
  CHECK(same_row(m.outcomes(0, 1), {{1, 4, 1}}));
  CHECK(same_row(m.outcomes(1, 1), {{1, 4, 1}}));
}

TEST_CASE("mdp cassandra: costs are negated, wherever 'values' stands in the preamble") {
  const MdpFile file =
      from_cassandra("states: 1\nactions: 1\nvalues: cost\nT: 0 identity\nR: 0:0:0:* 3");
  CHECK(file.model.row(0, 0).reward == -3);
  CHECK_FALSE(file.gamma.has_value());
  const MdpFile zero =
      from_cassandra("values: cost states: 1 actions: 1 T: 0 identity R: 0:0:0:* 0");
  CHECK(same_bits(zero.model.outcomes(0, 0)[0].reward, 0.0));
}

TEST_CASE("mdp cassandra: every form of start") {
  const auto start = [](const std::string& line) {
    return from_cassandra("discount: 0.5\nstates: a b c\nactions: 1\n" + line + "\nT: * identity")
        .model.start_weights();
  };
  CHECK(start("start: 0.25 0.5 0.25") == std::vector<double>{0.25, 0.5, 0.25});
  CHECK(start("start: uniform").empty());
  CHECK(start("").empty());
  CHECK(start("start: c") == std::vector<double>{0, 0, 1});
  CHECK(start("start: 1") == std::vector<double>{0, 1, 0});
  CHECK(start("start include: a 2") == std::vector<double>{1, 0, 1});
  CHECK(start("start exclude: a") == std::vector<double>{0, 1, 1});
}

TEST_CASE("mdp cassandra: a pair without transitions is not available") {
  const MdpFile file = from_cassandra("states: 2 actions: 2 T: 0 identity T: 1 : 0 : 1 1");
  CHECK(file.model.available(0, 1));
  CHECK_FALSE(file.model.available(1, 1));
}

TEST_CASE("mdp cassandra: observations are refused as a POMDP") {
  const std::string pomdp = "observations make this a POMDP; only MDPs are read";
  CHECK(cassandra_error("discount: 0.5\nstates: 2\nactions: 2\nobservations: 2\n") ==
        "w.mdp:4:1: " + pomdp);
  CHECK(cassandra_error("states: 1\nactions: a\nO: * uniform") == "w.mdp:3:1: " + pomdp);
  CHECK(cassandra_error("states: 1\nactions: 1\nR: 0 : 0 : 0 : 1 5") ==
        "w.mdp:3:16: an observation other than * makes this a POMDP: expected '*', found '1'");
}

TEST_CASE("mdp cassandra: errors name line, column and what was expected") {
  const std::string head = "states: left right\nactions: 2\n";
  const auto error = [&](const std::string& line) { return cassandra_error(head + line); };
  CHECK(error("T: 0 : lefd : 0 1") ==
        "w.mdp:3:8: unknown state 'lefd'; did you mean 'left'? (choices: left, right)");
  CHECK(error("T: 2 : 0 : 0 1") == "w.mdp:3:4: action 2 is not in 0..1");
  CHECK(error("T: up : 0 : 0 1") ==
        "w.mdp:3:4: expected the number or name of an action, found 'up'");
  CHECK(error("T: 0 : 0 : 0 -0.5") == "w.mdp:3:14: expected a probability in [0, 1], found '-0.5'");
  CHECK(error("T: 0 : 0 : 0 nan") == "w.mdp:3:14: expected a probability, found 'nan'");
  CHECK(error("T: 0 : 0 : 0 inf") == "w.mdp:3:14: expected a probability, found 'inf'");
  CHECK(error("T: 0 : 0 : 0") == "w.mdp:3:13: expected a probability, found the end of the file");
  CHECK(error("T: 0 : 0\n0.5 x") == "w.mdp:4:5: expected a probability, found 'x'");
  CHECK(error("T 0") == "w.mdp:3:3: expected ':', found '0'");
  CHECK(contains(error("Q: 0 identity"), "w.mdp:3:1: unknown keyword 'Q'"));
  CHECK(contains(error("T: 0 identity 0.5"), "w.mdp:3:15: unknown keyword '0.5'"));
  CHECK(error("R: 0 : 0 : 0 : * many") == "w.mdp:3:18: expected a reward, found 'many'");
  CHECK(error("start: 0.5 0.4\nT: * identity") ==
        "w.mdp:3:1: start probabilities sum to 0.9, not 1");
  CHECK(error("start exclude: 0 1\nT: * identity") ==
        "w.mdp: start: the weights sum to zero or overflow");
  CHECK(error("start include:\nT: * identity") ==
        "w.mdp:4:1: expected a list of states, found 'T'");
  CHECK(error("start: left\nstart: right") == "w.mdp:4:1: 'start' stands twice");
  CHECK(error("states: 3") == "w.mdp:3:1: 'states' stands twice");
  CHECK(error("values: profit") == "w.mdp:3:9: expected 'reward' or 'cost', found 'profit'");
  CHECK(error("discount: 1.5") == "w.mdp:3:11: discount must be in [0, 1], found '1.5'");
  CHECK(error("") == "w.mdp: no transitions: expected lines 'T: ...'");
}

TEST_CASE("mdp cassandra: an incomplete preamble is told") {
  CHECK(cassandra_error("actions: 2") == "w.mdp: 'states' is missing");
  CHECK(cassandra_error("states: 2") == "w.mdp: 'actions' is missing");
  CHECK(cassandra_error("states: 2\nT: * identity") ==
        "w.mdp:2:1: 'T' before 'states' and 'actions'");
  CHECK(cassandra_error("states: 0") == "w.mdp:1:9: expected at least one of 'states', found '0'");
  CHECK(cassandra_error("states: a a") == "w.mdp:1:11: name 'a' stands twice");
  CHECK(cassandra_error("states:\nactions: 2") ==
        "w.mdp:2:1: expected the number of states or their names, found 'actions'");
  CHECK(contains(cassandra_error("states: a b\nactoins: 2"),
                 "w.mdp:2:1: unknown keyword 'actoins'; did you mean 'actions'?"));
  CHECK(cassandra_error("states: a -3.5") ==
        "w.mdp:1:11: expected a name of 'states', found '-3.5'");
  CHECK(cassandra_error("# nothing\n") == "w.mdp: 'states' is missing");
  CHECK(cassandra_error("\n") == "w.mdp: is empty");
}

TEST_CASE("mdp cassandra: a row that does not sum to 1 is named with the newest line about it") {
  CHECK(cassandra_error("states: 2\nactions: 1\nT: 0 identity\nT: 0 : 1 : 0 0.5\n") ==
        "w.mdp:4:1: model: state 1, action 0: probabilities sum to 1.5, not 1");
}

TEST_CASE("mdp cassandra: a state without any transition is named") {
  CHECK(cassandra_error("states: 3\nactions: 2\nT: 0 : 0 : 1 1\nT: 1 : 2 : 2 1\n") ==
        "w.mdp: state 1 has no transitions");
}

TEST_CASE("mdp cassandra: a declared size is refused before it is allocated") {
  const std::string head = "states: 2000000000\nactions: 1000\n";
  CHECK(contains(cassandra_error(head + "T: * identity"), "more than the limit of 4294967296"));
  CHECK(contains(cassandra_error(head + "start include: 0"), "more than the limit of 4294967296"));
  // 20,000 rows of 20,000 outcomes that all differ: 11 GB of the 4 allowed, found on the way.
  CHECK(contains(error_of([] {
                   rl::read_mdp_cassandra("states: 20000 actions: 1 T: 0 uniform", "w.mdp",
                                          std::uint64_t{1} << 22);
                 }),
                 "w.mdp:1:26: model: 20000 states and 1 actions need at least"));
}

TEST_CASE("mdp cassandra: random models read the same from both formats") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    rl::Rng rng(seed);
    const State n = 1 + rng.index(5);
    std::string mdp = "states: " + std::to_string(n) + "\nactions: 2\nvalues: cost\n";
    std::string list;
    for (State s = 0; s < n; ++s)
      for (Action a = 0; a < 2; ++a) {
        if (a == 1 && rng.flip(0.4)) continue;
        const State first = rng.index(n);
        const State second = rng.index(n);
        const double p = first == second ? 1 : rng.index(9) / 8.0;
        for (const State next : {std::min(first, second), std::max(first, second)}) {
          const double probability = next == first ? p : 1 - p;
          if (probability == 0) continue;
          const int reward = rng.index(7);
          const std::string pair = std::to_string(a) + " : " + std::to_string(s) + " : ";
          mdp += "T: " + pair + std::to_string(next) + " " + std::to_string(probability) + "\n";
          mdp += "R: " + pair + std::to_string(next) + " : * " + std::to_string(reward) + "\n";
          list += (list.empty() ? "[" : ",[") + std::to_string(s) + "," + std::to_string(a) + "," +
                  std::to_string(next) + "," + std::to_string(probability) + "," +
                  std::to_string(-reward) + "]";
          if (first == second) break;
        }
      }
    const MdpFile other = from_json("{\"states\": " + std::to_string(n) +
                                    ", \"actions\": 2, \"transitions\": [" + list + "]}");
    CAPTURE(mdp);
    CHECK(same_model(from_cassandra(mdp).model, other.model));
  }
}
