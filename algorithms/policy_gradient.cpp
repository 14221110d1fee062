#include "algorithms/policy_gradient.hpp"

#include <cmath>

namespace rl {

template <class P, class Baseline>
Reinforce<P, Baseline>::Reinforce(const Problem& problem, const Options& options, const Rng& rng)
    : Base(problem, P(problem, options.policy, rng)),
      gamma_(problem.gamma),
      discount_factor_t_(options.discount_factor_t),
      baseline_(problem, options.baseline, {}, rng),
      alpha_(shared_step_size(options.alpha), 0) {}

template <class P, class Baseline>
auto Reinforce<P, Baseline>::start(const Observation& s, Rng& rng) -> ActionType {
  alpha_.begin_episode();
  baseline_.begin_episode();
  episode_.begin();
  return policy_.sample(s, rng);
}

template <class P, class Baseline>
auto Reinforce<P, Baseline>::step(const Transition<Observation, ActionType>& t, Rng& rng)
    -> ActionType {
  trace_.begin_step();
  episode_.add(t);
  if (!t.terminated && !t.truncated) return policy_.sample(t.next, rng);
  learn();
  return {};
}

template <class P, class Baseline>
void Reinforce<P, Baseline>::learn() {
  returns_.resize(episode_.size());
  double G = 0;
  for (std::size_t t = episode_.size(); t-- > 0;) returns_[t] = G = episode_[t].reward + gamma_ * G;
  double gamma_t = 1;
  for (std::size_t t = 0; t < episode_.size(); ++t) {
    learn_from(t, returns_[t], gamma_t);
    if (discount_factor_t_) gamma_t *= gamma_;
  }
}

template <class P, class Baseline>
void Reinforce<P, Baseline>::learn_from(std::size_t t, double G, double gamma_t) {
  const Observation& s = episode_[t].s;
  const ActionType& a = episode_[t].a;
  const double alpha = alpha_.next(0);
  const double delta = G - baseline_.value(s, a);
  if (!std::isfinite(delta)) throw Diverged("the return less its baseline is not finite");
  Update u{
      Base::number_of(s), -1, G, Base::number_of(episode_.next(t)), 0, 0, G, delta, alpha, 0, 0};
  this->change_policy(s, u, [&] { policy_.add(s, a, alpha * gamma_t * delta); });
  learn_baseline(u, s, a);
}

/// w <- w + alpha_w delta grad v(s; w)
template <class P, class Baseline>
void Reinforce<P, Baseline>::learn_baseline(Update u, const Observation& s, const ActionType& a) {
  const double before = baseline_.value(s, a);
  u.alpha = baseline_.learn(s, a, gamma_, u.delta);
  if (Baseline::kLearns && trace_.enabled()) this->tell(u, -1, before, baseline_.value(s, a));
}

template class Reinforce<SoftmaxPolicy<State>, NoBaseline>;
template class Reinforce<SoftmaxPolicy<Point>, NoBaseline>;
template class Reinforce<SoftmaxPolicy<State>, StateBaseline<State>>;
template class Reinforce<SoftmaxPolicy<Point>, StateBaseline<Point>>;
template class Reinforce<GaussianPolicy, StateBaseline<Point>>;

}  // namespace rl
