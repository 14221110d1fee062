#pragma once
/// \file
/// The subcommands of rlbook, one file each. A new one is its function here and its line in
/// `kCommands`, in the order in which help lists them.
#include "apps/command.hpp"

namespace rl::apps {

Command demo_command();
Command list_command();
Command info_command();
Command solve_command();
Command run_command();
Command step_command();
Command play_command();
Command compare_command();
Command sweep_command();
Command report_command();
Command verify_command();
Command evaluate_policy_command();
Command render_command();
Command reproduce_command();
Command check_env_command();
Command bench_command();

inline constexpr Command (*kCommands[])() = {
    demo_command,   list_command,      info_command,      solve_command,
    run_command,    step_command,      play_command,      compare_command,
    sweep_command,  report_command,    verify_command,    evaluate_policy_command,
    render_command, reproduce_command, check_env_command, bench_command,
};

}  // namespace rl::apps
