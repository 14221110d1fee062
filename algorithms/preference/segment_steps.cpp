#include "algorithms/preference/segment_steps.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rl {

SegmentSteps::SegmentSteps(const PolicyRows& policy, std::span<const Segment> segments,
                           double discount) {
  if (!(discount > 0 && discount <= 1))
    throw std::invalid_argument(fmt::format("discount = {} is not in (0, 1]", discount));
  for (const Segment& segment : segments) {
    double weight = 1;
    for (std::size_t t = 0; t < segment.length(); ++t, weight *= discount) {
      const State s = segment.states[t];
      const Action a = segment.actions[t];
      const bool known = s >= 0 && index(s) < policy.context.size() &&
                         policy.context[index(s)] >= 0 && a >= 0 && a < policy.num_actions;
      if (!known)
        throw std::invalid_argument(fmt::format(
            "segment {}, step {}: action {} in state {} is none of the policy's", size(), t, a, s));
      cell_.push_back(policy.context[index(s)] * policy.num_actions + a);
      weight_.push_back(weight);
    }
    begin_.push_back(cell_.size());
  }
}

std::vector<double> log_probabilities(const PolicyRows& policy, std::span<const Segment> segments,
                                      double discount) {
  const SegmentSteps steps(policy, segments, discount);
  std::vector<double> log_pi(segments.size());
  for (std::size_t i = 0; i < log_pi.size(); ++i)
    log_pi[i] = steps.log_probability(i, policy.log_pi);
  return log_pi;
}

}  // namespace rl
