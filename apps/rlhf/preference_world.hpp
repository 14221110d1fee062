#pragma once
/// \file
/// The world in which policies are learned from preferences: its problem, the classes of policies
/// in it, and how a policy does there, exactly.
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "algorithms/preference/response_tree.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/trainer.hpp"
#include "apps/arguments.hpp"
#include "rl/network.hpp"
#include "rl/problem.hpp"
#include "rl/registry.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

/// What policies are made of.
enum class PolicyClass : int {
  table,     ///< a row of preferences for each state
  features,  ///< states of equal features (the world's, or coordinates) share a row
  linear,    ///< preferences are linear in these features
  network,   ///< a network is shown these features
};

struct PolicyChoice {
  PolicyClass policy_class = PolicyClass::features;
  NetworkOptions network = {.hidden = {32}};
  template <class Visitor>
  void visit(Visitor& v) {
    v("policy_class", policy_class,
      "a row of preferences for each state; one for all states of equal features; linear in the "
      "features; or a network of them",
      {"table", "features", "linear", "network"});
    network.visit(v);
  }
};

/// Exact, from the world's start; what cannot be had in a world is empty.
struct ExactScores {
  double true_return = 0;  ///< of the world's own rewards
  double kl = 0;           ///< KL(pi || reference) of whole responses, nats
  std::optional<double> kl_forward = std::nullopt;
  std::optional<double> win_rate = std::nullopt;  ///< against the reference, by true rewards
  std::optional<double> proxy_return = std::nullopt;
  std::optional<double> mean_length = std::nullopt;
};
/// "true/return", "true/kl", ...
Metrics metrics_of(const ExactScores& scores);

class PreferenceWorld {
 public:
  /// Throws std::invalid_argument for a continuous world, and one whose episodes may not end though
  /// it has no discount.
  PreferenceWorld(std::string name, Problem problem);

  const std::string& name() const { return name_; }
  const Problem& problem() const { return problem_; }
  const FiniteMdp& model() const { return problem_.model; }
  /// Where all responses can be listed: every step is certain and leads onwards.
  const ResponseTree* tree() const { return tree_ ? &*tree_ : nullptr; }

  /// The uniform policy of a class. `seed`: of a network's first parameters.
  std::unique_ptr<RowPolicy> make_policy(const PolicyChoice& choice, std::uint64_t seed) const;

  /// proxy: r(s, a), [S x A], or empty.
  ExactScores evaluate(const PolicyRows& policy, const PolicyRows& reference,
                       std::span<const double> proxy = {}) const;

  /// A hash of the model: start, rows and rewards, with gamma. Policies and reward models know the
  /// world by it that they were learned in.
  const std::string& fingerprint() const { return fingerprint_; }

  // ---- texts: a prompt is the name of a state, a completion the numbers of actions --------------

  /// "p0" and "3 1 0". Throws std::invalid_argument, naming the word that is no state or action,
  /// for an empty completion, for one that goes on after an end, and, in a world whose episodes
  /// end, for one that does not.
  Segment segment_of(const std::string& prompt, const std::string& completion) const;
  std::string prompt_text(const Segment& segment) const;
  static std::string completion_text(const Segment& segment);

 private:
  State state_named(const std::string& text) const;

  std::string name_;
  Problem problem_;
  std::string fingerprint_;
  std::optional<ResponseTree> tree_;
  std::unordered_map<std::string, State> states_;  // by name; none where there are too many
};

/// --world-seed: draws the world; --seed, which draws everything else, leaves it as it is.
FlagSpec world_seed_flag();

/// --env (token_world where it is not given), with the flags that change a world.
PreferenceWorld preference_world_of(const Registry& registry, const Arguments& arguments);

}  // namespace rl::apps
