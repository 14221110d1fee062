#include "envs/tsitsiklis_van_roy.hpp"

#include "envs/looks.hpp"

namespace rl {

Problem tsitsiklis_van_roy(const TsitsiklisVanRoyOptions& options, const WorldContext& context) {
  constexpr State kFirst = 0;
  constexpr State kSecond = 1;
  constexpr State kEnd = 2;
  const auto fill = [&](State s, Action, std::vector<Outcome>& row) {
    if (s == kFirst) {
      row.push_back({1, 0, kSecond});
      return;
    }
    if (options.epsilon < 1) row.push_back({1 - options.epsilon, 0, kSecond});
    row.push_back({options.epsilon, 0, kEnd});
  };
  Picture picture;
  picture.panels.push_back(row_panel("values w and 2w", "  T"));
  picture.actions = {{"on", "→", '>', 0, 1}};
  picture.state_names = {"w", "2w", "end"};
  return {.name = "tsitsiklis_van_roy",
          .model = FiniteMdp(kEnd + 1, 1, fill,
                             {.terminal = {kEnd}, .memory_limit = context.memory_limit}),
          .gamma = 0.99,
          .picture = std::move(picture),
          .features = WorldFeatures{.count = 1, .values = {1, 2, 0}},
          .note = "a prediction problem with one action; all values are 0"};
}

}  // namespace rl
