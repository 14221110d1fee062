#include "algorithms/q_network.hpp"

#include <algorithm>

namespace rl {

template <class T>
std::span<const T> DuelingHead::values(std::span<const T> y, std::vector<T>& scratch) const {
  const std::size_t batch = y.size() / outputs();
  const T* v = y.data() + actions * batch;
  scratch.resize(actions * batch);
  for (std::size_t k = 0; k < batch; ++k) {
    T mean = 0;
    for (std::size_t a = 0; a < actions; ++a) mean += y[a * batch + k];
    mean /= static_cast<T>(actions);
    for (std::size_t a = 0; a < actions; ++a)
      scratch[a * batch + k] = v[k] + (y[a * batch + k] - mean);
  }
  return scratch;
}

template <class T>
std::span<const T> DuelingHead::slopes(std::span<const T> dq, std::vector<T>& scratch) const {
  const std::size_t batch = dq.size() / actions;
  scratch.resize(outputs() * batch);
  T* dv = scratch.data() + actions * batch;
  for (std::size_t k = 0; k < batch; ++k) {
    dv[k] = 0;
    for (std::size_t a = 0; a < actions; ++a) dv[k] += dq[a * batch + k];
    const T mean = dv[k] / static_cast<T>(actions);
    for (std::size_t a = 0; a < actions; ++a) scratch[a * batch + k] = dq[a * batch + k] - mean;
  }
  return scratch;
}

template <class T>
std::span<const T> PairHead::shown(std::span<const T> x, std::vector<T>& scratch) const {
  const std::size_t batch = x.size() / states;
  const std::size_t pairs = actions * batch;
  const T last = static_cast<T>(std::max<std::size_t>(actions - 1, 1));
  scratch.resize(inputs(states) * pairs);
  for (std::size_t a = 0; a < actions; ++a) {
    T* const column = scratch.data() + a * batch;
    for (std::size_t i = 0; i < states; ++i)
      std::copy_n(x.data() + i * batch, batch, column + i * pairs);
    std::fill_n(column + states * pairs, batch, static_cast<T>(a) / last);
  }
  return scratch;
}

template <class T>
typename QNetwork<T>::Head QNetwork<T>::make_head(HeadKind head, std::size_t inputs,
                                                  std::size_t actions) {
  switch (head) {
    case HeadKind::dueling:
      return DuelingHead{{actions}};
    case HeadKind::pairs:
      return PairHead{{actions}, inputs};
    case HeadKind::plain:
      break;
  }
  return PlainHead{actions};
}

template <class T>
QNetwork<T>::QNetwork(HeadKind head, std::size_t inputs, std::size_t actions,
                      const NetworkOptions& options, Rng& rng)
    : head_(make_head(head, inputs, actions)),
      network_(std::visit(
          [&](const auto& h) {
            return Network<T>(network_shape(h.inputs(inputs), options, h.outputs()), options.start,
                              rng);
          },
          head_)) {}

template <class T>
std::size_t QNetwork<T>::actions() const {
  return std::visit([](const auto& head) { return head.actions; }, head_);
}

template <class T>
std::span<const T> QNetwork<T>::forward(std::span<const T> x, QTape<T>& tape) const {
  return std::visit(
      [&](const auto& head) {
        const std::span<const T> y = network_.forward(head.shown(x, tape.shown_), tape.tape_);
        return head.values(y, tape.values_);
      },
      head_);
}

template <class T>
void QNetwork<T>::backward(std::span<const T> dq, QTape<T>& tape, std::span<T> gradient) const {
  std::visit(
      [&](const auto& head) {
        network_.backward(head.slopes(dq, tape.slopes_), tape.tape_, gradient);
      },
      head_);
}

template class QNetwork<float>;
template class QNetwork<double>;

}  // namespace rl
