#include "algorithms/network_world.hpp"

#include <algorithm>

namespace rl {

template <class S>
NetworkWorld<S>::NetworkWorld(const Problem& problem, const NetworkInputOptions& options,
                              InputScale scale)
    : inputs_(problem, options, scale),
      num_actions_(index(problem.num_actions())),
      model_(problem.model),
      all_available_(model_.num_states() == 0 || model_.all_available()) {}

template <class S>
template <class T>
std::span<const double> NetworkWorld<S>::row(const QNetwork<T>& q, const S& s,
                                             QScratch<T>& scratch) const {
  scratch.row.assign(num_actions_, 0);
  if constexpr (std::same_as<S, State>)
    if (model_.terminal(s)) return scratch.row;
  scratch.x.resize(inputs_.size());
  inputs_.write(s, scratch.x.data(), 1);
  const std::span<const T> values = q.forward(scratch.x, scratch.tape);
  for (std::size_t a = 0; a < num_actions_; ++a)
    scratch.row[a] =
        available(s, static_cast<Action>(a)) ? static_cast<double>(values[a]) : kUnavailable;
  return scratch.row;
}

template <class S>
template <class T>
void NetworkWorld<S>::table(const QNetwork<T>& q, double factor, QScratch<T>& scratch,
                            std::vector<double>& to) const requires std::same_as<S, State> {
  to.clear();
  for (State s = 0; s < model_.num_states(); ++s)
    for (const double x : row(q, s, scratch)) to.push_back(factor * x);
}

template <class S>
template <class T>
void NetworkWorld<S>::gather(const ReplayBuffer<S>& from, const ReplaySample& sample,
                             QBatch<T>& to) const {
  fit(to, sample.place.size());
  for (std::size_t k = 0; k < sample.place.size(); ++k)
    put(from[sample.place[k]], sample.weight[k], k, to);
}

template <class S>
template <class T>
void NetworkWorld<S>::gather(const Experience<S>& e, QBatch<T>& to) const {
  fit(to, 1);
  put(e, 1, 0, to);
}

template <class S>
template <class T>
void NetworkWorld<S>::fit(QBatch<T>& batch, std::size_t size) const {
  batch.x.resize(inputs_.size() * size);
  batch.next_x.resize(inputs_.size() * size);
  batch.action.resize(size);
  for (std::vector<double>* numbers : {&batch.reward, &batch.discount, &batch.weight})
    numbers->resize(size);
  batch.available.resize(all_available_ ? 0 : num_actions_ * size);
}

template <class S>
template <class T>
void NetworkWorld<S>::put(const Experience<S>& e, double weight, std::size_t k,
                          QBatch<T>& to) const {
  const std::size_t size = to.size();
  inputs_.write(e.state, to.x.data() + k, size);
  inputs_.write(e.next, to.next_x.data() + k, size);
  to.action[k] = e.action;
  to.reward[k] = e.reward;
  to.discount[k] = e.discount;
  to.weight[k] = weight;
  if (all_available_) return;
  for (std::size_t a = 0; a < num_actions_; ++a)
    to.available[a * size + k] = available(e.next, static_cast<Action>(a)) ? 1 : 0;
}

template class NetworkWorld<State>;
template class NetworkWorld<Point>;

template std::span<const double> NetworkWorld<State>::row(const QNetwork<float>&, const State&,
                                                          QScratch<float>&) const;
template void NetworkWorld<State>::gather(const ReplayBuffer<State>&, const ReplaySample&,
                                          QBatch<float>&) const;
template void NetworkWorld<State>::gather(const Experience<State>&, QBatch<float>&) const;
template std::span<const double> NetworkWorld<State>::row(const QNetwork<double>&, const State&,
                                                          QScratch<double>&) const;
template void NetworkWorld<State>::gather(const ReplayBuffer<State>&, const ReplaySample&,
                                          QBatch<double>&) const;
template void NetworkWorld<State>::gather(const Experience<State>&, QBatch<double>&) const;
template std::span<const double> NetworkWorld<Point>::row(const QNetwork<float>&, const Point&,
                                                          QScratch<float>&) const;
template void NetworkWorld<Point>::gather(const ReplayBuffer<Point>&, const ReplaySample&,
                                          QBatch<float>&) const;
template void NetworkWorld<Point>::gather(const Experience<Point>&, QBatch<float>&) const;
template std::span<const double> NetworkWorld<Point>::row(const QNetwork<double>&, const Point&,
                                                          QScratch<double>&) const;
template void NetworkWorld<Point>::gather(const ReplayBuffer<Point>&, const ReplaySample&,
                                          QBatch<double>&) const;
template void NetworkWorld<Point>::gather(const Experience<Point>&, QBatch<double>&) const;
template void NetworkWorld<State>::table(const QNetwork<float>&, double, QScratch<float>&,
                                         std::vector<double>&) const;
template void NetworkWorld<State>::table(const QNetwork<double>&, double, QScratch<double>&,
                                         std::vector<double>&) const;

}  // namespace rl
