#include "algorithms/dynamic_programming/model_part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace rl {

State begin_of_rank(State num_states, int rank, int ranks) {
  return static_cast<State>(std::int64_t{num_states} * rank / ranks);
}

namespace detail {

namespace {

/// A set of states that is looked at when it is full.
class StatesFound {
 public:
  void add(State s) {
    states_.push_back(s);
    if (states_.size() >= limit_) tidy();
  }
  std::vector<State> take() {
    tidy();
    return std::move(states_);
  }

 private:
  void tidy() {
    std::sort(states_.begin(), states_.end());
    states_.erase(std::unique(states_.begin(), states_.end()), states_.end());
    limit_ = std::max<std::size_t>(1024, 2 * states_.size());
  }
  std::vector<State> states_;
  std::size_t limit_ = 1024;
};

}  // namespace

ModelPart::ModelPart(const ModelRows& model, Exchange& exchange, Traffic& traffic)
    : num_states_(model.num_states),
      num_actions_(model.num_actions),
      begin_(begin_of_rank(model.num_states, exchange.rank(), exchange.size())),
      num_own_(begin_of_rank(model.num_states, exchange.rank() + 1, exchange.size()) - begin_) {
  if (num_states_ < 1 || num_actions_ < 1)
    throw std::invalid_argument(
        fmt::format("model: needs at least one state and one action, not {} and {}", num_states_,
                    num_actions_));
  const std::vector<State> halo = find_halo(model);
  if (num_planned_ > 0) make_table(model, halo);
  const Exchange::Lists lists = halo_by_rank(halo, exchange.size());
  agree(exchange, traffic);
  tell_owners(lists, exchange, traffic);
}

std::vector<State> ModelPart::find_halo(const ModelRows& model) {
  StatesFound found;
  std::vector<Outcome> row;
  for (State s = begin_; s < begin_ + num_own_; ++s) {
    if (model.terminal(s)) continue;
    ++num_planned_;
    bool available = false;
    for (Action a = 0; a < num_actions_; ++a) {
      row.clear();
      model.fill(s, a, row);
      available = available || !row.empty();
      for (const Outcome& o : row) {
        if (o.next < 0 || o.next >= num_states_)
          throw std::invalid_argument(
              fmt::format("model: state {}, action {}: next state {} is not in 0..{}", s, a, o.next,
                          num_states_ - 1));
        if (o.next < begin_ || o.next >= begin_ + num_own_) found.add(o.next);
      }
    }
    if (!available)
      throw std::invalid_argument(
          fmt::format("model: state {} is not terminal and has no available action", s));
  }
  has_terminal_ = num_planned_ < num_own_;
  std::vector<State> halo = found.take();
  first_own_ =
      static_cast<State>(std::lower_bound(halo.begin(), halo.end(), begin_) - halo.begin());
  halo_.reserve(halo.size());
  for (State k = 0; k < static_cast<State>(halo.size()); ++k)
    halo_.push_back(k < first_own_ ? k : k + num_own_);
  return halo;
}

State ModelPart::here(State s, const std::vector<State>& halo) const {
  if (s >= begin_ && s < begin_ + num_own_) return s - begin_ + first_own_;
  return halo_[static_cast<std::size_t>(std::lower_bound(halo.begin(), halo.end(), s) -
                                        halo.begin())];
}

void ModelPart::make_table(const ModelRows& model, const std::vector<State>& halo) {
  MdpFacts facts;
  for (State s = begin_; s < begin_ + num_own_; ++s)
    if (model.terminal(s)) facts.terminal.push_back(here(s, halo));
  State last = 0;  // that was asked for
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    if (s < first_own_ || s >= first_own_ + num_own_) {
      if (a == 0) row.push_back({1, 0, s});
      return;
    }
    last = s;
    model.fill(s - first_own_ + begin_, a, row);
    for (Outcome& o : row) o.next = here(o.next, halo);
  };
  try {
    table_ = FiniteMdp(num_here(), num_actions_, fill, facts);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(
        fmt::format("state {}, which is {} here: {}", last - first_own_ + begin_, last, e.what()));
  }
  longest_row_ = table_.longest_row();
  largest_reward_ = table_.largest_reward();
  row_sum_error_ = table_.row_sum_error();
}

/// The first meeting: it tells of a rank that failed, too.
void ModelPart::agree(Exchange& exchange, Traffic& traffic) {
  std::vector<double> facts = {has_terminal_ ? 1.0 : 0.0, static_cast<double>(longest_row_),
                               largest_reward_, row_sum_error_, static_cast<double>(num_planned_)};
  exchange.take_largest(facts);
  ++traffic.reductions;
  has_terminal_ = facts[0] > 0;
  longest_row_ = static_cast<std::size_t>(facts[1]);
  largest_reward_ = facts[2];
  row_sum_error_ = facts[3];
  if (facts[4] == 0) throw std::invalid_argument("model: every state is terminal");
}

Exchange::Lists ModelPart::halo_by_rank(const std::vector<State>& halo, int ranks) {
  Exchange::Lists lists(static_cast<std::size_t>(ranks));
  sent_here_.resize(lists.size());
  std::size_t k = 0;
  for (int r = 0; r < ranks; ++r) {
    const State end = begin_of_rank(num_states_, r + 1, ranks);
    const auto rank = static_cast<std::size_t>(r);
    for (; k < halo.size() && halo[k] < end; ++k) {
      lists[rank].push_back(halo[k]);
      sent_here_[rank].push_back(halo_[k]);
    }
  }
  return lists;
}

void ModelPart::tell_owners(const Exchange::Lists& lists, Exchange& exchange, Traffic& traffic) {
  for (const std::vector<State>& list : lists) {
    traffic.messages += list.empty() ? 0 : 1;
    traffic.bytes += static_cast<std::int64_t>(list.size() * sizeof(State));
  }
  wanted_ = exchange.swap_lists(lists);
  for (std::vector<State>& states : wanted_)
    for (State& s : states) s += first_own_ - begin_;
}

}  // namespace detail
}  // namespace rl
