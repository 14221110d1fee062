#pragma once
/// \file
/// Problems of continuous control: the worlds whose states are points, each with its step limit,
/// discount and what is known of its best return.
///
/// J, by which policies are judged, is the sum of an episode's rewards as Gymnasium counts it,
/// whatever gamma learners use; that of the linear-quadratic regulator is discounted, for nothing
/// ends there.
#include "envs/acrobot.hpp"
#include "envs/cart_pole.hpp"
#include "envs/linear_quadratic.hpp"
#include "envs/mountain_car.hpp"
#include "envs/pendulum.hpp"
#include "rl/registry.hpp"

namespace rl {

Problem mountain_car(const MountainCarOptions& options, const WorldContext& context);
Problem gym_mountain_car(const GymMountainCarOptions& options, const WorldContext& context);
Problem gym_mountain_car_continuous(const GymMountainCarOptions& options,
                                    const WorldContext& context);
Problem cart_pole(const CartPoleOptions& options, const WorldContext& context);
Problem pendulum(const PendulumOptions& options, const WorldContext& context);
Problem acrobot(const AcrobotOptions& options, const WorldContext& context);
/// gamma = 0.9, and J is discounted by whatever gamma is; J* is exact.
Problem linear_quadratic(const LinearQuadraticOptions& options, const WorldContext& context);

}  // namespace rl
