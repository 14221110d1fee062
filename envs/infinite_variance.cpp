#include "envs/infinite_variance.hpp"

#include "envs/looks.hpp"

namespace rl {

Problem infinite_variance(const InfiniteVarianceOptions& options, const WorldContext& context) {
  constexpr State kLoop = 0;
  constexpr State kEnd = 1;
  const auto fill = [&](State, Action a, std::vector<Outcome>& row) {
    const bool left = a == 0;
    if (left && options.p_back > 0) row.push_back({options.p_back, 0, kLoop});
    row.push_back({left ? 1 - options.p_back : 1, left ? 1.0 : 0.0, kEnd});
  };
  Picture picture;
  picture.panels.push_back(row_panel("loop", "ST"));
  picture.actions = {look_left(), look_right()};
  picture.state_names = {"s", "end"};
  return {.name = "infinite_variance",
          .model = FiniteMdp(2, 2, fill, {.terminal = {kEnd}, .memory_limit = context.memory_limit})
                       .with_start(kLoop),
          .gamma = 1,
          .picture = std::move(picture)};
}

}  // namespace rl
