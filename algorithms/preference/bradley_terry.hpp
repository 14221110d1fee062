#pragma once
/// \file
/// Rewards of items from how often each was preferred to each (Zermelo 1929, Bradley and Terry
/// 1952):
///
///     P(i > j) = sigmoid(r_i - r_j)
///     nll(r)   = -sum_ij wins(i, j) log P(i > j)  [+ l2/2 |r|^2]
///
/// The estimate exists iff every item can be reached from every other along "has beaten" (Ford
/// 1957), and is then unique up to a constant, chosen here so that rewards have mean 0. nll is
/// convex, its Hessian the Laplacian of a graph whose edges weigh n_ij P(i > j) P(j > i).
///
/// With ties (Davidson 1970):
///
///     P(i > j) : P(tie) : P(j > i) = e^(r_i) : nu e^((r_i + r_j)/2) : e^(r_j)
#include <Eigen/Core>
#include <vector>

namespace rl {

struct ItemComparisons {
  /// wins(i, j): how often i beat j; fractions allowed, a tie may be counted half-half. [n x n]
  Eigen::MatrixXd wins;
};

struct BradleyTerryOptions {
  double l2 = 0;             ///< >= 0; above 0 an optimum always exists
  double tolerance = 1e-10;  ///< in log-odds: stops when a step moves no compared pair further
  int max_iterations = 500;
};

struct ItemRewards {
  Eigen::VectorXd rewards;   ///< mean 0 in each group that comparisons join: [n]
  double nll = 0;            ///< with the penalty
  int iterations = 0;        ///< steps made
  bool converged = false;    ///< the last step was within the tolerance, or rounding was reached
  double gradient_norm = 0;  ///< largest component
};

struct ItemLoss {
  double value;
  Eigen::VectorXd gradient;  ///< [n]
};

/// nll at any rewards, and its gradient; neither loses digits where counts are lopsided.
ItemLoss item_loss(const ItemComparisons& comparisons, double l2, const Eigen::VectorXd& rewards);

/// Newton's method. Its steps are shortened so that no line's minimum is passed, which makes it
/// converge for any counts. Throws std::invalid_argument for what are no counts, and where l2 = 0
/// and the estimate does not exist (`require_connected`).
ItemRewards bradley_terry(const ItemComparisons& comparisons,
                          const BradleyTerryOptions& options = {});

/// The same estimate (l2 = 0) by minorization-maximization (Zermelo 1929, Hunter 2004):
///
///     e^(r_i) <- W_i / sum_j n_ij / (e^(r_i) + e^(r_j))
///
/// A second way to check the first: linear convergence, slow where few comparisons join two groups.
ItemRewards bradley_terry_mm(const ItemComparisons& comparisons, double tolerance = 1e-13,
                             int max_iterations = 100000);

/// sigmoid(r_i - r_j)
double win_probability(const Eigen::VectorXd& rewards, Eigen::Index i, Eigen::Index j);

// ---- whether an estimate exists

/// Strongly connected components of "has beaten", the winners first: nobody in a later group has
/// beaten anybody in an earlier one. Each in rising order.
std::vector<std::vector<Eigen::Index>> components(const Eigen::MatrixXd& wins);

/// Throws std::invalid_argument unless there is one component. Says which items were never compared
/// with the rest, or else which never lose to the rest.
void require_connected(const Eigen::MatrixXd& wins);

// ---- ties

struct DavidsonModel {
  Eigen::VectorXd rewards;  ///< mean 0: [n]
  double nu = 0;            ///< >= 0; between equals, P(tie) = nu / (2 + nu)
  double nll = 0;
  int iterations = 0;
  bool converged = false;
  double gradient_norm = 0;  ///< largest component, in (r, log nu)
};

/// Counts may stand on either side of the diagonal of `ties`: what counts is
/// ties(i, j) + ties(j, i).
struct TiedComparisons {
  Eigen::MatrixXd wins;  ///< without ties: [n x n]
  Eigen::MatrixXd ties;  ///< [n x n]
};

/// Jointly in (r, log nu), by the same shortened Newton steps; no ties: nu = 0 and Bradley-Terry.
/// Throws std::invalid_argument for what are no counts and where the estimate does not exist: there
/// are only ties; a group never loses to, nor ties with, the rest; or no circle of comparisons has
/// more wins than ties, so that nu and the rewards can grow together.
DavidsonModel fit_davidson(const TiedComparisons& comparisons, double tolerance = 1e-10,
                           int max_iterations = 500);

/// -log of the probability of all comparisons at any rewards and log nu; the gradient's last
/// component is that of log nu: [n + 1].
ItemLoss davidson_loss(const TiedComparisons& comparisons, const Eigen::VectorXd& rewards,
                       double log_nu);

struct DavidsonProbabilities {
  double win;
  double tie;
  double loss;
};

DavidsonProbabilities davidson_probabilities(const DavidsonModel& model, Eigen::Index i,
                                             Eigen::Index j);

}  // namespace rl
