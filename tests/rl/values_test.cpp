#include "rl/values.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "rl/state.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::kUnavailable;
using rl::QTable;
using rl::Rng;
using rl::State;

namespace {

constexpr int kDraws = 60'000;

/// Whether counts follow p within four standard deviations, and zeros are never met.
template <class Choose>
void check_frequencies(const std::vector<double>& p, Choose&& choose) {
  Rng rng(1);
  std::vector<int> counts(p.size(), 0);
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(choose(rng))];
  for (std::size_t a = 0; a < p.size(); ++a) {
    CAPTURE(a);
    CAPTURE(counts[a]);
    CHECK(std::abs(counts[a] - p[a] * kDraws) <= 4 * std::sqrt(kDraws * p[a] * (1 - p[a])));
  }
}

}  // namespace

TEST_CASE("values: the largest value and its first action pass over unavailable actions") {
  const std::vector<double> q = {kUnavailable, -3, -1, -1, kUnavailable};
  CHECK(rl::max_value(q) == -1);
  CHECK(rl::first_greedy(q) == 2);
  CHECK(rl::count_available(q) == 3);
  CHECK(rl::first_greedy(std::vector<double>{5}) == 0);
}

TEST_CASE("values: a greedy choice is uniform over the ties and over nothing else") {
  const std::vector<double> q = {2, 7, 7, kUnavailable, 7, 1};
  check_frequencies({0, 1.0 / 3, 1.0 / 3, 0, 1.0 / 3, 0},
                    [&](Rng& rng) { return rl::random_greedy(q, rng); });
  const std::vector<double> ends = {4, 1, 4};
  check_frequencies({0.5, 0, 0.5}, [&](Rng& rng) { return rl::random_greedy(ends, rng); });
  const std::vector<double> all = {0, 0, 0, 0};
  check_frequencies({0.25, 0.25, 0.25, 0.25},
                    [&](Rng& rng) { return rl::random_greedy(all, rng); });
}

TEST_CASE("values: a greedy choice without ties draws nothing") {
  Rng rng(2);
  const Rng before = rng;
  CHECK(rl::random_greedy(std::vector<double>{1, 3, 2}, rng) == 1);
  CHECK(rl::random_greedy(std::vector<double>{kUnavailable, -9, kUnavailable}, rng) == 1);
  CHECK(rng == before);
  rl::random_greedy(std::vector<double>{3, 3}, rng);
  CHECK_FALSE(rng == before);
}

TEST_CASE("values: numbers that differ in their last bit are no tie") {
  Rng rng(3);
  const std::vector<double> q = {1, std::nextafter(1, 2)};
  for (int i = 0; i < 100; ++i) CHECK_UNARY(rl::random_greedy(q, rng) == 1);
}

TEST_CASE("values: a random choice is uniform over the available actions") {
  const std::vector<double> q = {kUnavailable, 5, kUnavailable, -5, 0, kUnavailable};
  check_frequencies({0, 1.0 / 3, 0, 1.0 / 3, 1.0 / 3, 0},
                    [&](Rng& rng) { return rl::random_available(q, rng); });
  const std::vector<double> all = {1, 2};
  check_frequencies({0.5, 0.5}, [&](Rng& rng) { return rl::random_available(all, rng); });
}

TEST_CASE("values: epsilon-greedy gives epsilon to all available actions, the greedy one too") {
  // Three are available, one is greedy: 0.7 + 0.3 / 3 and 0.3 / 3.
  const std::vector<double> q = {1, kUnavailable, 2, 0};
  check_frequencies({0.1, 0, 0.8, 0.1}, [&](Rng& rng) { return rl::epsilon_greedy(q, 0.3, rng); });
  // Two of three are greedy: 0.35 + 0.1 and 0.1.
  const std::vector<double> tie = {2, 2, kUnavailable, 0};
  check_frequencies({0.45, 0.45, 0, 0.1},
                    [&](Rng& rng) { return rl::epsilon_greedy(tie, 0.3, rng); });
}

TEST_CASE("values: epsilon 0 is greedy and epsilon 1 is uniform") {
  const std::vector<double> q = {1, kUnavailable, 2};
  check_frequencies({0, 0, 1}, [&](Rng& rng) { return rl::epsilon_greedy(q, 0, rng); });
  check_frequencies({0.5, 0, 0.5}, [&](Rng& rng) { return rl::epsilon_greedy(q, 1, rng); });
}

TEST_CASE("values: the value of an epsilon-greedy policy is the mean of what it picks") {
  // 0.7 * 2 + 0.3 * (1 + 2 + 0) / 3
  CHECK(rl::epsilon_greedy_value(std::vector<double>{1, kUnavailable, 2, 0}, 0.3) ==
        doctest::Approx(1.7).epsilon(1e-15));
  CHECK(rl::epsilon_greedy_value(std::vector<double>{-4}, 0.5) == -4);
  CHECK(rl::epsilon_greedy_value(std::vector<double>{1, 2}, 0) == 2);
}

TEST_CASE("values: a choice in a row of a diverged learner is still an action") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const std::vector<double>& q :
       {std::vector<double>{nan, 1, 2}, {1, nan}, {nan, nan}, {kUnavailable, kUnavailable}}) {
    Rng rng(9);
    for (int i = 0; i < 20; ++i)
      for (const Action a : {rl::random_greedy(q, rng), rl::random_available(q, rng)}) {
        CHECK(a >= 0);
        CHECK(a < static_cast<Action>(q.size()));
      }
  }
}

TEST_CASE("q table: it is row-major and starts at its initial value") {
  QTable q(2, 3, 1.5);
  CHECK(q.num_states() == 2);
  CHECK(q.num_actions() == 3);
  q(1, 2) = 7;
  CHECK(q.row(0)[2] == 1.5);
  CHECK(q.row(1)[2] == 7);
  CHECK(q.parameters()[5] == 7);
  CHECK(q.value(1, 2) == 7);
}

TEST_CASE("q table: shaped for a model it bars unavailable actions and leaves terminal states 0") {
  const rl::FiniteMdp m = tests::random_mdp(4);
  const QTable q(m, 3);
  for (State s = 0; s < m.num_states(); ++s)
    for (Action a = 0; a < m.num_actions(); ++a) {
      const double expected = m.terminal(s) ? 0 : m.available(s, a) ? 3 : kUnavailable;
      CHECK(q(s, a) == expected);
    }
}

TEST_CASE("q table: as a function its gradient is one at its own entry") {
  QTable q(3, 2);
  int calls = 0;
  q.gradient(2, 1, [&](std::size_t i, double d) {
    ++calls;
    CHECK(d == 1);
    q.parameters()[i] = 9;
  });
  CHECK(calls == 1);
  q.add(2, 1, 0.5);
  CHECK(q(2, 1) == 9.5);
  CHECK(q.row(2, {}).data() == q.row(2).data());
}

TEST_CASE("q table: it compares, copies and is saved to the bit") {
  QTable q(2, 2);
  q(0, 1) = -0.1;
  QTable copy = q;
  CHECK(copy == q);
  copy(1, 1) = 5e-324;
  CHECK_FALSE(copy == q);
  rl::load_state(rl::save_state(copy), q);
  CHECK(copy == q);
}

TEST_CASE("q table: a saved table of another size is refused") {
  QTable small(2, 2);
  QTable large(3, 2);
  CHECK(tests::error_of([&] { rl::load_state(rl::save_state(large), small); }) ==
        "saved state: field 'q' has another size");
  CHECK(small.num_states() == 2);
}
