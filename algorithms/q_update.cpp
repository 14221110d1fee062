#include "algorithms/q_update.hpp"

#include <algorithm>
#include <cmath>

#include "rl/learning.hpp"
#include "rl/loss.hpp"

namespace rl {

namespace {

std::variant<MaxTarget, DoubleTarget> target_rule(const QUpdateOptions& options) {
  if (options.double_q) return DoubleTarget{};
  return MaxTarget{};
}

template <class T>
Loss<T> q_loss(QLoss kind, T y, T target) {
  return kind == QLoss::huber ? huber_loss(y, target) : squared_loss(y, target);
}

}  // namespace

template <class T>
QUpdate<T>::QUpdate(const QNetwork<T>& start, const QUpdateOptions& options)
    : options_(options),
      rule_(target_rule(options)),
      online_(start),
      target_(start),
      optimizer_(options.optimizer, start.parameters().size()),
      gradient_(start.parameters().size()) {}

template <class T>
void QUpdate<T>::scale_start(T factor) {
  for (T& w : online_.parameters()) w *= factor;
  target_ = online_;
}

template <class T>
std::span<const double> QUpdate<T>::learn(const QBatch<T>& batch, double alpha) {
  targets(batch);
  const double loss = compute_loss(batch, online_.forward(batch.x, tape_));
  online_.backward(slope_, tape_, gradient_);
  const double norm = clip_norm(std::span<T>(gradient_), options_.gradient_norm);
  if (!std::isfinite(loss) || !std::isfinite(norm))
    throw Diverged("the loss of the network or its gradient is not finite");
  optimizer_.step(online_.parameters(), gradient_, alpha);
  if (++updates_ % options_.target_every == 0) follow();
  return delta_;
}

template <class T>
std::span<const T> QUpdate<T>::targets(const QBatch<T>& batch) {
  std::visit([&](const auto& rule) { compute_targets(rule, batch); }, rule_);
  return targets_;
}

/// target_k = R_k + Gamma_k q(s''_k, a*; w_T)
template <class T>
template <class Rule>
void QUpdate<T>::compute_targets(const Rule& rule, const QBatch<T>& batch) {
  const std::size_t size = batch.size();
  const T* q_target = target_.forward(batch.next_x, target_tape_).data();
  const T* q_online = q_target;
  if constexpr (Rule::asks_online) q_online = online_.forward(batch.next_x, next_tape_).data();
  targets_.resize(size);
  for (std::size_t k = 0; k < size; ++k) {
    const std::uint8_t* available = batch.available.empty() ? nullptr : &batch.available[k];
    const auto column = [&](const T* q) {
      return QColumn<T>{q + k, available, online_.actions(), size};
    };
    const double R = batch.reward[k];
    const double Gamma = batch.discount[k];
    const double q_next =
        Gamma == 0 ? 0 : static_cast<double>(rule(column(q_target), column(q_online)));
    targets_[k] = static_cast<T>(R + Gamma * q_next);
  }
}

/// L = mean_k weight_k loss(q(s_k, a_k; w), target_k)
template <class T>
double QUpdate<T>::compute_loss(const QBatch<T>& batch, std::span<const T> q) {
  const std::size_t size = batch.size();
  slope_.assign(q.size(), 0);
  delta_.resize(size);
  double sum = 0;
  for (std::size_t k = 0; k < size; ++k) {
    const std::size_t pair = index(batch.action[k]) * size + k;
    const Loss<T> loss = q_loss(options_.loss, q[pair], targets_[k]);
    sum += batch.weight[k] * static_cast<double>(loss.value);
    slope_[pair] = static_cast<T>(batch.weight[k]) * loss.slope / static_cast<T>(size);
    delta_[k] = static_cast<double>(targets_[k] - q[pair]);
  }
  return sum / static_cast<double>(size);
}

/// w_T <- w_T + tau (w - w_T)
template <class T>
void QUpdate<T>::follow() {
  if (options_.target_tau == 1)
    target_ = online_;  // without the rounding of the sum
  else
    target_.approach(online_, static_cast<T>(options_.target_tau));
}

template class QUpdate<float>;
template class QUpdate<double>;

}  // namespace rl
