#pragma once
/// \file
/// Losses of an estimate y of a target, and their derivatives:
///
///     squared   L = (y - target)^2
///     Huber     L = (y - target)^2 / 2 within `width`, beyond it width (|y - target| - width / 2)
///
/// Huber's grows linearly, so one outlier moves the parameters by at most `width` (Huber 1964;
/// with width 1 its derivative is deep Q-learning's clipped error).
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>

namespace rl {

template <class T>
struct Loss {
  T value;
  T slope;  ///< dL/dy
};

template <class T>
Loss<T> squared_loss(T y, T target) {
  const T error = y - target;
  return {error * error, 2 * error};
}

/// width > 0
template <class T>
Loss<T> huber_loss(T y, T target, T width = 1) {
  const T error = y - target;
  if (std::abs(error) <= width) return {error * error / 2, error};
  return {width * (std::abs(error) - width / 2), std::copysign(width, error)};
}

/// The mean over all numbers of loss(y_i, target_i), and in `slope` its derivatives by y_i. Throws
/// std::invalid_argument for other lengths, or none.
template <class T, class F>
T mean_loss(std::span<const T> y, std::span<const T> target, std::span<T> slope, F&& loss) {
  if (y.empty() || y.size() != target.size() || y.size() != slope.size())
    throw std::invalid_argument("mean loss: " + std::to_string(y.size()) + " estimates, " +
                                std::to_string(target.size()) + " targets, " +
                                std::to_string(slope.size()) + " derivatives");
  const T n = static_cast<T>(y.size());
  T sum = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Loss<T> l = loss(y[i], target[i]);
    sum += l.value;
    slope[i] = l.slope / n;
  }
  return sum / n;
}

template <class T>
T mean_squared_loss(std::span<const T> y, std::span<const T> target, std::span<T> slope) {
  return mean_loss(y, target, slope, squared_loss<T>);
}

template <class T>
T mean_huber_loss(std::span<const T> y, std::span<const T> target, std::span<T> slope,
                  T width = 1) {
  return mean_loss(y, target, slope, [=](T a, T b) { return huber_loss(a, b, width); });
}

}  // namespace rl
