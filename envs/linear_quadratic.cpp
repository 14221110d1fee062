#include "envs/linear_quadratic.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace rl {

namespace {

using LqrMatrix = LinearQuadraticModel::Matrix;
using LqrVector = LinearQuadraticModel::Vector;

[[noreturn]] void refuse_lqr(const std::string& what) {
  throw std::invalid_argument("linear-quadratic regulator: " + what);
}

void check_finite(const char* name, const std::vector<double>& numbers) {
  for (const double x : numbers)
    if (!std::isfinite(x)) refuse_lqr(fmt::format("{} holds {}, which is no number", name, x));
}

LqrMatrix matrix_of(const char* name, const std::vector<double>& numbers, Eigen::Index rows,
                    Eigen::Index cols) {
  check_finite(name, numbers);
  if (static_cast<Eigen::Index>(numbers.size()) != rows * cols)
    refuse_lqr(
        fmt::format("{} must have {} x {} numbers, not {}", name, rows, cols, numbers.size()));
  LqrMatrix m(rows, cols);
  for (Eigen::Index i = 0; i < rows; ++i)
    for (Eigen::Index j = 0; j < cols; ++j)
      m(i, j) = numbers[static_cast<std::size_t>(i * cols + j)];
  return m;
}

/// Of a square matrix with 1 to `most` rows.
Eigen::Index rows_of(const char* name, const std::vector<double>& numbers, Eigen::Index most) {
  for (Eigen::Index rows = 1; rows <= most; ++rows)
    if (static_cast<Eigen::Index>(numbers.size()) == rows * rows) return rows;
  refuse_lqr(fmt::format("{} must be square with 1 to {} rows: {} numbers are not", name, most,
                         numbers.size()));
}

LqrMatrix cost_of(const char* name, const std::vector<double>& numbers, Eigen::Index most) {
  const Eigen::Index rows = rows_of(name, numbers, most);
  LqrMatrix m = matrix_of(name, numbers, rows, rows);
  if (m != m.transpose()) refuse_lqr(fmt::format("{} must be symmetric", name));
  if (Eigen::LLT<LqrMatrix>(m).info() != Eigen::Success)
    refuse_lqr(fmt::format("{} must be positive definite", name));
  return m;
}

/// One number a coordinate, or one for all of them.
LqrVector start_of(const char* name, const std::vector<double>& numbers, Eigen::Index size) {
  check_finite(name, numbers);
  if (numbers.size() == 1) return LqrVector::Constant(size, numbers[0]);
  return matrix_of(name, numbers, size, 1);
}

Space unbounded_space(char name, Eigen::Index size) {
  if (size == 1) return {{std::string(1, name)}};
  Space space;
  for (Eigen::Index i = 1; i <= size; ++i) space.push_back({fmt::format("{}{}", name, i)});
  return space;
}

}  // namespace

LinearQuadraticModel::LinearQuadraticModel(const LinearQuadraticOptions& options)
    : Q(cost_of("q", options.q, kMostStates)),
      R(cost_of("r", options.r, kMostActions)),
      noise_sd(options.noise_sd) {
  A = matrix_of("a", options.a, Q.rows(), Q.rows());
  B = matrix_of("b", options.b, Q.rows(), R.rows());
  start_low = start_of("start_low", options.start_low, Q.rows());
  start_high = start_of("start_high", options.start_high, Q.rows());
  if (!(noise_sd >= 0 && std::isfinite(noise_sd)))
    refuse_lqr(fmt::format("noise_sd = {} must be finite and not negative", noise_sd));
  if ((start_low.array() > start_high.array()).any())
    refuse_lqr("start_low must not lie above start_high");
}

LinearQuadratic::LinearQuadratic(const Options& options)
    : model_(options), x_(Vector::Zero(model_.A.rows())) {}

Space LinearQuadratic::observation_space() const { return unbounded_space('x', model_.A.rows()); }
Space LinearQuadratic::action_space() const { return unbounded_space('u', model_.B.cols()); }

Point LinearQuadratic::place(const Point& x) {
  check_in_space(x, observation_space(), "linear-quadratic regulator");
  x_ = vector_of(x);
  return x;
}

}  // namespace rl
