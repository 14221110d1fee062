#pragma once
/// \file
/// JSON of large tables, written row by row so that no copy of the table is made.
#include <fmt/format.h>

#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/values.hpp"

namespace rl::apps {

/// All digits of a double; null for what is not finite.
inline std::string json_number(double x) {
  return std::isfinite(x) ? fmt::format("{}", x) : std::string("null");
}

/// [x, y, ...]
template <class Numbers>
void write_row(std::ostream& out, const Numbers& numbers) {
  out << '[';
  bool first = true;
  for (const auto x : numbers) {
    if (!first) out << ',';
    first = false;
    out << json_number(static_cast<double>(x));
  }
  out << ']';
}

/// [[...], ...]: row(s) for each state.
template <class Row>
void write_rows(std::ostream& out, State num_states, Row&& row) {
  out << '[';
  for (State s = 0; s < num_states; ++s) {
    if (s > 0) out << ',';
    write_row(out, row(s));
  }
  out << ']';
}

/// [[q(s, a), ...], ...]: null where a is not available in s, and in terminal states, which have no
/// actions.
template <Model M, class Row>
void write_action_values(std::ostream& out, const M& model, Row&& row) {
  const std::vector<double> none(static_cast<std::size_t>(model.num_actions()), kUnavailable);
  for (State s = 0; s < model.num_states(); ++s) {
    out << (s == 0 ? '[' : ',');
    if (model.terminal(s))
      write_row(out, none);
    else
      write_row(out, row(s));
  }
  out << ']';
}

}  // namespace rl::apps
