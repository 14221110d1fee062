// Saved states: load_state refuses, or gives what saves the same bytes again; and a run that it
// accepts goes on within its world.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/temporal_difference.hpp"
#include "rl/random.hpp"
#include "rl/run.hpp"
#include "rl/state.hpp"
#include "rl/values.hpp"

namespace {

struct Everything {
  rl::Rng rng{1};
  rl::EpisodeStats episode;
  rl::QTable q{2, 2};
  std::vector<double> list;
  std::string text;
  std::array<std::uint8_t, 3> bytes{};
  template <class Visitor>
  void state(Visitor& visit) {
    visit("rng", rng);
    visit("episode", episode);
    visit("q", q);
    visit("list", list);
    visit("text", text);
    visit("bytes", bytes);
  }
};

/// Three states in a ring with an exit; one action is missing in state 1.
const rl::Problem& ring() {
  static const rl::Problem problem{
      .name = "ring",
      .model = rl::FiniteMdp(4, 2,
                             [](rl::State s, rl::Action a, std::vector<rl::Outcome>& row) {
                               if (s == 1 && a == 1) return;
                               row.push_back({0.5, 1, (s + 1) % 3});
                               row.push_back({0.5, 0, a == 0 ? s : 3});
                             },
                             {.terminal = {3}}),
      .gamma = 0.5,
      .episode_steps = 20};
  return problem;
}

void load_values(std::string_view bytes) {
  Everything x;
  rl::load_state(bytes, x);
  if (rl::save_state(x) != bytes) std::abort();
}

void load_run(std::string_view bytes) {
  rl::Runner run(
      rl::MdpEnvironment(ring().model),
      rl::Sarsa(ring(), {.alpha = rl::Schedule::harmonic(1).on(rl::Schedule::Clock::visits),
                         .stored_policy = true}),
      rl::Streams(1), ring().episode_steps);
  rl::load_state(bytes, run);
  if (rl::save_state(run) != bytes) std::abort();
  const std::int64_t before = run.steps();
  if (before >= 0 && before < rl::kNoLimit - 50) run.run({.steps = before + 50});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  for (void (*load)(std::string_view) : {load_values, load_run}) try {
      load(bytes);
    } catch (const std::invalid_argument&) {
    }
  return 0;
}
