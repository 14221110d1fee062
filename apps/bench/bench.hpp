#pragma once
/// \file
/// Speed, measured beside plain loops in one binary and run: each benchmark of the library has a
/// careful plain C++ loop for the same work as its yardstick, and the two are interleaved. Google
/// Benchmark times them in CPU time of the thread; a row is the median over repetitions.
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rl::bench {

/// One line of the report.
struct Row {
  std::string name;  ///< "sweep general model, N = 1000"
  double value = 0;  ///< median
  std::string unit;  ///< "ns/row", "M/s", "ms", "MB"
  bool larger_is_better = true;
  std::optional<double> yardstick;  ///< the plain loop, in the same unit and run
  double spread = 0;                ///< (largest - smallest) / median over the repetitions
};

struct Options {
  std::string filter = ".*";  ///< regular expression on names
  int repetitions = 9;
  double min_seconds = 0.1;  ///< per repetition
};

/// Runs the benchmarks whose name matches; `progress` is told the fraction that is finished.
std::vector<Row> run(const Options& options, const std::function<void(double)>& progress);

// What each file registers with Google Benchmark. Names are "<row>/library" and "<row>/plain".
void add_planning();
void add_stepping();
void add_learning();

/// Largest memory that a solve of the slippery grid of n x n cells takes, MB: model, sweeps,
/// certificate and a copy of the values, in a process of its own.
double peak_memory_of_solve(int n);

}  // namespace rl::bench
