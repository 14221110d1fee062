#pragma once
/// \file
/// Distributions of actions, made of the numbers that a network gives, and how they change with
/// these numbers:
///
///     Softmax    of preferences h (S&B 13.1)          pi(a) = exp h_a / sum_b exp h_b
///                d ln pi(a) / dh_b = 1{a = b} - pi(b)
///                H = -sum_b pi(b) ln pi(b)            dH / dh_b = -pi(b) (ln pi(b) + H)
///     Gaussian   of means mu and l = ln sigma, each coordinate apart (S&B 13.7), z = (u-mu)/sigma
///                ln pi(u) = -sum (z^2 / 2 + l + ln(2 pi) / 2)
///                d ln pi(u) / dmu = z / sigma         d ln pi(u) / dl = z^2 - 1
///                H = sum (l + (1 + ln(2 pi)) / 2)     dH / dl = 1
///
/// KL(p, q) = E_p[ln p - ln q]. Its second derivatives by the numbers of q, where q is p, are the
/// Fisher matrix F = E_p[grad ln p (grad ln p)']: diag(pi) - pi pi', or 1 / sigma^2 by mu and 2 by
/// l. An action whose preference is -infinity is not available:
/// it has probability 0, and no derivative.
#include <cstddef>
#include <span>

#include "rl/random.hpp"
#include "rl/space.hpp"
#include "rl/types.hpp"

namespace rl {

// Where `slopes` is not empty, a function writes the derivatives of its result by the numbers.

/// Of actions 0 .. A-1. h: [A], of which at least one is finite.
struct Softmax {
  using ActionType = Action;

  static void probabilities(std::span<const double> h, std::span<double> pi);
  static double log_probability(std::span<const double> h, Action a, std::span<double> slopes = {});
  static double entropy(std::span<const double> h, std::span<double> slopes = {});
  /// KL(p, q), by the numbers of q.
  static double divergence(std::span<const double> p, std::span<const double> q,
                           std::span<double> slopes = {});
  /// product <- F x; the two may be the same.
  static void fisher_product(std::span<const double> h, std::span<const double> x,
                             std::span<double> product);
  static Action sample(std::span<const double> h, Rng& rng);
  /// A most probable action.
  static Action mode(std::span<const double> h, Rng& rng);
};

/// Of points with D coordinates. numbers: mu_1 .. mu_D, ln sigma_1 .. ln sigma_D.
struct Gaussian {
  using ActionType = Point;

  static double log_probability(std::span<const double> numbers, const Point& u,
                                std::span<double> slopes = {});
  static double entropy(std::span<const double> numbers, std::span<double> slopes = {});
  static double divergence(std::span<const double> p, std::span<const double> q,
                           std::span<double> slopes = {});
  static void fisher_product(std::span<const double> numbers, std::span<const double> x,
                             std::span<double> product);
  static Point sample(std::span<const double> numbers, Rng& rng);
  /// mu
  static Point mode(std::span<const double> numbers, Rng& rng);
};

}  // namespace rl
