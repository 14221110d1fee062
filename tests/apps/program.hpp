#pragma once
/// \file
/// Runs the program in-process: words in; exit code, stdout and stderr out.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/program.hpp"

namespace tests {

struct Output {
  int code = -1;
  std::string out, err;
  /// stdout as JSON; throws where it is anything else.
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

/// What surrounds the program.
struct Surroundings {
  int columns = 80;
  bool terminal = false;
  std::function<bool()> interrupted = [] { return false; };
  std::function<double()> seconds = [] { return 0.0; };
  std::string input = {};  ///< what stdin holds
};

inline const rl::Registry& registry() {
  static const rl::Registry all = rl::apps::default_registry();
  return all;
}

inline Output rlbook(const std::vector<std::string>& words, const Surroundings& around = {},
                     const rl::Registry& registry = tests::registry()) {
  std::ostringstream out, err;
  std::istringstream in(around.input);
  rl::apps::Console console{.out = out,
                            .err = err,
                            .in = in,
                            .out_is_terminal = around.terminal,
                            .err_is_terminal = around.terminal,
                            .in_is_terminal = around.terminal,
                            .columns = around.columns,
                            .seconds = around.seconds,
                            .interrupted = around.interrupted};
  const int code = rl::apps::run_program(registry, words, console);
  return {code, out.str(), err.str()};
}

/// The command that goes on with what these words began.
inline std::vector<std::string> resumed(std::vector<std::string> words) {
  words.emplace_back("--resume");
  return words;
}

/// A folder of the test's own, removed at its end.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "rlbook_test_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  /// Makes a file and returns its path.
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return *this / name;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> list;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      list.push_back(entry.path().filename().string());
    std::sort(list.begin(), list.end());
    return list;
  }
  std::filesystem::path path;
};

inline std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The text without its line breaks and margins.
inline std::string one_line(const std::string& text) {
  std::istringstream words(text);
  std::string line;
  for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

/// Columns of the longest line.
inline std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::size_t length = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // within a UTF-8 character
    length = c == '\n' ? 0 : length + 1;
    longest = std::max(longest, length);
  }
  return longest;
}

}  // namespace tests
