#pragma once
/// \file
/// What becomes of gold reward while a learned one, the proxy, is pushed, in the small language
/// world: Goodhart's law in numbers that are exact for every policy.
///
///     tilt        pi = ref exp(proxy / beta) / Z, beta from large to small
///     best of n   the response of best proxy among n of the reference's, its exact law
///     ensembles   tilts by the mean, the least and mean - lambda variance of models of bags, which
///                 are fitted to few labels of which many are wrong
///     DPO         gold, KL and rewards along the steps of training
///
/// Of a tilt, over all responses y, with w(y) = ref(y) exp(proxy(y) / beta) and Z = sum_y w(y):
///
///     pi(y) = w(y) / Z        KL(pi || ref) = E proxy / beta - ln Z
///
/// There is no noise of learning in the first three: what differs between seeds is the data. The
/// proxies are those of language_data.hpp, equal to gold under the reference; of few or flipped
/// labels they are flatter than gold, so that a beta means less there.
///
/// Measured in the world of seed 0 with the data of seeds 7001 to 7020, means and 95 % t intervals:
/// at beta = 0.05 gold is 2.2 +- 0.5 (least) and 2.7 +- 0.5 (mean - variance / 2) above where the
/// mean brings it. Most of that is that doubt makes a reward flatter, so that it pushes less: at an
/// equal KL of 1, 0.30 +- 0.07 and 0.26 +- 0.07 are left, at one of 6, 0.57 +- 0.19 and 0.76 +-
/// 0.26.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/preference/evaluation.hpp"
#include "algorithms/preference/training.hpp"
#include "apps/rlhf/language_data.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/task_run.hpp"

namespace rl::apps {

struct OveroptOptions {
  std::vector<std::size_t> comparisons = {30, 100, 300, 1000, 5000};  ///< sizes of the data
  std::vector<double> betas = log_spaced(10, 0.05, 24);               ///< of tilts, falling
  std::vector<int> best_of = {1, 2, 4, 8, 16, 32, 64, 128, 256};
  std::size_t best_of_comparisons = 1000;  ///< the size at which best of n is drawn, if among them
  double l2 = 0.3;                         ///< ridge of all models

  std::size_t noisy_comparisons = 100;  ///< labels of the ensembles
  double flip_prob = 0.25;              ///< of them
  int members = 5;
  double lambda = 0.5;
  std::string ensemble_features = "bag";

  std::vector<double> dpo_betas = {0.1, 0.05};
  std::size_t dpo_comparisons = 300;
  TrainingOptions training = dpo_training();
  std::int64_t every = 10;  ///< steps between two points of DPO's curves

  static TrainingOptions dpo_training() {
    TrainingOptions training;
    training.max_steps = 800;
    return training;
  }
};

// ---- a proxy that is pushed ---------------------------------------------------------------------

struct OveroptPoint {
  double kl;     ///< KL(pi || ref), nats a response
  double proxy;  ///< E proxy
  double gold;   ///< E gold
};

using OveroptRun = std::vector<OveroptPoint>;  ///< a point for each pressure

/// One proxy pushed in one way, once a seed.
struct OveroptCurve {
  std::string name;             ///< "bag", "rich"; "single", "mean", "min", "uwo"
  std::size_t comparisons = 0;  ///< labelled pairs that it was fitted to
  OveroptimizationForm form = OveroptimizationForm::rl;  ///< tilts, or best of n
  std::vector<double> pressure = {};                     ///< beta, or n
  std::vector<std::uint64_t> seeds = {};
  std::vector<OveroptRun> runs = {};  ///< one a seed
};

/// Whether a curve has the two different distances that a fit needs.
bool can_be_fitted(const OveroptCurve& curve);
/// The point of largest gold.
OveroptPoint peak_of(std::span<const OveroptPoint> run);
/// Gao's law of `form`, R(d) = gold - gold of the reference, d = sqrt(KL). Both forms may be asked
/// of either curve.
OveroptimizationFit fit_of(std::span<const OveroptPoint> run, double reference_gold,
                           OveroptimizationForm form);

// ---- DPO ----------------------------------------------------------------------------------------

/// Before a step.
struct DpoPoint {
  std::int64_t step;
  double gold, kl;
  double reward_chosen, reward_rejected;  ///< beta ln pi / ref, means over the pairs
  double logp_chosen, logp_rejected;
};
using DpoRun = std::vector<DpoPoint>;  ///< along the steps

struct DpoCurve {
  double beta;
  std::size_t comparisons = 0;
  std::vector<std::uint64_t> seeds = {};
  std::vector<DpoRun> runs = {};
};
DpoPoint peak_of(std::span<const DpoPoint> run);

// ---- the experiment -----------------------------------------------------------------------------

struct Overoptimization {
  double reference_gold;
  std::vector<OveroptCurve> tilts;      ///< bag, then rich, of each the sizes
  std::vector<OveroptCurve> best_of_n;  ///< bag and rich
  std::vector<OveroptCurve> ensembles;  ///< single, mean, min, uwo
  std::vector<DpoCurve> dpo;            ///< a curve for each of dpo_betas
  StudyReport report;
};

/// Curves hold what was done: a task that throws or is stopped is missing alone. Throws
/// std::invalid_argument for options and seeds that are none.
Overoptimization measure_overoptimization(const LanguageTask& task, const OveroptOptions& options,
                                          std::span<const std::uint64_t> seeds,
                                          const TaskRun& run = {});

}  // namespace rl::apps
