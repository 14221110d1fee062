#include "apps/rlhf/overoptimization.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/ensemble.hpp"
#include "algorithms/preference/pair_losses.hpp"

namespace rl::apps {

namespace {

constexpr const char* kProxies[] = {"bag", "rich"};
constexpr const char* kEnsembles[] = {"single", "mean", "min", "uwo"};

// ---- one seed's part of a curve -----------------------------------------------------------------

std::vector<OveroptPoint> tilted_path(const LanguageTask& task, const RewardTable& proxy,
                                      std::span<const double> betas) {
  const PolicyRows reference = task.reference.rows();
  std::vector<OveroptPoint> path;
  for (const double beta : betas) {
    const TiltedResponses tilted = task.tree.tilted(reference, numbers_of(proxy), beta);
    const ResponseEvaluation gold = task.tree.evaluate(tilted.policy.rows(), reference);
    path.push_back({gold.kl.mean, task.tree.evaluate(tilted.policy.rows(), numbers_of(proxy)).mean,
                    gold.reward.mean});
  }
  return path;
}

std::vector<OveroptPoint> best_of_path(const LanguageTask& task, const RewardTable& proxy,
                                       std::span<const int> sizes) {
  const std::vector<double> score = task.tree.response_rewards(numbers_of(proxy));
  std::vector<OveroptPoint> path;
  for (const int n : sizes) {
    const BestOfN best = task.tree.best_of_n(task.reference.rows(), numbers_of(proxy), n);
    path.push_back(
        {best.kl.mean, task.tree.mean_over_responses(best.pi, score).mean, best.gold.mean});
  }
  return path;
}

/// Labels of which many are wrong: one model of all, and what is made of models of bags.
std::array<RewardTable, std::size(kEnsembles)> noisy_proxies(const LanguageTask& task,
                                                             const OveroptOptions& options,
                                                             std::uint64_t seed) {
  const std::vector<SegmentPair> pairs =
      preference_pairs(task, options.noisy_comparisons, options.flip_prob, Rng(seed));
  const RewardFeatures& features = language_features(task, options.ensemble_features);
  const RewardFitOptions fit = language_fit(options.l2);
  const RewardEnsemble ensemble =
      fit_reward_ensemble(features, pairs, fit, options.members, Rng(seed).split("bags"));
  std::vector<RewardTable> members;
  for (Eigen::Index k = 0; k < ensemble.num_members(); ++k)
    members.push_back(language_reward(task, ensemble.member(k)));
  const auto made = [&](const CombinationOptions& how) {
    RewardTable table = combined_table(members, how);
    set_constant(task, table);
    return table;
  };
  return {language_reward(task, fit_linear_reward(features, pairs, fit).reward),
          made({Combination::mean}), made({Combination::worst_case}),
          made({Combination::uncertainty_weighted, options.lambda})};
}

std::vector<DpoPoint> dpo_path(const LanguageTask& task, const OveroptOptions& options, double beta,
                               std::span<const SegmentPair> pairs) {
  const PolicyRows reference = task.reference.rows();
  PairObjective::Options how;
  how.loss = pair_loss_type("sigmoid").make({{"beta", beta}});
  how.reward_scale = beta;
  const std::int64_t last = options.training.max_steps;
  TrainingOptions training = options.training;
  ++training.max_steps;  // a step's metrics are those of the policy before it
  Training trainer(
      TablePolicy(task.problem.model, task.bigrams, reference),
      std::make_shared<PairObjective>(reference, reference, labelled_pairs(pairs), how), training,
      Rng(0));
  std::vector<DpoPoint> path;
  for (std::int64_t step = 0; step <= last; ++step) {
    const bool shown = step % options.every == 0 || step == last;
    DpoPoint point{step, 0, 0, 0, 0, 0, 0};
    if (shown) {
      const ResponseEvaluation exact = task.tree.evaluate(trainer.policy().rows(), reference);
      point.gold = exact.reward.mean;
      point.kl = exact.kl.mean;
    }
    trainer.advance();
    if (!shown) continue;
    point.reward_chosen = metric(trainer.metrics(), "rewards/chosen");
    point.reward_rejected = metric(trainer.metrics(), "rewards/rejected");
    point.logp_chosen = metric(trainer.metrics(), "logps/chosen");
    point.logp_rejected = metric(trainer.metrics(), "logps/rejected");
    path.push_back(point);
  }
  return path;
}

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

/// What a seed has of each curve; empty where it was stopped before.
struct SeedPaths {
  std::vector<std::vector<OveroptPoint>> tilts, best_of_n, ensembles;
  std::vector<std::vector<DpoPoint>> dpo;
};

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

/// Tasks of a seed, in this order: its proxies, the ensembles, DPO.
class SeedWork {
 public:
  SeedWork(const LanguageTask& task, const OveroptOptions& options, const Overoptimization& curves)
      : task_(task), options_(options), curves_(curves) {}

  std::size_t size() const {
    return curves_.tilts.size() + (curves_.ensembles.empty() ? 0 : 1) + curves_.dpo.size();
  }
  SeedPaths empty_paths() const {
    SeedPaths paths;
    paths.tilts.resize(curves_.tilts.size());
    paths.best_of_n.resize(curves_.best_of_n.size());
    paths.ensembles.resize(curves_.ensembles.size());
    paths.dpo.resize(curves_.dpo.size());
    return paths;
  }
  std::vector<SegmentPair> pairs(std::uint64_t seed) const {
    std::size_t most = curves_.dpo.empty() ? 0 : options_.dpo_comparisons;
    for (const std::size_t n : options_.comparisons) most = std::max(most, n);
    return preference_pairs(task_, most, 0, Rng(seed));
  }

  void operator()(std::size_t k, std::uint64_t seed, std::span<const SegmentPair> pairs,
                  SeedPaths& paths) const {
    if (k < curves_.tilts.size()) return push_proxy(k, pairs, paths);
    k -= curves_.tilts.size();
    if (!curves_.ensembles.empty() && k-- == 0) return push_ensembles(seed, paths);
    paths.dpo[k] =
        dpo_path(task_, options_, options_.dpo_betas[k], pairs.first(options_.dpo_comparisons));
  }

 private:
  void push_proxy(std::size_t k, std::span<const SegmentPair> pairs, SeedPaths& paths) const {
    const OveroptCurve& curve = curves_.tilts[k];
    const RewardTable proxy = language_reward(
        task_, fit_linear_reward(language_features(task_, curve.name),
                                 pairs.first(curve.comparisons), language_fit(options_.l2))
                   .reward);
    for (std::size_t b = 0; b < curves_.best_of_n.size(); ++b)
      if (const OveroptCurve& best = curves_.best_of_n[b];
          best.name == curve.name && best.comparisons == curve.comparisons)
        paths.best_of_n[b] = best_of_path(task_, proxy, options_.best_of);
    paths.tilts[k] = tilted_path(task_, proxy, options_.betas);
  }

  void push_ensembles(std::uint64_t seed, SeedPaths& paths) const {
    const auto proxies = noisy_proxies(task_, options_, seed);
    for (std::size_t i = 0; i < proxies.size(); ++i)
      paths.ensembles[i] = tilted_path(task_, proxies[i], options_.betas);
  }

  const LanguageTask& task_;
  const OveroptOptions& options_;
  const Overoptimization& curves_;
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

template <class Point>
Point point_of_most_gold(std::span<const Point> run) {
  if (run.empty()) throw std::invalid_argument("over-optimisation: a curve without points");
  return *std::max_element(run.begin(), run.end(),
                           [](const Point& a, const Point& b) { return a.gold < b.gold; });
}

}  // namespace

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
  Overoptimization result = empty_curves(task, options);
  const SeedWork work(task, options, result);
  std::vector<std::vector<SegmentPair>> pairs(seeds.size());
  std::vector<SeedPaths> paths(seeds.size(), work.empty_paths());
  result.complete = run_tasks(seeds.size(), {run.threads, run.stop, {}},
                              [&](std::size_t i) { pairs[i] = work.pairs(seeds[i]); });
  if (result.complete)
    result.complete = run_tasks(seeds.size() * work.size(), run, [&](std::size_t k) {
      const std::size_t i = k / work.size();
      work(k % work.size(), seeds[i], pairs[i], paths[i]);
    });
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    gather_runs(result.tilts, paths[i].tilts, seeds[i]);
    gather_runs(result.best_of_n, paths[i].best_of_n, seeds[i]);
    gather_runs(result.ensembles, paths[i].ensembles, seeds[i]);
    gather_runs(result.dpo, paths[i].dpo, seeds[i]);
  }
  return result;
}

}  // namespace rl::apps
