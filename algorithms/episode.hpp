#pragma once
/// \file
/// The episode that is being lived, kept by methods that learn at its end or look back into it.
#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <vector>

#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// S_t, A_t, R_{t+1} and the probability with which A_t was chosen.
template <class S = State, class A = Action>
struct Visit {
  S s;
  A a;
  double reward;
  double b;

  template <class Visitor>
  void state(Visitor& visit) {
    visit("visit.s", s);
    visit("visit.a", a);
    visit("visit.reward", reward);
    visit("visit.b", b);
  }
};

template <class S = State, class A = Action>
class Episode {
 public:
  void begin() { visits_.clear(); }
  void add(const Transition<S, A>& t, double b = 1) {
    visits_.push_back({t.state, t.action, t.reward, b});
    end_ = t.next;
    terminated_ = t.terminated;
  }

  /// For methods that look back n visits only.
  void drop_first() { visits_.erase(visits_.begin()); }

  const std::vector<Visit<S, A>>& visits() const { return visits_; }
  std::size_t size() const { return visits_.size(); }
  const Visit<S, A>& operator[](std::size_t t) const { return visits_[t]; }
  /// The state after the visit t.
  const S& next(std::size_t t) const { return t + 1 < size() ? visits_[t + 1].s : end_; }
  bool terminated() const { return terminated_; }

  /// Throws std::invalid_argument where a saved episode is of another world; num_states and
  /// num_actions count only where states and actions do.
  template <class Visitor>
  void state(Visitor& visit, State num_states, Action num_actions) {
    auto size = static_cast<std::int64_t>(visits_.size());
    visit("episode.visits", size);
    check_saved_index("episode.visits", size, kMostSaved);
    visits_.resize(std::min(visits_.size(), static_cast<std::size_t>(size)));
    for (std::size_t t = 0; t < static_cast<std::size_t>(size); ++t) {
      if (t == visits_.size()) visits_.emplace_back();  // one by one: the bytes may end before
      visits_[t].state(visit);
      if constexpr (std::same_as<A, Action>)
        check_saved_index("visit.a", visits_[t].a, num_actions);
    }
    visit("episode.end", end_);
    visit("episode.ended", terminated_);
    if constexpr (std::same_as<S, State>) {
      for (const Visit<S, A>& v : visits_) check_saved_index("visit.s", v.s, num_states);
      check_saved_index("episode.end", end_, num_states);
    }
  }

 private:
  std::vector<Visit<S, A>> visits_;
  S end_{};
  bool terminated_ = false;
};

/// Tells first visits from later ones.
class FirstVisits {
 public:
  explicit FirstVisits(std::size_t num_keys) : seen_(num_keys, 0) {}
  /// Whether `key` comes for the first time since the last forget().
  bool operator()(std::size_t key) {
    if (seen_[key] != 0) return false;
    seen_[key] = 1;
    keys_.push_back(key);
    return true;
  }
  void forget() {
    for (const std::size_t key : keys_) seen_[key] = 0;
    keys_.clear();
  }

 private:
  std::vector<std::uint8_t> seen_;
  std::vector<std::size_t> keys_;
};

}  // namespace rl
