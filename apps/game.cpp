#include "apps/game.hpp"

#include <charconv>
#include <cmath>

#include "algorithms/dynamic_programming/relative_value_iteration.hpp"
#include "algorithms/truth.hpp"

namespace rl::apps {

namespace {

AnyEnvironment environment_of(const Problem& problem) {
  if (problem.changing) return AnyEnvironment(*problem.changing);
  return AnyEnvironment(MdpEnvironment(problem.model));
}

Plan exact_plan(const Problem& problem, const FiniteMdp& model, const StopRequest& stop) {
  if (problem.criterion == Criterion::average) return solve(RelativeValueIteration(model));
  Plan plan;
  plan.v = exact_truth(problem, model, stop).v_star;
  return plan;
}

}  // namespace

Game::Game(const Problem& problem, std::uint64_t seed)
    : problem_(problem), now_{environment_of(problem), Streams(seed).environment, Episode{}} {
  reset();
}

bool Game::available(Action a) const {
  return a >= 0 && a < model().num_actions() && model().available(episode().s, a);
}

bool Game::act(Action a) {
  if (over() || !available(a)) return false;
  past_.push_back(now_);
  Episode& e = now_.episode;
  const Step<State> x = now_.environment.step(a, now_.rng);
  e.discounted_return += std::pow(problem_.gamma, static_cast<double>(e.steps)) * x.reward;
  e.reward = x.reward;
  e.reward_sum += x.reward;
  ++e.steps;
  e.last_action = a;
  e.s = x.next;
  e.terminated = x.terminated;
  e.truncated = e.steps >= problem_.episode_steps && !x.terminated;
  way_.push_back(x.next);
  return true;
}

bool Game::undo() {
  if (past_.empty()) return false;
  now_ = past_.back();
  past_.pop_back();
  way_.pop_back();
  return true;
}

void Game::reset() {
  past_.clear();
  now_.episode = Episode{};
  now_.episode.s = now_.environment.reset(now_.rng);
  way_ = {now_.episode.s};
}

std::vector<double> Game::optimal_action_values(const StopRequest& stop) {
  if (!plan_ || problem_.changing) plan_ = exact_plan(problem_, model(), stop);
  std::vector<double> q = action_values(model(), plan_->v, problem_.effective_gamma(), episode().s);
  for (double& x : q) x -= plan_->average_reward.value_or(0);
  return q;
}

std::optional<Action> parse_action(const Problem& problem, const std::string& word) {
  const Action actions = problem.model.num_actions();
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && end == word.data() + word.size())
    return number >= 1 && number <= actions ? std::optional<Action>(number - 1) : std::nullopt;
  for (Action a = 0; a < actions; ++a)
    if (problem.picture.action_name(a) == word) return a;
  return std::nullopt;
}

std::optional<Action> action_towards(const Picture& picture, int d_row, int d_col) {
  for (std::size_t a = 0; a < picture.actions.size(); ++a)
    if (picture.actions[a].d_row == d_row && picture.actions[a].d_col == d_col)
      return static_cast<Action>(a);
  return std::nullopt;
}

}  // namespace rl::apps
