#include "rl/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace rl {

namespace fs = std::filesystem;

namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void too_large(const std::string& path, const std::string& size,
                            std::uint64_t max_bytes) {
  throw std::invalid_argument(
      fmt::format("{}: {} bytes; files above {} bytes are not read", path, size, max_bytes));
}

/// Writes and closes; the error number, or 0.
int fill(File file, std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) return errno;
  return std::fclose(file.release()) == 0 ? 0 : errno;  // a full disk may show only here
}

[[noreturn]] void write_failed(const std::string& path, int error) {
  throw std::runtime_error(fmt::format("{}: cannot be written: {}", path, reason(error)));
}

/// A new file beside `path`, under a name that nobody else holds.
File open_beside(const std::string& path, std::string& name) {
  for (int i = 0;; ++i) {
    name = fmt::format("{}.tmp{}", path, i);
    if (File file{std::fopen(name.c_str(), "wbx")}) return file;
    if (errno != EEXIST)
      throw std::invalid_argument(fmt::format("{}: cannot be written: {}", path, reason(errno)));
  }
}

}  // namespace

std::string read_file(const std::string& path, std::uint64_t max_bytes) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw std::invalid_argument(fmt::format("{}: is a folder, not a file", path));
  const File file{std::fopen(path.c_str(), "rb")};
  if (!file)
    throw std::invalid_argument(fmt::format("{}: cannot be read: {}", path, reason(errno)));
  std::error_code no_size;  // pipes have none
  const std::uint64_t size = fs::is_regular_file(path, ignored) ? fs::file_size(path, no_size) : 0;
  if (!no_size && size > max_bytes) too_large(path, std::to_string(size), max_bytes);
  std::string text;
  for (std::string piece(std::size_t{1} << 16, '\0');;) {
    errno = 0;
    const std::size_t n = std::fread(piece.data(), 1, piece.size(), file.get());
    text.append(piece, 0, n);
    if (text.size() > max_bytes) too_large(path, fmt::format("more than {}", max_bytes), max_bytes);
    if (n < piece.size()) break;
  }
  if (std::ferror(file.get()) != 0)
    throw std::invalid_argument(fmt::format("{}: cannot be read: {}", path, reason(errno)));
  return text;
}

void write_file(const std::string& path, std::string_view text) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status))
    throw std::invalid_argument(fmt::format("{}: is a folder, not a file", path));
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    File device{std::fopen(path.c_str(), "wb")};
    if (!device)
      throw std::invalid_argument(fmt::format("{}: cannot be written: {}", path, reason(errno)));
    if (const int failed = fill(std::move(device), text)) write_failed(path, failed);
    return;
  }
  std::string temporary;
  File file = open_beside(path, temporary);
  const int failed = fill(std::move(file), text);
  if (failed == 0) fs::rename(temporary, path, error);
  if (failed == 0 && !error) return;
  std::error_code ignored;
  fs::remove(temporary, ignored);
  write_failed(path, failed != 0 ? failed : error.value());
}

void check_text(std::string_view text, const std::string& file_name) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  if (std::all_of(text.begin(), text.end(), blank))
    throw std::invalid_argument(fmt::format("{}: is empty", file_name));
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw std::invalid_argument(
        fmt::format("{}: is not a text file (byte {} is zero)", file_name, zero));
}

}  // namespace rl
