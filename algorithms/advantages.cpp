#include "algorithms/advantages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rl {

namespace {

void check_segment(const SegmentValues& x, double gamma, std::size_t out) {
  const std::size_t size = x.reward.size();
  for (const std::size_t other :
       {x.v.size(), x.v_next.size(), x.terminated.size(), x.truncated.size(), out})
    if (other != size)
      throw std::invalid_argument(
          fmt::format("advantages: {} rewards stand beside {} other numbers", size, other));
  if (x.num_worlds == 0 || size % x.num_worlds != 0)
    throw std::invalid_argument(
        fmt::format("advantages: {} steps are no segment of {} worlds", size, x.num_worlds));
  if (!(gamma >= 0 && gamma <= 1))
    throw std::invalid_argument(fmt::format("advantages: gamma = {} is not in [0, 1]", gamma));
}

double value_after(const SegmentValues& x, std::size_t i) {
  return x.terminated[i] != 0 ? 0 : x.v_next[i];
}

/// Whether step i is the last one that its sum may hold.
bool ends_sum(const SegmentValues& x, std::size_t i) {
  return x.terminated[i] != 0 || x.truncated[i] != 0 || i + x.num_worlds >= x.reward.size();
}

}  // namespace

void gae(const SegmentValues& x, double gamma, double lambda, std::span<double> A) {
  check_segment(x, gamma, A.size());
  if (!(lambda >= 0 && lambda <= 1))
    throw std::invalid_argument(fmt::format("advantages: lambda = {} is not in [0, 1]", lambda));
  for (std::size_t i = A.size(); i-- > 0;) {
    const double delta = x.reward[i] + gamma * value_after(x, i) - x.v[i];
    A[i] = delta + (ends_sum(x, i) ? 0 : gamma * lambda * A[i + x.num_worlds]);
  }
}

void n_step_advantages(const SegmentValues& x, double gamma, std::size_t n, std::span<double> A) {
  check_segment(x, gamma, A.size());
  if (n == 0) throw std::invalid_argument("advantages: n-step needs at least 1 step, not 0");
  for (std::size_t i = 0; i < A.size(); ++i) {
    std::size_t last = i;
    for (std::size_t k = 1; k < n && !ends_sum(x, last); ++k) last += x.num_worlds;
    double G = value_after(x, last);
    for (std::size_t j = last + x.num_worlds; j > i;) {
      j -= x.num_worlds;
      G = x.reward[j] + gamma * G;
    }
    A[i] = G - x.v[i];
  }
}

void normalize(std::span<double> A) {
  if (A.empty()) return;
  const auto n = static_cast<double>(A.size());
  double mean = 0;
  for (const double x : A) mean += x / n;
  double variance = 0;
  for (const double x : A) variance += (x - mean) * (x - mean) / n;
  for (double& x : A) x = (x - mean) / (std::sqrt(variance) + 1e-8);
}

}  // namespace rl
