#include "envs/bandit.hpp"

#include <fmt/format.h>

#include "envs/looks.hpp"

namespace rl {

Problem bandit(const BanditOptions& options, const WorldContext& context) {
  Rng rng = context.rng;
  const auto fill = [&](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, options.mu + options.sd_arms * rng.normal(), s, options.sd_reward});
  };
  Picture picture;
  picture.panels.push_back(row_panel("the one state", " "));
  for (int arm = 0; arm < options.arms; ++arm)
    picture.actions.push_back(look_number(fmt::format("arm {}", arm), arm));
  return {.name = "bandit",
          .model = FiniteMdp(1, options.arms, fill, {.memory_limit = context.memory_limit}),
          .gamma = 0,
          .picture = std::move(picture),
          .note = "the arms are drawn from the seed; the book pulls 1,000 times"};
}

}  // namespace rl
