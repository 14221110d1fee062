#include "apps/bench/plain_grid.hpp"

#include <cmath>
#include <cstddef>

#include "rl/kernel_dispatch.hpp"

namespace rl::bench {

namespace {

struct StencilRow {
  const double *above, *here, *below, *r;
  double* next;
  int n;
  double gamma;

  [[gnu::always_inline]] double sweep() const {
    double change = 0;
    for (int i = 0; i < n; ++i) {
      const double sides = here[i - 1] + here[i + 1];
      const double ends = above[i] + below[i];
      const double vertical = above[i] > below[i] ? above[i] : below[i];
      const double horizontal = here[i - 1] > here[i + 1] ? here[i - 1] : here[i + 1];
      const double up_or_down = 0.8 * vertical + 0.1 * sides;
      const double left_or_right = 0.8 * horizontal + 0.1 * ends;
      double best = up_or_down > left_or_right ? up_or_down : left_or_right;
      best = best > here[i] ? best : here[i];
      next[i] = r[i] + gamma * best;
      const double d = std::abs(next[i] - here[i]);
      change = change > d ? change : d;
    }
    return change;
  }
};

struct SweepRow {
  template <std::size_t kBytes>
  [[gnu::always_inline]] static inline double run(const StencilRow& row) {
    return row.sweep();
  }
};

}  // namespace

PlainGrid::PlainGrid(int n, const std::vector<double>& rewards, double gamma)
    : n_(n), gamma_(gamma) {
  const auto side = static_cast<std::size_t>(n) + 2;
  r_.assign(side * side, 0);
  for (std::size_t i = 0; i < rewards.size(); ++i)
    r_[(i / (side - 2) + 1) * side + i % (side - 2) + 1] = rewards[i];
  L_ = next_ = r_;
}

double PlainGrid::sweep() {
  const auto n = static_cast<std::size_t>(n_);
  const std::size_t side = n + 2;
  const auto bump = [&](std::size_t ghost, std::size_t cell) {
    L_[ghost] = L_[cell] - r_[cell] - 1;
  };
  for (std::size_t i = 1; i <= n; ++i) {
    bump(i, side + i);
    bump((n + 1) * side + i, n * side + i);
    bump(i * side, i * side + 1);
    bump(i * side + n + 1, i * side + n);
  }
  double change = 0;
  for (std::size_t row = 1; row <= n; ++row) {
    const double* const here = &L_[row * side + 1];
    const double d = detail::run_kernel<SweepRow>(StencilRow{
        here - side, here, here + side, &r_[row * side + 1], &next_[row * side + 1], n_, gamma_});
    change = change > d ? change : d;
  }
  L_.swap(next_);
  return change;
}

}  // namespace rl::bench
