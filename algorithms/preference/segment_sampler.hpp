#pragma once
/// \file
/// What is put before an annotator: segments of a behaviour policy, whole responses to a prompt,
/// and which pairs of them are worth a question.
///
/// Pair i of a sample draws from rng.split(i) alone, so that a longer sample begins with a shorter
/// one and no number of threads changes it.
///
/// Active selection draws more pairs than are asked about and keeps those about which K reward
/// models disagree most: with z_k the log-odds that member k gives the first segment,
///
///     variance over k of   z_k   |   sigmoid(z_k)   |   1[z_k > 0]   (logit, probability, label)
///
/// Christiano et al. 2017 use such a rule, and report that it does not always help.
#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "rl/mdp.hpp"
#include "rl/options.hpp"
#include "rl/policy.hpp"
#include "rl/random.hpp"
#include "rl/segment.hpp"

namespace rl {

// ---- segments of one length ---------------------------------------------------------------------

/// Where segments begin: every non-terminal state alike, or as the model's episodes do.
enum class SegmentStart : int { uniform, model };

/// The model with episodes that begin as segments do.
FiniteMdp started_as(const FiniteMdp& model, SegmentStart start);

struct SegmentSamplerOptions {
  int fragment_length = 5;  ///< L, steps
  SegmentStart segment_start = SegmentStart::uniform;
  bool absorbing = false;

  template <class Visitor>
  void visit(Visitor& v) {
    v("fragment_length", fragment_length, "steps of a segment", Range{1, 1e6});
    v("segment_start", segment_start, "any state that is not terminal, or the world's own start",
      {"uniform", "model"});
    v("absorbing", absorbing,
      "an episode that ends early goes on in its terminal state, at reward 0; else it is drawn "
      "again");
  }
};

/// Segments of L steps, all of the same length: where they may differ in it, a model can learn a
/// reward for being long. An episode that ends before, by the option:
///
///     absorbing   goes on in its terminal state: the state once more, action 0, reward 0, which is
///                 what planning gives it
///     else        is thrown away, and another one is drawn from a new start: segments near an end
///                 are then rarer than the policy makes them
///
/// Immutable: any number of threads may draw from one.
class SegmentSampler {
 public:
  /// Draws of one segment before a length is called out of reach.
  static constexpr int kMostDraws = 10'000;

  /// Throws std::invalid_argument for options out of range and for a policy of another model.
  SegmentSampler(const FiniteMdp& model, TabularPolicy behavior,
                 const SegmentSamplerOptions& options = {});

  /// Throws std::invalid_argument where kMostDraws episodes ended too early.
  Segment sample(Rng& rng) const;
  /// Two of them, without a label.
  SegmentPair sample_pair(Rng& rng) const;

 private:
  Segment draw(Rng& rng) const;

  FiniteMdp model_;  // started as the options say
  TabularPolicy behavior_;
  SegmentSamplerOptions options_;
};

// ---- whole episodes -----------------------------------------------------------------------------

/// Episodes of a policy, from a start to an end or to a limit: responses. The two of a pair answer
/// the same prompt.
class EpisodeSampler {
 public:
  /// An episode that has not ended after `max_steps` is cut: `terminated` is then false. Throws
  /// std::invalid_argument for a policy of another model, and for max_steps < 1.
  EpisodeSampler(const FiniteMdp& model, TabularPolicy policy, std::int64_t max_steps);

  /// From the model's start distribution.
  Segment sample(Rng& rng) const;
  /// From a start of the caller's, which is not terminal.
  Segment sample(State start, Rng& rng) const;
  /// Two from one start, without a label.
  SegmentPair sample_pair(Rng& rng) const;
  SegmentPair sample_pair(State start, Rng& rng) const;

 private:
  FiniteMdp model_;
  TabularPolicy policy_;
  std::int64_t max_steps_;
};

// ---- pairs --------------------------------------------------------------------------------------

/// Draws a pair; called by several threads at once.
using PairSource = std::function<SegmentPair(Rng& rng)>;

/// n pairs, pair i from rng.split(i).
std::vector<SegmentPair> sample_pairs(std::size_t n, const PairSource& draw, const Rng& rng,
                                      int threads = 1);
/// The same of a sampler above.
template <class Sampler>
requires requires(const Sampler& sampler, Rng& rng) { sampler.sample_pair(rng); }
std::vector<SegmentPair> sample_pairs(std::size_t n, const Sampler& sampler, const Rng& rng,
                                      int threads = 1) {
  return sample_pairs(
      n, PairSource([&sampler](Rng& stream) { return sampler.sample_pair(stream); }), rng, threads);
}

/// Throws std::invalid_argument, naming the first pair whose segments differ in length: an episode
/// that ends early tells its reward by its length.
void require_equal_lengths(std::span<const SegmentPair> pairs);

// ---- active selection ---------------------------------------------------------------------------

enum class Disagreement : int { logit, probability, label };

struct ActiveOptions {
  Disagreement active = Disagreement::logit;
  double oversampling = 2;

  template <class Visitor>
  void visit(Visitor& v) {
    v("active", active, "what members of an ensemble are to disagree about",
      {"logit", "probability", "label"});
    v("oversampling", oversampling, "pairs that are drawn for each that is asked about",
      Range{1, 1e6});
  }
};

/// The variance over the members (divided by K) of each pair: [M], from log-odds [K x M]. A label
/// at log-odds of exactly 0 is 1/2.
Eigen::VectorXd disagreement(const Eigen::MatrixXd& log_odds, Disagreement about);

/// The n pairs of largest variance, the largest first; equal ones in their old order. Throws
/// std::invalid_argument for n > M.
std::vector<std::size_t> most_disputed(const Eigen::MatrixXd& log_odds, std::size_t n,
                                       Disagreement about);

/// [K x M]: what each member gives each pair (`member_log_odds`).
using MemberLogOdds = std::function<Eigen::MatrixXd(std::span<const SegmentPair>)>;

/// The n most disputed of ceil(oversampling n) pairs, which are those of `sample_pairs`.
std::vector<SegmentPair> sample_disputed_pairs(std::size_t n, const PairSource& draw,
                                               const MemberLogOdds& log_odds,
                                               const ActiveOptions& options, const Rng& rng,
                                               int threads = 1);

// ---- when to ask --------------------------------------------------------------------------------

/// Weights of the iterations, t = 0 at the first and 1 at the last: 1, 1 / (1 + t), 1 / (1 + t^2).
enum class QuerySchedule : int { constant, hyperbolic, inverse_quadratic };

/// How many of n comparisons each iteration asks for: [iterations], sum n; each share rounded down,
/// what is left to those that lost most (of equal ones to the earlier).
std::vector<std::size_t> query_shares(QuerySchedule schedule, std::size_t n, int iterations);

}  // namespace rl
