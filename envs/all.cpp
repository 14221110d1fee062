#include "envs/all.hpp"

#include "envs/gambler.hpp"
#include "envs/grid_world/presets.hpp"
#include "envs/grid_world/world.hpp"
#include "envs/jacks_car_rental.hpp"
#include "envs/random_walk.hpp"

namespace rl {

namespace {

void add_grid_worlds(Registry& registry) {
  registry.add_world("grid_world", "a grid of one's own: map, rewards, slip, wind, ends",
                     "MFRL Chapter 1 with the rules of the other books' grids as options",
                     GridWorldOptions{}, grid_world);
  add_mfrl_grids(registry);
  registry.add_world("slippery_grid", "an n x n grid with slips, for measuring planners",
                     "constructed; the header has its rule", SlipperyGridOptions{}, slippery_grid);
}

/// For worlds that are not drawn: they use nothing of the context.
template <class Options>
auto fixed(Problem (*make)(const Options&)) {
  return [make](const Options& options, const WorldContext&) { return make(options); };
}

void add_other_worlds(Registry& r) {
  r.add_world("jacks_car_rental", "Jack's car rental: cars moved overnight (S&B Example 4.2)",
              "S&B 4.3, Example 4.2, Figure 4.2", JacksCarRentalOptions{}, fixed(jacks_car_rental));
  r.add_world("jacks_car_rental_4_7",
              "Jack's car rental with a free shuttle and parking (S&B Exercise 4.7)",
              "S&B 4.3, Exercise 4.7", jacks_car_rental_4_7(), fixed(jacks_car_rental));
  r.add_world("gambler", "Gambler's problem: which stake on heads (S&B Example 4.3)",
              "S&B 4.4, Example 4.3, Figure 4.3", GamblerOptions{}, fixed(gambler));
  r.add_world("random_walk_5", "Random walk of 5 states, ends 0 and +1 (S&B Example 6.2)",
              "S&B 6.2, Examples 6.2 and 6.3", random_walk_5(), fixed(random_walk));
  r.add_world("random_walk_19", "Random walk of 19 states, ends -1 and +1 (S&B Example 7.1)",
              "S&B 7.1, Figures 7.2, 12.3, 12.6, 12.8", random_walk_19(), fixed(random_walk));
  r.add_world("random_walk_1000",
              "Random walk of 1000 states with jumps up to 100 (S&B Example 9.1)",
              "S&B 9.3, Figures 9.1, 9.2, 9.5", random_walk_1000(), fixed(random_walk));
}

}  // namespace

void add_worlds(Registry& registry) {
  add_grid_worlds(registry);
  add_other_worlds(registry);
}

}  // namespace rl
