#pragma once
/// \file
/// Speed, measured beside plain loops in one binary and run: each benchmark of the library has a
/// careful plain C++ loop for the same work as its yardstick, and the two are interleaved. Google
/// Benchmark times them in CPU time of the thread; a row is the median over repetitions.
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace benchmark {
class State;
}

namespace rl::bench {

/// Something that can be measured.
struct Work {
  using Loop = std::function<void(benchmark::State&)>;
  std::string name;  ///< "sweep N = 1000"
  std::string unit;  ///< "ns/row", "M/s", "ms", "MB"
  Loop library = {};
  Loop plain = {};  ///< the same work without the library; may be empty
  std::function<std::optional<double>()> number = {};  ///< in place of loops: what is no time
};

/// All work, in the order in which it is to be measured.
std::vector<Work> all_work();

/// One line of the report.
struct Row {
  std::string name;
  double value = 0;  ///< median
  std::string unit;
  bool larger_is_better = true;
  std::optional<double> yardstick;  ///< the plain loop, in the same unit and run
  double spread = 0;                ///< (largest - smallest) / median over the repetitions
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
std::vector<Work> stepping();
std::vector<Work> learning();

/// Largest memory that a solve of the slippery grid of n x n cells takes, MB: model, sweeps,
/// certificate and a copy of the values, in a process of its own. Empty where Ctrl-C came first.
std::optional<double> peak_memory_of_solve(int n);

}  // namespace rl::bench
