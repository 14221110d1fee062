#pragma once
/// \file
/// The minimum of a small smooth function by quasi-Newton steps (BFGS), to be compared with what a
/// formula says it is.
#include <Eigen/Core>
#include <cmath>
#include <limits>
#include <utility>

namespace rl::test {

struct Minimum {
  Eigen::VectorXd x;
  double value;
  double slope;  ///< norm of the gradient there
};

struct Descent {
  double slope = 1e-12;  ///< stop where the gradient is no longer than this
  int max_steps = 2000;
};

/// f(x, g) returns the value and fills g, the gradient: [n]. Directions in which f is flat are left
/// as they were.
template <class F>
Minimum minimize(F&& f, Eigen::VectorXd x, const Descent& options = {}) {
  const Eigen::Index n = x.size();
  Eigen::VectorXd g(n);
  double value = f(x, g);
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(n, n);
  bool scaled = false;
  for (int step = 0; step < options.max_steps && g.norm() > options.slope; ++step) {
    Eigen::VectorXd direction = -(inverse * g);
    double descent = g.dot(direction);
    if (!(descent < 0)) {
      inverse.setIdentity();
      direction = -g;
      descent = -g.squaredNorm();
    }
    // Weak Wolfe conditions by bisection. Near the minimum values differ by rounding alone: then
    // the slope decides.
    const double rounding = 1e-14 * (1 + std::abs(value));
    double low = 0;
    double high = std::numeric_limits<double>::infinity();
    double t = 1;
    Eigen::VectorXd x_next = x;
    Eigen::VectorXd g_next = g;
    double next = value;
    for (int k = 0; k < 60; ++k) {
      x_next = x + t * direction;
      next = f(x_next, g_next);
      if (!(next <= value + 1e-4 * t * descent + rounding))
        high = t;
      else if (g_next.dot(direction) < 0.9 * descent)
        low = t;
      else
        break;
      t = std::isfinite(high) ? (low + high) / 2 : 2 * low;
    }
    const Eigen::VectorXd moved = x_next - x;
    const Eigen::VectorXd turned = g_next - g;
    const double curvature = moved.dot(turned);
    if (curvature > 0) {
      if (!std::exchange(scaled, true)) inverse *= curvature / turned.squaredNorm();
      const Eigen::VectorXd back = inverse * turned;
      const double per = 1 / curvature;
      inverse += per * (1 + per * turned.dot(back)) * (moved * moved.transpose()) -
                 per * (back * moved.transpose() + moved * back.transpose());
    }
    x = x_next;
    g = g_next;
    value = next;
  }
  return {x, value, g.norm()};
}

}  // namespace rl::test
