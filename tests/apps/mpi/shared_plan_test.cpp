// Plans by ranks that are threads of this process; with the build's option RLBOOK_MPI also by those
// of mpirun.
#include "apps/mpi/shared_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "apps/mpi/rank_exchange.hpp"
#include "tests/algorithms/thread_exchange.hpp"
#include "tests/apps/process.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

using nlohmann::json;
using tests::contains;

namespace {

constexpr int kPlanningRanks = 3;

struct EndOfPlan {
  rl::apps::SharedPlan shared;
  std::string notes;
};

rl::Problem grid_of_900(rl::ModelForm form) {
  rl::WorldContext context;
  context.model = form;
  for (const rl::WorldEntry& world : tests::registry().worlds())
    if (world.name == "slippery_grid") return world.make(json{{"n", 30}}, context);
  throw std::logic_error("no slippery_grid");
}

/// What each rank comes to; `interrupted(rank)` is asked once a round.
std::vector<EndOfPlan> plan_together(const rl::Problem& problem,
                                     const std::function<bool(int)>& interrupted) {
  std::vector<EndOfPlan> ends(kPlanningRanks);
  for (const std::string& why : rl::test::in_ranks(kPlanningRanks, [&](rl::Exchange& exchange) {
         std::ostringstream out, err;
         std::istringstream in;
         rl::apps::Console console{
             .out = out, .err = err, .in = in, .interrupted = [&interrupted, &exchange] {
               return interrupted(exchange.rank());
             }};
         EndOfPlan& end = ends[static_cast<std::size_t>(exchange.rank())];
         end.shared = rl::apps::plan_by_ranks(problem, json{{"tolerance", 1e-7}}, exchange, console,
                                              [](const rl::PlanProgress&) { return 0.5; });
         CHECK(out.str().empty());
         end.notes = err.str();
       }))
    CHECK(why.empty());
  return ends;
}

}  // namespace

TEST_CASE("shared plan: rank 0 has the values of value iteration, all have the bound") {
  const rl::Problem problem = grid_of_900(rl::ModelForm::matrix_free);
  const std::vector<EndOfPlan> ends = plan_together(problem, [](int) { return false; });
  const rl::Plan plain =
      rl::value_iteration(*problem.grid, problem.gamma, rl::SweepOptions{.tolerance = 1e-8});
  const rl::Plan& plan = ends[0].shared.plan;
  CHECK((plan.v - plain.v).lpNorm<Eigen::Infinity>() <= *plan.error_bound + *plain.error_bound);
  for (const EndOfPlan& end : ends) {
    CHECK(end.shared.plan.converged);
    CHECK(*end.shared.plan.error_bound <= 1e-7);
    CHECK(end.shared.plan.error_bound == plan.error_bound);
    CHECK_FALSE(end.shared.interrupted);
  }
  CHECK(ends[1].shared.plan.v.size() == 0);
  CHECK(contains(ends[0].notes, "3 ranks met "));
}

TEST_CASE("shared plan: Ctrl-C in one rank ends all, with a bound that holds") {
  const rl::Problem problem = grid_of_900(rl::ModelForm::table);
  int questions = 0;
  const std::vector<EndOfPlan> ends =
      plan_together(problem, [&](int rank) { return rank == 1 && ++questions > 5; });
  for (const EndOfPlan& end : ends) {
    CHECK(end.shared.interrupted);
    CHECK_FALSE(end.shared.plan.converged);
  }
  const rl::Plan plain = rl::value_iteration(problem.model, problem.gamma);
  const rl::Plan& plan = ends[0].shared.plan;
  CHECK(plan.sweeps == 6);  // and the certificate
  CHECK((plan.v - plain.v).lpNorm<Eigen::Infinity>() <= *plan.error_bound);
}

TEST_CASE("shared plan: other planners are refused by name, and a grid needs no table") {
  const rl::Problem grid = grid_of_900(rl::ModelForm::matrix_free);
  for (const rl::AlgorithmEntry& entry : tests::registry().algorithms()) {
    if (entry.name == "block_value_iteration") {
      CHECK(entry.refuses(grid).has_value());
      CHECK_FALSE(rl::apps::shared_planner(entry).refuses(grid).has_value());
    }
    if (entry.name == "value_iteration")
      CHECK(tests::error_of([&] { rl::apps::shared_planner(entry); }) ==
            "several ranks plan together by block_value_iteration alone, not by value_iteration");
  }
}

TEST_CASE("shared plan: a process that is alone has no exchange") {
  CHECK(rl::apps::this_process_exchange() == nullptr);
}

#ifndef RLBOOK_MPI

TEST_CASE("shared plan: a program without MPI refuses to be one of several") {
  REQUIRE(setenv("OMPI_COMM_WORLD_SIZE", "2", 1) == 0);
  const std::string why = tests::error_of([] { rl::apps::this_process_exchange(); });
  unsetenv("OMPI_COMM_WORLD_SIZE");
  CHECK(contains(why, "built without MPI (cmake -DRLBOOK_MPI=ON)"));
}

#else

namespace {

/// `mpirun` of so many ranks of the program, each after `before`.
std::unique_ptr<tests::Process> mpirun_solve(int ranks, std::vector<std::string> words,
                                             const std::string& before = "true") {
  const std::string script = before + "; exec '" + std::string(tests::kProgram) + "' \"$@\"";
  const std::vector<std::string> front = {"mpirun",
                                          "-n",
                                          std::to_string(ranks),
                                          "--oversubscribe",
                                          "--allow-run-as-root",
                                          "sh",
                                          "-c",
                                          script,
                                          "sh",
                                          "solve"};
  words.insert(words.begin(), front.begin(), front.end());
  return std::make_unique<tests::Process>("/usr/bin/env", words);
}

}  // namespace

TEST_CASE("mpirun solve: two and three ranks give the values of one process, and one report") {
  const std::vector<std::string> words = {
      "block_value_iteration", "--env", "slippery_grid:n=110", "--gamma", "0.95", "--json"};
  std::vector<std::string> alone = {"solve"};
  alone.insert(alone.end(), words.begin(), words.end());
  const json one = tests::rlbook(alone).json();
  for (const int ranks : {2, 3}) {
    CAPTURE(ranks);
    const auto several = mpirun_solve(ranks, words);
    REQUIRE(several->exit_code() == 0);
    const json x = json::parse(several->out());
    CHECK(x["converged"] == true);
    const double bound = x["error_bound"].get<double>() + one["error_bound"].get<double>();
    REQUIRE(x["values"].size() == 12'100);
    double largest = 0;
    for (std::size_t s = 0; s < 12'100; ++s)
      largest = std::max(largest,
                         std::abs(x["values"][s].get<double>() - one["values"][s].get<double>()));
    CHECK(largest <= bound);
    CHECK(contains(several->err(), std::to_string(ranks) + " ranks met "));
  }
}

TEST_CASE("mpirun solve: what one rank alone cannot do ends all with its error") {
  // Rank 1 has no memory for the world's rows, which it makes itself.
  const auto poor =
      mpirun_solve(3, {"block_value_iteration", "--env", "slippery_grid:n=110"},
                   "[ $OMPI_COMM_WORLD_RANK != 1 ] || set -- \"$@\" --memory-limit 1000");
  CHECK(poor->exit_code() == 2);
  CHECK(contains(poor->err(), "rank 1 on "));
}

TEST_CASE("mpirun solve: a gamma and a planner that ranks cannot share are told once") {
  const auto gamma =
      mpirun_solve(2, {"block_value_iteration", "--env", "slippery_grid:n=30", "--gamma", "1"});
  CHECK(gamma->exit_code() == 2);
  CHECK(contains(gamma->err(), "gamma is not below 1"));
  const auto planner = mpirun_solve(2, {"value_iteration", "--env", "slippery_grid:n=30"});
  CHECK(planner->exit_code() == 2);
  CHECK(contains(planner->err(), "not by value_iteration"));
}

#endif
