#include "envs/racetrack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rl {

namespace {

// '#' off the track, '.' track, 'S' starting line, 'F' finish line.
// clang-format off
constexpr std::string_view kLeftTrack[] = {
    "###.............F",
    "##..............F",
    "##..............F",
    "#...............F",
    "................F",
    "................F",
    "..........#######",
    ".........########",
    ".........########",
    ".........########",
    ".........########",
    ".........########",
    ".........########",
    ".........########",
    "#........########",
    "#........########",
    "#........########",
    "#........########",
    "#........########",
    "#........########",
    "#........########",
    "#........########",
    "##.......########",
    "##.......########",
    "##.......########",
    "##.......########",
    "##.......########",
    "##.......########",
    "##.......########",
    "###......########",
    "###......########",
    "###SSSSSS########",
};

constexpr std::string_view kRightTrack[] = {
    "################...............F",
    "#############..................F",
    "############...................F",
    "###########....................F",
    "###########....................F",
    "###########....................F",
    "###########....................F",
    "############...................F",
    "#############..................F",
    "##############................##",
    "##############.............#####",
    "##############............######",
    "##############..........########",
    "##############.........#########",
    "#############..........#########",
    "############...........#########",
    "###########............#########",
    "##########.............#########",
    "#########..............#########",
    "########...............#########",
    "#######................#########",
    "######.................#########",
    "#####..................#########",
    "####...................#########",
    "###....................#########",
    "##.....................#########",
    "#......................#########",
    ".......................#########",
    ".......................#########",
    "SSSSSSSSSSSSSSSSSSSSSSS#########",
};
// clang-format on

constexpr int kSpeeds = 5;  // 0 .. 4 in each direction
constexpr int kVelocities = kSpeeds * kSpeeds;
constexpr Action kActions = 9;

struct Cell {
  int row = 0;
  int col = 0;
};

struct Velocity {
  int x = 0;  // to the right
  int y = 0;  // upwards
};

Velocity increment_of(Action a) { return {a / 3 - 1, a % 3 - 1}; }

class Track {
 public:
  explicit Track(std::span<const std::string_view> map)
      : map_(map), number_(map.size() * map.front().size(), -1) {
    for (int row = 0; row < rows(); ++row)
      for (int col = 0; col < cols(); ++col) {
        const char c = at({row, col});
        if (c != '.' && c != 'S') continue;
        number_[index({row, col})] = static_cast<int>(cells_.size());
        cells_.push_back({row, col});
        if (c == 'S') starts_.push_back(state({row, col}, {}));
      }
  }

  int rows() const { return static_cast<int>(map_.size()); }
  int cols() const { return static_cast<int>(map_.front().size()); }
  char at(Cell c) const {
    if (c.row < 0 || c.row >= rows() || c.col < 0 || c.col >= cols()) return '#';
    return map_[static_cast<std::size_t>(c.row)][static_cast<std::size_t>(c.col)];
  }
  State finish() const { return kVelocities * static_cast<State>(cells_.size()); }
  State state(Cell c, Velocity v) const {
    return kVelocities * number_[index(c)] + kSpeeds * v.x + v.y;
  }
  Cell cell(State s) const { return cells_[static_cast<std::size_t>(s / kVelocities)]; }
  static Velocity velocity(State s) { return {s % kVelocities / kSpeeds, s % kSpeeds}; }
  const std::vector<State>& starts() const { return starts_; }

  /// The velocity after an increment.
  Velocity change(State s, Velocity increment) const {
    const Velocity v = velocity(s);
    const Velocity changed{std::clamp(v.x + increment.x, 0, kSpeeds - 1),
                           std::clamp(v.y + increment.y, 0, kSpeeds - 1)};
    const bool stands = changed.x == 0 && changed.y == 0;
    return stands && at(cell(s)) != 'S' ? v : changed;
  }

  /// Where the car is after a step with velocity v; -1 for a crash.
  State drive(State s, Velocity v) const {
    const Cell from = cell(s);
    const int m = std::max(v.x, v.y);
    Cell to = from;
    for (int k = 1; k <= m; ++k) {
      to = {from.row - (2 * k * v.y + m) / (2 * m), from.col + (2 * k * v.x + m) / (2 * m)};
      if (at(to) == 'F') return finish();
      if (at(to) == '#') return -1;
    }
    return state(to, v);
  }

 private:
  std::size_t index(Cell c) const {
    return static_cast<std::size_t>(c.row) * map_.front().size() + static_cast<std::size_t>(c.col);
  }
  std::span<const std::string_view> map_;
  std::vector<int> number_;  // [rows x cols], -1 where no car can stand
  std::vector<Cell> cells_;
  std::vector<State> starts_;
};

/// A next state that comes up twice, as where a crash leads to the cell of the start that the car
/// stands on, is one outcome.
void add_outcome(double probability, State next, std::vector<Outcome>& row) {
  for (Outcome& o : row)
    if (o.next == next) {
      o.probability += probability;
      return;
    }
  row.push_back({probability, -1, next});
}

void fill_row(const Track& track, double p_fail, State s, Action a, std::vector<Outcome>& row) {
  double crash = 0;
  const auto drive = [&](double probability, Velocity increment) {
    if (probability == 0) return;
    const State next = track.drive(s, track.change(s, increment));
    if (next < 0)
      crash += probability;
    else
      add_outcome(probability, next, row);
  };
  drive(1 - p_fail, increment_of(a));
  drive(p_fail, {0, 0});
  if (crash == 0) return;
  const auto starts = static_cast<double>(track.starts().size());
  for (const State start : track.starts()) add_outcome(crash / starts, start, row);
}

ActionLook acceleration_look(Action a) {
  static const char* const kArrows[] = {"↙", "←", "↖", "↓", "o", "↑", "↘", "→", "↗"};
  static constexpr std::string_view kKeypad = "147258369";  // as the keys lie
  const Velocity d = increment_of(a);
  return {fmt::format("({:+d},{:+d})", d.x, d.y), kArrows[a], kKeypad[static_cast<std::size_t>(a)],
          -d.y, d.x};
}

Picture picture_of(const Track& track) {
  Picture picture;
  Panel panel{"velocity (0, 0)", track.rows(), track.cols(), {}, {}};
  for (int row = 0; row < track.rows(); ++row)
    for (int col = 0; col < track.cols(); ++col) {
      const char c = track.at({row, col});
      panel.mark += c == 'F' ? 'T' : c == '.' ? ' ' : c;
      panel.state.push_back(c == '#'   ? -1
                            : c == 'F' ? track.finish()
                                       : track.state({row, col}, {}));
    }
  picture.panels.push_back(std::move(panel));
  for (Action a = 0; a < kActions; ++a) picture.actions.push_back(acceleration_look(a));
  for (State s = 0; s < track.finish(); ++s) {
    const Cell c = track.cell(s);
    const Velocity v = Track::velocity(s);
    picture.state_names.push_back(fmt::format("({},{}) v ({},{})", c.row, c.col, v.x, v.y));
  }
  picture.state_names.emplace_back("finish");
  return picture;
}

}  // namespace

Problem racetrack(const RacetrackOptions& options, const WorldContext& context) {
  const Track track(options.track == RacetrackOptions::Track::left
                        ? std::span<const std::string_view>(kLeftTrack)
                        : std::span<const std::string_view>(kRightTrack));
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    fill_row(track, options.p_fail, s, a, row);
  };
  std::vector<double> start(static_cast<std::size_t>(track.finish()) + 1, 0);
  for (const State s : track.starts()) start[static_cast<std::size_t>(s)] = 1;
  return {.name = "racetrack",
          .model = FiniteMdp(track.finish() + 1, kActions, fill,
                             {.terminal = {track.finish()},
                              .start = std::move(start),
                              .memory_limit = context.memory_limit}),
          .gamma = 1,
          .picture = picture_of(track),
          .note =
              "the book leaves open how a path is drawn and what a forbidden change of velocity "
              "does; the choices stand in the header"};
}

}  // namespace rl
