#include "rl/features/grid.hpp"

#include <fmt/format.h>

namespace rl {

std::string point_text(const std::vector<Axis>& axes, const std::vector<double>& u) {
  std::string text;
  for (std::size_t j = 0; j < axes.size(); ++j)
    text += fmt::format("{}{} = {:.4g}", j > 0 ? ", " : "", axes[j].name, axes[j].at(u[j]));
  return text;
}

}  // namespace rl
