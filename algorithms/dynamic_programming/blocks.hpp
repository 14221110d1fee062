#pragma once
/// \file
/// A model cut into blocks of neighbouring states, each a small model of its own that is swept in
/// cache (block_sweep.hpp, block_value_iteration.hpp).
///
///     v(s) <- max_a [ r' + sum_s' p' v(s') ],   s' != s and not terminal,
///     r' = r / (1 - gamma p(s | s, a)),   p' = gamma p(s' | s, a) / (1 - gamma p(s | s, a))
///
/// has the same solution as the model's own backup: staying is summed up exactly.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "rl/mdp.hpp"

namespace rl::detail {

/// Whom a block's changes concern: `block` reads its own states read[begin] .. read[end - 1].
struct BlockReader {
  std::uint32_t block;
  std::uint32_t begin, end;
};

/// A block numbers the states that it has and reads in 16 bits. Rows of up to kPadded next states
/// are all made as long as the longest, and equal rows of numbers are stored once where there are
/// at most 256: a slippery grid takes 46 bytes a state.
struct Block {
  static constexpr std::size_t kPadded = 4;

  std::uint32_t num_own = 0;
  std::vector<State> states;              ///< its own, then those that it reads of other blocks
  std::vector<double> if_staying;         ///< [own] the best action that only stays; or -infinity
  std::vector<std::uint32_t> rows_begin;  ///< [own + 1] of each state's other actions
  std::size_t width = 0;                  ///< next states of each row; 0: as many as it has
  std::vector<std::uint32_t> next_begin;  ///< [rows + 1] where width is 0
  std::vector<std::uint16_t> next;        ///< s' by its place in `states`
  std::vector<std::uint8_t> kind;         ///< [rows] which numbers; empty: each has its own
  std::vector<double> numbers;            ///< r', p', p', ... of each kind or row
  std::vector<BlockReader> readers;
  std::vector<std::uint16_t> read;  ///< own states
};

/// The states that are not terminal in blocks of `size`, the last one smaller. Empty where the
/// blocks would read more than `most_read` states of others for each of their own, or where one
/// cannot be numbered.
std::optional<std::vector<Block>> cut_into_blocks(const FiniteMdp& model, double gamma,
                                                  std::size_t size, double most_read);

}  // namespace rl::detail
