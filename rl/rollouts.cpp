#include "rl/rollouts.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <mutex>
#include <stdexcept>

#include "rl/mdp_graph.hpp"
#include "rl/parallel.hpp"
#include "rl/statistics/distributions.hpp"

namespace rl {

namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kBetweenQuestions = 1 << 20;  // steps of one episode
constexpr std::int64_t kMostBlocks = 256;            // each with a sum of its own
constexpr std::int64_t kLargestBlock = 1024;         // episodes

double largest_noisy_reward(const FiniteMdp& model) {
  constexpr double kDeviations = 10;
  double largest = 0;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& o : model.outcomes(s, a))
        largest = std::max(largest, std::abs(o.reward) + kDeviations * o.reward_sd);
  return largest;
}

/// The smallest T with gamma^T largest / (1 - gamma) <= negligible.
std::int64_t horizon_of(double largest, double gamma, double negligible) {
  if (largest == 0) return 1;
  if (gamma == 0) return 1;
  const double t = std::log(negligible * (1 - gamma) / largest) / std::log(gamma);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(t)));
}

/// Calls f(transition) for each step of an episode of at most `limit` steps; f returns whether to
/// go on.
template <class F>
void live_through(const FiniteMdp& model, const TabularPolicy& policy, std::int64_t limit,
                  Streams streams, F&& f) {
  State s = model.sample_start(streams.environment);
  for (std::int64_t t = 0; t < limit; ++t) {
    const Action a = policy.sample(s, streams.agent);
    const Step<State> x = model.sample(s, a, streams.environment);
    const bool cut = t + 1 == limit && !x.terminated;
    if (!f(Transition<State>{s, a, x.reward, x.next, x.terminated, cut})) return;
    if (x.terminated) return;
    s = x.next;
  }
}

/// Adds one return: mean and squares by Welford's update.
void add_return(RolloutSample& sample, double G) {
  ++sample.n;
  const double before = G - sample.mean;
  sample.mean += before / static_cast<double>(sample.n);
  sample.sum_of_squares += before * (G - sample.mean);
}

/// Joins two samples (Chan, Golub and LeVeque 1979).
void join(RolloutSample& all, const RolloutSample& more) {
  if (more.n == 0) return;
  const auto n = static_cast<double>(all.n + more.n);
  const double between = more.mean - all.mean;
  all.sum_of_squares += more.sum_of_squares + between * between * static_cast<double>(all.n) *
                                                  static_cast<double>(more.n) / n;
  all.mean += between * static_cast<double>(more.n) / n;
  all.n += more.n;
  all.terminated += more.terminated;
  all.truncated += more.truncated;
}

/// Rollouts in blocks; which episodes are in a block depends on their number alone.
class Rollouts {
 public:
  Rollouts(const Problem& problem, const TabularPolicy& policy, const RolloutSettings& settings,
           std::int64_t horizon, const Rng& root)
      : problem_(problem),
        policy_(policy),
        settings_(settings),
        horizon_(horizon),
        root_(root),
        block_(std::clamp<std::int64_t>(settings.n / kMostBlocks, 1, kLargestBlock)) {}

  RolloutSample run() {
    const std::int64_t blocks = (settings_.n + block_ - 1) / block_;
    std::vector<RolloutSample> samples(static_cast<std::size_t>(blocks));
    parallel_for(
        samples.size(), settings_.threads,
        [&](std::size_t i) { run_block(static_cast<std::int64_t>(i) * block_, samples[i]); },
        [&] { return stopped(); });
    RolloutSample all;
    for (const RolloutSample& sample : samples) join(all, sample);
    return all;
  }

 private:
  void run_block(std::int64_t first, RolloutSample& sample) {
    const std::int64_t end = std::min(first + block_, settings_.n);
    for (std::int64_t i = first; i < end && !stopped(); ++i)
      if (!run_one(root_.split(static_cast<std::uint64_t>(i)), sample)) return;
    report(end - first);
  }

  /// false where it was stopped on its way: it counts for nothing then.
  bool run_one(const Rng& stream, RolloutSample& sample) {
    double G = 0;
    double discount = 1;
    std::int64_t steps = 0;
    bool terminated = false;
    bool whole = true;
    live_through(
        problem_.model, policy_, horizon_, Streams(stream), [&](const Transition<State>& t) {
          G += discount * t.reward;
          discount *= problem_.gamma;
          terminated = t.terminated;
          whole = t.terminated || t.truncated || ++steps % kBetweenQuestions != 0 || !stopped();
          return whole;
        });
    if (!whole) return false;
    add_return(sample, G);
    ++(terminated ? sample.terminated : sample.truncated);
    return true;
  }

  bool stopped() {
    if (!settings_.stop) return false;
    const std::lock_guard lock(mutex_);
    return settings_.stop();
  }
  void report(std::int64_t done) {
    if (!settings_.progress) return;
    const std::lock_guard lock(mutex_);
    done_ += done;
    settings_.progress(static_cast<double>(done_) / static_cast<double>(settings_.n));
  }

  const Problem& problem_;
  const TabularPolicy& policy_;
  const RolloutSettings& settings_;
  std::int64_t horizon_;
  Rng root_;
  std::int64_t block_;
  std::mutex mutex_;  // of what the caller's functions touch
  std::int64_t done_ = 0;
};

}  // namespace

double RolloutSample::standard_deviation() const {
  return n < 2 ? kNotANumber : std::sqrt(sum_of_squares / static_cast<double>(n - 1));
}

double RolloutSample::half_width(double level) const {
  if (n < 2) return kNotANumber;
  const auto count = static_cast<double>(n);
  return t_quantile(count - 1, 0.5 + level / 2) * standard_deviation() / std::sqrt(count);
}

bool RolloutSample::holds(double x, double level) const {
  constexpr double kRounding = 1e-12;
  return std::abs(x - mean) <=
         half_width(level) + truncation_bound + kRounding * std::max(1.0, std::abs(x));
}

double RolloutSample::standard_errors_from(double x) const {
  if (n < 2) return kNotANumber;
  if (x == mean) return 0;
  return (x - mean) / (standard_deviation() / std::sqrt(static_cast<double>(n)));
}

bool rollouts_end(const Problem& problem, const TabularPolicy& policy) {
  if (problem.gamma < 1 || problem.episode_steps != kNoLimit) return true;
  const FiniteMdp chain = chain_of(problem.model, policy);
  const std::vector<std::uint8_t> reached = reachable(chain), endless = endless_states(chain);
  for (State s = 0; s < chain.num_states(); ++s)
    if (reached[index(s)] != 0 && endless[index(s)] != 0) return false;
  return true;
}

RolloutSample value_by_rollouts(const Problem& problem, const TabularPolicy& policy,
                                const RolloutSettings& settings, const Rng& root) {
  check_policy(problem.model, policy);
  if (settings.n < 1) throw std::invalid_argument("rollouts: at least one episode");
  if (!(settings.negligible > 0))
    throw std::invalid_argument("rollouts: what is negligible must be positive");
  if (!rollouts_end(problem, policy))
    throw std::invalid_argument(
        "rollouts: gamma = 1 and the policy may go on for ever: give a limit of steps");
  std::int64_t horizon = problem.episode_steps;
  double bound = 0;
  if (problem.gamma < 1) {
    const double largest = largest_noisy_reward(problem.model);
    const std::int64_t seen = horizon_of(largest, problem.gamma, settings.negligible);
    if (seen < horizon) {
      horizon = seen;
      bound = std::pow(problem.gamma, static_cast<double>(seen)) * largest / (1 - problem.gamma);
    }
  }
  RolloutSample sample = Rollouts(problem, policy, settings, horizon, root).run();
  sample.horizon = horizon;
  sample.truncation_bound = sample.truncated > 0 ? bound : 0;
  return sample;
}

std::vector<Transition<State>> episode_of(const Problem& problem, const TabularPolicy& policy,
                                          std::int64_t steps, const Rng& stream) {
  check_policy(problem.model, policy);
  std::vector<Transition<State>> episode;
  live_through(problem.model, policy, std::min(steps, problem.episode_steps), Streams(stream),
               [&](const Transition<State>& t) {
                 episode.push_back(t);
                 return true;
               });
  return episode;
}

}  // namespace rl
