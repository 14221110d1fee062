#include "algorithms/dynamic_programming/closed_form.hpp"

#include <fmt/format.h>

#include <Eigen/LU>
#include <Eigen/SparseLU>
#include <stdexcept>
#include <vector>

#include "rl/mdp_graph.hpp"

namespace rl {

namespace {

using Sparse = Eigen::SparseMatrix<double>;

/// A state from which the chain never reaches a terminal state, or -1.
State trapped_state(const FiniteMdp& model, const PolicyChain& chain) {
  const Eigen::SparseMatrix<double> backwards = chain.transition;  // column-major: predecessors
  std::vector<std::uint8_t> ends(static_cast<std::size_t>(model.num_states()), 0);
  std::vector<State> stack;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) {
      ends[static_cast<std::size_t>(s)] = 1;
      stack.push_back(s);
    }
  while (!stack.empty()) {
    const State s = stack.back();
    stack.pop_back();
    for (Eigen::SparseMatrix<double>::InnerIterator it(backwards, s); it; ++it)
      if (std::uint8_t& e = ends[static_cast<std::size_t>(it.row())]; it.value() > 0 && e == 0) {
        e = 1;
        stack.push_back(static_cast<State>(it.row()));
      }
  }
  for (State s = 0; s < model.num_states(); ++s)
    if (ends[static_cast<std::size_t>(s)] == 0) return s;
  return -1;
}

void require_end(const FiniteMdp& model, const PolicyChain& chain) {
  if (const State s = trapped_state(model, chain); s >= 0)
    throw std::invalid_argument(
        fmt::format("the policy never ends from state {}: without a discount its values are not "
                    "defined",
                    s));
}

Sparse identity_minus(const PolicyChain& chain, double gamma) {
  Sparse a(chain.transition.rows(), chain.transition.cols());
  a.setIdentity();
  a -= Sparse(gamma * chain.transition);
  a.makeCompressed();
  return a;
}

/// One step of refinement takes the error to rounding.
template <class Factors, class Right>
Right solve_refined(const Factors& lu, const Sparse& a, const Right& b) {
  const Right x = lu.solve(b);
  return x + lu.solve(b - a * x);
}

/// The caller has made sure that the policy ends, or discounts: then there is one solution.
template <class Right>
Right solve_linear(const Sparse& a, const Right& b) {
  constexpr Eigen::Index kDense = 32;  // at 25 states less than half the time of sparse factors
  if (a.rows() <= kDense) return solve_refined(Eigen::MatrixXd(a).partialPivLu(), a, b);
  const Eigen::SparseLU<Sparse> lu(a);
  if (lu.info() != Eigen::Success)
    throw std::invalid_argument("closed form: the linear system has no unique solution");
  return solve_refined(lu, a, b);
}

}  // namespace

PolicyChain policy_chain(const FiniteMdp& model, const TabularPolicy& policy) {
  const TabularPolicy pi = normalized(policy);
  std::vector<Eigen::Triplet<double>> entries;
  PolicyChain chain;
  chain.reward = Eigen::VectorXd::Zero(model.num_states());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    for (Action a = 0; a < model.num_actions(); ++a) {
      const double p = pi.probability(s, a);
      if (p == 0) continue;
      const FiniteMdp::Row row = model.row(s, a);
      chain.reward[s] += p * row.reward;
      for (std::size_t k = 0; k < row.size(); ++k)
        entries.emplace_back(s, row.next(k), p * row.probability(k));
    }
  }
  chain.transition.resize(model.num_states(), model.num_states());
  chain.transition.setFromTriplets(entries.begin(), entries.end());
  return chain;
}

PolicyChain pair_chain(const FiniteMdp& model, const TabularPolicy& policy) {
  const TabularPolicy pi = normalized(policy);
  const Action num_actions = model.num_actions();
  const Eigen::Index pairs = Eigen::Index{model.num_states()} * num_actions;
  const auto pair = [num_actions](State s, Action a) { return s * num_actions + a; };
  std::vector<Eigen::Triplet<double>> entries;
  PolicyChain chain;
  chain.reward = Eigen::VectorXd::Zero(pairs);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < num_actions; ++a) {
      if (model.terminal(s) || !model.available(s, a)) continue;
      const FiniteMdp::Row row = model.row(s, a);
      chain.reward[pair(s, a)] = row.reward;
      for (std::size_t k = 0; k < row.size(); ++k)
        for (Action a_next = 0; a_next < num_actions; ++a_next)
          if (const double p = row.probability(k) * pi.probability(row.next(k), a_next); p > 0)
            entries.emplace_back(pair(s, a), pair(row.next(k), a_next), p);
    }
  chain.transition.resize(pairs, pairs);
  chain.transition.setFromTriplets(entries.begin(), entries.end());
  return chain;
}

Eigen::MatrixXd discounted_sum(const PolicyChain& chain, double gamma, const Eigen::MatrixXd& b) {
  return solve_linear(identity_minus(chain, gamma), b);
}

Eigen::VectorXd discounted_visits(const PolicyChain& chain, double gamma,
                                  const Eigen::VectorXd& start) {
  return solve_linear(identity_minus(chain, gamma).transpose(), start);
}

Eigen::VectorXd start_distribution(const FiniteMdp& model) {
  Eigen::VectorXd start = Eigen::VectorXd::Zero(model.num_states());
  model.for_each_start([&](State s, double p) { start[s] += p; });
  return start;
}

void require_end(const FiniteMdp& model, const TabularPolicy& policy) {
  require_end(model, policy_chain(model, policy));
}

StateValues evaluate_exactly(const FiniteMdp& model, const TabularPolicy& policy, double gamma) {
  const PolicyChain chain = policy_chain(model, policy);
  if (gamma >= 1) require_end(model, chain);
  return solve_linear(identity_minus(chain, gamma), chain.reward);
}

Eigen::VectorXd stationary_distribution(const FiniteMdp& model, const TabularPolicy& policy) {
  if (model.has_terminal())
    throw std::invalid_argument("stationary distribution: the world has terminal states");
  // (I - P') d = 0 has one equation too many; sum d = 1 takes its place.
  Eigen::MatrixXd a = -Eigen::MatrixXd(policy_chain(model, policy).transition).transpose();
  a.diagonal().array() += 1;
  if (recurrent_classes(chain_of(model, policy)).size() != 1)
    throw std::invalid_argument(
        "stationary distribution: not unique, the policy has several recurrent classes");
  a.row(a.rows() - 1).setOnes();
  Eigen::VectorXd b = Eigen::VectorXd::Zero(a.rows());
  b[a.rows() - 1] = 1;
  return a.partialPivLu().solve(b);
}

Eigen::VectorXd expected_visits(const FiniteMdp& model, const TabularPolicy& policy) {
  const PolicyChain chain = policy_chain(model, policy);
  require_end(model, chain);
  return discounted_visits(chain, 1, start_distribution(model));
}

}  // namespace rl
