#pragma once
/// \file
/// Advantages of k responses to one prompt, each judged against the others, and what is done to
/// numbers of a batch:
///
///     RLOO     A_i = r_i - mean_{j != i} r_j = k / (k - 1) (r_i - mean r)
///     GRPO     A_i = (r_i - mean r) / (sd + 1e-4), sd with k - 1
///     whiten   x_i <- (x_i - mean) / sqrt(variance + 1e-8)
///
/// RLOO: Ahmadian et al. 2024; GRPO: Shao et al. 2024.
#include <span>

namespace rl {

/// k >= 2 rewards of one group. Throws std::invalid_argument for fewer or other sizes.
void rloo_advantages(std::span<const double> reward, std::span<double> advantage);

/// What divides a group's centred rewards: its own deviation, or that of the whole batch, which is
/// the caller's to take, or nothing.
enum class RewardScale : int { group, batch, none };

/// A group of equal rewards gives 0: there is nothing to tell its members apart.
void group_relative_advantages(std::span<const double> reward, RewardScale scale,
                               std::span<double> advantage, double eps = 1e-4);

struct Whitening {
  bool keep_mean = false;  ///< the mean is added back after scaling
  bool bessel = false;     ///< variance of a sample: over n - 1
};
/// Fewer than two numbers stay as they are.
void whiten(std::span<double> x, const Whitening& how = {});

}  // namespace rl
