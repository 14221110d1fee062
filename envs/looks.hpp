#pragma once
/// \file
/// Looks that several worlds share: arrows to the left and right, actions that are numbers, plain
/// panels, a row of states.
#include <string>
#include <utility>
#include <vector>

#include "rl/problem.hpp"

namespace rl {

inline ActionLook look_left() { return {"left", "←", '<', 0, -1}; }
inline ActionLook look_right() { return {"right", "→", '>', 0, 1}; }

/// One sign for a number: 0-9, then a-z, then A-Z; '+' beyond 61.
inline char number_sign(int k) {
  constexpr int kDigits = 10;
  constexpr int kLetters = 26;
  if (k < kDigits) return static_cast<char>('0' + k);
  if (k < kDigits + kLetters) return static_cast<char>('a' + (k - kDigits));
  if (k < kDigits + 2 * kLetters) return static_cast<char>('A' + (k - kDigits - kLetters));
  return '+';
}

/// An action that is drawn as a number.
inline ActionLook look_number(std::string name, int k) {
  const char sign = number_sign(k);
  return {std::move(name), std::string(1, sign), sign};
}

/// Marks of a panel whose cells are all plain.
inline std::string plain_marks(int rows, int cols) {
  return std::string(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), ' ');
}

/// States 0 .. marks.size() - 1 side by side.
inline Panel row_panel(std::string title, std::string marks) {
  Panel panel{std::move(title), 1, static_cast<int>(marks.size()), {}, std::move(marks)};
  for (State s = 0; s < panel.cols; ++s) panel.state.push_back(s);
  return panel;
}

}  // namespace rl
