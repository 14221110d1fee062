#include "rl/network_kernels.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <vector>

#include "rl/instruction_set.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"
#include "tests/rl/instruction_sets.hpp"

using rl::InstructionSet;
using rl::Rng;
using rl::detail::Kernels;
using rl::detail::Product;

namespace {

using Sizes = std::initializer_list<std::size_t>;

template <class T>
std::vector<T> drawn_numbers(std::size_t n, Rng& rng) {
  std::vector<T> x(n);
  for (T& y : x) y = static_cast<T>(rng.uniform() - 0.5);
  return x;
}

/// C = A B as its definition says.
template <class T>
std::vector<T> product(const Product<T>& p) {
  std::vector<T> C(p.rows * p.columns);
  for (std::size_t i = 0; i < p.rows; ++i)
    for (std::size_t j = 0; j < p.columns; ++j) {
      T sum = 0;
      for (std::size_t k = 0; k < p.depth; ++k)
        sum += p.A.data[i * p.A.row + k * p.A.column] * p.B[k * p.B_row + j];
      C[i * p.columns + j] = sum;
    }
  return C;
}

/// Every width that a tile can have, and what is left over beside it.
template <class T>
void check_products() {
  Rng rng(1);
  for (const std::size_t rows : Sizes{1, 2, 3, 4, 5, 9})
    for (const std::size_t columns : Sizes{1, 2, 3, 5, 8, 15, 16, 33, 64, 127, 131})
      for (const std::size_t depth : Sizes{1, 2, 17}) {
        CAPTURE(rows);
        CAPTURE(columns);
        CAPTURE(depth);
        const std::vector<T> A = drawn_numbers<T>(rows * depth, rng);
        const std::vector<T> B = drawn_numbers<T>(depth * columns, rng);
        std::vector<T> C(rows * columns);
        for (const rl::detail::MatrixView<T> view :
             {rl::detail::MatrixView<T>{A.data(), depth, 1}, {A.data(), 1, rows}}) {
          const Product<T> p{view, B.data(), columns, C.data(), columns, rows, depth, columns};
          std::fill(C.begin(), C.end(), T{-1});
          Kernels<T>::multiply(p);
          CHECK_UNARY(C == product(p));
        }
      }
}

template <class T>
T tanh_of(T x) {
  Kernels<T>::tanh(std::span<T>(&x, 1));
  return x;
}

/// The largest distance from std::tanh in units of its last place.
template <class T>
double worst_tanh(double low, double high, int n) {
  double worst = 0;
  for (int i = 0; i <= n; ++i) {
    const T x = static_cast<T>(low * std::pow(high / low, static_cast<double>(i) / n));
    // One format wider, so that the reference's own error is not counted.
    const long double exact = std::tanh(static_cast<long double>(x));
    const T near = static_cast<T>(exact);
    const T unit = near - std::nextafter(near, T{0});
    worst = std::max(worst, static_cast<double>(std::abs(tanh_of(x) - exact) / unit));
  }
  return worst;
}

}  // namespace

TEST_CASE("network kernels: every shape of product is the plain sum in order, to the bit") {
  tests::with_each_instruction_set([](InstructionSet set) {
    CAPTURE(static_cast<int>(set));
    check_products<float>();
    check_products<double>();
  });
}

TEST_CASE_TEMPLATE("network kernels: a product writes nothing outside of C", T, float, double) {
  Rng rng(1);
  const std::vector<T> A = drawn_numbers<T>(3 * 4, rng);
  const std::vector<T> B = drawn_numbers<T>(4 * 5, rng);
  tests::with_each_instruction_set([&](InstructionSet) {
    std::vector<T> C(4 * 7, 9);  // of which 3 x 5 are written
    Kernels<T>::multiply({{A.data(), 4, 1}, B.data(), 5, C.data(), 7, 3, 4, 5});
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 7; ++j) CHECK_UNARY((C[i * 7 + j] == 9) == (i == 3 || j >= 5));
  });
}

TEST_CASE_TEMPLATE("network kernels: a transposed matrix has rows for columns", T, float, double) {
  Rng rng(1);
  tests::with_each_instruction_set([&](InstructionSet) {
    for (std::size_t rows = 1; rows < 10; ++rows)
      for (std::size_t columns = 1; columns < 10; ++columns) {
        const std::vector<T> from = drawn_numbers<T>(rows * columns, rng);
        std::vector<T> to(rows * columns);
        Kernels<T>::transpose(from.data(), rows, columns, to.data());
        for (std::size_t i = 0; i < rows; ++i)
          for (std::size_t j = 0; j < columns; ++j)
            CHECK_UNARY(to[j * rows + i] == from[i * columns + j]);
      }
  });
}

TEST_CASE("network kernels: tanh is at most 3 units in the last place off, small or large") {
  CHECK(worst_tanh<float>(1e-30, 30, 20000) <= 3);
  CHECK(worst_tanh<double>(1e-300, 30, 20000) <= 3);
  CHECK(worst_tanh<float>(0.01, 10, 20000) > 0.5);  // the measure measures
}

TEST_CASE_TEMPLATE("network kernels: tanh is odd, ends at 1, and passes NaN on", T, float, double) {
  CHECK(tanh_of(T{0.5}) == -tanh_of(T{-0.5}));
  CHECK_UNARY(std::signbit(tanh_of(T{-0.0})));
  CHECK(tanh_of(T{100}) == 1);
  CHECK(tanh_of(std::numeric_limits<T>::infinity()) == 1);
  CHECK(tanh_of(-std::numeric_limits<T>::infinity()) == -1);
  CHECK_UNARY(std::isnan(tanh_of(std::numeric_limits<T>::quiet_NaN())));
}

TEST_CASE("network kernels: relu cuts below 0, and does not hide NaN") {
  std::array<double, 4> x{-2, 0, 3, tests::kNan};
  Kernels<double>::relu(x);
  CHECK(x[0] == 0);
  CHECK(x[1] == 0);
  CHECK(x[2] == 3);
  CHECK_UNARY(std::isnan(x[3]));
}

TEST_CASE_TEMPLATE("network kernels: element by element, bits are those of the baseline", T, float,
                   double) {
  Rng rng(1);
  const std::vector<T> x = drawn_numbers<T>(1003, rng);
  const std::vector<T> y = drawn_numbers<T>(1003, rng);
  std::vector<std::vector<T>> results;
  std::vector<double> norms;
  tests::with_each_instruction_set([&](InstructionSet) {
    std::vector<T> all;
    const auto keep = [&](auto&& change) {
      std::vector<T> z = x;
      change(std::span<T>(z));
      all.insert(all.end(), z.begin(), z.end());
    };
    using K = Kernels<T>;
    keep([](std::span<T> z) { K::relu(z); });
    keep([](std::span<T> z) { K::tanh(z); });
    keep([&](std::span<T> z) { K::relu_slope(y, z); });
    keep([&](std::span<T> z) { K::tanh_slope(y, z); });
    keep([](std::span<T> z) { K::scale(z, T(0.1)); });
    keep([&](std::span<T> z) { K::approach(z, y, T(0.1)); });
    results.push_back(all);
    norms.push_back(K::sum_of_squares(x));
  });
  for (const std::vector<T>& result : results) CHECK_UNARY(result == results.front());
  for (const double norm : norms) CHECK(norm == norms.front());
  double sum = 0;
  for (const T z : x) sum += static_cast<double>(z) * static_cast<double>(z);
  CHECK(norms.front() == doctest::Approx(sum).epsilon(1e-12));
}

TEST_CASE("instruction set: the widest is in use, and what is not there is refused") {
  const std::vector<InstructionSet> sets = rl::available_instruction_sets();
  CHECK(sets.front() == InstructionSet::baseline);
  CHECK(rl::instruction_set() == sets.back());
  CHECK_UNARY(tests::contains(
      tests::error_of([] { rl::use_instruction_set(static_cast<InstructionSet>(7)); }), "7"));
  CHECK(rl::instruction_set() == sets.back());
}
