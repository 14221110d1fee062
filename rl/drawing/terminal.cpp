#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "rl/drawing/canvas.hpp"
#include "rl/drawing/parts.hpp"

namespace rl {

namespace drawing {
namespace {

constexpr int kMostBoxedCells = 150;  // more would not fit on a screen
constexpr int kMostArrows = 5;        // in one cell
constexpr int kFewArrows = 3;         // where columns are scarce
constexpr int kGap = 3;               // between panels that stand side by side

struct BoxChars {
  std::string corner[3][3];  // top, between, bottom; left, between, right
  std::string across, down;
};
const BoxChars kUnicodeBox{{{"┌", "┬", "┐"}, {"├", "┼", "┤"}, {"└", "┴", "┘"}}, "─", "│"};
const BoxChars kAsciiBox{{{"+", "+", "+"}, {"+", "+", "+"}, {"+", "+", "+"}}, "-", "|"};

/// The size of boxed cells.
struct Box {
  int width;     // inside
  int decimals;  // of numbers
};

class TerminalPainter {
 public:
  TerminalPainter(const Picture& picture, const PictureContent& content, const TerminalStyle& style)
      : picture_(picture),
        content_(content),
        style_(style),
        scale_(scale_of(content)),
        num_actions_(num_actions_of(picture, content)),
        way_(states_on_way(content)) {
    for (const std::vector<double>* source : {&content.number, &content.q})
      numbers_.insert(numbers_.end(), source->begin(), source->end());
    decimals_ = fitting_decimals(numbers_);
    compass_ = !content.q.empty() && is_compass(picture);
    for (const Panel& panel : picture.panels)  // all panels of a picture alike
      compact_ = compact_ || panel.rows * panel.cols > kMostBoxedCells;
    for (const std::vector<Action>& actions : content.actions)
      most_arrows_ = std::max(most_arrows_, static_cast<int>(actions.size()));
  }

  std::string draw();

 private:
  // Whole panels, each in the best way that fits.
  std::vector<Canvas> panel(const Panel& p);
  std::optional<Box> box_for(const Panel& p, int cols) const;
  int boxes_in_a_line(const Panel& p) const;
  Canvas boxed(const Panel& p, const Box& box, int first_col, int cols);
  void draw_lines(Canvas& canvas, int left, int rows, int cols, const Box& box) const;
  std::vector<Canvas> compact(const Panel& p);
  Canvas compact_block(const Panel& p, int width, bool as_actions);
  Canvas state_list(const std::vector<State>& states, const Panel* p);
  std::string list_line(State s, char mark, int name_width, int number_width) const;

  // One boxed cell.
  void cell(Canvas& canvas, int row, int col, const Panel& p, int r, int c, const Box& box);
  void top_line(Canvas& canvas, int row, int col, State s, char mark, const Box& box,
                const Ink& ink);
  void compass_lines(Canvas& canvas, int row, int col, State s, const Box& box,
                     const Ink& ink) const;
  void q_lines(Canvas& canvas, int row, int col, State s, const Box& box, const Ink& ink) const;
  int cell_height() const;
  bool shows_q() const { return !content_.q.empty() && num_actions_ > 0; }

  // One compact cell.
  std::string compact_actions(State s, char mark, int width);
  std::string compact_digit(State s, char mark, int width);

  std::string legend();
  std::string digit_legend() const;

  std::string glyph(Action a) const;
  std::string arrows(State s) const;
  std::string agent_glyph() const { return style_.unicode ? "●" : "@"; }
  std::string way_glyph() const { return style_.unicode ? "·" : "."; }
  std::string wall_glyph() const { return style_.unicode ? "█" : "#"; }
  Ink ink_of(State s, char mark) const;
  int number_width(int decimals) const;
  std::string aligned(double x, int decimals) const;
  static int label_width(const std::vector<std::string>& labels);
  std::vector<Canvas> side_by_side(const std::vector<Canvas>& panels) const;

  const Picture& picture_;
  const PictureContent& content_;
  const TerminalStyle& style_;
  Scale scale_;
  Action num_actions_;
  std::set<State> way_;
  std::vector<double> numbers_;
  int decimals_ = 1;
  bool compass_ = false;
  bool compact_ = false;
  int most_arrows_ = 0;
  bool used_several_ = false;  // what the legend must explain
};

std::string TerminalPainter::draw() {
  Canvas page;
  if (!content_.title.empty()) page.append(wrap(content_.title, style_.width));
  if (picture_.panels.empty()) {
    std::vector<State> states;
    for (State s = 0; s < num_states_of(picture_, content_); ++s) states.push_back(s);
    page.append(state_list(states, nullptr));
  } else {
    std::vector<Canvas> panels;
    for (const Panel& p : picture_.panels)
      for (Canvas& canvas : panel(p)) panels.push_back(std::move(canvas));
    for (const Canvas& line : side_by_side(panels)) page.append(line);
  }
  if (const std::string text = legend(); !text.empty()) page.append(wrap(text, style_.width));
  return page.text(style_);
}

std::vector<Canvas> TerminalPainter::side_by_side(const std::vector<Canvas>& panels) const {
  std::vector<Canvas> lines;
  for (const Canvas& canvas : panels) {
    const bool fits = !lines.empty() && lines.back().cols() > 0 &&
                      lines.back().cols() + kGap + canvas.cols() <= style_.width;
    if (fits)
      lines.back().paste(0, lines.back().cols() + kGap, canvas);
    else
      lines.push_back(canvas);
  }
  return lines;
}

std::vector<Canvas> TerminalPainter::panel(const Panel& p) {
  Canvas title;
  if (!p.title.empty()) title.append(wrap(p.title, style_.width));
  if (!compact_) {
    if (p.rows == 1) {  // a chain may go on in the next line
      if (const int most = boxes_in_a_line(p); most >= std::min(p.cols, 5)) {
        const int lines = (p.cols + most - 1) / most;
        const int cols = (p.cols + lines - 1) / lines;  // lines of like length
        const Box box = *box_for(p, cols);
        for (int first = 0; first < p.cols; first += cols)
          title.append(boxed(p, box, first, std::min(cols, p.cols - first)));
        return {title};
      }
    } else if (const auto box = box_for(p, p.cols)) {
      title.append(boxed(p, *box, 0, p.cols));
      return {title};
    }
  }
  if (std::vector<Canvas> blocks = compact(p); !blocks.empty()) {
    title.append(blocks.front());
    blocks.front() = std::move(title);
    return blocks;
  }
  std::vector<State> states;
  for (const State s : p.state)
    if (s >= 0) states.push_back(s);
  title.append(state_list(states, &p));
  return {title};
}

// ---- boxed cells --------------------------------------------------------------------------------

int TerminalPainter::number_width(int decimals) const {
  int width = 0;
  for (const double x : numbers_)
    if (std::isfinite(x)) width = std::max(width, columns(number_text(x, decimals)));
  return width;
}

/// Right-aligned, so that the points of a column stand under one another.
std::string TerminalPainter::aligned(double x, int decimals) const {
  return fmt::format("{:>{}}", number_text(x, decimals), number_width(decimals));
}

int TerminalPainter::label_width(const std::vector<std::string>& labels) {
  int width = 0;
  for (const std::string& label : labels) width = std::max(width, columns(label) + 1);
  return width;
}

/// The widest cells of which `cols` fit in a line.
std::optional<Box> TerminalPainter::box_for(const Panel& p, int cols) const {
  const int room = (style_.width - label_width(p.row_labels) - 1) / cols - 1;
  for (int decimals = decimals_; decimals >= 0; --decimals)
    for (const bool wide : {true, false}) {
      const int number = number_width(decimals);
      const int arrows = std::min(most_arrows_, wide ? kMostArrows : kFewArrows);
      int width = std::max({arrows + (wide ? 2 : 0), number + (wide ? 2 : 0), 3});
      if (shows_q()) width = std::max(width, compass_ ? 3 * number + 2 : number + 2);
      if (width <= room) return Box{width, decimals};
    }
  return std::nullopt;
}

int TerminalPainter::boxes_in_a_line(const Panel& p) const {
  int cols = p.cols;
  while (cols > 0) {
    if (const auto box = box_for(p, cols);
        box && (box->decimals == decimals_ || decimals_ == 0 || cols < 5))
      return cols;
    --cols;
  }
  return 0;
}

int TerminalPainter::cell_height() const {
  if (shows_q()) return compass_ ? 4 : 1 + num_actions_;
  return content_.number.empty() ? 1 : 2;
}

Canvas TerminalPainter::boxed(const Panel& p, const Box& box, int first_col, int cols) {
  Canvas canvas;
  const int left = label_width(p.row_labels);
  const int height = cell_height();
  int top = 0;
  if (!p.col_labels.empty()) {
    for (int c = 0; c < cols; ++c)
      canvas.put(0, left + 1 + c * (box.width + 1),
                 pad_center(p.col_labels[index(first_col + c)], box.width));
    top = 1;
  }
  Canvas grid;
  draw_lines(grid, 0, p.rows, cols, box);
  for (int r = 0; r < p.rows; ++r)
    for (int c = 0; c < cols; ++c)
      cell(grid, 1 + r * (height + 1), 1 + c * (box.width + 1), p, r, first_col + c, box);
  canvas.paste(top, left, grid);
  for (int r = 0; r < p.rows && !p.row_labels.empty(); ++r)
    canvas.put(top + 1 + r * (height + 1), 0, p.row_labels[index(r)]);
  return canvas;
}

void TerminalPainter::draw_lines(Canvas& canvas, int left, int rows, int cols,
                                 const Box& box) const {
  const BoxChars& chars = style_.unicode ? kUnicodeBox : kAsciiBox;
  const int height = cell_height();
  for (int r = 0; r <= rows; ++r) {
    const auto& corner = chars.corner[r == 0 ? 0 : (r == rows ? 2 : 1)];
    const int line = r * (height + 1);
    for (int c = 0; c <= cols; ++c) {
      const int col = left + c * (box.width + 1);
      canvas.put(line, col, corner[c == 0 ? 0 : (c == cols ? 2 : 1)]);
      for (int i = 1; i <= box.width && c < cols; ++i) canvas.put(line, col + i, chars.across);
      for (int i = 1; i <= height && r < rows; ++i) canvas.put(line + i, col, chars.down);
    }
  }
}

Ink TerminalPainter::ink_of(State s, char mark) const {
  const double x = number_of(content_, s);
  if (!std::isnan(x)) return ink_on(scale_.terminal_color(x));
  if (mark == ' ') return {};
  if (mark == '#' || mark == 'X') return ink_on(mark_color(mark));
  return ink_on(mix(kWhite, mark_color(mark), 0.4));
}

void TerminalPainter::cell(Canvas& canvas, int row, int col, const Panel& p, int r, int c,
                           const Box& box) {
  const State s = state_at(p, r, c);
  const char mark = mark_at(p, r, c);
  if (s < 0 && mark == ' ') return;
  const Ink ink = ink_of(s, mark);
  const std::string blank(index(box.width), ' ');
  for (int i = 0; i < cell_height(); ++i) canvas.put(row + i, col, blank, ink);
  if (mark == '#') {
    for (int i = 0; i < cell_height(); ++i)
      for (int j = 0; j < box.width; ++j)
        canvas.put(row + i, col + j, wall_glyph(), Ink{.text = kDarkGrey});
    return;
  }
  top_line(canvas, row, col, s, mark, box, ink);
  if (shows_q()) {
    if (compass_)
      compass_lines(canvas, row + 1, col, s, box, ink);
    else
      q_lines(canvas, row + 1, col, s, box, ink);
  } else if (!content_.number.empty()) {
    canvas.put(row + 1, col, pad_center(aligned(number_of(content_, s), box.decimals), box.width),
               ink);
  }
}

void TerminalPainter::top_line(Canvas& canvas, int row, int col, State s, char mark, const Box& box,
                               const Ink& ink) {
  const bool agent = s >= 0 && content_.agent == s;
  const bool on_way = way_.count(s) > 0;
  const int sides = mark != ' ' || agent || on_way ? 2 : 0;
  std::string middle = arrows(s);
  if (columns(middle) > box.width - sides) {
    middle = "*";
    used_several_ = true;
  }
  canvas.put(row, col, pad_center(middle, box.width), ink);
  if (mark != ' ') canvas.put(row, col, std::string(1, mark), ink_on(mark_color(mark)));
  if (agent)
    canvas.put(row, col + box.width - 1, agent_glyph(), ink_on(kPurple));
  else if (on_way)
    canvas.put(row, col + box.width - 1, way_glyph(), ink);
}

void TerminalPainter::compass_lines(Canvas& canvas, int row, int col, State s, const Box& box,
                                    const Ink& ink) const {
  const std::vector<Action>& best = actions_of(content_, s);
  const int slot = (box.width - 2) / 3;
  for (Action a = 0; a < num_actions_; ++a) {
    const ActionLook& look = picture_.actions[index(a)];
    const std::string text = aligned(q_of(content_, s, a, num_actions_), box.decimals);
    Ink own = ink;
    own.bold = std::find(best.begin(), best.end(), a) != best.end();
    canvas.put(row + 1 + look.d_row, col + (1 + look.d_col) * (slot + 1), pad_center(text, slot),
               own);
  }
}

void TerminalPainter::q_lines(Canvas& canvas, int row, int col, State s, const Box& box,
                              const Ink& ink) const {
  const std::vector<Action>& best = actions_of(content_, s);
  for (Action a = 0; a < num_actions_; ++a) {
    const double q = q_of(content_, s, a, num_actions_);
    if (std::isnan(q)) continue;
    Ink own = ink;
    own.bold = std::find(best.begin(), best.end(), a) != best.end();
    canvas.put(row + a, col, pad_center(glyph(a) + " " + aligned(q, box.decimals), box.width), own);
  }
}

// ---- compact cells ------------------------------------------------------------------------------

/// Blocks of one- or two-character cells; none where they do not fit.
std::vector<Canvas> TerminalPainter::compact(const Panel& p) {
  const int room = style_.width - label_width(p.row_labels);
  int width = room / p.cols >= 2 ? 2 : 1;
  if (p.rows > 1 && width * p.cols > room) return {};
  if (room < 10) return {};
  std::vector<Canvas> blocks;
  const bool numbers = !content_.number.empty();
  if (!content_.actions.empty() || !numbers) blocks.push_back(compact_block(p, width, true));
  if (numbers) {
    Canvas block;
    block.append(wrap(digit_legend(), style_.width));
    block.append(compact_block(p, width, false));
    blocks.push_back(std::move(block));
  }
  return blocks;
}

Canvas TerminalPainter::compact_block(const Panel& p, int width, bool as_actions) {
  Canvas canvas;
  const int left = label_width(p.row_labels);
  const int chunk = std::min(p.cols, (style_.width - left) / width);
  for (int first = 0; first < p.cols; first += chunk) {
    const int cols = std::min(chunk, p.cols - first);
    int top = canvas.rows();
    if (!p.col_labels.empty()) {
      const int stride = (label_width(p.col_labels) + width - 1) / width;
      for (int c = 0; c < cols; c += stride)
        canvas.put(top, left + c * width, clip(p.col_labels[index(first + c)], (cols - c) * width));
      top = std::max(top + 1, canvas.rows());
    }
    for (int r = 0; r < p.rows; ++r) {
      if (!p.row_labels.empty()) canvas.put(top + r, 0, p.row_labels[index(r)]);
      for (int c = 0; c < cols; ++c) {
        const State s = state_at(p, r, first + c);
        const char mark = mark_at(p, r, first + c);
        const std::string text =
            as_actions ? compact_actions(s, mark, width) : compact_digit(s, mark, width);
        const Ink ink = s >= 0 && content_.agent == s ? ink_on(kPurple) : ink_of(s, mark);
        canvas.put(top + r, left + c * width, pad_right(text, width), ink);
      }
    }
  }
  return canvas;
}

std::string TerminalPainter::compact_actions(State s, char mark, int width) {
  if (mark == '#') return wall_glyph() + wall_glyph();
  std::string label = mark == ' ' ? "" : std::string(1, mark);
  if (s < 0) return label;
  if (content_.agent == s) return agent_glyph() + label;
  if (way_.count(s) > 0) return way_glyph() + label;
  std::string all = arrows(s);
  if (all.empty()) return label.empty() ? way_glyph() : label;
  if (columns(all) == 1) return all + label;
  if (columns(all) == 2 && width == 2 && label.empty()) return all;
  used_several_ = true;
  return "*" + label;
}

std::string TerminalPainter::compact_digit(State s, char mark, int width) {
  if (mark == '#') return wall_glyph() + wall_glyph();
  const double x = number_of(content_, s);
  if (!std::isfinite(x)) return mark == ' ' ? "" : std::string(1, mark);
  const double share = scale_.high > scale_.low ? (x - scale_.low) / (scale_.high - scale_.low) : 0;
  const std::string digit = std::to_string(std::clamp(static_cast<int>(10 * share), 0, 9));
  return width == 2 && mark != ' ' ? digit + mark : digit;
}

// ---- lists and legends --------------------------------------------------------------------------

Canvas TerminalPainter::state_list(const std::vector<State>& states, const Panel* p) {
  int name_width = 0;
  for (const State s : states) name_width = std::max(name_width, columns(picture_.state_name(s)));
  name_width = std::min(name_width, style_.width / 2);
  const int number_columns = number_width(decimals_);
  Canvas canvas;
  int shown = 0;
  for (const State s : states) {
    if (shown++ == style_.max_rows) {
      const std::string rest =
          fmt::format("and {} more states", states.size() - index(style_.max_rows));
      canvas.append(wrap(rest, style_.width));
      break;
    }
    char mark = ' ';
    if (p != nullptr)
      for (std::size_t i = 0; i < p->state.size() && i < p->mark.size(); ++i)
        if (p->state[i] == s) mark = p->mark[i];
    canvas.append(wrap(list_line(s, mark, name_width, number_columns), style_.width, 2));
  }
  return canvas;
}

std::string TerminalPainter::list_line(State s, char mark, int name_width,
                                       int number_columns) const {
  std::string line = pad_right(picture_.state_name(s), name_width);
  if (!content_.number.empty())
    line += fmt::format("  {:>{}}", number_text(number_of(content_, s), decimals_), number_columns);
  for (const Action a : actions_of(content_, s)) line += "  " + picture_.action_name(a);
  if (shows_q() && !actions_of(content_, s).empty())
    for (Action a = 0; a < num_actions_; ++a)
      if (const double x = q_of(content_, s, a, num_actions_); !std::isnan(x))
        line += fmt::format("  q({})={}", picture_.action_name(a), number_text(x, decimals_));
  if (mark != ' ') line += fmt::format("  {}", mark_name(mark));
  if (content_.agent == s)
    line += "  " + agent_glyph() + " " + content_.agent_name;
  else if (way_.count(s) > 0)
    line += "  " + way_glyph() + " way";
  return line;
}

std::string TerminalPainter::legend() {
  std::vector<std::string> parts;
  if (!content_.number.empty()) parts.push_back(content_.number_name);
  for (const char mark : marks_in(picture_)) {
    const std::string sign = mark == '#' ? wall_glyph() : std::string(1, mark);
    parts.push_back(fmt::format("{} {}", sign, mark_name(mark)));
  }
  if (!content_.actions.empty() || shows_q())
    for (std::string& sign : action_signs(picture_, style_.unicode))
      parts.push_back(std::move(sign));
  if (used_several_) parts.emplace_back("* several actions are equally good");
  if (content_.agent) parts.push_back(agent_glyph() + " " + content_.agent_name);
  if (!way_.empty()) parts.push_back(way_glyph() + " way");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string TerminalPainter::digit_legend() const {
  return fmt::format("{}: 0 is {}, 9 is {}", content_.number_name,
                     number_text(scale_.low, decimals_), number_text(scale_.high, decimals_));
}

std::string TerminalPainter::glyph(Action a) const {
  if (picture_.actions.empty()) return a < 10 ? std::to_string(a) : "?";
  const ActionLook& look = picture_.actions[index(a)];
  return style_.unicode ? look.glyph : std::string(1, look.ascii);
}

std::string TerminalPainter::arrows(State s) const {
  std::string text;
  for (const Action a : actions_of(content_, s)) text += glyph(a);
  return text;
}

}  // namespace
}  // namespace drawing

std::string draw_terminal(const Picture& picture, const PictureContent& content,
                          const TerminalStyle& style) {
  if (style.width < 10) throw std::invalid_argument("drawing: width must be at least 10 columns");
  return drawing::TerminalPainter(picture, content, style).draw();
}

}  // namespace rl
