#pragma once
/// \file
/// Draws worlds: a Problem's picture with values, policies, action values, an agent and its way
/// laid over it, as text for the terminal or as a self-contained SVG. Strings are returned, nothing
/// is printed. The report, the terminal and files all draw through these two functions.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rl/learning.hpp"
#include "rl/problem.hpp"
#include "rl/values.hpp"

namespace rl {

/// What is laid over a picture. Whatever is empty is not drawn.
struct PictureContent {
  std::string title = {};
  std::string number_name = "v(s)";               ///< what `number` is: "v(s)", "visits", ...
  std::vector<double> number = {};                ///< [S]; NaN: none in this cell
  std::vector<std::vector<Action>> actions = {};  ///< [S]: optimal or greedy ones, ties included
  std::vector<double> q = {};                     ///< [S x A] row-major; -infinity: not available
  std::vector<State> trajectory = {};             ///< states in the order of their visits
  std::optional<State> agent = std::nullopt;      ///< where it stands
  std::string agent_name = "agent";               ///< in the legend
};

/// Values and every action within `tolerance` of the best.
PictureContent content_of(const FiniteMdp& model, const StateValues& v, double gamma,
                          double tolerance = 1e-9);
PictureContent content_of(const GridModel& model, const StateValues& v, double gamma,
                          double tolerance = 1e-9);
/// max_a q(s, a) and every action within `tolerance` of it, with q itself.
PictureContent content_of(const FiniteMdp& model, const QTable& q, double tolerance = 1e-9);

/// A learner's estimates with the greedy actions that follow; without q, which crowds out all but
/// the smallest worlds.
PictureContent content_of(const FiniteMdp& model, const Estimates& estimates, double gamma);

/// How often each state occurs in a trajectory: [S].
std::vector<double> count_visits(State num_states, std::span<const State> trajectory);

struct TerminalStyle {
  enum class Color : int { none, ansi256 };
  Color color = Color::none;
  bool unicode = true;  ///< false: ASCII only
  int width = 80;       ///< columns; no line is longer. At least 10
  int max_rows = 200;   ///< of a list of states, before "and 300 more"
};

/// Lines of text, each ended by a newline. Cells hold a number and arrows where they fit; else
/// decimals are dropped, panels stand under one another, cells shrink to two characters and to one,
/// and at last each state gets a line. A picture without panels is a table of states.
std::string draw_terminal(const Picture& picture, const PictureContent& content,
                          const TerminalStyle& style = {});

struct SvgStyle {
  double cell = 72;     ///< side of a cell in pixels, where `width` allows it
  double width = 1200;  ///< of the whole drawing, in pixels
  bool actions = true;  ///< arrows, where the content has actions
  bool numbers = true;  ///< as text; cells are coloured in any case
};

inline constexpr int kMaxSvgCells = 100'000;

/// One SVG with title, description, colour scale and legend; colours of Okabe and Ito, which
/// colour-blind readers can tell apart. Where the content has q, each cell shows q(s, a) as
/// triangles around a centre. Throws std::invalid_argument for more than kMaxSvgCells cells.
std::string draw_svg(const Picture& picture, const PictureContent& content,
                     const SvgStyle& style = {});

}  // namespace rl
