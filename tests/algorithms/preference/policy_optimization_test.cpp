#include "algorithms/preference/policy_optimization.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "algorithms/preference/kl_control.hpp"
#include "tests/algorithms/preference/small_language.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

std::vector<double> gold_table(const tests::Language& x) {
  return {x.tree.reward().begin(), x.tree.reward().end()};
}

template <class Options>
std::unique_ptr<AdvantageRule> rule_for(const tests::Language& x, const Options& options) {
  if constexpr (std::is_same_v<Options, PpoRlhfOptions>)
    return ppo_rule(x.start, options);
  else if constexpr (std::is_same_v<Options, RlooOptions>)
    return rloo_rule(options);
  else
    return grpo_rule(options);
}

template <class Options>
PolicyOptimization optimization(const tests::Language& x, const Options& options,
                                std::uint64_t seed = 1) {
  return {x.problem.model,
          gold_table(x),
          x.start,
          x.start.rows(),
          rule_for(x, options),
          options,
          100,
          Rng(seed),
          1,
          Action{0}};
}

template <class Options>
std::string parameters_after(const tests::Language& x, const Options& options) {
  PolicyOptimization run = optimization(x, options);
  while (run.advance()) {
  }
  return run.save();
}

struct Result {
  double J;   // E r - beta KL
  double kl;  // nats a response
};
template <class Options>
Result trained(const tests::Language& x, const Options& options) {
  PolicyOptimization run = optimization(x, options);
  while (run.advance()) {
  }
  const ResponseEvaluation e = x.tree.evaluate(run.policy().rows(), x.start.rows());
  return {e.reward.mean - options.beta * e.kl.mean, e.kl.mean};
}

/// One choice among four, that ends: a bandit with the rewards of the forward-KL case.
FiniteMdp one_choice() {
  const auto row = [](State, Action a, std::vector<Outcome>& r) {
    constexpr double kReward[] = {1.0, 0.2, -0.5, 0.7};
    r = {{1, kReward[a], 1}};
  };
  return FiniteMdp(2, 4, row, {.terminal = {1}});
}

}  // namespace

TEST_CASE("policy optimization: PPO, RLOO and GRPO come near the exact optimum") {
  const tests::Language x;
  const double beta = 0.5;
  const double best = x.tree.tilted(x.start.rows(), beta).value.mean;
  const double before = x.tree.evaluate(x.start.rows()).mean;
  PpoRlhfOptions ppo;
  ppo.beta = beta;
  ppo.max_steps = 60;
  ppo.batch_size = 256;
  RlooOptions rloo;
  rloo.beta = beta;
  rloo.max_steps = 100;
  rloo.batch_size = 256;
  GrpoOptions grpo;
  grpo.beta = beta;
  grpo.max_steps = 100;
  grpo.batch_size = 256;
  grpo.scale_rewards = RewardScale::none;
  grpo.kl_estimator = KlEstimator::k1;
  grpo.kl_placement = KlPlacement::reward;
  for (const double J : {trained(x, ppo).J, trained(x, rloo).J, trained(x, grpo).J}) {
    CHECK(J <= best + 1e-9);
    CHECK(J > best - 0.1 * (best - before));
  }
}

TEST_CASE("trap: the sign of KL: a larger beta keeps the policy nearer to its reference") {
  const tests::Language x;
  double last = std::numeric_limits<double>::infinity();
  for (const double beta : {0.1, 1.0, 10.0}) {
    RlooOptions options;
    options.beta = beta;
    options.batch_size = 128;
    options.max_steps = 60;
    const double kl = trained(x, options).kl;
    CHECK(kl < last);
    last = kl;
  }
}

TEST_CASE("trap: k3 as a loss comes to the optimum of the forward KL, k1 in the reward does not") {
  const FiniteMdp model = one_choice().with_start(0);
  const std::vector<double> reference = {0.1, 0.4, 0.3, 0.2};
  const std::vector<double> reward = {1.0, 0.2, -0.5, 0.7};
  TabularPolicy table(2, 4);
  std::copy(reference.begin(), reference.end(), table.row(0).begin());
  const FrozenPolicy frozen(model, table);
  const TablePolicy start(model, each_state(model), frozen.rows());
  std::vector<double> pays = reward;
  pays.resize(8, 0);
  const auto learned = [&](KlEstimator estimator, KlPlacement placement) {
    GrpoOptions options;
    options.beta = 0.5;
    options.scale_rewards = RewardScale::none;
    options.kl_estimator = estimator;
    options.kl_placement = placement;
    options.batch_size = 4000;
    options.max_steps = 150;
    options.learning_rate = 0.03;
    PolicyOptimization run(model, pays, start, frozen.rows(), grpo_rule(options), options, 1,
                           Rng(3));
    while (run.advance()) {
    }
    return table_of(run.policy().rows());
  };
  const std::vector<double> forward = forward_kl_optimum(reference, reward, 0.5);
  const std::vector<double> reverse = tilted(reference, reward, 0.5).pi;
  const TabularPolicy as_loss = learned(KlEstimator::k3, KlPlacement::loss);
  const TabularPolicy in_reward = learned(KlEstimator::k1, KlPlacement::reward);
  const TabularPolicy weighted = learned(KlEstimator::k3, KlPlacement::weighted_loss);
  for (Action a = 0; a < 4; ++a) {
    CHECK(as_loss.probability(0, a) == doctest::Approx(forward[index(a)]).epsilon(0.1));
    CHECK(in_reward.probability(0, a) == doctest::Approx(reverse[index(a)]).epsilon(0.1));
    CHECK(weighted.probability(0, a) == doctest::Approx(reverse[index(a)]).epsilon(0.1));
  }
  CHECK(std::abs(forward[0] - reverse[0]) > 0.1);
}

TEST_CASE("trap: an option that does nothing: each changes what is learned") {
  const tests::Language x;
  const auto differs = [&](auto options, auto change) {
    options.max_steps = 4;
    options.batch_size = 16;
    auto changed = options;
    change(changed);
    return parameters_after(x, options) != parameters_after(x, changed);
  };
  CHECK(differs(RlooOptions{}, [](auto& o) { o.beta = 0.3; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.kl_estimator = KlEstimator::k3; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.kl_placement = KlPlacement::loss; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.kl_controller = KlController::adaptive; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.num_generations = 2; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.num_epochs = 2; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.missing_eos_penalty = 1; }));
  CHECK(differs(RlooOptions{}, [](auto& o) { o.learning_rate = 0.01; }));
  CHECK(differs(PpoRlhfOptions{}, [](auto& o) { o.cliprange = 0.001; }));
  CHECK(differs(PpoRlhfOptions{}, [](auto& o) { o.num_mini_batches = 2; }));
  CHECK(differs(PpoRlhfOptions{}, [](auto& o) { o.lam = 0; }));
  CHECK(differs(PpoRlhfOptions{}, [](auto& o) { o.vf_coef = 0; }));
  CHECK(differs(PpoRlhfOptions{}, [](auto& o) { o.cliprange_value = 0.001; }));
  CHECK(differs(PpoRlhfOptions{}, [](auto& o) { o.whiten_rewards = true; }));
  CHECK(differs(GrpoOptions{}, [](auto& o) { o.scale_rewards = RewardScale::batch; }));
  CHECK(differs(GrpoOptions{}, [](auto& o) { o.scale_rewards = RewardScale::none; }));
  CHECK(differs(GrpoOptions{}, [](auto& o) { o.kl_placement = KlPlacement::weighted_loss; }));
}

TEST_CASE("trap: a loss of 0 at the start is no fault, a gradient of 0 is") {
  const tests::Language x;
  RlooOptions leave_one_out;
  leave_one_out.max_steps = 1;
  PolicyOptimization run = optimization(x, leave_one_out);
  run.advance();
  CHECK(std::abs(metric(run.metrics(), "loss")) < 1e-12);
  CHECK(metric(run.metrics(), "grad_norm") > 0.01);
  GrpoOptions options;
  options.max_steps = 1;
  options.beta = 0;
  const std::vector<double> all_the_same(x.tree.reward().size(), 0);
  PolicyOptimization idle(x.problem.model, all_the_same, x.start, x.start.rows(),
                          grpo_rule(options), options, 100, Rng(1));
  idle.advance();
  CHECK(metric(idle.metrics(), "frac_reward_zero_std") == 1);
  CHECK(metric(idle.metrics(), "grad_norm") == 0);
}

TEST_CASE("trap: a score at a padded step: responses of several lengths are each their own") {
  const tests::Language x;
  PpoRlhfOptions options;
  options.lam = 1;
  const std::unique_ptr<AdvantageRule> rule = ppo_rule(x.start, options);
  SampledResponses two;  // one of a step, one of three
  two.begin = {0, 1, 4};
  two.cell = {0, 1, 2, 3};
  two.log_old = two.log_ref = {-1, -1, -1, -1};
  two.reward = {2, 0, 0, 5};
  two.score = {2, 5};
  two.ended = {1, 1};
  std::vector<double> reward = two.reward;
  std::vector<double> A(4);
  rule->advantages(two, reward, A);
  CHECK(A == std::vector<double>{2, 5, 5, 5});  // values are 0 before anything is learned
}

TEST_CASE(
    "trap: a negative KL: the mean of k1 may be one, that of k3 cannot, the exact one is told") {
  const tests::Language x;
  RlooOptions options;
  options.batch_size = 4;
  options.max_steps = 60;
  options.beta = 3;
  PolicyOptimization run = optimization(x, options);
  double least = 0;
  while (run.advance()) {
    least = std::min(least, metric(run.metrics(), "kl"));
    CHECK(metric(run.metrics(), "kl_k3") >= 0);
    CHECK(x.tree.evaluate(run.policy().rows(), x.start.rows()).kl.mean >= 0);
  }
  CHECK(least < 0);
}

TEST_CASE("policy optimization: an adaptive controller steers KL to its target") {
  const tests::Language x;
  RlooOptions options;
  options.beta = 5;
  options.kl_controller = KlController::adaptive;
  options.kl_target = 0.5;
  options.kl_horizon = 1000;
  options.batch_size = 128;
  options.max_steps = 400;
  PolicyOptimization run = optimization(x, options);
  while (run.advance()) {
  }
  const double kl = x.tree.evaluate(run.policy().rows(), x.start.rows()).kl.mean;
  CHECK(kl == doctest::Approx(0.5).epsilon(0.25));
  CHECK(run.beta() < 5);
}

namespace {

/// Advantages of 1, and a record of what the passes show it.
class Watching final : public AdvantageRule {
 public:
  explicit Watching(std::vector<std::vector<std::size_t>>& parts) : parts_(parts) {}
  void advantages(const SampledResponses& /*x*/, std::span<double> /*reward*/,
                  std::span<double> A) override {
    std::fill(A.begin(), A.end(), 1);
  }
  void improve(const SampledResponses& /*x*/, std::span<const std::size_t> responses) override {
    parts_.emplace_back(responses.begin(), responses.end());
  }
  Metrics metrics(const IterationFacts& x) const override {
    return {{"loss", x.loss}, {"grad_norm", x.grad_norm}};
  }

 private:
  std::vector<std::vector<std::size_t>>& parts_;
};

/// Responses of each gradient step of one iteration, six of them in two passes.
std::vector<std::vector<std::size_t>> parts_shown(std::int64_t num_mini_batches) {
  const tests::Language x;
  std::vector<std::vector<std::size_t>> parts;
  SampledOptions options;
  options.batch_size = 6;
  options.num_epochs = 2;
  options.num_mini_batches = num_mini_batches;
  PolicyOptimization run(x.problem.model, gold_table(x), x.start, x.start.rows(),
                         std::make_unique<Watching>(parts), options, 100, Rng(1));
  run.advance();
  return parts;
}

}  // namespace

TEST_CASE("policy optimization: a pass shows each response once, in parts of one size") {
  const std::vector<std::size_t> all = {0, 1, 2, 3, 4, 5};
  CHECK(parts_shown(1) == std::vector<std::vector<std::size_t>>{all, all});
  const std::vector<std::vector<std::size_t>> parts = parts_shown(3);
  REQUIRE(parts.size() == 6);
  std::vector<std::size_t> passes[2];
  for (std::size_t k = 0; k < parts.size(); ++k) {
    CHECK(parts[k].size() == 2);
    passes[k / 3].insert(passes[k / 3].end(), parts[k].begin(), parts[k].end());
  }
  CHECK(passes[0] != passes[1]);  // each in an order of its own
  for (std::vector<std::size_t>& pass : passes) {
    std::sort(pass.begin(), pass.end());
    CHECK(pass == all);
  }
}

TEST_CASE("policy optimization: a gradient is a mean over its part, a loss over the whole pass") {
  // One choice among four, each advantage 1, no penalty: the surrogate of a response is -rho = -1.
  // Of one response that chose a, dL/dh = pi - e_a, of length sqrt(3 / 16 + 9 / 16) at uniform pi.
  const FiniteMdp model = one_choice().with_start(0);
  const TablePolicy start(model, each_state(model));
  SampledOptions options;
  options.learning_rate = 0;  // rho stays 1 in every part
  options.beta = 0;
  options.batch_size = options.num_mini_batches = 6;
  std::vector<std::vector<std::size_t>> parts;
  PolicyOptimization run(model, std::vector<double>(8, 0), start, start.rows(),
                         std::make_unique<Watching>(parts), options, 1, Rng(1));
  run.advance();
  CHECK(parts.size() == 6);
  CHECK(metric(run.metrics(), "grad_norm") == doctest::Approx(std::sqrt(0.75)));
  CHECK(metric(run.metrics(), "loss") == doctest::Approx(-1));
}

TEST_CASE("policy optimization: saved in the middle it goes on to the same bits") {
  const tests::Language x;
  PpoRlhfOptions options;
  options.max_steps = 8;
  options.batch_size = 16;
  options.num_mini_batches = 4;
  PolicyOptimization whole = optimization(x, options);
  PolicyOptimization half = optimization(x, options);
  for (int i = 0; i < 3; ++i) half.advance();
  PolicyOptimization resumed = optimization(x, options);
  resumed.load(half.save());
  while (whole.advance()) {
  }
  while (resumed.advance()) {
  }
  CHECK(whole.save() == resumed.save());
  CHECK(whole.metrics() == resumed.metrics());
}

TEST_CASE("policy optimization: what cannot be is an error that says so") {
  const tests::Language x;
  RlooOptions options;
  options.batch_size = 10;
  CHECK(tests::error_of([&] { optimization(x, options); }) ==
        "batch_size = 10 is not a multiple of num_generations = 4");
  PpoRlhfOptions parts;
  parts.num_mini_batches = 3;
  CHECK(tests::error_of([&] { optimization(x, parts); }) ==
        "batch_size = 64 is not a multiple of num_mini_batches = 3");
  options.batch_size = 16;
  CHECK(tests::error_of([&] {
          PolicyOptimization(x.problem.model, {1, 2}, x.start, x.start.rows(), rloo_rule(options),
                             options, 10, Rng(0));
        }).find("2 rewards for") == 0);
  TabularPolicy narrow = table_of(x.start.rows());
  for (State s = 0; s + 1 < narrow.num_states(); ++s) narrow.set(s, 0);
  const FrozenPolicy reference(x.problem.model, narrow);
  CHECK(tests::error_of([&] {
          PolicyOptimization(x.problem.model, gold_table(x), x.start, reference.rows(),
                             rloo_rule(options), options, 10, Rng(0));
        }).find("which the reference never does") != std::string::npos);
  RlooOptions fined;
  fined.missing_eos_penalty = 1;
  CHECK(tests::error_of([&] {
          PolicyOptimization(x.problem.model, gold_table(x), x.start, x.start.rows(),
                             rloo_rule(fined), fined, 10, Rng(0));
        }) == "missing_eos_penalty: no action of this world is the end of a sequence");
}

}  // namespace rl
