#pragma once
/// \file
/// What a seed has of each curve of over-optimisation: proxies that are pushed by tilts and by best
/// of n, rewards that are made of wrong labels, and DPO along its steps. Throws Interrupted where
/// `stop` says so.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/overoptimization.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

/// Tilts are sums over all responses: what does not change with beta is made once. Immutable.
class Tilts {
 public:
  explicit Tilts(const LanguageTask& task);
  /// A point for each beta.
  std::vector<OveroptPoint> path(const RewardTable& proxy, std::span<const double> betas,
                                 const StopRequest& stop = {}) const;

 private:
  OveroptPoint of_prompt(std::size_t prompt, std::span<const double> score, double beta) const;

  const LanguageTask& task_;
  std::vector<double> reference_, gold_;  // [N]
};

/// A point for each n.
std::vector<OveroptPoint> best_of_path(const LanguageTask& task, const RewardTable& proxy,
                                       std::span<const int> sizes, const StopRequest& stop);

inline constexpr std::array kEnsembles = {"single", "mean", "min", "uwo"};

/// The rewards that are made of labels of which many are wrong: by one model of all of them, and by
/// models of bags together.
struct NoisyProxies {
  std::array<RewardTable, kEnsembles.size()> tables;
  std::vector<bool> converged;  ///< of the fits
};
NoisyProxies noisy_proxies(const LanguageTask& task, const OveroptOptions& options,
                           std::uint64_t seed);

/// A point every options.every steps, and at the last.
std::vector<DpoPoint> dpo_path(const LanguageTask& task, const OveroptOptions& options, double beta,
                               std::span<const SegmentPair> pairs, const StopRequest& stop);

}  // namespace rl::apps
