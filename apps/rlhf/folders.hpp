#pragma once
/// \file
/// Folders that the trainers write and read: --output-dir of one is --model of the next.
#include <string>

namespace rl::apps {

/// The file itself, or the one of this name in the folder that `path` is.
std::string file_in(const std::string& path, const char* name);

/// Makes the folder of --output-dir where it is missing. Throws std::invalid_argument, with the
/// system's reason.
void make_output_dir(const std::string& path);

}  // namespace rl::apps
