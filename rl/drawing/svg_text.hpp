#pragma once
/// \file
/// What every SVG writer shares: colours and text as XML holds them, the width that text takes, and
/// the document around what was drawn.
#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

#include "rl/drawing/parts.hpp"

namespace rl::drawing {

struct Point {
  double x, y;
};

/// "#e69f00"
std::string hex(Rgb color);

/// Text as XML holds it; control characters, which XML forbids, become blanks.
std::string escaped(std::string_view text);

/// Pixels: an estimate, for fonts differ.
double text_width(std::string_view text, double font_size);

/// How many characters fit into `width` pixels, on average.
int columns_in(double width, double font_size);

/// At most `width` columns, the last of them "…" where something is cut off.
std::string shortened(std::string_view text, int width);

/// Elements, one after another.
class SvgBody {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// One self-contained SVG. It shrinks to the width of a page and needs none of its style sheets.
/// The ids of title and description begin with `id`; where that is empty, with a hash of all the
/// rest, so that different drawings on one page do not clash.
std::string svg_document(double width, double height, std::string_view title,
                         std::string_view description, std::string_view body,
                         std::string_view id = {});

}  // namespace rl::drawing
