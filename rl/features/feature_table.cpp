#include "rl/features/feature_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rl {

namespace {

void check_length(const char* what, std::size_t length, std::size_t wanted) {
  if (length != wanted)
    throw std::invalid_argument(
        fmt::format("a table of features needs {} {}, not {}", wanted, what, length));
}

}  // namespace

FeatureTable::FeatureTable(const FeatureMap& map, State num_states,
                           std::span<const double> coordinates, const std::vector<bool>& terminal,
                           std::span<const double> factor)
    : num_states_(num_states), num_features_(map.size()) {
  const auto states = static_cast<std::size_t>(num_states);
  const std::size_t d = map.num_coordinates();
  check_length("coordinates", coordinates.size(), states * d);
  if (!terminal.empty()) check_length("marks of terminal states", terminal.size(), states);
  if (!factor.empty()) check_length("factors", factor.size(), num_features_);
  std::vector<Feature> phi;
  row_begin_.push_back(0);
  for (std::size_t s = 0; s < states; ++s) {
    map(coordinates.subspan(s * d, d), phi);
    if (!terminal.empty() && terminal[s]) phi.clear();
    for (const Feature& feature : phi) {
      index_.push_back(static_cast<std::uint32_t>(feature.index));
      value_.push_back(factor.empty() ? feature.value : factor[feature.index] * feature.value);
    }
    most_active_ = std::max(most_active_, phi.size());
    row_begin_.push_back(index_.size());
  }
  if (2 * value_.size() > states * num_features_) make_dense();
}

void FeatureTable::make_dense() {
  std::vector<double> rows(static_cast<std::size_t>(num_states_) * num_features_, 0);
  for (State s = 0; s < num_states_; ++s)
    for (std::size_t k = begin(s); k < begin(s + 1); ++k)
      rows[static_cast<std::size_t>(s) * num_features_ + index_[k]] = value_[k];
  value_ = std::move(rows);
  index_ = {};
  row_begin_ = {};
}

}  // namespace rl
