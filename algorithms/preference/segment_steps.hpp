#pragma once
/// \file
/// Segments as a policy sees them: which cell (context, action) each step asks for, one behind the
/// other. A log-probability of a segment is a sum over its cells, and a slope in it is added to the
/// same cells:
///
///     ln pi(y) = sum_t w_t ln pi(a_t | c_t),   g(c_t, a_t) += slope w_t,   w_t = discount^t
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/preference/row_policy.hpp"
#include "rl/segment.hpp"

namespace rl {

class SegmentSteps {
 public:
  SegmentSteps() = default;
  /// Throws std::invalid_argument, naming the segment, for a state or an action that the policy
  /// does not have. discount in (0, 1].
  SegmentSteps(const PolicyRows& policy, std::span<const Segment> segments, double discount = 1);

  std::size_t size() const { return begin_.size() - 1; }
  std::size_t length(std::size_t i) const { return begin_[i + 1] - begin_[i]; }
  /// Cells of segment i in [contexts x A].
  std::span<const std::int32_t> cells(std::size_t i) const {
    return {cell_.data() + begin_[i], length(i)};
  }

  /// ln pi of segment i. log_pi: [contexts x A]
  double log_probability(std::size_t i, std::span<const double> log_pi) const {
    double sum = 0;
    for (std::size_t k = begin_[i]; k < begin_[i + 1]; ++k)
      sum += weight_[k] * log_pi[index(cell_[k])];
    return sum;
  }
  /// g += slope d ln pi(segment i) / d ln pi(a | c)
  void add(std::size_t i, double slope, std::span<double> g) const {
    for (std::size_t k = begin_[i]; k < begin_[i + 1]; ++k)
      g[index(cell_[k])] += slope * weight_[k];
  }

 private:
  std::vector<std::size_t> begin_ = {0};  // [N + 1]
  std::vector<std::int32_t> cell_;
  std::vector<double> weight_;
};

/// ln pi of each segment under a policy that may have other contexts: [N].
std::vector<double> log_probabilities(const PolicyRows& policy, std::span<const Segment> segments,
                                      double discount = 1);

}  // namespace rl
