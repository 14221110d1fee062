#pragma once
/// \file
/// What planning returns, and what follows from (model, v): one backup, action values, optimal
/// actions, policies.
///
///     q(s, a) = E[r | s, a] + gamma sum_s' p(s' | s, a) v(s')          (MFRL 2.8, S&B 4.2)
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/values.hpp"

namespace rl {

/// What a backup reads: a Model, or its rows alone.
template <class M>
concept BackupRows = requires(const M m, State s, Action a, const double* v) {
  { m.num_actions() } -> std::convertible_to<Action>;
  { m.row(s, a).reward } -> std::convertible_to<double>;
  { m.row(s, a).expectation(v) } -> std::convertible_to<double>;
};

/// The one backup: -infinity where a is not available in s.
template <BackupRows M>
inline double backup(const M& model, const StateValues& v, double gamma, State s, Action a) {
  const auto row = model.row(s, a);
  return row.reward + gamma * row.expectation(v.data());
}

struct Plan {
  StateValues v;                ///< v(s): [S]; differential values for an average-reward plan
  std::int64_t iterations = 0;  ///< improvements of the policy, or sweeps where there are none
  std::int64_t sweeps = 0;      ///< backups of one state counted as 1 / S of a sweep, rounded up
  bool converged = false;       ///< the stop rule was met; false: a limit stopped it
  /// max_s |v(s) - exact value| is at most this, rounding included; empty: not certified.
  std::optional<double> error_bound = std::nullopt;
  std::optional<double> average_reward = std::nullopt;  ///< reward a step (average criterion)
  std::optional<TabularPolicy> policy = std::nullopt;  ///< where the plan is of, or keeps, a policy
  /// Where v counts the steps left (a finite horizon), the values with one step less.
  std::optional<StateValues> v_next = std::nullopt;

  /// What q(s, a) and the best actions of this plan are backed up from.
  const StateValues& next_values() const { return v_next ? *v_next : v; }
};

/// One line of progress, made once a sweep (or iteration).
struct PlanProgress {
  std::int64_t iterations = 0;
  std::int64_t sweeps = 0;
  double change = 0;  ///< max_s |v_{k+1}(s) - v_k(s)| of the last sweep
  std::optional<double> error_bound = std::nullopt;  ///< where the stop rule computes it
};

/// A planner that can be advanced by one iteration, watched, copied and continued.
template <class P>
concept Planner = requires(P p, const P c) {
  { p.advance() } -> std::same_as<bool>;  // false: finished, nothing was done
  { c.plan() } -> std::convertible_to<Plan>;
  { c.progress() } -> std::convertible_to<PlanProgress>;
  { c.values() } -> std::convertible_to<const StateValues&>;
};

using PlanObserver = std::function<void(const PlanProgress&, const StateValues&)>;

/// Runs a planner to its end.
template <Planner P>
Plan solve(P planner, const PlanObserver& observe = {}) {
  while (planner.advance())
    if (observe) observe(planner.progress(), planner.values());
  return std::move(planner).plan();
}

/// Any planner, as the registry makes it.
class AnyPlanner {
 public:
  template <Planner P>  // NOLINTNEXTLINE(google-explicit-constructor): any planner is one
  requires(!std::same_as<P, AnyPlanner>) AnyPlanner(P p)
      : self_(std::make_unique<Holder<P>>(std::move(p))) {}
  AnyPlanner(const AnyPlanner& other) : self_(other.self_->clone()) {}
  AnyPlanner(AnyPlanner&&) noexcept = default;
  AnyPlanner& operator=(AnyPlanner other) noexcept {
    self_ = std::move(other.self_);
    return *this;
  }
  ~AnyPlanner() = default;

  bool advance() { return self_->advance(); }
  Plan plan() const& { return self_->plan(); }
  /// Of a planner that is done with: large values are handed over, not copied.
  Plan plan() && { return self_->take_plan(); }
  PlanProgress progress() const { return self_->progress(); }
  const StateValues& values() const { return self_->values(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::unique_ptr<Interface> clone() const = 0;
    virtual bool advance() = 0;
    virtual Plan plan() const = 0;
    virtual Plan take_plan() = 0;
    virtual PlanProgress progress() const = 0;
    virtual const StateValues& values() const = 0;
  };
  template <class P>
  struct Holder final : Interface {
    explicit Holder(P x) : p(std::move(x)) {}
    std::unique_ptr<Interface> clone() const override { return std::make_unique<Holder>(p); }
    bool advance() override { return p.advance(); }
    Plan plan() const override { return p.plan(); }
    Plan take_plan() override { return std::move(p).plan(); }
    PlanProgress progress() const override { return p.progress(); }
    const StateValues& values() const override { return p.values(); }
    P p;
  };
  std::unique_ptr<Interface> self_;
};
static_assert(Planner<AnyPlanner>);

/// q(s, .) from v, [A]; -infinity where not available, 0 in a terminal state.
template <Model M>
std::vector<double> action_values(const M& model, const StateValues& v, double gamma, State s) {
  std::vector<double> q(static_cast<std::size_t>(model.num_actions()), 0);
  if (model.terminal(s)) return q;
  for (Action a = 0; a < model.num_actions(); ++a)
    q[static_cast<std::size_t>(a)] = backup(model, v, gamma, s, a);
  return q;
}
QTable action_values(const FiniteMdp& model, const StateValues& v, double gamma);

/// The actions within `tolerance` of the best in s, ascending; none in a terminal state.
template <Model M>
std::vector<Action> optimal_actions(const M& model, const StateValues& v, double gamma, State s,
                                    double tolerance = 1e-9) {
  std::vector<Action> best;
  if (model.terminal(s)) return best;
  const std::vector<double> q = action_values(model, v, gamma, s);
  const double least = max_value(q) - tolerance;
  for (std::size_t a = 0; a < q.size(); ++a)
    if (q[a] >= least) best.push_back(static_cast<Action>(a));
  return best;
}

/// J = sum_s start(s) v(s).
template <Model M>
double start_value(const M& model, const StateValues& v) {
  double sum = 0;
  model.for_each_start([&](State s, double p) { sum += p * v[s]; });
  return sum;
}

}  // namespace rl
