#pragma once
/// \file
/// What a network is shown of a state or a point: numbers near -1 .. 1, for which its start and its
/// step sizes are made.
///
///     coordinates   x_i / scale_i where a usual size is known (Coordinate::scale), else
///                   (x_i - middle) / half the way from bound to bound, else x_i; of a finite world
///                   those of rl/coordinates.hpp
///     features      any of rl/features.hpp, as a dense vector
///     normalised    (x_i - mean_i) / sd_i of all that was seen so far (Welford 1962)
///
/// On cart-pole deep Q-learning without the first line solves 0 of 5 seeds, with it all.
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rl/linear.hpp"
#include "rl/options.hpp"
#include "rl/problem.hpp"
#include "rl/space.hpp"
#include "rl/state.hpp"

namespace rl {

/// Where coordinates go that have bounds.
enum class InputScale : int {
  centred,  ///< [-1, 1]
  unit,     ///< [0, 1]
};

/// (x - middle) * factor
struct InputScaling {
  double middle = 0;
  double factor = 1;
  double operator()(double x) const { return (x - middle) * factor; }
};
InputScaling input_scaling(const Coordinate& coordinate, InputScale scale);

/// Scaled coordinates of whatever is seen.
template <class S>
class ScaledCoordinates;

/// Of the states of a finite world: computed once, shared by all copies of a run.
template <>
class ScaledCoordinates<State> {
 public:
  ScaledCoordinates(const Problem& problem, InputScale scale);

  std::size_t size() const { return size_; }
  template <class F>
  void for_each(State s, Action /*a*/, F&& f) const {
    const double* x = x_->data() + index(s) * size_;
    for (std::size_t i = 0; i < size_; ++i) f(i, x[i]);
  }

 private:
  std::size_t size_;
  std::shared_ptr<const std::vector<double>> x_;  // [S x size]
};

template <>
class ScaledCoordinates<Point> {
 public:
  ScaledCoordinates(const Problem& problem, InputScale scale);

  std::size_t size() const { return scaling_.size(); }
  template <class F>
  void for_each(const Point& s, Action /*a*/, F&& f) const {
    for (std::size_t i = 0; i < scaling_.size(); ++i) f(i, scaling_[i](s[i]));
  }

 private:
  std::vector<InputScaling> scaling_;
};

/// Mean and standard deviation of vectors, as they come.
class RunningMoments {
 public:
  explicit RunningMoments(std::size_t size) : mean_(size), squares_(size), factor_(size, 1) {}

  /// x: [size]
  void add(std::span<const double> x);
  /// (x - mean) / sd; where nothing varies yet, sd is 1.
  double normalized(std::size_t i, double x) const { return (x - mean_[i]) * factor_[i]; }

  template <class Visitor>
  void state(Visitor& visit) {
    visit("inputs.count", count_);
    for (auto [name, numbers] : {std::pair("inputs.mean", &mean_),
                                 {"inputs.squares", &squares_},
                                 {"inputs.factor", &factor_}}) {
      std::span<double> all = *numbers;  // of a length that a saved state cannot change
      visit(name, all);
    }
    check_saved_index("inputs.count", count_, kMostSaved);
  }

 private:
  std::int64_t count_ = 0;
  std::vector<double> mean_;
  std::vector<double> squares_;  // sum of (x - mean)^2
  std::vector<double> factor_;   // 1 / sd
};

struct NetworkInputOptions {
  std::string features = {};
  bool normalize_inputs = false;
  template <class Visitor>
  void visit(Visitor& v) {
    v("features", features,
      "what the network is shown: 'fourier:order=3', JSON, or 'world' for features that the book "
      "gives; empty: the coordinates, scaled");
    v("normalize_inputs", normalize_inputs,
      "subtract the mean of each input so far, and divide by its standard deviation");
  }
};

template <class S>
class NetworkInputs {
 public:
  NetworkInputs(const Problem& problem, const NetworkInputOptions& options,
                InputScale scale = InputScale::centred);

  std::size_t size() const;
  /// A state that was met: where inputs are normalised, their moments change.
  void observe(const S& s);
  /// x[i * stride] <- input i
  template <class T>
  void write(const S& s, T* x, std::size_t stride) const;

  template <class Visitor>
  void state(Visitor& visit) {
    if (normalized_) moments_.state(visit);
  }

 private:
  using Source = std::variant<ScaledCoordinates<S>, FeatureSource<S>>;
  static Source source(const Problem& problem, const std::string& features, InputScale scale);

  Source source_;
  bool sparse_;  // features that are 0 are not told
  bool normalized_;
  RunningMoments moments_;
};

extern template class NetworkInputs<State>;
extern template class NetworkInputs<Point>;

}  // namespace rl
