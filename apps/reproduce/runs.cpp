#include "apps/reproduce/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/truth.hpp"
#include "apps/reproduce/computation.hpp"
#include "apps/reproduce/reading.hpp"
#include "rl/parallel.hpp"
#include "rl/plan.hpp"
#include "rl/statistics/sample.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// What is run, with its exact answers where the quantity needs them: made once, or in each run
/// where every seed has a world of its own.
struct Subject {
  Problem problem;
  json options;  ///< of the learner, policies among them
  std::optional<Truth> truth;
};

/// Plays a run as far as its number needs, and reads it.
using RunNumber = std::function<double(AnyRunner&, const Subject&)>;

// ---- where in a run -----------------------------------------------------------------------------

/// Steps or episodes first .. last of a run, counted from 1.
struct Window {
  std::int64_t first = 1;
  std::int64_t last = 1;
  double length() const { return static_cast<double>(last - first + 1); }
};

constexpr std::int64_t kMost = 1'000'000'000;

Window window_of(const json& quantity) {
  Window w;
  w.first = integer(needed(quantity, "first"), "first", 1, kMost);
  w.last = integer(needed(quantity, "last"), "last", w.first, kMost);
  return w;
}

std::int64_t count_of(const json& quantity, const char* key) {
  return integer(needed(quantity, key), key, 1, kMost);
}

// ---- over steps ---------------------------------------------------------------------------------

/// Numbers of one run are read one after another; none can be read of what has passed.
void require_ahead(std::int64_t reached, std::int64_t first) {
  if (reached >= first)
    throw std::invalid_argument(fmt::format(
        "quantity: the run has reached {} when {} is asked for; ask in order", reached, first));
}

/// The sum of f(transition, problem) over the window's steps, divided by `divisor`.
template <class F>
RunNumber over_steps(const Window& window, double divisor, F f) {
  return [window, divisor, f](AnyRunner& runner, const Subject& subject) {
    require_ahead(runner.steps(), window.first);
    runner.run({.steps = window.first - 1});
    double sum = 0;
    while (runner.steps() < window.last) sum += f(runner.advance(), subject.problem.model);
    return sum / divisor;
  };
}

double reward_of(const Transition<State>& t, const FiniteMdp& /*model*/) { return t.reward; }

RunNumber mean_reward(const json& quantity) {
  const Window window = window_of(quantity);
  return over_steps(window, window.length(), reward_of);
}

RunNumber reward_sum(const json& quantity) { return over_steps(window_of(quantity), 1, reward_of); }

/// The share of steps whose action has the largest expected reward.
RunNumber best_action_share(const json& quantity) {
  const Window window = window_of(quantity);
  return over_steps(window, window.length(), [](const Transition<State>& t, const FiniteMdp& m) {
    double best = kUnavailable;
    for (Action a = 0; a < m.num_actions(); ++a)
      if (m.available(t.state, a)) best = std::max(best, m.row(t.state, a).reward);
    return m.row(t.state, t.action).reward == best ? 1.0 : 0.0;
  });
}

/// Of the visits of each pair in the first `steps` steps, the number farthest from `from`.
RunNumber farthest_visits(const json& quantity) {
  const std::int64_t steps = count_of(quantity, "steps");
  const double from = number(needed(quantity, "from"), "from");
  return [steps, from](AnyRunner& runner, const Subject& subject) {
    QTable visits(subject.problem.model.num_states(), subject.problem.model.num_actions());
    while (runner.steps() < steps) {
      const Transition<State> t = runner.advance();
      ++visits(t.state, t.action);
    }
    const auto closer = [from](double x, double y) {
      return std::abs(x - from) < std::abs(y - from);
    };
    return *std::max_element(visits.parameters().begin(), visits.parameters().end(), closer);
  };
}

// ---- over episodes ------------------------------------------------------------------------------

/// The mean of f(episode) over the window's episodes.
template <class F>
RunNumber over_episodes(const json& quantity, F f) {
  const Window window = window_of(quantity);
  return [window, f](AnyRunner& runner, const Subject& /*subject*/) {
    require_ahead(runner.episodes(), window.first);
    double sum = 0;
    runner.run({.episodes = window.last}, [&](const EpisodeStats& e) {
      if (e.episode >= window.first - 1) sum += f(e);
      return true;
    });
    return sum / window.length();
  };
}

RunNumber episode_return(const json& quantity) {
  return over_episodes(quantity, [](const EpisodeStats& e) { return e.reward_sum; });
}

RunNumber episode_steps(const json& quantity) {
  return over_episodes(quantity,
                       [](const EpisodeStats& e) { return static_cast<double>(e.steps); });
}

/// The median of the lengths of these episodes.
RunNumber median_episode_steps(const json& quantity) {
  const Window window = window_of(quantity);
  return [window](AnyRunner& runner, const Subject& /*subject*/) {
    require_ahead(runner.episodes(), window.first);
    std::vector<double> lengths;
    runner.run({.episodes = window.last}, [&](const EpisodeStats& e) {
      if (e.episode >= window.first - 1) lengths.push_back(static_cast<double>(e.steps));
      return true;
    });
    return median(lengths);
  };
}

/// Episodes that end at the steps first .. last.
RunNumber episodes_ended(const json& quantity) {
  const Window window = window_of(quantity);
  return [window](AnyRunner& runner, const Subject& /*subject*/) {
    require_ahead(runner.steps(), window.first);
    runner.run({.steps = window.first - 1});
    const std::int64_t before = runner.episodes();
    runner.run({.steps = window.last});
    return static_cast<double>(runner.episodes() - before);
  };
}

/// 1 where the action is taken in the state in the given episode, else 0.
RunNumber action_share(const json& quantity) {
  const std::int64_t episode = count_of(quantity, "episode");
  const std::int64_t s = integer(needed(quantity, "state"), "state", 0, kMost);
  const std::int64_t a = integer(needed(quantity, "action"), "action", 0, kMost);
  return [episode, s, a](AnyRunner& runner, const Subject& /*subject*/) {
    require_ahead(runner.episodes(), episode);
    runner.run({.episodes = episode - 1});
    bool taken = false;
    while (runner.episodes() < episode) {
      const Transition<State> t = runner.advance();
      taken = taken || (t.state == s && t.action == a);
    }
    return taken ? 1.0 : 0.0;
  };
}

// ---- estimates ----------------------------------------------------------------------------------

/// sqrt(mean_s (max_a q(s, a) - v*(s))^2).
double greedy_value_rmse(const Subject& subject, const Estimates& estimates) {
  const auto width = index(subject.problem.model.num_actions());
  double sum = 0;
  for (const State s : subject.truth->reachable) {
    const double best = max_value(estimates.values.subspan(index(s) * width, width));
    sum += std::pow(best - subject.truth->v_star[s], 2);
  }
  return std::sqrt(sum / static_cast<double>(subject.truth->reachable.size()));
}

/// The mean of f(subject, estimates) after each of the window's episodes, or after a step.
template <class F>
RunNumber of_estimates(const json& quantity, F f) {
  if (quantity.contains("step")) {
    const std::int64_t step = integer(quantity["step"], "step", 0, kMost);
    return [step, f](AnyRunner& runner, const Subject& subject) {
      runner.run({.steps = step});
      return f(subject, runner.estimates());
    };
  }
  const Window window = window_of(quantity);
  return [window, f](AnyRunner& runner, const Subject& subject) {
    double sum = 0;
    for (std::int64_t k = window.first; k <= window.last; ++k) {
      runner.run({.episodes = k});
      sum += f(subject, runner.estimates());
    }
    return sum / window.length();
  };
}

/// Of what the learner says it estimates, over the states that its world can reach.
RunNumber value_rmse(const json& quantity) {
  return of_estimates(quantity, [](const Subject& subject, const Estimates& estimates) {
    return subject.truth->error(subject.problem.model, estimates).rms;
  });
}

RunNumber rmse_of_greedy_value(const json& quantity) {
  return of_estimates(quantity, greedy_value_rmse);
}

/// f(subject, estimates, place) of one number of a learner's estimates.
template <class F>
RunNumber of_estimate(const json& quantity, F f) {
  const auto place =
      static_cast<std::size_t>(integer(needed(quantity, "place"), "place", 0, kMost));
  return of_estimates(quantity, [place, f](const Subject& subject, const Estimates& estimates) {
    if (place >= estimates.values.size())
      throw std::invalid_argument("place: there are not so many estimates");
    return f(subject, estimates, place);
  });
}

RunNumber estimate(const json& quantity) {
  return of_estimate(quantity, [](const Subject& /*subject*/, const Estimates& estimates,
                                  std::size_t place) { return estimates.values[place]; });
}

/// Of one number, from what it estimates.
RunNumber squared_error(const json& quantity) {
  return of_estimate(
      quantity, [](const Subject& subject, const Estimates& estimates, std::size_t place) {
        return std::pow(estimates.values[place] - subject.truth->exact(estimates)[place], 2);
      });
}

// ---- the table ----------------------------------------------------------------------------------

struct RunQuantity {
  const char* name;
  std::vector<std::string> arguments;
  RunNumber (*read)(const json& quantity);
  bool needs_truth = false;
};

const RunQuantity& run_quantity(const json& quantity) {
  static const std::vector<RunQuantity> table = {
      {"mean_reward", {"first", "last"}, mean_reward},
      {"reward_sum", {"first", "last"}, reward_sum},
      {"best_action_share", {"first", "last"}, best_action_share},
      {"farthest_visits", {"steps", "from"}, farthest_visits},
      {"episode_return", {"first", "last"}, episode_return},
      {"episode_steps", {"first", "last"}, episode_steps},
      {"median_episode_steps", {"first", "last"}, median_episode_steps},
      {"episodes_ended", {"first", "last"}, episodes_ended},
      {"action_share", {"state", "action", "episode"}, action_share},
      {"value_rmse", {"step", "first", "last"}, value_rmse, true},
      {"greedy_value_rmse", {"step", "first", "last"}, rmse_of_greedy_value, true},
      {"estimate", {"place", "step", "first", "last"}, estimate},
      {"squared_error", {"place", "step", "first", "last"}, squared_error, true},
  };
  const std::string& name = text(needed(quantity, "name"), "quantity");
  std::vector<std::string> names;
  for (const RunQuantity& q : table) {
    names.emplace_back(q.name);
    if (name != q.name) continue;
    check_arguments(quantity, q.arguments);
    return q;
  }
  throw std::invalid_argument(unknown_name("quantity of runs", name, names));
}

// ---- the runs -----------------------------------------------------------------------------------

/// The numbers of each run, one a quantity; run i has seed i.
class Runs {
 public:
  Runs(const Registry& registry, const json& spec, const std::vector<json>& quantities,
       const StopRequest& stop)
      : registry_(registry),
        learner_(registry.algorithm(text(needed(spec, "algorithm"), "algorithm"))),
        spec_(spec),
        stop_(stop) {
    for (const json& arguments : quantities) {
      const RunQuantity& quantity = run_quantity(arguments);
      numbers_.push_back(quantity.read(arguments));
      needs_truth_ = needs_truth_ || quantity.needs_truth;
    }
    if (learner_.kind != Kind::learner)
      throw std::invalid_argument("algorithm: runs need a learner");
    if (!registry.world(text(needed(spec, "problem"), "problem")).drawn) shared_ = subject(0);
  }

  std::vector<double> operator()(std::uint64_t seed) const {
    if (shared_) return play(*shared_, seed);
    return play(subject(seed), seed);
  }

  /// Run 0 as it begins, in its world.
  std::pair<Problem, AnyRunner> first() const {
    Subject subject = shared_ ? *shared_ : this->subject(0);
    AnyRunner runner = learner_.make_learner(subject.problem, subject.options, Streams(0));
    return {std::move(subject.problem), std::move(runner)};
  }

 private:
  Subject subject(std::uint64_t seed) const {
    Subject made{problem_of(registry_, spec_, {.rng = Rng(seed).split("world")}),
                 spec_.value("options", json::object()),
                 {}};
    if (const auto reason = learner_.refuses(made.problem)) throw std::invalid_argument(*reason);
    for (const char* name : {"policy", "behavior"})
      if (spec_.contains(name))
        made.options[name] = as_list(policy_of(registry_, made.problem, spec_[name]));
    if (needs_truth_) made.truth = exact_truth(made.problem, stop_);
    return made;
  }
  std::vector<double> play(const Subject& subject, std::uint64_t seed) const {
    AnyRunner runner = learner_.make_learner(subject.problem, subject.options, Streams(seed));
    std::vector<double> read;
    for (const RunNumber& number : numbers_) read.push_back(number(runner, subject));
    return read;
  }

  const Registry& registry_;
  const AlgorithmEntry& learner_;
  const json& spec_;
  std::vector<RunNumber> numbers_;
  bool needs_truth_ = false;
  const StopRequest& stop_;
  std::optional<Subject> shared_;
};

}  // namespace

bool has_runs(const json& spec) {
  return spec.is_object() && spec.contains("runs") && !spec.contains("each");
}

std::vector<std::vector<double>> numbers_of_runs(const Registry& registry, const json& spec,
                                                 const std::vector<json>& quantities,
                                                 const RunPlan& plan) {
  check_keys(spec, "the spec",
             {"problem", "problem_options", "gamma", "start", "episode_steps", "algorithm",
              "options", "policy", "behavior", "runs", "quantity", "statistic", "within", "above"});
  const Runs runs(registry, spec, quantities, plan.stop);
  const auto n = static_cast<std::size_t>(plan.runs);
  std::vector<std::vector<double>> numbers(quantities.size(), std::vector<double>(n));
  const auto run = [&](std::size_t i) {
    const std::vector<double> read = runs(i);
    for (std::size_t k = 0; k < read.size(); ++k) numbers[k][i] = read[k];
  };
  if (!parallel_for(n, plan.threads, run, plan.stop)) throw Interrupted();
  return numbers;
}

std::pair<Problem, AnyRunner> first_run(const Registry& registry, const json& spec) {
  return Runs(registry, spec, {}, {}).first();
}

namespace {

/// What a spec makes of the numbers of its runs.
json statistic_of(const json& spec, const std::vector<double>& numbers) {
  if (!spec.contains("statistic")) return mean(numbers);
  const json& statistic = spec["statistic"];
  if (statistic == "mean_and_sd") return json::array({mean(numbers), standard_deviation(numbers)});
  if (statistic == "smallest") return *std::min_element(numbers.begin(), numbers.end());
  if (statistic == "median") return median(numbers);
  throw std::invalid_argument(
      "statistic: expected \"mean_and_sd\", \"median\" or \"smallest\", not " + shown(statistic));
}

}  // namespace

Measurement measure_runs(const Registry& registry, const json& spec, const StopRequest& stop) {
  const std::int64_t n = integer(spec["runs"], "runs", 1, 10'000'000);
  const json& quantity = needed(spec, "quantity");
  const bool several = quantity.is_array();
  const auto quantities = several ? quantity.get<std::vector<json>>() : std::vector<json>{quantity};
  const auto numbers = numbers_of_runs(registry, spec, quantities, {n, default_threads(), stop});
  Measurement m{json::array(), n};
  for (const std::vector<double>& of_runs : numbers) m.value.push_back(statistic_of(spec, of_runs));
  if (!several) {
    m.value = json(m.value.at(0));
    if (n > 1)
      m.standard_error = standard_deviation(numbers.at(0)) / std::sqrt(static_cast<double>(n));
  }
  if (spec.contains("above") && !several) m.above = number(spec["above"], "above");
  if (spec.contains("within")) m.within = number(spec["within"], "within", Range{0});
  return m;
}

}  // namespace rl::reproduce
