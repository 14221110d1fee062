#include "apps/reproduce/computation.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "apps/reproduce/reading.hpp"
#include "apps/reproduce/runs.hpp"
#include "apps/reproduce/spec.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// The elements of the elements: [[1, 2], 3] is [1, 2, 3].
json joined(const json& list) {
  if (!list.is_array()) return list;
  json flat = json::array();
  for (const json& element : list)
    if (element.is_array())
      flat.insert(flat.end(), element.begin(), element.end());
    else
      flat.push_back(element);
  return flat;
}

/// One result for each element of "each", merged over the rest of the spec.
json compute_each(const Registry& registry, json spec) {
  const json each = std::move(spec["each"]);
  spec.erase("each");
  if (!each.is_array()) throw std::invalid_argument("each: expected a list, not " + shown(each));
  json results = json::array();
  for (const json& changes : each) {
    if (!changes.is_object())
      throw std::invalid_argument("each: expected objects, not " + shown(changes));
    json one = spec;
    one.merge_patch(changes);
    results.push_back(compute(registry, one));
  }
  return results;
}

/// What a spec says beside its problem and quantity.
json call_in(json spec) {
  check_keys(spec, "the spec",
             {"problem", "problem_options", "gamma", "model", "start", "algorithm", "options",
              "policy", "quantity"});
  for (const char* key : {"problem", "problem_options", "gamma", "model", "start", "quantity"})
    spec.erase(key);
  return spec;
}

json compute_one(const Registry& registry, const json& spec) {
  if (spec.contains("formula")) return compute_formula(spec);
  if (has_runs(spec)) return measure_runs(registry, spec).value;
  Computation computation(registry, spec);
  return measure(computation, needed(spec, "quantity"));
}

/// The model started in a state, or "uniform": in every non-terminal one alike.
FiniteMdp started(const FiniteMdp& model, const json& start) {
  if (start != "uniform") return model.with_start(state_index(start, model));
  std::vector<double> weights;
  for (State s = 0; s < model.num_states(); ++s) weights.push_back(model.terminal(s) ? 0 : 1);
  return model.with_start(weights);
}

}  // namespace

std::vector<double> as_list(const TabularPolicy& policy) {
  std::vector<double> list;
  for (State s = 0; s < policy.num_states(); ++s)
    list.insert(list.end(), policy.row(s).begin(), policy.row(s).end());
  return list;
}

json compute(const Registry& registry, const json& spec) {
  if (!spec.is_object())
    throw std::invalid_argument("spec: expected an object, not " + shown(spec));
  json rest = spec;
  const bool join = rest.contains("join") && flag(rest["join"], "join");
  rest.erase("join");
  json result =
      rest.contains("each") ? compute_each(registry, std::move(rest)) : compute_one(registry, rest);
  return join ? joined(result) : result;
}

Problem problem_of(const Registry& registry, const json& spec, const WorldContext& context) {
  const WorldEntry& world = registry.world(text(needed(spec, "problem"), "problem"));
  Problem problem = world.make(spec.value("problem_options", json::object()), context);
  if (spec.contains("gamma")) {
    problem.gamma = number(spec["gamma"], "gamma", Range{0, 1});
    problem.criterion = Criterion::discounted;
  }
  if (spec.contains("model")) {
    if (!problem.changing)
      throw std::invalid_argument(fmt::format("model: {} does not change", world.name));
    const auto& models = problem.changing->models();
    const std::int64_t last = static_cast<std::int64_t>(models.size()) - 1;
    problem.model = models[static_cast<std::size_t>(integer(spec["model"], "model", 0, last))];
  }
  if (spec.contains("episode_steps"))
    problem.episode_steps = integer(spec["episode_steps"], "episode_steps", 1, kNoLimit);
  if (spec.contains("start")) problem.model = started(problem.model, spec["start"]);
  return problem;
}

Computation::Computation(const Registry& registry, const json& spec)
    : Computation(registry, problem_of(registry, spec), call_in(spec)) {}

Computation::Computation(const Registry& registry, Problem problem, const json& call)
    : registry_(registry), problem_(std::move(problem)) {
  check_keys(call, "the call", {"algorithm", "options", "policy"});
  if (call.contains("policy")) policy_ = policy_of(registry, problem_, call["policy"]);
  if (call.contains("algorithm"))
    choose_algorithm(call);
  else if (call.contains("options"))
    throw std::invalid_argument("options: there is no algorithm that they could be of");
}

void Computation::choose_algorithm(const json& call) {
  algorithm_ = &registry_.algorithm(text(call["algorithm"], "algorithm"));
  if (algorithm_->kind != Kind::planner)
    throw std::invalid_argument(fmt::format(
        "algorithm: '{}' is not a planner; specs are computed exactly", algorithm_->name));
  if (const auto reason = algorithm_->refuses(problem_)) throw std::invalid_argument(*reason);
  if (call.contains("options")) options_ = call["options"];
  if (!policy_) return;
  if (algorithm_->name != "policy_evaluation")
    throw std::invalid_argument(
        fmt::format("policy: {} takes none, policy_evaluation does", algorithm_->name));
  options_["policy"] = as_list(*policy_);
}

AnyPlanner Computation::planner() const {
  if (algorithm_ == nullptr) throw std::invalid_argument("algorithm: the quantity needs one");
  return algorithm_->make_planner(problem_, options_);
}

const Plan& Computation::plan() {
  if (!plan_) plan_ = solve(planner());
  return *plan_;
}

const TabularPolicy& Computation::policy() {
  if (!policy_)
    policy_ = greedy_policy(model(), action_values(model(), plan().next_values(), gamma()));
  return *policy_;
}

}  // namespace rl::reproduce
