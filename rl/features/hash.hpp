#pragma once
/// \file
/// The hash of features, the same on every machine.
#include <cstddef>
#include <cstdint>

#include "rl/random.hpp"

namespace rl {

/// One of 0 .. n-1; n < 2^32.
inline std::size_t hash_among(std::uint64_t key, std::size_t n) {
  return static_cast<std::size_t>((splitmix64(key) >> 32) * n >> 32);
}

}  // namespace rl
