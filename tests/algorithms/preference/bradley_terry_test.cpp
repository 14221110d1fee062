#include "algorithms/preference/bradley_terry.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "rl/random.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

Eigen::MatrixXd count_matrix(std::vector<double> rows) {
  const auto n = static_cast<Eigen::Index>(std::lround(std::sqrt(double(rows.size()))));
  Eigen::MatrixXd m(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) m(i, j) = rows[static_cast<std::size_t>(i * n + j)];
  return m;
}

/// 4 items, with a tie of 2 and 3 counted half-half.
Eigen::MatrixXd four_items() {
  return count_matrix({0, 7, 4, 2.5, 3, 0, 6, 5, 1, 4, 0, 6, 1.5, 2, 3, 0});
}

/// Some pairs are not compared; every second matrix has counts over several powers of ten.
Eigen::MatrixXd random_wins(Rng& rng, bool wide) {
  const Eigen::Index n = 2 + rng.index(7);
  Eigen::MatrixXd wins = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j)
      if (i != j && !rng.flip(0.3))
        wins(i, j) = wide ? std::pow(10, rng.uniform(-1, 2)) : 1 + rng.index(9);
  return wins;
}

Eigen::VectorXd random_rewards_of(Eigen::Index n, double size, Rng& rng) {
  Eigen::VectorXd r(n);
  for (double& x : r) x = size * rng.normal();
  return r;
}

/// By central differences; the largest error relative to the gradient's size.
double gradient_error(const std::function<double(const Eigen::VectorXd&)>& f,
                      const Eigen::VectorXd& x, const Eigen::VectorXd& gradient) {
  constexpr double kStep = 1e-5;
  Eigen::VectorXd differences(x.size());
  for (Eigen::Index k = 0; k < x.size(); ++k) {
    const Eigen::VectorXd step = kStep * Eigen::VectorXd::Unit(x.size(), k);
    differences[k] = (f(x + step) - f(x - step)) / (2 * kStep);
  }
  return (differences - gradient).cwiseAbs().maxCoeff() / gradient.cwiseAbs().maxCoeff();
}

std::string refusal_of_wins(const std::vector<double>& rows, double l2 = 0) {
  return tests::error_of([&] { bradley_terry({count_matrix(rows)}, {.l2 = l2}); });
}

std::string refusal_of_ties(const std::vector<double>& wins, const std::vector<double>& ties) {
  return tests::error_of([&] { fit_davidson({count_matrix(wins), count_matrix(ties)}); });
}

void check_near(const Eigen::VectorXd& x, const std::vector<double>& expected, double tolerance) {
  REQUIRE(x.size() == static_cast<Eigen::Index>(expected.size()));
  for (Eigen::Index i = 0; i < x.size(); ++i)
    CHECK(std::abs(x[i] - expected[static_cast<std::size_t>(i)]) <= tolerance);
}

}  // namespace

// ---- items

TEST_CASE("bradley-terry: two items are apart by the log of their wins' ratio") {
  const ItemRewards fit = bradley_terry({count_matrix({0, 3, 1, 0})});
  CHECK(fit.converged);
  check_near(fit.rewards, {std::log(3) / 2, -std::log(3) / 2}, 1e-12);
  check_near(fit.rewards, {0.5493061443340549, -0.5493061443340549}, 1e-12);
  CHECK(std::abs(fit.rewards[0] - fit.rewards[1] - 1.0986122886681096) <= 1e-12);
  CHECK(std::abs(win_probability(fit.rewards, 0, 1) - 0.75) <= 1e-12);
}

TEST_CASE("bradley-terry: four items, a tie counted half-half (case bt_items_mle)") {
  const ItemRewards fit = bradley_terry({four_items()});
  CHECK(fit.converged);
  check_near(fit.rewards,
             {0.7771536440860298, 0.10911973787439806, -0.22257463998737323, -0.6636987419730547},
             1e-9);
  CHECK(std::abs(fit.nll - 28.45408097180332) <= 1e-9);
  CHECK(std::abs(win_probability(fit.rewards, 0, 1) - 0.6610627782193652) <= 1e-9);
  CHECK(fit.gradient_norm <= 1e-12);
}

TEST_CASE("bradley-terry: with a penalty, one who always wins stays finite (bt_separable_ridge)") {
  const ItemRewards fit = bradley_terry({count_matrix({0, 3, 2, 0, 0, 4, 0, 0, 0})}, {.l2 = 0.1});
  CHECK(fit.converged);
  check_near(fit.rewards, {2.527289893320121, 0.09007494534346948, -2.617364838663591}, 1e-6);
  CHECK(std::abs(fit.nll - 1.183608603363572) <= 1e-6);
}

TEST_CASE("bradley-terry: Newton's method and minorization-maximization agree") {
  Rng rng(1);
  int compared = 0;
  for (int draw = 0; compared < 250; ++draw) {
    const Eigen::MatrixXd wins = random_wins(rng, draw % 2 == 1);
    if (components(wins).size() > 1 || wins.isZero(0)) continue;
    ++compared;
    const ItemRewards newton = bradley_terry({wins});
    const ItemRewards mm = bradley_terry_mm({wins});
    REQUIRE(newton.converged);
    REQUIRE(mm.converged);
    CHECK((newton.rewards - mm.rewards).cwiseAbs().maxCoeff() <= 1e-9);
    CHECK(std::abs(newton.nll - mm.nll) <= 1e-12 * (1 + newton.nll));
    CHECK(std::abs(newton.rewards.sum()) <= 1e-12);
  }
}

TEST_CASE("bradley-terry: expected wins are the observed ones at the estimate") {
  Rng rng(2);
  const Eigen::MatrixXd wins = four_items();
  const ItemRewards fit = bradley_terry({wins});
  for (Eigen::Index i = 0; i < 4; ++i) {
    double expected = 0;
    for (Eigen::Index j = 0; j < 4; ++j)
      expected += (wins(i, j) + wins(j, i)) * win_probability(fit.rewards, i, j) * (i != j ? 1 : 0);
    CHECK(std::abs(expected - wins.row(i).sum()) <= 1e-12);
  }
}

TEST_CASE("bradley-terry: the gradient is that of central differences") {
  Rng rng(3);
  for (int draw = 0; draw < 50; ++draw) {
    const Eigen::MatrixXd wins = random_wins(rng, draw % 2 == 1);
    if (wins.isZero(0)) continue;
    const double l2 = draw % 3 == 0 ? 0 : rng.uniform();
    const Eigen::VectorXd r = random_rewards_of(wins.rows(), 2, rng);
    const auto nll = [&](const Eigen::VectorXd& x) { return item_loss({wins}, l2, x).value; };
    CHECK(gradient_error(nll, r, item_loss({wins}, l2, r).gradient) <= 1e-6);
  }
}

TEST_CASE("bradley-terry: counts of a million to one converge to their logs, along any chain") {
  const ItemRewards two = bradley_terry({count_matrix({0, 1e6, 1, 0})});
  CHECK(two.converged);
  CHECK(two.iterations < 60);
  CHECK(std::abs(two.rewards[0] - two.rewards[1] - std::log(1e6)) <= 1e-12);
  // 0 > 1 > ... > 7, each only compared with the next: differences add up, to e^97.
  Eigen::MatrixXd chain = Eigen::MatrixXd::Zero(8, 8);
  for (Eigen::Index i = 0; i + 1 < 8; ++i) {
    chain(i, i + 1) = 1e6;
    chain(i + 1, i) = 1;
  }
  const ItemRewards fit = bradley_terry({chain});
  CHECK(fit.converged);
  CHECK(std::abs(fit.rewards[0] - fit.rewards[7] - 7 * std::log(1e6)) <= 1e-10);
}

TEST_CASE("bradley-terry: a pair compared rarely keeps its digits beside one compared often") {
  // 0 and 1 a billion times, 1 and 2 a millionth of a time: still log 3 apart.
  const ItemRewards fit = bradley_terry({count_matrix({0, 2e9, 0, 1e9, 0, 3e-6, 0, 1e-6, 0})});
  CHECK(fit.converged);
  CHECK(std::abs(fit.rewards[0] - fit.rewards[1] - std::log(2)) <= 1e-12);
  CHECK(std::abs(fit.rewards[1] - fit.rewards[2] - std::log(3)) <= 1e-6);
}

TEST_CASE("bradley-terry: one who loses to nobody but by a long way round is found") {
  // 0 beats 1 and 2 always, 3 beat 0 once, and 3 loses to 1 and 2: the circle closes.
  const Eigen::MatrixXd wins = count_matrix({0, 9, 9, 0, 0, 0, 2, 5, 0, 2, 0, 5, 1, 0, 0, 0});
  const ItemRewards newton = bradley_terry({wins});
  const ItemRewards mm = bradley_terry_mm({wins});
  CHECK(newton.converged);
  CHECK((newton.rewards - mm.rewards).cwiseAbs().maxCoeff() <= 1e-9);
}

TEST_CASE("bradley-terry: a constant added to all rewards leaves every probability as it was") {
  const Eigen::VectorXd r = bradley_terry({four_items()}).rewards;
  const Eigen::VectorXd shifted = r.array() + 4;
  for (Eigen::Index i = 0; i < 4; ++i)
    for (Eigen::Index j = 0; j < 4; ++j)
      CHECK(std::abs(win_probability(r, i, j) - win_probability(shifted, i, j)) <= 1e-15);
  const ItemLoss at_shifted = item_loss({four_items()}, 0, shifted);
  CHECK(std::abs(at_shifted.value - item_loss({four_items()}, 0, r).value) <= 1e-13);
}

TEST_CASE("bradley-terry: ties only, counted half-half, are equals") {
  const ItemRewards fit = bradley_terry({count_matrix({0, 0.5, 0.5, 0.5, 0, 0.5, 0.5, 0.5, 0})});
  CHECK(fit.converged);
  CHECK(fit.rewards.isZero(0));
  CHECK(std::abs(fit.nll - 3 * std::log(2)) <= 1e-15);
}

TEST_CASE("bradley-terry: a penalty holds what is compared with nothing at 0") {
  const ItemRewards fit = bradley_terry({count_matrix({0, 3, 0, 1, 0, 0, 0, 0, 0})}, {.l2 = 0.01});
  CHECK(fit.converged);
  CHECK(fit.rewards[2] == 0);
  CHECK(fit.rewards[0] == doctest::Approx(-fit.rewards[1]).epsilon(1e-12));
  // 4 (sigmoid(2 r) - 3/4) + 0.01 r = 0
  const double r = fit.rewards[0];
  CHECK(std::abs(4 / (1 + std::exp(-2 * r)) - 3 + 0.01 * r) <= 1e-12);
}

TEST_CASE("bradley-terry: a small penalty nears the estimate without one") {
  const Eigen::VectorXd plain = bradley_terry({four_items()}).rewards;
  const Eigen::VectorXd nearly = bradley_terry({four_items()}, {.l2 = 1e-9}).rewards;
  CHECK((plain - nearly).cwiseAbs().maxCoeff() <= 1e-8);
  CHECK((plain - bradley_terry({four_items()}, {.l2 = 1}).rewards).norm() > 0.1);
}

TEST_CASE("bradley-terry: a reached limit is a result") {
  const ItemRewards fit = bradley_terry({count_matrix({0, 1e6, 1, 0})}, {.max_iterations = 3});
  CHECK(!fit.converged);
  CHECK(fit.iterations == 3);
  CHECK(!bradley_terry_mm({four_items()}, 1e-13, 2).converged);
}

// ---- whether an estimate exists

TEST_CASE("components: winners come first, and a circle is one group") {
  // 3 beats 1; 1 beats 0 beats 2 beats 1.
  Eigen::MatrixXd wins = Eigen::MatrixXd::Zero(4, 4);
  wins(3, 1) = wins(1, 0) = wins(0, 2) = wins(2, 1) = 1;
  CHECK(components(wins) == std::vector<std::vector<Eigen::Index>>{{3}, {0, 1, 2}});
  wins(2, 3) = 0.5;
  CHECK(components(wins) == std::vector<std::vector<Eigen::Index>>{{0, 1, 2, 3}});
  CHECK(components(Eigen::MatrixXd::Zero(2, 2)).size() == 2);
}

TEST_CASE("components: two items are in one group iff each reaches the other") {
  Rng rng(4);
  for (int draw = 0; draw < 100; ++draw) {
    const Eigen::Index n = 2 + rng.index(6);
    Eigen::MatrixXd wins = Eigen::MatrixXd::Zero(n, n);
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index j = 0; j < n; ++j)
        if (i != j && rng.flip(0.25)) wins(i, j) = 1;
    Eigen::MatrixXd reach = Eigen::MatrixXd::Identity(n, n) + wins;
    for (int squared = 0; squared < 3; ++squared) reach = (reach * reach).cwiseMin(1).eval();
    const auto groups = components(wins);
    for (std::size_t g = 0; g < groups.size(); ++g)
      for (std::size_t h = g; h < groups.size(); ++h)
        for (const Eigen::Index i : groups[g])
          for (const Eigen::Index j : groups[h]) {
            CHECK((reach(i, j) > 0 && reach(j, i) > 0) == (g == h));
            if (g != h) CHECK(reach(j, i) == 0);
          }
  }
}

TEST_CASE("bradley-terry: what was never compared, and who never loses, is named") {
  CHECK(refusal_of_wins({0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0}) ==
        "bradley-terry: items 0, 1 were never compared with items 2, 3, not even by way of others: "
        "their difference is unknown; give l2 > 0");
  CHECK(refusal_of_wins({0, 1, 0, 1, 0, 0, 0, 0, 0}) ==
        "bradley-terry: item 2 was never compared with items 0, 1, not even by way of others: "
        "their difference is unknown; give l2 > 0");
  CHECK(refusal_of_wins({0, 0, 1, 2, 0, 0, 0, 1, 3, 1, 0, 0, 0, 1, 0, 0}) ==
        "bradley-terry: items 0, 2 never lose to items 1, 3: the estimate is infinite; give l2 > "
        "0");
  CHECK(refusal_of_wins({0, 3, 2, 0, 0, 4, 0, 0, 0}) ==
        "bradley-terry: item 0 never loses to items 1, 2: the estimate is infinite; give l2 > 0");
  Eigen::MatrixXd many = Eigen::MatrixXd::Zero(12, 12);
  many.col(11).head(11).setOnes();
  for (Eigen::Index i = 0; i < 11; ++i) many(i, (i + 1) % 11) = 1;
  CHECK(tests::contains(tests::error_of([&] { bradley_terry({many}); }),
                        "items 0, 1, 2, 3, 4, ... (11 in all) never lose to item 11"));
  CHECK(tests::contains(tests::error_of([&] { bradley_terry_mm({many}); }), "never lose to"));
  CHECK(bradley_terry({many}, {.l2 = 1e-3}).converged);
}

TEST_CASE("bradley-terry: what are no counts is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal_of_wins({0}) == "bradley-terry: 1 item(s); it takes two to compare");
  CHECK(refusal_of_wins({0, -1, 1, 0}) ==
        "bradley-terry: wins(0, 1) is -1; counts are finite and >= 0");
  CHECK(tests::contains(refusal_of_wins({0, 1, nan, 0}), "wins(1, 0) is nan"));
  CHECK(refusal_of_wins({0, 1, 1, 2}) ==
        "bradley-terry: wins(1, 1) is 2; no item is compared with itself");
  CHECK(refusal_of_wins({0, 0, 0, 0}, 1) == "bradley-terry: no comparisons: all wins are 0");
  CHECK(tests::error_of([] { bradley_terry({Eigen::MatrixXd::Zero(2, 3)}); }) ==
        "bradley-terry: wins is [2 x 3]; it has a row and a column for each item");
  CHECK(refusal_of_wins({0, 1, 1, 0}, -1) == "bradley-terry: l2 is -1; >= 0");
  CHECK(tests::error_of([] { bradley_terry({four_items()}, {.tolerance = 0}); }) ==
        "bradley-terry: tolerance is 0; > 0");
  CHECK(tests::error_of([] { bradley_terry({four_items()}, {.max_iterations = 0}); }) ==
        "bradley-terry: max_iterations is 0; >= 1");
  CHECK(tests::error_of([] { item_loss({four_items()}, 0, Eigen::VectorXd::Zero(3)); }) ==
        "bradley-terry: 3 rewards for 4 items");
}

// ---- ties

TEST_CASE("davidson: wins and ties of three items (case bt_davidson_ties)") {
  const TiedComparisons data{count_matrix({0, 5, 3, 2, 0, 4, 1, 2, 0}),
                             count_matrix({0, 3, 1, 0, 0, 2, 0, 0, 0})};
  const DavidsonModel fit = fit_davidson(data);
  CHECK(fit.converged);
  check_near(fit.rewards, {0.7193339496189439, -0.056577330998912344, -0.6627566186200315}, 1e-5);
  CHECK(std::abs(fit.nu - 0.7760769594503751) <= 1e-5);
  CHECK(std::abs(fit.nll - 23.47288063505598) <= 1e-5);
  CHECK(fit.gradient_norm <= 1e-12);
  const DavidsonModel other_side = fit_davidson({data.wins, data.ties.transpose()});
  CHECK(other_side.rewards == fit.rewards);
  // At the estimate, 6 ties are expected, as many as there were.
  double expected = 0;
  for (Eigen::Index i = 0; i < 3; ++i)
    for (Eigen::Index j = i + 1; j < 3; ++j)
      expected += (data.wins(i, j) + data.wins(j, i) + data.ties(i, j)) *
                  davidson_probabilities(fit, i, j).tie;
  CHECK(std::abs(expected - 6) <= 1e-10);
}

TEST_CASE("davidson: two items by hand") {
  // e^(2a) = wins ratio = 4; nu = ties / sqrt(wins of one times wins of the other) = 6 / 4.
  const DavidsonModel fit = fit_davidson({count_matrix({0, 8, 2, 0}), count_matrix({0, 6, 0, 0})});
  CHECK(std::abs(fit.rewards[0] - fit.rewards[1] - std::log(4)) <= 1e-12);
  CHECK(std::abs(fit.nu - 1.5) <= 1e-12);
  const DavidsonProbabilities p = davidson_probabilities(fit, 0, 1);
  CHECK(p.win == doctest::Approx(0.5).epsilon(1e-12));
  CHECK(p.tie == doctest::Approx(0.375).epsilon(1e-12));
  CHECK(p.loss == doctest::Approx(0.125).epsilon(1e-12));
}

TEST_CASE("davidson: the gradient is that of central differences, and 0 at the estimate") {
  Rng rng(5);
  for (int draw = 0; draw < 50; ++draw) {
    const Eigen::MatrixXd wins = random_wins(rng, false);
    const Eigen::Index n = wins.rows();
    Eigen::MatrixXd ties = wins.unaryExpr([&](double) { return double(rng.index(4)); });
    ties.diagonal().setZero();
    if (components(wins).size() > 1 || wins.isZero(0) || ties.isZero(0)) continue;
    const auto nll = [&](const Eigen::VectorXd& x) {
      return davidson_loss({wins, ties}, x.head(n), x[n]).value;
    };
    const Eigen::VectorXd x = random_rewards_of(n + 1, 1, rng);
    CHECK(gradient_error(nll, x, davidson_loss({wins, ties}, x.head(n), x[n]).gradient) <= 1e-6);
    const DavidsonModel fit = fit_davidson({wins, ties});
    REQUIRE(fit.converged);
    const ItemLoss at = davidson_loss({wins, ties}, fit.rewards, std::log(fit.nu));
    CHECK(at.gradient.cwiseAbs().maxCoeff() <= 1e-10);
    CHECK(at.value <= nll(x));
  }
}

TEST_CASE("davidson: without ties it is bradley-terry, and ties are impossible") {
  const DavidsonModel fit = fit_davidson({four_items(), Eigen::MatrixXd::Zero(4, 4)});
  CHECK(fit.rewards == bradley_terry({four_items()}).rewards);
  CHECK(fit.nu == 0);
  CHECK(davidson_probabilities(fit, 0, 1).tie == 0);
  CHECK(davidson_probabilities(fit, 0, 1).win ==
        doctest::Approx(win_probability(fit.rewards, 0, 1)).epsilon(1e-14));
}

TEST_CASE("davidson: lopsided counts converge") {
  const DavidsonModel fit =
      fit_davidson({count_matrix({0, 1e6, 1, 0}), count_matrix({0, 2e-3, 0, 0})});
  CHECK(fit.converged);
  CHECK(std::abs(fit.rewards[0] - fit.rewards[1] - std::log(1e6)) <= 1e-6);
  CHECK(fit.nu == doctest::Approx(2e-6).epsilon(1e-6));
}

TEST_CASE("davidson: ties join what wins alone do not") {
  // 0 beats 1 always, but they tie as well, and 2 closes the circle 0 > 1 > 2 > 0.
  const DavidsonModel fit = fit_davidson(
      {count_matrix({0, 3, 0, 0, 0, 2, 1, 0, 0}), count_matrix({0, 1, 0, 0, 0, 0, 0, 0, 0})});
  CHECK(fit.converged);
  // Two wins against one tie: 0 > 1 > 2 = 0.
  CHECK(fit_davidson(
            {count_matrix({0, 3, 0, 0, 0, 2, 0, 0, 0}), count_matrix({0, 0, 1, 0, 0, 0, 0, 0, 0})})
            .converged);
}

TEST_CASE("davidson: where nu and rewards can grow together, there is no estimate") {
  // 0 > 1, and both tie with 2.
  const std::vector<double> wins{0, 1, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<double> ties{0, 0, 1, 0, 0, 1, 0, 0, 0};
  CHECK(
      refusal_of_ties(wins, ties) ==
      "davidson: no circle of comparisons has more wins than ties, so that nu and the rewards can "
      "grow together: the estimate is infinite");
  double before = std::numeric_limits<double>::infinity();
  for (double k = 0; k < 20; ++k) {  // the direction in which all three grow likelier
    const double nll = davidson_loss({count_matrix(wins), count_matrix(ties)},
                                     Eigen::Vector3d(2 * k, -2 * k, 0), k)
                           .value;
    CHECK(nll < before);
    before = nll;
  }
}

TEST_CASE("davidson: what has no estimate, or is no count, is refused") {
  CHECK(refusal_of_ties({0, 0, 0, 0}, {0, 1, 1, 0}) ==
        "davidson: there are only ties: nu is infinite");
  CHECK(refusal_of_ties({0, 1, 0, 1, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0, 0, 0}) ==
        "davidson: item 2 was never compared with items 0, 1, not even by way of others: their "
        "difference is unknown");
  CHECK(refusal_of_ties({0, 1, 1, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 1, 0, 0, 0}) ==
        "davidson: item 0 never loses to, nor ties with, items 1, 2: the estimate is infinite");
  CHECK(refusal_of_ties({0, 1, 1, 0}, {0, -1, 0, 0}) ==
        "davidson: ties(0, 1) is -1; counts are finite and >= 0");
  CHECK(refusal_of_ties({0, 1, 1, 0}, {0, 0, 0, 0, 0, 0, 0, 0, 0}) ==
        "davidson: ties of 3 items, wins of 2");
  CHECK(tests::contains(refusal_of_ties({0, 0, 0, 0}, {0, 0, 0, 0}), "only ties") == false);
}

}  // namespace rl
