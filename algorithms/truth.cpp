#include "algorithms/truth.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/dynamic_programming/relative_value_iteration.hpp"
#include "rl/mdp_graph.hpp"

namespace rl {

namespace {

constexpr double kTolerance = 1e-10;
constexpr State kLargestClosedForm = 20'000;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

SweepOptions exact_sweeps() { return {.tolerance = kTolerance, .order = SweepOrder::alternating}; }

/// The model with the given states made terminal.
FiniteMdp ended_in(const FiniteMdp& model, const std::vector<std::uint8_t>& ended) {
  MdpFacts facts;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s) || ended[static_cast<std::size_t>(s)] != 0) facts.terminal.push_back(s);
  return FiniteMdp(
      model.num_states(), model.num_actions(),
      [&](State s, Action a, std::vector<Outcome>& row) { row = model.outcomes(s, a); }, facts);
}

/// The model in which the policy chooses: one action a state.
FiniteMdp chain_of(const FiniteMdp& model, const TabularPolicy& policy) {
  MdpFacts facts;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) facts.terminal.push_back(s);
  facts.start.assign(static_cast<std::size_t>(model.num_states()), 0);
  model.for_each_start([&](State s, double p) { facts.start[static_cast<std::size_t>(s)] += p; });
  return FiniteMdp(
      model.num_states(), 1,
      [&](State s, Action, std::vector<Outcome>& row) {
        for (Action a = 0; a < model.num_actions(); ++a) {
          const double p = policy.probability(s, a);
          if (p == 0) continue;
          for (Outcome o : model.outcomes(s, a)) {
            o.probability *= p;
            row.push_back(o);
          }
        }
        double sum = 0;  // the policy's row may be off by rounding
        for (const Outcome& o : row) sum += o.probability;
        for (Outcome& o : row) o.probability /= sum;
      },
      facts);
}

/// J without discount of a policy that may never end: what it gains where it stays decides.
double undiscounted_return(const FiniteMdp& model, const TabularPolicy& policy) {
  const FiniteMdp chain = chain_of(model, policy);
  const std::vector<std::uint8_t> seen = reachable(chain);
  const std::vector<std::uint8_t> recurrent = recurrent_states(chain);
  bool gains = false;
  bool loses = false;
  bool ends = false;
  for (State s = 0; s < chain.num_states(); ++s) {
    ends = ends || (!chain.terminal(s) && recurrent[static_cast<std::size_t>(s)] == 0);
    if (seen[static_cast<std::size_t>(s)] == 0 || recurrent[static_cast<std::size_t>(s)] == 0)
      continue;
    gains = gains || chain.row(s, 0).reward > 0;
    loses = loses || chain.row(s, 0).reward < 0;
  }
  if (gains && loses) return std::numeric_limits<double>::quiet_NaN();
  if (gains || loses) return gains ? kInfinity : -kInfinity;
  if (!ends) return 0;
  const FiniteMdp ended = ended_in(chain, recurrent);  // staying for nothing is as good as an end
  TabularPolicy only(ended.num_states(), 1);
  for (State s = 0; s < ended.num_states(); ++s)
    if (!ended.terminal(s)) only.set(s, 0);
  const StateValues v = ended.num_states() <= kLargestClosedForm
                            ? evaluate_exactly(ended, only, 1)
                            : policy_evaluation(ended, 1, only, exact_sweeps()).v;
  return start_value(chain, v);
}

std::vector<double> flatten(const QTable& q) {
  return {q.parameters().begin(), q.parameters().end()};
}

/// Values under each quantity, computed when first asked for.
class ExactValues {
 public:
  ExactValues(FiniteMdp model, double gamma, StateValues v_star)
      : model_(std::move(model)), gamma_(gamma), v_star_(std::move(v_star)) {}

  std::vector<double> operator()(Quantity what, double epsilon) {
    const std::lock_guard lock(mutex_);  // runs on several threads ask one truth
    const auto key = std::pair(what, what == Quantity::q_soft ? epsilon : 0);
    auto it = cache_.find(key);
    if (it == cache_.end()) {
      if (cache_.size() >= kLargestCache) cache_.clear();  // a falling epsilon asks for many
      it = cache_.emplace(key, compute(what, epsilon)).first;
    }
    return it->second;
  }

 private:
  static constexpr std::size_t kLargestCache = 64;

  std::vector<double> compute(Quantity what, double epsilon) const {
    switch (what) {
      case Quantity::v_star:
        return {v_star_.begin(), v_star_.end()};
      case Quantity::q_star:
        return flatten(action_values(model_, v_star_, gamma_));
      case Quantity::q_soft:
        return flatten(action_values(
            model_, epsilon_soft_iteration(model_, gamma_, epsilon, exact_sweeps()).v, gamma_));
      case Quantity::v_pi:
      case Quantity::q_pi:
        break;
    }
    const StateValues v = evaluate_exactly(model_, uniform_policy(model_), gamma_);
    if (what == Quantity::v_pi) return {v.begin(), v.end()};
    return flatten(action_values(model_, v, gamma_));
  }

  FiniteMdp model_;
  double gamma_;
  StateValues v_star_;
  std::mutex mutex_;
  std::map<std::pair<Quantity, double>, std::vector<double>> cache_;
};

}  // namespace

double exact_return(const FiniteMdp& model, const TabularPolicy& policy, double gamma) {
  if (gamma >= 1) return undiscounted_return(model, policy);
  const StateValues v = model.num_states() <= kLargestClosedForm
                            ? evaluate_exactly(model, policy, gamma)
                            : policy_evaluation(model, gamma, policy, exact_sweeps()).v;
  return start_value(model, v);
}

Truth exact_truth(const Problem& problem) { return exact_truth(problem, problem.model); }

Truth exact_truth(const Problem& problem, const FiniteMdp& model) {
  const double gamma = problem.gamma;
  if (problem.criterion == Criterion::average)
    throw std::invalid_argument(
        "exact values of an average-reward problem are relative: give gamma");
  if (gamma >= 1)
    if (const auto stuck = state_without_end(model))
      throw std::invalid_argument(
          "gamma = 1, but from state " + problem.picture.state_name(*stuck) +
          " no policy ever reaches a terminal state: values may be infinite");
  Truth truth;
  truth.v_star = value_iteration(model, gamma, exact_sweeps()).v;
  truth.optimal_return = start_value(model, truth.v_star);
  truth.random_return = exact_return(model, uniform_policy(model), gamma);
  const std::vector<std::uint8_t> seen = reachable(model);
  for (State s = 0; s < model.num_states(); ++s)
    if (seen[static_cast<std::size_t>(s)] != 0 && !model.terminal(s)) truth.reachable.push_back(s);
  truth.exact = [exact = std::make_shared<ExactValues>(model, gamma, truth.v_star)](
                    Quantity what, double epsilon) { return (*exact)(what, epsilon); };
  truth.policy_return = [model, gamma](const TabularPolicy& policy) {
    return exact_return(model, policy, gamma);
  };
  return truth;
}

}  // namespace rl
