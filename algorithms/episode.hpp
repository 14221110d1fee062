#pragma once
/// \file
/// The episode that is being lived, kept by methods that learn at its end or look back into it.
#include <cstdint>
#include <string_view>
#include <vector>

#include "rl/state.hpp"
#include "rl/types.hpp"

namespace rl {

/// S_t, A_t, R_{t+1} and the probability with which A_t was chosen.
struct Visit {
  State s;
  Action a;
  double reward;
  double b;
};

class Episode {
 public:
  void begin() { visits_.clear(); }
  void add(const Transition<State>& t, double b = 1) {
    visits_.push_back({t.state, t.action, t.reward, b});
    end_ = t.next;
    terminated_ = t.terminated;
  }

  /// For methods that look back n visits only.
  void drop_first() { visits_.erase(visits_.begin()); }

  const std::vector<Visit>& visits() const { return visits_; }
  std::size_t size() const { return visits_.size(); }
  const Visit& operator[](std::size_t t) const { return visits_[t]; }
  /// The state after the visit t.
  State next(std::size_t t) const { return t + 1 < size() ? visits_[t + 1].s : end_; }
  bool terminated() const { return terminated_; }

  /// Throws std::invalid_argument where a saved episode is of another world.
  template <class Visitor>
  void state(Visitor& visit, State num_states, Action num_actions) {
    visit("episode.visits", visits_);
    visit("episode.end", end_);
    visit("episode.ended", terminated_);
    for (const Visit& v : visits_) {
      check_saved_index("episode.visits", v.s, num_states);
      check_saved_index("episode.visits", v.a, num_actions);
    }
    check_saved_index("episode.end", end_, num_states);
  }

 private:
  std::vector<Visit> visits_;
  State end_ = 0;
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
