#include "envs/grid_world/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "envs/grid_world/matrix_free.hpp"

namespace rl {

namespace {

constexpr State kNoState = -1;

/// The only code that moves on a grid: rows of (cell, action) from the map and the rules.
class GridMoves {
 public:
  explicit GridMoves(const GridWorld& world)
      : map_(world.map),
        rules_(world.rules),
        branches_(branches_of(world.moves, world.rules)),
        teleports_(world.teleports) {
    for (const CellType& type : map_.types) {
      effects_[num_types_] = effect_of(type.kind);
      rewards_[num_types_] = reward_of(type, rules_);
      forbidden_[num_types_++] = type.kind == CellKind::forbidden;
    }
    if (rules_.forbidden == ForbiddenRule::restart) restarts_ = map_.cells_of(CellKind::start);
  }

  /// Nobody can be in this cell.
  bool blocked(State cell) const { return effects_[type(cell)] != Effect::enter; }

  bool terminal(State cell) const {
    const CellKind kind = map_.at(cell).kind;
    return (kind == CellKind::target && rules_.target_terminates) ||
           (kind == CellKind::forbidden && rules_.forbidden == ForbiddenRule::end);
  }

  /// Outcomes of action `a` in `cell`, next states as cells; one entry for each (cell, reward).
  void fill(State cell, Action a, std::vector<Outcome>& row) {
    for (const Teleport& t : teleports_)
      if (t.from == cell) {
        row.push_back({1, t.reward, t.to});
        return;
      }
    if (cell != cell_) locate(cell);
    for (const GridBranch& branch : branches_[static_cast<std::size_t>(a)]) {
      const int wind = rules_.wind.empty() ? 0 : rules_.wind[static_cast<std::size_t>(col_)];
      if (wind == 0 || !rules_.stochastic_wind) {
        add(branch, wind, branch.probability, row);
        continue;
      }
      for (const int gust : {wind - 1, wind, wind + 1})
        add(branch, gust, branch.probability / 3, row);
    }
  }

 private:
  enum class Effect : std::uint8_t { enter, stay, restart };

  Effect effect_of(CellKind kind) const {
    if (kind == CellKind::wall) return Effect::stay;
    if (kind != CellKind::forbidden) return Effect::enter;
    if (rules_.forbidden == ForbiddenRule::bounce) return Effect::stay;
    return rules_.forbidden == ForbiddenRule::restart ? Effect::restart : Effect::enter;
  }
  std::size_t type(State cell) const { return map_.cells[static_cast<std::size_t>(cell)]; }
  void locate(State cell) {
    cell_ = cell;
    row_ = cell / map_.cols;
    col_ = cell % map_.cols;
  }

  /// What a bump costs beside the boundary's or the wall's own reward.
  double bump_extra() const {
    const bool sum = rules_.bump_from_forbidden == BumpRule::sum && forbidden_[type(cell_)];
    return sum ? rules_.r_forbidden : 0;
  }

  void add(const GridBranch& move, int wind, double probability, std::vector<Outcome>& row) const {
    const int aimed_row = row_ + move.d_row - wind;
    const int aimed_col = col_ + move.d_col;
    const int next_row = std::clamp(aimed_row, 0, map_.rows - 1);
    const int next_col = std::clamp(aimed_col, 0, map_.cols - 1);
    const State aimed = map_.cell(next_row, next_col);
    const std::size_t kind = type(aimed);
    const bool beyond = next_row != aimed_row || next_col != aimed_col;
    const bool wall = map_.types[kind].kind == CellKind::wall && aimed != cell_;
    if (effects_[kind] == Effect::restart) {
      for (const State start : restarts_)
        merge({probability / static_cast<double>(restarts_.size()), rewards_[kind], start}, row);
      return;
    }
    double reward = beyond ? rules_.r_boundary : rewards_[kind];
    if (beyond || wall) reward += bump_extra();
    merge({probability, reward, effects_[kind] == Effect::enter ? aimed : cell_}, row);
  }

  static void merge(const Outcome& outcome, std::vector<Outcome>& row) {
    for (Outcome& known : row)
      if (known.next == outcome.next && known.reward == outcome.reward) {
        known.probability = std::min(1.0, known.probability + outcome.probability);
        return;
      }
    row.push_back(outcome);
  }

  const GridMap& map_;
  const GridRules& rules_;
  std::vector<std::vector<GridBranch>> branches_;
  const std::vector<Teleport>& teleports_;
  std::vector<State> restarts_;
  std::size_t num_types_ = 0;
  std::array<Effect, 256> effects_{};
  std::array<double, 256> rewards_{};
  std::array<bool, 256> forbidden_{};
  State cell_ = kNoState;
  int row_ = 0;
  int col_ = 0;
};

/// Which state a cell is. States are the cells themselves unless blocked ones get no number.
class Numbering {
 public:
  Numbering(const GridWorld& world, const GridMoves& moves) : num_states_(world.map.num_cells()) {
    if (world.number_blocked_cells) return;
    for (State cell = 0; cell < world.map.num_cells(); ++cell) {
      state_.push_back(moves.blocked(cell) ? kNoState : static_cast<State>(cell_.size()));
      if (!moves.blocked(cell)) cell_.push_back(cell);
    }
    num_states_ = static_cast<State>(cell_.size());
  }
  State num_states() const { return num_states_; }
  State cell(State s) const { return cell_.empty() ? s : cell_[static_cast<std::size_t>(s)]; }
  State state(State cell) const {
    return state_.empty() ? cell : state_[static_cast<std::size_t>(cell)];
  }

 private:
  State num_states_;
  std::vector<State> state_, cell_;  // empty: the identity
};

/// Rows of states for FiniteMdp.
class FillRows {
 public:
  FillRows(const GridWorld& world, GridMoves& moves, const Numbering& numbering)
      : world_(world), moves_(moves), numbering_(numbering) {
    // With these, a row depends on more than the cells around.
    shares_ = world.rules.wind.empty() && world.teleports.empty() && world.number_blocked_cells &&
              world.rules.forbidden != ForbiddenRule::restart &&
              world.map.types.size() <= kTypesInKey;
  }

  void operator()(State s, Action a, std::vector<Outcome>& row) {
    moves_.fill(numbering_.cell(s), a, row);
    if (!world_.number_blocked_cells)
      for (Outcome& outcome : row) outcome.next = numbering_.state(outcome.next);
  }

  /// The first cell with the same cells around it: a grid of a million cells has some hundred
  /// kinds.
  State like(State s) {
    return shares_ ? first_with_.try_emplace(surroundings(s), s).first->second : s;
  }

 private:
  static constexpr std::size_t kTypesInKey = 126;  // 127^9 < 2^63

  /// The 3 x 3 cells around as a number; beyond the edge counts as one more type. Cells mostly
  /// come in order, so that two of the three columns are those of the cell before.
  std::uint64_t surroundings(State cell) {
    const std::uint64_t base = world_.map.types.size() + 1;
    const int row = cell / world_.map.cols;
    const int col = cell % world_.map.cols;
    const bool follows = cell == cell_ + 1 && col > 0;
    left_ = follows ? here_ : column(row, col - 1);
    here_ = follows ? right_ : column(row, col);
    right_ = column(row, col + 1);
    cell_ = cell;
    return (left_ * base * base * base + here_) * base * base * base + right_;
  }
  std::uint64_t column(int row, int col) const {
    const GridMap& map = world_.map;
    if (col < 0 || col >= map.cols) return 0;
    const std::uint64_t base = map.types.size() + 1;
    const std::uint8_t* at = map.cells.data() + map.cell(row, col);
    const std::uint64_t above = row > 0 ? *(at - map.cols) + 1U : 0U;
    const std::uint64_t below = row + 1 < map.rows ? *(at + map.cols) + 1U : 0U;
    return (above * base + *at + 1) * base + below;
  }

  const GridWorld& world_;
  GridMoves& moves_;
  const Numbering& numbering_;
  bool shares_ = false;
  State cell_ = kNoState;
  std::uint64_t left_ = 0, here_ = 0, right_ = 0;  // columns around cell_
  std::unordered_map<std::uint64_t, State> first_with_;
};

bool has_own_reward(const GridMap& map) {
  return std::any_of(map.types.begin(), map.types.end(),
                     [](const CellType& type) { return type.reward.has_value(); });
}

void check(const GridWorld& world) {
  check_wind(world);
  if (world.moves.size() < 2) throw std::invalid_argument("a grid world needs at least two moves");
  check_map(world.map, needs_of(world));
}

/// Cells to start from; empty: all that are neither terminal nor blocked.
std::vector<State> start_cells(const GridWorld& world) {
  if (world.rules.start == StartRule::uniform) return {};
  return world.map.cells_of(CellKind::start);
}

FiniteMdp with_starts(const FiniteMdp& model, const GridWorld& world, const GridMoves& moves,
                      const Numbering& numbering) {
  std::vector<State> starts = start_cells(world);
  if (starts.size() == 1) return model.with_start(numbering.state(starts.front()));
  if (starts.empty()) {
    if (!world.blocked_cells_have_rows) return model;  // uniform over non-terminal states
    for (State cell = 0; cell < world.map.num_cells(); ++cell)
      if (!moves.blocked(cell) && !moves.terminal(cell)) starts.push_back(cell);
  }
  std::vector<double> weights(static_cast<std::size_t>(model.num_states()), 0);
  for (const State cell : starts) weights[static_cast<std::size_t>(numbering.state(cell))] = 1;
  return model.with_start(weights);
}

FiniteMdp make_model(const GridWorld& world, const Numbering& numbering, GridMoves& moves) {
  MdpFacts facts;
  for (State s = 0; s < numbering.num_states(); ++s) {
    const State cell = numbering.cell(s);
    if (moves.terminal(cell) || (moves.blocked(cell) && !world.blocked_cells_have_rows))
      facts.terminal.push_back(s);
  }
  return with_starts(FiniteMdp(numbering.num_states(), static_cast<Action>(world.moves.size()),
                               FillRows(world, moves, numbering), facts),
                     world, moves, numbering);
}

/// A table is left out where nobody wants one: of large grids, or of all.
bool makes_table(std::int64_t cells, const WorldContext& context) {
  return context.model == ModelForm::table ||
         (context.model == ModelForm::automatic && cells <= kLargestPicture);
}

char mark_of(const CellType& type, const GridRules& rules) {
  switch (type.kind) {
    case CellKind::start:
      return 'S';
    case CellKind::target:
      return 'T';
    case CellKind::wall:
      return '#';
    case CellKind::forbidden:
      return rules.forbidden == ForbiddenRule::enter || rules.forbidden == ForbiddenRule::bounce
                 ? 'F'
                 : 'X';
    default:
      return ' ';
  }
}

Picture picture_of(const GridWorld& world, const Numbering& numbering) {
  Picture picture;
  picture.one_based = world.one_based;
  for (const Move& move : world.moves) picture.actions.push_back(look_of(move));
  if (world.map.num_cells() > kLargestPicture) return picture;
  Panel panel{"", world.map.rows, world.map.cols, {}, ""};
  for (State cell = 0; cell < world.map.num_cells(); ++cell) {
    panel.state.push_back(numbering.state(cell));
    panel.mark.push_back(mark_of(world.map.at(cell), world.rules));
  }
  picture.panels.push_back(std::move(panel));
  return picture;
}

}  // namespace

std::vector<std::vector<GridBranch>> branches_of(const std::vector<Move>& moves,
                                                 const GridRules& rules) {
  std::vector<std::vector<GridBranch>> all;
  for (const Move& chosen : moves) {
    std::vector<GridBranch> branches = {{chosen.d_row, chosen.d_col, 1}};
    const auto slip_to = [&](const Move& move, double probability) {
      branches.push_back({move.d_row, move.d_col, probability});
      branches.front().probability = 1 - rules.slip;
    };
    if (rules.slip > 0 && rules.slip_kind == SlipKind::random) {
      for (const Move& other : moves)
        if (other != chosen) slip_to(other, rules.slip / static_cast<double>(moves.size() - 1));
    } else if (rules.slip > 0 && chosen != kStay) {
      slip_to({-chosen.d_col, chosen.d_row}, rules.slip / 2);
      slip_to({chosen.d_col, -chosen.d_row}, rules.slip / 2);
    }
    if (branches.front().probability == 0) branches.erase(branches.begin());
    all.push_back(std::move(branches));
  }
  return all;
}

double reward_of(const CellType& type, const GridRules& rules) {
  if (type.reward) return *type.reward;
  switch (type.kind) {
    case CellKind::target:
      return rules.r_target;
    case CellKind::forbidden:
      return rules.r_forbidden;
    case CellKind::wall:
      return rules.r_boundary;
    default:
      return rules.r_other;
  }
}

void check_wind(const GridWorld& world) {
  const std::vector<int>& wind = world.rules.wind;
  if (!wind.empty() && wind.size() != static_cast<std::size_t>(world.map.cols))
    throw std::invalid_argument(fmt::format("option 'wind': {} numbers for a map of {} columns",
                                            wind.size(), world.map.cols));
  for (const int strength : wind)
    if (strength < 0 || strength > kStrongestWind)
      throw std::invalid_argument(
          fmt::format("option 'wind': {} is not in [0, {}]", strength, kStrongestWind));
  const bool blows =
      std::any_of(wind.begin(), wind.end(), [](int strength) { return strength > 0; });
  if (world.rules.stochastic_wind && !blows) throw no_effect("stochastic_wind", "wind");
}

void check_slip(const GridRules& rules) {
  if (rules.slip == 0 && rules.slip_kind != GridRules{}.slip_kind)
    throw no_effect("slip_kind", "slip");
}

MapNeeds needs_of(const GridWorld& world) {
  MapNeeds needs;
  needs.one_start = world.rules.start == StartRule::marked;
  needs.needs_start = world.rules.start == StartRule::every_marked ||
                      world.rules.forbidden == ForbiddenRule::restart;
  needs.needs_target =
      world.rules.target_terminates || (!has_own_reward(world.map) && world.teleports.empty());
  return needs;
}

ActionLook look_of(const Move& move) {
  static const std::vector<std::pair<Move, ActionLook>> kLooks = {
      {kUp, {"up", "↑", '^', -1, 0}},
      {kRight, {"right", "→", '>', 0, 1}},
      {kDown, {"down", "↓", 'v', 1, 0}},
      {kLeft, {"left", "←", '<', 0, -1}},
      {kStay, {"stay", "o", 'o', 0, 0}},
      {kUpLeft, {"up_left", "↖", '7', -1, -1}},
      {kUpRight, {"up_right", "↗", '9', -1, 1}},
      {kDownLeft, {"down_left", "↙", '1', 1, -1}},
      {kDownRight, {"down_right", "↘", '3', 1, 1}},
  };
  for (const auto& [known, look] : kLooks)
    if (known == move) return look;
  throw std::invalid_argument(
      fmt::format("move ({}, {}): a move goes by at most one cell", move.d_row, move.d_col));
}

std::vector<Move> standard_moves(int count) {
  std::vector<Move> moves = {kUp, kRight, kDown, kLeft};
  if (count == 8 || count == 9) {
    for (const Move& diagonal : {kUpLeft, kUpRight, kDownLeft, kDownRight})
      moves.push_back(diagonal);
  }
  if (count == 5 || count == 9) moves.push_back(kStay);
  if (static_cast<int>(moves.size()) != count)
    throw std::invalid_argument(
        fmt::format("option 'actions': {} is not one of 4, 5, 8, 9", count));
  return moves;
}

void check_grid_size(std::int64_t rows, std::int64_t cols, std::size_t num_moves,
                     const WorldContext& context) {
  const std::uint64_t cells = static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(cols);
  constexpr auto kMostStates = static_cast<std::uint64_t>(std::numeric_limits<State>::max());
  if (cells > kMostStates)
    throw std::invalid_argument(
        fmt::format("a grid of {} x {} cells has more than {} states", rows, cols, kMostStates));
  const bool table = makes_table(static_cast<std::int64_t>(cells), context);
  const std::uint64_t bytes = cells + (table ? FiniteMdp::bytes_to_solve(cells, num_moves)
                                             : GridModel::bytes_to_solve(cells));
  if (bytes > context.memory_limit)
    throw std::invalid_argument(fmt::format(
        "a grid of {} x {} cells with {} actions needs {} bytes to be solved, more than the limit "
        "of {}",
        rows, cols, num_moves, bytes, context.memory_limit));
}

FiniteMdp grid_model(const GridWorld& world) {
  check(world);
  GridMoves moves(world);
  return make_model(world, Numbering(world, moves), moves);
}

Problem grid_problem(const GridWorld& world, const WorldContext& context) {
  check_grid_size(world.map.rows, world.map.cols, world.moves.size(), context);
  check(world);
  const std::optional<std::string> why_not = why_not_matrix_free(world);
  if (why_not && context.model == ModelForm::matrix_free)
    throw std::invalid_argument("this grid needs a table of its rows: " + *why_not);
  GridMoves moves(world);
  const Numbering numbering(world, moves);
  Problem problem{"grid_world"};
  if (!why_not) problem.grid = matrix_free_grid(world);
  if (why_not || makes_table(world.map.num_cells(), context))
    problem.model = make_model(world, numbering, moves);
  problem.gamma = world.gamma;
  problem.episode_steps = world.episode_steps;
  problem.picture = picture_of(world, numbering);
  return problem;
}

Problem grid_world(const GridWorldOptions& options, const WorldContext& context) {
  check_slip(options.rules);
  GridWorld world;
  world.rules = options.rules;
  world.moves = standard_moves(options.actions);
  if (options.map.empty()) {
    if (!options.legend.empty()) throw no_effect("legend", "map");
    const int rows = options.rows == 0 ? 5 : options.rows;
    const int cols = options.cols == 0 ? 5 : options.cols;
    check_grid_size(rows, cols, world.moves.size(), context);
    if (rows * cols < 2) throw std::invalid_argument("an open map needs at least two cells");
    world.map = open_map(rows, cols);
    return grid_problem(world, context);
  }
  Legend legend = default_legend();
  for (const std::string& entry : options.legend) set_letter(legend, parse_legend_entry(entry));
  world.map = parse_map(options.map, legend);
  if ((options.rows != 0 && options.rows != world.map.rows) ||
      (options.cols != 0 && options.cols != world.map.cols))
    throw std::invalid_argument(fmt::format(
        "options 'rows' and 'cols' ({} x {}) contradict the map, which has {} rows of {} letters",
        options.rows, options.cols, world.map.rows, world.map.cols));
  return grid_problem(world, context);
}

Problem slippery_grid(const SlipperyGridOptions& options, const WorldContext& context) {
  GridWorld world;
  check_grid_size(options.n, options.n, world.moves.size(), context);
  world.map = open_map(options.n, options.n);
  world.rules.slip = 0.2;
  world.rules.slip_kind = SlipKind::perpendicular;
  world.gamma = 0.99;
  constexpr std::uint8_t kForbiddenType = 3;  // of default_legend()
  std::uint64_t x = 42;
  for (State cell = 0; cell < world.map.num_cells(); ++cell) {
    x = x * 6364136223846793005ULL + 1442695040888963407ULL;
    if ((x >> 33) % 5 == 0 && cell != 0 && cell != world.map.num_cells() - 1)
      world.map.cells[static_cast<std::size_t>(cell)] = kForbiddenType;
  }
  return grid_problem(world, context);
}

}  // namespace rl
