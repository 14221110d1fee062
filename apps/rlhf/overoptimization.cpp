#include "apps/rlhf/overoptimization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/dataset.hpp"
#include "apps/rlhf/language_data.hpp"
#include "apps/rlhf/overopt_paths.hpp"
#include "rl/random.hpp"

namespace rl::apps {

namespace {

constexpr const char* kProxies[] = {"bag", "rich"};

// ---- the experiment -----------------------------------------------------------------------------

void check_overopt(const OveroptOptions& options, std::span<const std::uint64_t> seeds) {
  const auto need = [](bool holds, const std::string& what) {
    if (!holds) throw std::invalid_argument("over-optimisation: " + what);
  };
  need(!seeds.empty(), "there is no seed");
  need(!options.betas.empty(), "there is no beta");
  const auto check_betas = [&](std::span<const double> betas) {
    for (const double beta : betas)
      need(beta > 0 && std::isfinite(beta), fmt::format("beta = {} is not positive", beta));
  };
  check_betas(options.betas);
  check_betas(options.dpo_betas);
  for (const std::size_t n : options.comparisons) need(n > 0, "comparisons = 0; at least 1 pair");
  need(options.noisy_comparisons > 0 && options.dpo_comparisons > 0,
       "comparisons = 0; at least 1 pair");
  for (const int n : options.best_of) need(n > 0, fmt::format("best of {}; at least 1", n));
  need(options.every > 0, fmt::format("every = {}; at least 1 step", options.every));
  need(options.training.batch_size == 0, "DPO's curve is of all pairs at once: batch_size = 0");
}

/// The curves without runs.
Overoptimization empty_curves(const LanguageTask& task, const OveroptOptions& options) {
  Overoptimization all;
  all.reference_gold = task.tree.evaluate(task.reference.rows()).mean;
  for (const char* proxy : kProxies)
    for (const std::size_t n : options.comparisons) {
      all.tilts.push_back({proxy, n, OveroptimizationForm::rl, options.betas});
      if (n == options.best_of_comparisons && !options.best_of.empty())
        all.best_of_n.push_back({proxy,
                                 n,
                                 OveroptimizationForm::best_of_n,
                                 {options.best_of.begin(), options.best_of.end()}});
    }
  if (options.members > 0)
    for (const char* name : kEnsembles)
      all.ensembles.push_back(
          {name, options.noisy_comparisons, OveroptimizationForm::rl, options.betas});
  for (const double beta : options.dpo_betas) all.dpo.push_back({beta, options.dpo_comparisons});
  return all;
}

/// What a seed has of each curve; empty where it was not done.
struct SeedPaths {
  std::vector<std::vector<OveroptPoint>> tilts, best_of_n, ensembles;
  std::vector<std::vector<DpoPoint>> dpo;
  std::vector<bool> converged;  // of the fits
};

/// Moves what a seed has into the curves.
template <class Curve, class Path>
void gather_runs(std::vector<Curve>& curves, std::vector<Path>& paths, std::uint64_t seed) {
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (paths[i].empty()) continue;
    curves[i].seeds.push_back(seed);
    curves[i].runs.push_back(std::move(paths[i]));
  }
}

/// Pairs of each seed, then its curves: a task for each proxy, the ensembles together, each beta of
/// DPO.
class OveroptStudy {
 public:
  OveroptStudy(const LanguageTask& task, const OveroptOptions& options,
               std::span<const std::uint64_t> seeds, const TaskRun& run)
      : task_(task),
        options_(options),
        seeds_(seeds),
        run_(run),
        tilts_(task),
        result_(empty_curves(task, options)),
        pairs_(seeds.size()) {}

  Overoptimization operator()() {
    draw_pairs();
    if (result_.report.complete) measure();
    return std::move(result_);
  }

 private:
  struct Task {
    std::size_t seed, part;
  };

  void draw_pairs() {
    std::size_t most = result_.dpo.empty() ? 0 : options_.dpo_comparisons;
    for (const std::size_t n : options_.comparisons) most = std::max(most, n);
    const TaskOutcome outcome = run_tasks(
        seeds_.size(), {run_.threads, run_.stop, {}},
        [&](std::size_t i) { pairs_[i] = preference_pairs(task_, most, 0, Rng(seeds_[i])); });
    result_.report.add(outcome,
                       [&](std::size_t i) { return fmt::format("data of seed {}", seeds_[i]); });
  }

  std::size_t num_parts() const {
    return result_.tilts.size() + (result_.ensembles.empty() ? 0 : 1) + result_.dpo.size();
  }

  void measure() {
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < seeds_.size(); ++i)
      for (std::size_t part = 0; part < num_parts() && pairs_[i]; ++part)
        tasks.push_back({i, part});
    // Threads share no path: each task has its own.
    std::vector<SeedPaths> paths(tasks.size(), empty_paths());
    const TaskOutcome outcome =
        run_tasks(tasks.size(), run_, [&](std::size_t k) { measure_part(tasks[k], paths[k]); });
    result_.report.add(outcome, [&](std::size_t k) { return name_of(tasks[k]); });
    for (std::size_t k = 0; k < tasks.size(); ++k) {
      const std::uint64_t seed = seeds_[tasks[k].seed];
      gather_runs(result_.tilts, paths[k].tilts, seed);
      gather_runs(result_.best_of_n, paths[k].best_of_n, seed);
      gather_runs(result_.ensembles, paths[k].ensembles, seed);
      gather_runs(result_.dpo, paths[k].dpo, seed);
      for (const bool converged : paths[k].converged) result_.report.count_fit(converged);
    }
  }

  SeedPaths empty_paths() const {
    SeedPaths paths;
    paths.tilts.resize(result_.tilts.size());
    paths.best_of_n.resize(result_.best_of_n.size());
    paths.ensembles.resize(result_.ensembles.size());
    paths.dpo.resize(result_.dpo.size());
    return paths;
  }

  void measure_part(const Task& task, SeedPaths& paths) const {
    std::size_t k = task.part;
    const std::span<const SegmentPair> pairs = *pairs_[task.seed];
    if (k < result_.tilts.size()) return push_proxy(k, pairs, paths);
    k -= result_.tilts.size();
    if (!result_.ensembles.empty() && k-- == 0) return push_ensembles(seeds_[task.seed], paths);
    paths.dpo[k] = dpo_path(task_, options_, options_.dpo_betas[k],
                            pairs.first(options_.dpo_comparisons), run_.stop);
  }

  std::string name_of(const Task& task) const {
    std::size_t k = task.part;
    const auto named = [&](const std::string& part) {
      return fmt::format("{}, seed {}", part, seeds_[task.seed]);
    };
    if (k < result_.tilts.size())
      return named(
          fmt::format("{}, {} pairs", result_.tilts[k].name, result_.tilts[k].comparisons));
    k -= result_.tilts.size();
    if (!result_.ensembles.empty() && k-- == 0) return named("ensembles");
    return named(fmt::format("DPO, beta {}", result_.dpo[k].beta));
  }

  void push_proxy(std::size_t k, std::span<const SegmentPair> pairs, SeedPaths& paths) const {
    const OveroptCurve& curve = result_.tilts[k];
    const LanguageReward proxy = learned_reward(task_, language_features(task_, curve.name),
                                                pairs.first(curve.comparisons), options_.l2);
    paths.converged.push_back(proxy.converged);
    paths.tilts[k] = tilts_.path(proxy.table, options_.betas, run_.stop);
    for (std::size_t b = 0; b < result_.best_of_n.size(); ++b)
      if (const OveroptCurve& best = result_.best_of_n[b];
          best.name == curve.name && best.comparisons == curve.comparisons)
        paths.best_of_n[b] = best_of_path(task_, proxy.table, options_.best_of, run_.stop);
  }

  void push_ensembles(std::uint64_t seed, SeedPaths& paths) const {
    NoisyProxies proxies = noisy_proxies(task_, options_, seed);
    paths.converged = std::move(proxies.converged);
    for (std::size_t i = 0; i < proxies.tables.size(); ++i)
      paths.ensembles[i] = tilts_.path(proxies.tables[i], options_.betas, run_.stop);
  }

  const LanguageTask& task_;
  const OveroptOptions& options_;
  std::span<const std::uint64_t> seeds_;
  const TaskRun& run_;
  Tilts tilts_;
  Overoptimization result_;
  std::vector<std::optional<std::vector<SegmentPair>>> pairs_;  // of each seed
};

template <class Point>
Point point_of_most_gold(std::span<const Point> run) {
  if (run.empty()) throw std::invalid_argument("over-optimisation: a curve without points");
  return *std::max_element(run.begin(), run.end(),
                           [](const Point& a, const Point& b) { return a.gold < b.gold; });
}

}  // namespace

bool can_be_fitted(const OveroptCurve& curve) { return curve.pressure.size() >= 3; }

OveroptPoint peak_of(std::span<const OveroptPoint> run) { return point_of_most_gold(run); }
DpoPoint peak_of(std::span<const DpoPoint> run) { return point_of_most_gold(run); }

OveroptimizationFit fit_of(std::span<const OveroptPoint> run, double reference_gold,
                           OveroptimizationForm form) {
  std::vector<double> d, gained;
  for (const OveroptPoint& point : run) {
    if (point.kl <= 0) continue;  // best of one: the reference
    d.push_back(std::sqrt(point.kl));
    gained.push_back(point.gold - reference_gold);
  }
  return fit_overoptimization(d, gained, form);
}

Overoptimization measure_overoptimization(const LanguageTask& task, const OveroptOptions& options,
                                          std::span<const std::uint64_t> seeds,
                                          const TaskRun& run) {
  check_overopt(options, seeds);
  return OveroptStudy(task, options, seeds, run)();
}

}  // namespace rl::apps
