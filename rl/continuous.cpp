#include "rl/continuous.hpp"

#include <fmt/format.h>

namespace rl {

std::string point_text(const Point& x) {
  std::string text;
  for (const double number : x.numbers())
    text += fmt::format("{}{:.4g}", text.empty() ? "" : ", ", number);
  return "(" + text + ")";
}

}  // namespace rl
