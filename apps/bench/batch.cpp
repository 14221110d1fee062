// Batches of worlds beside the same worlds stepped one by one, through MdpEnvironment; and seeds
// that learn side by side beside a Runner each.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/lanes/q_learning_lanes.hpp"
#include "algorithms/temporal_difference.hpp"
#include "apps/bench/bench.hpp"
#include "apps/bench/instructions.hpp"
#include "envs/cliff_walking.hpp"
#include "envs/grid_world/world.hpp"
#include "rl/batch/policy.hpp"
#include "rl/batch/worlds.hpp"
#include "rl/environment.hpp"
#include "rl/instruction_set.hpp"
#include "rl/parallel.hpp"
#include "rl/policy.hpp"

namespace rl::bench {

namespace {

constexpr std::size_t kWorlds = 512;
constexpr std::int64_t kEpisode = 1000;
constexpr std::int64_t kBatches = 200;  // steps of every world in one call

/// The grid with slip or without; starts are uniform, for a walk from a corner of a big grid stays
/// in the cache.
FiniteMdp grid_to_batch(int n, double slip) {
  GridWorld world;
  world.map = open_map(n, n);
  world.rules.slip = slip;
  world.rules.slip_kind = SlipKind::perpendicular;
  const FiniteMdp model = grid_problem(world).model;
  return model.with_start(std::vector<double>(index(model.num_states()), 1));
}

/// The caller's actions, drawn before the clock starts: a piece of a list, another one each time,
/// or worlds would walk in circles.
class CallersActions {
 public:
  CallersActions() : actions_(kWorlds + kStep * kPieces) {
    for (Action& a : actions_) a = rng_.index(5);
  }
  std::span<const Action> next() {
    return {actions_.data() + kStep * index(rng_.index(kPieces)), kWorlds};
  }

 private:
  static constexpr std::size_t kStep = 16;
  static constexpr std::int32_t kPieces = 256;
  Rng rng_{1};
  std::vector<Action> actions_;
};

void count_steps(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * kBatches * static_cast<std::int64_t>(kWorlds));
}

void batch_of_worlds(benchmark::State& state, const FiniteMdp& model, InstructionSet set) {
  const WithInstructions instructions(set);
  BatchWorlds worlds(PackedModel(model), kWorlds, Rng(2), kEpisode);
  CallersActions actions;
  while (state.KeepRunning())
    for (std::int64_t t = 0; t < kBatches; ++t) worlds.step(actions.next());
  benchmark::DoNotOptimize(worlds.rewards().data());
  count_steps(state);
}

/// The same worlds one after the other.
class WorldsOneByOne {
 public:
  WorldsOneByOne(const FiniteMdp& model, const Rng& root) : reward_(kWorlds) {
    for (std::size_t i = 0; i < kWorlds; ++i) {
      streams_.emplace_back(root.split(i));
      worlds_.push_back({MdpEnvironment(model), 0, 0});
      worlds_[i].state = worlds_[i].environment.reset(streams_[i].environment);
    }
  }
  template <class Choose>
  void step(const Choose& choose) {
    for (std::size_t i = 0; i < kWorlds; ++i) {
      World& world = worlds_[i];
      Streams& streams = streams_[i];
      const Step<State> x =
          world.environment.step(choose(i, world.state, streams.agent), streams.environment);
      reward_[i] = x.reward;
      world.state = x.next;
      if (x.terminated || ++world.steps == kEpisode) {
        world.state = world.environment.reset(streams.environment);
        world.steps = 0;
      }
    }
  }
  const double* rewards() const { return reward_.data(); }

 private:
  struct World {
    MdpEnvironment environment;
    State state;
    std::int64_t steps;
  };
  std::vector<World> worlds_;
  std::vector<Streams> streams_;
  std::vector<double> reward_;
};

void worlds_one_by_one(benchmark::State& state, const FiniteMdp& model) {
  WorldsOneByOne worlds(model, Rng(2));
  CallersActions actions;
  while (state.KeepRunning())
    for (std::int64_t t = 0; t < kBatches; ++t) {
      const std::span<const Action> a = actions.next();
      worlds.step([a](std::size_t i, State, Rng&) { return a[i]; });
    }
  benchmark::DoNotOptimize(worlds.rewards());
  count_steps(state);
}

void batch_rollouts(benchmark::State& state, const FiniteMdp& model) {
  BatchWorlds worlds(PackedModel(model), kWorlds, Rng(2), kEpisode);
  BatchPolicy policy(model, uniform_policy(model), kWorlds, Rng(2));
  while (state.KeepRunning())
    for (std::int64_t t = 0; t < kBatches; ++t) worlds.step(policy.choose(worlds.states()));
  benchmark::DoNotOptimize(worlds.rewards().data());
  count_steps(state);
}

void rollouts_one_by_one(benchmark::State& state, const FiniteMdp& model) {
  WorldsOneByOne worlds(model, Rng(2));
  const TabularPolicy policy = uniform_policy(model);
  while (state.KeepRunning())
    for (std::int64_t t = 0; t < kBatches; ++t)
      worlds.step([&policy](std::size_t, State s, Rng& rng) { return policy.sample(s, rng); });
  benchmark::DoNotOptimize(worlds.rewards());
  count_steps(state);
}

/// Seconds on the clock until each of so many batches, on a thread of its own, has made its steps.
double seconds_of_batches(const PackedModel& model, int threads) {
  std::vector<BatchWorlds> batches;
  for (int i = 0; i < threads; ++i)
    batches.emplace_back(model, kWorlds, Rng(2), kEpisode, kWorlds * index(i));
  const auto begin = std::chrono::steady_clock::now();
  parallel_for(batches.size(), threads, [&](std::size_t i) {
    BatchWorlds worlds = std::move(batches[i]);  // memory that no other thread writes near
    CallersActions actions;
    for (std::int64_t t = 0; t < 100 * kBatches; ++t) worlds.step(actions.next());
    benchmark::DoNotOptimize(worlds.rewards().data());
  });
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Steps a second on two threads over those on one, best times, by turns.
std::optional<double> two_threads(const std::function<bool()>& interrupted) {
  constexpr int kTurns = 15;
  const PackedModel model(grid_to_batch(100, 0));
  double one = std::numeric_limits<double>::infinity();
  double two = one;
  for (int turn = 0; turn < kTurns; ++turn) {
    if (interrupted()) return std::nullopt;
    one = std::min(one, seconds_of_batches(model, 1));
    two = std::min(two, seconds_of_batches(model, 2));
  }
  return 2 * one / two;
}

// ---- seeds side by side -------------------------------------------------------------------------

constexpr std::int64_t kUpdates = 50'000;  // of each seed
constexpr std::uint64_t kSeeds = 32;

QLearning::Options half_way() { return {.alpha = 0.5}; }

void count_updates(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * kUpdates * static_cast<std::int64_t>(kSeeds));
}

void seeds_in_lanes(benchmark::State& state, const Problem& problem, InstructionSet set) {
  const WithInstructions instructions(set);
  std::vector<std::uint64_t> seeds;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) seeds.push_back(seed);
  while (state.KeepRunning())
    benchmark::DoNotOptimize(
        q_learning_in_lanes(problem, half_way(), seeds, {.steps = kUpdates}).data());
  count_updates(state);
}

void seeds_one_by_one(benchmark::State& state, const Problem& problem) {
  struct {
    std::vector<EpisodeStats> episodes = {};
    bool on_episode(const EpisodeStats& e) {
      episodes.push_back(e);
      return true;
    }
  } seen;
  while (state.KeepRunning())
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      seen.episodes.clear();
      Runner runner(MdpEnvironment(problem.model), QLearning(problem, half_way()), Streams(seed),
                    problem.episode_steps);
      runner.run({.steps = kUpdates}, seen);
      benchmark::DoNotOptimize(runner.learner().q().parameters().data());
    }
  count_updates(state);
}

/// 8 x 8, an episode ends at the target.
Problem grid_to_learn() {
  GridWorld world;
  world.map = open_map(8, 8);
  world.rules.target_terminates = true;
  return grid_problem(world);
}

std::optional<Floor> floor_of(InstructionSet set, double slip) {
  if (set == InstructionSet::avx2 && slip == 0) return Floor{1500};
  return std::nullopt;
}

}  // namespace

std::vector<Work> batch() {
  std::vector<Work> works;
  for (const int n : {8, 100})
    for (const double slip : {0.0, 0.2}) {
      const std::string name = fmt::format("{0}x{0}{1}", n, slip > 0 ? " slippery" : "");
      const FiniteMdp model = grid_to_batch(n, slip);
      for (const InstructionSet set : available_instruction_sets())
        works.push_back(
            {.name = fmt::format("batch {}, {}; beside one by one", name, name_of(set)),
             .unit = "M/s",
             .library = [=](benchmark::State& state) { batch_of_worlds(state, model, set); },
             .yardstick = [=](benchmark::State& state) { worlds_one_by_one(state, model); },
             .floor = floor_of(set, slip)});
      works.push_back(
          {.name = fmt::format("batch {}, uniform policy; beside one by one", name),
           .unit = "M/s",
           .library = [=](benchmark::State& state) { batch_rollouts(state, model); },
           .yardstick = [=](benchmark::State& state) { rollouts_one_by_one(state, model); }});
    }
  for (const auto& [world, problem] : {std::pair{"the cliff", cliff_walking({}, WorldContext{})},
                                       {"an 8x8 grid", grid_to_learn()}})
    for (const InstructionSet set : available_instruction_sets()) {
      const Problem& p = problem;
      works.push_back(
          {.name = fmt::format("Q-learning on {}, 32 seeds in lanes, {}; beside one by one", world,
                               name_of(set)),
           .unit = "M/s",
           .library = [p, set](benchmark::State& state) { seeds_in_lanes(state, p, set); },
           .yardstick = [p](benchmark::State& state) { seeds_one_by_one(state, p); },
           .floor = set == available_instruction_sets().back() ? std::optional(Floor{350})
                                                               : std::nullopt});
    }
  works.push_back({.name = "batch 100x100, elapsed time, 2 threads beside 1",
                   .unit = "x",
                   .number = two_threads,
                   .floor = Floor{1.6}});
  return works;
}

}  // namespace rl::bench
