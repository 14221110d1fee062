#pragma once
/// \file
/// How the program draws worlds in the terminal.
#include <vector>

#include "apps/console.hpp"
#include "rl/drawing.hpp"
#include "rl/policy.hpp"

namespace rl::apps {

/// Worlds with more states are summed up in words.
inline constexpr State kLargestDrawing = 10'000;

/// As wide, as colourful and with such glyphs as the console allows.
inline TerminalStyle terminal_style(const Console& console) {
  return {.color = console.color ? TerminalStyle::Color::ansi256 : TerminalStyle::Color::none,
          .unicode = console.unicode,
          .width = console.columns};
}

/// The actions that a policy may take in s.
inline std::vector<Action> actions_of(const TabularPolicy& policy, State s) {
  std::vector<Action> actions;
  for (Action a = 0; a < policy.num_actions(); ++a)
    if (policy.probability(s, a) > 0) actions.push_back(a);
  return actions;
}

}  // namespace rl::apps
