#include "rl/statistics/curves.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <vector>

#include "rl/statistics/bootstrap.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using Numbers = std::vector<double>;
using doctest::Approx;
using rl::Curves;
using tests::error_of;
using tests::kInfinity;

namespace {

const Numbers kSteps{0, 100, 250, 400, 1000};
const Numbers kValues{0, 0.2, 0.5, 0.45, 0.9};

Curves curves_of(std::size_t runs, rl::Rng rng) {
  std::vector<Numbers> values(runs, Numbers(3));
  for (Numbers& run : values)
    for (double& x : run) x = rng.normal();
  return Curves::by_run({0, 10, 20}, values);
}

}  // namespace

TEST_CASE("curves: the area is a sum of trapezoids, and its mean height the area per step") {
  // 100 * 0.1 + 150 * 0.35 + 150 * 0.475 + 600 * 0.675 = 10 + 52.5 + 71.25 + 405
  CHECK(rl::area(kSteps, kValues) == Approx(538.75).epsilon(1e-14));
  CHECK(rl::area_under_curve(kSteps, kValues) == Approx(0.53875).epsilon(1e-14));
  CHECK(rl::area_under_curve(Numbers{50}, Numbers{0.3}) == 0.3);
  CHECK(rl::area_under_curve(Numbers{50, 50}, Numbers{0.3, 0}) == 0);
}

TEST_CASE("curves: a threshold is reached at the first evaluation at or above it, or never") {
  CHECK(rl::first_reached(kSteps, kValues, 0.46) == 250);
  CHECK(rl::first_reached(kSteps, kValues, 0.5) == 250);
  CHECK(rl::first_reached(kSteps, kValues, 0.51) == 1000);
  CHECK(rl::first_reached(kSteps, kValues, 0.91) == std::nullopt);
}

TEST_CASE("curves: crossings lie on the line between evaluations") {
  // From 0.2 at 100 to 0.5 at 250: 100 + 150 * 0.1 / 0.3 = 150.
  CHECK(rl::first_crossing(kSteps, kValues, 0.3).value() == Approx(150).epsilon(1e-14));
  CHECK(rl::first_crossing(kSteps, kValues, 0.0) == 0);
  CHECK(rl::first_crossing(kSteps, kValues, 0.9) == 1000);
  CHECK(rl::first_crossing(kSteps, kValues, 0.91) == std::nullopt);
  CHECK(rl::first_crossing(Numbers{0, 10}, Numbers{-kInfinity, 1}, 0.5) == 10);
}

TEST_CASE("curves: a threshold is held from its last crossing on") {
  // The curve falls to 0.45 at 400: 400 + 600 * 0.03 / 0.45 = 440. It never falls below 0.4 once
  // there: 100 + 150 * 0.2 / 0.3 = 200.
  CHECK(rl::sustained_from(kSteps, kValues, 0.48).value() == Approx(440).epsilon(1e-14));
  CHECK(rl::sustained_from(kSteps, kValues, 0.4).value() == Approx(200).epsilon(1e-14));
  CHECK(rl::sustained_from(kSteps, kValues, 0.45).value() == Approx(225).epsilon(1e-14));
  CHECK(rl::sustained_from(kSteps, kValues, 0.0) == 0);
  CHECK(rl::sustained_from(Numbers{0, 1, 2}, Numbers{0, 1, 0.5}, 0.7) == std::nullopt);
}

TEST_CASE("curves: runs that never reach a threshold are infinitely late, not left out") {
  using Times = std::vector<std::optional<double>>;
  const rl::Reaching most = rl::reaching(Times{30.0, std::nullopt, 10.0});
  CHECK(most.reached == 2);
  CHECK(most.runs == 3);
  CHECK(most.median == 30);
  CHECK(rl::reaching(Times{30.0, std::nullopt}).median == kInfinity);
  CHECK(rl::reaching(Times{std::nullopt}).reached == 0);
  CHECK(error_of([] { rl::reaching({}); }) == "quantile: needs at least 1 number, not 0");
}

TEST_CASE("curves: runs of another length and steps that go back are refused") {
  CHECK(error_of([] { rl::area(Numbers{0, 1}, Numbers{1}); }) == "curve: 2 steps, 1 values");
  CHECK(error_of([] { rl::first_reached(Numbers{}, Numbers{}, 1); }) == "curve: no evaluations");
  CHECK(error_of([] {
          rl::area(Numbers{0, 5, 4}, Numbers{1, 1, 1});
        }) == "curve: step 4 comes after step 5");
  CHECK(error_of([] { Curves::by_run({0, 0}, {{1, 1}}); }) == "curve: step 0 comes after step 0");
  CHECK(error_of([] { Curves::by_run({}, {{}}); }) == "curve: no evaluations");
  CHECK(error_of([] { Curves::by_run({0}, {}); }) == "curves: no runs");
  CHECK(error_of([] {
          Curves::by_run({0, 1}, {{1, 2}, {1}});
        }) == "curves: run 1 has 1 evaluations, not 2");
  CHECK(error_of([] { Curves::by_run({0}, {{tests::kNan}}); }) == "curves: run 0 has a NaN");
}

TEST_CASE("bands: quantiles of the runs at each evaluation") {
  const Curves curves = Curves::by_run({0, 10}, {{1, 10}, {2, 30}, {3, 20}, {4, 50}, {5, 40}});
  CHECK(curves.runs() == 5);
  CHECK(curves.evaluations() == 2);
  const rl::Band band = rl::percentile_band(curves, 0.5);
  CHECK(band.low == Numbers{2, 20});
  CHECK(band.middle == Numbers{3, 30});
  CHECK(band.high == Numbers{4, 40});
  CHECK(band.name == "median, 50 % of the runs, n = 5");
}

TEST_CASE("bands: mean and IQM carry the interval of each evaluation") {
  const Curves curves = curves_of(6, rl::Rng(1));
  const rl::Band means = rl::mean_band(curves);
  const rl::Band iqms = rl::iqm_band(curves, rl::Rng(2), 0.9, 100);
  CHECK(means.name == "mean, 95 % t interval, n = 6");
  CHECK(iqms.name == "IQM, 90 % percentile bootstrap, n = 6");
  for (std::size_t i = 0; i < curves.evaluations(); ++i) {
    CHECK(means.middle[i] == rl::mean(curves.at(i)));
    CHECK(means.high[i] == rl::t_interval(curves.at(i)).high);
    CHECK(iqms.middle[i] == rl::iqm(curves.at(i)));
    CHECK(iqms.low[i] == rl::bootstrap_interval(curves.at(i), rl::iqm, rl::Rng(2), 0.9, 100).low);
  }
}

TEST_CASE("bands: whole curves are resampled, so equal evaluations have equal intervals") {
  const Curves curves = Curves::by_run({0, 1}, {{1, 1}, {5, 5}, {2, 2}, {9, 9}, {4, 4}});
  const rl::Band band = rl::iqm_band(curves, rl::Rng(1), 0.95, 50);
  CHECK(band.low[0] == band.low[1]);
  CHECK(band.high[0] == band.high[1]);
}

TEST_CASE("bands: the claim is on the IQM from 20 runs on, before that on the mean") {
  CHECK(rl::confidence_band(curves_of(19, rl::Rng(1)), rl::Rng(1)).name ==
        "mean, 95 % t interval, n = 19");
  CHECK(rl::confidence_band(curves_of(20, rl::Rng(1)), rl::Rng(1)).name ==
        "IQM, 95 % percentile bootstrap, n = 20");
}
