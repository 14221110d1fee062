#pragma once
/// \file
/// Responses drawn token by token from rows of probabilities, without a model of the world: for
/// vocabularies and lengths whose responses cannot be listed.
///
///     c_0 = the prompt's context,   w_t ~ pi(. | c_t),   c_{t+1} = next(c_t, w_t)
///
/// until token 0, the end, or max_length tokens: what is then without the end is truncated.
///
/// A token costs one draw of 64 bits and one look-up in a table of aliases (Walker 1977, Vose
/// 1991): the high part of bits * V is a column, the low part decides between the column's own
/// token and its alias. Tables are made of probabilities, and anew when these change: 50 us for V =
/// 32 bigrams. Where a policy has far more contexts than tokens are drawn, `sample_by_softmax` is
/// cheaper, which makes no tables.
///
/// Responses a second, millions, of random bigrams with preferences ~ N(0, 1) (one core of an EPYC,
/// -O3):
///
///     V    at most    mean length    tables    softmax for each token
///     32   16 tokens  11.8           10.6      0.98
///     32   16         16 (no end)     8.8      0.72
///     64   32         25.7            4.8      0.27
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rl/random.hpp"
#include "rl/types.hpp"

namespace rl {

/// Which context follows: next[c V + w]; entries of token 0 are of no effect.
struct TokenContexts {
  Action vocabulary = 0;                ///< V
  std::vector<std::int32_t> next = {};  ///< [contexts x V]
  std::size_t count() const { return next.size() / static_cast<std::size_t>(vocabulary); }
};
/// Context (prompt, previous token) has number prompt V + token, token 0 where nothing is before.
TokenContexts bigram_contexts(std::int32_t prompts, Action vocabulary);

/// Draws responses of one policy. Immutable: any number of threads may draw, each from its own Rng.
class ResponseSampler {
 public:
  /// log_pi: [contexts x V]. Throws std::invalid_argument, naming the context, where a row does not
  /// sum to 1 within 1e-9, or a token that may be drawn leads to no context.
  ResponseSampler(std::span<const double> log_pi, const TokenContexts& contexts, int max_length);

  int max_length() const { return max_length_; }
  /// Writes the tokens, at least one and with the end where there is one, and returns their number.
  /// `tokens` has room for max_length. One draw of `rng` for each.
  int sample(std::int32_t context, Rng& rng, std::span<Action> tokens) const;
  /// ln pi of these tokens from this context on; -infinity where it never takes them. Throws
  /// std::invalid_argument where a token is none, or stands behind the end or max_length tokens.
  double log_probability(std::int32_t context, std::span<const Action> tokens) const;

 private:
  /// A column: a place is (first entry of the next context's row) | token.
  struct Entry {
    std::uint64_t threshold;  // of the low part, below which it is the column's own token
    std::uint32_t own;
    std::uint32_t alias;
  };
  void fill_row(std::size_t context, const TokenContexts& contexts);

  Action vocabulary_;
  int max_length_;
  std::uint32_t stride_;  // V rounded up to a power of two
  std::vector<std::int32_t> next_;
  std::vector<double> log_pi_;
  std::vector<Entry> entries_;  // [contexts x stride]
};

/// The same from preferences h, [contexts x V], pi = softmax h(c, .), which may hold -infinity.
/// Writes at most tokens.size() tokens and returns their number. Exact, at 1 to 1.062 draws and
/// exponentials a token on average. `scratch` keeps its memory. Throws std::invalid_argument,
/// naming the context, for preferences that are no numbers.
int sample_by_softmax(std::span<const double> h, const TokenContexts& contexts,
                      std::int32_t context, Rng& rng, std::span<Action> tokens,
                      std::vector<double>& scratch);

}  // namespace rl
