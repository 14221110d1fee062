#include <stdexcept>
#include <string>

#include "apps/arguments.hpp"

namespace rl::apps {

namespace {

const std::vector<FlagSpec>& all_shared_flags() {
  static const std::vector<FlagSpec> flags = {
      {"env", "WORLD", "a world: name, name:option=value,option=value, or a .json or .mdp file"},
      {"gamma", "X", "discount rate in [0, 1] instead of the world's own"},
      {"start", "STATE", "start state: 0-based index, a name such as s1, or 'uniform'"},
      {"episode_steps", "N", "an episode is truncated after N steps"},
      {"seed", "N", "of all that is random", "0"},
      {"seeds", "LIST", "one run each: 1,2,5 or 0..29"},
      {"steps", "N", "steps in all"},
      {"episodes", "N", "episodes in all"},
      {"eval_every", "N", "evaluate every N steps"},
      {"memory_limit", "SIZE", "refuse a model that would need more", "4GB"},
      {"file_limit", "SIZE", "refuse to read a larger file", "64MB"},
      {"jobs", "N|auto", "threads", "auto", false, false, 'j'},
      {"out", "PATH", "write the results here"},
      {"force", "", "replace files that exist"},
      {"json", "", "machine-readable output, and nothing else on stdout"},
      {"quiet", "", "no progress and no notes on stderr"},
      {"color", "WHEN", "auto, always or never; NO_COLOR means never", "auto"},
      {"ascii", "", "draw with ASCII characters only"},
      {"config", "FILE.json", "flags and options by name; the command line wins over it"},
      {"set", "KEY=VALUE", "one flag or option by name; wins over --config", "", false, true},
      {"print_config", "", "show all settings and where each comes from, and stop"},
      {"dry_run", "", "check everything, say what would be done, and stop"},
      {"help", "", "this text", "", false, false, 'h'},
  };
  return flags;
}

}  // namespace

const FlagSpec& shared_flag(std::string_view name) {
  for (const FlagSpec& flag : all_shared_flags())
    if (flag.name == name) return flag;
  throw std::logic_error("no shared flag '" + std::string(name) + "'");
}

std::vector<FlagSpec> shared_flags(std::initializer_list<std::string_view> names) {
  std::vector<FlagSpec> flags;
  for (const std::string_view name : names) flags.push_back(shared_flag(name));
  return flags;
}

}  // namespace rl::apps
