// A user's program. It proves that headers are found and libraries link, outside of this tree.
#include <cstdio>
#include <vector>

#include "rl/environment.hpp"
#include "rl/mdp.hpp"
#include "rl/random.hpp"

int main() {
  // Two states: from 0 the way leads to 1, which is terminal, with reward 2.
  const rl::FiniteMdp model(2, 1,
                            [](rl::State, rl::Action, std::vector<rl::Outcome>& row) {
                              row.push_back({1, 2, 1});
                            },
                            {.terminal = {1}, .start = {1, 0}});
  rl::MdpEnvironment world(model);
  rl::Rng rng(1);
  world.reset(rng);
  const auto step = world.step(0, rng);
  std::printf("reward %g, terminated %d\n", step.reward, step.terminated);
  return step.reward == 2 && step.terminated ? 0 : 1;
}
