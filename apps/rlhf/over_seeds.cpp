#include "apps/rlhf/over_seeds.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "rl/statistics/sample.hpp"

namespace rl::apps {

OverSeeds over_seeds(std::span<const double> x) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (x.empty()) return {0, kNone, kNone};
  if (x.size() == 1) return {1, x[0], kNone};
  const Interval interval = t_interval(x);
  return {x.size(), mean(x), (interval.high - interval.low) / 2};
}

nlohmann::ordered_json finite_or_null(double x) {
  return std::isfinite(x) ? nlohmann::ordered_json(x) : nlohmann::ordered_json();
}

nlohmann::ordered_json over_seeds_json(const OverSeeds& x) {
  nlohmann::ordered_json object;
  object["n"] = x.n;
  object["mean"] = finite_or_null(x.mean);
  object["low"] = finite_or_null(x.low());
  object["high"] = finite_or_null(x.high());
  return object;
}

std::string two_decimals(double x) {
  if (!std::isfinite(x)) return "";
  return fmt::format("{:.2f}", std::abs(x) < 0.005 ? 0.0 : x);
}

std::string over_seeds_text(const OverSeeds& x, bool unicode) {
  const std::string value = two_decimals(x.mean);
  if (!std::isfinite(x.half_width)) return value;
  std::string half = fmt::format("{:.2f}", x.half_width);
  if (half.front() == '0') half.erase(0, 1);
  return value + (unicode ? "±" : "+-") + half;
}

std::string band_note(std::size_t n) {
  return n < 2 ? std::string() : fmt::format("mean, 95 % t interval, n = {}", n);
}

}  // namespace rl::apps
