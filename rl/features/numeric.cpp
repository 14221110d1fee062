#include "rl/features/numeric.hpp"

#include <fmt/format.h>

namespace rl {

namespace {

class NumericBasis final : public Basis {
 public:
  NumericBasis(Axis axis, Scale scale) : Basis(1, 1), axis_(std::move(axis)), scale_(scale) {}
  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    return put(first, axis_.scaled(x, scale_), out);
  }
  std::string name(std::size_t /*i*/) const override {
    if (scale_ == Scale::raw) return axis_.name;
    return fmt::format("{} from {} to 1", axis_.name, scale_ == Scale::unit ? 0 : -1);
  }

 private:
  Axis axis_;
  Scale scale_;
};

}  // namespace

Bases make_bases(const NumericOptions& options, const Space& space) {
  Bases bases;
  for (Axis& axis : scaled_axes_of(options, options.scale, space))
    bases.push_back(std::make_shared<NumericBasis>(std::move(axis), options.scale));
  return bases;
}

}  // namespace rl
