#include "apps/rlhf/frontier_roads.hpp"

#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/exact_return.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/policy_optimization.hpp"
#include "algorithms/preference/training.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

FrontierPoint on_own_reward(FrontierPoint point) {
  point.proxy = point.gold;
  return point;
}

// ---- training -----------------------------------------------------------------------------------

FrontierPoint trained_point(const FrontierSetting& setting,
                            std::shared_ptr<const Objective> objective, const RewardTable* proxy) {
  // All examples at once: nothing is drawn.
  Training training(setting.start(), std::move(objective), setting.options.training, Rng(0));
  train_to_end(training, setting.stop);
  return frontier_point(setting, training.policy().rows(), proxy);
}

FrontierPoint rl_on_gold(const FrontierSetting& setting, double beta) {
  return on_own_reward(trained_point(
      setting, std::make_shared<ExactReturn>(setting.task.tree, setting.reference(), beta),
      nullptr));
}

FrontierPoint rl_on_model(const FrontierSetting& setting, double beta, const RewardTable& model) {
  return trained_point(
      setting,
      std::make_shared<ExactReturn>(setting.task.tree.with_reward(numbers_of(model)),
                                    setting.reference(), beta),
      &model);
}

FrontierPoint direct_point(const FrontierSetting& setting, double beta, const std::string& loss,
                           const FrontierData& data) {
  PairObjective::Options options;
  options.loss = pair_loss_type(loss).make({{"beta", beta}});
  options.reward_scale = beta;
  return trained_point(setting,
                       std::make_shared<PairObjective>(setting.reference(), setting.reference(),
                                                       labelled_pairs(data.pairs), options),
                       nullptr);
}

FrontierPoint by_kto(const FrontierSetting& setting, double beta, const FrontierData& data) {
  KtoOptions options;
  options.beta = beta;
  const auto exact_kl = [&setting](const PolicyRows& policy) {
    return setting.task.tree.evaluate(policy, setting.reference()).kl.mean;
  };
  return trained_point(setting,
                       std::make_shared<KtoObjective>(
                           setting.reference(), setting.reference(), setting.task.problem.model,
                           judged_segments(data.pairs), options, exact_kl),
                       nullptr);
}

template <class Options, class MakeRule>
FrontierPoint sampled_point(const FrontierSetting& setting, double beta, const RewardTable& model,
                            const Rng& rng, const MakeRule& make_rule) {
  Options options;
  options.beta = beta;
  options.max_steps = setting.options.iterations;
  options.batch_size = setting.options.batch_size;
  options.learning_rate = setting.options.training.learning_rate;
  const TablePolicy start = setting.start();
  const std::span<const double> reward = numbers_of(model);
  PolicyOptimization trainer(setting.task.problem.model, {reward.begin(), reward.end()}, start,
                             setting.reference(), make_rule(start, options), options,
                             setting.task.world.max_length(), rng);
  train_to_end(trainer, setting.stop);
  return frontier_point(setting, trainer.policy().rows(), &model);
}

// ---- methods by name ----------------------------------------------------------------------------

FrontierRoad pair_road(const char* name, const char* loss, const char* doc) {
  return {{name, doc, true, ""},
          [loss](const FrontierSetting& s, double beta, const FrontierData& data,
                 const Rng& /*rng*/) { return direct_point(s, beta, loss, data); }};
}

}  // namespace

FrontierPoint frontier_point(const FrontierSetting& setting, const PolicyRows& policy,
                             const RewardTable* proxy) {
  const ResponseTree& tree = setting.task.tree;
  const ResponseEvaluation exact = tree.evaluate(policy, setting.reference());
  return {exact.reward.mean,
          proxy != nullptr ? tree.evaluate(policy, numbers_of(*proxy)).mean
                           : std::numeric_limits<double>::quiet_NaN(),
          exact.kl.mean, tree.evaluate(policy, numbers_of(setting.chance)).mean};
}

FrontierPoint reference_point(const FrontierSetting& setting) {
  return on_own_reward(frontier_point(setting, setting.reference(), nullptr));
}

FrontierPoint exact_optimum(const FrontierSetting& setting, double beta) {
  const TiltedResponses best = setting.task.tree.tilted(setting.reference(), beta);
  return on_own_reward(frontier_point(setting, best.policy.rows(), nullptr));
}

const std::vector<FrontierRoad>& frontier_roads() {
  static const std::vector<FrontierRoad> roads = {
      {{"exact", "the exact optimum over whole responses, paid by gold", false, ""},
       [](const FrontierSetting& s, double beta, const FrontierData&, const Rng&) {
         return exact_optimum(s, beta);
       }},
      {{"rl_gold", "exact gradient, policies of bigrams, paid by gold", false, ""},
       [](const FrontierSetting& s, double beta, const FrontierData&, const Rng&) {
         return rl_on_gold(s, beta);
       }},
      {{"rl_rich", "exact gradient, paid by the model that can express gold", true, "rich"},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng&) {
         return rl_on_model(s, beta, data.models.at("rich").table);
       }},
      {{"rl_bag", "exact gradient, paid by the model that cannot", true, "bag"},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng&) {
         return rl_on_model(s, beta, data.models.at("bag").table);
       }},
      {{"ppo", "sampled, paid by the rich model", true, "rich"},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng& rng) {
         return sampled_point<PpoRlhfOptions>(
             s, beta, data.models.at("rich").table, rng,
             [](const TablePolicy& policy, const PpoRlhfOptions& o) {
               return ppo_rule(policy, o);
             });
       }},
      {{"rloo", "sampled, paid by the rich model", true, "rich"},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng& rng) {
         return sampled_point<RlooOptions>(
             s, beta, data.models.at("rich").table, rng,
             [](const TablePolicy&, const RlooOptions& o) { return rloo_rule(o); });
       }},
      {{"grpo", "sampled, paid by the rich model", true, "rich"},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng& rng) {
         return sampled_point<GrpoOptions>(
             s, beta, data.models.at("rich").table, rng,
             [](const TablePolicy&, const GrpoOptions& o) { return grpo_rule(o); });
       }},
      pair_road("dpo", "sigmoid", "direct, -ln sigma(beta h)"),
      pair_road("ipo", "ipo", "direct, (h - 1 / (2 beta))^2"),
      pair_road("hinge", "hinge", "direct, max(0, 1 - beta h)"),
      {{"kto", "direct, single responses", true, ""},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng&) {
         return by_kto(s, beta, data);
       }},
  };
  return roads;
}

const FrontierRoad& frontier_road(std::string_view name) {
  std::vector<std::string> names;
  for (const FrontierRoad& road : frontier_roads()) {
    if (canonical_name(road.method.name) == canonical_name(name)) return road;
    names.push_back(road.method.name);
  }
  throw std::invalid_argument(unknown_name("method", std::string(name), names));
}

FrontierData frontier_data(const LanguageTask& task, const FrontierOptions& options,
                           std::span<const FrontierRoad* const> roads, std::uint64_t seed) {
  FrontierData data{preference_pairs(task, options.comparisons, 0, Rng(seed)), {}};
  for (const FrontierRoad* road : roads)
    if (const std::string& name = road->method.model; !name.empty() && !data.models.contains(name))
      data.models.emplace(
          name, learned_reward(task, language_features(task, name), data.pairs, options.l2));
  return data;
}

}  // namespace rl::apps
