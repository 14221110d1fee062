#include "apps/bench/bench.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <map>
#include <string>

namespace rl::bench {

namespace {

/// Collects what Google Benchmark measures instead of printing it.
class Collector : public benchmark::BenchmarkReporter {
 public:
  explicit Collector(const std::function<void(double)>& progress) : progress_(progress) {}
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      // seconds of CPU a call, and items a call
      const double seconds = run.cpu_accumulated_time / static_cast<double>(run.iterations);
      const auto items = run.counters.find("items_per_second");
      per_second[run.run_name.function_name].push_back(
          items != run.counters.end() ? items->second.value : 1 / seconds);
      ++finished_;
    }
    if (progress_) progress_(static_cast<double>(finished_) / static_cast<double>(expected));
  }
  std::map<std::string, std::vector<double>> per_second;
  std::size_t expected = 1;

 private:
  const std::function<void(double)>& progress_;
  std::size_t finished_ = 0;
};

struct Summary {
  double median;
  double spread;
};

/// `per_second` in the unit that stands in brackets in the row's name.
Summary in_unit(std::vector<double> per_second, const std::string& unit) {
  for (double& x : per_second) {
    if (unit == "M/s") x /= 1e6;
    if (unit == "ms") x = 1e3 / x;
    if (unit == "ns/row") x = 1e9 / x;
  }
  std::sort(per_second.begin(), per_second.end());
  const double median = per_second[per_second.size() / 2];
  return {median, (per_second.back() - per_second.front()) / median};
}

constexpr int kMemoryGrid = 1000;

std::vector<Row> rows_of(const Collector& collector) {
  std::vector<Row> rows;
  for (const auto& [name, measured] : collector.per_second) {
    const std::size_t slash = name.rfind('/');
    if (name.substr(slash) != "/library") continue;
    const std::string title = name.substr(0, slash);
    const std::size_t open = title.find('[');
    const std::size_t close = title.find(']');
    const std::string unit = title.substr(open + 1, close - open - 1);
    const Summary ours = in_unit(measured, unit);
    Row row{title.substr(0, open) + title.substr(close + 2),
            ours.median,
            unit,
            unit == "M/s",
            {},
            ours.spread};
    if (const auto plain = collector.per_second.find(title + "/plain");
        plain != collector.per_second.end())
      row.yardstick = in_unit(plain->second, unit).median;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

std::vector<Row> run(const Options& options, const std::function<void(double)>& progress) {
  const double memory = peak_memory_of_solve(kMemoryGrid);  // before this process grows
  benchmark::ClearRegisteredBenchmarks();
  add_planning();
  add_stepping();
  add_learning();
  const std::string repetitions = "--benchmark_repetitions=" + std::to_string(options.repetitions);
  const std::string seconds = "--benchmark_min_time=" + std::to_string(options.min_seconds);
  std::vector<std::string> words = {"rlbook", repetitions, seconds,
                                    "--benchmark_enable_random_interleaving=true",
                                    "--benchmark_filter=" + options.filter};
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  int count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  Collector collector(progress);
  collector.expected = static_cast<std::size_t>(18 * options.repetitions);
  benchmark::RunSpecifiedBenchmarks(&collector);
  std::vector<Row> rows = rows_of(collector);
  rows.push_back({"peak memory of a solve N = 1000", memory, "MB", false, {}, 0});
  return rows;
}

}  // namespace rl::bench
