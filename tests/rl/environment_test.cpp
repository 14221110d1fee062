#include "rl/environment.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

using rl::Action;
using rl::AnyEnvironment;
using rl::FiniteMdp;
using rl::MdpEnvironment;
using rl::Outcome;
using rl::Rng;
using rl::State;
using rl::Step;
using rl::SwitchingEnvironment;
using tests::error_of;

namespace {

bool same_step(const Step<State>& x, const Step<State>& y) {
  return x.reward == y.reward && x.next == y.next && x.terminated == y.terminated;
}

/// One state, one action, one reward.
FiniteMdp always(double reward) {
  return FiniteMdp(1, 1, [=](State, Action, std::vector<Outcome>& row) {
    row.push_back({1, reward, 0});
  });
}

/// A user's own environment without a model: counts up to 3.
struct Counter {
  using Observation = State;
  State s = 0;
  State num_states() const { return 4; }
  Action num_actions() const { return 1; }
  bool available(State, Action) const { return true; }
  State reset(Rng&) { return s = 0; }
  Step<State> step(Action, Rng&) {
    ++s;
    return {1, s, s == 3};
  }
  template <class Visitor>
  void state(Visitor& visit) {
    visit("counter.s", s);
  }
};
static_assert(rl::FiniteEnvironment<Counter>);

}  // namespace

TEST_CASE("mdp environment: a step is a sample of the model from the current state") {
  MdpEnvironment e(tests::random_walk(7));
  CHECK(e.num_states() == 7);
  CHECK(e.num_actions() == 1);
  Rng rng(1);
  Rng reference(1);
  State s = e.reset(rng);
  CHECK(s == 3);
  for (int i = 0; i < 1000; ++i) {
    const Step<State> x = e.step(0, rng);
    CHECK_UNARY(same_step(x, e.model().sample(s, 0, reference)));
    s = x.terminated ? e.reset(rng) : x.next;
  }
}

TEST_CASE("mdp environment: available is what the model says") {
  const FiniteMdp m = tests::random_mdp(3);
  const MdpEnvironment e(m);
  for (State s = 0; s < m.num_states(); ++s)
    for (Action a = 0; a < m.num_actions(); ++a) CHECK(e.available(s, a) == m.available(s, a));
}

TEST_CASE("any environment: it does to the bit what it holds, and so does a second layer") {
  MdpEnvironment plain(tests::random_walk(9));
  AnyEnvironment any{MdpEnvironment(tests::random_walk(9))};
  Rng rng(2);
  Rng any_rng(2);
  CHECK(any.num_states() == 9);
  CHECK(any.num_actions() == 1);
  CHECK(any.available(1, 0));
  CHECK_FALSE(any.available(0, 0));
  CHECK(plain.reset(rng) == any.reset(any_rng));
  for (int i = 0; i < 1000; ++i) {
    const Step<State> x = plain.step(0, rng);
    CHECK_UNARY(same_step(x, any.step(0, any_rng)));
    if (x.terminated) CHECK_UNARY(plain.reset(rng) == any.reset(any_rng));
  }
  CHECK(rng == any_rng);
}

TEST_CASE("any environment: copies are independent and start where the original stands") {
  AnyEnvironment a{MdpEnvironment(tests::ring(5))};
  Rng rng(3);
  a.reset(rng);
  a.step(0, rng);
  AnyEnvironment b = a;
  CHECK(a.step(0, rng).next == 2);
  CHECK(a.step(0, rng).next == 3);
  CHECK(b.step(0, rng).next == 2);
  b = a;
  CHECK(b.step(0, rng).next == 4);
}

TEST_CASE("any environment: it shows its model where there is one") {
  const AnyEnvironment with{MdpEnvironment(tests::ring(5))};
  REQUIRE(with.model() != nullptr);
  CHECK(with.model()->num_states() == 5);
  const AnyEnvironment without{Counter{}};
  CHECK(without.model() == nullptr);
  AnyEnvironment counter{Counter{}};
  Rng rng(4);
  counter.reset(rng);
  counter.step(0, rng);
  counter.step(0, rng);
  CHECK(counter.step(0, rng).terminated);
}

TEST_CASE("any environment: its state is saved and loaded with what it holds") {
  AnyEnvironment a{MdpEnvironment(tests::ring(5))};
  AnyEnvironment b{MdpEnvironment(tests::ring(5))};
  Rng rng(5);
  a.reset(rng);
  b.reset(rng);
  a.step(0, rng);
  a.step(0, rng);
  rl::load_state(rl::save_state(a), b);
  CHECK(b.step(0, rng).next == 3);
  AnyEnvironment counter{Counter{}};
  CHECK(error_of([&] { rl::load_state(rl::save_state(a), counter); }) ==
        "saved state: field 'counter.s' is missing: another is here");
}

TEST_CASE("switching environment: the next model is in force after exactly so many steps") {
  SwitchingEnvironment e({always(1), always(2), always(3)}, {3, 5});
  Rng rng(6);
  e.reset(rng);
  std::vector<double> rewards;
  for (int i = 0; i < 7; ++i) rewards.push_back(e.step(0, rng).reward);
  CHECK(rewards == std::vector<double>{1, 1, 1, 2, 2, 3, 3});
}

TEST_CASE("switching environment: its model is the one of the next step, and a reset keeps it") {
  SwitchingEnvironment e({always(1), always(2)}, {1});
  Rng rng(7);
  e.reset(rng);
  CHECK(e.model().row(0, 0).reward == 1);
  e.step(0, rng);
  CHECK(e.model().row(0, 0).reward == 2);
  e.reset(rng);
  CHECK(e.model().row(0, 0).reward == 2);
  CHECK(e.models().size() == 2);
  CHECK(e.at_step() == std::vector<std::int64_t>{1});
}

TEST_CASE("switching environment: saved in the middle, it switches when it would have") {
  SwitchingEnvironment a({always(1), always(2)}, {3});
  SwitchingEnvironment b({always(1), always(2)}, {3});
  Rng rng(8);
  a.reset(rng);
  a.step(0, rng);
  a.step(0, rng);
  rl::load_state(rl::save_state(a), b);
  CHECK(b.step(0, rng).reward == 1);
  CHECK(b.step(0, rng).reward == 2);
}

TEST_CASE("switching environment: what does not fit together is refused") {
  const auto error = [](std::vector<FiniteMdp> models, std::vector<std::int64_t> times) {
    return error_of([&] { SwitchingEnvironment(std::move(models), std::move(times)); });
  };
  const std::string where = "switching environment: ";
  CHECK(error({}, {}) == where + "needs one model more than times");
  CHECK(error({always(1)}, {5}) == where + "needs one model more than times");
  CHECK(error({always(1), always(2)}, {0}) == where + "times must be positive and grow");
  CHECK(error({always(1), always(2), always(3)}, {5, 5}) ==
        where + "times must be positive and grow");
  CHECK(error({tests::ring(4), tests::ring(5)}, {5}) == where + "models differ in shape");
  const auto pair_of = [](bool ends, bool second) {
    return FiniteMdp(2, 2,
                     [=](State s, Action a, std::vector<Outcome>& row) {
                       if (a == 0 || second) row.push_back({1, 0, s});
                     },
                     {.terminal = ends ? std::vector<State>{1} : std::vector<State>{}});
  };
  CHECK(error({pair_of(false, true), pair_of(true, true)}, {5}) ==
        where + "models differ in terminal states");
  CHECK(error({pair_of(false, true), pair_of(false, false)}, {5}) ==
        where + "models differ in available actions");
}
