#include "algorithms/deterministic_policy_gradient.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rl {

// ---- mu(s; theta) -------------------------------------------------------------------------------

DeterministicPolicy::DeterministicPolicy(const Problem& problem, const std::string& features)
    : features_(problem, {.features = features}, ActionFeatures::blocks, false),
      theta_(problem.continuous->action.size() * features_.size(), 0) {}

Point DeterministicPolicy::operator()(const Point& s) const {
  const std::size_t n = features_.size();
  Point u;
  for (std::size_t d = 0; d < dimensions(); ++d)
    u.append(features_.dot(s, 0, std::span(theta_).subspan(d * n, n)));
  return u;
}

void DeterministicPolicy::add(const Point& s, const Point& x) {
  const std::size_t n = features_.size();
  for (std::size_t d = 0; d < dimensions(); ++d)
    features_.add(s, 0, x[d], std::span(theta_).subspan(d * n, n));
}

std::vector<PolicyNumber> DeterministicPolicy::numbers(const Point& s) const {
  return policy_numbers((*this)(s));
}

// ---- q(s, u; w) ---------------------------------------------------------------------------------

QuadraticCritic::QuadraticCritic(const Problem& problem, const std::string& features, double w0)
    : features_(problem, {.features = features}, ActionFeatures::blocks, false),
      dimensions_(problem.continuous->action.size()),
      w_(products(Point(std::vector<double>(dimensions_))).size() * features_.size(), w0) {}

std::vector<double> QuadraticCritic::products(const Point& u) const {
  std::vector<double> y = {1};
  for (std::size_t d = 0; d < dimensions_; ++d) y.push_back(u[d]);
  for (std::size_t d = 0; d < dimensions_; ++d)
    for (std::size_t e = d; e < dimensions_; ++e) y.push_back(u[d] * u[e]);
  return y;
}

double QuadraticCritic::factor(const Point& s, std::size_t k) const {
  const std::size_t n = features_.size();
  return features_.dot(s, 0, std::span(w_).subspan(k * n, n));
}

double QuadraticCritic::value(const Point& s, const Point& u) const {
  const std::vector<double> y = products(u);
  double q = 0;
  for (std::size_t k = 0; k < y.size(); ++k) q += y[k] * factor(s, k);
  return q;
}

Point QuadraticCritic::action_gradient(const Point& s, const Point& u) const {
  Point gradient;
  for (std::size_t d = 0; d < dimensions_; ++d) gradient.append(factor(s, 1 + d));
  std::size_t k = 1 + dimensions_;
  for (std::size_t d = 0; d < dimensions_; ++d)
    for (std::size_t e = d; e < dimensions_; ++e, ++k) {  // u_d u_e
      gradient[d] += u[e] * factor(s, k);
      gradient[e] += u[d] * factor(s, k);
    }
  return gradient;
}

void QuadraticCritic::add(const Point& s, const Point& u, double x) {
  const std::size_t n = features_.size();
  const std::vector<double> y = products(u);
  for (std::size_t k = 0; k < y.size(); ++k)
    features_.add(s, 0, x * y[k], std::span(w_).subspan(k * n, n));
}

// ---- the learner --------------------------------------------------------------------------------

Dpg::Dpg(const Problem& problem, const Options& options, const Rng& /*rng*/)
    : LearnedPolicy(problem, DeterministicPolicy(problem, options.features)),
      gamma_(problem.gamma),
      actions_(problem.continuous->action),
      q_(problem, options.value_features, options.w0),
      alpha_(shared_step_size("alpha", options.alpha), 0),
      alpha_w_(shared_step_size("alpha_w", options.alpha_w), 0),
      noise_(shared_step_size("noise", options.noise), 0) {}

Point Dpg::start(const Point& s, Rng& rng) {
  for (StepSize* clock : {&alpha_, &alpha_w_, &noise_}) clock->begin_episode();
  return act(s, rng);
}

Point Dpg::step(const Lived& t, Rng& rng) {
  learn(t);
  return t.terminated || t.truncated ? Point{} : act(t.next, rng);
}

void Dpg::learn(const Lived& t) {
  trace_.begin_step();
  const double bootstrap = t.terminated ? 0 : q_.value(t.next, policy_(t.next));
  const double target = t.reward + gamma_ * bootstrap;
  const double delta = target - q_.value(t.state, t.action);
  if (!std::isfinite(delta)) throw Diverged("the TD error is not finite");
  const double alpha = alpha_.next(0);
  Point step = q_.action_gradient(t.state, policy_(t.state));
  for (std::size_t d = 0; d < step.size(); ++d) step[d] *= alpha;
  const Update u{-1, -1, t.reward, -1, gamma_, bootstrap, target, delta, alpha, 0, 0};
  change_policy(t.state, u, [&] { policy_.add(t.state, step); });
  q_.add(t.state, t.action, alpha_w_.next(0) * delta);
}

Point Dpg::act(const Point& s, Rng& rng) {
  const double noise = noise_.next(0);
  Point u = policy_(s);
  for (std::size_t d = 0; d < u.size(); ++d)
    u[d] = std::clamp(u[d] + noise * rng.normal(), actions_[d].low, actions_[d].high);
  return u;
}

}  // namespace rl
