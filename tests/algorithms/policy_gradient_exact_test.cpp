#include "algorithms/policy_gradient_exact.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "envs/short_corridor.hpp"
#include "rl/plan.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

/// One step: action 0 is paid 1, action 1 nothing.
FiniteMdp two_arms() {
  return FiniteMdp(2, 2,
                   [](State, Action a, std::vector<Outcome>& row) {
                     row.push_back({1, a == 0 ? 1.0 : 0.0, 1});
                   },
                   {.terminal = {1}});
}

/// Every state can follow every other.
FiniteMdp random_chain(Rng& rng) {
  constexpr State kStates = 4;
  return FiniteMdp(kStates, 3, [&](State, Action a, std::vector<Outcome>& row) {
    if (a == 2 && rng.flip(0.3)) return;  // not available
    double sum = 0;
    for (State next = 0; next < kStates; ++next) {
      row.push_back({0.1 + rng.uniform(), 2 * rng.uniform() - 1, next});
      sum += row.back().probability;
    }
    for (Outcome& o : row) o.probability /= sum;
  });
}

FeatureMatrix random_pair_features(const FiniteMdp& model, Rng& rng) {
  FeatureMatrix x(Eigen::Index{model.num_states()} * model.num_actions(), 3);
  for (Eigen::Index i = 0; i < x.size(); ++i) x.data()[i] = 2 * rng.uniform() - 1;
  return x;
}

Eigen::VectorXd random_theta(Eigen::Index n, Rng& rng) {
  Eigen::VectorXd theta(n);
  for (double& t : theta) t = 2 * rng.uniform() - 1;
  return theta;
}

/// Central differences of f(theta).
Eigen::VectorXd differences_of(const std::function<double(const Eigen::VectorXd&)>& f,
                               const Eigen::VectorXd& theta) {
  constexpr double kStep = 1e-5;
  Eigen::VectorXd gradient(theta.size());
  for (Eigen::Index i = 0; i < theta.size(); ++i) {
    const Eigen::VectorXd step = kStep * Eigen::VectorXd::Unit(theta.size(), i);
    gradient[i] = (f(theta + step) - f(theta - step)) / (2 * kStep);
  }
  return gradient;
}

void check_gradient(const Eigen::VectorXd& gradient, const Eigen::VectorXd& differences,
                    double scale) {
  CHECK((gradient - differences).norm() <= 1e-6 * differences.norm() + 1e-9 * scale);
}

double average_reward(const FiniteMdp& model, const TabularPolicy& pi) {
  return stationary_distribution(model, pi).dot(policy_chain(model, pi).reward);
}

}  // namespace

// ---- by hand
// --------------------------------------------------------------------------------------

TEST_CASE("policy gradient: two arms by hand") {
  const FiniteMdp model = two_arms();
  const ScoredPolicy policy =
      softmax_of_preferences(model, pair_table(model), Eigen::VectorXd::Zero(4));
  CHECK(policy.pi.probability(0, 0) == 0.5);
  CHECK(policy.score(0, 0) == 0.5);  // 1 - pi
  CHECK(policy.score(0, 1) == -0.5);
  // pi(a) (q(a) - v) = .5 (1 - .5)
  const Eigen::VectorXd g = return_gradient(model, policy, 1);
  CHECK(g.isApprox(Eigen::Vector4d(0.25, -0.25, 0, 0)));
  CHECK(g == value_gradient(model, policy, 1, 0));
  const Eigen::MatrixXd F =
      fisher_information(policy, discounted_state_visits(model, policy.pi, 1));
  CHECK(F(0, 0) == doctest::Approx(0.25));
  CHECK(F(0, 1) == doctest::Approx(-0.25));
  CHECK(F(2, 2) == 0);
  // F is singular: adding to all preferences of a state changes nothing, and is not done
  CHECK(natural_gradient(F, g).isApprox(Eigen::Vector4d(0.5, -0.5, 0, 0)));
}

TEST_CASE("policy gradient: the short corridor, where states look alike (S&B Example 13.1)") {
  const Problem corridor = short_corridor();
  FeatureMatrix x(8, 2);
  for (int s = 0; s < 4; ++s) x.middleRows(2 * s, 2).setIdentity();
  const auto gradient_at = [&](double p) {
    const Eigen::Vector2d theta(std::log(p), std::log(1 - p));
    return return_gradient(corridor.model, softmax_of_preferences(corridor.model, x, theta), 1);
  };
  // J = -2 (2 - p) / (p (1 - p)), dp / dtheta = p (1 - p) (1, -1)
  for (const double p : {0.05, 0.3, 0.8}) {
    const double u = p * (1 - p);
    const double dJ_dp = (2 * u + (4 - 2 * p) * (1 - 2 * p)) / (u * u);
    CHECK(gradient_at(p)[0] == doctest::Approx(dJ_dp * u));
    CHECK(gradient_at(p)[1] == doctest::Approx(-dJ_dp * u));
  }
  CHECK(gradient_at(2 - std::sqrt(2.0)).norm() < 1e-12);
}

// ---- against finite differences
// -------------------------------------------------------------------

TEST_CASE("policy gradient: of the return and of values, as finite differences have it") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = test::random_mdp(rng, true);
    const FeatureMatrix x = seed % 3 == 0 ? pair_table(model) : random_pair_features(model, rng);
    const Eigen::VectorXd theta = random_theta(x.cols(), rng);
    const ScoredPolicy policy = softmax_of_preferences(model, x, theta);
    State s = 1;
    while (model.terminal(s) && s + 1 < model.num_states()) ++s;
    for (const double gamma : {0.0, 0.9, 1.0}) {
      const auto values_at = [&](const Eigen::VectorXd& t) {
        return evaluate_exactly(model, softmax_of_preferences(model, x, t).pi, gamma);
      };
      const double scale = values_at(theta).lpNorm<Eigen::Infinity>();
      check_gradient(
          return_gradient(model, policy, gamma),
          differences_of([&](const auto& t) { return start_value(model, values_at(t)); }, theta),
          scale);
      check_gradient(value_gradient(model, policy, gamma, s),
                     differences_of([&](const auto& t) { return values_at(t)[s]; }, theta), scale);
    }
  }
}

TEST_CASE("policy gradient: of average reward and average value, as finite differences have it") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = random_chain(rng);
    const FeatureMatrix x = seed % 3 == 0 ? pair_table(model) : random_pair_features(model, rng);
    const Eigen::VectorXd theta = random_theta(x.cols(), rng);
    const ScoredPolicy policy = softmax_of_preferences(model, x, theta);
    const auto policy_at = [&](const Eigen::VectorXd& t) {
      return softmax_of_preferences(model, x, t).pi;
    };
    check_gradient(
        average_reward_gradient(model, policy),
        differences_of([&](const auto& t) { return average_reward(model, policy_at(t)); }, theta),
        1);
    const auto average_value = [&](const Eigen::VectorXd& t) {
      const TabularPolicy pi = policy_at(t);
      return stationary_distribution(model, pi).dot(evaluate_exactly(model, pi, 0.9));
    };
    CHECK(average_value(theta) ==
          doctest::Approx(average_reward(model, policy.pi) / 0.1));  // MFRL Lemma 9.1
    check_gradient(average_value_gradient(model, policy, 0.9), differences_of(average_value, theta),
                   10);
  }
}

// ---- what the theorems say
// ------------------------------------------------------------------------

TEST_CASE(
    "policy gradient: with discounted values the average reward's is off, less as gamma -> 1") {
  Rng rng(1);
  const FiniteMdp model = random_chain(rng);
  const FeatureMatrix x = random_pair_features(model, rng);
  const ScoredPolicy policy = softmax_of_preferences(model, x, random_theta(3, rng));
  const Eigen::VectorXd exact = average_reward_gradient(model, policy);
  const auto off = [&](double gamma) {
    return (average_reward_gradient_discounted(model, policy, gamma) - exact).norm() / exact.norm();
  };
  CHECK(off(0) > 1e-3);
  CHECK(off(0.99) < off(0));
  CHECK(off(0.9999) < 1e-3 * off(0));
}

TEST_CASE("policy gradient: the natural gradient of a table is its advantages, less their mean") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Rng rng(seed);
    const FiniteMdp model = random_chain(rng);
    const FeatureMatrix x = pair_table(model);
    const ScoredPolicy policy = softmax_of_preferences(model, x, random_theta(x.cols(), rng));
    const Eigen::VectorXd eta = discounted_state_visits(model, policy.pi, 0.9);
    CHECK(eta.sum() == doctest::Approx(10));
    const Eigen::VectorXd natural =
        natural_gradient(fisher_information(policy, eta), return_gradient(model, policy, 0.9));
    const StateValues v = evaluate_exactly(model, policy.pi, 0.9);
    for (State s = 0; s < model.num_states(); ++s) {
      const std::vector<double> q = action_values(model, v, 0.9, s);
      double mean = 0;
      int available = 0;
      for (Action a = 0; a < model.num_actions(); ++a)
        if (model.available(s, a)) {
          mean += q[index(a)];
          ++available;
        }
      mean /= available;
      for (Action a = 0; a < model.num_actions(); ++a)
        CHECK(
            natural[s * model.num_actions() + a] ==
            doctest::Approx(model.available(s, a) ? q[index(a)] - mean : 0).epsilon(1e-9).scale(1));
    }
  }
}

TEST_CASE("policy gradient: a policy as a softmax has the score of the preferences that give it") {
  Rng rng(3);
  const FiniteMdp model = random_chain(rng);
  const FeatureMatrix x = random_pair_features(model, rng);
  const ScoredPolicy made = softmax_of_preferences(model, x, random_theta(3, rng));
  CHECK(with_softmax_score(model, made.pi, x).score.isApprox(made.score));
  // the mean score of each state is zero
  for (State s = 0; s < model.num_states(); ++s) {
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(3);
    for (Action a = 0; a < 3; ++a) mean += made.pi.probability(s, a) * made.score.row(s * 3 + a);
    CHECK(mean.norm() < 1e-15);
  }
}

// ---- errors
// ---------------------------------------------------------------------------------------

TEST_CASE("policy gradient: what has no gradient is refused") {
  const FiniteMdp arms = two_arms();
  const auto refused = [](const auto& f) { return tests::error_of(f); };
  CHECK(refused([&] { softmax_of_preferences(arms, FeatureMatrix(3, 1), {}); }) ==
        "policy gradient: 3 rows of features for 4 pairs");
  CHECK(refused([&] {
          softmax_of_preferences(arms, pair_table(arms), Eigen::VectorXd::Zero(3));
        }) == "policy gradient: 3 parameters for 4 features");
  Rng rng(0);
  const FiniteMdp chain = random_chain(rng);
  const ScoredPolicy endless = with_softmax_score(chain, uniform_policy(chain), pair_table(chain));
  CHECK(refused([&] { return_gradient(chain, endless, 1); }).find("never ends") !=
        std::string::npos);
  CHECK(refused([&] { average_value_gradient(chain, endless, 1); }) ==
        "policy gradient: the average value needs gamma below 1");
  const ScoredPolicy ending = with_softmax_score(arms, uniform_policy(arms), pair_table(arms));
  CHECK(refused([&] { average_reward_gradient(arms, ending); }) ==
        "stationary distribution: the world has terminal states");
}

}  // namespace rl
