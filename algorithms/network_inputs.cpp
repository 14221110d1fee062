#include "algorithms/network_inputs.hpp"

#include <algorithm>

#include "rl/coordinates.hpp"

namespace rl {

InputScaling input_scaling(const Coordinate& coordinate, InputScale scale) {
  const auto& [name, low, high, usual] = coordinate;
  const bool bounded = std::isfinite(low) && std::isfinite(high) && low < high;
  if (scale == InputScale::unit && bounded) return {low, 1 / (high - low)};
  if (usual > 0) return {0, 1 / usual};
  if (bounded) return {low + (high - low) / 2, 2 / (high - low)};
  return {};
}

ScaledCoordinates<State>::ScaledCoordinates(const Problem& problem, InputScale scale) {
  StateCoordinates points = coordinates_of(problem);
  size_ = points.space.size();
  for (std::size_t i = 0; i < size_; ++i) {
    const InputScaling scaled = input_scaling(points.space[i], scale);
    for (std::size_t k = i; k < points.values.size(); k += size_)
      points.values[k] = scaled(points.values[k]);
  }
  x_ = std::make_shared<const std::vector<double>>(std::move(points.values));
}

ScaledCoordinates<Point>::ScaledCoordinates(const Problem& problem, InputScale scale) {
  for (const Coordinate& coordinate : problem.continuous->observation)
    scaling_.push_back(input_scaling(coordinate, scale));
}

void RunningMoments::add(std::span<const double> x) {
  constexpr double kConstant = 1e-8;  // a smaller sd is rounding
  ++count_;
  const auto n = static_cast<double>(count_);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double off = x[i] - mean_[i];
    mean_[i] += off / n;
    squares_[i] += off * (x[i] - mean_[i]);
    const double sd = std::sqrt(squares_[i] / n);
    factor_[i] = sd > kConstant ? 1 / sd : 1;
  }
}

template <class S>
typename NetworkInputs<S>::Source NetworkInputs<S>::source(const Problem& problem,
                                                           const std::string& features,
                                                           InputScale scale) {
  if (features.empty()) return ScaledCoordinates<S>(problem, scale);
  LinearOptions options;
  options.features = features;
  return FeatureSource<S>(problem, options, ActionFeatures::blocks, false);
}

template <class S>
NetworkInputs<S>::NetworkInputs(const Problem& problem, const NetworkInputOptions& options,
                                InputScale scale)
    : source_(source(problem, options.features, scale)),
      sparse_(!options.features.empty()),
      normalized_(options.normalize_inputs),
      moments_(normalized_ ? size() : 0) {}

template <class S>
std::size_t NetworkInputs<S>::size() const {
  return std::visit([](const auto& source) { return source.size(); }, source_);
}

template <class S>
void NetworkInputs<S>::observe(const S& s) {
  if (!normalized_) return;
  std::vector<double> x(size(), 0);
  std::visit(
      [&](const auto& source) {
        source.for_each(s, 0, [&](std::size_t i, double value) { x[i] = value; });
      },
      source_);
  moments_.add(x);
}

template <class S>
template <class T>
void NetworkInputs<S>::write(const S& s, T* x, std::size_t stride) const {
  const auto put = [&](std::size_t i, double value) {
    x[i * stride] = static_cast<T>(normalized_ ? moments_.normalized(i, value) : value);
  };
  if (sparse_)
    for (std::size_t i = 0; i < size(); ++i) put(i, 0);
  std::visit([&](const auto& source) { source.for_each(s, 0, put); }, source_);
}

template class NetworkInputs<State>;
template class NetworkInputs<Point>;
template void NetworkInputs<State>::write(const State&, float*, std::size_t) const;
template void NetworkInputs<State>::write(const State&, double*, std::size_t) const;
template void NetworkInputs<Point>::write(const Point&, float*, std::size_t) const;
template void NetworkInputs<Point>::write(const Point&, double*, std::size_t) const;

}  // namespace rl
