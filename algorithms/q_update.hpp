#pragma once
/// \file
/// One update of deep Q-learning, from a batch of transitions of one or n steps
/// (replay_buffer.hpp):
///
///     target_k = R_k + Gamma_k q(s''_k, a*; w_T)
///         a* = argmax_a q(s''_k, a; w_T)    the maximum (MFRL 8.4; Mnih et al. 2015)
///         a* = argmax_a q(s''_k, a; w)      double Q-learning (van Hasselt et al. 2016)
///     L = mean_k weight_k loss(q(s_k, a_k; w), target_k)
///     w <- w - alpha dL/dw, by an optimizer, with |dL/dw| cut at `gradient_norm`
///     w_T <- w_T + tau (w - w_T) every C updates; tau = 1 copies
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "algorithms/q_network.hpp"
#include "rl/network_kernels.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// Transitions side by side, as networks are shown them.
template <class T>
struct QBatch {
  std::vector<T> x;                          ///< s: [inputs x size]
  std::vector<T> next_x;                     ///< s'': [inputs x size]
  std::vector<Action> action;                ///< [size]
  std::vector<double> reward;                ///< R: [size]
  std::vector<double> discount;              ///< Gamma: [size]
  std::vector<double> weight;                ///< [size]
  std::vector<std::uint8_t> available = {};  ///< a in s'': [actions x size]; empty: all

  std::size_t size() const { return action.size(); }
};

/// Column k of a matrix of action values, with what is available there.
template <class T>
struct QColumn {
  const T* q;                     ///< of the first action
  const std::uint8_t* available;  ///< of the first action; null: all
  std::size_t actions;
  std::size_t stride;

  T operator[](std::size_t a) const { return q[a * stride]; }
  /// The first of the largest that are available; action 0 where none is.
  std::size_t argmax() const {
    std::size_t best = actions;
    for (std::size_t a = 0; a < actions; ++a)
      if ((available == nullptr || available[a * stride] != 0) &&
          (best == actions || (*this)[a] > (*this)[best]))
        best = a;
    return best == actions ? 0 : best;
  }
};

/// max_a q(s'', a; w_T)
struct MaxTarget {
  static constexpr bool asks_online = false;
  template <class T>
  T operator()(const QColumn<T>& target, const QColumn<T>& /*online*/) const {
    return target[target.argmax()];
  }
};

/// q(s'', argmax_a q(s'', a; w); w_T): who chooses is not who says how good it is, so that chance
/// is not taken for value.
struct DoubleTarget {
  static constexpr bool asks_online = true;
  template <class T>
  T operator()(const QColumn<T>& target, const QColumn<T>& online) const {
    return target[online.argmax()];
  }
};

enum class QLoss : int { squared, huber };

struct QUpdateOptions {
  bool double_q = false;
  QLoss loss = QLoss::squared;
  OptimizerKind optimizer = OptimizerKind::adam;
  double gradient_norm = 10;
  std::int64_t target_every = 200;
  double target_tau = 1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("double", double_q,
      "the network that learns chooses the action that the target network values");
    v("loss", loss, "of an estimate beside its target; Huber's has width 1", {"squared", "huber"});
    v("optimizer", optimizer, "how a gradient changes the weights", {"sgd", "rmsprop", "adam"});
    v("gradient_norm", gradient_norm, "a longer gradient is cut to this length", Range{0, 1e300});
    v("target_every", target_every, "updates from one change of the target network to the next",
      Range{1, 1e12});
    v("target_tau", target_tau,
      "how far it then goes to the network that learns: 1 copies; 0.005 with target_every 1 "
      "follows "
      "softly",
      Range{0, 1});
  }
};

/// The network that learns, the target network, and how the first follows from batches.
template <class T>
class QUpdate {
 public:
  /// Both networks begin as `start`.
  QUpdate(const QNetwork<T>& start, const QUpdateOptions& options);

  const QNetwork<T>& online() const { return online_; }
  QNetwork<T>& online() { return online_; }
  const QNetwork<T>& target() const { return target_; }

  /// Both networks begin `factor` times as far from 0.
  void scale_start(T factor);
  /// One update; returns delta_k = target_k - q(s_k, a_k; w) from before. Throws Diverged where
  /// loss or gradient is not finite, and then changes nothing.
  std::span<const double> learn(const QBatch<T>& batch, double alpha);
  /// target_k of each transition.
  std::span<const T> targets(const QBatch<T>& batch);

  template <class Visitor>
  void state(Visitor& visit) {
    online_.state(visit);
    target_.state(visit);
    optimizer_.state(visit);
    visit("network_updates", updates_);
    check_saved_index("network_updates", updates_, kMostSaved);
  }

 private:
  template <class Rule>
  void compute_targets(const Rule& rule, const QBatch<T>& batch);
  /// Returns the loss; its derivatives by q stand in slope_, the errors in delta_.
  double compute_loss(const QBatch<T>& batch, std::span<const T> q);
  void follow();

  QUpdateOptions options_;
  std::variant<MaxTarget, DoubleTarget> rule_;
  QNetwork<T> online_, target_;
  Optimizer<T> optimizer_;
  std::int64_t updates_ = 0;

  // what an update works on; means nothing between updates
  QTape<T> tape_, next_tape_, target_tape_;
  detail::AlignedVector<T> gradient_;
  std::vector<T> targets_, slope_;
  std::vector<double> delta_;
};

extern template class QUpdate<float>;
extern template class QUpdate<double>;

}  // namespace rl
