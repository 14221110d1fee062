#include "rl/mdp_graph.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

using rl::Action;
using rl::FiniteMdp;
using rl::Outcome;
using rl::State;

namespace {

using Set = std::vector<std::uint8_t>;

/// Sparse rows, unavailable actions, outcomes of probability 0, sometimes terminal states.
FiniteMdp random_model(std::uint64_t seed) {
  rl::Rng rng(seed);
  const State n = 2 + rng.index(7);
  rl::MdpFacts facts;
  for (State s = 1; s < n; ++s)
    if (rng.flip(0.25)) facts.terminal.push_back(s);
  facts.start.assign(static_cast<std::size_t>(n), 0);
  facts.start[0] = 1;
  return FiniteMdp(
      n, 2,
      [&](State, Action a, std::vector<Outcome>& row) {
        if (a == 1 && rng.flip(0.5)) return;
        const double p = rng.index(3) / 2.0;
        row.push_back({p, 0, rng.index(n)});
        row.push_back({1 - p, 0, rng.index(n)});
      },
      facts);
}

/// Whether some action leads from s to next.
bool leads(const FiniteMdp& m, State s, State next) {
  for (Action a = 0; a < m.num_actions(); ++a)
    for (const Outcome& o : m.outcomes(s, a))
      if (o.next == next && o.probability > 0) return true;
  return false;
}

/// closure[s][t]: t can be reached from s in any number of steps (Warshall).
std::vector<Set> closure(const FiniteMdp& m) {
  const auto n = static_cast<std::size_t>(m.num_states());
  std::vector<Set> c(n, Set(n, 0));
  for (std::size_t s = 0; s < n; ++s)
    for (std::size_t t = 0; t < n; ++t)
      c[s][t] = s == t || leads(m, static_cast<State>(s), static_cast<State>(t)) ? 1 : 0;
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t s = 0; s < n; ++s)
      for (std::size_t t = 0; t < n; ++t)
        if (c[s][k] != 0 && c[k][t] != 0) c[s][t] = 1;
  return c;
}

/// The union of all sets of non-terminal states in which each has an action that stays inside.
Set endless_by_enumeration(const FiniteMdp& m) {
  const auto n = static_cast<std::size_t>(m.num_states());
  Set all(n, 0);
  for (std::uint32_t members = 1; members < (1u << n); ++members) {
    const auto inside = [&](State s) {
      return (members >> static_cast<std::uint32_t>(s) & 1) != 0;
    };
    const auto can_stay = [&](State s) {
      for (Action a = 0; a < m.num_actions(); ++a) {
        const std::vector<Outcome> row = m.outcomes(s, a);
        if (!row.empty() && std::all_of(row.begin(), row.end(), [&](const Outcome& o) {
              return o.probability == 0 || inside(o.next);
            }))
          return true;
      }
      return false;
    };
    bool closed = true;
    for (State s = 0; s < m.num_states(); ++s)
      if (inside(s) && (m.terminal(s) || !can_stay(s))) closed = false;
    if (!closed) continue;
    for (State s = 0; s < m.num_states(); ++s)
      if (inside(s)) all[static_cast<std::size_t>(s)] = 1;
  }
  return all;
}

constexpr std::uint64_t kModels = 500;

}  // namespace

TEST_CASE("mdp graph: predecessors are exactly the states that lead here, each once, in order") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const FiniteMdp m = random_model(seed);
    const rl::Predecessors before = rl::predecessors(m);
    CAPTURE(seed);
    REQUIRE(before.begin.size() == static_cast<std::size_t>(m.num_states()) + 1);
    REQUIRE(before.begin.back() == before.state.size());
    for (State s = 0; s < m.num_states(); ++s) {
      std::vector<State> expected;
      for (State t = 0; t < m.num_states(); ++t)
        if (leads(m, t, s)) expected.push_back(t);
      const auto i = static_cast<std::size_t>(s);
      CHECK(std::vector<State>(before.state.begin() + static_cast<std::ptrdiff_t>(before.begin[i]),
                               before.state.begin() +
                                   static_cast<std::ptrdiff_t>(before.begin[i + 1])) == expected);
    }
  }
}

TEST_CASE("mdp graph: reachable states are the closure of the start, terminal ones included") {
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const FiniteMdp m = random_model(seed);
    CAPTURE(seed);
    CHECK(rl::reachable(m) == closure(m)[0]);
  }
}

TEST_CASE("mdp graph: a state without end is one from which no terminal state can be reached") {
  int endless = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const FiniteMdp m = random_model(seed);
    const std::vector<Set> c = closure(m);
    const auto can_end = [&](State s) {
      for (State t = 0; t < m.num_states(); ++t)
        if (m.terminal(t) && c[static_cast<std::size_t>(s)][static_cast<std::size_t>(t)] != 0)
          return true;
      return false;
    };
    const auto stuck = rl::state_without_end(m);
    bool all_end = true;
    for (State s = 0; s < m.num_states(); ++s) all_end = all_end && can_end(s);
    CAPTURE(seed);
    CHECK(stuck.has_value() == !all_end);
    if (stuck) {
      CHECK_FALSE(m.terminal(*stuck));
      CHECK_FALSE(can_end(*stuck));
      ++endless;
    }
  }
  CHECK(endless > 50);  // both answers were met
  CHECK(endless < 450);
}

TEST_CASE("mdp graph: endless states are those in which some policy can stay for ever") {
  int found = 0;
  for (std::uint64_t seed = 0; seed < kModels; ++seed) {
    const FiniteMdp m = random_model(seed);
    const Set endless = rl::endless_states(m);
    CAPTURE(seed);
    CHECK(endless == endless_by_enumeration(m));
    found += static_cast<int>(std::count(endless.begin(), endless.end(), 1));
  }
  CHECK(found > 0);
}

TEST_CASE("mdp graph: a corridor ends under every policy, with a door back it need not") {
  // 0 -> 1 -> 2 (terminal); the second action goes back and is missing in the first model.
  const auto corridor = [](bool door) {
    return FiniteMdp(3, 2,
                     [=](State s, Action a, std::vector<Outcome>& row) {
                       if (a == 0) row.push_back({1, 0, s + 1});
                       if (a == 1 && door && s == 1) row.push_back({1, 0, 0});
                     },
                     {.terminal = {2}});
  };
  CHECK(rl::endless_states(corridor(false)) == Set{0, 0, 0});
  CHECK(rl::endless_states(corridor(true)) == Set{1, 1, 0});
  CHECK_FALSE(rl::state_without_end(corridor(true)).has_value());
}

TEST_CASE("mdp graph: an outcome of probability 0 is no edge") {
  const FiniteMdp m(3, 1,
                    [](State s, Action, std::vector<Outcome>& row) {
                      row.push_back({1, 0, s});
                      row.push_back({0, 0, 2});
                    },
                    {.terminal = {2}, .start = {1, 0, 0}});
  CHECK(rl::state_without_end(m) == State{0});
  CHECK(rl::reachable(m) == Set{1, 0, 0});
  CHECK(rl::endless_states(m) == Set{1, 1, 0});
}
