#pragma once
/// \file
/// The subcommands of rlbook, one file each. A new one is its function here and its line in
/// `kCommands`, in the order in which help lists them.
#include "apps/command.hpp"

namespace rl::apps {

Command list_command();
Command info_command();
Command solve_command();
Command run_command();

inline constexpr Command (*kCommands[])() = {
    list_command,
    info_command,
    solve_command,
    run_command,
};

}  // namespace rl::apps
