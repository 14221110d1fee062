#include "rl/problem.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "rl/mdp_graph.hpp"
#include "rl/run.hpp"

namespace rl {

std::string Picture::state_name(State s) const {
  if (!state_names.empty()) return state_names[static_cast<std::size_t>(s)];
  return one_based ? fmt::format("s{}", s + 1) : fmt::format("{}", s);
}

std::string Picture::action_name(Action a) const {
  return actions.empty() ? std::to_string(a) : actions[static_cast<std::size_t>(a)].name;
}

std::string Problem::state_text(const AnyObservation& s) const {
  if (const Point* const x = std::get_if<Point>(&s)) return point_text(*x);
  return picture.state_name(std::get<State>(s));
}

std::string Problem::action_text(const AnyAction& a) const {
  if (const Point* const x = std::get_if<Point>(&a)) return point_text(*x);
  return picture.action_name(std::get<Action>(a));
}

std::optional<std::string> Problem::state_without_end() const {
  if (episode_steps != kNoLimit) return std::nullopt;
  if (continuous)
    return continuous->ends ? std::nullopt : std::optional<std::string>("every state");
  const std::optional<State> stuck = rl::state_without_end(model);
  return stuck ? std::optional("state " + picture.state_name(*stuck)) : std::nullopt;
}

double random_return(const Problem& problem, std::int64_t n, std::int64_t steps, const Rng& root) {
  const ContinuousWorld& world = *problem.continuous;
  const double gamma = world.return_gamma;
  if (world.has_discrete_actions())
    return mean_return(std::get<0>(world.environment), RandomActor<Action>{world.num_actions()}, n,
                       steps, gamma, root)
        .mean;
  for (const Coordinate& c : world.action)
    if (!std::isfinite(c.low) || !std::isfinite(c.high))
      return std::numeric_limits<double>::quiet_NaN();
  return mean_return(std::get<1>(world.environment), RandomActor<Point>{world.action}, n, steps,
                     gamma, root)
      .mean;
}

std::optional<std::string> why_not_unit_rewards(const Problem& problem) {
  const FiniteMdp& model = problem.model;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& o : model.outcomes(s, a))
        if (o.reward_sd > 0 || o.reward < 0 || o.reward > 1)
          return fmt::format("rewards must lie in [0, 1], but {} in state {} pays {}{}",
                             problem.picture.action_name(a), problem.picture.state_name(s),
                             o.reward, o.reward_sd > 0 ? " with normal noise" : "");
  return std::nullopt;
}

}  // namespace rl
