#include "algorithms/preference/group_advantages.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace rl {

namespace {

double mean_of_group(std::span<const double> x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

double squares_about(std::span<const double> x, double mean) {
  double sum = 0;
  for (const double y : x) sum += (y - mean) * (y - mean);
  return sum;
}

void check_group(const char* what, std::span<const double> reward, std::span<double> advantage) {
  if (reward.size() < 2)
    throw std::invalid_argument(
        fmt::format("{}: a group needs at least 2 responses, not {}", what, reward.size()));
  if (reward.size() != advantage.size())
    throw std::invalid_argument(
        fmt::format("{}: {} rewards beside {} advantages", what, reward.size(), advantage.size()));
}

}  // namespace

void rloo_advantages(std::span<const double> reward, std::span<double> advantage) {
  check_group("RLOO", reward, advantage);
  const double sum = std::accumulate(reward.begin(), reward.end(), 0.0);
  const auto others = static_cast<double>(reward.size() - 1);
  for (std::size_t i = 0; i < reward.size(); ++i)
    advantage[i] = reward[i] - (sum - reward[i]) / others;
}

void group_relative_advantages(std::span<const double> reward, RewardScale scale,
                               std::span<double> advantage, double eps) {
  check_group("GRPO", reward, advantage);
  const double mean = mean_of_group(reward);
  const double n = static_cast<double>(reward.size());
  const double sd = std::sqrt(squares_about(reward, mean) / (n - 1));
  const double by = scale == RewardScale::group ? sd + eps : 1;
  for (std::size_t i = 0; i < reward.size(); ++i) advantage[i] = (reward[i] - mean) / by;
}

void whiten(std::span<double> x, const Whitening& how) {
  if (x.size() < 2) return;
  const double mean = mean_of_group(x);
  const double n = static_cast<double>(x.size()) - (how.bessel ? 1 : 0);
  const double by = std::sqrt(squares_about(x, mean) / n + 1e-8);
  for (double& y : x) y = (y - mean) / by + (how.keep_mean ? mean : 0);
}

}  // namespace rl
