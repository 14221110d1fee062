#pragma once
/// \file
/// Results of an experiment on disk:
///
///     manifest.json     learners, worlds, seeds, budget, version, compiler; "session": who, when
///     timing.json       all that a clock measured
///     runs/LEARNER/VARIANT/WORLD/seed-N/
///       metrics.csv     step,episode,metric,value
///       final.json      the last evaluation, and the mean of the last tenth
///       status.json     written last: the run is complete, or failed and why
///       checkpoint      the run to the bit, from which it goes on
///     summary.csv  summary.json  comparison.md
///
/// A file is written under another name and renamed, so that whatever has its name is whole. But
/// for timing.json and the manifest's "session", the files depend on the experiment alone: not on
/// threads, nor on how often it was cut off and resumed.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/experiment.hpp"
#include "rl/experiment/summary.hpp"

namespace rl {

/// What to do where the folder holds results already.
enum class ExistingResults : int {
  refuse,
  resume,   ///< complete runs stay, others go on; budget and list of seeds may have grown
  replace,  ///< they are deleted
};

/// Who made the results; of one call, not of the experiment.
struct Session {
  std::string command, date, host, path;
  int threads = 1;
};

/// Which program.
struct Build {
  std::string version, compiler;
};

class ResultsFolder {
 public:
  /// Throws std::invalid_argument where the folder holds something else than results, or results
  /// that `existing` does not allow. `world_facts`: one JSON text a world, for the manifest
  /// (options, gamma, the hash of its file).
  static void check(const std::string& path, const Experiment& experiment,
                    const std::vector<std::string>& world_facts, const Build& build,
                    ExistingResults existing);

  /// Checks; the hooks make the folder and write the manifest when the experiment begins, so that a
  /// world that cannot be planned for leaves things as they were.
  ResultsFolder(std::string path, const Experiment& experiment,
                const std::vector<std::string>& world_facts, const Build& build,
                const Session& session, ExistingResults existing);

  /// Begins, restores and keeps here; `hooks` gives the rest. This object must outlive the hooks.
  ExperimentHooks hooks(ExperimentHooks hooks = {}) const;

  std::optional<RunRecord> restore(const RunId& id) const;
  void keep(const RunId& id, const RunRecord& record) const;

  /// summary.*, comparison.md and timing.json.
  void write_summary(const Summary& summary, const ExperimentResult& result, double seconds) const;

  const std::string& path() const { return path_; }
  /// The folder of a run, below path().
  std::string run_folder(const RunId& id) const;

 private:
  /// Makes the folder, or takes what is there as it was asked to, and writes the manifest.
  void begin() const;

  std::string path_;
  const Experiment& experiment_;
  std::string manifest_;
  ExistingResults existing_;
};

/// The distance of evaluations of the results in a folder; empty where it holds none.
std::optional<std::int64_t> kept_evaluation_distance(const std::string& path);

/// The tables of a summary as Markdown.
std::string comparison_markdown(const Summary& summary);

/// A name as a folder's: what is not a letter, digit or one of "._=,+-" becomes "_"; long ones are
/// cut and end in their hash.
std::string folder_name(const std::string& name);

/// 64-bit FNV-1a in hexadecimal: tells whether a file is the same, not who wrote it.
std::string content_hash(const std::string& bytes);

}  // namespace rl
