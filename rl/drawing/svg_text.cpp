#include "rl/drawing/svg_text.hpp"

#include <algorithm>
#include <cmath>

#include "rl/drawing/canvas.hpp"
#include "rl/random.hpp"

namespace rl::drawing {

namespace {

std::string id_of(std::string_view title, std::string_view description, std::string_view body) {
  return fmt::format("svg-{:016x}", fnv1a(fmt::format("{}\n{}\n{}", title, description, body)));
}

}  // namespace

std::string hex(Rgb color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.red, color.green, color.blue);
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  return result;
}

double text_width(std::string_view text, double font_size) {
  return columns(text) * font_size * 0.56;  // a digit of Helvetica
}

int columns_in(double width, double font_size) {
  return std::max(1, static_cast<int>(width / (font_size * 0.54)));
}

std::string shortened(std::string_view text, int width) {
  if (columns(text) <= width) return std::string(text);
  return clip(text, std::max(0, width - 1)) + "…";
}

std::string svg_document(double width, double height, std::string_view title,
                         std::string_view description, std::string_view body, std::string_view id) {
  const std::string ids = id.empty() ? id_of(title, description, body) : escaped(id);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "viewBox=\"0 0 {0:.0f} {1:.0f}\" style=\"max-width:100%;height:auto\" "
      "font-family=\"Helvetica, Arial, sans-serif\" role=\"img\" "
      "aria-labelledby=\"{2}-title {2}-desc\">\n<title id=\"{2}-title\">{3}</title>\n"
      "<desc id=\"{2}-desc\">{4}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
      "{5}</svg>\n",
      std::ceil(width), std::ceil(height), ids, escaped(title), escaped(description), body);
}

}  // namespace rl::drawing
