#include "algorithms/preference/behavior_cloning.hpp"

#include <doctest/doctest.h>

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "rl/files.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl {
namespace {

using doctest::Approx;
using nlohmann::json;
using tests::contains;
using tests::error_of;

/// n states of `actions` actions, each of which stays where it is.
FiniteMdp staying_world(State n, Action actions) {
  return {n, actions, [](State s, Action, std::vector<Outcome>& row) { row = {{1, 0, s}}; }};
}

/// Two states with three actions, of which the last one is missing in state 1, and a terminal one.
FiniteMdp world_with_gaps() {
  return {3,
          3,
          [](State s, Action a, std::vector<Outcome>& row) {
            if (s == 1 && a == 2) return;
            row = {{1, 0, a == 0 ? s : 2}};
          },
          {.terminal = {2}}};
}

Eigen::VectorXd counts_of(const std::vector<double>& n) {
  return Eigen::Map<const Eigen::VectorXd>(n.data(), static_cast<Eigen::Index>(n.size()));
}

FeatureMatrix one_feature(const std::vector<double>& x) {
  return Eigen::Map<const FeatureMatrix>(x.data(), static_cast<Eigen::Index>(x.size()), 1);
}

/// Counts up to 9 of every pair, features of n numbers.
struct DrawnDemonstrations {
  FiniteMdp model;
  FeatureMatrix x;
  Eigen::VectorXd counts;
  explicit DrawnDemonstrations(Rng& rng)
      : model(staying_world(2 + rng.index(4), 2 + rng.index(3))),
        x(Eigen::Index{model.num_states()} * model.num_actions(), 1 + rng.index(3)),
        counts(x.rows()) {
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      counts[i] = rng.index(10);
      for (Eigen::Index j = 0; j < x.cols(); ++j) x(i, j) = rng.normal();
    }
  }
};

/// -sum n ln pi + l2 / 2 |w|^2, written once more.
double plain_clone_objective(const DrawnDemonstrations& data, double l2, const Eigen::VectorXd& w) {
  double sum = l2 / 2 * w.squaredNorm();
  const Action actions = data.model.num_actions();
  for (State s = 0; s < data.model.num_states(); ++s) {
    double z = 0;
    for (Action a = 0; a < actions; ++a) z += std::exp(data.x.row(s * actions + a).dot(w));
    for (Action a = 0; a < actions; ++a)
      sum -= data.counts[s * actions + a] * (data.x.row(s * actions + a).dot(w) - std::log(z));
  }
  return sum;
}

/// Whether a fit is refused or says that it has not converged.
template <class F>
bool refused_or_unconverged(F&& fit) {
  try {
    return !fit().converged;
  } catch (const std::invalid_argument&) {
    return true;
  }
}

}  // namespace

TEST_CASE("behaviour cloning: counts are of the pairs that the segments went through") {
  const FiniteMdp model = world_with_gaps();
  const std::vector<Segment> shown = {{.states = {0, 0, 0, 2}, .actions = {0, 0, 1}},
                                      {.states = {1, 2}, .actions = {1}, .terminated = true},
                                      {.states = {0}, .actions = {}}};
  CHECK(action_counts(model, shown) == counts_of({2, 1, 0, 0, 1, 0, 0, 0, 0}));
  CHECK(action_counts(model, {}) == Eigen::VectorXd::Zero(9));
}

TEST_CASE("behaviour cloning: the table is each action's share of what was shown, by hand") {
  const FiniteMdp model = staying_world(2, 3);
  const TabularPolicy pi = clone_table(model, counts_of({3, 1, 0, 0, 5, 0}), 0);
  CHECK(pi.probability(0, 0) == 0.75);
  CHECK(pi.probability(0, 1) == 0.25);
  CHECK(pi.probability(0, 2) == 0);
  CHECK(pi.probability(1, 1) == 1);
}

TEST_CASE("behaviour cloning: Laplace's pseudo-counts go to available actions, by hand") {
  const TabularPolicy pi =
      clone_table(world_with_gaps(), counts_of({3, 1, 0, 2, 0, 0, 0, 0, 0}), 1);
  CHECK(pi.probability(0, 0) == Approx(4. / 7).epsilon(1e-15));
  CHECK(pi.probability(0, 1) == Approx(2. / 7).epsilon(1e-15));
  CHECK(pi.probability(0, 2) == Approx(1. / 7).epsilon(1e-15));
  CHECK(pi.probability(1, 0) == 0.75);
  CHECK(pi.probability(1, 1) == 0.25);
  CHECK(pi.probability(1, 2) == 0);
  for (Action a = 0; a < 3; ++a) CHECK(pi.probability(2, a) == 0);  // terminal
}

TEST_CASE("behaviour cloning: a state that was never shown gets the uniform policy") {
  const FiniteMdp model = world_with_gaps();
  for (const double laplace : {0., 0.5}) {
    const TabularPolicy pi = clone_table(model, counts_of({1, 0, 0, 0, 0, 0, 0, 0, 0}), laplace);
    CHECK(pi.probability(1, 0) == 0.5);
    CHECK(pi.probability(1, 1) == 0.5);
    CHECK(pi.probability(1, 2) == 0);
    check_policy(model, pi);
  }
}

TEST_CASE("behaviour cloning: what was shown where it is not available is refused") {
  const auto counts = counts_of({1, 0, 0, 0, 0, 2, 0, 0, 0});
  for (const double laplace : {0., 1.})
    CHECK(error_of([&] { clone_table(world_with_gaps(), counts, laplace); }) ==
          "action 2 was shown in state 1, where it is not available");
}

TEST_CASE("behaviour cloning: a laplace or l2 below 0 or none at all is refused") {
  const FiniteMdp model = staying_world(1, 2);
  const auto counts = counts_of({1, 1});
  CHECK(error_of([&] { clone_table(model, counts, -1); }) == "laplace = -1 is not at least 0");
  CHECK(contains(
      error_of([&] { clone_table(model, counts, std::numeric_limits<double>::quiet_NaN()); }),
      "laplace = nan"));
  CHECK(error_of([&] {
          clone_linear(model, one_feature({1, 0}), counts, -0.5);
        }) == "l2 = -0.5 is not at least 0");
}

TEST_CASE("behaviour cloning: demonstrations of all states of a context count together") {
  const FiniteMdp model(4, 2,
                        [](State s, Action, std::vector<Outcome>& row) {
                          row = {{1, 0, s}};
                        },
                        {.terminal = {3}});
  const std::vector<Segment> shown = {{.states = {0, 1, 2, 2}, .actions = {0, 1, 0}},
                                      {.states = {1, 1}, .actions = {0}}};
  // context 0: (2, 1), context 1: (1, 0); with 1/2 for each action
  const TabularPolicy pi = table_of(clone_contexts(model, {2, {0, 0, 1, -1}}, shown, 0.5).rows());
  for (const State s : {0, 1}) CHECK(pi.probability(s, 0) == Approx(2.5 / 4).epsilon(1e-14));
  CHECK(pi.probability(2, 0) == Approx(1.5 / 2).epsilon(1e-14));
  CHECK(pi.probability(3, 0) == 0);
}

TEST_CASE("behaviour cloning: where each state is its own context it is the table") {
  const FiniteMdp model = world_with_gaps();
  const std::vector<Segment> shown = {{.states = {0, 0, 0, 2}, .actions = {0, 2, 1}},
                                      {.states = {1, 2}, .actions = {1}}};
  for (const double laplace : {0., 0.3}) {
    const TabularPolicy table = clone_table(model, action_counts(model, shown), laplace);
    const TabularPolicy rows =
        table_of(clone_contexts(model, each_state(model), shown, laplace).rows());
    for (State s = 0; s < 3; ++s)
      for (Action a = 0; a < 3; ++a)
        CHECK(std::abs(rows.probability(s, a) - table.probability(s, a)) <= 1e-15);
  }
}

TEST_CASE("behaviour cloning: the likelihood by hand; infinite where the policy rules it out") {
  TabularPolicy pi(1, 3);
  pi.row(0)[0] = 0.75;
  pi.row(0)[1] = 0.25;
  CHECK(negative_log_likelihood(pi, counts_of({2, 1, 0})) ==
        Approx(-2 * std::log(0.75) - std::log(0.25)).epsilon(1e-15));
  CHECK(negative_log_likelihood(pi, counts_of({2, 1, 1})) ==
        std::numeric_limits<double>::infinity());
  CHECK(negative_log_likelihood(pi, counts_of({0, 0, 0})) == 0);
}

TEST_CASE("behaviour cloning: under no other table are the demonstrations likelier") {
  Rng rng(1);
  for (int k = 0; k < 100; ++k) {
    const DrawnDemonstrations data(rng);
    const double least =
        negative_log_likelihood(clone_table(data.model, data.counts, 0), data.counts);
    for (int other = 0; other < 10; ++other) {
      Eigen::VectorXd nearby = data.counts;
      for (double& n : nearby) n += 0.3 * rng.uniform();
      const double nll = negative_log_likelihood(clone_table(data.model, nearby, 0), data.counts);
      CHECK(nll >= least - 1e-12);
    }
    CHECK(negative_log_likelihood(clone_table(data.model, data.counts, 0.5), data.counts) >= least);
  }
}

TEST_CASE("behaviour cloning: the linear policy is that of the truth file") {
  const json file = json::parse(read_file(std::string(tests::kTruthFolder) + "/preference.json"));
  int compared = 0;
  for (const json& c : file["cases"]) {
    if (c["id"] != "bc_linear_softmax") continue;
    std::vector<double> counts;
    std::vector<double> x;
    for (const json& row : c["inputs"]["action_counts"])
      for (const json& n : row) counts.push_back(n);
    for (const json& state : c["inputs"]["features"])
      for (const json& pair : state)
        for (const json& number : pair) x.push_back(number);
    const LinearClone clone =
        clone_linear(staying_world(3, 2), Eigen::Map<const FeatureMatrix>(x.data(), 6, 2),
                     counts_of(counts), c["inputs"]["l2"]);
    CHECK(clone.converged);
    CHECK(std::abs(clone.w[0] - c["expected"]["w"][0].get<double>()) <= 1e-6);
    CHECK(std::abs(clone.w[1] - c["expected"]["w"][1].get<double>()) <= 1e-6);
    CHECK(std::abs(clone.objective - c["expected"]["objective"].get<double>()) <= 1e-9);
    ++compared;
  }
  CHECK(compared == 1);
}

TEST_CASE("behaviour cloning: one weight by hand: the log of the counts' ratio") {
  const FiniteMdp model = staying_world(1, 2);
  const LinearClone clone = clone_linear(model, one_feature({1, 0}), counts_of({6, 2}), 0);
  CHECK(clone.converged);
  CHECK(clone.w[0] == Approx(std::log(3.0)).epsilon(1e-12));
  CHECK(clone.objective == Approx(-6 * std::log(0.75) - 2 * std::log(0.25)).epsilon(1e-13));
}

TEST_CASE("behaviour cloning: at the optimum the gradient is 0, and no other weights are better") {
  Rng rng(2);
  for (int k = 0; k < 100; ++k) {
    const DrawnDemonstrations data(rng);
    const double l2 = rng.uniform(0.01, 2);
    const LinearClone clone = clone_linear(data.model, data.x, data.counts, l2);
    CHECK(clone.objective == Approx(plain_clone_objective(data, l2, clone.w)).epsilon(1e-12));
    for (Eigen::Index j = 0; j < clone.w.size(); ++j) {
      const auto at = [&](double x) {
        Eigen::VectorXd w = clone.w;
        w[j] += x;
        return plain_clone_objective(data, l2, w);
      };
      constexpr double h = 1e-3;
      const double slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
      CHECK(std::abs(slope) <= 1e-8 * (1 + clone.objective));
      CHECK(at(0.1) > clone.objective);
      CHECK(at(-0.1) > clone.objective);
    }
  }
}

TEST_CASE("behaviour cloning: with l2 > 0 there is one optimum, and Newton's method says so") {
  Rng rng(2);
  int unconverged = 0;
  for (int k = 0; k < 300; ++k) {
    const DrawnDemonstrations data(rng);
    const LinearClone clone = clone_linear(data.model, data.x, data.counts, rng.uniform(0.01, 2));
    if (!clone.converged || clone.iterations > 50) ++unconverged;
  }
  CHECK(unconverged == 0);
}

TEST_CASE("behaviour cloning: more l2 brings smaller weights and a worse fit") {
  Rng rng(3);
  for (int k = 0; k < 30; ++k) {
    const DrawnDemonstrations data(rng);
    double last = std::numeric_limits<double>::infinity();
    double fit = 0;
    for (const double l2 : {0.01, 0.1, 1., 10.}) {
      const LinearClone clone = clone_linear(data.model, data.x, data.counts, l2);
      CHECK(clone.w.norm() < last);
      last = clone.w.norm();
      const double nll = clone.objective - l2 / 2 * clone.w.squaredNorm();
      CHECK(nll >= fit - 1e-9);
      fit = nll;
    }
  }
}

TEST_CASE("behaviour cloning: one feature a pair and little l2 come near the table") {
  const FiniteMdp model = world_with_gaps();
  const auto counts = counts_of({3, 1, 4, 2, 2, 0, 0, 0, 0});
  const FeatureMatrix x = pair_table(model);
  const LinearClone clone = clone_linear(model, x, counts, 1e-7);
  const TabularPolicy linear = softmax_of_preferences(model, x, clone.w).pi;
  const TabularPolicy table = clone_table(model, counts, 0);
  for (State s = 0; s < 2; ++s)
    for (Action a = 0; a < 3; ++a)
      CHECK(std::abs(linear.probability(s, a) - table.probability(s, a)) <= 1e-6);
}

TEST_CASE("behaviour cloning: without l2, a direction that changes nothing is an error") {
  const std::string undetermined =
      "behaviour cloning: the demonstrations do not determine the weights; give l2 > 0";
  const FiniteMdp model = staying_world(2, 2);
  // The sum of a state's preferences, the second state, and all without demonstrations.
  CHECK(error_of([&] {
          clone_linear(model, pair_table(model), counts_of({1, 2, 2, 1}), 0);
        }) == undetermined);
  FeatureMatrix x(4, 2);
  x << 1, 0, 0, 0, 0, 1, 0, 0;
  CHECK(error_of([&] { clone_linear(model, x, counts_of({1, 2, 0, 0}), 0); }) == undetermined);
  CHECK(error_of([&] { clone_linear(model, x, counts_of({0, 0, 0, 0}), 0); }) == undetermined);
  const LinearClone held = clone_linear(model, x, counts_of({0, 0, 0, 0}), 1);
  CHECK(held.converged);
  CHECK(held.w.norm() == 0);
}

TEST_CASE("behaviour cloning: separable demonstrations have no best weights without l2") {
  const FiniteMdp two = staying_world(2, 2);
  FeatureMatrix x(4, 2);
  x << 1, 0, 0, 0, 0, 1, 0, 0;
  CHECK(refused_or_unconverged([&] { return clone_linear(two, x, counts_of({5, 0, 0, 7}), 0); }));
  FeatureMatrix mixed(4, 2);
  mixed << 1, 0.3, -0.2, 0.5, 0.7, 1, -1, 0.4;
  CHECK(refused_or_unconverged([&] {
    return clone_linear(two, mixed, counts_of({5, 0, 0, 7}), 0);
  }));
  const LinearClone held = clone_linear(two, mixed, counts_of({5, 0, 0, 7}), 0.1);
  CHECK(held.converged);
}

// The likelihood of one weight grows for ever; what is reached when its slope underflows is no
// optimum.
TEST_CASE("behaviour cloning: one weight, all demonstrations alike: no optimum, and none claimed") {
  const FiniteMdp one = staying_world(1, 2);
  CHECK(refused_or_unconverged([&] {
    return clone_linear(one, one_feature({1, 0}), counts_of({5, 0}), 0);
  }));
}

// As in a table, where it is an error: no weights make it likely.
TEST_CASE("behaviour cloning: linear: what was shown where it is not available is no optimum") {
  const auto counts = counts_of({1, 0, 0, 0, 0, 2, 0, 0, 0});
  Rng rng(4);
  FeatureMatrix x(9, 2);
  for (Eigen::Index i = 0; i < 9; ++i)
    for (Eigen::Index j = 0; j < 2; ++j) x(i, j) = rng.normal();
  CHECK(refused_or_unconverged([&] { return clone_linear(world_with_gaps(), x, counts, 0.1); }));
}

TEST_CASE("behaviour cloning: many demonstrations of one kind need no l2 if one is of the other") {
  const LinearClone clone =
      clone_linear(staying_world(1, 2), one_feature({1, 0}), counts_of({1e6, 1}), 0);
  CHECK(clone.converged);
  CHECK(clone.w[0] == Approx(std::log(1e6)).epsilon(1e-9));
}

}  // namespace rl
