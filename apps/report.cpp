#include "apps/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/truth.hpp"
#include "apps/experiment.hpp"
#include "apps/world.hpp"
#include "rl/experiment/run_curve.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

constexpr std::size_t kMostPolicies = 24;  // drawings on a page
constexpr std::size_t kMostCells = 150;    // of a drawing that can be read at half a page's width

// ---- settings -----------------------------------------------------------------------------------

/// "1000..1029", "1,2,5..9"
std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
  std::string text;
  for (std::size_t i = 0; i < seeds.size();) {
    std::size_t end = i;
    while (end + 1 < seeds.size() && seeds[end + 1] == seeds[end] + 1) ++end;
    text += text.empty() ? "" : ",";
    text += end == i ? fmt::format("{}", seeds[i]) : fmt::format("{}..{}", seeds[i], seeds[end]);
    i = end + 1;
  }
  return text;
}

/// "alpha=0.1,epsilon=0.1", without blanks.
std::string options_text(const LearnerVariant& learner) {
  std::string text;
  const auto options = nlohmann::json::parse(learner.options);
  for (const auto& [name, value] : options.items())
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", name,
                        value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

/// In a shell's quotes where it needs them.
std::string quoted(const std::string& word) {
  return word.find_first_of(" \"{}[]'") == std::string::npos ? word : "'" + word + "'";
}

/// The call that makes the same results.
std::string command_of(const Manifest& m) {
  std::string text = "rlbook compare";
  for (const LearnerVariant& learner : m.learners) {
    const std::string options = options_text(learner);
    text += " " + quoted(options.empty() ? learner.name : learner.name + ":" + options);
  }
  text += " --env";
  for (const ManifestWorld& world : m.worlds) text += " " + quoted(world.name);
  if (!m.worlds.empty()) {
    const auto facts = nlohmann::ordered_json::parse(m.worlds.front().facts);
    const auto flags = facts.value("flags", nlohmann::ordered_json::object());
    for (const auto& [flag, value] : flags.items()) {
      std::string name = flag;
      std::replace(name.begin(), name.end(), '_', '-');
      text += fmt::format(" --{} {}", name,
                          value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  text += " --seeds " + seeds_text(m.seeds);
  if (m.budget.steps != kNoLimit) text += fmt::format(" --steps {}", m.budget.steps);
  if (m.budget.episodes != kNoLimit) text += fmt::format(" --episodes {}", m.budget.episodes);
  return text + fmt::format(" --eval-every {} --out DIR", m.eval_every);
}

std::vector<std::pair<std::string, std::string>> settings_of_results(
    const Manifest& m, const std::optional<Tuning>& tuning) {
  std::vector<std::pair<std::string, std::string>> settings;
  for (const LearnerVariant& learner : m.learners)
    settings.emplace_back(learner.label(), options_text(learner));
  for (const ManifestWorld& world : m.worlds) settings.emplace_back(world.name, world.facts);
  settings.emplace_back("seeds of the comparison", seeds_text(m.seeds));
  if (tuning) {
    settings.emplace_back("seeds of tuning", seeds_text(tuning->tuning_seeds));
    settings.emplace_back("seeds of selection", seeds_text(tuning->selection_seeds));
    settings.emplace_back("budget of tuning",
                          fmt::format("{} configurations x {} seeds x {} worlds, {} each",
                                      tuning->configurations.size(), tuning->tuning_seeds.size(),
                                      tuning->worlds.size(), budget_text(tuning->budget)));
  }
  settings.emplace_back("budget of a run", budget_text(m.budget));
  return settings;
}

// ---- policies -----------------------------------------------------------------------------------

bool can_be_looked_at(const Problem& problem) {
  std::size_t cells = 0;
  for (const Panel& panel : problem.picture.panels) cells += panel.state.size();
  return cells > 0 && cells <= kMostCells && problem.model.num_states() <= kShownStates;
}

/// The run with the median final score (the upper of two); null where there is none.
const RunRecord* median_run(const Results& o, std::size_t learner, std::size_t world,
                            std::uint64_t& seed, double& score) {
  struct Ended {
    double score;
    std::size_t seed;
  };
  std::vector<Ended> ended;
  for (std::size_t s = 0; s < o.seeds.size(); ++s)
    if (const RunRecord& run = o.run(learner, world, s); !run.greedy.empty())
      if (const auto curve = run_curve(o.budget, evaluation_metric("eval/score"), run))
        ended.push_back({curve->final, s});
  if (ended.empty()) return nullptr;
  std::stable_sort(ended.begin(), ended.end(),
                   [](const Ended& a, const Ended& b) { return a.score < b.score; });
  const Ended& median = ended[ended.size() / 2];
  seed = o.seeds[median.seed];
  score = median.score;
  return &o.run(learner, world, median.seed);
}

/// Lays the greedy actions over the optimal values and counts where they differ.
ReportPolicy policy_on(const Problem& problem, const Truth& truth, const RunRecord& run) {
  const FiniteMdp& model = problem.model;
  ReportPolicy policy{.picture = problem.picture,
                      .learned = content_of(model, truth.v_star, problem.effective_gamma())};
  policy.learned.number_name = "v*(s)";
  for (const State s : truth.reachable) {
    const std::vector<Action>& optimal = policy.learned.actions[static_cast<std::size_t>(s)];
    const std::vector<Action>& greedy = run.greedy[static_cast<std::size_t>(s)];
    const bool all_optimal = std::all_of(greedy.begin(), greedy.end(), [&](Action a) {
      return std::find(optimal.begin(), optimal.end(), a) != optimal.end();
    });
    ++policy.states;
    policy.different += all_optimal ? 0 : 1;
  }
  policy.learned.actions = run.greedy;
  return policy;
}

std::vector<ReportPolicy> policies_of(const Registry& registry, const Manifest& manifest,
                                      const std::string& folder, const Results& o,
                                      const StopRequest& stop) {
  std::vector<ReportPolicy> policies;
  for (std::size_t w = 0; w < o.worlds.size(); ++w)
    for (std::size_t l = 0; l < o.learners.size(); ++l) {
      std::uint64_t seed = 0;
      double score = 0;
      const RunRecord* run = median_run(o, l, w, seed, score);
      if (run == nullptr || policies.size() == kMostPolicies) continue;
      Problem problem = problem_of(registry, manifest.worlds[w], folder, seed);
      if (problem.changing) problem.model = problem.changing->models().back();
      if (!can_be_looked_at(problem)) continue;
      ReportPolicy policy = policy_on(problem, exact_truth(problem, problem.model, stop), *run);
      policy.learner = o.learners[l].label();
      policy.world = o.worlds[w];
      policy.seed = seed;
      policy.score = score;
      policies.push_back(std::move(policy));
    }
  return policies;
}

}  // namespace

std::vector<FlagSpec> report_flags() {
  return {{"test", "TEST", "welch, paired_t, mann_whitney or permutation", "welch"},
          {"paired", "", "learners share their seeds: paired t test and paired bootstrap"},
          {"adjust", "HOW", "p-values for their number: holm, bonferroni, benjamini_hochberg, none",
           "holm"},
          {"interval", "HOW", "of bootstraps: percentile, basic or bca", "percentile"},
          {"level", "X", "of intervals and decisions", "0.95"},
          {"resample_tasks", "", "worlds are a sample, too: aggregates resample them"},
          {"tensorboard", "", "an event file of every run, for TensorBoard, in the folder"}};
}

SummaryOptions summary_options(const Arguments& arguments) {
  SummaryOptions options{.test = pair_test(arguments.needed("test")),
                         .adjustment = adjustment(arguments.needed("adjust")),
                         .interval = interval_method(arguments.needed("interval")),
                         .level = *arguments.number("level", Range{0.5, 0.9999}),
                         .resample_tasks = arguments.is_on("resample_tasks")};
  if (arguments.is_on("paired")) {
    if (arguments.given("test") && options.test != PairTest::paired_t)
      throw std::invalid_argument("--paired is the paired t test: --test cannot be another");
    options.test = PairTest::paired_t;
  }
  return options;
}

Report results_report(const Registry& registry, const Manifest& manifest, const std::string& folder,
                      const Results& results, const Summary& summary, Console& console) {
  std::optional<Tuning> tuning;
  if (manifest.tuning != "null")
    tuning = tuning_from_json(manifest.tuning, folder + "/manifest.json");
  Report report = make_report(results, summary, tuning);
  report.command = command_of(manifest);
  report.build = manifest.build;
  report.size = size_text(results, manifest.eval_every);
  report.settings = settings_of_results(manifest, tuning);
  try {
    report.policies = policies_of(registry, manifest, folder, results, console.interrupted);
  } catch (const Interrupted&) {  // the numbers are there
  }
  return report;
}

}  // namespace rl::apps
