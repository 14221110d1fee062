#pragma once
/// \file
/// The grids of MFRL under their figures' names: maps and defaults of the one grid world, whose
/// rules (moves, rewards, bumps, ends) stand in `envs/grid_world/world.hpp`.
///
///     mfrl_5x5                            mfrl_3x3   mfrl_2x2  mfrl_2x2_open  mfrl_1x2 mfrl_python
///     S . . . .   forbidden s7 s8 s13     S . .      S F       S .            S T       . . . . .
///     . F F . .   s17 s19 s22,            . . F      . T       . T                      . . F . .
///     . . F . .   target s18              F . T                                         . . S . .
///     . F T F .                                                                         . F . F .
///     . F . . .                                                                         . . . . T
///
/// Source: S. Zhao, Mathematical Foundations of Reinforcement Learning, chapters 1-10; mfrl_python
/// is the world that the book publishes as Python code, another MDP than the book's. In each the
/// start is s1 (the code's (2, 2) in mfrl_python), ties are the algorithm's business, and an
/// episode has no limit except in mfrl_5x5_single_trajectory (1,000 steps, Fig 8.11).
#include "envs/grid_world/world.hpp"

namespace rl {

/// Which of the book's maps.
enum class MfrlMap : int { grid_5x5, grid_3x3, grid_2x2, grid_2x2_open, grid_1x2, python };

/// A map of the book with rules that a preset begins with, or a user changed; gamma .9 (.99 for
/// mfrl_python, whose code has none). mfrl_1x2 has the book's three actions left, stay, right;
/// mfrl_python the code's order down, right, up, left, stay.
GridWorld mfrl_grid(MfrlMap map, const GridRules& rules = {});

/// Fig 3.4(d), 4.4, 5.4, 5.6, 5.7: forbidden cells cost 10.
GridRules mfrl_forbidden_10();
/// Fig 5.6 and 5.7 as printed: a bump from the forbidden s22 costs 1 + 10.
GridRules mfrl_forbidden_10_convention_b();
/// Fig 7.2, 7.3: every step costs 1, the target ends the episode.
GridRules mfrl_episodic();
/// Fig 8.9, 8.10: only the target pays, and ends the episode.
GridRules mfrl_episodic_reward();
/// Fig 8.11, 8.12: the target pays on; one episode of 1,000 steps.
GridRules mfrl_single_trajectory();
/// The published Python world: forbidden cells bounce, one number serves them and the boundary, the
/// code reports the end at the target.
GridRules mfrl_python_rules();

/// The presets by name, for the registry.
void add_mfrl_grids(Registry& registry);

}  // namespace rl
