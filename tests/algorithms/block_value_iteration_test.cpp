#include "algorithms/dynamic_programming/block_value_iteration.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/blocks.hpp"
#include "envs/grid_world/world.hpp"
#include "tests/algorithms/block_models.hpp"
#include "tests/algorithms/random_grid.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/errors.hpp"

namespace rl::test {

namespace {

using tests::error_of;

constexpr double kAnyNumber = std::numeric_limits<double>::infinity();

/// Blocks of so few states as soon as may be, whatever they read of each other.
BlockRules blocks_of(std::size_t size) {
  return {.size = size, .first_sweeps = 2, .most_plain_sweeps = -1, .most_read = kAnyNumber};
}

/// Runs to the end, and returns the planner with what it knows.
BlockValueIteration planned_by_blocks(const FiniteMdp& model, double gamma,
                                      const BlockOptions& options = {},
                                      const BlockRules& rules = {}) {
  BlockValueIteration planner(model, gamma, options, rules);
  while (planner.advance()) {
  }
  return planner;
}

/// The slippery grid of n x n cells as a table.
FiniteMdp slippery(int n) { return slippery_grid({.n = n}, WorldContext{}).model; }

}  // namespace

TEST_CASE("block value iteration: by hand, a line of states that are left half of the time") {
  // The last state is worth 1 / (1 - .8) = 5. v = .4 v + .4 v_next elsewhere: 2 / 3 of the next.
  const BlockValueIteration planner = planned_by_blocks(slow_line(9), 0.8, {}, blocks_of(2));
  CHECK(planner.by_blocks());
  for (State s = 0; s < 9; ++s)
    CHECK(std::abs(planner.values()[s] - 5 * std::pow(2.0 / 3, 8 - s)) <= 1e-6);
}

TEST_CASE("blocks: staying is summed up, terminal states are left out, readers are known") {
  // 0 and 1 lead to 1 and 2 half of the time, to the terminal state 3 sometimes; 2 only stays.
  const FiniteMdp model(4, 2,
                        [](State s, Action a, std::vector<Outcome>& row) {
                          if (s == 2)
                            row = {{1, a == 0 ? 1.0 : 3.0, s}};
                          else if (a == 0)
                            row = {{0.25, 6, s}, {0.5, 6, s + 1}, {0.25, 6, 3}};
                        },
                        {.terminal = {3}});
  const auto blocks = detail::cut_into_blocks(model, 0.8, 2, kAnyNumber);
  REQUIRE(blocks);
  REQUIRE(blocks->size() == 2);
  const detail::Block& first = blocks->front();
  CHECK(first.num_own == 2);
  CHECK(first.states == std::vector<State>{0, 1, 2});
  CHECK(first.rows_begin == std::vector<std::uint32_t>{0, 1, 2});
  CHECK(first.width == 1);
  CHECK(first.next == std::vector<std::uint16_t>{1, 2});
  CHECK(first.kind == std::vector<std::uint8_t>{0, 0});
  // r' = 6 / (1 - .8 / 4), p' = .8 / 2 / (1 - .8 / 4)
  CHECK(first.numbers == std::vector<double>{6 / (1 - 0.8 * 0.25), 0.8 * 0.5 / (1 - 0.8 * 0.25)});
  CHECK(first.readers.empty());
  const detail::Block& second = blocks->back();
  CHECK(second.states == std::vector<State>{2});
  CHECK(second.rows_begin == std::vector<std::uint32_t>{0, 0});
  CHECK(second.if_staying[0] == doctest::Approx(3 / (1 - 0.8)));
  REQUIRE(second.readers.size() == 1);
  CHECK(second.readers[0].block == 0);
  CHECK(second.read == std::vector<std::uint16_t>{0});
}

TEST_CASE("block value iteration: no bound of 10,000 random problems is below the error") {
  constexpr double kGammas[] = {0, 0.3, 0.5, 0.9, 0.99, 0.999};
  int violated = 0;
  int unconverged = 0;
  int by_blocks = 0;
  for (int i = 0; i < 10'000; ++i) {
    Rng rng = Rng(43).split(static_cast<std::uint64_t>(i));
    const FiniteMdp model = random_mdp(rng, rng.flip(0.5));
    const double gamma = kGammas[rng.index(6)];
    const double tolerance =
        std::max(std::pow(10, -10 * rng.uniform()), least_tolerance_of_blocks(model, gamma));
    const BlockRules rules = blocks_of(static_cast<std::size_t>(1 + rng.index(4)));
    BlockValueIteration planner(model, gamma, {.tolerance = tolerance}, rules);
    const std::int32_t last = rng.flip(0.3) ? rng.index(6) : 1'000'000;
    for (std::int32_t k = 0; k < last && planner.advance(); ++k) {
    }
    const Plan plan = planner.plan();
    const Exact exact = optimum_in_long_double(model, static_cast<long double>(gamma));
    violated += largest_error(model, plan.v, exact) <= plan.error_bound.value() ? 0 : 1;
    violated += plan.converged && plan.error_bound > tolerance ? 1 : 0;
    unconverged += plan.converged || last < 6 ? 0 : 1;
    by_blocks += planner.by_blocks() ? 1 : 0;
  }
  CHECK(violated == 0);
  CHECK(unconverged == 0);
  CHECK(by_blocks > 5'000);
}

TEST_CASE("block value iteration: no bound of 1,000 random windy grids is below the error") {
  constexpr double kGammas[] = {0.3, 0.9, 0.99};
  int violated = 0;
  int by_blocks = 0;
  for (int i = 0; i < 1'000; ++i) {
    Rng rng = Rng(53).split(static_cast<std::uint64_t>(i));
    GridDescription grid = random_cross_grid(rng, 2 + rng.index(5), 2 + rng.index(5)).description();
    for (int col = 0; col < grid.cols; ++col) grid.wind.push_back(rng.index(3));
    grid.stochastic_wind = rng.flip(0.5);
    const GridModel windy(grid);
    const FiniteMdp table = table_of(windy);
    const double gamma = kGammas[rng.index(3)];
    const BlockValueIteration planner = planned_by_blocks(table, gamma, {}, blocks_of(4));
    const Exact exact = optimum_in_long_double(table, static_cast<long double>(gamma));
    const Plan by_cells = value_iteration(windy, gamma, {.tolerance = 1e-6});
    for (const Plan& plan : {planner.plan(), by_cells}) {
      violated += plan.converged && *plan.error_bound <= 1e-6 ? 0 : 1;
      violated += largest_error(table, plan.v, exact) <= *plan.error_bound ? 0 : 1;
    }
    by_blocks += planner.by_blocks() ? 1 : 0;
  }
  CHECK(violated == 0);
  CHECK(by_blocks > 500);
}

TEST_CASE("block value iteration: agrees with plain sweeps where rows of numbers repeat") {
  const FiniteMdp model = slippery(100);
  const BlockValueIteration planner = planned_by_blocks(model, 0.95);
  CHECK(planner.by_blocks());
  CHECK(agrees_with_plain_sweeps(planner.plan(), model, 0.95));
}

TEST_CASE("block value iteration: agrees with plain sweeps where each row has its own numbers") {
  for (const std::int32_t outcomes : {1, 2, 3, 4, 5, 9}) {
    const FiniteMdp model = random_graph(1500, 20, outcomes);
    const BlockValueIteration planner =
        planned_by_blocks(model, 0.97, {}, {.first_sweeps = 2, .most_plain_sweeps = 0});
    CAPTURE(outcomes);
    CHECK(planner.by_blocks());
    CHECK(agrees_with_plain_sweeps(planner.plan(), model, 0.97));
  }
}

TEST_CASE("block value iteration: what mixes well is swept plainly") {
  const FiniteMdp model = random_graph(2000, 0, 3);
  const BlockValueIteration planner = planned_by_blocks(model, 0.99);
  CHECK_FALSE(planner.by_blocks());
  const Plan plain = value_iteration(model, 0.99, {.tolerance = 1e-6});
  CHECK(planner.plan().sweeps == plain.sweeps);
  CHECK(equal_in_bytes(planner.plan().v, plain.v));
}

TEST_CASE("block value iteration: the first sweeps' promise is not believed for ever") {
  // Near neighbours even out in a few sweeps, the ring as a whole in hundreds.
  const FiniteMdp model = random_graph(3000, 20, 3);
  BlockValueIteration planner(model, 0.99);
  for (int sweep = 0; sweep < 8; ++sweep) planner.advance();
  CHECK_FALSE(planner.by_blocks());
  while (planner.advance()) {
  }
  CHECK(planner.by_blocks());
  CHECK(agrees_with_plain_sweeps(planner.plan(), model, 0.99));
}

TEST_CASE("block value iteration: no neighbourhoods, no blocks, whatever the sweeps promise") {
  const FiniteMdp model = random_graph(2000, 0, 3);
  const BlockValueIteration planner = planned_by_blocks(model, 0.99, {}, {.most_plain_sweeps = 0});
  CHECK_FALSE(planner.by_blocks());
  CHECK(planner.plan().converged);
}

TEST_CASE("blocks: one that has and reads more states than 16 bits number is none") {
  // State 0 leads to all of the first `reached` states, which only stay.
  const auto hub = [](State reached) {
    return FiniteMdp(65'537, 1, [reached](State s, Action, std::vector<Outcome>& row) {
      for (State next = 0; s == 0 && next < reached; ++next)
        row.push_back({1.0 / reached, 1, next});
      if (s > 0) row.push_back({1, 0, s});
    });
  };
  CHECK(detail::cut_into_blocks(hub(65'536), 0.9, 512, kAnyNumber));
  CHECK_FALSE(detail::cut_into_blocks(hub(65'537), 0.9, 512, kAnyNumber));
}

TEST_CASE("block value iteration: where blocks take too long plain sweeps go on") {
  const FiniteMdp model = slippery(40);
  BlockRules impatient = blocks_of(64);
  impatient.patience = 0;
  BlockValueIteration planner(model, 0.95, {}, impatient);
  bool had_blocks = false;
  while (planner.advance()) had_blocks = had_blocks || planner.by_blocks();
  CHECK(had_blocks);
  CHECK_FALSE(planner.by_blocks());
  CHECK(agrees_with_plain_sweeps(planner.plan(), model, 0.95));
}

TEST_CASE("block value iteration: a copy goes on as the original does") {
  const FiniteMdp model = slippery(60);
  BlockValueIteration planner(model, 0.99);
  while (!planner.by_blocks()) REQUIRE(planner.advance());
  planner.advance();
  BlockValueIteration copy = planner;
  while (planner.advance()) {
  }
  CHECK_FALSE(copy.progress().error_bound.has_value());
  while (copy.advance()) {
  }
  CHECK(equal_in_bytes(copy.values(), planner.values()));
  CHECK(planner.progress().error_bound == copy.progress().error_bound);
  CHECK(equal_in_bytes(planner.values(), planned_by_blocks(model, 0.99).values()));
}

TEST_CASE("block value iteration: a limit stops it unconverged, with a bound that holds") {
  const FiniteMdp model = slippery(60);
  const Plan exact = value_iteration(model, 0.99);
  for (const std::int64_t limit : {1, 8, 9, 20}) {
    const BlockValueIteration planner = planned_by_blocks(model, 0.99, {.max_sweeps = limit});
    const Plan plan = planner.plan();
    CAPTURE(limit);
    CHECK(planner.by_blocks() == (limit >= 8));
    CHECK_FALSE(plan.converged);
    // The visit in which the limit is reached is finished: up to 5 sweeps of 512 of 3,600 states.
    CHECK(plan.sweeps <= limit + 1);
    CHECK(*plan.error_bound > 1e-6);
    CHECK((plan.v - exact.v).lpNorm<Eigen::Infinity>() <= *plan.error_bound);
  }
}

TEST_CASE("block value iteration: refuses, with the reason, what it cannot certify") {
  const FiniteMdp model = slow_line(5);
  const auto refused = [&](double gamma, double tolerance) {
    return error_of([&] { BlockValueIteration(model, gamma, {.tolerance = tolerance}); });
  };
  CHECK(refused(1, 1e-6) == "gamma = 1 is not in [0, 1)");
  CHECK(refused(-0.1, 1e-6) == "gamma = -0.1 is not in [0, 1)");
  CHECK(refused(std::nan(""), 1e-6) == "gamma = nan is not in [0, 1)");
  // Rows of 2 outcomes, 1 action: 8 (2 + 1 + 4) 2^-53 (1 + 1 / (1 - .75)) / (1 - .75)
  CHECK(refused(0.75, 1e-15) ==
        "tolerance = 1e-15 is below what rounding leaves to be certified here, 1.24e-13");
  CHECK(planned_by_blocks(model, 0.75, {.tolerance = least_tolerance_of_blocks(model, 0.75)})
            .plan()
            .converged);
}

}  // namespace rl::test
