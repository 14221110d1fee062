#include "algorithms/replay_buffer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "tests/errors.hpp"

using rl::Experience;
using rl::ReplayBuffer;
using rl::Rng;
using rl::State;
using rl::Transition;
using tests::contains;
using tests::error_of;

namespace replay_buffer_test {
namespace {

/// What n-step experience makes of transitions 0 -> 1 -> 2 -> ... with these rewards.
std::vector<Experience<State>> made(int n, double gamma, const std::vector<double>& rewards,
                                    bool terminated, bool truncated) {
  rl::NStepExperience<State> steps(n, gamma);
  std::vector<Experience<State>> all;
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    const auto s = static_cast<State>(i);
    const bool last = i + 1 == rewards.size();
    steps.add(Transition<State>{s, 0, rewards[i], s + 1, last && terminated, last && truncated},
              [&](const Experience<State>& e) { all.push_back(e); });
  }
  return all;
}

ReplayBuffer<State> filled(std::size_t capacity, int transitions) {
  ReplayBuffer<State> buffer(capacity, {100, 2});
  for (int i = 0; i < transitions; ++i) buffer.add({i, i % 2, i + 0.5, i + 1, 0.9});
  return buffer;
}

/// Reads a saved state in which one number is another.
struct Forged {
  std::int64_t oldest;
  template <class X>
  void operator()(const std::string& name, X& x) const {
    if constexpr (std::same_as<X, std::int64_t>)
      if (name == "replay.oldest") x = oldest;
  }
};

}  // namespace

TEST_CASE("replay buffer: a full one overwrites its oldest transition") {
  const ReplayBuffer<State> buffer = filled(3, 5);
  REQUIRE(buffer.size() == 3);
  std::vector<State> states;
  for (std::size_t i = 0; i < 3; ++i) states.push_back(buffer[i].state);
  CHECK(states == std::vector<State>{3, 4, 2});
  CHECK(buffer[1].action == 0);
  CHECK(buffer[1].reward == 4.5);
  CHECK(buffer[1].next == 5);
  CHECK(buffer[1].discount == 0.9);
}

TEST_CASE("replay buffer: points come back as float") {
  ReplayBuffer<rl::Point> buffer(2, {2, 3});
  buffer.add({{0.5, 0.1}, 2, 1, {1.5, -2}, 0.9});
  const Experience<rl::Point> e = buffer[0];
  CHECK(e.state == rl::Point{0.5, static_cast<double>(0.1F)});
  CHECK(e.next == rl::Point{1.5, -2});
  CHECK(e.action == 2);
}

TEST_CASE("replay buffer: saved and loaded it is the same, and goes on in the same place") {
  ReplayBuffer<State> buffer = filled(3, 5);
  ReplayBuffer<State> other = filled(3, 1);
  rl::load_state(rl::save_state(buffer), other);
  CHECK(rl::save_state(other) == rl::save_state(buffer));
  CHECK(buffer.add({9, 0, 0, 9, 0}) == 2);
  CHECK(other.add({9, 0, 0, 9, 0}) == 2);
}

TEST_CASE("replay buffer: a saved state of another world is refused") {
  const std::string bytes = rl::save_state(filled(3, 3));
  ReplayBuffer<State> fewer_states(3, {2, 2});
  CHECK(contains(error_of([&] { rl::load_state(bytes, fewer_states); }), "replay.state"));
  ReplayBuffer<State> smaller(2, {100, 2});
  CHECK(contains(error_of([&] { rl::load_state(bytes, smaller); }), "replay.size"));
}

TEST_CASE("replay buffer: a saved next place that is none is refused") {
  for (const std::pair<int, int>& saved : {std::pair(3, 3), {3, -1}, {2, 1}, {2, 2}}) {
    CAPTURE(saved.first);
    ReplayBuffer<State> buffer = filled(3, saved.first);
    Forged forged{saved.second};
    CHECK(contains(error_of([&] { buffer.state(forged); }), "replay.oldest"));
  }
}

TEST_CASE("n-step experience: three steps by hand, and shorter ones at the end") {
  // gamma .5, rewards 1 2 4 8: R of the first = 1 + .5 * 2 + .25 * 4 = 3, then 2 + 2 + 2 = 6, and
  // at the end 4 + 4 = 8 and 8, none of which bootstraps.
  const auto e = made(3, 0.5, {1, 2, 4, 8}, true, false);
  REQUIRE(e.size() == 4);
  CHECK(e[0].reward == 3);
  CHECK(e[0].next == 3);
  CHECK(e[0].discount == 0.125);
  const double rewards[] = {3, 6, 8, 8};
  for (int i = 1; i < 4; ++i) {
    const auto k = static_cast<std::size_t>(i);
    CHECK(e[k].state == i);
    CHECK(e[k].reward == rewards[i]);
    CHECK(e[k].next == 4);
    CHECK(e[k].discount == 0);
  }
}

TEST_CASE("n-step experience: a truncated episode bootstraps from its last state") {
  const auto e = made(3, 0.5, {1, 2, 4, 8}, false, true);
  REQUIRE(e.size() == 4);
  const double discounts[] = {0.125, 0.125, 0.25, 0.5};
  for (std::size_t i = 0; i < 4; ++i) CHECK(e[i].discount == discounts[i]);
  CHECK(e[3].next == 4);
}

TEST_CASE("n-step experience: with n = 1 every transition is complete at once") {
  const auto e = made(1, 0.5, {1, 2}, false, false);
  REQUIRE(e.size() == 2);
  CHECK(e[1].reward == 2);
  CHECK(e[1].discount == 0.5);
}

TEST_CASE("sum tree: a number is found by the sums before it") {
  rl::SumTree tree(5);
  const double x[] = {1, 0, 2, 0.5, 0};
  for (std::size_t i = 0; i < 5; ++i) tree.set(i, x[i]);
  CHECK(tree.total() == 3.5);
  CHECK(tree.find(0) == 0);
  CHECK(tree.find(0.99) == 0);
  CHECK(tree.find(1) == 2);
  CHECK(tree.find(2.99) == 2);
  CHECK(tree.find(3) == 3);
  CHECK(tree.find(3.5) == 3);  // the end of the whole, which rounding may give
  tree.set(2, 0);
  CHECK(tree.total() == 1.5);
  CHECK(tree.find(1) == 3);
}

TEST_CASE("prioritized replay: transitions come as often as their priorities say") {
  // delta 1, 2, 3, 4 and alpha 1: P = .1, .2, .3, .4
  rl::ProportionalReplay replay(4, 1);
  for (std::size_t i = 0; i < 4; ++i) replay.added(i);
  const std::vector<double> delta = {1, -2, 3, -4};
  replay.learned({{0, 1, 2, 3}, {}}, delta);
  CHECK(replay.priority(3) == doctest::Approx(4).epsilon(1e-6));
  Rng rng(1);
  rl::ReplaySample sample;
  std::vector<double> count(4, 0);
  constexpr int kDraws = 40'000;
  for (int i = 0; i < kDraws; ++i) {
    replay.sample(1, 4, 0.5, rng, sample);
    ++count[sample.place[0]];
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const double P = 0.1 * static_cast<double>(i + 1);
    const double sd = std::sqrt(kDraws * P * (1 - P));
    CHECK(std::abs(count[i] - kDraws * P) < 4 * sd);
  }
}

TEST_CASE("prioritized replay: weights are (N P)^-beta beside the largest of the batch") {
  // Four equal parts of the sum 10 give the places 1 (or 0), 2, 3, 3. N P = .4, .8, 1.2, 1.6
  rl::ProportionalReplay replay(4, 1);
  for (std::size_t i = 0; i < 4; ++i) replay.added(i);
  replay.learned({{0, 1, 2, 3}, {}}, std::vector<double>{1, 2, 3, 4});
  Rng rng(1);
  rl::ReplaySample sample;
  replay.sample(4, 4, 0.5, rng, sample);
  CHECK(sample.place[3] == 3);
  double largest = 0;
  for (const std::size_t i : sample.place)
    largest = std::max(largest, std::pow(0.4 * static_cast<double>(i + 1), -0.5));
  for (std::size_t k = 0; k < 4; ++k) {
    const double w = std::pow(0.4 * static_cast<double>(sample.place[k] + 1), -0.5) / largest;
    CHECK(sample.weight[k] == doctest::Approx(w).epsilon(1e-5));
  }
}

TEST_CASE("prioritized replay: what is new has the largest priority so far") {
  rl::ProportionalReplay replay(3, 0.5);
  replay.added(0);
  CHECK(replay.priority(0) == 1);
  replay.learned({{0}, {}}, std::vector<double>{9});
  replay.added(1);
  CHECK(replay.priority(1) == doctest::Approx(3).epsilon(1e-6));
}

TEST_CASE("prioritized replay: saved and loaded into one that held more, it is the same") {
  rl::ProportionalReplay replay(4, 1);
  rl::ProportionalReplay other(4, 1);
  for (std::size_t i = 0; i < 2; ++i) replay.added(i);
  for (std::size_t i = 0; i < 4; ++i) other.added(i);
  replay.learned({{0, 1}, {}}, std::vector<double>{5, 0.25});
  rl::StateWriter writer;
  replay.state(writer, 2);
  rl::StateReader reader(writer.bytes);
  other.state(reader, 2);
  CHECK(other.priority(0) == replay.priority(0));
  CHECK(other.priority(3) == 0);
}

TEST_CASE("replay: what cannot be drawn is refused") {
  Rng rng(1);
  rl::ReplaySample sample;
  rl::ProportionalReplay by_priority(4, 1);
  by_priority.added(0);
  CHECK(error_of([&] { rl::UniformReplay{}.sample(1, 0, 0, rng, sample); }) ==
        "replay: the buffer is empty");
  CHECK(error_of([&] { by_priority.sample(2, 1, 0, rng, sample); }) ==
        "replay: a batch of 2 needs as many transitions, the buffer holds 1");
  CHECK(error_of([] {
          ReplayBuffer<State>(0, {1, 1});
        }) == "replay: a capacity of 0 holds nothing");
}

}  // namespace replay_buffer_test
