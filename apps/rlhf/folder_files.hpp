#pragma once
/// \file
/// The files that a command writes into the folder of --out: opened before the work, so that what
/// would go wrong does so then, and named one by one as they become whole.
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/output_file.hpp"
#include "rl/drawing/chart.hpp"

namespace rl::apps {

class FolderFiles {
 public:
  /// Makes the folder where it is missing. Throws std::invalid_argument, naming the file.
  FolderFiles(std::string folder, std::span<const std::string> names, bool force);

  const std::string& folder() const { return folder_; }
  /// One of the names. What is never written leaves no file.
  void write(std::string_view name, const std::string& text);
  /// NAME.svg and NAME.csv; nothing where the chart has no series.
  void write_chart(const std::string& name, const LineChart& chart);

 private:
  std::string folder_;
  std::vector<std::pair<std::string, std::unique_ptr<OutputFile>>> files_;
};

/// NAME.svg and NAME.csv of each.
std::vector<std::string> chart_files(std::span<const std::string> names);

}  // namespace rl::apps
