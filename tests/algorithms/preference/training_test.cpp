#include "algorithms/preference/training.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "algorithms/preference/exact_return.hpp"
#include "tests/algorithms/preference/small_language.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

PairLossFunction dpo(double beta) { return DifferenceLoss<SigmoidCurve>{{}, beta}; }

std::shared_ptr<PairObjective> dpo_objective(const tests::Language& x, double beta = 0.1) {
  return std::make_shared<PairObjective>(
      x.start.rows(), x.start.rows(), x.pairs(),
      PairObjective::Options{.loss = dpo(beta), .reward_scale = beta});
}

/// dL / d parameters of all examples against central differences.
void check_gradient_of(const Objective& objective, const RowPolicy& policy) {
  std::vector<std::size_t> all(objective.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto loss = [&](const RowPolicy& p) {
    std::vector<double> g(p.rows().log_pi.size(), 0);
    return objective.add_gradient(all, p.rows(), g).value;
  };
  std::vector<double> g(policy.rows().log_pi.size(), 0);
  objective.add_gradient(all, policy.rows(), g);
  std::vector<double> gradient(policy.parameters().size());
  policy.gradient(g, gradient);
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    const auto at = [&](double step) {
      const std::unique_ptr<RowPolicy> moved = policy.clone();
      moved->update([&](std::span<double> w) { w[i] += step; });
      return loss(*moved);
    };
    CHECK(gradient[i] == doctest::Approx((at(1e-5) - at(-1e-5)) / 2e-5).epsilon(1e-6));
  }
}

TablePolicy somewhere(const tests::Language& x) {
  TablePolicy policy = x.start;
  policy.update([](std::span<double> h) {
    for (std::size_t i = 0; i < h.size(); ++i) h[i] = std::sin(static_cast<double>(i + 1));
  });
  return policy;
}

}  // namespace

TEST_CASE("training: gradients of pairs, soft labels and weights are those of differences") {
  const tests::Language x;
  std::vector<LabelledPair> pairs = x.pairs();
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].label = i % 3 == 0 ? 1 : i % 3 == 1 ? 0.5 : 0.8;
    pairs[i].weight = 1 + static_cast<double>(i % 2);
  }
  const PairObjective objective(
      x.start.rows(), x.start.rows(), pairs,
      {.loss = dpo(0.3), .reward_scale = 0.3, .discount = 0.9, .nll_weight = 0.2});
  check_gradient_of(objective, somewhere(x));
}

TEST_CASE(
    "training: gradients of demonstrations and of the exact return are those of differences") {
  const tests::Language x;
  std::vector<Segment> shown;
  for (std::size_t i = 0; i < 7; ++i) shown.push_back(x.response(i));
  check_gradient_of(CloneObjective(x.start.rows(), shown), somewhere(x));
  check_gradient_of(ExactReturn(x.tree, x.start.rows(), 0.3), somewhere(x));
}

TEST_CASE("training: KTO's gradient holds z0 fixed, which the exact one shows") {
  const tests::Language x;
  std::vector<JudgedSegment> judged;
  for (std::size_t i = 0; i < 6; ++i) judged.push_back({x.response(i), i % 2 == 0});
  const auto fixed = [](const PolicyRows&) { return 0.25; };
  const KtoObjective objective(x.start.rows(), x.start.rows(), x.problem.model, judged,
                               {.beta = 0.4, .undesirable_weight = 1.5}, fixed);
  check_gradient_of(objective, somewhere(x));
}

TEST_CASE("trap: DPO's loss starts at ln 2, with no margin and half the labels right") {
  const tests::Language x;
  Training training(x.start, dpo_objective(x), {.max_steps = 1}, Rng(0));
  CHECK(training.advance());
  CHECK(metric(training.metrics(), "loss") == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(metric(training.metrics(), "rewards/margins") == 0);
  CHECK(metric(training.metrics(), "rewards/accuracies") == doctest::Approx(0.5));
  CHECK_FALSE(training.advance());
}

TEST_CASE("trap: log-probabilities of policy and reference are equal to the bit at the start") {
  const tests::Language x;
  const std::vector<LabelledPair> pairs = x.pairs();
  const FrozenPolicy reference(x.start.rows());
  for (const LabelledPair& pair : pairs) {
    const std::vector<Segment> one = {pair.first};
    CHECK(log_probabilities(x.start.rows(), one) == log_probabilities(reference.rows(), one));
  }
}

TEST_CASE("training: descends, and what was preferred becomes likelier than what was not") {
  const tests::Language x;
  Training training(x.start, dpo_objective(x), {.max_steps = 100}, Rng(0));
  training.advance();
  const double first = metric(training.metrics(), "loss");
  while (training.advance()) {
  }
  CHECK(metric(training.metrics(), "loss") < first - 0.1);
  CHECK(metric(training.metrics(), "rewards/accuracies") > 0.95);
  CHECK(x.tree.evaluate(training.policy().rows()).mean > x.tree.evaluate(x.start.rows()).mean);
}

TEST_CASE("training: the exact return under KL ends at the optimum of the tree") {
  const tests::Language x;
  const double beta = 0.5;
  Training training(x.start, std::make_shared<ExactReturn>(x.tree, x.start.rows(), beta),
                    {.learning_rate = 0.05, .max_steps = 3000}, Rng(0));
  while (training.advance()) {
  }
  const TiltedResponses best = x.tree.tilted(x.start.rows(), beta);
  const double J = -metric(training.metrics(), "loss");
  CHECK(J <= best.value.mean + 1e-12);
  CHECK(J == doctest::Approx(best.value.mean).epsilon(1e-6));
}

TEST_CASE("training: saved in the middle it goes on to the same bits, on minibatches, too") {
  const tests::Language x;
  const TrainingOptions options{.max_steps = 40, .batch_size = 5};
  Training whole(x.start, dpo_objective(x), options, Rng(7));
  Training half(x.start, dpo_objective(x), options, Rng(7));
  for (int i = 0; i < 17; ++i) half.advance();
  Training resumed(x.start, dpo_objective(x), options, Rng(99));
  resumed.load(half.save());
  CHECK(resumed.steps() == 17);
  while (whole.advance()) {
  }
  while (resumed.advance()) {
  }
  CHECK(whole.save() == resumed.save());
  CHECK(whole.metrics() == resumed.metrics());
}

TEST_CASE("training: a pass of minibatches sees every example once") {
  struct Count final : Objective {
    mutable std::vector<int> seen = std::vector<int>(12, 0);
    std::size_t size() const override { return seen.size(); }
    BatchLoss add_gradient(std::span<const std::size_t> batch, const PolicyRows&,
                           std::span<double>) const override {
      for (const std::size_t i : batch) ++seen[i];
      return {};
    }
  };
  const tests::Language x;
  const auto count = std::make_shared<Count>();
  Training training(x.start, count, {.max_steps = 6, .batch_size = 4}, Rng(0));
  while (training.advance()) {
  }
  CHECK(count->seen == std::vector<int>(12, 2));
  CHECK(metric(training.metrics(), "epoch") == 2);
}

TEST_CASE("training: what cannot be learned from is an error that says so") {
  const tests::Language x;
  CHECK(tests::error_of([&] {
          Training(x.start, dpo_objective(x), {.batch_size = 1'000'000}, Rng(0));
        }).find("batch_size = 1000000 is more than the") == 0);
  const std::vector<LabelledPair> none;
  CHECK(tests::error_of([&] {
          PairObjective(x.start.rows(), x.start.rows(), none, {.loss = dpo(1)});
        }) == "there are no pairs to learn from");
  std::vector<LabelledPair> pairs = x.pairs();
  pairs[2].label = 1.5;
  CHECK(tests::error_of([&] {
          PairObjective(x.start.rows(), x.start.rows(), pairs, {.loss = dpo(1)});
        }) == "pair 2: label 1.5 is not in [0, 1]");
  CHECK(tests::error_of([&] {
          PairObjective(x.start.rows(), x.start.rows(), std::vector<LabelledPair>(1),
                        {.loss = dpo(1)});
        }) == "pair 0: a segment has no steps");
}

TEST_CASE("training: a reference without support for the data is an error, not an infinite loss") {
  const tests::Language x;
  TabularPolicy narrow = table_of(x.start.rows());
  for (State s = 0; s + 1 < narrow.num_states(); ++s) narrow.set(s, 0);
  const FrozenPolicy reference(x.problem.model, narrow);
  const std::string error = tests::error_of(
      [&] { PairObjective(x.start.rows(), reference.rows(), x.pairs(), {.loss = dpo(1)}); });
  CHECK(error.find("the reference policy gives it probability 0") != std::string::npos);
}

}  // namespace rl
