// Deep Q-learning: what a step costs with each instruction set, and what that is of the machine's
// peak.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <iterator>

#include "algorithms/deep_q.hpp"
#include "apps/bench/bench.hpp"
#include "apps/bench/instructions.hpp"
#include "envs/cart_pole.hpp"
#include "envs/control.hpp"
#include "rl/instruction_set.hpp"

namespace rl::bench {

namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kShape[] = {4, 64, 64, 2};

/// Multiplications and additions of one step: acting, the target network's values of a batch, the
/// forward and backward pass of the network that learns, Adam.
double operations_of_step() {
  constexpr double kAdam = 12;  // of a parameter
  double forward = 0;           // of a sample: W' x + b
  double slopes = 0;            // of a sample: W dz, not for the first layer
  double parameters = 0;
  for (std::size_t l = 0; l + 1 < std::size(kShape); ++l) {
    const auto in = static_cast<double>(kShape[l]);
    const auto out = static_cast<double>(kShape[l + 1]);
    parameters += (in + 1) * out;
    forward += 2 * (in + 1) * out;
    if (l > 0) slopes += 2 * in * out;
  }
  return forward + static_cast<double>(kBatch) * (3 * forward + slopes) + kAdam * parameters;
}

/// Steps of deep Q-learning on the cart-pole, an update each; `items`: what a step counts for.
void deep_q_steps(benchmark::State& state, InstructionSet set, double items) {
  constexpr std::int64_t kTimed = 2'000;
  constexpr std::int64_t kBefore = 1'000;
  const WithInstructions instructions(set);
  const Problem problem = cart_pole({}, WorldContext{});
  Runner runner(
      CartPole(),
      DeepQ<Point>(problem,
                   {.n_step = 1, .batch = static_cast<std::int64_t>(kBatch), .learn_from = kBefore},
                   Rng(1)),
      Streams(1), 500);
  runner.run({.steps = kBefore});
  while (state.KeepRunning()) runner.run({.steps = runner.steps() + kTimed});
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<double>(state.iterations()) *
                                                    static_cast<double>(kTimed) * items));
}

InstructionSet widest() { return available_instruction_sets().back(); }

void baseline_steps(benchmark::State& state) { deep_q_steps(state, InstructionSet::baseline, 1); }
void widest_steps(benchmark::State& state) { deep_q_steps(state, widest(), 1); }
void widest_operations(benchmark::State& state) {
  deep_q_steps(state, widest(), operations_of_step());
}

// ---- the peak -----------------------------------------------------------------------------------

/// A multiplication and an addition in each of `kChains` registers, again and again: as many are
/// under way as the processor can take. Bits are the same everywhere because the two are never
/// fused, so this is the peak that counts.
template <int kBytes>
struct Peak {
  typedef float Register __attribute__((vector_size(kBytes)));
  static constexpr int kChains = 12;
  static constexpr std::int64_t kRounds = 100'000;
  static constexpr std::int64_t kOperations = 2 * kRounds * kChains * (kBytes / 4);

  [[gnu::always_inline]] static inline void run() {
    Register x[kChains];
    for (int i = 0; i < kChains; ++i) x[i] = Register{} + (1.0f + 0.01f * static_cast<float>(i));
    Register factor = Register{} + 0.999f;
    Register term = Register{} + 0.001f;
    asm volatile("" : "+m"(factor), "+m"(term));
    for (std::int64_t i = 0; i < kRounds; ++i)
      for (Register& r : x) r = r * factor + term;
    for (Register& r : x) asm volatile("" : : "m"(r));
  }
};

void run_baseline() { Peak<16>::run(); }
#ifdef __x86_64__
[[gnu::target("avx2")]] void run_avx2() { Peak<32>::run(); }
[[gnu::target("avx512f")]] void run_avx512() { Peak<64>::run(); }
#endif

void peak(benchmark::State& state) {
  void (*run)() = run_baseline;
  std::int64_t operations = Peak<16>::kOperations;
#ifdef __x86_64__
  if (widest() == InstructionSet::avx2) run = run_avx2, operations = Peak<32>::kOperations;
  if (widest() == InstructionSet::avx512) run = run_avx512, operations = Peak<64>::kOperations;
#endif
  while (state.KeepRunning()) run();
  state.SetItemsProcessed(state.iterations() * operations);
}

}  // namespace

std::vector<Work> networks() {
  return {{.name = "DQN step, 4-64-64-2, batch 32, baseline instructions",
           .unit = "us",
           .library = baseline_steps,
           .floor = Floor{35}},
          {.name = "DQN step, widest instructions beside the baseline",
           .unit = "us",
           .library = widest_steps,
           .yardstick = baseline_steps,
           .floor = Floor{18}},
          {.name = "DQN step, its arithmetic beside the peak of multiply and add",
           .unit = "GFLOP/s",
           .library = widest_operations,
           .yardstick = peak}};
}

}  // namespace rl::bench
