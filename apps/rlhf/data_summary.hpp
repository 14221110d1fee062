#pragma once
/// \file
/// What a command of data tells at its end: named values, and where data and values go.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/output_file.hpp"

namespace rl::apps {

/// Least, mean and largest of some lengths.
class LengthRange {
 public:
  void add(std::size_t length);
  bool empty() const { return n_ == 0; }
  std::string text() const;  ///< "1 to 4, mean 2.5"
  std::string json() const;

 private:
  double mean() const { return sum_ / static_cast<double>(n_); }

  std::size_t n_ = 0, least_ = 0, most_ = 0;
  double sum_ = 0;
};

/// Named values: a table, an object, or a note beside data on stdout.
class DataSummary {
 public:
  void add(const std::string& name, std::size_t value);
  void add(const std::string& name, const std::string& value);
  void add(const std::string& name, double value);
  /// Nothing where there are none.
  void add(const std::string& name, const LengthRange& lengths);

  void write_json(Console& console) const;
  void write_table(Console& console) const;
  void write_note(Console& console) const;

 private:
  struct Line {
    std::string name, text, json;
  };
  std::vector<Line> lines_;
};

/// --out, or stdout. Made before the work, so that what would go wrong does so then.
class DataOutput {
 public:
  /// `input`: the file that is read, if any. Throws std::invalid_argument where --out is that too,
  /// where --json would mix with data on stdout, and for --force without --out.
  DataOutput(const Arguments& arguments, Console& console, const std::string& input = "");

  void write(const std::string& text);
  /// As JSON on stdout, as a table there, or beside data on stderr.
  void tell(DataSummary summary);

 private:
  Console& console_;
  bool json_;
  std::unique_ptr<OutputFile> file_;
};

/// Throws std::invalid_argument where `out`, the value of `flag`, is the input itself: its records
/// would be lost.
void require_other_file(const std::string& out, const std::string& input, const char* flag);

}  // namespace rl::apps
