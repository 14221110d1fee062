#include "rl/statistics/checks.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rl {

void check_size(std::string_view function, std::span<const double> x, std::size_t least) {
  if (x.size() < least)
    throw std::invalid_argument(fmt::format("{}: needs at least {} number{}, not {}", function,
                                            least, least == 1 ? "" : "s", x.size()));
}

void check_fraction(std::string_view name, double x) {
  if (!(x > 0 && x < 1))
    throw std::invalid_argument(
        fmt::format("{}: expected a number between 0 and 1, not {}", name, x));
}

void check_pairs(std::string_view function, std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    throw std::invalid_argument(
        fmt::format("{}: a has {} numbers, b has {}", function, a.size(), b.size()));
}

}  // namespace rl
