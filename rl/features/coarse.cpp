#include "rl/features/coarse.hpp"

#include <fmt/format.h>

#include <array>

#include "rl/features/grid.hpp"
#include "rl/features/limits.hpp"
#include "rl/random.hpp"

namespace rl {

namespace {

class CoarseBasis final : public Basis {
 public:
  /// centers: [size x axes] in the scale from 0 to 1
  CoarseBasis(std::vector<Axis> axes, std::vector<double> centers, double radius)
      : Basis(centers.size() / axes.size(), centers.size() / axes.size()),
        axes_(std::move(axes)),
        centers_(std::move(centers)),
        radius_(radius) {}

  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    std::array<double, kMostAxes> u;
    const std::size_t d = axes_.size();
    for (std::size_t j = 0; j < d; ++j) u[j] = axes_[j].unit(x);
    const double* center = centers_.data();
    for (std::size_t i = 0; i < size(); ++i, center += d) {
      double square = 0;
      for (std::size_t j = 0; j < d; ++j) square += (u[j] - center[j]) * (u[j] - center[j]);
      out = put(first + i, square < radius_ * radius_ ? 1 : 0, out);
    }
    return out;
  }

  std::string name(std::size_t i) const override {
    const double* center = centers_.data() + i * axes_.size();
    return fmt::format("field around {}", point_text(axes_, {center, center + axes_.size()}));
  }

 private:
  std::vector<Axis> axes_;
  std::vector<double> centers_;
  double radius_;
};

std::vector<double> centers_on_grid(const std::vector<int>& n) {
  const std::size_t size = checked_size(product(n));
  std::vector<double> centers(size * n.size());
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t rest = i;
    for (std::size_t j = n.size(); j-- > 0;) {
      const auto n_j = static_cast<std::size_t>(n[j]);
      centers[i * n.size() + j] = grid_number(rest % n_j, n[j]);
      rest /= n_j;
    }
  }
  return centers;
}

std::vector<double> drawn_centers(const CoarseOptions& options, std::size_t axes) {
  if (options.fields.size() != 1)
    throw std::invalid_argument("option 'fields': one number where placement is random");
  Rng rng = Rng(static_cast<std::uint64_t>(options.seed)).split("coarse");
  std::vector<double> centers(static_cast<std::size_t>(options.fields[0]) * axes);
  for (double& c : centers) c = rng.uniform();
  return centers;
}

}  // namespace

Bases make_bases(const CoarseOptions& options, const Space& space) {
  std::vector<Axis> axes = bounded_axes_of(options, space);
  const std::size_t d = axes.size();
  if (options.placement == Placement::grid && options.seed != 0)
    throw no_effect("seed", "placement random");
  std::vector<double> centers = options.placement == Placement::grid
                                    ? centers_on_grid(one_each("fields", options.fields, d))
                                    : drawn_centers(options, d);
  return {std::make_shared<CoarseBasis>(std::move(axes), std::move(centers), options.radius)};
}

}  // namespace rl
