// What users of other libraries stumbled over, where it belongs to no single file here.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "algorithms/preference/behavior_cloning.hpp"
#include "algorithms/preference/kl_control.hpp"
#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "algorithms/preference/training.hpp"
#include "tests/errors.hpp"

namespace rl {

namespace {

/// Two states without end; action 0 stays, 1 goes to the other.
FiniteMdp two_rooms() {
  return FiniteMdp(2, 2, [](State s, Action a, std::vector<Outcome>& row) {
    row = {{1, 0, a == 0 ? s : 1 - s}};
  });
}

/// From state 0: every third action goes.
Segment walk_of(const FiniteMdp& model, std::size_t length) {
  std::vector<Action> actions;
  for (std::size_t t = 0; t < length; ++t) actions.push_back(t % 3 == 0 ? 1 : 0);
  return follow(model, 0, actions);
}

/// Demonstrations of 1, ..., 51 steps.
std::vector<Segment> walks_of_all_lengths(const FiniteMdp& model) {
  std::vector<Segment> walks;
  for (std::size_t length = 1; length <= 51; ++length) walks.push_back(walk_of(model, length));
  return walks;
}

/// |dL / d parameters| of cloning.
double cloning_slope(const RowPolicy& policy, const std::vector<Segment>& shown) {
  const CloneObjective objective(policy.rows(), shown);
  std::vector<std::size_t> batch(objective.size());
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = i;
  std::vector<double> g(policy.rows().log_pi.size(), 0);
  std::vector<double> gradient(policy.parameters().size());
  objective.add_gradient(batch, policy.rows(), g);
  policy.gradient(g, gradient);
  double square = 0;
  for (const double x : gradient) square += x * x;
  return std::sqrt(square);
}

}  // namespace

TEST_CASE("trap: data of 1 to 51 steps: gradients do not grow with the length") {
  // A step's gradient is pi(. | s) less the action taken: no longer than sqrt 2, nor is a mean.
  const FiniteMdp model = two_rooms();
  const TablePolicy start(model, each_state(model));
  for (const Segment& walk : walks_of_all_lengths(model))
    CHECK(cloning_slope(start, {walk}) <= std::sqrt(2.0));
  // A step pulls by +-1/2 on each action of its state. Of 51 steps 17 go: t = 0, 6, ..., 48 leave
  // state 0 (9), t = 3, 9, ..., 45 come back (8), and two steps that stay follow each of them.
  const double pull_0 = (2 * 8 - 9) / 2.0 / 51;
  const double pull_1 = (2 * 9 - 8) / 2.0 / 51;
  CHECK(cloning_slope(start, {walk_of(model, 51)}) ==
        doctest::Approx(std::sqrt(2 * (pull_0 * pull_0 + pull_1 * pull_1))));
}

TEST_CASE("trap: data of 1 to 51 steps: cloning leaves no zero where an action was shown") {
  const FiniteMdp model = two_rooms();
  const std::vector<Segment> shown = walks_of_all_lengths(model);
  const Eigen::VectorXd n = action_counts(model, shown);
  CHECK(n.sum() == 51 * 52 / 2);  // no step is left out, none is made up
  const TablePolicy start(model, each_state(model));
  Training run(start, std::make_shared<CloneObjective>(start.rows(), shown),
               {.learning_rate = 0.2, .max_steps = 400}, Rng(1));
  while (run.advance()) {
  }
  const TabularPolicy counted = clone_table(model, n, 0);
  const TabularPolicy trained = table_of(run.policy().rows());
  for (State s = 0; s < 2; ++s)
    for (Action a = 0; a < 2; ++a) {
      CHECK(counted.probability(s, a) > 0.2);
      // measured: 1.3e-10 apart after 400 steps
      CHECK(trained.probability(s, a) == doctest::Approx(counted.probability(s, a)).epsilon(1e-6));
    }
}

TEST_CASE("trap: data of 1 to 51 steps: a horizon that differs or is none is refused") {
  const FiniteMdp model = two_rooms();
  std::vector<SegmentPair> pairs;
  for (const std::size_t length : {51U, 51U, 1U})
    pairs.push_back({.first = walk_of(model, 51), .second = walk_of(model, length)});
  const std::string refused =
      "pair 2: segments of 51 and 1 steps; an episode that ends early tells its reward by its "
      "length (allow_variable_horizon)";
  CHECK(tests::error_of([&] { require_equal_lengths(pairs); }) == refused);
  const RewardFeatures features = pair_features(model);
  RewardFitOptions options;
  options.loss.l2 = 1;
  CHECK(tests::error_of([&] { fit_linear_reward(features, pairs, options); }) == refused);
  options.allow_variable_horizon = true;
  CHECK(fit_linear_reward(features, pairs, options).reward.weights.allFinite());
  for (const int horizon : {0, -1})
    CHECK(tests::error_of([&] {
            soft_backward_induction(model, 1, uniform_policy(model), 1, horizon);
          }) == "horizon " + std::to_string(horizon) + " is not positive");
}

TEST_CASE("trap: |y| counts the end of a sequence, and counts it once") {
  // Responses of 1 and of 3 actions, the last of which, 0, ends them. SimPO's loss is
  // -ln sigma(beta (l_w - l_l) - margin), l the mean of ln pi over |y|.
  const FiniteMdp model(3, 3,
                        [](State s, Action a, std::vector<Outcome>& row) {
                          row = {{1, 0, a == 0 || s == 2 ? 2 : s == 0 ? 1 : 0}};
                        },
                        {.terminal = {2}, .start = {1, 0, 0}});
  TablePolicy policy(model, each_state(model));
  policy.update([](std::span<double> h) { h[0] = std::log(4.0); });  // state 0: 4/6, 1/6, 1/6
  const std::vector<LabelledPair> pairs = {
      {follow(model, 0, std::vector<Action>{0}), follow(model, 0, std::vector<Action>{1, 2, 0})}};
  const PairObjective objective(policy.rows(), {}, pairs,
                                {.loss = SimPoLoss{.beta = 2, .margin = 0.5}});
  // |y_w| = 1: the end alone. |y_l| = 3: 1/6 in state 0, 1/3 in state 1, 4/6 in state 0 again.
  const double chosen = std::log(4.0 / 6);
  const double rejected = (std::log(1.0 / 6) + std::log(1.0 / 3) + std::log(4.0 / 6)) / 3;
  std::vector<double> g(policy.rows().log_pi.size(), 0);
  const std::vector<std::size_t> batch = {0};
  const BatchLoss loss = objective.add_gradient(batch, policy.rows(), g);
  CHECK(loss.value ==
        doctest::Approx(std::log1p(std::exp(-(2 * (chosen - rejected) - 0.5)))).epsilon(1e-14));
  CHECK(loss.num_steps == 4);
}

}  // namespace rl
