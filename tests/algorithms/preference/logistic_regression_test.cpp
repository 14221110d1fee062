#include "algorithms/preference/logistic_regression.hpp"

#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "algorithms/preference/bradley_terry.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

/// Eight pairs with a tie. Rows sum to 0, as those of counts in segments of one length.
SegmentComparisons eight_pairs() {
  SegmentComparisons data{FeatureMatrix(8, 3), Eigen::VectorXd(8)};
  data.differences << 1, 0, -1, 0, 1, -1, 1, -1, 0, 2, -1, -1, -1, 2, -1, 0, -1, 1, 1, 1, -2, -1, 0,
      1;
  data.labels << 1, 1, 0, 1, 1, 0, 0.5, 1;
  return data;
}

/// Normal features; labels are drawn, a fifth of them soft.
SegmentComparisons random_pairs(Eigen::Index pairs, Eigen::Index features, Rng& rng) {
  SegmentComparisons data{FeatureMatrix(pairs, features), Eigen::VectorXd(pairs)};
  for (Eigen::Index i = 0; i < data.differences.size(); ++i)
    data.differences.data()[i] = rng.normal();
  for (double& y : data.labels)
    y = rng.flip(0.2) ? rng.uniform() : static_cast<double>(rng.flip(0.6));
  return data;
}

/// One feature, x = differences.
SegmentComparisons pairs_on_a_line(const Eigen::VectorXd& x, const Eigen::VectorXd& labels) {
  return {FeatureMatrix(x), labels};
}

/// Item i beat item j, as often as `weights` says: x = e_i - e_j.
SegmentComparisons one_hot_pairs(const Eigen::MatrixXd& wins) {
  const Eigen::Index n = wins.rows();
  const Eigen::Index pairs = (wins.array() > 0).count();
  SegmentComparisons data{FeatureMatrix::Zero(pairs, n), Eigen::VectorXd::Ones(pairs)};
  data.weights.resize(pairs);
  Eigen::Index row = 0;
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) {
      if (wins(i, j) == 0) continue;
      data.differences(row, i) = 1;
      data.differences(row, j) = -1;
      data.weights[row++] = wins(i, j);
    }
  return data;
}

/// Every part of the loss at once.
SegmentComparisons with_everything(SegmentComparisons data, Rng& rng) {
  const Eigen::Index pairs = data.labels.size();
  data.weights.resize(pairs);
  data.margins.resize(pairs);
  data.sums = data.differences;
  for (double& w : data.weights) w = 3 * rng.uniform();
  for (double& m : data.margins) m = rng.normal();
  for (Eigen::Index i = 0; i < data.sums.size(); ++i) data.sums.data()[i] = rng.normal();
  return data;
}

/// The loss as it is written, without care for large numbers.
double loss_as_written(const SegmentComparisons& data, const SegmentRegressionOptions& o,
                       const Eigen::VectorXd& w) {
  double loss = o.l2 / 2 * w.dot(w);
  for (Eigen::Index i = 0; i < data.labels.size(); ++i) {
    const double margin = data.margins.size() > 0 ? data.margins[i] : 0;
    const double z = o.rationality * data.differences.row(i).dot(w) - margin;
    const double p = (1 - 2 * o.flip_probability) / (1 + std::exp(-z)) + o.flip_probability;
    const double y = data.labels[i];
    const double both = data.sums.size() > 0 ? data.sums.row(i).dot(w) : 0;
    loss += (data.weights.size() > 0 ? data.weights[i] : 1) *
            (-y * std::log(p) - (1 - y) * std::log(1 - p) + o.centering * both * both);
  }
  return loss;
}

Eigen::VectorXd gradient_by_differences(const std::function<double(const Eigen::VectorXd&)>& f,
                                        const Eigen::VectorXd& x) {
  constexpr double kStep = 1e-5;
  Eigen::VectorXd gradient(x.size());
  for (Eigen::Index k = 0; k < x.size(); ++k) {
    const Eigen::VectorXd step = kStep * Eigen::VectorXd::Unit(x.size(), k);
    gradient[k] = (f(x + step) - f(x - step)) / (2 * kStep);
  }
  return gradient;
}

Eigen::VectorXd random_weights_of(Eigen::Index n, Rng& rng) {
  Eigen::VectorXd w(n);
  for (double& x : w) x = rng.normal();
  return w;
}

std::string regression_refusal(const SegmentComparisons& data,
                               const SegmentRegressionOptions& options = {}) {
  return tests::error_of([&] { logistic_regression(data, options); });
}

double probability_of(const Eigen::RowVectorXd& difference, const Eigen::VectorXd& w) {
  return preference_probabilities(w, FeatureMatrix(difference))[0];
}

}  // namespace

// ---- estimates

TEST_CASE("logistic regression: one feature by hand: the weight is the log of the labels' ratio") {
  const SegmentComparisons data =
      pairs_on_a_line(Eigen::Vector4d::Ones(), Eigen::Vector4d(1, 1, 1, 0));
  const SegmentRewards fit = logistic_regression(data);
  CHECK(fit.converged);
  CHECK(std::abs(fit.weights[0] - std::log(3)) <= 1e-12);
  CHECK(std::abs(fit.objective - (4 * std::log(4) - 3 * std::log(3))) <= 1e-12);
  // Twice as rational: half the weight. A margin of 1: one more. Flips: P = 3/4 = .8 sigmoid + .1.
  CHECK(std::abs(logistic_regression(data, {.rationality = 2}).weights[0] - std::log(3) / 2) <=
        1e-12);
  SegmentComparisons ahead = data;
  ahead.margins = Eigen::Vector4d::Ones();
  CHECK(std::abs(logistic_regression(ahead).weights[0] - std::log(3) - 1) <= 1e-12);
  const double s = (0.75 - 0.1) / 0.8;
  CHECK(std::abs(logistic_regression(data, {.flip_probability = 0.1}).weights[0] -
                 std::log(s / (1 - s))) <= 1e-9);
}

TEST_CASE("logistic regression: eight pairs, a tie among them (case bt_segment_linear)") {
  const SegmentRewards fit = logistic_regression(eight_pairs(), {.l2 = 0.2});
  CHECK(fit.converged);
  // By gradient descent with 40 digits.
  const Eigen::Vector3d expected(-0.049389836818130056, 0.650420655592447, -0.601030818774317);
  CHECK((fit.weights - expected).cwiseAbs().maxCoeff() <= 1e-12);
  CHECK(std::abs(fit.objective - 4.403482669151218) <= 1e-12);
}

TEST_CASE("logistic regression: annotators who flip one in twenty (case bt_segment_label_noise)") {
  const SegmentRewards fit =
      logistic_regression(eight_pairs(), {.l2 = 0.2, .flip_probability = 0.05});
  CHECK(fit.converged);
  const Eigen::Vector3d expected(-0.00607084554756643, 0.7306867465261138, -0.7246159009785467);
  // The case's two solvers agree to 1.6e-8.
  CHECK((fit.weights - expected).cwiseAbs().maxCoeff() <= 1e-7);
  CHECK(std::abs(fit.objective - 4.413959905093822) <= 1e-12);
  CHECK(fit.gradient_norm <= 1e-9);
}

TEST_CASE("logistic regression: two items, weights and a margin: log-odds of the wins + margin") {
  // Newton's first step by hand: at w = 0, with x = 1, y = 1 three times and 0 once, margin m,
  // gradient 4 sigma(-m) - 3 and Hessian 4 sigma(m) sigma(-m).
  SegmentComparisons data = pairs_on_a_line(Eigen::Vector2d::Ones(), Eigen::Vector2d(1, 0));
  data.weights = Eigen::Vector2d(3, 1);
  data.margins = Eigen::Vector2d::Constant(0.4);
  const double p = 1 / (1 + std::exp(0.4));
  const SegmentLoss at = segment_loss(data, {}, Eigen::VectorXd::Zero(1));
  CHECK(at.gradient[0] == doctest::Approx(4 * p - 3).epsilon(1e-14));
  CHECK(at.hessian(0, 0) == doctest::Approx(4 * p * (1 - p)).epsilon(1e-14));
  CHECK(std::abs(logistic_regression(data).weights[0] - std::log(3) - 0.4) <= 1e-12);
  CHECK(std::abs(logistic_regression(data, {.rationality = 2}).weights[0] -
                 (std::log(3) + 0.4) / 2) <= 1e-12);
}

TEST_CASE("logistic regression: the loss is the formula's, its derivatives those of differences") {
  Rng rng(1);
  for (int draw = 0; draw < 60; ++draw) {
    const SegmentComparisons data = with_everything(random_pairs(12, 4, rng), rng);
    const SegmentRegressionOptions options{
        .l2 = rng.uniform(),
        .flip_probability = draw % 2 == 0 ? 0 : rng.uniform() / 3,
        .rationality = 0.5 + rng.uniform(),
        .centering = rng.uniform()};
    const Eigen::VectorXd w = random_weights_of(4, rng);
    const SegmentLoss at = segment_loss(data, options, w);
    CHECK(at.value == doctest::Approx(loss_as_written(data, options, w)).epsilon(1e-12));
    const Eigen::VectorXd differences = gradient_by_differences(
        [&](const Eigen::VectorXd& x) { return segment_loss(data, options, x).value; }, w);
    CHECK((differences - at.gradient).cwiseAbs().maxCoeff() <=
          1e-6 * at.gradient.cwiseAbs().maxCoeff());
    for (Eigen::Index k = 0; k < 4; ++k) {
      const Eigen::VectorXd row = gradient_by_differences(
          [&](const Eigen::VectorXd& x) { return segment_loss(data, options, x).gradient[k]; }, w);
      CHECK((row - at.hessian.col(k)).cwiseAbs().maxCoeff() <=
            1e-6 * at.hessian.cwiseAbs().maxCoeff());
    }
  }
}

TEST_CASE("logistic regression: at the estimate the gradient is 0 and no neighbour is better") {
  Rng rng(2);
  for (int draw = 0; draw < 60; ++draw) {
    const SegmentComparisons data = with_everything(random_pairs(30, 4, rng), rng);
    const SegmentRegressionOptions options{.l2 = 0.05,
                                           .flip_probability = draw % 2 == 0 ? 0 : 0.15,
                                           .rationality = 2,
                                           .centering = draw % 3 == 0 ? 0 : 0.02};
    const SegmentRewards fit = logistic_regression(data, options);
    REQUIRE(fit.converged);
    CHECK(segment_loss(data, options, fit.weights).gradient.cwiseAbs().maxCoeff() <= 1e-8);
    const Eigen::VectorXd near = fit.weights + 1e-2 * random_weights_of(4, rng);
    CHECK(loss_as_written(data, options, near) > fit.objective);
  }
}

TEST_CASE("logistic regression: any step of the Hessian's products, more rows than one chunk") {
  // Newton's method with the whole Hessian at once.
  Rng rng(3);
  const SegmentComparisons data = random_pairs(700, 5, rng);
  Eigen::VectorXd w = Eigen::VectorXd::Zero(5);
  for (int i = 0; i < 30; ++i) {
    const Eigen::ArrayXd p = 1 / (1 + (-(data.differences * w).array()).exp());
    const Eigen::MatrixXd h =
        data.differences.transpose() * (p * (1 - p)).matrix().asDiagonal() * data.differences;
    w -= h.llt().solve(data.differences.transpose() * (p.matrix() - data.labels));
  }
  const SegmentRewards fit = logistic_regression(data);
  CHECK(fit.converged);
  CHECK((fit.weights - w).cwiseAbs().maxCoeff() <= 1e-11);
}

TEST_CASE("logistic regression: pairs of one-hot items are bradley-terry with its penalty") {
  Eigen::MatrixXd wins(3, 3);
  wins << 0, 5, 2, 1, 0, 4, 3, 1, 0;
  const SegmentComparisons data = one_hot_pairs(wins);
  const SegmentRewards segments = logistic_regression(data, {.l2 = 0.3});
  const ItemRewards items = bradley_terry({wins}, {.l2 = 0.3});
  CHECK((segments.weights - items.rewards).cwiseAbs().maxCoeff() <= 1e-11);
  CHECK(std::abs(segments.objective - items.nll) <= 1e-12);
}

TEST_CASE("logistic regression: counts of a million to one converge") {
  SegmentComparisons data = pairs_on_a_line(Eigen::Vector2d::Ones(), Eigen::Vector2d(1, 0));
  data.weights = Eigen::Vector2d(1e6, 1);
  const SegmentRewards fit = logistic_regression(data);
  CHECK(fit.converged);
  CHECK(std::abs(fit.weights[0] - std::log(1e6)) <= 1e-9);
}

TEST_CASE("logistic regression: mostly explained labels with flips do not send scoring astray") {
  // 30 labels of 31: far from flat at w = 0, nearly flat at the estimate.
  Eigen::VectorXd x = Eigen::VectorXd::LinSpaced(31, 0.5, 3);
  Eigen::VectorXd y = Eigen::VectorXd::Ones(31);
  y[0] = 0;
  const SegmentRegressionOptions options{.l2 = 1e-4, .flip_probability = 0.02};
  const SegmentRewards fit = logistic_regression(pairs_on_a_line(x, y), options);
  CHECK(fit.converged);
  CHECK(segment_loss(pairs_on_a_line(x, y), options, fit.weights).gradient.norm() <= 1e-8);
}

TEST_CASE("logistic regression: a tie is half a win and half a loss") {
  SegmentComparisons ties = pairs_on_a_line(Eigen::Vector3d(1, 1, 2), Eigen::Vector3d(1, 0.5, 0));
  SegmentComparisons halves =
      pairs_on_a_line(Eigen::Vector4d(1, 1, 1, 2), Eigen::Vector4d(1, 1, 0, 0));
  halves.weights = Eigen::Vector4d(1, 0.5, 0.5, 1);
  CHECK(std::abs(logistic_regression(ties).weights[0] - logistic_regression(halves).weights[0]) <=
        1e-13);
}

TEST_CASE("logistic regression: only ties give equal rewards") {
  SegmentComparisons data = eight_pairs();
  data.labels.setConstant(0.5);
  const SegmentRewards fit = logistic_regression(data, {.l2 = 0.1});
  CHECK(fit.converged);
  CHECK(fit.weights.isZero(0));
  CHECK(std::abs(fit.objective - 8 * std::log(2)) <= 1e-14);
}

TEST_CASE("logistic regression: centering draws a constant reward to 0 and leaves preferences") {
  // Features: what differs, and a constant in both, which preferences do not see.
  Rng rng(4);
  SegmentComparisons data = random_pairs(50, 1, rng);
  FeatureMatrix x = FeatureMatrix::Zero(50, 2);
  x.col(0) = data.differences;
  data.differences = x;
  data.sums.resize(50, 2);
  data.sums.col(0).setConstant(4);
  data.sums.col(1).setConstant(2);
  CHECK(regression_refusal(data) ==
        "logistic regression: feature 1 is the same in both segments of every pair: any weight "
        "fits; give l2 > 0");
  const SegmentRewards fit = logistic_regression(data, {.centering = 0.01});
  CHECK(fit.converged);
  data.differences = x.leftCols(1);
  data.sums.resize(0, 0);
  CHECK(fit.weights[0] == doctest::Approx(logistic_regression(data).weights[0]).epsilon(1e-9));
  CHECK(std::abs(4 * fit.weights[0] + 2 * fit.weights[1]) <= 1e-9);
}

TEST_CASE("logistic regression: a reached limit is a result") {
  const SegmentRewards fit = logistic_regression(eight_pairs(), {.l2 = 0.2, .max_iterations = 1});
  CHECK(!fit.converged);
  CHECK(fit.iterations == 1);
  CHECK(fit.gradient_norm ==
        segment_loss(eight_pairs(), {.l2 = 0.2}, fit.weights).gradient.cwiseAbs().maxCoeff());
}

// ---- where there is no estimate

TEST_CASE("logistic regression: labels that weights explain without error are separable") {
  SegmentComparisons data{FeatureMatrix(4, 2), Eigen::Vector4d(1, 1, 0, 0)};
  data.differences << 1, 0.2, 2, -0.3, -1, 0.1, -0.5, 0.2;
  const char* const refusal =
      "logistic regression: ever larger weights of features 0, 1 explain these labels ever better: "
      "the estimate is infinite; give l2 > 0";
  CHECK(regression_refusal(data) == refusal);
  CHECK(regression_refusal(data, {.flip_probability = 0.1}) == refusal);
  CHECK(logistic_regression(data, {.l2 = 1e-3}).converged);
  CHECK(logistic_regression(data, {.l2 = 1e-3, .flip_probability = 0.1}).converged);
}

TEST_CASE("logistic regression: labels separable along one of their features name it") {
  // Feature 1 is always right where it differs; feature 0 is right twice of three times.
  SegmentComparisons data{FeatureMatrix(5, 2), Eigen::VectorXd(5)};
  data.differences << 1, 0, 1, 0, 1, 0, 0, 1, 0, -1;
  data.labels << 1, 1, 0, 1, 0;
  CHECK(regression_refusal(data) ==
        "logistic regression: ever larger weights of feature 1 explain these labels ever better: "
        "the estimate is infinite; give l2 > 0");
  data.labels[4] = 0.01;  // not so sure: an estimate exists
  const SegmentRewards fit = logistic_regression(data);
  CHECK(fit.converged);
  CHECK(std::abs(fit.weights[0] - std::log(2)) <= 1e-9);
  CHECK(std::abs(fit.weights[1] - std::log(1.99 / 0.01)) <= 1e-9);
}

TEST_CASE("logistic regression: random labels are refused iff a separating direction exists") {
  // In the plane, directions can be tried one by one.
  Rng rng(5);
  int separable = 0;
  for (int draw = 0; draw < 200; ++draw) {
    const Eigen::Index pairs = 4 + rng.index(4);
    SegmentComparisons data{FeatureMatrix(pairs, 2), Eigen::VectorXd(pairs)};
    for (Eigen::Index i = 0; i < data.differences.size(); ++i)
      data.differences.data()[i] = rng.normal();
    for (double& y : data.labels) y = rng.flip(0.5) ? 1 : 0;
    const Eigen::ArrayXd sign = 2 * data.labels.array() - 1;
    bool exists = false;
    for (int k = 0; k < 20000 && !exists; ++k) {
      const double angle = 2 * 3.141592653589793 * k / 20000;
      const Eigen::Vector2d w(std::cos(angle), std::sin(angle));
      exists = (sign * (data.differences * w).array() > 0).all();
    }
    separable += exists ? 1 : 0;
    const std::string refusal = regression_refusal(data);
    CHECK(tests::contains(refusal, "the estimate is infinite") == exists);
    if (!exists) CHECK(logistic_regression(data).converged);
  }
  // Cover 1965: n points of the plane are separable with probability n / 2^(n-1); over n = 4 to 7
  // that is 0.277 in the mean, 55.5 of 200 with a deviation of 6.3; 4 of these.
  CHECK(std::abs(separable - 55.5) < 25.2);
}

TEST_CASE("logistic regression: one-hot items are refused iff wins are not strongly connected") {
  // Every way in which some of n items beat others: the strongly connected ones are counted by
  // OEIS A003030 (n = 2, 3, 4: 1, 18, 1606), the weakly connected by A003027 (3, 54, 3834).
  Rng rng(7);
  const int strong[] = {1, 18, 1606};
  const int weak[] = {3, 54, 3834};
  for (Eigen::Index n = 2; n <= 4; ++n) {
    int refused = 0;
    int fitted = 0;
    for (int graph = 0; graph < 1 << (n * (n - 1)); ++graph) {
      Eigen::MatrixXd wins = Eigen::MatrixXd::Zero(n, n);
      for (int i = 0, bit = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
          if (i != j && (graph >> bit++ & 1) != 0) wins(i, j) = 1 + rng.index(3);
      if (components(wins + wins.transpose()).size() > 1) continue;
      SegmentComparisons data = one_hot_pairs(wins);
      data.differences = data.differences.leftCols(n - 1).eval();  // the last item's reward is 0
      if (tests::contains(regression_refusal(data), "the estimate is infinite")) {
        ++refused;
        continue;
      }
      ++fitted;
      const SegmentRewards fit = logistic_regression(data);
      CHECK(fit.converged);
      const Eigen::VectorXd r = bradley_terry({wins}).rewards;
      const Eigen::VectorXd relative = r.array() - r[n - 1];
      CHECK((fit.weights - relative.head(n - 1)).cwiseAbs().maxCoeff() <= 1e-9);
    }
    CHECK(fitted == strong[n - 2]);
    CHECK(refused == weak[n - 2] - strong[n - 2]);
  }
}

TEST_CASE("logistic regression: flips that explain all errors let weights grow without bound") {
  // 1 label of 40 is wrong, fewer than flips make by themselves.
  Eigen::VectorXd y = Eigen::VectorXd::Ones(40);
  y[7] = 0;
  const SegmentComparisons data = pairs_on_a_line(Eigen::VectorXd::Ones(40), y);
  CHECK(regression_refusal(data, {.flip_probability = 0.1}) ==
        "logistic regression: weights of feature 0 grow without bound: flips with probability 0.1 "
        "alone explain what contradicts them; give l2 > 0 or a smaller flip_probability");
  CHECK(logistic_regression(data, {.flip_probability = 0.01}).converged);
  CHECK(logistic_regression(data, {.l2 = 0.01, .flip_probability = 0.1}).converged);
}

TEST_CASE("logistic regression: features that pairs cannot see or tell apart are named") {
  CHECK(regression_refusal(eight_pairs()) ==
        "logistic regression: in these pairs feature 2 is a linear combination of the others, so "
        "labels cannot tell their weights apart; give l2 > 0");
  SegmentComparisons data = eight_pairs();
  data.differences.col(1).setZero();
  data.differences.col(2).setZero();
  CHECK(
      regression_refusal(data) ==
      "logistic regression: features 1, 2 are the same in both segments of every pair: any weight "
      "fits; give l2 > 0");
  const SegmentRewards fit = logistic_regression(data, {.l2 = 0.1});
  CHECK(fit.converged);
  CHECK(fit.weights[1] == 0);
}

TEST_CASE("logistic regression: pairs of weight 0 are not there") {
  SegmentComparisons data = eight_pairs();
  data.differences(3, 0) = 50;
  data.weights = Eigen::VectorXd::Ones(8);
  data.weights[3] = 0;
  SegmentComparisons without = eight_pairs();
  without.weights = data.weights;
  CHECK((logistic_regression(data, {.l2 = 0.2}).weights -
         logistic_regression(without, {.l2 = 0.2}).weights)
            .norm() <= 1e-12);
}

TEST_CASE("logistic regression: a feature's scale changes its weight alone") {
  Rng rng(6);
  const SegmentComparisons data = random_pairs(60, 3, rng);
  SegmentComparisons scaled = data;
  scaled.differences.col(1) *= 1e6;
  scaled.differences.col(2) *= 1e-6;
  const Eigen::VectorXd w = logistic_regression(data).weights;
  const Eigen::VectorXd v = logistic_regression(scaled).weights;
  CHECK((w - v.cwiseProduct(Eigen::Vector3d(1, 1e6, 1e-6))).cwiseAbs().maxCoeff() <= 1e-9);
}

// ---- what preferences can see

TEST_CASE("segments: equal lengths cannot see a constant reward, unequal ones can") {
  // Case constant_shift_and_segment_length. Features: the return without the shift, and the length.
  const Eigen::Vector2d a(0.1 + 0.4 - 0.2, 3);
  const Eigen::Vector2d b(0.3 + 0.1 + 0.0, 3);
  const Eigen::Vector2d c(0.3 + 0.1, 2);
  const Eigen::Vector2d plain(1, 0);
  const Eigen::Vector2d shifted(1, 0.7);
  const double p_ab = probability_of((a - b).transpose(), plain);
  const double p_ac = probability_of((a - c).transpose(), plain);
  CHECK(std::abs(p_ab - 0.47502081252106) <= 1e-14);
  CHECK(std::abs(p_ac - 0.47502081252106) <= 1e-14);
  CHECK(std::abs(probability_of((a - b).transpose(), shifted) - p_ab) <= 1e-14);
  CHECK(std::abs(probability_of((a - c).transpose(), shifted) - 0.6456563062257954) <= 1e-14);

  SegmentComparisons equal{FeatureMatrix(3, 2), Eigen::Vector3d(1, 1, 0)};
  equal.differences << 0.4, 0, 0.1, 0, 0.2, 0;
  CHECK(regression_refusal(equal) ==
        "logistic regression: feature 1 is the same in both segments of every pair: any weight "
        "fits; give l2 > 0");
  SegmentComparisons unequal{FeatureMatrix(4, 2), Eigen::Vector4d(1, 1, 0, 0)};
  unequal.differences << 0.4, 1, 0.1, -1, 0.2, 1, 0.1, -1;
  CHECK(logistic_regression(unequal).converged);
}

// ---- traps

TEST_CASE("trap: no clipping at 50: the gradient stays alive at logit 60") {
  const LabelLoss wrong = label_loss(60, 0, 0);
  CHECK(wrong.value == doctest::Approx(60).epsilon(1e-15));
  CHECK(wrong.slope == 1);
  const LabelLoss right = label_loss(60, 1, 0);
  CHECK(right.slope == doctest::Approx(-std::exp(-60)).epsilon(1e-12));
  CHECK(right.value == doctest::Approx(std::exp(-60)).epsilon(1e-12));
  CHECK(label_loss(-60, 1, 0).slope == -1);
  CHECK(label_loss(700, 1, 0).slope < 0);
  for (const double z : {-2000.0, 2000.0})
    for (const double y : {0.0, 0.5, 1.0})
      for (const double eps : {0.0, 0.1}) {
        const LabelLoss loss = label_loss(z, y, eps);
        CHECK(std::isfinite(loss.value));
        CHECK(std::isfinite(loss.slope));
        CHECK(std::isfinite(loss.information));
      }
}

TEST_CASE("trap: ties at exactly one half are not counted as errors") {
  const FeatureMatrix x = FeatureMatrix(Eigen::Vector4d(1, -1, 2, 3));
  const Eigen::VectorXd w = Eigen::VectorXd::Ones(1);
  CHECK(accuracy(w, x, Eigen::Vector4d(1, 0, 0.5, 0.5)) == 1);
  CHECK(accuracy(w, x, Eigen::Vector4d(1, 1, 0.5, 0.5)) == 0.5);
  CHECK(accuracy(w, x, Eigen::Vector4d(0.9, 0.6, 0.3, 0.5)) == doctest::Approx(1.0 / 3));
  CHECK(accuracy(Eigen::VectorXd::Zero(1), x, Eigen::Vector4d(1, 0, 1, 0.5)) == 0.5);
  CHECK(tests::error_of([&] { accuracy(w, x, Eigen::Vector4d::Constant(0.5)); }) ==
        "accuracy: all 4 labels are ties: there is nothing to be right about");
}

TEST_CASE("trap: noise that answers at random is twice the probability of a flip") {
  CHECK(flip_probability_of_noise(0.1) == 0.05);
  Eigen::VectorXd w(1);
  w << 0.7;
  const double sigmoid_of_w = 1 / (1 + std::exp(-0.7));
  const FeatureMatrix x = FeatureMatrix::Ones(1, 1);
  const double p = preference_probabilities(w, x, 1, flip_probability_of_noise(0.1))[0];
  CHECK(std::abs(p - (0.1 * 0.5 + 0.9 * sigmoid_of_w)) <= 1e-15);
}

TEST_CASE("trap: what accuracy a set of labels allows, and which entropy, is known beforehand") {
  CHECK(accuracy_ceiling(Eigen::Vector4d(0.5, 0.9, 0.2, 1)) == doctest::Approx(0.8).epsilon(1e-15));
  CHECK(label_entropy(Eigen::Vector2d(0.5, 1)) == doctest::Approx(std::log(2) / 2).epsilon(1e-15));
  CHECK(label_entropy(Eigen::Vector2d(0, 1)) == 0);
  // No cross-entropy of soft labels is below their entropy.
  SegmentComparisons data = pairs_on_a_line(Eigen::Vector2d(1, 2), Eigen::Vector2d(0.6, 0.9));
  CHECK(logistic_regression(data).objective / 2 > label_entropy(data.labels));
}

TEST_CASE("one label's loss: slope, curvature and information are its derivatives") {
  for (const double eps : {0.0, 0.05, 0.3})
    for (const double y : {0.0, 0.3, 0.5, 1.0})
      for (const double z : {-4.0, -0.5, 0.0, 1.0, 6.0}) {
        const LabelLoss at = label_loss(z, y, eps);
        const double h = 1e-5;
        const double slope = (label_loss(z + h, y, eps).value - label_loss(z - h, y, eps).value);
        CHECK(std::abs(slope / (2 * h) - at.slope) <= 1e-9);
        const double curve = (label_loss(z + h, y, eps).slope - label_loss(z - h, y, eps).slope);
        CHECK(std::abs(curve / (2 * h) - at.curvature) <= 1e-9);
        if (eps == 0) CHECK(at.information == at.curvature);
      }
  // Fisher's information is the mean square of the slope, over labels drawn by P.
  const double eps = 0.1;
  const double p = (1 - 2 * eps) / (1 + std::exp(-1.5)) + eps;
  const LabelLoss win = label_loss(1.5, 1, eps);
  const LabelLoss loss = label_loss(1.5, 0, eps);
  const double squares = p * win.slope * win.slope + (1 - p) * loss.slope * loss.slope;
  CHECK(win.information == doctest::Approx(squares).epsilon(1e-13));
  const double curvatures = p * win.curvature + (1 - p) * loss.curvature;
  CHECK(win.information == doctest::Approx(curvatures).epsilon(1e-13));
}

// ---- refusals

TEST_CASE("logistic regression: data and options that do not fit are refused by name") {
  const auto with = [](const std::function<void(SegmentComparisons&)>& change,
                       const SegmentRegressionOptions& options = {.l2 = 1}) {
    SegmentComparisons data = eight_pairs();
    change(data);
    return regression_refusal(data, options);
  };
  const auto as_it_is = [](SegmentComparisons&) {};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(with([](auto& d) { d.labels.conservativeResize(7); }) ==
        "logistic regression: 7 labels for 8 pairs");
  CHECK(with([](auto& d) { d.labels[2] = 1.5; }) ==
        "logistic regression: the label of pair 2 is 1.5; in [0, 1]");
  CHECK(with([&](auto& d) { d.labels[2] = nan; }) ==
        "logistic regression: the label of pair 2 is nan; in [0, 1]");
  CHECK(with([&](auto& d) { d.differences(1, 2) = nan; }) ==
        "logistic regression: feature 2 of pair 1 is nan in the differences; finite");
  CHECK(with([](auto& d) { d.weights = Eigen::VectorXd::Constant(8, -1); }) ==
        "logistic regression: the weight of pair 0 is -1; finite and >= 0");
  CHECK(with([](auto& d) { d.weights = Eigen::VectorXd::Zero(8); }) ==
        "logistic regression: the weights of all pairs are 0");
  CHECK(with([](auto& d) { d.margins = Eigen::VectorXd::Zero(3); }) ==
        "logistic regression: 3 margins for 8 pairs");
  CHECK(with([](auto& d) { d.sums = FeatureMatrix::Zero(8, 2); }) ==
        "logistic regression: sums of 2 features, differences of 3");
  CHECK(with([](auto& d) { d = SegmentComparisons{}; }) ==
        "logistic regression: 0 pairs of 0 features");
  CHECK(with(as_it_is, {.l2 = -1}) == "logistic regression: l2 is -1; >= 0");
  CHECK(with(as_it_is, {.flip_probability = 0.5}) ==
        "logistic regression: flip_probability is 0.5; in [0, 0.5)");
  CHECK(with(as_it_is, {.rationality = 0}) == "logistic regression: rationality is 0; > 0");
  CHECK(with(as_it_is, {.centering = 0.01}) ==
        "logistic regression: centering is 0.01, but the data have no sums of features");
  CHECK(with(as_it_is, {.tolerance = nan}) == "logistic regression: tolerance is nan; > 0");
  CHECK(with(as_it_is, {.max_iterations = 0}) == "logistic regression: max_iterations is 0; >= 1");
  CHECK(tests::error_of([] { segment_loss(eight_pairs(), {}, Eigen::VectorXd::Zero(2)); }) ==
        "logistic regression: 2 weights for 3 features");
  CHECK(tests::error_of([] {
          accuracy(Eigen::VectorXd::Zero(2), eight_pairs().differences, eight_pairs().labels);
        }) == "logistic regression: 2 weights for 3 features");
  CHECK(tests::error_of([] { accuracy_ceiling(Eigen::Vector2d(0, 2)); }) ==
        "logistic regression: the label of pair 1 is 2; in [0, 1]");
}

}  // namespace rl
