#pragma once
/// \file
/// p-values adjusted for their number m, in the given order: reject where the adjusted one is at
/// most alpha. p_(1) <= ... <= p_(m) are the sorted ones, every result at most 1.
///
///     Bonferroni          m p
///     Holm                max over j <= i of (m + 1 - j) p_(j)   controls the family-wise error
///     Benjamini-Hochberg  min over j >= i of m p_(j) / j         controls the false discovery rate
///
/// All throw std::invalid_argument for numbers outside of [0, 1].
#include <span>
#include <vector>

namespace rl {

std::vector<double> bonferroni_adjusted(std::span<const double> p);
/// Never less powerful than Bonferroni, under the same assumptions: none (Holm 1979).
std::vector<double> holm_adjusted(std::span<const double> p);
std::vector<double> benjamini_hochberg_adjusted(std::span<const double> p);

}  // namespace rl
