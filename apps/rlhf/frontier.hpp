#pragma once
/// \file
/// The roads from preferences to a policy, side by side in the small language world: how much gold
/// reward each buys at which distance from the reference.
///
///     exact        pi = ref exp(gold / beta) / Z over whole responses: the upper frontier
///     rl_gold      E gold - beta KL climbed along its exact gradient, policies of bigrams
///     rl_rich      the same of a reward model that can express gold
///     rl_bag       the same of one that cannot: it sees no repetition and no truncation
///     ppo, rloo, grpo    from samples, paid by the rich model
///     dpo, ipo, hinge    pairs, without a reward model
///     kto          single responses, preferred ones good, others bad; z0 is the exact KL
///
/// All start from the reference. The world and the reference are given; a seed draws the pairs, the
/// labels, and a method's own samples (the same ones whatever beta is). beta means another thing
/// in each loss: what can be compared are points in the plane of KL and gold, not columns.
///
/// Exact gradients are at rest after 300 steps (gold within 0.03 of that after 1000). Direct losses
/// are not, and more steps are no better: of DPO with beta = 0.1 gold is 0.61 +- 0.11 after 300,
/// 0.23 +- 0.40 after 1000 (world 0, data 7001 to 7010, mean and 95 % t interval).
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/preference/training.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/task_run.hpp"

namespace rl::apps {

struct FrontierMethod {
  std::string name;
  std::string doc;
  bool needs_data;    ///< else no seed changes it
  std::string model;  ///< features of the reward model that pays it; empty: none
};
const std::vector<FrontierMethod>& frontier_methods();
/// By name, `-` and `_` alike. Throws std::invalid_argument with the nearest name.
const FrontierMethod& frontier_method(std::string_view name);

struct FrontierOptions {
  std::vector<double> betas = {1, 0.5, 0.3, 0.1, 0.05};
  std::vector<std::string> methods = {};  ///< empty: all
  std::size_t comparisons = 1000;         ///< labelled pairs
  double l2 = 0.3;                        ///< ridge of the reward models
  TrainingOptions training = {};          ///< of direct losses and exact gradients
  std::int64_t iterations = 100;          ///< of sampled methods
  std::int64_t batch_size = 64;           ///< responses of an iteration
};

/// A policy, exact.
struct FrontierPoint {
  double gold;      ///< E gold
  double proxy;     ///< E of the reward that it was trained on; NaN where there is none
  double kl;        ///< KL(pi || ref), nats a response
  double win_rate;  ///< against the reference by gold, ties one half
};

struct FrontierRow {
  std::string method;
  double beta;
  std::vector<std::uint64_t> seeds;   ///< of `points`; empty where no seed changes the method
  std::vector<FrontierPoint> points;  ///< one a seed; the one there is where `seeds` is empty
};

struct Frontier {
  FrontierPoint reference;
  std::vector<FrontierRow> rows;     ///< method by method, of each the betas; what was done
  std::vector<FrontierPoint> upper;  ///< the exact optimum along a fine path of beta, KL rising
  StudyReport report;
};

/// A policy whose training throws or is stopped is missing alone; where a seed's data could not be
/// made, so are its policies that rest on data. Throws std::invalid_argument for an unknown method,
/// for betas, pairs or seeds that are none, and for beta <= 0.
Frontier measure_frontier(const LanguageTask& task, const FrontierOptions& options,
                          std::span<const std::uint64_t> seeds, const TaskRun& run = {});

}  // namespace rl::apps
