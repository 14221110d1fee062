// What can be read off a computation: one function a quantity, and the table of their names.
#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "algorithms/dynamic_programming/importance_sampling.hpp"
#include "apps/reproduce/computation.hpp"
#include "apps/reproduce/linear_quantities.hpp"
#include "apps/reproduce/reading.hpp"
#include "apps/reproduce/spec.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

// ---- states and actions as a quantity writes them -----------------------------------------------

/// f(s) for a state, an array (of arrays) of states or {"first", "last"}, in that shape; null stays
/// null.
template <class F>
json over(const json& states, const FiniteMdp& model, F&& f) {
  if (states.is_null()) return nullptr;
  if (states.is_array()) {
    json list = json::array();
    for (const json& s : states) list.push_back(over(s, model, f));
    return list;
  }
  if (states.is_object()) {
    check_keys(states, "states", {"first", "last"});
    const State last = state_index(needed(states, "last"), model);
    json list = json::array();
    for (State s = state_index(needed(states, "first"), model); s <= last; ++s)
      list.push_back(f(s));
    return list;
  }
  return f(state_index(states, model));
}

/// The same for the quantity's "states"; all of them where it has none.
template <class F>
json over_states(const json& quantity, const FiniteMdp& model, F&& f) {
  if (quantity.contains("states")) return over(quantity["states"], model, f);
  return over(json{{"first", 0}, {"last", model.num_states() - 1}}, model, f);
}

/// The number that the case gives to the first state or action: 0, or the book's 1.
int count_from(const json& quantity) {
  if (!quantity.contains("count_from")) return 0;
  return static_cast<int>(integer(quantity["count_from"], "count_from", -1'000'000, 1'000'000));
}

// ---- values -------------------------------------------------------------------------------------

json values(Computation& c, const json& quantity) {
  const StateValues& v = c.plan().v;
  return over_states(quantity, c.model(), [&](State s) { return json(v[s]); });
}

json q_of(Computation& c, const json& quantity) {
  return over_states(quantity, c.model(), [&](State s) {
    json row = json::array();
    for (const double q : action_values(c.model(), c.plan().next_values(), c.gamma(), s))
      row.push_back(number_or_null(q));
    return row;
  });
}

json start_values(Computation& c, const json& quantity) {
  const StateValues& v = c.plan().v;
  const std::string of = quantity.contains("of") ? text(quantity["of"], "of") : "mean";
  if (of == "mean") return start_value(c.model(), v);
  std::vector<double> starts;
  c.model().for_each_start([&](State s, double) { starts.push_back(v[s]); });
  if (of == "largest") return *std::max_element(starts.begin(), starts.end());
  if (of == "smallest") return *std::min_element(starts.begin(), starts.end());
  throw std::invalid_argument(
      unknown_name("value of 'of'", of, std::vector<std::string>{"mean", "largest", "smallest"}));
}

/// sqrt(mean_s (v(s) - x)^2) over the non-terminal states.
json rms_difference(Computation& c, const json& quantity) {
  const double x = number(needed(quantity, "to"), "to");
  double sum = 0;
  int n = 0;
  for (State s = 0; s < c.model().num_states(); ++s) {
    if (c.model().terminal(s)) continue;
    sum += (c.plan().v[s] - x) * (c.plan().v[s] - x);
    ++n;
  }
  return std::sqrt(sum / n);
}

// ---- actions ------------------------------------------------------------------------------------

json optimal_sets(Computation& c, const json& quantity) {
  const int first = count_from(quantity);
  return over_states(quantity, c.model(), [&](State s) {
    json set = json::array();
    for (const Action a : optimal_actions(c.model(), c.plan().next_values(), c.gamma(), s))
      set.push_back(a + first);
    return set;
  });
}

/// The first of the best actions of s within 1e-9, -1 in a terminal state.
Action first_best(Computation& c, State s) {
  const std::vector<Action> best = optimal_actions(c.model(), c.plan().next_values(), c.gamma(), s);
  return best.empty() ? -1 : best.front();
}

json greedy_actions(Computation& c, const json& quantity) {
  const int first = count_from(quantity);
  return over_states(quantity, c.model(), [&](State s) {
    const Action a = first_best(c, s);
    return a < 0 ? json() : json(a + first);
  });
}

/// Number of states whose first best action is another than in the plan of another spec.
json states_with_other_action(Computation& c, const json& quantity) {
  const json& than = needed(quantity, "than");
  if (!than.is_object()) throw std::invalid_argument("than: expected a spec");
  json rest = than;
  rest["quantity"] = "greedy_actions";
  const json others = compute(c.registry(), rest);
  const State n = std::min(c.model().num_states(), static_cast<State>(others.size()));
  int differ = 0;
  for (State s = 0; s < n; ++s) {
    const json& other = others[static_cast<std::size_t>(s)];
    const Action a = first_best(c, s);
    differ += (a < 0) != other.is_null() || (a >= 0 && other != a) ? 1 : 0;
  }
  return differ;
}

/// For each list of states, how many stand before the first one in which the action is better than
/// every other: its length where there is none.
json first_where_best(Computation& c, const json& quantity) {
  const Action action = action_index(needed(quantity, "action"), c.model());
  const json& lists = needed(quantity, "states");
  if (!lists.is_array()) throw std::invalid_argument("states: expected a list of lists");
  json result = json::array();
  for (const json& list : lists) {
    const auto alone = [&](const json& s) {
      return optimal_actions(c.model(), c.plan().next_values(), c.gamma(),
                             state_index(s, c.model())) == std::vector<Action>{action};
    };
    if (!list.is_array()) throw std::invalid_argument("states: expected a list of lists");
    result.push_back(std::find_if(list.begin(), list.end(), alone) - list.begin());
  }
  return result;
}

// ---- the planner's way --------------------------------------------------------------------------

json iterations(Computation& c, const json&) { return c.plan().iterations; }

/// Iterations until max_s |v(s) - v*(s)| is below a number.
json iterations_until(Computation& c, const json& quantity) {
  const double error = number(needed(quantity, "error_below"), "error_below", Range{1e-12, 1e300});
  Computation exact(c.registry(), c.problem(),
                    {{"algorithm", "value_iteration"}, {"options", {{"tolerance", error * 1e-3}}}});
  const StateValues& v_star = exact.plan().v;
  AnyPlanner planner = c.planner();
  while (planner.advance())
    if ((planner.values() - v_star).lpNorm<Eigen::Infinity>() < error)
      return planner.progress().iterations;
  throw std::invalid_argument(
      fmt::format("iterations_until: the algorithm ended before its error was below {}", error));
}

/// sum_s v_k(s) after each iteration k.
json value_sums(Computation& c, const json&) {
  json sums = json::array();
  for (AnyPlanner planner = c.planner(); planner.advance();) sums.push_back(planner.values().sum());
  return sums;
}

// ---- the model ----------------------------------------------------------------------------------

/// f(outcome) for each action of each state, in which nothing may be left to chance.
template <class F>
json over_certain_pairs(Computation& c, const json& quantity, F&& f) {
  const FiniteMdp& model = c.model();
  return over_states(quantity, model, [&](State s) {
    json row = json::array();
    for (Action a = 0; a < model.num_actions(); ++a) {
      const std::vector<Outcome> outcomes = model.outcomes(s, a);
      if (outcomes.size() > 1)
        throw std::invalid_argument(
            fmt::format("state {}, action {}: has {} outcomes, not one", s, a, outcomes.size()));
      row.push_back(outcomes.empty() ? json() : f(outcomes.front()));
    }
    return row;
  });
}

json next_states(Computation& c, const json& quantity) {
  const int first = count_from(quantity);
  return over_certain_pairs(c, quantity, [&](const Outcome& o) { return json(o.next + first); });
}

/// Rewards as numbers; with "letters" ({"T": 1, ...}) one text a state.
json rewards(Computation& c, const json& quantity) {
  json table = over_certain_pairs(c, quantity, [](const Outcome& o) { return json(o.reward); });
  if (!quantity.contains("letters")) return table;
  const json& letters = quantity["letters"];
  if (!letters.is_object()) throw std::invalid_argument("letters: expected an object");
  for (json& row : table) {
    std::string word;
    for (const json& reward : row) {
      const auto found = std::find(letters.begin(), letters.end(), reward);
      if (found == letters.end())
        throw std::invalid_argument("letters: there is none for the reward " + shown(reward));
      word += found.key();
    }
    row = word;
  }
  return table;
}

// ---- the policy ---------------------------------------------------------------------------------

json probability(Computation& c, const json& quantity) {
  return c.policy().probability(state_index(needed(quantity, "state"), c.model()),
                                action_index(needed(quantity, "action"), c.model()));
}

/// Expected length of an episode from the start distribution.
json expected_steps(Computation& c, const json&) {
  const Eigen::VectorXd visits = expected_visits(c.model(), c.policy());
  double steps = 0;
  for (State s = 0; s < c.model().num_states(); ++s)
    if (!c.model().terminal(s)) steps += visits[s];
  return steps;
}

/// d(s): [S]; with "pairs" d(s) pi(a | s) of each [s, a], with "pair" that of one.
json stationary_distribution_of(Computation& c, const json& quantity) {
  const Eigen::VectorXd d = stationary_distribution(c.model(), c.policy());
  const auto share_of = [&](const json& pair) {
    if (!pair.is_array() || pair.size() != 2)
      throw std::invalid_argument("pairs: expected [state, action], not " + shown(pair));
    const State s = state_index(pair[0], c.model());
    return d[s] * c.policy().probability(s, action_index(pair[1], c.model()));
  };
  if (quantity.contains("pair")) return share_of(quantity["pair"]);
  if (!quantity.contains("pairs"))
    return over_states(quantity, c.model(), [&](State s) { return json(d[s]); });
  json result = json::array();
  for (const json& pair : quantity["pairs"]) result.push_back(share_of(pair));
  return result;
}

/// Eigenvalues of P_pi, ascending; they must be real.
json eigenvalues(Computation& c, const json&) {
  const Eigen::MatrixXd P = policy_chain(c.model(), c.policy()).transition;
  const Eigen::VectorXcd values = P.eigenvalues();
  std::vector<double> list;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (std::abs(values[i].imag()) > 1e-9)
      throw std::invalid_argument("eigenvalues: some are not real");
    list.push_back(values[i].real());
  }
  std::sort(list.begin(), list.end());
  return list;
}

/// sum_s d(s) v(s).
json average_value(Computation& c, const json&) {
  return stationary_distribution(c.model(), c.policy()).dot(c.plan().v);
}

/// Of the plan where it has one, else sum_s d(s) r_pi(s).
json average_reward(Computation& c, const json&) {
  if (c.problem().criterion == Criterion::average) return *c.plan().average_reward;
  return stationary_distribution(c.model(), c.policy())
      .dot(policy_chain(c.model(), c.policy()).reward);
}

/// Of W G, the return of an episode from a state, weighted for the policy.
json weighted_return_of(Computation& c, const json& quantity) {
  const TabularPolicy behavior = policy_of(c.registry(), c.problem(), needed(quantity, "behavior"));
  const std::int64_t steps =
      quantity.contains("steps") ? integer(quantity["steps"], "steps", 1, 1'000'000) : 0;
  const WeightedReturn x =
      weighted_return(c.model(), c.policy(), behavior, c.gamma(),
                      state_index(needed(quantity, "state"), c.model()), steps);
  const std::string& of = text(needed(quantity, "of"), "of");
  if (of == "mean") return x.mean;
  if (of == "second_moment") return x.second_moment;
  if (of == "variance") return x.variance();
  if (of == "mean_weight") return x.mean_weight;
  throw std::invalid_argument(
      unknown_name("value of 'of'", of,
                   std::vector<std::string>{"mean", "second_moment", "variance", "mean_weight"}));
}

struct Quantity {
  const char* name;
  std::vector<std::string> arguments;
  json (*measure)(Computation&, const json& quantity);
};

const std::vector<Quantity>& quantities() {
  static const std::vector<Quantity> table = {
      {"values", {"states"}, values},
      {"action_values", {"states"}, q_of},
      {"start_value", {"of"}, start_values},
      {"rms_difference", {"to"}, rms_difference},
      {"optimal_actions", {"states", "count_from"}, optimal_sets},
      {"greedy_actions", {"states", "count_from"}, greedy_actions},
      {"states_with_other_action", {"than"}, states_with_other_action},
      {"first_where_best", {"states", "action"}, first_where_best},
      {"iterations", {}, iterations},
      {"iterations_until", {"error_below"}, iterations_until},
      {"value_sums", {}, value_sums},
      {"next_states", {"states", "count_from"}, next_states},
      {"rewards", {"states", "letters"}, rewards},
      {"probability", {"state", "action"}, probability},
      {"expected_steps", {}, expected_steps},
      {"stationary_distribution", {"states", "pairs", "pair"}, stationary_distribution_of},
      {"eigenvalues", {}, eigenvalues},
      {"weighted_return", {"behavior", "state", "of", "steps"}, weighted_return_of},
      {"average_value", {}, average_value},
      {"average_reward", {}, average_reward},
      {"best_approximation", {"features", "weighting", "of"}, best_approximation_of},
      {"td_fixed_point", {"features", "weighting", "lambda", "of"}, td_fixed_point_of},
      {"expected_updates",
       {"features", "weighting", "method", "alpha", "beta", "w0", "sweeps", "weights", "error"},
       expected_updates_of},
      {"value_gradient", {"state"}, value_gradient_of},
  };
  return table;
}

}  // namespace

json measure(Computation& computation, const json& quantity) {
  const json call = quantity.is_string() ? json{{"name", quantity}} : quantity;
  if (!call.is_object())
    throw std::invalid_argument("quantity: expected a name or an object, not " + shown(quantity));
  const std::string& name = text(needed(call, "name"), "quantity");
  std::vector<std::string> names;
  for (const Quantity& q : quantities()) {
    names.emplace_back(q.name);
    if (name != q.name) continue;
    check_arguments(call, q.arguments);
    return q.measure(computation, call);
  }
  throw std::invalid_argument(unknown_name("quantity", name, names));
}

}  // namespace rl::reproduce
