#include "rl/network_kernels.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "rl/kernel_dispatch.hpp"

namespace rl::detail {
namespace {

// ---- C = A B ------------------------------------------------------------------------------------

/// kBytes / sizeof(T) numbers side by side, as wide as a register: a wider vector would be right,
/// too, but gcc 12 keeps it in memory. One number is just that.
template <class T, std::size_t kBytes>
struct Vector {
  // NOLINTBEGIN: gcc ignores these attributes in `using`.
  typedef T Type __attribute__((vector_size(kBytes)));
  typedef T InMemory __attribute__((vector_size(kBytes), aligned(sizeof(T)), may_alias));
  // NOLINTEND
};
template <class T>
struct Vector<T, sizeof(T)> {
  using Type = T;
  using InMemory = T;
};

struct Multiply {
  /// The tile of C at (i, j): kRows rows of kVectors vectors, summed in registers.
  template <class T, std::size_t kBytes, std::size_t kRows, std::size_t kVectors>
  [[gnu::always_inline]] static inline void tile(const Product<T>& p, std::size_t i,
                                                 std::size_t j) {
    using V = typename Vector<T, kBytes>::Type;
    using InMemory = typename Vector<T, kBytes>::InMemory;
    constexpr std::size_t kLanes = kBytes / sizeof(T);
    V sum[kRows][kVectors];
    for (auto& row : sum)  // `= {}` would have gcc keep them in memory
      for (V& x : row) x = V{};
    const T* a = p.A.data + i * p.A.row;
    const T* b = p.B + j;
    // Unrolled, or gcc's backward pass on SSE2 takes up to a third longer, as its code falls.
#pragma GCC unroll 2
    for (std::size_t k = 0; k < p.depth; ++k, a += p.A.column, b += p.B_row) {
      V row[kVectors];
      for (std::size_t v = 0; v < kVectors; ++v)
        row[v] = *reinterpret_cast<const InMemory*>(b + v * kLanes);
      for (std::size_t r = 0; r < kRows; ++r)
        for (std::size_t v = 0; v < kVectors; ++v) sum[r][v] += a[r * p.A.row] * row[v];
    }
    T* c = p.C + i * p.C_row + j;
    for (std::size_t r = 0; r < kRows; ++r, c += p.C_row)
      for (std::size_t v = 0; v < kVectors; ++v)
        *reinterpret_cast<InMemory*>(c + v * kLanes) = sum[r][v];
  }

  /// Rows begin .. end - 1 of C from column j on, in tiles that get narrower towards the end.
  template <class T, std::size_t kBytes, std::size_t kRows, std::size_t kVectors>
  [[gnu::always_inline]] static inline void tiles(const Product<T>& p, std::size_t begin,
                                                  std::size_t end, std::size_t j) {
    constexpr std::size_t kWidth = kVectors * kBytes / sizeof(T);
    for (; j + kWidth <= p.columns; j += kWidth)
      for (std::size_t i = begin; i < end; i += kRows) tile<T, kBytes, kRows, kVectors>(p, i, j);
    if constexpr (kVectors > 1)
      tiles<T, kBytes, kRows, kVectors / 2>(p, begin, end, j);
    else if constexpr (kBytes > 16)
      tiles<T, kBytes / 2, kRows, 1>(p, begin, end, j);
    else if constexpr (kBytes > sizeof(T))
      tiles<T, sizeof(T), kRows, 1>(p, begin, end, j);
  }

  /// Tiles of 8 vectors: so many sums side by side hide the latency of an addition. SSE2 spends an
  /// instruction more on each element of A, so its tiles have fewer rows.
  template <std::size_t kBytes, class T>
  [[gnu::always_inline]] static inline void run(const Product<T>& p) {
    constexpr std::size_t kRows = kBytes > 16 ? 4 : 2;
    const std::size_t tiled = p.rows - p.rows % kRows;
    tiles<T, kBytes, kRows, 8 / kRows>(p, 0, tiled, 0);
    if (tiled < p.rows) tiles<T, kBytes, 1, 8>(p, tiled, p.rows, 0);
  }
};

// ---- element by element -------------------------------------------------------------------------
// Plain loops, which the compiler vectorises for the instruction set that it compiles them for.

struct Relu {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<T>& x) {
    for (T& y : x) y = y < 0 ? 0 : y;
  }
};

struct ReluSlope {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<const T>& y,
                                                const std::span<T>& dy) {
    for (std::size_t i = 0; i < y.size(); ++i) {
      const T slope = dy[i];  // read in any case, or clang branches
      dy[i] = y[i] > 0 ? slope : 0;
    }
  }
};

template <class T>
struct Exponential;
template <>
struct Exponential<float> {
  using Bits = std::uint32_t;
  static constexpr int kMantissa = 23;
  static constexpr int kDegree = 7;  ///< r^8 / 8! is below 2e-8 r
  static constexpr float kLn2High = 0x1.63p-1F, kLn2Low = -0x1.bd0106p-13F;
};
template <>
struct Exponential<double> {
  using Bits = std::uint64_t;
  static constexpr int kMantissa = 52;
  static constexpr int kDegree = 13;  ///< r^14 / 14! is below 2e-17 r
  static constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
};

/// 1/k! + r/(k+1)! + r^2/(k+2)! + ...
template <class T, int k>
[[gnu::always_inline]] inline T taylor(T r, double factorial) {
  const T coefficient = static_cast<T>(1 / factorial);
  if constexpr (k == Exponential<T>::kDegree)
    return coefficient;
  else
    return coefficient + r * taylor<T, k + 1>(r, factorial * (k + 1));
}

/// e^y - 1 for 0 <= y <= 40: with y = n ln 2 + r, |r| <= ln(2) / 2, it is 2^n (e^r - 1) + 2^n - 1.
template <class T>
[[gnu::always_inline]] inline T expm1(T y) {
  using E = Exponential<T>;
  using Bits = typename E::Bits;
  // Adding 1.5 * 2^mantissa rounds to whole numbers, which then stand in the last bits.
  constexpr T kRound = static_cast<T>(1.5 * static_cast<double>(Bits{1} << E::kMantissa));
  const T rounded = y * static_cast<T>(0x1.71547652b82fep0) + kRound;  // y / ln 2
  const T n = rounded - kRound;
  const T r = (y - n * E::kLn2High) - n * E::kLn2Low;
  const T power = std::bit_cast<T>((std::bit_cast<Bits>(rounded) << E::kMantissa) +
                                   std::bit_cast<Bits>(T{1}));  // 2^n
  const T expm1_r = r + r * r * taylor<T, 2>(r, 2);
  return power * expm1_r + (power - 1);
}

/// tanh x = (e^2x - 1) / (e^2x + 1), by the same steps for every x: no libm, and no branch.
struct Tanh {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<T>& x) {
    using Bits = typename Exponential<T>::Bits;
    constexpr Bits kSign = std::bit_cast<Bits>(T{-0.0});
    for (T& y : x) {
      const Bits bits = std::bit_cast<Bits>(y);
      const T absolute = std::bit_cast<T>(bits & ~kSign);
      const T e = expm1(2 * (absolute > 20 ? T{20} : absolute));
      y = std::bit_cast<T>(std::bit_cast<Bits>(e / (e + 2)) | (bits & kSign));
    }
  }
};

struct TanhSlope {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<const T>& y,
                                                const std::span<T>& dy) {
    for (std::size_t i = 0; i < y.size(); ++i) dy[i] = dy[i] * (1 - y[i] * y[i]);
  }
};

struct Transpose {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const T* const& from, const std::size_t& rows,
                                                const std::size_t& columns, T* const& to) {
    std::size_t i = 0;
    if constexpr (sizeof(T) == 4)
      for (; i + 4 <= rows; i += 4) four_rows(from + i * columns, rows, columns, to + i);
    for (; i < rows; ++i)
      for (std::size_t j = 0; j < columns; ++j) to[j * rows + i] = from[i * columns + j];
  }

 private:
  using Four = Vector<float, 16>::Type;
  using InMemory = Vector<float, 16>::InMemory;
  [[gnu::always_inline]] static inline void four_rows(const float* from, std::size_t rows,
                                                      std::size_t columns, float* to) {
    const auto in = [&](std::size_t i, std::size_t j) -> Four {
      return *reinterpret_cast<const InMemory*>(from + i * columns + j);
    };
    const auto out = [&](std::size_t j, Four x) {
      *reinterpret_cast<InMemory*>(to + j * rows) = x;
    };
    std::size_t j = 0;
    for (; j + 4 <= columns; j += 4) {
      const Four a = in(0, j), b = in(1, j), c = in(2, j), d = in(3, j);
      const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);  // a0 b0 a1 b1
      const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
      const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      out(j, __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5));
      out(j + 1, __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7));
      out(j + 2, __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5));
      out(j + 3, __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7));
    }
    for (; j < columns; ++j)
      for (std::size_t i = 0; i < 4; ++i) to[j * rows + i] = from[i * columns + j];
  }
};

struct SumOfSquares {
  static constexpr std::size_t kSums = 16;
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<const T>& x, double* const& total) {
    double sum[kSums] = {};
    std::size_t i = 0;
    for (; i + kSums <= x.size(); i += kSums)
      for (std::size_t k = 0; k < kSums; ++k) {
        const double number = x[i + k];
        sum[k] += number * number;
      }
    for (; i < x.size(); ++i) {
      const double number = x[i];
      sum[i % kSums] += number * number;
    }
    *total = 0;
    for (const double s : sum) *total += s;
  }
};

struct Scale {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<T>& x, const T& factor) {
    const T c = factor;
    for (T& y : x) y *= c;
  }
};

struct Approach {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const std::span<T>& w,
                                                const std::span<const T>& goal, const T& tau) {
    const T c = tau;
    for (std::size_t i = 0; i < w.size(); ++i) w[i] += c * (goal[i] - w[i]);
  }
};

/// 0 for what is smaller than normal numbers: the mean of a gradient that has become 0 (a unit that
/// is off) decays to such numbers, with which processors calculate many times as slowly.
template <class T>
[[gnu::always_inline]] inline T without_subnormal(T x) {
  return std::abs(x) < std::numeric_limits<T>::min() ? 0 : x;
}

struct Momentum {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const MomentumStep<T>& step, const std::span<T>& w,
                                                const std::span<const T>& g,
                                                const std::span<T>& m) {
    const MomentumStep<T> s = step;
    for (std::size_t i = 0; i < w.size(); ++i) {
      m[i] = without_subnormal(s.mu * m[i] + g[i]);
      w[i] -= s.rate * m[i];
    }
  }
};

struct RmsProp {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const RmsPropStep<T>& step, const std::span<T>& w,
                                                const std::span<const T>& g,
                                                const std::span<T>& v) {
    const RmsPropStep<T> s = step;
    for (std::size_t i = 0; i < w.size(); ++i) {
      v[i] = without_subnormal(s.rho * v[i] + s.one_minus_rho * (g[i] * g[i]));
      w[i] -= s.rate * g[i] / (std::sqrt(v[i]) + s.epsilon);
    }
  }
};

struct Adam {
  template <std::size_t, class T>
  [[gnu::always_inline]] static inline void run(const AdamStep<T>& step, const std::span<T>& w,
                                                const std::span<const T>& g, const std::span<T>& m,
                                                const std::span<T>& v) {
    const AdamStep<T> s = step;
    for (std::size_t i = 0; i < w.size(); ++i) {
      m[i] = without_subnormal(s.beta1 * m[i] + s.one_minus_beta1 * g[i]);
      v[i] = without_subnormal(s.beta2 * v[i] + s.one_minus_beta2 * (g[i] * g[i]));
      w[i] -= s.rate * m[i] / (s.root_scale * std::sqrt(v[i]) + s.epsilon);
    }
  }
};

}  // namespace

template <class T>
void Kernels<T>::multiply(const Product<T>& product) {
  run_kernel<Multiply>(product);
}
template <class T>
void Kernels<T>::transpose(const T* from, std::size_t rows, std::size_t columns, T* to) {
  run_kernel<Transpose>(from, rows, columns, to);
}
template <class T>
void Kernels<T>::relu(std::span<T> x) {
  run_kernel<Relu>(x);
}
template <class T>
void Kernels<T>::relu_slope(std::span<const T> y, std::span<T> dy) {
  run_kernel<ReluSlope>(y, dy);
}
template <class T>
void Kernels<T>::tanh(std::span<T> x) {
  run_kernel<Tanh>(x);
}
template <class T>
void Kernels<T>::tanh_slope(std::span<const T> y, std::span<T> dy) {
  run_kernel<TanhSlope>(y, dy);
}
template <class T>
double Kernels<T>::sum_of_squares(std::span<const T> x) {
  double total = 0;
  run_kernel<SumOfSquares>(x, &total);
  return total;
}
template <class T>
void Kernels<T>::scale(std::span<T> x, T factor) {
  run_kernel<Scale>(x, factor);
}
template <class T>
void Kernels<T>::approach(std::span<T> w, std::span<const T> goal, T tau) {
  run_kernel<Approach>(w, goal, tau);
}
template <class T>
void Kernels<T>::update(const MomentumStep<T>& step, std::span<T> w, std::span<const T> g,
                        std::span<T> m) {
  run_kernel<Momentum>(step, w, g, m);
}
template <class T>
void Kernels<T>::update(const RmsPropStep<T>& step, std::span<T> w, std::span<const T> g,
                        std::span<T> v) {
  run_kernel<RmsProp>(step, w, g, v);
}
template <class T>
void Kernels<T>::update(const AdamStep<T>& step, std::span<T> w, std::span<const T> g,
                        std::span<T> m, std::span<T> v) {
  run_kernel<Adam>(step, w, g, m, v);
}

template struct Kernels<float>;
template struct Kernels<double>;

}  // namespace rl::detail
