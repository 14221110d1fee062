#pragma once
/// \file
/// One pass of a backup rule T over the states that are not terminal, and how much it changes:
///
///     next(s) <- T(q(s, .)),   d(s) = next(s) - v(s)
#include <concepts>
#include <limits>

#include "rl/mdp.hpp"
#include "rl/values.hpp"

namespace rl {

/// Range of d = T v - v over the non-terminal states; the terminal ones contribute 0.
struct ChangeRange {
  double low;
  double high;
  explicit ChangeRange(bool has_terminal)
      : low(has_terminal ? 0 : std::numeric_limits<double>::infinity()), high(-low) {}
  void add(double d) {
    low = d < low ? d : low;
    high = d > high ? d : high;
  }
  double largest() const { return high > -low ? high : -low; }
};

namespace detail {
/// Calls store(s, T v(s)) in order. By value and out of line: the compiler keeps pointers and
/// numbers in registers, and has all of them for this loop.
template <class M, class Rule, class Store>
[[gnu::noinline]] ChangeRange back_up_all(const M model, const Rule rule, const double gamma,
                                          const StateValues& v, const Store store) {
  ChangeRange d(model.has_terminal());
  for (State s = 0; s < model.num_states(); ++s) {
    if (model.terminal(s)) continue;
    const double value = rule(model, v, gamma, s);
    d.add(value - v[s]);
    store(s, value);
  }
  return d;
}

/// By the model's short rows where it has no others.
template <class M, class Rule, class Store>
ChangeRange sweep(const M& model, const Rule& rule, double gamma, const StateValues& v,
                  const Store& store) {
  if constexpr (std::same_as<M, FiniteMdp>)
    if (model.longest_row() <= FiniteMdp::kInline)
      return back_up_all(FiniteMdp::ShortRows(model), rule, gamma, v, store);
  return back_up_all(model, rule, gamma, v, store);
}
}  // namespace detail

/// next <- T v; terminal entries of `next` stay.
template <Model M, class Rule>
ChangeRange sweep_synchronously(const M& model, const Rule& rule, double gamma,
                                const StateValues& v, StateValues& next) {
  return detail::sweep(model, rule, gamma, v, [&next](State s, double value) { next[s] = value; });
}

/// T v - v, with nothing changed.
template <Model M, class Rule>
ChangeRange residual(const M& model, const StateValues& v, double gamma, const Rule& rule) {
  return detail::sweep(model, rule, gamma, v, [](State, double) {});
}

}  // namespace rl
