#pragma once
/// \file
/// What planning by blocks takes from the tolerance: how exact it can be at all, which thresholds
/// lead there, and what plain sweeps promise meanwhile. The same on one machine
/// (block_value_iteration.hpp) and over ranks (distributed_value_iteration.hpp).
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

  template <Model M>
  ValueScale(const M& model, double gamma)
      : contraction(1 - gamma * (1 + model.row_sum_error())),
        largest_value(model.largest_reward() * (1 + model.row_sum_error()) / contraction),
        least_tolerance(std::numeric_limits<double>::infinity()) {
    // The backup of a block's row and the literal one are each off by this, in changes that are
    // compared with a threshold and in the certificate.
    if (contraction > 0) least_tolerance = 8 * backup_rounding(model, largest_value) / (1 - gamma);
  }
};

/// Blocks are swept while a backup may change them by more than the threshold, which falls from
/// coarse to finest.
class BlockThresholds {
 public:
  /// Throws std::invalid_argument for a tolerance below the least one, naming it.
  BlockThresholds(const ValueScale& scale, double gamma, double tolerance) {
    if (!(tolerance >= scale.least_tolerance))
      throw std::invalid_argument(
          fmt::format("tolerance = {:g} is below what rounding leaves to be certified here, {:.3g}",
                      tolerance, scale.least_tolerance));
    finest_ = 0.9 * (tolerance - scale.least_tolerance / 2) * scale.contraction;
    current_ = std::max(finest_, kCoarsest * scale.largest_value);
    // From 0: gamma^k 2 max |v*| <= finest.
    most_plain_sweeps_ =
        1 + std::log(std::min(1.0, finest_ / (2 * scale.largest_value))) / std::log(gamma);
  }

  double current() const { return current_; }
  double finest() const { return finest_; }
  /// Plain sweeps that reach the tolerance from 0, but for rounding.
  double most_plain_sweeps() const { return most_plain_sweeps_; }

  /// False if it is the finest already.
  bool lower() {
    if (current_ <= finest_) return false;
    current_ = std::max(kFiner * current_, finest_);
    return true;
  }
  /// Where the finest was not enough for the certificate.
  void refine() { current_ = finest_ /= 2; }

 private:
  // Beside the largest possible value and the threshold before. From .1 to 1e-5 and from .03 to .3
  // grids and random graphs of near neighbours take up to 1.3 times as long.
  static constexpr double kCoarsest = 1e-3;
  static constexpr double kFiner = 0.1;

  double current_, finest_, most_plain_sweeps_;
};

/// How many more sweeps it takes from `bound` to the tolerance if the bound goes on falling as it
/// did from `before` in so many sweeps.
inline double sweeps_left(double bound, double before, double sweeps, double tolerance) {
  if (!(bound < before)) return std::numeric_limits<double>::infinity();
  return sweeps * std::log(tolerance / bound) / std::log(bound / before);
}

}  // namespace rl::detail
