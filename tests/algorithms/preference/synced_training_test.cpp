#include "algorithms/preference/synced_training.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/algorithms/preference/small_language.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

std::shared_ptr<PairObjective> dpo_held_to(const tests::Language& x,
                                           const std::optional<PolicyRows>& reference) {
  const double beta = 0.3;
  return std::make_shared<PairObjective>(
      x.start.rows(), reference, x.pairs(),
      PairObjective::Options{.loss = DifferenceLoss<SigmoidCurve>{{}, beta}, .reward_scale = beta});
}

const TrainingOptions kTwenty{.max_steps = 20, .batch_size = 5};

SyncedTraining synced(const tests::Language& x, const ReferenceSyncOptions& options,
                      std::uint64_t seed = 7) {
  return {x.start, x.start, dpo_held_to(x, x.start.rows()), kTwenty, options, Rng(seed)};
}

std::string hash_of(const RowPolicy& policy) { return FrozenPolicy(policy.rows()).hash(); }

}  // namespace

TEST_CASE("synced training: alpha = 0 changes nothing, to the bit") {
  const tests::Language x;
  SyncedTraining run = synced(x, {.ref_model_mixup_alpha = 0, .ref_model_sync_steps = 3});
  Training plain(x.start, dpo_held_to(x, x.start.rows()), kTwenty, Rng(7));
  while (run.advance()) {
    plain.advance();
    CHECK(run.metrics() == plain.metrics());
  }
  CHECK(hash_of(run.policy()) == hash_of(plain.policy()));
  CHECK(hash_of(run.reference()) == hash_of(x.start));
}

TEST_CASE("synced training: alpha = 1 after K steps is a new start with a new reference") {
  const tests::Language x;
  SyncedTraining run = synced(x, {.ref_model_mixup_alpha = 1, .ref_model_sync_steps = 10});
  while (run.advance()) {
  }
  TrainingOptions ten = kTwenty;
  ten.max_steps = 10;
  Training before(x.start, dpo_held_to(x, x.start.rows()), ten, Rng(7));
  while (before.advance()) {
  }
  Training after(x.start, dpo_held_to(x, before.policy().rows()), kTwenty, Rng(7));
  after.load(before.save());  // moments of the optimizer and the order of examples, too
  while (after.advance()) {
  }
  CHECK(hash_of(run.policy()) == hash_of(after.policy()));
  CHECK(run.metrics() == after.metrics());
}

TEST_CASE("trap: reference aliased: it changes at syncs alone, and to what the formula says") {
  const tests::Language x;
  SyncedTraining run = synced(x, {.ref_model_mixup_alpha = 0.25, .ref_model_sync_steps = 4});
  std::vector<double> w_ref(x.start.parameters().begin(), x.start.parameters().end());
  std::string last = hash_of(run.reference());
  while (run.advance()) {
    const std::string hash = hash_of(run.reference());
    if (run.steps() % 4 != 0) {
      CHECK(hash == last);
    } else {
      CHECK(hash != last);
      for (std::size_t i = 0; i < w_ref.size(); ++i)
        w_ref[i] = 0.25 * run.policy().parameters()[i] + 0.75 * w_ref[i];
      CHECK(std::equal(w_ref.begin(), w_ref.end(), run.reference().parameters().begin()));
    }
    last = hash;
  }
  CHECK(hash_of(x.start) == FrozenPolicy(tests::Language().start.rows()).hash());
}

TEST_CASE("synced training: after a sync the log-ratios are from the new reference") {
  const tests::Language x;
  SyncedTraining run = synced(x, {.ref_model_mixup_alpha = 1, .ref_model_sync_steps = 2});
  run.advance();
  run.advance();
  run.advance();
  // Measured before the third step, where the policy was its reference.
  CHECK(metric(run.metrics(), "loss") == doctest::Approx(std::log(2.0)).epsilon(1e-15));
  CHECK(metric(run.metrics(), "rewards/margins") == 0);
}

TEST_CASE("synced training: saved between syncs it goes on to the same bits") {
  const tests::Language x;
  const ReferenceSyncOptions options{.ref_model_mixup_alpha = 0.6, .ref_model_sync_steps = 4};
  SyncedTraining whole = synced(x, options);
  SyncedTraining half = synced(x, options);
  for (int i = 0; i < 10; ++i) half.advance();
  SyncedTraining resumed = synced(x, options, 99);
  resumed.load(half.save());
  while (whole.advance()) {
  }
  while (resumed.advance()) {
  }
  CHECK(resumed.save() == whole.save());
  CHECK(resumed.metrics() == whole.metrics());
}

TEST_CASE("synced training: what has no reference to mix is an error that says so") {
  const tests::Language x;
  CHECK(tests::error_of([&] {
          SyncedTraining(x.start, x.start, dpo_held_to(x, std::nullopt), kTwenty, {}, Rng(0));
        }) == "the loss has no reference that could change");
  const LinearPolicy other(
      x.problem.model, each_state(x.problem.model),
      FeatureMatrix::Identity(x.start.contexts().count, x.start.contexts().count));
  CHECK(tests::error_of([&] {
          SyncedTraining(x.start, other, dpo_held_to(x, x.start.rows()), kTwenty, {}, Rng(0));
        }) == "the reference has other parameters than the policy: they cannot be mixed");
}

}  // namespace rl
