// What every registered learner promises, checked on every registered world that it accepts; of
// states that are saved, loaded and copied, see run_states_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"
#include "rl/mdp_graph.hpp"
#include "rl/registry.hpp"
#include "tests/algorithms/learner_pairs.hpp"

using nlohmann::json;
using rl::AlgorithmEntry;
using rl::AnyRunner;
using rl::Problem;
using tests::begin_little;
using tests::for_each_pair;
using tests::kLearning;
using tests::kSteps;
using tests::numbers;
using tests::problems;
using tests::worlds_and_algorithms;

TEST_CASE("learners: watching changes nothing") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner unwatched = begin_little(learner, problem);
    unwatched.run({.steps = kSteps});
    AnyRunner watched = begin_little(learner, problem);
    watched.trace().enable(true);
    watched.run({.steps = kSteps}, [](const rl::EpisodeStats&) { return true; });
    CHECK(watched.save() == unwatched.save());
  });
}

TEST_CASE("learners: equal seeds make equal runs, and another seed other estimates in some world") {
  std::map<std::string, bool> differs;
  for_each_pair([&](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner a = begin_little(learner, problem, 5);
    AnyRunner b = begin_little(learner, problem, 5);
    AnyRunner other = begin_little(learner, problem, 6);
    for (AnyRunner* runner : {&a, &b, &other}) runner->run({.steps = kLearning});
    CHECK(a.save() == b.save());
    differs[learner.name] = differs[learner.name] || numbers(a) != numbers(other);
  });
  for (const auto& entry : differs) CHECK_MESSAGE(entry.second, entry.first);
}

TEST_CASE("learners: estimates have the shape that they claim, and change while learning") {
  std::set<std::string> learned;
  for_each_pair([&](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner runner = begin_little(learner, problem);
    const rl::Estimates estimates = runner.estimates();
    const auto width =
        static_cast<std::size_t>(rl::of_states(estimates.what) ? 1 : problem.model.num_actions());
    CHECK((estimates.what == rl::Quantity::weights) == !problem.finite());
    if (problem.finite())
      CHECK(estimates.values.size() ==
            static_cast<std::size_t>(problem.model.num_states()) * width);
    else
      CHECK_FALSE(estimates.values.empty());
    const std::vector<double> before = numbers(runner);
    runner.run({.steps = kLearning});
    if (numbers(runner) != before) learned.insert(learner.name);
  });
  for (const AlgorithmEntry& learner : worlds_and_algorithms().algorithms())
    if (learner.kind == rl::Kind::learner)
      CHECK_MESSAGE(learned.count(learner.name) == 1, learner.name);
}

TEST_CASE("learners: the defaults that are documented are the defaults in effect") {
  for (const AlgorithmEntry& learner : worlds_and_algorithms().algorithms()) {
    if (learner.kind != rl::Kind::learner) continue;
    CAPTURE(learner.name);
    json documented = json::object();
    for (const rl::OptionInfo& option : learner.options) {
      documented[option.name] = json::parse(option.default_json);
      CHECK_FALSE(option.doc.empty());
    }
    const Problem& problem = *std::find_if(problems().begin(), problems().end(),
                                           [&](const Problem& p) { return !learner.refuses(p); });
    AnyRunner spelled_out = learner.make_learner(problem, documented, rl::Streams(1));
    AnyRunner silent = learner.make_learner(problem, {}, rl::Streams(1));
    for (AnyRunner* runner : {&spelled_out, &silent}) runner->run({.steps = kSteps});
    CHECK(spelled_out.save() == silent.save());
  }
}

TEST_CASE("learners: a name, a title, sections, a formula and pseudo-code stand in the registry") {
  for (const AlgorithmEntry& a : worlds_and_algorithms().algorithms()) {
    CAPTURE(a.name);
    for (const std::string& text : {a.file, a.title, a.sections, a.formula, a.pseudocode})
      CHECK_FALSE(text.empty());
  }
}

TEST_CASE("registry: which algorithm refuses which world") {
  std::map<std::string, std::set<std::string>> refused;
  for (const AlgorithmEntry& algorithm : worlds_and_algorithms().algorithms())
    for (const Problem& problem : problems())
      if (const auto reason = algorithm.refuses(problem)) {
        refused[algorithm.name].insert(problem.name);
        CHECK_FALSE(reason->empty());
      }
  std::set<std::string> discounted;
  for (const Problem& problem : problems())
    if (problem.criterion == rl::Criterion::discounted && problem.finite())
      discounted.insert(problem.name);
  // Everything that maximises discounted return refuses the one average-reward world, and the
  // method for average reward refuses all others.
  std::map<std::string, std::set<std::string>> expected;
  for (const char* name : {"value_iteration",
                           "policy_iteration",
                           "truncated_policy_iteration",
                           "policy_evaluation",
                           "epsilon_soft_iteration",
                           "soft_value_iteration",
                           "prioritized_sweeping_with_model",
                           "backward_induction",
                           "sarsa",
                           "expected_sarsa",
                           "q_learning",
                           "td",
                           "td_lambda",
                           "true_online_td_lambda",
                           "n_step_td",
                           "n_step_off_policy_td",
                           "truncated_td_lambda",
                           "n_step_sarsa",
                           "n_step_expected_sarsa",
                           "n_step_off_policy_sarsa",
                           "n_step_tree_backup",
                           "n_step_q_sigma",
                           "sarsa_lambda",
                           "true_online_sarsa_lambda",
                           "watkins_q_lambda",
                           "tree_backup_lambda",
                           "double_q_learning",
                           "double_sarsa",
                           "double_expected_sarsa",
                           "off_policy_q_learning",
                           "deep_q",
                           "off_policy_deep_q",
                           "dyna_q",
                           "dyna_q_plus",
                           "prioritized_sweeping",
                           "trajectory_sampling",
                           "real_time_dp",
                           "rollout",
                           "mcts",
                           "one_step_actor_critic",
                           "advantage_actor_critic",
                           "actor_critic_traces",
                           "qac",
                           "off_policy_actor_critic",
                           "natural_actor_critic"})
    expected[name] = {"access_control"};
  for (const char* name : {"relative_value_iteration", "actor_critic_continuing"})
    expected[name] = discounted;
  // Tiles need a grid whose moves go to the next cell, and a discount.
  for (const Problem& problem : problems())
    if (problem.finite() && (!problem.grid || rl::why_not_tiled(*problem.grid, problem.gamma)))
      expected["tiled_value_iteration"].insert(problem.name);
  // Blocks are discounted.
  expected["block_value_iteration"] = {"access_control"};
  for (const Problem& problem : problems())
    if (problem.finite() && problem.gamma >= 1)
      expected["block_value_iteration"].insert(problem.name);
  // Monte Carlo needs episodes that end.
  std::set<std::string> continuing, endless;
  for (const Problem& problem : problems()) {
    if (!problem.finite()) continue;
    if (problem.state_without_end()) continuing.insert(problem.name);
    const std::vector<std::uint8_t> stay = rl::endless_states(problem.model);
    if (problem.episode_steps == rl::kNoLimit &&
        std::find(stay.begin(), stay.end(), 1) != stay.end())
      endless.insert(problem.name);
  }
  expected["mc_basic"] = {"access_control"};
  for (const char* name :
       {"mc_prediction", "mc_ordinary_importance_sampling", "mc_weighted_importance_sampling",
        "mc_per_decision_importance_sampling", "offline_lambda_return", "mc_epsilon_greedy",
        "mc_off_policy_control", "mc_exploring_starts", "online_lambda_return", "batch_td",
        "batch_mc", "reinforce", "reinforce_baseline"}) {
    expected[name] = continuing;
    expected[name].insert("access_control");
  }
  expected["mc_exploring_starts"].insert(endless.begin(), endless.end());
  CHECK(continuing.count("mfrl_5x5") == 1);
  CHECK(continuing.count("cliff_walking") == 0);
  CHECK(endless.count("cliff_walking") == 1);
  CHECK(endless.count("blackjack") == 0);
  for (const char* name : {"trajectory_sampling", "real_time_dp", "rollout", "mcts"})
    expected[name].insert(
        {"blocking_maze", "shortcut_maze", "nonstationary_bandit"});  // they change
  const std::set<std::string> in_many = {"a2c", "ppo", "trpo"};
  for (const std::string& name : in_many)  // copies of a world cannot change together
    expected[name] = {"access_control", "blocking_maze", "shortcut_maze", "nonstationary_bandit"};
  // Bandits weigh immediate rewards; KL-UCB those in [0, 1] alone.
  std::set<std::string> others;
  for (const Problem& problem : problems())
    if (problem.finite()) others.insert(problem.name);
  others.erase("bernoulli_bandit");
  expected["kl_ucb"] = others;
  others.erase("bandit");
  for (const char* name :  // they ask the model for the exact root
       {"mean_estimation", "robbins_monro", "dvoretzky", "sgd", "mini_batch_gd", "batch_gd"})
    expected[name] = others;
  others.erase("nonstationary_bandit");
  for (const char* name :
       {"epsilon_greedy", "optimistic_greedy", "ucb", "thompson_sampling", "gradient_bandit"})
    expected[name] = others;
  // Few worlds have afterstates.
  std::set<std::string> without_afterstates;
  for (const Problem& problem : problems())
    if (problem.finite() && problem.name != "tic_tac_toe" && problem.name != "jacks_car_rental" &&
        problem.name != "jacks_car_rental_4_7")
      without_afterstates.insert(problem.name);
  for (const char* name : {"afterstate_td", "afterstate_q_learning"})
    expected[name] = without_afterstates;
  // With features, in worlds of points too: there most methods need a list of states.
  const std::set<std::string> with_features = {"semi_gradient_sarsa",
                                               "semi_gradient_expected_sarsa",
                                               "semi_gradient_q_learning",
                                               "semi_gradient_n_step_sarsa",
                                               "semi_gradient_sarsa_lambda",
                                               "linear_true_online_sarsa_lambda",
                                               "lspi",
                                               "fitted_q_iteration",
                                               "reinforce",
                                               "reinforce_baseline",
                                               "one_step_actor_critic",
                                               "advantage_actor_critic",
                                               "actor_critic_traces",
                                               "qac",
                                               "natural_actor_critic",
                                               "deep_q"};
  for (const std::string& name : with_features) expected[name] = {"access_control"};
  for (const char* name : {"reinforce", "reinforce_baseline"}) {
    expected[name].insert(continuing.begin(), continuing.end());
    expected[name].insert(endless.begin(), endless.end());
  }
  const std::set<std::string> by_points = {"gaussian_reinforce_baseline", "gaussian_actor_critic",
                                           "gaussian_actor_critic_traces", "dpg", "deep_dpg"};
  for (const std::string& name : by_points)
    for (const Problem& problem : problems())
      if (problem.finite() || problem.continuous->has_discrete_actions())
        expected[name].insert(problem.name);
  expected["gaussian_reinforce_baseline"].insert({"lqr", "double_integrator"});  // never end
  expected["actor_critic_continuing"] = discounted;
  expected["off_policy_actor_critic"] = {"access_control"};
  for (const char* name : {"semi_gradient_td", "semi_gradient_n_step_td", "semi_gradient_td_lambda",
                           "linear_true_online_td_lambda", "lstd", "off_policy_semi_gradient_td",
                           "gtd2", "tdc", "emphatic_td"})
    expected[name] = {"access_control"};
  expected["gradient_mc"] = continuing;
  expected["gradient_mc"].insert("access_control");
  for (const char* name : {"differential_td", "differential_sarsa"}) expected[name] = discounted;
  for (const AlgorithmEntry& algorithm : worlds_and_algorithms().algorithms())
    for (const Problem& problem : problems())
      if (!problem.finite() && by_points.count(algorithm.name) == 0 &&
          in_many.count(algorithm.name) == 0 &&
          (with_features.count(algorithm.name) == 0 || !problem.continuous->has_discrete_actions()))
        expected[algorithm.name].insert(problem.name);
  CHECK(refused == expected);
}
