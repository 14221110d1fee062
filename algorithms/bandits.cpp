#include "algorithms/bandits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rl {

namespace {

double x_ln(double x, double y) { return x > 0 ? x * std::log(y) : 0; }

/// KL of Bernoulli(q) from Bernoulli(m), 0 < m < 1.
double bernoulli_kl(double q, double m) { return x_ln(q, q / m) + x_ln(1 - q, (1 - q) / (1 - m)); }

}  // namespace

double bernoulli_kl_bound(double q, std::int64_t n, double level) {
  if (q >= 1 || level <= 0) return q;
  const double most = level / static_cast<double>(n);  // KL(q, m) <= most
  // Two bounds above the root: Pinsker's KL >= 2 (m - q)^2, and KL without its part in ln m.
  const double pinsker = q + std::sqrt(most / 2);
  const double entropy = -x_ln(q, q) - x_ln(1 - q, 1 - q);
  const double far = 1 - std::exp(-(most + entropy) / (1 - q));
  double m = std::min(pinsker, far);
  if (m >= 1) return 1;
  // Newton's method on a convex function, from above: it falls to the root and never passes it.
  for (;;) {
    const double slope = (m - q) / (m * (1 - m));
    const double next = m - (bernoulli_kl(q, m) - most) / slope;
    if (!(next < m) || next <= q) return m;
    m = next;
  }
}

KlUcb::KlUcb(const Problem& problem, const Options& o) : c(o.c) {
  if (const auto reason = why_not_unit_rewards(problem)) throw std::invalid_argument(*reason);
}

}  // namespace rl
