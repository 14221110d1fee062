#pragma once
/// \file
/// Polynomials (S&B 9.5.1, MFRL 8.2): products of powers of coordinates,
///
///     x_1^c_1 x_2^c_2 ...,   each c_j in 0 .. n, or c_1 + c_2 + ... <= n
///
/// in the order of total degree, then of largest exponent falling, then of the first exponents
/// falling: 1, x, y, x^2, y^2, xy, x^3, y^3, x^2 y, x y^2 (MFRL 8.2.2). With Legendre polynomials
/// P_c(x) in place of powers, features are orthogonal over the space.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

enum class PolynomialFamily : int { powers, legendre };

struct PolynomialOptions : BoundedOptions {
  static constexpr int kMostDegree = 63;
  int degree = 2;
  bool total_degree = false;
  Scale scale = Scale::symmetric;
  PolynomialFamily family = PolynomialFamily::powers;
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("degree", degree, "n: largest exponent", Range{0, kMostDegree});
    v("total_degree", total_degree, "the sum of a feature's exponents is at most n, too");
    v("scale", scale, "coordinates as they are, from 0 to 1, or from -1 to 1",
      {"raw", "unit", "symmetric"});
    v("family", family, "powers of coordinates, or their Legendre polynomials",
      {"powers", "legendre"});
  }
};
Bases make_bases(const PolynomialOptions& options, const Space& space);

}  // namespace rl
