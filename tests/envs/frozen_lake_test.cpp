#include "envs/frozen_lake.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/envs/outcomes.hpp"
#include "tests/errors.hpp"

using rl::Action;
using tests::contains;
using tests::error_of;
using tests::Move;
using tests::move_of;
using tests::probability_of;

namespace frozen_lake_test {

namespace {

constexpr Action kLeftAction = 0, kDownAction = 1, kRightAction = 2, kUpAction = 3;

}  // namespace

TEST_CASE("frozen lake: one third each for the chosen move and both sides") {
  const rl::Problem p = rl::frozen_lake({}, {});
  const double third = 1.0 / 3;
  // Right from (3, 2): the goal for 1, up (2, 2), down a bump.
  CHECK(probability_of(p.model, 14, kRightAction, {15, 1}) == doctest::Approx(third));
  CHECK(probability_of(p.model, 14, kRightAction, {10, 0}) == doctest::Approx(third));
  CHECK(probability_of(p.model, 14, kRightAction, {14, 0}) == doctest::Approx(third));
  // Left from the start: left and up bump, down moves.
  CHECK(probability_of(p.model, 0, kLeftAction, {0, 0}) == doctest::Approx(2 * third));
  CHECK(probability_of(p.model, 0, kLeftAction, {4, 0}) == doctest::Approx(third));
  // Down from (0, 1): the hole (1, 1) for 0.
  CHECK(probability_of(p.model, 1, kDownAction, {5, 0}) == doctest::Approx(third));
}

TEST_CASE("frozen lake: holes and goal are terminal, 100 steps, gamma .99, start in the corner") {
  const rl::Problem p = rl::frozen_lake({}, {});
  for (const rl::State s : {5, 7, 11, 12, 15}) CHECK(p.model.terminal(s));
  CHECK_FALSE(p.model.terminal(14));
  CHECK(p.episode_steps == 100);
  CHECK(p.gamma == 0.99);
  CHECK(tests::start_of(p.model)[0] == 1);
  CHECK(p.picture.panels[0].mark == "S    X X   XX  T");
}

TEST_CASE("frozen lake: without ice every move goes as chosen") {
  const rl::Problem p = rl::frozen_lake({.is_slippery = false}, {});
  CHECK(move_of(p.model, 14, kRightAction) == Move{15, 1});
  CHECK(move_of(p.model, 0, kUpAction) == Move{0, 0});
  CHECK(move_of(p.model, 4, kRightAction) == Move{5, 0});
}

TEST_CASE("frozen lake: success rate and rewards are options") {
  const rl::Problem p =
      rl::frozen_lake({.success_rate = 0.75, .r_goal = 10, .r_hole = -5, .r_frozen = -0.5}, {});
  CHECK(probability_of(p.model, 14, kRightAction, {15, 10}) == 0.75);
  CHECK(probability_of(p.model, 14, kRightAction, {14, -0.5}) == doctest::Approx(0.125));
  CHECK(probability_of(p.model, 1, kDownAction, {5, -5}) == 0.75);
}

TEST_CASE("frozen lake 8x8: 64 cells, ten holes and the goal end it, 200 steps") {
  const rl::Problem p = rl::frozen_lake_8x8({}, {});
  CHECK(p.model.num_states() == 64);
  int ends = 0;
  for (rl::State s = 0; s < 64; ++s) ends += p.model.terminal(s) ? 1 : 0;
  CHECK(ends == 11);
  CHECK(p.model.terminal(8 * 7 + 3));
  CHECK(p.episode_steps == 200);
}

TEST_CASE("frozen lake: a map of one's own, with several starts drawn alike") {
  const rl::Problem p = rl::frozen_lake({.map = {"SFH", "FSG"}}, {});
  CHECK(p.model.num_states() == 6);
  CHECK(tests::start_of(p.model)[0] == 0.5);
  CHECK(tests::start_of(p.model)[4] == 0.5);
}

TEST_CASE("frozen lake: bad maps are refused in the lake's own letters") {
  const auto error = [](const std::vector<std::string>& map) {
    return error_of([&] { rl::frozen_lake({.map = map}, {}); });
  };
  CHECK(error({"SFF", "FFF"}) ==
        "map: row 1, column 1: the map has no target; expected a cell 'G'");
  CHECK(error({"FFF", "FFG"}) == "map: row 1, column 1: the map has no start; expected a cell 'S'");
  CHECK(contains(error({"S.G"}), "unknown letter '.' (expected one of 'S' start, 'F' free, 'H'"));
  CHECK(contains(error_of([] { rl::frozen_lake({.map = {"SG"}, .size = 3}, {}); }), "exclude"));
}

TEST_CASE("frozen lake: a random map has a path, depends on the seed alone and its size") {
  const std::vector<std::string> map = rl::random_lake(8, 0.8, rl::Rng(3));
  CHECK(map == rl::random_lake(8, 0.8, rl::Rng(3)));
  CHECK(map != rl::random_lake(8, 0.8, rl::Rng(4)));
  CHECK(map.size() == 8);
  CHECK(map.front().front() == 'S');
  CHECK(map.back().back() == 'G');
  rl::WorldContext context;
  context.rng = rl::Rng(3);
  const rl::Problem p = rl::frozen_lake({.size = 8}, context);
  CHECK(p.model.num_states() == 64);
  for (rl::State s = 0; s < 64; ++s) {
    const char letter = map[static_cast<std::size_t>(s / 8)][static_cast<std::size_t>(s % 8)];
    CHECK(p.model.terminal(s) == (letter == 'H' || letter == 'G'));
  }
  // At 0.35 most draws have no path: what is returned has one all the same.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const rl::Problem sparse =
        rl::frozen_lake({.map = rl::random_lake(4, 0.35, rl::Rng(seed)), .is_slippery = false}, {});
    std::vector<rl::State> reached = {0};
    for (std::size_t i = 0; i < reached.size(); ++i)
      for (Action a = 0; a < 4 && !sparse.model.terminal(reached[i]); ++a) {
        const rl::State next = move_of(sparse.model, reached[i], a).next;
        if (std::find(reached.begin(), reached.end(), next) == reached.end())
          reached.push_back(next);
      }
    CHECK(std::find(reached.begin(), reached.end(), 15) != reached.end());
  }
}

TEST_CASE("frozen lake: a random map that cannot be is refused") {
  CHECK(contains(error_of([] { rl::frozen_lake({.size = 1}, {}); }), "at least 2"));
  CHECK(contains(error_of([] { rl::random_lake(3, 0, rl::Rng(1)); }),
                 "no map of 3 x 3 cells with a path"));
}

TEST_CASE("frozen lake: an option that does not act is refused with the one that it needs") {
  CHECK(error_of([] { rl::frozen_lake({.frozen_probability = 0.9}, {}); }) ==
        "option 'frozen_probability' has no effect without 'size'");
  CHECK(error_of([] { rl::frozen_lake({.is_slippery = false, .success_rate = 0.9}, {}); }) ==
        "option 'success_rate' has no effect without 'is_slippery'");
}

}  // namespace frozen_lake_test
