#pragma once
/// \file
/// Actor-critic methods that live T steps in each of N worlds with one policy, learn from all of
/// them together and forget them (A2C, PPO, TRPO):
///
///     for each segment
///       N worlds make T steps each by pi(. | s; theta)
///       A_t from the rewards and v(s; w)          (algorithms/advantages.hpp)
///       G_t = A_t + v(s_t; w), what v is to become
///       theta and w learn from all (s, a, A, G), as the Rule says
///
/// What is done with a full segment is all in which they differ.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/advantages.hpp"
#include "algorithms/policy_networks.hpp"
#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// Of every such method: how much is lived between two times of learning.
struct SegmentOptions {
  std::int64_t worlds = 16;
  std::int64_t segment = 128;
  template <class Visitor>
  void visit(Visitor& v) {
    v("worlds", worlds, "copies of the world that are lived in at once", Range{1, 1e5});
    v("segment", segment, "steps in each of them from one time of learning to the next",
      Range{1, 1e6});
  }
  std::size_t steps() const {
    return static_cast<std::size_t>(worlds) * static_cast<std::size_t>(segment);
  }
};

/// What is to be learned, sample by sample.
template <class S, class A>
struct Lessons {
  std::span<const S> s;
  std::span<const A> a;
  std::span<const double> log_pi;     ///< ln pi(a | s) of the policy that chose a
  std::span<const double> advantage;  ///< A, of a in s
  std::span<const double> G;          ///< what v(s) is to become
};

/// Parts of the loss beside the policy's: L = ... + value (v - G)^2 - entropy H.
struct LossWeights {
  double value = 0.5;
  double entropy = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("value_weight", value, "weight of (v - G)^2 in the loss", Range{0, 1e6});
    v("entropy_weight", entropy, "weight of the policy's entropy, which the loss rewards",
      Range{0, 1e6});
  }
};

/// The mean loss of lessons: by_log_pi(ln pi(a | s), k) is what the policy's part changes by with
/// ln pi(a | s) of sample k.
template <class Networks, class S, class A, class F>
typename Networks::Loss loss_of(const Lessons<S, A>& x, const LossWeights& weight, F by_log_pi) {
  using Distribution = typename Networks::Distribution;
  const auto n = static_cast<double>(x.s.size());
  std::vector<double> of_entropy;  // derivatives, scratch
  return [=](const typename Networks::Sample& y) mutable {
    const double log_pi = Distribution::log_probability(y.numbers, x.a[y.k], y.by_numbers);
    const double slope = by_log_pi(log_pi, y.k) / n;
    for (double& d : y.by_numbers) d *= slope;
    if (weight.entropy > 0) {
      of_entropy.resize(y.numbers.size());
      Distribution::entropy(y.numbers, of_entropy);
      for (std::size_t i = 0; i < of_entropy.size(); ++i)
        y.by_numbers[i] -= weight.entropy / n * of_entropy[i];
    }
    y.by_v = 2 * weight.value * (y.v - x.G[y.k]) / n;
  };
}

/// Option `alpha` and others like it: their clock is the number of steps lived.
inline void check_clock_of_steps(const char* option, const Schedule& schedule) {
  if (schedule.clock != Schedule::Clock::updates)
    throw std::invalid_argument(std::string("option '") + option +
                                "': its clock is the steps that were made; leave out 'clock'");
}

/// Rule: made from Options; has
///     void advantages(const SegmentValues&, double gamma, std::span<double> A) const;
///     void improve(PolicyNetworks<S, A>&, const Lessons<S, A>&, std::int64_t steps, Rng&);
/// Options have the members `lived` (SegmentOptions) and `networks` (PolicyNetworksOptions).
template <class Rule, class S, class A = Action>
class SegmentLearner {
 public:
  using Observation = S;
  using ActionType = A;
  using Options = typename Rule::Options;
  using Networks = PolicyNetworks<S, A>;

  /// `rng` draws the initial parameters.
  SegmentLearner(const Problem& problem, const Options& options, const Rng& rng = Rng(0))
      : gamma_(problem.gamma),
        num_states_(problem.model.num_states()),
        num_actions_(problem.num_actions()),
        worlds_(static_cast<std::size_t>(options.lived.worlds)),
        capacity_(options.lived.steps()),
        rule_(options),
        networks_(problem, options.networks, rng) {
    if (capacity_ == 0)
      throw std::invalid_argument("options 'worlds' and 'segment': must be at least 1");
  }

  std::size_t num_worlds() const { return worlds_; }
  A act(std::size_t /*lane*/, const S& s, Rng& rng) { return networks_.sample(s, rng); }
  void learn(std::size_t lane, const Transition<S, A>& t, Rng& rng) {
    assert(lane == segment_.size() % worlds_);
    (void)lane;
    trace_.begin_step();
    segment_.push_back(t);
    if (segment_.size() == capacity_) learn_from(std::exchange(segment_, {}), rng);
  }

  /// The most probable action.
  A greedy(const S& s, Rng& rng) const { return networks_.greedy(s, rng); }
  const Networks& networks() const { return networks_; }
  /// The policy itself where states have numbers, else the parameters of both networks.
  Estimates estimates() const {
    if (shown_.empty()) shown_ = kFinite ? networks_.probabilities() : weights();
    return {kFinite ? Quantity::policy : Quantity::weights, shown_};
  }
  Trace& trace() { return trace_; }

  template <class Visitor>
  void state(Visitor& visit) {
    networks_.state(visit);
    visit("steps", steps_);
    check_saved_index("steps", steps_, kMostSaved);
    auto size = static_cast<std::int64_t>(segment_.size());
    visit("segment.size", size);
    check_saved_index("segment.size", size, static_cast<std::int64_t>(capacity_));
    segment_.resize(static_cast<std::size_t>(size));
    for (Transition<S, A>& t : segment_) state_of(t, visit);
    shown_.clear();
  }

 private:
  static constexpr bool kFinite = std::same_as<S, State>;

  template <class Visitor>
  void state_of(Transition<S, A>& t, Visitor& visit) const {
    visit("segment.s", t.state);
    visit("segment.a", t.action);
    visit("segment.reward", t.reward);
    visit("segment.next", t.next);
    visit("segment.terminated", t.terminated);
    visit("segment.truncated", t.truncated);
    if constexpr (kFinite) {
      check_saved_index("segment.s", t.state, num_states_);
      check_saved_index("segment.next", t.next, num_states_);
    }
    if constexpr (std::same_as<A, Action>) check_saved_index("segment.a", t.action, num_actions_);
  }

  std::vector<double> weights() const {
    std::vector<double> all;
    for (const auto block : networks_.parameters())
      all.insert(all.end(), block.begin(), block.end());
    return all;
  }

  void learn_from(const std::vector<Transition<S, A>>& segment, Rng& rng) {
    const std::size_t n = segment.size();
    std::vector<S> s, next;
    std::vector<A> a;
    std::vector<double> reward, v(n), v_next(n), log_pi(n), advantage(n), G(n);
    std::vector<std::uint8_t> terminated, truncated;
    for (const Transition<S, A>& t : segment) {
      s.push_back(t.state);
      a.push_back(t.action);
      reward.push_back(t.reward);
      next.push_back(t.next);
      terminated.push_back(t.terminated);
      truncated.push_back(t.truncated);
    }
    networks_.values(s, v);
    networks_.values(next, v_next);
    networks_.log_probabilities(s, a, log_pi);
    rule_.advantages({worlds_, reward, v, v_next, terminated, truncated}, gamma_, advantage);
    for (std::size_t i = 0; i < n; ++i) G[i] = advantage[i] + v[i];
    const std::int64_t before = std::exchange(steps_, steps_ + static_cast<std::int64_t>(n));
    shown_.clear();
    rule_.improve(networks_, Lessons<S, A>{s, a, log_pi, advantage, G}, before, rng);
    networks_.observe(s);
    if (!networks_.finite()) throw Diverged("a weight is not finite");
    if (trace_.enabled()) tell(segment.back(), v.back(), G.back(), rule_.rate(before));
  }

  /// What the segment made of v(s) of its last step, whose target is r + gamma v(s').
  void tell(const Transition<S, A>& t, double before, double G, double alpha) {
    double after = 0;
    networks_.values(std::span(&t.state, 1), std::span(&after, 1));
    Update u{};
    if constexpr (kFinite) {
      u.s = t.state;
      u.next = t.next;
    } else {
      u.s = u.next = -1;
    }
    u.a = -1;
    u.reward = t.reward;
    u.gamma = gamma_;
    u.bootstrap = gamma_ > 0 && !t.terminated ? (G - t.reward) / gamma_ : 0;
    u.target = G;
    u.delta = G - before;
    u.alpha = alpha;
    u.before = before;
    u.after = after;
    const double step = u.alpha * u.delta;
    u.weight = step != 0 ? (after - before) / step : 0;
    trace_.set(u);
  }

  double gamma_;
  State num_states_;    // 0: points
  Action num_actions_;  // 0: points
  std::size_t worlds_;
  std::size_t capacity_;
  Rule rule_;
  Networks networks_;
  std::vector<Transition<S, A>> segment_;  // step by step, in each the worlds in order
  std::int64_t steps_ = 0;                 // that were learned from
  Trace trace_;
  mutable std::vector<double> shown_;  // of estimates(); empty: not known
};

}  // namespace rl
