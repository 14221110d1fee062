#include "rl/features/radial.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "rl/features/grid.hpp"
#include "rl/features/limits.hpp"

namespace rl {

namespace {

struct RadialAxis {
  Axis axis;
  int centers;
  double sigma;  ///< in the scale from 0 to 1

  /// Bumps of this axis alone, scaled to sum to 1 where `normalized`.
  void fill(const double* x, bool normalized, double* bump) const {
    const auto n = static_cast<std::size_t>(centers);
    double sum = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double z = (axis.unit(x) - grid_number(k, centers)) / sigma;
      bump[k] = std::exp(-z * z / 2);
      sum += bump[k];
    }
    if (normalized && sum > 0)
      for (std::size_t k = 0; k < n; ++k) bump[k] /= sum;
  }
};

class RadialBasis final : public Basis {
 public:
  static constexpr int kMostCenters = 1000;  // of an axis

  RadialBasis(std::vector<RadialAxis> axes, std::size_t size, bool normalized)
      : Basis(size, size), axes_(std::move(axes)), normalized_(normalized) {}

  /// A bump is the product of bumps of its axes, and so is the sum of all.
  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    std::array<double, kMostCenters> bump;
    std::size_t n = 1;
    out[0].value = 1;
    for (const RadialAxis& axis : axes_) {
      axis.fill(x, normalized_, bump.data());
      const auto centers = static_cast<std::size_t>(axis.centers);
      for (std::size_t i = n; i-- > 0;)  // from behind: what is read is not yet written over
        for (std::size_t k = centers; k-- > 0;) out[i * centers + k].value = out[i].value * bump[k];
      n *= centers;
    }
    Feature* end = out;
    for (std::size_t i = 0; i < n; ++i) end = put(first + i, out[i].value, end);
    return end;
  }

  std::string name(std::size_t i) const override {
    std::vector<Axis> axes;
    for (const RadialAxis& axis : axes_) axes.push_back(axis.axis);
    std::vector<double> center(axes_.size());
    for (std::size_t j = axes_.size(); j-- > 0;) {
      const auto n = static_cast<std::size_t>(axes_[j].centers);
      center[j] = grid_number(i % n, axes_[j].centers);
      i /= n;
    }
    return fmt::format("bump at {}", point_text(axes, center));
  }

 private:
  std::vector<RadialAxis> axes_;
  bool normalized_;
};

}  // namespace

Bases make_bases(const RadialOptions& options, const Space& space) {
  std::vector<Axis> axes = bounded_axes_of(options, space);
  const auto centers = one_each("centers", options.centers, axes.size());
  const auto width = one_each("width", options.width, axes.size());
  std::vector<RadialAxis> radial_axes;
  for (std::size_t j = 0; j < axes.size(); ++j) {
    const double distance = centers[j] == 1 ? 1 : grid_number(1, centers[j]);
    radial_axes.push_back({std::move(axes[j]), centers[j], width[j] * distance});
  }
  return {std::make_shared<RadialBasis>(std::move(radial_axes), checked_size(product(centers)),
                                        options.normalized)};
}

}  // namespace rl
