#include "rl/drawing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/rl/xml.hpp"
#include "tests/sanitized.hpp"

namespace {

using rl::Action;
using rl::State;

const std::vector<rl::ActionLook> kMoves = {{"up", "↑", '^', -1, 0},
                                            {"right", "→", '>', 0, 1},
                                            {"down", "↓", 'v', 1, 0},
                                            {"left", "←", '<', 0, -1},
                                            {"stay", "○", 'o', 0, 0}};

rl::Panel grid(int rows, int cols, std::string mark = {}) {
  rl::Panel panel{"", rows, cols, {}, std::move(mark)};
  for (State s = 0; s < rows * cols; ++s) panel.state.push_back(s);
  if (panel.mark.empty()) panel.mark.assign(panel.state.size(), ' ');
  return panel;
}

rl::Picture picture_of(std::vector<rl::Panel> panels, std::vector<rl::ActionLook> actions = {}) {
  rl::Picture picture;
  picture.panels = std::move(panels);
  picture.actions = std::move(actions);
  return picture;
}

/// s1 start, s2 forbidden, s4 target.
rl::Picture small_world() { return picture_of({grid(2, 2, "SF T")}, kMoves); }

rl::PictureContent small_content() {
  return {.number = {0, -1.26, 9, 10}, .actions = {{2}, {1, 2}, {1}, {4}}};
}

/// Numbers and actions for any picture.
rl::PictureContent content_for(State states, Action actions, bool with_q) {
  rl::PictureContent content;
  for (State s = 0; s < states; ++s) {
    content.number.push_back(1.5 * s - 20);
    content.actions.push_back({s % actions});
    if (s % 5 == 0) content.actions.back().push_back((s + 1) % actions);
    for (Action a = 0; a < actions && with_q; ++a) content.q.push_back(0.1 * s - a);
  }
  return content;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

int columns(const std::string& line) {
  return static_cast<int>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

int widest(const std::string& text) {
  int most = 0;
  for (const std::string& line : lines_of(text)) most = std::max(most, columns(line));
  return most;
}

std::string without_colors(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      plain += text[i];
  return plain;
}

std::vector<rl::Picture> many_pictures() {
  std::vector<rl::Picture> pictures;
  for (const auto& [rows, cols] : std::vector<std::pair<int, int>>{
           {1, 1}, {2, 2}, {5, 5}, {4, 12}, {21, 21}, {32, 17}, {1, 19}, {1, 101}, {1, 400}}) {
    rl::Panel panel = grid(rows, cols);
    pictures.push_back(picture_of({panel}, kMoves));
    panel.title = "a title that is longer than many a terminal is wide, with words";
    for (int r = 0; r < rows; ++r) panel.row_labels.push_back(std::to_string(r));
    for (int c = 0; c < cols; ++c) panel.col_labels.push_back(std::to_string(c));
    pictures.push_back(picture_of({panel, panel}));
  }
  rl::Picture names;
  for (int s = 0; s < 30; ++s) names.state_names.push_back("state number " + std::to_string(s));
  pictures.push_back(names);
  return pictures;
}

State states_of(const rl::Picture& picture) {
  return picture.panels.empty() ? static_cast<State>(picture.state_names.size())
                                : static_cast<State>(picture.panels[0].state.size());
}

}  // namespace

TEST_CASE("drawing: a cell holds its mark, every best action and its number") {
  CHECK(rl::draw_terminal(small_world(), small_content(), {.width = 60}) ==
        "┌──────┬──────┐\n"
        "│S ↓   │F →↓  │\n"
        "│  0.0 │ -1.3 │\n"
        "├──────┼──────┤\n"
        "│  →   │T ○   │\n"
        "│  9.0 │ 10.0 │\n"
        "└──────┴──────┘\n"
        "v(s), S start, T target, F forbidden, ○ stay\n");
}

TEST_CASE("drawing: where columns are scarce blanks go first, then decimals") {
  rl::PictureContent content = small_content();
  CHECK(rl::draw_terminal(small_world(), content, {.unicode = false, .width = 11}) ==
        "+----+----+\n"
        "|Sv  |F>v |\n"
        "| 0.0|-1.3|\n"
        "+----+----+\n"
        "| >  |To  |\n"
        "| 9.0|10.0|\n"
        "+----+----+\n"
        "v(s), S\n"
        "start, T\n"
        "target, F\n"
        "forbidden,\n"
        "o stay\n");
  content.number = {0, -125.5, 900, 910};
  const std::string text = rl::draw_terminal(small_world(), content, {.width = 11});
  CHECK(text.find("-126") != std::string::npos);
  CHECK(text.find("-125.5") == std::string::npos);
}

TEST_CASE("drawing: q(s, a) stands where the action leads, the centre is staying") {
  rl::Picture one = picture_of({grid(1, 1)}, kMoves);
  const rl::PictureContent content{
      .number = {4}, .actions = {{3}}, .q = {1, 2, 3, 4, rl::kUnavailable}};
  CHECK(rl::draw_terminal(one, content, {.unicode = false, .width = 20}) ==
        "+-----+\n"
        "|  <  |\n"
        "|  1  |\n"
        "|4   2|\n"
        "|  3  |\n"
        "+-----+\n"
        "v(s), o stay\n");
  one.actions = {{"hit", "h", 'h'}, {"stick", "s", 's'}};
  CHECK(rl::draw_terminal(one, {.number = {4}, .actions = {{1}}, .q = {-2, 4}},
                          {.unicode = false, .width = 40}) ==
        "+----+\n"
        "| s  |\n"
        "|h -2|\n"
        "|s  4|\n"
        "+----+\n"
        "v(s), h hit, s stick\n");
}

TEST_CASE("drawing: agent and way are marked") {
  rl::PictureContent content;
  content.trajectory = {0, 2, 3};
  content.agent = 3;
  CHECK(rl::draw_terminal(small_world(), content, {.unicode = false, .width = 60}) ==
        "+---+---+\n"
        "|S .|F  |\n"
        "+---+---+\n"
        "|  .|T @|\n"
        "+---+---+\n"
        "S start, T target, F forbidden, @ agent, . way\n");
}

TEST_CASE("drawing: large panels shrink to two characters a cell, then to one") {
  const rl::Picture picture = picture_of({grid(13, 12)}, kMoves);
  rl::PictureContent content;
  content.actions.assign(156, {0});
  content.actions[0] = {0, 1};
  content.actions[1] = {0, 1, 2};
  const auto first_line = [&](int width) {
    return lines_of(rl::draw_terminal(picture, content, {.unicode = false, .width = width}))[0];
  };
  CHECK(first_line(24) == "^>* ^ ^ ^ ^ ^ ^ ^ ^ ^ ^");
  CHECK(first_line(23) == "**^^^^^^^^^^");
  content.actions.clear();
  for (int s = 0; s < 156; ++s) content.number.push_back(s);
  const auto lines = lines_of(rl::draw_terminal(picture, content, {.unicode = false, .width = 12}));
  CHECK(lines[0] == "v(s): 0 is");  // 12 columns
  CHECK(lines[2] == "000000000000");
  CHECK(lines[14] == "999999999999");
}

TEST_CASE("drawing: a panel wider than the terminal becomes a line a state") {
  rl::Picture picture = picture_of({grid(2, 13)}, kMoves);
  rl::PictureContent content = content_for(26, 5, false);
  const auto lines = lines_of(rl::draw_terminal(picture, content, {.width = 12}));
  CHECK(lines[0] == "0   -20.0");  // a longer line is wrapped
  CHECK(lines[1] == "  up  right");
  CHECK(lines[2] == "1   -18.5");
}

TEST_CASE("drawing: a world without a picture is a table of states, cut at max_rows") {
  rl::Picture picture;
  picture.state_names = {"home", "work", "end"};
  rl::PictureContent content{.number = {1, 2.5, 0}, .actions = {{0}, {1, 2}, {}}};
  CHECK(rl::draw_terminal(picture, content, {}) ==
        "home  1.0  0\n"
        "work  2.5  1  2\n"
        "end   0.0\n"
        "v(s)\n");
  CHECK(rl::draw_terminal(picture, content, {.max_rows = 1}) ==
        "home  1.0  0\n"
        "and 2 more states\n"
        "v(s)\n");
}

TEST_CASE("drawing: panels stand side by side where they fit, else under one another") {
  rl::Panel left = grid(1, 2);
  left.title = "left";
  rl::Panel right = grid(1, 2);
  right.title = "right";
  const rl::Picture picture = picture_of({left, right});
  const rl::PictureContent content{.number = {1, 2}};
  CHECK(rl::draw_terminal(picture, content, {.unicode = false, .width = 21}) ==
        "left        right\n"
        "+---+---+   +---+---+\n"
        "|   |   |   |   |   |\n"
        "| 1 | 2 |   | 1 | 2 |\n"
        "+---+---+   +---+---+\n"
        "v(s)\n");
  CHECK(lines_of(rl::draw_terminal(picture, content, {.unicode = false, .width = 20}))[5] ==
        "right");
}

TEST_CASE("drawing: no line is wider than asked, whatever is drawn") {
  const std::vector<int> widths = tests::kSanitized
                                      ? std::vector{10, 20, 130}
                                      : std::vector{10, 11, 13, 16, 20, 27, 40, 61, 80, 130};
  for (const rl::Picture& picture : many_pictures())
    for (const bool with_q : {false, true}) {
      rl::PictureContent content = content_for(states_of(picture), 5, with_q);
      content.title = "A title of some length with averyveryverylongwordinit";
      for (const int width : widths)
        for (const bool unicode : {false, true}) {
          const std::string text =
              rl::draw_terminal(picture, content, {.unicode = unicode, .width = width});
          CAPTURE(width);
          CAPTURE(text);
          REQUIRE(widest(text) <= width);
          if (!unicode)
            REQUIRE(widest(text) == [&] {
              std::size_t most = 0;  // ASCII: a byte a column
              for (const std::string& line : lines_of(text)) most = std::max(most, line.size());
              return static_cast<int>(most);
            }());
        }
    }
  CHECK_THROWS_AS(rl::draw_terminal(small_world(), {}, {.width = 9}), std::invalid_argument);
}

TEST_CASE("drawing: colours add nothing but colours") {
  using Color = rl::TerminalStyle::Color;
  const auto plain = rl::draw_terminal(small_world(), small_content(), {.width = 40});
  const auto colored =
      rl::draw_terminal(small_world(), small_content(), {.color = Color::ansi256, .width = 40});
  CHECK(count(plain, "\x1b") == 0);
  CHECK(without_colors(colored) == plain);
  CHECK(count(colored, "48;5;") > 4);                // a background in every cell
  for (const std::string& line : lines_of(colored))  // no colour runs on into the next line
    if (line.find('\x1b') != std::string::npos)
      CHECK(line.substr(line.rfind('\x1b'), 4) == "\x1b[0m");
}

TEST_CASE("drawing: numbers that are missing, infinite or huge do not break cells") {
  rl::PictureContent content = small_content();
  content.number = {std::numeric_limits<double>::quiet_NaN(), -1e12,
                    std::numeric_limits<double>::infinity(), -0.0001};
  const std::string text = rl::draw_terminal(small_world(), content, {.width = 60});
  CHECK(widest(text) <= 60);
  CHECK(text.find("-1.0e+12") != std::string::npos);
  CHECK(text.find("inf") != std::string::npos);
  CHECK(text.find("-0 ") == std::string::npos);
  const std::string svg = rl::draw_svg(small_world(), content);
  CHECK(xml_fault(svg) == "");
  CHECK(svg.find("nan") == std::string::npos);
}

TEST_CASE("drawing: content of values and of action values holds all ties and no unavailable one") {
  // s0: action 0 ends with 1, action 1 too, action 2 is not available; s1 is terminal.
  const rl::FiniteMdp model(2, 3,
                            [](State, Action a, std::vector<rl::Outcome>& row) {
                              if (a < 2) row = {{1, 1, 1}};
                            },
                            {.terminal = {1}});
  rl::StateValues v(2);
  v << 1, 0;
  const rl::PictureContent from_v = rl::content_of(model, v, 0.9);
  CHECK(from_v.number == std::vector<double>{1, 0});
  CHECK(from_v.actions == std::vector<std::vector<Action>>{{0, 1}, {}});
  rl::QTable q(model);
  q(0, 0) = 0.5;
  q(0, 1) = 0.75;
  const rl::PictureContent from_q = rl::content_of(model, q);
  CHECK(from_q.number == std::vector<double>{0.75, 0});
  CHECK(from_q.actions == std::vector<std::vector<Action>>{{1}, {}});
  CHECK(from_q.q.size() == 6);
  CHECK(rl::count_visits(3, std::vector<State>{0, 2, 2}) == std::vector<double>{1, 0, 2});
}

TEST_CASE("drawing: an SVG is well-formed, has title and description, and no NaN") {
  for (const rl::Picture& picture : many_pictures())
    for (const bool with_q : {false, true}) {
      rl::PictureContent content = content_for(states_of(picture), 5, with_q);
      content.title = "a < b & \"c\" > d";
      content.trajectory = {0, 1, 0};
      content.agent = 0;
      const std::string svg = rl::draw_svg(picture, content);
      REQUIRE(xml_fault(svg) == "");
      REQUIRE(svg.rfind("<svg xmlns=\"http://www.w3.org/2000/svg\"", 0) == 0);
      REQUIRE(svg.find("-title\">a &lt; b &amp; &quot;c&quot; &gt; d</title>") !=
              std::string::npos);
      REQUIRE(svg.find("-desc\">") != std::string::npos);
      REQUIRE(svg.find("nan") == std::string::npos);
      REQUIRE(svg.find("inf") == std::string::npos);
      REQUIRE(svg.find("href") == std::string::npos);  // nothing from elsewhere
    }
}

TEST_CASE("drawing: the SVG has an arrow head for every best move and a ring for staying") {
  const std::string svg = rl::draw_svg(small_world(), small_content());
  // 4 best moves: down; right, down; right. Only an arrow head is a filled path.
  CHECK(count(svg, "Z\" fill=\"#") == 4);
  CHECK(count(svg, "<circle") == 1);
  CHECK(svg.find(">-1.3</text>") != std::string::npos);
  CHECK(svg.find("#e69f00") != std::string::npos);  // forbidden in the legend: Okabe and Ito
  CHECK(count(rl::draw_svg(small_world(), small_content(), {.actions = false}), "Z\" fill=\"#") ==
        0);
}

TEST_CASE("drawing: with q the SVG has four triangles and a centre, the best in bold") {
  const rl::Picture one = picture_of({grid(1, 1)}, kMoves);
  rl::PictureContent content{.number = {4}, .actions = {{3}}, .q = {1, 2, 3, 4, 0}};
  const std::string svg = rl::draw_svg(one, content);
  CHECK(count(svg, "stroke-width=\"0.5\"") == 5);
  CHECK(count(svg, "font-weight=\"bold\"") == 1);
  content.q[4] = rl::kUnavailable;
  CHECK(count(rl::draw_svg(one, content), "stroke-width=\"0.5\"") == 4);
}

TEST_CASE("drawing: an SVG of more cells than a reader can open is refused") {
  const rl::Picture huge = picture_of({grid(400, 400)});
  CHECK_THROWS_WITH_AS(rl::draw_svg(huge, {}),
                       "drawing: 160000 cells are more than an SVG of 100000 holds",
                       std::invalid_argument);
}
