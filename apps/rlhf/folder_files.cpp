#include "apps/rlhf/folder_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <system_error>

namespace rl::apps {

FolderFiles::FolderFiles(std::string folder, std::span<const std::string> names, bool force)
    : folder_(std::move(folder)) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (!std::filesystem::is_directory(folder_))
    throw std::invalid_argument(fmt::format("{}: is no folder and cannot be made one", folder_));
  for (const std::string& name : names)
    files_.emplace_back(name, std::make_unique<OutputFile>(
                                  (std::filesystem::path(folder_) / name).string(), force));
}

void FolderFiles::write(std::string_view name, const std::string& text) {
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const auto& file) { return file.first == name; });
  if (found == files_.end()) throw std::logic_error(fmt::format("no file '{}' was opened", name));
  found->second->stream() << text;
  found->second->commit();
}

void FolderFiles::write_chart(const std::string& name, const LineChart& chart) {
  if (chart.series.empty()) return;
  write(name + ".svg", draw_svg(chart));
  write(name + ".csv", chart_csv(chart));
}

std::vector<std::string> chart_files(std::span<const std::string> names) {
  std::vector<std::string> files;
  for (const std::string& name : names)
    for (const char* ending : {".svg", ".csv"}) files.push_back(name + ending);
  return files;
}

}  // namespace rl::apps
