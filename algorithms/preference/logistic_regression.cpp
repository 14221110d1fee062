#include "algorithms/preference/logistic_regression.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/preference/logistic.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

constexpr Eigen::Index kPairChunk = 256;      // rows whose products stay in the cache
constexpr double kUnseenPivot = 1e-12;        // of a Hessian with ones on its diagonal
constexpr double kReusedHessian = 0.5;        // log-odds that may change before the next one
constexpr double kLargestLogOddsStep = 10;    // scoring overshoots where flips explain all labels
constexpr double kSufficientDecrease = 1e-4;  // of what the slope promises (Armijo)
constexpr double kObjectiveRounding = 1e-12;  // of the objective, a sum over all pairs
constexpr double kPairRounding = 8 * std::numeric_limits<double>::epsilon();
constexpr double kRoundingStep = 1e-4;  // log-odds; what steps further is not yet there
constexpr int kMaxHalvings = 60;
constexpr int kMaxExtensions = 3;
constexpr double kSteepSlope = 0.2;  // of the slope at the start
constexpr double kLargestExtension = 4;

// ---- what data and options may be

void require_length(std::string_view what, Eigen::Index length, Eigen::Index pairs) {
  if (length != pairs)
    throw std::invalid_argument(
        fmt::format("logistic regression: {} {} for {} pairs", length, what, pairs));
}

/// range: in words, what numbers are valid.
template <class F>
void require_each(std::string_view what, const Eigen::VectorXd& values, std::string_view range,
                  F&& is_valid) {
  for (Eigen::Index i = 0; i < values.size(); ++i)
    if (!is_valid(values[i]))
      throw std::invalid_argument(
          fmt::format("logistic regression: {} of pair {} is {}; {}", what, i, values[i], range));
}

void require_finite_rows(std::string_view what, const FeatureMatrix& x) {
  if (x.allFinite()) return;
  for (Eigen::Index i = 0; i < x.rows(); ++i)
    for (Eigen::Index k = 0; k < x.cols(); ++k)
      if (!std::isfinite(x(i, k)))
        throw std::invalid_argument(
            fmt::format("logistic regression: feature {} of pair {} is {} in the {}; finite", k, i,
                        x(i, k), what));
}

void require_labels(const Eigen::VectorXd& labels) {
  require_each("the label", labels, "in [0, 1]", [](double y) { return y >= 0 && y <= 1; });
}

void require_comparisons(const SegmentComparisons& data) {
  const Eigen::Index pairs = data.differences.rows();
  if (data.differences.size() == 0)
    throw std::invalid_argument(fmt::format("logistic regression: {} pairs of {} features", pairs,
                                            data.differences.cols()));
  require_length("labels", data.labels.size(), pairs);
  require_labels(data.labels);
  require_finite_rows("differences", data.differences);
  if (data.weights.size() > 0) {
    require_length("weights", data.weights.size(), pairs);
    require_each("the weight", data.weights, "finite and >= 0",
                 [](double w) { return std::isfinite(w) && w >= 0; });
    if (data.weights.isZero(0))
      throw std::invalid_argument("logistic regression: the weights of all pairs are 0");
  }
  if (data.margins.size() > 0) {
    require_length("margins", data.margins.size(), pairs);
    require_each("the margin", data.margins, "finite", [](double m) { return std::isfinite(m); });
  }
  if (data.sums.size() > 0) {
    require_length("rows of sums", data.sums.rows(), pairs);
    if (data.sums.cols() != data.differences.cols())
      throw std::invalid_argument(
          fmt::format("logistic regression: sums of {} features, differences of {}",
                      data.sums.cols(), data.differences.cols()));
    require_finite_rows("sums", data.sums);
  }
}

void require_in_range(std::string_view option, double value, std::string_view range, bool holds) {
  if (!holds || !std::isfinite(value))
    throw std::invalid_argument(
        fmt::format("logistic regression: {} is {}; {}", option, value, range));
}

void require_regression_options(const SegmentRegressionOptions& o, const SegmentComparisons& data) {
  require_in_range("l2", o.l2, ">= 0", o.l2 >= 0);
  require_in_range("flip_probability", o.flip_probability, "in [0, 0.5)",
                   o.flip_probability >= 0 && o.flip_probability < 0.5);
  require_in_range("rationality", o.rationality, "> 0", o.rationality > 0);
  require_in_range("centering", o.centering, ">= 0", o.centering >= 0);
  require_in_range("tolerance", o.tolerance, "> 0", o.tolerance > 0);
  require_in_range("max_iterations", o.max_iterations, ">= 1", o.max_iterations >= 1);
  if (o.centering > 0 && data.sums.size() == 0)
    throw std::invalid_argument(
        fmt::format("logistic regression: centering is {}, but the data have no sums of features",
                    o.centering));
}

void require_weights(const Eigen::VectorXd& weights, const FeatureMatrix& differences) {
  if (weights.size() != differences.cols())
    throw std::invalid_argument(fmt::format("logistic regression: {} weights for {} features",
                                            weights.size(), differences.cols()));
}

// ---- the objective

/// Lower triangle of h += x' diag(weight) x, in chunks of rows with weights of one sign.
void add_products(const FeatureMatrix& x, const Eigen::VectorXd& weight, Eigen::MatrixXd& h) {
  FeatureMatrix chunk(std::min(kPairChunk, x.rows()), x.cols());
  for (const double sign : {1.0, -1.0}) {
    Eigen::Index rows = 0;
    for (Eigen::Index i = 0; i < x.rows(); ++i) {
      if (sign * weight[i] > 0) chunk.row(rows++) = std::sqrt(std::abs(weight[i])) * x.row(i);
      if (rows == 0 || (rows < chunk.rows() && i + 1 < x.rows())) continue;
      h.selfadjointView<Eigen::Lower>().rankUpdate(chunk.topRows(rows).transpose(), sign);
      rows = 0;
    }
  }
}

/// Everything about the loss at some weights.
struct RegressionPoint {
  double value = 0;
  Eigen::VectorXd gradient;     ///< [n]
  Eigen::VectorXd slope;        ///< of each pair's loss in its w . x: [N]
  Eigen::VectorXd curvature;    ///< and its second derivative: [N]
  Eigen::VectorXd information;  ///< what that is on average, >= 0: [N]
};

/// The fit while it is made.
struct RegressionState {
  Eigen::VectorXd w;
  Eigen::VectorXd log_odds;
  RegressionPoint at;
};

class RegressionObjective {
 public:
  /// Both must outlive this.
  RegressionObjective(const SegmentComparisons& data, const SegmentRegressionOptions& options)
      : data_(data), options_(options), largest_(data.differences.cwiseAbs().colwise().maxCoeff()) {
    const Eigen::Index n = data.differences.cols();
    Eigen::MatrixXd lower = options.l2 * Eigen::MatrixXd::Identity(n, n);
    if (options.centering > 0) {
      Eigen::VectorXd weight(data.sums.rows());
      for (Eigen::Index i = 0; i < weight.size(); ++i) weight[i] = 2 * options.centering * of(i);
      add_products(data.sums, weight, lower);
    }
    penalty_ = lower.selfadjointView<Eigen::Lower>();
  }

  /// How often pair i counts.
  double of(Eigen::Index i) const { return data_.weights.size() > 0 ? data_.weights[i] : 1; }

  /// rationality w . x of each pair.
  Eigen::VectorXd log_odds(const Eigen::VectorXd& w) const {
    return options_.rationality * (data_.differences * w);
  }

  RegressionPoint at(const Eigen::VectorXd& w, const Eigen::VectorXd& log_odds) const {
    RegressionPoint point;
    point.curvature.resize(log_odds.size());
    point.information.resize(log_odds.size());
    point.slope.resize(log_odds.size());
    for (Eigen::Index i = 0; i < log_odds.size(); ++i) {
      const double margin = data_.margins.size() > 0 ? data_.margins[i] : 0;
      const LabelLoss loss =
          label_loss(log_odds[i] - margin, data_.labels[i], options_.flip_probability);
      point.value += of(i) * loss.value;
      point.slope[i] = of(i) * options_.rationality * loss.slope;
      const double squared = of(i) * options_.rationality * options_.rationality;
      point.curvature[i] = squared * loss.curvature;
      point.information[i] = squared * loss.information;
    }
    const Eigen::VectorXd drawn = penalty_ * w;
    point.value += w.dot(drawn) / 2;
    point.gradient = data_.differences.transpose() * point.slope + drawn;
    return point;
  }

  /// The penalty's and the pairs' part; lower triangle.
  Eigen::MatrixXd hessian(const Eigen::VectorXd& of_pairs) const {
    Eigen::MatrixXd h = penalty_;
    add_products(data_.differences, of_pairs, h);
    return h;
  }

  /// Whether the gradient is what remains of its terms by rounding.
  bool at_rounding(const RegressionState& state) const {
    const double unit = kPairRounding * (1 + state.log_odds.cwiseAbs().maxCoeff());
    const Eigen::VectorXd scale =
        data_.differences.cwiseAbs().transpose() * state.at.slope.cwiseAbs() +
        penalty_.cwiseAbs() * state.w.cwiseAbs();
    return (state.at.gradient.array().abs() <= unit * scale.array()).all();
  }

  /// Whether no pair's loss rises along w + t d, however far, and some fall. change: `log_odds(d)`.
  /// What is below `tolerance` times the largest change counts as none.
  bool falls_forever(const Eigen::VectorXd& d, const Eigen::VectorXd& change,
                     double tolerance) const {
    const double eps = options_.flip_probability;
    const double none = tolerance * change.cwiseAbs().maxCoeff();
    bool some = false;
    for (Eigen::Index i = 0; i < change.size(); ++i) {
      if (of(i) == 0) continue;
      const double y = data_.labels[i];
      const bool rises_never = (y >= 1 - eps && change[i] >= -none) ||
                               (y <= eps && change[i] <= none) || std::abs(change[i]) <= none;
      if (!rises_never) return false;
      some = some || std::abs(change[i]) > none;
    }
    if (!some || options_.centering == 0) return some;
    return options_.rationality * (data_.sums * d).cwiseAbs().maxCoeff() <= none;
  }

  /// The features that matter most in d, in order.
  std::vector<Eigen::Index> main_features(const Eigen::VectorXd& d) const {
    const Eigen::VectorXd part = d.cwiseAbs().cwiseProduct(largest_);
    std::vector<Eigen::Index> features;
    for (Eigen::Index k = 0; k < d.size(); ++k)
      if (part[k] > 1e-3 * part.maxCoeff()) features.push_back(k);
    return features;
  }

 private:
  const SegmentComparisons& data_;
  const SegmentRegressionOptions& options_;
  Eigen::VectorXd largest_;  ///< |x| of each feature
  Eigen::MatrixXd penalty_;  ///< l2 I + 2 centering sum_i weight_i s_i s_i'
};

// ---- where there is no estimate

/// Throws for features that do not change the loss, or only as others do.
void require_seen(const Eigen::MatrixXd& lower) {
  const Eigen::VectorXd scale = lower.diagonal().cwiseSqrt();
  std::vector<Eigen::Index> unseen;
  for (Eigen::Index k = 0; k < scale.size(); ++k)
    if (!(scale[k] > 0)) unseen.push_back(k);
  if (!unseen.empty())
    throw std::invalid_argument(fmt::format(
        "logistic regression: {} the same in both segments of every pair: any weight fits; give l2 "
        "> 0",
        numbered("feature", unseen) + (unseen.size() == 1 ? " is" : " are")));
  const Eigen::VectorXd unit = scale.cwiseInverse();
  const Eigen::MatrixXd full = lower.selfadjointView<Eigen::Lower>();
  const Eigen::LDLT<Eigen::MatrixXd> factor(unit.asDiagonal() * full * unit.asDiagonal());
  const Eigen::VectorXi order =
      factor.transpositionsP() * Eigen::VectorXi::LinSpaced(static_cast<int>(scale.size()), 0,
                                                            static_cast<int>(scale.size()) - 1);
  for (Eigen::Index k = 0; k < scale.size(); ++k)
    if (factor.vectorD()[k] <= kUnseenPivot) unseen.push_back(order[k]);
  std::sort(unseen.begin(), unseen.end());
  if (!unseen.empty())
    throw std::invalid_argument(fmt::format(
        "logistic regression: in these pairs {} of the others, so labels cannot tell their weights "
        "apart; give l2 > 0",
        numbered("feature", unseen) +
            (unseen.size() == 1 ? " is a linear combination" : " are linear combinations")));
}

[[noreturn]] void throw_separable(const std::vector<Eigen::Index>& features) {
  throw std::invalid_argument(fmt::format(
      "logistic regression: ever larger weights of {} explain these labels ever better: the "
      "estimate is infinite; give l2 > 0",
      numbered("feature", features)));
}

// ---- steps

using RegressionFactor = Eigen::LLT<Eigen::MatrixXd>;

/// Of the Hessian; where that has a direction in which the loss curves down, as flips make
/// possible, of Fisher's information; plus c I where rounding leaves that not positive.
RegressionFactor positive_factor(const RegressionObjective& f, const RegressionPoint& at,
                                 bool convex) {
  RegressionFactor factor;
  if (!convex) {
    factor.compute(f.hessian(at.curvature));
    if (factor.info() == Eigen::Success) return factor;
  }
  Eigen::MatrixXd h = f.hessian(at.information);
  factor.compute(h);
  double c = kPairRounding * h.diagonal().maxCoeff();
  for (; factor.info() != Eigen::Success && std::isfinite(c) && c > 0; c *= 100) {
    h.diagonal().array() += c;
    factor.compute(h);
  }
  return factor;
}

double least_positive_weight(const Eigen::VectorXd& weights) {
  double least = std::numeric_limits<double>::infinity();
  for (const double w : weights)
    if (w > 0) least = std::min(least, w);
  return weights.size() > 0 ? least : 1;
}

/// A direction in which the loss falls.
struct RegressionDirection {
  Eigen::VectorXd d;
  Eigen::VectorXd change;  ///< of log-odds
  double slope;            ///< of the loss, < 0
};

RegressionState moved_along(const RegressionObjective& f, const RegressionState& from,
                            const RegressionDirection& along, double t) {
  RegressionState to{from.w + t * along.d, from.log_odds + t * along.change, {}};
  to.at = f.at(to.w, to.log_odds);
  return to;
}

/// Halves t until the loss falls enough; 0 where it never does.
double backtrack_step(const RegressionObjective& f, const RegressionDirection& along,
                      RegressionState& state) {
  const double largest = along.change.cwiseAbs().maxCoeff();
  const double rounding = kObjectiveRounding * std::abs(state.at.value);
  double t = largest > kLargestLogOddsStep ? kLargestLogOddsStep / largest : 1;
  for (int i = 0; i < kMaxHalvings; ++i, t /= 2) {
    RegressionState to = moved_along(f, state, along, t);
    const double enough = state.at.value + kSufficientDecrease * t * along.slope + rounding;
    if (!(to.at.value <= enough)) continue;
    state = std::move(to);
    return t;
  }
  return 0;
}

/// Goes on beyond t while the loss falls steeply, to where its slope would be 0 (the secant): far
/// cheaper than the next Hessian, and logistic losses let Newton's method stop short.
double extend_step(const RegressionObjective& f, const RegressionState& from,
                   const RegressionDirection& along, double t, RegressionState& state) {
  for (int i = 0; i < kMaxExtensions; ++i) {
    const double slope = state.at.gradient.dot(along.d);
    if (slope >= kSteepSlope * along.slope) break;
    const double further = t * std::min(kLargestExtension, along.slope / (along.slope - slope));
    RegressionState to = moved_along(f, from, along, further);
    if (!(to.at.value < state.at.value)) break;
    state = std::move(to);
    t = further;
  }
  return t;
}

RegressionDirection newton_direction(const RegressionObjective& f, const RegressionFactor& factor,
                                     const RegressionState& state) {
  const Eigen::VectorXd d = -factor.solve(state.at.gradient);
  return {d, f.log_odds(d), state.at.gradient.dot(d)};
}

/// Moves along; returns by how many times d, 0 where the loss never falls.
double advance_fit(const RegressionObjective& f, const RegressionDirection& along,
                   RegressionState& state) {
  const RegressionState from = state;
  const double t = backtrack_step(f, along, state);
  return t > 0 ? extend_step(f, from, along, t, state) : 0;
}

/// Throws where the labels are explained already, or weights go on growing though the loss has
/// nothing left to fall. The last step was t along a direction.
void require_finite_estimate(const RegressionObjective& f, const SegmentRegressionOptions& options,
                             const RegressionState& state, const RegressionDirection& along,
                             double t, double least_weight) {
  constexpr double kStillMoving = 0.1;  // log-odds
  constexpr double kNothingLeft = 1e-8;
  constexpr double kNoChange = 1e-6;  // of the largest one
  if (f.falls_forever(state.w, state.log_odds, 0)) throw_separable(f.main_features(state.w));
  if (t * along.change.cwiseAbs().maxCoeff() <= kStillMoving) return;
  if (-t * along.slope > kNothingLeft * least_weight) return;
  if (f.falls_forever(along.d, along.change, kNoChange)) throw_separable(f.main_features(along.d));
  if (options.flip_probability > 0)
    throw std::invalid_argument(fmt::format(
        "logistic regression: weights of {} grow without bound: flips with probability {} alone "
        "explain what contradicts them; give l2 > 0 or a smaller flip_probability",
        numbered("feature", f.main_features(along.d)), options.flip_probability));
}

}  // namespace

LabelLoss label_loss(double z, double label, double flip_probability) {
  const double p = sigmoid(z);
  const double q = sigmoid(-z);
  const double eps = flip_probability;
  if (eps == 0)
    return {softplus(-std::abs(z)) + (1 - label) * std::max(z, 0.0) + label * std::max(-z, 0.0),
            (1 - label) * p - label * q, p * q, p * q};
  const double first = (1 - 2 * eps) * p + eps;
  const double second = (1 - 2 * eps) * q + eps;
  const double change = (1 - 2 * eps) * p * q;  // dP/dz, whose own derivative is change (q - p)
  const double by_p = (1 - label) / second - label / first;
  const double by_p_twice = (1 - label) / (second * second) + label / (first * first);
  return {-label * std::log(first) - (1 - label) * std::log(second), change * by_p,
          change * ((q - p) * by_p + change * by_p_twice), change * change / (first * second)};
}

SegmentLoss segment_loss(const SegmentComparisons& data, const SegmentRegressionOptions& options,
                         const Eigen::VectorXd& weights) {
  require_comparisons(data);
  require_regression_options(options, data);
  require_weights(weights, data.differences);
  const RegressionObjective f(data, options);
  RegressionPoint at = f.at(weights, f.log_odds(weights));
  const Eigen::MatrixXd lower = f.hessian(at.curvature);
  return {at.value, std::move(at.gradient), lower.selfadjointView<Eigen::Lower>()};
}

SegmentRewards logistic_regression(const SegmentComparisons& data,
                                   const SegmentRegressionOptions& options) {
  require_comparisons(data);
  require_regression_options(options, data);
  const RegressionObjective f(data, options);
  const double least_weight = least_positive_weight(data.weights);

  RegressionState state{Eigen::VectorXd::Zero(data.differences.cols()),
                        Eigen::VectorXd::Zero(data.differences.rows()),
                        {}};
  state.at = f.at(state.w, state.log_odds);
  if (options.l2 == 0) require_seen(f.hessian(state.at.information));
  SegmentRewards fit;
  RegressionFactor factor;
  std::optional<double> moved;  // log-odds, since the Hessian was made
  while (!fit.converged && fit.iterations < options.max_iterations) {
    if (!moved || *moved > kReusedHessian) {
      factor = positive_factor(f, state.at, options.flip_probability == 0);
      moved = 0;
    }
    const RegressionDirection along = newton_direction(f, factor, state);
    const double t = advance_fit(f, along, state);
    if (t == 0 && *moved == 0) break;
    ++fit.iterations;
    const double largest = t * along.change.cwiseAbs().maxCoeff();
    fit.converged = t >= 1 && (largest <= options.tolerance ||
                               (largest <= kRoundingStep && f.at_rounding(state)));
    *moved = t < 1 ? std::numeric_limits<double>::infinity() : *moved + largest;
    if (options.l2 == 0 && !fit.converged)
      require_finite_estimate(f, options, state, along, t, least_weight);
  }
  fit.weights = state.w;
  fit.objective = state.at.value;
  fit.gradient_norm = state.at.gradient.cwiseAbs().maxCoeff();
  return fit;
}

Eigen::VectorXd preference_probabilities(const Eigen::VectorXd& weights,
                                         const FeatureMatrix& differences, double rationality,
                                         double flip_probability) {
  require_weights(weights, differences);
  const Eigen::VectorXd z = rationality * (differences * weights);
  return z.unaryExpr([flip_probability](double x) {
    return (1 - 2 * flip_probability) * sigmoid(x) + flip_probability;
  });
}

// ---- held-out pairs

double accuracy(const Eigen::VectorXd& weights, const FeatureMatrix& differences,
                const Eigen::VectorXd& labels) {
  require_weights(weights, differences);
  require_length("labels", labels.size(), differences.rows());
  require_labels(labels);
  const Eigen::VectorXd ahead = differences * weights;
  double right = 0;
  double counted = 0;
  for (Eigen::Index i = 0; i < labels.size(); ++i) {
    if (labels[i] == 0.5) continue;
    ++counted;
    if (ahead[i] == 0)
      right += 0.5;
    else if ((ahead[i] > 0) == (labels[i] > 0.5))
      right += 1;
  }
  if (counted == 0)
    throw std::invalid_argument(fmt::format(
        "accuracy: all {} labels are ties: there is nothing to be right about", labels.size()));
  return right / counted;
}

double accuracy_ceiling(const Eigen::VectorXd& probabilities) {
  require_labels(probabilities);
  if (probabilities.size() == 0) throw std::invalid_argument("accuracy: there are no pairs");
  return probabilities.cwiseMax((1 - probabilities.array()).matrix()).mean();
}

double label_entropy(const Eigen::VectorXd& labels) {
  require_labels(labels);
  if (labels.size() == 0) throw std::invalid_argument("label entropy: there are no pairs");
  const auto term = [](double p) { return p > 0 ? -p * std::log(p) : 0; };
  return labels.unaryExpr([&](double y) { return term(y) + term(1 - y); }).mean();
}

}  // namespace rl
