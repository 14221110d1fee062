#pragma once
/// \file
/// Passes over what was lived in a segment, some of it at a time (PPO, TRPO).
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "algorithms/segment_learner.hpp"
#include "rl/options.hpp"
#include "rl/random.hpp"

namespace rl {

struct MinibatchOptions {
  std::int64_t epochs = 10;
  std::int64_t minibatch = 64;
  template <class Visitor>
  void visit(Visitor& v) {
    v("epochs", epochs, "passes over a segment", Range{1, 1e6});
    v("minibatch", minibatch, "samples of one gradient; worlds times segment is a multiple of it",
      Range{1, 1e9});
  }
};

/// Throws std::invalid_argument for a segment that minibatches do not divide.
void check_minibatches(const MinibatchOptions& options, const SegmentOptions& lived);

/// Some lessons, copied.
template <class S, class A>
struct Minibatch {
  std::vector<S> s;
  std::vector<A> a;
  std::vector<double> log_pi, advantage, G;

  void pick(const Lessons<S, A>& all, std::span<const std::size_t> which) {
    const auto copy = [&](auto from, auto& to) {
      to.clear();
      for (const std::size_t i : which) to.push_back(from[i]);
    };
    copy(all.s, s);
    copy(all.a, a);
    copy(all.log_pi, log_pi);
    copy(all.advantage, advantage);
    copy(all.G, G);
  }
  Lessons<S, A> lessons() const { return {s, a, log_pi, advantage, G}; }
};

inline void shuffle(std::span<std::size_t> order, Rng& rng) {
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(rng.index(static_cast<int>(i)))]);
}

/// f(minibatch) for each of them in every pass, in a new random order.
template <class S, class A, class F>
void for_minibatches(const Lessons<S, A>& all, const MinibatchOptions& options, Rng& rng, F&& f) {
  const auto size = static_cast<std::size_t>(options.minibatch);
  std::vector<std::size_t> order(all.s.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Minibatch<S, A> some;
  for (std::int64_t epoch = 0; epoch < options.epochs; ++epoch) {
    shuffle(order, rng);
    for (std::size_t first = 0; first < order.size(); first += size) {
      some.pick(all, std::span(order).subspan(first, size));
      f(some);
    }
  }
}

}  // namespace rl
