#pragma once
/// \file
/// Stage three of the classical road: a policy is improved on its own samples under a KL penalty.
/// One iteration samples responses, takes beta KL off their reward (or adds it to the loss), makes
/// advantages of what is left and climbs along the clipped surrogate of PPO:
///
///     L = mean over responses of sum_t -min(rho_t A_t, clip(rho_t, 1 - eps, 1 + eps) A_t)
///         [ + beta k(d_t) ],   rho = pi / pi_old,   d = ln pi / pi_ref
///
///     PPO    A by GAE of r_t - beta k_t with a table of values for a critic
///     RLOO   A_i = R_i - mean of the others for the same prompt; one rho a response
///     GRPO   A_i = (R_i - mean) / (sd + 1e-4); the penalty is a loss, k3 as a rule
///
/// Sums over steps, means over responses: the first gradient of RLOO, and of PPO with lam = 1, is
/// the policy gradient. Where an estimate of KL stands decides what it does (kl.hpp): k3 in the
/// loss pulls by the forward KL in each state; weighted by its step's pi / pi_old it pulls by the
/// reverse one in each state that is visited, but not by what an action does to later states.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/preference/group_advantages.hpp"
#include "algorithms/preference/kl.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/trainer.hpp"
#include "rl/mdp.hpp"
#include "rl/optimizer.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"
#include "rl/state.hpp"

namespace rl {

enum class KlController : int { fixed, adaptive };

/// What the methods have in common.
struct SampledOptions {
  double learning_rate = 0.05;
  std::int64_t max_steps = 100;
  std::int64_t batch_size = 64;
  double beta = 0.1;
  KlEstimator kl_estimator = KlEstimator::k1;
  KlPlacement kl_placement = KlPlacement::reward;
  KlController kl_controller = KlController::fixed;
  double kl_target = 6;
  double kl_horizon = 10'000;
  double cliprange = 0.2;
  std::int64_t num_epochs = 1;
  std::int64_t num_mini_batches = 1;  ///< PPO's alone
  double missing_eos_penalty = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    visit_as(v, "beta", "cliprange", "num_epochs");
  }
  /// Three options have another name in each of the known trainers.
  template <class Visitor>
  void visit_as(Visitor& v, const char* beta_name, const char* clip_name, const char* epochs_name) {
    v("learning_rate", learning_rate, "step size of Adam", Range{0, 1e6});
    v("max_steps", max_steps, "iterations: samples drawn and learned from", Range{0, 1e12});
    v("batch_size", batch_size, "responses of an iteration", Range{1, 1e9});
    v(beta_name, beta, "weight of KL(pi || reference); where the controller starts", Range{0, 1e9});
    v("kl_estimator", kl_estimator, "of KL from samples", {"k1", "k2", "k3"});
    v("kl_placement", kl_placement,
      "the penalty is taken off the reward, is a loss, or a loss weighted by pi / pi_old",
      {"reward", "loss", "weighted_loss"});
    v("kl_controller", kl_controller, "beta stays, or follows kl_target", {"fixed", "adaptive"});
    v("kl_target", kl_target, "KL of a response, nats, that the controller steers to",
      Range{1e-9, 1e9});
    v("kl_horizon", kl_horizon, "responses in which the controller acts", Range{1, 1e12});
    v(clip_name, cliprange, "how far pi / pi_old may pay off from 1", Range{1e-9, 1e9});
    v(epochs_name, num_epochs, "passes over each batch of samples", Range{1, 1e6});
    v("missing_eos_penalty", missing_eos_penalty,
      "taken off a response whose last action is not 0, the end of sequence", Range{0, 1e9});
  }
};

struct PpoRlhfOptions : SampledOptions {
  double lam = 0.95;
  double vf_coef = 0.1;
  double cliprange_value = 0.2;
  bool whiten_rewards = false;
  PpoRlhfOptions() { num_epochs = 4; }
  template <class Visitor>
  void visit(Visitor& v) {
    visit_as(v, "kl_coef", "cliprange", "num_ppo_epochs");
    v("num_mini_batches", num_mini_batches,
      "parts of a batch, in random order, each with a gradient step in every pass", Range{1, 1e6});
    v("lam", lam, "lambda of GAE", Range{0, 1});
    v("vf_coef", vf_coef, "weight of the critic's loss; 0: no critic", Range{0, 1e9});
    v("cliprange_value", cliprange_value, "how far a value may move from what it was",
      Range{1e-9, 1e9});
    v("whiten_rewards", whiten_rewards, "rewards are scaled to variance 1, their mean kept");
  }
};

struct RlooOptions : SampledOptions {
  std::int64_t num_generations = 4;
  template <class Visitor>
  void visit(Visitor& v) {
    visit_as(v, "beta", "epsilon", "num_iterations");
    v("num_generations", num_generations, "responses to each prompt, at least 2", Range{2, 1e6});
  }
};

struct GrpoOptions : SampledOptions {
  std::int64_t num_generations = 8;
  RewardScale scale_rewards = RewardScale::group;
  GrpoOptions() {
    kl_estimator = KlEstimator::k3;
    kl_placement = KlPlacement::loss;
  }
  template <class Visitor>
  void visit(Visitor& v) {
    visit_as(v, "beta", "epsilon", "num_iterations");
    v("num_generations", num_generations, "responses to each prompt, at least 2", Range{2, 1e6});
    v("scale_rewards", scale_rewards,
      "what divides centred rewards: their deviation in the group, "
      "that of the batch, or nothing",
      {"group", "batch", "none"});
  }
};

/// Responses of one iteration, one behind the other. [T]: all their steps.
struct SampledResponses {
  std::vector<std::size_t> begin;        ///< [N + 1]
  std::vector<std::int32_t> cell;        ///< [T] (context, action)
  std::vector<double> log_old, log_ref;  ///< [T] ln pi when it was sampled, and of the reference
  std::vector<double> discount;          ///< [T] gamma^t of the world
  std::vector<double> reward;            ///< [T] of the reward model, discounted
  std::vector<double> score;             ///< [N] sum of a response's rewards
  std::vector<std::uint8_t> ended;       ///< [N] 1: it was not cut off

  std::size_t size() const { return score.size(); }
  std::size_t length(std::size_t i) const { return begin[i + 1] - begin[i]; }
};

/// What an iteration came to, before it changed the policy, but for what its steps were.
struct IterationFacts {
  double loss = 0;                  ///< of the last pass
  double grad_norm = 0;             ///< of the last gradient step
  double score = 0, score_sd = 0;   ///< of a response, by the reward model
  double kl = 0;                    ///< sum over a response of ln pi / pi_ref: k1, nats
  double kl_k3 = 0;                 ///< the same by k3, which is never negative
  double penalty = 0;               ///< taken off a response's reward for KL
  double beta = 0;                  ///< weight of the penalty
  double entropy = 0;               ///< of a step, estimated by -ln pi
  double approx_kl = 0;             ///< (ln pi_new / pi_old)^2 / 2, a step's mean
  double clipped_low = 0;           ///< share of steps held back at 1 - epsilon
  double clipped_high = 0;          ///< at 1 + epsilon
  double clipped_low_min = 0;       ///< least share of a response
  double clipped_high_max = 0;      ///< greatest
  double ratio = 0, ratio_var = 0;  ///< pi / pi_old after the iteration
  double mean_length = 0, min_length = 0, max_length = 0;
  double truncated = 0;  ///< share of responses without an end of sequence
  double learning_rate = 0;
  double episodes = 0;  ///< responses so far
};

/// What makes advantages of rewards: the one thing in which the methods differ.
class AdvantageRule {
 public:
  virtual ~AdvantageRule() = default;
  /// Responses to the same prompt that stand together.
  virtual std::size_t group() const { return 1; }
  /// Whether a response has one ratio pi / pi_old, not one a step.
  virtual bool whole_responses() const { return false; }
  /// A [T] from rewards [T], the penalty taken off.
  virtual void advantages(const SampledResponses& x, std::span<double> reward,
                          std::span<double> A) = 0;
  /// Learns from these of the responses; every one comes once a pass.
  virtual void improve(const SampledResponses& /*x*/, std::span<const std::size_t> /*responses*/) {}
  /// By the names that users of the method's known trainers expect.
  virtual Metrics metrics(const IterationFacts& x) const = 0;
  virtual void state_of(StateWriter& /*out*/) {}
  virtual void state_of(StateReader& /*in*/) {}
};

std::unique_ptr<AdvantageRule> ppo_rule(const RowPolicy& policy, const PpoRlhfOptions& options);
std::unique_ptr<AdvantageRule> rloo_rule(const RlooOptions& options);
std::unique_ptr<AdvantageRule> grpo_rule(const GrpoOptions& options);

class PolicyOptimization final : public Trainer {
 public:
  /// reward: r(s, a), [S x A], row-major; the model's start is the distribution of prompts. Step t
  /// of a response counts gamma^t, its penalty too; a response is cut after `most_steps`. `end`:
  /// the action that ends a sequence, where there is one. Throws std::invalid_argument where
  /// batch_size is not a multiple of the rule's group or of num_mini_batches, the policy's support
  /// is beyond the reference's, and for a missing_eos_penalty without an end.
  PolicyOptimization(FiniteMdp model, std::vector<double> reward, const RowPolicy& policy,
                     const PolicyRows& reference, std::unique_ptr<AdvantageRule> rule,
                     const SampledOptions& options, std::int64_t most_steps, const Rng& rng,
                     double gamma = 1, std::optional<Action> end = std::nullopt);

  /// One iteration.
  bool advance() override;
  std::int64_t steps() const override { return steps_; }
  const RowPolicy& policy() const override { return *policy_; }
  const Metrics& metrics() const override { return metrics_; }
  std::string save() override { return save_state(*this); }
  void load(std::string_view bytes) override { load_state(bytes, *this); }
  double beta() const { return beta_; }
  template <class Visitor>
  void state(Visitor& visit) {
    policy_->state(visit);
    optimizer_.state(visit);
    rule_->state_of(visit);
    visit("optimization.beta", beta_);
    visit("optimization.steps", steps_);
    check_state();
  }

 private:
  void check_state() const;
  void check_support() const;
  SampledResponses sample() const;
  void sample_response(State start, Rng& rng, std::span<const double> pi,
                       SampledResponses& x) const;
  std::vector<double> penalized_rewards(const SampledResponses& x) const;
  /// Passes over the samples.
  void climb(const SampledResponses& x, std::span<const double> A, IterationFacts& facts);
  /// Of a pass: all responses, in their order where they stay together.
  std::vector<std::size_t> order_of_pass(std::int64_t epoch) const;
  /// A part of one; g <- dL / d ln pi of these responses.
  void surrogate_slopes(const SampledResponses& x, std::span<const std::size_t> responses,
                        std::span<const double> A, IterationFacts& facts);
  void count(const SampledResponses& x, IterationFacts& facts) const;

  FiniteMdp model_;
  std::vector<double> reward_;
  std::unique_ptr<RowPolicy> policy_;
  FrozenPolicy reference_;
  std::unique_ptr<AdvantageRule> rule_;
  SampledOptions options_;
  std::int64_t most_steps_;
  double gamma_;
  std::optional<Action> end_;
  Rng rng_;
  Optimizer<double> optimizer_;
  double beta_;
  std::int64_t steps_ = 0;
  std::vector<double> g_, gradient_;
  Metrics metrics_;
};

}  // namespace rl
