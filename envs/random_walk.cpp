#include "envs/random_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "envs/looks.hpp"

namespace rl {

namespace {

constexpr int kNamedByLetters = 9;

Picture picture_of(const RandomWalkOptions& options, State start) {
  const auto n = static_cast<std::size_t>(options.n);
  std::string marks(n + 2, ' ');
  marks.front() = marks.back() = 'T';
  marks[static_cast<std::size_t>(start)] = 'S';
  Picture picture;
  picture.panels.push_back(row_panel("walk", marks));
  picture.actions = {look_left(), look_right()};
  for (int s = 0; s <= options.n + 1; ++s)
    picture.state_names.push_back(options.n <= kNamedByLetters
                                      ? std::string(1, static_cast<char>('A' + s - 1))
                                      : std::to_string(s));
  picture.state_names.front() = "left end";
  picture.state_names.back() = "right end";
  return picture;
}

}  // namespace

Problem random_walk(const RandomWalkOptions& options, const WorldContext& context) {
  const int n = options.n;
  const State start = options.start == 0 ? (n + 1) / 2 : options.start;
  if (start > n)
    throw std::invalid_argument(
        fmt::format("random walk: start {} is not a state 1..{}", start, n));

  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const bool to_the_right = a == 1;
    const State end = to_the_right ? n + 1 : 0;
    const int distance = to_the_right ? end - s : s;
    const int direction = to_the_right ? 1 : -1;
    const auto jumps = static_cast<double>(options.max_jump);
    for (int jump = 1; jump <= std::min(distance - 1, options.max_jump); ++jump)
      row.push_back({1 / jumps, 0, s + direction * jump});
    if (const int beyond = options.max_jump - distance + 1; beyond > 0)
      row.push_back({beyond / jumps, to_the_right ? options.right : options.left, end});
  };
  return {.name = "random_walk",
          .model = FiniteMdp(n + 2, 2, fill,
                             {.terminal = {0, n + 1}, .memory_limit = context.memory_limit})
                       .with_start(start),
          .gamma = 1,
          .picture = picture_of(options, start),
          .note = "a prediction problem: the walk of the book is the uniform policy"};
}

}  // namespace rl
