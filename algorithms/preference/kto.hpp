#pragma once
/// \file
/// KTO (Ethayarajh et al. 2024): responses that are good or bad by themselves, without a partner.
///
///     good   lambda_D (1 - sigma(beta (u - z0)))        u = ln pi(y | x) - ln pi_ref(y | x)
///     bad    lambda_U (1 - sigma(beta (z0 - u)))
///     z0 = max(0, mean of u over prompts with the response of another prompt)
///
/// z0 estimates KL(pi || pi_ref) and is held fixed when the loss is differentiated. Where the
/// policy can be enumerated, the exact KL may stand in its place.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rl/options.hpp"

namespace rl {

struct KtoOptions {
  double beta = 0.1;
  double desirable_weight = 1;    ///< lambda_D
  double undesirable_weight = 1;  ///< lambda_U
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "how strongly the policy is held to the reference", Range{1e-9, 1e9});
    v("desirable_weight", desirable_weight, "lambda_D: of good responses", Range{0, 1e9});
    v("undesirable_weight", undesirable_weight, "lambda_U: of bad ones", Range{0, 1e9});
  }
};

struct KtoLoss {
  double value;  ///< mean over the batch
  double z0;
  std::vector<double> per_example;  ///< [N]
  std::vector<double> slope;        ///< [N] d value / d ln pi(y_i | x_i)
};

/// max(0, mean log-ratio) of mismatched pairs. Throws std::invalid_argument for fewer than two:
/// a response has no other prompt to go with.
double kto_baseline(std::span<const double> mismatched_log_ratio);

/// The partner of each of N examples, whose response stands beside its own prompt: the next one,
/// and the first one of the last. No example is its own partner, whatever N >= 2 is. For examples
/// of different prompts; `KtoObjective` goes on to the next one that answers another prompt.
std::vector<std::size_t> kto_partners(std::size_t n);

/// log_ratio: [N] u of each; desirable: [N] 1 or 0.
KtoLoss kto_loss(std::span<const double> log_ratio, std::span<const std::uint8_t> desirable,
                 double z0, const KtoOptions& options = {});

}  // namespace rl
