#include "rl/batch/worlds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "rl/batch/kernels.hpp"

namespace rl {

using detail::kBatchBlock;

BatchWorlds::BatchWorlds(PackedModel model, std::size_t size, const Rng& root,
                         std::int64_t episode_steps, std::size_t first)
    : model_(std::move(model)), episode_steps_(episode_steps), random_(size) {
  if (size == 0) throw std::invalid_argument("a batch has at least 1 world, not 0");
  if (episode_steps < 1)
    throw std::invalid_argument(
        fmt::format("episode_steps: an episode has at least 1 step, not {}", episode_steps));
  const std::size_t blocks = (size + kBatchBlock - 1) / kBatchBlock;
  for (auto* array : {&state_, &next_}) array->assign(size, 0);
  for (auto* array : {&terminated_, &truncated_}) array->assign(size, 0);
  reward_.assign(size, 0);
  piece_.assign(model_.words() != nullptr && model_.has_chance() ? size : 0, 0);
  cut_at_.assign(size, 0);
  block_ended_.assign(blocks, 0);
  blocks_.resize(blocks, {.next_cut = episode_steps});
  for (std::size_t i = 0; i < size; ++i) {
    random_.set(i, Streams(root.split(first + i)).environment);
    begin_episode(i);
  }
  next_ = state_;
}

void BatchWorlds::begin_episode(std::size_t i) {
  cut_at_[i] = episode_steps_ < kNoLimit - steps_ ? steps_ + episode_steps_ : kNoLimit;
  state_[i] = model_.only_start()
                  ? *model_.only_start()
                  : random_.draw(i, [&](Rng& rng) { return model().sample_start(rng); });
}

void BatchWorlds::step(std::span<const Action> actions) {
  if (actions.size() != size())
    throw std::invalid_argument(
        fmt::format("batch: {} actions for {} worlds", actions.size(), size()));
#ifndef NDEBUG
  for (std::size_t i = 0; i < size(); ++i) assert(model().available(state_[i], actions[i]));
#endif
  ++steps_;
  if (model_.words() == nullptr) {
    sample(actions);
  } else {
    if (!piece_.empty()) detail::draw_pieces(random_, model_.words()->threshold, piece_.data());
    detail::step_batch(
        *model_.words(),
        {size(), model().num_actions(), actions.data(), piece_.empty() ? nullptr : piece_.data(),
         state_.data(), next_.data(), reward_.data(), terminated_.data(), block_ended_.data()});
  }
  for (std::size_t block = 0; block < blocks_.size(); ++block)
    if (block_ended_[block] != 0 || blocks_[block].next_cut <= steps_ || blocks_[block].has_cut)
      finish(block);
}

/// The same for models that words do not hold.
void BatchWorlds::sample(std::span<const Action> actions) {
  std::fill(block_ended_.begin(), block_ended_.end(), std::uint8_t{0});
  for (std::size_t i = 0; i < size(); ++i) {
    const Step<State> x =
        random_.draw(i, [&](Rng& rng) { return model().sample(state_[i], actions[i], rng); });
    state_[i] = next_[i] = x.next;
    reward_[i] = x.reward;
    terminated_[i] = x.terminated ? 1 : 0;
    block_ended_[i / kBatchBlock] |= terminated_[i];
  }
}

/// What is rare: episodes of this block ended, or may be cut now. The time that this takes grows
/// with the episodes, not with the steps.
void BatchWorlds::finish(std::size_t block) {
  const std::size_t begin = block * kBatchBlock;
  const std::size_t end = std::min(begin + kBatchBlock, size());
  Block& b = blocks_[block];
  const bool may_cut = b.next_cut <= steps_;
  if (may_cut || b.has_cut) {
    b.has_cut = false;
    for (std::size_t i = begin; i < end; ++i) {
      const bool cut = cut_at_[i] <= steps_ && terminated_[i] == 0;
      truncated_[i] = cut ? 1 : 0;
      b.has_cut |= cut;
    }
  }
  for (std::size_t i = begin; i < end; i += 8) {
    const std::size_t n = std::min<std::size_t>(8, end - i);
    std::uint64_t terminated = 0, truncated = 0;  // 8 flags at once
    std::memcpy(&terminated, &terminated_[i], n);
    std::memcpy(&truncated, &truncated_[i], n);
    if ((terminated | truncated) == 0) continue;
    for (std::size_t j = i; j < i + n; ++j)
      if ((terminated_[j] | truncated_[j]) != 0) begin_episode(j);
  }
  if (may_cut)
    b.next_cut = *std::min_element(cut_at_.begin() + static_cast<std::ptrdiff_t>(begin),
                                   cut_at_.begin() + static_cast<std::ptrdiff_t>(end));
}

}  // namespace rl
