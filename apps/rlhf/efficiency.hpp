#pragma once
/// \file
/// How many preferences a policy needs: pairs of short segments in a finite world, labelled by an
/// annotator who compares returns or regrets, and what each method makes of the first N of them.
///
///     rm         r(s, a, s') = w . phi(s'): next states and bumps, ridge; planned with
///     rm_pairs   r(s, a), a number for each pair, same ridge; planned with: as many parameters as
///     advantage  A(s, a) has, the very same numbers, whose best action is taken
///     cpl        a softmax policy whose log-probabilities are read as advantages (CPL)
///     bc         the action that preferred segments took most often in a state
///
///     score = (J - J_random) / (J* - J_random)
///
/// J is the exact return, in the true world from a uniformly random state, of the greedy policy,
/// whatever the method. Planning knows the true transitions: rm and rm_pairs are told more than the
/// other three.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "apps/rlhf/over_seeds.hpp"
#include "apps/rlhf/task_run.hpp"
#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"

namespace rl::apps {

enum class PreferenceMethod : int { rm, rm_pairs, advantage, cpl, bc };

struct PreferenceMethodInfo {
  PreferenceMethod method;
  std::string name;   ///< "rm_pairs"
  std::string label;  ///< in drawings: "RM(s,a) + VI"
  std::string doc;    ///< "a reward r(s, a), planned with"
};
const std::vector<PreferenceMethodInfo>& preference_methods();
const PreferenceMethodInfo& info_of(PreferenceMethod method);
/// By name, `-` and `_` alike. Throws std::invalid_argument with the nearest name.
PreferenceMethod preference_method(std::string_view name);

/// "return" or "regret"
std::string_view annotator_name(AnnotatorKind annotator);

struct EfficiencyOptions {
  double rationality = 2;
  double flip_prob = 0;
  int fragment_length = 5;
  bool absorbing = false;
  double discount = 1;
  double l2 = 0.3;
  double alpha = 0.1;
  double contrastive_bias = 1;
  double cpl_l2 = 1e-4;
  double learning_rate = 0.05;
  int max_steps = 300;
  int held_out = 1000;

  template <class Visitor>
  void visit(Visitor& v) {
    v("rationality", rationality, "kappa of the annotator: log-odds of a difference of 1",
      Range{1e-9, 1e9});
    v("flip_prob", flip_prob, "probability that a label is flipped, which no method is told",
      Range{0, 0.499999999});
    v("fragment_length", fragment_length, "steps of a segment", Range{1, 1e6});
    v("absorbing", absorbing,
      "an episode that ends early goes on in its terminal state, at reward 0; else it is drawn "
      "again");
    v("discount", discount, "gamma of the steps within a segment", Range{1e-9, 1});
    v("l2", l2, "ridge of rm, rm_pairs and advantage: l2 / 2 |w|^2 beside the sum over pairs",
      Range{1e-12, 1e9});
    v("alpha", alpha, "cpl: temperature of the advantage that ln pi stands for", Range{1e-9, 1e9});
    v("contrastive_bias", contrastive_bias, "cpl: lambda, weight of the rejected segment",
      Range{1e-9, 1});
    v("cpl_l2", cpl_l2, "cpl: l2 / 2 |w|^2 beside the mean over pairs", Range{0, 1e9});
    v("learning_rate", learning_rate, "cpl: step size of Adam on all pairs", Range{1e-12, 1e6});
    v("max_steps", max_steps, "cpl: gradient steps", Range{1, 1e9});
    v("held_out", held_out, "fresh labelled pairs on which models are judged", Range{1, 1e6});
  }
};

/// What is to be run. The problem must be finite, discounted by gamma < 1, and must not change.
struct EfficiencyExperiment {
  Problem problem;
  EfficiencyOptions options = {};
  std::vector<AnnotatorKind> annotators = {AnnotatorKind::return_, AnnotatorKind::regret};
  std::vector<PreferenceMethod> methods = {PreferenceMethod::rm, PreferenceMethod::rm_pairs,
                                           PreferenceMethod::advantage, PreferenceMethod::cpl,
                                           PreferenceMethod::bc};
  std::vector<std::size_t> sizes = {10, 30, 100, 300, 1000, 3000};  ///< pairs
  std::vector<std::uint64_t> seeds = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
};
bool runs_method(const EfficiencyExperiment& experiment, PreferenceMethod method);

/// One method on the first `pairs` pairs of a seed.
struct EfficiencyRun {
  AnnotatorKind annotator;
  PreferenceMethod method;
  std::size_t pairs;
  std::uint64_t seed;
  double expected_return;  ///< J
  double score;
  double accuracy;  ///< share of the held-out labels whose side the model is on; NaN for bc
};

/// What a seed's held-out pairs let a model reach at best.
struct HeldOutLabels {
  AnnotatorKind annotator;
  std::uint64_t seed;
  LabelStatistics labels;
};

/// What a model of rewards pays on average for entering each state.
struct LearnedRewardMap {
  AnnotatorKind annotator;
  PreferenceMethod method;  ///< rm, else rm_pairs
  std::size_t pairs;
  std::uint64_t seed;
  /// [S], NaN: never entered. Divided by the rationality, and shifted to the true one's mean, for
  /// segments of one length tell no constant.
  std::vector<double> entering;
  /// Pearson's with the true rewards over the available pairs (s, a); NaN where either does not
  /// vary.
  double correlation;
};

struct EfficiencyResult {
  double optimal_return = std::numeric_limits<double>::quiet_NaN();  ///< J*
  double random_return = std::numeric_limits<double>::quiet_NaN();   ///< of random actions
  std::vector<double> true_entering;                                 ///< [S]
  std::vector<EfficiencyRun> runs;  ///< by annotator, method, pairs, seed as they were asked for
  std::vector<HeldOutLabels> held_out;
  std::vector<LearnedRewardMap> maps;  ///< largest size, first seed; one an annotator
  StudyReport report;
};

/// Throws std::invalid_argument where world and experiment do not fit.
void check_efficiency(const EfficiencyExperiment& experiment);

/// Numbers depend on the seeds alone: neither on threads nor on what else is run. A method that
/// throws or is stopped leaves out its own run. Throws as above, where segments of this length
/// cannot be drawn, and Interrupted where `stop` comes before the first task.
EfficiencyResult run_efficiency(const EfficiencyExperiment& experiment, const TaskRun& run = {});

/// E[r(s, a, s') | s' = c] over steps into each state c from another one, every pair (s, a) alike:
/// [S]. From itself where no other leads there; NaN where none does.
std::vector<double> entering_rewards(
    const FiniteMdp& model, const std::function<double(State, Action, const Outcome&)>& reward);

// ---- over the seeds -----------------------------------------------------------------------------

/// Of one number of one method: the runs that there are.
OverSeeds summary_of(const EfficiencyResult& result, AnnotatorKind annotator,
                     PreferenceMethod method, std::size_t pairs, double EfficiencyRun::*number);

}  // namespace rl::apps
