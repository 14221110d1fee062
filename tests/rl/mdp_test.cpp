#include "rl/mdp.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/errors.hpp"
#include "tests/numbers.hpp"

using rl::Action;
using rl::FiniteMdp;
using rl::MdpFacts;
using rl::Outcome;
using rl::Rng;
using rl::State;
using tests::contains;
using tests::error_of;
using tests::kInfinity;
using tests::kNan;

namespace {

using Row = std::vector<Outcome>;

bool same_outcomes(const Row& x, const Row& y) {
  if (x.size() != y.size()) return false;
  for (std::size_t k = 0; k < x.size(); ++k)
    if (x[k].probability != y[k].probability || x[k].reward != y[k].reward ||
        x[k].next != y[k].next || x[k].reward_sd != y[k].reward_sd)
      return false;
  return true;
}

/// A model from a list of rows by pair; rows of terminal states are ignored.
FiniteMdp model_of(State num_states, Action num_actions, const std::vector<Row>& rows,
                   const MdpFacts& facts = {}) {
  return FiniteMdp(
      num_states, num_actions,
      [&](State s, Action a, Row& row) {
        row = rows[rl::index(s) * rl::index(num_actions) + rl::index(a)];
      },
      facts);
}

/// A corridor 0 .. n-1 whose last state is terminal: one action walks on with probability 0.75, the
/// other steps back and does not exist in state 0.
FiniteMdp corridor(State n) {
  return FiniteMdp(n, 2,
                   [](State s, Action a, Row& row) {
                     if (a == 0) {
                       row.push_back({0.75, -1, s + 1});
                       row.push_back({0.25, -2, s});
                     } else if (s > 0) {
                       row.push_back({1, 0, s - 1});
                     }
                   },
                   {.terminal = {n - 1}});
}

/// A one-state model whose only row is given.
std::string row_error(const Row& row) {
  return error_of([&] { model_of(2, 1, {{{1, 0, 0}}, row}); });
}

std::vector<double> start_of(const FiniteMdp& m) {
  std::vector<double> p(static_cast<std::size_t>(m.num_states()), 0);
  m.for_each_start([&](State s, double x) { p[static_cast<std::size_t>(s)] += x; });
  return p;
}

}  // namespace

TEST_CASE("mdp: a row gives the expected reward and the successors") {
  const FiniteMdp m = corridor(4);
  const auto row = m.row(1, 0);
  CHECK(row.reward == 0.75 * -1 + 0.25 * -2);
  REQUIRE(row.size() == 2);
  CHECK(row.probability(0) == 0.75);
  CHECK(row.next(0) == 2);
  CHECK(row.probability(1) == 0.25);
  CHECK(row.next(1) == 1);
  const std::vector<double> v = {10, 20, 40, 80};
  CHECK(row.expectation(v.data()) == 0.75 * 40 + 0.25 * 20);
  CHECK(same_outcomes(m.outcomes(1, 0), {{0.75, -1, 2}, {0.25, -2, 1}}));
}

TEST_CASE("mdp: rows of any length have the expectation of their outcomes") {
  for (std::size_t n = 1; n <= 40; ++n) {
    Row row;
    for (std::size_t k = 0; k < n; ++k)
      row.push_back({1.0 / static_cast<double>(n), static_cast<double>(k), static_cast<State>(k)});
    const FiniteMdp m(40, 1, [&](State, Action, Row& r) { r = row; });
    std::vector<double> v(40);
    double expected = 0;
    for (std::size_t k = 0; k < 40; ++k) v[k] = std::sqrt(static_cast<double>(k));
    for (const Outcome& o : row) expected += o.probability * v[static_cast<std::size_t>(o.next)];
    CAPTURE(n);
    CHECK(m.row(7, 0).size() == n);
    CHECK(m.row(7, 0).expectation(v.data()) == doctest::Approx(expected).epsilon(1e-14));
    CHECK(m.longest_row() == n);
    CHECK(same_outcomes(m.outcomes(7, 0), row));
  }
}

TEST_CASE("mdp: rows that are alike relative to their state are stored once") {
  CHECK(corridor(5).num_distinct_rows() == 2);
  CHECK(corridor(100'000).num_distinct_rows() == 2);
  // The second row differs from the first in one bit of a reward.
  const FiniteMdp m =
      model_of(3, 1, {{{1, 0.1, 0}}, {{1, std::nextafter(0.1, 1), 1}}, {{1, 0.1, 2}}});
  CHECK(m.num_distinct_rows() == 2);
  CHECK(m.row(1, 0).reward == std::nextafter(0.1, 1));
  CHECK(m.row(2, 0).reward == 0.1);
}

TEST_CASE("mdp: rows that differ in noise alone are told apart") {
  const FiniteMdp m = model_of(3, 1, {{{1, 1, 0}}, {{1, 1, 1, 2}}, {{1, 1, 2}}});
  CHECK(m.num_distinct_rows() == 2);
  CHECK(m.outcomes(0, 0)[0].reward_sd == 0);
  CHECK(m.outcomes(1, 0)[0].reward_sd == 2);
  CHECK(m.outcomes(2, 0)[0].reward_sd == 0);
}

TEST_CASE("mdp: a model whose rows never repeat keeps all of them") {
  constexpr State kStates = 100'000;
  const FiniteMdp m(kStates, 1, [](State s, Action, Row& row) {
    row.push_back({1, static_cast<double>(s), (s + 1) % kStates});
  });
  CHECK(m.num_distinct_rows() == kStates);
  for (State s = 0; s < kStates; s += 997) {
    CHECK(m.row(s, 0).reward == s);
    CHECK(m.row(s, 0).next(0) == (s + 1) % kStates);
  }
}

TEST_CASE("mdp: repetition that begins late is lost, but no row") {
  constexpr State kStates = 200'000;
  const FiniteMdp m(kStates, 1, [](State s, Action, Row& row) {
    row.push_back({1, static_cast<double>(std::min(s, 150'000)), s});
  });
  CHECK(m.num_distinct_rows() > 150'000);
  for (State s = 0; s < kStates; s += 997) CHECK(m.row(s, 0).reward == std::min(s, 150'000));
}

TEST_CASE("mdp: an empty row means that the action is not available") {
  const FiniteMdp m = corridor(4);
  CHECK(m.available(0, 0));
  CHECK_FALSE(m.available(0, 1));
  CHECK(m.available(1, 1));
  CHECK_FALSE(m.all_available());
  CHECK(m.row(0, 1).reward == -kInfinity);
  CHECK(m.row(0, 1).size() == 0);
  const std::vector<double> v = {1, 2, 3, 4};
  CHECK(m.row(0, 1).expectation(v.data()) == 0);
  CHECK(m.outcomes(0, 1).empty());
  CHECK(model_of(1, 1, {{{1, 0, 0}}}).all_available());
}

TEST_CASE("mdp: terminal states are not asked for rows") {
  int asked = 0;
  const FiniteMdp m(3, 2,
                    [&](State s, Action, Row& row) {
                      CHECK(s != 1);
                      ++asked;
                      row.push_back({1, 0, 1});
                    },
                    {.terminal = {1}});
  CHECK(asked == 4);
  CHECK(m.terminal(1));
  CHECK_FALSE(m.terminal(0));
  CHECK(m.has_terminal());
  CHECK_FALSE(m.available(1, 0));
  CHECK(m.outcomes(1, 0).empty());
  CHECK(m.all_available());  // in every non-terminal state
  CHECK_FALSE(model_of(1, 1, {{{1, 0, 0}}}).has_terminal());
}

TEST_CASE("mdp: rewards that are conditional means are declared") {
  CHECK_FALSE(corridor(3).rewards_are_means());
  CHECK(model_of(1, 1, {{{1, 0, 0}}}, {.rewards_are_means = true}).rewards_are_means());
}

TEST_CASE("mdp: without a start every non-terminal state is equally likely") {
  CHECK(start_of(corridor(5)) == std::vector<double>{0.25, 0.25, 0.25, 0.25, 0});
  CHECK(corridor(5).start_weights().empty());
}

TEST_CASE("mdp: weights make the start, whatever they sum to") {
  const FiniteMdp m = corridor(4).with_start({1, 0, 3, 0});
  CHECK(start_of(m) == std::vector<double>{0.25, 0, 0.75, 0});
  CHECK(m.start_weights() == std::vector<double>{1, 0, 3, 0});
  const FiniteMdp declared = model_of(2, 1, {{{1, 0, 0}}, {{1, 0, 0}}}, {.start = {0, 2}});
  CHECK(start_of(declared) == std::vector<double>{0, 1});
  CHECK(start_of(corridor(4).with_start(2)) == std::vector<double>{0, 0, 1, 0});
}

TEST_CASE("mdp: another start leaves the model and the original as they were") {
  const FiniteMdp m = corridor(4);
  const FiniteMdp moved = m.with_start(1);
  CHECK(start_of(m)[0] == doctest::Approx(1.0 / 3));
  CHECK(start_of(moved)[1] == 1);
  CHECK(same_outcomes(moved.outcomes(1, 0), m.outcomes(1, 0)));
}

TEST_CASE("mdp: a start is the first state whose cumulative weight is above u") {
  for (const State n : {3, 4, 17, 64, 1000}) {
    Rng rng(static_cast<std::uint64_t>(n));
    std::vector<double> weights(rl::index(n), 0);
    // some are never starts; others crowd into one of a million parts of the range of u
    for (State s = 0; s + 1 < n; ++s)
      weights[rl::index(s)] = s % 3 == 2 ? 0 : (rng.uniform() < 0.9 ? 1e-6 : 1) * rng.uniform();
    weights[0] = 1;
    const FiniteMdp m = corridor(n).with_start(weights);
    double sum = 0;
    for (const double w : weights) sum += w;
    for (int draw = 0; draw < 2000; ++draw) {
      Rng same = rng;
      const double u = same.uniform();
      State expected = 0;
      for (double before = weights[0]; before / sum <= u;) before += weights[rl::index(++expected)];
      CHECK(m.sample_start(rng) == expected);
      CHECK(rng == same);
    }
  }
}

TEST_CASE("mdp: a sample of the start follows its weights") {
  constexpr int kDraws = 60'000;
  const FiniteMdp m = corridor(4).with_start({1, 0, 3, 0});
  Rng rng(1);
  std::vector<int> counts(4, 0);
  for (int i = 0; i < kDraws; ++i) ++counts[static_cast<std::size_t>(m.sample_start(rng))];
  CHECK(counts[1] + counts[3] == 0);
  CHECK(std::abs(counts[0] - 0.25 * kDraws) < 4 * std::sqrt(kDraws * 0.25 * 0.75));
  std::vector<int> uniform(4, 0);
  for (int i = 0; i < kDraws; ++i)
    ++uniform[static_cast<std::size_t>(corridor(4).sample_start(rng))];
  CHECK(uniform[3] == 0);  // terminal
  for (std::size_t s = 0; s < 3; ++s)
    CHECK(std::abs(uniform[s] - kDraws / 3.0) < 4 * std::sqrt(kDraws * 2.0 / 9));
}

TEST_CASE("mdp: a sample of a row follows its probabilities, in short and in long rows") {
  for (const std::size_t n : {2u, 3u, 4u, 16u, 17u, 40u}) {
    // Probabilities 1 : 2 : ... : n, one of them zero.
    Row row;
    const double sum = static_cast<double>(n * (n + 1)) / 2 - 2;
    for (std::size_t k = 0; k < n; ++k)
      row.push_back({k == 1 ? 0 : static_cast<double>(k + 1) / sum, static_cast<double>(10 * k),
                     static_cast<State>(k)});
    const FiniteMdp m(40, 1, [&](State, Action, Row& r) { r = row; });
    constexpr int kDraws = 100'000;
    Rng rng(2);
    std::vector<int> counts(n, 0);
    for (int i = 0; i < kDraws; ++i) {
      const rl::Step<State> x = m.sample(5, 0, rng);
      CHECK_UNARY(x.reward == 10 * x.next && !x.terminated);
      ++counts[static_cast<std::size_t>(x.next)];
    }
    for (std::size_t k = 0; k < n; ++k) {
      const double p = row[k].probability;
      CAPTURE(n);
      CAPTURE(k);
      CHECK(std::abs(counts[k] - p * kDraws) <= 4 * std::sqrt(kDraws * p * (1 - p)));
    }
  }
}

TEST_CASE("mdp: a step into a terminal state terminates") {
  Rng rng(3);
  const FiniteMdp m = model_of(2, 1, {{{1, 5, 1}}, {}}, {.terminal = {1}});
  const rl::Step<State> x = m.sample(0, 0, rng);
  CHECK(x.reward == 5);
  CHECK(x.next == 1);
  CHECK(x.terminated);
}

TEST_CASE("mdp: a model without chance draws nothing, another once a step whatever the row") {
  Rng rng(4);
  const Rng before = rng;
  const FiniteMdp certain = model_of(2, 1, {{{1, 0, 1}}, {{1, 0, 0}}}).with_start(1);
  certain.sample(0, 0, rng);
  certain.sample_start(rng);
  CHECK(rng == before);
  for (const Action a : {0, 1}) {  // left and right: one outcome, two
    Rng drawn = before;
    Rng once = before;
    corridor(4).sample(2, a, drawn);
    once.bits();
    CHECK(drawn == once);
  }
}

TEST_CASE("mdp: rows of two and three outcomes are cut where uniform numbers are") {
  const FiniteMdp m = model_of(
      3, 1, {{{0.1, 0, 0}, {0.2, 0, 1}, {0.7, 0, 2}}, {{0.3, 0, 0}, {0.7, 0, 1}}, {{1, 0, 2}}});
  Rng rng(8);
  for (int i = 0; i < 10'000; ++i) {
    Rng u = rng;
    const double x = u.uniform();
    CHECK_UNARY(m.sample(1, 0, rng).next == (x < 0.3 ? 0 : 1));
    Rng again = u;
    const double y = again.uniform();
    CHECK_UNARY(m.sample(0, 0, rng).next == (y < 0.1 ? 0 : y < 0.1 + 0.2 ? 1 : 2));
  }
}

TEST_CASE("mdp: a single outcome gives its reward to the bit, though its probability is rounded") {
  const double p = 1 - 5e-10;
  const FiniteMdp m = model_of(1, 1, {{{p, 0.1, 0}}});
  Rng rng(5);
  CHECK(m.sample(0, 0, rng).reward == 0.1);
}

TEST_CASE("mdp: noise has its mean and deviation, and planning sees the mean") {
  const FiniteMdp m = model_of(2, 1, {{{1, 3, 0, 2}}, {{0.5, 1, 0}, {0.5, 1, 1, 4}}});
  CHECK(m.row(0, 0).reward == 3);
  constexpr int kDraws = 100'000;
  Rng rng(6);
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double r = m.sample(0, 0, rng).reward;
    sum += r;
    squares += (r - 3) * (r - 3);
  }
  // The squares' mean is 4; its deviation sqrt(2) * 4 / sqrt(n).
  CHECK(std::abs(sum / kDraws - 3) < 4 * 2 / std::sqrt(kDraws));
  CHECK(std::abs(squares / kDraws - 4) < 4 * std::sqrt(2.0) * 4 / std::sqrt(kDraws));
  for (int i = 0; i < 1000; ++i) {
    const rl::Step<State> x = m.sample(1, 0, rng);
    CHECK((x.next == 1 || x.reward == 1));  // the noise belongs to one outcome alone
  }
}

TEST_CASE("mdp: errors of a row name state, action and what is wrong") {
  const std::string where = "model: state 1, action 0: ";
  CHECK(row_error({{0.5, 0, 0}, {0.4, 0, 1}}) == where + "probabilities sum to 0.9, not 1");
  CHECK(contains(row_error({{0.5, 0, 0}, {0.5 + 2e-9, 0, 1}}),
                 where + "probabilities sum to 1.000000002"));
  CHECK(row_error({{0.5, 0, 0}, {0.5 + 5e-10, 0, 1}}) == "nothing was thrown");
  CHECK(row_error({{-0.5, 0, 0}, {1.5, 0, 1}}) == where + "probability -0.5 is not in [0, 1]");
  CHECK(row_error({{1.5, 0, 0}}) == where + "probability 1.5 is not in [0, 1]");
  CHECK(row_error({{kNan, 0, 0}}) == where + "probability nan is not in [0, 1]");
  CHECK(row_error({{1, kNan, 0}}) == where + "reward nan is not finite");
  CHECK(row_error({{1, -kInfinity, 0}}) == where + "reward -inf is not finite");
  CHECK(row_error({{1, -1e151, 0}}) == where + "reward -1e+151 is larger than 1e+150");
  CHECK(row_error({{1, 0, 2}}) == where + "next state 2 is not in 0..1");
  CHECK(row_error({{1, 0, -1}}) == where + "next state -1 is not in 0..1");
  CHECK(row_error({{1, 0, 0, -1}}) == where + "reward_sd -1 is not in 0..1e+150");
  CHECK(row_error({{1, 0, 0, kNan}}) == where + "reward_sd nan is not in 0..1e+150");
  CHECK(row_error({}) == "model: state 1 is not terminal and has no available action");
}

TEST_CASE("mdp: a row known from elsewhere is still refused where it leads out of the model") {
  // Relative to its state it is the row of state 0.
  CHECK(error_of([] {
          model_of(2, 1, {{{1, 0, 1}}, {{1, 0, 2}}});
        }) == "model: state 1, action 0: next state 2 is not in 0..1");
}

TEST_CASE("mdp: errors of shape, terminal states and start say what is allowed") {
  const auto fill = [](State, Action, Row& row) { row.push_back({1, 0, 0}); };
  CHECK(error_of([&] { FiniteMdp(0, 1, fill); }) ==
        "model: needs at least one state and one action, not 0 and 1");
  CHECK(contains(error_of([&] { FiniteMdp(1, -3, fill); }), "not 1 and -3"));
  CHECK(error_of([&] { FiniteMdp(3, 1, fill, {.terminal = {3}}); }) ==
        "model: terminal state 3 is not in 0..2");
  CHECK(error_of([&] { FiniteMdp(3, 1, fill, {.terminal = {-1}}); }) ==
        "model: terminal state -1 is not in 0..2");
  CHECK(error_of([&] {
          FiniteMdp(2, 1, fill, {.terminal = {0, 1, 1}});
        }) == "model: every state is terminal");
  const FiniteMdp m = corridor(3);
  CHECK(error_of([&] { (void)m.with_start({1, 0}); }) == "start: 2 weights for 3 states");
  CHECK(error_of([&] {
          (void)m.with_start({0, 0, 0});
        }) == "start: the weights sum to zero or overflow");
  CHECK(contains(error_of([&] { (void)m.with_start({1e308, 1e308, 0}); }), "overflow"));
  CHECK(error_of([&] {
          (void)m.with_start({1, -2, 0});
        }) == "start: weight -2 of state 1 is not a number >= 0");
  CHECK(contains(error_of([&] { (void)m.with_start({kNan, 1, 0}); }), "weight nan of state 0"));
  CHECK(error_of([&] { (void)m.with_start({1, 0, 1}); }) == "start: state 2 is terminal");
  CHECK(error_of([&] { (void)m.with_start(2); }) == "start: state 2 is terminal");
  CHECK(error_of([&] { (void)m.with_start(3); }) == "start: state 3 is not in 0..2");
}

TEST_CASE("mdp: a model that does not fit its memory is refused, by its size or by its rows") {
  const auto stay = [](State s, Action, Row& row) { row.push_back({1, 0, s}); };
  CHECK(error_of([&] { FiniteMdp(1'000'000, 1, stay, {.memory_limit = 1'000'000}); }) ==
        "model: 1000000 states and 1 actions need at least 21000000 bytes, more than the limit of "
        "1000000");
  CHECK_NOTHROW(FiniteMdp(1'000, 1, stay, {.memory_limit = 1'000'000}));
  const auto leap = [](State, Action, Row& row) {  // relative to its state, each row is another
    for (State next = 0; next < 1'000; ++next) row.push_back({0.001, 0, next});
  };
  CHECK(contains(error_of([&] { FiniteMdp(1'000, 1, leap, {.memory_limit = 1'000'000}); }),
                 "more than the limit of 1000000"));
}

TEST_CASE("mdp: bytes tell what the tables hold") {
  // 4 bytes a pair, 1 a state.
  CHECK(corridor(100'000).bytes() >= 900'000);
  CHECK(corridor(100'000).bytes() < 1'000'000);
}
