#include "rl/experiment/experiment.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "envs/all.hpp"
#include "tests/numbers.hpp"
#include "tests/rl/experiment/experiments.hpp"

using rl::ExperimentResult;
using rl::RunId;
using rl::RunRecord;
using rl::RunStatus;
using tests::kInfinity;

namespace {

bool same_bits(const rl::Evaluation& a, const rl::Evaluation& b) {
  const auto same = [&](double rl::Evaluation::*value) {
    return std::bit_cast<std::uint64_t>(a.*value) == std::bit_cast<std::uint64_t>(b.*value);
  };
  return a.step == b.step && a.episode == b.episode &&
         std::all_of(std::begin(rl::kEvaluationMetrics), std::end(rl::kEvaluationMetrics),
                     [&](const rl::EvaluationMetric& metric) { return same(metric.value); });
}

bool same_curve(const RunRecord& a, const RunRecord& b) {
  if (a.curve.size() != b.curve.size()) return false;
  for (std::size_t i = 0; i < a.curve.size(); ++i)
    if (!same_bits(a.curve[i], b.curve[i])) return false;
  return a.status == b.status && a.steps == b.steps && a.episodes == b.episodes;
}

bool same_runs(const ExperimentResult& a, const ExperimentResult& b) {
  if (a.runs.size() != b.runs.size()) return false;
  for (std::size_t i = 0; i < a.runs.size(); ++i)
    if (!same_curve(a.runs[i], b.runs[i])) return false;
  return true;
}

/// Keeps records in memory, as a results folder keeps them on disk.
struct Shelf {
  std::mutex mutex;
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, RunRecord> records;

  rl::ExperimentHooks hooks() {
    rl::ExperimentHooks h;
    h.restore = [this](const RunId& id) -> std::optional<RunRecord> {
      const std::lock_guard lock(mutex);
      const auto it = records.find({id.contender, id.world, id.seed});
      return it == records.end() ? std::nullopt : std::optional(it->second);
    };
    h.keep = [this](const RunId& id, const RunRecord& record) {
      const std::lock_guard lock(mutex);
      records[{id.contender, id.world, id.seed}] = record;
    };
    return h;
  }
};

std::string refused(const rl::Experiment& e) {
  try {
    rl::run_experiment(e);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("experiment: every run is evaluated at 0, at each distance and at the end") {
  rl::Experiment e = tests::corridor_experiment();
  e.budget.steps = 250;
  const ExperimentResult result = rl::run_experiment(e);
  REQUIRE(result.runs.size() == 12);
  for (const RunRecord& run : result.runs) {
    CHECK(run.status == RunStatus::complete);
    REQUIRE(run.curve.size() == 4);
    CHECK(run.curve[0].step == 0);
    CHECK(run.curve[1].step == 100);
    CHECK(run.curve[2].step == 200);
    CHECK(run.curve[3].step == 250);
  }
  CHECK_FALSE(result.cancelled);
}

TEST_CASE("experiment: the default distance is a 20th of the budget, at least 1") {
  rl::Experiment e = tests::corridor_experiment();
  e.eval_every = 0;
  CHECK(rl::evaluation_distance(e) == 50);
  e.budget.steps = 7;
  CHECK(rl::evaluation_distance(e) == 1);
}

TEST_CASE("experiment: a learner that knows nothing scores as the random policy") {
  rl::Experiment e = tests::corridor_experiment();
  e.seeds = {5};
  const RunRecord run = rl::run_experiment(e).runs[0];
  // All estimates are 0, so the greedy policy is uniform, and the largest error is max |q*|: the
  // action left in state 0.
  const rl::Truth truth = rl::exact_truth(tests::corridor());
  const std::vector<double> q = truth.exact({rl::Quantity::q_star, {}, 0});
  CHECK(run.curve[0].score == 0);
  CHECK(run.curve[0].greedy_return == doctest::Approx(truth.random_return).epsilon(1e-12));
  CHECK(run.curve[0].value_error == doctest::Approx(-q[0]).epsilon(1e-12));
  CHECK(std::isnan(run.curve[0].train_return));
}

TEST_CASE("experiment: Q-learning reaches the optimal return, and return and regret add up to it") {
  const rl::Experiment e = tests::corridor_experiment();
  const ExperimentResult result = rl::run_experiment(e);
  const double optimal = rl::exact_truth(tests::corridor()).optimal_return;
  for (std::size_t seed = 0; seed < 4; ++seed) {
    const RunRecord& run = result.runs[rl::run_index(e, {0, 0, seed})];
    CHECK(run.curve.back().score == doctest::Approx(1).epsilon(1e-9));
    CHECK(run.curve.back().value_error < run.curve.front().value_error);
    for (const rl::Evaluation& x : run.curve)
      CHECK(x.greedy_return + x.regret == doctest::Approx(optimal).epsilon(1e-12));
  }
}

TEST_CASE(
    "experiment: train/return is the mean reward sum of the episodes since the last evaluation") {
  rl::Experiment e = tests::corridor_experiment();
  e.seeds = {1};
  const RunRecord run = rl::run_experiment(e).runs[0];
  // Every step pays -1, so the episodes that end by an evaluation cost about the steps between:
  // |sum over intervals of episodes * mean| is the steps of all ended episodes.
  double steps = 0;
  for (std::size_t i = 1; i < run.curve.size(); ++i)
    steps -= run.curve[i].train_return *
             static_cast<double>(run.curve[i].episode - run.curve[i - 1].episode);
  CHECK(steps <= 1000);
  CHECK(steps > 900);
  CHECK(steps == doctest::Approx(std::round(steps)).epsilon(1e-12));
}

TEST_CASE(
    "experiment: train/td_error_abs is the mean |delta| of the first steps since the last one") {
  rl::Experiment e = tests::corridor_experiment();
  e.contenders = {tests::contender("q_learning")};
  e.seeds = {1};
  e.budget.steps = 2 * rl::kWatchedSteps + 200;
  e.eval_every = rl::kWatchedSteps + 100;
  const RunRecord run = rl::run_experiment(e).runs[0];
  REQUIRE(run.curve.size() == 3);
  CHECK(std::isnan(run.curve[0].train_td_error));
  rl::AnyRunner same =
      e.contenders[0].algorithm->make_learner(tests::corridor(), {}, rl::Streams(1));
  same.trace().enable(true);
  for (std::size_t i = 1; i < 3; ++i) {
    double sum = 0;
    for (std::int64_t step = 0; step < e.eval_every; ++step) {
      same.advance();
      if (step < rl::kWatchedSteps) sum += std::abs(same.trace().updates()[0].delta);
    }
    CHECK(run.curve[i].train_td_error == doctest::Approx(sum / rl::kWatchedSteps).epsilon(1e-12));
  }
}

TEST_CASE("experiment: train/epsilon is the exploration rate at the evaluation, none without one") {
  rl::Experiment e = tests::corridor_experiment();
  e.contenders = {tests::contender("sarsa", R"({"epsilon": {"linear": [1, 0, 1000]}})"),
                  tests::contender("fragile", R"({"lasts": 2000})")};
  e.seeds = {1};
  const ExperimentResult result = rl::run_experiment(e);
  for (const rl::Evaluation& x : result.runs[0].curve)
    CHECK(x.train_epsilon == doctest::Approx(1 - static_cast<double>(x.step) / 1000));
  for (const rl::Evaluation& x : result.runs[1].curve) {
    CHECK(std::isnan(x.train_epsilon));
    CHECK(std::isnan(x.train_td_error));  // it shows no updates
  }
}

TEST_CASE("experiment: a score needs finite returns that differ") {
  CHECK(rl::has_score(-10, -5));
  CHECK_FALSE(rl::has_score(-5, -5));
  CHECK_FALSE(rl::has_score(-5, -5 + 1e-12));
  CHECK_FALSE(rl::has_score(-kInfinity, -5));
  CHECK_FALSE(rl::has_score(-5, kInfinity));
  CHECK_FALSE(rl::has_score(std::nan(""), -5));
}

TEST_CASE("experiment: to lose for ever scores 0; to gain for ever, or neither, has no score") {
  const auto score = [](double greedy_return) {
    rl::Experiment e = tests::corridor_experiment();
    e.truth = [=](const rl::Problem& p, const rl::FiniteMdp& m) {
      rl::Truth truth = rl::exact_truth(p, m);
      truth.policy_return = [=](const rl::TabularPolicy&) { return greedy_return; };
      return truth;
    };
    return rl::run_experiment(e).runs[0].curve[0].score;
  };
  CHECK(score(-kInfinity) == 0);
  CHECK(std::isnan(score(kInfinity)));
  CHECK(std::isnan(score(std::nan(""))));
}

TEST_CASE("experiment: one thread and two give the same bits") {
  rl::Experiment e = tests::corridor_experiment();
  const ExperimentResult one = rl::run_experiment(e);
  e.threads = 2;
  CHECK(same_runs(one, rl::run_experiment(e)));
}

TEST_CASE(
    "experiment: other seeds give other runs, and a run does not depend on what runs beside it") {
  rl::Experiment e = tests::corridor_experiment();
  const ExperimentResult all = rl::run_experiment(e);
  CHECK_FALSE(same_curve(all.runs[0], all.runs[1]));
  e.contenders = {e.contenders[1]};
  e.seeds = {3};
  CHECK(same_curve(rl::run_experiment(e).runs[0], all.runs[4 + 2]));
}

TEST_CASE("experiment: N steps and the rest later are 2N steps at once, off the grid as well") {
  for (const std::int64_t first : {300, 333, 999}) {
    Shelf shelf;
    rl::Experiment e = tests::corridor_experiment();
    e.budget.steps = first;
    rl::run_experiment(e, shelf.hooks());
    e.budget.steps = 1000;
    const ExperimentResult in_two = rl::run_experiment(e, shelf.hooks());
    CHECK(same_runs(in_two, rl::run_experiment(e)));
  }
}

TEST_CASE("experiment: a run that was cut off goes on as if it had not been") {
  rl::Experiment e = tests::corridor_experiment();
  e.budget.steps = 200'000;
  e.eval_every = 150'000;  // questions come every 65,536 steps
  e.seeds = {1, 2};
  const ExperimentResult at_once = rl::run_experiment(e);
  Shelf shelf;
  rl::ExperimentHooks hooks = shelf.hooks();
  int questions = 0;
  hooks.cancelled = [&] { return ++questions > 4; };
  const ExperimentResult cut = rl::run_experiment(e, hooks);
  CHECK(cut.cancelled);
  CHECK(cut.runs[0].status == RunStatus::cut_off);
  CHECK(cut.runs[0].steps > 0);
  CHECK(cut.runs[0].steps < 200'000);
  CHECK(shelf.records.size() == 1);
  CHECK(same_runs(rl::run_experiment(e, shelf.hooks()), at_once));
}

TEST_CASE("experiment: however early it is cancelled, the result has what was complete before") {
  Shelf shelf;
  rl::Experiment e = tests::corridor_experiment();
  e.seeds = {1, 2};
  const ExperimentResult before = rl::run_experiment(e, shelf.hooks());
  e.seeds = {1, 2, 3};
  rl::ExperimentHooks hooks = shelf.hooks();
  hooks.cancelled = [] { return true; };
  const ExperimentResult result = rl::run_experiment(e, hooks);
  CHECK(result.cancelled);
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t s = 0; s < 2; ++s)
      CHECK(same_curve(result.runs[3 * c + s], before.runs[2 * c + s]));
    CHECK(result.runs[3 * c + 2].status == RunStatus::cut_off);
  }
}

TEST_CASE("experiment: an evaluation that was interrupted is made when the run goes on") {
  rl::Experiment e = tests::corridor_experiment();
  e.contenders.resize(1);
  e.seeds = {1};
  e.budget.steps = 950;  // evaluated at 0, 100, .. 900, 950
  const ExperimentResult at_once = rl::run_experiment(e);
  REQUIRE(at_once.runs[0].curve.size() == 11);
  for (int made = 0; made < 11; ++made) {
    CAPTURE(made);
    rl::Experiment interrupted = e;
    interrupted.truth = [made](const rl::Problem& p, const rl::FiniteMdp& m) {
      rl::Truth truth = rl::exact_truth(p, m);
      truth.policy_return = [exact = truth.policy_return,
                             left = made](const rl::TabularPolicy& policy) mutable {
        if (left-- == 0) throw rl::Interrupted();
        return exact(policy);
      };
      return truth;
    };
    Shelf shelf;
    const ExperimentResult cut = rl::run_experiment(interrupted, shelf.hooks());
    CHECK(cut.cancelled);
    CHECK(cut.runs[0].curve.size() == static_cast<std::size_t>(made));
    CHECK(same_runs(rl::run_experiment(e, shelf.hooks()), at_once));
  }
}

TEST_CASE(
    "experiment: planning that is interrupted cancels it, planning that fails names the world") {
  rl::Experiment e = tests::corridor_experiment();
  e.truth = [](const rl::Problem&, const rl::FiniteMdp&) -> rl::Truth { throw rl::Interrupted(); };
  CHECK(rl::run_experiment(e).cancelled);
  e.truth = [](const rl::Problem&, const rl::FiniteMdp&) -> rl::Truth {
    throw std::invalid_argument("no end");
  };
  CHECK(refused(e) == "corridor: no end");
}

TEST_CASE("experiment: a complete run is not made again, nor planned for") {
  Shelf shelf;
  const rl::Experiment e = tests::corridor_experiment();
  const ExperimentResult first = rl::run_experiment(e, shelf.hooks());
  rl::ExperimentHooks hooks = shelf.hooks();
  hooks.keep = [](const RunId&, const RunRecord&) { FAIL("a run was made again"); };
  rl::Experiment again = e;
  again.truth = [](const rl::Problem&, const rl::FiniteMdp&) -> rl::Truth {
    throw std::invalid_argument("planned again");
  };
  CHECK(same_runs(rl::run_experiment(again, hooks), first));
}

TEST_CASE("experiment: processes that share one count make each run once, and all together") {
  rl::Experiment e = tests::corridor_experiment();
  e.threads = 2;
  const ExperimentResult alone = rl::run_experiment(e);
  Shelf shelf;
  std::atomic<std::size_t> count = 0;
  std::atomic<int> kept = 0;
  rl::ExperimentHooks hooks = shelf.hooks();
  hooks.restore = {};
  hooks.next = [&] { return count++; };
  hooks.keep = [&, keep = hooks.keep](const RunId& id, const RunRecord& record) {
    ++kept;
    keep(id, record);
  };
  ExperimentResult first, second;
  {
    const std::jthread other([&] { first = rl::run_experiment(e, hooks); });
    second = rl::run_experiment(e, hooks);
  }
  CHECK_FALSE(first.cancelled);
  CHECK_FALSE(second.cancelled);
  CHECK(kept == 12);
  CHECK(shelf.records.size() == 12);
  for (std::size_t i = 0; i < alone.runs.size(); ++i) {
    const bool ours = first.runs[i].status == RunStatus::complete;
    CHECK(ours != (second.runs[i].status == RunStatus::complete));
    CHECK(same_curve(ours ? first.runs[i] : second.runs[i], alone.runs[i]));
  }
}

TEST_CASE("experiment: of a shared count the numbers of complete runs are passed over") {
  Shelf shelf;
  const rl::Experiment e = tests::corridor_experiment();
  const ExperimentResult alone = rl::run_experiment(e, shelf.hooks());
  shelf.records.erase({1, 0, 0});  // number 1: seed by seed, then learner by learner
  shelf.records.erase({2, 0, 3});  // number 11
  std::vector<std::size_t> made;
  std::size_t count = 0;
  rl::ExperimentHooks hooks = shelf.hooks();
  hooks.next = [&] { return count++; };
  hooks.keep = [&](const RunId& id, const RunRecord&) { made.push_back(run_index(e, id)); };
  CHECK(same_runs(rl::run_experiment(e, hooks), alone));
  CHECK(made == std::vector<std::size_t>{run_index(e, {1, 0, 0}), run_index(e, {2, 0, 3})});
  CHECK(count == 12);
}

TEST_CASE("experiment: of a shared count, what others were given counts as made in the progress") {
  const rl::Experiment e = tests::corridor_experiment();
  std::size_t count = 0;
  std::vector<double> fractions;
  rl::ExperimentHooks hooks;
  hooks.next = [&] { return count += 4; };  // 4, 8, and 12, which no run has
  hooks.progress = [&](double fraction) { fractions.push_back(fraction); };
  rl::run_experiment(e, hooks);
  CHECK(fractions.front() == doctest::Approx(4.0 / 12));
  CHECK(fractions.back() == doctest::Approx(9.0 / 12));
  CHECK(std::is_sorted(fractions.begin(), fractions.end()));
}

TEST_CASE("experiment: a checkpoint of something else means that the run begins anew") {
  Shelf shelf;
  rl::Experiment e = tests::corridor_experiment();
  e.budget.steps = 500;
  rl::run_experiment(e, shelf.hooks());
  for (auto& [id, record] : shelf.records) record.checkpoint = "not this run's";
  e.budget.steps = 1000;
  CHECK(same_runs(rl::run_experiment(e, shelf.hooks()), rl::run_experiment(e)));
}

TEST_CASE("experiment: a run that breaks has failed with its reason, the others go on") {
  rl::Experiment e = tests::corridor_experiment();
  e.contenders = {tests::contender("fragile"), tests::contender("fragile", R"({"lasts": -250})"),
                  tests::contender("sarsa")};
  const ExperimentResult result = rl::run_experiment(e);
  CHECK(result.runs[0].status == RunStatus::failed);
  CHECK(result.runs[0].error == "diverged: an estimate is not finite after 100 steps");
  CHECK(result.runs[0].curve.size() == 1);
  CHECK(result.runs[4].error == "broken");
  CHECK(result.runs[4].curve.back().step == 200);
  CHECK(result.runs[8].status == RunStatus::complete);
  CHECK_FALSE(result.cancelled);
}

TEST_CASE("experiment: a budget in episodes counts evaluations in episodes") {
  rl::Experiment e = tests::corridor_experiment();
  e.budget = {.steps = rl::kNoLimit, .episodes = 45};
  e.eval_every = 20;
  for (const RunRecord& run : rl::run_experiment(e).runs) {
    REQUIRE(run.curve.size() == 4);
    CHECK(run.curve[1].episode == 20);
    CHECK(run.curve[2].episode == 40);
    CHECK(run.curve[3].episode == 45);
    CHECK(run.steps > 45 * 4 - 1);
  }
}

TEST_CASE("experiment: all learners of a seed meet the same drawn world, each seed its own") {
  rl::Registry worlds;
  rl::add_worlds(worlds);
  std::mutex mutex;
  std::set<std::uint64_t> made;  // the first is made once more, to ask who accepts it
  rl::Experiment e = tests::corridor_experiment();
  e.worlds = {{.name = "bandit",
               .make =
                   [&](std::uint64_t seed) {
                     const std::lock_guard lock(mutex);
                     made.insert(seed);
                     return worlds.world("bandit").make({}, {.rng = rl::Rng(seed).split("world")});
                   },
               .drawn = true}};
  e.threads = 2;
  const ExperimentResult result = rl::run_experiment(e);
  CHECK(made == std::set<std::uint64_t>{1, 2, 3, 4});
  CHECK(result.runs[0].optimal_return == result.runs[4].optimal_return);  // sarsa, same seed
  CHECK(result.runs[0].optimal_return != result.runs[1].optimal_return);  // another seed
}

TEST_CASE("experiment: the exact answers follow a world that changes") {
  rl::Registry worlds;
  rl::add_worlds(worlds);
  rl::Experiment e = tests::corridor_experiment();
  e.worlds = {{.name = "blocking_maze",
               .make = [&](std::uint64_t) { return worlds.world("blocking_maze").make({}, {}); }}};
  const rl::Problem maze = e.worlds[0].make(0);
  REQUIRE(maze.changing);
  const std::int64_t change = maze.changing->at_step()[0];
  e.contenders = {tests::contender("q_learning")};
  e.seeds = {1};
  e.budget.steps = 2 * change;
  e.eval_every = change / 2;
  const RunRecord run = rl::run_experiment(e).runs[0];
  const auto optimal = [&](std::size_t model) {
    return rl::exact_truth(maze, maze.changing->models()[model]).optimal_return;
  };
  REQUIRE(run.curve.size() == 5);
  CHECK(optimal(0) != optimal(1));
  CHECK(run.curve[1].greedy_return + run.curve[1].regret == doctest::Approx(optimal(0)));
  CHECK(run.curve[2].greedy_return + run.curve[2].regret == doctest::Approx(optimal(1)));
}

TEST_CASE("experiment: progress grows from run to run and ends at 1") {
  double last = -1;
  rl::ExperimentHooks hooks;
  hooks.progress = [&](double fraction) {
    CHECK(fraction >= last - 1e-12);
    last = fraction;
  };
  rl::Experiment e = tests::corridor_experiment();
  e.threads = 2;
  rl::run_experiment(e, hooks);
  CHECK(last == doctest::Approx(1));
}

TEST_CASE("experiment: progress counts what this call has to make, and is not 1 when cut off") {
  rl::Experiment e = tests::corridor_experiment();
  e.contenders.resize(1);
  e.seeds = {1};
  e.budget.steps = 400'000;
  e.eval_every = 100'000;
  Shelf shelf;
  std::vector<double> told;
  rl::ExperimentHooks hooks = shelf.hooks();
  hooks.progress = [&](double fraction) { told.push_back(fraction); };
  hooks.cancelled = [&] { return !told.empty() && told.back() > 0.49; };
  CHECK(rl::run_experiment(e, hooks).cancelled);
  CHECK(told.front() == 0);
  CHECK(told.back() == doctest::Approx(0.5));

  told.clear();
  hooks.cancelled = {};
  CHECK_FALSE(rl::run_experiment(e, hooks).cancelled);
  CHECK(told.front() == 0);
  CHECK(std::count(told.begin(), told.end(), doctest::Approx(0.5)) == 1);  // at 300 000 steps
  CHECK(told.back() == doctest::Approx(1));
}

TEST_CASE("experiment: what cannot run is refused before anything runs") {
  const rl::Experiment good = tests::corridor_experiment();
  rl::Experiment e = good;
  e.contenders = {};
  CHECK(refused(e) == "experiment: needs at least one learner");
  e = good;
  e.seeds = {};
  CHECK(refused(e) == "experiment: needs at least one seed");
  e = good;
  e.worlds.push_back(e.worlds[0]);
  CHECK(refused(e) == "world 'corridor' stands twice");
  e = good;
  e.contenders.push_back(tests::contender("sarsa", R"({"alpha": 7})"));
  CHECK(refused(e).find("sarsa: option 'alpha': 7") == 0);
  e = good;
  e.budget.steps = rl::kNoLimit;
  CHECK(refused(e) == "experiment: needs a budget");
}

TEST_CASE("experiment: a number of episodes is no limit where none ends") {
  rl::Registry worlds;
  rl::add_worlds(worlds);
  rl::Experiment e = tests::corridor_experiment();
  e.worlds[0].make = [&](std::uint64_t) { return worlds.world("mfrl_5x5").make({}, {}); };
  e.budget = {.steps = rl::kNoLimit, .episodes = 10};
  CHECK(refused(e).find("a number of episodes is no limit: give --steps or --episode-steps") !=
        std::string::npos);
}

TEST_CASE("experiment: a learner that a world refuses is named with the reason") {
  rl::Registry worlds;
  rl::add_worlds(worlds);
  rl::Experiment e = tests::corridor_experiment();
  e.worlds[0] = {.name = "access_control", .make = [&](std::uint64_t) {
                   return worlds.world("access_control").make({}, {});
                 }};
  CHECK(refused(e).find("q_learning cannot learn in access_control: access_control is an "
                        "average-reward problem") == 0);
}

TEST_CASE("experiment: variants name the options in which contenders of one learner differ") {
  std::vector<rl::Contender> c = {
      tests::contender("sarsa", R"({"alpha": 0.1, "epsilon": 0.2})"),
      tests::contender("sarsa", R"({"alpha": 0.5, "epsilon": 0.2})"),
      tests::contender("q_learning", R"({"epsilon": 0.2})"),
  };
  rl::name_variants(c);
  CHECK(c[0].label() == "sarsa:alpha=0.1");
  CHECK(c[1].label() == "sarsa:alpha=0.5");
  CHECK(c[2].label() == "q_learning");
  // A default that is spelled out is the same as one that is not.
  std::vector<rl::Contender> twice = {tests::contender("sarsa"),
                                      tests::contender("sarsa", R"({"q0": 0})")};
  CHECK_THROWS_WITH_AS(rl::name_variants(twice),
                       "learner 'sarsa' stands twice with the same options", std::invalid_argument);
}
