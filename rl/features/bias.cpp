#include "rl/features/bias.hpp"

namespace rl {

namespace {

class BiasBasis final : public Basis {
 public:
  BiasBasis() : Basis(1, 1) {}
  Feature* write(const double* /*x*/, std::size_t first, Feature* out) const noexcept override {
    return put(first, 1, out);
  }
  std::string name(std::size_t /*i*/) const override { return "1"; }
};

}  // namespace

Bases make_bases(const BiasOptions& /*options*/, const Space& /*space*/) {
  return {std::make_shared<BiasBasis>()};
}

}  // namespace rl
