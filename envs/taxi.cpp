#include "envs/taxi.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "envs/looks.hpp"

namespace rl {

namespace {

constexpr int kSize = 5;
constexpr int kPlaces = 4;
constexpr int kInTaxi = 4;
constexpr State kStates = kSize * kSize * (kPlaces + 1) * kPlaces;
constexpr double kFickle = 0.3;
constexpr double kDrift = 0.1;  // to each side
constexpr std::int64_t kLimit = 200;
constexpr char kPlaceNames[] = "RGYB";

enum Moves : Action { kSouth, kNorth, kEast, kWest, kPickUp, kDropOff, kNumActions };

struct Square {
  int row = 0;
  int col = 0;
  bool operator==(const Square&) const = default;
};

constexpr std::array<Square, kPlaces> kPlace = {Square{0, 0}, {0, 4}, {4, 0}, {4, 3}};
constexpr std::array<Square, 4> kHeading = {Square{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
/// The cells with a wall to their right.
constexpr std::array<Square, 6> kWallRightOf = {Square{0, 1}, {1, 1}, {3, 0},
                                                {3, 2},       {4, 0}, {4, 2}};

struct Situation {
  Square taxi;
  int passenger = 0;
  int destination = 0;
  bool fickle = false;  // the destination will change
  bool delivered() const { return passenger == destination; }
};

Situation decode(State s) {
  Situation x;
  x.fickle = s >= kStates;
  s %= kStates;
  x.destination = s % kPlaces;
  s /= kPlaces;
  x.passenger = s % (kPlaces + 1);
  s /= kPlaces + 1;
  x.taxi = {s / kSize, s % kSize};
  return x;
}

State encode(const Situation& x) {
  return ((x.taxi.row * kSize + x.taxi.col) * (kPlaces + 1) + x.passenger) * kPlaces +
         x.destination + (x.fickle ? kStates : 0);
}

/// Number of the place at a cell; -1 where there is none.
int place_at(Square c) {
  for (int i = 0; i < kPlaces; ++i)
    if (kPlace[index(i)] == c) return i;
  return -1;
}

/// The neighbour in direction a; the cell itself where edge or wall block the way.
Square neighbour(Square c, Action a) {
  const Square d = kHeading[index(a)];
  const Square to{c.row + d.row, c.col + d.col};
  if (to.row < 0 || to.row >= kSize || to.col < 0 || to.col >= kSize) return c;
  for (const Square& left : kWallRightOf)
    if ((a == kEast && c == left) || (a == kWest && to == left)) return c;
  return to;
}

void drive(Situation x, Square to, double probability, std::vector<Outcome>& row) {
  const bool changes = x.fickle && x.passenger == kInTaxi && to != x.taxi;
  x.taxi = to;
  if (!changes) {
    row.push_back({probability, -1, encode(x)});
    return;
  }
  const int before = x.destination;
  x.fickle = false;
  for (x.destination = 0; x.destination < kPlaces; ++x.destination)
    if (x.destination != before) row.push_back({probability / (kPlaces - 1), -1, encode(x)});
}

void move(const Situation& x, Action a, bool rainy, std::vector<Outcome>& row) {
  const Square to = neighbour(x.taxi, a);
  if (!rainy || to == x.taxi) {
    drive(x, to, 1, row);
    return;
  }
  drive(x, to, 1 - 2 * kDrift, row);
  for (const Action side : {a <= kNorth ? kEast : kSouth, a <= kNorth ? kWest : kNorth})
    drive(x, neighbour(x.taxi, side), kDrift, row);
}

Outcome pick_up(Situation x) {
  if (x.passenger == kInTaxi || x.passenger != place_at(x.taxi)) return {1, -10, encode(x)};
  x.passenger = kInTaxi;
  return {1, -1, encode(x)};
}

Outcome drop_off(Situation x) {
  const int place = place_at(x.taxi);
  if (x.passenger != kInTaxi || place < 0) return {1, -10, encode(x)};
  x.passenger = place;
  return {1, x.delivered() ? 20.0 : -1.0, encode(x)};
}

Panel panel_of(int passenger, int destination) {
  const char to = kPlaceNames[destination];
  Panel panel{passenger == kInTaxi
                  ? fmt::format("passenger in the taxi, to {}", to)
                  : fmt::format("passenger at {}, to {}", kPlaceNames[passenger], to),
              kSize,
              kSize,
              {},
              plain_marks(kSize, kSize)};
  for (int row = 0; row < kSize; ++row)
    for (int col = 0; col < kSize; ++col)
      panel.state.push_back(encode({{row, col}, passenger, destination}));
  const Square goal = kPlace[index(passenger == kInTaxi ? destination : passenger)];
  panel.mark[index(goal.row * kSize + goal.col)] = 'T';
  return panel;
}

std::string name_of(const Situation& x) {
  const char to = kPlaceNames[x.destination];
  const std::string where =
      x.delivered()            ? fmt::format("delivered at {}", to)
      : x.passenger == kInTaxi ? fmt::format("with passenger to {}", to)
                               : fmt::format("passenger at {} to {}", kPlaceNames[x.passenger], to);
  return fmt::format("({},{}) {}{}", x.taxi.row, x.taxi.col, where, x.fickle ? ", fickle" : "");
}

Picture taxi_picture(State num_states) {
  Picture picture;
  for (int place = 0; place < kPlaces; ++place)
    picture.panels.push_back(panel_of(place, (place + 1) % kPlaces));
  for (int place = 0; place < kPlaces; ++place) picture.panels.push_back(panel_of(kInTaxi, place));
  picture.actions = {{"south", "↓", 'v', 1, 0}, {"north", "↑", '^', -1, 0},
                     {"east", "→", '>', 0, 1},  {"west", "←", '<', 0, -1},
                     {"pick up", "P", 'P'},     {"drop off", "D", 'D'}};
  for (State s = 0; s < num_states; ++s) picture.state_names.push_back(name_of(decode(s)));
  return picture;
}

}  // namespace

Problem taxi(const TaxiOptions& options, const WorldContext& context) {
  const State num_states = options.fickle ? 2 * kStates : kStates;
  MdpFacts facts{.memory_limit = context.memory_limit};
  facts.start.assign(index(num_states), 0);
  for (State s = 0; s < num_states; ++s) {
    const Situation x = decode(s);
    if (x.delivered()) facts.terminal.push_back(s);
    if (x.delivered() || x.passenger == kInTaxi) continue;
    const double share = options.fickle ? kFickle : 0;
    facts.start[index(s)] = x.fickle ? share : 1 - share;
  }
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const Situation x = decode(s);
    if (a == kPickUp)
      row.push_back(pick_up(x));
    else if (a == kDropOff)
      row.push_back(drop_off(x));
    else
      move(x, a, options.rainy, row);
  };
  return {.name = "taxi",
          .model = FiniteMdp(num_states, kNumActions, fill, facts),
          .gamma = 0.99,
          .episode_steps = kLimit,
          .picture = taxi_picture(num_states),
          .note = options.fickle
                      ? "the flag of fickle passengers is part of the state: a table sees "
                        "what the source hides"
                      : ""};
}

}  // namespace rl
