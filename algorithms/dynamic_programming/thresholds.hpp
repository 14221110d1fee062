#pragma once
/// \file
/// What planning by tiles and by blocks takes from the tolerance: how exact it can be at all, which
/// thresholds lead there, and what plain sweeps promise meanwhile (tiled_value_iteration.hpp,
/// block_value_iteration.hpp, distributed_value_iteration.hpp).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "algorithms/dynamic_programming/certificate.hpp"

namespace rl::detail {

/// What a model and gamma say of all values.
struct ValueScale {
  /// How much nearer a backup brings any two value functions at least. Rows that sum to more than 1
  /// leave less than 1 - gamma.
  double contraction;
  double largest_value;    ///< |v*| at most
  double least_tolerance;  ///< that can be certified: below it is rounding
};

/// Of tables, planned by blocks.
template <Model M>
ValueScale value_scale(const M& model, double gamma) {
  const double contraction = 1 - gamma * (1 + model.row_sum_error());
  const double largest = model.largest_reward() * (1 + model.row_sum_error()) / contraction;
  if (!(contraction > 0)) return {contraction, largest, std::numeric_limits<double>::infinity()};
  // The backup of a block's row and the literal one are each off by this, in changes that are
  // compared with a threshold and in the certificate.
  return {contraction, largest, 8 * backup_rounding(model, largest) / (1 - gamma)};
}

/// A part of the model is swept while a backup may change it by more than the threshold, which
/// falls from coarse to finest.
class Thresholds {
 public:
  struct Factors {
    double coarsest;  ///< the first threshold, of the largest value that there can be
    double finer;     ///< the next one, of the one before
  };
  /// Throws std::invalid_argument for a tolerance below the least one, naming it.
  Thresholds(const ValueScale& scale, double tolerance, Factors factors) : factors_(factors) {
    if (!(tolerance >= scale.least_tolerance))
      throw std::invalid_argument(
          fmt::format("tolerance = {:g} is below what rounding leaves to be certified here, {:.3g}",
                      tolerance, scale.least_tolerance));
    finest_ = 0.9 * (tolerance - scale.least_tolerance / 2) * scale.contraction;
    current_ = std::max(finest_, factors.coarsest * scale.largest_value);
  }

  double current() const { return current_; }
  double finest() const { return finest_; }
  /// False if it is the finest already.
  bool lower() {
    if (current_ <= finest_) return false;
    current_ = std::max(factors_.finer * current_, finest_);
    return true;
  }
  /// Where the finest was not enough for the certificate.
  void refine() { current_ = finest_ /= 2; }

 private:
  Factors factors_;
  double current_, finest_;
};

/// For blocks. From .1 to 1e-5 and from .03 to .3 grids and random graphs of near neighbours take
/// up to 1.3 times as long.
inline constexpr Thresholds::Factors kBlockFactors{.coarsest = 1e-3, .finer = 0.1};

/// Plain sweeps that bring 0 so near to v* that none changes anything by more than `finest`, but
/// for rounding: gamma^k 2 max |v*| <= finest.
inline double most_plain_sweeps(const ValueScale& scale, double gamma, double finest) {
  return 1 + std::log(std::min(1.0, finest / (2 * scale.largest_value))) / std::log(gamma);
}

/// How many more sweeps it takes from `bound` to the tolerance if the bound goes on falling as it
/// did from `before` in so many sweeps.
inline double sweeps_left(double bound, double before, double sweeps, double tolerance) {
  if (!(bound < before)) return std::numeric_limits<double>::infinity();
  return sweeps * std::log(tolerance / bound) / std::log(bound / before);
}

}  // namespace rl::detail
