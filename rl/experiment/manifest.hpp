#pragma once
/// \file
/// What results on disk are results of: manifest.json. All but its "session" depends on the
/// experiment alone, and from all of it the experiment can be made again.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rl/experiment/results.hpp"
#include "rl/experiment/summary.hpp"

namespace rl {

/// Which program.
struct Build {
  std::string version, compiler;
};

/// Who made the results; of one call, not of the experiment.
struct Session {
  std::string command, date, host, path;
  int threads = 1;
};

struct ManifestWorld {
  std::string name;
  std::string facts = "{}";  ///< as JSON text: options, gamma, the hash of its file
  std::string file = {};     ///< content of the file that it was read from; empty: registered
};

struct Manifest {
  Build build;
  Session session;
  std::vector<LearnerVariant> learners;
  std::vector<ManifestWorld> worlds;
  std::vector<std::uint64_t> seeds;
  Budget budget;
  std::int64_t eval_every = 0;
  /// How the options were chosen, as JSON text (experiment/tuning.hpp); "null": by hand.
  std::string tuning = "null";
  SummaryOptions statistics = {};
};

Manifest manifest_of(const Experiment& experiment, std::vector<ManifestWorld> worlds, Build build,
                     Session session, const SummaryOptions& statistics = {},
                     std::string tuning = "null");

std::string manifest_json(const Manifest& manifest);

/// The manifest of a folder, with the files of its worlds. Throws std::invalid_argument where the
/// folder holds no results, or a manifest that is damaged or of another format; names the file.
Manifest read_manifest(const std::string& folder);

/// Why results with manifest `old` cannot go on as `now`; empty where they can: budget and list of
/// seeds may grow, nothing else may change.
std::string why_not_resumed(const Manifest& old, const Manifest& now);

/// Where the copy of a world's file lies, below the results' folder.
std::string world_file(const std::string& world);

/// A name as a folder's: what is not a letter, digit or one of "._=,+-" becomes "_"; long ones are
/// cut and end in their hash.
std::string folder_name(const std::string& name);

/// 64-bit FNV-1a in hexadecimal: tells whether a file is the same, not who wrote it.
std::string content_hash(const std::string& bytes);

}  // namespace rl
