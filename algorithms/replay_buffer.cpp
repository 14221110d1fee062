#include "algorithms/replay_buffer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

namespace rl {

namespace {

void check_batch(std::size_t batch, std::size_t size) {
  if (size == 0) throw std::invalid_argument("replay: the buffer is empty");
  if (batch > size)
    throw std::invalid_argument(fmt::format(
        "replay: a batch of {} needs as many transitions, the buffer holds {}", batch, size));
}

}  // namespace

ReplayShape replay_shape(const Problem& problem) {
  if (problem.finite())
    return {index(problem.model.num_states()), index(problem.model.num_actions())};
  const ContinuousWorld& world = *problem.continuous;
  return {world.observation.size(),
          world.has_discrete_actions() ? index(world.num_actions()) : world.action.size()};
}

template <class S, class A>
ReplayBuffer<S, A>::ReplayBuffer(std::size_t capacity, const ReplayShape& shape)
    : capacity_(capacity), state_(shape.states), next_(shape.states), action_(shape.actions) {
  if (capacity == 0) throw std::invalid_argument("replay: a capacity of 0 holds nothing");
}

template <class S, class A>
std::size_t ReplayBuffer<S, A>::add(const Experience<S, A>& e) {
  const bool full = size() == capacity_;
  const std::size_t place = full ? oldest_ : size();
  if (full) oldest_ = (oldest_ + 1) % capacity_;
  if (!full) {
    reward_.push_back(0);
    discount_.push_back(0);
  }
  state_.put(place, e.state);
  action_.put(place, e.action);
  next_.put(place, e.next);
  reward_[place] = e.reward;
  discount_[place] = e.discount;
  return place;
}

template class ReplayBuffer<State>;
template class ReplayBuffer<Point>;
template class ReplayBuffer<Point, Point>;

// ---- what is learned from -----------------------------------------------------------------------

void UniformReplay::sample(std::size_t batch, std::size_t size, double /*beta*/, Rng& rng,
                           ReplaySample& to) const {
  check_batch(batch, size);
  to.weight.assign(batch, 1);
  to.place.resize(batch);
  for (std::size_t& place : to.place) place = index(rng.index(static_cast<std::int32_t>(size)));
}

SumTree::SumTree(std::size_t n) : leaves_(std::bit_ceil(n)), sum_(2 * leaves_, 0) {}

void SumTree::set(std::size_t i, double x) {
  std::size_t node = leaves_ + i;
  sum_[node] = x;
  while (node > 1) {
    node /= 2;
    sum_[node] = sum_[2 * node] + sum_[2 * node + 1];
  }
}

void SumTree::clear() { std::ranges::fill(sum_, 0); }

std::size_t SumTree::find(double u) const {
  std::size_t node = 1;
  while (node < leaves_) {
    const double left = sum_[2 * node];
    node *= 2;
    if (u >= left && sum_[node + 1] > 0) {  // rounding may leave u at the end of the whole
      u -= left;
      ++node;
    }
  }
  return node - leaves_;
}

void ProportionalReplay::sample(std::size_t batch, std::size_t size, double beta, Rng& rng,
                                ReplaySample& to) const {
  check_batch(batch, size);
  const auto n = static_cast<double>(size);
  const double part = tree_.total() / static_cast<double>(batch);
  to.place.resize(batch);
  to.weight.resize(batch);
  for (std::size_t k = 0; k < batch; ++k) {
    const std::size_t i = tree_.find((static_cast<double>(k) + rng.uniform()) * part);
    const double P = tree_[i] / tree_.total();
    to.place[k] = i;
    to.weight[k] = std::pow(n * P, -beta);
  }
  const double most = *std::ranges::max_element(to.weight);
  for (double& w : to.weight) w /= most;
}

void ProportionalReplay::learned(const ReplaySample& of, std::span<const double> delta) {
  for (std::size_t k = 0; k < delta.size(); ++k) {
    const double priority = std::pow(std::abs(delta[k]) + kEpsilon, alpha_);
    largest_ = std::max(largest_, priority);
    tree_.set(of.place[k], priority);
  }
}

void ProportionalReplay::restore(std::span<const double> priorities) {
  tree_.clear();
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    if (!(priorities[i] > 0 && priorities[i] <= largest_) || !std::isfinite(largest_))
      throw std::invalid_argument("saved state: field 'replay.priorities' is out of range");
    tree_.set(i, priorities[i]);
  }
}

}  // namespace rl
