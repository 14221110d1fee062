#include "rl/features/axes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "rl/text.hpp"

namespace rl {

namespace {

Axis axis_named(const std::string& name, const Space& space) {
  std::vector<std::string> names;
  for (const Coordinate& x : space) names.push_back(x.name);
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) throw std::invalid_argument(unknown_name("column", name, names));
  const auto i = static_cast<std::size_t>(it - names.begin());
  return {i, name, space[i].low, space[i].high};
}

void check_bounds(const Axis& axis) {
  if (!std::isfinite(axis.low) || !std::isfinite(axis.high))
    throw std::invalid_argument(fmt::format(
        "coordinate '{}' has no bounds of its own: give options 'low' and 'high'", axis.name));
  if (!(axis.low < axis.high))
    throw std::invalid_argument(
        fmt::format("coordinate '{}' has bounds [{}, {}]: 'low' must be less than 'high'",
                    axis.name, axis.low, axis.high));
}

}  // namespace

std::vector<Axis> axes_of(const ColumnOptions& options, const Space& space) {
  std::vector<Axis> axes;
  if (options.columns.empty())
    for (std::size_t i = 0; i < space.size(); ++i)
      axes.push_back({i, space[i].name, space[i].low, space[i].high});
  for (const std::string& name : options.columns) axes.push_back(axis_named(name, space));
  if (axes.empty()) throw std::invalid_argument("the space has no coordinate");
  if (axes.size() > kMostAxes)
    throw std::invalid_argument(
        fmt::format("{} columns; features look at no more than {}", axes.size(), kMostAxes));
  return axes;
}

std::vector<Axis> bounded_axes_of(const BoundedOptions& options, const Space& space) {
  std::vector<Axis> axes = axes_of(options, space);
  const std::size_t n = axes.size();
  const auto low = options.low.empty() ? options.low : one_each("low", options.low, n);
  const auto high = options.high.empty() ? options.high : one_each("high", options.high, n);
  for (std::size_t j = 0; j < n; ++j) {
    if (!low.empty()) axes[j].low = low[j];
    if (!high.empty()) axes[j].high = high[j];
    check_bounds(axes[j]);
  }
  return axes;
}

std::vector<Axis> scaled_axes_of(const BoundedOptions& options, Scale scale, const Space& space) {
  if (scale != Scale::raw) return bounded_axes_of(options, space);
  if (!options.low.empty()) throw no_effect("low", "scale");
  if (!options.high.empty()) throw no_effect("high", "scale");
  return axes_of(options, space);
}

}  // namespace rl
