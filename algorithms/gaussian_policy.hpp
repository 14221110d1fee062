#pragma once
/// \file
/// Gaussian policies, where actions are points (S&B 13.7): each number of an action is drawn apart,
///
///     u ~ N(mu(s), sigma(s)^2),   mu(s) = theta_mu . phi(s),   sigma(s) = sigma0 exp(theta_sigma .
///     phi(s)) grad ln pi(u | s) = (u - mu) / sigma^2 phi(s)             by theta_mu
///                         ((u - mu)^2 / sigma^2 - 1) phi(s)     by theta_sigma
///
/// sigma is held above sigma_min, for acting and in the gradient. Actions are not cut to the bounds
/// of a world: where it cuts them itself, the gradient is that of what was wanted.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "algorithms/softmax_policy.hpp"
#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/random.hpp"
#include "rl/space.hpp"

namespace rl {

struct GaussianOptions {
  std::string features = {};
  double sigma0 = 1;
  double sigma_min = 0.01;
  template <class Visitor>
  void visit(Visitor& v) {
    v("features", features,
      "features of a state, for the policy: 'polynomial:degree=2', JSON; empty: 8 tilings of 8 "
      "bins "
      "a coordinate");
    v("sigma0", sigma0, "initial standard deviation of actions", Range{1e-9, 1e9});
    v("sigma_min", sigma_min, "the standard deviation is never less", Range{1e-9, 1e9});
  }
};

class GaussianPolicy {
 public:
  using Observation = Point;
  using ActionType = Point;
  using Options = GaussianOptions;

  GaussianPolicy(const Problem& problem, const Options& options, const Rng& rng);

  /// Numbers of an action.
  std::size_t dimensions() const { return dimensions_; }
  Action num_actions() const { return 0; }  // no list of them
  double mean(const Point& s, std::size_t d) const { return features_.dot(s, 0, mean_weights(d)); }
  double sigma(const Point& s, std::size_t d) const;
  Point sample(const Point& s, Rng& rng) const;
  /// The means.
  Point greedy(const Point& s, Rng& rng) const;

  // As credit rules use it: ln pi(u | s) as a function of theta.

  /// f(i, d ln pi(u | s) / d theta_i), for each i at most once.
  template <class F>
  void gradient(const Point& s, const Point& u, F&& f) const {
    for (std::size_t d = 0; d < dimensions_; ++d) {
      const Score score = score_of(s, u, d);
      features_.for_each(s, 0, [&](std::size_t i, double phi) {
        f(mean_begin(d) + i, score.of_mean * phi);
        f(sigma_begin(d) + i, score.of_sigma * phi);
      });
    }
  }
  /// theta <- theta + x grad ln pi(u | s)
  void add(const Point& s, const Point& u, double x);
  void add_at(std::size_t i, double x) { theta_[i] += x; }
  std::span<const double> parameters() const { return theta_; }

  /// theta: first the weights of the means, number by number of an action, then those of sigma.
  std::span<const double> shown() const { return theta_; }
  /// The means, as they are shown in updates.
  std::vector<PolicyNumber> numbers(const Point& s) const;

  template <class Visitor>
  void state(Visitor& visit) {
    std::span<double> theta = theta_;  // of a length that a saved state cannot change
    visit("theta", theta);
  }

 private:
  /// What stands before phi in the gradient.
  struct Score {
    double of_mean;
    double of_sigma;
  };
  Score score_of(const Point& s, const Point& u, std::size_t d) const;

  std::size_t mean_begin(std::size_t d) const { return d * features_.size(); }
  std::size_t sigma_begin(std::size_t d) const { return (dimensions_ + d) * features_.size(); }
  std::span<const double> mean_weights(std::size_t d) const {
    return std::span(theta_).subspan(mean_begin(d), features_.size());
  }
  std::span<const double> sigma_weights(std::size_t d) const {
    return std::span(theta_).subspan(sigma_begin(d), features_.size());
  }

  FeatureSource<Point> features_;
  std::size_t dimensions_;
  double sigma0_;
  double sigma_min_;
  std::vector<double> theta_;
};

}  // namespace rl
