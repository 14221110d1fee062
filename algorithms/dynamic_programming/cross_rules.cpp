#include "algorithms/dynamic_programming/cross_rules.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace rl::detail {
namespace {

/// The probabilities of going up, right, down, left, and of staying.
using Cross = std::array<double, 5>;

std::optional<Cross> cross_of(const std::vector<GridBranch>& branches) {
  Cross p{};
  for (const GridBranch& branch : branches) {
    if (std::abs(branch.d_row) + std::abs(branch.d_col) > 1) return std::nullopt;
    const int direction = branch.d_row < 0   ? 0
                          : branch.d_col > 0 ? 1
                          : branch.d_row > 0 ? 2
                          : branch.d_col < 0 ? 3
                                             : 4;
    p[static_cast<std::size_t>(direction)] += branch.probability;
  }
  return p;
}

/// The action that aims at a direction, 4 for staying, with a slip of one kind.
Cross with_slip(std::size_t direction, CrossSlip slip, double main, double side, bool stays) {
  Cross p{};
  if (slip == CrossSlip::random) {
    for (std::size_t d = 0; d < (stays ? 5U : 4U); ++d) p[d] = side;
    p[direction] = main + side;
  } else if (direction == 4) {
    p[4] = 1;
  } else {
    p[direction] = main;
    p[(direction + 1) % 4] = p[(direction + 3) % 4] = side;
  }
  return p;
}

/// Whether the actions are the four directions, and staying perhaps, with this slip.
bool is_cross(std::vector<Cross> actions, const CrossRules& rules) {
  constexpr double kSame = 1e-15;
  if (actions.size() != (rules.stays ? 5U : 4U)) return false;
  for (std::size_t d = 0; d < actions.size(); ++d) {
    const Cross wanted = with_slip(d, rules.slip, rules.main, rules.side, rules.stays);
    const auto same = [&](const Cross& p) {
      return std::equal(p.begin(), p.end(), wanted.begin(),
                        [](double x, double y) { return std::abs(x - y) <= kSame; });
    };
    if (std::none_of(actions.begin(), actions.end(), same)) return false;
  }
  return true;
}

/// Moves and slip.
std::optional<CrossRules> rules_of_moves(const GridDescription& grid) {
  std::vector<Cross> actions;
  for (const auto& branches : grid.actions) {
    const std::optional<Cross> p = cross_of(branches);
    if (!p) return std::nullopt;
    actions.push_back(*p);
  }
  CrossRules rules;
  rules.stays = actions.size() == 5;
  // The action up: aimed aside an agent slips up as often as down.
  const auto up =
      std::max_element(actions.begin(), actions.end(),
                       [](const Cross& x, const Cross& y) { return x[0] - x[2] < y[0] - y[2]; });
  rules.slip = CrossSlip::perpendicular;
  rules.main = (*up)[0];
  rules.side = (*up)[1];
  if (is_cross(actions, rules)) return rules;
  rules.slip = CrossSlip::random;
  rules.side = (*up)[2];
  rules.main = (*up)[0] - (*up)[2];
  if (is_cross(actions, rules)) return rules;
  return std::nullopt;
}

}  // namespace

std::optional<CrossRules> cross_rules(const GridDescription& grid, double gamma) {
  std::optional<CrossRules> rules = rules_of_moves(grid);
  if (!rules) return std::nullopt;
  rules->gamma = gamma;
  rules->classes = static_cast<int>(std::min(grid.classes.size(), rules->reward.size()));
  for (std::size_t k = 0; k < static_cast<std::size_t>(rules->classes); ++k) {
    const CellClass& c = grid.classes[k];
    rules->reward[k] = c.blocks ? kNoEntry : c.reward;
    rules->kept[k] = c.terminal ? kNoEntry : c.reward;
    rules->lift[k] = grid.r_boundary + c.bump_reward - c.reward;
    rules->fixed[k] = c.terminal;
  }
  return rules;
}

}  // namespace rl::detail
