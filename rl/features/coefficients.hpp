#pragma once
/// \file
/// The vectors c of features that are products over coordinates: one number for each axis.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace rl {

using Coefficients = std::vector<std::uint8_t>;  ///< [axes]

/// All c in {0 .. most}^axes, first axis outermost, for which `keeps` holds: it is asked of each
/// beginning of c with zeros behind, and where it says no, no c with this beginning has it either.
std::vector<Coefficients> coefficients(std::size_t axes, int most,
                                       const std::function<bool(const Coefficients&)>& keeps);

/// n over k, as a number that cannot overflow.
double binomial(std::size_t n, std::size_t k);

}  // namespace rl
