#include "algorithms/ppo.hpp"

#include <fmt/format.h>

#include <limits>

namespace rl {

Ppo::Ppo(const Options& options) : options_(options) {
  check_clock_of_steps("alpha", options.alpha);
  check_clock_of_steps("clip", options.clip);
  const std::size_t steps = options.lived.steps();
  if (steps > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    throw std::invalid_argument(
        fmt::format("options 'worlds' and 'segment': {} steps are too many "
                    "for one segment",
                    steps));
  if (options.minibatch < 1 || steps % static_cast<std::size_t>(options.minibatch) != 0)
    throw std::invalid_argument(
        fmt::format("option 'minibatch': {} does not divide the {} steps of a segment ({} worlds "
                    "times {})",
                    options.minibatch, steps, options.lived.worlds, options.lived.segment));
}

}  // namespace rl
