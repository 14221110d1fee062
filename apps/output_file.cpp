#include "apps/output_file.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <system_error>

namespace rl::apps {

namespace fs = std::filesystem;

OutputFile::OutputFile(const std::string& path, bool force) : path_(path), written_(path) {
  const auto fail = [&](const std::string& what) {
    return std::invalid_argument(fmt::format("{}: {}", path, what));
  };
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (path.empty()) throw std::invalid_argument("a file needs a name");
  if (fs::is_directory(status)) throw fail("is a folder, not a file");
  const bool device = fs::exists(status) && !fs::is_regular_file(status);
  if (fs::exists(status) && !device && !force) throw fail("exists already; --force replaces it");
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error))
    throw fail(fmt::format("there is no folder '{}'", folder.string()));
  if (!device) written_ += ".part";
  stream_.open(written_, std::ios::binary | std::ios::trunc);
  if (!stream_) throw fail("cannot be written");
}

OutputFile::~OutputFile() {
  if (committed_ || written_ == path_) return;
  stream_.close();
  std::error_code error;
  fs::remove(written_, error);
}

void OutputFile::commit() {
  stream_.close();
  std::error_code error;
  if (stream_ && written_ != path_) fs::rename(written_, path_, error);
  if (!stream_ || error)
    throw std::runtime_error(fmt::format("{}: could not be written whole", path_.string()));
  committed_ = true;
}

}  // namespace rl::apps
