#include "rl/optimizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace rl {
namespace {

void check_sizes(std::size_t n, std::size_t parameters, std::size_t gradient) {
  if (parameters != n || gradient != n)
    throw std::invalid_argument(
        fmt::format("an optimizer of {} parameters was given {} of them and a gradient of {}", n,
                    parameters, gradient));
}

}  // namespace

template <class T>
Sgd<T>::Sgd(const SgdOptions& options, std::size_t num_parameters)
    : options_(options), m_(num_parameters) {}

template <class T>
void Sgd<T>::step(std::span<T> w, std::span<const T> gradient, double rate) {
  check_sizes(m_.size(), w.size(), gradient.size());
  const detail::MomentumStep<T> step{static_cast<T>(options_.momentum), static_cast<T>(rate)};
  detail::Kernels<T>::update(step, w, gradient, m_);
}

template <class T>
RmsProp<T>::RmsProp(const RmsPropOptions& options, std::size_t num_parameters)
    : options_(options), v_(num_parameters) {}

template <class T>
void RmsProp<T>::step(std::span<T> w, std::span<const T> gradient, double rate) {
  check_sizes(v_.size(), w.size(), gradient.size());
  const detail::RmsPropStep<T> step{static_cast<T>(options_.decay),
                                    static_cast<T>(1 - options_.decay), static_cast<T>(rate),
                                    static_cast<T>(options_.epsilon)};
  detail::Kernels<T>::update(step, w, gradient, v_);
}

template <class T>
Adam<T>::Adam(const AdamOptions& options, std::size_t num_parameters)
    : options_(options), m_(num_parameters), v_(num_parameters) {}

template <class T>
void Adam<T>::step(std::span<T> w, std::span<const T> gradient, double rate) {
  check_sizes(m_.size(), w.size(), gradient.size());
  beta1_power_ *= options_.beta1;
  beta2_power_ *= options_.beta2;
  detail::AdamStep<T> step;
  step.beta1 = static_cast<T>(options_.beta1);
  step.one_minus_beta1 = static_cast<T>(1 - options_.beta1);
  step.beta2 = static_cast<T>(options_.beta2);
  step.one_minus_beta2 = static_cast<T>(1 - options_.beta2);
  step.rate = static_cast<T>(rate / (1 - beta1_power_));
  step.root_scale = static_cast<T>(1 / std::sqrt(1 - beta2_power_));
  step.epsilon = static_cast<T>(options_.epsilon);
  detail::Kernels<T>::update(step, w, gradient, m_, v_);
}

template <class T>
Optimizer<T>::Optimizer(OptimizerKind kind, std::size_t num_parameters)
    : optimizer_(make(kind, num_parameters)) {}

template <class T>
typename Optimizer<T>::Any Optimizer<T>::make(OptimizerKind kind, std::size_t num_parameters) {
  switch (kind) {
    case OptimizerKind::sgd:
      return Sgd<T>({}, num_parameters);
    case OptimizerKind::rmsprop:
      return RmsProp<T>({}, num_parameters);
    case OptimizerKind::adam:
      break;
  }
  return Adam<T>({}, num_parameters);
}

template <class T>
double clip_norm(std::span<T> gradient, double most) {
  const double norm = std::sqrt(detail::Kernels<T>::sum_of_squares(gradient));
  if (norm > most) detail::Kernels<T>::scale(gradient, static_cast<T>(most / norm));
  return norm;
}

template <class T>
bool all_finite(std::span<const T> x) {
  return std::all_of(x.begin(), x.end(), [](T y) { return std::isfinite(y); });
}

template class Sgd<float>;
template class Sgd<double>;
template class RmsProp<float>;
template class RmsProp<double>;
template class Adam<float>;
template class Adam<double>;
template class Optimizer<float>;
template class Optimizer<double>;
template double clip_norm(std::span<float>, double);
template double clip_norm(std::span<double>, double);
template bool all_finite(std::span<const float>);
template bool all_finite(std::span<const double>);

}  // namespace rl
