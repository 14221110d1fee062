#include "apps/rlhf/labelling_page.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>

#include "apps/layout.hpp"
#include "apps/picture.hpp"

namespace rl::apps {

namespace {

/// Two texts, the second from `column` on.
std::string sides_beside(const std::string& left, const std::string& right, int column) {
  std::istringstream left_lines(left), right_lines(right);
  std::string joined, a, b;
  for (;;) {
    const bool more_left = static_cast<bool>(std::getline(left_lines, a));
    const bool more_right = static_cast<bool>(std::getline(right_lines, b));
    if (!more_left && !more_right) return joined;
    if (!more_left) a.clear();
    if (!more_right) b.clear();
    const int blanks = b.empty() ? 0 : std::max(column - display_width(a), 1);
    joined.append(a).append(static_cast<std::size_t>(blanks), ' ').append(b) += '\n';
  }
}

}  // namespace

std::string label_paragraph(const std::string& text, int width) {
  std::string lines;
  for (const std::string& line : wrap(text, width, 2)) lines += line + '\n';
  return lines;
}

std::string LabelPage::text(const LabelQuestion& question, std::string heading,
                            const std::string& remark) const {
  const int columns = console_.columns;
  if (!question.prompt.empty()) heading += ": " + question.prompt;
  std::string page = "\n";
  for (const std::string& line : wrap(heading, columns, 2))
    page += console_.style(line, "1") + '\n';
  if (!remark.empty()) page += label_paragraph(remark, columns);
  constexpr int kGap = 3;
  const int half = (columns - kGap) / 2;
  if (is_drawn() && narrowest_drawing(*question.first.segment) <= half)
    return page + sides_beside(side_text("1", question.first, half),
                               side_text("2", question.second, half), half + kGap);
  return page + side_text("1", question.first, columns) + side_text("2", question.second, columns);
}

/// On the world's picture; responses are words.
bool LabelPage::is_drawn() const {
  return list_.world && list_.world->tree() == nullptr &&
         !list_.world->problem().picture.panels.empty() &&
         list_.world->model().num_states() <= kLargestDrawing;
}

/// Columns of the picture where nothing is squeezed: those of its first line.
int LabelPage::narrowest_drawing(const Segment& segment) const {
  const std::string drawing = drawing_of(segment, console_.columns);
  return display_width(std::string_view(drawing).substr(0, drawing.find('\n')));
}

std::string LabelPage::drawing_of(const Segment& segment, int width) const {
  PictureContent content;
  content.trajectory = segment.states;
  content.agent = segment.states.back();
  content.agent_name = "end";
  TerminalStyle style = terminal_style(console_);
  style.width = width;
  return draw_terminal(list_.world->problem().picture, content, style);
}

std::string LabelPage::side_text(const std::string& number, const ShownSide& side,
                                 int width) const {
  std::string text = label_paragraph(fmt::format("{}: {}", number, way_of(side)), width);
  if (const auto sum = true_return(side); sum && show_rewards_)
    text += label_paragraph(
        fmt::format("   rewards {:g}: sum {:g}", fmt::join(side.segment->rewards, ", "), *sum),
        width);
  if (is_drawn()) text += drawing_of(*side.segment, width);
  return text;
}

/// "word 3, word 1, end", "s1 right s2 down s7", or the text as it stands.
std::string LabelPage::way_of(const ShownSide& side) const {
  if (!side.segment) return side.text;
  const Segment& segment = *side.segment;
  if (!list_.world)
    return fmt::format("states {}; actions {}", fmt::join(segment.states, " "),
                       fmt::join(segment.actions, " "));
  const Picture& picture = list_.world->problem().picture;
  std::string way;
  if (list_.world->tree() != nullptr) {
    for (const Action a : segment.actions)
      way += (way.empty() ? "" : ", ") + picture.action_name(a);
    return way;
  }
  for (std::size_t t = 0; t < segment.length(); ++t) {
    if (list_.world->model().terminal(segment.states[t])) break;  // it only waits there
    way += fmt::format("{} {} ", picture.state_name(segment.states[t]),
                       picture.action_name(segment.actions[t]));
  }
  return way + picture.state_name(segment.states.back());
}

}  // namespace rl::apps
