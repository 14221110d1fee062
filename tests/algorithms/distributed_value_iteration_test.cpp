#include "algorithms/dynamic_programming/distributed_value_iteration.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/block_value_iteration.hpp"
#include "envs/grid_world/world.hpp"
#include "tests/algorithms/block_models.hpp"
#include "tests/algorithms/random_mdp.hpp"
#include "tests/algorithms/thread_exchange.hpp"

namespace rl::test {

namespace {

constexpr double kNoLimitOfReading = std::numeric_limits<double>::infinity();

/// Blocks of so few states as soon as may be, whatever they read of each other.
DistributedRules soon_by_blocks(std::size_t size, int visits = 3) {
  return {.blocks = {.size = size,
                     .first_sweeps = 2,
                     .most_plain_sweeps = -1,
                     .most_read = kNoLimitOfReading,
                     .patience = 10},
          .visits_in_a_round = visits};
}

/// What the ranks came to: rank 0's plan, each rank's part, and whether all ended by blocks.
struct Together {
  Plan plan;
  std::vector<PartOfPlan> parts;
  bool by_blocks = true;
};

/// Runs to the end, or stops after so many calls of advance.
Together planned_by_ranks(int ranks, const ModelRows& rows, double gamma,
                          const BlockOptions& options = {}, const DistributedRules& rules = {},
                          int calls = std::numeric_limits<int>::max()) {
  Together together;
  together.parts.resize(index(ranks));
  std::mutex mutex;
  for (const std::string& why : in_ranks(ranks, [&](Exchange& exchange) {
         DistributedValueIteration planner(rows, gamma, exchange, options, rules);
         int left = calls;
         while (left-- > 0 && planner.advance()) {
         }
         planner.stop();
         const bool by_blocks = planner.by_blocks();
         Plan plan = planner.gather();
         const std::lock_guard lock(mutex);
         together.parts[index(exchange.rank())] = planner.part();
         together.by_blocks = together.by_blocks && by_blocks;
         if (exchange.rank() == 0) together.plan = std::move(plan);
       }))
    if (!why.empty()) throw std::runtime_error(why);
  return together;
}

Together planned_by_ranks(int ranks, const FiniteMdp& model, double gamma,
                          const BlockOptions& options = {}, const DistributedRules& rules = {}) {
  return planned_by_ranks(ranks, rows_of(model), gamma, options, rules);
}

/// What all ranks end with; one that ends otherwise makes it "different ends".
std::string common_end(int ranks, const ModelRows& rows, double gamma, double tolerance = 1e-6) {
  const std::vector<std::string> ends = in_ranks(ranks, [&](Exchange& exchange) {
    DistributedValueIteration(rows, gamma, exchange, {.tolerance = tolerance});
  });
  for (const std::string& end : ends)
    if (end != ends.front()) return "different ends";
  return ends.front();
}

}  // namespace

TEST_CASE("distributed value iteration: by hand, a line that two ranks share") {
  // The last state is worth 1 / (1 - .8) = 5. v = .4 v + .4 v_next elsewhere: 2 / 3 of the next.
  const Together x = planned_by_ranks(2, rows_of(slow_line(9)), 0.8, {}, soon_by_blocks(2));
  CHECK(x.by_blocks);
  CHECK(x.plan.converged);
  for (State s = 0; s < 9; ++s)
    CHECK(std::abs(x.plan.v[s] - 5 * std::pow(2.0 / 3, 8 - s)) <= *x.plan.error_bound);
  CHECK(x.parts[0].begin == 0);
  CHECK(x.parts[0].plan.v.size() == 4);
  CHECK(x.parts[1].begin == 4);
  CHECK(x.parts[1].plan.v.size() == 5);
}

TEST_CASE("distributed value iteration: what is sent is counted, by hand") {
  // Two sweeps of a line of 4 by two ranks: state 1 reads 2. The list of states is one message of 4
  // bytes from rank 0; after each sweep rank 1 sends one value of 8 bytes; then its two values.
  // Meetings: the facts, each sweep's changes, the certificate's, and before values are gathered.
  const Together x = planned_by_ranks(2, rows_of(slow_line(4)), 0.8, {}, {}, 2);
  CHECK_FALSE(x.plan.converged);
  CHECK(x.parts[0].traffic.messages == 1);
  CHECK(x.parts[0].traffic.bytes == 4);
  CHECK(x.parts[1].traffic.messages == 3);
  CHECK(x.parts[1].traffic.bytes == 4 * 8);
  for (const PartOfPlan& part : x.parts) {
    CHECK(part.traffic.exchanges == 2);
    CHECK(part.traffic.reductions == 5);
  }
}

TEST_CASE("model part: own states, halo, and what is told, by hand") {
  // Of 0 1 | 2 3 | 4 5 the middle rank's rows lead to 5, 1 and 2; 3 is terminal.
  const ModelRows rows = {6, 1, [](State s) { return s == 3; },
                          [](State s, Action, std::vector<Outcome>& row) {
                            if (s == 2)
                              row = {{0.25, 8, 5}, {0.5, 0, 1}, {0.25, 0, 2}};
                            else
                              row = {{1, -9, s}};
                          }};
  in_ranks(3, [&](Exchange& exchange) {
    Traffic traffic;
    const detail::ModelPart part(rows, exchange, traffic);
    const std::lock_guard lock([]() -> std::mutex& {
      static std::mutex mutex;
      return mutex;
    }());
    CHECK(part.has_terminal());
    CHECK(part.largest_reward() == 9);
    CHECK(part.longest_row() == 3);
    if (exchange.rank() == 0) {
      CHECK(part.wanted() == Exchange::Lists{{}, {1}, {}});
      CHECK(part.halo().empty());
    }
    if (exchange.rank() == 1) {
      CHECK(part.begin() == 2);
      CHECK(part.num_own() == 2);
      CHECK(part.num_planned() == 1);
      // Here: 1, 2, 3, 5
      CHECK(part.halo() == std::vector<State>{0, 3});
      CHECK(part.first_own() == 1);
      CHECK(part.sent_here() == Exchange::Lists{{0}, {}, {3}});
      REQUIRE(part.table().num_states() == 4);
      CHECK(part.table().row(1, 0).reward == 2);
      CHECK(part.table().row(1, 0).next(0) == 3);
      CHECK(part.table().row(1, 0).next(1) == 0);
      CHECK(part.table().terminal(2));
      CHECK(part.table().row(3, 0).next(0) == 3);
    }
    if (exchange.rank() == 2) CHECK(part.wanted() == Exchange::Lists{{}, {1}, {}});
  });
}

TEST_CASE("distributed value iteration: no bound of 200 random problems is below the error") {
  // 2-8 states and 1-5 ranks: every state may be in a halo, ranks may have no states.
  constexpr double kGammas[] = {0, 0.3, 0.5, 0.9, 0.99, 0.999};
  int violated = 0;
  int unconverged = 0;
  int by_blocks = 0;
  for (int i = 0; i < 200; ++i) {
    Rng rng = Rng(53).split(static_cast<std::uint64_t>(i));
    const FiniteMdp model = random_mdp(rng, rng.flip(0.5));
    const double gamma = kGammas[rng.index(6)];
    const double tolerance =
        std::max(std::pow(10, -10 * rng.uniform()), 2 * least_tolerance_of_blocks(model, gamma));
    const DistributedRules rules =
        soon_by_blocks(static_cast<std::size_t>(1 + rng.index(4)), 1 + rng.index(4));
    const bool stopped = rng.flip(0.3);
    const Together x =
        planned_by_ranks(1 + rng.index(5), rows_of(model), gamma, {.tolerance = tolerance}, rules,
                         stopped ? rng.index(6) : 1'000'000);
    const Exact exact = optimum_in_long_double(model, static_cast<long double>(gamma));
    violated += largest_error(model, x.plan.v, exact) <= x.plan.error_bound.value() ? 0 : 1;
    violated += x.plan.converged && x.plan.error_bound > tolerance ? 1 : 0;
    unconverged += x.plan.converged || stopped ? 0 : 1;
    by_blocks += x.by_blocks ? 1 : 0;
  }
  CHECK(violated == 0);
  CHECK(unconverged == 0);
  CHECK(by_blocks > 50);
}

TEST_CASE("distributed value iteration: agrees with value iteration by any number of ranks") {
  const FiniteMdp near = random_graph(1500, 20, 4);
  const FiniteMdp grid = slippery_grid({.n = 40}, WorldContext{}).model;
  for (int ranks = 1; ranks <= 5; ++ranks) {
    CAPTURE(ranks);
    for (const FiniteMdp& model : {near, grid}) {
      const Together x = planned_by_ranks(ranks, model, 0.97, {}, soon_by_blocks(64));
      CHECK(x.by_blocks);
      CHECK(agrees_with_plain_sweeps(x.plan, model, 0.97));
    }
  }
}

TEST_CASE("distributed value iteration: rows of more outcomes than stand in a head") {
  const FiniteMdp model = random_graph(600, 20, 9);
  const Together x = planned_by_ranks(3, model, 0.95, {}, soon_by_blocks(64));
  CHECK(x.by_blocks);
  CHECK(agrees_with_plain_sweeps(x.plan, model, 0.95));
}

TEST_CASE("distributed value iteration: plain sweeps by ranks are those of one, byte for byte") {
  // It mixes well: no blocks, and every state is in the halo of every rank.
  const FiniteMdp model = random_graph(500, 0, 3);
  const Plan plain = value_iteration(model, 0.99, {.tolerance = 1e-6});
  for (int ranks = 1; ranks <= 4; ++ranks) {
    const Together x = planned_by_ranks(ranks, model, 0.99);
    CHECK_FALSE(x.by_blocks);
    CHECK(x.plan.sweeps == plain.sweeps);
    CHECK(equal_in_bytes(x.plan.v, plain.v));
  }
}

TEST_CASE("distributed value iteration: one rank alone sweeps the blocks of one machine") {
  const FiniteMdp model = slippery_grid({.n = 60}, WorldContext{}).model;
  const Together x =
      planned_by_ranks(1, model, 0.99, {}, {.blocks = {}, .visits_in_a_round = 1'000'000});
  BlockValueIteration planner(model, 0.99);
  while (planner.advance()) {
  }
  CHECK(x.by_blocks);
  CHECK(equal_in_bytes(x.plan.v, planner.values()));
  CHECK(x.plan.error_bound == planner.plan().error_bound);
}

TEST_CASE("distributed value iteration: the same ranks give the same bytes and the same traffic") {
  const FiniteMdp model = slippery_grid({.n = 60}, WorldContext{}).model;
  const Together first = planned_by_ranks(3, model, 0.99);
  for (int again = 0; again < 3; ++again) {
    const Together x = planned_by_ranks(3, model, 0.99);
    CHECK(equal_in_bytes(x.plan.v, first.plan.v));
    for (std::size_t r = 0; r < 3; ++r) {
      CHECK(x.parts[r].traffic.bytes == first.parts[r].traffic.bytes);
      CHECK(x.parts[r].traffic.reductions == first.parts[r].traffic.reductions);
    }
  }
}

TEST_CASE("distributed value iteration: a grid without a table gives the values of its table") {
  const Problem grid =
      slippery_grid({.n = 30}, WorldContext{.rng = Rng(0), .model = ModelForm::matrix_free});
  REQUIRE(grid.grid);
  const Together x = planned_by_ranks(2, rows_of(*grid.grid), 0.99);
  const FiniteMdp table = slippery_grid({.n = 30}, WorldContext{}).model;
  CHECK(agrees_with_plain_sweeps(x.plan, table, 0.99));
}

TEST_CASE("distributed value iteration: where blocks take too long plain sweeps go on") {
  const FiniteMdp model = slippery_grid({.n = 30}, WorldContext{}).model;
  DistributedRules impatient = soon_by_blocks(64);
  impatient.blocks.patience = 0;
  const Together x = planned_by_ranks(2, model, 0.95, {}, impatient);
  CHECK_FALSE(x.by_blocks);
  CHECK(agrees_with_plain_sweeps(x.plan, model, 0.95));
}

TEST_CASE("distributed value iteration: a limit stops it unconverged, with a bound that holds") {
  const FiniteMdp model = slippery_grid({.n = 30}, WorldContext{}).model;
  const Plan exact = value_iteration(model, 0.99);
  for (const std::int64_t limit : {1, 4, 20}) {
    const Plan plan =
        planned_by_ranks(2, model, 0.99, {.max_sweeps = limit}, soon_by_blocks(64)).plan;
    CAPTURE(limit);
    CHECK_FALSE(plan.converged);
    CHECK(*plan.error_bound > 1e-6);
    CHECK((plan.v - exact.v).lpNorm<Eigen::Infinity>() <= *plan.error_bound);
  }
}

TEST_CASE("distributed value iteration: all ranks refuse, with the reason, what one rank finds") {
  ModelRows rows = rows_of(slow_line(10));
  const auto with_row = [&](State of, const Outcome& outcome) {
    ModelRows changed = rows;
    changed.fill = [=, fill = rows.fill](State s, Action a, std::vector<Outcome>& row) {
      fill(s, a, row);
      if (s == of) row = {outcome};
    };
    return common_end(3, changed, 0.9);
  };
  // Rank 2 has the states 6 .. 9 and no halo, rank 1 has 3 .. 5.
  CHECK(with_row(7, {1, std::nan(""), 7}) ==
        "state 7, which is 1 here: model: state 1, action 0: reward nan is not finite");
  CHECK(with_row(4, {0.5, 0, 4}).substr(0, 24) == "state 4, which is 1 here");
  CHECK(with_row(4, {1, 0, 10}) == "model: state 4, action 0: next state 10 is not in 0..9");
  rows.fill = [](State s, Action, std::vector<Outcome>& row) {
    if (s != 5) row = {{1, 0, s}};
  };
  CHECK(common_end(3, rows, 0.9) == "model: state 5 is not terminal and has no available action");
  rows.fill = [](State s, Action, std::vector<Outcome>& row) {
    if (s == 8) throw std::runtime_error("rows of 8 cannot be read");
    row = {{1, 0, s}};
  };
  CHECK(common_end(3, rows, 0.9) == "rows of 8 cannot be read");
  rows.terminal = [](State) { return true; };
  CHECK(common_end(3, rows, 0.9) == "model: every state is terminal");
}

TEST_CASE("distributed value iteration: refuses a gamma and a tolerance that it cannot certify") {
  CHECK(common_end(2, rows_of(slow_line(5)), 1) == "gamma = 1 is not in [0, 1)");
  CHECK(common_end(2, rows_of(slow_line(5)), std::nan("")) == "gamma = nan is not in [0, 1)");
  // Rows of 2 outcomes, 1 action: 8 (2 + 1 + 4) 2^-53 (1 + 1 / (1 - .75)) / (1 - .75)
  CHECK(common_end(2, rows_of(slow_line(5)), 0.75, 1e-15) ==
        "tolerance = 1e-15 is below what rounding leaves to be certified here, 1.24e-13");
  CHECK(common_end(2, rows_of(slow_line(5)), 0.75, std::nan("")).substr(0, 15) ==
        "tolerance = nan");
}

}  // namespace rl::test
