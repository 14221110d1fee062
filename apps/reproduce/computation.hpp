#pragma once
/// \file
/// One call of the registry: a problem, an algorithm with its options, a policy. Quantities are
/// read off it; nothing is solved before a quantity needs it.
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "rl/plan.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"

namespace rl::reproduce {

class Computation {
 public:
  /// Throws std::invalid_argument for unknown names and keys, and where the algorithm refuses the
  /// problem.
  Computation(const Registry& registry, const nlohmann::json& spec);
  /// Another call for the same problem: "algorithm", "options" and "policy" of a spec.
  Computation(const Registry& registry, Problem problem, const nlohmann::json& call);

  const Registry& registry() const { return registry_; }
  const Problem& problem() const { return problem_; }
  const FiniteMdp& model() const { return problem_.model; }
  /// 1 where the criterion is the average reward: its differential values are undiscounted.
  double gamma() const { return problem_.effective_gamma(); }

  /// The planner before its first step; throws where the spec names no algorithm.
  AnyPlanner planner() const;
  /// Its result.
  const Plan& plan();
  /// The policy of the spec, else the one that is greedy in the plan, ties shared.
  const TabularPolicy& policy();

 private:
  void choose_algorithm(const nlohmann::json& call);

  const Registry& registry_;
  Problem problem_;
  const AlgorithmEntry* algorithm_ = nullptr;
  nlohmann::json options_ = nlohmann::json::object();
  std::optional<TabularPolicy> policy_;
  std::optional<Plan> plan_;
};

/// A problem by "problem", "problem_options", "gamma", "model" and "start".
Problem problem_of(const Registry& registry, const nlohmann::json& spec,
                   const WorldContext& context = {});

/// [S x A] row by row, as options take policies.
std::vector<double> as_list(const TabularPolicy& policy);

/// A policy as a spec writes it.
TabularPolicy policy_of(const Registry& registry, const Problem& problem,
                        const nlohmann::json& policy);

/// The quantity of the spec.
nlohmann::json measure(Computation& computation, const nlohmann::json& quantity);

/// A case that is a formula and has no world.
nlohmann::json compute_formula(const nlohmann::json& spec);

}  // namespace rl::reproduce
