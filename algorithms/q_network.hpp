#pragma once
/// \file
/// q(s, a; w) by a network. Three heads say what its outputs y mean:
///
///     one an action   q(s, a) = y_a
///     dueling         q(s, a) = v + A_a - mean_a' A_a',  v the last output, A the others
///                     (Wang et al. 2016; here v and A share all hidden layers)
///     pairs           q(s, a) = y of the input (s, a): the action's number, scaled to [0, 1], is
///                     one input more (MFRL 8.4, Figure 8.11)
///
/// A batch of action values is a matrix q [actions x batch], row-major, as the network's own.
#include <cstddef>
#include <span>
#include <variant>
#include <vector>

#include "rl/network.hpp"
#include "rl/random.hpp"

namespace rl {

/// Each head: how many numbers the network is shown, and how many it returns; what it is shown of
/// x; what its outputs y say of q; and dL/dy from dL/dq. Results stand in `scratch`, or are what
/// came.
struct PlainHead {
  std::size_t actions;
  std::size_t inputs(std::size_t x) const { return x; }
  std::size_t outputs() const { return actions; }
  template <class T>
  std::span<const T> shown(std::span<const T> x, std::vector<T>& /*scratch*/) const {
    return x;
  }
  template <class T>
  std::span<const T> values(std::span<const T> y, std::vector<T>& /*scratch*/) const {
    return y;
  }
  template <class T>
  std::span<const T> slopes(std::span<const T> dq, std::vector<T>& /*scratch*/) const {
    return dq;
  }
};

struct DuelingHead : PlainHead {
  std::size_t outputs() const { return actions + 1; }
  template <class T>
  std::span<const T> values(std::span<const T> y, std::vector<T>& scratch) const;
  /// dv = sum_a dq_a;  dA_a = dq_a - mean_a' dq_a'
  template <class T>
  std::span<const T> slopes(std::span<const T> dq, std::vector<T>& scratch) const;
};

/// One output: a batch of pairs [1 x actions batch] has the layout of [actions x batch].
struct PairHead : PlainHead {
  std::size_t states;  ///< inputs that show s
  std::size_t inputs(std::size_t x) const { return x + 1; }
  std::size_t outputs() const { return 1; }
  template <class T>
  std::span<const T> shown(std::span<const T> x, std::vector<T>& scratch) const;
};

enum class HeadKind : int { plain, dueling, pairs };

template <class T>
class QNetwork;

/// What `forward` leaves for `backward`; belongs to the caller.
template <class T>
class QTape {
  friend class QNetwork<T>;
  Tape<T> tape_;
  std::vector<T> shown_, values_, slopes_;
};

template <class T>
class QNetwork {
 public:
  /// `inputs`: numbers that show a state. `rng` draws the weights.
  QNetwork(HeadKind head, std::size_t inputs, std::size_t actions, const NetworkOptions& options,
           Rng& rng);

  std::size_t actions() const;
  /// q: [actions x batch], valid until the tape is used again; x: [inputs x batch].
  std::span<const T> forward(std::span<const T> x, QTape<T>& tape) const;
  /// `gradient` <- dL/dw from dL/dq [actions x batch], after `forward` on this tape.
  void backward(std::span<const T> dq, QTape<T>& tape, std::span<T> gradient) const;

  std::span<const T> parameters() const { return network_.parameters(); }
  std::span<T> parameters() { return network_.parameters(); }
  /// w <- w + tau (w of the goal - w)
  void approach(const QNetwork& goal, T tau) { network_.approach(goal.network_, tau); }

  template <class Visitor>
  void state(Visitor& visit) {
    network_.state(visit);
  }

 private:
  using Head = std::variant<PlainHead, DuelingHead, PairHead>;
  static Head make_head(HeadKind head, std::size_t inputs, std::size_t actions);

  Head head_;
  Network<T> network_;
};

extern template class QNetwork<float>;
extern template class QNetwork<double>;

}  // namespace rl
