#include "envs/all.hpp"

#include "envs/access_control.hpp"
#include "envs/baird.hpp"
#include "envs/bandit.hpp"
#include "envs/blackjack.hpp"
#include "envs/cliff_walking.hpp"
#include "envs/control.hpp"
#include "envs/four_rooms.hpp"
#include "envs/frozen_lake.hpp"
#include "envs/gambler.hpp"
#include "envs/grid_world/presets.hpp"
#include "envs/grid_world/world.hpp"
#include "envs/infinite_variance.hpp"
#include "envs/jacks_car_rental.hpp"
#include "envs/maximization_bias.hpp"
#include "envs/mazes.hpp"
#include "envs/racetrack.hpp"
#include "envs/random_walk.hpp"
#include "envs/sb_grids.hpp"
#include "envs/short_corridor.hpp"
#include "envs/taxi.hpp"
#include "envs/tic_tac_toe.hpp"
#include "envs/token_world.hpp"
#include "envs/tsitsiklis_van_roy.hpp"
#include "envs/windy_grid.hpp"

namespace rl {

namespace {

void add_mfrl_grids(Registry& r) {
  r.add_world("grid_world", "A grid of one's own: map, rewards, slip, wind, ends (MFRL 1.1)",
              "MFRL Chapter 1, with the rules of all the books' grids as options",
              GridWorldOptions{}, grid_world);
  r.add_world("mfrl_5x5", "MFRL's 5x5 grid, the target pays on (MFRL Fig 3.4(a))",
              "MFRL Fig 2.7, 3.2, 3.4, 4.2, 5.3, 5.5, 5.8, 7.4, 7.5, 8.6-8.8", GridRules{},
              mfrl_5x5);
  r.add_world("mfrl_5x5_forbidden_10", "The 5x5 grid, forbidden cells cost 10 (MFRL Fig 3.4(d))",
              "MFRL Fig 3.4(d), 4.4, 5.4, 5.6, 5.7", mfrl_forbidden_10(), mfrl_5x5);
  r.add_world("mfrl_5x5_forbidden_10_convention_b",
              "The 5x5 grid, a bump from a forbidden cell costs 1 + 10 (MFRL Fig 5.6 as printed)",
              "MFRL Fig 5.6, 5.7 as printed; the text has the other rule",
              mfrl_forbidden_10_convention_b(), mfrl_5x5);
  r.add_world("mfrl_5x5_episodic",
              "The 5x5 grid, each step costs, the target ends the episode (MFRL Fig 7.2)",
              "MFRL Fig 7.2, 7.3, Box 7.4; the book gives no gamma, .9 is a choice",
              mfrl_episodic(), mfrl_5x5);
  r.add_world("mfrl_5x5_episodic_reward",
              "The 5x5 grid, the target alone pays and ends the episode (MFRL Fig 8.9)",
              "MFRL Fig 8.9, 8.10", mfrl_episodic_reward(), mfrl_5x5);
  r.add_world("mfrl_5x5_single_trajectory",
              "The 5x5 grid as one trajectory of 1,000 steps (MFRL Fig 8.11)",
              "MFRL Fig 8.11; Fig 8.12 has 100 steps", mfrl_single_trajectory(),
              mfrl_5x5_single_trajectory);
  r.add_world("mfrl_3x3", "MFRL's 3x3 grid (MFRL 1.1-1.5, Fig 5.3)", "MFRL Chapter 1, Fig 5.3",
              GridRules{}, mfrl_3x3);
  r.add_world("mfrl_2x2", "MFRL's 2x2 grid, s2 forbidden (MFRL Fig 2.2)",
              "MFRL Chapters 2-4, Fig 8.5", GridRules{}, mfrl_2x2);
  r.add_world("mfrl_2x2_open", "The 2x2 grid without a forbidden cell (MFRL Fig 3.5)",
              "MFRL Fig 3.5", GridRules{}, mfrl_2x2_open);
  r.add_world("mfrl_1x2", "MFRL's 1x2 grid: left, stay, right (MFRL Fig 4.3)",
              "MFRL 4.2.3, Fig 4.3", GridRules{}, mfrl_1x2);
  r.add_world("mfrl_python", "The grid that MFRL's Python code has, another MDP than the book's",
              "MFRL's code, src/grid_world.py and examples/arguments.py", mfrl_python_rules(),
              mfrl_python);
}

void add_other_grids(Registry& r) {
  r.add_world("sb_grid_3_5", "5x5 grid with two jumps (S&B Example 3.5)",
              "S&B 3.5, 3.6, Examples 3.5 and 3.8", NoOptions{}, sb_grid_3_5);
  r.add_world("sb_grid_4_1", "4x4 grid with two terminal corners (S&B Example 4.1)",
              "S&B 4.1, Figure 4.1", NoOptions{}, sb_grid_4_1);
  r.add_world("windy_grid", "Windy gridworld (S&B Example 6.5)", "S&B 6.4, Exercise 6.10",
              WindyGridOptions{}, windy_grid);
  r.add_world("windy_grid_kings", "Windy gridworld with king's moves (S&B Exercise 6.9)",
              "S&B 6.4, Exercises 6.9 and 6.10", windy_grid_kings(), windy_grid);
  r.add_world("cliff_walking", "Cliff walking (S&B Example 6.6)", "S&B 6.5, Figure 6.3",
              CliffWalkingOptions{}, cliff_walking);
  r.add_world("gym_cliff_walking", "Gymnasium's CliffWalking-v1", "Gymnasium 1.4.0, CliffWalking",
              CliffWalkingOptions{}, gym_cliff_walking);
  r.add_world("dyna_maze", "Maze for Dyna (S&B Example 8.1)", "S&B 8.2, Figure 8.2, Example 8.4",
              DynaMazeOptions{}, dyna_maze);
  r.add_world("blocking_maze", "Maze whose opening moves to the far side (S&B Example 8.2)",
              "S&B 8.3, Figure 8.4", ChangingMazeOptions{}, blocking_maze);
  r.add_world("shortcut_maze", "Maze in which a second opening appears (S&B Example 8.3)",
              "S&B 8.3, Figure 8.5", shortcut_maze_options(), shortcut_maze);
  r.add_world("four_rooms", "Four rooms with hallways (Sutton, Precup and Singh 1999)",
              "Between MDPs and semi-MDPs, 1999", FourRoomsOptions{}, four_rooms);
  r.add_world("frozen_lake", "Gymnasium's FrozenLake-v1, 4x4, one's own map or a random one",
              "Gymnasium 1.4.0, FrozenLake", FrozenLakeOptions{}, frozen_lake, true);
  r.add_world("frozen_lake_8x8", "Gymnasium's FrozenLake8x8-v1", "Gymnasium 1.4.0, FrozenLake8x8",
              FrozenLakeOptions{}, frozen_lake_8x8, true);
  r.add_world("slippery_grid",
              "An n x n grid with slips and a fifth of it forbidden, for measuring",
              "constructed; its rule stands in envs/grid_world/world.hpp", SlipperyGridOptions{},
              slippery_grid);
}

void add_other_worlds(Registry& r) {
  r.add_world("jacks_car_rental", "Jack's car rental: cars moved overnight (S&B Example 4.2)",
              "S&B 4.3, Example 4.2, Figure 4.2", JacksCarRentalOptions{}, jacks_car_rental);
  r.add_world("jacks_car_rental_4_7",
              "Jack's car rental with a free shuttle and parking (S&B Exercise 4.7)",
              "S&B 4.3, Exercise 4.7", jacks_car_rental_4_7(), jacks_car_rental);
  r.add_world("tic_tac_toe", "Tic-tac-toe against an opponent in the world (S&B 1.5, 6.8)",
              "S&B 1.5, 6.8, Figure 1.1", TicTacToeOptions{}, tic_tac_toe);
  r.add_world("gambler", "Gambler's problem: which stake on heads (S&B Example 4.3)",
              "S&B 4.4, Example 4.3, Figure 4.3", GamblerOptions{}, gambler);
  r.add_world("bandit", "Ten-armed test bed, arms drawn from the seed (S&B 2.3)",
              "S&B 2.3 to 2.8, Figures 2.2 to 2.6", BanditOptions{}, bandit, true);
  r.add_world(
      "nonstationary_bandit", "Test bed whose arms begin alike and walk (S&B 2.5, Exercise 2.5)",
      "S&B 2.5, Exercises 2.5 and 2.11", NonstationaryBanditOptions{}, nonstationary_bandit, true);
  r.add_world("bernoulli_bandit", "Arms that pay 1 or 0, probabilities drawn from the seed",
              "after S&B 2.3; for KL-UCB (Garivier & Cappe 2011)", BernoulliBanditOptions{},
              bernoulli_bandit, true);
  r.add_world("blackjack", "Blackjack against a fixed dealer, infinite deck (S&B Example 5.1)",
              "S&B 5.1 to 5.5, Figures 5.1 to 5.3; Gymnasium 1.4.0 for sab and natural",
              BlackjackOptions{}, blackjack);
  r.add_world("infinite_variance",
              "One-state loop: importance sampling without a variance (S&B Example 5.5)",
              "S&B 5.5, Example 5.5, Figure 5.4", InfiniteVarianceOptions{}, infinite_variance);
  r.add_world("racetrack", "Racetrack: around the bend as fast as possible (S&B Exercise 5.12)",
              "S&B 5.7, Exercise 5.12, Figure 5.5", RacetrackOptions{}, racetrack);
  r.add_world("random_walk_5", "Random walk of 5 states, ends 0 and +1 (S&B Example 6.2)",
              "S&B 6.2, Examples 6.2 and 6.3", random_walk_5(), random_walk);
  r.add_world("random_walk_19", "Random walk of 19 states, ends -1 and +1 (S&B Example 7.1)",
              "S&B 7.1, Figures 7.2, 12.3, 12.6, 12.8", random_walk_19(), random_walk);
  r.add_world("random_walk_1000",
              "Random walk of 1000 states with jumps up to 100 (S&B Example 9.1)",
              "S&B 9.3, Figures 9.1, 9.2, 9.5", random_walk_1000(), random_walk);
  r.add_world("maximization_bias", "Noise that looks like value to a maximum (S&B Example 6.7)",
              "S&B 6.7, Example 6.7, Figure 6.5", MaximizationBiasOptions{}, maximization_bias);
  r.add_world("access_control", "Access-control queue, average reward (S&B Example 10.2)",
              "S&B 10.3, Example 10.2, Figure 10.5", AccessControlOptions{}, access_control);
  r.add_world("baird", "Baird's counterexample: seven states, all values 0 (S&B Figure 11.1)",
              "S&B 11.2, Figures 11.1, 11.2, 11.5, 11.6", BairdOptions{}, baird);
  r.add_world("tsitsiklis_van_roy", "Tsitsiklis and Van Roy's counterexample (S&B Example 11.1)",
              "S&B 11.2, Example 11.1", TsitsiklisVanRoyOptions{}, tsitsiklis_van_roy);
  r.add_world("short_corridor", "Corridor with switched actions (S&B Example 13.1)",
              "S&B 13.1, Example 13.1, Figures 13.1, 13.2", ShortCorridorOptions{}, short_corridor);
  r.add_world("taxi", "Taxi: fetch a passenger and deliver, Gymnasium's Taxi-v4",
              "Dietterich 2000; Gymnasium 1.4.0, Taxi", TaxiOptions{}, taxi);
  r.add_world("token_world", "A small language: prompts are answered word by word, for RLHF",
              "constructed; its gold reward stands in envs/token_world.hpp", TokenWorldOptions{},
              token_world, true);
  r.add_world("contextual_bandit", "One word answers a prompt and pays its value there, for RLHF",
              "constructed: token_world with responses of one word", contextual_bandit(),
              token_world, true);
}

/// A body that a double integrator moves: position and speed.
LinearQuadraticOptions double_integrator() {
  return {.a = {1, 0.1, 0, 1}, .b = {0, 0.1}, .q = {1, 0, 0, 0.1}, .r = {0.1}};
}

void add_control(Registry& r) {
  r.add_world("mountain_car", "Mountain car (S&B Example 10.1)",
              "S&B 10.1, Example 10.1, Figures 10.1 to 10.4", MountainCarOptions{}, mountain_car);
  r.add_world("gym_mountain_car", "Mountain car as Gymnasium's MountainCar-v0",
              "Gymnasium 1.4.0, MountainCar-v0", GymMountainCarOptions{}, gym_mountain_car);
  r.add_world("gym_mountain_car_continuous",
              "Mountain car with a throttle: Gymnasium's MountainCarContinuous-v0",
              "Gymnasium 1.4.0, MountainCarContinuous-v0", GymMountainCarOptions{},
              gym_mountain_car_continuous);
  r.add_world("cart_pole", "Cart-pole: keep the pole up, Gymnasium's CartPole-v1",
              "Barto, Sutton and Anderson 1983; Gymnasium 1.4.0, CartPole-v1", CartPoleOptions{},
              cart_pole);
  r.add_world("pendulum", "Pendulum: swing it up and hold it, Gymnasium's Pendulum-v1",
              "Gymnasium 1.4.0, Pendulum-v1", PendulumOptions{}, pendulum);
  r.add_world("acrobot", "Acrobot: swing two links above the line, Gymnasium's Acrobot-v1",
              "Sutton 1996; Gymnasium 1.4.0, Acrobot-v1", AcrobotOptions{}, acrobot);
  r.add_world("lqr", "Linear-quadratic regulator, scalar, with its exact optimum",
              "for MFRL 10.4, Algorithm 10.4", LinearQuadraticOptions{}, linear_quadratic);
  r.add_world("double_integrator", "Linear-quadratic regulator of a body's position and speed",
              "for MFRL 10.4, Algorithm 10.4", double_integrator(), linear_quadratic);
}

}  // namespace

void add_worlds(Registry& registry) {
  add_mfrl_grids(registry);
  add_other_grids(registry);
  add_other_worlds(registry);
  add_control(registry);
}

}  // namespace rl
