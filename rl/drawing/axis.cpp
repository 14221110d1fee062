#include "rl/drawing/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "rl/types.hpp"

namespace rl::drawing {

namespace {

constexpr double kLargestNumber = 1e300;  // differences of these are finite
constexpr double kFarthest = 20;          // lengths of an axis

/// "2.5e-7" instead of "2.50e-07".
std::string scientific(double x, int digits) {
  const std::string text = fmt::format("{:.{}e}", x, std::clamp(digits, 0, 15));
  const std::size_t e = text.find('e');
  std::string mantissa = text.substr(0, e);
  if (mantissa.find('.') != std::string::npos) {
    mantissa.erase(mantissa.find_last_not_of('0') + 1);
    if (mantissa.back() == '.') mantissa.pop_back();
  }
  return fmt::format("{}e{}", mantissa, std::stoi(text.substr(e + 1)));
}

/// "-12,500"; four digits need no comma.
std::string with_commas(std::string text) {
  const std::size_t first = text.front() == '-' ? 1 : 0;
  const std::size_t point = std::min(text.find('.'), text.size());
  if (point - first < 5) return text;
  for (std::size_t at = point; at > first + 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

/// `exponent`: of the last digit that counts.
std::string tick_text(double x, int exponent, double largest) {
  if (x == 0) return "0";
  if (largest >= 1e7 || exponent < -6)
    return scientific(x, static_cast<int>(std::floor(std::log10(std::abs(x)))) - exponent);
  return with_commas(fmt::format("{:.{}f}", x, std::max(0, -exponent)));
}

}  // namespace

double nice_step(double length, int most) {
  const double piece = length / std::max(1, most);
  const double power = std::pow(10, std::floor(std::log10(piece)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= piece * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

Axis::Axis(std::span<const double> numbers, bool logarithmic)
    : logarithmic_(logarithmic), low_(logarithmic ? 1 : 0), high_(logarithmic ? 10 : 1) {
  bool any = false;
  for (const double x : numbers) {
    if (!shows(x)) continue;
    low_ = any ? std::min(low_, x) : x;
    high_ = any ? std::max(high_, x) : x;
    any = true;
  }
  const double largest = std::max(std::abs(low_), std::abs(high_));
  if (high_ - low_ > 1e-12 * largest && high_ - low_ > 1e-290) return;
  const double more = std::max(0.5, 0.1 * largest);
  low_ = logarithmic_ ? low_ / 2 : low_ - more;
  high_ = logarithmic_ ? high_ * 2 : high_ + more;
}

bool Axis::shows(double x) const {
  return std::abs(x) <= kLargestNumber && (!logarithmic_ || x > 1 / kLargestNumber);
}

double Axis::share(double x) const {
  const double share =
      logarithmic_ ? std::log(x / low_) / std::log(high_ / low_) : (x - low_) / (high_ - low_);
  return std::clamp(share, -kFarthest, 1 + kFarthest);
}

void Axis::widen(int most) {
  if (logarithmic_) {
    const double factor = std::pow(high_ / low_, 0.04);
    low_ /= factor;
    high_ *= factor;
    return;
  }
  for (double last = 0, step = nice_step(high_ - low_, most); step > last;) {
    low_ = step * std::floor(low_ / step + 1e-9);
    high_ = step * std::ceil(high_ / step - 1e-9);
    last = step;
    step = nice_step(high_ - low_, most);  // the longer axis may have longer steps
  }
}

void Axis::set_ends(double low, double high) {
  if (!shows(low) || !shows(high) || !(low < high))
    throw std::invalid_argument(fmt::format("chart: an axis cannot go from {} to {}", low, high));
  low_ = low;
  high_ = high;
}

std::vector<Tick> Axis::linear_ticks(int most) const {
  const double step = std::max(nice_step(high_ - low_, most), whole_ ? 1.0 : 0.0);
  const int exponent = static_cast<int>(std::floor(std::log10(step) + 1e-9));
  const double first = std::ceil(low_ / step - 1e-9);
  const double last = std::floor(high_ / step + 1e-9);
  const double largest = std::max(std::abs(first), std::abs(last)) * step;
  std::vector<Tick> ticks;
  for (int i = 0; i <= most && first + i <= last; ++i) {
    const double x = (first + i) * step;
    ticks.push_back({x, tick_text(x, exponent, largest)});
  }
  return ticks;
}

std::vector<Tick> Axis::ticks(int most) const {
  if (!logarithmic_) return linear_ticks(most);
  const int first = static_cast<int>(std::ceil(std::log10(low_) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(high_) + 1e-9));
  const auto tick = [](int factor, int exponent) {
    const double x = factor * std::pow(10, exponent);
    return Tick{x, tick_text(x, exponent, x)};
  };
  std::vector<Tick> ticks;
  if (last - first >= 2) {
    const int stride = std::max(1, (last - first + most - 1) / std::max(1, most));
    for (int e = first; e <= last; e += stride) ticks.push_back(tick(1, e));
    return ticks;
  }
  for (int e = first - 1; e <= last; ++e)
    for (const int factor : {1, 2, 5}) {
      const Tick t = tick(factor, e);
      if (t.at >= low_ * (1 - 1e-9) && t.at <= high_ * (1 + 1e-9)) ticks.push_back(t);
    }
  const bool fits = static_cast<int>(ticks.size()) <= most + 1;
  return ticks.size() >= 3 && fits ? ticks : linear_ticks(most);
}

std::vector<double> spread_labels(std::span<const double> wanted, double gap, double first,
                                  double last) {
  const std::size_t n = wanted.size();
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  // With z_i = wanted_i - i gap, labels that do not overlap are numbers that do not fall: isotonic
  // regression, by pooling neighbours that do.
  struct Pool {
    double sum;
    double count;
    double mean() const { return sum / count; }
  };
  std::vector<Pool> pools;
  for (std::size_t i = 0; i < n; ++i) {
    pools.push_back({wanted[order[i]] - static_cast<double>(i) * gap, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool next = pools.back();
      pools.pop_back();
      pools.back() = {pools.back().sum + next.sum, pools.back().count + next.count};
    }
  }
  const double room = std::max(0.0, last - first - static_cast<double>(n - (n > 0)) * gap);
  std::vector<double> places(n);
  std::size_t i = 0;
  for (const Pool& pool : pools)
    for (double k = 0; k < pool.count; ++k, ++i)
      places[order[i]] =
          std::clamp(pool.mean(), first, first + room) + static_cast<double>(i) * gap;
  return places;
}

}  // namespace rl::drawing
