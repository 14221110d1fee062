// Value iteration's sweep of a general model on the slippery grid, against plain compressed rows.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "apps/bench/bench.hpp"
#include "envs/grid_world/world.hpp"

namespace rl::bench {

namespace {

constexpr double kGamma = 0.99;

/// Rows of (s, a) one after the other: begin, expected reward, probability, next state.
struct CompressedRows {
  std::vector<std::uint32_t> begin = {0};
  std::vector<double> reward, probability;
  std::vector<State> next;
};

CompressedRows compressed(const FiniteMdp& model) {
  CompressedRows rows;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      const FiniteMdp::Row row = model.row(s, a);
      rows.reward.push_back(row.reward);
      for (std::size_t k = 0; k < row.size(); ++k) {
        rows.probability.push_back(row.probability(k));
        rows.next.push_back(row.next(k));
      }
      rows.begin.push_back(static_cast<std::uint32_t>(rows.next.size()));
    }
  return rows;
}

/// next <- max_a r + gamma P v; returns the largest change.
double plain_sweep(const CompressedRows& rows, int num_actions, const std::vector<double>& v,
                   std::vector<double>& next) {
  double change = 0;
  std::size_t i = 0;
  for (std::size_t s = 0; s < v.size(); ++s) {
    double best = -1e300;
    for (int a = 0; a < num_actions; ++a, ++i) {
      double expected = 0;
      for (std::uint32_t k = rows.begin[i]; k < rows.begin[i + 1]; ++k)
        expected += rows.probability[k] * v[static_cast<std::size_t>(rows.next[k])];
      const double q = rows.reward[i] + kGamma * expected;
      best = q > best ? q : best;
    }
    change = std::max(change, std::abs(best - v[s]));
    next[s] = best;
  }
  return change;
}

/// The grid once for all benchmarks of its size.
const Problem& grid(int n) {
  static std::vector<std::pair<int, std::unique_ptr<Problem>>> grids;
  for (const auto& [size, problem] : grids)
    if (size == n) return *problem;
  grids.emplace_back(n, std::make_unique<Problem>(slippery_grid({.n = n}, WorldContext{})));
  return *grids.back().second;
}

void sweep_library(benchmark::State& state, int n) {
  const FiniteMdp& model = grid(n).model;
  StateValues v = StateValues::Zero(model.num_states());
  StateValues next = v;
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(sweep_synchronously(model, Greedy{}, kGamma, v, next));
    v.swap(next);
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t{5} * n * n);
}

void sweep_plain(benchmark::State& state, int n) {
  const FiniteMdp& model = grid(n).model;
  const CompressedRows rows = compressed(model);
  std::vector<double> v(static_cast<std::size_t>(model.num_states()), 0);
  std::vector<double> next = v;
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(plain_sweep(rows, model.num_actions(), v, next));
    v.swap(next);
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t{5} * n * n);
}

void build_library(benchmark::State& state, int n) {
  while (state.KeepRunning()) {
    const Problem problem = slippery_grid({.n = n}, WorldContext{});
    benchmark::DoNotOptimize(problem.model.num_distinct_rows());
  }
}

}  // namespace

std::vector<Work> planning() {
  std::vector<Work> works;
  for (const int n : {316, 1000})
    works.push_back({.name = "sweep N = " + std::to_string(n),
                     .unit = "ns/row",
                     .library = [n](benchmark::State& state) { sweep_library(state, n); },
                     .yardstick = [n](benchmark::State& state) { sweep_plain(state, n); }});
  works.push_back({.name = "build model N = 1000",
                   .unit = "ms",
                   .library = [](benchmark::State& state) { build_library(state, 1000); }});
  return works;
}

std::optional<double> peak_memory_of_solve(int n) {
  return peak_memory_of([n] {
    const Problem problem = slippery_grid({.n = n}, WorldContext{});
    const Plan plan = value_iteration(problem.model, problem.gamma, {.max_sweeps = 30});
    if (!plan.error_bound) throw std::runtime_error("no bound");
  });
}

std::optional<double> peak_memory_of(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    try {
      work();
    } catch (const std::exception&) {
      _exit(1);
    }
    _exit(0);
  }
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) < 0) {  // Ctrl-C ends the waiting
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return std::nullopt;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the solve failed");
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

}  // namespace rl::bench
