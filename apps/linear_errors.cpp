#include "apps/linear_errors.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

#include "algorithms/linear_analysis.hpp"

namespace rl::apps {

namespace {

constexpr State kLargestCompared = 5'000;
constexpr std::size_t kMostCompared = 500;  // features

FeatureMatrix matrix_of(const LinearView& view) {
  const auto n = static_cast<Eigen::Index>(view.num_features);
  return Eigen::Map<const FeatureMatrix>(view.features.data(),
                                         static_cast<Eigen::Index>(view.features.size()) / n, n);
}

}  // namespace

std::optional<LinearComparison> compare_linear(const Problem& problem, const LinearView& view) try {
  if (problem.criterion == Criterion::average) return std::nullopt;
  if (problem.model.num_states() > kLargestCompared || view.num_features > kMostCompared)
    return std::nullopt;
  const LinearPrediction prediction =
      linear_prediction(problem.model, view.target, problem.gamma, matrix_of(view),
                        on_policy_distribution(problem.model, view.behavior));
  const auto errors_of = [&](const Eigen::VectorXd& w) { return linear_errors(prediction, w); };
  const LinearErrors learned = errors_of(
      Eigen::Map<const Eigen::VectorXd>(view.w.data(), static_cast<Eigen::Index>(view.w.size())));
  return LinearComparison{learned.value_rms(),
                          errors_of(best_approximation(prediction).w).value_rms(),
                          errors_of(td_fixed_point(prediction).w).value_rms(),
                          std::sqrt(learned.projected_bellman), td_stability(prediction).converges};
} catch (const std::invalid_argument&) {  // several recurrent classes, or no end
  return std::nullopt;
}

std::string linear_text(const LinearComparison& c) {
  return fmt::format(
      "weighted by visits, RMS value error {:.4g}; the best that these features allow {:.4g}, at "
      "the fixed point of TD(0) {:.4g}{}; projected Bellman error {:.4g}",
      c.value_rms, c.best_rms, c.fixed_point_rms,
      c.td_converges ? "" : ", to which its steps do not lead: TD(0) diverges here",
      c.projected_bellman_rms);
}

}  // namespace rl::apps
