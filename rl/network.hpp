#pragma once
/// \file
/// Network: a multilayer perceptron, for values, policies and rewards that are functions of
/// features (S&B 9.7). With x_0 the input, layer l computes
///
///     z_l = W_l' x_{l-1} + b_l,   x_l = f_l(z_l)
///
/// and the last x_l is the output y. From dL/dy, the chain rule gives from the last layer to the
/// first
///
///     dL/dz_l = f_l'(z_l) dL/dx_l,   dL/dW_l = sum over the batch of x_{l-1} (dL/dz_l)',
///     dL/db_l = sum over the batch of dL/dz_l,   dL/dx_{l-1} = W_l dL/dz_l
///
/// A change dW_l, db_l of the parameters changes the output, to first order and from the first
/// layer to the last, by dx_l with
///
///     dz_l = dW_l' x_{l-1} + db_l + W_l' dx_{l-1},   dx_l = f_l'(z_l) dz_l,   dx_0 = 0
///
/// A batch is a matrix of [numbers x batch], row-major: number i of sample k is x[i * batch + k].
///
/// Results are the same to the bit for every instruction set, for gcc and clang, and for a sample
/// alone or in a batch: each sum runs in the order of its index (inputs, then the bias; outputs;
/// samples), and tanh is our own.
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

#include "rl/network_kernels.hpp"
#include "rl/random.hpp"
#include "rl/schedule.hpp"

namespace rl {

enum class Activation : int { linear, relu, tanh };

/// How parameters begin. W ~ uniform(-c, c), with n_in inputs and n_out outputs of the layer:
enum class Start : int {
  he,       ///< c = sqrt(6 / n_in), b = 0: He et al. 2015, for ReLU
  glorot,   ///< c = sqrt(6 / (n_in + n_out)), b = 0: Glorot and Bengio 2010, for tanh
  uniform,  ///< c = 1 / sqrt(n_in), also for b: LeCun's range, which deep Q-learning uses
};

struct Layer {
  std::size_t outputs;
  Activation activation;
  bool operator==(const Layer&) const = default;
};

struct NetworkShape {
  std::size_t inputs;
  std::vector<Layer> layers;

  std::size_t outputs() const { return layers.back().outputs; }
  /// What goes into layer l (0 is the first).
  std::size_t inputs_of(std::size_t l) const { return l == 0 ? inputs : layers[l - 1].outputs; }
  std::size_t num_parameters() const;
  bool operator==(const NetworkShape&) const = default;
};

/// A network as a user describes it; inputs and outputs come from the task.
struct NetworkOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::relu;
  Start start = Start::uniform;
  template <class Visitor>
  void visit(Visitor& v) {
    v("hidden", hidden, "units of each hidden layer", Range{1, 65536});
    v("activation", activation, "what hidden units make of their sum", {"linear", "relu", "tanh"});
    v("initial_weights", start, "how parameters are drawn", {"he", "glorot", "uniform"});
  }
};

/// Hidden layers as in the options, then a layer of `outputs` units.
NetworkShape network_shape(std::size_t inputs, const NetworkOptions& options, std::size_t outputs,
                           Activation output_activation = Activation::linear);

template <class T>
class Network;

/// What `forward` leaves for `backward`: the values of every layer. Belongs to the caller, so that
/// threads share a network and a step allocates nothing; grows to what it is used for.
template <class T>
class Tape {
 public:
  /// Samples of the last `forward`.
  std::size_t batch() const { return batch_; }

 private:
  friend class Network<T>;
  using Numbers = detail::AlignedVector<T>;
  void fit(const NetworkShape& shape, std::size_t batch);

  NetworkShape shape_{};
  std::size_t batch_ = 0;
  std::vector<Numbers> x_;         // x_l: [(numbers + 1) x batch]; the last row is 1, for the bias
  Numbers slope_;                  // dL/dx_l, then dL/dz_l; or dx_l: [numbers x batch]
  Numbers next_slope_;             // dL/dx_{l-1}; or dx_{l+1}
  Numbers transposed_, gradient_;  // scratch of a layer's gradient
};

/// `const` functions may be called by several threads at once, each with its tape.
template <class T>
class Network {
 public:
  /// All parameters are 0. Throws std::invalid_argument for no layers, inputs or outputs.
  explicit Network(NetworkShape shape);
  /// Draws the parameters; those of the last layer times `output_scale` (PPO's policies begin
  /// almost uniform: 0.01).
  Network(NetworkShape shape, Start start, Rng& rng, double output_scale = 1);

  const NetworkShape& shape() const { return shape_; }

  /// Per layer W, row-major [inputs x outputs], then b.
  std::span<const T> parameters() const { return parameters_; }
  std::span<T> parameters() { return parameters_; }
  /// w_i <- w_i + x
  void add_at(std::size_t i, T x) { parameters_[i] += x; }
  /// w <- w + tau (w of the goal - w): how a target network follows. Throws std::invalid_argument
  /// for another shape.
  void approach(const Network& goal, T tau);

  /// y: [outputs x batch], valid until the tape is used again; x: [inputs x batch]. Throws
  /// std::invalid_argument for an x that is no batch.
  std::span<const T> forward(std::span<const T> x, Tape<T>& tape) const;

  /// Derivatives of L from dL/dy [outputs x batch], after `forward` on this tape with the same
  /// parameters: `gradient` <- dL/dw, of the length of `parameters()`, and `dx` <- dL/dx, [inputs x
  /// batch]. Where one is empty it is not computed. Throws std::invalid_argument for other sizes.
  void backward(std::span<const T> dy, Tape<T>& tape, std::span<T> gradient,
                std::span<T> dx = {}) const;

  /// dy: how y changes along `direction`, a change of the parameters, after `forward` on this tape
  /// with the same parameters; [outputs x batch], valid until the tape is used again. Throws
  /// std::invalid_argument for other sizes.
  std::span<const T> forward_change(std::span<const T> direction, Tape<T>& tape) const;

  bool operator==(const Network&) const = default;
  template <class Visitor>
  void state(Visitor& visit) {
    std::vector<std::int64_t> shape = shape_numbers();
    visit("network.shape", shape);
    if (shape != shape_numbers())
      throw std::invalid_argument("saved state: field 'network.shape' is of another network");
    std::span<T> parameters = parameters_;
    visit("network.parameters", parameters);
  }

 private:
  void multiply_layer(std::size_t l, const T* W, const T* in, std::size_t depth, std::size_t batch,
                      T* out) const;
  void layer_gradient(std::size_t l, Tape<T>& tape, T* gradient) const;
  void input_slope(std::size_t l, Tape<T>& tape) const;
  std::vector<std::int64_t> shape_numbers() const;

  NetworkShape shape_;
  std::vector<std::size_t> first_;  // where the parameters of each layer begin
  detail::AlignedVector<T> parameters_;
};

extern template class Tape<float>;
extern template class Tape<double>;
extern template class Network<float>;
extern template class Network<double>;

}  // namespace rl
