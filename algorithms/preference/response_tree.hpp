#pragma once
/// \file
/// All responses of a world in which every step is certain and leads onwards: policies over them
/// are evaluated, improved and solved exactly, in one pass over the pairs (s, a).
///
///     visits     d(start) = share of the prompt,   d(s') = d(s) pi(a | s) for the step s, a -> s'
///     reward     E R = sum_s d(s) sum_a pi(a | s) r(s, a)
///     KL         KL(pi || ref) = sum_s d(s) KL(pi(. | s) || ref(. | s)), nats a response
///     J_beta     E R - beta KL,   Q(s, a) = r(s, a) - beta ln pi(a | s) / ref(a | s) + V(s'),
///                V(s) = sum_a pi(a | s) Q(s, a),   dJ / d ln pi(a | c) = sum_{s in c} d(s)
///                pi(a | s) Q(s, a)
///     optimum    Q(s, a) = r(s, a) + V(s'),   V(s) = beta ln sum_a ref(a | s) exp(Q(s, a) / beta),
///                pi(a | s) = ref(a | s) exp((Q(s, a) - V(s)) / beta)
///
/// Without discount; V = 0 where a response has ended. The same as kl_control.hpp,
/// policy_gradient_exact.hpp and evaluation.hpp say of such a model, which need a solve of S linear
/// equations for it. A response is the pair (s, a) that ends it: there is one way to each state.
///
/// Of 960,800 responses (137,257 states, 8 actions) to a policy of bigrams: evaluation with both KL
/// 2.0 ms, J_beta and its gradient 1.4 ms, the optimum 13 ms; win rates and best of n sort all
/// responses, 0.1 s (one core of an EPYC, -O3, medians of 20).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/preference/row_policy.hpp"
#include "rl/mdp.hpp"
#include "rl/types.hpp"

namespace rl {

/// A number for each prompt, and their mean by the weights of the start distribution.
struct PromptMean {
  double mean;
  std::vector<double> of_prompt;  ///< [X]
};

struct ResponseEvaluation {
  PromptMean reward;      ///< E R
  PromptMean kl;          ///< KL(pi || ref)
  PromptMean kl_forward;  ///< KL(ref || pi); infinite where pi rules out what ref does
};

/// The last step of a response.
struct Response {
  State state;
  Action action;
  bool operator==(const Response&) const = default;
};

struct TiltedResponses {
  FrozenPolicy policy;  ///< a context for each non-terminal state, as `each_state` numbers them
  PromptMean value;     ///< V at the starts
};

struct BestOfN {
  std::vector<double> pi;  ///< [N], sums to 1 for each prompt
  PromptMean gold;         ///< expected
  PromptMean kl;           ///< KL(pi || reference)
};

/// Immutable; copies share the tables, and any number of threads may read one.
///
/// Policies must be of the same model: functions throw std::invalid_argument where shapes differ or
/// an action that is not available has a probability. Tables `reward` are [S x A] and stand in
/// place of the model's own rewards (those of a reward model, say); they must hold numbers in every
/// row of a non-terminal state, which are of no effect where an action is not available.
class ResponseTree {
 public:
  static constexpr State kEnds = -1;
  static constexpr State kNoStep = -2;  ///< not available, or of a terminal state

  /// Throws std::invalid_argument, naming state and action, where a step is not certain, leads to a
  /// state that is neither terminal nor of a higher number, to a start, or to where another step
  /// leads as well. Rewards with noise are their means.
  explicit ResponseTree(const FiniteMdp& model);
  /// The same responses, paid otherwise. Throws std::invalid_argument, naming state and action, for
  /// a reward that is not finite; what stands at actions that are not available is ignored.
  [[nodiscard]] ResponseTree with_reward(std::span<const double> reward) const;

  State num_states() const;
  Action num_actions() const;
  std::int32_t num_prompts() const;  ///< X
  State start(std::int32_t prompt) const;
  /// Share of the prompt in the start distribution: [X].
  std::span<const double> weights() const;
  State next(State s, Action a) const;
  std::span<const double> reward() const { return *reward_; }  ///< [S x A]
  /// -1 where nothing leads to s, or s is terminal.
  std::int32_t prompt_of(State s) const;

  // ---- policies ---------------------------------------------------------------------------------

  PromptMean evaluate(const PolicyRows& policy) const { return evaluate(policy, reward()); }
  PromptMean evaluate(const PolicyRows& policy, std::span<const double> reward) const;
  /// Throws std::invalid_argument where the policy goes where the reference never does.
  ResponseEvaluation evaluate(const PolicyRows& policy, const PolicyRows& reference) const {
    return evaluate(policy, reference, reward());
  }
  ResponseEvaluation evaluate(const PolicyRows& policy, const PolicyRows& reference,
                              std::span<const double> reward) const;

  /// J_beta; g <- dJ / d ln pi, [contexts x A], as `RowPolicy::gradient` takes it. Not centred: it
  /// subtracts sum_b g(c, b) pi(a | c), so x(c) pi(a | c) more would be the same gradient. beta >=
  /// 0; throws as `evaluate` does unless it is 0.
  double gradient(const PolicyRows& policy, const PolicyRows& reference, double beta,
                  std::span<double> g) const {
    return gradient(policy, reference, reward(), beta, g);
  }
  double gradient(const PolicyRows& policy, const PolicyRows& reference,
                  std::span<const double> reward, double beta, std::span<double> g) const;

  /// The policy of largest J_beta. beta > 0.
  TiltedResponses tilted(const PolicyRows& reference, double beta) const {
    return tilted(reference, reward(), beta);
  }
  TiltedResponses tilted(const PolicyRows& reference, std::span<const double> reward,
                         double beta) const;

  // ---- responses, [N]: prompt by prompt, of a prompt by the number of the last pair ------------

  std::span<const Response> responses() const;
  std::int64_t num_responses() const { return static_cast<std::int64_t>(responses().size()); }
  /// Where those of a prompt begin: [X + 1].
  std::span<const std::size_t> first_response() const;
  std::int32_t response_prompt(std::size_t i) const;
  /// Steps, with the one that ends it.
  int response_length(std::size_t i) const;
  /// Given the prompt: they sum to 1 for each.
  std::vector<double> response_probabilities(const PolicyRows& policy) const;
  /// Sum of the rewards of all steps.
  std::vector<double> response_rewards() const { return response_rewards(reward()); }
  std::vector<double> response_rewards(std::span<const double> reward) const;
  /// sum_y pi(y) x(y); both [N].
  PromptMean mean_over_responses(std::span<const double> pi, std::span<const double> x) const;

  /// P(length = l), l = 0 .. the longest, over the start distribution.
  std::vector<double> length_distribution(const PolicyRows& policy) const;
  PromptMean mean_length(const PolicyRows& policy) const;

  /// P(gold of a's response is larger) + P(equal) / 2 for the same prompt.
  PromptMean win_rate(const PolicyRows& a, const PolicyRows& b) const {
    return win_rate(a, b, reward());
  }
  PromptMean win_rate(const PolicyRows& a, const PolicyRows& b, std::span<const double> gold) const;
  /// Of distributions over the responses, and their gold rewards: [N] each.
  PromptMean win_rate(std::span<const double> pi_a, std::span<const double> pi_b,
                      std::span<const double> gold) const;

  /// The best by `proxy` among n responses of the reference to a prompt.
  BestOfN best_of_n(const PolicyRows& reference, std::span<const double> proxy, int n) const {
    return best_of_n(reference, proxy, reward(), n);
  }
  BestOfN best_of_n(const PolicyRows& reference, std::span<const double> proxy,
                    std::span<const double> gold, int n) const;

 private:
  struct Tables;
  struct LogRatios;
  std::size_t columns() const { return static_cast<std::size_t>(num_actions()); }
  std::size_t num_pairs() const { return index(num_states()) * columns(); }
  void check_policy_rows(const char* what, const PolicyRows& rows) const;
  void check_available(const char* what, const PolicyRows& rows) const;
  void check_reward(std::span<const double> reward) const;
  void check_list(const char* what, std::span<const double> x) const;
  std::vector<double> visits(const PolicyRows& policy, std::span<const double> pi,
                             std::span<const double> at_start) const;
  PromptMean over_prompts(std::vector<double> of_prompt) const;
  LogRatios log_ratios(const PolicyRows& policy, std::span<const double> pi,
                       const PolicyRows& reference) const;
  PromptMean divergence(const LogRatios& ratios, std::span<const double> d) const;
  PromptMean expected_reward(const PolicyRows& policy, std::span<const double> pi,
                             std::span<const double> d, std::span<const double> reward) const;
  void require_covered(const LogRatios& ratios, std::span<const double> d, const PolicyRows& policy,
                       const PolicyRows& reference) const;

  std::shared_ptr<const Tables> tables_;
  std::shared_ptr<const std::vector<double>> reward_;
};

}  // namespace rl
