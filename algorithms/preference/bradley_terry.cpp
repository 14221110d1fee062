#include "algorithms/preference/bradley_terry.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "algorithms/preference/logistic.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

constexpr double kItemRounding = 16 * std::numeric_limits<double>::epsilon();

// ---- what counts may be

void require_counts(std::string_view method, std::string_view name, const Eigen::MatrixXd& counts) {
  if (counts.rows() != counts.cols())
    throw std::invalid_argument(
        fmt::format("{}: {} is [{} x {}]; it has a row and a column for each item", method, name,
                    counts.rows(), counts.cols()));
  if (counts.rows() < 2)
    throw std::invalid_argument(
        fmt::format("{}: {} item(s); it takes two to compare", method, counts.rows()));
  for (Eigen::Index i = 0; i < counts.rows(); ++i)
    for (Eigen::Index j = 0; j < counts.cols(); ++j) {
      const double count = counts(i, j);
      if (!std::isfinite(count) || count < 0)
        throw std::invalid_argument(fmt::format("{}: {}({}, {}) is {}; counts are finite and >= 0",
                                                method, name, i, j, count));
      if (i == j && count != 0)
        throw std::invalid_argument(fmt::format(
            "{}: {}({}, {}) is {}; no item is compared with itself", method, name, i, j, count));
    }
}

void require_stopping_rule(std::string_view method, double tolerance, int max_iterations) {
  if (!(tolerance > 0 && std::isfinite(tolerance)))
    throw std::invalid_argument(fmt::format("{}: tolerance is {}; > 0", method, tolerance));
  if (max_iterations < 1)
    throw std::invalid_argument(
        fmt::format("{}: max_iterations is {}; >= 1", method, max_iterations));
}

void require_wins(const Eigen::MatrixXd& wins) {
  require_counts("bradley-terry", "wins", wins);
  if (wins.isZero(0)) throw std::invalid_argument("bradley-terry: no comparisons: all wins are 0");
}

void require_item_rewards(const Eigen::MatrixXd& wins, const Eigen::VectorXd& rewards) {
  if (rewards.size() != wins.rows())
    throw std::invalid_argument(
        fmt::format("bradley-terry: {} rewards for {} items", rewards.size(), wins.rows()));
}

// ---- graphs

/// The items that can be reached from i along i -> j where edge(i, j) > 0, appended when left.
void visit_items(const Eigen::MatrixXd& edge, Eigen::Index i, std::vector<bool>& seen,
                 std::vector<Eigen::Index>& left) {
  seen[static_cast<std::size_t>(i)] = true;
  for (Eigen::Index j = 0; j < edge.cols(); ++j)
    if (edge(i, j) > 0 && !seen[static_cast<std::size_t>(j)]) visit_items(edge, j, seen, left);
  left.push_back(i);
}

std::vector<Eigen::Index> all_but(const std::vector<Eigen::Index>& group, Eigen::Index n) {
  std::vector<Eigen::Index> others;
  for (Eigen::Index i = 0; i < n; ++i)
    if (!std::binary_search(group.begin(), group.end(), i)) others.push_back(i);
  return others;
}

/// The groups that comparisons join, whoever won.
std::vector<std::vector<Eigen::Index>> joined_items(const Eigen::MatrixXd& edge) {
  return components(edge + edge.transpose());
}

bool fewer_items(const std::vector<Eigen::Index>& x, const std::vector<Eigen::Index>& y) {
  return x.size() != y.size() ? x.size() < y.size() : x < y;
}

/// What is wrong with a graph that falls apart; empty where it does not. `never` is said of a group
/// that stands above the rest: "never loses to", "never lose to".
std::string separation(const Eigen::MatrixXd& edge, std::string_view never_one,
                       std::string_view never_many) {
  const Eigen::Index n = edge.rows();
  const auto parts = joined_items(edge);
  if (parts.size() > 1) {
    const std::vector<Eigen::Index>& part =
        *std::min_element(parts.begin(), parts.end(), fewer_items);
    return fmt::format(
        "{} {} never compared with {}, not even by way of others: their difference is unknown",
        numbered("item", part), part.size() == 1 ? "was" : "were",
        numbered("item", all_but(part, n)));
  }
  const auto groups = components(edge);
  if (groups.size() == 1) return {};
  const std::vector<Eigen::Index>& top = groups.front();
  return fmt::format("{} {} {}: the estimate is infinite", numbered("item", top),
                     top.size() == 1 ? never_one : never_many, numbered("item", all_but(top, n)));
}

// ---- Newton's method

/// (L + l2 I) d = b, where L is the Laplacian of `weight`; up to a constant if l2 = 0, sum(b) = 0.
/// Nodes are eliminated from the last to the first, as states are by Grassmann, Taksar and Heyman
/// (1985): l2 is an edge to a node that does not move, the diagonal is what the edges sum to, and
/// so nothing is ever subtracted and weights may differ by any factor.
Eigen::VectorXd solve_laplacian(const Eigen::MatrixXd& weight, double l2,
                                const Eigen::VectorXd& b) {
  const Eigen::Index ground = l2 > 0 ? 1 : 0;  // without a penalty, item 0 does not move
  const Eigen::Index n = b.size() + ground;
  Eigen::MatrixXd w = Eigen::MatrixXd::Constant(n, n, l2);
  w.bottomRightCorner(b.size(), b.size()) = weight;
  Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
  x.tail(b.size()) = b;
  Eigen::VectorXd degree = Eigen::VectorXd::Zero(n);
  for (Eigen::Index k = n - 1; k > 0; --k) {
    degree[k] = w.col(k).head(k).sum();
    const Eigen::VectorXd share = w.col(k).head(k) / degree[k];
    x.head(k) += share * x[k];
    w.topLeftCorner(k, k) += share * w.col(k).head(k).transpose();
  }
  x[0] = 0;
  for (Eigen::Index k = 1; k < n; ++k) x[k] = (x[k] + w.col(k).head(k).dot(x.head(k))) / degree[k];
  return x.tail(b.size());
}

/// Less the mean of each group. With a penalty, however small, groups have mean 0 at the optimum as
/// well; but rounding moves a whole group where little holds it.
void center_groups(const std::vector<std::vector<Eigen::Index>>& groups, Eigen::VectorXd& x) {
  for (const std::vector<Eigen::Index>& group : groups) {
    const double mean = x(group).mean();
    for (const Eigen::Index i : group) x[i] -= mean;
  }
}

/// How far to go along a Newton step that changes no log-odds by more than `change`. The third
/// derivative of a logistic loss is at most `change` times its second one, so at this point the
/// loss still falls (Bach 2010).
double newton_fraction(double change) { return change > 0 ? std::log1p(change) / change : 1; }

/// Everything about wins at some rewards.
struct ItemPoint {
  double nll = 0;
  Eigen::VectorXd gradient;
  Eigen::VectorXd scale;   ///< what the terms of the gradient sum to without signs
  Eigen::MatrixXd weight;  ///< n_ij P(i > j) P(j > i)
};

ItemPoint item_point(const Eigen::MatrixXd& wins, double l2, const Eigen::VectorXd& r) {
  const Eigen::Index n = r.size();
  ItemPoint at{l2 / 2 * r.squaredNorm(), l2 * r, l2 * r.cwiseAbs(), Eigen::MatrixXd::Zero(n, n)};
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = 0; i < j; ++i) {
      const double won = wins(i, j);
      const double lost = wins(j, i);
      if (won + lost == 0) continue;
      const double p = sigmoid(r[i] - r[j]);
      const double q = sigmoid(r[j] - r[i]);
      at.nll += won * softplus(r[j] - r[i]) + lost * softplus(r[i] - r[j]);
      // lost p - won q is (won + lost) p - won without its cancellation.
      at.gradient[i] += lost * p - won * q;
      at.gradient[j] -= lost * p - won * q;
      at.scale[i] += lost * p + won * q;
      at.scale[j] += lost * p + won * q;
      at.weight(i, j) = at.weight(j, i) = (won + lost) * p * q;
    }
  return at;
}

bool at_rounding(const Eigen::VectorXd& gradient, const Eigen::VectorXd& scale,
                 const Eigen::VectorXd& r) {
  const double unit = kItemRounding * (1 + r.cwiseAbs().maxCoeff());
  return (gradient.array().abs() <= unit * scale.array()).all();
}

/// The largest change of a compared pair's log-odds.
double change_of_pairs(const Eigen::MatrixXd& weight, const Eigen::VectorXd& d) {
  double change = 0;
  for (Eigen::Index j = 0; j < d.size(); ++j)
    for (Eigen::Index i = 0; i < j; ++i)
      if (weight(i, j) > 0) change = std::max(change, std::abs(d[i] - d[j]));
  return change;
}

// ---- ties

Eigen::MatrixXd both_sides(const Eigen::MatrixXd& ties) { return ties + ties.transpose(); }

void require_tied_comparisons(const TiedComparisons& c) {
  require_counts("davidson", "wins", c.wins);
  require_counts("davidson", "ties", c.ties);
  if (c.ties.rows() != c.wins.rows())
    throw std::invalid_argument(
        fmt::format("davidson: ties of {} items, wins of {}", c.ties.rows(), c.wins.rows()));
}

/// Whether some circle of comparisons has more wins than ties. If none has, potentials exist in
/// which every win goes down by at least one and every tie up by at most one: a direction in which
/// all comparisons grow ever likelier, nu with them.
bool wins_outnumber_ties_somewhere(const Eigen::MatrixXd& wins, const Eigen::MatrixXd& ties) {
  const Eigen::Index n = wins.rows();
  if (components(wins).size() < static_cast<std::size_t>(n)) return true;  // a circle of wins
  Eigen::VectorXd longest = Eigen::VectorXd::Zero(n);  // path that ends here: Bellman-Ford
  bool longer = true;
  for (Eigen::Index round = 0; round < n && longer; ++round) {
    longer = false;
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index j = 0; j < n; ++j) {
        if (wins(i, j) == 0 && ties(i, j) == 0) continue;
        const double length = longest[i] + (wins(i, j) > 0 ? 1 : -1);
        if (length <= longest[j]) continue;
        longest[j] = length;
        longer = true;
      }
  }
  return longer;
}

void require_davidson_estimate(const Eigen::MatrixXd& wins, const Eigen::MatrixXd& ties) {
  if (wins.isZero(0)) throw std::invalid_argument("davidson: there are only ties: nu is infinite");
  const std::string apart =
      separation(wins + ties, "never loses to, nor ties with,", "never lose to, nor tie with,");
  if (!apart.empty()) throw std::invalid_argument("davidson: " + apart);
  if (!wins_outnumber_ties_somewhere(wins, ties))
    throw std::invalid_argument(
        "davidson: no circle of comparisons has more wins than ties, so that nu and the rewards "
        "can "
        "grow together: the estimate is infinite");
}

/// Everything about wins and ties at some (r, log nu).
struct DavidsonPoint {
  double nll = 0;
  Eigen::VectorXd gradient;  ///< [n + 1]
  Eigen::VectorXd scale;     ///< what the terms of the gradient sum to without signs
  Eigen::MatrixXd hessian;   ///< [n + 1 x n + 1]
};

/// Relative to the pair's mean reward, the outcomes score a, log nu and -a, a = (r_i - r_j)/2.
DavidsonProbabilities outcome_probabilities(double a, double log_nu) {
  const double top = std::max(std::abs(a), log_nu);
  const double win = std::exp(a - top);
  const double tie = std::exp(log_nu - top);
  const double loss = std::exp(-a - top);
  const double sum = win + tie + loss;
  return {win / sum, tie / sum, loss / sum};
}

/// log(e^a + nu + e^-a)
double log_sum_of_outcomes(double a, double log_nu) {
  const double top = std::max(std::abs(a), log_nu);
  return top + std::log(std::exp(a - top) + std::exp(log_nu - top) + std::exp(-a - top));
}

DavidsonPoint davidson_point(const Eigen::MatrixXd& wins, const Eigen::MatrixXd& ties,
                             const Eigen::VectorXd& r, double log_nu) {
  const Eigen::Index n = r.size();
  DavidsonPoint at{0, Eigen::VectorXd::Zero(n + 1), Eigen::VectorXd::Zero(n + 1),
                   Eigen::MatrixXd::Zero(n + 1, n + 1)};
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = 0; i < j; ++i) {
      const double won = wins(i, j);
      const double lost = wins(j, i);
      const double tied = ties(i, j);
      const double count = won + lost + tied;
      if (count == 0) continue;
      const double a = (r[i] - r[j]) / 2;
      const auto [win, tie, loss] = outcome_probabilities(a, log_nu);
      at.nll += count * log_sum_of_outcomes(a, log_nu) - (won - lost) * a - tied * log_nu;
      const double slope_a = count * (win - loss) - (won - lost);
      at.gradient[i] += slope_a / 2;
      at.gradient[j] -= slope_a / 2;
      at.gradient[n] += count * tie - tied;
      at.scale[i] += count;
      at.scale[j] += count;
      at.scale[n] += count;
      const double aa = count * (win + loss - (win - loss) * (win - loss)) / 4;
      const double an = -count * (win - loss) * tie / 2;
      at.hessian(i, i) += aa;
      at.hessian(j, j) += aa;
      at.hessian(i, j) -= aa;
      at.hessian(j, i) -= aa;
      at.hessian(i, n) += an;
      at.hessian(n, i) += an;
      at.hessian(j, n) -= an;
      at.hessian(n, j) -= an;
      at.hessian(n, n) += count * tie * (1 - tie);
    }
  return at;
}

/// Newton's step with the constant in r held at 0.
Eigen::VectorXd davidson_step(const DavidsonPoint& at) {
  const Eigen::Index n = at.gradient.size() - 1;
  Eigen::MatrixXd hessian = at.hessian;
  hessian.topLeftCorner(n, n).array() += at.hessian.diagonal().head(n).mean() / double(n);
  Eigen::VectorXd d = -hessian.ldlt().solve(at.gradient);
  d.head(n).array() -= d.head(n).mean();
  return d;
}

/// The largest change between the scores of two outcomes of a compared pair.
double change_of_outcomes(const Eigen::MatrixXd& compared, const Eigen::VectorXd& d) {
  const Eigen::Index n = d.size() - 1;
  double change = 0;
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index i = 0; i < j; ++i)
      if (compared(i, j) + compared(j, i) > 0) {
        const double a = std::abs(d[i] - d[j]) / 2;
        change = std::max({change, 2 * a, a + std::abs(d[n])});
      }
  return change;
}

}  // namespace

// ---- whether an estimate exists

std::vector<std::vector<Eigen::Index>> components(const Eigen::MatrixXd& wins) {
  const auto n = static_cast<std::size_t>(wins.rows());
  std::vector<Eigen::Index> order;
  std::vector<bool> seen(n, false);
  for (Eigen::Index i = 0; i < wins.rows(); ++i)
    if (!seen[static_cast<std::size_t>(i)]) visit_items(wins, i, seen, order);

  const Eigen::MatrixXd lost_to = wins.transpose();
  std::vector<std::vector<Eigen::Index>> groups;
  seen.assign(n, false);
  std::reverse(order.begin(), order.end());
  for (const Eigen::Index i : order) {
    if (seen[static_cast<std::size_t>(i)]) continue;
    visit_items(lost_to, i, seen, groups.emplace_back());
    std::sort(groups.back().begin(), groups.back().end());
  }
  return groups;
}

void require_connected(const Eigen::MatrixXd& wins) {
  require_wins(wins);
  const std::string apart = separation(wins, "never loses to", "never lose to");
  if (!apart.empty()) throw std::invalid_argument("bradley-terry: " + apart + "; give l2 > 0");
}

// ---- items

ItemLoss item_loss(const ItemComparisons& comparisons, double l2, const Eigen::VectorXd& rewards) {
  require_wins(comparisons.wins);
  require_item_rewards(comparisons.wins, rewards);
  ItemPoint at = item_point(comparisons.wins, l2, rewards);
  return {at.nll, std::move(at.gradient)};
}

ItemRewards bradley_terry(const ItemComparisons& comparisons, const BradleyTerryOptions& options) {
  const Eigen::MatrixXd& wins = comparisons.wins;
  require_wins(wins);
  require_stopping_rule("bradley-terry", options.tolerance, options.max_iterations);
  if (!(options.l2 >= 0 && std::isfinite(options.l2)))
    throw std::invalid_argument(fmt::format("bradley-terry: l2 is {}; >= 0", options.l2));
  if (options.l2 == 0) require_connected(wins);

  const auto groups = joined_items(wins);
  ItemRewards fit{.rewards = Eigen::VectorXd::Zero(wins.rows())};
  ItemPoint at = item_point(wins, options.l2, fit.rewards);
  while (!fit.converged && fit.iterations < options.max_iterations) {
    fit.converged = at_rounding(at.gradient, at.scale, fit.rewards);
    if (fit.converged) break;
    Eigen::VectorXd step = solve_laplacian(at.weight, options.l2, -at.gradient);
    center_groups(groups, step);
    const double change = change_of_pairs(at.weight, step);
    fit.rewards += newton_fraction(change) * step;
    fit.converged = change <= options.tolerance;
    ++fit.iterations;
    at = item_point(wins, options.l2, fit.rewards);
  }
  fit.nll = at.nll;
  fit.gradient_norm = at.gradient.cwiseAbs().maxCoeff();
  return fit;
}

ItemRewards bradley_terry_mm(const ItemComparisons& comparisons, double tolerance,
                             int max_iterations) {
  const Eigen::MatrixXd& wins = comparisons.wins;
  require_stopping_rule("bradley-terry", tolerance, max_iterations);
  require_connected(wins);
  const Eigen::Index n = wins.rows();
  const Eigen::MatrixXd count = wins + wins.transpose();
  const Eigen::VectorXd log_wins = wins.rowwise().sum().array().log();

  ItemRewards fit{.rewards = Eigen::VectorXd::Zero(n)};
  while (!fit.converged && fit.iterations < max_iterations) {
    const Eigen::VectorXd& r = fit.rewards;
    Eigen::VectorXd expected =
        Eigen::VectorXd::Zero(n);  // e^(r_i) sum_j n_ij / (e^(r_i) + e^(r_j))
    for (Eigen::Index j = 0; j < n; ++j)
      for (Eigen::Index i = 0; i < n; ++i)
        if (count(i, j) > 0) expected[i] += count(i, j) * sigmoid(r[i] - r[j]);
    Eigen::VectorXd step = log_wins.array() - expected.array().log();
    step.array() -= step.mean();
    fit.rewards += step;
    fit.converged = step.cwiseAbs().maxCoeff() <= tolerance;
    ++fit.iterations;
  }
  fit.rewards.array() -= fit.rewards.mean();
  const ItemLoss loss = item_loss(comparisons, 0, fit.rewards);
  fit.nll = loss.value;
  fit.gradient_norm = loss.gradient.cwiseAbs().maxCoeff();
  return fit;
}

double win_probability(const Eigen::VectorXd& rewards, Eigen::Index i, Eigen::Index j) {
  return sigmoid(rewards[i] - rewards[j]);
}

// ---- ties

DavidsonModel fit_davidson(const TiedComparisons& comparisons, double tolerance,
                           int max_iterations) {
  require_tied_comparisons(comparisons);
  require_stopping_rule("davidson", tolerance, max_iterations);
  const Eigen::MatrixXd& wins = comparisons.wins;
  const Eigen::MatrixXd ties = both_sides(comparisons.ties);
  if (ties.isZero(0)) {
    const ItemRewards plain =
        bradley_terry({wins}, {.tolerance = tolerance, .max_iterations = max_iterations});
    return {plain.rewards, 0, plain.nll, plain.iterations, plain.converged, plain.gradient_norm};
  }
  require_davidson_estimate(wins, ties);

  const Eigen::Index n = wins.rows();
  const Eigen::MatrixXd compared = wins + ties;
  Eigen::VectorXd x = Eigen::VectorXd::Zero(n + 1);  // (r, log nu)
  DavidsonModel fit;
  DavidsonPoint at = davidson_point(wins, ties, x.head(n), x[n]);
  while (!fit.converged && fit.iterations < max_iterations) {
    fit.converged = at_rounding(at.gradient, at.scale, x);
    if (fit.converged) break;
    const Eigen::VectorXd step = davidson_step(at);
    const double change = change_of_outcomes(compared, step);
    x += newton_fraction(change) * step;
    fit.converged = change <= tolerance;
    ++fit.iterations;
    at = davidson_point(wins, ties, x.head(n), x[n]);
  }
  fit.rewards = x.head(n);
  fit.nu = std::exp(x[n]);
  fit.nll = at.nll;
  fit.gradient_norm = at.gradient.cwiseAbs().maxCoeff();
  return fit;
}

ItemLoss davidson_loss(const TiedComparisons& comparisons, const Eigen::VectorXd& rewards,
                       double log_nu) {
  require_tied_comparisons(comparisons);
  require_item_rewards(comparisons.wins, rewards);
  DavidsonPoint at =
      davidson_point(comparisons.wins, both_sides(comparisons.ties), rewards, log_nu);
  return {at.nll, std::move(at.gradient)};
}

DavidsonProbabilities davidson_probabilities(const DavidsonModel& model, Eigen::Index i,
                                             Eigen::Index j) {
  return outcome_probabilities((model.rewards[i] - model.rewards[j]) / 2, std::log(model.nu));
}

}  // namespace rl
