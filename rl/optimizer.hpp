#pragma once
/// \file
/// Optimizers: how a gradient g changes parameters w, for the learning rate of this step (a
/// schedule is the caller's):
///
///     Sgd       m <- momentum m + g
///               w <- w - rate m
///     RmsProp   v <- decay v + (1 - decay) g^2
///               w <- w - rate g / (sqrt(v) + epsilon)
///     Adam      m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2
///               w <- w - rate m^ / (sqrt(v^) + epsilon)
///               with m^ = m / (1 - beta1^t) and v^ = v / (1 - beta2^t) at step t = 1, 2, ...
///
/// Sgd: Polyak 1964; RMSProp: Tieleman and Hinton 2012; Adam: Kingma and Ba 2015, algorithm 1.
/// They minimise; who maximises hands in the negative gradient. Bits are the same for every
/// instruction set and compiler.
#include <cstddef>
#include <span>
#include <variant>

#include "rl/network_kernels.hpp"
#include "rl/schedule.hpp"

namespace rl {

enum class OptimizerKind : int { sgd, rmsprop, adam };

struct SgdOptions {
  double momentum = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("momentum", momentum, "share of the last change in the next", Range{0, 1});
  }
};

struct RmsPropOptions {
  double decay = 0.99;
  double epsilon = 1e-8;
  template <class Visitor>
  void visit(Visitor& v) {
    v("decay", decay, "decay of the mean squared gradient", Range{0, 1});
    v("epsilon", epsilon, "added to the root of the mean squared gradient", Range{0, 1});
  }
};

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta1", beta1, "decay of the mean gradient", Range{0, 0.999999});
    v("beta2", beta2, "decay of the mean squared gradient", Range{0, 0.999999});
    v("epsilon", epsilon, "added to the root of the mean squared gradient", Range{0, 1});
  }
};

/// Spans given to `step` have the length of the construction, else std::invalid_argument.
template <class T>
class Sgd {
 public:
  Sgd(const SgdOptions& options, std::size_t num_parameters);
  void step(std::span<T> w, std::span<const T> gradient, double rate);
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<T> m = m_;
    visit("sgd.m", m);
  }

 private:
  SgdOptions options_;
  detail::AlignedVector<T> m_;
};

template <class T>
class RmsProp {
 public:
  RmsProp(const RmsPropOptions& options, std::size_t num_parameters);
  void step(std::span<T> w, std::span<const T> gradient, double rate);
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<T> v = v_;
    visit("rmsprop.v", v);
  }

 private:
  RmsPropOptions options_;
  detail::AlignedVector<T> v_;
};

template <class T>
class Adam {
 public:
  Adam(const AdamOptions& options, std::size_t num_parameters);
  void step(std::span<T> w, std::span<const T> gradient, double rate);
  template <class Visitor>
  void state(Visitor& visit) {
    std::span<T> m = m_;
    std::span<T> v = v_;
    visit("adam.m", m);
    visit("adam.v", v);
    visit("adam.beta1_power", beta1_power_);
    visit("adam.beta2_power", beta2_power_);
  }

 private:
  AdamOptions options_;
  detail::AlignedVector<T> m_, v_;
  double beta1_power_ = 1;  // beta1^t
  double beta2_power_ = 1;
};

/// One of them, with its usual constants.
template <class T>
class Optimizer {
 public:
  Optimizer(OptimizerKind kind, std::size_t num_parameters);
  void step(std::span<T> w, std::span<const T> gradient, double rate) {
    std::visit([&](auto& optimizer) { optimizer.step(w, gradient, rate); }, optimizer_);
  }
  template <class Visitor>
  void state(Visitor& visit) {
    std::visit([&](auto& optimizer) { optimizer.state(visit); }, optimizer_);
  }

 private:
  using Any = std::variant<Sgd<T>, RmsProp<T>, Adam<T>>;
  static Any make(OptimizerKind kind, std::size_t num_parameters);
  Any optimizer_;
};

/// Shortens the gradient to the length `most` where it is longer; returns the length it had.
template <class T>
double clip_norm(std::span<T> gradient, double most);

/// Neither an infinity nor NaN.
template <class T>
bool all_finite(std::span<const T> x);

extern template class Sgd<float>;
extern template class Sgd<double>;
extern template class RmsProp<float>;
extern template class RmsProp<double>;
extern template class Adam<float>;
extern template class Adam<double>;
extern template class Optimizer<float>;
extern template class Optimizer<double>;

}  // namespace rl
