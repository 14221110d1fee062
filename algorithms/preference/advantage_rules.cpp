// The rules of PPO, RLOO and GRPO: what makes advantages of sampled rewards.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/advantages.hpp"
#include "algorithms/ppo.hpp"
#include "algorithms/preference/group_advantages.hpp"
#include "algorithms/preference/policy_optimization.hpp"
#include "rl/optimizer.hpp"
#include "rl/state.hpp"

namespace rl {

namespace {

/// GAE with a value for each context.
class GaeRule final : public AdvantageRule {
 public:
  GaeRule(std::size_t contexts, Action num_actions, const PpoRlhfOptions& options)
      : options_(options),
        num_actions_(num_actions),
        v_(contexts, 0),
        optimizer_(OptimizerKind::adam, contexts) {}

  void advantages(const SampledResponses& x, std::span<double> reward,
                  std::span<double> A) override {
    if (options_.whiten_rewards) whiten(reward, {.keep_mean = true});
    v_old_ = v_;
    returns_.assign(reward.size(), 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t n = x.length(i);
      const std::size_t first = x.begin[i];
      std::vector<double> v(n);
      for (std::size_t t = 0; t < n; ++t) v[t] = v_[context(x, first + t)];
      std::vector<double> v_next(v.begin() + 1, v.end());
      v_next.push_back(0);
      std::vector<std::uint8_t> terminated(n, 0);
      terminated.back() = 1;
      const std::vector<std::uint8_t> truncated(n, 0);
      gae({1, reward.subspan(first, n), v, v_next, terminated, truncated}, 1, options_.lam,
          A.subspan(first, n));
      for (std::size_t t = 0; t < n; ++t) returns_[first + t] = A[first + t] + v[t];
    }
  }

  void improve(const SampledResponses& x, std::span<const std::size_t> responses) override {
    if (options_.vf_coef == 0) return;
    if (seen_ == 0) loss_ = clipped_ = 0;  // a new pass
    seen_ = (seen_ + responses.size()) % x.size();
    std::size_t steps = 0;
    for (const std::size_t i : responses) steps += x.length(i);
    std::vector<double> gradient(v_.size(), 0);
    const double share = options_.vf_coef / static_cast<double>(steps);
    for (const std::size_t i : responses)
      for (std::size_t k = x.begin[i]; k < x.begin[i + 1]; ++k) {
        const std::size_t c = context(x, k);
        const ClippedValueLoss l =
            clipped_value_loss(v_[c], v_old_[c], returns_[k], options_.cliprange_value);
        gradient[c] += share * l.slope;
        loss_ += l.value / static_cast<double>(returns_.size());
        clipped_ += l.clipped ? 1 / static_cast<double>(returns_.size()) : 0;
      }
    optimizer_.step(v_, gradient, options_.learning_rate);
  }

  Metrics metrics(const IterationFacts& x) const override {
    return {{"objective/scores", x.score},
            {"objective/kl", x.kl},
            {"objective/kl_k3", x.kl_k3},
            {"objective/kl_coef", x.beta},
            {"objective/non_score_reward", -x.penalty},
            {"objective/rlhf_reward", x.score - x.penalty},
            {"objective/entropy", x.entropy * x.mean_length},
            {"policy/approxkl_avg", x.approx_kl},
            {"policy/clipfrac_avg", x.clipped_low + x.clipped_high},
            {"policy/entropy_avg", x.entropy},
            {"loss/policy_avg", x.loss},
            {"loss/value_avg", loss_},
            {"val/clipfrac_avg", clipped_},
            {"val/ratio", x.ratio},
            {"val/ratio_var", x.ratio_var},
            {"grad_norm", x.grad_norm},
            {"lr", x.learning_rate},
            {"episode", x.episodes}};
  }
  void state_of(StateWriter& out) override { visit_state(out); }
  void state_of(StateReader& in) override { visit_state(in); }

 private:
  template <class Visitor>
  void visit_state(Visitor& visit) {
    std::span<double> v = v_;
    visit("critic.v", v);
    optimizer_.state(visit);
  }
  std::size_t context(const SampledResponses& x, std::size_t k) const {
    return static_cast<std::size_t>(x.cell[k] / num_actions_);
  }
  PpoRlhfOptions options_;
  Action num_actions_;
  std::vector<double> v_, v_old_, returns_;
  Optimizer<double> optimizer_;
  double loss_ = 0;
  double clipped_ = 0;
  std::size_t seen_ = 0;  // responses, in this pass
};

/// Responses judged against the others of their group.
class GroupRule : public AdvantageRule {
 public:
  explicit GroupRule(std::int64_t size) : size_(static_cast<std::size_t>(size)) {}
  std::size_t group() const override { return size_; }

  void advantages(const SampledResponses& x, std::span<double> reward,
                  std::span<double> A) override {
    std::vector<double> total(x.size(), 0);
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t k = x.begin[i]; k < x.begin[i + 1]; ++k) total[i] += reward[k];
    std::vector<double> advantage(x.size());
    std::size_t equal = 0;
    for (std::size_t first = 0; first < x.size(); first += size_) {
      const std::span<const double> here(total.data() + first, size_);
      judge(here, {advantage.data() + first, size_});
      equal +=
          std::all_of(here.begin(), here.end(), [&](double r) { return r == here[0]; }) ? 1 : 0;
    }
    finish(total, advantage);
    frac_zero_std_ = static_cast<double>(equal * size_) / static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t k = x.begin[i]; k < x.begin[i + 1]; ++k) A[k] = advantage[i];
  }
  Metrics metrics(const IterationFacts& x) const override {
    return {{"loss", x.loss},
            {"reward", x.score},
            {"reward_std", x.score_sd},
            {"rewards/proxy/mean", x.score},
            {"rewards/proxy/std", x.score_sd},
            {"frac_reward_zero_std", frac_zero_std_},
            {"kl", x.kl},
            {"kl_k3", x.kl_k3},
            {"kl_coef", x.beta},
            {"entropy", x.entropy},
            {"clip_ratio/low_mean", x.clipped_low},
            {"clip_ratio/low_min", x.clipped_low_min},
            {"clip_ratio/high_mean", x.clipped_high},
            {"clip_ratio/high_max", x.clipped_high_max},
            {"clip_ratio/region_mean", x.clipped_low + x.clipped_high},
            {"completions/mean_length", x.mean_length},
            {"completions/min_length", x.min_length},
            {"completions/max_length", x.max_length},
            {"completions/clipped_ratio", x.truncated},
            {"grad_norm", x.grad_norm},
            {"learning_rate", x.learning_rate},
            {"episode", x.episodes}};
  }

 protected:
  virtual void judge(std::span<const double> reward, std::span<double> advantage) const = 0;
  virtual void finish(std::span<const double> /*reward*/, std::span<double> /*advantage*/) const {}

 private:
  std::size_t size_;
  double frac_zero_std_ = 0;
};

class LeaveOneOut final : public GroupRule {
 public:
  using GroupRule::GroupRule;
  bool whole_responses() const override { return true; }

 private:
  void judge(std::span<const double> reward, std::span<double> advantage) const override {
    rloo_advantages(reward, advantage);
  }
};

class GroupRelative final : public GroupRule {
 public:
  GroupRelative(std::int64_t size, RewardScale scale) : GroupRule(size), scale_(scale) {}

 private:
  void judge(std::span<const double> reward, std::span<double> advantage) const override {
    group_relative_advantages(reward, scale_, advantage);
  }
  void finish(std::span<const double> reward, std::span<double> advantage) const override {
    if (scale_ != RewardScale::batch || reward.size() < 2) return;
    // The deviation of the whole batch, with the same safeguard.
    std::vector<double> all(reward.size());
    group_relative_advantages(reward, RewardScale::none, all);
    double square = 0;
    for (const double a : all) square += a * a;
    const double sd = std::sqrt(square / static_cast<double>(all.size() - 1));
    for (double& a : advantage) a /= sd + 1e-4;
  }
  RewardScale scale_;
};

}  // namespace

std::unique_ptr<AdvantageRule> ppo_rule(const RowPolicy& policy, const PpoRlhfOptions& options) {
  return std::make_unique<GaeRule>(index(policy.contexts().count), policy.num_actions(), options);
}

std::unique_ptr<AdvantageRule> rloo_rule(const RlooOptions& options) {
  return std::make_unique<LeaveOneOut>(options.num_generations);
}

std::unique_ptr<AdvantageRule> grpo_rule(const GrpoOptions& options) {
  return std::make_unique<GroupRelative>(options.num_generations, options.scale_rewards);
}

}  // namespace rl
