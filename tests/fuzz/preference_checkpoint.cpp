// Checkpoints of the preference trainers: load refuses, or gives what saves the same bytes again;
// and a trainer that it accepts goes on.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/policy_optimization.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/trainer.hpp"
#include "algorithms/preference/training.hpp"
#include "rl/mdp.hpp"
#include "rl/segment.hpp"

namespace {

/// Two prompts, 0 and 1; action 0 ends a response, 1 goes on to state 2, and 2 is there in state 1
/// alone.
const rl::FiniteMdp& model() {
  const auto row = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& r) {
    if (a == 0) r = {{1, 0.5 * s, 3}};
    if (a == 1) r = {{1, 0.25, s < 2 ? 2 : 3}};
    if (a == 2 && s == 1) r = {{1, -1, 3}};
  };
  static const rl::FiniteMdp model(4, 3, row, {.terminal = {3}, .start = {0.5, 0.5, 0, 0}});
  return model;
}

rl::Segment response(rl::State prompt, std::vector<rl::Action> actions) {
  return rl::follow(model(), prompt, actions);
}

rl::TablePolicy table() { return {model(), rl::each_state(model())}; }

/// A feature of size 10: its products with numbers may overflow.
rl::LinearPolicy linear() {
  rl::FeatureMatrix x(3, 2);
  x << 1, 0, 10, 1, -10, 1;
  return {model(), rl::each_state(model()), std::move(x)};
}

rl::NetworkPolicy network() {
  rl::FeatureMatrix x(3, 1);
  x << 0, 1, 2;
  rl::Rng rng(3);
  return {model(), rl::each_state(model()), x, {.hidden = {2}}, rng};
}

std::unique_ptr<rl::Trainer> training(const rl::RowPolicy& policy,
                                      std::shared_ptr<const rl::Objective> objective,
                                      const rl::TrainingOptions& options) {
  return std::make_unique<rl::Training>(policy, std::move(objective), options, rl::Rng(1));
}

std::unique_ptr<rl::Trainer> dpo() {
  static const std::vector<rl::LabelledPair> pairs = {
      {response(0, {1, 0}), response(0, {0})},
      {response(1, {0}), response(1, {2}), 0.75},
      {response(1, {1, 1}), response(1, {0}), 0.5, 2},
  };
  static const auto objective = std::make_shared<const rl::PairObjective>(
      table().rows(), table().rows(), pairs,
      rl::PairObjective::Options{.loss = rl::DifferenceLoss<rl::SigmoidCurve>{{}, 0.1}});
  return training(table(), objective, {.batch_size = 2});
}

std::unique_ptr<rl::Trainer> kto() {
  static const auto objective = std::make_shared<const rl::KtoObjective>(
      network().rows(), network().rows(), model(),
      std::vector<rl::JudgedSegment>{
          {response(0, {0})}, {response(1, {1, 0})}, {response(1, {2}), false}},
      rl::KtoOptions{}, [](const rl::PolicyRows&) { return 0.125; });
  return training(network(), objective, {.batch_size = 2, .optimizer = rl::OptimizerKind::rmsprop});
}

std::unique_ptr<rl::Trainer> sft() {
  static const std::vector<rl::Segment> shown = {response(0, {1, 0}), response(1, {2})};
  static const auto objective = std::make_shared<const rl::CloneObjective>(linear().rows(), shown);
  return training(linear(), objective, {.optimizer = rl::OptimizerKind::sgd});
}

std::unique_ptr<rl::Trainer> optimization(const rl::RowPolicy& policy,
                                          std::unique_ptr<rl::AdvantageRule> rule,
                                          const rl::SampledOptions& options) {
  const std::vector<double> reward = {0, 0.25, 0, 0.5, 0.25, -1, 1, 0.25, 0, 0, 0, 0};
  return std::make_unique<rl::PolicyOptimization>(model(), reward, policy, table().rows(),
                                                  std::move(rule), options, 4, rl::Rng(2));
}

std::unique_ptr<rl::Trainer> ppo() {
  rl::PpoRlhfOptions options;
  options.batch_size = 3;
  options.kl_controller = rl::KlController::adaptive;
  return optimization(table(), rl::ppo_rule(table(), options), options);
}

std::unique_ptr<rl::Trainer> rloo() {
  rl::RlooOptions options;
  options.num_generations = 2;
  options.batch_size = 4;
  return optimization(linear(), rl::rloo_rule(options), options);
}

constexpr std::unique_ptr<rl::Trainer> (*kTrainers[])() = {dpo, kto, sft, ppo, rloo};

bool finite(const rl::RowPolicy& policy) {
  const auto w = policy.parameters();
  return std::all_of(w.begin(), w.end(), [](double x) { return std::isfinite(x); });
}

/// ln pi of every row is a number at most 0, or minus infinity.
bool sound(const rl::RowPolicy& policy) {
  const auto log_pi = policy.rows().log_pi;
  return std::none_of(log_pi.begin(), log_pi.end(),
                      [](double x) { return std::isnan(x) || x > 1e-9; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  for (const auto make : kTrainers) try {
      const std::unique_ptr<rl::Trainer> trainer = make();
      trainer->load(bytes);
      if (trainer->save() != bytes || !sound(trainer->policy())) std::abort();
      // The program ends a run whose parameters are no numbers any more.
      for (int k = 0; k < 3 && finite(trainer->policy()); ++k) trainer->advance();
    } catch (const std::invalid_argument&) {
    }
  return 0;
}
