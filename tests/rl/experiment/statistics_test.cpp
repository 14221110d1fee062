#include "rl/experiment/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "rl/files.hpp"
#include "tests/numbers.hpp"
#include "tests/paths.hpp"

using nlohmann::json;
using Numbers = std::vector<double>;
using tests::kInfinity;

namespace {

bool near(double x, const json& wanted, double tolerance = 1e-12) {
  const double w = wanted.get<double>();
  return std::abs(x - w) <= tolerance * std::max(1.0, std::abs(w));
}
bool near(const rl::Interval& x, const json& wanted, double tolerance = 1e-12) {
  return near(x.low, wanted[0], tolerance) && near(x.high, wanted[1], tolerance);
}

Numbers column(const json& scores, std::size_t task) {
  Numbers x;
  for (const json& run : scores) x.push_back(run[task].get<double>());
  return x;
}

/// Calls check(input, expected) for each case of the kind; returns the ids of those.
template <class Check>
std::set<std::string> for_each_case(const std::string& kind, Check check) {
  const json file =
      json::parse(rl::read_file(std::string(tests::kTruthFolder) + "/statistics.json"));
  std::set<std::string> ids;
  for (const json& c : file["cases"]) {
    if (c["kind"] != kind || c["expected"].is_null()) continue;
    ids.insert(c["id"]);
    CAPTURE(c["id"].get<std::string>());
    check(c["input"], c["expected"]);
  }
  return ids;
}

}  // namespace

TEST_CASE("statistics: interquartile and trimmed means agree with the reference cases") {
  const auto iqms = for_each_case("iqm", [](const json& in, const json& wanted) {
    CHECK(near(rl::iqm(in["x"].get<Numbers>()), wanted));
  });
  CHECK(iqms == std::set<std::string>{"iqm_1d_n10", "iqm_1d_n3"});
  const auto trimmed = for_each_case("trimmed_mean", [](const json& in, const json& wanted) {
    CHECK(near(rl::trimmed_mean(in["x"].get<Numbers>(), in["proportiontocut"]), wanted));
  });
  CHECK(trimmed.size() == 2);
}

TEST_CASE("statistics: the interquartile mean drops a quarter on each side, rounded down") {
  // 2 of 8 on each side: (3 + 4 + 5 + 6) / 4; 1 of 5: (2 + 2 + 2) / 3.
  CHECK(rl::iqm(Numbers{1, 2, 3, 4, 5, 6, 7, 100}) == 4.5);
  CHECK(rl::iqm(Numbers{2, 2, 2, 7, -3}) == 2);
}

TEST_CASE("statistics: t intervals agree with the reference case") {
  const auto ids = for_each_case("mean_t_ci", [](const json& in, const json& wanted) {
    const auto x = in["x"].get<Numbers>();
    CHECK(near(rl::mean(x), wanted["mean"]));
    CHECK(near(rl::standard_deviation(x) / std::sqrt(10.0), wanted["sem"]));
    // Not wanted["ci"], whose last digits are proved wrong in tests/truth/README.md.
    CHECK(near(rl::t_interval(x, in["confidence"]), {10.49239107896762227, 19.80760892103237773}));
  });
  CHECK(ids.size() == 1);
}

TEST_CASE("statistics: percentile intervals agree with the reference case for given resamples") {
  const auto ids =
      for_each_case("bootstrap_ci_given_indices", [](const json& in, const json& wanted) {
        const auto x = in["x"].get<Numbers>();
        const bool trimmed = in["statistic"] == "iqm";
        Numbers replicates;
        for (const json& indices : in["indices"]) {
          Numbers resample;
          for (const json& i : indices) resample.push_back(x[i.get<std::size_t>()]);
          replicates.push_back(trimmed ? rl::iqm(resample) : rl::mean(resample));
        }
        CHECK(near(trimmed ? rl::iqm(x) : rl::mean(x), wanted["estimate"]));
        CHECK(near(rl::percentile_interval(replicates, in["confidence"]), wanted["percentile"]));
      });
  CHECK(ids.size() == 2);
}

TEST_CASE("statistics: a bootstrap interval depends on its stream alone and covers the estimate") {
  const Numbers x{12, 15.5, 9, 22, 13.5, 14, 8.5, 30, 11, 16};
  const rl::Interval a = rl::bootstrap_interval(x, rl::iqm, rl::Rng(1));
  const rl::Interval same = rl::bootstrap_interval(x, rl::iqm, rl::Rng(1));
  const rl::Interval other = rl::bootstrap_interval(x, rl::iqm, rl::Rng(2));
  CHECK(a.low == same.low);
  CHECK(a.high == same.high);
  CHECK((a.low != other.low || a.high != other.high));
  CHECK(a.low < rl::iqm(x));
  CHECK(rl::iqm(x) < a.high);
  // The bootstrap's sd of a mean is sd_n / sqrt(n) = 6.18 / 3.16 = 1.95, so the 95 % interval is
  // about 4 x 1.95 = 7.7 wide.
  const rl::Interval of_mean = rl::bootstrap_interval(x, rl::mean, rl::Rng(1));
  CHECK(of_mean.high - of_mean.low > 6.5);
  CHECK(of_mean.high - of_mean.low < 8.5);
}

TEST_CASE("statistics: quantiles are linear between order statistics and carry infinities") {
  // h = 0.25 * 5 = 1.25 in 1, 1.5, 2.6, 3, 4, 9: 1.5 + 0.25 * 1.1
  const Numbers x{3, 1, 4, 1.5, 9, 2.6};
  CHECK(rl::quantile(x, 0.25) == doctest::Approx(1.775).epsilon(1e-14));
  CHECK(rl::quantile(x, 0) == 1);
  CHECK(rl::quantile(x, 0.5) == 2.8);
  CHECK(rl::quantile(x, 1) == 9);
  CHECK(rl::quantile(Numbers{1, 2, 3, kInfinity, kInfinity}, 0.5) == 3);
  CHECK(rl::quantile(Numbers{1, 2, kInfinity, kInfinity}, 0.5) == kInfinity);
  CHECK(rl::quantile(Numbers{1, kInfinity, kInfinity, kInfinity}, 0.5) == kInfinity);
}

TEST_CASE("statistics: the area under a curve agrees with the reference case") {
  const auto ids = for_each_case("auc", [](const json& in, const json& wanted) {
    CHECK(near(rl::area_under_curve(in["steps"].get<Numbers>(), in["values"].get<Numbers>()),
               wanted["normalised"]));
  });
  CHECK(ids.size() == 1);
  CHECK(rl::area_under_curve(Numbers{50}, Numbers{0.3}) == 0.3);
}

TEST_CASE("statistics: a threshold is reached at the first evaluation at or above it, or never") {
  const Numbers steps{0, 100, 250, 400, 1000};
  const Numbers values{0, 0.2, 0.5, 0.45, 0.9};
  CHECK(rl::first_reached(steps, values, 0.46) == 250);
  CHECK(rl::first_reached(steps, values, 0.5) == 250);
  CHECK(rl::first_reached(steps, values, 0.51) == 1000);
  CHECK(rl::first_reached(steps, values, 0.91) == std::nullopt);
}

TEST_CASE("statistics: Welch's test agrees with the reference cases") {
  const auto ids = for_each_case("welch_t", [](const json& in, const json& wanted) {
    const rl::WelchTest test = rl::welch_test(in["a"].get<Numbers>(), in["b"].get<Numbers>());
    CHECK(near(test.difference, wanted["diff"]));
    CHECK(near(test.t, wanted["t"]));
    CHECK(near(test.degrees, wanted["df"]));
    CHECK(near(test.p, wanted["p"], 1e-9));
  });
  CHECK(ids == std::set<std::string>{"welch_n8_n6", "welch_unequal_var"});
}

TEST_CASE("statistics: intervals of Welch's test agree with 20 exact digits") {
  // Of the cases welch_n8_n6 and welch_unequal_var; see tests/truth/README.md.
  const Numbers a{20.1, 22.4, 19.8, 25.0, 21.3, 23.7, 18.9, 24.4};
  const Numbers b{17.5, 19.9, 16.4, 18.2, 21.0, 15.8};
  CHECK(near(rl::welch_test(a, b).ci, {1.3016562848657987915, 6.3316770484675345419}));
  const Numbers c{1.0, 1.2, 0.9, 1.1, 1.05};
  const Numbers d{1.3, 0.2, 2.9, -0.5, 4.0, 1.7};
  CHECK(near(rl::welch_test(c, d).ci, {-2.3001170518801179048, 1.2001170518801179048}));
}

TEST_CASE("statistics: samples without spread differ surely or not at all") {
  const rl::WelchTest equal = rl::welch_test(Numbers{1, 1, 1}, Numbers{1, 1});
  CHECK(equal.p == 1);
  CHECK(equal.t == 0);
  const rl::WelchTest lower = rl::welch_test(Numbers{1, 1, 1}, Numbers{2, 2});
  CHECK(lower.p == 0);
  CHECK(lower.t == -kInfinity);
  CHECK(lower.ci.low == -1);
  CHECK(lower.ci.high == -1);
}

TEST_CASE("statistics: Holm's adjustment agrees with the reference case, in any order") {
  const auto ids = for_each_case("multiple_testing", [](const json& in, const json& wanted) {
    const Numbers adjusted = rl::holm_adjusted(in["p"].get<Numbers>());
    REQUIRE(adjusted.size() == 6);
    for (std::size_t i = 0; i < adjusted.size(); ++i)
      CHECK(near(adjusted[i], wanted["holm"]["p_adj"][i]));
  });
  CHECK(ids.size() == 1);
  // Sorted .01 .02 .04: 3 * .01 = .03, 2 * .02 = .04, 1 * .04 = .04.
  CHECK(rl::holm_adjusted(Numbers{0.04, 0.01, 0.02}) == Numbers{0.04, 0.03, 0.04});
  CHECK(rl::holm_adjusted(Numbers{}).empty());
}

TEST_CASE("statistics: the probability of improvement agrees with the reference cases") {
  const auto ids = for_each_case("prob_improvement", [](const json& in, const json& wanted) {
    double sum = 0;  // the cases average over tasks
    const std::size_t tasks = in["x"][0].size();
    for (std::size_t task = 0; task < tasks; ++task)
      sum += rl::probability_of_improvement(column(in["x"], task), column(in["y"], task));
    CHECK(near(sum / static_cast<double>(tasks), wanted));
  });
  CHECK(ids.size() == 3);
}

TEST_CASE("statistics: the difference that n runs find agrees with the reference case") {
  const auto ids = for_each_case("power", [](const json& in, const json& wanted) {
    CHECK(near(rl::detectable_difference(wanted["n_per_group"], in["alpha"], in["power"]),
               in["effect_size_d"], 1e-9));
  });
  CHECK(ids.size() == 1);
  CHECK(rl::detectable_difference(30) == doctest::Approx(0.736).epsilon(1e-3));
}

TEST_CASE("statistics: one number has no spread") {
  CHECK(std::isnan(rl::standard_deviation(Numbers{3})));
  CHECK(rl::standard_deviation(Numbers{1, 3}) == doctest::Approx(std::sqrt(2.0)));
}
