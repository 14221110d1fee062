#include "apps/rlhf/overopt_paths.hpp"

#include <Eigen/Core>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "algorithms/preference/pair_losses.hpp"
#include "apps/rlhf/language_data.hpp"
#include "apps/rlhf/task_run.hpp"
#include "rl/random.hpp"

namespace rl::apps {

Tilts::Tilts(const LanguageTask& task)
    : task_(task),
      reference_(task.tree.response_probabilities(task.reference.rows())),
      gold_(task.tree.response_rewards()) {}

std::vector<OveroptPoint> Tilts::path(const RewardTable& proxy, std::span<const double> betas,
                                      const StopRequest& stop) const {
  const std::vector<double> score = task_.tree.response_rewards(numbers_of(proxy));
  std::vector<OveroptPoint> points;
  for (const double beta : betas) {
    stop_if_asked(stop);
    OveroptPoint mean{0, 0, 0};
    for (std::size_t x = 0; x < task_.tree.weights().size(); ++x) {
      const OveroptPoint point = of_prompt(x, score, beta);
      const double weight = task_.tree.weights()[x];
      mean.kl += weight * point.kl;
      mean.proxy += weight * point.proxy;
      mean.gold += weight * point.gold;
    }
    points.push_back(mean);
  }
  return points;
}

OveroptPoint Tilts::of_prompt(std::size_t prompt, std::span<const double> score,
                              double beta) const {
  const auto first = static_cast<Eigen::Index>(task_.tree.first_response()[prompt]);
  const auto n = static_cast<Eigen::Index>(task_.tree.first_response()[prompt + 1]) - first;
  const auto part = [&](std::span<const double> x) {
    return Eigen::Map<const Eigen::ArrayXd>(x.data() + first, n);
  };
  const double most = part(score).maxCoeff();  // nothing overflows
  const Eigen::ArrayXd w = part(reference_) * ((part(score) - most) / beta).exp();
  const double z = w.sum();
  const double proxy = (w * part(score)).sum() / z;
  return {(proxy - most) / beta - std::log(z), proxy, (w * part(gold_)).sum() / z};
}

std::vector<OveroptPoint> best_of_path(const LanguageTask& task, const RewardTable& proxy,
                                       std::span<const int> sizes, const StopRequest& stop) {
  const std::vector<double> score = task.tree.response_rewards(numbers_of(proxy));
  std::vector<OveroptPoint> path;
  for (const int n : sizes) {
    stop_if_asked(stop);
    const BestOfN best = task.tree.best_of_n(task.reference.rows(), numbers_of(proxy), n);
    path.push_back(
        {best.kl.mean, task.tree.mean_over_responses(best.pi, score).mean, best.gold.mean});
  }
  return path;
}

NoisyProxies noisy_proxies(const LanguageTask& task, const OveroptOptions& options,
                           std::uint64_t seed) {
  const std::vector<SegmentPair> pairs =
      preference_pairs(task, options.noisy_comparisons, options.flip_prob, Rng(seed));
  const RewardFeatures& features = language_features(task, options.ensemble_features);
  const RewardEnsemble ensemble = fit_reward_ensemble(features, pairs, language_fit(options.l2),
                                                      options.members, Rng(seed).split("bags"));
  NoisyProxies proxies;
  std::vector<RewardTable> members;
  for (Eigen::Index k = 0; k < ensemble.num_members(); ++k) {
    members.push_back(language_reward(task, ensemble.member(k)));
    proxies.converged.push_back(ensemble.converged[k]);
  }
  const auto made = [&](const CombinationOptions& how) {
    RewardTable table = combined_table(members, how);
    set_constant(task, table);
    return table;
  };
  LanguageReward single = learned_reward(task, features, pairs, options.l2);
  proxies.converged.push_back(single.converged);
  proxies.tables = {std::move(single.table), made({Combination::mean}),
                    made({Combination::worst_case}),
                    made({Combination::uncertainty_weighted, options.lambda})};
  return proxies;
}

std::vector<DpoPoint> dpo_path(const LanguageTask& task, const OveroptOptions& options, double beta,
                               std::span<const SegmentPair> pairs, const StopRequest& stop) {
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
    stop_if_asked(stop);
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

}  // namespace rl::apps
