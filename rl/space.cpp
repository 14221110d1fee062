#include "rl/space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rl {

void check_in_space(const Point& x, const Space& space, std::string_view what) {
  if (x.size() != space.size())
    throw std::invalid_argument(
        fmt::format("{}: needs {} numbers, not {}", what, space.size(), x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Coordinate& c = space[i];
    if (std::isfinite(x[i]) && c.low <= x[i] && x[i] <= c.high) continue;
    throw std::invalid_argument(
        fmt::format("{}: {} = {} is no number from {} to {}", what, c.name, x[i], c.low, c.high));
  }
}

std::string coordinates_text(const Point& x, const Space& space) {
  std::string text;
  for (std::size_t i = 0; i < std::min(x.size(), space.size()); ++i)
    text += fmt::format("{}{} = {:.4g}", i == 0 ? "" : ", ", space[i].name, x[i] == 0 ? 0 : x[i]);
  return text;
}

}  // namespace rl
