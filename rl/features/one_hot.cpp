#include "rl/features/one_hot.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rl/features/limits.hpp"

namespace rl {

namespace {

class OneHotBasis final : public Category {
 public:
  explicit OneHotBasis(Axis axis)
      : Category(checked_size(axis.high - axis.low + 1)), axis_(std::move(axis)) {}

  std::size_t category(const double* x) const noexcept override {
    const double i = std::floor(axis_.raw(x) - axis_.low + 0.5);
    return i >= 0 && i < static_cast<double>(size()) ? static_cast<std::size_t>(i) : kNone;
  }
  std::string name(std::size_t i) const override {
    return fmt::format("{} = {}", axis_.name, axis_.low + static_cast<double>(i));
  }

 private:
  Axis axis_;
};

void check_whole(const Axis& axis) {
  if (std::floor(axis.low) != axis.low || std::floor(axis.high) != axis.high)
    throw std::invalid_argument(
        fmt::format("coordinate '{}' has bounds [{}, {}]: one_hot needs whole numbers", axis.name,
                    axis.low, axis.high));
}

}  // namespace

Bases make_bases(const OneHotOptions& options, const Space& space) {
  Bases bases;
  for (const Axis& axis : bounded_axes_of(options, space)) {
    check_whole(axis);
    bases.push_back(std::make_shared<OneHotBasis>(axis));
  }
  return bases;
}

}  // namespace rl
