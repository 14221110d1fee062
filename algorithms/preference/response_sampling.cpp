#include "algorithms/preference/response_sampling.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace rl {

namespace {

/// a b = high 2^64 + low
struct WideProduct {
  std::uint64_t high;
  std::uint64_t low;
};

WideProduct wide_product(std::uint64_t a, std::uint32_t b) {
  const std::uint64_t low = (a & 0xffffffffU) * b;
  const std::uint64_t high = (a >> 32) * b + (low >> 32);
  return {high >> 32, (high << 32) | (low & 0xffffffffU)};
}

void check_token_contexts(std::size_t numbers, const TokenContexts& contexts) {
  const std::size_t pairs = contexts.next.size();
  if (contexts.vocabulary < 1 || pairs == 0 || pairs % index(contexts.vocabulary) != 0 ||
      numbers != pairs)
    throw std::invalid_argument(
        fmt::format("response sampler: {} probabilities and {} next contexts of {} tokens", numbers,
                    pairs, contexts.vocabulary));
}

/// Walker's table in Vose's way. p sums to 1 and is overwritten: by the share of each column that
/// is its own. alias[i] takes the rest.
void share_columns(std::span<double> p, std::span<std::int32_t> alias) {
  const std::size_t n = p.size();
  // What rounding leaves over goes to the likeliest token, never to one of probability 0.
  const auto likeliest =
      static_cast<std::int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
  std::fill(alias.begin(), alias.end(), likeliest);
  std::vector<std::size_t> small;
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < n; ++i) {
    p[i] *= static_cast<double>(n);
    (p[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::size_t i = small.back();
    const std::size_t j = large.back();
    small.pop_back();
    alias[i] = static_cast<std::int32_t>(j);
    p[j] -= 1 - p[i];
    if (p[j] < 1) {
      large.pop_back();
      small.push_back(j);
    }
  }
  for (const std::size_t j : large) alias[j] = static_cast<std::int32_t>(j);
}

/// A bound of 2^y from above, y <= 0: with y = k + f, 2^k (1 + f) in place of 2^k 2^f, at
/// most 1.062 times as much. 0 where the result is below the normal numbers.
double power_of_two_above(double y) {
  const double bits = std::max(-1023.0, y) * 0x1.0p52;
  return std::bit_cast<double>(static_cast<std::int64_t>(bits) + (std::int64_t{1023} << 52));
}

/// A token of softmax h; -1 where that is none. It is proposed by bounds of the weights exp(h -
/// max), and taken with probability weight / bound: where in the proposal's share u lies decides,
/// so that a trial is one draw and one exponential. Six of 100 trials fail at most.
Action draw_of_softmax(std::span<const double> h, Rng& rng, std::span<double> bound) {
  const std::size_t n = h.size();
  const double most =
      Eigen::Map<const Eigen::ArrayXd>(h.data(), static_cast<Eigen::Index>(n)).maxCoeff();
  constexpr double kLog2E = 1.4426950408889634;
  double sum = 0;
  bool numbers = std::isfinite(most);
  for (std::size_t w = 0; w < n; ++w) {
    numbers = numbers && h[w] <= most;
    sum += bound[w] = power_of_two_above((h[w] - most) * kLog2E);
  }
  while (numbers) {
    double u = rng.uniform() * sum;
    std::size_t w = 0;
    while (w + 1 < n && u >= bound[w]) u -= bound[w++];
    if (u < std::exp(h[w] - most)) return static_cast<Action>(w);
  }
  return -1;
}

}  // namespace

TokenContexts bigram_contexts(std::int32_t prompts, Action vocabulary) {
  TokenContexts contexts{.vocabulary = vocabulary};
  for (std::int32_t prompt = 0; prompt < prompts; ++prompt)
    for (Action previous = 0; previous < vocabulary; ++previous)
      for (Action w = 0; w < vocabulary; ++w) contexts.next.push_back(prompt * vocabulary + w);
  return contexts;
}

ResponseSampler::ResponseSampler(std::span<const double> log_pi, const TokenContexts& contexts,
                                 int max_length)
    : vocabulary_(contexts.vocabulary),
      max_length_(max_length),
      stride_(std::bit_ceil(static_cast<std::uint32_t>(std::max(contexts.vocabulary, 1)))),
      next_(contexts.next),
      log_pi_(log_pi.begin(), log_pi.end()) {
  check_token_contexts(log_pi.size(), contexts);
  if (max_length < 1)
    throw std::invalid_argument(
        fmt::format("response sampler: max_length = {} is not positive", max_length));
  const std::size_t entries = contexts.count() * stride_;
  if (entries > std::numeric_limits<std::uint32_t>::max())
    throw std::invalid_argument(
        fmt::format("response sampler: {} contexts of {} tokens are too "
                    "many",
                    contexts.count(), vocabulary_));
  entries_.resize(entries);
  for (std::size_t c = 0; c < contexts.count(); ++c) fill_row(c, contexts);
}

void ResponseSampler::fill_row(std::size_t context, const TokenContexts& contexts) {
  const std::size_t n = index(vocabulary_);
  std::vector<double> p(n);
  std::vector<std::uint32_t> place(n);
  double sum = 0;
  for (std::size_t w = 0; w < n; ++w) {
    sum += p[w] = std::exp(log_pi_[context * n + w]);
    const std::int32_t to = w == 0 ? 0 : contexts.next[context * n + w];
    if (p[w] > 0 && (to < 0 || index(to) >= contexts.count()))
      throw std::invalid_argument(
          fmt::format("response sampler: token {} in context {} leads to context {}, which is not "
                      "one of 0..{}",
                      w, context, to, contexts.count() - 1));
    place[w] = static_cast<std::uint32_t>(to) * stride_ + static_cast<std::uint32_t>(w);
  }
  constexpr double kTolerance = 1e-9;
  if (!(std::abs(sum - 1) <= kTolerance))
    throw std::invalid_argument(fmt::format(
        "response sampler: the probabilities of context {} sum to {}, not 1", context, sum));
  for (double& x : p) x /= sum;
  std::vector<std::int32_t> alias(n);
  share_columns(p, alias);
  for (std::size_t w = 0; w < n; ++w)
    entries_[context * stride_ + w] = {
        p[w] < 1 ? static_cast<std::uint64_t>(p[w] * 0x1.0p64) : ~std::uint64_t{0}, place[w],
        place[index(alias[w])]};
}

int ResponseSampler::sample(std::int32_t context, Rng& rng, std::span<Action> tokens) const {
  assert(tokens.size() >= index(max_length_));
  assert(context >= 0 && index(context) * stride_ < entries_.size());
  const std::uint32_t in_row = stride_ - 1;
  std::uint32_t row = static_cast<std::uint32_t>(context) * stride_;
  Rng stream = rng;  // in registers
  int length = 0;
  for (bool going_on = true; going_on && length < max_length_; ++length) {
    const WideProduct x = wide_product(stream.bits(), static_cast<std::uint32_t>(vocabulary_));
    const Entry& entry = entries_[row + x.high];
    const std::uint32_t place = x.low < entry.threshold ? entry.own : entry.alias;
    tokens[index(length)] = static_cast<Action>(place & in_row);
    row = place & ~in_row;
    going_on = (place & in_row) != 0;
  }
  rng = stream;
  return length;
}

double ResponseSampler::log_probability(std::int32_t context,
                                        std::span<const Action> tokens) const {
  double sum = 0;
  if (context < 0 || index(context) * index(vocabulary_) >= next_.size())
    throw std::invalid_argument(fmt::format("response sampler: context {} is not one of 0..{}",
                                            context, next_.size() / index(vocabulary_) - 1));
  for (std::size_t t = 0; t < tokens.size(); ++t) {
    const Action w = tokens[t];
    if (w < 0 || w >= vocabulary_)
      throw std::invalid_argument(
          fmt::format("response sampler: token {} is not one of 0..{}", w, vocabulary_ - 1));
    if (t >= index(max_length_) || (t > 0 && tokens[t - 1] == 0))
      throw std::invalid_argument(fmt::format("response sampler: token {} stands behind {}", w,
                                              t >= index(max_length_)
                                                  ? fmt::format("{} tokens", max_length_)
                                                  : std::string("the end, 0")));
    const std::size_t pair = index(context) * index(vocabulary_) + index(w);
    sum += log_pi_[pair];
    if (std::isinf(sum)) return sum;
    context = next_[pair];
  }
  return sum;
}

int sample_by_softmax(std::span<const double> h, const TokenContexts& contexts,
                      std::int32_t context, Rng& rng, std::span<Action> tokens,
                      std::vector<double>& scratch) {
  check_token_contexts(h.size(), contexts);
  const std::size_t n = index(contexts.vocabulary);
  scratch.resize(n);
  int length = 0;
  for (bool going_on = true; going_on && index(length) < tokens.size(); ++length) {
    if (context < 0 || index(context) >= contexts.count())
      throw std::invalid_argument(fmt::format("response sampler: there is no context {}", context));
    const Action w = draw_of_softmax(h.subspan(index(context) * n, n), rng, scratch);
    if (w < 0)
      throw std::invalid_argument(
          fmt::format("response sampler: the preferences of context {} are no numbers", context));
    tokens[index(length)] = w;
    going_on = w != 0;
    context = contexts.next[index(context) * n + index(w)];
  }
  return length;
}

}  // namespace rl
