#include "rl/truth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "rl/plan.hpp"

namespace rl {

namespace {

constexpr double kNoError = std::numeric_limits<double>::quiet_NaN();

TabularPolicy learned_policy(const FiniteMdp& model, const Estimates& estimates) {
  TabularPolicy policy(model.num_states(), model.num_actions());
  const std::size_t width = index(model.num_actions());
  for (State s = 0; s < model.num_states(); ++s)
    std::ranges::copy(estimates.values.subspan(index(s) * width, width), policy.row(s).begin());
  return policy;
}

}  // namespace

ValueError Truth::error(const FiniteMdp& model, const Estimates& estimates) const {
  if (!has_exact(estimates.what)) return {kNoError, kNoError};
  const std::vector<double> wanted = exact(estimates);
  const std::size_t width =
      of_states(estimates.what) ? 1 : static_cast<std::size_t>(model.num_actions());
  ValueError error;
  double sum = 0;
  std::size_t n = 0;
  for (const State s : reachable)
    for (std::size_t a = 0; a < width; ++a) {
      if (width > 1 && !model.available(s, static_cast<Action>(a))) continue;
      const std::size_t i = static_cast<std::size_t>(s) * width + a;
      const double off = std::abs(estimates.values[i] - wanted[i]);
      error.max = off > error.max || std::isnan(off) ? off : error.max;
      sum += off * off;
      ++n;
    }
  error.rms = n > 0 ? std::sqrt(sum / static_cast<double>(n)) : 0;
  return error;
}

TabularPolicy greedy_policy(const FiniteMdp& model, const Estimates& estimates, double gamma) {
  if (of_states(estimates.what)) {
    const StateValues v = Eigen::Map<const StateValues>(
        estimates.values.data(), static_cast<Eigen::Index>(estimates.values.size()));
    return greedy_policy(model, action_values(model, v, gamma), 0);
  }
  if (estimates.what == Quantity::policy) return learned_policy(model, estimates);
  QTable q(model.num_states(), model.num_actions());
  for (std::size_t i = 0; i < estimates.values.size(); ++i) q.parameters()[i] = estimates.values[i];
  return greedy_policy(model, q, 0);
}

}  // namespace rl
