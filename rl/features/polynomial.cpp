#include "rl/features/polynomial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "rl/features/coefficients.hpp"
#include "rl/features/limits.hpp"

namespace rl {

namespace {

int total_degree(const Coefficients& c) { return std::accumulate(c.begin(), c.end(), 0); }

/// 1, x, y, x^2, y^2, xy
bool stands_before(const Coefficients& a, const Coefficients& b) {
  const auto key = [](const Coefficients& c) {
    return std::tuple(total_degree(c), -*std::max_element(c.begin(), c.end()));
  };
  return std::tuple(key(a), b) < std::tuple(key(b), a);
}

/// n <- 1, x, x^2, ...
void powers(double x, std::size_t n, double* p) {
  p[0] = 1;
  for (std::size_t k = 1; k <= n; ++k) p[k] = p[k - 1] * x;
}

/// (k + 1) P_{k+1} = (2 k + 1) x P_k - k P_{k-1}
void legendre(double x, std::size_t n, double* p) {
  p[0] = 1;
  if (n > 0) p[1] = x;
  for (std::size_t i = 2; i <= n; ++i) {
    const auto k = static_cast<double>(i - 1);
    p[i] = ((2 * k + 1) * x * p[i - 1] - k * p[i - 2]) / (k + 1);
  }
}

std::size_t number_of_polynomials(const PolynomialOptions& options, std::size_t axes) {
  const auto n = static_cast<std::size_t>(options.degree);
  return checked_size(options.total_degree
                          ? binomial(n + axes, axes)
                          : std::pow(options.degree + 1.0, static_cast<double>(axes)));
}

std::vector<Coefficients> polynomial_exponents(const PolynomialOptions& options, std::size_t axes) {
  auto c = coefficients(axes, options.degree, [&](const Coefficients& exponents) {
    return !options.total_degree || total_degree(exponents) <= options.degree;
  });
  std::sort(c.begin(), c.end(), stands_before);
  return c;
}

class PolynomialBasis final : public Basis {
 public:
  PolynomialBasis(const PolynomialOptions& options, std::vector<Axis> axes)
      : Basis(number_of_polynomials(options, axes.size()),
              number_of_polynomials(options, axes.size())),
        axes_(std::move(axes)),
        degree_(static_cast<std::size_t>(options.degree)),
        scale_(options.scale),
        family_(options.family) {
    for (const Coefficients& c : polynomial_exponents(options, axes_.size()))
      exponents_.insert(exponents_.end(), c.begin(), c.end());
  }

  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    std::array<double, kMostAxes*(PolynomialOptions::kMostDegree + 1)> p;
    const std::size_t d = axes_.size();
    for (std::size_t j = 0; j < d; ++j) {
      const double x_j = axes_[j].scaled(x, scale_);
      double* p_j = p.data() + j * (degree_ + 1);
      family_ == PolynomialFamily::powers ? powers(x_j, degree_, p_j) : legendre(x_j, degree_, p_j);
    }
    const std::uint8_t* c = exponents_.data();
    for (std::size_t i = 0; i < size(); ++i, c += d) {
      double phi = 1;
      for (std::size_t j = 0; j < d; ++j) phi *= p[j * (degree_ + 1) + c[j]];
      out = put(first + i, phi, out);
    }
    return out;
  }

  std::string name(std::size_t i) const override {
    std::string text;
    for (std::size_t j = 0; j < axes_.size(); ++j) {
      const std::string part = factor(axes_[j].name, exponents_[i * axes_.size() + j]);
      text += (text.empty() || part.empty() ? "" : " ") + part;
    }
    return text.empty() ? "1" : text;
  }

 private:
  /// x^2, or P_2(x)
  std::string factor(const std::string& x, int c) const {
    if (c == 0) return {};
    if (family_ == PolynomialFamily::legendre) return fmt::format("P_{}({})", c, x);
    return c == 1 ? x : fmt::format("{}^{}", x, c);
  }

  std::vector<Axis> axes_;
  std::size_t degree_;
  Scale scale_;
  PolynomialFamily family_;
  std::vector<std::uint8_t> exponents_;  // c: [size x axes]
};

}  // namespace

Bases make_bases(const PolynomialOptions& options, const Space& space) {
  if (options.family == PolynomialFamily::legendre && options.scale != Scale::symmetric)
    throw std::invalid_argument(
        "option 'family': legendre needs scale symmetric: they are orthogonal from -1 to 1");
  return {
      std::make_shared<PolynomialBasis>(options, scaled_axes_of(options, options.scale, space))};
}

}  // namespace rl
