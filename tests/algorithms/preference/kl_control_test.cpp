#include "algorithms/preference/kl_control.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/policy_gradient_exact.hpp"
#include "algorithms/preference/kl.hpp"
#include "rl/plan.hpp"
#include "tests/algorithms/preference/minimize.hpp"
#include "tests/algorithms/preference/preference_worlds.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/errors.hpp"

namespace rl::test {

namespace {

/// One choice between 2 to 6 things.
struct RandomChoice {
  std::vector<double> reference, reward;
  double beta;
};
RandomChoice random_choice_under_kl(Rng& rng) {
  const auto n = static_cast<std::size_t>(2 + rng.index(5));
  return {random_shares(n, rng), random_numbers(n, 1, rng), random_magnitude(-0.5, 1, rng)};
}

double total_of(std::span<const double> p) { return std::accumulate(p.begin(), p.end(), 0.0); }

/// E_pi r - beta KL(pi || ref), over every trajectory.
RegularizedReturn return_by_enumeration(const FiniteMdp& model, double gamma,
                                        std::span<const TabularPolicy> policy,
                                        const TabularPolicy& reference) {
  RegularizedReturn total{0, 0};
  model.for_each_start([&](State s, double share) {
    for (const Trajectory& tau : all_trajectories(model, s, static_cast<int>(policy.size()))) {
      const double p = share * tau.chance * std::exp(log_probability(policy, tau));
      if (p == 0) continue;
      total.reward += p * tau.value(gamma);
      double discount = 1;
      for (std::size_t t = 0; t < tau.length(); ++t, discount *= gamma)
        total.kl += p * discount *
                    std::log(policy[t].probability(tau.states[t], tau.actions[t]) /
                             reference.probability(tau.states[t], tau.actions[t]));
    }
  });
  return total;
}

Eigen::VectorXd random_softmax_weights(Eigen::Index n, Rng& rng) {
  return random_vector(n, 0.5, rng);
}

}  // namespace

// ---- one choice --------------------------------------------------------------------------------

TEST_CASE("kl control: one choice by hand") {
  // ref = (1/2, 1/2) and r = (beta ln 3, 0): 3 to 1, and V = beta ln((3 + 1) / 2)
  const std::vector<double> even = {0.5, 0.5};
  for (const double beta : {0.01, 1.0, 50.0}) {
    const TiltedChoice best = tilted(even, std::vector<double>{beta * std::log(3), 0}, beta);
    CHECK(best.pi[0] == doctest::Approx(0.75));
    CHECK(best.pi[1] == doctest::Approx(0.25));
    CHECK(best.value == doctest::Approx(beta * std::log(2)));
    // r = (3/4 beta, 0) under the forward KL: r_mean = beta / 2, so 1/2 / (3/4) to 1/2 / (3/2)
    const std::vector<double> forward =
        forward_kl_optimum(even, std::vector<double>{0.75 * beta, 0}, beta);
    CHECK(forward[0] == doctest::Approx(2.0 / 3));
    CHECK(forward[1] == doctest::Approx(1.0 / 3));
  }
}

TEST_CASE("kl control: the tilted choice is where search finds the most of reward less beta KL") {
  double gap = 0;
  double value_gap = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(51).split(i);
    const RandomChoice c = random_choice_under_kl(rng);
    const auto n = static_cast<Eigen::Index>(c.reward.size());
    // the loss KL(pi || ref) - E r / beta of preferences x
    const Minimum found = minimize(
        [&](const Eigen::VectorXd& x, Eigen::VectorXd& g) {
          const std::vector<double> pi = softmax_of(x);
          double loss = 0;
          for (std::size_t a = 0; a < pi.size(); ++a)
            loss += pi[a] * (std::log(pi[a] / c.reference[a]) - c.reward[a] / c.beta);
          for (std::size_t a = 0; a < pi.size(); ++a)
            g[static_cast<Eigen::Index>(a)] =
                pi[a] * (std::log(pi[a] / c.reference[a]) - c.reward[a] / c.beta - loss);
          return loss;
        },
        Eigen::VectorXd::Zero(n));
    const TiltedChoice best = tilted(c.reference, c.reward, c.beta);
    gap = std::max(gap, largest_gap(softmax_of(found.x), best.pi));
    value_gap = std::max(value_gap, std::abs(-c.beta * found.value - best.value));
    CHECK(best.value ==
          doctest::Approx(dot(best.pi, c.reward) - c.beta * kl_divergence(best.pi, c.reference))
              .epsilon(1e-12)
              .scale(1));
    CHECK(std::abs(total_of(best.pi) - 1) <= 1e-14);
  }
  CHECK(gap <= 1e-7);
  CHECK(value_gap <= 1e-12);
}

TEST_CASE("kl control: what the reference never takes gets nothing, and rewards of 1e6 are fine") {
  const std::vector<double> reference = {0.25, 0, 0.75};
  const std::vector<double> reward = {1e6, 2e6, 1e6 - 1e-3};
  const TiltedChoice best = tilted(reference, reward, 1e-3);
  // exp(-1) for the third, a millionth of whose exponent is rounding
  const double e = std::exp(-1);
  CHECK(best.pi[0] == doctest::Approx(0.25 / (0.25 + 0.75 * e)).epsilon(1e-6));
  CHECK(best.pi[1] == 0);
  CHECK(best.value == doctest::Approx(1e6).epsilon(1e-9));
  const std::vector<double> forward = forward_kl_optimum(reference, reward, 1e-3);
  CHECK(forward[1] == 0);
  CHECK(std::abs(total_of(forward) - 1) <= 1e-9);
}

TEST_CASE("kl control: under the forward KL nothing pulls at its optimum, and k3 as a loss is it") {
  double pull = 0;
  double pull_of_k3 = 0;
  double worse = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(52).split(i);
    const RandomChoice c = random_choice_under_kl(rng);
    const std::vector<double> pi = forward_kl_optimum(c.reference, c.reward, c.beta);
    CHECK(std::abs(total_of(pi) - 1) <= 1e-12);
    const double mean = dot(pi, c.reward);
    // grad of E r is pi (r - mean), of KL(ref || pi) pi - ref, by the preferences of pi
    const std::vector<double> k3 =
        expected_kl_gradient(KlEstimator::k3, KlPlacement::loss, pi, c.reference);
    for (std::size_t a = 0; a < pi.size(); ++a) {
      const double towards_reward = pi[a] * (c.reward[a] - mean);
      pull = std::max(pull, std::abs(towards_reward - c.beta * (pi[a] - c.reference[a])));
      pull_of_k3 = std::max(pull_of_k3, std::abs(towards_reward - c.beta * k3[a]));
    }
    // it is a maximum, and another one than that of the KL that was meant
    const auto objective = [&](std::span<const double> p) {
      return dot(p, c.reward) - c.beta * kl_divergence(c.reference, p);
    };
    worse = std::max(worse, objective(tilted(c.reference, c.reward, c.beta).pi) - objective(pi));
    for (int k = 0; k < 5; ++k) {
      std::vector<double> other = pi;
      for (double& p : other) p *= std::exp(0.2 * rng.normal());
      const double sum = total_of(other);
      for (double& p : other) p /= sum;
      worse = std::max(worse, objective(other) - objective(pi));
    }
  }
  CHECK(pull <= 1e-11);
  CHECK(pull_of_k3 <= 1e-11);
  CHECK(worse <= 1e-12);
}

TEST_CASE("kl control: the forward KL draws up what the reference hardly ever takes") {
  // e / x + (1 - e) / (x + 10) = 1 at beta = 1: x = e / 0.9 but for e^2, so 9 to 1
  for (const double rare : {1e-12, 1e-60, 1e-300}) {
    const std::vector<double> pi =
        forward_kl_optimum(std::vector<double>{rare, 1 - rare}, std::vector<double>{10, 0}, 1);
    CHECK(pi[0] == doctest::Approx(0.9).epsilon(1e-10));
    CHECK(pi[1] == doctest::Approx(0.1).epsilon(1e-10));
  }
}

TEST_CASE("kl control: a constant in the rewards moves neither optimum") {
  double gap = 0;
  double forward_gap = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    Rng rng = Rng(53).split(i);
    RandomChoice c = random_choice_under_kl(rng);
    // multiples of 2^-20, to which a constant of 2^30 can be added without rounding
    for (double& r : c.reward) r = std::round(r * 0x1p20) * 0x1p-20;
    std::vector<double> shifted = c.reward;
    for (double& r : shifted) r += 0x1p30;
    for (const double beta : {c.beta, 1e-4 * c.beta}) {
      gap = std::max(gap, largest_gap(tilted(c.reference, c.reward, beta).pi,
                                      tilted(c.reference, shifted, beta).pi));
      forward_gap =
          std::max(forward_gap, largest_gap(forward_kl_optimum(c.reference, c.reward, beta),
                                            forward_kl_optimum(c.reference, shifted, beta)));
    }
  }
  CHECK(gap <= 1e-15);
  CHECK(forward_gap <= 1e-12);
}

// ---- steps with a clock ------------------------------------------------------------------------

TEST_CASE("kl control: without chance, pi(tau) = ref(tau) exp((R - V) / beta)") {
  double gap = 0;
  int compared = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(54).split(i);
    const FiniteMdp model = random_small_world(1, rng);
    const TabularPolicy reference = random_reference(model, rng.flip(0.3), rng);
    const double beta = random_magnitude(-1, 1, rng);
    const int horizon = 1 + rng.index(4);
    const HorizonPlan plan = soft_backward_induction(model, 1, reference, beta, horizon);
    double z = 0;
    for (const Trajectory& tau : all_trajectories(model, 0, horizon)) {
      const double ref = std::exp(log_probability(reference, tau));
      if (ref == 0) continue;
      z += ref * std::exp(tau.value() / beta);
      const double expected = ref * std::exp((tau.value() - plan.V[0][0]) / beta);
      gap = std::max(gap, std::abs(std::exp(log_probability(plan.pi, tau)) - expected));
      ++compared;
    }
    CHECK(plan.V[0][0] == doctest::Approx(beta * std::log(z)).epsilon(1e-12).scale(1));
  }
  CHECK(gap <= 1e-12);
  CHECK(compared > 2500);
}

TEST_CASE("kl control: the plan is its own backup, earns its value, and no policy earns more") {
  double backup_gap = 0;
  double value_gap = 0;
  double better = -1;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(55).split(i);
    const FiniteMdp model = random_small_world(1 + rng.index(3), rng);
    const TabularPolicy reference = random_reference(model, false, rng);
    const double beta = random_magnitude(-1, 1, rng);
    const double gamma = rng.flip(0.5) ? 1 : rng.uniform();
    const int horizon = 1 + rng.index(5);
    const HorizonPlan plan = soft_backward_induction(model, gamma, reference, beta, horizon);
    REQUIRE(plan.pi.size() == static_cast<std::size_t>(horizon));
    CHECK(plan.V.back().isZero(0));
    for (std::size_t t = 0; t < plan.pi.size(); ++t)
      for (State s = 0; s < model.num_states(); ++s) {
        if (model.terminal(s)) {
          CHECK(plan.V[t][s] == 0);
          continue;
        }
        const TiltedChoice best = tilted(reference.row(s), plan.Q[t].row(s), beta);
        backup_gap = std::max({backup_gap, std::abs(best.value - plan.V[t][s]),
                               largest_gap(best.pi, plan.pi[t].row(s))});
      }
    const RegularizedReturn earned = regularized_return(model, gamma, plan.pi, reference);
    value_gap = std::max(value_gap, std::abs(earned.reward - beta * earned.kl - plan.V[0][0]));
    for (int k = 0; k < 5; ++k) {
      std::vector<TabularPolicy> other = plan.pi;
      for (TabularPolicy& pi : other) {
        for (State s = 0; s < model.num_states(); ++s)
          for (double& p : pi.row(s)) p *= std::exp(0.3 * rng.normal());
        pi = normalized(pi);
      }
      const RegularizedReturn less = regularized_return(model, gamma, other, reference);
      better = std::max(better, less.reward - beta * less.kl - plan.V[0][0]);
    }
  }
  CHECK(backup_gap <= 1e-12);
  CHECK(value_gap <= 1e-12);
  CHECK(better <= 1e-12);
}

TEST_CASE("kl control: with ever more discounted steps the clock stops to matter") {
  for (std::uint64_t i = 0; i < 100; ++i) {
    Rng rng = Rng(56).split(i);
    const FiniteMdp model = random_small_world(2, rng);
    const TabularPolicy reference = random_reference(model, true, rng);
    const double beta = random_magnitude(-1, 1, rng);
    const HorizonPlan plan = soft_backward_induction(model, 0.5, reference, beta, 60);
    const Plan endless = soft_value_iteration(model, 0.5, reference, beta, {.tolerance = 1e-12});
    CHECK((plan.V[0] - endless.v).lpNorm<Eigen::Infinity>() <= 1e-11);
    for (State s = 0; s < model.num_states(); ++s)
      CHECK(largest_gap(plan.pi[0].row(s), endless.policy->row(s)) <= 1e-9);
  }
}

// ---- what a policy earns -----------------------------------------------------------------------

TEST_CASE("kl control: reward and divergence of a policy with a clock, by every trajectory") {
  double gap = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    Rng rng = Rng(57).split(i);
    const FiniteMdp model = random_small_world(1 + rng.index(2), rng);
    const TabularPolicy reference = random_reference(model, false, rng);
    const double gamma = rng.flip(0.5) ? 1 : rng.uniform();
    std::vector<TabularPolicy> policy;
    for (int t = 0; t < 3; ++t) policy.push_back(random_reference(model, true, rng));
    const RegularizedReturn exact = regularized_return(model, gamma, policy, reference);
    const RegularizedReturn all = return_by_enumeration(model, gamma, policy, reference);
    gap = std::max({gap, std::abs(exact.reward - all.reward), std::abs(exact.kl - all.kl)});
  }
  CHECK(gap <= 1e-13);
}

TEST_CASE("kl control: J = reward - beta kl is the return in the regularized world") {
  double gap = 0;
  double clock_gap = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(58).split(i);
    const bool ends = rng.flip(0.5);
    const FiniteMdp model = ends ? random_mdp(rng, true) : random_small_world(2, rng);
    const double gamma = ends && rng.flip(0.5) ? 1 : 0.95 * rng.uniform();
    const TabularPolicy reference = random_reference(model, false, rng);
    const TabularPolicy policy = random_reference(model, true, rng);
    const double beta = random_magnitude(-1, 1, rng);
    const RegularizedReturn earned = regularized_return(model, gamma, policy, reference);
    const double reward = start_value(model, evaluate_exactly(model, policy, gamma));
    const double both = start_value(
        model, evaluate_exactly(regularized_model(model, policy, reference, beta), policy, gamma));
    const double scale = 1 + model.largest_reward() + beta;
    // rows of these models sum to 1 within 1e-9
    gap = std::max({gap, std::abs(earned.reward - reward) / scale,
                    std::abs(earned.reward - beta * earned.kl - both) / scale});
    // the same policy at each of so many steps that nothing is left
    if (gamma > 0.5) continue;
    const std::vector<TabularPolicy> always(60, policy);
    const RegularizedReturn steps = regularized_return(model, gamma, always, reference);
    clock_gap = std::max({clock_gap, std::abs(steps.reward - earned.reward) / scale,
                          std::abs(steps.kl - earned.kl)});
  }
  CHECK(gap <= 1e-8);
  CHECK(clock_gap <= 1e-12);
}

TEST_CASE("kl control: a policy that is its reference has kl 0, and any other more") {
  for (std::uint64_t i = 0; i < 100; ++i) {
    Rng rng = Rng(59).split(i);
    const FiniteMdp model = random_mdp(rng, true);
    const TabularPolicy reference = random_reference(model, false, rng);
    CHECK(regularized_return(model, 1, reference, reference).kl == 0);
    if (model.num_actions() == 1) continue;
    const TabularPolicy other = random_reference(model, true, rng);
    if (other == reference) continue;
    const double kl = regularized_return(model, 1, other, reference).kl;
    double differs = 0;
    for (State s = 0; s < model.num_states(); ++s)
      differs = std::max(differs, largest_gap(other.row(s), reference.row(s)));
    CHECK((kl > 0) == (differs > 1e-8));
  }
}

TEST_CASE("kl control: its gradient is the return's in the regularized world, as differences say") {
  double worst = 0;
  int moved = 0;
  for (std::uint64_t i = 0; i < 240; ++i) {
    Rng rng = Rng(60).split(i);
    const FiniteMdp model = random_mdp(rng, true);
    const Eigen::Index pairs = Eigen::Index{model.num_states()} * model.num_actions();
    FeatureMatrix x = pair_table(model);
    if (i % 2 == 1) {
      x.resize(pairs, 3);
      for (Eigen::Index k = 0; k < x.size(); ++k) x.data()[k] = rng.uniform(-1, 1);
    }
    const Eigen::VectorXd theta = random_softmax_weights(x.cols(), rng);
    const TabularPolicy reference = random_reference(model, false, rng);
    const double beta = random_magnitude(-1, 1, rng);
    constexpr double kDiscounts[] = {0, 0.9, 1};
    const double gamma = kDiscounts[i % 3];
    const ScoredPolicy policy = softmax_of_preferences(model, x, theta);
    const Eigen::VectorXd gradient =
        return_gradient(regularized_model(model, policy.pi, reference, beta), policy, gamma);
    double scale = 0;
    const Eigen::VectorXd differences = central_differences(
        [&](const Eigen::VectorXd& t) {
          const RegularizedReturn earned =
              regularized_return(model, gamma, softmax_of_preferences(model, x, t).pi, reference);
          scale = std::max(scale, std::abs(earned.reward) + beta * earned.kl);
          return earned.reward - beta * earned.kl;
        },
        theta);
    const double off = (gradient - differences).norm();
    worst = std::max(worst, off / (differences.norm() + 1e-3 * scale + 1e-12));
    const Eigen::VectorXd unheld = return_gradient(model, policy, gamma);
    moved += (unheld - gradient).norm() > 1e-3 * gradient.norm() ? 1 : 0;
  }
  CHECK(worst <= 1e-6);
  CHECK(moved > 120);  // the penalty has a part in most of them; in some there is nothing to choose
}

// ---- whole trajectories ------------------------------------------------------------------------

TEST_CASE("kl control: tilting whole trajectories is worth V without chance, and more with it") {
  double by_hand_gap = 0;
  double certain_gap = 0;
  double least_above = 1e300;
  for (std::uint64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(61).split(i);
    const bool chance = i % 2 == 1;
    const FiniteMdp model = random_small_world(chance ? 2 : 1, rng);
    const TabularPolicy reference = random_reference(model, rng.flip(0.3), rng);
    const double beta = random_magnitude(-1, 0.5, rng);
    const int horizon = 1 + rng.index(3);
    const StateValues log_z = trajectory_log_partition(model, reference, beta, horizon);
    const HorizonPlan plan = soft_backward_induction(model, 1, reference, beta, horizon);
    for (State s = 0; s < model.num_states(); ++s) {
      double z = 0;
      for (const Trajectory& tau : all_trajectories(model, s, horizon))
        z += tau.chance * std::exp(log_probability(reference, tau) + tau.value() / beta);
      by_hand_gap = std::max(by_hand_gap, std::abs(log_z[s] - beta * std::log(z)));
      if (model.terminal(s)) continue;
      const double above = log_z[s] - plan.V[0][s];
      if (chance)
        least_above = std::min(least_above, above);
      else
        certain_gap = std::max(certain_gap, std::abs(above));
    }
  }
  CHECK(by_hand_gap <= 1e-11);
  CHECK(certain_gap <= 1e-12);
  CHECK(least_above > 1e-6);
}

// ---- errors ------------------------------------------------------------------------------------

TEST_CASE("kl control: what has no optimum is refused") {
  const std::vector<double> even = {0.5, 0.5};
  const std::vector<double> one = {1};
  const auto refused = [](const auto& f) { return tests::error_of(f); };
  CHECK(refused([&] { tilted(even, one, 1); }) == "KL optimum: 2 probabilities beside 1 rewards");
  CHECK(refused([&] { forward_kl_optimum(one, even, 1); }) ==
        "KL optimum: 1 probabilities beside 2 rewards");
  CHECK(refused([&] { tilted({}, {}, 1); }) == "KL optimum: 0 probabilities beside 0 rewards");
  CHECK(refused([&] { tilted(even, even, 0); }) == "beta = 0 is not a positive number");
  CHECK(refused([&] { forward_kl_optimum(even, even, -0.5); }) ==
        "beta = -0.5 is not a positive number");
  CHECK(refused([&] { tilted(even, even, std::numeric_limits<double>::quiet_NaN()); }) ==
        "beta = nan is not a positive number");

  Rng rng(62);
  const FiniteMdp model = random_small_world(1, rng);
  const TabularPolicy reference = uniform_policy(model);
  CHECK(refused([&] { soft_backward_induction(model, 1, reference, 1, 0); }) ==
        "horizon 0 is not positive");
  CHECK(refused([&] { soft_backward_induction(model, 1, TabularPolicy(1, 1), 1, 2); }) !=
        "nothing was thrown");
  CHECK(tests::contains(refused([&] { soft_backward_induction(model, 1, reference, 0, 2); }),
                        "is not a positive number"));
  CHECK(refused([&] { trajectory_log_partition(model, reference, 0, 2); }) ==
        "beta = 0 is not a positive number");
}

TEST_CASE("kl control: a policy that leaves the reference's support, or never ends, is refused") {
  // State 0 may stay or leave for state 1, the end.
  const FiniteMdp model(2, 2,
                        [](State, Action a, std::vector<Outcome>& row) {
                          row.push_back({1, 1, a == 0 ? 0 : 1});
                        },
                        {.terminal = {1}});
  TabularPolicy leaves(2, 2);
  leaves.set(0, 1);
  TabularPolicy stays(2, 2);
  stays.set(0, 0);
  const TabularPolicy uniform = uniform_policy(model);
  const auto refused = [](const auto& f) { return tests::error_of(f); };
  CHECK(tests::contains(refused([&] { regularized_return(model, 0.9, uniform, leaves); }),
                        "the reference gives action 0 probability 0"));
  const std::vector<TabularPolicy> clock(2, uniform);
  CHECK(
      tests::contains(refused([&] { regularized_return(model, 0.9, clock, leaves); }), "infinite"));
  CHECK(tests::contains(refused([&] { regularized_model(model, uniform, leaves, 1); }),
                        "never takes action 0 in state 0"));
  CHECK(tests::contains(refused([&] { regularized_return(model, 1, stays, uniform); }),
                        "never ends from state 0"));
  // two steps of staying: reward 2, and ln 2 each
  const std::vector<TabularPolicy> twice(2, stays);
  CHECK(regularized_return(model, 1, twice, uniform).reward == 2);
  CHECK(regularized_return(model, 1, twice, uniform).kl == doctest::Approx(2 * std::log(2)));
  CHECK(regularized_return(model, 1, leaves, uniform).kl == doctest::Approx(std::log(2)));
}

}  // namespace rl::test
