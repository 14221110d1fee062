#pragma once
/// \file
/// Options with several values, as one learner for each.
#include <vector>

#include "apps/arguments.hpp"
#include "rl/experiment/experiment.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

/// The learners that the operands name, in every combination of the values of their options:
///
///     --alpha 0.1,0.5 --epsilon 0.1,0.2     four of each learner that has both
///     --grid alpha=0.1,0.5                  the same as --alpha 0.1,0.5
///     --range alpha=0.01..1 --draws 20      20 values drawn for each of the others' combinations;
///                                           evenly in log alpha from a tenfold range on
///
/// The last two only where the subcommand declares them. --policy and --behavior are those of the
/// only world, as `run` takes them. Throws std::invalid_argument for options that no learner has,
/// ranges that are none, a policy beside several worlds, and a learner that stands twice.
std::vector<Contender> contenders_of(const Registry& registry, const Arguments& arguments);

}  // namespace rl::apps
