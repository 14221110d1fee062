#include "rl/mdp_graph.hpp"

#include <algorithm>
#include <utility>

namespace rl {

namespace {

template <class F>
void for_each_successor(const FiniteMdp& model, State s, F&& f) {
  for (Action a = 0; a < model.num_actions(); ++a) {
    const FiniteMdp::Row row = model.row(s, a);
    for (std::size_t k = 0; k < row.size(); ++k)
      if (row.probability(k) > 0) f(row.next(k));
  }
}

/// States from which a marked one can be reached, by walking backwards.
std::vector<std::uint8_t> can_reach(const Predecessors& before, std::vector<std::uint8_t> marked) {
  std::vector<State> stack;
  for (std::size_t s = 0; s < marked.size(); ++s)
    if (marked[s] != 0) stack.push_back(static_cast<State>(s));
  while (!stack.empty()) {
    const State s = stack.back();
    stack.pop_back();
    for (std::size_t i = before.begin[index(s)]; i < before.begin[index(s) + 1]; ++i)
      if (std::uint8_t& m = marked[index(before.state[i])]; m == 0) {
        m = 1;
        stack.push_back(before.state[i]);
      }
  }
  return marked;
}

}  // namespace

Predecessors predecessors(const FiniteMdp& model) {
  const State n = model.num_states();
  Predecessors result;
  result.begin.assign(index(n) + 1, 0);
  std::vector<State> last(index(n), -1);  // last predecessor counted for a state
  const auto for_each_edge = [&](auto&& f) {
    std::fill(last.begin(), last.end(), -1);
    for (State s = 0; s < n; ++s)
      for_each_successor(model, s, [&](State next) {
        if (last[index(next)] == s) return;
        last[index(next)] = s;
        f(s, next);
      });
  };
  for_each_edge([&](State, State next) { ++result.begin[index(next) + 1]; });
  for (std::size_t i = 1; i < result.begin.size(); ++i) result.begin[i] += result.begin[i - 1];
  result.state.resize(result.begin.back());
  std::vector<std::size_t> fill(result.begin.begin(), result.begin.end() - 1);
  for_each_edge([&](State s, State next) { result.state[fill[index(next)]++] = s; });
  return result;
}

std::vector<std::uint8_t> reachable(const FiniteMdp& model) {
  std::vector<std::uint8_t> seen(index(model.num_states()), 0);
  std::vector<State> stack;
  const auto visit = [&](State s) {
    if (seen[index(s)] != 0) return;
    seen[index(s)] = 1;
    stack.push_back(s);
  };
  model.for_each_start([&](State s, double p) {
    if (p > 0) visit(s);
  });
  while (!stack.empty()) {
    const State s = stack.back();
    stack.pop_back();
    for_each_successor(model, s, visit);
  }
  return seen;
}

std::optional<State> state_without_end(const FiniteMdp& model) {
  std::vector<std::uint8_t> terminal(index(model.num_states()), 0);
  for (State s = 0; s < model.num_states(); ++s) terminal[index(s)] = model.terminal(s) ? 1 : 0;
  const std::vector<std::uint8_t> ends = can_reach(predecessors(model), std::move(terminal));
  const auto it = std::find(ends.begin(), ends.end(), 0);
  if (it == ends.end()) return std::nullopt;
  return static_cast<State>(it - ends.begin());
}

std::vector<std::uint8_t> endless_states(const FiniteMdp& model) {
  // The largest set of non-terminal states in which every state has an action that surely stays in
  // the set: drop states without one until nothing changes.
  const Predecessors before = predecessors(model);
  std::vector<std::uint8_t> inside(index(model.num_states()), 0);
  std::vector<State> work;
  for (State s = 0; s < model.num_states(); ++s) {
    inside[index(s)] = model.terminal(s) ? 0 : 1;
    work.push_back(s);
  }
  const auto can_stay = [&](State s) {
    for (Action a = 0; a < model.num_actions(); ++a) {
      if (!model.available(s, a)) continue;
      const FiniteMdp::Row row = model.row(s, a);
      bool stays = true;
      for (std::size_t k = 0; k < row.size() && stays; ++k)
        stays = row.probability(k) == 0 || inside[index(row.next(k))] != 0;
      if (stays) return true;
    }
    return false;
  };
  while (!work.empty()) {
    const State s = work.back();
    work.pop_back();
    if (inside[index(s)] != 0) {
      if (can_stay(s)) continue;
      inside[index(s)] = 0;
    }
    for (std::size_t i = before.begin[index(s)]; i < before.begin[index(s) + 1]; ++i)
      if (inside[index(before.state[i])] != 0) work.push_back(before.state[i]);
  }
  return inside;
}

std::vector<std::uint8_t> recurrent_states(const FiniteMdp& model) {
  // Kosaraju: the last state left by a walk over all states belongs to no class that another one
  // leads into; walking backwards from there collects its class.
  const State n = model.num_states();
  std::vector<State> order;
  std::vector<std::uint8_t> seen(index(n), 0);
  std::vector<std::pair<State, std::vector<State>>> stack;  // a state and its successors to visit
  const auto enter = [&](State s) {
    if (seen[index(s)] != 0) return;
    seen[index(s)] = 1;
    stack.emplace_back(s, std::vector<State>{});
    for_each_successor(model, s, [&](State next) { stack.back().second.push_back(next); });
  };
  for (State s = 0; s < n; ++s)
    for (enter(s); !stack.empty();) {
      if (stack.back().second.empty()) {
        order.push_back(stack.back().first);
        stack.pop_back();
        continue;
      }
      const State next = stack.back().second.back();
      stack.back().second.pop_back();
      enter(next);
    }
  const Predecessors before = predecessors(model);
  std::vector<State> class_of(index(n), -1);
  std::vector<State> walk;
  std::reverse(order.begin(), order.end());
  for (const State root : order) {
    if (class_of[index(root)] >= 0) continue;
    class_of[index(root)] = root;
    for (walk.assign(1, root); !walk.empty();) {
      const State s = walk.back();
      walk.pop_back();
      for (std::size_t i = before.begin[index(s)]; i < before.begin[index(s) + 1]; ++i)
        if (class_of[index(before.state[i])] < 0) {
          class_of[index(before.state[i])] = root;
          walk.push_back(before.state[i]);
        }
    }
  }
  std::vector<std::uint8_t> closed(index(n), 1);  // by class
  for (State s = 0; s < n; ++s) {
    if (model.terminal(s)) closed[index(class_of[index(s)])] = 0;
    for_each_successor(model, s, [&](State next) {
      if (class_of[index(next)] != class_of[index(s)]) closed[index(class_of[index(s)])] = 0;
    });
  }
  std::vector<std::uint8_t> recurrent(index(n), 0);
  for (State s = 0; s < n; ++s) recurrent[index(s)] = closed[index(class_of[index(s)])];
  return recurrent;
}

std::vector<std::vector<State>> recurrent_classes(const FiniteMdp& chain) {
  std::vector<std::uint8_t> waiting = recurrent_states(chain);
  std::vector<std::vector<State>> classes;
  for (State first = 0; first < chain.num_states(); ++first) {
    if (waiting[index(first)] == 0) continue;
    std::vector<State>& members = classes.emplace_back();
    const auto enter = [&](State s) {
      if (std::exchange(waiting[index(s)], std::uint8_t{0}) != 0) members.push_back(s);
    };
    enter(first);
    for (std::size_t i = 0; i < members.size(); ++i) {  // NOLINT: it grows
      const FiniteMdp::Row row = chain.row(members[i], 0);
      for (std::size_t k = 0; k < row.size(); ++k)
        if (row.probability(k) > 0) enter(row.next(k));
    }
  }
  return classes;
}

}  // namespace rl
