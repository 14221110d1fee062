#include "algorithms/preference/annotator.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/preference/logistic.hpp"
#include "envs/grid_world/presets.hpp"
#include "envs/token_world.hpp"
#include "rl/plan.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

namespace rl {
namespace {

using tests::error_of;

Segment paid(std::vector<double> rewards) {
  Segment segment;
  segment.states.assign(rewards.size() + 1, 0);
  segment.actions.assign(rewards.size(), 0);
  segment.rewards = std::move(rewards);
  return segment;
}

SegmentPair paid_pair(std::vector<double> first, std::vector<double> second) {
  SegmentPair pair;
  pair.first = paid(std::move(first));
  pair.second = paid(std::move(second));
  return pair;
}

/// In state 0, action 0 pays 1 and ends, action 1 stays at no pay.
FiniteMdp end_or_wait() {
  return {2,
          2,
          [](State, Action a, std::vector<Outcome>& row) {
            row.push_back(a == 0 ? Outcome{1, 1, 1} : Outcome{1, 0, 0});
          },
          {.terminal = {1}}};
}

/// Calls f(segment) for every response to prompt 0.
template <class F>
void for_each_answer(const FiniteMdp& model, std::vector<Action>& actions, F&& f) {
  const Segment segment = follow(model, 0, actions);
  if (segment.terminated) return f(segment);
  for (Action a = 0; a < model.num_actions(); ++a) {
    actions.push_back(a);
    for_each_answer(model, actions, f);
    actions.pop_back();
  }
}

}  // namespace

TEST_CASE("annotator: rewards of a segment are discounted from its own first step") {
  const Annotator annotator(AnnotatorOptions{.discount = 0.5});
  CHECK(annotator.score(paid({1, 2, 4})) == 3);  // 1 + 2/2 + 4/4
  CHECK(annotator.score(paid({0, 0, 8})) == 2);
  CHECK(annotator.score(paid({})) == 0);
}

TEST_CASE("annotator: the probability is sigmoid of the difference, drawn in by the flips") {
  AnnotatorOptions options{.rationality = 2, .flip_prob = 0.1};
  const Segment better = paid({1, 0.5});
  const Segment worse = paid({0, 1});
  // (1 - 0.2) / (1 + e^-(2 * 0.5)) + 0.1
  const double p = 0.8 / (1 + std::exp(-1)) + 0.1;
  CHECK(Annotator(options).probability(better, worse) == doctest::Approx(p).epsilon(1e-14));
  CHECK(Annotator(options).probability(worse, better) == doctest::Approx(1 - p).epsilon(1e-14));
  options.flip_prob = 0;
  options.rationality = 1e6;
  CHECK(Annotator(options).probability(better, worse) == 1);
}

TEST_CASE("annotator: regret is by how much each action was worse than the best") {
  // v*(0) = 1; to wait one step: q*(0, 1) = 1/2.
  const FiniteMdp model = end_or_wait();
  const QTable advantages = optimal_advantages(model, 0.5);
  CHECK(advantages(0, 0) == 0);
  CHECK(advantages(0, 1) == doctest::Approx(-0.5));
  CHECK(advantages(1, 0) == 0);  // the end

  const AnnotatorOptions options{.annotator = AnnotatorKind::regret, .discount = 0.9};
  const Annotator annotator(options, advantages);
  const Segment waits{{0, 0, 0, 1}, {1, 1, 0}, {}, true};  // without rewards
  CHECK(annotator.score(waits) == doctest::Approx(-0.5 - 0.9 * 0.5));
}

TEST_CASE(
    "annotator: without discount a response's advantages add up to its distance to the best") {
  const FiniteMdp model = token_world({.vocabulary = 3, .max_length = 4, .prompts = 1}).model;
  const Annotator regret(AnnotatorOptions{.annotator = AnnotatorKind::regret},
                         optimal_advantages(model, 1));
  const Annotator earned(AnnotatorOptions{});
  double best = -1e300;
  std::vector<Action> none;
  for_each_answer(model, none, [&](const Segment& y) { best = std::max(best, earned.score(y)); });
  int responses = 0;
  for_each_answer(model, none, [&](const Segment& y) {
    ++responses;
    CHECK(regret.score(y) == doctest::Approx(earned.score(y) - best));
  });
  CHECK(responses == 31);  // 1 + 2 + 4 + 8 + 16
}

TEST_CASE("annotator: advantages need values that exist") {
  CHECK(error_of([] {
          optimal_advantages(tests::ring(3), 1);
        }).starts_with("annotator: value iteration with gamma = 1 did not converge in "));
  CHECK(error_of([] { optimal_advantages(tests::ring(3), 1.5); }) ==
        "annotator: gamma is 1.5; in [0, 1]");
  // Whatever can be solved has a best action of advantage 0 in every state, and none above.
  const FiniteMdp grid = mfrl_5x5().model;
  const QTable advantages = optimal_advantages(grid, 0.9);
  for (State s = 0; s < grid.num_states(); ++s) CHECK(max_value(advantages.row(s)) == 0);
}

TEST_CASE("annotator: labels come as often as their probability says") {
  const Annotator annotator(AnnotatorOptions{.rationality = 1.5, .flip_prob = 0.05});
  const Segment first = paid({1});
  const Segment second = paid({0.4});
  const double p = annotator.probability(first, second);
  constexpr int kDraws = 20'000;
  Rng rng(7);
  double ones = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double label = annotator.label(first, second, rng);
    CHECK((label == 0 || label == 1));
    ones += label;
  }
  CHECK(std::abs(ones / kDraws - p) < 4 * std::sqrt(p * (1 - p) / kDraws));
}

TEST_CASE("annotator: a label takes one draw, whatever the options") {
  const Segment a = paid({1});
  const Segment b = paid({0});
  Rng one(3);
  one.uniform();
  for (const AnnotatorOptions& options :
       {AnnotatorOptions{}, AnnotatorOptions{.flip_prob = 0.2},
        AnnotatorOptions{.tie_threshold = 5}, AnnotatorOptions{.soft_labels = true}}) {
    Rng rng(3);
    Annotator(options).label(a, b, rng);
    CHECK(rng == one);
  }
}

TEST_CASE("annotator: soft labels are the probabilities, but for ties") {
  const Annotator soft(
      AnnotatorOptions{.flip_prob = 0.1, .tie_threshold = 0.5, .soft_labels = true});
  Rng rng(1);
  CHECK(soft.label(paid({1}), paid({0}), rng) == soft.probability(paid({1}), paid({0})));
  CHECK(soft.label(paid({1}), paid({0.75}), rng) == 0.5);
}

TEST_CASE("trap: ties at one half") {
  // In the band a label is 1/2, on its border it is not; such labels have no side to be right
  // about.
  const Annotator banded(AnnotatorOptions{.tie_threshold = 0.25});
  Rng rng(5);
  CHECK(banded.label(paid({1}), paid({0.875}), rng) == 0.5);
  CHECK(banded.tied(paid({1}), paid({0.875})));
  CHECK_FALSE(banded.tied(paid({1}), paid({0.75})));
  const double drawn = banded.label(paid({1}), paid({0.75}), rng);
  CHECK(drawn != 0.5);
  const std::vector<SegmentPair> pairs = {paid_pair({1}, {1}), paid_pair({2}, {0})};
  const LabelStatistics s = label_statistics(banded, pairs);
  CHECK(s.ties == 1);
  CHECK(s.accuracy_ceiling == doctest::Approx(sigmoid(2)));
  CHECK(std::isnan(label_statistics(banded, std::vector{pairs[0]}).accuracy_ceiling));

  // Without a band equal segments are a coin's affair, not a draw that one side always wins.
  const Annotator strict(AnnotatorOptions{.rationality = 1e9});
  constexpr int kDraws = 4'000;
  double ones = 0;
  for (int i = 0; i < kDraws; ++i) ones += strict.label(paid({1}), paid({1}), rng);
  CHECK(std::abs(ones / kDraws - 0.5) < 4 * 0.5 / std::sqrt(kDraws));
}

TEST_CASE("trap: a discount belongs to a segment, not to the batch that it stands in") {
  const Annotator annotator(AnnotatorOptions{.soft_labels = true, .discount = 0.5});
  std::vector<SegmentPair> all = {paid_pair({0, 4}, {1, 0}), paid_pair({3, 0}, {0, 2}),
                                  paid_pair({1, 1}, {0, 1})};
  const std::vector<SegmentPair> unlabelled = all;
  annotate(annotator, all, Rng(1));
  CHECK(all[0].preference == doctest::Approx(sigmoid(1)));  // 2 - 1
  CHECK(all[1].preference == doctest::Approx(sigmoid(2)));  // 3 - 1
  CHECK(all[2].preference == doctest::Approx(sigmoid(1)));  // 1.5 - 0.5
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<SegmentPair> alone = {unlabelled[i]};
    annotate(annotator, alone, Rng(1));
    CHECK(alone[0].preference == all[i].preference);
  }
}

TEST_CASE(
    "annotator: label i draws from stream i, so a longer data set begins with a shorter one") {
  const Annotator annotator(AnnotatorOptions{});
  std::vector<SegmentPair> many(20, paid_pair({0}, {0}));
  std::vector<SegmentPair> few(many.begin(), many.begin() + 7);
  annotate(annotator, many, Rng(11));
  annotate(annotator, few, Rng(11));
  double ones = 0;
  for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i] == many[i]);
  for (const SegmentPair& pair : many) ones += pair.preference;
  CHECK((ones > 0 && ones < 20));
  CHECK(nlohmann::json::parse(many[0].annotator)["rationality"] == 1);
  // What stands in a file is what is read back from it.
  const std::string text = write_segment_pairs(many);
  CHECK(read_segment_pairs(text, "s.jsonl").records == many);
}

TEST_CASE("annotator: entropy and the accuracy ceiling, by hand and as the truth fares") {
  const Annotator annotator(AnnotatorOptions{.rationality = std::log(3)});
  // P = 3/4 at a difference of 1, 1/2 at 0.
  const std::vector<SegmentPair> two = {paid_pair({0}, {1}), paid_pair({2}, {2})};
  const LabelStatistics s = label_statistics(annotator, two);
  CHECK(s.accuracy_ceiling == doctest::Approx((0.75 + 0.5) / 2));
  const double entropy = -0.75 * std::log(0.75) - 0.25 * std::log(0.25);
  CHECK(s.entropy == doctest::Approx((entropy + std::log(2)) / 2));
  CHECK(s.pairs == 2);
  CHECK(s.ties == 0);
  CHECK(label_statistics(Annotator(AnnotatorOptions{.soft_labels = true}), two).accuracy_ceiling ==
        1);

  Rng rng(13);
  std::vector<SegmentPair> many;
  for (int i = 0; i < 5'000; ++i) many.push_back(paid_pair({rng.normal()}, {rng.normal()}));
  annotate(annotator, many, Rng(17));
  double right = 0;
  for (const SegmentPair& pair : many)
    right += (pair.first.rewards > pair.second.rewards) == (pair.preference == 1) ? 1 : 0;
  CHECK(std::abs(right / 5'000 - label_statistics(annotator, many).accuracy_ceiling) <
        4 * 0.5 / std::sqrt(5'000));
}

TEST_CASE("annotator: what it cannot judge is named") {
  const Annotator annotator(AnnotatorOptions{});
  CHECK(error_of([&] {
          annotator.score({{4, 5, 6}, {0, 1}});
        }) == "annotator: the segment of 2 steps from state 4 has no rewards to compare by");
  CHECK(error_of([&] {
          annotator.score({{4, 5, 6}, {0, 1}, {1}});
        }) == "annotator: the segment of 2 steps from state 4 has 1 rewards");
  CHECK(error_of([&] {
          annotator.score({{4, 5}, {0, 1}, {1, 1}});
        }) == "annotator: the segment of 2 steps from state 4 has 2 states");
  std::vector<SegmentPair> pairs = {paid_pair({1}, {2}), paid_pair({1}, {2})};
  pairs[1].second.rewards.clear();
  CHECK(error_of([&] { annotate(annotator, pairs, Rng(1)); }) ==
        "pair 1: annotator: the segment of 1 steps from state 0 has no rewards to compare by");
  const Annotator regret(AnnotatorOptions{.annotator = AnnotatorKind::regret},
                         optimal_advantages(end_or_wait(), 0.5));
  CHECK(error_of([&] {
          regret.score({{0, 0}, {2}});
        }) ==
        "annotator: the segment of 1 steps from state 0: action 2 in state 0 has no advantage");
}

TEST_CASE("annotator: options out of range or without effect are refused") {
  const auto refusal = [](const AnnotatorOptions& options) {
    return error_of([&] { Annotator{options}; });
  };
  CHECK(refusal({.rationality = 0}) == "annotator: rationality is 0; > 0");
  CHECK(refusal({.flip_prob = 0.5}) == "annotator: flip_prob is 0.5; in [0, 0.5)");
  CHECK(refusal({.tie_threshold = -1}) == "annotator: tie_threshold is -1; >= 0");
  CHECK(refusal({.discount = 0}) == "annotator: discount is 0; in (0, 1]");
  CHECK(refusal({.annotator = AnnotatorKind::regret}) ==
        "annotator: regret needs a table of advantages");
  CHECK(error_of([] { Annotator(AnnotatorOptions{}, QTable(1, 1)); }) ==
        "annotator: a table of advantages has no effect on returns");
  const auto read = parse<AnnotatorOptions>(
      nlohmann::json::parse(R"({"annotator": "regret", "flip_prob": 0.2})"));
  CHECK(read.annotator == AnnotatorKind::regret);
  CHECK(read.flip_prob == 0.2);
}

}  // namespace rl
