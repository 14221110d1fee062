#pragma once
/// \file
/// What a folder of results holds that depends on the experiment alone: all but timing.json and the
/// manifest's session.
#include <cstddef>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "rl/files.hpp"

namespace tests {

/// Content by path below the folder.
inline std::map<std::string, std::string> result_files(const std::string& folder) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    if (!entry.is_regular_file() || name == "timing.json") continue;
    files[name] = rl::read_file(entry.path().string());
    if (name != "manifest.json") continue;
    auto manifest = nlohmann::json::parse(files[name]);
    manifest.erase("session");
    files[name] = manifest.dump();
  }
  return files;
}

/// How many runs have ended; others may be writing.
inline std::size_t ended_runs(const std::string& folder) {
  namespace fs = std::filesystem;
  std::size_t n = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; it != end; it.increment(error)) {
    if (error) break;  // a folder that was just being made
    n += it->path().filename() == "status.json" ? 1 : 0;
  }
  return n;
}

}  // namespace tests
