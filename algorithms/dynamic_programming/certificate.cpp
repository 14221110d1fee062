#include "algorithms/dynamic_programming/certificate.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <deque>

#include "rl/mdp_graph.hpp"

namespace rl {

namespace {

constexpr std::int64_t kStepSweeps = 200'000;    // give up on the expected number of steps after
constexpr std::int64_t kStepWork = 400'000'000;  // so many sweeps, or outcomes looked at
constexpr double kTieTolerance = 1e-7;           // actions so near to the best count as tied

/// An upper bound w of the expected number of steps left, where `longest(s, w)` is the largest
/// expected w after one step: from w >= (1 - c) + P w with c < 1 follows steps <= w / (1 - c).
/// Empty where the steps do not stay finite.
template <class Longest>
std::optional<StateValues> steps_left(const FiniteMdp& model, Longest&& longest) {
  StateValues w = StateValues::Zero(model.num_states());
  const std::int64_t outcomes = std::int64_t{model.num_states()} * model.num_actions() *
                                static_cast<std::int64_t>(model.longest_row());
  const std::int64_t sweeps = std::clamp<std::int64_t>(kStepWork / outcomes, 1, kStepSweeps);
  for (std::int64_t sweep = 0; sweep < sweeps; ++sweep) {
    double growth = 0;
    for (State s = 0; s < model.num_states(); ++s) {
      if (model.terminal(s)) continue;
      const double next = 1 + longest(s, w);
      growth = std::max(growth, next - w[s]);
      w[s] = next;
    }
    // w grew by at most `growth` while it was swept in place, so 1 + P w - w <= growth
    if (growth <= 0.5) {
      if (static_cast<double>(model.longest_row()) * w.maxCoeff() > 1e9) return std::nullopt;
      return w / (1 - growth - 1e-6);  // 1e-6: rounding of numbers up to 1e9
    }
    if (!(growth < 1e12)) return std::nullopt;
  }
  return std::nullopt;
}

double expected(const FiniteMdp& model, State s, Action a, const StateValues& w) {
  return model.row(s, a).expectation(w.data());
}

std::optional<StateValues> steps_left(const FiniteMdp& model, const TabularPolicy& policy) {
  return steps_left(model, [&](State s, const StateValues& w) {
    double sum = 0;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (const double p = policy.probability(s, a); p > 0) sum += p * expected(model, s, a, w);
    return sum;
  });
}

/// Steps left under the slowest policy among the tied actions; empty where it may never end.
std::optional<StateValues> slowest_steps_left(const FiniteMdp& model, const StateValues& v) {
  std::vector<std::vector<Action>> tied(index(model.num_states()));
  for (State s = 0; s < model.num_states(); ++s)
    tied[index(s)] = optimal_actions(model, v, 1, s, kTieTolerance);
  return steps_left(model, [&](State s, const StateValues& w) {
    double most = 0;
    for (const Action a : tied[index(s)]) most = std::max(most, expected(model, s, a, w));
    return most;
  });
}

/// Whether u >= T u also bounds policies that never end: they stay for ever among states where
/// every way to stay costs something, or where u >= 0.
bool bounds_endless_policies(const FiniteMdp& model, const StateValues& u) {
  const std::vector<std::uint8_t> endless = endless_states(model);
  bool always_costs = true;
  bool nonnegative = true;
  for (State s = 0; s < model.num_states(); ++s) {
    if (endless[index(s)] == 0) continue;
    nonnegative = nonnegative && u[s] >= 0;
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!model.available(s, a)) continue;
      const FiniteMdp::Row row = model.row(s, a);
      bool stays = true;
      for (std::size_t k = 0; k < row.size(); ++k)
        stays = stays && (row.probability(k) == 0 || endless[index(row.next(k))] != 0);
      always_costs = always_costs && (!stays || row.reward < 0);
    }
  }
  return always_costs || nonnegative;
}

/// The smallest c for which u = v + c w satisfies u >= T u up to `rounding`; empty where none does.
std::optional<double> inflation(const FiniteMdp& model, const StateValues& v, const StateValues& w,
                                double rounding) {
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!model.available(s, a)) continue;
      const double excess = backup(model, v, 1, s, a) - v[s] + rounding;  // must be <= c * shorter
      const double shorter = w[s] - expected(model, s, a, w);
      if (shorter > 1e-9)
        least = std::max(least, excess / shorter);
      else if (excess > 0)
        return std::nullopt;
      else if (shorter < 0)
        most = std::min(most, excess / shorter);
    }
  }
  if (least > most) return std::nullopt;
  return least;
}

std::optional<double> evaluation_bound(const FiniteMdp& model, const StateValues& v,
                                       const Under& rule, const StateValues& steps) {
  const double off = residual(model, v, 1, rule).largest() + backup_rounding(model, v);
  return off * steps.maxCoeff();
}

/// An upper bound of v* - v over all states.
std::optional<double> upper_bound(const FiniteMdp& model, const StateValues& v,
                                  const StateValues& greedy_steps) {
  const double rounding = 2 * backup_rounding(model, v);
  const std::optional<StateValues> slowest = slowest_steps_left(model, v);
  for (const StateValues* w : {slowest ? &*slowest : nullptr, &greedy_steps}) {
    if (w == nullptr) continue;
    const std::optional<double> c = inflation(model, v, *w, rounding);
    if (c && bounds_endless_policies(model, v + *c * *w)) return *c * w->maxCoeff();
  }
  return std::nullopt;
}

}  // namespace

TabularPolicy ending_policy(const FiniteMdp& model, const StateValues& v, double gamma,
                            double tolerance) {
  // Backwards from the terminal states: a state takes the first of its tied actions that may lead
  // to a state which already found its way.
  const Predecessors before = predecessors(model);
  TabularPolicy policy(model.num_states(), model.num_actions());
  std::vector<std::uint8_t> found(index(model.num_states()), 0);
  std::deque<State> queue;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) {
      found[index(s)] = 1;
      queue.push_back(s);
    }
  const auto leads_to_found = [&](State s, Action a) {
    const FiniteMdp::Row row = model.row(s, a);
    for (std::size_t k = 0; k < row.size(); ++k)
      if (row.probability(k) > 0 && found[index(row.next(k))] != 0) return true;
    return false;
  };
  while (!queue.empty()) {
    const State next = queue.front();
    queue.pop_front();
    for (std::size_t i = before.begin[index(next)]; i < before.begin[index(next) + 1]; ++i) {
      const State s = before.state[i];
      if (found[index(s)] != 0) continue;
      for (const Action a : optimal_actions(model, v, gamma, s, tolerance))
        if (leads_to_found(s, a)) {
          policy.set(s, a);
          found[index(s)] = 1;
          queue.push_back(s);
          break;
        }
    }
  }
  for (State s = 0; s < model.num_states(); ++s)
    if (found[index(s)] == 0) {
      const std::vector<Action> best = optimal_actions(model, v, gamma, s, tolerance);
      assert(!best.empty());  // v is finite
      policy.set(s, best.front());
    }
  return policy;
}

std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Under& rule) {
  const std::optional<StateValues> steps = steps_left(model, *rule.policy);
  if (!steps) return std::nullopt;
  return evaluation_bound(model, v, rule, *steps);
}

std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Greedy& rule) {
  // From below: a policy of nearly best actions that ends. Ties are cut at what T v - v leaves
  // open.
  const double slack = 2 * (residual(model, v, 1, rule).largest() + backup_rounding(model, v));
  const Under ending(ending_policy(model, v, 1, slack));
  const std::optional<StateValues> steps = steps_left(model, *ending.policy);
  if (!steps) return std::nullopt;
  const std::optional<double> below = evaluation_bound(model, v, ending, *steps);
  const std::optional<double> above = upper_bound(model, v, *steps);
  if (!below || !above) return std::nullopt;
  return std::max(*below, *above);
}

std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const EpsilonSoft& rule) {
  // An epsilon-soft control problem is a control problem whose actions are mixed: the value of the
  // epsilon-greedy policy from below; from above, u = v + c w with w the steps of the slowest
  // epsilon-soft policy.
  const double slack = 2 * (residual(model, v, 1, rule).largest() + backup_rounding(model, v));
  const TabularPolicy greedy = ending_policy(model, v, 1, slack);
  const Under soft(epsilon_soft(model, greedy, rule.epsilon));
  const std::optional<StateValues> steps = steps_left(model, *soft.policy);
  if (!steps) return std::nullopt;
  const std::optional<double> below = evaluation_bound(model, v, soft, *steps);
  const std::optional<StateValues> slowest = steps_left(model, [&](State s, const StateValues& w) {
    double most = 0;
    double sum = 0;
    int n = 0;
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!model.available(s, a)) continue;
      const double e = expected(model, s, a, w);
      most = std::max(most, e);
      sum += e;
      ++n;
    }
    return (1 - rule.epsilon) * most + rule.epsilon * sum / n;
  });
  if (!below || !slowest) return std::nullopt;
  // T(v + c w) - (v + c w) <= (T v - v) - c because w falls by 1 a step under every soft policy.
  const double excess = residual(model, v, 1, rule).high + backup_rounding(model, v);
  return std::max(*below, std::max(0.0, excess) * slowest->maxCoeff());
}

std::optional<double> undiscounted_bound(const FiniteMdp& model, const StateValues& v,
                                         const Soft& rule) {
  // |T u - T v| is at most the largest P_pi |u - v| over policies that the reference allows, and w
  // falls by 1 a step under each of them.
  const std::optional<StateValues> slowest = steps_left(model, [&](State s, const StateValues& w) {
    double most = 0;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (rule.reference->probability(s, a) > 0) most = std::max(most, expected(model, s, a, w));
    return most;
  });
  if (!slowest) return std::nullopt;
  const double off = residual(model, v, 1, rule).largest() + backup_rounding(model, v, rule);
  return off * slowest->maxCoeff();
}

}  // namespace rl
