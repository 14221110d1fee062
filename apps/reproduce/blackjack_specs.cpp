#include "apps/reproduce/blackjack_specs.hpp"

#include <nlohmann/json.hpp>
#include <vector>

#include "envs/blackjack.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {
constexpr int kHighestSum = 21;
constexpr int kCards = 10;
constexpr int kLowestUsable = 12;  // ace and ace
}  // namespace

json blackjack_states(int lowest_sum, bool usable_ace) {
  json rows = json::array();
  for (int sum = lowest_sum; sum <= kHighestSum; ++sum) {
    json row = json::array();
    for (int card = 1; card <= kCards; ++card)
      row.push_back(usable_ace && sum < kLowestUsable
                        ? json()
                        : json(blackjack_state(sum, usable_ace, card)));
    rows.push_back(row);
  }
  return rows;
}

json stick_on_20() {
  constexpr Action kStick = 0;
  constexpr Action kHit = 1;
  const State last = blackjack_state(kHighestSum, true, kCards);
  std::vector<Action> policy(static_cast<std::size_t>(last) + 2, kHit);  // the end is one more
  for (const int sum : {20, 21})
    for (const bool usable : {false, true})
      for (int card = 1; card <= kCards; ++card)
        policy[static_cast<std::size_t>(blackjack_state(sum, usable, card))] = kStick;
  return policy;
}

}  // namespace rl::reproduce
