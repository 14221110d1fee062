#pragma once
/// \file
/// Results of an experiment on disk:
///
///     manifest.json     learners, worlds, seeds, budget, version, compiler; "session": who and
///     when timing.json       all that a clock measured runs/LEARNER/VARIANT/WORLD/seed-N/
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
  /// Makes the folder and writes the manifest. `world_facts`: one JSON text a world, for the
  /// manifest (options, gamma, the hash of its file). Throws std::invalid_argument where the folder
  /// holds something else, or results that `existing` does not allow, or cannot be written.
  ResultsFolder(std::string path, const Experiment& experiment,
                const std::vector<std::string>& world_facts, const Build& build,
                const Session& session, ExistingResults existing);

  /// Restores and keeps runs here; `hooks` gives the rest. This object must outlive the hooks.
  ExperimentHooks hooks(ExperimentHooks hooks = {}) const;

  std::optional<RunRecord> restore(const RunId& id) const;
  void keep(const RunId& id, const RunRecord& record) const;

  /// summary.*, comparison.md and timing.json.
  void write_summary(const Summary& summary, const ExperimentResult& result, double seconds) const;

  const std::string& path() const { return path_; }
  /// The folder of a run, below path().
  std::string run_folder(const RunId& id) const;

 private:
  std::string path_;
  const Experiment& experiment_;
};

/// The tables of a summary as Markdown.
std::string comparison_markdown(const Summary& summary);

/// A name as a folder's: what is not a letter, digit or one of "._=,+-" becomes "_"; long ones are
/// cut and end in their hash.
std::string folder_name(const std::string& name);

/// 64-bit FNV-1a in hexadecimal: tells whether a file is the same, not who wrote it.
std::string content_hash(const std::string& bytes);

}  // namespace rl
