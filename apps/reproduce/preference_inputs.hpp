#pragma once
/// \file
/// The inputs of preference cases as numbers, matrices and worlds, and results as lists. What
/// reads throws std::invalid_argument, naming the key, for a value of another type or shape.
#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "algorithms/linear_analysis.hpp"
#include "rl/mdp.hpp"
#include "rl/policy.hpp"

namespace rl::reproduce {

using Row = std::vector<double>;

// ---- the value of a key -------------------------------------------------------------------------

double number_at(const nlohmann::json& in, const char* key);
double number_or(const nlohmann::json& in, const char* key, double otherwise);
int integer_at(const nlohmann::json& in, const char* key);  ///< in [0, 10^6]
Row list_at(const nlohmann::json& in, const char* key);
Row list_at(const nlohmann::json& in, const char* key, std::size_t size);
std::vector<Row> rows_at(const nlohmann::json& in, const char* key);  ///< of one length
Eigen::MatrixXd matrix_at(const nlohmann::json& in, const char* key);
Eigen::VectorXd flat_at(const nlohmann::json& in, const char* key);  ///< a matrix, row by row
/// [S][A][n] as [S*A x n].
FeatureMatrix pair_features_at(const nlohmann::json& in, const char* key);

const nlohmann::json& nonempty_list(const nlohmann::json& value, std::string_view what);

// ---- worlds -------------------------------------------------------------------------------------

/// P [S][A][S'] or next_state [S][A], rewards [S][A], start or start_distribution.
FiniteMdp world_of_case(const nlohmann::json& in);
/// ref [S][A]
TabularPolicy reference_of_case(const FiniteMdp& model, const nlohmann::json& in);

// ---- results ------------------------------------------------------------------------------------

double mean_under(std::span<const double> pi, std::span<const double> x);

nlohmann::json json_list(const Eigen::VectorXd& v);
nlohmann::json json_rows(const Eigen::MatrixXd& m);

/// The rows of a policy or of values [S x A].
template <class Table>
std::vector<Row> table_rows(const Table& table) {
  std::vector<Row> rows;
  for (State s = 0; s < table.num_states(); ++s) {
    const auto row = table.row(s);
    rows.emplace_back(row.begin(), row.end());
  }
  return rows;
}

}  // namespace rl::reproduce
