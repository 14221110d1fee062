#include "envs/gambler.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "envs/looks.hpp"

namespace rl {

namespace {

Picture picture_of(const GamblerOptions& options) {
  std::string marks(static_cast<std::size_t>(options.goal) + 1, ' ');
  marks.front() = 'X';
  marks.back() = 'T';
  Picture picture;
  picture.panels.push_back(row_panel("capital", marks));
  for (int s = 0; s <= options.goal; ++s)
    picture.panels.back().col_labels.push_back(std::to_string(s));
  for (int stake = 1; stake <= options.goal / 2; ++stake)
    picture.actions.push_back(look_number(fmt::format("stake {}", stake), stake));
  return picture;
}

}  // namespace

Problem gambler(const GamblerOptions& options, const WorldContext& context) {
  const int goal = options.goal;
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const int stake = a + 1;
    if (stake > std::min(s, goal - s)) return;
    const double reward = s + stake == goal ? 1 : 0;
    if (options.ph > 0) row.push_back({options.ph, reward, s + stake});
    if (options.ph < 1) row.push_back({1 - options.ph, 0, s - stake});
  };
  return {.name = "gambler",
          .model = FiniteMdp(goal + 1, goal / 2, fill,
                             {.terminal = {0, goal}, .memory_limit = context.memory_limit}),
          .gamma = 1,
          .picture = picture_of(options),
          .note = "a stake of 0, which the book allows, is left out: it never helps"};
}

}  // namespace rl
