#include "apps/rlhf/frontier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/exact_return.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/policy_optimization.hpp"
#include "rl/registry.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

constexpr int kUpperPoints = 25;
constexpr double kUpperFrom = 20;  // beta at which hardly anything is tilted

/// What a seed draws.
struct FrontierData {
  std::vector<SegmentPair> pairs;
  RewardTable rich, bag;
};

/// All that is the same for every point.
struct FrontierSetting {
  const LanguageTask& task;
  const FrontierOptions& options;
  RewardTable chance;  // chance_to_win

  PolicyRows reference() const { return task.reference.rows(); }
  TablePolicy start() const { return {task.problem.model, task.bigrams, reference()}; }
};

FrontierPoint frontier_point(const FrontierSetting& setting, const PolicyRows& policy,
                             const RewardTable* proxy) {
  const ResponseTree& tree = setting.task.tree;
  const ResponseEvaluation exact = tree.evaluate(policy, setting.reference());
  return {exact.reward.mean,
          proxy != nullptr ? tree.evaluate(policy, numbers_of(*proxy)).mean
                           : std::numeric_limits<double>::quiet_NaN(),
          exact.kl.mean, tree.evaluate(policy, numbers_of(setting.chance)).mean};
}

FrontierPoint on_own_reward(FrontierPoint point) {
  point.proxy = point.gold;
  return point;
}

// ---- training -----------------------------------------------------------------------------------

void train_to_end(Trainer& trainer) {
  while (trainer.advance()) {
  }
}

FrontierPoint trained_point(const FrontierSetting& setting,
                            std::shared_ptr<const Objective> objective, const RewardTable* proxy) {
  // All examples at once: nothing is drawn.
  Training training(setting.start(), std::move(objective), setting.options.training, Rng(0));
  train_to_end(training);
  return frontier_point(setting, training.policy().rows(), proxy);
}

FrontierPoint exact_optimum(const FrontierSetting& setting, double beta) {
  const TiltedResponses best = setting.task.tree.tilted(setting.reference(), beta);
  return on_own_reward(frontier_point(setting, best.policy.rows(), nullptr));
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
  train_to_end(trainer);
  return frontier_point(setting, trainer.policy().rows(), &model);
}

// ---- methods by name ----------------------------------------------------------------------------

struct MethodEntry {
  FrontierMethod method;
  std::function<FrontierPoint(const FrontierSetting&, double beta, const FrontierData&, const Rng&)>
      point;
};

MethodEntry pair_method(const char* name, const char* loss, const char* doc) {
  return {{name, doc, true},
          [loss](const FrontierSetting& s, double beta, const FrontierData& data,
                 const Rng& /*rng*/) { return direct_point(s, beta, loss, data); }};
}

const std::vector<MethodEntry>& method_entries() {
  static const std::vector<MethodEntry> entries = {
      {{"exact", "the exact optimum over whole responses, paid by gold", false},
       [](const FrontierSetting& s, double beta, const FrontierData&, const Rng&) {
         return exact_optimum(s, beta);
       }},
      {{"rl_gold", "exact gradient, policies of bigrams, paid by gold", false},
       [](const FrontierSetting& s, double beta, const FrontierData&, const Rng&) {
         return rl_on_gold(s, beta);
       }},
      {{"rl_rich", "exact gradient, paid by the model that can express gold", true},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng&) {
         return rl_on_model(s, beta, data.rich);
       }},
      {{"rl_bag", "exact gradient, paid by the model that cannot", true},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng&) {
         return rl_on_model(s, beta, data.bag);
       }},
      {{"ppo", "sampled, paid by the rich model", true},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng& rng) {
         return sampled_point<PpoRlhfOptions>(
             s, beta, data.rich, rng, [](const TablePolicy& policy, const PpoRlhfOptions& o) {
               return ppo_rule(policy, o);
             });
       }},
      {{"rloo", "sampled, paid by the rich model", true},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng& rng) {
         return sampled_point<RlooOptions>(
             s, beta, data.rich, rng,
             [](const TablePolicy&, const RlooOptions& o) { return rloo_rule(o); });
       }},
      {{"grpo", "sampled, paid by the rich model", true},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng& rng) {
         return sampled_point<GrpoOptions>(
             s, beta, data.rich, rng,
             [](const TablePolicy&, const GrpoOptions& o) { return grpo_rule(o); });
       }},
      pair_method("dpo", "sigmoid", "direct, -ln sigma(beta h)"),
      pair_method("ipo", "ipo", "direct, (h - 1 / (2 beta))^2"),
      pair_method("hinge", "hinge", "direct, max(0, 1 - beta h)"),
      {{"kto", "direct, single responses", true},
       [](const FrontierSetting& s, double beta, const FrontierData& data, const Rng&) {
         return by_kto(s, beta, data);
       }},
  };
  return entries;
}

const MethodEntry& method_entry(std::string_view name) {
  std::vector<std::string> names;
  for (const MethodEntry& entry : method_entries()) {
    if (canonical_name(entry.method.name) == canonical_name(name)) return entry;
    names.push_back(entry.method.name);
  }
  throw std::invalid_argument(unknown_name("method", std::string(name), names));
}

// ---- the experiment -----------------------------------------------------------------------------

std::vector<const MethodEntry*> chosen_methods(const FrontierOptions& options) {
  std::vector<const MethodEntry*> chosen;
  for (const std::string& name : options.methods) chosen.push_back(&method_entry(name));
  if (chosen.empty())
    for (const MethodEntry& entry : method_entries()) chosen.push_back(&entry);
  return chosen;
}

void check_frontier(const FrontierOptions& options, std::span<const std::uint64_t> seeds) {
  if (options.betas.empty()) throw std::invalid_argument("frontier: there is no beta");
  for (const double beta : options.betas)
    if (!(beta > 0 && std::isfinite(beta)))
      throw std::invalid_argument(fmt::format("frontier: beta = {} is not positive", beta));
  if (options.comparisons < 1)
    throw std::invalid_argument("frontier: comparisons = 0; at least 1 pair");
  if (seeds.empty()) throw std::invalid_argument("frontier: there is no seed");
}

FrontierData frontier_data(const LanguageTask& task, const FrontierOptions& options,
                           std::uint64_t seed) {
  FrontierData data;
  data.pairs = preference_pairs(task, options.comparisons, 0, Rng(seed));
  const auto model = [&](const char* name) {
    return language_reward(
        task, fit_linear_reward(language_features(task, name), data.pairs, language_fit(options.l2))
                  .reward);
  };
  data.rich = model("rich");
  data.bag = model("bag");
  return data;
}

std::vector<FrontierPoint> upper_frontier(const FrontierSetting& setting) {
  const double last = *std::min_element(setting.options.betas.begin(), setting.options.betas.end());
  std::vector<FrontierPoint> path = {
      on_own_reward(frontier_point(setting, setting.reference(), nullptr))};
  const double first = std::max(kUpperFrom, last);
  for (const double beta : log_spaced(first, last, kUpperPoints))
    path.push_back(exact_optimum(setting, beta));
  return path;
}

/// One policy to be trained.
struct FrontierTask {
  std::size_t row;
  std::size_t seed;
};

}  // namespace

const std::vector<FrontierMethod>& frontier_methods() {
  static const std::vector<FrontierMethod> methods = [] {
    std::vector<FrontierMethod> list;
    for (const MethodEntry& entry : method_entries()) list.push_back(entry.method);
    return list;
  }();
  return methods;
}

const FrontierMethod& frontier_method(std::string_view name) { return method_entry(name).method; }

Frontier measure_frontier(const LanguageTask& task, const FrontierOptions& options,
                          std::span<const std::uint64_t> seeds, const TaskRun& run) {
  check_frontier(options, seeds);
  const std::vector<const MethodEntry*> methods = chosen_methods(options);
  const FrontierSetting setting{task, options, chance_to_win(task)};
  Frontier result;
  result.reference = on_own_reward(frontier_point(setting, setting.reference(), nullptr));
  result.upper = upper_frontier(setting);

  const bool any_data = std::any_of(methods.begin(), methods.end(),
                                    [](const MethodEntry* m) { return m->method.needs_data; });
  std::vector<FrontierData> data(seeds.size());
  result.complete =
      run_tasks(any_data ? seeds.size() : 0, {run.threads, run.stop, {}},
                [&](std::size_t i) { data[i] = frontier_data(task, options, seeds[i]); });

  std::vector<const MethodEntry*> entry_of;  // of each row
  std::vector<FrontierTask> tasks;
  for (const MethodEntry* entry : methods)
    for (const double beta : options.betas) {
      const std::size_t repeats = entry->method.needs_data ? seeds.size() : 1;
      for (std::size_t i = 0; i < repeats; ++i) tasks.push_back({result.rows.size(), i});
      result.rows.push_back({entry->method.name, beta, {}, {}});
      entry_of.push_back(entry);
    }
  std::vector<std::optional<FrontierPoint>> points(tasks.size());
  if (result.complete)
    result.complete = run_tasks(tasks.size(), run, [&](std::size_t k) {
      const std::size_t row = tasks[k].row;
      const MethodEntry& entry = *entry_of[row];
      const Rng rng = Rng(seeds[tasks[k].seed]).split(entry.method.name);
      points[k] = entry.point(setting, result.rows[row].beta, data[tasks[k].seed], rng);
    });
  for (std::size_t k = 0; k < tasks.size(); ++k) {
    if (!points[k]) continue;
    FrontierRow& row = result.rows[tasks[k].row];
    row.points.push_back(*points[k]);
    if (entry_of[tasks[k].row]->method.needs_data) row.seeds.push_back(seeds[tasks[k].seed]);
  }
  return result;
}

}  // namespace rl::apps
