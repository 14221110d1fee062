#include "algorithms/preference/ensemble.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "algorithms/preference/logistic_regression.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

EnsembleRewards four_members() {
  Eigen::MatrixXd predictions(4, 3);
  predictions << 1.0, 0.2, -0.4, 0.8, 0.6, -0.2, 1.4, -0.5, 0.3, 0.9, 0.1, 0.0;
  return EnsembleRewards(predictions);
}

void check_three(const Eigen::VectorXd& x, double first, double second, double third) {
  REQUIRE(x.size() == 3);
  CHECK((x - Eigen::Vector3d(first, second, third)).cwiseAbs().maxCoeff() <= 1e-9);
}

}  // namespace

TEST_CASE("ensemble: mean, worst case and what is taken from the mean (ensemble_aggregation)") {
  const EnsembleRewards e = four_members();
  check_three(e.mean(), 1.025, 0.1, -0.075);
  check_three(e.worst_case(), 0.8, -0.5, -0.4);
  check_three(e.variance(0), 0.051875, 0.155, 0.066875);
  check_three(e.uncertainty_weighted(0.5, 0), 0.9990625, 0.0225, -0.1084375);
  check_three(e.lower_bound(0.5, 0), 0.9111195802606263, -0.0968501968502953, -0.2043010054098576);
  check_three(e.sd(0), 0.2277608394786075, 0.3937003937005906, 0.2586020108197150);
  check_three(e.mean_plus_sd(0.5, 0), 1.1388804197393737, 0.2968501968502953, 0.0543010054098575);
}

TEST_CASE("ensemble: with ddof 1 the variance is divided by one less") {
  const EnsembleRewards e = four_members();
  CHECK((e.variance(1) - e.variance(0) * 4 / 3).cwiseAbs().maxCoeff() <= 1e-15);
  check_three(e.sd(1), 0.2629955639676583, 0.4546060565661952, 0.2986078811194820);
}

TEST_CASE("ensemble: one member is itself, whatever the pessimism") {
  const EnsembleRewards one(Eigen::RowVector3d(1, 2, 3));
  check_three(one.mean(), 1, 2, 3);
  check_three(one.worst_case(), 1, 2, 3);
  check_three(one.lower_bound(5, 0), 1, 2, 3);
  check_three(one.mean_plus_sd(-5, 0), 1, 2, 3);
}

TEST_CASE("ensemble: what is no ensemble is refused") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(tests::error_of([] { EnsembleRewards(Eigen::MatrixXd(0, 3)); }) ==
        "ensemble: 3 predictions of 0 members");
  CHECK(tests::error_of([&] { EnsembleRewards(Eigen::RowVector2d(0, inf)); }) ==
        "ensemble: member 0 predicts inf for reward 1; finite");
  CHECK(tests::error_of([] { four_members().sd(4); }) ==
        "ensemble: ddof is 4; 0 to 3 for 4 members");
  CHECK(tests::error_of([] { four_members().lower_bound(-1, 0); }) ==
        "ensemble: lambda is -1; >= 0");
  CHECK(tests::error_of([] { four_members().uncertainty_weighted(-1, 0); }) ==
        "ensemble: lambda is -1; >= 0");
  CHECK(tests::error_of([&] { four_members().mean_plus_sd(inf, 0); }) ==
        "ensemble: alpha is inf; finite");
}

TEST_CASE("bagging: n rows of n with replacement, by the generator given") {
  Rng rng(7);
  Rng same(7);
  const std::vector<Eigen::Index> rows = bootstrap_rows(1000, rng);
  CHECK(rows == bootstrap_rows(1000, same));
  CHECK(rows != bootstrap_rows(1000, rng));
  const Eigen::VectorXd counts = row_counts(rows, 1000);
  CHECK(counts.sum() == 1000);
  // Each row is left out with probability (1 - 1/n)^n = 0.3677; the fraction's deviation is about
  // sqrt((1/e - 2/e^2) / n) = 0.0099; 4 of these.
  const double left_out = static_cast<double>((counts.array() == 0).count()) / 1000;
  CHECK(std::abs(left_out - 0.3677) < 0.04);
  CHECK(bootstrap_rows(1, rng) == std::vector<Eigen::Index>{0});
  CHECK(tests::error_of([&] { bootstrap_rows(0, rng); }) == "ensemble: a bag of 0 rows");
  CHECK(tests::error_of([] { row_counts({0, 3}, 3); }) == "ensemble: row 3 of 3 rows");
}

TEST_CASE("bagging: a bag's counts as weights give the fit of its rows repeated") {
  Rng rng(8);
  SegmentComparisons data{FeatureMatrix(40, 3), Eigen::VectorXd(40)};
  for (Eigen::Index i = 0; i < 40; ++i) {
    for (Eigen::Index k = 0; k < 3; ++k) data.differences(i, k) = rng.normal();
    data.labels[i] = rng.flip(0.7) ? 1 : 0;
  }
  const std::vector<Eigen::Index> rows = bootstrap_rows(40, rng);
  SegmentComparisons repeated = data;
  for (Eigen::Index i = 0; i < 40; ++i) {
    const Eigen::Index row = rows[static_cast<std::size_t>(i)];
    repeated.differences.row(i) = data.differences.row(row);
    repeated.labels[i] = data.labels[row];
  }
  data.weights = row_counts(rows, 40);
  const Eigen::VectorXd weighted = logistic_regression(data, {.l2 = 0.3}).weights;
  const Eigen::VectorXd copied = logistic_regression(repeated, {.l2 = 0.3}).weights;
  CHECK((weighted - copied).cwiseAbs().maxCoeff() <= 1e-12);
}

}  // namespace rl
