#include "algorithms/expected_updates.hpp"

#include <Eigen/QR>

namespace rl {

namespace {

/// E[delta x] = b - A w.
Eigen::VectorXd mean_update(const UpdateMeans& means, const Eigen::VectorXd& w) {
  return means.b - means.A * w;
}

}  // namespace

UpdateMeans update_means(const LinearPrediction& prediction) {
  TdEquation td = td_equation(prediction);
  const FeatureMatrix& Phi = prediction.features();
  return {std::move(td.A), std::move(td.b),
          Phi.transpose() * (prediction.weighting().asDiagonal() * Phi)};
}

void SemiGradientDp::sweep() { w += alpha * mean_update(means, w); }

void LeastSquaresDp::sweep() {
  const Eigen::VectorXd backed_up = means.b + (means.C - means.A) * w;
  w = means.C.completeOrthogonalDecomposition().solve(backed_up);
}

void ExpectedGtd2::sweep() {
  const Eigen::VectorXd delta_x = mean_update(means, w);
  w += alpha * (means.A.transpose() * u);
  u += beta * (delta_x - means.C * u);
}

void ExpectedTdc::sweep() {
  const Eigen::VectorXd delta_x = mean_update(means, w);
  w += alpha * (delta_x - (means.C - means.A.transpose()) * u);
  u += beta * (delta_x - means.C * u);
}

void ExpectedEmphaticTd::sweep() {
  follow_on = prediction.weighting().cwiseProduct(interest) +
              prediction.gamma() * (prediction.chain().transition.transpose() * follow_on);
  const Eigen::VectorXd delta = bellman_errors(prediction, w);
  w += alpha * (prediction.features().transpose() * follow_on.cwiseProduct(delta));
}

}  // namespace rl
