#include "algorithms/preference/behavior_cloning.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace rl {

namespace {

Eigen::Index pair_number(State s, Action a, Action num_actions) {
  return Eigen::Index{s} * num_actions + a;
}

/// Objective, gradient and Hessian of a softmax at w.
struct CloneStep {
  double objective;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd hessian;
};

/// Throws where an action was shown that is not available.
void check_shown(const FiniteMdp& model, const Eigen::VectorXd& counts) {
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (counts[pair_number(s, a, model.num_actions())] > 0 &&
          (model.terminal(s) || !model.available(s, a)))
        throw std::invalid_argument(
            fmt::format("action {} was shown in state {}, where it is not available", a, s));
}

double clone_objective(const FiniteMdp& model, const FeatureMatrix& x,
                       const Eigen::VectorXd& counts, double l2, const Eigen::VectorXd& w) {
  const ScoredPolicy policy = softmax_of_preferences(model, x, w);
  return negative_log_likelihood(policy.pi, counts) + l2 / 2 * w.squaredNorm();
}

CloneStep clone_step(const FiniteMdp& model, const FeatureMatrix& x, const Eigen::VectorXd& counts,
                     double l2, const Eigen::VectorXd& w) {
  const Action num_actions = model.num_actions();
  const ScoredPolicy policy = softmax_of_preferences(model, x, w);
  CloneStep step{negative_log_likelihood(policy.pi, counts) + l2 / 2 * w.squaredNorm(), l2 * w,
                 l2 * Eigen::MatrixXd::Identity(w.size(), w.size())};
  for (State s = 0; s < model.num_states(); ++s) {
    const double n = counts.segment(pair_number(s, 0, num_actions), num_actions).sum();
    if (n == 0) continue;
    for (Action a = 0; a < num_actions; ++a) {
      const auto score = policy.score.row(pair_number(s, a, num_actions));
      step.gradient -= counts[pair_number(s, a, num_actions)] * score.transpose();
      step.hessian += n * policy.pi.probability(s, a) * score.transpose() * score;
    }
  }
  return step;
}

}  // namespace

Eigen::VectorXd action_counts(const FiniteMdp& model, std::span<const Segment> demonstrations) {
  const Action num_actions = model.num_actions();
  Eigen::VectorXd counts = Eigen::VectorXd::Zero(pair_number(model.num_states(), 0, num_actions));
  for (const Segment& segment : demonstrations)
    for (std::size_t t = 0; t < segment.length(); ++t) {
      const State s = segment.states[t];
      const Action a = segment.actions[t];
      if (s < 0 || s >= model.num_states() || a < 0 || a >= num_actions)
        throw std::invalid_argument(fmt::format("there is no action {} in a state {}", a, s));
      counts[pair_number(s, a, num_actions)] += 1;
    }
  return counts;
}

TabularPolicy clone_table(const FiniteMdp& model, const Eigen::VectorXd& counts, double laplace) {
  if (!(laplace >= 0 && std::isfinite(laplace)))
    throw std::invalid_argument(fmt::format("laplace = {} is not at least 0", laplace));
  check_shown(model, counts);
  const TabularPolicy uniform = uniform_policy(model);
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    double sum = 0;
    for (Action a = 0; a < model.num_actions(); ++a) {
      const double n = counts[pair_number(s, a, model.num_actions())];
      sum += policy.row(s)[index(a)] = model.available(s, a) ? n + laplace : 0;
    }
    for (Action a = 0; a < model.num_actions(); ++a)
      policy.row(s)[index(a)] = sum > 0 ? policy.row(s)[index(a)] / sum : uniform.probability(s, a);
  }
  return policy;
}

TablePolicy clone_contexts(const FiniteMdp& model, Contexts contexts,
                           std::span<const Segment> demonstrations, double laplace) {
  Eigen::VectorXd counts = action_counts(model, demonstrations);
  const Action num_actions = model.num_actions();
  // Every state of a context gets the counts of all of them.
  Eigen::VectorXd shared = Eigen::VectorXd::Zero(pair_number(contexts.count, 0, num_actions));
  const auto cells = [&](State s) {
    return counts.segment(pair_number(s, 0, num_actions), num_actions);
  };
  const auto of_context = [&](State s) {
    return shared.segment(pair_number(contexts.of[index(s)], 0, num_actions), num_actions);
  };
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s)) of_context(s) += cells(s);
  for (State s = 0; s < model.num_states(); ++s)
    if (!model.terminal(s)) cells(s) = of_context(s);
  const FrozenPolicy clone(model, clone_table(model, counts, laplace));
  return {model, std::move(contexts), clone.rows()};
}

double negative_log_likelihood(const TabularPolicy& policy, const Eigen::VectorXd& counts) {
  double sum = 0;
  for (State s = 0; s < policy.num_states(); ++s)
    for (Action a = 0; a < policy.num_actions(); ++a)
      if (const double n = counts[pair_number(s, a, policy.num_actions())]; n > 0)
        sum -= n * std::log(policy.probability(s, a));
  return sum;
}

LinearClone clone_linear(const FiniteMdp& model, const FeatureMatrix& x,
                         const Eigen::VectorXd& counts, double l2) {
  if (!(l2 >= 0 && std::isfinite(l2)))
    throw std::invalid_argument(fmt::format("l2 = {} is not at least 0", l2));
  check_shown(model, counts);
  constexpr int kMostIterations = 200;
  constexpr double kNothing = 1e-12;  // of the curvature at the start
  double curvature = 0;
  LinearClone clone{Eigen::VectorXd::Zero(x.cols()), 0, 0, false};
  while (clone.iterations < kMostIterations && !clone.converged) {
    const CloneStep step = clone_step(model, x, counts, l2, clone.w);
    clone.objective = step.objective;
    const Eigen::LDLT<Eigen::MatrixXd> hessian(step.hessian);
    curvature = std::max(curvature, hessian.vectorD().maxCoeff());
    if (hessian.vectorD().minCoeff() <= kNothing * curvature)
      throw std::invalid_argument(
          "behaviour cloning: the demonstrations do not determine the weights; give l2 > 0");
    const Eigen::VectorXd direction = -hessian.solve(step.gradient);
    double length = 1;
    const double slope = step.gradient.dot(direction);
    const double rounding = 1e-14 * (1 + std::abs(step.objective));
    while (length > 1e-10 && clone_objective(model, x, counts, l2, clone.w + length * direction) >
                                 step.objective + 1e-4 * length * slope + rounding)
      length /= 2;
    clone.w += length * direction;
    ++clone.iterations;
    clone.converged = -slope <= 1e-20 * (1 + std::abs(step.objective));
  }
  clone.objective = clone_objective(model, x, counts, l2, clone.w);
  return clone;
}

}  // namespace rl
