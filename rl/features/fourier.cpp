#include "rl/features/fourier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "rl/features/coefficients.hpp"
#include "rl/features/limits.hpp"

namespace rl {

namespace {

/// e^{i angle}: its real part is the cosine, and products add angles. Without a constructor, so
/// that tables of them cost nothing before they are filled.
struct Phase {
  double cos, sin;
  friend Phase operator*(const Phase& a, const Phase& b) {
    return {a.cos * b.cos - a.sin * b.sin, a.cos * b.sin + a.sin * b.cos};
  }
};

/// z_k = e^{i pi k x}, k = 0 .. order. Halves are multiplied, so that rounding grows with log k.
void fill_phases(double x, std::size_t order, Phase* z) {
  z[0] = {1, 0};
  if (order > 0) z[1] = {std::cos(std::numbers::pi * x), std::sin(std::numbers::pi * x)};
  for (std::size_t k = 2; k <= order; ++k) z[k] = z[k / 2] * z[k - k / 2];
}

std::size_t limit_of_nonzeros(const FourierOptions& options, std::size_t axes) {
  return options.limited == 0 ? axes : std::min(axes, static_cast<std::size_t>(options.limited));
}

/// sum over k = 0 .. limit of (axes over k) order^k
std::size_t number_of_cosines(const FourierOptions& options, std::size_t axes) {
  double n = 0;
  for (std::size_t k = 0; k <= limit_of_nonzeros(options, axes); ++k)
    n += binomial(axes, k) * std::pow(options.order, static_cast<double>(k));
  return checked_size(n);
}

std::vector<Coefficients> fourier_coefficients(const FourierOptions& options, std::size_t axes) {
  const std::size_t most = limit_of_nonzeros(options, axes);
  return coefficients(axes, options.order, [&](const Coefficients& c) {
    return c.size() - static_cast<std::size_t>(std::count(c.begin(), c.end(), 0)) <= most;
  });
}

class FourierBasis final : public Basis {
 public:
  FourierBasis(const FourierOptions& options, std::vector<Axis> axes)
      : Basis(number_of_cosines(options, axes.size()), number_of_cosines(options, axes.size())),
        axes_(std::move(axes)),
        order_(static_cast<std::size_t>(options.order)),
        scale_steps_(options.scale_steps) {
    Coefficients before;
    for (const Coefficients& c : fourier_coefficients(options, axes_.size())) {
      const auto change = std::mismatch(before.begin(), before.end(), c.begin()).second - c.begin();
      first_change_.push_back(static_cast<std::uint8_t>(change));
      c_.insert(c_.end(), c.begin(), c.end());
      before = c;
    }
  }

  /// cos(pi c.x) is the real part of a product over axes. From one c to the next, most of its first
  /// factors stay: 216 cosines of 3 coordinates take 3 cosines and 300 multiplications.
  Feature* write(const double* x, std::size_t first, Feature* out) const noexcept override {
    std::array<Phase, kMostAxes*(FourierOptions::kMostOrder + 1)> z;
    std::array<Phase, kMostAxes + 1> product_before;
    const std::size_t d = axes_.size();
    for (std::size_t j = 0; j < d; ++j)
      fill_phases(axes_[j].unit(x), order_, z.data() + j * (order_ + 1));
    product_before[0] = {1, 0};
    const std::uint8_t* c = c_.data();
    for (std::size_t i = 0; i < size(); ++i, c += d) {
      for (std::size_t j = first_change_[i]; j < d; ++j)
        product_before[j + 1] = product_before[j] * z[j * (order_ + 1) + c[j]];
      out = put(first + i, product_before[d].cos, out);
    }
    return out;
  }

  std::string name(std::size_t i) const override {
    std::string sum;
    std::size_t terms = 0;
    for (std::size_t j = 0; j < axes_.size(); ++j) {
      const int c = c_[i * axes_.size() + j];
      if (c == 0) continue;
      sum += terms++ > 0 ? " + " : "";
      sum += c == 1 ? axes_[j].name : fmt::format("{} {}", c, axes_[j].name);
    }
    if (terms == 0) return "1";
    return terms == 1 ? fmt::format("cos(pi {})", sum) : fmt::format("cos(pi ({}))", sum);
  }

  double step_scale(std::size_t i) const override {
    double squares = 0;
    for (std::size_t j = 0; j < axes_.size(); ++j) {
      const double c = c_[i * axes_.size() + j];
      squares += c * c;
    }
    return scale_steps_ && squares > 0 ? 1 / std::sqrt(squares) : 1;
  }

 private:
  std::vector<Axis> axes_;
  std::size_t order_;
  bool scale_steps_;
  std::vector<std::uint8_t> c_;             // [size x axes]
  std::vector<std::uint8_t> first_change_;  // [size]: the first axis in which c is another
};

}  // namespace

Bases make_bases(const FourierOptions& options, const Space& space) {
  return {std::make_shared<FourierBasis>(options, bounded_axes_of(options, space))};
}

}  // namespace rl
