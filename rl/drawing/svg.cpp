#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

#include "rl/drawing/canvas.hpp"
#include "rl/drawing/parts.hpp"
#include "rl/drawing/svg_text.hpp"

namespace rl {

namespace drawing {
namespace {

constexpr double kMargin = 20;
constexpr double kLine = 20;           // height of a line of text
constexpr double kLetter = 0.6;        // width of a character in font sizes, with some room
constexpr double kSmallestText = 7;    // pixels; smaller is left out
constexpr double kSmallestArrow = 9;   // side of a cell
constexpr double kSmallestBorder = 8;  // side of a cell
constexpr double kTallestPanel = 1400;
constexpr double kStripHeight = 48;  // of a chain too long for cells that can be read
constexpr int kLongestWrappedChain = 150;
constexpr double kChainCell = 56;  // side of a cell in a chain that goes on in the next line

/// One panel's size and place. A chain of many states is wrapped: `cols` cells a line.
struct Block {
  const Panel* panel;
  int rows, cols;
  double cell_width, cell_height;
  double left, top;  // of the labels' margin
  double label_width, label_height;
  double x = 0, y = 0;
  double width() const { return left + cols * cell_width; }
  double height() const { return top + rows * cell_height; }
};

struct Cell {
  double x, y, width, height;
  State s;
  char mark;
  double side() const { return std::min(width, height); }
  Point center() const { return {x + width / 2, y + height / 2}; }
};

class SvgPainter {
 public:
  SvgPainter(const Picture& picture, const PictureContent& content, const SvgStyle& style)
      : picture_(picture),
        content_(content),
        style_(style),
        scale_(scale_of(content)),
        num_actions_(num_actions_of(picture, content)) {
    numbers_ = content.number;
    numbers_.insert(numbers_.end(), content.q.begin(), content.q.end());
    decimals_ = fitting_decimals(numbers_);
  }
  std::string draw();

 private:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(body_), format, std::forward<Args>(args)...);
  }
  void text(Point at, double size, std::string_view content, std::string_view anchor = "middle",
            Rgb color = kBlack, bool bold = false);

  Block block_of(const Panel& panel, double room) const;
  std::vector<Block> place(double top);
  void labels(const Block& block);
  Cell cell_at(const Block& block, std::size_t i) const;
  void cell(const Cell& c);
  void number(const Cell& c, Rgb ink);
  void arrows(const Cell& c, Rgb ink);
  void arrow(Point from, Point to, double width, Rgb ink);
  void q_cell(const Cell& c);
  void q_part(const Cell& c, Action a, const std::string& polygon, Point at, double room);
  void q_cross(const Cell& c);
  void q_compass(const Cell& c);
  void q_bands(const Cell& c);
  void trajectory(const std::vector<Block>& blocks);
  void table();
  void legend();
  std::string describe_cell(const Cell& c) const;
  std::string description() const;
  Rgb fill_of(const Cell& c) const;
  bool shows_q() const { return !content_.q.empty() && num_actions_ > 0; }
  bool best(State s, Action a) const {
    const std::vector<Action>& actions = actions_of(content_, s);
    return std::find(actions.begin(), actions.end(), a) != actions.end();
  }

  const Picture& picture_;
  const PictureContent& content_;
  const SvgStyle& style_;
  Scale scale_;
  Action num_actions_;
  std::vector<double> numbers_;
  int decimals_ = 1;
  std::string body_;
  double width_ = 0;
  double height_ = 0;
};

void SvgPainter::text(Point at, double size, std::string_view content, std::string_view anchor,
                      Rgb color, bool bold) {
  if (size < kSmallestText || content.empty()) return;
  add("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\"{}>"
      "{}</text>\n",
      at.x, at.y, size, anchor, hex(color), bold ? " font-weight=\"bold\"" : "", escaped(content));
  const double length = columns(content) * size * kLetter;
  const double right = anchor == "start" ? at.x + length : at.x + length / 2;
  width_ = std::max(width_, right);
}

std::string SvgPainter::draw() {
  height_ = kMargin;
  if (!content_.title.empty()) {
    text({kMargin, height_ + 14}, 18, content_.title, "start", kBlack, true);
    height_ += 1.7 * kLine;
  }
  std::int64_t cells = 0;
  for (const Panel& panel : picture_.panels) cells += std::int64_t{panel.rows} * panel.cols;
  if (cells > kMaxSvgCells)
    throw std::invalid_argument(
        fmt::format("drawing: {} cells are more than an SVG of {} holds", cells, kMaxSvgCells));
  const std::vector<Block> blocks = place(height_);
  for (const Block& block : blocks) {
    labels(block);
    for (std::size_t i = 0; i < block.panel->state.size(); ++i) cell(cell_at(block, i));
  }
  trajectory(blocks);
  if (picture_.panels.empty()) table();
  legend();
  const std::string title = content_.title.empty() ? "World" : content_.title;
  return svg_document(width_ + kMargin, height_ + kMargin, title, description(), body_);
}

std::string SvgPainter::description() const {
  std::vector<std::string> parts;
  for (const Panel& panel : picture_.panels)
    parts.push_back(fmt::format("{}{} rows and {} columns of cells",
                                panel.title.empty() ? "" : panel.title + ": ", panel.rows,
                                panel.cols));
  if (!content_.number.empty())
    parts.push_back(fmt::format("{} from {} to {}", content_.number_name,
                                number_text(scale_.low, decimals_),
                                number_text(scale_.high, decimals_)));
  if (shows_q()) parts.emplace_back("q(s, a) in each cell, the best in bold");
  if (!content_.actions.empty() && !shows_q() && style_.actions)
    parts.emplace_back("every best action as an arrow");
  if (!content_.trajectory.empty())
    parts.push_back(fmt::format("a trajectory of {} steps", content_.trajectory.size() - 1));
  return fmt::format("{}.", fmt::join(parts, "; "));
}

// ---- places -------------------------------------------------------------------------------------

Block SvgPainter::block_of(const Panel& panel, double room) const {
  Block b{&panel, panel.rows, panel.cols, 0, 0, 0, 0, 0, 0};
  for (const std::string& label : panel.row_labels)
    b.label_width = std::max(b.label_width, columns(label) * 12 * kLetter + 8);
  b.label_height = panel.col_labels.empty() ? 0 : kLine;
  b.left = b.label_width;
  b.top = b.label_height + (panel.title.empty() ? 0 : kLine * 1.2);
  const double side =
      std::min({style_.cell, (room - b.left) / panel.cols, kTallestPanel / panel.rows});
  b.cell_width = b.cell_height = side;
  if (panel.rows == 1 && side < kChainCell && panel.cols <= kLongestWrappedChain) {
    b.cols = std::max(1, static_cast<int>((room - b.left) / kChainCell));
    b.rows = (panel.cols + b.cols - 1) / b.cols;
    b.cell_width = kChainCell;
    b.cell_height = kChainCell + b.label_height;
  } else if (panel.rows == 1) {
    b.cell_height = std::max(side, kStripHeight);
  }
  return b;
}

/// Panels from left to right and top to bottom; sets width_ and height_.
std::vector<Block> SvgPainter::place(double top) {
  const double all = style_.width - 2 * kMargin;
  const double room = picture_.panels.size() > 1 ? (all - kMargin) / 2 : all;
  std::vector<Block> blocks;
  double x = kMargin;
  double bottom = top;
  for (const Panel& panel : picture_.panels) {
    Block b = block_of(panel, room);
    if (x > kMargin && x + b.width() > style_.width - kMargin) {
      x = kMargin;
      top = bottom + kMargin;
    }
    b.x = x;
    b.y = top;
    x += b.width() + kMargin;
    bottom = std::max(bottom, top + b.height());
    width_ = std::max(width_, b.x + b.width());
    blocks.push_back(b);
  }
  height_ = bottom;
  return blocks;
}

Cell SvgPainter::cell_at(const Block& b, std::size_t i) const {
  const int row = static_cast<int>(i) / b.cols;
  const int col = static_cast<int>(i) % b.cols;
  const bool wrapped = b.rows != b.panel->rows;
  const double labels = wrapped ? b.label_height : 0;  // each line of a chain has its own
  return {b.x + b.left + col * b.cell_width,
          b.y + b.top + row * b.cell_height,
          b.cell_width,
          b.cell_height - labels,
          b.panel->state[i],
          i < b.panel->mark.size() ? b.panel->mark[i] : ' '};
}

void SvgPainter::labels(const Block& b) {
  text({b.x + b.left, b.y + 12}, 13, b.panel->title, "start", kBlack, true);
  double free_from = -1;
  for (std::size_t i = 0; i < b.panel->col_labels.size(); ++i) {
    const Cell c = cell_at(b, i);
    const double half = (columns(b.panel->col_labels[i]) * 12 * kLetter + 4) / 2;
    const Point at{c.center().x, c.y - 6};
    if (i % index(b.cols) == 0) free_from = at.x - half;
    if (at.x - half < free_from) continue;
    text(at, 12, b.panel->col_labels[i], "middle", kDarkGrey);
    free_from = at.x + half;
  }
  double free_down_from = 0;
  for (std::size_t r = 0; r < b.panel->row_labels.size(); ++r) {
    const double y = b.y + b.top + (static_cast<double>(r) + 0.5) * b.cell_height + 4;
    if (y - 12 < free_down_from) continue;
    text({b.x + b.left - 6, y}, 12, b.panel->row_labels[r], "end", kDarkGrey);
    free_down_from = y;
  }
}

// ---- cells --------------------------------------------------------------------------------------

Rgb SvgPainter::fill_of(const Cell& c) const {
  if (c.mark == '#') return mark_color('#');
  if (!shows_q() && (c.mark == 'T' || c.mark == 'F')) return mix(kWhite, mark_color(c.mark), 0.45);
  if (!shows_q() && c.mark == 'X') return mix(kWhite, kBlack, 0.75);
  return scale_.color(number_of(content_, c.s));
}

std::string SvgPainter::describe_cell(const Cell& c) const {
  std::string line = c.s >= 0 ? picture_.state_name(c.s) : "";
  if (c.mark != ' ') line += fmt::format("{}{}", line.empty() ? "" : ", ", mark_name(c.mark));
  if (const double x = number_of(content_, c.s); !std::isnan(x))
    line += fmt::format("; {} = {}", content_.number_name, number_text(x, decimals_ + 2));
  for (const Action a : actions_of(content_, c.s)) line += "; " + picture_.action_name(a);
  return line;
}

void SvgPainter::cell(const Cell& c) {
  if (c.s < 0 && c.mark == ' ') return;
  const Rgb fill = fill_of(c);
  const bool border = c.side() >= kSmallestBorder;
  add("<g><title>{}</title>\n", escaped(describe_cell(c)));
  add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.2f}\" fill=\"{}\"{}/>\n", c.x,
      c.y, c.width, c.height, hex(fill), border ? " stroke=\"#999999\"" : "");
  const Rgb ink = text_color(fill);
  if (shows_q() && c.s >= 0 && c.mark != '#') q_cell(c);
  if (c.mark != ' ' && (shows_q() || c.mark == 'S') && c.mark != '#' && border)
    add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"none\" "
        "stroke=\"{}\" stroke-width=\"2\"/>\n",
        c.x + 1.5, c.y + 1.5, c.width - 3, c.height - 3, hex(mark_color(c.mark)));
  if (!shows_q()) {
    if (style_.numbers) number(c, ink);
    if (style_.actions && c.side() >= kSmallestArrow) arrows(c, ink);
  }
  if (c.mark != ' ' && c.mark != '#') {
    const double size = std::min(13.0, 0.2 * c.side());
    text({c.x + 0.05 * c.width + size / 2, c.y + 0.05 * c.height + size}, size,
         std::string(1, c.mark), "middle", shows_q() ? kBlack : ink, true);
  }
  add("</g>\n");
}

void SvgPainter::number(const Cell& c, Rgb ink) {
  const double x = number_of(content_, c.s);
  if (std::isnan(x)) return;
  const std::string shown = number_text(x, decimals_);
  const double fitting = 0.9 * c.width / (kLetter * std::max(3, columns(shown)));
  const bool alone = actions_of(content_, c.s).empty() || !style_.actions;
  const double size = std::min((alone ? 0.3 : 0.24) * c.height, fitting);
  const double y = alone ? c.center().y + size / 3 : c.y + 0.9 * c.height;
  text({c.center().x, y}, size, shown, "middle", ink);
}

void SvgPainter::arrow(Point from, Point to, double width, Rgb ink) {
  const double dx = to.x - from.x;
  const double dy = to.y - from.y;
  const double length = std::hypot(dx, dy);
  const double head = std::min(3.5 * width, 0.6 * length);
  const Point neck{to.x - dx / length * head, to.y - dy / length * head};
  const Point side{-dy / length * head * 0.55, dx / length * head * 0.55};
  add("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\" stroke-width=\"{:.1f}\"/>"
      "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}L{:.1f} {:.1f}Z\" fill=\"{}\"/>\n",
      from.x, from.y, neck.x, neck.y, hex(ink), width, to.x, to.y, neck.x + side.x, neck.y + side.y,
      neck.x - side.x, neck.y - side.y, hex(ink));
}

/// Every shown action: an arrow for a direction, a ring for staying, else its sign.
void SvgPainter::arrows(const Cell& c, Rgb ink) {
  const std::vector<Action>& actions = actions_of(content_, c.s);
  const bool numbers = style_.numbers && !std::isnan(number_of(content_, c.s));
  const Point center{c.center().x, c.y + (numbers ? 0.4 : 0.5) * c.height};
  const double reach = (numbers ? 0.29 : 0.38) * c.side();
  const double width = std::max(1.0, 0.035 * c.side());
  const bool directions = is_compass(picture_);
  std::string signs;
  for (const Action a : actions) {
    if (picture_.actions.empty()) {
      signs += (signs.empty() ? "" : " ") + std::to_string(a);
      continue;
    }
    const ActionLook& look = picture_.actions[index(a)];
    const double norm = std::hypot(look.d_row, look.d_col);
    if (norm > 0) {
      const Point tip{reach * look.d_col / norm, reach * look.d_row / norm};
      const double tail = actions.size() == 1 ? 0.8 : 0;  // an arrow alone lies in the middle
      const double end = actions.size() == 1 ? 0.8 : 1;
      arrow({center.x - tail * tip.x, center.y - tail * tip.y},
            {center.x + end * tip.x, center.y + end * tip.y}, width, ink);
    } else if (directions) {
      add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"none\" stroke=\"{}\" "
          "stroke-width=\"{:.1f}\"/>\n",
          center.x, center.y, 0.45 * reach, hex(ink), width);
    } else
      signs += (signs.empty() ? "" : " ") + look.glyph;
  }
  const double fitting = 0.9 * c.width / (kLetter * std::max(1, columns(signs)));
  const double size = std::min((numbers ? 0.36 : 0.5) * c.side(), fitting);
  text({center.x, center.y + size / 3}, size, signs, "middle", ink, true);
}

// ---- action values ------------------------------------------------------------------------------

void SvgPainter::q_cell(const Cell& c) {
  if (actions_of(content_, c.s).empty() || c.side() < kSmallestArrow) {
    number(c, text_color(fill_of(c)));
    return;
  }
  if (is_cross(picture_))
    q_cross(c);
  else if (is_compass(picture_))
    q_compass(c);
  else
    q_bands(c);
}

/// A polygon in the colour of q(s, a), with the number, bold where a is best.
void SvgPainter::q_part(const Cell& c, Action a, const std::string& polygon, Point at,
                        double room) {
  const double q = q_of(content_, c.s, a, num_actions_);
  if (std::isnan(q)) return;
  const Rgb fill = scale_.color(q);
  add("<path d=\"{}\" fill=\"{}\" stroke=\"#999999\" stroke-width=\"0.5\"/>\n", polygon, hex(fill));
  if (!style_.numbers) return;
  const std::string shown = number_text(q, decimals_);
  const double size = std::min(0.17 * c.side(), room / (kLetter * std::max(4, columns(shown))));
  text({at.x, at.y + size / 3}, size, shown, "middle", text_color(fill), best(c.s, a));
}

/// Four triangles whose tips meet in the middle, and the middle for staying.
void SvgPainter::q_cross(const Cell& c) {
  const Point m = c.center();
  const double w = c.width / 2;
  const double h = c.height / 2;
  const auto corner = [&](int dx, int dy) {
    return fmt::format("{:.1f} {:.1f}", m.x + dx * w, m.y + dy * h);
  };
  for (const bool middle : {false, true})  // the middle lies above the tips
    for (Action a = 0; a < num_actions_; ++a) {
      const ActionLook& look = picture_.actions[index(a)];
      const bool stays = look.d_row == 0 && look.d_col == 0;
      if (stays != middle) continue;
      if (stays) {
        const std::string path =
            fmt::format("M{0:.1f} {1:.1f}L{2:.1f} {3:.1f}L{0:.1f} {4:.1f}L{5:.1f} {3:.1f}Z", m.x,
                        m.y - 0.46 * h, m.x + 0.46 * w, m.y, m.y + 0.46 * h, m.x - 0.46 * w);
        q_part(c, a, path, m, 0.7 * w);
        continue;
      }
      const int dx = look.d_col;
      const int dy = look.d_row;
      const std::string from = dx != 0 ? corner(dx, -1) : corner(-1, dy);
      const std::string to = dx != 0 ? corner(dx, 1) : corner(1, dy);
      const std::string path = fmt::format("M{:.1f} {:.1f}L{}L{}Z", m.x, m.y, from, to);
      q_part(c, a, path, {m.x + 0.66 * dx * w, m.y + 0.74 * dy * h}, 0.56 * w);
    }
}

std::string rectangle(double x, double y, double width, double height) {
  return fmt::format("M{:.1f} {:.1f}h{:.1f}v{:.1f}h{:.1f}Z", x, y, width, height, -width);
}

/// Nine squares.
void SvgPainter::q_compass(const Cell& c) {
  const double w = c.width / 3;
  const double h = c.height / 3;
  for (Action a = 0; a < num_actions_; ++a) {
    const ActionLook& look = picture_.actions[index(a)];
    const double x = c.x + (1 + look.d_col) * w;
    const double y = c.y + (1 + look.d_row) * h;
    q_part(c, a, rectangle(x, y, w, h), {x + w / 2, y + h / 2}, 0.9 * w);
  }
}

/// One band an action, from top to bottom.
void SvgPainter::q_bands(const Cell& c) {
  const double h = c.height / num_actions_;
  for (Action a = 0; a < num_actions_; ++a) {
    const double y = c.y + a * h;
    q_part(c, a, rectangle(c.x, y, c.width, h), {c.center().x, y + h / 2},
           std::min(0.9 * c.width, 2.5 * h));
  }
}

// ---- what lies above and beside the cells -------------------------------------------------------

void SvgPainter::trajectory(const std::vector<Block>& blocks) {
  for (const Block& b : blocks) {
    const auto find = [&](State s) -> std::optional<Cell> {
      const auto& states = b.panel->state;
      const auto it = std::find(states.begin(), states.end(), s);
      if (s < 0 || it == states.end()) return std::nullopt;
      return cell_at(b, static_cast<std::size_t>(it - states.begin()));
    };
    std::string path;
    std::optional<Cell> last;
    for (const State s : content_.trajectory) {
      const auto c = find(s);
      if (c) path += fmt::format("{}{:.1f} {:.1f}", last ? "L" : "M", c->center().x, c->center().y);
      last = c;
    }
    if (!path.empty())
      add("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1f}\" "
          "stroke-opacity=\"0.65\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n",
          path, hex(kPurple), std::max(1.5, 0.06 * b.cell_width));
    const std::optional<State> agent = content_.agent || content_.trajectory.empty()
                                           ? content_.agent
                                           : std::optional<State>(content_.trajectory.back());
    if (!agent) continue;
    if (const auto c = find(*agent))
      add("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\" stroke=\"#000000\">"
          "<title>{}</title></circle>\n",
          c->center().x, c->center().y, 0.14 * c->side(), hex(kPurple),
          escaped(content_.agent_name));
  }
}

/// A line a state where there is no picture.
void SvgPainter::table() {
  const State states = num_states_of(picture_, content_);
  if (states > kMaxSvgCells)
    throw std::invalid_argument(
        fmt::format("drawing: {} states are more than an SVG of {} holds", states, kMaxSvgCells));
  double name_width = 0;
  for (State s = 0; s < states; ++s)
    name_width = std::max(name_width, columns(picture_.state_name(s)) * 13 * kLetter);
  for (State s = 0; s < states; ++s) {
    const double y = height_ + kLine;
    const double x = number_of(content_, s);
    const Rgb fill = scale_.color(x);
    text({kMargin, y}, 13, picture_.state_name(s), "start");
    if (!std::isnan(x)) {
      const double left = kMargin + name_width + 12;
      add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"72\" height=\"{:.1f}\" fill=\"{}\"/>\n", left,
          y - 14, kLine, hex(fill));
      text({left + 36, y}, 13, number_text(x, decimals_), "middle", text_color(fill));
    }
    std::vector<std::string> names;
    for (const Action a : actions_of(content_, s)) names.push_back(picture_.action_name(a));
    text({kMargin + name_width + 96, y}, 13, fmt::format("{}", fmt::join(names, " ")), "start");
    height_ = y + 4;
  }
}

void SvgPainter::legend() {
  const bool has_numbers =
      std::any_of(numbers_.begin(), numbers_.end(), [](double n) { return std::isfinite(n); });
  const std::string marks = marks_in(picture_);
  std::vector<std::string> words;
  if (shows_q()) words.emplace_back("bold: best action");
  if (!content_.trajectory.empty()) words.emplace_back("purple line: trajectory");
  if (shows_q() || !content_.actions.empty())
    for (std::string& sign : action_signs(picture_, true)) words.push_back(std::move(sign));
  if (!has_numbers && marks.empty() && words.empty()) return;

  double x = kMargin;
  height_ += kMargin;
  const auto room = [&](double needed) {
    if (x + needed > style_.width - kMargin && x > kMargin) {
      x = kMargin;
      height_ += kLine * 1.2;
    }
  };
  const auto write = [&](const std::string& shown) {
    const double length = columns(shown) * 12 * kLetter + 10;
    room(length);
    text({x, height_ + 12}, 12, shown, "start");
    x += length;
  };
  if (has_numbers) {
    constexpr int kSteps = 24;
    write(fmt::format("{} {}", content_.number_name, number_text(scale_.low, decimals_)));
    room(kSteps * 5);
    for (int i = 0; i < kSteps; ++i, x += 5)
      add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"5.5\" height=\"14\" fill=\"{}\"/>\n", x, height_,
          hex(scale_.color(scale_.low + (scale_.high - scale_.low) * i / (kSteps - 1))));
    x += 6;
    write(number_text(scale_.high, decimals_));
    x += kMargin;
  }
  for (const char mark : marks) {
    room(18 + columns(mark_name(mark)) * 12 * kLetter);
    add("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"14\" height=\"14\" fill=\"{}\"/>\n", x, height_,
        hex(mark_color(mark)));
    x += 18;
    write(std::string(mark_name(mark)));
  }
  for (const std::string& word : words) write(word);
  height_ += kLine;
}

}  // namespace
}  // namespace drawing

std::string draw_svg(const Picture& picture, const PictureContent& content, const SvgStyle& style) {
  if (!(style.cell > 0) || !(style.width >= 100))
    throw std::invalid_argument("drawing: cell must be positive and width at least 100 pixels");
  return drawing::SvgPainter(picture, content, style).draw();
}

}  // namespace rl
