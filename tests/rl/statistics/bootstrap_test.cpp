#include "rl/statistics/bootstrap.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "tests/errors.hpp"

using Numbers = std::vector<double>;
using doctest::Approx;
using rl::BootstrapOptions;
using rl::IntervalMethod;
using rl::Resample;
using rl::Resampling;
using rl::Scores;
using tests::error_of;

namespace {

const Numbers kSample{12, 15.5, 9, 22, 13.5, 14, 8.5, 30, 11, 16};

Scores two_tasks() { return Scores::by_run({{1, 10}, {2, 20}, {3, 30}}); }

BootstrapOptions by_method(IntervalMethod method, int resamples = 2000) {
  BootstrapOptions options;
  options.method = method;
  options.resamples = resamples;
  return options;
}

double first_score(const Scores& scores) { return scores.at(0, 0); }

}  // namespace

TEST_CASE("bootstrap: given resamples are taken at their word") {
  // Runs 1, 0, 0 of task 0, runs 2, 0, 1 of task 1; a resample has them in the order of the runs.
  const std::vector<Resample> given = {{{1, 2, 0, 0, 0, 1}, {}}, {{1, 2, 0, 0, 0, 1}, {1, 1}}};
  std::vector<Numbers> seen;
  const auto theta = rl::replicates(
      two_tasks(),
      [&](const Scores& scores) {
        seen.emplace_back(scores.all().begin(), scores.all().end());
        return rl::mean_score(scores);
      },
      given);
  CHECK(seen[0] == Numbers{1, 1, 2, 10, 20, 30});
  CHECK(seen[1] == Numbers{10, 10, 20, 10, 20, 30});  // both places hold task 1
  CHECK(theta[0] == Approx(64.0 / 6));
}

TEST_CASE("bootstrap: given resamples that do not fit are refused") {
  const auto refused = [](const Resample& which) {
    return error_of(
        [&] { rl::replicates(two_tasks(), rl::mean_score, std::vector<Resample>{which}); });
  };
  CHECK(refused({{0, 1}, {}}) == "resample: expected 3 runs x 2 tasks, not 2 indices");
  CHECK(refused({{0, 1, 2, 0, 1, 3}, {}}) == "resample: run 3 of 3 runs");
  CHECK(refused({{0, 1, 2, 0, 1, 2}, {0, 2}}) == "resample: task 2 of 2 tasks");
  CHECK(error_of([] {
          rl::replicates(two_tasks(), two_tasks(), rl::improvement(), std::vector<Resample>(2),
                         std::vector<Resample>(1));
        }) == "resamples: 2 of x, 1 of y");
}

TEST_CASE("bootstrap: stratified resamples draw inside each task, whole runs keep theirs") {
  rl::Rng rng(1);
  BootstrapOptions options;
  bool apart = false;
  for (int i = 0; i < 20; ++i) {
    const Resample which = rl::draw_resample(3, 2, options, rng);
    REQUIRE(which.run.size() == 6);
    CHECK(which.task.empty());
    for (std::size_t run = 0; run < 3; ++run)
      apart = apart || which.run[2 * run] != which.run[2 * run + 1];
  }
  CHECK(apart);
  options.resampling = Resampling::whole_runs;
  std::set<std::size_t> drawn;
  for (int i = 0; i < 20; ++i) {
    const Resample which = rl::draw_resample(3, 2, options, rng);
    for (std::size_t run = 0; run < 3; ++run) {
      CHECK(which.run[2 * run] == which.run[2 * run + 1]);
      drawn.insert(which.run[2 * run]);
    }
  }
  CHECK(drawn == std::set<std::size_t>{0, 1, 2});
}

TEST_CASE("bootstrap: tasks are drawn only where asked for, the same for both learners") {
  BootstrapOptions options;
  options.resample_tasks = true;
  options.resamples = 50;
  // x is y in every task, and tasks are far apart: with other tasks the means would differ by 9.
  const Scores x = Scores::by_run({{0, 10}, {0, 10}});
  const auto differences =
      rl::replicates(x, x, rl::difference_of(rl::mean_score), options, rl::Rng(3));
  CHECK(std::all_of(differences.begin(), differences.end(), [](double d) { return d == 0; }));
  const auto means = rl::replicates(x, rl::mean_score, options, rl::Rng(3));
  CHECK(std::set<double>(means.begin(), means.end()) == std::set<double>{0, 5, 10});
  options.resample_tasks = false;
  CHECK(rl::replicates(x, rl::mean_score, options, rl::Rng(3)) == Numbers(50, 5.0));
}

TEST_CASE("bootstrap: paired learners lose and win the same runs") {
  // b is a - 1 run by run: the difference of means is 1 in every paired resample.
  const Scores a = Scores::of_one_task(kSample);
  Numbers lower = kSample;
  for (double& x : lower) x -= 1;
  const Scores b = Scores::of_one_task(lower);
  const auto difference = rl::difference_of(rl::mean_score);
  BootstrapOptions options = by_method(IntervalMethod::percentile, 200);
  options.paired = true;
  const rl::BootstrapInterval paired =
      rl::bootstrap_interval(a, b, difference, rl::Rng(1), options);
  CHECK(paired.interval.low == Approx(1).epsilon(1e-12));
  CHECK(paired.interval.high == Approx(1).epsilon(1e-12));
  options.paired = false;
  const rl::BootstrapInterval apart = rl::bootstrap_interval(a, b, difference, rl::Rng(1), options);
  CHECK(apart.interval.high - apart.interval.low > 5);
  options.paired = true;
  CHECK(error_of([&] {
          rl::bootstrap_interval(a, Scores::of_one_task(Numbers{1, 2}), difference, rl::Rng(1),
                                 options);
        }) == "paired bootstrap: x has 10 runs, y has 2");
}

TEST_CASE("bootstrap: an interval depends on its stream alone and covers the estimate") {
  const rl::Interval a = rl::bootstrap_interval(kSample, rl::iqm, rl::Rng(1));
  const rl::Interval same = rl::bootstrap_interval(kSample, rl::iqm, rl::Rng(1));
  const rl::Interval other = rl::bootstrap_interval(kSample, rl::iqm, rl::Rng(2));
  CHECK(a.low == same.low);
  CHECK(a.high == same.high);
  CHECK((a.low != other.low || a.high != other.high));
  CHECK(a.low < rl::iqm(kSample));
  CHECK(rl::iqm(kSample) < a.high);
}

TEST_CASE("bootstrap: replicates of a mean have the spread sd_n / sqrt(n)") {
  // sd_n = 6.511 sqrt(9/10) = 6.177; / sqrt(10) = 1.953. With B = 4,000 its error is 1.1 %.
  const Numbers theta = rl::replicates(Scores::of_one_task(kSample), rl::mean_score,
                                       by_method(IntervalMethod::percentile, 4000), rl::Rng(5));
  CHECK(rl::standard_deviation(theta) == Approx(1.953).epsilon(0.05));
  CHECK(rl::mean(theta) == Approx(15.15).epsilon(0.01));
}

TEST_CASE("bootstrap: percentile and basic intervals mirror each other in the estimate") {
  Numbers theta(101);  // 0 .. 100: the quantiles are 2.5 and 97.5
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = static_cast<double>(i);
  CHECK(rl::percentile_interval(theta).low == Approx(2.5));
  CHECK(rl::percentile_interval(theta).high == Approx(97.5));
  CHECK(rl::basic_interval(40, theta).low == Approx(80 - 97.5));
  CHECK(rl::basic_interval(40, theta).high == Approx(80 - 2.5));
}

TEST_CASE("bca: by hand") {
  // 30 of 100 replicates are below 30: z0 = Phi^-1(0.3) = -0.524401. theta_(-i) = 0, 0, 3: u = 1,
  // 1, -2, scaled by 2/3: a = (1 + 1 - 8) / (6 * 6^1.5) = -0.068041. At z = 1.959964:
  //   w = z0 + z = 1.435563, Phi(z0 + w / (1 + 0.068041 w)) = Phi(0.783443) = 0.783315
  //   w = z0 - z = -2.484365, Phi(z0 + w / (1 + 0.068041 w)) = Phi(-3.514093) = 0.000220624
  Numbers theta(100);
  for (std::size_t i = 0; i < theta.size(); ++i) theta[i] = static_cast<double>(i);
  const std::vector<Numbers> jackknifes = {{0, 0, 3}};
  const rl::BcaInterval bca = rl::bca_interval(30, theta, jackknifes);
  CHECK(bca.fallback.empty());
  CHECK(bca.z0 == Approx(-0.524401).epsilon(1e-5));
  CHECK(bca.acceleration == Approx(-0.068041).epsilon(1e-4));
  CHECK(bca.probabilities.low == Approx(0.000220624).epsilon(1e-3));
  CHECK(bca.probabilities.high == Approx(0.783315).epsilon(1e-4));
  CHECK(bca.interval.high == Approx(99 * 0.783315).epsilon(1e-4));
}

TEST_CASE("bca: without bias and skew it is the percentile interval") {
  const Numbers theta{-3, -2, -1, 1, 2, 3};  // half are below 0
  const rl::BcaInterval bca = rl::bca_interval(0, theta, std::vector<Numbers>{{-1, 0, 1}});
  CHECK(bca.fallback.empty());
  CHECK(bca.z0 == Approx(0));
  CHECK(bca.acceleration == Approx(0));
  CHECK(bca.interval.low == Approx(rl::percentile_interval(theta).low));
  CHECK(bca.interval.high == Approx(rl::percentile_interval(theta).high));
}

TEST_CASE("bca: where it is undefined the percentile interval stands in and says so") {
  const Numbers theta{1, 2, 3, 4};
  const std::vector<Numbers> varied = {{1, 2, 4}};
  const rl::BcaInterval none_below = rl::bca_interval(1, theta, varied);
  CHECK(none_below.fallback == "0 of 4 replicates are below the estimate: percentile interval");
  CHECK(none_below.interval.low == rl::percentile_interval(theta).low);
  const rl::BcaInterval all_below = rl::bca_interval(5, theta, varied);
  CHECK(all_below.fallback == "4 of 4 replicates are below the estimate: percentile interval");
  // 0.1 + 0.1 + 0.1 is not 0.3: u must not be a rounding error.
  const rl::BcaInterval same = rl::bca_interval(2.5, theta, std::vector<Numbers>{{0.1, 0.1, 0.1}});
  CHECK(same.fallback == "the statistic is the same without any one run: percentile interval");
  const rl::BootstrapInterval whole =
      rl::bootstrap_interval(Scores::of_one_task(Numbers{7, 7, 7}), rl::mean_score, rl::Rng(1),
                             by_method(IntervalMethod::bca));
  CHECK(whole.method == IntervalMethod::percentile);
  CHECK(whole.note == "0 of 2000 replicates are below the estimate: percentile interval");
  CHECK(whole.interval.low == 7);
}

TEST_CASE("bca: the acceleration of a mean is its skewness over 6 sqrt(n), for two learners too") {
  // u_i of a mean is proportional to x_i - mean. Two learners, the second not varying: that of the
  // first; the mirrored difference: its negative.
  const Scores x = Scores::of_one_task(Numbers{0, 0, 0, 4});
  // deviations -1 -1 -1 3: cubes 24, squares 12: 24 / (6 * 12^1.5) = 0.0962250
  const Numbers theta{-1, 1};
  const Numbers without = rl::jackknife(x, rl::mean_score);
  CHECK(without == Numbers{4.0 / 3, 4.0 / 3, 4.0 / 3, 0});
  const double a = 0.0962250448649376;
  CHECK(rl::bca_interval(0, theta, std::vector<Numbers>{without}).acceleration == Approx(a));
  CHECK(rl::bca_interval(0, theta, std::vector<Numbers>{without, {5, 5}}).acceleration ==
        Approx(a));
  // Learners of 2 and 4 runs: u weighted by (n - 1) / n are 1/2 (-1, 1) and the deviations / 4 of
  // x without its sign: cubes 0 + 24 / 64, squares 1/2 + 12 / 16.
  CHECK(rl::bca_interval(0, theta, std::vector<Numbers>{{-1, 1}, without}).acceleration ==
        Approx(0.375 / (6 * std::pow(1.25, 1.5))));
}

TEST_CASE("bootstrap: 95 % intervals of skewed samples miss more often than BCa ones") {
  // Of a mean of exp(Z), n = 20, in 300 samples: about 0.125 and 0.115 by simulation, so both
  // below 0.2 and above the nominal 0.05.
  rl::Rng rng(11);
  const double truth = std::exp(0.5);
  int percentile_missed = 0;
  int bca_missed = 0;
  constexpr int kSamples = 300;
  for (int i = 0; i < kSamples; ++i) {
    Numbers x(20);
    for (double& xi : x) xi = std::exp(rng.normal());
    const Scores scores = Scores::of_one_task(x);
    const auto misses = [&](IntervalMethod method) {
      const rl::Interval ci = rl::bootstrap_interval(scores, rl::mean_score, rng.split("resamples"),
                                                     by_method(method, 400))
                                  .interval;
      return ci.low > truth || ci.high < truth ? 1 : 0;
    };
    percentile_missed += misses(IntervalMethod::percentile);
    bca_missed += misses(IntervalMethod::bca);
    rng = rng.split(1);
  }
  CHECK(percentile_missed > 0.05 * kSamples);
  CHECK(percentile_missed < 0.2 * kSamples);
  CHECK(bca_missed < 0.2 * kSamples);
}

TEST_CASE("bootstrap: options out of range are refused, methods have names") {
  BootstrapOptions options;
  options.resamples = 0;
  CHECK(error_of([&] { rl::replicates(two_tasks(), first_score, options, rl::Rng(1)); }) ==
        "resamples: expected at least 1, not 0");
  options.resamples = 1;
  options.level = 1;
  CHECK(error_of([&] { rl::bootstrap_interval(two_tasks(), first_score, rl::Rng(1), options); }) ==
        "level: expected a number between 0 and 1, not 1");
  CHECK(error_of([] {
          rl::bootstrap_interval(two_tasks(), Scores::by_run({{1}}), rl::improvement(), rl::Rng(1));
        }) == "bootstrap: x has 2 tasks, y has 1");
  CHECK(error_of([] {
          rl::bootstrap_interval(Scores::by_run({{1}}), rl::mean_score, rl::Rng(1),
                                 by_method(IntervalMethod::bca, 10));
        }) == "run: 0 of 1 cannot be left out");
  CHECK(rl::name_of(IntervalMethod::bca) == "BCa bootstrap");
  CHECK(rl::name_of(IntervalMethod::basic) == "basic bootstrap");
  CHECK(rl::name_of(IntervalMethod::percentile) == "percentile bootstrap");
}
