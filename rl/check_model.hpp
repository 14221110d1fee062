#pragma once
/// \file
/// Checks of a world, as data: do its rows make sense, can it end, does the simulator do what the
/// model says, are runs of one seed alike.
///
/// The simulator is compared by Pearson's statistic: for each available pair (s, a) with n draws
///
///     X^2 = sum_k (count_k - n p_k)^2 / (n p_k)   against chi-square with (outcomes - 1) degrees
///
/// where rare outcomes are pooled. A pair is blamed only if a second, larger sample blames it too.
#include <cmath>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "rl/environment.hpp"
#include "rl/mdp.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"

namespace rl {

/// What one check found.
struct Finding {
  std::string check;    ///< the claim: "rows sum to 1"
  bool passed = false;  ///< the claim holds
  std::string detail;   ///< numbers, and where it fails the first place
};

struct CheckOptions {
  int samples = 1000;  ///< draws of a pair
  /// Of a model that would need more, every second, third, ... pair is drawn alone.
  std::int64_t max_draws = 20'000'000;
  double significance = 1e-3;  ///< probability to blame a sound simulator, over all pairs
  int run_steps = 2000;        ///< steps of the runs that are compared
};

/// All checks of a problem, of each of its models where it changes. Draws from streams of `rng`.
std::vector<Finding> check_model(const Problem& problem, const CheckOptions& options = {},
                                 const Rng& rng = Rng(0));

/// A model whose rows list their outcomes, as FiniteMdp's do; one of a user's own may be wrong
/// where FiniteMdp refuses to be made.
template <class M>
concept ListedModel = requires(const M m, State s, Action a, std::size_t k) {
  { m.num_states() } -> std::convertible_to<State>;
  { m.num_actions() } -> std::convertible_to<Action>;
  { m.terminal(s) } -> std::convertible_to<bool>;
  { m.available(s, a) } -> std::convertible_to<bool>;
  { m.row(s, a).reward } -> std::convertible_to<double>;
  { m.row(s, a).size() } -> std::convertible_to<std::size_t>;
  { m.row(s, a).probability(k) } -> std::convertible_to<double>;
  { m.row(s, a).next(k) } -> std::convertible_to<State>;
};
static_assert(ListedModel<FiniteMdp>);

// ---- single checks ----------------------------------------------------------------------------

/// Every row of an available pair sums to 1 within 1e-9, leads to states of the model and has a
/// finite reward; every non-terminal state has one.
template <ListedModel M>
Finding check_rows(const M& model);

/// Terminal states absorb: no action is available in them.
template <ListedModel M>
Finding check_terminals(const M& model);

/// Start probabilities sum to 1 over non-terminal states. The detail counts unreachable states.
Finding check_start(const FiniteMdp& model);

/// Episodes can end where they must: gamma = 1 needs a way to a terminal state from everywhere. The
/// detail says whether every policy ends, some never does, or none does.
Finding check_ends(const Problem& problem);

/// One step from (s, a).
using StepSampler = std::function<Step<State>(State, Action, Rng&)>;

/// Two findings: next states come up as often as the rows say; rewards are the rows' rewards, with
/// their noise where they have some.
std::vector<Finding> check_sampler(const FiniteMdp& model, const StepSampler& sampler,
                                   const CheckOptions& options, const Rng& rng);

/// Copies of an environment make the same run from the same streams, also from a saved state on:
/// nothing is hidden. Actions are uniform; an episode is cut after `episode_steps`.
Finding check_runs(const AnyEnvironment& environment, std::int64_t episode_steps,
                   const CheckOptions& options, const Rng& rng);

// ---- templates --------------------------------------------------------------------------------

namespace detail {
/// All digits of a number.
std::string text_of(double x);
/// "state 3, action 1: what"
std::string place_of(State s, Action a, const std::string& what);
/// Passed with the summary, or failed at the first place.
Finding finding(std::string check, std::string summary, const std::vector<std::string>& failures);

/// What is wrong with a row; empty where nothing is.
template <class Row>
std::string fault_of(const Row& row, State num_states) {
  constexpr double kTolerance = 1e-9;
  double sum = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    if (row.next(k) < 0 || row.next(k) >= num_states)
      return "leads to state " + std::to_string(row.next(k)) + ", which is not in the model";
    sum += row.probability(k);
  }
  if (!(std::abs(sum - 1) <= kTolerance)) return "probabilities sum to " + text_of(sum) + ", not 1";
  if (!std::isfinite(row.reward)) return "the expected reward is not a finite number";
  return {};
}
}  // namespace detail

template <ListedModel M>
Finding check_rows(const M& model) {
  std::vector<std::string> failures;
  std::int64_t rows = 0;
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    const std::int64_t before = rows;
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!model.available(s, a)) continue;
      ++rows;
      const std::string fault = detail::fault_of(model.row(s, a), model.num_states());
      if (!fault.empty()) failures.push_back(detail::place_of(s, a, fault));
    }
    if (rows == before)
      failures.push_back("state " + std::to_string(s) + " is not terminal and has no action");
  }
  return detail::finding("rows sum to 1", std::to_string(rows) + " rows", failures);
}

template <ListedModel M>
Finding check_terminals(const M& model) {
  std::vector<std::string> failures;
  State terminals = 0;
  for (State s = 0; s < model.num_states(); ++s) {
    if (!model.terminal(s)) continue;
    ++terminals;
    for (Action a = 0; a < model.num_actions(); ++a)
      if (model.available(s, a))
        failures.push_back(detail::place_of(s, a, "available in a terminal state"));
  }
  return detail::finding(
      "terminal states absorb",
      std::to_string(terminals) + " terminal of " + std::to_string(model.num_states()) + " states",
      failures);
}

}  // namespace rl
