#include "rl/features/coefficients.hpp"

namespace rl {

namespace {

struct CoefficientCollector {
  int most;
  const std::function<bool(const Coefficients&)>& keeps;
  Coefficients c;
  std::vector<Coefficients> all = {};

  void extend(std::size_t axis) {
    if (axis == c.size()) {
      all.push_back(c);
      return;
    }
    for (int k = 0; k <= most; ++k) {
      c[axis] = static_cast<std::uint8_t>(k);
      if (!keeps(c)) break;
      extend(axis + 1);
    }
    c[axis] = 0;
  }
};

}  // namespace

std::vector<Coefficients> coefficients(std::size_t axes, int most,
                                       const std::function<bool(const Coefficients&)>& keeps) {
  CoefficientCollector collector{most, keeps, Coefficients(axes, 0)};
  collector.extend(0);
  return std::move(collector.all);
}

double binomial(std::size_t n, std::size_t k) {
  double result = 1;
  for (std::size_t i = 1; i <= k; ++i)
    result = result * static_cast<double>(n - k + i) / static_cast<double>(i);
  return result;
}

}  // namespace rl
