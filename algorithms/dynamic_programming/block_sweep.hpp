#pragma once
/// \file
/// Sweeps in place over the states of one block, in their order there (blocks.hpp).
///
///     greedy:   v(s) <- max_a [ r' + sum_s' p' v(s') ], and the row that is best is noted
///     chosen:   v(s) <- r' + sum_s' p' v(s') of that row alone: an evaluation of its policy
#include <cstdint>

#include "algorithms/dynamic_programming/blocks.hpp"

namespace rl::detail {

/// In place of a row: the best action only stays.
inline constexpr std::uint32_t kBestStays = 0xffffffff;

/// v: values of block.states; choice: [own]. Returns the largest change.
double sweep_greedily(const Block& block, double* v, std::uint32_t* choice);
double sweep_chosen(const Block& block, double* v, const std::uint32_t* choice);

}  // namespace rl::detail
