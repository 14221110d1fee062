#include "apps/reproduce/statistics_cases.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "apps/reproduce/result.hpp"
#include "rl/files.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl::reproduce {

namespace {

using nlohmann::json;

const std::vector<Case>& statistics_cases() {
  static const std::vector<Case> cases = read_cases(
      json::parse(read_file(std::string(tests::kTruthFolder) + "/statistics.json")), "statistics");
  return cases;
}

const Case& statistics_case(const std::string& id) {
  const auto& cases = statistics_cases();
  return *std::find_if(cases.begin(), cases.end(), [&](const Case& c) { return c.id == id; });
}

/// "7 x number" as [7], "number" as [], an object key by key.
bool is_shaped(const json& value, const json& shape) {
  if (shape.is_object()) {
    if (!value.is_object() || value.size() != shape.size()) return false;
    return std::all_of(shape.items().begin(), shape.items().end(), [&](const auto& item) {
      return value.contains(item.key()) && is_shaped(value[item.key()], item.value());
    });
  }
  const std::string text = shape.get<std::string>();
  if (text == "number") return value.is_number();
  return value.is_array() && value.size() == std::stoul(text) &&
         std::all_of(value.begin(), value.end(), [](const json& x) { return x.is_number(); });
}

/// References that are good to ten digits only, with the exact numbers (tests/truth/README.md).
struct ProvedWrong {
  const char* key;
  json exact;
};
const std::map<std::string, ProvedWrong>& proved_wrong() {
  static const std::map<std::string, ProvedWrong> cases = {
      {"mean_t_interval", {"ci", {10.49239107896762227, 19.80760892103237773}}},
      {"welch_n8_n6", {"ci95", {1.3016562848657987915, 6.3316770484675345419}}},
      {"welch_unequal_var", {"ci95", {-2.3001170518801179048, 1.2001170518801179048}}},
      {"power_n_seeds", {"n_per_group", 16.71472244703577235}},
  };
  return cases;
}

/// The error of a case with this kind and input.
std::string refused_input(const std::string& kind, const char* input) {
  Case c;
  c.id = "a";
  c.kind = kind;
  c.whole = {{"input", json::parse(input)}};
  return tests::error_of([&] { compute_statistics(c); });
}

}  // namespace

TEST_CASE("statistics cases: every reference agrees, but for digits that are proved wrong") {
  int compared = 0;
  for (const Case& c : statistics_cases()) {
    CAPTURE(c.id);
    if (c.expected.is_null()) continue;
    ++compared;
    json measured = compute_statistics(c);
    if (const auto wrong = proved_wrong().find(c.id); wrong != proved_wrong().end()) {
      const char* key = wrong->second.key;
      CHECK_FALSE(statistics_agree(c, measured));
      CHECK(within(measured[key], wrong->second.exact, 1e-13));
      CHECK(within(measured[key], c.expected[key], 2e-9));
      measured[key] = c.expected[key];
    }
    CHECK(statistics_agree(c, measured));
  }
  CHECK(compared == 27);
}

TEST_CASE("statistics cases: withheld answers have the shape that is asked for") {
  int withheld = 0;
  for (const Case& c : statistics_cases()) {
    CAPTURE(c.id);
    if (!c.expected.is_null()) continue;
    ++withheld;
    CHECK(is_shaped(compute_statistics(c), c.whole["expected_shape"]));
  }
  CHECK(withheld == 12);
}

// The withheld answers that take no package.
TEST_CASE("statistics cases: withheld answers by hand") {
  const auto measured = [](const char* id) { return compute_statistics(statistics_case(id)); };
  CHECK(measured("iqm_1d_n8") == 4.5);     // (3 + 4 + 5 + 6) / 4
  CHECK(measured("iqm_1d_n5_ties") == 2);  // (2 + 2 + 2) / 3
  // h = 5 q in 1, 1.5, 2.6, 3, 4, 9: .125, 1.25, 2.5, 4.5, 4.875
  CHECK(within(measured("quantile_linear"), {1, 1.0625, 1.775, 2.8, 6.5, 8.375, 9}, 1e-14));
  // Of A's 15 numbers above 0, .25, .5, .6, .75, 1: .25 and .6 are in A, and not above themselves.
  CHECK(
      within(measured("perf_profile_A_runs"), {1, 11. / 15, 8. / 15, 6. / 15, 4. / 15, 0}, 1e-14));
  // Differences 2.6, 2.5, 3.4, 6.8, .3, 7.9: mean 23.5 / 6
  CHECK(measured("paired_t_common_seeds")["df"] == 5);
  // 100 + 150 * .26 / .3 and 400 + 600 * .01 / .45
  const json times = measured("time_to_threshold");
  CHECK(times["first_at_or_above"] == 250);
  CHECK(within(times["linear_interp"], 230, 1e-12));
  CHECK(within(times["sustained_from"], 400 + 6 / 0.45, 1e-11));
  const json exact = measured("perm_exact_n8_n6");
  CHECK(exact["n_perm"] == 3003);
  CHECK(measured("perm_exact_4_4")["n_perm"] == 70);
  // One-sided, half of the two-sided p of welch_n8_n6.
  CHECK(within(measured("welch_greater")["p"], 0.006391427482207515 / 2, 1e-12));
}

TEST_CASE("statistics cases: evaluate computes them, and a number off by 1e-9 does not agree") {
  const Registry none;
  const Case& c = statistics_case("optimality_gap_clip");
  const CaseResult result = evaluate(none, c);
  CHECK(result.agrees == true);
  CHECK(result.measured.value == 0.25);
  Case off = c;
  off.expected = 0.25 + 1e-9;
  CHECK(evaluate(none, off).agrees == false);
  off.tolerance = 1e-8;
  CHECK(evaluate(none, off).agrees == true);
  CHECK(evaluate(none, statistics_case("quantile_linear")).agrees == std::nullopt);
}

TEST_CASE("statistics cases: p-values and BCa intervals have 1e-9, other keys 1e-12") {
  Case c;
  c.kind = "welch_t";
  c.expected = {{"p", 0.1}, {"t", 2.0}};
  CHECK(statistics_agree(c, {{"p", 0.1 + 5e-10}, {"t", 2.0}}));
  CHECK_FALSE(statistics_agree(c, {{"p", 0.1 + 5e-9}, {"t", 2.0}}));
  CHECK_FALSE(statistics_agree(c, {{"p", 0.1}, {"t", 2.0 + 5e-10}}));
  CHECK_FALSE(statistics_agree(c, {{"p", 0.1}}));
  CHECK_FALSE(statistics_agree(c, {{"p", 0.1}, {"df", 2.0}}));
  CHECK_FALSE(statistics_agree(c, 0.1));
  c.expected = {{"bca", {1, 2}}};
  CHECK(statistics_agree(c, {{"bca", {1, 2 + 5e-10}}}));
  CHECK_FALSE(statistics_agree(c, {{"bca", {1, 2 + 5e-9}}}));
}

TEST_CASE("statistics cases: the kinds are those of the file") {
  std::set<std::string> kinds;
  for (const Case& c : statistics_cases()) kinds.insert(c.kind);
  const std::vector<std::string> offered = statistics_kinds();
  CHECK(std::is_sorted(offered.begin(), offered.end()));
  CHECK(std::set<std::string>(offered.begin(), offered.end()) == kinds);
}

TEST_CASE("statistics cases: what cannot be computed is an error that names the kind") {
  CHECK(refused_input("iqm", R"({"y": [1]})") ==
        "iqm: unknown key of input 'y'; did you mean 'x'? (choices: x)");
  CHECK(refused_input("iqm", "{}") == "iqm: 'x' is missing in {}");
  CHECK(refused_input("iqm", "[1]") == "iqm: input: expected an object, not [1]");
  CHECK(refused_input("iqm", R"({"x": 1})") == "iqm: x: expected a list, not 1");
  CHECK(refused_input("iqm", R"({"x": [1, "b"]})") == "iqm: x: expected a number, not \"b\"");
  CHECK(refused_input("iqm", R"({"x": []})") ==
        "iqm: trimmed_mean: needs at least 1 number, not 0");
  CHECK(refused_input("iqm_matrix", R"({"scores": [[1, 2], [3]]})") ==
        "iqm_matrix: scores: run 1 has 1 tasks, run 0 has 2");
  CHECK(refused_input("normalise", R"({"x": [1], "low": 2, "high": 2})") ==
        "normalise: low and high: expected two different finite numbers, not 2 and 2");
  CHECK(tests::contains(
      refused_input("welch_t", R"({"a": [1, 2], "b": [1, 2], "alternative": "greatr"})"),
      "welch_t: unknown alternative 'greatr'; did you mean 'greater'?"));
  CHECK(tests::contains(
      refused_input("band", R"({"values": [[1]], "alpha": 0.1, "kind": "percentile_2.5_97.5"})"),
      "band: unknown kind 'percentile_2.5_97.5'; did you mean 'percentile_5_95'?"));
  const char* out_of_range =
      R"({"x": [1, 2], "indices": [[0, 2]], "statistic": "mean", "confidence": 0.9})";
  CHECK(refused_input("bootstrap_ci_given_indices", out_of_range) ==
        "bootstrap_ci_given_indices: indices: expected a whole number from 0 to 1, not 2");
  const char* too_long =
      R"({"diff": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23]})";
  CHECK(refused_input("permutation_paired_exact", too_long) ==
        "permutation_paired_exact: more than 5000000 permutations");
  CHECK(refused_input("time_to_threshold",
                      R"({"steps": [1], "values": [1], "threshold": 1, "window": 3})") ==
        "time_to_threshold: window: expected a whole number from 1 to 1, not 3");
  CHECK(tests::contains(refused_input("iqms", "{}"), "unknown kind of statistics 'iqms'"));
  Case no_input;
  no_input.kind = "iqm";
  no_input.whole = {{"id", "a"}};
  CHECK(tests::contains(tests::error_of([&] { compute_statistics(no_input); }),
                        "iqm: 'input' is missing"));
}

}  // namespace rl::reproduce
