#include "algorithms/batch.hpp"

#include <cstdint>

#include "algorithms/dynamic_programming/closed_form.hpp"
#include "rl/mdp_graph.hpp"

namespace rl {

void BatchReturns::add(const Episode<>& episode, double gamma) {
  double G = 0;
  for (std::size_t t = episode.size(); t-- > 0;) {
    G = episode[t].reward + gamma * G;
    sum_[index(episode[t].s)] += G;
    ++n_[index(episode[t].s)];
  }
}

void BatchReturns::solve(double /*gamma*/, std::span<double> v) const {
  for (std::size_t s = 0; s < v.size(); ++s)
    if (n_[s] > 0) v[s] = sum_[s] / static_cast<double>(n_[s]);
}

void BatchTransitions::add(const Episode<>& episode, double /*gamma*/) {
  for (std::size_t t = 0; t < episode.size(); ++t) {
    const State s = episode[t].s;
    Seen& x = seen_[{s, episode.next(t)}];
    x.s = s;
    x.next = episode.next(t);
    x.n += 1;
    x.reward_sum += episode[t].reward;
  }
}

void BatchTransitions::solve(double gamma, std::span<double> v) const {
  std::vector<double> visits(v.size(), 0);
  for (const auto& [pair, x] : seen_) visits[index(x.s)] += x.n;
  // The process that was seen, one action a state. Where nothing was seen an episode ended, or was
  // cut: then what is known of the state is its v0.
  MdpFacts facts;
  for (std::size_t s = 0; s < v.size(); ++s)
    if (visits[s] == 0) facts.terminal.push_back(static_cast<State>(s));
  const FiniteMdp seen(
      static_cast<State>(v.size()), 1,
      [&](State s, Action, std::vector<Outcome>& row) {
        for (auto it = seen_.lower_bound({s, 0}); it != seen_.end() && it->second.s == s; ++it) {
          const Seen& x = it->second;
          const double rest = visits[index(x.next)] == 0 ? gamma * v[index(x.next)] : 0;
          row.push_back({x.n / visits[index(s)], x.reward_sum / x.n + rest, x.next});
        }
      },
      facts);
  if (gamma >= 1 && state_without_end(seen)) return;
  const StateValues solution = evaluate_exactly(seen, uniform_policy(seen), gamma);
  for (std::size_t s = 0; s < v.size(); ++s)
    if (visits[s] > 0) v[s] = solution[static_cast<Eigen::Index>(s)];
}

}  // namespace rl
