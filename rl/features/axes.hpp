#pragma once
/// \file
/// Axes: which coordinates some features look at, in which order, and how these are scaled.
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rl/options.hpp"
#include "rl/space.hpp"

namespace rl {

struct ColumnOptions {
  std::vector<std::string> columns;
  template <class Visitor>
  void visit(Visitor& v) {
    v("columns", columns, "names of the coordinates, in order; all where empty");
  }
};

struct BoundedOptions : ColumnOptions {
  std::vector<double> low;
  std::vector<double> high;
  template <class Visitor>
  void visit(Visitor& v) {
    ColumnOptions::visit(v);
    v("low", low, "lower bound, one or one a column; the coordinate's where empty");
    v("high", high, "upper bound, one or one a column; the coordinate's where empty");
  }
};

enum class Scale : int { raw, unit, symmetric };

/// One coordinate of a point and where it lies.
struct Axis {
  std::size_t coordinate;
  std::string name;
  double low;
  double high;

  double raw(const double* x) const { return x[coordinate]; }
  /// low: 0, high: 1
  double unit(const double* x) const { return (x[coordinate] - low) / (high - low); }
  /// low: -1, high: 1
  double symmetric(const double* x) const { return 2 * unit(x) - 1; }
  double scaled(const double* x, Scale scale) const {
    if (scale == Scale::raw) return raw(x);
    return scale == Scale::unit ? unit(x) : symmetric(x);
  }
  /// The number that unit() takes to u.
  double at(double u) const { return low + u * (high - low); }
  /// The one of n bins of equal width that x lies in; each has its lower end, the last one both.
  /// What lies outside the bounds is in the bin next to it.
  std::size_t bin(const double* x, int n) const {
    const double u = unit(x) * n;
    if (!(u > 0)) return 0;  // NaN, too
    return static_cast<std::size_t>(u < n - 1 ? u : n - 1);
  }
};

/// The columns' axes, bounded or not. Throws std::invalid_argument for a name that is no
/// coordinate's, and for more than kMostAxes.
inline constexpr std::size_t kMostAxes = 16;
std::vector<Axis> axes_of(const ColumnOptions& options, const Space& space);
/// The same with finite bounds. Throws where neither space nor options say them.
std::vector<Axis> bounded_axes_of(const BoundedOptions& options, const Space& space);
/// The same for what looks at coordinates in a scale: bounds must be known unless it is raw.
std::vector<Axis> scaled_axes_of(const BoundedOptions& options, Scale scale, const Space& space);

/// One number an axis, of a list of as many or of one for all.
template <class T>
std::vector<T> one_each(std::string_view option, const std::vector<T>& list, std::size_t n) {
  if (list.size() == n) return list;
  if (list.size() == 1) return std::vector<T>(n, list[0]);
  throw std::invalid_argument("option '" + std::string(option) +
                              "': " + std::to_string(list.size()) + " numbers for " +
                              std::to_string(n) + " columns (one, or one a column)");
}

}  // namespace rl
