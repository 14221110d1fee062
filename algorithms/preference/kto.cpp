#include "algorithms/preference/kto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "algorithms/preference/logistic.hpp"

namespace rl {

namespace {

void require_two(std::size_t n) {
  if (n < 2)
    throw std::invalid_argument(fmt::format(
        "KTO needs a batch of at least 2 examples, not {}: its baseline pairs each prompt with "
        "another one's response",
        n));
}

}  // namespace

double kto_baseline(std::span<const double> mismatched) {
  require_two(mismatched.size());
  const double sum = std::accumulate(mismatched.begin(), mismatched.end(), 0.0);
  return std::max(0.0, sum / static_cast<double>(mismatched.size()));
}

std::vector<std::size_t> kto_partners(std::size_t n) {
  require_two(n);
  std::vector<std::size_t> partner(n);
  for (std::size_t i = 0; i < n; ++i) partner[i] = (i + 1) % n;
  return partner;
}

KtoLoss kto_loss(std::span<const double> log_ratio, std::span<const std::uint8_t> desirable,
                 double z0, const KtoOptions& options) {
  if (log_ratio.empty() || log_ratio.size() != desirable.size())
    throw std::invalid_argument(fmt::format("KTO: {} log-ratios stand beside {} labels",
                                            log_ratio.size(), desirable.size()));
  const auto n = static_cast<double>(log_ratio.size());
  KtoLoss loss{0, z0, {}, {}};
  for (std::size_t i = 0; i < log_ratio.size(); ++i) {
    const bool good = desirable[i] != 0;
    const double weight = good ? options.desirable_weight : options.undesirable_weight;
    const double sign = good ? 1 : -1;
    const double z = sign * options.beta * (log_ratio[i] - z0);
    loss.per_example.push_back(weight * sigmoid(-z));
    loss.slope.push_back(-sign * weight * options.beta * sigmoid(z) * sigmoid(-z) / n);
    loss.value += loss.per_example.back() / n;
  }
  return loss;
}

}  // namespace rl
