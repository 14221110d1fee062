#pragma once
/// \file
/// Lines of one-column characters with colours, that texts are put on and other canvases are pasted
/// into.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rl/drawing/parts.hpp"

namespace rl::drawing {

/// Columns of a UTF-8 text whose characters are one column wide.
int columns(std::string_view text);
/// The first `width` columns.
std::string clip(std::string_view text, int width);
/// Clipped or filled up with blanks on the right.
std::string pad_right(std::string_view text, int width);
/// Clipped or with blanks on both sides.
std::string pad_center(std::string_view text, int width);
/// Lines of at most `width` columns, broken at blanks where there are some; lines after the first
/// begin with `indent` blanks.
std::vector<std::string> wrap(std::string_view text, int width, int indent = 0);
/// Characters that are not ASCII become '?'.
std::string to_ascii(std::string_view text);

struct Ink {
  std::optional<Rgb> text = std::nullopt;
  std::optional<Rgb> background = std::nullopt;
  bool bold = false;
  bool operator==(const Ink&) const = default;
};

/// Black or white on a background.
Ink ink_on(Rgb background);

class Canvas {
 public:
  /// Writes from (row, col) on, growing as needed.
  void put(int row, int col, std::string_view text, const Ink& ink = {});
  void paste(int row, int col, const Canvas& other);
  /// Puts the lines below what is there.
  void append(const std::vector<std::string>& lines);
  void append(const Canvas& other) { paste(rows(), 0, other); }

  int rows() const { return static_cast<int>(rows_.size()); }
  int cols() const { return cols_; }
  /// Lines without trailing blanks, each ended by a newline.
  std::string text(const TerminalStyle& style) const;

 private:
  struct Glyph {
    std::string character = " ";
    Ink ink = {};
  };
  Glyph& at(int row, int col);

  std::vector<std::vector<Glyph>> rows_;
  int cols_ = 0;
};

}  // namespace rl::drawing
