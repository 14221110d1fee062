#include "apps/rlhf/efficiency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/efficiency_cell.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

/// Newton steps solve for all features at once: 2,000 of them and 3,000 pairs take 4 s a run.
constexpr std::size_t kMostPreferenceFeatures = 2'000;
constexpr std::size_t kMostDesignNumbers = 50'000'000;  // [pairs x features]: 400 MB

template <class T>
void require_each_once(const std::vector<T>& list, const char* what) {
  if (list.empty()) throw std::invalid_argument(fmt::format("efficiency: no {}", what));
  if (std::set<T>(list.begin(), list.end()).size() != list.size())
    throw std::invalid_argument(fmt::format("efficiency: one of the {} stands twice", what));
}

/// The most features that a regression of the experiment has.
std::size_t num_design_features(const EfficiencyExperiment& e) {
  const FiniteMdp& model = e.problem.model;
  const bool pairs = runs_method(e, PreferenceMethod::rm_pairs) ||
                     runs_method(e, PreferenceMethod::advantage) ||
                     runs_method(e, PreferenceMethod::cpl);
  if (pairs) return index(model.num_states()) * index(model.num_actions());
  return runs_method(e, PreferenceMethod::rm) ? index(model.num_states()) + 1 : 0;
}

void require_small_enough(const EfficiencyExperiment& e) {
  const std::size_t features = num_design_features(e);
  if (features > kMostPreferenceFeatures)
    throw std::invalid_argument(fmt::format(
        "{}: {} states and {} actions make {} features, more than the {} that these methods are "
        "for; rm alone has a feature a state, bc has none",
        e.problem.name, e.problem.model.num_states(), e.problem.model.num_actions(), features,
        kMostPreferenceFeatures));
  const std::size_t rows = std::max(*std::max_element(e.sizes.begin(), e.sizes.end()),
                                    static_cast<std::size_t>(e.options.held_out));
  if (features > 0 && rows > kMostDesignNumbers / features)
    throw std::invalid_argument(
        fmt::format("efficiency: {} pairs of {} features are more than {} numbers", rows, features,
                    kMostDesignNumbers));
}

/// Seed by seed, so that what is done by an interruption is whole for some of them; large ones of a
/// seed first, so that threads end together.
std::vector<EfficiencyTask> efficiency_tasks(const EfficiencyExperiment& e) {
  std::vector<EfficiencyTask> tasks;
  for (std::size_t seed = 0; seed < e.seeds.size(); ++seed)
    for (std::size_t size = e.sizes.size(); size-- > 0;)
      for (std::size_t annotator = 0; annotator < e.annotators.size(); ++annotator)
        tasks.push_back({annotator, seed, size});
  return tasks;
}

/// In proportion to the time that it takes, roughly.
double work_of_task(const EfficiencyExperiment& e, const EfficiencyTask& task) {
  return static_cast<double>(e.sizes[task.size]) + e.options.held_out;
}

void collect_cells(const EfficiencyExperiment& e, const std::vector<EfficiencyTask>& tasks,
                   std::vector<std::optional<EfficiencyCell>>& cells, EfficiencyResult& result) {
  const auto cell_of = [&](std::size_t annotator, std::size_t seed,
                           std::size_t size) -> std::optional<EfficiencyCell>& {
    for (std::size_t i = 0; i < tasks.size(); ++i)
      if (tasks[i].annotator == annotator && tasks[i].seed == seed && tasks[i].size == size)
        return cells[i];
    throw std::logic_error("efficiency: no such task");
  };
  for (std::size_t a = 0; a < e.annotators.size(); ++a) {
    for (std::size_t m = 0; m < e.methods.size(); ++m)
      for (std::size_t n = 0; n < e.sizes.size(); ++n)
        for (std::size_t seed = 0; seed < e.seeds.size(); ++seed)
          if (const auto& cell = cell_of(a, seed, n); cell && cell->runs[m])
            result.runs.push_back(*cell->runs[m]);
    for (std::size_t seed = 0; seed < e.seeds.size(); ++seed)
      for (std::size_t n = 0; n < e.sizes.size(); ++n)
        if (const auto& cell = cell_of(a, seed, n)) {
          result.held_out.push_back({e.annotators[a], e.seeds[seed], cell->labels});
          break;
        }
  }
  for (std::optional<EfficiencyCell>& cell : cells) {
    if (!cell) continue;
    if (cell->map) result.maps.push_back(*std::move(cell->map));
    result.report.add(cell->report);
  }
}

}  // namespace

// ---- names --------------------------------------------------------------------------------------

const std::vector<PreferenceMethodInfo>& preference_methods() {
  static const std::vector<PreferenceMethodInfo> methods = {
      {PreferenceMethod::rm, "rm", "RM(s') + VI",
       "a reward of next states and bumps, planned with"},
      {PreferenceMethod::rm_pairs, "rm_pairs", "RM(s,a) + VI", "a reward r(s, a), planned with"},
      {PreferenceMethod::advantage, "advantage", "advantage",
       "an advantage A(s, a), fitted alike, whose best action is taken"},
      {PreferenceMethod::cpl, "cpl", "CPL", "a policy whose ln pi is the advantage"},
      {PreferenceMethod::bc, "bc", "BC", "what preferred segments did most often"}};
  return methods;
}

const PreferenceMethodInfo& info_of(PreferenceMethod method) {
  return preference_methods()[static_cast<std::size_t>(method)];
}

PreferenceMethod preference_method(std::string_view name) {
  std::vector<std::string> names;
  for (const PreferenceMethodInfo& info : preference_methods()) {
    if (info.name == canonical_name(name)) return info.method;
    names.push_back(info.name);
  }
  throw std::invalid_argument(unknown_name("method", name, names));
}

std::string_view annotator_name(AnnotatorKind annotator) {
  return annotator == AnnotatorKind::return_ ? "return" : "regret";
}

// ---- the experiment -----------------------------------------------------------------------------

bool runs_method(const EfficiencyExperiment& e, PreferenceMethod method) {
  return std::find(e.methods.begin(), e.methods.end(), method) != e.methods.end();
}

void check_efficiency(const EfficiencyExperiment& e) {
  const Problem& problem = e.problem;
  if (!problem.finite())
    throw std::invalid_argument(
        fmt::format("efficiency needs a list of states, and those of {} are points", problem.name));
  if (problem.changing)
    throw std::invalid_argument(
        fmt::format("{}: the world changes while it is learned: there is no one reward to learn",
                    problem.name));
  if (problem.criterion == Criterion::average)
    throw std::invalid_argument(fmt::format(
        "{}: its rewards are averaged, and advantages are of discounted returns; give --gamma",
        problem.name));
  if (!(problem.gamma >= 0 && problem.gamma < 1))
    throw std::invalid_argument(fmt::format(
        "{}: gamma = {}: a learned reward may pay for never ending; give --gamma below 1",
        problem.name, problem.gamma));
  require_each_once(e.annotators, "annotators");
  require_each_once(e.methods, "methods");
  require_each_once(e.sizes, "sizes");
  require_each_once(e.seeds, "seeds");
  if (*std::min_element(e.sizes.begin(), e.sizes.end()) < 1)
    throw std::invalid_argument("efficiency: a size of 0 pairs");
  if (e.options.held_out < 1)
    throw std::invalid_argument(
        fmt::format("efficiency: held_out is {}; at least 1", e.options.held_out));
  require_small_enough(e);
}

EfficiencyResult run_efficiency(const EfficiencyExperiment& e, const TaskRun& run) {
  check_efficiency(e);
  const EfficiencyWorld world = make_efficiency_world(e, run.stop);
  const std::vector<EfficiencyTask> tasks = efficiency_tasks(e);
  const auto largest =
      static_cast<std::size_t>(std::max_element(e.sizes.begin(), e.sizes.end()) - e.sizes.begin());
  std::vector<std::optional<EfficiencyCell>> cells(tasks.size());
  const TaskOutcome outcome = run_tasks(
      tasks.size(), run,
      [&](std::size_t i) {
        const bool with_map = tasks[i].seed == 0 && tasks[i].size == largest;
        cells[i] = measure_cell(e, world, tasks[i], with_map, run.stop);
      },
      [&](std::size_t i) { return work_of_task(e, tasks[i]); });

  EfficiencyResult result;
  result.optimal_return = world.optimal_return;
  result.random_return = world.random_return;
  result.true_entering = world.true_entering;
  result.report.add(outcome, [&](std::size_t i) { return cell_name(e, tasks[i]); });
  collect_cells(e, tasks, cells, result);
  return result;
}

// ---- over the seeds -----------------------------------------------------------------------------

OverSeeds summary_of(const EfficiencyResult& result, AnnotatorKind annotator,
                     PreferenceMethod method, std::size_t pairs, double EfficiencyRun::*number) {
  std::vector<double> x;
  for (const EfficiencyRun& run : result.runs)
    if (run.annotator == annotator && run.method == method && run.pairs == pairs)
      x.push_back(run.*number);
  return over_seeds(x);
}

}  // namespace rl::apps
