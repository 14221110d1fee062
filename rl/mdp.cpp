#include "rl/mdp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace rl {

namespace {

constexpr double kRowTolerance = 1e-9;
constexpr double kLargestReward = 1e150;  // sums of rewards stay finite, and their squares
constexpr std::size_t kRowsBeforeGivingUp = 1 << 16;

std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
  return hash ^ (hash >> 29);
}

std::uint64_t hash_row(State s, const std::vector<Outcome>& row) {
  std::uint64_t hash = row.size();
  for (const Outcome& o : row) {
    hash = mix(hash, std::bit_cast<std::uint64_t>(o.probability));
    hash = mix(hash, std::bit_cast<std::uint64_t>(o.reward));
    hash = mix(hash, static_cast<std::uint64_t>(std::int64_t{o.next} - s));
    if (o.reward_sd != 0) hash = mix(hash, std::bit_cast<std::uint64_t>(o.reward_sd));
  }
  return hash;
}

/// Start::first.
std::vector<std::uint32_t> first_choices(const std::vector<double>& cumulative) {
  std::vector<std::uint32_t> first(std::bit_ceil(cumulative.size()));
  std::uint32_t i = 0;
  for (std::size_t j = 0; j < first.size(); ++j) {
    const double u = static_cast<double>(j) / static_cast<double>(first.size());
    while (i + 1 < cumulative.size() && cumulative[i] <= u) ++i;
    first[j] = i;
  }
  return first;
}

/// How many of the `last` cumulative probabilities are at most u. Without a branch to miss where
/// they are few.
std::size_t choose(const double* cumulative, std::size_t last, double u) {
  constexpr std::size_t kFew = 15;
  if (last > kFew)
    return static_cast<std::size_t>(std::upper_bound(cumulative, cumulative + last, u) -
                                    cumulative);
  std::size_t k = 0;
  for (std::size_t i = 0; i < last; ++i) k += cumulative[i] <= u ? 1 : 0;
  return k;
}

[[noreturn]] void bad_row(State s, Action a, const std::string& what) {
  throw std::invalid_argument(fmt::format("model: state {}, action {}: {}", s, a, what));
}

}  // namespace

FiniteMdp::Builder::Builder(State num_states, Action num_actions, const MdpFacts& facts)
    : num_states_(num_states),
      num_actions_(num_actions),
      tables_(std::make_shared<Tables>()),
      memory_limit_(facts.memory_limit) {
  if (num_states < 1 || num_actions < 1)
    throw std::invalid_argument(fmt::format(
        "model: needs at least one state and one action, not {} and {}", num_states, num_actions));
  require_memory(0);
  Tables& t = *tables_;
  t.rewards_are_means = facts.rewards_are_means;
  t.terminal.assign(index(num_states), 0);
  for (const State s : facts.terminal) {
    if (s < 0 || s >= num_states)
      throw std::invalid_argument(
          fmt::format("model: terminal state {} is not in 0..{}", s, num_states - 1));
    t.terminal[index(s)] = 1;
  }
  t.num_terminal = static_cast<std::size_t>(std::count(t.terminal.begin(), t.terminal.end(), 1));
  if (t.num_terminal == index(num_states))
    throw std::invalid_argument("model: every state is terminal");
  t.row_of.assign(index(num_states) * static_cast<std::size_t>(num_actions), kUnavailable);
  t.heads.push_back({.expected_reward = -std::numeric_limits<double>::infinity()});
  hashes_.push_back(0);
  slots_.assign(1024, 0);
}

void FiniteMdp::Builder::check(State s, Action a, const std::vector<Outcome>& row) const {
  double sum = 0;
  for (const Outcome& o : row) {
    if (!(o.probability >= 0 && o.probability <= 1))
      bad_row(s, a, fmt::format("probability {} is not in [0, 1]", o.probability));
    if (!std::isfinite(o.reward)) bad_row(s, a, fmt::format("reward {} is not finite", o.reward));
    if (std::abs(o.reward) > kLargestReward)
      bad_row(s, a, fmt::format("reward {} is larger than {}", o.reward, kLargestReward));
    if (!(o.reward_sd >= 0 && o.reward_sd <= kLargestReward))
      bad_row(s, a, fmt::format("reward_sd {} is not in 0..{}", o.reward_sd, kLargestReward));
    if (o.next < 0 || o.next >= num_states_)
      bad_row(s, a, fmt::format("next state {} is not in 0..{}", o.next, num_states_ - 1));
    sum += o.probability;
  }
  if (!(std::abs(sum - 1) <= kRowTolerance))
    bad_row(s, a, fmt::format("probabilities sum to {}, not 1", sum));
}

bool FiniteMdp::Builder::same(RowId id, State s, const std::vector<Outcome>& row) const {
  const Tables& t = *tables_;
  const Head& head = t.heads[id];
  if (head.size != row.size()) return false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::size_t k = head.begin + i;
    const double sd = t.noisy ? t.reward_sd[k] : 0;
    if ((row.size() > 1 && t.probability[k] != row[i].probability) ||
        t.reward[k] != row[i].reward || t.offset[k] != std::int64_t{row[i].next} - s ||
        sd != row[i].reward_sd)
      return false;
  }
  return true;
}

void FiniteMdp::Builder::require_memory(std::uint64_t num_outcomes) const {
  constexpr std::uint64_t kOutcomeBytes = 3 * sizeof(double) + sizeof(std::int32_t);
  const std::uint64_t bytes = bytes_to_solve(static_cast<std::uint64_t>(num_states_),
                                             static_cast<std::uint64_t>(num_actions_)) +
                              num_outcomes * kOutcomeBytes +
                              tables_->heads.size() * (sizeof(Head) + sizeof(SampledRow));
  if (bytes > memory_limit_)
    throw std::invalid_argument(
        fmt::format("model: {} states and {} actions need at least {} bytes, more than the limit "
                    "of {}",
                    num_states_, num_actions_, bytes, memory_limit_));
}

FiniteMdp::RowId FiniteMdp::Builder::store(State s, const std::vector<Outcome>& row) {
  Tables& t = *tables_;
  const std::size_t begin = t.probability.size();
  require_memory(begin + row.size());
  if (begin + row.size() > std::numeric_limits<std::uint32_t>::max())
    throw std::invalid_argument("model: more than 2^32 outcomes in distinct rows");
  Head head;
  head.begin = static_cast<std::uint32_t>(begin);
  head.size = static_cast<std::uint32_t>(row.size());
  double cumulative = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    const Outcome& o = row[k];
    if (o.reward_sd > 0 && !t.noisy) {
      t.noisy = true;
      t.reward_sd.assign(t.probability.size(), 0);
    }
    const double p = row.size() == 1 ? 1 : o.probability;  // a single one is 1 within 1e-9
    t.probability.push_back(p);
    t.cumulative.push_back(cumulative += p);
    t.reward.push_back(o.reward);
    t.offset.push_back(o.next - s);
    if (t.noisy) t.reward_sd.push_back(o.reward_sd);
    head.expected_reward += p * o.reward;
    t.largest_reward = std::max(t.largest_reward, std::abs(o.reward));
    if (k < kInline) {
      head.probability[k] = p;
      head.offset[k] = o.next - s;
    }
  }
  t.longest_row = std::max(t.longest_row, row.size());
  const double rounding = row.size() == 1 ? 0 : static_cast<double>(row.size()) * 0x1.0p-53;
  t.row_sum_error = std::max(t.row_sum_error, std::abs(cumulative - 1) + rounding);
  t.heads.push_back(head);
  return static_cast<RowId>(t.heads.size() - 1);
}

void FiniteMdp::Builder::grow() {
  std::vector<RowId> larger(2 * slots_.size(), 0);
  for (const RowId id : slots_) {
    if (id == 0) continue;
    std::size_t slot = hashes_[id] & (larger.size() - 1);
    while (larger[slot] != 0) slot = (slot + 1) & (larger.size() - 1);
    larger[slot] = id;
  }
  slots_ = std::move(larger);
}

void FiniteMdp::Builder::add(State s, Action a, const std::vector<Outcome>& row) {
  if (row.empty()) {
    tables_->all_available = false;
    return;
  }
  RowId& id =
      tables_
          ->row_of[index(s) * static_cast<std::size_t>(num_actions_) + static_cast<std::size_t>(a)];
  ++rows_seen_;
  if (!share_) {
    check(s, a, row);
    id = store(s, row);
    return;
  }
  const std::uint64_t hash = hash_row(s, row);
  std::size_t slot = hash & (slots_.size() - 1);
  for (; slots_[slot] != 0; slot = (slot + 1) & (slots_.size() - 1)) {
    if (hashes_[slots_[slot]] != hash || !same(slots_[slot], s, row)) continue;
    for (const Outcome& o :
         row)  // the row is known to be good, but may lead out of range from here
      if (o.next < 0 || o.next >= num_states_) check(s, a, row);
    id = slots_[slot];
    return;
  }
  check(s, a, row);
  id = slots_[slot] = store(s, row);
  hashes_.push_back(hash);
  if (2 * hashes_.size() > slots_.size()) grow();
  if (rows_seen_ >= kRowsBeforeGivingUp && 2 * hashes_.size() > rows_seen_) share_ = false;
}

void FiniteMdp::Builder::share(State s, State twin) {
  assert(twin < s && !terminal(twin));
  Tables& t = *tables_;
  const auto num_actions = static_cast<std::size_t>(num_actions_);
  for (std::size_t a = 0; a < num_actions; ++a) {
    const RowId id = t.row_of[index(twin) * num_actions + a];
    for (std::size_t k = 0; k < t.heads[id].size; ++k)
      if (const State next = s + t.offset[t.heads[id].begin + k]; next < 0 || next >= num_states_)
        bad_row(s, static_cast<Action>(a),
                fmt::format("next state {} is not in 0..{}", next, num_states_ - 1));
    t.row_of[index(s) * num_actions + a] = id;
  }
}

std::shared_ptr<const FiniteMdp::Tables> FiniteMdp::Builder::finish() {
  const auto num_actions = static_cast<std::size_t>(num_actions_);
  for (State s = 0; s < num_states_; ++s) {
    if (terminal(s)) continue;
    const auto first =
        tables_->row_of.begin() + static_cast<std::ptrdiff_t>(index(s) * num_actions);
    if (std::all_of(first, first + num_actions_, [](RowId id) { return id == kUnavailable; }))
      throw std::invalid_argument(
          fmt::format("model: state {} is not terminal and has no available action", s));
  }
  prepare_sampling();
  return std::move(tables_);
}

void FiniteMdp::Builder::prepare_sampling() {
  Tables& t = *tables_;
  if (t.noisy || t.longest_row > kInline) {
    t.sampling = Sampling::general;
  } else if (t.longest_row > 1) {
    t.sampling = Sampling::thresholds;
    t.sampled_rows.reserve(t.heads.size());
    for (const Head& head : t.heads) {
      SampledRow row{{}, head.offset, head.begin};
      row.threshold.fill(std::numeric_limits<std::uint64_t>::max());
      for (std::size_t k = 0; k + 1 < head.size; ++k)
        row.threshold[k] =
            static_cast<std::uint64_t>(std::ceil(0x1.0p53 * t.cumulative[head.begin + k]));
      t.sampled_rows.push_back(row);
    }
  } else if (t.row_of.size() <= kMostTabulated) {
    t.sampling = Sampling::tabulated;
    t.steps.reserve(t.row_of.size());
    for (State s = 0; s < num_states_; ++s)
      for (Action a = 0; a < num_actions_; ++a) {
        const Head& head = t.heads[t.row_of[t.steps.size()]];
        t.steps.push_back(arrive(t, s + head.offset[0], head.expected_reward));
      }
  }
}

// ---- the model ------------------------------------------------------------------------------

FiniteMdp::FiniteMdp() {
  auto tables = std::make_shared<Tables>();
  tables->heads.resize(1);  // the row of unavailable actions
  tables_ = std::move(tables);
  start_ = std::make_shared<Start>();
}

std::vector<Outcome> FiniteMdp::outcomes(State s, Action a) const {
  const Tables& t = *tables_;
  const Head& head = t.heads[row_id(s, a)];
  std::vector<Outcome> list;
  list.reserve(head.size);
  for (std::size_t k = head.begin; k < head.begin + head.size; ++k)
    list.push_back({t.probability[k], t.reward[k], s + t.offset[k], t.noisy ? t.reward_sd[k] : 0});
  return list;
}

Step<State> FiniteMdp::sample_general(const Tables& t, State s, RowId id, Rng& rng) noexcept {
  const Head& head = t.heads[id];
  assert(head.size > 0);
  const std::size_t k =
      head.begin + choose(t.cumulative.data() + head.begin, head.size - 1, rng.uniform());
  const double noise = t.noisy ? t.reward_sd[k] * rng.normal() : 0;
  return arrive(t, s + t.offset[k], t.reward[k] + noise);
}

State FiniteMdp::sample_start(Rng& rng) const {
  const Start& start = *start_;
  if (start.states.empty()) {
    State s = rng.index(num_states_);
    while (terminal(s)) s = rng.index(num_states_);
    return s;
  }
  if (start.states.size() == 1) return start.states.front();
  const double u = rng.uniform();
  std::size_t i =
      start.first[static_cast<std::size_t>(u * static_cast<double>(start.first.size()))];
  while (i + 1 < start.states.size() && start.cumulative[i] <= u) ++i;
  return start.states[i];
}

FiniteMdp FiniteMdp::with_start(const std::vector<double>& weights) const {
  if (weights.size() != index(num_states_))
    throw std::invalid_argument(
        fmt::format("start: {} weights for {} states", weights.size(), num_states_));
  double sum = 0;
  for (std::size_t s = 0; s < weights.size(); ++s) {
    if (!(weights[s] >= 0 && std::isfinite(weights[s])))
      throw std::invalid_argument(
          fmt::format("start: weight {} of state {} is not a number >= 0", weights[s], s));
    if (weights[s] > 0 && terminal(static_cast<State>(s)))
      throw std::invalid_argument(fmt::format("start: state {} is terminal", s));
    sum += weights[s];
  }
  if (!(sum > 0 && std::isfinite(sum)))
    throw std::invalid_argument("start: the weights sum to zero or overflow");
  auto start = std::make_shared<Start>();
  double before = 0;
  for (std::size_t s = 0; s < weights.size(); ++s) {
    if (weights[s] == 0) continue;
    before += weights[s];
    start->states.push_back(static_cast<State>(s));
    start->cumulative.push_back(before / sum);
    start->weight.push_back(weights[s]);
  }
  start->first = first_choices(start->cumulative);
  FiniteMdp copy = *this;
  copy.start_ = std::move(start);
  return copy;
}

FiniteMdp FiniteMdp::with_start(State s) const {
  if (s < 0 || s >= num_states_)
    throw std::invalid_argument(fmt::format("start: state {} is not in 0..{}", s, num_states_ - 1));
  if (terminal(s)) throw std::invalid_argument(fmt::format("start: state {} is terminal", s));
  FiniteMdp copy = *this;
  copy.start_ = std::make_shared<Start>(Start{{s}, {1.0}, {1.0}, {0}});
  return copy;
}

std::vector<double> FiniteMdp::start_weights() const {
  if (start_->states.empty()) return {};
  std::vector<double> weights(index(num_states_), 0);
  for (std::size_t i = 0; i < start_->states.size(); ++i)
    weights[index(start_->states[i])] = start_->weight[i];
  return weights;
}

std::size_t FiniteMdp::bytes() const {
  const Tables& t = *tables_;
  return t.row_of.capacity() * sizeof(RowId) + t.heads.capacity() * sizeof(Head) +
         (t.probability.capacity() + t.cumulative.capacity() + t.reward.capacity() +
          t.reward_sd.capacity()) *
             sizeof(double) +
         t.offset.capacity() * sizeof(std::int32_t) + t.terminal.capacity() +
         t.sampled_rows.capacity() * sizeof(SampledRow) + t.steps.capacity() * sizeof(Step<State>) +
         start_->states.capacity() * (sizeof(State) + 2 * sizeof(double));
}

}  // namespace rl
