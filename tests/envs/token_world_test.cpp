#include "envs/token_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "rl/check_model.hpp"
#include "rl/segment.hpp"
#include "tests/errors.hpp"

using doctest::Approx;
using rl::Action;
using rl::State;
using rl::TokenWorld;
using rl::TokenWorldOptions;
using tests::contains;
using tests::error_of;

namespace token_world_test {

namespace {

using Words = std::vector<Action>;

constexpr TokenWorldOptions kSmall{.vocabulary = 4, .max_length = 4, .prompts = 2};

/// Calls f(words, truncated) for each response, from the shortest on.
template <class F>
void for_each_response(const TokenWorld& world, F&& f) {
  std::vector<Words> prefixes = {{}};
  for (int length = 0; length <= world.max_length(); ++length) {
    std::vector<Words> longer;
    for (const Words& prefix : prefixes) {
      f(prefix, length == world.max_length());
      for (Action word = 1; word < world.vocabulary(); ++word) {
        longer.push_back(prefix);
        longer.back().push_back(word);
      }
    }
    prefixes = std::move(longer);
  }
}

/// The actions of a response.
Words actions_of(Words words, bool truncated) {
  if (!truncated) words.push_back(0);
  return words;
}

/// v of the best policy, state by state from the last one: a step leads to a higher number.
std::vector<double> best_values(const rl::FiniteMdp& model) {
  std::vector<double> v(rl::index(model.num_states()), 0);
  for (State s = model.num_states() - 2; s >= 0; --s) {
    double best = -1e300;
    for (Action a = 0; a < model.num_actions(); ++a) {
      const rl::FiniteMdp::Row row = model.row(s, a);
      REQUIRE(row.next(0) > s);
      best = std::max(best, row.reward + v[rl::index(row.next(0))]);
    }
    v[rl::index(s)] = best;
  }
  return v;
}

/// w . the sum of the features of an episode's steps.
double linear_return(const rl::RewardFeatures& features, const rl::Segment& episode,
                     const std::vector<double>& w) {
  double sum = 0;
  for (std::size_t t = 0; t < episode.length(); ++t) {
    std::vector<rl::Feature> phi;
    features.fill(episode.states[t], episode.actions[t], episode.states[t + 1], phi);
    std::set<std::size_t> once;
    for (const rl::Feature& f : phi) {
      CHECK(once.insert(f.index).second);
      CHECK(f.value != 0);
      sum += w.at(f.index) * f.value;
    }
  }
  return sum;
}

std::string nonzero_features(const rl::RewardFeatures& features, const rl::Segment& episode) {
  std::string text;
  std::vector<rl::Feature> phi;
  for (std::size_t t = 0; t < episode.length(); ++t)
    features.fill(episode.states[t], episode.actions[t], episode.states[t + 1], phi);
  std::sort(phi.begin(), phi.end(),
            [](const rl::Feature& a, const rl::Feature& b) { return a.index < b.index; });
  for (const rl::Feature& f : phi)
    text += (text.empty() ? "" : ", ") + features.names[f.index] + " = " +
            std::to_string(static_cast<int>(f.value));
  return text;
}

}  // namespace

// ---- numbers ----------------------------------------------------------------------------------

TEST_CASE("token world: prompt by prompt, short prefixes first, then in lexicographic order") {
  const TokenWorld world({.vocabulary = 3, .max_length = 3, .prompts = 2}, rl::Rng(0));
  const std::vector<Words> prefixes = {{}, {1}, {2}, {1, 1}, {1, 2}, {2, 1}, {2, 2}};
  CHECK(world.num_states() == 15);
  CHECK(world.terminal_state() == 14);
  for (int prompt = 0; prompt < 2; ++prompt)
    for (State k = 0; k < 7; ++k)
      CHECK(world.state_of(prompt, prefixes[rl::index(k)]) == 7 * prompt + k);
  CHECK(world.words_of(12) == Words{2, 1});
  CHECK(world.prompt_of(12) == 1);
  CHECK(world.length_of(12) == 2);
  CHECK(world.previous_token(12) == 1);
  CHECK(world.previous_token(7) == 0);
}

TEST_CASE("token world: a state is its prompt and its words, for all states") {
  const TokenWorld world({}, rl::Rng(0));
  State wrong = 0;
  for (State s = 0; s < world.terminal_state(); ++s) {
    const Words words = world.words_of(s);
    wrong += world.state_of(world.prompt_of(s), words) == s ? 0 : 1;
    wrong += world.length_of(s) == static_cast<int>(words.size()) ? 0 : 1;
    wrong += world.previous_token(s) == (words.empty() ? 0 : words.back()) ? 0 : 1;
  }
  CHECK(world.num_states() == 15'625);
  CHECK(wrong == 0);
}

TEST_CASE("token world: children stand side by side, behind their parent; the last word ends") {
  const TokenWorld world(kSmall, rl::Rng(0));
  const rl::FiniteMdp model = rl::token_world(kSmall).model;
  for (State s = 0; s < world.terminal_state(); ++s) {
    const bool last_word = world.length_of(s) == 3;
    Words words = world.words_of(s);
    for (Action a = 0; a < 4; ++a) {
      const std::vector<rl::Outcome> row = model.outcomes(s, a);
      REQUIRE(row.size() == 1);
      CHECK(row[0].next == world.next_state(s, a));
      CHECK(row[0].next > s);
      CHECK((row[0].next == world.terminal_state()) == (a == 0 || last_word));
      if (a == 0 || last_word) continue;
      words.push_back(a);
      CHECK(row[0].next == world.state_of(world.prompt_of(s), words));
      CHECK(row[0].next == world.next_state(s, 1) + a - 1);
      CHECK(row[0].reward == 0);
      words.pop_back();
    }
  }
}

TEST_CASE("token world: 19,531 responses to a prompt of the default world, 960,800 of 8 tokens") {
  CHECK(TokenWorld({}, rl::Rng(0)).responses_per_prompt() == 19'531);
  CHECK(TokenWorld({.vocabulary = 8, .max_length = 7}, rl::Rng(0)).responses_per_prompt() ==
        960'800);
  const TokenWorld small(kSmall, rl::Rng(0));
  std::int64_t n = 0;
  for_each_response(small, [&](const Words&, bool) { ++n; });
  CHECK(n == small.responses_per_prompt());
}

TEST_CASE("token world: one word and no word still make a world") {
  const TokenWorld two({.vocabulary = 2, .max_length = 5, .prompts = 1}, rl::Rng(0));
  CHECK(two.num_states() == 6);
  CHECK(two.responses_per_prompt() == 6);
  CHECK(two.words_of(3) == Words{1, 1, 1});
  const rl::Problem one = rl::token_world({.vocabulary = 3, .max_length = 1, .prompts = 2});
  CHECK(one.model.num_states() == 3);
  CHECK(one.model.row(0, 2).next(0) == 2);
  CHECK(one.picture.panels[0].cols == 1);
}

TEST_CASE("token world: a prefix of another world is refused, with what is wrong") {
  const TokenWorld world(kSmall, rl::Rng(0));
  CHECK(error_of([&] { world.state_of(2, {}); }) == "token_world: prompt 2 is not one of 0..1");
  CHECK(error_of([&] { world.state_of(0, Words{1, 4}); }) == "token_world: 4 is not a word, 1..3");
  CHECK(error_of([&] { world.state_of(0, Words{0}); }) == "token_world: 0 is not a word, 1..3");
  CHECK(error_of([&] {
          world.state_of(0, Words{1, 1, 1, 1});
        }) == "token_world: 4 words are a complete response, not a state; max_length is 4");
  CHECK(contains(error_of([&] { world.valence(0, 0); }), "0 is not a word"));
  CHECK(contains(error_of([&] { world.base_logits(0, 4); }), "4 is not a word"));
  CHECK(contains(error_of([&] { world.gold(-1, {}, false); }), "prompt -1"));
}

// ---- the gold reward --------------------------------------------------------------------------

TEST_CASE("token world: the gold reward of responses, by hand") {
  const TokenWorld world(kSmall, rl::Rng(7));
  const double v1 = world.valence(1, 1);
  const double v2 = world.valence(1, 2);
  const double v3 = world.valence(1, 3);
  // No word: three less than the ideal.
  CHECK(world.gold(1, {}, false) == -0.75);
  // Each word once, in the ideal length.
  CHECK(world.gold(1, Words{3, 1, 2}, false) == Approx(1.15 * (v1 + v2 + v3)).epsilon(1e-14));
  // 2 twice, not one behind the other.
  CHECK(world.gold(1, Words{2, 1, 2}, false) == Approx(1.15 * v1 + 1.3 * v2).epsilon(1e-14));
  // 2 three times, twice behind itself, one word too many, truncated.
  CHECK(world.gold(1, Words{2, 2, 2, 3}, true) ==
        Approx(1.45 * v2 + 1.15 * v3 - 2 * 0.8 - 0.25 - 1).epsilon(1e-14));
}

TEST_CASE("token world: options are the weights of the gold reward") {
  const TokenWorldOptions options{.vocabulary = 3,
                                  .max_length = 6,
                                  .occurrence = 0.5,
                                  .repeat = 10,
                                  .length = 100,
                                  .ideal_length = 2,
                                  .truncation = 1000};
  const TokenWorld world(options, rl::Rng(7));
  CHECK(world.gold(0, Words{1, 1, 1, 1, 1, 1}, true) ==
        Approx(world.valence(0, 1) * 4 - 50 - 400 - 1000).epsilon(1e-14));
}

TEST_CASE("token world: a response is paid its gold reward by its last step alone") {
  const TokenWorld world(kSmall, rl::Rng(5));
  const rl::Problem problem = rl::token_world(kSmall, {.rng = rl::Rng(5)});
  for (int prompt = 0; prompt < 2; ++prompt)
    for_each_response(world, [&](const Words& words, bool truncated) {
      const rl::Segment episode =
          rl::follow(problem.model, world.state_of(prompt, {}), actions_of(words, truncated));
      CHECK(episode.terminated);
      CHECK(episode.rewards.back() == world.gold(prompt, words, truncated));
      CHECK(std::count(episode.rewards.begin(), episode.rewards.end() - 1, 0) ==
            static_cast<std::ptrdiff_t>(episode.length()) - 1);
    });
}

TEST_CASE("token world: without its end a response costs the truncation more") {
  const rl::Problem problem = rl::token_world(kSmall, {.rng = rl::Rng(5)});
  const TokenWorld world(kSmall, rl::Rng(5));
  const State s = world.state_of(0, Words{3, 1, 2});
  // The fourth word ends: 1.15 + .15 of its valence since it is there twice, one word too many.
  CHECK(problem.model.terminal(problem.model.row(s, 1).next(0)));
  CHECK(problem.model.row(s, 1).reward - problem.model.row(s, 0).reward ==
        Approx(0.15 * world.valence(0, 1) - 0.25 - 1).epsilon(1e-14));
}

TEST_CASE("token world: the best value of a prompt is the largest gold reward of a response") {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const TokenWorldOptions options{.vocabulary = 5, .max_length = 5, .prompts = 3};
    const rl::Problem problem = rl::token_world(options, {.rng = rl::Rng(seed)});
    const TokenWorld world(options, rl::Rng(seed));
    const std::vector<double> v = best_values(problem.model);
    for (int prompt = 0; prompt < 3; ++prompt) {
      double best = -1e300;
      for_each_response(world, [&](const Words& words, bool truncated) {
        best = std::max(best, world.gold(prompt, words, truncated));
      });
      CHECK(v[rl::index(world.state_of(prompt, {}))] == best);
    }
  }
}

// ---- what is drawn ----------------------------------------------------------------------------

TEST_CASE("token world: equal seeds make equal worlds, other seeds others") {
  const TokenWorld a({}, rl::Rng(3));
  const TokenWorld b({}, rl::Rng(3));
  const TokenWorld other({}, rl::Rng(4));
  int same = 0;
  for (int prompt = 0; prompt < a.prompts(); ++prompt)
    for (Action token = 0; token < a.vocabulary(); ++token) {
      if (token > 0) CHECK(a.valence(prompt, token) == b.valence(prompt, token));
      if (token > 0) same += a.valence(prompt, token) == other.valence(prompt, token) ? 1 : 0;
      for (std::size_t next = 0; next < 6; ++next) {
        CHECK(a.base_logits(prompt, token)[next] == b.base_logits(prompt, token)[next]);
        same += a.base_logits(prompt, token)[next] == other.base_logits(prompt, token)[next];
      }
    }
  CHECK(same == 0);
}

TEST_CASE("token world: valences and base language are standard normal, each number its own") {
  const TokenWorld world({.vocabulary = 30, .max_length = 2, .prompts = 40}, rl::Rng(1));
  const auto check = [](const std::vector<double>& x) {
    double sum = 0;
    double squares = 0;
    for (const double number : x) {
      sum += number;
      squares += number * number;
    }
    const auto n = static_cast<double>(x.size());
    CHECK(std::abs(sum) < 4 * std::sqrt(n));              // sd of a sum of n
    CHECK(std::abs(squares - n) < 4 * std::sqrt(2 * n));  // of chi-square
    CHECK(std::set<double>(x.begin(), x.end()).size() == x.size());
  };
  std::vector<double> valences;
  std::vector<double> logits;
  for (int prompt = 0; prompt < 40; ++prompt)
    for (Action token = 0; token < 30; ++token) {
      if (token > 0) valences.push_back(world.valence(prompt, token));
      const auto row = world.base_logits(prompt, token);
      logits.insert(logits.end(), row.begin(), row.end());
    }
  check(valences);
  check(logits);
}

// ---- the problem ------------------------------------------------------------------------------

TEST_CASE("token world: its model passes the checks, its episodes start at an empty prefix") {
  for (const TokenWorldOptions& options :
       {kSmall, TokenWorldOptions{.vocabulary = 2, .max_length = 1, .prompts = 1}}) {
    const rl::Problem problem = rl::token_world(options, {.rng = rl::Rng(2)});
    const TokenWorld world(options, rl::Rng(2));
    for (const rl::Finding& f : rl::check_model(problem, {.samples = 50})) {
      CAPTURE(f.check);
      CAPTURE(f.detail);
      CHECK(f.passed);
    }
    double total = 0;
    problem.model.for_each_start([&](State s, double p) {
      if (p > 0) CHECK(world.words_of(s).empty());
      if (p > 0) CHECK(p == Approx(1.0 / options.prompts));
      total += p;
    });
    CHECK(total == Approx(1));
    CHECK(problem.gamma == 1);
    CHECK_FALSE(problem.state_without_end());
  }
}

TEST_CASE("token world: states and actions have names, up to 100,000 states") {
  const rl::Problem problem = rl::token_world(kSmall);
  const TokenWorld world(kSmall, rl::Rng(0));
  CHECK(problem.picture.state_name(world.state_of(1, Words{3, 1})) == "p1: 3 1");
  CHECK(problem.picture.state_name(world.state_of(0, {})) == "p0");
  CHECK(problem.picture.state_name(world.terminal_state()) == "end");
  CHECK(problem.picture.action_name(0) == "end");
  CHECK(problem.picture.action_name(3) == "word 3");
  const rl::Panel& panel = problem.picture.panels[0];
  CHECK(panel.state == std::vector<State>{0, 1, 2, 3, 40, 41, 42, 43});
  CHECK(panel.mark == "S   S   ");
  CHECK(rl::token_world({.vocabulary = 3, .max_length = 14, .prompts = 6})  // 98,299 states
            .picture.state_names.size() == 98'299);
  CHECK(rl::token_world({.vocabulary = 3, .max_length = 14, .prompts = 7})
            .picture.state_names.empty());
}

TEST_CASE("token world: a state's feature is its prompt and its previous token") {
  const rl::Problem problem = rl::token_world(kSmall);
  const TokenWorld world(kSmall, rl::Rng(0));
  REQUIRE(problem.features.has_value());
  const std::size_t count = problem.features->count;
  CHECK(count == 8);
  for (State s = 0; s < world.num_states(); ++s)
    for (std::size_t i = 0; i < count; ++i) {
      const bool here = s != world.terminal_state() &&
                        i == rl::index(world.prompt_of(s) * 4 + world.previous_token(s));
      CHECK(problem.features->values[rl::index(s) * count + i] == (here ? 1 : 0));
    }
  // 4,097 states of 64 * 64 features would be too many numbers.
  CHECK_FALSE(rl::token_world({.vocabulary = 64, .max_length = 2, .prompts = 64}).features);
}

TEST_CASE("token world: what the reward features of a response are, by hand") {
  const rl::Problem problem = rl::token_world(kSmall);
  const TokenWorld world(kSmall, rl::Rng(0));
  REQUIRE(problem.reward_features.size() == 2);
  const rl::RewardFeatures& bag = problem.reward_features[0];
  const rl::RewardFeatures& rich = problem.reward_features[1];
  CHECK(bag.name == "bag");
  CHECK(rich.name == "rich");
  CHECK(bag.count() == 2 * 3 + 1);
  CHECK(rich.count() == 2 * 3 + 1 + 2 * 3 + 3);
  const rl::Segment cut = rl::follow(problem.model, world.state_of(1, {}), Words{2, 2, 3, 2});
  CHECK(nonzero_features(bag, cut) == "count p1 2 = 3, count p1 3 = 1, length = 4");
  CHECK(nonzero_features(rich, cut) ==
        "count p1 2 = 3, count p1 3 = 1, length = 4, occurs p1 2 = 1, occurs p1 3 = 1, "
        "repeats = 1, off_length = 1, truncated = 1");
  const rl::Segment nothing = rl::follow(problem.model, world.state_of(0, {}), Words{0});
  CHECK(nonzero_features(bag, nothing).empty());
  CHECK(nonzero_features(rich, nothing) == "off_length = 3");
  const rl::Segment unfinished = rl::follow(problem.model, world.state_of(0, {}), Words{2, 1});
  CHECK_FALSE(unfinished.terminated);
  CHECK(nonzero_features(rich, unfinished).empty());
}

TEST_CASE("token world: the rich features make the gold reward of every response") {
  const TokenWorld world(kSmall, rl::Rng(9));
  const rl::Problem problem = rl::token_world(kSmall, {.rng = rl::Rng(9)});
  const rl::RewardFeatures& rich = problem.reward_features[1];
  std::vector<double> w(rich.count(), 0);
  for (int prompt = 0; prompt < 2; ++prompt)
    for (Action word = 1; word < 4; ++word) {
      const std::size_t pair = rl::index(3 * prompt + word - 1);
      w[pair] = 0.15 * world.valence(prompt, word);  // count
      w[7 + pair] = world.valence(prompt, word);     // occurs
    }
  w[13] = -0.8;   // repeats
  w[14] = -0.25;  // off_length
  w[15] = -1;     // truncated
  for (int prompt = 0; prompt < 2; ++prompt)
    for_each_response(world, [&](const Words& words, bool truncated) {
      const rl::Segment episode =
          rl::follow(problem.model, world.state_of(prompt, {}), actions_of(words, truncated));
      CHECK(std::abs(linear_return(rich, episode, w) - world.gold(prompt, words, truncated)) <
            1e-12);
    });
}

TEST_CASE("token world: the bag cannot tell a repetition, nor a cut with the same words") {
  const rl::Problem problem = rl::token_world(kSmall);
  const rl::RewardFeatures& bag = problem.reward_features[0];
  const auto seen = [&](const Words& actions) {
    return nonzero_features(bag, rl::follow(problem.model, 0, actions));
  };
  CHECK(seen({1, 1, 2, 0}) == seen({1, 2, 1, 0}));
  CHECK(seen({1, 1, 2, 0}) != seen({1, 2, 2, 0}));
  CHECK(seen({1, 1, 2, 3}) == seen({3, 1, 2, 1}));
}

TEST_CASE("token world: worlds that do not fit are refused with the number of responses") {
  CHECK(error_of([] { rl::token_world({}, {.memory_limit = 1'000'000}); }) ==
        "4 prompts with 19531 responses each (vocabulary 6, max_length 6) make 15625 "
        "states, which need about 8115533 bytes, more than the limit of 1000000: let vocabulary "
        "or max_length be smaller");
  const std::string error = error_of([] {
    rl::token_world({.vocabulary = 64, .max_length = 32, .prompts = 64},
                    {.memory_limit = UINT64_MAX});
  });
  CHECK(contains(error, "64 prompts with 3.85e+57 responses each"));
  CHECK(contains(error, "states, more than the limit of 2147483647"));
  CHECK_THROWS_AS(TokenWorld({.vocabulary = 33, .max_length = 8}, rl::Rng(0)),
                  std::invalid_argument);
}

TEST_CASE("token world: the memory it asks for is counted by rows") {
  // 2 * 121 steps that end, each a row of its own; the others lead 1 .. 27 numbers on.
  const rl::FiniteMdp model = rl::token_world(kSmall).model;
  CHECK(model.num_distinct_rows() == 2 * 121 + 27);
  // 81 * (4 * 4 + 17) bytes of states, 269 * 92 of rows.
  CHECK(contains(error_of([] { rl::token_world(kSmall, {.memory_limit = 20}); }),
                 "about 27421 bytes, more than the limit of 20"));
  CHECK(model.bytes() + 81 * 2 * sizeof(double) >= 27'421);
}

TEST_CASE("token world: an ideal length that costs nothing is refused") {
  CHECK(contains(error_of([] { rl::token_world({.length = 0, .ideal_length = 4}); }),
                 "ideal_length"));
  CHECK_NOTHROW(rl::token_world({.max_length = 2, .length = 0}));
}

// ---- texts ------------------------------------------------------------------------------------

TEST_CASE("token world: a response as text, with the end where it has one, and back") {
  CHECK(TokenWorld::response_text(Words{3, 1}, true) == "3 1 0");
  CHECK(TokenWorld::response_text(Words{3, 1, 1, 2}, false) == "3 1 1 2");
  CHECK(TokenWorld::response_text({}, true) == "0");
  CHECK(TokenWorld::response_text(Words{12}, true) == "12 0");
  const TokenWorld world(kSmall, rl::Rng(0));
  for_each_response(world, [&](const Words& words, bool truncated) {
    CHECK(world.parse_response(TokenWorld::response_text(words, !truncated)) ==
          actions_of(words, truncated));
  });
  CHECK(world.parse_response("  3\t1 ") == Words{3, 1});  // a prefix
}

TEST_CASE("token world: a text that is no response is refused, with its token") {
  const TokenWorld world(kSmall, rl::Rng(0));
  const auto error = [&](const char* text) {
    return error_of([&] { world.parse_response(text); });
  };
  CHECK(error("3 x 0") == "token 'x' of response '3 x 0': not one of 0..3");
  for (const char* token : {"4", "-1", "1.5", "2,", "99999999999999999999"})
    CHECK(contains(error((std::string("1 ") + token + " 0").c_str()),
                   std::string("token '") + token + "' of response"));
  CHECK(error("1 0 2") == "token '2' of response '1 0 2': nothing may follow the end, 0");
  CHECK(error("1 1 1 1 0") ==
        "token '0' of response '1 1 1 1 0': nothing may follow 4 words, which truncate it");
  CHECK(error("  ") == "a response has at least one token, '0'");
}

TEST_CASE("token world: prompts are p0, p1, ...") {
  const TokenWorld world(kSmall, rl::Rng(0));
  for (int prompt = 0; prompt < 2; ++prompt)
    CHECK(world.parse_prompt(TokenWorld::prompt_text(prompt)) == prompt);
  CHECK(error_of([&] { world.parse_prompt("p2"); }) ==
        "unknown prompt 'p2'; did you mean 'p0'? (choices: p0, p1)");
  CHECK_THROWS_AS(world.parse_prompt("0"), std::invalid_argument);
}

TEST_CASE(
    "contextual bandit: one word is the answer and pays its valence, no answer pays nothing") {
  const rl::WorldContext context{.rng = rl::Rng(4)};
  const rl::Problem problem = rl::token_world(rl::contextual_bandit(), context);
  const TokenWorld world(rl::contextual_bandit(), rl::Rng(4));
  CHECK(problem.model.num_states() == 9);  // 8 prompts and the end
  for (State s = 0; s < 8; ++s) {
    CHECK(problem.model.row(s, 0).reward == 0);
    for (rl::Action word = 1; word < 6; ++word) {
      CHECK(problem.model.row(s, word).reward == world.valence(s, word));
      CHECK(problem.model.row(s, word).next(0) == world.terminal_state());
    }
  }
}

}  // namespace token_world_test
