#include "rl/statistics/multiple_testing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <stdexcept>

namespace rl {

namespace {

/// Places from the smallest p to the largest.
std::vector<std::size_t> ascending_places(std::span<const double> p) {
  for (const double pi : p)
    if (!(pi >= 0 && pi <= 1))
      throw std::invalid_argument(fmt::format("p: expected a number in [0, 1], not {}", pi));
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t k) { return p[i] < p[k]; });
  return order;
}

}  // namespace

std::vector<double> bonferroni_adjusted(std::span<const double> p) {
  std::vector<double> adjusted(p.size());
  for (const std::size_t i : ascending_places(p))
    adjusted[i] = std::min(1.0, static_cast<double>(p.size()) * p[i]);
  return adjusted;
}

std::vector<double> holm_adjusted(std::span<const double> p) {
  const std::vector<std::size_t> order = ascending_places(p);
  std::vector<double> adjusted(p.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(p.size() - rank);
    largest = std::max(largest, std::min(1.0, left * p[order[rank]]));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg_adjusted(std::span<const double> p) {
  const std::vector<std::size_t> order = ascending_places(p);
  std::vector<double> adjusted(p.size());
  double smallest = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const double share = static_cast<double>(rank) / static_cast<double>(p.size());
    smallest = std::min(smallest, p[order[rank - 1]] / share);
    adjusted[order[rank - 1]] = smallest;
  }
  return adjusted;
}

}  // namespace rl
