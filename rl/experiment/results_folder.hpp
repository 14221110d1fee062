#pragma once
/// \file
/// Results of an experiment on disk:
///
///     manifest.json     learners, worlds, seeds, budget, version, compiler; "session": who, when
///     worlds/           copies of the files that worlds were read from
///     timing.json       all that a clock measured
///     runs/LEARNER/VARIANT/WORLD/seed-N/
///       metrics.csv     step,episode,metric,value
///       final.json      the last evaluation, the mean of the last tenth, the greedy policy
///       status.json     written last: the run is complete, or failed and why; hashes of the others
///       checkpoint      the run to the bit, from which it goes on
///     summary.*  comparison.md  tables.tex  report.html  figures/        (experiment/report.hpp)
///
/// A file is written under another name and renamed, so that whatever has its name is whole. But
/// for timing.json and the manifest's "session", the files depend on the experiment alone: not on
/// threads, nor on how often it was cut off and resumed.
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/experiment.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/experiment/results.hpp"

namespace rl {

/// What to do where the folder holds results already.
enum class ExistingResults : int {
  refuse,
  resume,   ///< complete runs stay, others go on; budget and list of seeds may have grown
  replace,  ///< they are deleted
};

class ResultsFolder {
 public:
  /// Throws std::invalid_argument where the folder holds something else than results, or results
  /// that `existing` does not allow.
  static void check(const std::string& path, const Manifest& manifest, ExistingResults existing);

  /// Checks; the hooks make the folder and write the manifest when the experiment begins, so that a
  /// world that cannot be planned for leaves things as they were.
  ResultsFolder(std::string path, const Experiment& experiment, Manifest manifest,
                ExistingResults existing);

  /// Begins, restores and keeps here; `hooks` gives the rest. This object must outlive the hooks.
  ExperimentHooks hooks(ExperimentHooks hooks = {}) const;

  /// Empty where there is nothing to go on from. What is damaged is made again: see damages().
  std::optional<RunRecord> restore(const RunId& id) const;
  void keep(const RunId& id, const RunRecord& record) const;

  /// One sentence for each file that was found damaged, in the order of its path.
  std::vector<std::string> damages() const;

  /// timing.json.
  void write_timing(const ExperimentResult& result, double seconds) const;

  const std::string& path() const { return path_; }
  const Manifest& manifest() const { return manifest_; }

 private:
  /// Makes the folder, or takes what is there as it was asked to, and writes the manifest.
  void begin() const;
  std::string run_folder(const RunId& id) const;
  void note_damage(const std::string& file, const char* what_follows) const;

  std::string path_;
  const Experiment& experiment_;
  Manifest manifest_;
  ExistingResults existing_;
  mutable std::mutex mutex_;
  mutable std::vector<std::string> damages_;
};

/// The folder of a run, below that of the results.
std::string run_folder(const LearnerVariant& learner, const std::string& world, std::uint64_t seed);

/// What a folder holds. Runs that are not there or not complete are cut off. Throws
/// std::invalid_argument, naming the file, where one is missing or not as it was written.
Results read_results(const std::string& path, const Manifest& manifest);

/// The distance of evaluations of the results in a folder; empty where it holds none.
std::optional<std::int64_t> kept_evaluation_distance(const std::string& path);

}  // namespace rl
