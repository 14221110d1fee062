#pragma once
/// \file
/// Exchange: what the ranks that plan one model together tell each other
/// (distributed_value_iteration.hpp). Ranks may be processes of many machines or threads of one
/// program; the planner does not know which.
#include <cstddef>
#include <vector>

#include "rl/types.hpp"

namespace rl {

/// Every rank makes the same calls in the same order. A rank that cannot go on says so to its
/// implementation in place of its next `take_largest`; there the others throw what stopped it.
class Exchange {
 public:
  using Lists = std::vector<std::vector<State>>;    ///< [size()]
  using Values = std::vector<std::vector<double>>;  ///< [size()]
  static constexpr std::size_t kMostNumbers = 7;    ///< in one take_largest

  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  virtual int rank() const = 0;  ///< 0 .. size() - 1
  virtual int size() const = 0;
  /// numbers[i] <- the largest numbers[i] of any rank; none is NaN, and all ranks have as many.
  virtual void take_largest(std::vector<double>& numbers) = 0;
  /// lists[r] goes to rank r; returns what each rank has sent here.
  virtual Lists swap_lists(const Lists& lists) = 0;
  /// out[r] goes to rank r, in[r] comes from it. Both know how many; where it is none, no message.
  virtual void swap_values(const Values& out, Values& in) = 0;
};

}  // namespace rl
