// What every registered learner promises, checked on every registered world that it accepts.
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
#include "tests/algorithms/learners.hpp"
#include "tests/sanitized.hpp"

using nlohmann::json;
using rl::AlgorithmEntry;
using rl::AnyRunner;
using rl::Problem;
using rl::State;
using tests::worlds_and_algorithms;

namespace {

constexpr std::int64_t kLearning = 400;  // every learner changes its estimates in some world
constexpr std::int64_t kSteps = tests::kSanitized ? 100 : kLearning;

/// Every world with its default options.
const std::vector<Problem>& problems() {
  static const std::vector<Problem> all = [] {
    std::vector<Problem> made;
    for (const rl::WorldEntry& world : worlds_and_algorithms().worlds())
      made.push_back(world.make({}, {.rng = rl::Rng(3).split("world")}));
    return made;
  }();
  return all;
}

bool has_option(const AlgorithmEntry& learner, const char* name) {
  return std::any_of(learner.options.begin(), learner.options.end(),
                     [name](const rl::OptionInfo& option) { return option.name == name; });
}
/// Whether many states share its parameters, so that large steps diverge.
bool has_features(const AlgorithmEntry& learner) { return has_option(learner, "features"); }

/// Whether its actions are points of linear policies, which returns of -1000 drive far.
bool acts_by_points(const AlgorithmEntry& learner) {
  return learner.lives.in_points_by_points && has_features(learner) && !learner.lives.in_states;
}
/// Whether it learns functions of states by features or networks.
bool approximates(const AlgorithmEntry& learner) {
  return has_features(learner) || has_option(learner, "hidden");
}

/// Calls check(learner, problem) for every pair that fits; what approximates, in small worlds and
/// those of points.
template <class Check>
void for_each_pair(Check check) {
  int pairs = 0;
  for (const AlgorithmEntry& learner : worlds_and_algorithms().algorithms()) {
    if (learner.kind != rl::Kind::learner) continue;
    for (const Problem& problem : problems()) {
      if (learner.refuses(problem)) continue;
      constexpr State kSmall = 60;
      if (approximates(learner) && problem.model.num_states() > kSmall) continue;
      CAPTURE(learner.name);
      CAPTURE(problem.name);
      check(learner, problem);
      ++pairs;
    }
  }
  CHECK(pairs > 0);
}

/// Options with which a learner that simulates at every step does little of it, and one that
/// collects first learns soon, with a small network; where there are many states, one with features
/// has few.
json little_work(const AlgorithmEntry& learner, const Problem& problem) {
  const json little = {{"depth", 3},  {"rollouts", 3},    {"simulations", 3},     {"hidden", {8}},
                       {"batch", 8},  {"learn_from", 20}, {"episode_length", 40}, {"segment", 2},
                       {"epochs", 2}, {"minibatch", 16},  {"solve_every", 100}};
  json options = json::object();
  for (const rl::OptionInfo& option : learner.options)
    if (little.contains(option.name)) options[option.name] = little[option.name];
  constexpr State kMany = 30;
  if (has_features(learner) && problem.model.num_states() > kMany)
    for (const char* name : {"features", "value_features"})
      if (has_option(learner, name)) options[name] = "aggregation:bins=3";
  if (has_option(learner, "interest")) options["alpha"] = 1e-5;  // emphasis grows with an episode
  if (acts_by_points(learner)) options.update({{"alpha", 1e-9}, {"alpha_w", 1e-9}});
  return options;
}

AnyRunner begin(const AlgorithmEntry& learner, const Problem& problem, std::uint64_t seed = 1) {
  return learner.make_learner(problem, little_work(learner, problem), rl::Streams(seed));
}

std::vector<double> numbers(const AnyRunner& runner) {
  const rl::Estimates estimates = runner.estimates();
  return {estimates.values.begin(), estimates.values.end()};
}

}  // namespace

TEST_CASE("learners: one step at a time is all steps at once, to the bit") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner at_once = begin(learner, problem);
    at_once.run({.steps = kSteps});
    AnyRunner stepped = begin(learner, problem);
    while (stepped.steps() < kSteps) stepped.advance_anywhere();
    CHECK(stepped.save() == at_once.save());
  });
}

TEST_CASE("learners: watching changes nothing") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner unwatched = begin(learner, problem);
    unwatched.run({.steps = kSteps});
    AnyRunner watched = begin(learner, problem);
    watched.trace().enable(true);
    watched.run({.steps = kSteps}, [](const rl::EpisodeStats&) { return true; });
    CHECK(watched.save() == unwatched.save());
  });
}

TEST_CASE("learners: 2N steps are N steps, saved, loaded into a fresh run, and N more") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner at_once = begin(learner, problem);
    at_once.run({.steps = 2 * kSteps});
    AnyRunner first = begin(learner, problem);
    first.run({.steps = kSteps});
    AnyRunner second = begin(learner, problem, 77);  // everything of it is replaced
    second.load(first.save());
    CHECK(second.save() == first.save());
    second.run({.steps = 2 * kSteps});
    CHECK(second.save() == at_once.save());
  });
}

TEST_CASE("learners: the state of a run goes on in a learner with another alpha and epsilon") {
  std::map<std::string, bool> differs;  // of learners that have such an option
  for_each_pair([&](const AlgorithmEntry& learner, const Problem& problem) {
    json options = little_work(learner, problem);
    bool tuned = false;
    for (const rl::OptionInfo& option : learner.options) {
      if (option.name != "alpha" && option.name != "epsilon") continue;
      const json usual = json::parse(option.default_json);
      const bool visits = usual.is_object() && usual.value("clock", "") == "visits";
      const double other = acts_by_points(learner) ? 1e-8 : has_features(learner) ? 0.002 : 0.25;
      options[option.name] =
          visits ? json{{"linear", {other, other, 1}}, {"clock", "visits"}} : json(other);
      tuned = true;
    }
    if (!tuned || problem.model.num_states() > 100) return;
    AnyRunner usual = begin(learner, problem);
    usual.run({.steps = kSteps});
    AnyRunner other = learner.make_learner(problem, options, rl::Streams(77));
    other.load(usual.save());
    CHECK(other.save() == usual.save());
    for (AnyRunner* runner : {&usual, &other}) runner->run({.steps = 2 * kSteps});
    differs[learner.name] = differs[learner.name] || other.save() != usual.save();
  });
  CHECK(differs.size() > 20);
  differs.erase("batch_gd");  // its first step reaches the minimum of the batch, and stays there
  for (const auto& entry : differs) CHECK_MESSAGE(entry.second, entry.first);
}

TEST_CASE("learners: a copy lives its own life, and the same one") {
  for_each_pair([](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner original = begin(learner, problem);
    original.run({.steps = kSteps});
    const std::string before = original.save();
    AnyRunner copy = original;
    copy.run({.steps = 2 * kSteps});
    CHECK(original.save() == before);
    original.run({.steps = 2 * kSteps});
    CHECK(original.save() == copy.save());
  });
}

TEST_CASE("learners: equal seeds make equal runs, and another seed other estimates in some world") {
  std::map<std::string, bool> differs;
  for_each_pair([&](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner a = begin(learner, problem, 5);
    AnyRunner b = begin(learner, problem, 5);
    AnyRunner other = begin(learner, problem, 6);
    for (AnyRunner* runner : {&a, &b, &other}) runner->run({.steps = kLearning});
    CHECK(a.save() == b.save());
    differs[learner.name] = differs[learner.name] || numbers(a) != numbers(other);
  });
  for (const auto& entry : differs) CHECK_MESSAGE(entry.second, entry.first);
}

TEST_CASE("learners: estimates have the shape that they claim, and change while learning") {
  std::set<std::string> learned;
  for_each_pair([&](const AlgorithmEntry& learner, const Problem& problem) {
    AnyRunner runner = begin(learner, problem);
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
