#pragma once
/// \file
/// Worlds as a person names them: a registered name, `name:option=value,option=value`, or a file (a
/// .json map or MDP, a Cassandra .mdp), with the flags that change a world: --gamma, --start,
/// --episode-steps, --memory-limit.
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "rl/files.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"
#include "rl/run.hpp"

namespace rl::apps {

/// What flags change in a world. Empty: as the world has it.
struct WorldSettings {
  std::optional<double> gamma = std::nullopt;  ///< an average-reward problem becomes discounted
  std::optional<std::int64_t> episode_steps = std::nullopt;
  std::optional<std::string> start = std::nullopt;  ///< "uniform", a state's name or 0-based index
  std::uint64_t seed = 0;                           ///< of worlds that are drawn
  std::uint64_t memory_limit = WorldContext{}.memory_limit;
  ModelForm model = ModelForm::table;
  std::uint64_t file_limit = kMaxFileBytes;
};

/// Those of the flags that the subcommand declares.
WorldSettings world_settings(const Arguments& arguments);

/// Throws std::invalid_argument for an unknown name or option, a file that cannot be read, a state
/// that is none, a model beyond the memory limit.
Problem make_problem(const Registry& registry, const std::string& world,
                     const WorldSettings& settings = {});

/// Whether the text names a file and no registered world.
bool names_a_file(std::string_view world);

/// The name that a world has in results, however it was typed: "cliff_walking:slip=0.1"; of a file
/// its name without folders, which say nothing of the world.
std::string name_of_world(const std::string& world);

/// What else tells worlds apart, in files of runs and experiments: their size, what flags have set,
/// and of a file a hash of its bytes.
nlohmann::ordered_json facts_of_world(const std::string& world, const Problem& problem,
                                      const WorldSettings& settings);

/// The world of --env, once.
Problem problem_of(const Registry& registry, const Arguments& arguments,
                   ModelForm form = ModelForm::table);

/// The state that a text names: "s3", "17" (0-based), a name of the world's own. Throws
/// std::invalid_argument.
State parse_state(const Problem& problem, const std::string& text);

/// "20000 steps", "500 episodes", "20000 steps or 500 episodes"
std::string budget_text(const Budget& budget);

/// The same for what needs a list of states: throws std::invalid_argument, naming `what`, for a
/// continuous world.
Problem finite_problem_of(const Registry& registry, const Arguments& arguments, const char* what);

/// "25 states, 5 actions", or "points (x, v), 3 actions".
std::string size_text(const Problem& problem);

/// A warning on stderr where gamma = 1, episodes have no limit, and some policy never ends.
void warn_if_endless(const Problem& problem, Console& console);

}  // namespace rl::apps
