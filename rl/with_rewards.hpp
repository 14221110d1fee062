#pragma once
/// \file
/// The same world with other rewards: what a learned reward is planned in.
#include <functional>

#include "rl/mdp.hpp"

namespace rl {

/// The model with reward(s, a, outcome) in place of each outcome's own, which the outcome still
/// shows; without noise. Start, terminal states and probabilities stay.
FiniteMdp with_rewards(const FiniteMdp& model,
                       const std::function<double(State, Action, const Outcome&)>& reward);

}  // namespace rl
