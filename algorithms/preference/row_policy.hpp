#pragma once
/// \file
/// Softmax policies as preferences train them: a row of preferences h(c, .) for each context c, and
/// for each state the context it is in.
///
///     ln pi(a | s) = h(c, a) - ln sum_b exp h(c, b),   c = context(s)
///     dL/dh(c, a) = g(c, a) - pi(a | c) sum_b g(c, b),   g = dL / d ln pi(a | c)
///
/// A loss needs ln pi of pairs (c, a) and gives g; which parameters stand behind h is the policy's
/// own affair: a table, features times weights, a network.
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "algorithms/linear_analysis.hpp"
#include "rl/mdp.hpp"
#include "rl/network.hpp"
#include "rl/policy.hpp"
#include "rl/types.hpp"

namespace rl {

/// The context of each state; terminal states have none (-1).
struct Contexts {
  std::int32_t count = 0;
  std::vector<std::int32_t> of;  ///< [S]
};
/// Every non-terminal state is its own.
Contexts each_state(const FiniteMdp& model);
/// States with equal features share one: rows of x, [S x n]. They must have the same actions, which
/// a policy's constructor checks.
Contexts by_features(const FiniteMdp& model, std::span<const double> x, std::size_t n);

/// A policy to be read: ln pi(a | c), -infinity where a is not available, and who is in which c.
struct PolicyRows {
  Action num_actions;
  std::span<const std::int32_t> context;  ///< [S]
  std::span<const double> log_pi;         ///< [contexts x A]

  const double* at(State s) const {
    return log_pi.data() + index(context[index(s)]) * static_cast<std::size_t>(num_actions);
  }
  double log_probability(State s, Action a) const { return at(s)[a]; }
};

/// A policy that no longer learns: an owned copy that nothing can change, known by its hash. What a
/// reference is.
class FrozenPolicy {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): any policy is one, once copied
  FrozenPolicy(const PolicyRows& rows);
  /// One context a state.
  FrozenPolicy(const FiniteMdp& model, const TabularPolicy& policy);

  PolicyRows rows() const { return {num_actions_, *context_, *log_pi_}; }
  /// Of every probability, to the bit: 16 hexadecimal digits.
  const std::string& hash() const { return hash_; }

 private:
  void fill_hash();
  Action num_actions_;
  std::shared_ptr<const std::vector<std::int32_t>> context_;
  std::shared_ptr<const std::vector<double>> log_pi_;
  std::string hash_;
};

/// pi(a | s) as a table, zeros in terminal states.
TabularPolicy table_of(const PolicyRows& rows);

/// A policy that learns.
class RowPolicy {
 public:
  virtual ~RowPolicy() = default;
  RowPolicy& operator=(const RowPolicy&) = delete;
  virtual std::unique_ptr<RowPolicy> clone() const = 0;
  virtual std::span<const double> parameters() const = 0;

  Action num_actions() const { return num_actions_; }
  const Contexts& contexts() const { return *contexts_; }
  PolicyRows rows() const { return {num_actions_, contexts_->of, log_pi_}; }

  /// Changes the parameters by `change(span<double>)` and brings ln pi up to date.
  template <class F>
  void update(F&& change) {
    change(mutable_parameters());
    refresh();
  }
  /// gradient <- dL / d parameters, from g = dL / d ln pi: [contexts x A], which is overwritten.
  void gradient(std::span<double> g, std::span<double> gradient) const;

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> w = mutable_parameters();
    visit("policy.parameters", w);
    check_finite(w);
    refresh();
    require_probabilities();
  }
  /// Whether every ln pi is a number up to 0, or -infinity: parameters may be finite and their
  /// products overflow.
  bool has_probabilities() const;

 protected:
  RowPolicy(const FiniteMdp& model, Contexts contexts);
  RowPolicy(const RowPolicy&) = default;
  void refresh();
  /// Throws std::invalid_argument for saved parameters that are no numbers.
  static void check_finite(std::span<const double> parameters);
  void require_probabilities() const;
  virtual std::span<double> mutable_parameters() = 0;
  /// h: [contexts x A], row-major
  virtual void preferences(std::span<double> h) const = 0;
  virtual void parameter_gradient(std::span<const double> dh, std::span<double> gradient) const = 0;

 private:
  Action num_actions_;
  std::shared_ptr<const Contexts> contexts_;
  std::shared_ptr<const std::vector<std::uint8_t>> available_;
  std::vector<double> log_pi_;
};

/// h(c, a) is a parameter itself: every policy over the contexts.
class TablePolicy final : public RowPolicy {
 public:
  /// The uniform policy.
  TablePolicy(const FiniteMdp& model, Contexts contexts);
  /// ln pi of `start` where a context's first state stands.
  TablePolicy(const FiniteMdp& model, Contexts contexts, const PolicyRows& start);
  std::unique_ptr<RowPolicy> clone() const override { return std::make_unique<TablePolicy>(*this); }
  std::span<const double> parameters() const override { return h_; }

 private:
  std::span<double> mutable_parameters() override { return h_; }
  void preferences(std::span<double> h) const override;
  void parameter_gradient(std::span<const double> dh, std::span<double> gradient) const override;
  std::vector<double> h_;
};

/// h(c, a) = sum_i theta(a, i) x(c, i): each action has parameters of its own, [A x n].
class LinearPolicy final : public RowPolicy {
 public:
  /// x: [contexts x n]. The uniform policy.
  LinearPolicy(const FiniteMdp& model, Contexts contexts, FeatureMatrix x);
  std::unique_ptr<RowPolicy> clone() const override {
    return std::make_unique<LinearPolicy>(*this);
  }
  std::span<const double> parameters() const override { return theta_; }

 private:
  std::span<double> mutable_parameters() override { return theta_; }
  void preferences(std::span<double> h) const override;
  void parameter_gradient(std::span<const double> dh, std::span<double> gradient) const override;
  std::shared_ptr<const FeatureMatrix> x_;
  std::vector<double> theta_;
};

/// h(c, .) are the outputs of a network that is shown x(c).
class NetworkPolicy final : public RowPolicy {
 public:
  /// x: [contexts x n]
  NetworkPolicy(const FiniteMdp& model, Contexts contexts, const FeatureMatrix& x,
                const NetworkOptions& options, Rng& rng);
  std::unique_ptr<RowPolicy> clone() const override {
    return std::make_unique<NetworkPolicy>(*this);
  }
  std::span<const double> parameters() const override { return network_.parameters(); }

 private:
  std::span<double> mutable_parameters() override { return network_.parameters(); }
  void preferences(std::span<double> h) const override;
  void parameter_gradient(std::span<const double> dh, std::span<double> gradient) const override;
  std::shared_ptr<const std::vector<double>> x_;  // [n x contexts]: a batch
  Network<double> network_;
  mutable Tape<double> tape_;
};

}  // namespace rl
