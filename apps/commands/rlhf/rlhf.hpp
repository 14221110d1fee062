#pragma once
/// \file
/// The subcommands of `rlbook rlhf`, one file each: the three stages of learning from preferences,
/// the direct roads, data, and the experiments. A new one is its function here and its line in
/// `kRlhfCommands`, in the order in which help lists them.
#include "apps/command.hpp"

namespace rl::apps {

Command rlhf_sft_command();
Command rlhf_dpo_command();
Command rlhf_kto_command();
Command rlhf_cpl_command();
Command rlhf_reward_command();
Command rlhf_ppo_command();
Command rlhf_rloo_command();
Command rlhf_grpo_command();
Command rlhf_eval_command();
Command rlhf_prefs_command();
Command rlhf_label_command();
Command rlhf_frontier_command();
Command rlhf_overopt_command();
Command rlhf_efficiency_command();
Command rlhf_demo_command();

inline constexpr Command (*kRlhfCommands[])() = {
    rlhf_demo_command,     rlhf_prefs_command,   rlhf_label_command,      rlhf_sft_command,
    rlhf_reward_command,   rlhf_ppo_command,     rlhf_rloo_command,       rlhf_grpo_command,
    rlhf_dpo_command,      rlhf_kto_command,     rlhf_cpl_command,        rlhf_eval_command,
    rlhf_frontier_command, rlhf_overopt_command, rlhf_efficiency_command,
};

}  // namespace rl::apps
