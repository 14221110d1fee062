#include "algorithms/preference/iterated.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/algorithms/preference/small_language.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

constexpr double kBeta = 0.5;

PairObjective::Options dpo_options() {
  return {.loss = DifferenceLoss<SigmoidCurve>{{}, kBeta}, .reward_scale = kBeta};
}

/// Whole responses to one prompt.
PolicyPairs on_policy(const tests::Language& x) {
  return [model = x.problem.model](const PolicyRows& policy) -> PairSource {
    const auto sampler = std::make_shared<const EpisodeSampler>(model, table_of(policy), 100);
    return [sampler](Rng& rng) { return sampler->sample_pair(rng); };
  };
}

IteratedTask dpo_task(const tests::Language& x) {
  return {x.problem.model, on_policy(x), Annotator(AnnotatorOptions{}), dpo_options(),
          FrozenPolicy(x.start.rows())};
}

const TrainingOptions kTraining{.max_steps = 12, .batch_size = 8};

/// Iteration k as the header says it, from `policy`.
Training by_hand(const tests::Language& x, std::int64_t k, const RowPolicy& policy,
                 const PolicyRows& reference, const Rng& rng) {
  const Rng stream = rng.split(static_cast<std::uint64_t>(k));
  const std::vector<LabelledPair> pairs = fresh_pairs(
      20, on_policy(x)(policy.rows()), Annotator(AnnotatorOptions{}), x.problem.model, stream);
  Training training(policy,
                    std::make_shared<PairObjective>(policy.rows(), reference, pairs, dpo_options()),
                    kTraining, stream.split("training"));
  while (training.advance()) {
  }
  return training;
}

bool same_parameters(const RowPolicy& a, const RowPolicy& b) {
  return std::equal(a.parameters().begin(), a.parameters().end(), b.parameters().begin(),
                    b.parameters().end());
}

/// Every two responses to a prompt in turn, whatever the policy.
PolicyPairs all_pairs(const tests::Language& x) {
  std::vector<SegmentPair> list;
  for (const LabelledPair& pair : x.pairs()) {
    list.emplace_back();
    list.back().first = pair.first;
    list.back().second = pair.second;
  }
  return [list](const PolicyRows&) -> PairSource {
    const auto next = std::make_shared<std::size_t>(0);
    return [list, next](Rng&) { return list[(*next)++ % list.size()]; };
  };
}

}  // namespace

TEST_CASE("iterated: one iteration is plain training on the same pairs, bit for bit") {
  const tests::Language x;
  const auto run = iterated_training(x.start, dpo_task(x), {.iterations = 1, .num_comparisons = 20},
                                     kTraining, Rng(3));
  while (run->advance()) {
  }
  const Training plain = by_hand(x, 0, x.start, x.start.rows(), Rng(3));
  CHECK(run->steps() == 12);
  CHECK(same_parameters(run->policy(), plain.policy()));
  CHECK_FALSE(same_parameters(run->policy(), x.start));
}

TEST_CASE("iterated: the next iteration asks about the policy that the last one made") {
  const tests::Language x;
  const Training first = by_hand(x, 0, x.start, x.start.rows(), Rng(3));
  for (const IterationReference held_to :
       {IterationReference::previous, IterationReference::initial}) {
    const auto run =
        iterated_training(x.start, dpo_task(x),
                          {.iterations = 2, .num_comparisons = 20, .iteration_reference = held_to},
                          kTraining, Rng(3));
    while (run->advance()) {
    }
    const bool previous = held_to == IterationReference::previous;
    const Training second =
        by_hand(x, 1, first.policy(), previous ? first.policy().rows() : x.start.rows(), Rng(3));
    CHECK(run->steps() == 24);
    CHECK(metric(run->metrics(), "iteration") == 2);
    CHECK(same_parameters(run->policy(), second.policy()));
  }
}

TEST_CASE("iterated: on all pairs with exact labels, K iterations tilt K times, or as one does") {
  // Each comes to pi_ref e^(r / beta) / Z of its reference (Rafailov et al. 2023): with the last
  // policy for a reference that is pi e^(K r / beta) / Z, which is the optimum at beta / K.
  const tests::Language x;
  IteratedTask task = dpo_task(x);
  task.pairs_of = all_pairs(x);
  task.annotator = Annotator({.soft_labels = true});
  const auto num_pairs = static_cast<std::int64_t>(x.pairs().size());
  for (const auto& [held_to, beta] : {std::pair{IterationReference::previous, kBeta / 2},
                                      std::pair{IterationReference::initial, kBeta}}) {
    const auto run = iterated_training(
        x.start, task,
        {.iterations = 2, .num_comparisons = num_pairs, .iteration_reference = held_to},
        {.learning_rate = 0.02, .max_steps = 1500}, Rng(0));
    while (run->advance()) {
    }
    const std::vector<double> expected =
        x.tree.response_probabilities(x.tree.tilted(x.start.rows(), beta).policy.rows());
    const std::vector<double> pi = x.tree.response_probabilities(run->policy().rows());
    for (std::size_t i = 0; i < pi.size(); ++i)
      CHECK(pi[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  }
}

TEST_CASE("iterated: saved in any step it goes on to the same bits") {
  const tests::Language x;
  const IterationOptions options{.iterations = 3, .num_comparisons = 20};
  const auto make = [&] {
    return iterated_training(x.start, dpo_task(x), options, kTraining, Rng(3));
  };
  const auto whole = make();
  while (whole->advance()) {
  }
  for (const int steps : {0, 5, 12, 13, 30, 36}) {  // 12: the end of the first iteration
    const auto part = make();
    for (int i = 0; i < steps; ++i) part->advance();
    const auto resumed = make();
    resumed->load(part->save());
    CHECK(resumed->steps() == steps);
    while (resumed->advance()) {
    }
    CHECK(resumed->save() == whole->save());
  }
}

TEST_CASE("iterated: goes on for more iterations than it was begun with") {
  const tests::Language x;
  const auto make = [&](std::int64_t iterations) {
    return iterated_training(x.start, dpo_task(x),
                             {.iterations = iterations, .num_comparisons = 20}, kTraining, Rng(3));
  };
  const auto one = make(1);
  while (one->advance()) {
  }
  const auto two = make(2);
  const auto longer = make(2);
  longer->load(one->save());
  while (two->advance()) {
  }
  while (longer->advance()) {
  }
  CHECK(longer->save() == two->save());
  const auto shorter = make(1);
  shorter->load(two->save());
  CHECK_FALSE(shorter->advance());
}

TEST_CASE("iterated: an iteration that cannot begin leaves what was learned") {
  const tests::Language x;
  IteratedTask task = dpo_task(x);
  const auto asked = std::make_shared<int>(0);
  task.pairs_of = [&x, asked](const PolicyRows& policy) {
    if (++*asked == 2) throw std::invalid_argument("nothing to compare");
    return on_policy(x)(policy);
  };
  const auto run =
      iterated_training(x.start, task, {.iterations = 2, .num_comparisons = 20}, kTraining, Rng(3));
  for (int i = 0; i < 12; ++i) CHECK(run->advance());
  const std::string before = run->save();
  CHECK(tests::error_of([&] { run->advance(); }) == "nothing to compare");
  CHECK(run->save() == before);
  CHECK(run->advance());  // the third time it is asked
}

TEST_CASE("iterated: labels are the annotator's, and steps after an end are left out") {
  const tests::Language x;
  const SegmentSampler sampler(x.problem.model, table_of(x.start.rows()),
                               {.fragment_length = 5, .absorbing = true});
  const Annotator annotator({.rationality = 1e9});  // the better one, for certain
  const std::vector<LabelledPair> pairs = fresh_pairs(
      50, [&](Rng& rng) { return sampler.sample_pair(rng); }, annotator, x.problem.model, Rng(1));
  std::size_t judged = 0;
  for (const LabelledPair& pair : pairs) {
    CHECK(pair.first.length() <= 2);  // the longest response
    CHECK(pair.first.rewards.size() == pair.first.length());
    CHECK(x.problem.model.terminal(pair.first.states.back()));
    const double lead = annotator.score(pair.first) - annotator.score(pair.second);
    if (std::abs(lead) < 1e-6) continue;
    CHECK(pair.label == (lead > 0 ? 1 : 0));
    ++judged;
  }
  CHECK(judged > 10);
}

TEST_CASE("iterated: a damaged checkpoint is an error that names the field") {
  const tests::Language x;
  const auto run = iterated_training(x.start, dpo_task(x), {.iterations = 2, .num_comparisons = 20},
                                     kTraining, Rng(3));
  const std::string saved = run->save();
  CHECK(tests::error_of([&] { run->load(saved.substr(0, 20)); }) ==
        "saved state: field 'staged.stage' is cut short");
  CHECK(tests::error_of([&] { run->load(saved + "x"); }) ==
        "saved state: bytes left over at the end");
}

}  // namespace rl
