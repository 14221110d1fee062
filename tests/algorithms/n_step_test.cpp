#include "algorithms/n_step.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "tests/algorithms/learners.hpp"

using nlohmann::json;
using rl::Problem;
using rl::Rng;
using rl::State;
using tests::numbers_after;

namespace {

/// Two states and the end 2, two actions; gamma = 0.5.
Problem two_states() {
  const auto row = [](State, rl::Action, std::vector<rl::Outcome>& r) {
    r = {{0.5, 0, 0}, {0.25, 0, 1}, {0.25, 0, 2}};
  };
  return {.name = "two", .model = rl::FiniteMdp(3, 2, row, {.terminal = {2}}), .gamma = 0.5};
}

/// q(0, 0) after (0, 0), r = 2, (1, a), r = 4, s' = 0, where the greedy action is 1 in both states;
/// n = 2, alpha = 1, the behaviour greedy.
template <class Learner>
double q_after(rl::Action a, const typename Learner::Options& options) {
  Learner learner(two_states(), options);
  Rng rng(1);
  learner.start(0, rng);
  // First an episode of one step each makes q(., 1) = 8.
  for (const State s : {0, 1}) {
    learner.start(s, rng);
    learner.step({s, 1, 8, 2, true, false}, rng);
  }
  learner.start(0, rng);
  learner.step({0, 0, 2, 1, false, false}, rng);
  learner.step({1, a, 4, 0, false, false}, rng);
  return learner.q().value(0, 0);
}

}  // namespace

TEST_CASE("n-step td: by hand, two rewards and then a value") {
  // v = 4, gamma = 0.5, alpha = 1: 2 + 6 / 2 + v(1) / 4 = 6; at the end 6 + 8 / 2 = 10, then 8.
  rl::NStepTd td(two_states(), {.n = 2, .alpha = 1.0, .values = {.v0 = 4}});
  Rng rng(1);
  td.start(0, rng);
  td.step({0, 0, 2, 0, false, false}, rng);
  CHECK(td.v()[0] == 4);  // one reward is not enough
  td.step({0, 0, 6, 1, false, false}, rng);
  CHECK(td.v()[0] == 6);
  td.step({1, 0, 8, 2, true, false}, rng);
  CHECK(td.v()[0] == 10);
  CHECK(td.v()[1] == 8);
}

TEST_CASE("n-step td: a cut episode bootstraps from the state that it was cut in") {
  rl::NStepTd td(two_states(), {.n = 5, .alpha = 1.0, .values = {.v0 = 4}});
  Rng rng(1);
  td.start(0, rng);
  td.step({0, 0, 2, 1, false, true}, rng);
  CHECK(td.v()[0] == 4);  // 2 + 4 / 2
}

TEST_CASE("n-step: n = 1 is the one-step method to the bit") {
  const Problem walk = tests::world("random_walk_19");
  CHECK(numbers_after("n_step_td", walk, {.episodes = 40}, {{"n", 1}}) ==
        numbers_after("td", walk, {.episodes = 40}));
  CHECK(numbers_after("truncated_td_lambda", walk, {.episodes = 40}, {{"n", 1}}) ==
        numbers_after("td", walk, {.episodes = 40}));
  for (const char* name : {"cliff_walking", "mfrl_5x5"}) {
    const Problem problem = tests::world(name);
    CHECK(numbers_after("n_step_sarsa", problem, {.steps = 5000}, {{"n", 1}}) ==
          numbers_after("sarsa", problem, {.steps = 5000}));
  }
}

TEST_CASE("sarsa(lambda), tree backup(lambda): lambda = 0 is the one-step method to the bit") {
  const Problem problem = tests::world("cliff_walking");
  const json none = {{"lambda", 0}};
  CHECK(numbers_after("sarsa_lambda", problem, {.steps = 5000}, none) ==
        numbers_after("sarsa", problem, {.steps = 5000}));
  CHECK(numbers_after("tree_backup_lambda", problem, {.steps = 5000}, none) ==
        numbers_after("expected_sarsa", problem, {.steps = 5000}));
}

TEST_CASE("n-step: n beyond the end is every-visit Monte Carlo to the bit") {
  const Problem walk = tests::world("random_walk_19");
  CHECK(numbers_after("n_step_td", walk, {.episodes = 30}, {{"n", 1'000'000}, {"alpha", 0.125}}) ==
        numbers_after("mc_prediction", walk, {.episodes = 30},
                      {{"visits", "every"}, {"alpha", 0.125}}));
}

TEST_CASE("n-step: a behaviour that is the policy makes off-policy on-policy to the bit") {
  const Problem walk = tests::world("random_walk_19");
  CHECK(numbers_after("n_step_off_policy_td", walk, {.episodes = 30}) ==
        numbers_after("n_step_td", walk, {.episodes = 30}));
}

TEST_CASE("n-step tree backup, Q(sigma), off-policy Sarsa: by hand") {
  // q(., 1) = 8, q(., 0) = 0. The target policy is greedy, so v_pi(0) = 8 and the end is worth
  // 4 + 0.5 * 8 = 8. Action 1 in between is the target's own: G = 2 + 0.5 * 8 = 6. Action 0 is not:
  // pi = 0, G = 2 + 0.5 * v_pi(1) = 6. (Equal: the returns agree with q.)
  using Tree = rl::NStepTreeBackup;
  CHECK(q_after<Tree>(1, {.n = 2, .alpha = 1.0, .epsilon = 0.5}) == 6);
  CHECK(q_after<Tree>(0, {.n = 2, .alpha = 1.0, .epsilon = 0.5}) == 6);
  // A target of epsilon 1 takes both actions alike: v_pi = 4, the end is worth 4 + 2 = 6, and on
  // the way by action 1: 4 + 0.5 (6 - 8) = 3, by action 0: 4 + 0.5 (6 - 0) = 7. G = 2 + 0.5 * that.
  const rl::OffPolicyTarget::Options uniform{.target_epsilon = 1};
  CHECK(q_after<Tree>(1, {.n = 2, .alpha = 1.0, .epsilon = 1.0, .rule = uniform}) == 3.5);
  CHECK(q_after<Tree>(0, {.n = 2, .alpha = 1.0, .epsilon = 1.0, .rule = uniform}) == 5.5);
  // Q(0) is tree backup; with Q(1) and b = pi, rho = 1: 4 + (6 - 8) = 2, 4 + (6 - 0) = 10, and
  // again G = 2 + 0.5 * that.
  using QSigma = rl::NStepQSigma;
  const auto sigma = [](double x) { return rl::QSigmaRule::Options{{.target_epsilon = 1}, x}; };
  CHECK(q_after<QSigma>(1, {.n = 2, .alpha = 1.0, .epsilon = 1.0, .rule = sigma(0)}) == 3.5);
  CHECK(q_after<QSigma>(1, {.n = 2, .alpha = 1.0, .epsilon = 1.0, .rule = sigma(1)}) == 3);
  CHECK(q_after<QSigma>(0, {.n = 2, .alpha = 1.0, .epsilon = 1.0, .rule = sigma(1)}) == 7);
  // A greedy target never takes action 0 in between: rho = 0, and nothing is learned from it.
  CHECK(q_after<rl::NStepOffPolicySarsa>(0, {.n = 2, .alpha = 1.0, .epsilon = 1.0}) == 0);
  // rho is of the probability with which the action was chosen; here the test chose it.
  rl::NStepQSigma learner(two_states(), {.n = 2, .alpha = 1.0, .epsilon = 1.0, .rule = sigma(1)});
  Rng rng(1);
  learner.start(0, rng);
  learner.step({0, 0, 2, 1, false, false}, rng);
  learner.step({1, 0, 4, 2, true, false}, rng);
  CHECK(learner.q().value(1, 0) == 4);
  CHECK(learner.q().value(0, 0) == 4);  // 2 + 0.5 * (0 + 1 * (4 - 0))
}

TEST_CASE("n-step: each method comes to the planner's values") {
  const Problem grid = tests::world("mfrl_2x2");
  const json alpha = {{"harmonic", {0.5, 100}}, {"clock", "visits"}};
  for (const char* name : {"n_step_tree_backup", "n_step_q_sigma", "n_step_off_policy_sarsa",
                           "watkins_q_lambda", "tree_backup_lambda"}) {
    CAPTURE(name);
    CHECK(tests::error_after(name, grid, {.steps = 200'000}, {{"alpha", alpha}, {"epsilon", 0.3}}) <
          1e-4);
  }
  // Off-policy targets lose their noise here, where moves are certain. On-policy ones keep that of
  // the next action, which is as large as the steps are; at first the error is 8.7.
  for (const char* name :
       {"sarsa_lambda", "true_online_sarsa_lambda", "n_step_sarsa", "n_step_expected_sarsa"}) {
    CAPTURE(name);
    CHECK(tests::error_after(name, grid, {.steps = 1'000'000},
                             {{"alpha", alpha}, {"epsilon", 0.3}}) < 0.6);
  }
  const Problem walk = tests::world("random_walk_5");
  json policy = json::array();
  for (int s = 0; s < 7; ++s) policy.insert(policy.end(), {0.4, 0.6});
  for (const char* name : {"n_step_td", "n_step_off_policy_td", "truncated_td_lambda"}) {
    CAPTURE(name);
    CHECK(tests::error_after(name, walk, {.episodes = 20'000},
                             {{"alpha", 0.003}, {"policy", policy}}) < 0.03);
  }
}
