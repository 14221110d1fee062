#include "algorithms/least_squares.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rl {

// ---- linear equations ---------------------------------------------------------------------------

namespace {

/// Where states are points and no features are given, a quadratic: tiles are too many to solve for.
LinearActionOptions few_features(LinearActionOptions options, const Problem& problem) {
  if (!problem.finite() && options.features.empty())
    options.features = "polynomial:degree=2,total_degree";
  return options;
}

Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd> decomposed(const Eigen::MatrixXd& A) {
  return Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixXd>(A);
}

}  // namespace

LeastSquaresEquations::LeastSquaresEquations(std::size_t n, double ridge, bool recursive)
    : n_(n), ridge_(ridge), recursive_(recursive) {
  constexpr std::size_t kMost = 5'000;  // 200 MB
  if (n > kMost)
    throw std::invalid_argument(
        fmt::format("least squares: {} features are too many, at most {}", n, kMost));
  if (recursive && ridge <= 0)
    throw std::invalid_argument(
        "option 'ridge': the recursive form begins with the inverse of ridge times the identity; "
        "give it above 0, or recursive=false");
  clear();
}

void LeastSquaresEquations::clear() {
  const auto n = static_cast<Eigen::Index>(n_);
  matrix_ = Eigen::MatrixXd::Identity(n, n) * (recursive_ ? 1 / ridge_ : ridge_);
  b_ = Eigen::VectorXd::Zero(n);
}

void LeastSquaresEquations::add(std::span<const double> z, const SparseFeatures& y, double r) {
  const Eigen::Map<const Eigen::VectorXd> column(z.data(), static_cast<Eigen::Index>(n_));
  if (recursive_)
    update_inverse(column, y);
  else
    for (const Feature& f : y) matrix_.col(static_cast<Eigen::Index>(f.index)) += f.value * column;
  b_ += r * column;
}

void LeastSquaresEquations::add(const SparseFeatures& z, const SparseFeatures& y, double r) {
  for (const Feature& row : z) {
    const auto i = static_cast<Eigen::Index>(row.index);
    for (const Feature& f : y)
      matrix_(i, static_cast<Eigen::Index>(f.index)) += row.value * f.value;
    b_[i] += row.value * r;
  }
}

void LeastSquaresEquations::update_inverse(const Eigen::Map<const Eigen::VectorXd>& z,
                                           const SparseFeatures& y) {
  const Eigen::VectorXd left = matrix_ * z;
  Eigen::RowVectorXd right = Eigen::RowVectorXd::Zero(matrix_.cols());
  for (const Feature& f : y) right += f.value * matrix_.row(static_cast<Eigen::Index>(f.index));
  const double pivot = 1 + right.dot(z);
  matrix_.noalias() -= left * (right / pivot);
}

std::vector<double> LeastSquaresEquations::solve() const {
  const Eigen::VectorXd w =
      recursive_ ? Eigen::VectorXd(matrix_ * b_) : Eigen::VectorXd(decomposed(matrix_).solve(b_));
  return {w.begin(), w.end()};
}

std::size_t LeastSquaresEquations::missing_rank() const {
  return recursive_ ? 0 : n_ - static_cast<std::size_t>(decomposed(matrix_).rank());
}

// ---- prediction ---------------------------------------------------------------------------------

Lstd::Lstd(const Problem& problem, const Options& options, const Rng& rng)
    : PredictedValues(problem, LinearValues<State>(problem, options.values, rng), options.policy),
      options_(options),
      equations_(v_.parameters().size(), options.ridge, options.recursive),
      z_(v_.parameters().size(), 0) {}

Action Lstd::start(State s, Rng& rng) {
  std::ranges::fill(z_, 0);
  return policy_.sample(s, rng);
}

Action Lstd::step(const Transition<State>& t, Rng& rng) {
  trace_.begin_step();
  for (double& z : z_) z *= gamma_ * options_.lambda;
  SparseFeatures y;  // x - gamma x'
  v_.gradient(t.state, -1, [&](std::size_t i, double x) {
    z_[i] += x;
    y.push_back({i, x});
  });
  if (!t.terminated)
    v_.gradient(t.next, -1, [&](std::size_t i, double x) { y.push_back({i, -gamma_ * x}); });
  equations_.add(z_, y, t.reward);
  ++steps_;
  const bool ended = t.terminated || t.truncated;
  if (ended || steps_ % options_.solve_every == 0) solve();
  return ended ? 0 : policy_.sample(t.next, rng);
}

void Lstd::solve() {
  const std::vector<double> w = equations_.solve();
  if (!std::ranges::all_of(w, [](double x) { return std::isfinite(x); }))
    throw Diverged("the solution of A w = b is not finite");
  const std::vector<double> before(v_.shown().begin(), v_.shown().end());
  std::ranges::copy(w, v_.parameters().begin());
  if (!trace_.enabled()) return;
  const std::span<const double> after = v_.shown();
  for (State s = 0; s < num_states(); ++s)
    if (const double x = after[index(s)]; x != before[index(s)])
      trace_.add({s, -1, x, s, 0, 0, x, x - before[index(s)], 1, before[index(s)], x});
}

std::string Lstd::note() const {
  const std::size_t missing = equations_.missing_rank();
  if (missing == 0) return "";
  return fmt::format(
      "A is singular: of {} features {} more are not told apart by what was seen; of all solutions "
      "the smallest is shown (give a ridge)",
      equations_.size(), missing);
}

// ---- control from stored transitions ------------------------------------------------------------

template <BatchRule kRule, class S>
BatchControl<kRule, S>::BatchControl(const Problem& problem, const Options& options, const Rng& rng)
    : gamma_(problem.gamma),
      num_states_(problem.model.num_states()),
      options_(options),
      q_(problem, few_features(options.values, problem), rng),
      equations_(q_.parameters().size(), options.ridge, false),
      scratch_(index(q_.num_actions())) {}

template <BatchRule kRule, class S>
Action BatchControl<kRule, S>::step(const Transition<S>& t, Rng& rng) {
  trace_.begin_step();
  const Seen seen{t.state, t.action, t.reward, t.next, t.terminated};
  const auto place = static_cast<std::size_t>(steps_ % options_.capacity);
  if (place < seen_.size())
    seen_[place] = seen;
  else
    seen_.push_back(seen);
  if (++steps_ % options_.solve_every == 0) solve();
  return t.terminated || t.truncated ? 0 : act(t.next, rng);
}

template <BatchRule kRule, class S>
void BatchControl<kRule, S>::solve() {
  constexpr double kStill = 1e-10;  // change of a weight
  for (std::int64_t k = 0; k < options_.iterations; ++k) {
    const double change = iterate();
    if (!std::isfinite(change)) throw Diverged("a weight is not finite");
    if (change <= kStill) break;
  }
}

template <BatchRule kRule, class S>
double BatchControl<kRule, S>::iterate() {
  equations_.clear();
  for (const Seen& t : seen_) {
    const SparseFeatures x = features(t.s, t.a);
    if (t.terminated)
      equations_.add(x, x, t.reward);
    else if constexpr (kRule == BatchRule::lspi)
      equations_.add(x, less_next(x, t.next), t.reward);
    else
      equations_.add(x, x, t.reward + gamma_ * max_value(q_.row(t.next, scratch_)));
  }
  const std::vector<double> w = equations_.solve();
  double change = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double off = std::abs(w[i] - q_.parameters()[i]);
    change = off > change || std::isnan(off) ? off : change;
  }
  if (std::isfinite(change)) std::ranges::copy(w, q_.parameters().begin());
  return change;
}

template <BatchRule kRule, class S>
SparseFeatures BatchControl<kRule, S>::features(const S& s, Action a) const {
  SparseFeatures x;
  q_.gradient(s, a, [&](std::size_t i, double value) { x.push_back({i, value}); });
  return x;
}

// x - gamma x(s', pi(s')) for the greedy policy pi.
template <BatchRule kRule, class S>
SparseFeatures BatchControl<kRule, S>::less_next(SparseFeatures x, const S& next) {
  for (const Feature& f : features(next, first_greedy(q_.row(next, scratch_))))
    x.push_back({f.index, -gamma_ * f.value});
  return x;
}

template <BatchRule kRule, class S>
std::string BatchControl<kRule, S>::note() const {
  if (steps_ < options_.solve_every)
    return fmt::format("no solution yet: the first is made after {} steps", options_.solve_every);
  return "";
}

template class BatchControl<BatchRule::lspi, State>;
template class BatchControl<BatchRule::lspi, Point>;
template class BatchControl<BatchRule::fitted_q, State>;
template class BatchControl<BatchRule::fitted_q, Point>;

}  // namespace rl
