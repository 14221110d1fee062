#pragma once
/// \file
/// A world as a q-network meets it: what it is shown of states, and what it says of their actions.
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "algorithms/network_inputs.hpp"
#include "algorithms/q_network.hpp"
#include "algorithms/q_update.hpp"
#include "algorithms/replay_buffer.hpp"
#include "rl/mdp.hpp"
#include "rl/problem.hpp"
#include "rl/values.hpp"

namespace rl {

/// What asking a network needs; belongs to the caller.
template <class T>
struct QScratch {
  QTape<T> tape;
  std::vector<T> x;
  std::vector<double> row;
};

template <class S>
class NetworkWorld {
 public:
  NetworkWorld(const Problem& problem, const NetworkInputOptions& options,
               InputScale scale = InputScale::centred);

  NetworkInputs<S>& inputs() { return inputs_; }
  const NetworkInputs<S>& inputs() const { return inputs_; }
  std::size_t num_actions() const { return num_actions_; }
  bool available(const S& s, Action a) const {
    if constexpr (std::same_as<S, State>)
      return all_available_ || model_.available(s, a);
    else
      return true;
  }

  /// q(s, .): -infinity where an action is not available, 0 in terminal states. Valid until the
  /// scratch is used again.
  template <class T>
  std::span<const double> row(const QNetwork<T>& q, const S& s, QScratch<T>& scratch) const;
  /// q of all pairs, [S x A], times `factor`.
  template <class T>
  void table(const QNetwork<T>& q, double factor, QScratch<T>& scratch,
             std::vector<double>& to) const requires std::same_as<S, State>;
  /// What was drawn from a buffer, as a batch.
  template <class T>
  void gather(const ReplayBuffer<S>& from, const ReplaySample& sample, QBatch<T>& to) const;
  /// One transition as a batch.
  template <class T>
  void gather(const Experience<S>& e, QBatch<T>& to) const;

  template <class Visitor>
  void state(Visitor& visit) {
    inputs_.state(visit);
  }

 private:
  template <class T>
  void fit(QBatch<T>& batch, std::size_t size) const;
  template <class T>
  void put(const Experience<S>& e, double weight, std::size_t k, QBatch<T>& to) const;

  NetworkInputs<S> inputs_;
  std::size_t num_actions_;
  FiniteMdp model_;  // without states: points
  bool all_available_;
};

extern template class NetworkWorld<State>;
extern template class NetworkWorld<Point>;

}  // namespace rl
