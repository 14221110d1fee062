#include "rl/values.hpp"

namespace rl {

namespace detail {

Action draw_tie(std::span<const double> q, double best, Rng& rng) noexcept {
  std::int32_t count = 0;
  for (const double x : q) count += x >= best ? 1 : 0;
  if (count == 0) return random_available(q, rng);
  std::int32_t k = count == 1 ? 0 : rng.index(count);
  Action a = 0;
  while (q[static_cast<std::size_t>(a)] < best || k-- > 0) ++a;
  return a;
}

}  // namespace detail

std::vector<double> initial_values(const FiniteMdp& model, double initial) {
  std::vector<double> v(index(model.num_states()), initial);
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) v[index(s)] = 0;
  return v;
}

Action random_available(std::span<const double> q, Rng& rng) noexcept {
  const std::int32_t n = count_available(q);
  if (n == 0) return rng.index(static_cast<std::int32_t>(q.size()));
  std::int32_t k = rng.index(n);
  if (n == static_cast<std::int32_t>(q.size())) return k;
  Action a = 0;
  while (q[static_cast<std::size_t>(a)] == kUnavailable || k-- > 0) ++a;
  return a;
}

}  // namespace rl
