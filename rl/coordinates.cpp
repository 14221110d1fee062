#include "rl/coordinates.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace rl {

namespace {

struct Place {
  double panel = 0;
  double row = 0;
  double col = 0;
};

/// Where each state stands; empty where the picture does not show each non-terminal state once.
std::optional<std::vector<Place>> places(const Problem& problem) {
  const auto num_states = index(problem.model.num_states());
  std::vector<Place> place(num_states);
  std::vector<int> shown(num_states, 0);
  const std::vector<Panel>& panels = problem.picture.panels;
  for (std::size_t p = 0; p < panels.size(); ++p)
    for (std::size_t i = 0; i < panels[p].state.size(); ++i) {
      const State s = panels[p].state[i];
      if (s < 0) continue;
      const auto cols = static_cast<std::size_t>(panels[p].cols);
      const std::size_t row = i / cols;
      place[index(s)] = {static_cast<double>(p), static_cast<double>(row),
                         static_cast<double>(i - row * cols)};
      ++shown[index(s)];
    }
  for (State s = 0; s < problem.model.num_states(); ++s)
    if (!problem.model.terminal(s) && shown[index(s)] != 1) return std::nullopt;
  return place;
}

/// A column of coordinates, [S], under a name.
void add_column(StateCoordinates& to, const FiniteMdp& model, const char* name,
                const std::vector<double>& column) {
  Coordinate bounds{name, std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
  const std::size_t width = to.space.size() + 1;
  std::vector<double> values(column.size() * width, 0);
  for (State s = 0; s < model.num_states(); ++s) {
    if (!model.terminal(s)) {
      bounds.low = std::min(bounds.low, column[index(s)]);
      bounds.high = std::max(bounds.high, column[index(s)]);
    }
    std::ranges::copy(to.of(s), values.begin() + static_cast<std::ptrdiff_t>(index(s) * width));
    values[index(s) * width + width - 1] = column[index(s)];
  }
  to.space.push_back(bounds);
  to.values = std::move(values);
}

std::vector<double> column_of(const std::vector<Place>& all, double Place::*member) {
  std::vector<double> column;
  for (const Place& place : all) column.push_back(place.*member);
  return column;
}

}  // namespace

StateCoordinates coordinates_of(const Problem& problem) {
  StateCoordinates result;
  const FiniteMdp& model = problem.model;
  if (const std::optional<std::vector<Place>> all = places(problem)) {
    const std::vector<Panel>& panels = problem.picture.panels;
    const bool flat =
        std::ranges::all_of(panels, [](const Panel& panel) { return panel.rows == 1; });
    if (panels.size() > 1) add_column(result, model, "panel", column_of(*all, &Place::panel));
    if (!flat) add_column(result, model, "row", column_of(*all, &Place::row));
    add_column(result, model, "col", column_of(*all, &Place::col));
    return result;
  }
  std::vector<double> numbers(index(model.num_states()));
  for (std::size_t s = 0; s < numbers.size(); ++s) numbers[s] = static_cast<double>(s);
  add_column(result, model, "state", numbers);
  return result;
}

Space with_action(Space space, Action num_actions) {
  space.push_back({"action", 0, static_cast<double>(num_actions - 1)});
  return space;
}

StateCoordinates pair_coordinates(const StateCoordinates& states, State num_states,
                                  Action num_actions) {
  StateCoordinates pairs{with_action(states.space, num_actions), {}};
  for (State s = 0; s < num_states; ++s)
    for (Action a = 0; a < num_actions; ++a) {
      pairs.values.insert(pairs.values.end(), states.of(s).begin(), states.of(s).end());
      pairs.values.push_back(static_cast<double>(a));
    }
  return pairs;
}

}  // namespace rl
