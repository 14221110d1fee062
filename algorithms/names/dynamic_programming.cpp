// Names, formulas and pseudo-code of dynamic programming.
#include "algorithms/dynamic_programming/backup_iteration.hpp"
#include "algorithms/dynamic_programming/backward_induction.hpp"
#include "algorithms/dynamic_programming/block_value_iteration.hpp"
#include "algorithms/dynamic_programming/policy_evaluation.hpp"
#include "algorithms/dynamic_programming/policy_iteration.hpp"
#include "algorithms/dynamic_programming/prioritized_sweeping.hpp"
#include "algorithms/dynamic_programming/relative_value_iteration.hpp"
#include "algorithms/dynamic_programming/tiled_value_iteration.hpp"
#include "algorithms/names/names.hpp"
#include "rl/policy.hpp"

namespace rl {

namespace {

struct EpsilonSoftOptions : SweepOptions {
  double epsilon = 0.1;
  template <class Visitor>
  void visit(Visitor& v) {
    v("epsilon", epsilon, "share of the time that every policy must explore", Range{0, 1});
    SweepOptions::visit(v);
  }
};

struct SoftOptions : SweepOptions {
  double beta = 1;
  std::vector<double> reference = {};  ///< [S x A] row-major; empty: uniform
  template <class Visitor>
  void visit(Visitor& v) {
    v("beta", beta, "weight of KL(pi || reference), above 0", Range{1e-9, 1e9});
    v("reference", reference,
      "probabilities of the reference policy, S x A row by row; empty: every available action "
      "alike",
      Range{0, 1});
    SweepOptions::visit(v);
  }
};

}  // namespace

void add_dynamic_programming(Registry& registry) {
  const char* const file = "algorithms/dynamic_programming";
  registry.add_planner<SweepOptions>(
      "value_iteration",
      {file, "Value iteration: the optimal values as the limit of greedy backups",
       "MFRL 4.1; S&B 4.4", "v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') for each a\n"
       "    v'(s) <- max_a q(s, a)\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      [](const Problem& p, const SweepOptions& o) {
        return p.with_model([&](const auto& model) {
          using M = std::decay_t<decltype(model)>;
          return AnyPlanner(BackupIteration<M, Greedy>(model, p.gamma, Greedy{}, o));
        });
      },
      Facts{.plans_grids = true});
  registry.add_planner<TiledOptions>(
      "tiled_value_iteration",
      {"algorithms/dynamic_programming/tiled_value_iteration.hpp",
       "Value iteration on grids of up to 10^8 cells: in cache, the most valuable tile first",
       "MFRL 4.1; S&B 4.4, 4.5",
       "v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ], tile by tile",
       "v <- 0; the threshold is 1e-5 of the largest value\n"
       "repeat\n"
       "  while a backup may change a cell of a tile by more than the threshold\n"
       "    of those tiles take the one beside the largest value\n"
       "    v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ], white, then black "
       "cells\n"
       "  lower the threshold\n"
       "until one backup of every cell certifies the tolerance"},
      [](const Problem& p, const TiledOptions& o) {
        return TiledValueIteration(*p.grid, p.gamma, o);
      },
      Facts{.plans_grids = true}, TiledOptions{},
      [](const Problem& p) -> std::optional<std::string> {
        if (!p.grid) return "it is no grid in which cells of one class are alike";
        return why_not_tiled(*p.grid, p.gamma);
      });
  registry.add_planner<BlockOptions>(
      "block_value_iteration",
      {"algorithms/dynamic_programming/block_value_iteration.hpp",
       "Value iteration on large models of any kind: in cache, the most valuable block first",
       "MFRL 4.1, 4.3; S&B 4.4, 4.5, 4.6",
       "v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ], block by block",
       "v <- 0; sweep plainly, to the end where that is near\n"
       "cut the states into blocks of neighbours; the threshold is 1e-3 of the largest value\n"
       "repeat\n"
       "  while a backup may change a state of a block by more than the threshold\n"
       "    of those blocks take the one that was told the largest value\n"
       "    v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ] for each of its s\n"
       "    a few times the same with the best a alone\n"
       "  lower the threshold\n"
       "until one backup of every state certifies the tolerance"},
      [](const Problem& p, const BlockOptions& o) {
        return BlockValueIteration(p.model, p.gamma, o);
      },
      Facts{}, BlockOptions{},
      [](const Problem& p) -> std::optional<std::string> {
        if (p.gamma < 1) return std::nullopt;
        return "gamma is not below 1";
      });
  registry.add_planner<PolicyIterationOptions>(
      "policy_iteration",
      {file, "Policy iteration: evaluate exactly, improve, until the policy stands",
       "MFRL 4.2; S&B 4.3", "v <- (I - gamma P_pi)^-1 r_pi;   pi(s) <- arg max_a q(s, a)",
       "pi <- first policy\n"
       "repeat\n"
       "  v <- v_pi, by solving v = r_pi + gamma P_pi v\n"
       "  for each state s\n"
       "    pi(s) <- arg max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "until pi does not change"},
      [](const Problem& p, const PolicyIterationOptions& o) {
        return PolicyIteration(p.model, p.gamma, o);
      });
  registry.add_planner<TruncatedPolicyIterationOptions>(
      "truncated_policy_iteration",
      {file, "Truncated policy iteration: j sweeps of evaluation between improvements",
       "MFRL 4.3; S&B 4.6", "v <- r_pi + gamma P_pi v, j times;   pi(s) <- arg max_a q(s, a)",
       "pi <- first policy; v <- 0\n"
       "repeat\n"
       "  repeat j times: v <- r_pi + gamma P_pi v\n"
       "  for each state s\n"
       "    pi(s) <- arg max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "until v is certified"},
      [](const Problem& p, const TruncatedPolicyIterationOptions& o) {
        return PolicyIteration(p.model, p.gamma, o);
      });
  registry.add_planner<PolicyEvaluationOptions>(
      "policy_evaluation",
      {file, "Policy evaluation: the values of a given policy", "MFRL 2.7; S&B 4.1",
       "v(s) <- sum_a pi(a | s) [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    v'(s) <- sum_a pi(a | s) [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      make_policy_evaluation);
  registry.add_planner<EpsilonSoftOptions>(
      "epsilon_soft_iteration",
      {file, "The best policy among those that explore with probability epsilon",
       "MFRL 5.4; S&B 5.4", "v(s) <- (1 - epsilon) max_a q(s, a) + epsilon mean_a q(s, a)",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') for each a\n"
       "    v'(s) <- (1 - epsilon) max_a q(s, a) + epsilon mean_a q(s, a)\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      [](const Problem& p, const EpsilonSoftOptions& o) {
        return BackupIteration<FiniteMdp, EpsilonSoft>(p.model, p.gamma, EpsilonSoft{o.epsilon}, o);
      });
  registry.add_planner<SoftOptions>(
      "soft_value_iteration",
      {file, "Soft value iteration: the best policy that is held to a reference by a KL penalty",
       "Todorov 2009",
       "v(s) <- beta ln sum_a ref(a | s) exp(q(s, a) / beta);   pi(a | s) = ref(a | s) exp((q(s, "
       "a) "
       "- v(s)) / beta)",
       "v <- v0; v(terminal) = 0\n"
       "repeat\n"
       "  for each state s\n"
       "    q(s, a) <- E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') for each a\n"
       "    v'(s) <- beta ln sum_a ref(a | s) exp(q(s, a) / beta)\n"
       "  v <- v'\n"
       "until the bound is at most the tolerance"},
      [](const Problem& p, const SoftOptions& o) {
        Soft rule(policy_or_uniform(p.model, o.reference, "reference"), o.beta);
        return BackupIteration<FiniteMdp, Soft>(p.model, p.gamma, std::move(rule), o);
      });
  registry.add_planner<PrioritizedSweepingOptions>(
      "prioritized_sweeping_with_model",
      {file, "Prioritized sweeping with the model: the most urgent state first", "S&B 8.4, 4.5",
       "priority(s) = |max_a q(s, a) - v(s)|;   v(s) <- max_a q(s, a)",
       "v <- 0; queue every state by its priority\n"
       "while the queue is not empty\n"
       "  s <- the state of largest priority\n"
       "  v(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ]\n"
       "  for each state that may lead to s: queue it by its new priority"},
      [](const Problem& p, const PrioritizedSweepingOptions& o) {
        return PrioritizedSweeping(p.model, p.gamma, o);
      });
  registry.add_planner<BackwardInductionOptions>(
      "backward_induction",
      {file, "Backward induction: the best return of the next H steps", "S&B 4.4",
       "v_h(s) = max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v_{h-1}(s') ],  v_0 = 0",
       "v <- 0\n"
       "for h = 1 .. H\n"
       "  v'(s) <- max_a [ E[r | s, a] + gamma sum_s' p(s' | s, a) v(s') ] for each s\n"
       "  v <- v'"},
      [](const Problem& p, const BackwardInductionOptions& o) {
        return BackwardInduction(p.model, p.gamma, o);
      },
      {.any_horizon = true});
  registry.add_planner<RelativeValueIterationOptions>(
      "relative_value_iteration",
      {file, "Relative value iteration: the largest average reward", "S&B 10.3; MFRL 9.2",
       "v(s) <- (T v)(s) - (T v)(reference);   min (T v - v) <= eta* <= max (T v - v)",
       "v <- 0\n"
       "repeat\n"
       "  w(s) <- max_a [ E[r | s, a] + sum_s' p(s' | s, a) v(s') ] for each s\n"
       "  eta lies between min (w - v) and max (w - v)\n"
       "  v <- w - w(reference)\n"
       "until the interval is small enough"},
      [](const Problem& p, const RelativeValueIterationOptions& o) {
        return RelativeValueIteration(p.model, o);
      },
      {.discounted = false, .average = true});
}

}  // namespace rl
