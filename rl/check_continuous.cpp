#include "rl/check_continuous.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <utility>

#include "rl/run.hpp"
#include "rl/state.hpp"

namespace rl {

namespace {

/// Acts at random; as a learner with nothing to save.
template <class A>
struct SavedRandomActor : RandomActor<A> {
  template <class Visitor>
  void state(Visitor&) {}
};

template <class A>
using RandomRun = Runner<ContinuousEnvironment<A>, SavedRandomActor<A>>;

template <class A>
RandomRun<A> random_run(const Problem& problem, const Rng& root) {
  const ContinuousWorld& world = *problem.continuous;
  SavedRandomActor<A> actor;
  if constexpr (std::same_as<A, Action>)
    actor.actions = world.num_actions();
  else
    actor.actions = bounded(world.action);
  return RandomRun<A>(std::get<ContinuousEnvironment<A>>(world.environment), actor, Streams(root),
                      problem.episode_steps);
}

/// Looks at each step.
template <class A>
struct StepInspector {
  explicit StepInspector(const Space& s) : space(s) {}
  const Space& space;
  Transition<Point, A> last{};
  std::int64_t steps = 0;
  std::string outside = {};  // the first point that lies outside
  std::string reward = {};   // the first reward that is not finite

  void on_step(const Transition<Point, A>& t) {
    last = t;
    ++steps;
    if (outside.empty() && !lies_inside(t.next))
      outside = fmt::format("{} at step {}", point_text(t.next), steps);
    if (reward.empty() && !std::isfinite(t.reward))
      reward = fmt::format("{} at step {}", t.reward, steps);
  }
  bool lies_inside(const Point& x) const {
    if (x.size() != space.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (!std::isfinite(x[i]) || x[i] < space[i].low || x[i] > space[i].high) return false;
    return true;
  }
};

template <class A>
std::vector<Finding> check_steps(const Problem& problem, const CheckOptions& options,
                                 const Rng& rng) {
  StepInspector<A> one(problem.continuous->observation);
  StepInspector<A> two(problem.continuous->observation);
  RandomRun<A> first = random_run<A>(problem, rng);
  RandomRun<A> second = random_run<A>(problem, rng);
  Finding same{"equal seeds make equal runs", true,
               fmt::format("{} steps, saved and restored halfway", options.run_steps)};
  for (int step = 1; step <= options.run_steps && same.passed; ++step) {
    first.advance(one);
    second.advance(two);
    const bool equal = one.last.next == two.last.next && one.last.reward == two.last.reward &&
                       one.last.action == two.last.action;
    if (!equal && one.outside.empty())
      same = {same.check, false, fmt::format("two runs of one seed differ at step {}", step)};
    if (2 * step == options.run_steps) {  // halfway the second begins from what the first has saved
      second = random_run<A>(problem, Rng(0));
      load_state(save_state(first), second);
    }
  }
  const auto held = [](const char* check, const std::string& failure, const std::string& summary) {
    return Finding{check, failure.empty(), failure.empty() ? summary : failure};
  };
  return {
      held("what is seen lies in its space", one.outside,
           fmt::format("{} steps of random actions", one.steps)),
      held("rewards are finite", one.reward, ""),
      held("episodes can end where they must",
           problem.gamma >= 1 && problem.state_without_end() ? "gamma is 1 and nothing ends" : "",
           problem.continuous->ends            ? "some states are terminal"
           : problem.episode_steps != kNoLimit ? "a limit of steps cuts them"
                                               : "continuing: nothing is terminal"),
      same};
}

}  // namespace

std::vector<Finding> check_continuous(const Problem& problem, const CheckOptions& options,
                                      const Rng& rng) {
  return problem.continuous->has_discrete_actions() ? check_steps<Action>(problem, options, rng)
                                                    : check_steps<Point>(problem, options, rng);
}

}  // namespace rl
