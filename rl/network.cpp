#include "rl/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace rl {
namespace {

/// Layers of at most so many outputs have too few for a register: see layer_gradient.
constexpr std::size_t kNarrow = 3;

/// W and b of a layer: b is a last row of W, for an input that is always 1.
std::size_t num_parameters_of(const NetworkShape& shape, std::size_t l) {
  return (shape.inputs_of(l) + 1) * shape.layers[l].outputs;
}

std::size_t widest(const NetworkShape& shape) {
  std::size_t width = shape.inputs;
  for (const Layer& layer : shape.layers) width = std::max(width, layer.outputs);
  return width;
}

void check(const NetworkShape& shape) {
  if (shape.inputs == 0) throw std::invalid_argument("a network has at least 1 input, not 0");
  if (shape.layers.empty()) throw std::invalid_argument("a network has at least 1 layer, not 0");
  for (std::size_t l = 0; l < shape.layers.size(); ++l)
    if (shape.layers[l].outputs == 0)
      throw std::invalid_argument(
          fmt::format("layer {} of a network has at least 1 output, not 0", l + 1));
}

void check_numbers(const char* what, std::size_t size, std::size_t rows, std::size_t batch) {
  if (size != rows * batch)
    throw std::invalid_argument(
        fmt::format("{} has {} numbers; it is {} for each of {} samples", what, size, rows, batch));
}

/// x <- f(x)
template <class T>
void activate(Activation f, std::span<T> x) {
  if (f == Activation::relu) detail::Kernels<T>::relu(x);
  if (f == Activation::tanh) detail::Kernels<T>::tanh(x);
}

/// dL/dz from dL/dx, or dx from dz, both in `slope`, where x = f(z).
template <class T>
void pull_back(Activation f, std::span<const T> x, std::span<T> slope) {
  if (f == Activation::relu) detail::Kernels<T>::relu_slope(x, slope);
  if (f == Activation::tanh) detail::Kernels<T>::tanh_slope(x, slope);
}

/// c of a start: weights begin in (-c, c).
double start_width(Start start, std::size_t inputs, std::size_t outputs) {
  const auto n_in = static_cast<double>(inputs);
  const auto n_out = static_cast<double>(outputs);
  switch (start) {
    case Start::he:
      return std::sqrt(6 / n_in);
    case Start::glorot:
      return std::sqrt(6 / (n_in + n_out));
    case Start::uniform:
      break;
  }
  return 1 / std::sqrt(n_in);
}

}  // namespace

std::size_t NetworkShape::num_parameters() const {
  std::size_t n = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) n += num_parameters_of(*this, l);
  return n;
}

NetworkShape network_shape(std::size_t inputs, const NetworkOptions& options, std::size_t outputs,
                           Activation output_activation) {
  NetworkShape shape{inputs, {}};
  for (const int units : options.hidden)
    shape.layers.push_back({static_cast<std::size_t>(std::max(units, 0)), options.activation});
  shape.layers.push_back({outputs, output_activation});
  check(shape);
  return shape;
}

template <class T>
void Tape<T>::fit(const NetworkShape& shape, std::size_t batch) {
  if (batch_ == batch && shape_ == shape) return;
  shape_ = shape;
  batch_ = batch;
  x_.resize(shape.layers.size() + 1);
  for (std::size_t l = 0; l < x_.size(); ++l) {
    const std::size_t numbers = l == 0 ? shape.inputs : shape.layers[l - 1].outputs;
    x_[l].assign((numbers + 1) * batch, 1);
  }
  const std::size_t width = widest(shape) + 1;
  for (Numbers* scratch : {&slope_, &next_slope_, &transposed_}) scratch->resize(width * batch);
  gradient_.resize(width * kNarrow);
}

template <class T>
Network<T>::Network(NetworkShape shape) : shape_(std::move(shape)) {
  check(shape_);
  std::size_t first = 0;
  for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
    first_.push_back(first);
    first += num_parameters_of(shape_, l);
  }
  parameters_.resize(first);
}

template <class T>
Network<T>::Network(NetworkShape shape, Start start, Rng& rng, double output_scale)
    : Network(std::move(shape)) {
  for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
    const std::size_t n_in = shape_.inputs_of(l);
    const std::size_t n_out = shape_.layers[l].outputs;
    const double scale = l + 1 == shape_.layers.size() ? output_scale : 1;
    const double c = scale * start_width(start, n_in, n_out);
    const std::size_t drawn = start == Start::uniform ? n_in + 1 : n_in;  // with b, or without
    for (T& w : parameters().subspan(first_[l], drawn * n_out))
      w = static_cast<T>(c * (2 * rng.uniform() - 1));
  }
}

template <class T>
void Network<T>::approach(const Network& goal, T tau) {
  if (shape_ != goal.shape_)
    throw std::invalid_argument(
        fmt::format("a network of {} parameters cannot approach one of another shape, which has {}",
                    parameters_.size(), goal.parameters_.size()));
  detail::Kernels<T>::approach(parameters_, goal.parameters_, tau);
}

template <class T>
std::span<const T> Network<T>::forward(std::span<const T> x, Tape<T>& tape) const {
  if (x.empty() || x.size() % shape_.inputs != 0)
    throw std::invalid_argument(
        fmt::format("{} numbers are no batch for a network of {} inputs", x.size(), shape_.inputs));
  const std::size_t batch = x.size() / shape_.inputs;
  tape.fit(shape_, batch);
  std::copy(x.begin(), x.end(), tape.x_[0].begin());
  for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
    const auto [outputs, f] = shape_.layers[l];
    T* out = tape.x_[l + 1].data();
    // The bias is the last input's weight.
    multiply_layer(l, parameters_.data() + first_[l], tape.x_[l].data(), shape_.inputs_of(l) + 1,
                   batch, out);
    activate(f, std::span<T>(out, outputs * batch));
  }
  return {tape.x_.back().data(), shape_.outputs() * batch};
}

/// Z = W' X for the first `depth` inputs of layer l, with samples side by side; of one sample
/// z' = x' W, with outputs side by side.
template <class T>
void Network<T>::multiply_layer(std::size_t l, const T* W, const T* in, std::size_t depth,
                                std::size_t batch, T* out) const {
  const std::size_t outputs = shape_.layers[l].outputs;
  if (batch == 1)
    detail::Kernels<T>::multiply({{in, 0, 1}, W, outputs, out, outputs, 1, depth, outputs});
  else
    detail::Kernels<T>::multiply({{W, 1, outputs}, in, batch, out, batch, outputs, depth, batch});
}

template <class T>
std::span<const T> Network<T>::forward_change(std::span<const T> direction, Tape<T>& tape) const {
  if (tape.shape_ != shape_)
    throw std::invalid_argument(
        "forward_change: the tape is not of a forward pass of this network");
  if (direction.size() != parameters_.size())
    throw std::invalid_argument(fmt::format("the direction has {} numbers; the network has {}",
                                            direction.size(), parameters_.size()));
  const std::size_t batch = tape.batch_;
  for (std::size_t l = 0; l < shape_.layers.size(); ++l) {
    const auto [outputs, f] = shape_.layers[l];
    const std::size_t n = outputs * batch;
    T* dz = tape.next_slope_.data();
    multiply_layer(l, direction.data() + first_[l], tape.x_[l].data(), shape_.inputs_of(l) + 1,
                   batch, dz);
    if (l > 0) {
      T* more = tape.transposed_.data();
      multiply_layer(l, parameters_.data() + first_[l], tape.slope_.data(), shape_.inputs_of(l),
                     batch, more);
      for (std::size_t i = 0; i < n; ++i) dz[i] += more[i];
    }
    pull_back(f, std::span<const T>(tape.x_[l + 1].data(), n), std::span<T>(dz, n));
    std::swap(tape.slope_, tape.next_slope_);
  }
  return {tape.slope_.data(), shape_.outputs() * batch};
}

template <class T>
void Network<T>::backward(std::span<const T> dy, Tape<T>& tape, std::span<T> gradient,
                          std::span<T> dx) const {
  if (tape.shape_ != shape_)
    throw std::invalid_argument("backward: the tape is not of a forward pass of this network");
  check_numbers("dL/dy", dy.size(), shape_.outputs(), tape.batch_);
  if (!dx.empty()) check_numbers("dL/dx", dx.size(), shape_.inputs, tape.batch_);
  if (!gradient.empty() && gradient.size() != parameters_.size())
    throw std::invalid_argument(fmt::format("the gradient has {} numbers; the network has {}",
                                            gradient.size(), parameters_.size()));
  std::copy(dy.begin(), dy.end(), tape.slope_.begin());
  for (std::size_t l = shape_.layers.size(); l-- > 0;) {
    const auto [outputs, f] = shape_.layers[l];
    const std::size_t n = outputs * tape.batch_;
    pull_back(f, std::span<const T>(tape.x_[l + 1].data(), n), std::span(tape.slope_.data(), n));
    if (!gradient.empty()) layer_gradient(l, tape, gradient.data() + first_[l]);
    if (l > 0 || !dx.empty()) input_slope(l, tape);
  }
  std::copy_n(tape.slope_.begin(), dx.size(), dx.begin());
}

/// dL/dW = X (dL/dZ)', whose last row is dL/db; the slope is dL/dZ.
template <class T>
void Network<T>::layer_gradient(std::size_t l, Tape<T>& tape, T* gradient) const {
  using K = detail::Kernels<T>;
  const std::size_t outputs = shape_.layers[l].outputs;
  const std::size_t rows = shape_.inputs_of(l) + 1;
  const std::size_t batch = tape.batch_;
  const T* X = tape.x_[l].data();
  const T* slope = tape.slope_.data();
  T* transposed = tape.transposed_.data();
  if (outputs > kNarrow) {
    K::transpose(slope, outputs, batch, transposed);
    K::multiply({{X, batch, 1}, transposed, outputs, gradient, outputs, rows, batch, outputs});
  } else {  // too few outputs to stand side by side: (dL/dW)' = dL/dZ X'
    K::transpose(X, rows, batch, transposed);
    K::multiply(
        {{slope, batch, 1}, transposed, rows, tape.gradient_.data(), rows, outputs, batch, rows});
    K::transpose(tape.gradient_.data(), outputs, rows, gradient);
  }
}

/// dL/dX = W dL/dZ; the slope is dL/dZ before and dL/dX after.
template <class T>
void Network<T>::input_slope(std::size_t l, Tape<T>& tape) const {
  const std::size_t outputs = shape_.layers[l].outputs;
  const std::size_t batch = tape.batch_;
  detail::Kernels<T>::multiply({{parameters_.data() + first_[l], outputs, 1},
                                tape.slope_.data(),
                                batch,
                                tape.next_slope_.data(),
                                batch,
                                shape_.inputs_of(l),
                                outputs,
                                batch});
  std::swap(tape.slope_, tape.next_slope_);
}

template <class T>
std::vector<std::int64_t> Network<T>::shape_numbers() const {
  std::vector<std::int64_t> numbers{static_cast<std::int64_t>(shape_.inputs)};
  for (const Layer& layer : shape_.layers) {
    numbers.push_back(static_cast<std::int64_t>(layer.outputs));
    numbers.push_back(static_cast<std::int64_t>(layer.activation));
  }
  return numbers;
}

template class Tape<float>;
template class Tape<double>;
template class Network<float>;
template class Network<double>;

}  // namespace rl
