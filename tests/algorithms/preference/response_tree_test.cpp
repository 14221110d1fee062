#include "algorithms/preference/response_tree.hpp"

#include <doctest/doctest.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/policy_gradient_exact.hpp"
#include "algorithms/preference/evaluation.hpp"
#include "algorithms/preference/kl.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "envs/token_world.hpp"
#include "rl/mdp.hpp"
#include "rl/random.hpp"
#include "rl/with_rewards.hpp"
#include "tests/algorithms/preference/preference_worlds.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

namespace rl {
namespace {

using doctest::Approx;
using tests::contains;
using tests::error_of;

constexpr int kRandomForests = 250;

bool near_number(double x, double y, double tolerance = 1e-10) {
  return std::abs(x - y) <= tolerance * (1 + std::abs(y));
}

// ---- random worlds ------------------------------------------------------------------------------

/// Trees of 1-14 states with 1-4 actions, from one start or several of unequal weights; some states
/// that nothing leads to, some actions that are not available, rewards on the way, terminal states
/// anywhere.
struct RandomForest {
  explicit RandomForest(Rng& rng)
      : num_states(2 + rng.index(16)), num_actions(1 + rng.index(4)), start(index(num_states)) {
    for (State s = 0; s < num_states; ++s) terminal.push_back(s > 0 && rng.flip(0.2));
    if (std::count(terminal.begin(), terminal.end(), true) == 0) terminal.back() = true;
    to.assign(index(num_states), std::vector<State>(index(num_actions), -1));
    for (State s = 0; s < num_states; ++s)
      if (!terminal[index(s)]) attach(s, rng);
    for (State s = 0; s < num_states; ++s)
      if (!terminal[index(s)]) end_responses(s, rng);
  }
  FiniteMdp model(Rng& rng) const {
    MdpFacts facts;
    facts.start = start;
    for (State s = 0; s < num_states; ++s)
      if (terminal[index(s)]) facts.terminal.push_back(s);
    return FiniteMdp(
        num_states, num_actions,
        [&](State s, Action a, std::vector<Outcome>& row) {
          if (to[index(s)][index(a)] >= 0) row.push_back({1, rng.normal(), to[index(s)][index(a)]});
        },
        facts);
  }

  State num_states;
  Action num_actions;
  std::vector<double> start;
  std::vector<bool> terminal;
  std::vector<std::vector<State>> to;

 private:
  /// Behind a state of lower number, or as a root.
  void attach(State s, Rng& rng) {
    const State before = s == 0 ? 0 : rng.index(s);
    const Action a = rng.index(num_actions);
    if (s > 0 && !rng.flip(0.1) && !terminal[index(before)] && to[index(before)][index(a)] < 0)
      to[index(before)][index(a)] = s;
    else if (s == 0 || rng.flip(0.7))
      start[index(s)] = 0.1 + rng.uniform();
  }
  void end_responses(State s, Rng& rng) {
    std::vector<State> ends;
    for (State other = 0; other < num_states; ++other)
      if (terminal[index(other)]) ends.push_back(other);
    const Action always = rng.index(num_actions);
    for (Action a = 0; a < num_actions; ++a)
      if (State& next = to[index(s)][index(a)]; next < 0 && (a == always || rng.flip(0.7)))
        next = ends[index(rng.index(static_cast<std::int32_t>(ends.size())))];
  }
};

FiniteMdp random_forest(Rng& rng) {
  const RandomForest forest(rng);
  return forest.model(rng);
}

/// States with the same actions are put together at random.
Contexts random_contexts(const FiniteMdp& model, Rng& rng) {
  if (rng.flip(0.3)) return each_state(model);
  std::vector<double> x;
  for (State s = 0; s < model.num_states(); ++s) {
    double actions = 0;
    for (Action a = 0; a < model.num_actions() && !model.terminal(s); ++a)
      actions = 2 * actions + (model.available(s, a) ? 1 : 0);
    x.push_back(actions);
    x.push_back(rng.index(2));
  }
  return by_features(model, x, 2);
}

TablePolicy random_table(const FiniteMdp& model, Contexts contexts, Rng& rng) {
  TablePolicy policy(model, std::move(contexts));
  policy.update([&](std::span<double> h) {
    for (double& x : h) x = rng.normal();
  });
  return policy;
}

/// A world, a policy, and a reference that has its contexts, or others.
struct ForestCase {
  explicit ForestCase(Rng& rng)
      : model(random_forest(rng)),
        tree(model),
        contexts(random_contexts(model, rng)),
        policy(random_table(model, contexts, rng)),
        reference(random_table(model, rng.flip(0.5) ? contexts : random_contexts(model, rng), rng)),
        beta(test::random_magnitude(-1.5, 1, rng)) {}
  FiniteMdp model;
  ResponseTree tree;
  Contexts contexts;
  TablePolicy policy, reference;
  double beta;
};

template <class F>
void for_each_forest(std::uint64_t seed, F&& f) {
  for (int k = 0; k < kRandomForests; ++k) {
    CAPTURE(k);
    Rng rng = Rng(seed).split(static_cast<std::uint64_t>(k));
    const ForestCase c(rng);
    f(c, rng);
  }
}

/// All responses to a prompt, one step after another, in the order of their last pair.
std::vector<test::Trajectory> responses_to(const ForestCase& c, std::int32_t prompt) {
  std::vector<test::Trajectory> all =
      test::all_trajectories(c.model, c.tree.start(prompt), c.model.num_states());
  std::sort(all.begin(), all.end(), [](const test::Trajectory& x, const test::Trajectory& y) {
    return std::pair(x.states[x.length() - 1], x.actions.back()) <
           std::pair(y.states[y.length() - 1], y.actions.back());
  });
  return all;
}

double paid_in(const FiniteMdp& model, const test::Trajectory& y) {
  double sum = 0;
  for (std::size_t t = 0; t < y.length(); ++t) sum += model.row(y.states[t], y.actions[t]).reward;
  return sum;
}

std::vector<double> random_rewards(const ForestCase& c, Rng& rng) {
  return test::random_numbers(c.tree.reward().size(), 1, rng);
}

/// Few different ones, so that many responses are worth the same.
std::vector<double> tied_rewards(const ForestCase& c, Rng& rng) {
  std::vector<double> reward(c.tree.reward().size());
  for (double& r : reward) r = rng.index(2);
  return reward;
}

FiniteMdp model_paid(const FiniteMdp& model, const std::vector<double>& reward) {
  return with_rewards(model, [&](State s, Action a, const Outcome&) {
    return reward[index(s) * index(model.num_actions()) + index(a)];
  });
}

/// Features of a pair: which context, which action.
FeatureMatrix pairs_of_contexts(const FiniteMdp& model, const Contexts& contexts) {
  const Eigen::Index actions = model.num_actions();
  FeatureMatrix x = FeatureMatrix::Zero(model.num_states() * actions, contexts.count * actions);
  for (State s = 0; s < model.num_states(); ++s)
    for (Eigen::Index a = 0; a < actions && !model.terminal(s); ++a)
      x(s * actions + a, contexts.of[index(s)] * actions + a) = 1;
  return x;
}

/// dJ / d preferences, by the tree.
std::vector<double> gradient_by_preferences(const ResponseTree& tree, const TablePolicy& policy,
                                            const PolicyRows& reference, double beta) {
  std::vector<double> g(policy.rows().log_pi.size(), 7);
  tree.gradient(policy.rows(), reference, beta, g);
  std::vector<double> by_preferences(g.size());
  policy.gradient(g, by_preferences);
  return by_preferences;
}

/// One prompt, two steps: action 0 leads from state 0 to 1, everything else to the end, 2.
FiniteMdp detour_model(double reward_of_detour = 0) {
  return FiniteMdp(3, 2,
                   [&](State s, Action a, std::vector<Outcome>& row) {
                     if (s == 0 && a == 0)
                       row.push_back({1, reward_of_detour, 1});
                     else
                       row.push_back({1, s == 0 ? 1.0 : 2.0 + a, 2});
                   },
                   {.terminal = {2}, .start = {1, 0, 0}});
}

TabularPolicy detour_policy(double p0, double p1) {
  TabularPolicy policy(3, 2);
  policy.row(0)[0] = p0;
  policy.row(0)[1] = 1 - p0;
  policy.row(1)[0] = p1;
  policy.row(1)[1] = 1 - p1;
  return policy;
}

}  // namespace

// ---- by hand ------------------------------------------------------------------------------------

TEST_CASE("response tree: two steps by hand") {
  const FiniteMdp model = detour_model(0.5);
  const ResponseTree tree(model);
  CHECK(tree.num_prompts() == 1);
  CHECK(tree.num_responses() == 3);
  const std::vector<Response> wanted = {{0, 1}, {1, 0}, {1, 1}};
  CHECK(std::equal(wanted.begin(), wanted.end(), tree.responses().begin()));
  CHECK(tree.next(0, 0) == 1);
  CHECK(tree.next(0, 1) == ResponseTree::kEnds);
  CHECK(tree.next(2, 1) == ResponseTree::kNoStep);
  CHECK(tree.prompt_of(1) == 0);
  CHECK(tree.prompt_of(2) == -1);
  CHECK(tree.response_length(0) == 1);
  CHECK(tree.response_length(2) == 2);
  CHECK(tree.response_rewards() == std::vector<double>{1, 2.5, 3.5});

  const FrozenPolicy policy(model, detour_policy(0.5, 0.25));
  const FrozenPolicy reference(model, detour_policy(0.25, 0.5));
  // 1/2 of 1, 1/8 of 2.5, 3/8 of 3.5
  CHECK(tree.evaluate(policy.rows()).mean == Approx(0.5 + 2.5 / 8 + 3 * 3.5 / 8));
  CHECK(tree.mean_length(policy.rows()).mean == Approx(1.5));
  const ResponseEvaluation e = tree.evaluate(policy.rows(), reference.rows());
  CHECK(e.reward.mean == Approx(0.5 + 2.5 / 8 + 3 * 3.5 / 8));
  const auto kl = [](double p, double q) {
    return p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
  };
  CHECK(e.kl.mean == Approx(kl(0.5, 0.25) + 0.5 * kl(0.25, 0.5)));
  CHECK(e.kl_forward.mean == Approx(kl(0.25, 0.5) + 0.25 * kl(0.5, 0.25)));
  // d(1) = 1/2; V(1) = 2.75
  std::vector<double> g(4);
  CHECK(tree.gradient(policy.rows(), reference.rows(), 0, g) == Approx(e.reward.mean));
  CHECK(g[0] == Approx(0.5 * (0.5 + 2.75)));
  CHECK(g[1] == Approx(0.5 * 1));
  CHECK(g[2] == Approx(0.5 * 0.25 * 2));
  CHECK(g[3] == Approx(0.5 * 0.75 * 3));
}

TEST_CASE("response tree: the random worlds of these tests are of every kind") {
  int prompts = 0;
  int unreached = 0;
  int unavailable = 0;
  int deep = 0;
  int shared = 0;
  for_each_forest(0, [&](const ForestCase& c, Rng&) {
    prompts += c.tree.num_prompts() > 1 ? 1 : 0;
    unavailable += c.model.all_available() ? 0 : 1;
    shared += c.contexts.count < each_state(c.model).count ? 1 : 0;
    bool nowhere = false;
    for (State s = 0; s < c.model.num_states(); ++s)
      nowhere = nowhere || (!c.model.terminal(s) && c.tree.prompt_of(s) < 0);
    unreached += nowhere ? 1 : 0;
    deep += c.tree.length_distribution(c.policy.rows()).size() > 4 ? 1 : 0;
  });
  for (const int count : {prompts, unreached, unavailable, deep, shared})
    CHECK(count >= kRandomForests / 5);
  CHECK(unavailable <= kRandomForests * 4 / 5);
}

// ---- the general functions ----------------------------------------------------------------------

TEST_CASE("response tree: reward and KL are those of the general solve, for any contexts") {
  for_each_forest(1, [](const ForestCase& c, Rng&) {
    const TabularPolicy pi = table_of(c.policy.rows());
    const TabularPolicy ref = table_of(c.reference.rows());
    const ResponseEvaluation e = c.tree.evaluate(c.policy.rows(), c.reference.rows());
    const RegularizedReturn there = regularized_return(c.model, 1, pi, ref);
    const RegularizedReturn back = regularized_return(c.model, 1, ref, pi);
    CHECK(near_number(e.reward.mean, there.reward));
    CHECK(near_number(e.kl.mean, there.kl));
    CHECK(near_number(e.kl_forward.mean, back.kl));
    CHECK(c.tree.evaluate(c.policy.rows()).of_prompt == e.reward.of_prompt);
    for (std::int32_t x = 0; x < c.tree.num_prompts(); ++x) {
      const RegularizedReturn one =
          regularized_return(c.model.with_start(c.tree.start(x)), 1, pi, ref);
      CHECK(near_number(e.reward.of_prompt[index(x)], one.reward));
      CHECK(near_number(e.kl.of_prompt[index(x)], one.kl));
    }
  });
}

TEST_CASE("response tree: the gradient is that of the regularised model") {
  for_each_forest(2, [](const ForestCase& c, Rng&) {
    const TabularPolicy pi = table_of(c.policy.rows());
    const FiniteMdp paid = regularized_model(c.model, pi, table_of(c.reference.rows()), c.beta);
    const ScoredPolicy scored =
        with_softmax_score(c.model, pi, pairs_of_contexts(c.model, c.contexts));
    const Eigen::VectorXd wanted = return_gradient(paid, scored, 1);
    const std::vector<double> got =
        gradient_by_preferences(c.tree, c.policy, c.reference.rows(), c.beta);
    const double size = 1 + wanted.cwiseAbs().maxCoeff();
    for (std::size_t i = 0; i < got.size(); ++i)
      CHECK(std::abs(got[i] - wanted[static_cast<Eigen::Index>(i)]) <= 1e-10 * size);
  });
}

TEST_CASE("response tree: the gradient is that of central differences, and J that of evaluation") {
  for_each_forest(3, [](const ForestCase& c, Rng& rng) {
    const auto objective = [&](const PolicyRows& rows) {
      const ResponseEvaluation e = c.tree.evaluate(rows, c.reference.rows());
      return e.reward.mean - c.beta * e.kl.mean;
    };
    std::vector<double> g(c.policy.rows().log_pi.size());
    const double value = c.tree.gradient(c.policy.rows(), c.reference.rows(), c.beta, g);
    CHECK(near_number(value, objective(c.policy.rows())));
    const std::vector<double> got =
        gradient_by_preferences(c.tree, c.policy, c.reference.rows(), c.beta);
    const std::vector<double> direction = test::random_numbers(got.size(), 1, rng);
    const auto along = [&](double step) {
      TablePolicy moved = c.policy;
      moved.update([&](std::span<double> h) {
        for (std::size_t i = 0; i < h.size(); ++i) h[i] += step * direction[i];
      });
      return objective(moved.rows());
    };
    constexpr double kStep = 1e-5;
    const double slope = (along(kStep) - along(-kStep)) / (2 * kStep);
    CHECK(near_number(test::dot(got, direction), slope, 1e-6));
  });
}

TEST_CASE("response tree: the optimum is that of soft backward induction") {
  for_each_forest(4, [](const ForestCase& c, Rng&) {
    const TabularPolicy ref = table_of(c.reference.rows());
    const TiltedResponses best = c.tree.tilted(c.reference.rows(), c.beta);
    const HorizonPlan plan = soft_backward_induction(c.model, 1, ref, c.beta, c.model.num_states());
    const TabularPolicy pi = table_of(best.policy.rows());
    for (State s = 0; s < c.model.num_states(); ++s)
      CHECK(test::largest_gap(pi.row(s), plan.pi[0].row(s)) <= 1e-9);
    const StateValues log_z = trajectory_log_partition(c.model, ref, c.beta, c.model.num_states());
    double mean = 0;
    for (std::int32_t x = 0; x < c.tree.num_prompts(); ++x) {
      const State s = c.tree.start(x);
      CHECK(near_number(best.value.of_prompt[index(x)], plan.V[0][s]));
      CHECK(near_number(best.value.of_prompt[index(x)], log_z[s]));
      mean += c.tree.weights()[index(x)] * plan.V[0][s];
    }
    CHECK(near_number(best.value.mean, mean));
    CHECK(best.policy.hash() ==
          FrozenPolicy(
              PolicyRows{c.model.num_actions(), each_state(c.model).of, best.policy.rows().log_pi})
              .hash());
  });
}

TEST_CASE("response tree: another reward stands in for the model's own everywhere") {
  for_each_forest(5, [](const ForestCase& c, Rng& rng) {
    std::vector<double> reward = random_rewards(c, rng);
    const ResponseTree model_paid_so(model_paid(c.model, reward));
    const double wanted = model_paid_so.evaluate(c.policy.rows()).mean;
    CHECK(c.tree.evaluate(c.policy.rows(), reward).mean == wanted);
    CHECK(c.tree.evaluate(c.policy.rows(), c.reference.rows(), reward).reward.mean == wanted);
    std::vector<double> g(c.policy.rows().log_pi.size());
    std::vector<double> g_paid(g.size());
    CHECK(c.tree.gradient(c.policy.rows(), c.reference.rows(), reward, c.beta, g) ==
          model_paid_so.gradient(c.policy.rows(), c.reference.rows(), c.beta, g_paid));
    CHECK(g == g_paid);
    CHECK(c.tree.tilted(c.reference.rows(), reward, c.beta).policy.hash() ==
          model_paid_so.tilted(c.reference.rows(), c.beta).policy.hash());
    CHECK(c.tree.response_rewards(reward) == model_paid_so.response_rewards());

    for (State s = 0; s < c.model.num_states(); ++s)
      for (Action a = 0; a < c.model.num_actions(); ++a)
        if (c.tree.next(s, a) == ResponseTree::kNoStep)
          reward[index(s) * index(c.model.num_actions()) + index(a)] = tests::kNan;
    const ResponseTree other = c.tree.with_reward(reward);
    CHECK(other.evaluate(c.policy.rows()).mean == wanted);
    CHECK(c.tree.evaluate(c.policy.rows()).mean ==
          ResponseTree(c.model).evaluate(c.policy.rows()).mean);
  });
}

// ---- enumeration --------------------------------------------------------------------------------

TEST_CASE("response tree: responses, their probabilities, rewards and lengths by enumeration") {
  for_each_forest(6, [](const ForestCase& c, Rng&) {
    const TabularPolicy pi = table_of(c.policy.rows());
    const std::vector<double> p = c.tree.response_probabilities(c.policy.rows());
    const std::vector<double> reward = c.tree.response_rewards();
    std::vector<double> lengths(index(c.model.num_states()) + 1, 0);
    double mean_length = 0;
    std::size_t i = 0;
    for (std::int32_t x = 0; x < c.tree.num_prompts(); ++x) {
      CHECK(c.tree.first_response()[index(x)] == i);
      double sum = 0;
      for (const test::Trajectory& y : responses_to(c, x)) {
        REQUIRE(i < p.size());
        CHECK(c.tree.responses()[i] == Response{y.states[y.length() - 1], y.actions.back()});
        CHECK(c.tree.response_prompt(i) == x);
        CHECK(index(c.tree.response_length(i)) == y.length());
        CHECK(near_number(p[i], std::exp(test::log_probability(pi, y))));
        CHECK(near_number(reward[i], paid_in(c.model, y)));
        lengths[y.length()] += c.tree.weights()[index(x)] * p[i];
        mean_length += c.tree.weights()[index(x)] * p[i] * static_cast<double>(y.length());
        sum += p[i++];
      }
      CHECK(near_number(sum, 1));
    }
    CHECK(static_cast<std::int64_t>(i) == c.tree.num_responses());
    const std::vector<double> share = c.tree.length_distribution(c.policy.rows());
    for (std::size_t l = 0; l < lengths.size(); ++l)
      CHECK(near_number(l < share.size() ? share[l] : 0, lengths[l]));
    CHECK(near_number(c.tree.mean_length(c.policy.rows()).mean, mean_length));
    CHECK(near_number(c.tree.mean_over_responses(p, reward).mean,
                      c.tree.evaluate(c.policy.rows()).mean));
  });
}

TEST_CASE("response tree: KL of steps is KL of whole responses") {
  for_each_forest(7, [](const ForestCase& c, Rng&) {
    const std::vector<double> p = c.tree.response_probabilities(c.policy.rows());
    const std::vector<double> q = c.tree.response_probabilities(c.reference.rows());
    const ResponseEvaluation e = c.tree.evaluate(c.policy.rows(), c.reference.rows());
    for (std::size_t x = 0; x < e.kl.of_prompt.size(); ++x) {
      const std::size_t first = c.tree.first_response()[x];
      const std::size_t n = c.tree.first_response()[x + 1] - first;
      const std::span<const double> px = std::span(p).subspan(first, n);
      const std::span<const double> qx = std::span(q).subspan(first, n);
      CHECK(near_number(e.kl.of_prompt[x], kl_divergence(px, qx)));
      CHECK(near_number(e.kl_forward.of_prompt[x], kl_divergence(qx, px)));
    }
  });
}

TEST_CASE("response tree: win rates by all pairs of responses; against itself it is 1/2") {
  for_each_forest(8, [](const ForestCase& c, Rng& rng) {
    const std::vector<double> gold = rng.flip(0.5) ? tied_rewards(c, rng) : random_rewards(c, rng);
    const std::vector<double> p = c.tree.response_probabilities(c.policy.rows());
    const std::vector<double> q = c.tree.response_probabilities(c.reference.rows());
    const std::vector<double> r = c.tree.response_rewards(gold);
    const PromptMean won = c.tree.win_rate(c.policy.rows(), c.reference.rows(), gold);
    double mean = 0;
    for (std::size_t x = 0; x < won.of_prompt.size(); ++x) {
      double sum = 0;
      for (std::size_t i = c.tree.first_response()[x]; i < c.tree.first_response()[x + 1]; ++i)
        for (std::size_t j = c.tree.first_response()[x]; j < c.tree.first_response()[x + 1]; ++j)
          sum += p[i] * q[j] * (r[i] > r[j] ? 1 : r[i] == r[j] ? 0.5 : 0);
      CHECK(near_number(won.of_prompt[x], sum));
      mean += c.tree.weights()[x] * sum;
    }
    CHECK(near_number(won.mean, mean));
    CHECK(
        near_number(won.mean + c.tree.win_rate(c.reference.rows(), c.policy.rows(), gold).mean, 1));
    CHECK(near_number(c.tree.win_rate(c.policy.rows(), c.policy.rows(), gold).mean, 0.5));
    CHECK(c.tree.win_rate(p, q, c.tree.response_rewards()).mean ==
          c.tree.win_rate(c.policy.rows(), c.reference.rows()).mean);
  });
}

TEST_CASE("response tree: best of n by all pairs for n = 2, its law and its bound for larger n") {
  for_each_forest(9, [](const ForestCase& c, Rng& rng) {
    const std::vector<double> proxy = rng.flip(0.5) ? tied_rewards(c, rng) : random_rewards(c, rng);
    const std::vector<double> score = c.tree.response_rewards(proxy);
    const std::vector<double> q = c.tree.response_probabilities(c.reference.rows());
    const BestOfN two = c.tree.best_of_n(c.reference.rows(), proxy, 2);
    std::vector<double> wanted(q.size(), 0);
    for (std::size_t i = 0; i < q.size(); ++i)
      for (std::size_t j = 0; j < q.size(); ++j) {
        if (c.tree.response_prompt(i) != c.tree.response_prompt(j)) continue;
        wanted[i] += q[i] * q[j] * (score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0);
        wanted[j] += q[i] * q[j] * (score[j] > score[i] ? 1 : score[i] == score[j] ? 0.5 : 0);
      }
    CHECK(test::largest_gap(two.pi, wanted) <= 1e-12);
    CHECK(test::largest_gap(c.tree.best_of_n(c.reference.rows(), proxy, 1).pi, q) <= 1e-12);

    double gold_before = -1e300;
    for (const int n : {1, 2, 5, 40}) {
      const BestOfN best = c.tree.best_of_n(c.reference.rows(), proxy, proxy, n);
      CHECK(best.gold.mean >= gold_before - 1e-12);
      gold_before = best.gold.mean;
      CHECK(near_number(best.gold.mean, c.tree.mean_over_responses(best.pi, score).mean));
      for (const double kl : best.kl.of_prompt) {
        CHECK(kl >= -1e-12);
        CHECK(kl <= best_of_n_kl_bound(n) + 1e-12);
      }
    }
    CHECK(near_number(two.gold.mean,
                      c.tree.mean_over_responses(two.pi, c.tree.response_rewards()).mean));
  });
}

// ---- identities ---------------------------------------------------------------------------------

TEST_CASE("response tree: at the optimum V = E r - beta KL, and no step improves on it") {
  for_each_forest(10, [](const ForestCase& c, Rng&) {
    const TiltedResponses best = c.tree.tilted(c.reference.rows(), c.beta);
    const ResponseEvaluation e = c.tree.evaluate(best.policy.rows(), c.reference.rows());
    for (std::size_t x = 0; x < best.value.of_prompt.size(); ++x)
      CHECK(
          near_number(best.value.of_prompt[x], e.reward.of_prompt[x] - c.beta * e.kl.of_prompt[x]));
    const ResponseEvaluation other = c.tree.evaluate(c.policy.rows(), c.reference.rows());
    CHECK(best.value.mean >= other.reward.mean - c.beta * other.kl.mean - 1e-12);
    const TablePolicy start(c.model, each_state(c.model), best.policy.rows());
    for (const double g : gradient_by_preferences(c.tree, start, c.reference.rows(), c.beta))
      CHECK(std::abs(g) <= 1e-10);
  });
}

TEST_CASE("response tree: the optimum tilts whole responses by exp((R - V) / beta)") {
  for_each_forest(11, [](const ForestCase& c, Rng&) {
    const TiltedResponses best = c.tree.tilted(c.reference.rows(), c.beta);
    const std::vector<double> p = c.tree.response_probabilities(best.policy.rows());
    const std::vector<double> q = c.tree.response_probabilities(c.reference.rows());
    const std::vector<double> r = c.tree.response_rewards();
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double v = best.value.of_prompt[index(c.tree.response_prompt(i))];
      CHECK(near_number(p[i], q[i] * std::exp((r[i] - v) / c.beta)));
    }
  });
}

TEST_CASE("response tree: along the frontier reward and KL fall in beta, dE r / dKL = beta") {
  for_each_forest(12, [](const ForestCase& c, Rng&) {
    const auto at = [&](double beta) {
      const TiltedResponses best = c.tree.tilted(c.reference.rows(), beta);
      return c.tree.evaluate(best.policy.rows(), c.reference.rows());
    };
    const double step = 1e-4 * c.beta;
    const ResponseEvaluation low = at(c.beta - step);
    const ResponseEvaluation high = at(c.beta + step);
    CHECK(low.reward.mean >= high.reward.mean - 1e-12);
    CHECK(low.kl.mean >= high.kl.mean - 1e-12);
    CHECK(std::abs((low.reward.mean - high.reward.mean) - c.beta * (low.kl.mean - high.kl.mean)) <=
          1e-6 * (low.reward.mean - high.reward.mean) + 1e-12);
  });
}

TEST_CASE("response tree: without penalty the best response, with a large one the reference") {
  for_each_forest(13, [](const ForestCase& c, Rng&) {
    const std::vector<double> r = c.tree.response_rewards();
    const TiltedResponses greedy = c.tree.tilted(c.reference.rows(), 1e-6);
    for (std::size_t x = 0; x < greedy.value.of_prompt.size(); ++x) {
      const auto first = r.begin() + static_cast<std::ptrdiff_t>(c.tree.first_response()[x]);
      const auto last = r.begin() + static_cast<std::ptrdiff_t>(c.tree.first_response()[x + 1]);
      CHECK(std::abs(greedy.value.of_prompt[x] - *std::max_element(first, last)) <= 1e-4);
    }
    const TiltedResponses held = c.tree.tilted(c.reference.rows(), 1e6);
    const ResponseEvaluation e = c.tree.evaluate(held.policy.rows(), c.reference.rows());
    CHECK(e.kl.mean <= 1e-9);
    CHECK(std::abs(e.reward.mean - c.tree.evaluate(c.reference.rows()).mean) <= 1e-4);
  });
}

// ---- a language ---------------------------------------------------------------------------------

TEST_CASE("response tree: a token world's responses are paid their gold reward") {
  for (const auto& [vocabulary, length] :
       {std::pair(4, 4), std::pair(5, 3), std::pair(2, 5), std::pair(3, 1)}) {
    const TokenWorldOptions options{.vocabulary = vocabulary, .max_length = length, .prompts = 2};
    const Rng rng(17);
    const TokenWorld world(options, rng);
    const ResponseTree tree(token_world(options, {.rng = rng}).model);
    CHECK(tree.num_prompts() == 2);
    CHECK(tree.num_responses() == 2 * world.responses_per_prompt());
    const std::vector<double> reward = tree.response_rewards();
    for (std::size_t i = 0; i < reward.size(); ++i) {
      const Response& y = tree.responses()[i];
      std::vector<Action> words = world.words_of(y.state);
      if (y.action != 0) words.push_back(y.action);
      CHECK(tree.response_prompt(i) == world.prompt_of(y.state));
      CHECK(reward[i] == world.gold(world.prompt_of(y.state), words, y.action != 0));
      CHECK(index(tree.response_length(i)) == words.size() + (y.action == 0 ? 1 : 0));
    }
  }
}

TEST_CASE("response tree: bigrams in a token world, against the general solve") {
  const TokenWorldOptions options{.vocabulary = 4, .max_length = 4, .prompts = 2};
  Rng rng(23);
  const Problem problem = token_world(options, {.rng = rng.split("world")});
  const FiniteMdp model = problem.model.with_start([&] {
    std::vector<double> weights = problem.model.start_weights();
    *std::find(weights.begin(), weights.end(), 1) = 3;
    return weights;
  }());
  const ResponseTree tree(model);
  CHECK(tree.weights()[0] == Approx(0.75));
  const Contexts contexts = by_features(model, problem.features->values, problem.features->count);
  REQUIRE(contexts.count == 8);
  const TablePolicy policy = random_table(model, contexts, rng);
  const TablePolicy reference = random_table(model, contexts, rng);
  const TabularPolicy pi = table_of(policy.rows());
  const TabularPolicy ref = table_of(reference.rows());
  const RegularizedReturn wanted = regularized_return(model, 1, pi, ref);
  const ResponseEvaluation e = tree.evaluate(policy.rows(), reference.rows());
  CHECK(near_number(e.reward.mean, wanted.reward, 1e-12));
  CHECK(near_number(e.kl.mean, wanted.kl, 1e-12));
  const Eigen::VectorXd gradient =
      return_gradient(regularized_model(model, pi, ref, 0.3),
                      with_softmax_score(model, pi, pairs_of_contexts(model, contexts)), 1);
  const std::vector<double> got = gradient_by_preferences(tree, policy, reference.rows(), 0.3);
  CHECK(test::largest_gap(got, {gradient.data(), static_cast<std::size_t>(gradient.size())}) <=
        1e-12);
}

// ---- what is refused ----------------------------------------------------------------------------

TEST_CASE("response tree: a world that is no tree is refused, with state and action") {
  const auto refusal = [](const std::vector<Outcome>& row, const std::vector<double>& start) {
    return error_of([&] {
      ResponseTree(FiniteMdp(4, 2,
                             [&](State s, Action a, std::vector<Outcome>& outcomes) {
                               if (s == 1 && a == 1)
                                 outcomes = row;
                               else if (s == 0 && a == 0)
                                 outcomes.push_back({1, 0, 2});
                               else
                                 outcomes.push_back({1, 0, 3});
                             },
                             {.terminal = {3}, .start = start}));
    });
  };
  const std::vector<double> both = {1, 1, 0, 0};
  CHECK(refusal({{1, 0, 3}}, both) == "nothing was thrown");
  CHECK(refusal({{0.5, 0, 2}, {0.5, 0, 3}}, both) ==
        "response tree: action 1 in state 1 has 2 outcomes instead of one");
  CHECK(refusal({{1, 0, 1}}, both) ==
        "response tree: action 1 in state 1 leads to state 1, which has no higher number and is "
        "not terminal");
  CHECK(contains(refusal({{1, 0, 0}}, both), "action 1 in state 1 leads to state 0, which has no"));
  CHECK(refusal({{1, 0, 2}}, both) ==
        "response tree: action 1 in state 1 leads to state 2, as does action 0 in state 0: there "
        "must be one way to each state");
  CHECK(refusal({{1, 0, 3}}, {1, 1, 1, 0}) ==
        "response tree: action 0 in state 0 leads to state 2, where responses start");
}

TEST_CASE("response tree: a policy that goes where the reference never does has no KL") {
  const FiniteMdp model = detour_model();
  const ResponseTree tree(model);
  const FrozenPolicy policy(model, detour_policy(0.5, 0.25));
  const FrozenPolicy reference(model, detour_policy(0.5, 0));
  std::vector<double> g(4);
  const std::string wanted =
      "response tree: action 0 in state 1 has probability 0 in the reference, 0.25 in the policy: "
      "the KL divergence is infinite";
  CHECK(error_of([&] { tree.evaluate(policy.rows(), reference.rows()); }) == wanted);
  CHECK(error_of([&] { tree.gradient(policy.rows(), reference.rows(), 0.1, g); }) == wanted);
  CHECK(tree.gradient(policy.rows(), reference.rows(), 0, g) ==
        Approx(tree.evaluate(policy.rows()).mean));

  // the other way round it is infinite, and the gradient well defined
  const ResponseEvaluation e = tree.evaluate(reference.rows(), policy.rows());
  CHECK(e.kl.mean == Approx(0.5 * std::log(1 / 0.75)));
  CHECK(e.kl_forward.mean == tests::kInfinity);
  CHECK(tree.gradient(reference.rows(), policy.rows(), 0.1, g) ==
        Approx(e.reward.mean - 0.1 * e.kl.mean));
  CHECK(g[2] == 0);
}

TEST_CASE("response tree: what the policy never meets may differ from the reference") {
  const FiniteMdp model = detour_model();
  const ResponseTree tree(model);
  const FrozenPolicy policy(model, detour_policy(0, 0.25));
  const FrozenPolicy reference(model, detour_policy(0.5, 0));
  const ResponseEvaluation e = tree.evaluate(policy.rows(), reference.rows());
  CHECK(e.reward.mean == 1);
  CHECK(e.kl.mean == Approx(std::log(2)));
  std::vector<double> g(4);
  CHECK(tree.gradient(policy.rows(), reference.rows(), 2, g) == Approx(1 - 2 * std::log(2)));
  CHECK(g[0] == 0);
  CHECK(g[1] == Approx(1 - 2 * std::log(2)));
  CHECK(g[2] == 0);
  CHECK(g[3] == 0);
  const TiltedResponses best = tree.tilted(reference.rows(), 1);
  CHECK(best.policy.rows().log_probability(1, 0) == -tests::kInfinity);
  CHECK(best.value.mean == Approx(std::log(0.5 * std::exp(1) + 0.5 * std::exp(3))));
}

TEST_CASE("response tree: shapes, rewards and coefficients that do not fit are refused") {
  const FiniteMdp model = detour_model();
  const ResponseTree tree(model);
  const FrozenPolicy policy(model, detour_policy(0.5, 0.25));
  const PolicyRows rows = policy.rows();
  std::vector<double> g(4);
  const std::vector<double> short_table(5, 0);
  CHECK(error_of([&] { tree.evaluate(rows, short_table); }) ==
        "response tree: 5 rewards of 3 states and 2 actions");
  CHECK(contains(error_of([&] { (void)tree.with_reward(short_table); }), "5 rewards"));
  CHECK(contains(error_of([&] { tree.tilted(rows, short_table, 1); }), "5 rewards"));
  CHECK(contains(error_of([&] { tree.response_rewards(short_table); }), "5 rewards"));
  const std::vector<double> no_number = {0, 0, 0, tests::kNan, 0, 0};
  CHECK(error_of([&] { (void)tree.with_reward(no_number); }) ==
        "response tree: action 1 in state 1 has a reward of nan");
  CHECK(error_of([&] { tree.tilted(rows, 0); }) == "response tree: beta = 0 is not positive");
  CHECK(error_of([&] { tree.gradient(rows, rows, -1, g); }) ==
        "response tree: beta = -1 is not a number >= 0");
  std::vector<double> long_g(5);
  CHECK(error_of([&] { tree.gradient(rows, rows, 1, long_g); }) ==
        "response tree: a gradient of 5 numbers for 4 ln pi");
  CHECK(error_of([&] { tree.mean_over_responses(g, g); }) ==
        "response tree: 4 probabilities of 3 responses");
  CHECK(contains(error_of([&] { tree.best_of_n(rows, tree.reward(), 0); }), "n = 0"));

  const std::vector<std::int32_t> two_states = {0, 1};
  CHECK(error_of([&] {
          tree.evaluate(PolicyRows{2, two_states, rows.log_pi});
        }) ==
        "response tree: the policy is of 2 states and 2 actions, with 4 numbers; the tree of 3 and "
        "2");
  const std::vector<std::int32_t> unknown_context = {0, 2, -1};
  CHECK(error_of([&] {
          tree.evaluate(rows, PolicyRows{2, unknown_context, rows.log_pi});
        }) == "response tree: the reference has 2 contexts, and a state that is in none of them");
}

TEST_CASE("response tree: an action that is not available must have probability 0") {
  const ResponseTree tree(FiniteMdp(2, 2,
                                    [](State, Action a, std::vector<Outcome>& row) {
                                      if (a == 0) row.push_back({1, 3, 1});
                                    },
                                    {.terminal = {1}}));
  const std::vector<std::int32_t> context = {0, -1};
  const std::vector<double> half = {std::log(0.5), std::log(0.5)};
  CHECK(error_of([&] {
          tree.evaluate(PolicyRows{2, context, half});
        }) ==
        "response tree: action 1 in state 0 is not available, but the policy gives it probability "
        "0.5");
  const std::vector<double> all = {0, -tests::kInfinity};
  CHECK(tree.evaluate(PolicyRows{2, context, all}).mean == 3);
}

}  // namespace rl
