#include "rl/features/bucketized.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rl {

namespace {

class BucketizedBasis final : public Category {
 public:
  BucketizedBasis(Axis axis, std::vector<double> boundaries)
      : Category(boundaries.size() + 1),
        axis_(std::move(axis)),
        boundaries_(std::move(boundaries)) {}

  std::size_t category(const double* x) const noexcept override {
    const auto next = std::upper_bound(boundaries_.begin(), boundaries_.end(), axis_.raw(x));
    return static_cast<std::size_t>(next - boundaries_.begin());
  }
  std::string name(std::size_t i) const override {
    if (i == 0) return fmt::format("{} < {}", axis_.name, boundaries_.front());
    if (i == boundaries_.size()) return fmt::format("{} >= {}", axis_.name, boundaries_.back());
    return fmt::format("{} <= {} < {}", boundaries_[i - 1], axis_.name, boundaries_[i]);
  }

 private:
  Axis axis_;
  std::vector<double> boundaries_;
};

}  // namespace

Bases make_bases(const BucketizedOptions& options, const Space& space) {
  const std::vector<double>& b = options.boundaries;
  if (b.empty()) throw std::invalid_argument("option 'boundaries': the list is empty");
  if (std::adjacent_find(b.begin(), b.end(), std::greater_equal<>()) != b.end())
    throw std::invalid_argument("option 'boundaries': each must be larger than the one before");
  Bases bases;
  for (Axis& axis : axes_of(options, space))
    bases.push_back(std::make_shared<BucketizedBasis>(std::move(axis), b));
  return bases;
}

}  // namespace rl
