#include "algorithms/deep_q.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "algorithms/credit.hpp"
#include "rl/values.hpp"

namespace rl {

namespace {

const DeepQOptions& checked(const DeepQOptions& options) {
  const DeepQOptions usual;
  if (options.batch > options.capacity)
    throw std::invalid_argument(
        fmt::format("option 'batch': {} transitions do not fit in a buffer of capacity {}",
                    options.batch, options.capacity));
  if (!options.prioritized && options.priority_alpha != usual.priority_alpha)
    throw no_effect("priority_alpha", "prioritized");
  if (!options.prioritized && !(options.priority_beta == usual.priority_beta))
    throw no_effect("priority_beta", "prioritized");
  if (options.priority_beta.clock != Schedule::Clock::updates)
    throw std::invalid_argument("option 'priority_beta': its clock is updates");
  return options;
}

ReplayRule replay_rule(const DeepQOptions& options) {
  if (options.prioritized)
    return ProportionalReplay(static_cast<std::size_t>(options.capacity), options.priority_alpha);
  return UniformReplay{};
}

}  // namespace

template <class T>
void BestNetwork<T>::end_episode(const QNetwork<T>& now) {
  if (episodes_ == 0 || ++ended_ < episodes_) return;
  if (!has_ || sum_ >= largest_sum_) {
    has_ = true;
    largest_sum_ = sum_;
    kept_ = now;
  }
  ended_ = 0;
  sum_ = 0;
}

template <class S, class T>
DeepQOf<S, T>::DeepQOf(const Problem& problem, const DeepQOptions& options, Rng rng)
    : options_(checked(options)),
      gamma_(problem.gamma),
      num_states_(problem.model.num_states()),
      world_(problem, options.inputs),
      n_step_(options.n_step, problem.gamma),
      replay_(static_cast<std::size_t>(options.capacity), replay_shape(problem)),
      rule_(replay_rule(options)),
      update_(QNetwork<T>(options.dueling ? HeadKind::dueling : HeadKind::plain,
                          world_.inputs().size(), world_.num_actions(), options.network, rng),
              options.update),
      best_(options.keep_best, update_.online()),
      alpha_(shared_step_size(options.alpha), 0),
      epsilon_(exploration_rate(options.epsilon)),
      beta_(options.priority_beta, 0) {}

template <class S, class T>
Action DeepQOf<S, T>::start(const S& s, Rng& rng) {
  n_step_.begin_episode();
  alpha_.begin_episode();
  epsilon_.begin_episode();
  world_.inputs().observe(s);
  return act(s, rng);
}

template <class S, class T>
Action DeepQOf<S, T>::step(const Transition<S>& t, Rng& rng) {
  learn(t, rng);
  return t.terminated || t.truncated ? 0 : act(t.next, rng);
}

template <class S, class T>
void DeepQOf<S, T>::learn(const Transition<S>& t, Rng& rng) {
  trace_.begin_step();
  remember(t);
  ++steps_;
  if (due()) {
    if (trace_.enabled())
      update_watched(t, rng);
    else
      update(rng);
  }
  epsilon_.tick();
  if (t.terminated || t.truncated) best_.end_episode(update_.online());
}

template <class S, class T>
Action DeepQOf<S, T>::act(const S& s, Rng& rng) {
  return epsilon_greedy(world_.row(update_.online(), s, scratch_), epsilon_.now(), rng);
}

template <class S, class T>
void DeepQOf<S, T>::remember(const Transition<S>& t) {
  world_.inputs().observe(t.next);
  rewards_.add(t.reward);
  best_.saw(t.reward);
  n_step_.add(t, [&](const Experience<S>& e) {
    const std::size_t place = replay_.add(e);
    std::visit([&](auto& rule) { rule.added(place); }, rule_);
  });
}

template <class S, class T>
bool DeepQOf<S, T>::due() const {
  return steps_ > options_.learn_from && steps_ % options_.train_every == 0 &&
         replay_.size() >= static_cast<std::size_t>(options_.batch);
}

template <class S, class T>
void DeepQOf<S, T>::update(Rng& rng) {
  const auto size = static_cast<std::size_t>(options_.batch);
  const double beta = beta_.now();
  std::visit([&](auto& rule) { rule.sample(size, replay_.size(), beta, rng, sample_); }, rule_);
  world_.gather(replay_, sample_, batch_);
  for (double& R : batch_.reward) R /= reward_unit();
  const std::span<const double> delta = update_.learn(batch_, alpha_.now());
  std::visit([&](auto& rule) { rule.learned(sample_, delta); }, rule_);
  alpha_.tick();
  beta_.tick();
}

/// What the update did to the pair that was just met, though it came from the whole buffer.
template <class S, class T>
void DeepQOf<S, T>::update_watched(const Transition<S>& t, Rng& rng) {
  const double unit = reward_unit();
  const auto value = [&] {
    return unit * world_.row(update_.online(), t.state, scratch_)[index(t.action)];
  };
  QBatch<T> one;
  world_.gather({t.state, t.action, t.reward / unit, t.next, t.terminated ? 0 : gamma_}, one);
  const double target = unit * static_cast<double>(update_.targets(one)[0]);
  const double before = value();
  const double alpha = alpha_.now();
  update(rng);
  Update u{-1, t.action, t.reward, -1, gamma_, 0, target, target - before, alpha, before, value()};
  if (gamma_ > 0 && !t.terminated) u.bootstrap = (target - t.reward) / gamma_;
  if constexpr (std::same_as<S, State>) {
    u.s = t.state;
    u.next = t.next;
  }
  u.weight = share_of(u.after - u.before, u.alpha * u.delta, 1);
  u.planned = true;
  trace_.add(u);
}

template <class S, class T>
Estimates DeepQOf<S, T>::estimates() const {
  const QNetwork<T>& q = best_.or_else(update_.online());
  if constexpr (std::same_as<S, State>) {
    world_.table(q, reward_unit(), scratch_, shown_);
    return {Quantity::q_star, shown_};
  } else {
    shown_.assign(q.parameters().begin(), q.parameters().end());
    return {Quantity::weights, shown_};
  }
}

template class BestNetwork<float>;
template class BestNetwork<double>;
template class DeepQOf<State, float>;
template class DeepQOf<State, double>;
template class DeepQOf<Point, float>;
template class DeepQOf<Point, double>;

}  // namespace rl
