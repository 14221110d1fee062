#pragma once
/// \file
/// A file that is written bit by bit and gets its name when it is whole.
#include <filesystem>
#include <fstream>
#include <string>

namespace rl::apps {

/// The constructor finds out what would go wrong (the file exists and `force` is off, the folder is
/// missing or closed), so that this fails before the work and not after it. What is not committed
/// is removed. Devices and pipes are written directly.
class OutputFile {
 public:
  /// Throws std::invalid_argument, naming the file.
  OutputFile(const std::string& path, bool force);
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  std::ostream& stream() { return stream_; }
  std::string path() const { return path_.string(); }
  /// Gives the file its name; throws std::runtime_error where it could not be written whole.
  void commit();

 private:
  std::filesystem::path path_, written_;
  std::ofstream stream_;
  bool committed_ = false;
};

}  // namespace rl::apps
