#include "algorithms/dynamic_programming/block_sweep.hpp"

#include <cmath>
#include <cstddef>

namespace rl::detail {

namespace {

/// Rows of kWidth next states each, with numbers of a kind or of their own.
template <std::size_t kWidth, bool kKinds>
struct PaddedRows {
  explicit PaddedRows(const Block& block)
      : next(block.next.data()), kind(block.kind.data()), numbers(block.numbers.data()) {}
  double backup(std::size_t row, const double* v) const {
    const double* const x = numbers + (kKinds ? kind[row] : row) * (1 + kWidth);
    const std::uint16_t* const to = next + row * kWidth;
    double q = x[0];
    for (std::size_t k = 0; k < kWidth; ++k) q += x[1 + k] * v[to[k]];
    return q;
  }
  const std::uint16_t* next;
  const std::uint8_t* kind;
  const double* numbers;
};

/// Rows as long as they are.
struct LongRows {
  explicit LongRows(const Block& block)
      : begin(block.next_begin.data()), next(block.next.data()), numbers(block.numbers.data()) {}
  double backup(std::size_t row, const double* v) const {
    const double* const x = numbers + row + begin[row];
    const std::uint16_t* const to = next + begin[row];
    const std::size_t size = begin[row + 1] - begin[row];
    double q = x[0];
    for (std::size_t k = 0; k < size; ++k) q += x[1 + k] * v[to[k]];
    return q;
  }
  const std::uint32_t* begin;
  const std::uint16_t* next;
  const double* numbers;
};

template <std::size_t kWidth, class F>
double with_padded_rows(const Block& block, const F& f) {
  return block.kind.empty() ? f(PaddedRows<kWidth, false>(block))
                            : f(PaddedRows<kWidth, true>(block));
}

/// f(the block's rows), compiled for their shape.
template <class F>
double with_rows_of(const Block& block, const F& f) {
  static_assert(Block::kPadded == 4);
  switch (block.width) {
    case 1:
      return with_padded_rows<1>(block, f);
    case 2:
      return with_padded_rows<2>(block, f);
    case 3:
      return with_padded_rows<3>(block, f);
    case 4:
      return with_padded_rows<4>(block, f);
    default:
      return f(LongRows(block));
  }
}

}  // namespace

double sweep_greedily(const Block& block, double* v, std::uint32_t* choice) {
  return with_rows_of(block, [&block, v, choice](const auto rows) {
    const std::uint32_t* const begin = block.rows_begin.data();
    const double* const if_staying = block.if_staying.data();
    const std::size_t n = block.num_own;
    double change = 0;
    for (std::size_t s = 0; s < n; ++s) {
      double best = if_staying[s];
      std::uint32_t best_row = kBestStays;
      for (std::uint32_t row = begin[s]; row < begin[s + 1]; ++row) {
        // No branch: which row is best is hard to guess.
        const double q = rows.backup(row, v);
        best_row = q > best ? row : best_row;
        best = q > best ? q : best;
      }
      const double d = std::abs(best - v[s]);
      change = d > change ? d : change;
      v[s] = best;
      choice[s] = best_row;
    }
    return change;
  });
}

double sweep_chosen(const Block& block, double* v, const std::uint32_t* choice) {
  return with_rows_of(block, [&block, v, choice](const auto rows) {
    const std::size_t n = block.num_own;
    double change = 0;
    for (std::size_t s = 0; s < n; ++s) {
      if (choice[s] == kBestStays) continue;
      const double value = rows.backup(choice[s], v);
      const double d = std::abs(value - v[s]);
      change = d > change ? d : change;
      v[s] = value;
    }
    return change;
  });
}

}  // namespace rl::detail
