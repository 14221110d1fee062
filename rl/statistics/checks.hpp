#pragma once
/// \file
/// What the functions of this folder demand of their arguments. Each check throws
/// std::invalid_argument with the name, the value and what was expected.
#include <cstddef>
#include <span>
#include <string_view>

namespace rl {

/// "iqm: needs at least 1 number, not 0"
void check_size(std::string_view function, std::span<const double> x, std::size_t least);
/// "level: expected a number between 0 and 1, not 95"; the ends are refused as well.
void check_fraction(std::string_view name, double x);
/// "paired_t_test: a has 3 numbers, b has 4"
void check_pairs(std::string_view function, std::span<const double> a, std::span<const double> b);

}  // namespace rl
