#pragma once
/// \file
/// The grids of MFRL: maps and defaults of the one grid world, whose rules (moves, rewards, bumps,
/// ends) stand in `envs/grid_world/world.hpp`.
///
///     mfrl_5x5                            mfrl_3x3   mfrl_2x2  mfrl_2x2_open  mfrl_1x2 mfrl_python
///     S . . . .   forbidden s7 s8 s13     S . .      S F       S .            S T       . . . . .
///     . F F . .   s17 s19 s22,            . . F      . T       . T                      . . F . .
///     . . F . .   target s18              F . T                                         . . S . .
///     . F T F .                                                                         . F . F .
///     . F . . .                                                                         . . . . T
///
/// Start s1 (mfrl_python: row 2, column 2); gamma .9; no limit but in mfrl_5x5_single_trajectory;
/// ties are the algorithm's business. Actions up, right, down, left, stay; mfrl_1x2: left, stay,
/// right; mfrl_python: down, right, up, left, stay.
/// Source: S. Zhao, Mathematical Foundations of Reinforcement Learning, chapters 1-10; mfrl_python:
/// the code published beside it, src/grid_world.py and examples/arguments.py.
#include "envs/grid_world/world.hpp"

namespace rl {

/// Fig 2.7, 3.2, 3.4, 4.2, 5.3, 5.5, 5.8, 7.4, 7.5, 8.6-8.8: the target pays on.
Problem mfrl_5x5(const GridRules& rules = {}, const WorldContext& context = {});
/// Fig 8.11: one episode of 1,000 steps (Fig 8.12 has 100).
Problem mfrl_5x5_single_trajectory(const GridRules& rules, const WorldContext& context = {});
/// Chapter 1, Fig 5.3.
Problem mfrl_3x3(const GridRules& rules = {}, const WorldContext& context = {});
/// Chapters 2-4, Fig 8.5.
Problem mfrl_2x2(const GridRules& rules = {}, const WorldContext& context = {});
/// Fig 3.5: no forbidden cell.
Problem mfrl_2x2_open(const GridRules& rules = {}, const WorldContext& context = {});
/// Fig 4.3.
Problem mfrl_1x2(const GridRules& rules = {}, const WorldContext& context = {});

/// The published Python world, another MDP than the book's: forbidden cells bounce, one number
/// serves them and the boundary, the code reports the end at the target. It gives no discount:
/// gamma .99.
Problem mfrl_python(const GridRules& rules, const WorldContext& context = {});

/// Fig 3.4(d), 4.4, 5.4, 5.6, 5.7: forbidden cells cost 10.
GridRules mfrl_forbidden_10();
/// Fig 5.6 and 5.7 as printed: a bump from the forbidden s22 costs 1 + 10.
GridRules mfrl_forbidden_10_convention_b();
/// Fig 7.2, 7.3, Box 7.4: every step costs 1, bumps and forbidden cells 10; the target ends the
/// episode.
GridRules mfrl_episodic();
/// Fig 8.9, 8.10: bumps and forbidden cells cost 10; the target pays 1 and ends the episode.
GridRules mfrl_episodic_reward();
/// Fig 8.11, 8.12: bumps and forbidden cells cost 10; the target pays on.
GridRules mfrl_single_trajectory();
/// Of mfrl_python.
GridRules mfrl_python_rules();

}  // namespace rl
