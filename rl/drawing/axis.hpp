#pragma once
/// \file
/// Axes of charts: which numbers they cover, where a number lies, and ticks at 1, 2 or 5 times a
/// power of ten.
#include <span>
#include <string>
#include <vector>

namespace rl::drawing {

struct Tick {
  double at;
  std::string text;
};

/// The smallest of 1, 2, 5 times a power of ten that cuts `length` into at most `most` pieces.
double nice_step(double length, int most);

/// A linear or logarithmic axis. Numbers that are not finite, are beyond 1e300 or, on a logarithmic
/// axis, are not positive, have no place on it.
class Axis {
 public:
  /// Covers all `numbers` that have a place; from 0 to 1 (1 to 10) where none has. Around equal
  /// numbers it is wider: by a tenth and at least 1/2, or by a factor of 2.
  Axis(std::span<const double> numbers, bool logarithmic);

  double low() const { return low_; }
  double high() const { return high_; }
  bool shows(double x) const;
  /// 0 at the low end, 1 at the high one; at most 20 lengths beyond.
  double share(double x) const;

  /// Widened to the next ticks; a logarithmic axis by 4 % of its length on each side.
  void widen(int most);
  /// Throws std::invalid_argument unless low < high have a place.
  void set_ends(double low, double high);

  /// Ticks at whole numbers only, on a linear axis.
  void set_whole() { whole_ = true; }

  /// At most `most` + 1 of them. On a logarithmic axis: decades; under two of them 1, 2 and 5 in
  /// each; and where these are few, as on a linear axis.
  std::vector<Tick> ticks(int most) const;

 private:
  std::vector<Tick> linear_ticks(int most) const;

  bool logarithmic_;
  bool whole_ = false;
  double low_, high_;
};

/// Places for labels that would lie at `wanted`: in the same order, `gap` apart, within
/// [first, last], and as near to where they belong as that allows (least squares).
std::vector<double> spread_labels(std::span<const double> wanted, double gap, double first,
                                  double last);

}  // namespace rl::drawing
