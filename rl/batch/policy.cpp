#include "rl/batch/policy.hpp"

#include <fmt/format.h>

#include <bit>
#include <stdexcept>

#include "rl/batch/kernels.hpp"

namespace rl {
namespace {

constexpr std::int64_t kNumbers = std::int64_t{1} << 53;  // that a draw can be

/// A stream whose next uniform number is u 2^-53: with three words 0 its bits are those of the
/// fourth, rotated by 23.
Rng stream_that_draws(std::int64_t u) {
  return Rng::from_state({0, 0, 0, std::rotr(static_cast<std::uint64_t>(u) << 11, 23)});
}

/// The smallest u that an action after number j is drawn with.
std::int64_t threshold_after(std::span<const double> row, Action j, std::int64_t low) {
  std::int64_t high = kNumbers;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (stream_that_draws(middle).categorical(row) > j)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace

BatchPolicy::BatchPolicy(const FiniteMdp& model, const TabularPolicy& policy, std::size_t size,
                         const Rng& root, std::size_t first)
    : num_actions_(policy.num_actions()), random_(size), action_(size, 0) {
  if (size == 0) throw std::invalid_argument("a batch has at least 1 world, not 0");
  check_policy(model, policy);
  threshold_.reserve(index(model.num_states()) * index(num_actions_ - 1));
  for (State s = 0; s < model.num_states(); ++s)
    for (Action j = 0; j + 1 < num_actions_; ++j)
      threshold_.push_back(threshold_after(policy.row(s), j, j == 0 ? 0 : threshold_.back()));
  for (std::size_t i = 0; i < size; ++i) random_.set(i, Streams(root.split(first + i)).agent);
}

std::span<const Action> BatchPolicy::choose(std::span<const State> states) {
  if (states.size() != action_.size())
    throw std::invalid_argument(
        fmt::format("batch: {} states for {} worlds", states.size(), action_.size()));
  detail::draw_actions(random_, threshold_.data(), num_actions_, states.data(), action_.data());
  return action_;
}

}  // namespace rl
