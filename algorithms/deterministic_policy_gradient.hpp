#pragma once
/// \file
/// Deterministic actor-critic, where actions are points (MFRL 10.4; Silver et al. 2014):
///
///     mu(s)     = theta_d . phi(s) for each number u_d of the action
///     delta     = r + gamma q(s', mu(s'); w) - q(s, u; w)
///     w         <- w     + alpha_w delta grad_w q(s, u; w)
///     theta     <- theta + alpha grad_theta mu(s) grad_u q(s, u; w) at u = mu(s)
///
/// Off-policy without importance sampling: u is mu(s) with noise, but nothing in the update depends
/// on how likely it was. The critic is linear in w and quadratic in u,
///
///     q(s, u; w) = w . (1, u_1, u_2, ..., u_1 u_1, u_1 u_2, ...) x phi_w(s)
///
/// each product of numbers of u times each feature of s, so that grad_u q is exact, and with
/// phi_w = (1, x, x^2) it holds the q of every linear-quadratic world.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "algorithms/learned_policy.hpp"
#include "rl/learning.hpp"
#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/step_size.hpp"

namespace rl {

/// mu(s; theta).
class DeterministicPolicy {
 public:
  using Observation = Point;
  using ActionType = Point;

  DeterministicPolicy(const Problem& problem, const std::string& features);

  /// Numbers of an action.
  std::size_t dimensions() const { return theta_.size() / features_.size(); }
  /// mu(s)
  Point operator()(const Point& s) const;
  Point greedy(const Point& s, Rng& /*rng*/) const { return (*this)(s); }
  /// theta <- theta + grad_theta mu(s) x
  void add(const Point& s, const Point& x);
  /// theta, the weights of u_1 first.
  std::span<const double> shown() const { return theta_; }
  /// mu(s), as it is shown in updates.
  std::vector<PolicyNumber> numbers(const Point& s) const;

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> theta = theta_;  // of a length that a saved state cannot change
    visit("theta", theta);
  }

 private:
  FeatureSource<Point> features_;
  std::vector<double> theta_;
};

/// q(s, u; w), linear in w and quadratic in u.
class QuadraticCritic {
 public:
  QuadraticCritic(const Problem& problem, const std::string& features, double w0);

  double value(const Point& s, const Point& u) const;
  /// grad_u q(s, u; w)
  Point action_gradient(const Point& s, const Point& u) const;
  /// w <- w + x grad_w q(s, u; w)
  void add(const Point& s, const Point& u, double x);
  /// Product by product of numbers of u: 1, u_1, u_2, ..., u_1 u_1, u_1 u_2, ...
  std::span<const double> parameters() const { return w_; }

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> w = w_;  // of a length that a saved state cannot change
    visit("w", w);
  }

 private:
  std::vector<double> products(const Point& u) const;
  /// The factor of product k in q: its weights . phi_w(s).
  double factor(const Point& s, std::size_t k) const;

  FeatureSource<Point> features_;
  std::size_t dimensions_;
  std::vector<double> w_;
};

struct DpgOptions {
  Schedule alpha = 0.01;
  std::string features = "numeric";
  Schedule alpha_w = 0.1;
  std::string value_features = "polynomial:degree=2,total_degree,scale=raw";
  double w0 = 0;
  Schedule noise = 0.5;
  template <class Visitor>
  void visit(Visitor& v) {
    v("alpha", alpha, "step size of the policy", Range{0, 1e6});
    v("features", features,
      "features of a state, for the policy, as text or JSON; 'numeric' makes it linear");
    v("alpha_w", alpha_w, "step size of the action values", Range{0, 1});
    v("value_features", value_features,
      "features of a state, which the action values multiply by 1, u and u^2");
    v("w0", w0, "initial weight of the action values", Range{-1e300, 1e300});
    v("noise", noise, "standard deviation of the noise on actions", Range{0, 1e9});
  }
};

class Dpg : public LearnedPolicy<DeterministicPolicy> {
 public:
  using Options = DpgOptions;
  using Lived = Transition<Point, Point>;

  Dpg(const Problem& problem, const Options& options, const Rng& rng = Rng(0));

  Point start(const Point& s, Rng& rng);
  Point step(const Lived& t, Rng& rng);
  /// One update.
  void learn(const Lived& t);

  const QuadraticCritic& critic() const { return q_; }

  template <class Visitor>
  void state(Visitor& visit) {
    LearnedPolicy::state(visit);
    q_.state(visit);
    alpha_.state(visit);
    alpha_w_.state(visit);
    noise_.state(visit);
  }

 private:
  /// mu(s) with noise, within the bounds of the world's actions.
  Point act(const Point& s, Rng& rng);

  double gamma_;
  Space actions_;
  QuadraticCritic q_;
  StepSize alpha_;
  StepSize alpha_w_;
  StepSize noise_;
};

}  // namespace rl
