#pragma once
/// \file
/// Many streams of random numbers side by side: word w of all of them, then word w + 1, so that one
/// instruction advances several. Each draws what the Rng draws that it was made from.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "rl/network_kernels.hpp"
#include "rl/random.hpp"

namespace rl {

class RandomLanes {
 public:
  explicit RandomLanes(std::size_t size) {
    for (auto& lanes : word_) lanes.resize(size);
  }
  std::size_t size() const { return word_[0].size(); }

  /// A stream that draws what stream i will. Not for `split`: keys are not kept.
  Rng get(std::size_t i) const {
    return Rng::from_state({word_[0][i], word_[1][i], word_[2][i], word_[3][i]});
  }
  void set(std::size_t i, Rng rng) {
    Writer writer{*this, i};
    rng.state(writer);
  }
  /// f(rng) with stream i, which then goes on from where f left it.
  template <class F>
  auto draw(std::size_t i, F&& f) {
    Rng rng = get(i);
    const auto result = f(rng);
    set(i, rng);
    return result;
  }

  /// For kernels: word w of all streams.
  std::uint64_t* word(std::size_t w) { return word_[w].data(); }

  bool operator==(const RandomLanes&) const = default;

 private:
  /// Writes words where they belong, not to an array first, from which a wide load would have to
  /// wait for them.
  struct Writer {
    RandomLanes& lanes;
    std::size_t i;
    std::size_t w = 0;
    void operator()(std::string_view name, const std::uint64_t& x) {
      if (name == "word") lanes.word_[w++][i] = x;
    }
  };
  std::array<detail::AlignedVector<std::uint64_t>, 4> word_;
};

}  // namespace rl
