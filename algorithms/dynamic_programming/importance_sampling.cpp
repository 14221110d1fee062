#include "algorithms/dynamic_programming/importance_sampling.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace rl {

namespace {

using Moments = std::array<double, 3>;  // M_0, M_1, M_2

constexpr std::int64_t kMostSweeps = 1'000'000;
constexpr double kHuge = 1e250;

class Sweeps {
 public:
  Sweeps(const FiniteMdp& model, const TabularPolicy& policy, const TabularPolicy& behavior,
         double gamma, int power)
      : model_(model), gamma_(gamma), m_(index(model.num_states()), Moments{}), weight_(m_.size()) {
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) m_[index(s)] = {1, 0, 0};
      for (Action a = 0; a < model.num_actions() && !model.terminal(s); ++a) {
        const double b = behavior.probability(s, a);
        weight_[index(s)].push_back(b > 0 ? b * std::pow(policy.probability(s, a) / b, power) : 0);
      }
    }
  }

  /// Until nothing changes, or so many sweeps (0: no limit); infinite numbers where none is found.
  Moments at(State s, std::int64_t steps) {
    const std::int64_t most = steps > 0 ? steps : kMostSweeps;
    for (std::int64_t k = 0; k < most; ++k) {
      if (!sweep()) return m_[index(s)];
      if (steps == 0 && std::abs(m_[index(s)][2]) > kHuge) break;
    }
    if (steps > 0) return m_[index(s)];
    const double inf = std::numeric_limits<double>::infinity();
    return {inf, inf, inf};
  }

 private:
  /// Whether anything changed.
  bool sweep() {
    const std::vector<Moments> old = m_;
    bool changed = false;
    for (State s = 0; s < model_.num_states(); ++s) {
      if (model_.terminal(s)) continue;
      Moments& m = m_[index(s)];
      m = {};
      for (Action a = 0; a < model_.num_actions(); ++a) {
        const double w = weight_[index(s)][index(a)];
        if (w == 0) continue;
        for (const Outcome& o : model_.outcomes(s, a)) {
          const Moments& next = old[index(o.next)];
          const double wp = w * o.probability;
          m[0] += wp * next[0];
          m[1] += wp * (o.reward * next[0] + gamma_ * next[1]);
          m[2] += wp * (o.reward * o.reward * next[0] + 2 * o.reward * gamma_ * next[1] +
                        gamma_ * gamma_ * next[2]);
        }
      }
      changed = changed || m != old[index(s)];
    }
    return changed;
  }

  const FiniteMdp& model_;
  double gamma_;
  std::vector<Moments> m_;                   // [S]
  std::vector<std::vector<double>> weight_;  // b rho^p: [S][A]
};

}  // namespace

WeightedReturn weighted_return(const FiniteMdp& model, const TabularPolicy& policy,
                               const TabularPolicy& behavior, double gamma, State s,
                               std::int64_t steps) {
  check_policy(model, policy);
  check_policy(model, behavior);
  check_coverage(model, policy, behavior);
  const Moments first = Sweeps(model, policy, behavior, gamma, 1).at(s, steps);
  const Moments second = Sweeps(model, policy, behavior, gamma, 2).at(s, steps);
  return {first[0], first[1], second[2]};
}

}  // namespace rl
