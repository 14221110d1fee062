// rlbook solve: an exact plan, drawn or as JSON, with its certified bound.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "apps/commands/commands.hpp"
#include "apps/json_rows.hpp"
#include "apps/layout.hpp"
#include "apps/mpi/rank_exchange.hpp"
#include "apps/mpi/shared_plan.hpp"
#include "apps/output_file.hpp"
#include "apps/picture.hpp"
#include "apps/policy_text.hpp"
#include "apps/world.hpp"
#include "rl/plan.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

struct Solution {
  const Problem& problem;
  const AlgorithmEntry& algorithm;
  Plan plan;
  std::optional<TabularPolicy> evaluated;
  std::optional<TabularPolicy> mixed;  // of a plan whose policy must explore
  double seconds = 0;
  bool interrupted = false;

  State num_states() const { return problem.num_states(); }
  bool average() const { return problem.criterion == Criterion::average; }
  double gamma() const { return problem.effective_gamma(); }

  /// q(s, .): with the average reward taken off every step under the average criterion.
  std::vector<double> q(State s) const {
    std::vector<double> row = problem.with_model(
        [&](const auto& model) { return action_values(model, plan.next_values(), gamma(), s); });
    if (average())
      for (double& x : row) x -= plan.average_reward.value_or(0);
    return row;
  }
  std::vector<Action> best(State s) const {
    return problem.with_model(
        [&](const auto& model) { return optimal_actions(model, plan.next_values(), gamma(), s); });
  }
  /// The policy that has these values; where several have, their actions alike.
  std::vector<double> policy(State s) const {
    for (const std::optional<TabularPolicy>* known : {&evaluated, &mixed})
      if (*known) return {(*known)->row(s).begin(), (*known)->row(s).end()};
    std::vector<double> row(static_cast<std::size_t>(problem.num_actions()), 0);
    const std::vector<Action> actions = best(s);
    for (const Action a : actions)
      row[static_cast<std::size_t>(a)] = 1 / static_cast<double>(actions.size());
    return row;
  }
};

void write_json(std::ostream& out, const Solution& x) {
  const State n = x.num_states();
  const auto optional = [](const std::optional<double>& number) {
    return number ? json_number(*number) : std::string("null");
  };
  out << fmt::format(
      "{{\"environment\":{},\"algorithm\":{},\"gamma\":{},\"values\":", json(x.problem.name).dump(),
      json(x.algorithm.name).dump(), x.average() ? "null" : json_number(x.problem.gamma));
  write_row(out, x.plan.v);
  out << ",\"action_values\":";
  x.problem.with_model(
      [&](const auto& model) { write_action_values(out, model, [&](State s) { return x.q(s); }); });
  out << ",\"optimal_actions\":";
  write_rows(out, n, [&](State s) { return x.best(s); });
  out << ",\"policy\":";
  write_rows(out, n, [&](State s) { return x.policy(s); });
  out << fmt::format(",\"iterations\":{},\"sweeps\":{},\"converged\":{},\"error_bound\":{}",
                     x.plan.iterations, x.plan.sweeps, x.plan.converged,
                     optional(x.plan.error_bound));
  if (x.average()) out << ",\"average_reward\":" << optional(x.plan.average_reward);
  out << fmt::format(",\"seconds\":{}}}\n", json_number(x.seconds));
}

std::string bound_line(const Solution& x) {
  const Plan& plan = x.plan;
  const std::string work =
      plan.iterations == plan.sweeps
          ? fmt::format("{} sweeps", plan.sweeps)
          : fmt::format("{} iterations, {} sweeps", plan.iterations, plan.sweeps);
  const std::string end = x.interrupted    ? "interrupted after "
                          : plan.converged ? "converged after "
                                           : "stopped short of its tolerance after ";
  const char* const exact = x.evaluated ? "v_pi" : "exact v";
  const std::string bound =
      !plan.error_bound ? "the error is not certified"
      : x.average()
          ? fmt::format("error of the average reward at most {:.3g}, certified", *plan.error_bound)
          : fmt::format("max |v - {}| at most {:.3g}, certified", exact, *plan.error_bound);
  return end + work + "; " + bound;
}

void write_text(Console& console, const Solution& x) {
  const auto line = [&](const std::string& text) {
    for (const std::string& part : wrap(text, console.columns)) console.out << part << '\n';
  };
  line(fmt::format(
      "{} on {}, {}", x.algorithm.name, x.problem.name,
      x.average() ? std::string("average reward") : fmt::format("gamma = {}", x.problem.gamma)));
  if (x.num_states() <= kLargestDrawing) {
    PictureContent content = x.problem.with_model(
        [&](const auto& model) { return content_of(model, x.plan.next_values(), x.gamma()); });
    content.number.assign(x.plan.v.begin(), x.plan.v.end());
    if (x.evaluated)
      for (State s = 0; s < x.num_states(); ++s)
        content.actions[static_cast<std::size_t>(s)] = actions_of(*x.evaluated, s);
    console.out << draw_terminal(x.problem.picture, content, terminal_style(console));
  } else {
    line(fmt::format("{} states are too many to draw; --out FILE writes them all", x.num_states()));
  }
  line(bound_line(x));
  if (x.average())
    line(fmt::format("average reward a step: {:.6g}", x.plan.average_reward.value_or(0)));
  else
    line(fmt::format(
        "J = {:.6g}, expected from the start",
        x.problem.with_model([&](const auto& model) { return start_value(model, x.plan.v); })));
}

/// How far a planner is, from what its stop rule watches: it falls by a factor each sweep.
class Convergence {
 public:
  Convergence(const AlgorithmEntry& algorithm, const json& options) {
    for (const OptionInfo& option : algorithm.options)
      if (option.name == "tolerance") tolerance_ = parse_number(option.default_json).value_or(0);
    if (options.contains("tolerance") && options["tolerance"].is_number())
      tolerance_ = options["tolerance"].get<double>();
  }
  double tolerance() const { return tolerance_; }
  double fraction(const PlanProgress& progress) {
    const double x = progress.error_bound.value_or(progress.change);
    if (!(x > 0) || !std::isfinite(x) || tolerance_ <= 0) return 0;
    first_ = std::max(first_, x);
    return first_ > tolerance_ ? std::log(first_ / x) / std::log(first_ / tolerance_) : 0;
  }

 private:
  double tolerance_ = 0;
  double first_ = 0;
};

/// --model: by itself, a planner that can do without a table gets none of a large grid.
ModelForm form_of_model(const Arguments& arguments, const AlgorithmEntry& algorithm) {
  const std::string name = arguments.text("model").value_or("auto");
  if (name == "table") return ModelForm::table;
  if (name == "matrix_free") return ModelForm::matrix_free;
  if (name != "auto")
    throw std::invalid_argument(
        unknown_name("model", name, std::vector<std::string>{"auto", "table", "matrix_free"}));
  return algorithm.facts.plans_grids ? ModelForm::automatic : ModelForm::table;
}

/// Sweeps after which the values are as near as `tolerance`, wherever they began: gamma^n of the
/// largest difference that can be.
std::int64_t most_sweeps(double gamma, double largest_reward, double tolerance) {
  const double start = 2 * largest_reward / (1 - gamma);
  return start > tolerance
             ? static_cast<std::int64_t>(std::ceil(std::log(tolerance / start) / std::log(gamma)))
             : 1;
}

/// What a solve would take, from its first iteration.
void tell_cost(const Solution& x, AnyPlanner planner, double tolerance, Console& console) {
  const Problem& problem = x.problem;
  const auto states = static_cast<std::uint64_t>(problem.num_states());
  const std::uint64_t bytes = problem.with_model([](const auto& model) { return model.bytes(); }) +
                              2 * sizeof(double) * states;
  const double begin = console.seconds();
  planner.advance();
  const double seconds = console.seconds() - begin;
  console.out << fmt::format("memory: about {:.3g} MB; the first iteration takes {:.2g} s",
                             static_cast<double>(bytes) / 1e6, seconds);
  if (x.algorithm.facts.plans_grids && problem.gamma < 1 && tolerance > 0) {
    const double r = problem.with_model([](const auto& model) { return model.largest_reward(); });
    const std::int64_t n = most_sweeps(problem.gamma, r, tolerance);
    console.out << fmt::format(", and at most {} are needed: {:.2g} s", n,
                               static_cast<double>(n) * seconds);
  }
  console.out << '\n';
}

/// The plan of this process, or in rank 0 that of all.
void plan(Solution& solution, const json& options, RankExchange* ranks, Console& console) {
  Convergence convergence(solution.algorithm, options);
  const auto fraction = [&](const PlanProgress& progress) {
    return convergence.fraction(progress);
  };
  double begin = console.seconds();
  if (ranks != nullptr) {
    SharedPlan shared = plan_by_ranks(solution.problem, options, *ranks, console, fraction);
    solution.plan = std::move(shared.plan);
    solution.interrupted = shared.interrupted;
    solution.seconds = console.seconds() - begin;
    return;
  }
  AnyPlanner planner = solution.algorithm.make_planner(solution.problem, options);
  begin = console.seconds();
  Progress progress(console, solution.algorithm.name);
  while (!(solution.interrupted = console.interrupted()) && planner.advance())
    progress.update(fraction(planner.progress()));
  solution.plan = std::move(planner).plan();
  solution.seconds = console.seconds() - begin;
}

/// `ranks`: null where this process is alone.
int run_solve(const Registry& registry, const Arguments& arguments, Console& console,
              RankExchange* ranks) {
  const AlgorithmEntry& algorithm = *arguments.algorithms().front();
  const AlgorithmEntry as_used = ranks != nullptr ? shared_planner(algorithm) : algorithm;
  if (ranks != nullptr && arguments.is_on("dry_run"))
    throw std::invalid_argument("--dry-run tells the cost of one process: give it without mpirun");
  const ModelForm form = form_of_model(arguments, as_used);
  const Problem problem = problem_of(registry, arguments, form);
  if (form == ModelForm::matrix_free && !problem.grid)
    throw std::invalid_argument(
        fmt::format("--model matrix_free: {} is no grid, its rows stand in a table", problem.name));
  if (const auto reason = as_used.refuses(problem)) throw std::invalid_argument(*reason);
  warn_if_endless(problem, console);
  std::unique_ptr<OutputFile> file;
  if (const auto path = arguments.text("out"); path && (ranks == nullptr || ranks->leads()))
    file = std::make_unique<OutputFile>(*path, arguments.is_on("force"));
  Solution solution{problem, algorithm, {}, {}, {}};
  const json options = options_with_policy(arguments, problem, algorithm, solution.evaluated);
  if (arguments.is_on("dry_run")) {
    AnyPlanner planner = algorithm.make_planner(problem, options);
    console.out << fmt::format("would solve {} ({}) by {}{}\n", problem.name, size_text(problem),
                               algorithm.name, file ? " and write " + file->path() : "");
    tell_cost(solution, std::move(planner), Convergence(algorithm, options).tolerance(), console);
    return kOk;
  }

  plan(solution, options, ranks, console);
  if (solution.plan.policy && !is_deterministic(*solution.plan.policy))
    solution.mixed = solution.plan.policy;
  if (solution.interrupted) solution.plan.converged = false;
  if (ranks != nullptr && !ranks->leads()) return solution.interrupted ? kInterrupted : kOk;

  if (arguments.is_on("json"))
    write_json(console.out, solution);
  else
    write_text(console, solution);
  if (file) {
    write_json(file->stream(), solution);
    file->commit();
    console.note("written: " + file->path());
  }
  return solution.interrupted ? kInterrupted : kOk;
}

}  // namespace

Command solve_command() {
  std::vector<FlagSpec> flags = shared_flags(
      {"env", "gamma", "start", "seed", "memory_limit", "file_limit", "json", "out", "force",
       "dry_run", "quiet", "color", "ascii", "config", "set", "print_config"});
  flags.push_back({"model", "FORM",
                   "table, or matrix_free: rows of grids are computed when they are needed; auto "
                   "makes no table of grids of more than 10,000 cells where the planner can do "
                   "without",
                   "auto"});
  return {{.command = "solve",
           .usage = "PLANNER --env WORLD [--gamma X] [--tolerance X] [--json] [--out FILE]",
           .doc = "plan exactly with the model, with a certified bound",
           .operands = {"PLANNER", 1, 1},
           .flags = std::move(flags),
           .algorithms = {Kind::planner},
           .examples = {"solve value_iteration --env mfrl_5x5",
                        "solve policy_iteration --env grid_world:rows=8,cols=8,slip=0.2 --json",
                        "solve tiled_value_iteration --env slippery_grid:n=1000",
                        "solve policy_evaluation --policy uniform --env mfrl_5x5",
                        "solve policy_evaluation --policy '>>v<' --env mfrl_2x2"}},
          [](const Registry& registry, const Arguments& arguments, Console& console) {
            RankExchange* const ranks = this_process_exchange();
            return run_together(ranks, console,
                                [&] { return run_solve(registry, arguments, console, ranks); });
          }};
}

}  // namespace rl::apps
