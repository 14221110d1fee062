#include "algorithms/preference/segment_sampler.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <set>
#include <vector>

#include "algorithms/preference/logistic.hpp"
#include "envs/grid_world/presets.hpp"
#include "envs/token_world.hpp"
#include "tests/errors.hpp"
#include "tests/rl/worlds.hpp"

namespace rl {
namespace {

using tests::error_of;

/// Whether the model can do each step and pays what is written.
bool possible_in(const FiniteMdp& model, const Segment& segment) {
  if (segment.states.size() != segment.length() + 1) return false;
  if (segment.rewards.size() != segment.length()) return false;
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    if (model.terminal(s)) {  // padding
      if (segment.states[t + 1] != s || segment.rewards[t] != 0 || segment.actions[t] != 0)
        return false;
      continue;
    }
    const auto row = model.outcomes(s, segment.actions[t]);
    if (std::none_of(row.begin(), row.end(), [&](const Outcome& o) {
          return o.next == segment.states[t + 1] && o.reward == segment.rewards[t];
        }))
      return false;
  }
  return segment.terminated == model.terminal(segment.states.back());
}

std::vector<double> start_shares(const SegmentSampler& sampler, State states, int draws) {
  std::vector<double> shares(index(states), 0);
  Rng rng(5);
  for (int i = 0; i < draws; ++i) shares[index(sampler.sample(rng).states.front())] += 1.0 / draws;
  return shares;
}

/// Within 4 standard deviations: of seeds, one in 16,000 fails, and the seeds are fixed.
bool about(double share, double p, int draws) {
  return std::abs(share - p) <= 4 * std::sqrt(p * (1 - p) / draws);
}

}  // namespace

TEST_CASE("segment sampler: every segment has its length and steps that the world can make") {
  const FiniteMdp model = mfrl_5x5().model;
  const SegmentSampler sampler(model, uniform_policy(model), {.fragment_length = 7});
  Rng rng(1);
  for (int i = 0; i < 200; ++i) {
    const Segment segment = sampler.sample(rng);
    CHECK(segment.length() == 7);
    CHECK(possible_in(model, segment));
  }
}

TEST_CASE("segment sampler: a model started anywhere weighs what is not terminal alike") {
  const FiniteMdp model = tests::random_walk(5);  // starts in 2; ends are 0 and 4
  const auto starts = [](const FiniteMdp& of) {
    std::vector<double> weights(index(of.num_states()), 0);
    of.for_each_start([&](State s, double p) { weights[index(s)] = p; });
    return weights;
  };
  const std::vector<double> anywhere = starts(started_as(model, SegmentStart::uniform));
  CHECK(anywhere[0] + anywhere[4] == 0);
  for (const State s : {1, 2, 3}) CHECK(anywhere[index(s)] == doctest::Approx(1.0 / 3));
  CHECK(starts(started_as(model, SegmentStart::model)) == std::vector<double>{0, 0, 1, 0, 0});
}

TEST_CASE(
    "segment sampler: starts are uniform over the states that are not terminal, or the world's") {
  const FiniteMdp model = tests::random_walk(5);  // starts in 2
  const SegmentSampler anywhere(model, uniform_policy(model), {.fragment_length = 1});
  const auto shares = start_shares(anywhere, 5, 3'000);
  CHECK(shares[0] + shares[4] == 0);
  for (const State s : {1, 2, 3}) CHECK(about(shares[index(s)], 1.0 / 3, 3'000));
  const SegmentSampler there(model, uniform_policy(model),
                             {.fragment_length = 1, .segment_start = SegmentStart::model});
  CHECK(start_shares(there, 5, 50)[2] == doctest::Approx(1));
}

TEST_CASE("segment sampler: an episode that ends early is drawn again from a new start") {
  // Two steps of a walk over 1, 2, 3 with ends 0 and 4: from 1 and 3 half of the walks end after
  // one step, from 2 none does. So 2 is the start of 1 / (1/2 + 1 + 1/2) of those that are kept.
  const FiniteMdp model = tests::random_walk(5);
  const SegmentSampler sampler(model, uniform_policy(model), {.fragment_length = 2});
  const auto shares = start_shares(sampler, 5, 4'000);
  CHECK(about(shares[2], 0.5, 4'000));
  CHECK(about(shares[1], 0.25, 4'000));
  Rng rng(2);
  int ends = 0;  // at the last step an end is no loss: from 2, in half of the walks
  for (int i = 0; i < 200; ++i) {
    const Segment segment = sampler.sample(rng);
    CHECK(segment.length() == 2);
    CHECK(possible_in(model, segment));
    ends += segment.terminated ? 1 : 0;
  }
  CHECK(about(ends / 200.0, 0.25, 200));
}

TEST_CASE("segment sampler: absorbing, an episode goes on in its terminal state at no reward") {
  const FiniteMdp model = tests::random_walk(5);
  const SegmentSampler sampler(model, uniform_policy(model),
                               {.fragment_length = 6, .absorbing = true});
  Rng rng(2);
  // Of walks from 2 half end at each second step, first at the second; from 1 and 3, first at the
  // first. After five steps 1/4 and 1/8 go on, a mean of 1/6; the others' sixth step is padding.
  int padded = 0;
  for (int i = 0; i < 200; ++i) {
    const Segment segment = sampler.sample(rng);
    CHECK(segment.length() == 6);
    CHECK(possible_in(model, segment));
    if (model.terminal(segment.states[5])) ++padded;
  }
  CHECK(about(padded / 200.0, 5.0 / 6, 200));
  const auto shares = start_shares(sampler, 5, 3'000);
  for (const State s : {1, 2, 3}) CHECK(about(shares[index(s)], 1.0 / 3, 3'000));
}

TEST_CASE("segment sampler: a length that episodes do not last is refused, with what to do") {
  const FiniteMdp model = tests::random_walk(3);  // every step ends
  const SegmentSampler sampler(model, uniform_policy(model), {.fragment_length = 2});
  Rng rng(1);
  CHECK(error_of([&] { sampler.sample(rng); }) ==
        "segment sampler: none of 10000 episodes lasted 2 steps, the longest ended after 1; make "
        "fragment_length smaller, or set absorbing");
  CHECK(error_of([&] { SegmentSampler(model, uniform_policy(model), {.fragment_length = 0}); }) ==
        "segment sampler: fragment_length is 0; at least 1");
  CHECK(error_of([&] { SegmentSampler(model, TabularPolicy(5, 1)); }) ==
        "segment sampler: a policy of 5 states and 1 actions in a world of 3 and 1");
  TabularPolicy half(3, model.num_actions());
  half.row(1)[0] = 0.5;
  CHECK(error_of([&] { SegmentSampler(model, half); }) ==
        "policy: probabilities in state 1 sum to 0.5, not 1");
}

TEST_CASE("trap: a variable horizon leaks reward: sampled segments never differ in length") {
  const FiniteMdp model = tests::random_walk(7);
  const TabularPolicy policy = uniform_policy(model);
  for (const bool absorbing : {false, true}) {
    const SegmentSampler sampler(model, policy, {.fragment_length = 4, .absorbing = absorbing});
    CHECK_NOTHROW(require_equal_lengths(sample_pairs(100, sampler, Rng(1))));
  }
  const EpisodeSampler episodes(model, policy, 1'000);
  const auto pairs = sample_pairs(100, episodes, Rng(1));
  const auto unequal = std::find_if(pairs.begin(), pairs.end(), [](const SegmentPair& p) {
    return p.first.length() != p.second.length();
  });
  REQUIRE(unequal != pairs.end());
  CHECK(error_of([&] { require_equal_lengths(std::vector{*unequal}); }) ==
        fmt::format("pair 0: segments of {} and {} steps; an episode that ends early tells its "
                    "reward by its length (allow_variable_horizon)",
                    unequal->first.length(), unequal->second.length()));
}

TEST_CASE("episode sampler: responses of a pair answer one prompt and end") {
  const FiniteMdp model = token_world({.vocabulary = 4, .max_length = 3, .prompts = 3}).model;
  const EpisodeSampler sampler(model, uniform_policy(model), 10);
  std::set<State> prompts;  // that 60 uniform draws of 3 miss one has probability 3 (2/3)^60
  const auto pairs = sample_pairs(60, sampler, Rng(4));
  for (const SegmentPair& pair : pairs) {
    CHECK(pair.first.states[0] == pair.second.states[0]);
    prompts.insert(pair.first.states[0]);
    for (const Segment& y : {pair.first, pair.second}) {
      CHECK(y.terminated);
      CHECK(possible_in(model, y));
    }
  }
  CHECK(prompts.size() == 3);
  Rng rng(9);
  const SegmentPair given = sampler.sample_pair(pairs[0].first.states[0], rng);
  CHECK(given.first.states[0] == pairs[0].first.states[0]);
  CHECK(given.second.states[0] == pairs[0].first.states[0]);
}

TEST_CASE("episode sampler: a limit cuts, and the segment says so") {
  const FiniteMdp ring = tests::ring(4);
  const EpisodeSampler sampler(ring, uniform_policy(ring), 9);
  Rng rng(1);
  const Segment cut = sampler.sample(rng);
  CHECK(cut.length() == 9);
  CHECK_FALSE(cut.terminated);
  CHECK(cut.states[0] == 0);
  CHECK(error_of([&] { EpisodeSampler(ring, uniform_policy(ring), 0); }) ==
        "episode sampler: max_steps is 0; at least 1");
  CHECK(error_of([&] { sampler.sample(4, rng); }) ==
        "episode sampler: state 4 is no start: terminal, or not in 0..3");
}

TEST_CASE("segment sampler: pairs depend on their number alone, not on threads or on how many") {
  const FiniteMdp model = mfrl_5x5().model;
  const SegmentSampler sampler(model, uniform_policy(model));
  const auto one = sample_pairs(40, sampler, Rng(3), 1);
  CHECK(one == sample_pairs(40, sampler, Rng(3), 2));
  const auto few = sample_pairs(10, sampler, Rng(3), 2);
  CHECK(std::equal(few.begin(), few.end(), one.begin()));
  CHECK(one[0] != one[1]);
  CHECK(one[0].first != one[0].second);
}

TEST_CASE("active selection: variances of logit, probability and label by hand") {
  Eigen::MatrixXd z(2, 3);  // two members, three pairs
  z << 3, 1, 0,             //
      5, -1, 0;
  const Eigen::VectorXd logit = disagreement(z, Disagreement::logit);
  CHECK(logit[0] == 1);
  CHECK(logit[1] == 1);
  CHECK(logit[2] == 0);
  const Eigen::VectorXd probability = disagreement(z, Disagreement::probability);
  const double half = (sigmoid(5) - sigmoid(3)) / 2;
  CHECK(probability[0] == doctest::Approx(half * half));
  CHECK(probability[1] == doctest::Approx(std::pow(sigmoid(1) - 0.5, 2)));
  const Eigen::VectorXd label = disagreement(z, Disagreement::label);
  CHECK(label[0] == 0);
  CHECK(label[1] == 0.25);
  CHECK(label[2] == 0);

  using Order = std::vector<std::size_t>;
  CHECK(most_disputed(z, 2, Disagreement::logit) == Order{0, 1});  // a tie: the old order
  CHECK(most_disputed(z, 3, Disagreement::probability) == Order{1, 0, 2});
  CHECK(most_disputed(z, 2, Disagreement::label) == Order{1, 0});
  CHECK(error_of([&] { most_disputed(z, 4, Disagreement::label); }) ==
        "active selection: 4 pairs of 3 candidates");
}

TEST_CASE("active selection: of oversampled pairs the most disputed are asked about") {
  const FiniteMdp model = mfrl_5x5().model;
  const SegmentSampler sampler(model, uniform_policy(model));
  const PairSource draw = [&](Rng& rng) { return sampler.sample_pair(rng); };
  // Two members that disagree by the difference of what was earned.
  const MemberLogOdds log_odds = [](std::span<const SegmentPair> pairs) {
    Eigen::MatrixXd z = Eigen::MatrixXd::Zero(2, static_cast<Eigen::Index>(pairs.size()));
    for (std::size_t i = 0; i < pairs.size(); ++i)
      for (std::size_t t = 0; t < pairs[i].first.length(); ++t)
        z(0, static_cast<Eigen::Index>(i)) +=
            pairs[i].first.rewards[t] - pairs[i].second.rewards[t];
    return z;
  };
  const auto all = sample_pairs(25, draw, Rng(8));
  const Eigen::VectorXd variance = disagreement(log_odds(all), Disagreement::logit);
  std::vector<double> sorted(variance.begin(), variance.end());
  std::sort(sorted.rbegin(), sorted.rend());

  const ActiveOptions options{.oversampling = 2.45};  // 24.5 candidates: 25
  const auto chosen = sample_disputed_pairs(10, draw, log_odds, options, Rng(8));
  REQUIRE(chosen.size() == 10);
  const Eigen::VectorXd kept = disagreement(log_odds(chosen), Disagreement::logit);
  for (Eigen::Index i = 0; i < 10; ++i) CHECK(kept[i] == sorted[static_cast<std::size_t>(i)]);
  for (const SegmentPair& pair : chosen)
    CHECK(std::find(all.begin(), all.end(), pair) != all.end());
  CHECK(chosen == sample_disputed_pairs(10, draw, log_odds, options, Rng(8), 2));
  CHECK(error_of([&] {
          sample_disputed_pairs(10, draw, log_odds, {.oversampling = 0.5}, Rng(8));
        }) == "active selection: oversampling is 0.5; at least 1");
}

TEST_CASE("query schedules: shares by hand, and their sum is what there is to ask") {
  using Shares = std::vector<std::size_t>;
  CHECK(query_shares(QuerySchedule::constant, 10, 3) == Shares{4, 3, 3});
  CHECK(query_shares(QuerySchedule::hyperbolic, 100, 2) == Shares{67, 33});          // 1, 1/2
  CHECK(query_shares(QuerySchedule::inverse_quadratic, 23, 3) == Shares{10, 8, 5});  // 1, .8, .5
  CHECK(query_shares(QuerySchedule::inverse_quadratic, 5, 1) == Shares{5});
  CHECK(query_shares(QuerySchedule::constant, 0, 2) == Shares{0, 0});
  for (const auto schedule :
       {QuerySchedule::constant, QuerySchedule::hyperbolic, QuerySchedule::inverse_quadratic})
    for (std::size_t n = 0; n < 60; ++n)
      for (int iterations = 1; iterations < 12; ++iterations) {
        const Shares shares = query_shares(schedule, n, iterations);
        CHECK(std::accumulate(shares.begin(), shares.end(), std::size_t{0}) == n);
        CHECK(std::is_sorted(shares.rbegin(), shares.rend()));
      }
  CHECK(error_of([] { query_shares(QuerySchedule::constant, 1, 0); }) ==
        "query schedule: 0 iterations; at least 1");
}

}  // namespace rl
