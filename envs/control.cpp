#include "envs/control.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "envs/linear_quadratic_optimum.hpp"
#include "rl/drawing/scene.hpp"

namespace rl {

namespace {

std::vector<ActionLook> looks_of(const std::vector<std::string>& names) {
  std::vector<ActionLook> looks;
  for (const std::string& name : names) {
    const char letter = name.empty() ? '?' : name.front();
    looks.push_back({.name = name, .glyph = std::string(1, letter), .ascii = letter});
  }
  return looks;
}

template <class World>
auto drawing_of(const World& world) {
  return [world](const Point& seen, std::span<const Point> path) { return world.draw(seen, path); };
}

/// A world with a list of actions.
template <class World>
Problem with_actions(const char* name, const World& world) {
  Problem problem{.name = name,
                  .continuous = ContinuousWorld{.environment = ContinuousEnvironment<Action>(world),
                                                .observation = world.observation_space(),
                                                .draw = drawing_of(world)}};
  problem.picture.actions = looks_of(World::action_names());
  return problem;
}

/// A world in which actions are points.
template <class World>
Problem with_points(const char* name, const World& world) {
  return {.name = name,
          .continuous = ContinuousWorld{.environment = ContinuousEnvironment<Point>(world),
                                        .observation = world.observation_space(),
                                        .action = world.action_space(),
                                        .draw = drawing_of(world)}};
}

/// The same with a step limit of Gymnasium's, which gives no discount.
Problem of_gymnasium(Problem problem, std::int64_t episode_steps) {
  problem.gamma = 0.99;
  problem.episode_steps = episode_steps;
  problem.note = "Gymnasium gives no gamma: 0.99 is for learners, J is the sum of rewards";
  return problem;
}

}  // namespace

Problem mountain_car(const MountainCarOptions& options, const WorldContext& /*context*/) {
  Problem problem = with_actions("mountain_car", MountainCar(options));
  problem.gamma = 1;
  problem.note = "judged episodes are cut after 20,000 steps, for a policy may never arrive";
  return problem;
}

Problem gym_mountain_car(const GymMountainCarOptions& options, const WorldContext& /*context*/) {
  return of_gymnasium(with_actions("gym_mountain_car", GymMountainCar(options)),
                      GymMountainCar::kEpisodeSteps);
}

Problem gym_mountain_car_continuous(const GymMountainCarOptions& options,
                                    const WorldContext& /*context*/) {
  return of_gymnasium(with_points("gym_mountain_car_continuous", GymMountainCarContinuous(options)),
                      GymMountainCarContinuous::kEpisodeSteps);
}

Problem cart_pole(const CartPoleOptions& options, const WorldContext& /*context*/) {
  Problem problem =
      of_gymnasium(with_actions("cart_pole", CartPole(options)), CartPole::kEpisodeSteps);
  constexpr double kUsualSpeed = 2;  // metres and radians a second
  Space& space = problem.continuous->observation;
  space[0].scale = CartPole::kFarthest;
  space[1].scale = kUsualSpeed;
  space[2].scale = CartPole::kSteepest;
  space[3].scale = kUsualSpeed;
  // Whoever never falls has the most that an episode can pay.
  const double most =
      options.sutton_barto_reward ? 0 : static_cast<double>(CartPole::kEpisodeSteps);
  problem.continuous->best_return = [most](double) { return std::optional(most); };
  return problem;
}

Problem pendulum(const PendulumOptions& options, const WorldContext& /*context*/) {
  Problem problem =
      of_gymnasium(with_points("pendulum", Pendulum(options)), Pendulum::kEpisodeSteps);
  problem.continuous->ends = false;
  return problem;
}

Problem acrobot(const AcrobotOptions& options, const WorldContext& /*context*/) {
  return of_gymnasium(with_actions("acrobot", Acrobot(options)), Acrobot::kEpisodeSteps);
}

Problem linear_quadratic(const LinearQuadraticOptions& options, const WorldContext& /*context*/) {
  constexpr double kGamma = 0.9;
  const LinearQuadraticModel model(options);
  Problem problem = with_points("lqr", LinearQuadratic(options));
  problem.gamma = kGamma;
  problem.continuous->ends = false;
  problem.continuous->return_gamma = kGamma;
  problem.continuous->best_return = [model](double gamma) {
    const LqrOptimum best = lqr_optimum(model, gamma);
    return best.finite() ? std::optional(best.at_start(model)) : std::nullopt;
  };
  return problem;
}

}  // namespace rl
