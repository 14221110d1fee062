#pragma once
/// \file
/// Random numbers as an argument: xoshiro256++ (Blackman and Vigna 2019) with distributions of our
/// own, since the standard library fixes neither the algorithms nor the bits of its own.
///
/// A stream belongs to a name, not to a moment: `root.split(key)` depends on the root's seed and
/// the key alone, however many numbers were drawn before. So results depend on the seed, and
/// neither on threads nor on the order in which tasks are started.
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <span>
#include <string_view>

#include "rl/types.hpp"

namespace rl {

/// SplitMix64 (Steele, Lea and Flood 2014): one step from `x`; spreads seeds and mixes keys.
constexpr std::uint64_t splitmix64(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// A hash of a text, the same on every machine (FNV-1a).
constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// A stream of random numbers. Copy it to replay it.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : key_(seed) {
    for (std::uint64_t& word : word_) word = splitmix64(seed);
  }
  /// The generator in a given state, as the published reference starts it.
  static Rng from_state(const std::array<std::uint64_t, 4>& words) {
    Rng rng(0);
    rng.word_ = words;
    return rng;
  }

  /// The stream of sub-task `key`; this stream does not change.
  [[nodiscard]] Rng split(std::uint64_t key) const {
    std::uint64_t x = key_ ^ 0x6a09e667f3bcc909ULL;
    x = splitmix64(x) ^ key;
    return Rng(splitmix64(x));
  }
  [[nodiscard]] Rng split(std::string_view name) const { return split(fnv1a(name)); }

  /// The next 64 bits.
  std::uint64_t bits() {
    const std::uint64_t result = std::rotl(word_[0] + word_[3], 23) + word_[0];
    const std::uint64_t t = word_[1] << 17;
    word_[2] ^= word_[0];
    word_[3] ^= word_[1];
    word_[1] ^= word_[2];
    word_[0] ^= word_[3];
    word_[2] ^= t;
    word_[3] = std::rotl(word_[3], 45);
    return result;
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  /// Uniform in [low, high); rounding may give `high` itself.
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// True with probability p; draws always, so that the stream does not depend on p.
  bool flip(double p) { return uniform() < p; }

  /// Uniform in 0 .. n-1 without bias (Lemire 2019); n > 0.
  std::int32_t index(std::int32_t n) {
    assert(n > 0);
    const auto range = static_cast<std::uint32_t>(n);
    std::uint64_t product = (bits() >> 32) * range;
    if (auto low = static_cast<std::uint32_t>(product); low < range) {
      const std::uint32_t threshold = (0U - range) % range;
      while (low < threshold) {
        product = (bits() >> 32) * range;
        low = static_cast<std::uint32_t>(product);
      }
    }
    return static_cast<std::int32_t>(product >> 32);
  }

  /// Index i with probability p[i]; p sums to 1 up to rounding. Never one with p[i] = 0.
  std::int32_t categorical(std::span<const double> p) {
    double u = uniform();
    std::int32_t last = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
      if (p[i] <= 0) continue;
      last = static_cast<std::int32_t>(i);
      if ((u -= p[i]) < 0) break;
    }
    return last;
  }

  /// Standard normal (Marsaglia's polar method; the second number is not kept, so that a stream's
  /// state is its four words).
  double normal() noexcept;

  bool operator==(const Rng&) const = default;
  template <class Visitor>
  void state(Visitor& visit) {
    visit("key", key_);
    for (std::uint64_t& word : word_) visit("word", word);
  }

 private:
  std::uint64_t key_;
  std::array<std::uint64_t, 4> word_;
};

/// The streams of one run. World and learner draw apart, so that all learners of a seed meet the
/// same luck; what a world draws when it is made (the arms of a bandit) is a third stream.
struct Streams {
  explicit Streams(std::uint64_t seed) : Streams(Rng(seed)) {}
  explicit Streams(const Rng& root)
      : environment(root.split("environment")), agent(root.split("agent")) {}
  Rng environment;
  Rng agent;

  template <class Visitor>
  void state(Visitor& visit) {
    environment.state(visit);
    agent.state(visit);
  }
};

}  // namespace rl
