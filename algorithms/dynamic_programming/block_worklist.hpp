#pragma once
/// \file
/// Which block of a model is swept next (blocks.hpp):
///
///     bound(block)  how much a backup of its states may still change
///     key(block)    the largest value that it has been told since it was swept
///     while a block's bound exceeds the threshold: of those take the one of the largest key
///
/// Some states may be held: their values come from outside and stay as they were set last.
#include <cstddef>
#include <cstdint>
#include <queue>
#include <vector>

#include "algorithms/dynamic_programming/blocks.hpp"
#include "rl/values.hpp"

namespace rl::detail {

class BlockWorklist {
 public:
  BlockWorklist() = default;
  /// `held`: ascending, states that only stay in the model which was cut; they keep their values in
  /// `v`.
  BlockWorklist(std::vector<Block> blocks, double gamma, const std::vector<State>& held,
                const StateValues& v);

  /// From now on blocks whose bounds exceed `threshold` are swept, until changes are well below it
  /// or `finest`.
  void lower(double threshold, double finest);
  /// The same, and no bound is believed.
  void restart(double threshold, double finest);
  /// Sweeps one block in v; false where no bound exceeds the threshold.
  bool visit_next(StateValues& v);
  /// v(s) <- value, s = held[k]
  void hold(std::size_t k, double value, StateValues& v);
  /// Of states of blocks, the held ones among them.
  double backups() const { return backups_; }

 private:
  /// First the largest key, then the first block.
  struct Entry {
    double key;
    std::size_t block;
    bool operator<(const Entry& other) const {
      return key != other.key ? key < other.key : block > other.block;
    }
  };
  struct HeldState {
    State state;
    std::uint32_t block, place;
    std::size_t readers_begin = 0, readers_end = 0;
  };

  void find_held(const std::vector<State>& held, const StateValues& v);
  void find_readers_of_held(const std::vector<State>& held);
  void push(std::size_t block);
  void fill_queue();
  void visit(std::size_t number, StateValues& v);
  double sweep(const Block& block);
  void tell_reader(const Block& block, const BlockReader& reader, const StateValues& v);
  void tell(std::size_t block, double change, double value);

  std::vector<Block> blocks_;
  double gamma_ = 0, threshold_ = 0, finest_ = 0;
  double backups_ = 0;
  std::vector<double> local_;          // values of the states of one block
  std::vector<std::uint32_t> choice_;  // [own] its best rows
  std::vector<double> bound_, key_;    // [blocks]
  std::vector<char> queued_;
  std::priority_queue<Entry> queue_;
  std::vector<HeldState> held_;
  std::vector<std::uint32_t> readers_;  // blocks, for each held state
};

}  // namespace rl::detail
