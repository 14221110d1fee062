#include "apps/run_result.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <ostream>

#include "apps/json_rows.hpp"
#include "apps/linear_errors.hpp"
#include "apps/watch.hpp"
#include "rl/json_text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

std::string quantity_name(const Estimates& estimates) {
  switch (estimates.what) {
    case Quantity::v_pi:
      return "v_pi";
    case Quantity::v_star:
      return "v*";
    case Quantity::q_pi:
      return "q_pi";
    case Quantity::q_star:
      return "q*";
    case Quantity::q_soft:
      return fmt::format("q of the best {:.4g}-soft policy", estimates.epsilon);
    case Quantity::preferences:
      return "preferences";
    case Quantity::roots:
      return "root";
    case Quantity::policy:
      return "policy";
    case Quantity::differential_v:
    case Quantity::differential_q:
      return "differential values";
    case Quantity::weights:
      return "weights";
  }
  return "";
}

const char* quantity_id(Quantity what) {
  static const char* const kNames[] = {"v_pi",           "v_star",         "q_pi",   "q_star",
                                       "q_soft",         "preferences",    "roots",  "policy",
                                       "differential_v", "differential_q", "weights"};
  return kNames[static_cast<std::size_t>(what)];
}

ordered_json as_json(const Evaluation& e) {
  return {{"step", e.step},
          {"episode", e.episode},
          {"value_error", number_or_null(e.value_error)},
          {"value_rmse", number_or_null(e.value_rmse)},
          {"return", number_or_null(e.greedy_return)},
          {"regret", number_or_null(e.regret)},
          {"score", number_or_null(e.score)},
          {"train_return", number_or_null(e.train_return)}};
}

std::optional<LinearComparison> comparison_with_features(const RunResult& result) {
  const std::optional<LinearView> view = result.runner.linear();
  return view ? compare_linear(result.problem, *view) : std::nullopt;
}

std::string known_number(double x) {
  return std::isnan(x) ? "not known" : fmt::format("{:.6g}", x);
}

/// What stands in place of a value error.
const char* without_error(Quantity what) {
  switch (what) {
    case Quantity::preferences:
      return "; preferences only rank the actions: they have no value error";
    case Quantity::differential_v:
    case Quantity::differential_q:
      return "; differential values are known up to a constant: they have no value error";
    case Quantity::policy:
      return "; it learns a policy, which has no value error";
    default:
      return "; nobody knows the exact values of a continuous world";
  }
}

std::string done_text(const RunResult& result) {
  const Evaluation& last = result.evaluations.back();
  return fmt::format("{}{} steps, {} episodes",
                     result.interrupted       ? "interrupted after "
                     : result.stopped_by_hand ? "stopped by hand after "
                                              : "",
                     last.step, last.episode);
}

std::string return_text(const RunResult& result) {
  const Evaluation& last = result.evaluations.back();
  return fmt::format(
      "J of the {} policy {:.6g}{}; best {}, random policy {}",
      result.runner.estimates().what == Quantity::policy ? "learned" : "greedy", last.greedy_return,
      result.problem.continuous && std::isfinite(last.return_error)
          ? fmt::format(" +- {:.2g}", last.return_error)
          : "",
      known_number(result.truth->optimal_return), known_number(result.truth->random_return));
}

/// How J is measured where no model is.
std::string measure_text(const ContinuousWorld& world) {
  return fmt::format("J: mean of {} episodes and its standard error{}", kJudgedEpisodes,
                     world.return_gamma < 1 ? fmt::format(", discounted by {}", world.return_gamma)
                                            : ", the sum of an episode's rewards");
}

}  // namespace

std::vector<std::string> result_lines(const RunResult& result) {
  std::vector<std::string> lines;
  if (result.identity.contains(kByHand)) lines.push_back(changes_text(result.identity[kByHand]));
  const std::string done = done_text(result);
  if (result.truth == nullptr) {
    lines.push_back(done + "; no time was left to judge them");
    return lines;
  }
  if (const std::string note = result.runner.note(); !note.empty()) lines.push_back(note);
  if (const Quantity what = result.runner.estimates().what; !has_exact(what))
    lines.push_back(done + without_error(what));
  else
    lines.push_back(fmt::format("{}; value error {:.4g}: max |estimate - {}| over reachable states",
                                done, result.evaluations.back().value_error,
                                quantity_name(result.runner.estimates())));
  if (const auto comparison = comparison_with_features(result))
    lines.push_back(linear_text(*comparison));
  lines.push_back(return_text(result));
  if (result.problem.continuous) lines.push_back(measure_text(*result.problem.continuous));
  return lines;
}

void write_json(std::ostream& out, const RunResult& result) {
  const Estimates estimates = result.runner.estimates();
  const FiniteMdp& model = result.runner.model();
  const Evaluation& last = result.evaluations.back();
  const ordered_json& identity = result.identity;
  const bool row = of_states(estimates.what) || estimates.what == Quantity::weights;
  const std::size_t width = row ? 1 : static_cast<std::size_t>(model.num_actions());
  out << fmt::format("{{\"environment\":{},\"algorithm\":{},\"options\":{},\"gamma\":{},",
                     ordered_json(result.problem.name).dump(),
                     ordered_json(result.algorithm.name).dump(), identity["options"].dump(),
                     json_number(result.problem.gamma));
  out << fmt::format("\"seed\":{},\"steps\":{},\"episodes\":{},\"interrupted\":{},",
                     identity["seed"].dump(), result.runner.steps(), result.runner.episodes(),
                     result.interrupted);
  for (const char* key : {kByHand, "episode"})
    if (identity.contains(key)) out << fmt::format("\"{}\":{},", key, identity[key].dump());
  out << fmt::format("\"estimates\":\"{}\",\"{}\":", quantity_id(estimates.what),
                     row ? "values" : "action_values");
  if (row)
    write_row(out, estimates.values);
  else
    write_action_values(out, model, [&](State s) {
      return estimates.values.subspan(static_cast<std::size_t>(s) * width, width);
    });
  if (result.problem.finite()) {
    const TabularPolicy policy = greedy_policy(model, estimates, result.problem.effective_gamma());
    out << ",\"policy\":";
    write_rows(out, model.num_states(), [&](State s) { return policy.row(s); });
  }
  out << fmt::format(
      ",\"value_error\":{},\"value_rmse\":{},\"return\":{},\"return_standard_error\":{},",
      json_number(last.value_error), json_number(last.value_rmse), json_number(last.greedy_return),
      json_number(last.return_error));
  if (const auto c = comparison_with_features(result))
    out << fmt::format(
        "\"linear\":{{\"value_rms\":{},\"best_rms\":{},\"fixed_point_rms\":{},"
        "\"projected_bellman_rms\":{},\"td_converges\":{}}},",
        json_number(c->value_rms), json_number(c->best_rms), json_number(c->fixed_point_rms),
        json_number(c->projected_bellman_rms), c->td_converges);
  out << fmt::format("\"optimal_return\":{},\"random_return\":{},\"evaluations\":",
                     json_number(result.truth ? result.truth->optimal_return : kNoNumber),
                     json_number(result.truth ? result.truth->random_return : kNoNumber));
  ordered_json evaluations = ordered_json::array();
  for (const Evaluation& e : result.evaluations) evaluations.push_back(as_json(e));
  out << evaluations.dump();
  if (result.trace != nullptr) out << ",\"trace\":" << result.trace->dump();
  out << fmt::format(",\"seconds\":{}}}\n", json_number(result.seconds));
}

}  // namespace rl::apps
