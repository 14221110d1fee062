#pragma once
/// \file
/// Planning at decision time (S&B 8.8-8.11): the model is sampled from the state in which an action
/// is wanted, and forgotten when it is chosen.
///
///     rollout   q(s, a) = mean return of simulations that begin with a and go on at random; the
///               largest is taken. q estimates the action values of the random policy, so the
///               behaviour is that policy improved once.
///     MCTS      simulations choose by q + c sqrt(ln N(s) / N(s, a)) while they are in the tree,
///               add one node to it, and go on at random; the action tried most often is taken
///               (UCT, Kocsis and Szepesvari 2006).
///
/// A simulation is cut after `depth` steps: what follows is not counted. The table q keeps what was
/// found at each decision.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/values.hpp"

namespace rl {

/// Samples of the model under the random policy.
class Simulator {
 public:
  explicit Simulator(const Problem& problem) : model_(problem.model), gamma_(problem.gamma) {}
  const FiniteMdp& model() const { return model_; }
  double gamma() const { return gamma_; }

  Step<State> sample(State s, Action a, Rng& rng) const { return model_.sample(s, a, rng); }
  Action random_action(State s, Rng& rng) const {
    Action a = rng.index(model_.num_actions());
    while (!model_.available(s, a)) a = rng.index(model_.num_actions());
    return a;
  }
  /// The return of `depth` random steps from s.
  double random_return(State s, std::int64_t depth, Rng& rng) const {
    double G = 0;
    double discount = 1;
    for (std::int64_t k = 0; k < depth && !model_.terminal(s); ++k, discount *= gamma_) {
      const Step<State> x = sample(s, random_action(s, rng), rng);
      G += discount * x.reward;
      s = x.next;
    }
    return G;
  }

 private:
  FiniteMdp model_;
  double gamma_;
};

struct RolloutOptions {
  std::int64_t rollouts = 10;
  std::int64_t depth = 20;
  template <class Visitor>
  void visit(Visitor& v) {
    v("rollouts", rollouts, "simulations of each action", Range{1, 1e9});
    v("depth", depth, "steps of a simulation", Range{1, 1e9});
  }
};

/// Judges every action by simulations that go on at random.
class RolloutSearch {
 public:
  using Options = RolloutOptions;
  static constexpr Quantity estimates = Quantity::q_pi;  // of the random policy
  RolloutSearch(const Problem& problem, const Options& options)
      : simulator_(problem), options_(options) {}

  /// Writes q(s, .) and returns the action to take.
  Action operator()(State s, QTable& q, Rng& rng) {
    for (Action a = 0; a < q.num_actions(); ++a) {
      if (q(s, a) == kUnavailable) continue;
      double sum = 0;
      for (std::int64_t i = 0; i < options_.rollouts; ++i) {
        const Step<State> x = simulator_.sample(s, a, rng);
        sum += x.reward +
               simulator_.gamma() * simulator_.random_return(x.next, options_.depth - 1, rng);
      }
      q(s, a) = sum / static_cast<double>(options_.rollouts);
    }
    return random_greedy(q.row(s), rng);
  }

 private:
  Simulator simulator_;
  Options options_;
};

struct MctsOptions {
  std::int64_t simulations = 50;
  std::int64_t depth = 20;
  double c = 1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("simulations", simulations, "simulations of each decision", Range{1, 1e9});
    v("depth", depth, "steps of a simulation", Range{1, 1e9});
    v("c", c, "degree of exploration in the tree, in units of the return", Range{0, 1e9});
  }
};

/// Grows a tree of the actions and states that matter.
class TreeSearch {
 public:
  using Options = MctsOptions;
  static constexpr Quantity estimates = Quantity::q_star;
  TreeSearch(const Problem& problem, const Options& options)
      : simulator_(problem), options_(options) {}

  Action operator()(State s, QTable& q, Rng& rng) {
    nodes_.clear();
    add_node(s);
    for (std::int64_t i = 0; i < options_.simulations; ++i) simulate(0, options_.depth, rng);
    const Node& root = nodes_.front();
    Action most = -1;
    for (Action a = 0; a < q.num_actions(); ++a) {
      const Edge& edge = root.edges[index(a)];
      if (edge.n > 0) q(s, a) = edge.mean;
      if (q(s, a) != kUnavailable && (most < 0 || edge.n > root.edges[index(most)].n)) most = a;
    }
    return most;
  }

 private:
  struct Edge {
    std::int64_t n = 0;
    double mean = 0;                         // of the returns
    std::map<State, std::size_t> next = {};  // node of each next state that is in the tree
  };
  struct Node {
    State s;
    std::int64_t n = 0;
    std::vector<Edge> edges;  // [A]
  };

  std::size_t add_node(State s) {
    nodes_.push_back({s, 0, std::vector<Edge>(index(simulator_.model().num_actions()))});
    return nodes_.size() - 1;
  }

  /// One simulation from a node; returns its return.
  double simulate(std::size_t node, std::int64_t depth, Rng& rng) {
    if (depth <= 0) return 0;
    const State s = nodes_[node].s;
    const Action a = choose(nodes_[node], rng);
    const Step<State> x = simulator_.sample(s, a, rng);
    double rest = 0;
    if (!x.terminated) {
      const auto& next = nodes_[node].edges[index(a)].next;
      const auto known = next.find(x.next);
      if (known != next.end()) {
        rest = simulate(known->second, depth - 1, rng);
      } else {
        const std::size_t leaf = add_node(x.next);
        nodes_[node].edges[index(a)].next[x.next] = leaf;
        rest = simulator_.random_return(x.next, depth - 1, rng);
      }
    }
    const double G = x.reward + simulator_.gamma() * rest;
    Edge& edge = nodes_[node].edges[index(a)];
    ++nodes_[node].n;
    ++edge.n;
    edge.mean += (G - edge.mean) / static_cast<double>(edge.n);
    return G;
  }

  /// By upper confidence bounds; actions never tried come first, in random order.
  Action choose(const Node& node, Rng& rng) {
    bounds_.assign(node.edges.size(), kUnavailable);
    for (std::size_t a = 0; a < node.edges.size(); ++a) {
      if (!simulator_.model().available(node.s, static_cast<Action>(a))) continue;
      const Edge& edge = node.edges[a];
      bounds_[a] = edge.n == 0
                       ? std::numeric_limits<double>::infinity()
                       : edge.mean + options_.c * std::sqrt(std::log(static_cast<double>(node.n)) /
                                                            static_cast<double>(edge.n));
    }
    return random_greedy(bounds_, rng);
  }

  Simulator simulator_;
  Options options_;
  std::vector<Node> nodes_;     // of the decision that is being made
  std::vector<double> bounds_;  // scratch
};

/// Acts by a search at every step, and learns nothing from what happens.
template <class Search>
class DecisionTimePlanning {
 public:
  using Options = typename Search::Options;
  DecisionTimePlanning(const Problem& problem, const Options& options)
      : search_(problem, options), q_(problem.model) {}

  Action start(State s, Rng& rng) {
    trace_.begin_episode();
    return decide(s, rng);
  }
  Action step(const Transition<State>& t, Rng& rng) {
    trace_.begin_step();
    return t.terminated || t.truncated ? 0 : decide(t.next, rng);
  }

  const QTable& q() const { return q_; }
  Estimates estimates() const { return {Search::estimates, q_.parameters()}; }
  Trace& trace() { return trace_; }
  template <class Visitor>
  void state(Visitor& visit) {
    q_.state(visit);
  }

 private:
  Action decide(State s, Rng& rng) {
    if (!trace_.enabled()) return search_(s, q_, rng);
    const std::vector<double> before(q_.row(s).begin(), q_.row(s).end());
    const Action chosen = search_(s, q_, rng);
    for (Action a = 0; a < q_.num_actions(); ++a)
      if (q_(s, a) != kUnavailable)
        trace_.add({s, a, q_(s, a), s, 0, 0, q_(s, a), q_(s, a) - before[index(a)], 1,
                    before[index(a)], q_(s, a), 1, true});
    return chosen;
  }

  Search search_;
  QTable q_;
  Trace trace_;
};

using Rollout = DecisionTimePlanning<RolloutSearch>;
using MonteCarloTreeSearch = DecisionTimePlanning<TreeSearch>;

}  // namespace rl
