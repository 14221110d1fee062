#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/all.hpp"
#include "apps/reproduce/errata.hpp"
#include "apps/reproduce/evaluate.hpp"
#include "apps/reproduce/figures.hpp"
#include "apps/reproduce/page.hpp"
#include "apps/reproduce/result.hpp"
#include "apps/reproduce/runs.hpp"
#include "apps/reproduce/spec.hpp"
#include "apps/reproduce/table.hpp"
#include "apps/reproduce/value_tables.hpp"
#include "envs/all.hpp"
#include "rl/files.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"
#include "tests/sanitized.hpp"

namespace rl::reproduce {

namespace {

using nlohmann::json;

const Registry& registry() {
  static const Registry all = [] {
    Registry r;
    add_worlds(r);
    add_algorithms(r);
    return r;
  }();
  return all;
}

json computed(const char* spec) { return compute(registry(), json::parse(spec)); }

std::string refused_case(const char* spec) {
  return tests::error_of([&] { computed(spec); });
}

Case case_of(json file) { return read_cases(json::array({std::move(file)}), "test").front(); }

/// "25 x number" as [25], "number" as [], ["4 x number", ...] as a list of shapes.
bool has_shape(const json& value, const json& shape) {
  if (shape.is_array()) {
    if (!value.is_array() || value.size() != shape.size()) return false;
    for (std::size_t i = 0; i < shape.size(); ++i)
      if (!has_shape(value[i], shape[i])) return false;
    return true;
  }
  const std::string text = shape.get<std::string>();
  if (text == "number") return value.is_number();
  const std::size_t times = text.find(" x ");
  REQUIRE(times != std::string::npos);
  const json rest = text.substr(times + 3);
  return value.is_array() && value.size() == std::stoul(text) &&
         std::all_of(value.begin(), value.end(),
                     [&](const json& element) { return has_shape(element, rest); });
}

/// A file of cases, removed at the end.
struct CaseFile {
  explicit CaseFile(std::string_view text)
      : path((std::filesystem::temp_directory_path() /
              ("rlbook_cases_" + std::to_string(getpid()) + ".json"))
                 .string()) {
    write_file(path, text);
  }
  CaseFile(const CaseFile&) = delete;
  CaseFile& operator=(const CaseFile&) = delete;
  ~CaseFile() { std::filesystem::remove(path); }
  std::string path;
};

}  // namespace

// ---- the textbook -------------------------------------------------------------------------------

TEST_CASE(
    "reproduce: every exact case of the chapters on models, planning and linear values is "
    "answered") {
  constexpr std::array kBeginnings = {
      "mfrl.ch1.",       "mfrl.ch2.",       "mfrl.ch3.",    "mfrl.ch4.",    "mfrl.ch5.fig5.4",
      "mfrl.ch5.fig5.6", "mfrl.ch5.fig5.7", "mfrl.ch8.",    "mfrl.ch9.",    "mfrl.ch10.fig10.2",
      "sb.ex3",          "sb.ex4",          "sb.exercise4", "gym.",         "sb.fig5.1",
      "sb.fig5.2",       "sb.ex6.5",        "sb.ex6.6",     "sb.ex8.mazes", "sb.ex9",
      "sb.fig9.5",       "sb.ex10.2",       "sb.ex11",      "sb.fig11",     "sb.ex13.1"};
  int named = 0;
  for (const Case& c : textbook()) {
    const bool is_named = std::any_of(kBeginnings.begin(), kBeginnings.end(),
                                      [&](const char* b) { return c.id.rfind(b, 0) == 0; });
    if (c.kind != "exact" || !is_named) continue;
    ++named;
    CHECK_MESSAGE(spec_table().contains(c.id), c.id);
  }
  CHECK(named == 117);
}

TEST_CASE("reproduce: every answer agrees with its reference, or has the shape that is asked for") {
  int with_runs = 0;
  for (const Case* answered : answered_cases()) {
    Case copy = *answered;
    copy.spec = spec_table()[copy.id];
    if (has_runs(copy.spec)) {
      // A figure is one computation with many parameters: a sanitizer sees some of them.
      if (tests::kSanitized && ++with_runs % 4 != 0) continue;
      // the rule weighs how many there are; a median of few needs them all
      const int runs = copy.spec["runs"].get<int>();
      constexpr int kFew = 50;
      if (runs < kFew && tests::kSanitized) continue;
      if (runs >= kFew) copy.spec["runs"] = std::max(runs / 50, 1);
    }
    const Case* c = &copy;
    const CaseResult result = evaluate(registry(), *c);
    CAPTURE(c->id);
    CHECK(result.error == "");
    if (c->expected.is_null())
      CHECK(has_shape(result.measured.value, c->whole["expected_shape"]));
    else
      CHECK_MESSAGE(result.agrees == true, result.measured.value.dump(), " ", c->expected.dump());
  }
}

TEST_CASE("reproduce: every spec answers a case of the textbook, every erratum stands by one") {
  const std::vector<const Case*> answered = answered_cases();
  CHECK(answered.size() == spec_table().size());
  for (const Erratum& erratum : errata())
    CHECK_MESSAGE(std::any_of(answered.begin(), answered.end(),
                              [&](const Case* c) { return fits(erratum.ids, c->id); }),
                  std::string(erratum.ids));
}

TEST_CASE("reproduce: the program carries tests/truth/textbook.json unchanged") {
  const json file = json::parse(read_file(tests::kTruthFolder + std::string("/textbook.json")));
  REQUIRE(textbook().size() == file["cases"].size());
  for (std::size_t i = 0; i < textbook().size(); ++i)
    CHECK(textbook()[i].whole == file["cases"][i]);
}

TEST_CASE("reproduce: two answers without a reference, by hand") {
  // v(1), v(19) = (s - 10) / 10; mean of (k/10)^2 over k = -9..9 is 2 * 285 / 1900 = 0.3.
  const json walk = compute(registry(), spec_table()["sb.ex7.1.rw19"]);
  CHECK(within(walk, {-0.9, 0.9, std::sqrt(0.3)}, 1e-12));
  // s1 up and left bump, right is forbidden: v(s1) = max(0) without a discount on what follows.
  const json v = compute(registry(), spec_table()["mfrl.ch3.fig3.4c.vstar"]);
  CHECK(v[0] == 0);
  CHECK(v[12] == 1);  // s13 lies above the target
}

// ---- the rule of agreement ----------------------------------------------------------------------

TEST_CASE("agreement: a number within its tolerance agrees, one beyond it does not") {
  const Case c = case_of({{"id", "x"}, {"kind", "exact"}, {"expected", 2.0}, {"tolerance", 0.1}});
  CHECK(agrees(c, {2.09}) == true);
  CHECK(agrees(c, {2.11}) == false);
  CHECK(agrees(c, {nullptr}) == false);
  CHECK(agrees(c, {"2"}) == false);
}

TEST_CASE("agreement: without a tolerance 1e-6 holds") {
  const Case c = case_of({{"id", "x"}, {"kind", "exact"}, {"expected", 1.0}});
  CHECK(agrees(c, {1.0000009}) == true);
  CHECK(agrees(c, {1.0000011}) == false);
}

TEST_CASE("agreement: a printed table must also be met to 1e-6 where its numbers are known") {
  const Case c = case_of({{"id", "x"},
                          {"kind", "exact"},
                          {"expected", {5.8, 5.6}},
                          {"expected_precise", {5.832, 5.58}},
                          {"tolerance", 0.0501}});
  CHECK(agrees(c, {{5.832, 5.58}}) == true);
  CHECK(agrees(c, {{5.83, 5.58}}) == false);
  CHECK(agrees(c, {{5.9, 5.58}}) == false);
}

TEST_CASE("agreement: sets of actions, shapes and nulls must be the same") {
  const Case c = case_of({{"id", "x"},
                          {"kind", "exact"},
                          {"expected", json::parse("[[1, 2], [3], null, \"B0\"]")},
                          {"tolerance", 0}});
  CHECK(agrees(c, {json::parse("[[1, 2], [3], null, \"B0\"]")}) == true);
  CHECK(agrees(c, {json::parse("[[1], [3], null, \"B0\"]")}) == false);
  CHECK(agrees(c, {json::parse("[[2, 1], [3], null, \"B0\"]")}) == false);
  CHECK(agrees(c, {json::parse("[[1, 2], [3], 0, \"B0\"]")}) == false);
  CHECK(agrees(c, {json::parse("[[1, 2], [3], null, \"B1\"]")}) == false);
  CHECK(agrees(c, {json::parse("[[1, 2], [3], null]")}) == false);
}

TEST_CASE("agreement: a withheld answer is neither right nor wrong") {
  const Case c = case_of({{"id", "x"}, {"kind", "exact"}, {"expected", nullptr}});
  CHECK_FALSE(agrees(c, {3.0}).has_value());
}

TEST_CASE("agreement: a mean over runs agrees within four standard errors of the difference") {
  const Case c = case_of({{"id", "x"},
                          {"kind", "statistical"},
                          {"expected", 10},
                          {"sd_single_run", 3.0},
                          {"standard_error", 0.4}});
  // 4 sqrt(3^2 / 100 + 0.4^2) = 2; with no runs of ours 4 * 0.4 = 1.6.
  CHECK(agrees(c, {11.99, 100}) == true);
  CHECK(agrees(c, {12.01, 100}) == false);
  CHECK(agrees(c, {11.59}) == true);
  CHECK(agrees(c, {11.61}) == false);
}

TEST_CASE("agreement: of [mean, sd] by the reference's sd; by a given distance without one") {
  const Case pair =
      case_of({{"id", "x"}, {"kind", "statistical"}, {"expected", {10, 3}}, {"n_runs", 100}});
  // 4 * 3 sqrt(1/100 + 1/100) = 1.697 for the mean, 1.2 for the sd.
  const auto agree = [&](double mean, double sd) {
    return agrees(pair, {json::array({mean, sd}), 100});
  };
  CHECK(agree(11.69, 3) == true);
  CHECK(agree(11.71, 3) == false);
  CHECK(agree(10, 4.19) == true);
  CHECK(agree(10, 4.21) == false);
  const Case near = case_of({{"id", "x"}, {"kind", "statistical"}, {"expected", 8000}});
  CHECK(agrees(near, {8699, 1, {}, 700}) == true);
  CHECK(agrees(near, {8701, 1, {}, 700}) == false);
}

/// The mean of four runs of Q-learning that acts at random and never learns, on the short corridor
/// unless the spec is changed.
double number_of_run(const json& spec_changes) {
  json spec = {{"problem", "short_corridor"},
               {"algorithm", "q_learning"},
               {"options", {{"alpha", 0}, {"epsilon", 1}}},
               {"runs", 4}};
  spec.merge_patch(spec_changes);
  const CaseResult result =
      evaluate(registry(), case_of({{"id", "x"}, {"kind", "statistical"}, {"spec", spec}}));
  CAPTURE(result.error);
  REQUIRE(result.error.empty());
  return result.measured.value.get<double>();
}

TEST_CASE("runs: a list of quantities is read off the same runs") {
  const json first = {{"name", "episode_steps"}, {"first", 3}, {"last", 7}};
  const json second = {{"name", "reward_sum"}, {"first", 111}, {"last", 130}};
  const json spec = {{"problem", "short_corridor"},
                     {"algorithm", "q_learning"},
                     {"options", {{"alpha", 0}, {"epsilon", 1}}},
                     {"runs", 4},
                     {"quantity", {{{"name", "reward_sum"}, {"first", 11}, {"last", 30}}, second}}};
  CHECK(measure_runs(registry(), spec).value == json{-20, -20});
  json twice = spec;
  twice["quantity"] = {first, first};  // has passed when it is asked for again
  CHECK(tests::contains(tests::error_of([&] { measure_runs(registry(), twice); }), "in order"));
}

TEST_CASE("runs: a case that says 'above' holds where the number is") {
  const Case c = case_of({{"id", "x"}, {"kind", "statistical"}, {"expected", 5}});
  Measurement measured{20};
  measured.above = 1;
  CHECK(agrees(c, measured) == true);
  measured.value = 0.9;
  CHECK(agrees(c, measured) == false);
}

TEST_CASE("runs: quantities of episodes and of estimates") {
  const auto quantity = [](json q) { return number_of_run({{"quantity", std::move(q)}}); };
  // Every step costs 1, so an episode's return is the negative number of its steps.
  const double steps = quantity({{"name", "episode_steps"}, {"first", 3}, {"last", 7}});
  CHECK(steps >= 1);
  CHECK(quantity({{"name", "episode_return"}, {"first", 3}, {"last", 7}}) == -steps);
  CHECK(quantity({{"name", "reward_sum"}, {"first", 11}, {"last", 30}}) == -20);
  CHECK(quantity({{"name", "mean_reward"}, {"first", 11}, {"last", 30}}) == -1);
  // Episodes up to step 100 are those up to 40 and those after.
  CHECK(quantity({{"name", "episodes_ended"}, {"first", 1}, {"last", 100}}) ==
        quantity({{"name", "episodes_ended"}, {"first", 1}, {"last", 40}}) +
            quantity({{"name", "episodes_ended"}, {"first", 41}, {"last", 100}}));
  // In the first state left and right are drawn alike; an episode may draw both.
  const auto share = [&](int a) {
    return quantity({{"name", "action_share"}, {"state", 0}, {"action", a}, {"episode", 2}});
  };
  CHECK(share(0) + share(1) >= 1);
  CHECK(quantity({{"name", "estimate"}, {"place", 1}, {"step", 9}}) == 0);
  // Nothing is learned: q = 0 is as far from q* after one episode as after three on average.
  const double error = quantity({{"name", "value_rmse"}, {"first", 1}, {"last", 1}});
  CHECK(error > 0);
  CHECK(quantity({{"name", "value_rmse"}, {"first", 1}, {"last", 3}}) == doctest::Approx(error));
  CHECK(quantity({{"name", "greedy_value_rmse"}, {"step", 5}}) > 0);
}

// ---- specs --------------------------------------------------------------------------------------

TEST_CASE("specs: a case's own spec gives what the table's gives") {
  for (const char* id : {"mfrl.ch3.fig3.4a.vstar", "mfrl.ch5.fig5.6.eps0.2.printed",
                         "sb.ex6.6.cliff", "mfrl.ch4.pi_trace_lowest_index"}) {
    const json spec = spec_table()[id];
    const Case own = case_of({{"id", "mine"}, {"kind", "exact"}, {"spec", spec}});
    const Case named = case_of({{"id", id}, {"kind", "exact"}});
    CHECK(evaluate(registry(), own).measured.value == evaluate(registry(), named).measured.value);
  }
}

TEST_CASE("specs: runs give a mean with its error; arms without noise and spread give it exactly") {
  const Case even =
      case_of({{"id", "x"},
               {"kind", "statistical"},
               {"spec",
                {{"problem", "bandit"},
                 {"problem_options", {{"mu", 2}, {"sd_arms", 0}, {"sd_reward", 0}}},
                 {"algorithm", "ucb"},
                 {"runs", 3},
                 {"quantity", {{"name", "mean_reward"}, {"first", 2}, {"last", 5}}}}}});
  CHECK(evaluate(registry(), even).measured.value == 2);
  CHECK(evaluate(registry(), even).measured.runs == 3);
  CHECK(evaluate(registry(), even).measured.standard_error == 0);
  Case wrong = even;
  wrong.spec["quantity"]["name"] = "mean_rewards";
  CHECK(tests::contains(evaluate(registry(), wrong).error, "did you mean 'mean_reward'?"));
  wrong.spec["algorithm"] = "value_iteration";
  CHECK(tests::contains(evaluate(registry(), wrong).error, "did you mean 'mean_reward'?"));
  wrong.spec["quantity"]["name"] = "mean_reward";
  CHECK(evaluate(registry(), wrong).error == "algorithm: runs need a learner");
  wrong.spec["algorithm"] = "kl_ucb";
  CHECK(tests::contains(evaluate(registry(), wrong).error, "rewards must lie in [0, 1]"));
}

TEST_CASE("specs: a case's own spec comes before the table's") {
  const Case c = case_of(
      {{"id", "mfrl.ch3.fig3.4a.vstar"},
       {"kind", "exact"},
       {"spec",
        {{"problem", "mfrl_1x2"}, {"algorithm", "value_iteration"}, {"quantity", "values"}}}});
  CHECK(evaluate(registry(), c).measured.value.size() == 2);
}

TEST_CASE("specs: each merges its changes, join makes one list of the results") {
  // 1x2 grid, always left: s1 bumps for -1 each time, s2 earns 0 and comes to s1.
  CHECK(computed(R"({"problem": "mfrl_1x2", "algorithm": "policy_evaluation", "policy": "<<",
                     "quantity": "values",
                     "each": [{"options": {"stop": "change", "max_sweeps": 1}},
                              {"options": {"stop": "change", "max_sweeps": 2}}]})") ==
        json::parse("[[-1.0, 0.0], [-1.9, -0.9]]"));
  CHECK(computed(R"({"problem": "mfrl_1x2", "algorithm": "policy_evaluation", "policy": 0,
                     "quantity": "values", "join": true,
                     "each": [{"options": {"stop": "change", "max_sweeps": 1}},
                              {"options": {"stop": "change", "max_sweeps": 2}}]})") ==
        json::parse("[-1.0, 0.0, -1.9, -0.9]"));
}

TEST_CASE("specs: a policy has the same values however it is written") {
  const json letters = computed(R"({"problem": "mfrl_2x2", "algorithm": "policy_evaluation",
                                    "policy": "v v > o", "quantity": "values"})");
  for (
      const char* policy :
      {R"([2, 2, 1, 4])", R"([[0, 0, 1, 0, 0], 2, 1, 4])", R"({"around": "vv>o", "epsilon": 0})",
       R"({"greedy_in": {"algorithm": "policy_evaluation", "policy": "vv>o"}, "ties": "first"})"}) {
    json spec = {
        {"problem", "mfrl_2x2"}, {"algorithm", "policy_evaluation"}, {"quantity", "values"}};
    spec["policy"] = json::parse(policy);
    CHECK(within(compute(registry(), spec), letters, 1e-8));
  }
}

TEST_CASE("specs: the best mix is where the slope of the value is 0") {
  // v(0) = -2 (2 - p) / (p (1 - p)) is largest at p = 2 - sqrt(2).
  const json p = computed(R"({"problem": "short_corridor", "policy": {"best_mix": [0, 1]},
                              "quantity": {"name": "probability", "state": 1, "action": 0}})");
  CHECK(p.get<double>() == doctest::Approx(2 - std::sqrt(2)).epsilon(1e-13));
}

TEST_CASE("specs: states give the result their shape") {
  const json v = computed(R"({"problem": "mfrl_2x2", "algorithm": "policy_evaluation",
    "options": {"method": "closed_form"}, "policy": "vv>o",
    "quantity": {"name": "values", "states": [[0, null], [{"first": 2, "last": 3}]]}})");
  CHECK(within(v, json::parse("[[9, null], [[10, 10]]]"), 1e-12));
}

TEST_CASE("specs: what cannot be read says where and what was expected") {
  CHECK(refused_case(R"([])") == "spec: expected an object, not []");
  CHECK(refused_case(R"({"problem": "mfrl_5x5"})").find("'quantity' is missing") == 0);
  CHECK(refused_case(R"({"problem": "mfrl_5x6", "quantity": "values"})").find("mfrl_5x5") !=
        std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "quantity": "value"})").find("'values'") !=
        std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "quantity": "values"})") ==
        "algorithm: the quantity needs one");
  CHECK(refused_case(
            R"({"problem": "mfrl_5x5", "algoritm": "value_iteration", "quantity": "values"})")
            .find("did you mean 'algorithm'") != std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "algorithm": "q_learning", "quantity": "values"})")
            .find("not a planner") != std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "gamma": 1.5, "algorithm": "value_iteration",
                    "quantity": "values"})") == "gamma: expected a number in [0, 1], not 1.5");
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "gamma": 1, "algorithm": "value_iteration",
                    "quantity": "values"})") != "");
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "policy": ">>", "quantity": "eigenvalues"})")
            .find("2 letters for 25 states") != std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "algorithm": "value_iteration", "policy": "uniform",
                    "quantity": "values"})")
            .find("value_iteration takes none") != std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "algorithm": "value_iteration",
                    "quantity": {"name": "values", "states": 25}})")
            .find("state: expected a whole number from 0 to 24") != std::string::npos);
  CHECK(refused_case(R"({"problem": "mfrl_5x5", "model": 1, "quantity": "next_states"})")
            .find("does not change") != std::string::npos);
  CHECK(refused_case(R"({"formula": "discounted_retur"})").find("discounted_return") !=
        std::string::npos);
}

TEST_CASE("specs: linear values by a map's text or by rows, weighted by a policy's own states") {
  const char* by_rows = R"({"problem": "random_walk_5", "policy": "uniform", "quantity": {
      "name": "td_fixed_point", "features": [[9], [1], [1], [1], [1], [1], [9]],
      "weighting": {"policy": "uniform"}}})";
  const char* by_text = R"({"problem": "random_walk_5", "policy": "uniform", "quantity": {
      "name": "td_fixed_point", "features": "bias", "weighting": "on_policy"}})";
  // v = s / 6 against 3 / 6, visits 1, 2, 3, 2, 1 of 9: (4 + 2 + 0 + 2 + 4) / 9 / 36
  for (const char* spec : {by_rows, by_text}) {
    const json result = computed(spec);
    CHECK(result[0].get<double>() == doctest::Approx(std::sqrt(12.0 / 9) / 6));
    CHECK(result[1].get<double>() == doctest::Approx(0.5));
  }
}

TEST_CASE("specs: of linear values, what cannot be read says what was expected") {
  const auto refused = [](const json& changes) {
    json spec = {{"problem", "tsitsiklis_van_roy"},
                 {"policy", "uniform"},
                 {"quantity",
                  {{"name", "expected_updates"},
                   {"features", {{1}, {2}, {0}}},
                   {"weighting", "uniform"},
                   {"method", "semi_gradient_dp"},
                   {"alpha", 0.1},
                   {"w0", {1}},
                   {"sweeps", 1},
                   {"weights", 0}}}};
    spec["quantity"].update(changes);
    return tests::error_of([&] { compute(registry(), spec); });
  };
  CHECK(refused(json::object()) == "nothing was thrown");
  CHECK(refused({{"weighting", "on policy"}}).find("on_policy") != std::string::npos);
  CHECK(refused({{"method", "semi_gradient"}}).find("semi_gradient_dp") != std::string::npos);
  CHECK(refused({{"w0", {1, 2}}}) == "w0: 2 numbers for 1 features");
  CHECK(refused({{"w0", 1}}) == "w0: expected a list of numbers, not 1");
  CHECK(refused({{"features", {{1}, {2, 3}, {0}}}}) == "features: rows of different lengths");
  CHECK(refused({{"features", {{1}, {2}}}}) ==
        "linear prediction: 2 rows of features for 3 places");
  CHECK(refused({{"features", "furier"}}).find("fourier") != std::string::npos);
  CHECK(refused({{"sweeps", {3, 2}}}).find("expected a whole number from 3") != std::string::npos);
  CHECK(refused({{"weights", 1}}) != "");
}

TEST_CASE("specs: importance sampling of two distributions over numbers") {
  // w = 2, 2/3: mean 2 * 1/4 * 3 + 2/3 * 3/4 * 1
  const json result = computed(R"({"formula": "importance_sampling", "x": [3, 1],
                                   "wanted": [0.5, 0.5], "from": [0.25, 0.75]})");
  CHECK(result[0].get<double>() == doctest::Approx(1.5));
  CHECK(result[1].get<double>() == doctest::Approx(2));
  CHECK(result[2].get<double>() == doctest::Approx(36.0 / 4 + 4.0 / 9 * 0.75 - 4));
  CHECK(result.size() == 5);
  CHECK(refused_case(R"({"formula": "importance_sampling", "x": [3, 1], "wanted": [1],
                    "from": [0.5, 0.5]})") == "wanted: expected a probability for each x");
}

// ---- names --------------------------------------------------------------------------------------

TEST_CASE("figures: an id tells its book, chapter and figures") {
  CHECK(place_of("mfrl.ch3.fig3.4a.vstar").figures == std::vector<std::string>{"mfrl-fig-3.4"});
  CHECK(place_of("mfrl.ch3.fig3.4a.vstar").chapter == 3);
  CHECK(place_of("sb.exercise4.7.values").figures == std::vector<std::string>{"sb-exercise-4.7"});
  CHECK(place_of("sb.ex13.1.corridor").chapter == 13);
  CHECK(place_of("sb.ex8.mazes").chapter == 8);
  CHECK(place_of("sb.ex8.mazes").figures.empty());
  CHECK(place_of("mfrl.stat.fig8.7_8.8_tdlinear_poly3_rmse_ep50").figures ==
        std::vector<std::string>{"mfrl-fig-8.7", "mfrl-fig-8.8"});
  CHECK(place_of("sb.stat.ex6.6_sarsa_alpha0.5_eps0.1_reward").figures ==
        std::vector<std::string>{"sb-ex-6.6"});
  CHECK(place_of("gym.taxi").book == "gym");
}

TEST_CASE("figures: a name selects all cases of its figure and no others") {
  const std::vector<const Case*> cases = answered_cases();
  const auto count = [&](const char* name) { return select(name, cases).size(); };
  CHECK(count("all") == cases.size());
  CHECK(count("mfrl-fig-3.4") == 10);  // values and actions of a-d, sweeps of a and d
  CHECK(count("mfrl_figure_3.4") == 10);
  CHECK(count("mfrl-fig-3.4b") == 2);
  CHECK(count("mfrl-fig-2.7b") == 2);
  CHECK(count("sb-example-4.1") == 6);
  CHECK(count("sb-ex-6.6") == 7);
  CHECK(count("mfrl-table-4.2") == 1);
  CHECK(count("mfrl-ch-1") == 3);
  CHECK(count("gym.taxi") == 1);
  CHECK(count("gym-frozenlake4x4") == 3);
  CHECK(count("sb.ex4.3") == 5);
}

TEST_CASE("figures: a figure without its book is an error that lists what is meant") {
  const std::vector<const Case*> cases = answered_cases();
  const auto text = [&](const char* name) { return tests::error_of([&] { select(name, cases); }); };
  CHECK(text("fig-3.4") == "'fig-3.4' names no book: mfrl-fig-3.4");
  CHECK(text("fig-5.1").find("sb-fig-5.1") != std::string::npos);
  CHECK(text("fig-9.9").find("mfrl-fig-9.9 or sb-fig-9.9") != std::string::npos);
  CHECK(text("ch-4") == "'ch-4' names no book: mfrl-ch-4 or sb-ch-4");
  CHECK(text("mfrl-fig-3.5x").find("did you mean 'mfrl-fig-3.5'?") != std::string::npos);
  CHECK(text("sb-ex-6.8").find("did you mean") != std::string::npos);
}

// ---- what a reader sees -------------------------------------------------------------------------

TEST_CASE("value tables: grids are squares, sets are cells, deep lists are several tables") {
  CHECK(value_tables(json(std::vector<int>(25, 1))).front().rows.size() == 5);
  CHECK(value_tables(json::parse("[1, 2, 3]")).front().rows.size() == 1);
  const std::vector<ValueTable> sets = value_tables(json::parse("[[1, 2], [3]]"));
  CHECK(as_text(sets.front().rows.front().front()) == "1,2");
  CHECK(value_tables(json::parse("[[[1], [2]], [[3], [4]]]")).size() == 2);
  CHECK(in_brief(json::parse("[1, 2, 3, 4, 5]"), 9) == "1 2 ... (5)");
  CHECK(in_brief(json::parse("[1, 2]"), 3) == "1 2");
  CHECK(as_text(-0.0) == "0");
}

TEST_CASE("page: each case stands in it once, and nothing is loaded from elsewhere") {
  std::vector<CaseResult> results;
  for (const Case* c : select("mfrl-ch-3", answered_cases()))
    results.push_back(evaluate(registry(), *c));
  Case wrong = *results.front().truth;
  wrong.id = "mfrl.ch3.wrong<script>";
  wrong.expected = json::array({1, 2});
  results.push_back(evaluate(registry(), wrong));
  const std::string page = numbers_page(results);
  for (const CaseResult& result : results)
    CHECK(page.find("<h3>" + result.truth->id.substr(0, 14)) != std::string::npos);
  for (const char* foreign : {"http:", "https:", "<script", "@import", "url("})
    CHECK_MESSAGE(page.find(foreign) == std::string::npos, foreign);
}

// ---- evaluate -----------------------------------------------------------------------------------

TEST_CASE(
    "evaluate: a number for what it can compute, an error for what it cannot, never a crash") {
  const CaseFile file(R"({"cases": [
    {"id": "a", "kind": "exact", "expected": 10, "spec": {"problem": "mfrl_1x2",
      "algorithm": "value_iteration", "quantity": {"name": "values", "states": 1}}},
    {"id": "b", "kind": "exact", "expected": 11, "spec": {"problem": "mfrl_1x2",
      "algorithm": "value_iteration", "quantity": {"name": "values", "states": 1}}},
    {"id": "c", "kind": "exact", "expected": null, "spec": {"problem": "mfrl_1x2",
      "algorithm": "value_iteration", "quantity": {"name": "values", "states": 1}}},
    {"id": "d", "kind": "exact", "expected": 1, "spec": 3},
    {"id": "mfrl.ch3.fig3.4a.vsta", "kind": "exact"},
    {"id": "e", "kind": "kl_controler"}]})");
  std::ostringstream out, err;
  CHECK(evaluate_program(registry(), {file.path}, out, err) == 0);
  const json rows = json::parse(out.str());
  REQUIRE(rows.size() == 6);
  CHECK(rows[0]["agrees"] == true);
  CHECK(rows[0]["error"].is_null());
  CHECK(rows[1]["agrees"] == false);
  CHECK(rows[2]["agrees"].is_null());
  CHECK(rows[2]["measured"].is_number());
  CHECK(rows[3]["error"] == "spec: expected an object, not 3");
  CHECK(rows[4]["error"].get<std::string>().find("did you mean 'mfrl.ch3.fig3.4a.vstar'") !=
        std::string::npos);
  CHECK(rows[5]["error"] == "kind 'kl_controler' is not offered by this version");
  CHECK(rows[5]["measured"].is_null());

  std::ostringstream one;
  CHECK(evaluate_program(registry(), {file.path, "--only", "a"}, one, err) == 0);
  CHECK(json::parse(one.str()).size() == 1);
}

TEST_CASE("evaluate: every case that is asked for has a row, and numbers keep all digits") {
  // Those of the textbook with thousands of runs are answered above with fewer.
  const std::pair<const char*, const char*> asked[] = {
      {"/textbook.json", "mfrl.ch"}, {"/preference.json", "m"}, {"/statistics.json", "m"}};
  for (const auto& [file, prefix] : asked) {
    const std::string path = tests::kTruthFolder + std::string(file);
    std::ostringstream out, err;
    CHECK(evaluate_program(registry(), {path, "--only", prefix}, out, err) == 0);
    std::vector<std::string> ids;
    for (const json& row : json::parse(out.str())) {
      ids.push_back(row["id"].get<std::string>());
      CHECK(row["measured"].is_null() != row["error"].is_null());
    }
    std::vector<std::string> expected;
    for (const Case& c : read_cases(json::parse(read_file(path)), path))
      if (c.id.rfind(prefix, 0) == 0) expected.push_back(c.id);
    CHECK(ids == expected);
    CHECK(ids.size() >= 4);
  }
  std::ostringstream out, err;
  evaluate_program(
      registry(), {tests::kTruthFolder + std::string("/textbook.json"), "--only", "mfrl.ch3.ex3.4"},
      out, err);
  CHECK(out.str().find("-0.13433430554898915") != std::string::npos);
}

TEST_CASE("evaluate: malformed input is a message and exit code 2") {
  std::ostringstream out, err;
  const auto code = [&](const std::vector<std::string>& words) {
    err.str("");
    return evaluate_program(registry(), words, out, err);
  };
  CHECK(code({}) == 2);
  CHECK(code({"/nonexistent/cases.json"}) == 2);
  {
    const CaseFile file("[{");
    CHECK(code({file.path}) == 2);
    CHECK(err.str().find(":1:") != std::string::npos);
  }
  {
    const CaseFile file(R"({"case": 1})");
    CHECK(code({file.path}) == 2);
    CHECK(err.str().find("expected {\"cases\": [...]}") != std::string::npos);
  }
  {
    const CaseFile file(R"([{"kind": "exact"}])");
    CHECK(code({file.path}) == 2);
    CHECK(err.str().find("case 1: 'id' is missing") != std::string::npos);
  }
  {
    const CaseFile file("[]");
    CHECK(code({file.path, "--all"}) == 2);
    CHECK(code({file.path, "--only"}) == 2);
  }
  CHECK(out.str().empty());
}

}  // namespace rl::reproduce
