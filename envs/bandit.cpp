#include "envs/bandit.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

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

/// Before anything is allocated.
void check_walk_memory(int arms, std::int64_t changes, std::uint64_t limit) {
  constexpr double kBytesOfArm = 256;  // of a model with a row for each arm
  constexpr double kBytesOfModel = 2048;
  const double bytes =
      static_cast<double>(changes + 1) * (kBytesOfModel + kBytesOfArm * static_cast<double>(arms));
  if (bytes > static_cast<double>(limit))
    throw std::invalid_argument(fmt::format(
        "nonstationary_bandit: {} arms that change {} times need {:.0f} bytes, more than "
        "the limit of {}: let 'every' be larger",
        arms, changes, bytes, limit));
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

Problem nonstationary_bandit(const NonstationaryBanditOptions& options,
                             const WorldContext& context) {
  const std::int64_t changes = (options.steps - 1) / options.every;
  check_walk_memory(options.arms, changes, context.memory_limit);
  const double sd = options.sd_walk * std::sqrt(static_cast<double>(options.every));
  Rng rng = context.rng;
  std::vector<double> mean(static_cast<std::size_t>(options.arms), options.mu);
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    row.push_back({1, mean[index(a)], s, options.sd_reward});
  };
  std::vector<FiniteMdp> models;
  std::vector<std::int64_t> at_step;
  for (std::int64_t k = 0; k <= changes; ++k) {
    if (k > 0) {
      for (double& q : mean) q += sd * rng.normal();
      at_step.push_back(k * options.every);
    }
    models.emplace_back(1, options.arms, fill);
  }
  Problem problem{.name = "nonstationary_bandit",
                  .model = models.front(),
                  .gamma = 0,
                  .picture = picture_of_arms(options.arms),
                  .note = "the walk of the arms is drawn from the seed"};
  if (changes > 0) problem.changing = SwitchingEnvironment(std::move(models), std::move(at_step));
  return problem;
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
