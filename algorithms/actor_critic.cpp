#include "algorithms/actor_critic.hpp"

#include <cmath>

namespace rl {

template <class P, class Method>
ActorCritic<P, Method>::ActorCritic(const Problem& problem, const Options& options, const Rng& rng)
    : Base(problem, P(problem, options.policy, rng)),
      critic_(problem, options.critic, options.critic_credit, rng),
      target_(problem, options.target),
      actor_credit_(options.actor_credit, policy_.parameters().size()),
      behavior_(problem, options.behavior),
      alpha_(shared_step_size(options.alpha), 0),
      discount_factor_t_(options.discount_factor_t) {}

template <class P, class Method>
void ActorCritic<P, Method>::begin_episode() {
  alpha_.begin_episode();
  critic_.begin_episode();
  actor_credit_.begin_episode();
  gamma_t_ = 1;
}

template <class P, class Method>
auto ActorCritic<P, Method>::start(const Observation& s, Rng& rng) -> ActionType {
  begin_episode();
  return act(s, rng);
}

template <class P, class Method>
auto ActorCritic<P, Method>::step(const Lived& t, Rng& rng) -> ActionType {
  constexpr bool kActsFirst = Critic::kNeedsNextAction;
  ActionType a_next{};
  if (kActsFirst && !t.terminated) a_next = act(t.next, rng);
  learn(t, a_next);
  if (!kActsFirst && !t.terminated && !t.truncated) a_next = act(t.next, rng);
  return a_next;
}

template <class P, class Method>
void ActorCritic<P, Method>::learn(const Lived& t, const ActionType& a_next) {
  trace_.begin_step();
  const double value = critic_.value(t.state, t.action);
  const double bootstrap = t.terminated ? 0 : critic_.value(t.next, a_next);
  const double target = target_(t.reward, bootstrap);
  const double delta = target - value;
  const double rho = behavior_.rho(policy_, t.state, t.action);
  const double advantage = Critic::kNeedsNextAction ? value : delta;
  if (!std::isfinite(rho * delta)) throw Diverged("the TD error is not finite");
  Update u{Base::number_of(t.state),
           -1,
           t.reward,
           Base::number_of(t.next),
           target_.gamma,
           bootstrap,
           target,
           delta,
           0,
           0,
           0};
  u.average_reward = target_.subtracted();
  learn_policy(t, u, rho * advantage);
  learn_values(t, u, rho * delta);
  target_.learn(delta);
  if (discount_factor_t_) gamma_t_ *= target_.gamma;
}

/// theta <- theta + alpha gamma^t advantage grad ln pi(a | s; theta)
template <class P, class Method>
void ActorCritic<P, Method>::learn_policy(const Lived& t, const Update& error, double advantage) {
  const double alpha = alpha_.next(0);
  Update u = error;
  u.alpha = alpha;
  if (Critic::kNeedsNextAction) {  // q(s, a) in place of delta
    u.reward = u.target = u.delta = advantage;
    u.gamma = u.bootstrap = u.average_reward = 0;
  }
  const TdError<Observation, ActionType> e{
      t.state, t.action, alpha * gamma_t_, target_.gamma, advantage, 0, 0};
  this->change_policy(t.state, u, [&] { actor_credit_.apply(policy_, e); });
}

/// w <- w + alpha_w delta grad v(s; w)
template <class P, class Method>
void ActorCritic<P, Method>::learn_values(const Lived& t, Update u, double delta) {
  const double before = critic_.value(t.state, t.action);
  u.alpha = critic_.learn(t.state, t.action, target_.gamma, delta);
  if (!Critic::kNeedsNextAction && trace_.enabled())
    this->tell(u, -1, before, critic_.value(t.state, t.action));
}

template class ActorCritic<SoftmaxPolicy<State>, AdvantageMethod>;
template class ActorCritic<SoftmaxPolicy<Point>, AdvantageMethod>;
template class ActorCritic<SoftmaxPolicy<State>, TracesMethod>;
template class ActorCritic<SoftmaxPolicy<Point>, TracesMethod>;
template class ActorCritic<SoftmaxPolicy<State>, ContinuingMethod>;
template class ActorCritic<SoftmaxPolicy<State>, QacMethod>;
template class ActorCritic<SoftmaxPolicy<Point>, QacMethod>;
template class ActorCritic<SoftmaxPolicy<State>, OffPolicyMethod>;
template class ActorCritic<SoftmaxPolicy<State>, NaturalMethod>;
template class ActorCritic<SoftmaxPolicy<Point>, NaturalMethod>;
template class ActorCritic<GaussianPolicy, AdvantageMethod>;
template class ActorCritic<GaussianPolicy, TracesMethod>;

}  // namespace rl
