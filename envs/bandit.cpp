#include "envs/bandit.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "envs/looks.hpp"

namespace rl {

namespace {

Picture picture_of_arms(int arms) {
  Picture picture;
  picture.panels.push_back(row_panel("the one state", " "));
  for (int arm = 0; arm < arms; ++arm)
    picture.actions.push_back(look_number(fmt::format("arm {}", arm), arm));
  return picture;
}

}  // namespace

Problem bandit(const BanditOptions& options, const WorldContext& context) {
  Rng rng = context.rng;
  const auto fill = [&](State s, Action, std::vector<Outcome>& row) {
    row.push_back({1, options.mu + options.sd_arms * rng.normal(), s, options.sd_reward});
  };
  return {.name = "bandit",
          .model = FiniteMdp(1, options.arms, fill, {.memory_limit = context.memory_limit}),
          .gamma = 0,
          .picture = picture_of_arms(options.arms),
          .note = "the arms are drawn from the seed; the book pulls 1,000 times"};
}

Problem bernoulli_bandit(const BernoulliBanditOptions& options, const WorldContext& context) {
  if (options.low > options.high)
    throw std::invalid_argument(
        fmt::format("option 'low': {} is above high = {}", options.low, options.high));
  Rng rng = context.rng;
  const auto fill = [&](State s, Action, std::vector<Outcome>& row) {
    const double p = options.low + (options.high - options.low) * rng.uniform();
    if (p > 0) row.push_back({p, 1, s});
    if (p < 1) row.push_back({1 - p, 0, s});
  };
  return {.name = "bernoulli_bandit",
          .model = FiniteMdp(1, options.arms, fill, {.memory_limit = context.memory_limit}),
          .gamma = 0,
          .picture = picture_of_arms(options.arms),
          .note = "the arms are drawn from the seed"};
}

}  // namespace rl
