#include "rl/continuous.hpp"

#include <fmt/format.h>

#include <cmath>

namespace rl {

std::string point_text(const Point& x) {
  std::string text;
  for (const double number : x.numbers())
    text += fmt::format("{}{:.4g}", text.empty() ? "" : ", ", number);
  return "(" + text + ")";
}

Space bounded(Space space) {
  for (Coordinate& c : space) {
    if (!std::isfinite(c.low)) c.low = -1;
    if (!std::isfinite(c.high)) c.high = 1;
  }
  return space;
}

}  // namespace rl
