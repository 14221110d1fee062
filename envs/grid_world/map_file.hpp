#pragma once
/// \file
/// Grid worlds as files that a person writes: JSON, comments allowed.
///
///     {"map": ["S..", ".F.", "..T"],
///      "legend": {"c": "wall", "g": {"kind": "free", "reward": -0.5}},
///      "rewards": {"boundary": -1, "forbidden": -1, "target": 1, "other": 0},
///      "slip": 0.2, "slip_kind": "random", "forbidden": "enter", "target": "pay",
///      "bump_from_forbidden": "boundary", "wind": [0, 1, 0], "stochastic_wind": false,
///      "start": "marked", "actions": 5, "gamma": 0.9, "episode_steps": 100}
///
/// Only "map" is needed; what is left out has the default of `GridRules` and `GridWorld`. "target"
/// is "absorb" (reaching it ends the episode) or "pay". Letters: S start, . free, T target, F
/// forbidden, # wall, and what the legend adds: a kind, or a kind with a reward of its own.
#include <string>
#include <string_view>

#include "envs/grid_world/world.hpp"

namespace rl {

/// Throws std::invalid_argument that begins with "file:line:column: " and says what was expected,
/// with the nearest name for an unknown key, kind or letter.
GridWorld read_map_json(std::string_view text, const std::string& file_name);

}  // namespace rl
