#include "algorithms/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/dynamic_programming/relative_value_iteration.hpp"
#include "rl/mdp_graph.hpp"

namespace rl {

namespace {

constexpr double kTolerance = 1e-10;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

SweepOptions exact_sweeps() { return {.tolerance = kTolerance, .order = SweepOrder::alternating}; }

void ask(const StopRequest& stop) {
  if (stop && stop()) throw Interrupted();
}

PlanObserver asking(const StopRequest& stop) {
  return [&stop](const PlanProgress&, const StateValues&) { ask(stop); };
}

/// v_pi in closed form, or by sweeps where the model is large.
StateValues values_under(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                         const StopRequest& stop) {
  ask(stop);
  if (model.num_states() <= kLargestClosedForm) return evaluate_exactly(model, policy, gamma);
  if (gamma >= 1) require_end(model, policy);
  return policy_evaluation(model, gamma, policy, exact_sweeps(), asking(stop)).v;
}

/// The model with the given states made terminal.
FiniteMdp ended_in(const FiniteMdp& model, const std::vector<std::uint8_t>& ended) {
  MdpFacts facts;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s) || ended[index(s)] != 0) facts.terminal.push_back(s);
  return FiniteMdp(
      model.num_states(), model.num_actions(),
      [&](State s, Action a, std::vector<Outcome>& row) { row = model.outcomes(s, a); }, facts);
}

// ---- sums without discount ----------------------------------------------------------------------

/// States of a chain that lead to each other and nowhere else: a walk that enters never leaves.
struct RecurrentClass {
  State member;
  bool gains = false;  ///< some expected reward in it is positive
  bool loses = false;  ///< some is negative
};

std::vector<RecurrentClass> classes_with_signs(const FiniteMdp& chain) {
  std::vector<RecurrentClass> classes;
  for (const std::vector<State>& states : recurrent_classes(chain)) {
    RecurrentClass& c = classes.emplace_back(RecurrentClass{states.front()});
    for (const State s : states) {
      const double reward = chain.row(s, 0).reward;
      c.gains = c.gains || reward > 0;
      c.loses = c.loses || reward < 0;
    }
  }
  return classes;
}

/// What a policy gains where it stays for ever, without discount.
class LongRun {
 public:
  LongRun(const FiniteMdp& model, const TabularPolicy& policy, const StopRequest& stop)
      : chain_(chain_of(model, policy)), classes_(classes_with_signs(chain_)), stop_(stop) {}

  const FiniteMdp& chain() const { return chain_; }
  const std::vector<RecurrentClass>& classes() const { return classes_; }

  /// What is gained from s until the chain ends or visits the member of a class, expected: [S].
  const StateValues& sums() {
    if (!sums_) sums_ = sums_to_members();
    return *sums_;
  }

  /// The sign of what a class gains for ever: that of one round from its member back to it,
  /// E[r | s] + sum_s' p(s' | s) v(s') with v the sums.
  int sign(const RecurrentClass& c) {
    if (!c.gains || !c.loses) return (c.gains ? 1 : 0) - (c.loses ? 1 : 0);
    const double round = backup(chain_, sums(), 1, c.member, 0);
    const double zero = kTolerance * (chain_.largest_reward() + sums().lpNorm<Eigen::Infinity>());
    return (round > zero ? 1 : 0) - (round < -zero ? 1 : 0);
  }

 private:
  StateValues sums_to_members() const {
    std::vector<std::uint8_t> members(index(chain_.num_states()), 0);
    for (const RecurrentClass& c : classes_) members[index(c.member)] = 1;
    State left = 0;
    for (State s = 0; s < chain_.num_states(); ++s)
      left += chain_.terminal(s) || members[index(s)] != 0 ? 0 : 1;
    if (left == 0) return StateValues::Zero(chain_.num_states());
    const FiniteMdp ended = ended_in(chain_, members);
    return values_under(ended, uniform_policy(ended), 1, stop_);
  }

  FiniteMdp chain_;
  std::vector<RecurrentClass> classes_;
  const StopRequest& stop_;
  std::optional<StateValues> sums_;
};

/// J without discount of a policy that may never end: what it gains where it stays decides.
double undiscounted_return(const FiniteMdp& model, const TabularPolicy& policy,
                           const StopRequest& stop) {
  LongRun run(model, policy, stop);
  const std::vector<std::uint8_t> seen = reachable(run.chain());
  bool gains = false;
  bool loses = false;
  bool wavers = false;  // pays now and then but breaks even: the sum has no limit
  for (const RecurrentClass& c : run.classes()) {
    if (seen[index(c.member)] == 0) continue;
    const int sign = run.sign(c);
    gains = gains || sign > 0;
    loses = loses || sign < 0;
    wavers = wavers || (sign == 0 && c.gains);
  }
  if (wavers || (gains && loses)) return std::numeric_limits<double>::quiet_NaN();
  if (gains || loses) return gains ? kInfinity : -kInfinity;
  return start_value(run.chain(), run.sums());
}

/// Throws where the policy that is greedy in v goes round some loop that pays for ever: proof that
/// the optimal values without discount are infinite.
void refuse_endless_gain(const Problem& problem, const FiniteMdp& model, const StateValues& v,
                         const StopRequest& stop) {
  std::vector<Action> greedy(index(model.num_states()), 0);
  for (State s = 0; s < model.num_states(); ++s)
    greedy[index(s)] = first_greedy(action_values(model, v, 1, s));
  LongRun run(model, deterministic_policy(model, greedy), stop);
  for (const RecurrentClass& c : run.classes())
    if (c.gains && run.sign(c) > 0)
      throw std::invalid_argument("gamma = 1, but from state " +
                                  problem.picture.state_name(c.member) +
                                  " a policy gains for ever: values are infinite");
}

std::vector<double> flatten(const QTable& q) {
  return {q.parameters().begin(), q.parameters().end()};
}

/// Values under each quantity, computed when first asked for.
class ExactValues {
 public:
  ExactValues(FiniteMdp model, double gamma, StateValues v_star, StopRequest stop)
      : model_(std::move(model)),
        gamma_(gamma),
        v_star_(std::move(v_star)),
        stop_(std::move(stop)) {}

  std::vector<double> operator()(const Estimates& e) {
    if (e.what == Quantity::roots) return {e.exact.begin(), e.exact.end()};
    const std::lock_guard lock(mutex_);  // runs on several threads ask one truth
    const auto key = std::pair(e.what, e.what == Quantity::q_soft ? e.epsilon : 0);
    const std::optional<TabularPolicy> policy = e.policy ? std::optional(*e.policy) : std::nullopt;
    auto it = cache_.find(key);
    if (it == cache_.end() || it->second.policy != policy) {
      if (cache_.size() >= kLargestCache) cache_.clear();  // a falling epsilon asks for many
      it = cache_.insert_or_assign(key, Answer{policy, compute(e)}).first;
    }
    return it->second.values;
  }

 private:
  static constexpr std::size_t kLargestCache = 64;
  struct Answer {
    std::optional<TabularPolicy> policy;
    std::vector<double> values;
  };

  std::vector<double> compute(const Estimates& e) const {
    switch (e.what) {
      case Quantity::v_star:
        return {v_star_.begin(), v_star_.end()};
      case Quantity::q_star:
        return flatten(action_values(model_, v_star_, gamma_));
      case Quantity::q_soft:
        return flatten(action_values(
            model_,
            epsilon_soft_iteration(model_, gamma_, e.epsilon, exact_sweeps(), asking(stop_)).v,
            gamma_));
      case Quantity::preferences:
      case Quantity::roots:
      case Quantity::policy:
      case Quantity::differential_v:
      case Quantity::differential_q:
      case Quantity::weights:
        throw std::invalid_argument("these numbers have no exact values");
      case Quantity::v_pi:
      case Quantity::q_pi:
        break;
    }
    const StateValues v =
        values_under(model_, e.policy ? *e.policy : uniform_policy(model_), gamma_, stop_);
    if (e.what == Quantity::v_pi) return {v.begin(), v.end()};
    return flatten(action_values(model_, v, gamma_));
  }

  FiniteMdp model_;
  double gamma_;
  StateValues v_star_;
  StopRequest stop_;
  std::mutex mutex_;
  std::map<std::pair<Quantity, double>, Answer> cache_;
};

/// J of the policies that were asked for last: while it learns, a learner is greedy in one way for
/// long, and learners of one world end in the same ways. Of the 1,890 evaluations of 3 learners x
/// 30 seeds on MFRL's 5x5 grid, 1,171 are of a policy that was there before.
class RememberedReturns {
 public:
  RememberedReturns(FiniteMdp model, double gamma, StopRequest stop)
      : model_(std::move(model)), gamma_(gamma), stop_(std::move(stop)) {}

  double operator()(const TabularPolicy& policy) {
    if (const std::optional<double> known = find(policy)) return *known;
    const double j = exact_return(model_, policy, gamma_, stop_);  // other threads need not wait
    keep(policy, j);
    return j;
  }

 private:
  static constexpr std::size_t kMostNumbers = std::size_t{1} << 21;  // 16 MiB of probabilities

  struct Hash {
    std::size_t operator()(const TabularPolicy& policy) const {
      std::uint64_t hash = 0;
      for (State s = 0; s < policy.num_states(); ++s)
        for (const double p : policy.row(s))
          hash = std::rotl((hash ^ std::bit_cast<std::uint64_t>(p)) * 0x9e3779b97f4a7c15ULL, 31);
      return hash;
    }
  };

  std::optional<double> find(const TabularPolicy& policy) {
    const std::lock_guard lock(mutex_);  // runs on several threads ask one truth
    const auto it = known_.find(policy);
    return it == known_.end() ? std::nullopt : std::optional(it->second);
  }
  void keep(const TabularPolicy& policy, double j) {
    const std::size_t numbers = index(policy.num_states()) * index(policy.num_actions());
    if (numbers > kMostNumbers) return;
    const std::lock_guard lock(mutex_);
    if ((known_.size() + 1) * numbers > kMostNumbers) known_.clear();
    known_.emplace(policy, j);
  }

  FiniteMdp model_;
  double gamma_;
  StopRequest stop_;
  std::mutex mutex_;
  std::unordered_map<TabularPolicy, double, Hash> known_;
};

/// The long-run reward a step of a policy; NaN where it depends on where the policy begins.
double average_reward(const FiniteMdp& model, const TabularPolicy& policy) {
  if (recurrent_classes(chain_of(model, policy)).size() != 1)
    return std::numeric_limits<double>::quiet_NaN();
  return stationary_distribution(model, policy).dot(policy_chain(model, policy).reward);
}

/// Under the average criterion: J is the reward a step, v_star are differential values.
Truth average_reward_truth(const FiniteMdp& model, const StopRequest& stop) {
  RelativeValueIteration planner(model);
  while (planner.advance()) ask(stop);
  const Plan plan = planner.plan();
  if (!plan.converged || !plan.average_reward)
    throw std::invalid_argument("the best average reward could not be settled");
  Truth truth;
  truth.v_star = plan.v;
  truth.optimal_return = *plan.average_reward;
  truth.random_return = average_reward(model, uniform_policy(model));
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s)) truth.reachable.push_back(s);
  truth.exact = [](const Estimates&) -> std::vector<double> {
    throw std::invalid_argument("differential values are known up to a constant");
  };
  truth.policy_return = [model](const TabularPolicy& policy) {
    return average_reward(model, policy);
  };
  return truth;
}

}  // namespace

double exact_return(const FiniteMdp& model, const TabularPolicy& policy, double gamma,
                    const StopRequest& stop) {
  if (gamma >= 1) return undiscounted_return(model, policy, stop);
  return start_value(model, values_under(model, policy, gamma, stop));
}

Truth exact_truth(const Problem& problem, const StopRequest& stop) {
  return exact_truth(problem, problem.model, stop);
}

Truth exact_truth(const Problem& problem, const FiniteMdp& model, const StopRequest& stop) {
  const double gamma = problem.gamma;
  if (problem.criterion == Criterion::average) return average_reward_truth(model, stop);
  if (gamma >= 1)
    if (const auto stuck = state_without_end(model))
      throw std::invalid_argument(
          "gamma = 1, but from state " + problem.picture.state_name(*stuck) +
          " no policy ever reaches a terminal state: values may be infinite");
  const PlanObserver watch = [&](const PlanProgress& progress, const StateValues& v) {
    ask(stop);
    if (gamma >= 1 && std::has_single_bit(static_cast<std::uint64_t>(progress.sweeps)))
      refuse_endless_gain(problem, model, v, stop);
  };
  const Plan plan = value_iteration(model, gamma, exact_sweeps(), watch);
  if (!plan.converged && !plan.error_bound)
    throw std::invalid_argument(fmt::format(
        "gamma = 1, and after {} sweeps the optimal values are not settled: they may be infinite",
        plan.sweeps));
  Truth truth;
  truth.v_star = plan.v;
  truth.optimal_return = start_value(model, truth.v_star);
  truth.random_return = exact_return(model, uniform_policy(model), gamma, stop);
  const std::vector<std::uint8_t> seen = reachable(model);
  for (State s = 0; s < model.num_states(); ++s)
    if (seen[index(s)] != 0 && !model.terminal(s)) truth.reachable.push_back(s);
  truth.exact = [exact = std::make_shared<ExactValues>(model, gamma, truth.v_star, stop)](
                    const Estimates& estimates) { return (*exact)(estimates); };
  truth.policy_return = [returns = std::make_shared<RememberedReturns>(model, gamma, stop)](
                            const TabularPolicy& policy) { return (*returns)(policy); };
  return truth;
}

}  // namespace rl
