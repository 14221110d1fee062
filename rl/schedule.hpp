#pragma once
/// \file
/// Numbers that change while a method runs: step sizes, exploration rates. Plain values that copy,
/// compare, print and serialise.
///
///     constant      x
///     linear        from + (to - from) min(k / steps, 1)
///     exponential   max(from * rate^k, floor)
///     harmonic      c / (1 + k / n)      (n = 1: c, c/2, c/3, ... : Robbins-Monro, MFRL 6.2)
///
/// k counts from 0 on the schedule's clock: updates of the learner, visits of the pair (s, a)
/// (sample averages, S&B 2.4), or episodes.
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace rl {

/// Allowed values of a number, or of all values of a schedule: low <= x <= high.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool holds(double x) const { return x >= low && x <= high; }  // false for NaN
};

struct Schedule {
  enum class Kind : std::uint8_t { constant, linear, exponential, harmonic };
  enum class Clock : std::uint8_t { updates, visits, episodes };

  Kind kind = Kind::constant;
  Clock clock = Clock::updates;
  double start = 0;  ///< value at k = 0
  double end = 0;    ///< linear: last value; exponential: floor
  double span = 1;   ///< linear: steps; exponential: rate; harmonic: n

  Schedule(double value = 0) : start(value), end(value) {}  // NOLINT: a number is a schedule
  static Schedule linear(double from, double to, double steps) {
    return {Kind::linear, from, to, steps};
  }
  static Schedule exponential(double from, double rate, double floor = 0) {
    return {Kind::exponential, from, floor, rate};
  }
  static Schedule harmonic(double c, double n = 1) { return {Kind::harmonic, c, 0, n}; }
  /// 1/N(s, a): sample averages.
  static Schedule one_over_visits() { return harmonic(1).on(Clock::visits); }
  [[nodiscard]] Schedule on(Clock other) const {
    Schedule s = *this;
    s.clock = other;
    return s;
  }

  double operator()(std::int64_t k) const { return kind == Kind::constant ? start : varying(k); }

  /// All values lie in `range` and the parameters make sense.
  bool holds(const Range& range) const {
    const bool sane = kind == Kind::constant || (span > 0 && std::isfinite(span));
    const bool falls = kind != Kind::exponential || span <= 1;
    return sane && falls && range.holds(start) && range.holds(end) && std::isfinite(start) &&
           std::isfinite(end);
  }
  bool operator==(const Schedule&) const = default;

 private:
  Schedule(Kind k, double from, double to, double n) : kind(k), start(from), end(to), span(n) {}
  /// Out of line: a learner's loop is faster without the code that it rarely needs.
  [[gnu::pure]] double varying(std::int64_t k) const noexcept;
};

/// Of step sizes a_1, a_2, ... >= 0 (MFRL 6.2, Theorem 6.1): with both, noise averages out and yet
/// every distance can be gone.
struct RobbinsMonroConditions {
  bool sum_diverges;      ///< sum a_k = infinity
  bool squares_converge;  ///< sum a_k^2 < infinity
  bool hold() const { return sum_diverges && squares_converge; }
};
RobbinsMonroConditions robbins_monro_conditions(const Schedule& schedule);
/// The same as a sentence that says what follows.
std::string robbins_monro_text(const Schedule& schedule);

}  // namespace rl
