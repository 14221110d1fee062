#include "apps/reproduce/preference_inputs.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "apps/reproduce/reading.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// Rows of one length.
std::vector<Row> equal_rows(const json& value, const char* key) {
  std::vector<Row> rows;
  for (const json& row : nonempty_list(value, key)) {
    rows.push_back(numbers(row, key));
    if (rows.back().size() != rows.front().size())
      throw std::invalid_argument(fmt::format("{}: rows of different lengths", key));
  }
  return rows;
}

/// A list of lists, an entry for each state and action.
const json& pair_table_at(const json& in, const char* key, std::size_t num_states,
                          std::size_t num_actions) {
  const json& table = needed(in, key);
  if (!table.is_array() || table.size() != num_states)
    throw std::invalid_argument(
        fmt::format("{}: not a row for each of {} states", key, num_states));
  for (const json& row : table)
    if (!row.is_array() || row.size() != num_actions)
      throw std::invalid_argument(
          fmt::format("{}: not an entry for each of {} actions", key, num_actions));
  return table;
}

}  // namespace

Row list_at(const json& in, const char* key) { return numbers(needed(in, key), key); }

Row list_at(const json& in, const char* key, std::size_t size) {
  Row row = list_at(in, key);
  if (row.size() != size)
    throw std::invalid_argument(fmt::format("{}: {} numbers, not {}", key, row.size(), size));
  return row;
}

double number_at(const json& in, const char* key) { return number(needed(in, key), key); }

double number_or(const json& in, const char* key, double otherwise) {
  return in.contains(key) ? number_at(in, key) : otherwise;
}

int integer_at(const json& in, const char* key) {
  return static_cast<int>(integer(needed(in, key), key, 0, 1'000'000));
}

const json& nonempty_list(const json& value, std::string_view what) {
  if (!value.is_array() || value.empty())
    throw std::invalid_argument(fmt::format("{}: expected a list, not {}", what, shown(value)));
  return value;
}

std::vector<Row> rows_at(const json& in, const char* key) {
  return equal_rows(needed(in, key), key);
}

Eigen::MatrixXd matrix_at(const json& in, const char* key) {
  const std::vector<Row> rows = rows_at(in, key);
  Eigen::MatrixXd m(static_cast<Eigen::Index>(rows.size()),
                    static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < m.rows(); ++i)
    for (Eigen::Index j = 0; j < m.cols(); ++j)
      m(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
  return m;
}

json json_rows(const Eigen::MatrixXd& m) {
  json rows = json::array();
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    json row = json::array();
    for (Eigen::Index j = 0; j < m.cols(); ++j) row.push_back(m(i, j));
    rows.push_back(row);
  }
  return rows;
}

json json_list(const Eigen::VectorXd& v) { return Row(v.data(), v.data() + v.size()); }

FiniteMdp world_of_case(const json& in) {
  const std::vector<Row> reward = rows_at(in, "rewards");
  const auto num_states = static_cast<State>(reward.size());
  const auto num_actions = static_cast<Action>(reward[0].size());
  MdpFacts facts;
  if (in.contains("start_distribution")) facts.start = list_at(in, "start_distribution");
  if (in.contains("start")) {
    facts.start.assign(reward.size(), 0);
    facts.start[static_cast<std::size_t>(integer(in["start"], "start", 0, num_states - 1))] = 1;
  }
  const bool certain = in.contains("next_state");
  const json& table =
      pair_table_at(in, certain ? "next_state" : "P", reward.size(), reward[0].size());
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const json& cell = table.at(index(s)).at(index(a));
    const double r = reward[index(s)][index(a)];
    if (certain)
      row = {{1, r, static_cast<State>(integer(cell, "next_state", 0, num_states - 1))}};
    else
      for (State next = 0; next < num_states && cell.size() == reward.size(); ++next)
        if (const double p = number(cell.at(index(next)), "P"); p > 0) row.push_back({p, r, next});
  };
  try {
    return {num_states, num_actions, fill, facts};
  } catch (const json::exception&) {
    throw std::invalid_argument("the table of next states does not have the shape of the rewards");
  }
}

TabularPolicy reference_of_case(const FiniteMdp& model, const json& in) {
  const std::vector<Row> rows = rows_at(in, "ref");
  Row flat;
  for (const Row& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return policy_or_uniform(model, flat, "ref");
}

FeatureMatrix pair_features_at(const json& in, const char* key) {
  std::vector<Row> pairs;
  for (const json& state : nonempty_list(needed(in, key), key))
    for (Row& row : equal_rows(state, key)) {
      if (!pairs.empty() && row.size() != pairs[0].size())
        throw std::invalid_argument(fmt::format("{}: lists of different lengths", key));
      pairs.push_back(std::move(row));
    }
  FeatureMatrix x(static_cast<Eigen::Index>(pairs.size()),
                  static_cast<Eigen::Index>(pairs[0].size()));
  for (Eigen::Index i = 0; i < x.rows(); ++i)
    x.row(i) =
        Eigen::Map<const Eigen::RowVectorXd>(pairs[static_cast<std::size_t>(i)].data(), x.cols());
  return x;
}

Eigen::VectorXd flat_at(const json& in, const char* key) {
  Row flat;
  for (const Row& row : rows_at(in, key)) flat.insert(flat.end(), row.begin(), row.end());
  return Eigen::Map<const Eigen::VectorXd>(flat.data(), static_cast<Eigen::Index>(flat.size()));
}

double mean_under(std::span<const double> pi, std::span<const double> x) {
  double sum = 0;
  for (std::size_t i = 0; i < pi.size(); ++i) sum += pi[i] * x[i];
  return sum;
}

}  // namespace rl::reproduce
