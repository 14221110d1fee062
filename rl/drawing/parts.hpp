#pragma once
/// \file
/// What the terminal and the SVG writer share: the number in a cell, colours, marks, directions.
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rl/drawing.hpp"

namespace rl::drawing {

inline constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

struct Rgb {
  int red, green, blue;  ///< 0 .. 255
  bool operator==(const Rgb&) const = default;
};

// Okabe and Ito 2008.
inline constexpr Rgb kOrange{230, 159, 0};
inline constexpr Rgb kGreen{0, 158, 115};
inline constexpr Rgb kBlue{0, 114, 178};
inline constexpr Rgb kVermilion{213, 94, 0};
inline constexpr Rgb kPurple{204, 121, 167};
inline constexpr Rgb kWhite{255, 255, 255};
inline constexpr Rgb kBlack{0, 0, 0};
inline constexpr Rgb kDarkGrey{68, 68, 68};

/// (1 - share) a + share b.
Rgb mix(Rgb a, Rgb b, double share);
/// Black or white, whichever is read better on `background`.
Rgb text_color(Rgb background);

/// Colours of numbers: white at 0 where signs differ, blue above, vermilion below; else from pale
/// to full over the numbers that occur.
struct Scale {
  double low = 0;
  double high = 0;
  Rgb color(double x) const;
  /// One of the few steps between that a terminal of 256 colours can show without changing hue.
  Rgb terminal_color(double x) const;

 private:
  struct Tint {
    double share;  // 0 white, 1 full
    bool below;    // vermilion
  };
  Tint tint(double x) const;
};
/// Over the finite numbers; low = high = 0 where there are none.
Scale scale_of(const PictureContent& content);

/// Digits after the point: none for whole numbers and above 1000, else about three digits in all.
int fitting_decimals(const std::vector<double>& numbers);
/// "-1.2", never "-0.0"; empty for NaN; "1.2e+09" above a million.
std::string number_text(double x, int decimals);

/// The number that a cell of state s shows; NaN where none.
double number_of(const PictureContent& content, State s);
/// The actions that a cell of state s shows.
const std::vector<Action>& actions_of(const PictureContent& content, State s);
/// q(s, a); NaN where none is known or a is not available.
double q_of(const PictureContent& content, State s, Action a, Action num_actions);

Action num_actions_of(const Picture& picture, const PictureContent& content);
State num_states_of(const Picture& picture, const PictureContent& content);

/// "target" for 'T'; empty for an unmarked cell.
std::string_view mark_name(char mark);
Rgb mark_color(char mark);
char mark_at(const Panel& panel, int row, int col);
State state_at(const Panel& panel, int row, int col);
/// All marks of a picture, in a fixed order.
std::string marks_in(const Picture& picture);

/// Whether each action points to its own one of the nine neighbouring places.
bool is_compass(const Picture& picture);
/// Whether it does so without diagonals.
bool is_cross(const Picture& picture);

/// What the signs mean that are no arrows: "o stay"; of a long row the first and the last.
std::vector<std::string> action_signs(const Picture& picture, bool unicode);

/// States on the trajectory.
std::set<State> states_on_way(const PictureContent& content);

}  // namespace rl::drawing
