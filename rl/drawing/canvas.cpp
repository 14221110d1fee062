#include "rl/drawing/canvas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace rl::drawing {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::vector<std::string> characters(std::string_view text) {
  std::vector<std::string> result;
  for (const char c : text)
    if (continues(c) && !result.empty())
      result.back() += c;
    else
      result.emplace_back(1, c);
  return result;
}

/// The nearest colour of the 6 x 6 x 6 cube or of the greys in a 256-colour terminal.
int ansi256(Rgb color) {
  static constexpr int kLevels[] = {0, 95, 135, 175, 215, 255};
  const auto level = [](int x) {
    int best = 0;
    for (int i = 1; i < 6; ++i)
      if (std::abs(kLevels[i] - x) < std::abs(kLevels[best] - x)) best = i;
    return best;
  };
  const auto distance = [color](Rgb other) {
    const int r = color.red - other.red;
    const int g = color.green - other.green;
    const int b = color.blue - other.blue;
    return r * r + g * g + b * b;
  };
  const int r = level(color.red);
  const int g = level(color.green);
  const int b = level(color.blue);
  const int mean = (color.red + color.green + color.blue) / 3;
  const int grey = std::clamp((mean - 3) / 10, 0, 23);
  const int value = 8 + 10 * grey;
  const bool grey_is_nearer =
      distance({value, value, value}) < distance({kLevels[r], kLevels[g], kLevels[b]});
  return grey_is_nearer ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

std::string escape_sequence(const Ink& ink) {
  std::string codes = "0";
  if (ink.bold) codes += ";1";
  if (ink.text) codes += fmt::format(";38;5;{}", ansi256(*ink.text));
  if (ink.background) codes += fmt::format(";48;5;{}", ansi256(*ink.background));
  return "\x1b[" + codes + "m";
}

}  // namespace

int columns(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::string clip(std::string_view text, int width) {
  std::string result;
  int used = 0;
  for (const char c : text) {
    if (!continues(c) && used++ == width) break;
    result += c;
  }
  return result;
}

std::string pad_right(std::string_view text, int width) {
  std::string result = clip(text, width);
  result.append(index(std::max(0, width - columns(result))), ' ');
  return result;
}

std::string pad_center(std::string_view text, int width) {
  const std::string clipped = clip(text, width);
  const int left = (width - columns(clipped)) / 2;
  return pad_right(std::string(index(std::max(0, left)), ' ') + clipped, width);
}

std::vector<std::string> wrap(std::string_view text, int width, int indent) {
  std::vector<std::string> lines;
  const std::string margin(index(indent), ' ');
  std::string line;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    std::string word(text.substr(begin, end - begin));
    begin = end + 1;
    const bool empty = line.empty() || line == margin;
    if (!empty && columns(line) + 1 + columns(word) > width) {
      lines.push_back(line);
      line = margin;
    } else if (!empty) {
      line += ' ';
    }
    while (columns(line) + columns(word) > width) {  // a word longer than a line
      const std::string part = clip(word, std::max(1, width - columns(line)));
      lines.push_back(line + part);
      word.erase(0, part.size());
      line = margin;
    }
    line += word;
  }
  lines.push_back(line);
  return lines;
}

std::string to_ascii(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x80)
      result += c;
    else if (!continues(c))
      result += '?';
  return result;
}

Ink ink_on(Rgb background) { return {.text = text_color(background), .background = background}; }

Canvas::Glyph& Canvas::at(int row, int col) {
  if (row >= rows()) rows_.resize(index(row) + 1);
  std::vector<Glyph>& line = rows_[index(row)];
  if (index(col) >= line.size()) line.resize(index(col) + 1);
  cols_ = std::max(cols_, col + 1);
  return line[index(col)];
}

void Canvas::put(int row, int col, std::string_view text, const Ink& ink) {
  if (row >= rows()) rows_.resize(index(row) + 1);
  for (std::string& character : characters(text)) at(row, col++) = {std::move(character), ink};
}

void Canvas::paste(int row, int col, const Canvas& other) {
  for (int r = 0; r < other.rows(); ++r) {
    if (row + r >= rows()) rows_.resize(index(row + r) + 1);
    const std::vector<Glyph>& line = other.rows_[index(r)];
    for (std::size_t c = 0; c < line.size(); ++c) at(row + r, col + static_cast<int>(c)) = line[c];
  }
}

void Canvas::append(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) put(rows(), 0, line);
}

std::string Canvas::text(const TerminalStyle& style) const {
  const bool color = style.color != TerminalStyle::Color::none;
  std::string result;
  for (const std::vector<Glyph>& line : rows_) {
    std::size_t end = line.size();
    while (end > 0 && line[end - 1].character == " " &&
           (!color || !line[end - 1].ink.background.has_value()))
      --end;
    Ink ink;
    for (std::size_t c = 0; c < end; ++c) {
      if (color && line[c].ink != ink) {
        ink = line[c].ink;
        result += escape_sequence(ink);
      }
      result += style.unicode ? line[c].character : to_ascii(line[c].character);
    }
    if (ink != Ink{}) result += escape_sequence({});
    result += '\n';
  }
  return result;
}

}  // namespace rl::drawing
