#pragma once
/// \file
/// A reward model that is a network of features, r(s, a, s') = f(phi(s, a, s')), for rewards that
/// no sum of features is. Fitted to compared segments by Adam on minibatches of
///
///     G = sum_t gamma^t r(s_t, a_t, s_{t+1})
///     z = rationality (G_1 - G_2) - margin        P = (1 - 2 eps) sigmoid(z) + eps
///     loss = sum_i weight_i [ -y_i log P_i - (1 - y_i) log(1 - P_i) + centering (G_1 + G_2)^2 ] /
///     W
///            + l2/2 |w|^2 / W_all,               W = sum_i weight_i
///
/// Sums run over a batch, W_all over all pairs: without hidden units this is the loss of
/// logistic_regression.hpp over W_all. y is the label, eps the probability of a flipped one, w all
/// parameters. A step without features pays 0, as it does by a linear reward. The steps of all
/// segments pass through the network as one batch, each distinct step once; a segment sums what
/// they get.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/reward_metrics.hpp"
#include "rl/network.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/reward_features.hpp"
#include "rl/segment.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// r(s, a, s'). Immutable: any number of threads may ask one.
class NetworkReward {
 public:
  NetworkReward(RewardFeatures features, Network<double> network);

  const RewardFeatures& features() const { return features_; }
  const Network<double>& network() const { return network_; }

  double operator()(State s, Action a, State next) const;

 private:
  RewardFeatures features_;
  Network<double> network_;
};

struct NetworkRewardOptions {
  NetworkOptions network{.hidden = {32}, .activation = Activation::tanh, .start = Start::glorot};
  double learning_rate = 1e-2;
  std::int64_t batch_size = 32;
  double discount = 1;          ///< gamma within a segment
  double centering = 0;         ///< >= 0
  double l2 = 0;                ///< >= 0
  double flip_probability = 0;  ///< eps in [0, 0.5)
  double rationality = 1;       ///< > 0
  /// Without it, segments of a pair that differ in length are refused. Whole responses do differ.
  bool allow_variable_horizon = false;

  template <class Visitor>
  void visit(Visitor& v) {
    network.visit(v);
    v("learning_rate", learning_rate, "of Adam", Range{0, 1e9});
    v("batch_size", batch_size, "pairs of one gradient", Range{1, 1e9});
    v("discount", discount, "gamma of the steps within a segment", Range{1e-9, 1});
    v("centering", centering, "draws the sum of a pair's returns to 0", Range{0, 1e9});
    v("l2", l2, "adds l2 / 2 |w|^2 to the sum of the pairs' losses", Range{0, 1e9});
    v("flip_probability", flip_probability, "of a label", Range{0, 0.4999});
    v("rationality", rationality, "log-odds by which a reward of 1 is preferred", Range{1e-9, 1e9});
    v("allow_variable_horizon", allow_variable_horizon,
      "take pairs whose segments differ in length, which tells a reward by itself");
  }
};

/// One run over a fixed data set, minibatch by minibatch in a new random order each epoch. Equal
/// seeds give equal bits.
class NetworkRewardFit {
 public:
  /// `margins`, `weights`: empty, or one a pair; weights are positive. The parameters are drawn
  /// from rng.split("network"), the orders from rng.split("batches"). Throws std::invalid_argument
  /// for no pairs, sizes that do not fit and options out of range.
  NetworkRewardFit(RewardFeatures features, std::span<const SegmentPair> pairs,
                   const NetworkRewardOptions& options, const Rng& rng,
                   std::span<const double> margins = {}, std::span<const double> weights = {});

  /// One minibatch; the last of an epoch has what is left.
  void advance();
  std::int64_t updates() const { return updates_; }
  std::int64_t epochs() const { return epochs_; }  ///< completed
  /// Of the last minibatch, before its update; 0 at the start.
  double batch_loss() const { return batch_loss_; }

  /// The mean loss of some pairs, by their numbers; `gradient` <- dL/dw where it is not empty.
  double loss(std::span<const std::size_t> pairs, std::span<double> gradient = {});
  /// On the data of the fit; no metric counts centering or l2.
  RewardMetrics metrics();
  /// On other pairs, without margins and weights.
  RewardMetrics metrics(std::span<const SegmentPair> pairs);

  const Network<double>& network() const { return network_; }
  Network<double>& network() { return network_; }
  NetworkReward reward() const { return {features_, network_}; }

  template <class Visitor>
  void state(Visitor& visit) {
    network_.state(visit);
    adam_.state(visit);
    rng_.state(visit);
    std::span<std::uint64_t> order = order_;
    visit("reward.order", order);
    for (const std::uint64_t i : order)
      check_saved_index("reward.order", static_cast<std::int64_t>(i),
                        static_cast<std::int64_t>(order.size()));
    visit("reward.next", next_);
    check_saved_index("reward.next", next_, static_cast<std::int64_t>(order.size()));
    visit("reward.updates", updates_);
    check_saved_index("reward.updates", updates_, kMostSaved);
    visit("reward.epochs", epochs_);
    check_saved_index("reward.epochs", epochs_, kMostSaved);
    visit("reward.batch_loss", batch_loss_);
  }

 private:
  /// A segment as steps and what each is multiplied by.
  struct Sum {
    std::vector<std::size_t> step;  ///< [L] numbers of distinct steps
    std::vector<double> weight;     ///< [L] gamma^t
  };
  struct Compared {
    Sum first, second;
    double label;
    double margin;
    double weight;
  };
  struct Data {
    std::vector<std::vector<Feature>> steps;  ///< phi of each distinct one
    std::vector<Compared> pairs;
    double total_weight = 0;
  };
  Data read(std::span<const SegmentPair> pairs, std::span<const double> margins,
            std::span<const double> weights) const;
  double loss_of(const Data& data, std::span<const std::size_t> pairs, std::span<double> gradient);
  RewardMetrics metrics_of(const Data& data);
  /// r of each step that these pairs need and that has features, put at column[step].
  std::span<const double> rewards_of(const Data& data, std::span<const std::size_t> pairs);
  double total(const Sum& sum, std::span<const double> rewards) const;
  void add_slope(const Sum& sum, double slope);

  RewardFeatures features_;
  NetworkRewardOptions options_;
  Data data_;
  Network<double> network_;
  Adam<double> adam_;
  Rng rng_;
  std::vector<std::uint64_t> order_;  // of the pairs in this epoch
  std::int64_t next_ = 0;             // in it
  std::int64_t updates_ = 0, epochs_ = 0;
  double batch_loss_ = 0;

  // Scratch of one batch.
  Tape<double> tape_;
  std::vector<std::size_t> column_, needed_;  // of a step in the batch; the steps in it
  std::vector<double> x_, slope_, gradient_;
};

}  // namespace rl
