#include "envs/short_corridor.hpp"

#include <algorithm>

#include "envs/looks.hpp"

namespace rl {

Problem short_corridor(const ShortCorridorOptions& /*options*/, const WorldContext& context) {
  constexpr State kSwitched = 1;
  constexpr State kEnd = 3;
  const auto fill = [](State s, Action a, std::vector<Outcome>& row) {
    const bool forward = (a == 0) != (s == kSwitched);
    row.push_back({1, -1, forward ? s + 1 : std::max(s - 1, 0)});
  };
  Picture picture;
  picture.panels.push_back(row_panel("corridor; left and right are exchanged in 1", "S  T"));
  picture.actions = {look_right(), look_left()};
  return {
      .name = "short_corridor",
      .model =
          FiniteMdp(kEnd + 1, 2, fill, {.terminal = {kEnd}, .memory_limit = context.memory_limit})
              .with_start(0),
      .gamma = 1,
      .picture = std::move(picture),
      .features = WorldFeatures{.count = 1, .values = {1, 1, 1, 0}},
      .note = "a table tells the three states apart; the book's policies do not (features=world)"};
}

}  // namespace rl
