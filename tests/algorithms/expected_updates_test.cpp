#include "algorithms/expected_updates.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "envs/baird.hpp"
#include "envs/tsitsiklis_van_roy.hpp"

namespace rl {

namespace {

/// 0 -> 1 for a reward of 1, 1 -> 0 for nothing; features 1 and 2, and only 0 is updated:
/// A = 1 - .9 * 2 = -.8, b = 1, C = 1.
LinearPrediction one_way() {
  const FiniteMdp model(2, 1, [](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, s == 0 ? 1.0 : 0.0, 1 - s});
  });
  return linear_prediction(model, uniform_policy(model), 0.9, Eigen::Vector2d(1, 2),
                           Eigen::Vector2d(1, 0));
}
Eigen::VectorXd one() { return Eigen::VectorXd::Ones(1); }

/// S&B Figure 11.1.
LinearPrediction star() {
  const Problem problem = baird();
  FeatureMatrix features = FeatureMatrix::Zero(7, 8);
  for (int s = 0; s < 6; ++s) features(s, s) = 2;
  features.col(7).setOnes();
  features(6, 6) = 1;
  features(6, 7) = 2;
  const std::vector<Action> solid(7, 1);
  return linear_prediction(problem.model, deterministic_policy(problem.model, solid), 0.99,
                           features, uniform_distribution(problem.model));
}

Eigen::VectorXd star_start() {
  Eigen::VectorXd w = Eigen::VectorXd::Ones(8);
  w[6] = 10;
  return w;
}

}  // namespace

TEST_CASE("expected updates: semi-gradient and least-squares DP by hand") {
  SemiGradientDp dp{update_means(one_way()), 0.1, one()};
  CHECK(sweep(dp, 1)[0] == doctest::Approx(1.18));  // 1 + .1 (1 + .8)
  LeastSquaresDp least{update_means(one_way()), one()};
  CHECK(sweep(least, 1)[0] == doctest::Approx(2.8));  // 1 + 1.8 * 1
}

TEST_CASE("expected updates: TDC by hand, both weights from the old ones") {
  ExpectedTdc tdc{update_means(one_way()), 0.1, 0.5, one()};
  CHECK(sweep(tdc, 1)[0] == doctest::Approx(1.18));
  CHECK(tdc.u[0] == doctest::Approx(0.9));             // .5 * 1.8
  CHECK(sweep(tdc, 1)[0] == doctest::Approx(1.2124));  // 1.18 + .1 (1.944 - 1.8 * .9)
  CHECK(tdc.u[0] == doctest::Approx(1.422));           // .9 + .5 (1.944 - .9)
}

TEST_CASE("expected updates: GTD2 by hand, both weights from the old ones") {
  ExpectedGtd2 gtd{update_means(one_way()), 0.1, 0.5, one()};
  CHECK(sweep(gtd, 1)[0] == 1);
  CHECK(gtd.u[0] == doctest::Approx(0.9));
  CHECK(sweep(gtd, 1)[0] == doctest::Approx(0.928));  // 1 + .1 * -.8 * .9
  CHECK(gtd.u[0] == doctest::Approx(1.35));           // .9 + .5 (1.8 - .9)
}

TEST_CASE("expected updates: emphatic TD by hand, and its emphasis comes to rest") {
  ExpectedEmphaticTd etd{one_way(), 0.1, one()};
  CHECK(sweep(etd, 1)[0] == doctest::Approx(1.18));     // f = (1, 0)
  CHECK(sweep(etd, 1)[0] == doctest::Approx(1.14076));  // f = (1, .9): 1.944 - .9 * 2 * 1.298
  sweep(etd, 2000);
  const Eigen::VectorXd m = emphatic_weighting(one_way(), Eigen::Vector2d::Ones());
  CHECK((etd.follow_on - m).norm() < 1e-12);
  CHECK(etd.w[0] == doctest::Approx(td_fixed_point(one_way().with_weighting(m)).w[0]));
}

TEST_CASE("expected updates: where the semi-gradient diverges, TDC and GTD2 find its fixed point") {
  const UpdateMeans means = update_means(one_way());
  const double rest = td_fixed_point(one_way()).w[0];
  SemiGradientDp dp{means, 0.1, one()};
  CHECK(std::abs(sweep(dp, 500)[0]) > 1e10);
  ExpectedTdc tdc{means, 0.01, 0.5, one()};
  CHECK(sweep(tdc, 20'000)[0] == doctest::Approx(rest));
  ExpectedGtd2 gtd{means, 0.05, 0.5, one()};
  CHECK(sweep(gtd, 20'000)[0] == doctest::Approx(rest));
}

TEST_CASE("expected updates: the largest step of a stable system is where it begins to diverge") {
  const LinearPrediction p = one_way().with_weighting(Eigen::Vector2d(0.5, 0.5));
  const double largest = td_stability(p).largest_alpha;
  SemiGradientDp below{update_means(p), 0.98 * largest, one()};
  SemiGradientDp above{update_means(p), 1.02 * largest, one()};
  CHECK(sweep(below, 1000)[0] == doctest::Approx(td_fixed_point(p).w[0]));
  CHECK(std::abs(sweep(above, 1000)[0]) > 1e6);
}

TEST_CASE("expected updates: Baird's star, S&B Figures 11.2, 11.5 and 11.6") {
  const LinearPrediction p = star();
  CHECK_FALSE(td_stability(p).converges);
  CHECK_FALSE(td_fixed_point(p).unique);  // 8 weights for 7 states
  CHECK(td_fixed_point(p).w.isZero(1e-12));
  SemiGradientDp dp{update_means(p), 0.01, star_start()};
  CHECK(sweep(dp, 1)[7] == doctest::Approx(1.07577143).epsilon(1e-8));
  CHECK(sweep(dp, 999)[7] == doctest::Approx(335.00120911).epsilon(1e-9));
  // TDC: PBE goes to 0 while VE does not
  ExpectedTdc tdc{update_means(p), 0.005, 0.05, star_start()};
  sweep(tdc, 1000);
  CHECK(linear_errors(p, tdc.w).projected_bellman < 1e-2);
  CHECK(linear_errors(p, tdc.w).value_rms() > 1);
  // emphasis: 1/7 each, and all of gamma sum f = .99 / .01 for the lower state
  const Eigen::VectorXd m = emphatic_weighting(p, Eigen::VectorXd::Ones(7));
  CHECK(m[0] == doctest::Approx(1.0 / 7));
  CHECK(m[6] == doctest::Approx(1.0 / 7 + 99));
  CHECK(td_stability(p.with_weighting(m)).positive_definite);
}

TEST_CASE("expected updates: Tsitsiklis and Van Roy's factor, S&B Example 11.1") {
  const Problem problem = tsitsiklis_van_roy();
  const LinearPrediction p =
      linear_prediction(problem.model, uniform_policy(problem.model), 0.99,
                        Eigen::Vector3d(1, 2, 0), uniform_distribution(problem.model));
  LeastSquaresDp update{update_means(p), one()};
  CHECK(sweep(update, 1)[0] == doctest::Approx((6 - 0.04) / 5 * 0.99).epsilon(1e-14));
}

}  // namespace rl
