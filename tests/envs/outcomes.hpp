#pragma once
/// \file
/// Reads transitions out of a model for tests by hand.
#include <doctest/doctest.h>

#include <ostream>
#include <vector>

#include "rl/mdp.hpp"

namespace tests {

/// (s', r) of a deterministic pair.
struct Move {
  rl::State next;
  double reward;
  bool operator==(const Move&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Move& m) {
  return out << "to " << m.next << " for " << m.reward;
}

/// The only outcome of (s, a).
inline Move move_of(const rl::FiniteMdp& model, rl::State s, rl::Action a) {
  const std::vector<rl::Outcome> row = model.outcomes(s, a);
  REQUIRE(row.size() == 1);
  REQUIRE(row[0].probability == 1);
  return {row[0].next, row[0].reward};
}

/// Probability that (s, a) leads to `next` with this reward.
inline double probability_of(const rl::FiniteMdp& model, rl::State s, rl::Action a, const Move& m) {
  double sum = 0;
  for (const rl::Outcome& o : model.outcomes(s, a))
    if (o.next == m.next && o.reward == m.reward) sum += o.probability;
  return sum;
}

/// Start states with their probabilities.
inline std::vector<double> start_of(const rl::FiniteMdp& model) {
  std::vector<double> start(static_cast<std::size_t>(model.num_states()), 0);
  model.for_each_start([&](rl::State s, double p) { start[static_cast<std::size_t>(s)] = p; });
  return start;
}

}  // namespace tests
