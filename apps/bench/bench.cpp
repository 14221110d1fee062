#include "apps/bench/bench.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "algorithms/all.hpp"
#include "envs/all.hpp"
#include "rl/registry.hpp"

namespace rl::bench {

namespace {

constexpr int kMemoryGrid = 1000;
constexpr int kLargeGrid = 10'000;

/// Collects what Google Benchmark measures instead of printing it.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      // seconds of CPU a call, and items a call
      const double seconds = run.cpu_accumulated_time / static_cast<double>(run.iterations);
      const auto items = run.counters.find("items_per_second");
      per_second[run.run_name.function_name].push_back(
          items != run.counters.end() ? items->second.value : 1 / seconds);
    }
  }
  std::map<std::string, std::vector<double>> per_second;
};

struct Summary {
  double median;
  double spread;
};

Summary in_unit(std::vector<double> per_second, const std::string& unit) {
  for (double& x : per_second) {
    if (unit == "M/s") x /= 1e6;
    if (unit == "GFLOP/s") x /= 1e9;
    if (unit == "s") x = 1 / x;
    if (unit == "ms") x = 1e3 / x;
    if (unit == "us") x = 1e6 / x;
    if (unit == "ns/row" || unit == "ns/cell") x = 1e9 / x;
  }
  std::sort(per_second.begin(), per_second.end());
  const double median = per_second[per_second.size() / 2];
  return {median, (per_second.back() - per_second.front()) / median};
}

/// Google Benchmark knows this only as a flag.
void interleave_repetitions() {
  std::array<std::string, 2> words = {"rlbook", "--benchmark_enable_random_interleaving=true"};
  std::array<char*, 2> pointers = {words[0].data(), words[1].data()};
  int count = 2;
  benchmark::Initialize(&count, pointers.data());
}

}  // namespace

const Registry& registry() {
  static const Registry all = [] {
    Registry r;
    add_worlds(r);
    add_algorithms(r);
    return r;
  }();
  return all;
}

std::vector<Work> all_work() {
  std::vector<Work> all = {
      {.name = "peak memory of a solve N = 1000",  // before this process grows
       .unit = "MB",
       .number = [](const std::function<bool()>&) { return peak_memory_of_solve(kMemoryGrid); }},
      {.name = "peak memory of a grid of 10^8 cells, certified 1e-6, gamma 0.99",
       .unit = "MB",
       .number = [](const std::function<bool()>&) { return peak_memory_of_grid(kLargeGrid); },
       .floor = Floor{1700}}};
  for (const auto& some : {planning(), grid_planning(), general_planning(), stepping(), batch(),
                           learning(), approximation(), networks(), experiments(), preference()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::optional<Row> measure(const Work& work, const Options& options,
                           const std::function<bool()>& interrupted) {
  Row row{.name = work.name,
          .unit = work.unit,
          .larger_is_better = work.unit == "M/s" || work.unit == "GFLOP/s" || work.unit == "x",
          .yardstick = {},
          .floor = work.floor};
  if (work.number) {
    const std::optional<double> number = work.number(interrupted);
    row.value = number.value_or(0);
    return number ? std::optional(row) : std::nullopt;
  }
  benchmark::ClearRegisteredBenchmarks();
  const auto add = [&](const char* name, const Work::Loop& loop) {
    if (!loop) return;
    benchmark::RegisterBenchmark(name,
                                 [&](benchmark::State& state) {
                                   if (interrupted())
                                     state.SkipWithError("interrupted");
                                   else
                                     loop(state);
                                 })
        ->Repetitions(options.repetitions)
        ->MinTime(options.min_seconds);
  };
  add("library", work.library);
  add("yardstick", work.yardstick);
  interleave_repetitions();
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector, ".");
  benchmark::ClearRegisteredBenchmarks();  // they refer to this call's arguments
  if (interrupted()) return std::nullopt;
  const Summary library = in_unit(collector.per_second["library"], work.unit);
  row.value = library.median;
  row.spread = library.spread;
  if (work.yardstick) row.yardstick = in_unit(collector.per_second["yardstick"], work.unit).median;
  return row;
}

}  // namespace rl::bench
