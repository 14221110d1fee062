#include "rl/batch/packed_model.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace rl {
namespace {

using detail::PackedWords;

/// What FiniteMdp::sample compares u with: outcome k is where threshold k - 1 <= u < threshold k.
std::vector<std::uint64_t> thresholds_of(const std::vector<Outcome>& row) {
  std::vector<std::uint64_t> thresholds;
  double cumulative = 0;
  for (std::size_t k = 0; k + 1 < row.size(); ++k)
    thresholds.push_back(
        static_cast<std::uint64_t>(std::ceil(0x1.0p53 * (cumulative += row[k].probability))));
  return thresholds;
}

/// The reward that a step returns: where nothing is drawn it is an expected one, a sum from 0, in
/// which -0 is 0.
double reward_of(const Outcome& o, bool has_chance) { return has_chance ? o.reward : 0 + o.reward; }

/// What all pairs of a model say together.
struct Survey {
  std::set<std::uint64_t> thresholds;
  std::map<std::uint64_t, double> rewards;  // by their bits
};

/// Empty where words cannot hold the model.
std::optional<Survey> survey(const FiniteMdp& model, bool has_chance) {
  Survey found;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      const std::vector<Outcome> row = model.outcomes(s, a);
      for (const Outcome& o : row) {
        if (o.reward_sd > 0) return std::nullopt;
        const double reward = reward_of(o, has_chance);
        found.rewards.emplace(std::bit_cast<std::uint64_t>(reward), reward);
      }
      for (const std::uint64_t t : thresholds_of(row)) found.thresholds.insert(t);
      if (found.thresholds.size() > PackedModel::kMostThresholds) return std::nullopt;
    }
  return found;
}

/// How a reward is written in a word.
class RewardCode {
 public:
  RewardCode(const std::map<std::uint64_t, double>& rewards, int bits)
      : half_(std::int64_t{1} << (bits - 1)) {
    double smallest = std::numeric_limits<double>::infinity();
    for (const auto& [key, r] : rewards)
      if (r != 0) smallest = std::min(smallest, std::abs(r));
    for (const double unit : {1.0, smallest})
      if (std::all_of(rewards.begin(), rewards.end(),
                      [&](const auto& entry) { return is_multiple(entry.second, unit); })) {
        unit_ = unit;
        return;
      }
    for (const auto& [key, r] : rewards) {
      number_[key] = static_cast<std::int64_t>(list_.size());
      list_.push_back(r);
    }
  }
  bool fits() const { return static_cast<std::int64_t>(list_.size()) <= half_; }
  std::int64_t operator()(double r) const {
    return list_.empty() ? std::llround(r / unit_) : number_.at(std::bit_cast<std::uint64_t>(r));
  }
  double unit() const { return unit_; }
  const std::vector<double>& list() const { return list_; }

 private:
  bool is_multiple(double r, double unit) const {
    const double k = std::round(r / unit);
    return std::abs(k) < static_cast<double>(half_) &&
           std::bit_cast<std::uint64_t>(unit * (k + 0.0)) == std::bit_cast<std::uint64_t>(r);
  }
  std::int64_t half_;  // -half_ <= k < half_
  double unit_ = 1;
  std::vector<double> list_ = {};
  std::map<std::uint64_t, std::int64_t> number_ = {};
};

/// The outcome of a row where all thresholds up to number `piece` are reached.
const Outcome& outcome_in(const std::vector<Outcome>& row, const PackedWords& words,
                          std::uint32_t piece) {
  const std::vector<std::uint64_t> own = thresholds_of(row);
  const auto reached = [&](std::uint64_t t) { return t <= words.threshold[piece - 1]; };
  return row[piece == 0 ? 0
                        : static_cast<std::size_t>(std::count_if(own.begin(), own.end(), reached))];
}

std::shared_ptr<const PackedWords> pack(const FiniteMdp& model, bool has_chance) {
  const std::optional<Survey> found = survey(model, has_chance);
  if (!found) return nullptr;
  PackedWords words;
  words.threshold.assign(found->thresholds.begin(), found->thresholds.end());
  words.state_bits =
      static_cast<int>(std::bit_width(static_cast<std::uint32_t>(model.num_states() - 1)));
  const std::uint64_t size = static_cast<std::uint64_t>(model.num_states()) *
                             static_cast<std::uint64_t>(model.num_actions()) * words.pieces();
  if (words.state_bits > 29 || size > std::numeric_limits<std::int32_t>::max()) return nullptr;
  const RewardCode code(found->rewards, 31 - words.state_bits);
  if (!code.fits()) return nullptr;
  words.unit = code.unit();
  words.rewards = code.list();
  words.word.reserve(size);
  const std::uint32_t reward_mask = 0x7fffffffU & (~0U << words.state_bits);
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a) {
      const std::vector<Outcome> row = model.outcomes(s, a);
      for (std::uint32_t piece = 0; piece < words.pieces(); ++piece) {
        if (row.empty()) {
          words.word.push_back(0);
          continue;
        }
        const Outcome& o = outcome_in(row, words, piece);
        const auto k = static_cast<std::uint32_t>(code(reward_of(o, has_chance)));
        words.word.push_back((model.terminal(o.next) ? 1U << 31 : 0U) |
                             ((k << words.state_bits) & reward_mask) |
                             static_cast<std::uint32_t>(o.next));
      }
    }
  return std::make_shared<const PackedWords>(std::move(words));
}

/// Whether the model draws where it steps.
bool draws_at_steps(const FiniteMdp& model) {
  if (model.longest_row() > 1) return true;
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& o : model.outcomes(s, a))
        if (o.reward_sd > 0) return true;
  return false;
}

}  // namespace

PackedModel::PackedModel(FiniteMdp model)
    : model_(std::move(model)), has_chance_(draws_at_steps(model_)) {
  words_ = pack(model_, has_chance_);
  const Rng before(0);
  Rng after = before;
  const State start = model_.sample_start(after);
  if (after == before) only_start_ = start;
}

std::size_t PackedModel::bytes() const {
  if (!words_) return 0;
  return words_->word.capacity() * sizeof(std::uint32_t) +
         words_->threshold.capacity() * sizeof(std::uint64_t) +
         words_->rewards.capacity() * sizeof(double);
}

}  // namespace rl
