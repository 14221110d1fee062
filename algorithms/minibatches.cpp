#include "algorithms/minibatches.hpp"

#include <fmt/format.h>

#include <limits>

namespace rl {

void check_minibatches(const MinibatchOptions& options, const SegmentOptions& lived) {
  const std::size_t steps = lived.steps();
  if (steps > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw std::invalid_argument(fmt::format(
        "options 'worlds' and 'segment': {} steps are too many for one segment", steps));
  if (options.minibatch < 1 || steps % static_cast<std::size_t>(options.minibatch) != 0)
    throw std::invalid_argument(
        fmt::format("option 'minibatch': {} does not divide the {} steps of a segment ({} worlds "
                    "times {})",
                    options.minibatch, steps, lived.worlds, lived.segment));
}

}  // namespace rl
