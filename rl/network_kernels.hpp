#pragma once
/// \file
/// The inner loops of networks and optimizers, for float and double. Each runs with the
/// instruction set of rl/instruction_set.hpp and returns the same bits with all of them: what
/// stands side by side in a register are numbers that do not depend on each other, never parts of
/// one sum, and every sum runs in the order of its formula.
#include <cstddef>
#include <new>
#include <span>
#include <vector>

namespace rl::detail {

/// Memory that begins where a cache line does: a wide load then touches one line, not two.
template <class T>
struct CacheAligned {
  using value_type = T;
  static constexpr std::align_val_t kLine{64};
  CacheAligned() = default;
  template <class U>
  explicit CacheAligned(const CacheAligned<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kLine)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kLine); }
  bool operator==(const CacheAligned&) const = default;
};
template <class T>
using AlignedVector = std::vector<T, CacheAligned<T>>;

/// A matrix that is read: element (i, j) is `data[i * row + j * column]`.
template <class T>
struct MatrixView {
  const T* data;
  std::size_t row;
  std::size_t column;
};

/// C = A B:  C[i][j] = 0 + A(i, 0) B[0][j] + A(i, 1) B[1][j] + ..., in this order.
/// The rows of B and of C are contiguous; C overlaps neither A nor B.
template <class T>
struct Product {
  MatrixView<T> A;  ///< [rows x depth]
  const T* B;       ///< [depth x columns]
  std::size_t B_row;
  T* C;  ///< [rows x columns]
  std::size_t C_row;
  std::size_t rows, depth, columns;
};

/// m <- mu m + g;  w <- w - rate m
template <class T>
struct MomentumStep {
  T mu, rate;
};

/// v <- rho v + (1 - rho) g^2;  w <- w - rate g / (sqrt(v) + epsilon)
template <class T>
struct RmsPropStep {
  T rho, one_minus_rho, rate, epsilon;
};

/// m <- beta1 m + (1 - beta1) g;  v <- beta2 v + (1 - beta2) g^2;
/// w <- w - rate m / (root_scale sqrt(v) + epsilon)
template <class T>
struct AdamStep {
  T beta1, one_minus_beta1, beta2, one_minus_beta2;
  T rate;        ///< the learning rate / (1 - beta1^t)
  T root_scale;  ///< 1 / sqrt(1 - beta2^t)
  T epsilon;
};

/// The loops, compiled for float and double. Spans beside each other have the same length.
template <class T>
struct Kernels {
  static void multiply(const Product<T>& product);

  /// to[j][i] = from[i][j]; `from` is [rows x columns].
  static void transpose(const T* from, std::size_t rows, std::size_t columns, T* to);

  /// x <- max(0, x); NaN stays.
  static void relu(std::span<T> x);
  /// dy <- dy where y = relu(x) is above 0, else 0: dL/dx from dL/dy.
  static void relu_slope(std::span<const T> y, std::span<T> dy);

  /// x <- tanh x, at most 3 units in the last place off; NaN stays.
  static void tanh(std::span<T> x);
  /// dy <- dy (1 - y^2) with y = tanh x: dL/dx from dL/dy.
  static void tanh_slope(std::span<const T> y, std::span<T> dy);

  /// The sum of x_i^2 as 16 sums, of every 16th number each, added in order.
  static double sum_of_squares(std::span<const T> x);
  /// x <- factor x
  static void scale(std::span<T> x, T factor);
  /// w <- w + tau (goal - w)
  static void approach(std::span<T> w, std::span<const T> goal, T tau);

  /// One step of an optimizer; g is the gradient.
  static void update(const MomentumStep<T>& step, std::span<T> w, std::span<const T> g,
                     std::span<T> m);
  static void update(const RmsPropStep<T>& step, std::span<T> w, std::span<const T> g,
                     std::span<T> v);
  static void update(const AdamStep<T>& step, std::span<T> w, std::span<const T> g, std::span<T> m,
                     std::span<T> v);
};

}  // namespace rl::detail
