#include "rl/features/pyramid.hpp"

#include "rl/features/aggregation.hpp"

namespace rl {

Bases make_bases(const PyramidOptions& options, const Space& space) {
  const std::vector<Axis> axes = bounded_axes_of(options, space);
  Bases bases;
  for (int level = 0; level < options.levels; ++level)
    bases.push_back(make_bins(axes, std::vector<int>(axes.size(), 1 << level)));
  return bases;
}

}  // namespace rl
