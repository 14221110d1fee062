#include "algorithms/trpo.hpp"

namespace rl {

namespace {

/// y <- y + factor x
template <class T>
void add(double factor, std::span<const T> x, std::span<T> y) {
  for (std::size_t i = 0; i < x.size(); ++i)
    y[i] = static_cast<T>(static_cast<double>(y[i]) + factor * static_cast<double>(x[i]));
}

}  // namespace

template <class T>
std::vector<T> conjugate_gradients(const SymmetricProduct<T>& F, std::span<const T> g,
                                   std::int64_t steps) {
  constexpr double kSolved = 1e-10;  // |g - F x|^2 relative to |g|^2
  std::vector<T> x(g.size()), residual(g.begin(), g.end()), direction = residual, Fd(g.size());
  double rr = inner_product<T>(residual, residual);
  const double enough = kSolved * rr;
  for (std::int64_t k = 0; k < steps && rr > enough; ++k) {
    F(direction, Fd);
    const double curvature = inner_product<T>(direction, Fd);
    if (!(curvature > 0)) break;  // flat but for rounding: x is as good as it gets
    const double a = rr / curvature;
    add<T>(a, direction, x);
    add<T>(-a, Fd, residual);
    const double rr_before = rr;
    rr = inner_product<T>(residual, residual);
    for (std::size_t i = 0; i < direction.size(); ++i)
      direction[i] = static_cast<T>(static_cast<double>(residual[i]) +
                                    rr / rr_before * static_cast<double>(direction[i]));
  }
  return x;
}

template std::vector<float> conjugate_gradients(const SymmetricProduct<float>&,
                                                std::span<const float>, std::int64_t);
template std::vector<double> conjugate_gradients(const SymmetricProduct<double>&,
                                                 std::span<const double>, std::int64_t);

}  // namespace rl
