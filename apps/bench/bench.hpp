#pragma once
/// \file
/// Speed, measured beside plain loops in one binary and run: a benchmark of the library has a
/// careful plain C++ loop for the same work as its yardstick, or another way of the library's own,
/// and the two are interleaved. Google Benchmark times them in CPU time of the thread; a row is the
/// median over repetitions.
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace benchmark {
class State;
}
namespace rl {
class Registry;
}

namespace rl::bench {

/// What a row is to reach on the machine for which these numbers were set (one core of an AMD EPYC
/// of 2024, nothing else running).
struct Floor {
  double number;
  bool of_ratio = false;  ///< of the ratio to the yardstick, else of the row's value
};

/// Something that can be measured.
struct Work {
  using Loop = std::function<void(benchmark::State&)>;
  std::string name;  ///< "sweep N = 1000"
  std::string unit;  ///< "ns/row", "ns/cell", "M/s", "GFLOP/s", "s", "ms", "us", "MB", "x" (times
                     ///< as fast), "backups"
  Loop library = {};
  Loop yardstick = {};  ///< the same work as a plain loop or in another way; may be empty
  /// In place of loops, for what is no CPU time: the number, empty where Ctrl-C came first.
  std::function<std::optional<double>(const std::function<bool()>& interrupted)> number = {};
  std::optional<Floor> floor = {};
};

/// All work, in the order in which it is to be measured.
std::vector<Work> all_work();

/// One line of the report.
struct Row {
  std::string name;
  double value = 0;  ///< median
  std::string unit;
  bool larger_is_better = true;
  std::optional<double> yardstick;  ///< in the same unit and run
  double spread = 0;                ///< (largest - smallest) / median over the repetitions
  std::optional<Floor> floor;
};

struct Options {
  int repetitions = 9;
  double min_seconds = 0.1;  ///< per repetition
};

/// Empty where `interrupted` said so: half a row is none.
std::optional<Row> measure(const Work& work, const Options& options,
                           const std::function<bool()>& interrupted);

// What each file adds.
std::vector<Work> planning();
std::vector<Work> grid_planning();
std::vector<Work> general_planning();
std::vector<Work> stepping();
std::vector<Work> batch();
std::vector<Work> learning();
std::vector<Work> approximation();
std::vector<Work> networks();
std::vector<Work> experiments();
std::vector<Work> preference();

/// Every world and algorithm by its name.
const Registry& registry();

/// Largest memory, MB, of a process of its own that does the work. Empty where Ctrl-C came first.
std::optional<double> peak_memory_of(const std::function<void()>& work);

/// The same of planning the slippery grid of n x n cells in tiles.
std::optional<double> peak_memory_of_grid(int n);

/// Largest memory that a solve of the slippery grid of n x n cells takes, MB: model, sweeps,
/// certificate and a copy of the values, in a process of its own. Empty where Ctrl-C came first.
std::optional<double> peak_memory_of_solve(int n);

}  // namespace rl::bench
