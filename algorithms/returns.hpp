#pragma once
/// \file
/// What a reward is followed by in a return: G_t = r_{t+1} + gamma * rest(v(S_{t+1}), G_{t+1}).
#include "rl/options.hpp"

namespace rl {

/// The rewards themselves: G = r + gamma G'.
struct PlainReturn {
  static constexpr bool bootstraps = false;
  struct Options {
    template <class Visitor>
    void visit(Visitor&) {}
  };
  PlainReturn() = default;
  explicit PlainReturn(const Options&) {}
  double rest(double /*v*/, double G) const { return G; }
};

/// The lambda-return (S&B 12.1): G = r + gamma [ (1 - lambda) v(s') + lambda G' ].
struct LambdaReturn {
  static constexpr bool bootstraps = true;
  struct Options {
    double lambda = 0.9;
    template <class Visitor>
    void visit(Visitor& v) {
      v("lambda", lambda, "0 looks one step ahead, 1 as far as there are rewards", Range{0, 1});
    }
  };
  explicit LambdaReturn(const Options& o) : lambda(o.lambda) {}
  double rest(double v, double G) const { return (1 - lambda) * v + lambda * G; }
  double lambda;
};

}  // namespace rl
