#include "rl/greedy_q_table.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "rl/state.hpp"

using rl::Action;
using rl::GreedyQTable;
using rl::QTable;
using rl::Rng;
using rl::State;

namespace {

/// Both answer every question alike, and draw the same numbers for it.
void check_same(const GreedyQTable& kept, const QTable& searched, std::uint64_t seed) {
  for (State s = 0; s < searched.num_states(); ++s) {
    CHECK_UNARY(rl::max_value(kept.row(s)) == rl::max_value(searched.row(s)));
    Rng a(seed);
    Rng b(seed);
    for (int i = 0; i < 3; ++i) {
      CHECK_UNARY(rl::random_greedy(kept.row(s), a) == rl::random_greedy(searched.row(s), b));
      CHECK_UNARY(rl::epsilon_greedy(kept.row(s), 0.5, a) ==
                  rl::epsilon_greedy(searched.row(s), 0.5, b));
    }
    CHECK_UNARY(a == b);
  }
}

}  // namespace

TEST_CASE("greedy q table: after any changes it chooses as a search of the row does, to the bit") {
  for (const Action actions : {1, 2, 5, 64, 65, 100}) {
    CAPTURE(actions);
    QTable searched(3, actions, 1);
    searched(1, 0) = rl::kUnavailable;
    if (actions > 1)
      searched(1, actions - 1) = 2;
    else
      searched(1, 0) = 0;
    GreedyQTable kept(searched);
    Rng rng(1);
    for (int i = 0; i < 300; ++i) {
      // Whole numbers: ties are made and broken all the time.
      const State s = rng.index(3);
      const Action a = rng.index(actions);
      const double x = rng.index(3) - 1;
      if (searched(s, a) == rl::kUnavailable) continue;
      if (i % 4 == 0) {  // near what is there: the best action falls, and another one passes it
        kept.set(s, a, searched(s, a) + rng.uniform() - 0.5);
        searched(s, a) = kept.value(s, a);
      } else {
        kept.add(s, a, x);
        searched.add(s, a, x);
      }
      if (i % 3 == 0) check_same(kept, searched, static_cast<std::uint64_t>(i));
    }
    check_same(kept, searched, 7);
  }
}

TEST_CASE("greedy q table: a loaded table knows its maxima") {
  QTable q(2, 3);
  q(0, 2) = 5;
  GreedyQTable saved(q);
  saved.add(1, 1, -1);
  GreedyQTable loaded(QTable(2, 3));
  rl::load_state(rl::save_state(saved), loaded);
  CHECK(loaded == saved);
  Rng rng(2);
  CHECK(rl::random_greedy(loaded.row(0), rng) == 2);
  CHECK(rl::max_value(loaded.row(0)) == 5);
  CHECK(rl::random_greedy(loaded.row(1), rng) != 1);
}

TEST_CASE("greedy q table: a number in the place of one that was none is found") {
  QTable searched(1, 3);
  GreedyQTable kept(searched);
  const double none = std::numeric_limits<double>::quiet_NaN();
  // of the row 0, 0, 0: the last becomes NaN, then -1, 3 and 0
  for (const double x : {none, -1.0, none, 3.0, none, 0.0}) {
    kept.set(0, 2, x);
    searched(0, 2) = x;
    check_same(kept, searched, 5);
  }
}

TEST_CASE("greedy q table: where values are no numbers any more, a choice is still an action") {
  for (const Action first : {0, 1}) {  // the best entry, another
    QTable searched(1, 3);
    searched(0, 0) = 5;
    GreedyQTable kept(searched);
    for (const Action a : {first, 1 - first, 2}) {
      kept.add(0, a, std::numeric_limits<double>::quiet_NaN());
      searched.add(0, a, std::numeric_limits<double>::quiet_NaN());
      Rng x(3);
      Rng y(3);
      for (int i = 0; i < 20; ++i) {
        const Action greedy = rl::random_greedy(kept.row(0), x);
        CHECK(greedy == rl::random_greedy(searched.row(0), y));
        CHECK(greedy >= 0);
        CHECK(greedy < 3);
      }
    }
  }
}
