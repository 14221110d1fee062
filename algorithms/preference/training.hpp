#pragma once
/// \file
/// Training of a policy on a fixed data set: gradient steps on an objective, in passes over
/// minibatches or on all of it at once. Behaviour cloning, DPO and its relatives, KTO and CPL
/// differ in the objective alone.
///
///     w <- w - rate grad L(batch; w)
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/trainer.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"

namespace rl {

/// For the small policies of this library; language models take steps a thousand times smaller.
struct TrainingOptions {
  double learning_rate = 0.05;
  std::int64_t max_steps = 300;
  std::int64_t batch_size = 0;
  OptimizerKind optimizer = OptimizerKind::adam;
  double max_grad_norm = 0;
  double l2 = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("learning_rate", learning_rate, "step size", Range{0, 1e6});
    v("max_steps", max_steps, "gradient steps", Range{0, 1e12});
    v("batch_size", batch_size, "examples of a gradient; 0: all of them", Range{0, 1e9});
    v("optimizer", optimizer, "how a gradient changes parameters", {"sgd", "rmsprop", "adam"});
    v("max_grad_norm", max_grad_norm, "longer gradients are shortened to it; 0: never",
      Range{0, 1e300});
    v("l2", l2, "adds l2 / 2 |w|^2 to the loss", Range{0, 1e9});
  }
};

class Training final : public Trainer {
 public:
  /// The policy is copied. Throws std::invalid_argument for a batch larger than the data.
  Training(const RowPolicy& policy, std::shared_ptr<const Objective> objective,
           const TrainingOptions& options, const Rng& rng);

  bool advance() override;
  std::int64_t steps() const override { return steps_; }
  const RowPolicy& policy() const override { return *policy_; }
  /// Measured before the step: loss, what the objective says, mean entropy of the policy's rows,
  /// grad_norm, learning_rate, epoch, num_tokens.
  const Metrics& metrics() const override { return metrics_; }
  std::string save() override { return save_state(*this); }
  void load(std::string_view bytes) override { load_state(bytes, *this); }
  /// Parameters, optimiser, order of examples and counters.
  template <class Visitor>
  void state(Visitor& visit) {
    policy_->state(visit);
    optimizer_.state(visit);
    rng_.state(visit);
    std::span<std::size_t> order = order_;
    visit("training.order", order);
    visit("training.next", next_);
    visit("training.steps", steps_);
    visit("training.tokens", tokens_);
    check_state();
  }

 private:
  std::span<const std::size_t> next_batch();
  void check_state() const;

  std::unique_ptr<RowPolicy> policy_;
  std::shared_ptr<const Objective> objective_;
  TrainingOptions options_;
  Optimizer<double> optimizer_;
  Rng rng_;
  std::vector<std::size_t> order_;  // of the examples in this pass
  std::size_t next_ = 0;            // place in it
  std::int64_t steps_ = 0;
  std::int64_t tokens_ = 0;
  std::vector<double> g_, gradient_;
  Metrics metrics_;
};

}  // namespace rl
