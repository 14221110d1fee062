#include "rl/values.hpp"

namespace rl {

namespace detail {

Action draw_tie(std::uint64_t ties, Rng& rng) {
  for (std::int32_t k = rng.index(std::popcount(ties)); k > 0; --k) ties &= ties - 1;
  return static_cast<Action>(std::countr_zero(ties));
}

Action draw_tie(std::span<const double> q, double best, Rng& rng) {
  std::int32_t count = 0;
  for (const double x : q) count += x >= best ? 1 : 0;
  std::int32_t k = count == 1 ? 0 : rng.index(count);
  Action a = 0;
  while (q[static_cast<std::size_t>(a)] < best || k-- > 0) ++a;
  return a;
}

}  // namespace detail

Action random_available(std::span<const double> q, Rng& rng) {
  const std::int32_t n = count_available(q);
  std::int32_t k = rng.index(n);
  if (n == static_cast<std::int32_t>(q.size())) return k;
  Action a = 0;
  while (q[static_cast<std::size_t>(a)] == kUnavailable || k-- > 0) ++a;
  return a;
}

}  // namespace rl
