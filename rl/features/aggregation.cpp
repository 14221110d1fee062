#include "rl/features/aggregation.hpp"

#include <fmt/format.h>

#include "rl/features/limits.hpp"

namespace rl {

namespace {

class BinsBasis final : public Category {
 public:
  BinsBasis(std::vector<Axis> axes, std::vector<int> bins)
      : Category(checked_size(product(bins))), axes_(std::move(axes)), bins_(std::move(bins)) {}

  std::size_t category(const double* x) const noexcept override {
    std::size_t i = 0;
    for (std::size_t j = 0; j < axes_.size(); ++j)
      i = i * static_cast<std::size_t>(bins_[j]) + axes_[j].bin(x, bins_[j]);
    return i;
  }
  std::string name(std::size_t i) const override {
    std::string text;
    for (std::size_t j = axes_.size(); j-- > 0;) {
      const auto n = static_cast<std::size_t>(bins_[j]);
      text.insert(0, interval(j, i % n) + (text.empty() ? "" : ", "));
      i /= n;
    }
    return text;
  }

 private:
  std::string interval(std::size_t j, std::size_t bin) const {
    const double width = 1.0 / bins_[j];
    const auto k = static_cast<double>(bin);
    return fmt::format("{} in [{:.4g}, {:.4g}{}", axes_[j].name, axes_[j].at(k * width),
                       axes_[j].at((k + 1) * width),
                       bin + 1 == static_cast<std::size_t>(bins_[j]) ? ']' : ')');
  }

  std::vector<Axis> axes_;
  std::vector<int> bins_;  // one an axis
};

}  // namespace

std::shared_ptr<const Category> make_bins(std::vector<Axis> axes, std::vector<int> bins) {
  return std::make_shared<BinsBasis>(std::move(axes), std::move(bins));
}

Bases make_bases(const AggregationOptions& options, const Space& space) {
  std::vector<Axis> axes = bounded_axes_of(options, space);
  std::vector<int> bins = one_each("bins", options.bins, axes.size());
  return {make_bins(std::move(axes), std::move(bins))};
}

}  // namespace rl
