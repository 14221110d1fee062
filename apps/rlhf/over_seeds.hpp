#pragma once
/// \file
/// One number a seed, as it is told: its mean and half of the 95 % t interval of the mean.
///
///     mean +- t_{n-1, 0.975} s / sqrt(n)
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

namespace rl::apps {

struct OverSeeds {
  std::size_t n;      ///< numbers
  double mean;        ///< NaN: there are none
  double half_width;  ///< NaN: there are fewer than two

  double low() const { return mean - half_width; }
  double high() const { return mean + half_width; }
};
OverSeeds over_seeds(std::span<const double> x);

/// number(run) over the runs of several seeds.
template <class Runs, class Number>
OverSeeds over_runs(const Runs& runs, const Number& number) {
  std::vector<double> x;
  for (const auto& run : runs) x.push_back(number(run));
  return over_seeds(x);
}

/// {"n": .., "mean": .., "low": .., "high": ..}
nlohmann::ordered_json over_seeds_json(const OverSeeds& x);
/// null for what is not finite.
nlohmann::ordered_json finite_or_null(double x);

/// "0.39±.03": the mean and half of the interval; "0.39" of one, "" of none.
std::string over_seeds_text(const OverSeeds& x, bool unicode);
/// "0.39", "0.00" for what rounds to it; "" for what is not finite.
std::string two_decimals(double x);
/// "mean, 95 % t interval, n = 5", as charts tell what their bands are; "" where n is below two.
std::string band_note(std::size_t n);

}  // namespace rl::apps
