#include "algorithms/off_policy_deep_q.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace rl {

namespace {

const OffPolicyDeepQOptions& checked_off_policy(const OffPolicyDeepQOptions& options) {
  if (options.batch > options.episode_length)
    throw std::invalid_argument(
        fmt::format("option 'batch': {} transitions are more than the {} of the episode",
                    options.batch, options.episode_length));
  return options;
}

}  // namespace

OffPolicyDeepQ::OffPolicyDeepQ(const Problem& problem, const Options& options, Rng rng)
    : gamma_(problem.gamma),
      options_(checked_off_policy(options)),
      behavior_(policy_or_uniform(problem.model, options.behavior, "behavior")),
      world_(problem, {}, InputScale::unit),
      replay_(static_cast<std::size_t>(options.episode_length), replay_shape(problem)),
      update_(QNetwork<float>(HeadKind::pairs, world_.inputs().size(), world_.num_actions(),
                              options.network, rng),
              options.update),
      alpha_(shared_step_size(options.alpha), 0) {
  update_.scale_start(static_cast<float>(options.initial_scale));
}

Action OffPolicyDeepQ::start(State s, Rng& rng) {
  alpha_.begin_episode();
  return behavior_.sample(s, rng);
}

Action OffPolicyDeepQ::step(const Transition<State>& t, Rng& rng) {
  trace_.begin_step();
  if (listens())
    replay_.add({t.state, t.action, t.reward, t.next, t.terminated ? 0 : gamma_});
  else
    iterate(rng);
  return t.terminated || t.truncated ? 0 : behavior_.sample(t.next, rng);
}

void OffPolicyDeepQ::iterate(Rng& rng) {
  std::vector<double> before;
  if (trace_.enabled()) world_.table(update_.online(), 1, scratch_, before);
  for (std::int64_t k = 0; k < options_.updates_per_step; ++k) update(rng);
  if (trace_.enabled()) trace_table(before);
}

void OffPolicyDeepQ::update(Rng& rng) {
  UniformReplay{}.sample(static_cast<std::size_t>(options_.batch), replay_.size(), 0, rng, sample_);
  world_.gather(replay_, sample_, batch_);
  update_.learn(batch_, alpha_.now());
  alpha_.tick();
}

/// An iteration is of no transition that is seen now: what it did to every pair.
void OffPolicyDeepQ::trace_table(const std::vector<double>& before) {
  const auto width = index(behavior_.num_actions());
  const std::span<const double> after = estimates().values;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (after[i] == before[i]) continue;
    const auto s = static_cast<State>(i / width);
    const auto a = static_cast<Action>(i % width);
    trace_.add(
        {s, a, 0, s, gamma_, 0, after[i], after[i] - before[i], 1, before[i], after[i], 1, true});
  }
}

}  // namespace rl
