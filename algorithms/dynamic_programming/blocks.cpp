#include "algorithms/dynamic_programming/blocks.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace rl::detail {

namespace {

constexpr std::uint32_t kNotInBlock = 0xffffffff;

/// Sets of `size` neighbouring states, grown breadth-first along successors. The next one starts
/// from what the earlier ones have seen and not taken, so that few scattered states are left.
class BlockGrowth {
 public:
  BlockGrowth(const FiniteMdp& model, std::size_t size)
      : model_(model), size_(size), seen_by_(index(model.num_states()), 0) {
    for (State s = 0; s < model.num_states(); ++s)
      if (model.terminal(s)) seen_by_[index(s)] = kTaken;
  }

  /// Those at even distances from the seed before those at odd ones: neighbours are seldom swept
  /// one after the other. The slippery grid of 10^6 states needs 0.75 as many backups as in the
  /// order of states, gamma .999.
  std::vector<State> next() {
    ++number_;
    std::array<std::vector<State>, 2> states;  // at even and odd distances
    std::size_t n = 0;
    for (std::size_t odd = 0; n < size_; odd = 1 - odd) {
      if (front_.empty() && !seed()) break;
      std::size_t i = 0;
      for (; i < front_.size() && n < size_; ++i, ++n) {
        seen_by_[index(front_[i])] = kTaken;
        states[odd].push_back(front_[i]);
        look_beyond(front_[i]);
      }
      left_.insert(left_.end(), front_.begin() + static_cast<std::ptrdiff_t>(i), front_.end());
      front_.swap(beyond_);
      beyond_.clear();
    }
    left_.insert(left_.end(), front_.begin(), front_.end());
    front_.clear();
    states[0].insert(states[0].end(), states[1].begin(), states[1].end());
    return std::move(states[0]);
  }

 private:
  static constexpr std::uint32_t kTaken = 0xffffffff;

  /// Puts a state at the front; false where all are taken.
  bool seed() {
    while (next_left_ < left_.size() && seen_by_[index(left_[next_left_])] == kTaken) ++next_left_;
    State s = 0;
    if (next_left_ < left_.size()) {
      s = left_[next_left_++];
    } else {
      left_.clear();
      next_left_ = 0;
      while (next_state_ < model_.num_states() && seen_by_[index(next_state_)] == kTaken)
        ++next_state_;
      if (next_state_ == model_.num_states()) return false;
      s = next_state_;
    }
    seen_by_[index(s)] = number_;
    front_.push_back(s);
    return true;
  }

  void look_beyond(State s) {
    for (Action a = 0; a < model_.num_actions(); ++a) {
      const FiniteMdp::Row row = model_.row(s, a);
      for (std::size_t k = 0; k < row.size(); ++k) {
        std::uint32_t& seen_by = seen_by_[index(row.next(k))];
        if (seen_by == kTaken || seen_by == number_) continue;
        seen_by = number_;
        beyond_.push_back(row.next(k));
      }
    }
  }

  const FiniteMdp& model_;
  std::size_t size_;
  std::vector<std::uint32_t> seen_by_;  // [S] number of the last block
  std::uint32_t number_ = 0;
  std::vector<State> front_, beyond_;
  std::vector<State> left_;  // seen and not taken, in order
  std::size_t next_left_ = 0;
  State next_state_ = 0;
};

/// Which rows of a block have the same numbers: by a hash of their bits.
class KindsOfRows {
 public:
  explicit KindsOfRows(std::size_t row_size) : row_size_(row_size) { slots_.fill(kFree); }

  /// The kind of a row, which is added to `numbers` where it is new; empty where there are too
  /// many.
  std::optional<std::uint8_t> find(const double* row, std::vector<double>& numbers) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < row_size_; ++i) {
      hash = (hash ^ std::bit_cast<std::uint64_t>(row[i])) * 0x9e3779b97f4a7c15ULL;
      hash ^= hash >> 29;
    }
    std::size_t slot = hash % slots_.size();
    for (; slots_[slot] != kFree; slot = (slot + 1) % slots_.size())
      if (std::memcmp(&numbers[slots_[slot] * row_size_], row, row_size_ * sizeof(double)) == 0)
        return static_cast<std::uint8_t>(slots_[slot]);
    if (count_ == kMost) return std::nullopt;
    slots_[slot] = count_++;
    numbers.insert(numbers.end(), row, row + row_size_);
    return static_cast<std::uint8_t>(slots_[slot]);
  }

 private:
  static constexpr std::uint16_t kMost = 256;
  static constexpr std::uint16_t kFree = 0xffff;
  std::size_t row_size_;
  std::array<std::uint16_t, 1024> slots_;
  std::uint16_t count_ = 0;
};

/// Makes blocks of sets of states.
class BlockBuilder {
 public:
  BlockBuilder(const FiniteMdp& model, double gamma)
      : model_(model), gamma_(gamma), place_(index(model.num_states()), kNotInBlock) {}

  /// Empty where it has and reads more states than 16 bits number.
  std::optional<Block> build(std::vector<State> own) {
    Block block;
    block.num_own = static_cast<std::uint32_t>(own.size());
    block.states = std::move(own);
    for (std::uint32_t i = 0; i < block.num_own; ++i) place_[index(block.states[i])] = i;
    next_.clear();
    weight_.clear();
    reward_.clear();
    next_begin_.assign(1, 0);
    block.if_staying.reserve(block.num_own);
    block.rows_begin.reserve(block.num_own + 1);
    block.rows_begin.push_back(0);
    for (std::uint32_t i = 0; i < block.num_own; ++i) add_state(block, block.states[i]);
    for (const State s : block.states) place_[index(s)] = kNotInBlock;
    if (block.states.size() > kMostStates) return std::nullopt;
    block.states.shrink_to_fit();
    store_rows(block);
    return block;
  }

 private:
  static constexpr std::size_t kMostStates = 65'536;

  void add_state(Block& block, State s) {
    double if_staying = -std::numeric_limits<double>::infinity();
    for (Action a = 0; a < model_.num_actions(); ++a) {
      const FiniteMdp::Row row = model_.row(s, a);
      if (row.size() == 0) continue;  // not available
      double stay = 0;
      for (std::size_t k = 0; k < row.size(); ++k)
        stay += row.next(k) == s ? row.probability(k) : 0;
      const double scale = 1 / (1 - gamma_ * stay);
      for (std::size_t k = 0; k < row.size(); ++k) {
        const State next = row.next(k);
        if (next == s || model_.terminal(next) || row.probability(k) == 0) continue;
        next_.push_back(place_in(block, next));
        weight_.push_back(gamma_ * row.probability(k) * scale);
      }
      if (next_.size() == next_begin_.back()) {
        if_staying = std::max(if_staying, row.reward * scale);
        continue;
      }
      reward_.push_back(row.reward * scale);
      next_begin_.push_back(static_cast<std::uint32_t>(next_.size()));
    }
    block.if_staying.push_back(if_staying);
    block.rows_begin.push_back(static_cast<std::uint32_t>(reward_.size()));
  }

  std::uint32_t place_in(Block& block, State s) {
    std::uint32_t& place = place_[index(s)];
    if (place == kNotInBlock) {
      place = static_cast<std::uint32_t>(block.states.size());
      block.states.push_back(s);
    }
    return place;
  }

  void store_rows(Block& block) const {
    std::size_t longest = 0;
    for (std::size_t row = 0; row < reward_.size(); ++row) longest = std::max(longest, size(row));
    if (longest > Block::kPadded)
      store_as_they_are(block);
    else
      store_padded(block, longest);
  }
  std::size_t size(std::size_t row) const { return next_begin_[row + 1] - next_begin_[row]; }

  void store_as_they_are(Block& block) const {
    block.next_begin = next_begin_;
    block.next.assign(next_.begin(), next_.end());
    block.numbers.reserve(reward_.size() + weight_.size());
    for (std::size_t row = 0; row < reward_.size(); ++row) {
      block.numbers.push_back(reward_[row]);
      for (std::size_t k = next_begin_[row]; k < next_begin_[row + 1]; ++k)
        block.numbers.push_back(weight_[k]);
    }
  }

  void store_padded(Block& block, std::size_t width) const {
    block.width = width;
    block.next.reserve(reward_.size() * width);
    block.kind.reserve(reward_.size());
    KindsOfRows kinds(1 + width);
    bool few_kinds = true;
    for (std::size_t row = 0; row < reward_.size(); ++row) {
      std::array<double, 1 + Block::kPadded> numbers = {reward_[row]};
      for (std::size_t k = 0; k < width; ++k) {
        const bool real = k < size(row);
        block.next.push_back(real ? static_cast<std::uint16_t>(next_[next_begin_[row] + k]) : 0);
        numbers[1 + k] = real ? weight_[next_begin_[row] + k] : 0;
      }
      if (few_kinds) {
        const std::optional<std::uint8_t> kind = kinds.find(numbers.data(), block.numbers);
        few_kinds = kind.has_value();
        if (few_kinds) block.kind.push_back(*kind);
        if (!few_kinds) spell_out(block, row);
      }
      if (!few_kinds)
        block.numbers.insert(block.numbers.end(), numbers.begin(),
                             numbers.begin() + static_cast<std::ptrdiff_t>(1 + width));
    }
    block.numbers.shrink_to_fit();
  }

  /// Gives each of the first rows numbers of its own.
  void spell_out(Block& block, std::size_t rows) const {
    const std::size_t n = 1 + block.width;
    std::vector<double> numbers;
    numbers.reserve(reward_.size() * n);
    for (std::size_t row = 0; row < rows; ++row) {
      const auto first = block.numbers.begin() + static_cast<std::ptrdiff_t>(block.kind[row] * n);
      numbers.insert(numbers.end(), first, first + static_cast<std::ptrdiff_t>(n));
    }
    block.numbers = std::move(numbers);
    block.kind = {};
  }

  const FiniteMdp& model_;
  double gamma_;
  std::vector<std::uint32_t> place_;  // [S] in the block that is being built
  // Its rows, one after the other.
  std::vector<double> reward_, weight_;
  std::vector<std::uint32_t> next_, next_begin_;
};

/// Tells each block who reads its states.
void add_readers(std::vector<Block>& blocks, State num_states) {
  struct Place {
    std::uint32_t block;
    std::uint16_t own;
  };
  std::vector<Place> place(index(num_states));
  for (std::uint32_t b = 0; b < blocks.size(); ++b)
    for (std::uint32_t i = 0; i < blocks[b].num_own; ++i)
      place[index(blocks[b].states[i])] = {b, static_cast<std::uint16_t>(i)};
  for (std::uint32_t b = 0; b < blocks.size(); ++b)
    for (std::size_t i = blocks[b].num_own; i < blocks[b].states.size(); ++i) {
      const Place p = place[index(blocks[b].states[i])];
      Block& of = blocks[p.block];
      const auto end = static_cast<std::uint32_t>(of.read.size());
      if (of.readers.empty() || of.readers.back().block != b) of.readers.push_back({b, end, end});
      of.read.push_back(p.own);
      ++of.readers.back().end;
    }
}

}  // namespace

std::optional<std::vector<Block>> cut_into_blocks(const FiniteMdp& model, double gamma,
                                                  std::size_t size, double most_read) {
  std::size_t left = 0;
  for (State s = 0; s < model.num_states(); ++s) left += model.terminal(s) ? 0 : 1;
  const double limit = most_read * static_cast<double>(left);
  std::size_t read = 0;
  BlockGrowth growth(model, size);
  BlockBuilder builder(model, gamma);
  std::vector<Block> blocks;
  blocks.reserve((left + size - 1) / size);
  while (left > 0) {
    std::optional<Block> block = builder.build(growth.next());
    if (!block) return std::nullopt;
    left -= block->num_own;
    read += block->states.size() - block->num_own;
    if (static_cast<double>(read) > limit) return std::nullopt;
    blocks.push_back(std::move(*block));
  }
  add_readers(blocks, model.num_states());
  return blocks;
}

}  // namespace rl::detail
