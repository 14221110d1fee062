#include "algorithms/preference/response_sampling.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/response_tree.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "envs/token_world.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/numbers.hpp"

namespace rl {
namespace {

using doctest::Approx;
using tests::contains;
using tests::error_of;

/// Rows of softmax h.
std::vector<double> log_softmax_rows(std::span<const double> h, std::size_t n) {
  std::vector<double> log_pi(h.begin(), h.end());
  for (std::size_t first = 0; first < h.size(); first += n) {
    double sum = 0;
    for (std::size_t w = first; w < first + n; ++w) sum += std::exp(h[w]);
    for (std::size_t w = first; w < first + n; ++w) log_pi[w] -= std::log(sum);
  }
  return log_pi;
}

std::vector<double> normal_preferences(const TokenContexts& contexts, double scale, Rng& rng) {
  std::vector<double> h(contexts.next.size());
  for (double& x : h) x = scale * rng.normal();
  return h;
}

/// A generator whose next number is `bits`.
Rng rng_that_draws(std::uint64_t bits) { return Rng::from_state({0, 1, 2, std::rotr(bits, 23)}); }

/// Share of each first token over numbers that are spread evenly over all that may be drawn.
std::vector<double> shares_of_first_token(const ResponseSampler& sampler, std::size_t n) {
  constexpr int kLogPoints = 18;
  constexpr std::uint64_t kPoints = std::uint64_t{1} << kLogPoints;
  std::vector<double> share(n, 0);
  std::vector<Action> tokens(index(sampler.max_length()));
  for (std::uint64_t k = 0; k < kPoints; ++k) {
    Rng rng = rng_that_draws((k << (64 - kLogPoints)) + (std::uint64_t{1} << (63 - kLogPoints)));
    sampler.sample(0, rng, tokens);
    share[index(tokens[0])] += 1.0 / static_cast<double>(kPoints);
  }
  return share;
}

using ResponseCounts = std::map<std::vector<Action>, int>;

/// Counts of n responses that draw(rng, tokens) -> length makes.
template <class Draw>
ResponseCounts counts_of_responses(int n, std::size_t room, Draw&& draw) {
  ResponseCounts counts;
  std::vector<Action> tokens(room);
  Rng rng(99);
  for (int k = 0; k < n; ++k) {
    const int length = draw(rng, tokens);
    ++counts[std::vector<Action>(tokens.begin(), tokens.begin() + length)];
  }
  return counts;
}

/// A token world with bigrams as a tree and as rows: every response's probability is known.
struct BigramWorld {
  BigramWorld()
      : problem(token_world(options, {.rng = Rng(4)})),
        world(options, Rng(4)),
        tree(problem.model),
        contexts(bigram_contexts(2, 4)),
        policy(problem.model,
               by_features(problem.model, problem.features->values, problem.features->count)) {
    Rng rng(8);
    h = normal_preferences(contexts, 1, rng);
    policy.update([&](std::span<double> x) { std::copy(h.begin(), h.end(), x.begin()); });
  }
  /// The tokens of response i of the tree.
  std::vector<Action> tokens(std::size_t i) const {
    const Response& y = tree.responses()[i];
    std::vector<Action> all = world.words_of(y.state);
    all.push_back(y.action);
    return all;
  }
  /// 4 sigma for each response to prompt 1, and the sum of squares over all within 5 of its own.
  void check_frequencies(const ResponseCounts& counts, int n) const {
    const std::vector<double> p = tree.response_probabilities(policy.rows());
    double chi_square = 0;
    int seen = 0;
    const std::size_t first = tree.first_response()[1];
    for (std::size_t i = first; i < p.size(); ++i) {
      const auto found = counts.find(tokens(i));
      const double count = found == counts.end() ? 0 : found->second;
      seen += static_cast<int>(count);
      const double expected = n * p[i];
      CHECK(std::abs(count - expected) <= 4 * std::sqrt(expected * (1 - p[i])) + 2);
      chi_square += (count - expected) * (count - expected) / expected;
    }
    CHECK(seen == n);
    const auto freedom = static_cast<double>(p.size() - first - 1);
    CHECK(std::abs(chi_square - freedom) <= 5 * std::sqrt(2 * freedom));
  }

  static constexpr TokenWorldOptions options{.vocabulary = 4, .max_length = 3, .prompts = 2};
  Problem problem;
  TokenWorld world;
  ResponseTree tree;
  TokenContexts contexts;
  std::vector<double> h;
  TablePolicy policy;
};

constexpr std::int32_t kSecondPrompt = 4;  // its context without a word: 1 V + 0

}  // namespace

TEST_CASE("response sampler: tables share all numbers that may be drawn by the probabilities") {
  Rng rng(1);
  for (const Action n : {1, 2, 3, 5, 8, 13, 64}) {
    for (const double scale : {0.1, 1.0, 6.0}) {
      TokenContexts contexts{.vocabulary = n, .next = std::vector<std::int32_t>(index(n), 0)};
      const std::vector<double> log_pi =
          log_softmax_rows(normal_preferences(contexts, scale, rng), index(n));
      const ResponseSampler sampler(log_pi, contexts, 1);
      const std::vector<double> share = shares_of_first_token(sampler, index(n));
      // each column has two pieces, and each border is off by half a point at most
      for (std::size_t w = 0; w < share.size(); ++w)
        CHECK(std::abs(share[w] - std::exp(log_pi[w])) <= 2 * n * 0x1.0p-18);
    }
  }
}

TEST_CASE("response sampler: a token of probability 0 is never drawn, one of 1 always") {
  const std::vector<double> log_pi = {-tests::kInfinity, 0, -tests::kInfinity};
  const TokenContexts contexts{.vocabulary = 3, .next = {-1, 0, -1}};
  const ResponseSampler sampler(log_pi, contexts, 2);
  std::vector<Action> tokens(2);
  for (const std::uint64_t bits : {std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0} / 3,
                                   ~std::uint64_t{0} / 3 + 1, ~std::uint64_t{0} / 3 * 2 + 1}) {
    Rng rng = rng_that_draws(bits);
    CHECK(sampler.sample(0, rng, tokens) == 2);
    CHECK(tokens[0] == 1);
  }
  std::vector<double> scratch;
  Rng rng(3);
  for (int k = 0; k < 200; ++k) {
    CHECK(sample_by_softmax(log_pi, contexts, 0, rng, tokens, scratch) == 2);
    CHECK(tokens[0] == 1);
    CHECK(tokens[1] == 1);
  }
}

TEST_CASE("response sampler: responses come as often as their probabilities say") {
  const BigramWorld b;
  const ResponseSampler sampler(b.policy.rows().log_pi, b.contexts, 3);
  constexpr int kDraws = 40'000;
  b.check_frequencies(counts_of_responses(kDraws, 3,
                                          [&](Rng& rng, std::span<Action> tokens) {
                                            return sampler.sample(kSecondPrompt, rng, tokens);
                                          }),
                      kDraws);
}

TEST_CASE("response sampler: so do those by a softmax for each token") {
  const BigramWorld b;
  constexpr int kDraws = 40'000;
  std::vector<double> scratch;
  b.check_frequencies(counts_of_responses(kDraws, 3,
                                          [&](Rng& rng, std::span<Action> tokens) {
                                            return sample_by_softmax(b.h, b.contexts, kSecondPrompt,
                                                                     rng, tokens, scratch);
                                          }),
                      kDraws);
}

TEST_CASE("response sampler: rare tokens come as often as they should, and no shift matters") {
  // exp(-7) beside 1, preferences large: the bound's own powers of two are far from whole
  const std::vector<double> h = {-300, -307.3, -300.4, -tests::kInfinity};
  const TokenContexts contexts{.vocabulary = 4, .next = {0, 0, 0, 0}};
  const std::vector<double> log_pi =
      log_softmax_rows(std::vector<double>{0, -7.3, -0.4, -tests::kInfinity}, 4);
  std::array<int, 4> count{};
  std::vector<double> scratch;
  std::vector<Action> token(1);
  Rng rng(12);
  constexpr int kDraws = 200'000;
  for (int k = 0; k < kDraws; ++k) {
    sample_by_softmax(h, contexts, 0, rng, token, scratch);
    ++count[index(token[0])];
  }
  for (std::size_t w = 0; w < count.size(); ++w) {
    const double p = std::exp(log_pi[w]);
    CHECK(std::abs(count[w] - kDraws * p) <= 4 * std::sqrt(kDraws * p * (1 - p)));
  }
}

TEST_CASE("response sampler: ln pi of a response is the tree's") {
  const BigramWorld b;
  const ResponseSampler sampler(b.policy.rows().log_pi, b.contexts, 3);
  const std::vector<double> p = b.tree.response_probabilities(b.policy.rows());
  for (std::size_t i = 0; i < p.size(); ++i)
    CHECK(std::exp(sampler.log_probability(b.tree.response_prompt(i) * 4, b.tokens(i))) ==
          Approx(p[i]).epsilon(1e-12));
  const std::vector<Action> none;
  CHECK(sampler.log_probability(0, none) == 0);
}

TEST_CASE("response sampler: equal seeds draw equal responses, one number a token") {
  Rng rng(6);
  const TokenContexts contexts = bigram_contexts(1, 32);
  const std::vector<double> h = normal_preferences(contexts, 1, rng);
  const ResponseSampler sampler(log_softmax_rows(h, 32), contexts, 16);
  Rng a(7);
  Rng b(7);
  std::vector<Action> first(16);
  std::vector<Action> second(16);
  int tokens = 0;
  bool whole = false;
  bool ended = false;
  for (int k = 0; k < 300; ++k) {
    const int length = sampler.sample(0, a, first);
    REQUIRE(sampler.sample(0, b, second) == length);
    CHECK(std::equal(first.begin(), first.begin() + length, second.begin()));
    for (int t = 0; t + 1 < length; ++t) CHECK(first[index(t)] != 0);
    whole = whole || first[index(length - 1)] != 0;
    ended = ended || first[index(length - 1)] == 0;
    CHECK((first[index(length - 1)] == 0 || length == 16));
    tokens += length;
  }
  CHECK(whole);
  CHECK(ended);
  Rng counted(7);
  for (int k = 0; k < tokens; ++k) counted.bits();
  CHECK(a == counted);
  std::vector<double> scratch;
  Rng c(7);
  Rng d(7);
  for (int k = 0; k < 50; ++k) {
    const int length = sample_by_softmax(h, contexts, 0, c, first, scratch);
    REQUIRE(sample_by_softmax(h, contexts, 0, d, second, scratch) == length);
    CHECK(std::equal(first.begin(), first.begin() + length, second.begin()));
  }
}

TEST_CASE("response sampler: contexts of bigrams are prompt V + previous token") {
  const TokenContexts contexts = bigram_contexts(2, 3);
  CHECK(contexts.count() == 6);
  CHECK(contexts.next[(0 * 3 + 1) * 3 + 2] == 2);
  CHECK(contexts.next[(1 * 3 + 0) * 3 + 2] == 5);
}

TEST_CASE("response sampler: what fits no policy is refused, with the context") {
  const double half = std::log(0.5);
  const TokenContexts contexts{.vocabulary = 2, .next = {-1, 1, -1, 0}};
  const auto refusal = [&](const std::vector<double>& log_pi, const TokenContexts& c, int length) {
    return error_of([&] { ResponseSampler(log_pi, c, length); });
  };
  const std::vector<double> halves(4, half);
  CHECK(refusal(halves, contexts, 3) == "nothing was thrown");
  CHECK(refusal({half, half, half, -1}, contexts, 3) ==
        "response sampler: the probabilities of context 1 sum to 0.8678794411714423, not 1");
  CHECK(contains(refusal({half, half, half, tests::kNan}, contexts, 3), "context 1 sum to nan"));
  CHECK(refusal({half, half}, contexts, 3) ==
        "response sampler: 2 probabilities and 4 next contexts of 2 tokens");
  CHECK(contains(refusal({}, {}, 3), "0 probabilities and 0 next contexts of 0 tokens"));
  CHECK(refusal(halves, contexts, 0) == "response sampler: max_length = 0 is not positive");
  CHECK(refusal(halves, {.vocabulary = 2, .next = {-1, 1, -1, 2}}, 3) ==
        "response sampler: token 1 in context 1 leads to context 2, which is not one of 0..1");

  const ResponseSampler sampler(halves, contexts, 2);
  const auto text = [&](const std::vector<Action>& tokens, std::int32_t context = 0) {
    return error_of([&] { sampler.log_probability(context, tokens); });
  };
  CHECK(text({1, 0}) == "nothing was thrown");
  CHECK(text({1, 2}) == "response sampler: token 2 is not one of 0..1");
  CHECK(text({0, 1}) == "response sampler: token 1 stands behind the end, 0");
  CHECK(text({1, 1, 0}) == "response sampler: token 0 stands behind 2 tokens");
  CHECK(text({1}, 2) == "response sampler: context 2 is not one of 0..1");

  std::vector<Action> tokens(3);
  std::vector<double> scratch;
  Rng rng(1);
  const auto softmax_text = [&](const std::vector<double>& h) {
    return error_of([&] { sample_by_softmax(h, contexts, 0, rng, tokens, scratch); });
  };
  const std::string no_numbers = "response sampler: the preferences of context 0 are no numbers";
  for (const double x : {tests::kNan, tests::kInfinity}) {
    CHECK(softmax_text({x, 0, 0, 0}) == no_numbers);
    CHECK(softmax_text({0, x, 0, 0}) == no_numbers);
  }
  CHECK(softmax_text({-tests::kInfinity, -tests::kInfinity, 0, 0}) == no_numbers);
  CHECK(contains(softmax_text({0, 0}), "2 probabilities and 4 next contexts"));
}

}  // namespace rl
