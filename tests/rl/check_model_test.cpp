#include "rl/check_model.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::Finding;
using rl::FiniteMdp;
using rl::Outcome;
using rl::Rng;
using rl::State;
using rl::Step;
using tests::contains;

namespace {

rl::Problem problem_of(FiniteMdp model, double gamma = 0.9) {
  return {.name = "test", .model = std::move(model), .gamma = gamma};
}

bool all_pass(const std::vector<Finding>& findings) {
  return std::all_of(findings.begin(), findings.end(), [](const Finding& f) { return f.passed; });
}

std::string failures_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings)
    if (!f.passed) text += f.check + ": " + f.detail + "\n";
  return text;
}

/// Three outcomes, two of them with the same next state.
FiniteMdp branching() {
  return FiniteMdp(3, 1,
                   [](State s, Action, std::vector<Outcome>& row) {
                     row.push_back({0.2, 1, (s + 1) % 2});
                     row.push_back({0.3, -1, (s + 1) % 2});
                     row.push_back({0.5, 0, 2});
                   },
                   {.terminal = {2}});
}

/// One state that pays N(mean, sd^2).
FiniteMdp noisy(double mean, double sd) {
  return FiniteMdp(1, 1, [=](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, mean, s, sd});
  });
}

rl::StepSampler sampler_of(const FiniteMdp& model) {
  return [model](State s, Action a, Rng& rng) { return model.sample(s, a, rng); };
}

/// Findings of sampling one model and comparing it with another.
std::vector<Finding> compare(const FiniteMdp& model, const rl::StepSampler& sampler) {
  return rl::check_sampler(model, sampler, {.samples = 4000}, Rng(1));
}

/// A model by hand, which may be wrong where FiniteMdp refuses to be.
struct HandModel {
  struct Row {
    double reward = 0;
    double p = 1;
    State to = 0;
    std::size_t size() const { return 1; }
    double probability(std::size_t) const { return p; }
    State next(std::size_t) const { return to; }
  };
  Row bad_row = {};        // of (1, 0); all other rows are good
  bool bad_state = false;  // state 1 has no action
  bool open_end = false;   // the terminal state 2 has one

  State num_states() const { return 3; }
  Action num_actions() const { return 1; }
  bool terminal(State s) const { return s == 2; }
  bool available(State s, Action) const { return s == 2 ? open_end : s == 0 || !bad_state; }
  Row row(State s, Action) const { return s == 1 ? bad_row : Row{}; }
};
static_assert(rl::ListedModel<HandModel>);

/// Counts its steps outside of itself.
struct Forgetful {
  using Observation = State;
  int* outside;
  int inside = 0;
  bool saves = true;

  State num_states() const { return 4; }
  Action num_actions() const { return 1; }
  bool available(State, Action) const { return true; }
  State reset(Rng&) { return 0; }
  Step<State> step(Action, Rng&) {
    ++inside;
    if (outside != nullptr) ++*outside;
    return {static_cast<double>(outside != nullptr ? *outside : inside), 1, false};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    if (saves) visit("inside", inside);
  }
};
static_assert(rl::FiniteEnvironment<Forgetful>);

}  // namespace

TEST_CASE("check model: sound worlds pass every check") {
  CHECK(failures_of(rl::check_model(problem_of(tests::random_walk(7), 1))).empty());
  CHECK(failures_of(rl::check_model(problem_of(tests::ring(5)))).empty());
  CHECK(failures_of(rl::check_model(problem_of(branching(), 1))).empty());
  CHECK(failures_of(rl::check_model(problem_of(noisy(-0.1, 1)))).empty());
}

TEST_CASE("check model: 300 random models raise no false alarm at 0.001 each") {
  // 0.3 alarms would be expected of a single sample; the second one makes each of them rarer still.
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::vector<Finding> findings =
        rl::check_model(problem_of(tests::random_mdp(seed)), {.samples = 200}, Rng(seed));
    CAPTURE(seed);
    CHECK(failures_of(findings).empty());
  }
}

TEST_CASE("check model: a changing world has each of its models checked") {
  rl::Problem p = problem_of(tests::ring(3));
  p.changing = rl::SwitchingEnvironment({tests::ring(3), tests::ring(3)}, {10});
  const std::vector<Finding> findings = rl::check_model(p);
  CHECK(all_pass(findings));
  CHECK(contains(findings.front().check, "(model 1)"));
  CHECK(std::any_of(findings.begin(), findings.end(),
                    [](const Finding& f) { return contains(f.check, "(model 2)"); }));
}

TEST_CASE("check rows: a sum off 1, a strange next state and an infinite reward are found") {
  CHECK(rl::check_rows(HandModel{}).passed);
  CHECK(rl::check_rows(HandModel{}).detail == "2 rows");
  const auto detail = [](HandModel::Row row) {
    const Finding f = rl::check_rows(HandModel{.bad_row = row});
    CHECK_FALSE(f.passed);
    return f.detail;
  };
  CHECK(detail({.p = 0.9}) == "state 1, action 0: probabilities sum to 0.9, not 1");
  CHECK(detail({.p = std::nan("")}) == "state 1, action 0: probabilities sum to nan, not 1");
  CHECK(detail({.to = 3}) == "state 1, action 0: leads to state 3, which is not in the model");
  CHECK(contains(detail({.reward = INFINITY}), "not a finite number"));
  CHECK(rl::check_rows(HandModel{.bad_state = true}).detail ==
        "state 1 is not terminal and has no action");
}

TEST_CASE("check terminals: an action that is available in a terminal state is found") {
  CHECK(rl::check_terminals(HandModel{}).detail == "1 terminal of 3 states");
  const Finding f = rl::check_terminals(HandModel{.open_end = true});
  CHECK_FALSE(f.passed);
  CHECK(f.detail == "state 2, action 0: available in a terminal state");
}

TEST_CASE("check start: states that no policy reaches are counted, not blamed") {
  const Finding all = rl::check_start(tests::random_walk(7));
  CHECK(all.passed);
  CHECK(all.detail == "1 start states; 0 of 7 states cannot be reached from them");
  // 0 -> 1 -> 2 -> 3, started in 2: the first two are never seen.
  const FiniteMdp to_the_right(4, 1,
                               [](State s, Action, std::vector<Outcome>& row) {
                                 row.push_back({1, 0, s + 1});
                               },
                               {.terminal = {3}});
  CHECK(rl::check_start(to_the_right.with_start(2)).detail ==
        "1 start states; 2 of 4 states cannot be reached from them");
}

TEST_CASE("check ends: gamma = 1 needs a way to the end from everywhere, smaller gammas do not") {
  CHECK(rl::check_ends(problem_of(tests::random_walk(5), 1)).detail == "every policy ends");
  const Finding ring = rl::check_ends(problem_of(tests::ring(3), 1));
  CHECK_FALSE(ring.passed);
  CHECK(ring.detail == "continuing: no state is terminal, and gamma is 1");
  CHECK(rl::check_ends(problem_of(tests::ring(3), 0.9)).passed);
  rl::Problem average = problem_of(tests::ring(3), 1);
  average.criterion = rl::Criterion::average;
  CHECK(rl::check_ends(average).passed);
  // 0 stays for ever, 1 chooses between 0 and the end 2.
  const FiniteMdp trap(3, 2,
                       [](State s, Action a, std::vector<Outcome>& row) {
                         row.push_back({1, 0, s == 1 && a == 1 ? 2 : 0});
                       },
                       {.terminal = {2}});
  CHECK_FALSE(rl::check_ends(problem_of(trap, 1)).passed);
  CHECK(rl::check_ends(problem_of(trap, 1)).detail ==
        "from state 0 no policy ends, and gamma is 1");
  // 0 may stay or end.
  const FiniteMdp choice(2, 2,
                         [](State, Action a, std::vector<Outcome>& row) {
                           row.push_back({1, 0, a});
                         },
                         {.terminal = {1}});
  CHECK(rl::check_ends(problem_of(choice, 1)).passed);
  CHECK(rl::check_ends(problem_of(choice, 1)).detail ==
        "some policy never ends, from 1 of 2 states");
}

TEST_CASE("check sampler: probabilities off by 0.06 are found, and the place is named") {
  const FiniteMdp model = branching();
  CHECK(all_pass(compare(model, sampler_of(model))));
  const FiniteMdp other(3, 1,
                        [](State s, Action, std::vector<Outcome>& row) {
                          row.push_back({0.2, 1, (s + 1) % 2});
                          row.push_back({0.3 + (s == 1 ? 0.06 : 0), -1, (s + 1) % 2});
                          row.push_back({0.5 - (s == 1 ? 0.06 : 0), 0, 2});
                        },
                        {.terminal = {2}});
  const std::vector<Finding> findings = compare(model, sampler_of(other));
  CHECK_FALSE(findings[0].passed);
  CHECK(contains(findings[0].detail, "state 1, action 0: chi-square"));
  CHECK_FALSE(contains(findings[0].detail, "more"));
  CHECK(findings[1].passed);
}

TEST_CASE("check sampler: an outcome that rarely comes up is missed by a model without it") {
  const FiniteMdp model = branching();
  const rl::StepSampler rare = [&](State s, Action a, Rng& rng) {
    return rng.flip(0.01) ? Step<State>{0, s, false} : model.sample(s, a, rng);
  };
  const std::vector<Finding> findings = compare(model, rare);
  CHECK_FALSE(findings[0].passed);
  CHECK(findings[0].detail == "state 0, action 0: state 0 is not in the row (and 1 more)");
}

TEST_CASE("check sampler: a reward that is not in the row, and a false terminal flag, are found") {
  const FiniteMdp model = branching();
  const rl::StepSampler reward = [&](State s, Action a, Rng& rng) {
    Step<State> x = model.sample(s, a, rng);
    if (x.next == 2) x.reward = 0.5;
    return x;
  };
  CHECK(compare(model, reward)[0].passed);
  CHECK_FALSE(compare(model, reward)[1].passed);
  CHECK(contains(compare(model, reward)[1].detail, "reward 0.5 on the way to state 2"));
  const rl::StepSampler flag = [&](State s, Action a, Rng& rng) {
    Step<State> x = model.sample(s, a, rng);
    x.terminated = false;
    return x;
  };
  CHECK_FALSE(compare(model, flag)[0].passed);
  CHECK(contains(compare(model, flag)[0].detail, "says not terminal, the model does not"));
}

TEST_CASE("check sampler: rewards of one next state swapped in frequency are found") {
  const FiniteMdp model = branching();
  const rl::StepSampler swapped = [&](State s, Action a, Rng& rng) {
    Step<State> x = model.sample(s, a, rng);
    x.reward = -x.reward;
    return x;
  };
  CHECK_FALSE(compare(model, swapped)[0].passed);
}

TEST_CASE("check sampler: noise with another mean, another spread or none is found") {
  const FiniteMdp model = noisy(2, 1);
  CHECK(all_pass(compare(model, sampler_of(model))));
  CHECK_FALSE(compare(model, sampler_of(noisy(2.2, 1)))[1].passed);
  CHECK_FALSE(compare(model, sampler_of(noisy(2, 1.2)))[1].passed);
  CHECK_FALSE(compare(model, sampler_of(noisy(2, 0)))[1].passed);
  CHECK(compare(model, sampler_of(noisy(2.2, 1)))[0].passed);
}

TEST_CASE("check sampler: of a large model some pairs are drawn, and the detail says which part") {
  const FiniteMdp model = tests::ring(50);  // 100 pairs
  int calls = 0;
  const rl::StepSampler counted = [&](State s, Action a, Rng& rng) {
    ++calls;
    return model.sample(s, a, rng);
  };
  const std::vector<Finding> findings =
      rl::check_sampler(model, counted, {.samples = 10, .max_draws = 300}, Rng(1));
  CHECK(calls == 25 * 10);  // 1 + 1000 / 300 = 4: every fourth pair
  CHECK(contains(findings[0].detail, "25 pairs (one in 4), 10 draws of each"));
}

TEST_CASE("check runs: what is hidden from copies or from the saved state is found") {
  const auto check = [](Forgetful e) { return rl::check_runs(e, rl::kNoLimit, {}, Rng(1)); };
  CHECK(check({.outside = nullptr}).passed);
  int outside = 0;
  CHECK(check({.outside = &outside}).detail == "two runs of one seed differ at step 1");
  CHECK_FALSE(check({.outside = &outside}).passed);
  // Saved and restored after step 1000 of 2000: the difference shows at once.
  CHECK(check({.outside = nullptr, .saves = false}).detail ==
        "two runs of one seed differ at step 1001");
}
