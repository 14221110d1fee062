#include "apps/rlhf/folders.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace rl::apps {

std::string file_in(const std::string& path, const char* name) {
  return std::filesystem::is_directory(path) ? (std::filesystem::path(path) / name).string() : path;
}

void make_output_dir(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    throw std::invalid_argument(
        fmt::format("--output-dir: '{}' cannot be made: {}", path, error.message()));
}

}  // namespace rl::apps
