#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "algorithms/all.hpp"
#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"
#include "rl/with_rewards.hpp"
#include "tests/algorithms/preference/preference_worlds.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/errors.hpp"

namespace rl::test {

namespace {

constexpr double kSoftGammas[] = {0, 0.3, 0.5, 0.9, 0.99, 0.999};
constexpr SweepOrder kSweepOrders[] = {SweepOrder::synchronous, SweepOrder::in_place,
                                       SweepOrder::alternating, SweepOrder::random};

/// T v in one state, and pi(. | s) = ref exp((q - T v) / beta).
struct ExactSoftBackup {
  long double value;
  Exact pi;
};
ExactSoftBackup soft_backup_exactly(const FiniteMdp& model, const TabularPolicy& reference,
                                    const Exact& v, long double gamma, long double beta, State s) {
  const auto actions = index(model.num_actions());
  ExactSoftBackup result{0, Exact(actions, 0)};
  Exact q(actions, 0);
  long double best = -std::numeric_limits<long double>::infinity();
  long double share = 0;  // rows of the reference are rounded
  for (std::size_t a = 0; a < actions; ++a) {
    const long double p = static_cast<long double>(reference.row(s)[a]);
    if (p == 0) continue;
    share += p;
    q[a] = exact_backup(model, v, gamma, s, static_cast<Action>(a));
    best = std::max(best, q[a]);
  }
  long double sum = 0;
  for (std::size_t a = 0; a < actions; ++a)
    if (const long double p = static_cast<long double>(reference.row(s)[a]); p > 0)
      sum += result.pi[a] = p / share * std::exp((q[a] - best) / beta);
  for (long double& p : result.pi) p /= sum;
  result.value = best + beta * std::log(sum);
  return result;
}

/// v* by Newton's method, which is soft policy iteration: v <- v + (I - gamma P_pi)^-1 (T v - v).
Exact soft_optimum_in_long_double(const FiniteMdp& model, const TabularPolicy& reference,
                                  long double gamma, long double beta) {
  const auto n = index(model.num_states());
  Exact v(n, 0);
  int last_steps = 2;  // after the first that moves nothing but rounding
  for (int step = 0; step < 500 && last_steps > 0; ++step) {
    std::vector<Exact> matrix(n, Exact(n, 0));
    Exact change(n, 0);
    for (State s = 0; s < model.num_states(); ++s) {
      Exact& row = matrix[index(s)];
      row[index(s)] = 1;
      if (model.terminal(s)) continue;
      const ExactSoftBackup backed = soft_backup_exactly(model, reference, v, gamma, beta, s);
      change[index(s)] = backed.value - v[index(s)];
      for (Action a = 0; a < model.num_actions(); ++a)
        for (const Outcome& o : model.outcomes(s, a))
          if (!model.terminal(o.next))
            row[index(o.next)] -=
                gamma * backed.pi[index(a)] * static_cast<long double>(o.probability);
    }
    change = solve_exactly(std::move(matrix), std::move(change));
    long double moved = 0;
    long double size = 0;
    for (std::size_t i = 0; i < n; ++i) {
      v[i] += change[i];
      moved = std::max(moved, std::abs(change[i]));
      size = std::max(size, std::abs(v[i]));
    }
    if (moved <= 1e-15L * size) --last_steps;
  }
  REQUIRE(last_steps == 0);
  return v;
}

/// The model with rows that sum to 1 but for rounding.
FiniteMdp with_tidy_rows(const FiniteMdp& model) {
  MdpFacts facts;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) facts.terminal.push_back(s);
  return FiniteMdp(
      model.num_states(), model.num_actions(),
      [&](State s, Action a, std::vector<Outcome>& row) {
        row = model.outcomes(s, a);
        double sum = 0;
        for (const Outcome& o : row) sum += o.probability;
        for (Outcome& o : row) o.probability /= sum;
      },
      facts);
}

/// A model, a reference that leaves actions out, gamma and beta.
struct SoftProblem {
  FiniteMdp model;
  double gamma;
  TabularPolicy reference;
  double beta;
};
SoftProblem random_soft_problem(Rng& rng) {
  const bool ends = rng.flip(0.5);
  FiniteMdp model = random_mdp(rng, ends);
  const double gamma = ends && rng.flip(0.3) ? 1 : kSoftGammas[rng.index(6)];
  TabularPolicy reference = random_reference(model, rng.flip(0.7), rng);
  return {std::move(model), gamma, std::move(reference), random_magnitude(-3, 3, rng)};
}
SoftProblem random_tidy_problem(Rng& rng) {
  SoftProblem p = random_soft_problem(rng);
  p.model = with_tidy_rows(p.model);
  return p;
}

/// The model without the actions that the reference never takes.
FiniteMdp on_support(const FiniteMdp& model, const TabularPolicy& reference) {
  MdpFacts facts;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) facts.terminal.push_back(s);
  return FiniteMdp(
      model.num_states(), model.num_actions(),
      [&](State s, Action a, std::vector<Outcome>& row) {
        if (reference.probability(s, a) > 0) row = model.outcomes(s, a);
      },
      facts);
}

/// max_s |(T v)(s) - v(s)|
double soft_residual(const SoftProblem& p, const StateValues& v) {
  return residual(p.model, v, p.gamma, Soft(p.reference, p.beta)).largest();
}

double norm_of(const StateValues& v) { return v.lpNorm<Eigen::Infinity>(); }

/// One state for ever, two actions that pay 1 and 0.
FiniteMdp two_wages() {
  return FiniteMdp(1, 2, [](State, Action a, std::vector<Outcome>& row) {
    row.push_back({1, a == 0 ? 1.0 : 0.0, 0});
  });
}

}  // namespace

// ---- by hand -----------------------------------------------------------------------------------

TEST_CASE("soft value iteration: one state by hand") {
  const FiniteMdp model = two_wages();
  // v = beta ln(e^(1 / beta) / 2 + 1 / 2) + gamma v
  for (const double beta : {0.2, 1.0, 30.0}) {
    const double once = beta * std::log((std::exp(1 / beta) + 1) / 2);
    CHECK(soft_value_iteration(model, 0, uniform_policy(model), beta).v[0] ==
          doctest::Approx(once).epsilon(1e-12));
    const Plan plan = soft_value_iteration(model, 0.9, uniform_policy(model), beta);
    CHECK(plan.converged);
    CHECK(std::abs(plan.v[0] - 10 * once) <= 1e-9);
    REQUIRE(plan.policy);
    // pi(0) : pi(1) = e^(1 / beta) : 1
    CHECK(plan.policy->probability(0, 0) == doctest::Approx(1 / (1 + std::exp(-1 / beta))));
  }
}

// ---- the certificate ---------------------------------------------------------------------------

TEST_CASE("soft value iteration: no bound of 2,000 random problems is below the error") {
  int violated = 0;
  int missing = 0;
  for (int i = 0; i < 2'000; ++i) {
    Rng rng = Rng(31).split(static_cast<std::uint64_t>(i));
    const SoftProblem p = random_soft_problem(rng);
    const Exact exact = soft_optimum_in_long_double(
        p.model, p.reference, static_cast<long double>(p.gamma), static_cast<long double>(p.beta));
    for (const SweepOrder order : kSweepOrders) {
      SweepOptions sweeps;
      sweeps.tolerance = random_magnitude(-12, 0, rng);
      sweeps.max_sweeps = 1 + rng.index(100);
      sweeps.order = order;
      sweeps.stop = static_cast<StopRule>(rng.index(2));
      sweeps.v0 = rng.flip(0.5) ? 0 : 10 * rng.normal();
      const Plan plan = soft_value_iteration(p.model, p.gamma, p.reference, p.beta, sweeps);
      missing += plan.error_bound ? 0 : 1;
      violated += largest_error(p.model, plan.v, exact) <= plan.error_bound.value_or(0) ? 0 : 1;
    }
  }
  CHECK(violated == 0);
  CHECK(missing == 0);
}

TEST_CASE("soft value iteration: in every order it reaches its tolerance") {
  int unconverged = 0;
  int violated = 0;
  for (int i = 0; i < 200; ++i) {
    Rng rng = Rng(32).split(static_cast<std::uint64_t>(i));
    SoftProblem p = random_soft_problem(rng);
    p.gamma = std::min(p.gamma, 0.99);
    p.beta = std::min(p.beta, 10.0);
    const Exact exact = soft_optimum_in_long_double(
        p.model, p.reference, static_cast<long double>(p.gamma), static_cast<long double>(p.beta));
    for (const SweepOrder order : kSweepOrders) {
      const Plan plan = soft_value_iteration(p.model, p.gamma, p.reference, p.beta,
                                             {.tolerance = 1e-7, .order = order});
      unconverged += plan.converged && *plan.error_bound <= 1e-7 ? 0 : 1;
      violated += largest_error(p.model, plan.v, exact) <= 1e-7 ? 0 : 1;
    }
  }
  CHECK(unconverged == 0);
  CHECK(violated == 0);
}

TEST_CASE("soft value iteration: exponents of 1e9 overflow nowhere, and the bound holds") {
  int violated = 0;
  int unsound = 0;
  for (int i = 0; i < 300; ++i) {
    Rng rng = Rng(33).split(static_cast<std::uint64_t>(i));
    SoftProblem p = random_soft_problem(rng);
    p.beta = 1e-3;
    p.model = with_rewards(p.model, [&](State, Action, const Outcome&) {
      return rng.flip(0.5) ? 1e6 : -1e6 * rng.uniform();
    });
    const Exact exact =
        soft_optimum_in_long_double(p.model, p.reference, static_cast<long double>(p.gamma), 1e-3L);
    for (const double v0 : {0.0, -1e12, 1e300}) {
      const Plan plan =
          soft_value_iteration(p.model, p.gamma, p.reference, p.beta,
                               {.max_sweeps = 300, .order = kSweepOrders[rng.index(4)], .v0 = v0});
      REQUIRE(plan.policy);
      bool sound = plan.v.allFinite() && plan.error_bound.has_value();
      for (State s = 0; s < p.model.num_states(); ++s) {
        if (p.model.terminal(s)) continue;
        double sum = 0;
        for (const double x : plan.policy->row(s)) sum += x;
        sound = sound && std::abs(sum - 1) <= 1e-12;
      }
      unsound += sound ? 0 : 1;
      violated += largest_error(p.model, plan.v, exact) <= plan.error_bound.value_or(0) ? 0 : 1;
    }
  }
  CHECK(unsound == 0);
  CHECK(violated == 0);
}

TEST_CASE("soft value iteration: a backup is off by no more than its rounding, wherever v(s) is") {
  // One state of 1-7 actions with unavailable ones, ones that the reference never takes, whatever
  // they pay, and ones that it all but never takes; v(s) near the result, far from it, and so far
  // that exponents leave the range of double.
  int violated = 0;
  int far = 0;
  for (int i = 0; i < 20'000; ++i) {
    Rng rng = Rng(40).split(static_cast<std::uint64_t>(i));
    const Action actions = 1 + rng.index(7);
    const double scale = random_magnitude(-3, 4, rng);
    const FiniteMdp model(2, actions,
                          [&](State, Action a, std::vector<Outcome>& row) {
                            if (a == 0 || rng.flip(0.8))
                              row.push_back({1, scale * rng.normal(), 1});
                          },
                          {.terminal = {1}});
    TabularPolicy reference(2, actions);
    for (Action a = 0; a < actions; ++a)
      if (a == 0 || (model.available(0, a) && rng.flip(0.7)))
        reference.row(0)[index(a)] = rng.flip(0.2) ? random_magnitude(-250, -1, rng) : 1;
    reference = normalized(std::move(reference));
    const double beta = random_magnitude(-3, 3, rng);
    const long double exact =
        soft_backup_exactly(model, reference, Exact(2, 0), 1, static_cast<long double>(beta), 0)
            .value;
    const double away[] = {0, beta * rng.normal(), 600 * beta * rng.normal(), 1e9 * rng.normal()};
    for (const double distance : away) {
      StateValues v = StateValues::Zero(2);
      v[0] = static_cast<double>(exact) + distance;
      const Soft rule(reference, beta);
      const double value = rule(model, v, 1, 0);
      const double rounding = backup_rounding(model, std::max(norm_of(v), std::abs(value)), rule);
      violated += std::abs(static_cast<long double>(value) - exact) <= rounding ? 0 : 1;
      far += std::abs(distance) > 500 * beta ? 1 : 0;
    }
  }
  CHECK(violated == 0);
  CHECK(far > 20'000);
}

TEST_CASE("soft value iteration: far initial values round coarsely, and the bound knows") {
  // The exponents are those of q - v0, which loses the digits that v0 has more than q.
  for (const double v0 : {1e3, 1e6, 1e8}) {
    const double beta = v0 / 100;
    const Plan plan =
        soft_value_iteration(two_wages(), 0, uniform_policy(two_wages()), beta, {.v0 = v0});
    const auto exact =
        static_cast<double>(static_cast<long double>(beta) *
                            std::log1p(std::expm1(1 / static_cast<long double>(beta)) / 2));
    REQUIRE(plan.error_bound);
    CHECK(std::abs(plan.v[0] - exact) <= *plan.error_bound);
  }
}

TEST_CASE("soft value iteration: without discount, no bound where a policy need not end") {
  // State 0 may stay for nothing or leave for -1; state 1 is the end.
  const FiniteMdp model(2, 2,
                        [](State, Action a, std::vector<Outcome>& row) {
                          row.push_back(a == 0 ? Outcome{1, 0, 0} : Outcome{1, -1, 1});
                        },
                        {.terminal = {1}});
  const Plan endless =
      soft_value_iteration(model, 1, uniform_policy(model), 1, {.max_sweeps = 1000});
  CHECK_FALSE(endless.error_bound);
  // A reference that always leaves makes staying impossible.
  TabularPolicy leaves(2, 2);
  leaves.set(0, 1);
  const Plan ends = soft_value_iteration(model, 1, leaves, 1);
  CHECK(ends.converged);
  CHECK(ends.v[0] == -1);
  REQUIRE(ends.error_bound);
  CHECK(*ends.error_bound <= 1e-12);
}

// ---- what the fixed point is -------------------------------------------------------------------

TEST_CASE("soft value iteration: pi = ref exp((q - v) / beta), and v = E[r] - beta KL under it") {
  int off = 0;
  double largest = 0;
  for (int i = 0; i < 500; ++i) {
    Rng rng = Rng(34).split(static_cast<std::uint64_t>(i));
    const SoftProblem p = random_tidy_problem(rng);
    const Plan plan = soft_value_iteration(p.model, p.gamma, p.reference, p.beta,
                                           {.tolerance = 1e-10, .max_sweeps = 30'000});
    REQUIRE(plan.policy);
    const double left = soft_residual(p, plan.v);
    const double scale = norm_of(plan.v) + p.model.largest_reward() + p.beta;
    const QTable q = action_values(p.model, plan.v, p.gamma);
    for (State s = 0; s < p.model.num_states(); ++s) {
      if (p.model.terminal(s)) continue;
      double sum = 0;
      for (Action a = 0; a < p.model.num_actions(); ++a) {
        const double pi = plan.policy->probability(s, a);
        const double ref = p.reference.probability(s, a);
        sum += pi;
        if (ref == 0) off += pi == 0 ? 0 : 1;
        if (pi < 1e-300) continue;
        const double advantage = p.beta * std::log(pi / ref);
        if (!(std::abs(advantage - (q(s, a) - plan.v[s])) <= left + 1e-12 * scale)) ++off;
      }
      off += std::abs(sum - 1) <= 1e-12 ? 0 : 1;
    }
    // v_pi - v = (I - gamma P_pi)^-1 (T v - v): five steps are left where every row may end by .2
    const StateValues worth = evaluate_exactly(
        regularized_model(p.model, *plan.policy, p.reference, p.beta), *plan.policy, p.gamma);
    const double steps = p.gamma < 1 ? 1 / (1 - p.gamma) : 6;
    const double gap = norm_of(worth - plan.v);
    largest = std::max(largest, gap / scale);
    off += gap <= steps * (left + 1e-13 * scale) ? 0 : 1;
  }
  CHECK(off == 0);
  CHECK(largest <= 1e-9);
}

TEST_CASE("soft value iteration: no other policy earns more of reward less beta KL") {
  int better = 0;
  for (int i = 0; i < 300; ++i) {
    Rng rng = Rng(35).split(static_cast<std::uint64_t>(i));
    const SoftProblem p = random_tidy_problem(rng);
    const Plan plan = soft_value_iteration(p.model, p.gamma, p.reference, p.beta);
    const double scale = norm_of(plan.v) + p.model.largest_reward() + p.beta;
    for (int k = 0; k < 5; ++k) {
      TabularPolicy other = *plan.policy;
      for (State s = 0; s < p.model.num_states(); ++s)
        for (double& x : other.row(s)) x *= std::exp(0.3 * rng.normal());
      other = normalized(other);
      const StateValues worth =
          evaluate_exactly(regularized_model(p.model, other, p.reference, p.beta), other, p.gamma);
      better += (worth - plan.v).maxCoeff() <= *plan.error_bound + 1e-12 * scale ? 0 : 1;
    }
  }
  CHECK(better == 0);
}

TEST_CASE("soft value iteration: beta -> 0 leads to the best that the reference allows") {
  int off = 0;
  int greedy = 0;
  int decided = 0;
  for (int i = 0; i < 300; ++i) {
    Rng rng = Rng(36).split(static_cast<std::uint64_t>(i));
    SoftProblem p = random_soft_problem(rng);
    p.gamma = std::min(p.gamma, 0.99);
    const FiniteMdp allowed = on_support(p.model, p.reference);
    const Plan best = value_iteration(allowed, p.gamma);
    double rarest = 1;
    for (State s = 0; s < p.model.num_states(); ++s)
      for (const double x : p.reference.row(s))
        if (x > 0) rarest = std::min(rarest, x);
    for (const double beta : {1.0, 1e-2, 1e-4, 1e-6}) {
      const Plan plan = soft_value_iteration(p.model, p.gamma, p.reference, beta);
      const double open = *best.error_bound + *plan.error_bound;
      // max_a q + beta ln ref(a) <= beta ln sum_a ref exp(q / beta) <= max_a q, at every step
      const double least = beta * std::log(rarest) / (1 - p.gamma);
      for (State s = 0; s < p.model.num_states(); ++s) {
        const double gap = plan.v[s] - best.v[s];
        off += least - open <= gap && gap <= open ? 0 : 1;
        if (beta > 1e-6 || p.model.terminal(s)) continue;
        const std::vector<Action> actions = optimal_actions(allowed, best.v, p.gamma, s, 0.01);
        if (actions.size() > 1) continue;
        ++decided;
        greedy += plan.policy->probability(s, actions.front()) > 1 - 1e-12 ? 1 : 0;
      }
    }
  }
  CHECK(off == 0);
  CHECK(decided > 1'000);
  CHECK(greedy == decided);
}

TEST_CASE("soft value iteration: beta -> infinity leads to the reference, and v falls on the way") {
  int off = 0;
  for (int i = 0; i < 300; ++i) {
    Rng rng = Rng(37).split(static_cast<std::uint64_t>(i));
    SoftProblem p = random_soft_problem(rng);
    p.gamma = std::min(p.gamma, 0.99);
    const StateValues reference = evaluate_exactly(p.model, p.reference, p.gamma);
    StateValues before;
    double before_open = 0;
    for (const double beta : {0.1, 1.0, 10.0, 1e3, 1e5, 1e7}) {
      const Plan plan = soft_value_iteration(p.model, p.gamma, p.reference, beta);
      const double open = *plan.error_bound + 1e-11 * (1 + norm_of(plan.v));
      // E q <= beta ln E exp(q / beta) <= E q + range^2 / (8 beta) (Hoeffding)
      const QTable q = action_values(p.model, plan.v, p.gamma);
      double range = 0;
      for (State s = 0; s < p.model.num_states(); ++s)
        for (Action a = 0; a < p.model.num_actions(); ++a)
          for (Action b = 0; b < p.model.num_actions(); ++b)
            if (p.reference.probability(s, a) > 0 && p.reference.probability(s, b) > 0)
              range = std::max(range, q(s, a) - q(s, b));
      const double most = range * range / (8 * beta) / (1 - p.gamma);
      const StateValues gap = plan.v - reference;
      off += gap.minCoeff() >= -open && gap.maxCoeff() <= most + open ? 0 : 1;
      if (before.size() > 0) off += (plan.v - before).maxCoeff() <= open + before_open ? 0 : 1;
      before = plan.v;
      before_open = open;
      if (beta == 1e7)
        for (State s = 0; s < p.model.num_states(); ++s)
          off += largest_gap(plan.policy->row(s), p.reference.row(s)) <= 2 * range / beta + 1e-12
                     ? 0
                     : 1;
    }
  }
  CHECK(off == 0);
}

TEST_CASE("soft value iteration: what the reference never does is never done, whatever it pays") {
  // Action 1 pays a million a step.
  const FiniteMdp model(1, 2, [](State, Action a, std::vector<Outcome>& row) {
    row.push_back({1, a == 0 ? 1.0 : 1e6, 0});
  });
  TabularPolicy modest(1, 2);
  modest.set(0, 0);
  for (const double beta : {1e-3, 1.0, 1e3}) {
    const Plan plan = soft_value_iteration(model, 0.5, modest, beta);
    CHECK(plan.policy->probability(0, 1) == 0);
    CHECK(plan.policy->probability(0, 0) == 1);
    CHECK(plan.v[0] == doctest::Approx(2).epsilon(1e-9));
  }
}

TEST_CASE("soft value iteration: the backup contracts by gamma, and by no less") {
  int off = 0;
  int attained = 0;
  for (int i = 0; i < 500; ++i) {
    Rng rng = Rng(38).split(static_cast<std::uint64_t>(i));
    const SoftProblem p = random_tidy_problem(rng);
    const Soft rule(p.reference, p.beta);
    StateValues u = 100 * random_vector(p.model.num_states(), 1, rng);
    StateValues v = u + random_magnitude(-3, 3, rng) * random_vector(u.size(), 1, rng);
    StateValues higher = u.cwiseMax(v);
    const double c = 10 * rng.normal();
    StateValues raised = u.array() + c;
    for (State s = 0; s < p.model.num_states(); ++s)
      if (p.model.terminal(s)) u[s] = v[s] = higher[s] = raised[s] = 0;
    const double distance = norm_of(u - v);
    const double rounding = backup_rounding(p.model, u, rule) + backup_rounding(p.model, v, rule);
    for (State s = 0; s < p.model.num_states(); ++s) {
      if (p.model.terminal(s)) continue;
      const double at_u = rule(p.model, u, p.gamma, s);
      const double at_v = rule(p.model, v, p.gamma, s);
      const double modulus = p.gamma * (1 + p.model.row_sum_error());
      off += std::abs(at_u - at_v) <= modulus * distance + rounding ? 0 : 1;
      off += rule(p.model, higher, p.gamma, s) >= std::max(at_u, at_v) - rounding ? 0 : 1;
      if (p.model.has_terminal()) continue;
      // T(v + c) = T v + gamma c: the modulus is attained
      ++attained;
      off += std::abs(rule(p.model, raised, p.gamma, s) - at_u - p.gamma * c) <= 1e-9 + 2 * rounding
                 ? 0
                 : 1;
    }
  }
  CHECK(off == 0);
  CHECK(attained > 300);
}

// ---- by name, and errors -----------------------------------------------------------------------

TEST_CASE("soft value iteration: by name it is the function, bit for bit") {
  Registry registry;
  add_algorithms(registry);
  const AlgorithmEntry& entry = registry.algorithm("soft-value-iteration");
  Rng rng(39);
  Problem problem;
  problem.model = random_mdp(rng, false);
  problem.gamma = 0.9;
  const auto same = [&](const nlohmann::json& options, const TabularPolicy& reference) {
    const Plan named = solve(entry.make_planner(problem, options));
    const Plan plan = soft_value_iteration(problem.model, 0.9, reference, 0.25);
    REQUIRE(named.policy);
    return named.v == plan.v && *named.policy == *plan.policy && named.sweeps == plan.sweeps &&
           named.error_bound == plan.error_bound;
  };
  CHECK(same({{"beta", 0.25}}, uniform_policy(problem.model)));
  const TabularPolicy reference = random_reference(problem.model, true, rng);
  nlohmann::json rows = nlohmann::json::array();
  for (State s = 0; s < problem.model.num_states(); ++s)
    for (const double x : reference.row(s)) rows.push_back(x);
  CHECK(same({{"beta", 0.25}, {"reference", rows}}, reference));
  CHECK_FALSE(same({{"beta", 0.5}, {"reference", rows}}, reference));

  const auto refused = [&](const nlohmann::json& options) {
    return tests::error_of([&] { entry.make_planner(problem, options); });
  };
  CHECK(tests::contains(refused({{"beta", 0}}), "beta"));
  CHECK(tests::contains(refused({{"beta", -1}}), "beta"));
  CHECK(tests::contains(refused({{"bet", 1}}), "beta"));
  CHECK(tests::contains(refused({{"reference", {0.5, 0.5, 0.25}}}),
                        "option 'reference': 3 probabilities for"));
}

TEST_CASE("soft value iteration: a beta that is not positive and finite is refused") {
  const FiniteMdp model = two_wages();
  for (const double beta : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()})
    CHECK(tests::contains(
        tests::error_of([&] { soft_value_iteration(model, 0.9, uniform_policy(model), beta); }),
        "beta = "));
  CHECK(tests::error_of([&] { Soft(uniform_policy(model), -2); }) ==
        "beta = -2.000000 is not a positive number");
}

}  // namespace rl::test
