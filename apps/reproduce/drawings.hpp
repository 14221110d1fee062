#pragma once
/// \file
/// Figures of the books as charts of curves over runs and as maps of values and actions: tables of
/// what they show, and how that is drawn.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/reproduce/curves.hpp"

namespace rl::reproduce {

/// A horizontal line: a number, or a spec that is computed exactly.
struct ExactLevel {
  std::string name;
  nlohmann::json number;
};

/// A number of the truth file as a mark; none where its answer is withheld.
struct ReferenceMark {
  double x;
  std::string case_id;
};

struct FigureChart {
  std::string panel = {};  ///< at the end of the file's name; empty: the only drawing of a figure
  std::string title = {};
  std::string x_label = {};
  std::string y_label = {};
  std::int64_t runs = 1;  ///< where the reader asks for no other number
  std::vector<Curve> curves = {};
  std::vector<ReferenceMark> marks = {};
  std::vector<ExactLevel> levels = {};
  bool each_run = false;  ///< every run for itself instead of their mean
  bool log_x = false;
  bool log_y = false;
  std::optional<double> y_low = {};
  std::optional<double> y_high = {};
};

/// Values and actions on the world's picture: of a planner, with the policy's actions or, where the
/// spec has none or `greedy` is on, the best ones; or of a learner's run 0 after the "step" or
/// "episode" of the spec.
struct FigureMap {
  std::string panel = {};
  std::string title = {};
  nlohmann::json spec = {};
  bool greedy = false;
};

struct DrawnFigure {
  std::string name;  ///< "sb-fig-2.2"
  std::vector<FigureChart> charts = {};
  std::vector<FigureMap> maps = {};
};

/// One file of a figure: its name without ending, and what is in it.
struct Drawing {
  std::string title;
  std::string svg;
  std::string csv;
  std::int64_t runs = 0;  ///< 0: exact
};

/// All that can be drawn, by book and chapter.
const std::vector<DrawnFigure>& drawn_figures();

/// Whether a name, written as `full_figure_name` does, is the figure's or its chapter's.
bool is_meant(const std::string& name, const DrawnFigure& figure);

/// The figures that a name selects: "all", a figure ("sb-fig-6.5", "sb_figure_6.5") or a chapter
/// ("mfrl-ch-7"). Throws std::invalid_argument for one that has no drawing, with the names of those
/// that have and the nearest of them.
std::vector<const DrawnFigure*> select_drawn(std::string_view name);

/// "sb-fig-2.2-average-reward", the file's name without its ending.
std::string file_stem(const DrawnFigure& figure, const std::string& panel);

/// The chart with so many runs; empty: its own number of them. Throws std::invalid_argument for a
/// spec that cannot be computed, Interrupted where `stop` says so.
Drawing draw(const Registry& registry, const DrawnFigure& figure, const FigureChart& chart,
             std::optional<std::int64_t> runs, int threads, const StopRequest& stop = {});
Drawing draw(const Registry& registry, const DrawnFigure& figure, const FigureMap& map);

// The books' parts.
std::vector<DrawnFigure> mfrl_drawings();
std::vector<DrawnFigure> sutton_barto_drawings();
std::vector<DrawnFigure> mfrl_function_drawings();
std::vector<DrawnFigure> sutton_barto_function_drawings();

/// A spec of a learner in a world.
nlohmann::json learner_in(const char* world, const char* algorithm,
                          const nlohmann::json& options = nlohmann::json::object());

}  // namespace rl::reproduce
