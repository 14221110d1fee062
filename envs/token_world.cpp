#include "envs/token_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "envs/looks.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

constexpr State kMostNamedPrefixes = 100'000;
constexpr std::size_t kMostBigramValues = 4'000'000;

/// How many there would be, also where that is beyond integers.
struct TokenCounts {
  double states = 1;
  double responses = 0;  // to a prompt
  double rows = 0;       // that differ
};

TokenCounts token_counts(const TokenWorldOptions& options) {
  const auto prompts = static_cast<double>(options.prompts);
  double of_length = 1;  // (V - 1)^l
  double prefixes = 0;
  double going_on = 0;
  for (int l = 0; l < options.max_length; ++l, of_length *= options.vocabulary - 1) {
    prefixes += of_length;
    if (l > 0) going_on = of_length;
  }
  TokenCounts n;
  n.states = prompts * prefixes + 1;
  n.responses = prefixes + of_length;
  // A step that ends has a row of its own. One that goes on pays nothing: its row is how much
  // higher the child's number is, 1 .. (V - 1)^(T - 1).
  n.rows = prompts * n.responses + going_on;
  return n;
}

std::string token_count_text(double n) {
  constexpr double kShort = 1e15;
  return n < kShort ? fmt::format("{:.0f}", n) : fmt::format("{:.3g}", n);
}

std::invalid_argument too_many_responses(const TokenWorldOptions& options, const TokenCounts& n,
                                         const std::string& what) {
  return std::invalid_argument(
      fmt::format("{} prompts with {} responses each (vocabulary {}, max_length {}) make {} "
                  "states{}: let vocabulary or max_length be smaller",
                  options.prompts, token_count_text(n.responses), options.vocabulary,
                  options.max_length, token_count_text(n.states), what));
}

void require_numbers_of_states(const TokenWorldOptions& options) {
  constexpr State kMost = std::numeric_limits<State>::max();
  if (const TokenCounts n = token_counts(options); n.states > static_cast<double>(kMost))
    throw too_many_responses(options, n, fmt::format(", more than the limit of {}", kMost));
}

void require_token_memory(const TokenWorldOptions& options, std::uint64_t limit) {
  require_numbers_of_states(options);
  constexpr double kBytesOfRow = 92;  // of one outcome; the model counts the rest
  const TokenCounts n = token_counts(options);
  const double bytes =
      static_cast<double>(FiniteMdp::bytes_to_solve(
          static_cast<std::uint64_t>(n.states), static_cast<std::uint64_t>(options.vocabulary))) +
      kBytesOfRow * n.rows;
  if (bytes > static_cast<double>(limit))
    throw too_many_responses(
        options, n,
        fmt::format(", which need about {:.0f} bytes, more than the limit of {}", bytes, limit));
}

std::vector<double> normal_numbers(Rng rng, std::size_t n) {
  std::vector<double> numbers(n);
  for (double& x : numbers) x = rng.normal();
  return numbers;
}

double immediate_repeats(std::span<const Action> words) {
  std::int64_t n = 0;
  for (std::size_t i = 1; i < words.size(); ++i) n += words[i] == words[i - 1] ? 1 : 0;
  return static_cast<double>(n);
}

double words_off(std::span<const Action> words, int ideal_length) {
  return std::abs(static_cast<double>(words.size()) - ideal_length);
}

/// Calls f(word, occurrences) once for each distinct word, in the order of their first ones.
template <class F>
void for_each_distinct_word(std::span<const Action> words, F&& f) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto here = words.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(words.begin(), here, *here) == here)
      f(*here, static_cast<double>(std::count(here, words.end(), *here)));
  }
}

/// Its words, and whether it is truncated.
std::pair<std::vector<Action>, bool> completed_response(const TokenWorld& world, State s,
                                                        Action a) {
  std::vector<Action> words = world.words_of(s);
  if (a != 0) words.push_back(a);
  return {std::move(words), a != 0};
}

// ---- features ---------------------------------------------------------------------------------

using SharedTokenWorld = std::shared_ptr<const TokenWorld>;

/// One-hot of (prompt, previous token); none where that would be many numbers.
std::optional<WorldFeatures> bigram_features(const TokenWorld& world) {
  const std::size_t tokens = index(world.vocabulary());
  const std::size_t count = index(world.prompts()) * tokens;
  if (index(world.num_states()) * count > kMostBigramValues) return std::nullopt;
  WorldFeatures features{.count = count, .values = {}};
  features.values.resize(index(world.num_states()) * count, 0);
  for (State s = 0; s < world.terminal_state(); ++s)
    features.values[index(s) * count + index(world.prompt_of(s)) * tokens +
                    index(world.previous_token(s))] = 1;
  return features;
}

std::vector<std::string> names_of_pairs(const TokenWorld& world, const char* what) {
  std::vector<std::string> names;
  for (int prompt = 0; prompt < world.prompts(); ++prompt)
    for (Action word = 1; word < world.vocabulary(); ++word)
      names.push_back(fmt::format("{} {} {}", what, TokenWorld::prompt_text(prompt), word));
  return names;
}

RewardFeatures bag_of_words(const SharedTokenWorld& world) {
  const std::size_t words = index(world->vocabulary() - 1);
  const std::size_t pairs = index(world->prompts()) * words;
  RewardFeatures bag{"bag",
                     "how often each word is in a response, a prompt; its length. Sees neither "
                     "repetition nor truncation",
                     names_of_pairs(*world, "count"),
                     {}};
  bag.names.emplace_back("length");
  bag.fill = [=](State s, Action a, State next, std::vector<Feature>& phi) {
    if (next != world->terminal_state()) return;
    const auto response = completed_response(*world, s, a).first;
    const std::size_t first = index(world->prompt_of(s)) * words;
    for_each_distinct_word(response, [&](Action word, double count) {
      phi.push_back({first + index(word - 1), count});
    });
    if (!response.empty()) phi.push_back({pairs, static_cast<double>(response.size())});
  };
  return bag;
}

RewardFeatures rich_features(const SharedTokenWorld& world) {
  const std::size_t words = index(world->vocabulary() - 1);
  RewardFeatures rich = bag_of_words(world);
  const std::size_t first_occurs = rich.count();
  rich.name = "rich";
  rich.doc =
      "those of bag; whether a word is in a response, a prompt; immediate repeats, "
      "|length - ideal_length|, truncation. The gold reward is linear in them";
  for (std::string& name : names_of_pairs(*world, "occurs")) rich.names.push_back(std::move(name));
  const std::size_t repeats = rich.count();
  for (const char* name : {"repeats", "off_length", "truncated"}) rich.names.emplace_back(name);
  rich.fill = [=, bag = rich.fill](State s, Action a, State next, std::vector<Feature>& phi) {
    if (next != world->terminal_state()) return;
    bag(s, a, next, phi);
    const auto put = [&](std::size_t i, double value) {
      if (value != 0) phi.push_back({i, value});
    };
    const auto [response, truncated] = completed_response(*world, s, a);
    const std::size_t first = first_occurs + index(world->prompt_of(s)) * words;
    for_each_distinct_word(response, [&](Action word, double) { put(first + index(word - 1), 1); });
    put(repeats, immediate_repeats(response));
    put(repeats + 1, words_off(response, world->options().ideal_length));
    put(repeats + 2, truncated ? 1 : 0);
  };
  return rich;
}

// ---- the problem ------------------------------------------------------------------------------

/// A row a prompt: without a word, and after each first word.
Panel panel_of_first_words(const TokenWorld& world) {
  const bool one_word = world.max_length() > 1;
  Panel panel{"prompt and first word",
              world.prompts(),
              one_word ? world.vocabulary() : 1,
              {},
              plain_marks(world.prompts(), one_word ? world.vocabulary() : 1)};
  for (int prompt = 0; prompt < panel.rows; ++prompt) {
    panel.mark[panel.state.size()] = 'S';
    const State start = world.state_of(prompt, {});
    panel.state.push_back(start);
    for (Action word = 1; word < panel.cols; ++word)
      panel.state.push_back(world.next_state(start, word));
    panel.row_labels.push_back(TokenWorld::prompt_text(prompt));
  }
  panel.col_labels.emplace_back("-");
  for (Action word = 1; word < panel.cols; ++word) panel.col_labels.push_back(std::to_string(word));
  return panel;
}

Picture picture_of_tokens(const TokenWorld& world) {
  Picture picture;
  picture.panels.push_back(panel_of_first_words(world));
  picture.actions.push_back(look_number("end", 0));
  for (Action word = 1; word < world.vocabulary(); ++word)
    picture.actions.push_back(look_number("word " + std::to_string(word), word));
  if (world.num_states() <= kMostNamedPrefixes)
    for (State s = 0; s < world.num_states(); ++s)
      picture.state_names.push_back(world.state_text(s));
  return picture;
}

FiniteMdp model_of_tokens(const TokenWorld& world, std::uint64_t memory_limit) {
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    const State next = world.next_state(s, a);
    double reward = 0;
    if (next == world.terminal_state()) {
      const auto [words, truncated] = completed_response(world, s, a);
      reward = world.gold(world.prompt_of(s), words, truncated);
    }
    row.push_back({1, reward, next});
  };
  MdpFacts facts{.terminal = {world.terminal_state()}, .memory_limit = memory_limit};
  facts.start.resize(index(world.num_states()), 0);
  for (int prompt = 0; prompt < world.prompts(); ++prompt)
    facts.start[index(world.state_of(prompt, {}))] = 1;
  return FiniteMdp(world.num_states(), world.vocabulary(), fill, facts);
}

}  // namespace

// ---- numbers ----------------------------------------------------------------------------------

TokenWorld::TokenWorld(const TokenWorldOptions& options, const Rng& rng) : options_(options) {
  if (options.length == 0 && options.ideal_length != TokenWorldOptions{}.ideal_length)
    throw no_effect("ideal_length", "length");
  require_numbers_of_states(options);
  std::int64_t of_length = 1;
  first_.push_back(0);
  for (int l = 0; l < max_length(); ++l, of_length *= words())
    first_.push_back(first_.back() + static_cast<State>(of_length));
  responses_ = prefixes() + of_length;
  const std::size_t tokens = index(vocabulary());
  valence_ = normal_numbers(rng.split("valence"), index(prompts()) * index(words()));
  base_ = normal_numbers(rng.split("bigram"), index(prompts()) * tokens * tokens);
}

State TokenWorld::state_of(int prompt, std::span<const Action> words_so_far) const {
  require_prompt(prompt);
  if (words_so_far.size() >= index(max_length()))
    throw std::invalid_argument(
        fmt::format("token_world: {} words are a complete response, not a state; max_length is {}",
                    words_so_far.size(), max_length()));
  State rank = 0;  // among the prefixes of this length
  for (const Action word : words_so_far) {
    require_word(word);
    rank = rank * words() + (word - 1);
  }
  return prompt * prefixes() + first_[words_so_far.size()] + rank;
}

std::vector<Action> TokenWorld::words_of(State s) const {
  std::vector<Action> reading(index(length_of(s)));
  State rank = s % prefixes() - first_[reading.size()];
  for (auto word = reading.rbegin(); word != reading.rend(); ++word, rank /= words())
    *word = rank % words() + 1;
  return reading;
}

int TokenWorld::prompt_of(State s) const {
  assert(s >= 0 && s < terminal_state());
  return s / prefixes();
}

int TokenWorld::length_of(State s) const {
  assert(s >= 0 && s < terminal_state());
  const auto longer = std::upper_bound(first_.begin(), first_.end(), s % prefixes());
  return static_cast<int>(longer - first_.begin()) - 1;
}

Action TokenWorld::previous_token(State s) const {
  const int length = length_of(s);
  return length == 0 ? 0 : (s % prefixes() - first_[index(length)]) % words() + 1;
}

State TokenWorld::next_state(State s, Action a) const {
  assert(a >= 0 && a < vocabulary());
  const int length = length_of(s);
  if (a == 0 || length + 1 == max_length()) return terminal_state();
  const State rank = s % prefixes() - first_[index(length)];
  return s - s % prefixes() + first_[index(length + 1)] + rank * words() + (a - 1);
}

double TokenWorld::gold(int prompt, std::span<const Action> response, bool truncated) const {
  require_prompt(prompt);
  for (const Action word : response) require_word(word);
  double sum = 0;
  for_each_distinct_word(response, [&](Action word, double count) {
    sum += valence(prompt, word) * (1 + options_.occurrence * count);
  });
  return sum - options_.repeat * immediate_repeats(response) -
         options_.length * words_off(response, options_.ideal_length) -
         (truncated ? options_.truncation : 0);
}

double TokenWorld::valence(int prompt, Action word) const {
  require_prompt(prompt);
  require_word(word);
  return valence_[index(prompt) * index(words()) + index(word - 1)];
}

std::span<const double> TokenWorld::base_logits(int prompt, Action previous) const {
  require_prompt(prompt);
  if (previous != 0) require_word(previous);
  const std::size_t tokens = index(vocabulary());
  return {base_.data() + (index(prompt) * tokens + index(previous)) * tokens, tokens};
}

void TokenWorld::require_prompt(int prompt) const {
  if (prompt < 0 || prompt >= prompts())
    throw std::invalid_argument(
        fmt::format("token_world: prompt {} is not one of 0..{}", prompt, prompts() - 1));
}

void TokenWorld::require_word(Action word) const {
  if (word < 1 || word > words())
    throw std::invalid_argument(fmt::format("token_world: {} is not a word, 1..{}", word, words()));
}

// ---- texts ------------------------------------------------------------------------------------

std::string TokenWorld::response_text(std::span<const Action> words, bool ended) {
  std::string text = fmt::format("{}", fmt::join(words.begin(), words.end(), " "));
  if (ended) text += text.empty() ? "0" : " 0";
  return text;
}

std::vector<Action> TokenWorld::parse_response(std::string_view text) const {
  constexpr const char* kSpaces = " \t";
  std::vector<Action> tokens;
  for (std::size_t i = text.find_first_not_of(kSpaces); i != std::string_view::npos;) {
    const std::string_view token = text.substr(i, text.find_first_of(kSpaces, i) - i);
    const auto refuse = [&](const std::string& why) {
      throw std::invalid_argument(
          fmt::format("token '{}' of response '{}': {}", clipped(token), clipped(text), why));
    };
    Action a = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), a);
    if (error != std::errc() || end != token.data() + token.size() || a < 0 || a > words())
      refuse(fmt::format("not one of 0..{}", words()));
    if (!tokens.empty() && tokens.back() == 0) refuse("nothing may follow the end, 0");
    if (tokens.size() == index(max_length()))
      refuse(fmt::format("nothing may follow {} words, which truncate it", max_length()));
    tokens.push_back(a);
    i = text.find_first_not_of(kSpaces, i + token.size());
  }
  if (tokens.empty()) throw std::invalid_argument("a response has at least one token, '0'");
  return tokens;
}

std::string TokenWorld::prompt_text(int prompt) { return fmt::format("p{}", prompt); }

int TokenWorld::parse_prompt(std::string_view text) const {
  std::vector<std::string> choices;
  for (int prompt = 0; prompt < prompts(); ++prompt) choices.push_back(prompt_text(prompt));
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found == choices.end())
    throw std::invalid_argument(unknown_name("prompt", clipped(text), choices));
  return static_cast<int>(found - choices.begin());
}

std::string TokenWorld::state_text(State s) const {
  if (s == terminal_state()) return "end";
  const std::string prompt = prompt_text(prompt_of(s));
  const std::vector<Action> words_so_far = words_of(s);
  return words_so_far.empty() ? prompt : prompt + ": " + response_text(words_so_far, false);
}

// -----------------------------------------------------------------------------------------------

Problem token_world(const TokenWorldOptions& options, const WorldContext& context) {
  require_token_memory(options, context.memory_limit);
  const auto world = std::make_shared<const TokenWorld>(options, context.rng);
  return {.name = "token_world",
          .model = model_of_tokens(*world, context.memory_limit),
          .gamma = 1,
          .picture = picture_of_tokens(*world),
          .features = bigram_features(*world),
          .reward_features = {bag_of_words(world), rich_features(world)},
          .note = fmt::format(
              "the valences of words are drawn from the seed; a response of n words pays the sum "
              "over distinct words of valence (1 + {} count) - {} immediate repeats - {} |n - {}| "
              "- {} if truncated",
              options.occurrence, options.repeat, options.length, options.ideal_length,
              options.truncation)};
}

}  // namespace rl
