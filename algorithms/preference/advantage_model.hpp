#pragma once
/// \file
/// The regret model of preferences (Knox et al. 2024): who compares segments by how near to the
/// best they were done tells no reward but the optimal advantage, and its best action is the policy
/// without any planning.
///
///     A(sigma) = sum_t gamma^t A(s_t, a_t)         A: a table [S x A], its entries the weights w
///     P(1 preferred) = (1 - 2 eps) sigmoid(rationality (A(sigma_1) - A(sigma_2))) + eps
///     pi(s) = argmax_a A(s, a)
///
/// The regression is the very one of a reward r(s, a) with `pair_features`: the two models differ
/// in how the table is read alone. A reward is planned with, an advantage is acted on.
#include <span>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "rl/mdp.hpp"
#include "rl/policy.hpp"
#include "rl/values.hpp"

namespace rl {

/// Pairs that no segment shows keep 0. Where all segments have one length, a constant in every
/// entry changes no preference; l2 then chooses it, so that compare entries, not their signs.
struct AdvantageModel {
  QTable advantages;   ///< A: [S x A], in log-odds over `rationality`; -infinity: not available
  SegmentRewards fit;  ///< how the regression went
};

/// Throws std::invalid_argument, naming the pair, for a step that the model does not have, and as
/// `fit_linear_reward` does.
AdvantageModel fit_advantages(const FiniteMdp& model, std::span<const SegmentPair> pairs,
                              const RewardFitOptions& options = {});

/// The same from a regression on `comparisons(pair_features(model), ...)`: w, [S * A].
AdvantageModel advantages_of(const FiniteMdp& model, SegmentRewards fit);

/// argmax_a A(s, a), shared among equal ones: in a state that no segment visits, all actions.
TabularPolicy greedy_policy(const FiniteMdp& model, const AdvantageModel& advantages);

/// sum_t gamma^t A(s_t, a_t); steps in a terminal state count 0.
double segment_advantage(const AdvantageModel& advantages, const Segment& segment,
                         double discount = 1);

}  // namespace rl
