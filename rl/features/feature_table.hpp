#pragma once
/// \file
/// FeatureTable: phi(s) of every state of a finite world, computed once. A step of a linear method
/// then takes no more than
///
///     v(s) = w.phi(s)   and   w <- w + x phi(s).
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "rl/features.hpp"
#include "rl/types.hpp"

namespace rl {

/// Rows of numbers where more than half of all differ from 0, else rows of (index, value).
class FeatureTable {
 public:
  /// coordinates: [num_states x map.num_coordinates()]. States for which `terminal` holds have no
  /// features, so that their value is 0; terminal: empty or [num_states]. Feature i is multiplied
  /// by factor[i], where there are factors. Throws std::invalid_argument for any other length.
  FeatureTable(const FeatureMap& map, State num_states, std::span<const double> coordinates,
               const std::vector<bool>& terminal = {}, std::span<const double> factor = {});

  State num_states() const { return num_states_; }
  std::size_t num_features() const { return num_features_; }
  bool dense() const { return row_begin_.empty(); }
  /// At most so many features of a state differ from 0.
  std::size_t most_active() const { return most_active_; }

  /// w.phi(s)
  double dot(State s, std::span<const double> w) const {
    assert(w.size() == num_features_);
    return dense() ? dense_dot(dense_row(s), w.data()) : sparse_dot(s, w.data());
  }
  /// w <- w + x phi(s)
  void add(State s, double x, std::span<double> w) const {
    assert(w.size() == num_features_);
    if (dense())
      dense_add(dense_row(s), x, w.data());
    else
      for (std::size_t k = begin(s); k < begin(s + 1); ++k) w[index_[k]] += x * value_[k];
  }
  /// f(i, phi_i(s)) for each feature that is not 0.
  template <class F>
  void for_each(State s, F&& f) const {
    if (dense()) {
      const double* phi = dense_row(s);
      for (std::size_t i = 0; i < num_features_; ++i)
        if (phi[i] != 0) f(i, phi[i]);
    } else {
      for (std::size_t k = begin(s); k < begin(s + 1); ++k) f(std::size_t{index_[k]}, value_[k]);
    }
  }

 private:
  std::size_t begin(State s) const { return row_begin_[static_cast<std::size_t>(s)]; }
  const double* dense_row(State s) const {
    return value_.data() + static_cast<std::size_t>(s) * num_features_;
  }
  /// Four sums at a time: one would wait for each of its additions.
  double dense_dot(const double* phi, const double* w) const {
    double sum[4] = {0, 0, 0, 0};
    std::size_t i = 0;
    for (; i + 4 <= num_features_; i += 4)
      for (std::size_t k = 0; k < 4; ++k) sum[k] += w[i + k] * phi[i + k];
    for (; i < num_features_; ++i) sum[0] += w[i] * phi[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
  void dense_add(const double* phi, double x, double* __restrict w) const {
    for (std::size_t i = 0; i < num_features_; ++i) w[i] += x * phi[i];
  }
  double sparse_dot(State s, const double* w) const {
    double sum = 0;
    for (std::size_t k = begin(s); k < begin(s + 1); ++k) sum += w[index_[k]] * value_[k];
    return sum;
  }
  void make_dense();

  State num_states_;
  std::size_t num_features_;
  std::size_t most_active_ = 0;
  std::vector<double> value_;           // dense: [num_states x num_features]
  std::vector<std::uint32_t> index_;    // sparse: of value_
  std::vector<std::size_t> row_begin_;  // sparse: [num_states + 1]
};

}  // namespace rl
