#include "envs/baird.hpp"

#include "envs/looks.hpp"

namespace rl {

Problem baird(const BairdOptions& /*options*/, const WorldContext& context) {
  constexpr State kUpper = 6;
  constexpr State kLower = 6;
  constexpr std::size_t kFeatures = 8;
  const auto fill = [](State, Action a, std::vector<Outcome>& row) {
    if (a == 1)
      row.push_back({1, 0, kLower});
    else
      for (State next = 0; next < kUpper; ++next) row.push_back({1.0 / kUpper, 0, next});
  };
  Picture picture;
  picture.panels.push_back({"upper states, lower state",
                            2,
                            kUpper,
                            {0, 1, 2, 3, 4, 5, -1, -1, kLower, -1, -1, -1},
                            plain_marks(2, kUpper)});
  picture.actions = {{"dashed", "↑", '^', -1, 0}, {"solid", "↓", 'v', 1, 0}};
  picture.one_based = true;
  // v(i) = 2 w_i + w_8 of the upper states, w_7 + 2 w_8 of the lower one.
  WorldFeatures features{.count = kFeatures, .values = {}, .w0 = {1, 1, 1, 1, 1, 1, 10, 1}};
  features.values.resize((kUpper + 1) * kFeatures, 0);
  for (std::size_t s = 0; s <= kUpper; ++s) {
    features.values[s * kFeatures + s] = s < kUpper ? 2 : 1;
    features.values[s * kFeatures + kFeatures - 1] = s < kUpper ? 1 : 2;
  }
  return {.name = "baird",
          .model = FiniteMdp(kUpper + 1, 2, fill, {.memory_limit = context.memory_limit}),
          .gamma = 0.99,
          .picture = std::move(picture),
          .features = std::move(features),
          .note = "all values are 0: the world is about linear methods, off policy"};
}

}  // namespace rl
