#include "rl/schedule.hpp"

#include <algorithm>

namespace rl {

double Schedule::varying(std::int64_t k) const noexcept {
  const auto x = static_cast<double>(k);
  switch (kind) {
    case Kind::linear:
      return x >= span ? end : start + (end - start) * (x / span);
    case Kind::exponential:
      return std::max(start * std::pow(span, x), end);
    case Kind::harmonic:
      return start / (1 + x / span);
    case Kind::constant:
      break;
  }
  return start;
}

}  // namespace rl
