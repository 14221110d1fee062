#include "rl/text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using rl::edit_distance;
using rl::nearest_name;

TEST_CASE("text: - and _ are the same in names") {
  CHECK(rl::canonical_name("mfrl-5x5") == "mfrl_5x5");
  CHECK(rl::canonical_name("mfrl_5x5") == "mfrl_5x5");
  CHECK(rl::canonical_name("") == "");
}

TEST_CASE("text: the edit distance counts insertions, deletions, replacements and swaps") {
  CHECK(edit_distance("alpha", "alpha") == 0);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("alpha", "alpa") == 1);
  CHECK(edit_distance("alpha", "alphas") == 1);
  CHECK(edit_distance("alpha", "olpha") == 1);
  CHECK(edit_distance("alpha", "alhpa") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("ab", "ba") == 1);
}

TEST_CASE("text: the edit distance is symmetric") {
  const std::vector<std::string> words = {"", "sarsa", "q_learning", "expected_sarsa", "aras"};
  for (const std::string& x : words)
    for (const std::string& y : words) CHECK(edit_distance(x, y) == edit_distance(y, x));
}

TEST_CASE("text: the nearest name is found through typing errors, and none through nonsense") {
  const std::vector<std::string> names = {"alpha", "epsilon", "q_learning", "expected_sarsa"};
  CHECK(nearest_name("alhpa", names) == "alpha");
  CHECK(nearest_name("epsilom", names) == "epsilon");
  CHECK(nearest_name("q-learing", names) == "q_learning");
  CHECK(nearest_name("sarsa", names) == "expected_sarsa");  // a part of it
  CHECK(nearest_name("zzzzzz", names).empty());
  CHECK(nearest_name("x", {}).empty());
}

TEST_CASE("text: of several near names the nearest is taken") {
  const std::vector<std::string> names = {"steps", "step", "stop"};
  CHECK(nearest_name("stp", names) == "step");
  CHECK(nearest_name("steeps", names) == "steps");
}

TEST_CASE("text: an unknown name is answered with the nearest and with all choices") {
  const std::vector<std::string> names = {"alpha", "epsilon"};
  CHECK(rl::unknown_name("option", "alhpa", names) ==
        "unknown option 'alhpa'; did you mean 'alpha'? (choices: alpha, epsilon)");
  CHECK(rl::unknown_name("option", "zzzzzzz", names) ==
        "unknown option 'zzzzzzz' (choices: alpha, epsilon)");
  CHECK(rl::unknown_name("option", "alpha", {}) == "unknown option 'alpha' (there are none)");
}

TEST_CASE("text: what is quoted stays short and whole characters") {
  CHECK(rl::clipped("short") == "short");
  CHECK(rl::clipped(std::string(60, 'x')) == std::string(60, 'x'));
  CHECK(rl::clipped(std::string(61, 'x')) == std::string(60, 'x') + "...");
  // Two bytes a character: the cut would fall into the thirtieth.
  std::string text = "x";
  for (int i = 0; i < 40; ++i) text += "é";
  CHECK(rl::clipped(text) == text.substr(0, 59) + "...");
  constexpr std::size_t kHuge = 8'000'000;
  const std::string huge(kHuge, 'a');
  CHECK(rl::unknown_name("option", huge, std::vector<std::string>{"alpha"}).size() < 200);
}

TEST_CASE("text: words are joined by a separator") {
  const std::vector<std::string> words = {"a", "b", "c"};
  CHECK(rl::join(words) == "a, b, c");
  CHECK(rl::join(words, "|") == "a|b|c");
  CHECK(rl::join({}) == "");
}
