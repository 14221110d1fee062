#include "rl/statistics/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "rl/statistics/checks.hpp"
#include "rl/statistics/distributions.hpp"

namespace rl {

namespace {

double count_of(std::span<const double> x) { return static_cast<double>(x.size()); }

/// A copy whose order may change. Few numbers stand on the stack: a bootstrap makes thousands of
/// small copies.
class Scratch {
 public:
  explicit Scratch(std::span<const double> x) {
    if (x.size() > few_.size()) many_.resize(x.size());
    x_ = std::span(many_.empty() ? few_.data() : many_.data(), x.size());
    std::copy(x.begin(), x.end(), x_.begin());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::span<double> numbers() const { return x_; }

 private:
  std::array<double, 512> few_;
  std::vector<double> many_;
  std::span<double> x_;
};

/// The k-th smallest number, from 0; the smaller ones then stand before it, the larger ones behind.
double order_statistic(std::span<double> x, std::size_t k) {
  const auto at = x.begin() + static_cast<std::ptrdiff_t>(k);
  std::nth_element(x.begin(), at, x.end());
  return *at;
}

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

bool has_nan(std::span<const double> x) {
  return std::any_of(x.begin(), x.end(), [](double y) { return std::isnan(y); });
}

double tolerance_confidence(std::size_t n, std::size_t r, double content) {
  const auto inside = static_cast<double>(n + 1 - 2 * r);
  return beta_tail(inside, 2 * static_cast<double>(r), content);
}

}  // namespace

double mean(std::span<const double> x) {
  check_size("mean", x, 1);
  return std::accumulate(x.begin(), x.end(), 0.0) / count_of(x);
}

double variance(std::span<const double> x) {
  check_size("variance", x, 1);
  if (x.size() < 2) return kNoValue;
  const double m = mean(x);
  double sum = 0;
  for (const double xi : x) sum += (xi - m) * (xi - m);
  return sum / (count_of(x) - 1);
}

double standard_deviation(std::span<const double> x) { return std::sqrt(variance(x)); }

double standard_error(std::span<const double> x) { return std::sqrt(variance(x) / count_of(x)); }

double trimmed_mean(std::span<const double> x, double proportion) {
  check_size("trimmed_mean", x, 1);
  if (!(proportion >= 0 && proportion < 0.5))
    throw std::invalid_argument(
        fmt::format("proportion: expected a number in [0, 0.5), not {}", proportion));
  if (has_nan(x)) return kNoValue;
  const auto cut = static_cast<std::size_t>(proportion * count_of(x));
  if (cut == 0) return mean(x);
  const std::size_t kept = x.size() - 2 * cut;
  // A bootstrap of one task asks thousands of times, for runs in order.
  if (std::is_sorted(x.begin(), x.end())) return mean(x.subspan(cut, kept));
  const Scratch scratch(x);
  const std::span<double> y = scratch.numbers();
  order_statistic(y, cut);
  order_statistic(y.subspan(cut), kept);
  return mean(y.subspan(cut, kept));
}

double iqm(std::span<const double> x) { return trimmed_mean(x, 0.25); }

double quantile(std::span<const double> x, double p) {
  check_size("quantile", x, 1);
  if (!(p >= 0 && p <= 1))
    throw std::invalid_argument(fmt::format("p: expected a number in [0, 1], not {}", p));
  if (has_nan(x)) return kNoValue;
  const Scratch scratch(x);
  const std::span<double> y = scratch.numbers();
  const double h = p * (count_of(x) - 1);
  const auto k = static_cast<std::size_t>(h);
  const double weight = h - std::floor(h);
  const double below = order_statistic(y, k);
  if (weight == 0) return below;
  const double above = order_statistic(y.subspan(k + 1), 0);
  return below == above ? below : below + weight * (above - below);
}

double median(std::span<const double> x) { return quantile(x, 0.5); }

Interval t_interval(std::span<const double> x, double level) {
  check_size("t_interval", x, 2);
  check_fraction("level", level);
  const double half = t_quantile(count_of(x) - 1, 0.5 + level / 2) * standard_error(x);
  return {mean(x) - half, mean(x) + half};
}

std::optional<ToleranceRank> tolerance_rank(std::size_t n, double content, double confidence) {
  check_fraction("content", content);
  check_fraction("confidence", confidence);
  std::optional<ToleranceRank> best;
  for (std::size_t r = 1; 2 * r <= n; ++r) {
    const double achieved = tolerance_confidence(n, r, content);
    if (achieved < confidence) break;
    best = ToleranceRank{r, achieved};
  }
  return best;
}

std::size_t runs_for_tolerance(double content, double confidence) {
  check_fraction("content", content);
  check_fraction("confidence", confidence);
  if (content > 1 - 1e-6)
    throw std::invalid_argument(fmt::format("content: expected at most 1 - 1e-6, not {}", content));
  const auto holds = [&](std::size_t n) {
    return tolerance_confidence(n, 1, content) >= confidence;
  };
  std::size_t high = 2;
  while (!holds(high)) high *= 2;
  std::size_t low = high / 2;  // does not hold, or is 1: no pair
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

std::optional<Interval> tolerance_interval(std::span<const double> x, double content,
                                           double confidence) {
  const std::optional<ToleranceRank> rank = tolerance_rank(x.size(), content, confidence);
  if (!rank) return std::nullopt;
  if (has_nan(x)) return Interval{kNoValue, kNoValue};
  const Scratch scratch(x);
  const double low = order_statistic(scratch.numbers(), rank->r - 1);
  return Interval{low, order_statistic(scratch.numbers(), x.size() - rank->r)};
}

}  // namespace rl
