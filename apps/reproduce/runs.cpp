#include "apps/reproduce/runs.hpp"

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/reproduce/reading.hpp"
#include "rl/experiment/statistics.hpp"
#include "rl/parallel.hpp"
#include "rl/plan.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Steps first .. last of a run, counted from 1.
struct Window {
  std::int64_t first = 1;
  std::int64_t last = 1;
};

Window window_of(const json& quantity) {
  constexpr std::int64_t kMost = 1'000'000'000;
  check_keys(quantity, "the quantity", {"name", "first", "last"});
  Window w;
  w.first = integer(needed(quantity, "first"), "first", 1, kMost);
  w.last = integer(needed(quantity, "last"), "last", w.first, kMost);
  return w;
}

/// What one step adds to the number of a run.
using OfStep = std::function<double(const Transition<State>&)>;

OfStep of_step(const json& quantity, const FiniteMdp& model) {
  const std::string& name = text(needed(quantity, "name"), "quantity");
  if (name == "mean_reward") return [](const Transition<State>& t) { return t.reward; };
  if (name == "best_action_share") {
    const StateValues none = StateValues::Zero(model.num_states());
    return [q = action_values(model, none, 0)](const Transition<State>& t) {
      return q(t.state, t.action) == max_value(q.row(t.state)) ? 1.0 : 0.0;
    };
  }
  throw std::invalid_argument(unknown_name(
      "quantity of runs", name, std::vector<std::string>{"mean_reward", "best_action_share"}));
}

double run_once(const Registry& registry, const json& spec, std::uint64_t seed) {
  const json& quantity = spec["quantity"];
  const Window window = window_of(quantity);
  const WorldContext context{.rng = Rng(seed).split("world")};
  const Problem problem = registry.world(text(spec["problem"], "problem"))
                              .make(spec.value("problem_options", json::object()), context);
  const AlgorithmEntry& learner = registry.algorithm(text(spec["algorithm"], "algorithm"));
  if (const auto reason = learner.refuses(problem)) throw std::invalid_argument(*reason);
  const OfStep number = of_step(quantity, problem.model);
  AnyRunner runner =
      learner.make_learner(problem, spec.value("options", json::object()), Streams(seed));
  runner.run({.steps = window.first - 1});
  double sum = 0;
  while (runner.steps() < window.last) sum += number(runner.advance());
  return sum / static_cast<double>(window.last - window.first + 1);
}

}  // namespace

bool has_runs(const json& spec) { return spec.is_object() && spec.contains("runs"); }

Measurement measure_runs(const Registry& registry, const json& spec) {
  check_keys(spec, "the spec",
             {"problem", "problem_options", "algorithm", "options", "runs", "quantity"});
  for (const char* key : {"problem", "algorithm", "quantity"}) needed(spec, key);
  const std::int64_t runs = integer(spec["runs"], "runs", 2, 10'000'000);
  if (registry.algorithm(text(spec["algorithm"], "algorithm")).kind != Kind::learner)
    throw std::invalid_argument("algorithm: runs need a learner");
  std::vector<double> numbers(static_cast<std::size_t>(runs));
  parallel_for(numbers.size(), default_threads(),
               [&](std::size_t i) { numbers[i] = run_once(registry, spec, i); });
  const double standard_error = standard_deviation(numbers) / std::sqrt(static_cast<double>(runs));
  return {mean(numbers), runs, standard_error};
}

}  // namespace rl::reproduce
