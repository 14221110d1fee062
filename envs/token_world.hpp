#pragma once
/// \file
/// A small language as a world: a prompt is answered word by word, and what is wanted of the answer
/// is known exactly. What methods that learn from preferences are tried on (RLHF, DPO).
///
///     gold(x, w_1 .. w_n) =   sum over distinct words w of valence[x][w] (1 + occurrence count(w))
///                           - repeat #{i : w_i = w_{i-1}} - length |n - ideal_length|
///                           - truncation if truncated
///     valence[x][w], base[x][previous][next] ~ N(0, 1)
///
/// Tokens      0 is the end of the sequence, 1 .. V-1 are words. There are X prompts; a response
///             has at most T words.
/// States      (prompt, the words so far), X sum_{l<T} (V-1)^l of them, and one terminal state, the
///             last. Prompts one after the other, of a prompt the short prefixes first, of a length
///             in lexicographic order: the children of a state stand side by side, and every step
///             leads to a higher number.
/// Actions     append a token. 0 ends the response; so does the T-th word, and then the end of the
///             sequence is missing: it is truncated. sum_{l<=T} (V-1)^l responses to a prompt.
/// Reward      of a response's last step: its gold reward; 0 before.
/// Terminal    the last state. Start: uniform over the prompts, without a word.
/// gamma       1. Every policy ends.
/// Drawn       from the stream "world" of the run's seed: valences from its "valence", the bigram
///             base language from its "bigram".
/// Features    one for each (prompt, previous token): policies of bigrams.
/// Source      constructed. Gold rewards beside learned ones as in Gao, Schulman and Hilton 2022.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rl/options.hpp"
#include "rl/registry.hpp"

namespace rl {

struct TokenWorldOptions {
  int vocabulary = 6;
  int max_length = 6;
  int prompts = 4;
  double occurrence = 0.15;
  double repeat = 0.8;
  double length = 0.25;
  int ideal_length = 3;
  double truncation = 1;

  template <class Visitor>
  void visit(Visitor& v) {
    v("vocabulary", vocabulary, "tokens, of which 0 is the end of the sequence", Range{2, 64});
    v("max_length", max_length, "words after which a response is truncated", Range{1, 32});
    v("prompts", prompts, "number of prompts", Range{1, 64});
    v("occurrence", occurrence, "how much of its valence a word pays at each of its occurrences",
      Range{-1e6, 1e6});
    v("repeat", repeat, "cost of a word that is the one before once more", Range{-1e6, 1e6});
    v("length", length, "cost of each word more or less than ideal_length", Range{-1e6, 1e6});
    v("ideal_length", ideal_length, "number of words that costs nothing", Range{0, 32});
    v("truncation", truncation, "cost of a response without an end", Range{-1e6, 1e6});
  }
};

/// A contextual bandit: one word is the whole answer, and pays its valence under the prompt. Token
/// 0, no answer, pays nothing.
inline TokenWorldOptions contextual_bandit() {
  return {.vocabulary = 6,
          .max_length = 1,
          .prompts = 8,
          .occurrence = 0,
          .repeat = 0,
          .length = 0,
          .truncation = 0};
}

/// The words, numbers and texts of such a world. Options and a context's rng that are equal make
/// equal ones, so that beside a problem that was made by name stands
///
///     TokenWorld(parse<TokenWorldOptions>(options), context.rng)
///
/// Immutable: any number of threads may read one.
class TokenWorld {
 public:
  /// Throws std::invalid_argument where there would be more states than a State can number, or an
  /// option has no effect.
  TokenWorld(const TokenWorldOptions& options, const Rng& rng);

  const TokenWorldOptions& options() const { return options_; }
  int vocabulary() const { return options_.vocabulary; }  ///< V
  int max_length() const { return options_.max_length; }  ///< T
  int prompts() const { return options_.prompts; }        ///< X
  State num_states() const { return prompts() * prefixes() + 1; }
  State terminal_state() const { return num_states() - 1; }
  std::int64_t responses_per_prompt() const { return responses_; }

  /// Of a prefix, which has less than T words. Throws std::invalid_argument, naming what is no
  /// prompt or no word.
  State state_of(int prompt, std::span<const Action> words) const;
  /// The state has a prefix: it is not the terminal one.
  std::vector<Action> words_of(State s) const;
  int prompt_of(State s) const;
  int length_of(State s) const;  ///< number of words so far
  /// The last word; 0 at the start.
  Action previous_token(State s) const;
  /// Where `a` leads: a step is certain.
  State next_state(State s, Action a) const;

  /// Of n words, without the end. A response of this world is truncated where n = T and only there.
  double gold(int prompt, std::span<const Action> words, bool truncated) const;
  double valence(int prompt, Action word) const;
  /// [V] of the next token.
  std::span<const double> base_logits(int prompt, Action previous) const;

  /// "3 1 0": the tokens with a space between, the end last if `ended`; as it stands in files.
  static std::string response_text(std::span<const Action> words, bool ended);
  /// The actions, with the end where there is one; a text without it is truncated, or a prefix.
  /// Throws std::invalid_argument, naming the token that is none, or that nothing may follow.
  std::vector<Action> parse_response(std::string_view text) const;
  /// "p0", "p1", ...
  static std::string prompt_text(int prompt);
  int parse_prompt(std::string_view text) const;
  /// "p1: 3 1"; "p1" without a word.
  std::string state_text(State s) const;

 private:
  State prefixes() const { return first_.back(); }
  int words() const { return options_.vocabulary - 1; }
  void require_prompt(int prompt) const;
  void require_word(Action word) const;

  TokenWorldOptions options_;
  std::vector<State> first_;     // [T + 1] prefixes of a prompt with fewer words
  std::int64_t responses_ = 0;   // to a prompt
  std::vector<double> valence_;  // [X x V-1]
  std::vector<double> base_;     // [X x V x V]
};

/// Throws std::invalid_argument, saying how many responses there would be, where the model would
/// not fit into the memory; before anything is made.
///
/// Rewards may be made of two sets of features, which differ from 0 where a response is complete:
///
///     bag    count[x][w] = occurrences of w in a response to x; the number n of words
///     rich   bag's, occurs[x][w] = 1 if w is in it, immediate repeats, |n - ideal_length|, 1 if
///            truncated
///
/// The gold reward is linear in "rich"; "bag" sees neither repetition nor truncation.
Problem token_world(const TokenWorldOptions& options = {}, const WorldContext& context = {});

}  // namespace rl
