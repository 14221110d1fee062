#pragma once
/// \file
/// What a folder of results holds that depends on the experiment alone: all but timing.json and the
/// manifest's session.
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

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

}  // namespace tests
