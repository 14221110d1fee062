#pragma once
/// \file
/// A FiniteMdp as a batch of worlds steps it: for each pair (s, a) one 32-bit word for each way
/// that its step may go,
///
///     [terminated: 1][reward: signed, the bits between][s': the lowest bits that hold a state]
///
/// so that a step is one look-up. The reward is k times a unit where all rewards are that, to the
/// bit (-1, 0 and 100; 0.25 and -2), else number k of a list: a second look-up.
///
/// In a model with chance a step draws u, uniform in 0 .. 2^53 - 1, as FiniteMdp::sample does. The
/// thresholds of all rows, each distinct one once, cut that range; in one piece every row has one
/// outcome, and a pair has a word for each piece: 3 on a slippery grid (u below .8, .9 or 1).
/// Memory: 4 bytes a pair, with chance 4 bytes times the pieces.
///
/// Models with noisy rewards, more than 7 thresholds or too many rewards for the bits of a word are
/// stepped by FiniteMdp::sample.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "rl/mdp.hpp"
#include "rl/types.hpp"

namespace rl {

namespace detail {
struct PackedWords {
  std::vector<std::uint32_t> word;       // [S x A x pieces]; 0 where a is not available
  std::vector<std::uint64_t> threshold;  // [pieces - 1], rising
  std::vector<double> rewards;           // empty: k times the unit
  double unit = 1;
  int state_bits = 0;
  std::uint32_t pieces() const { return static_cast<std::uint32_t>(threshold.size()) + 1; }
};
}  // namespace detail

/// Immutable; copies share the tables, and any number of threads may read one.
class PackedModel {
 public:
  static constexpr std::size_t kMostThresholds = 7;

  explicit PackedModel(FiniteMdp model);

  const FiniteMdp& model() const { return model_; }
  /// Null where steps are FiniteMdp::sample's.
  const detail::PackedWords* words() const { return words_.get(); }
  /// Whether a step draws.
  bool has_chance() const { return has_chance_; }
  /// Where all episodes start without a draw.
  const std::optional<State>& only_start() const { return only_start_; }
  /// Memory held by the words, beside the model's.
  std::size_t bytes() const;

 private:
  FiniteMdp model_;
  std::shared_ptr<const detail::PackedWords> words_;
  bool has_chance_ = false;
  std::optional<State> only_start_;
};

}  // namespace rl
