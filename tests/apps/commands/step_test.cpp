#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;
using tests::rlbook;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::string stepped(std::vector<std::string> words, const tests::Surroundings& around = {}) {
  words.insert(words.begin(), "step");
  const tests::Output x = rlbook(words, around);
  CHECK(x.err == "");
  REQUIRE(x.code == 0);
  return x.out;
}

}  // namespace

TEST_CASE("step: --count prints so many steps with formula, pseudo-code and a drawing") {
  const std::string text = stepped({"sarsa", "--env", "mfrl_5x5", "--count", "3", "--ascii"});
  CHECK(contains(text, "sarsa on mfrl_5x5, gamma = 0.9: MFRL 7.2; S&B 6.4"));
  CHECK(contains(text, ">     q(s, a) <- q(s, a) + alpha [ r + gamma q(s', a') - q(s, a) ]"));
  CHECK(contains(text, "step 1 (episode 1, its step 1): s1, "));
  CHECK(contains(text, "step 3 "));
  CHECK_FALSE(contains(text, "step 4 "));
  CHECK(count(text, "delta = target - before") == 3);
  CHECK(contains(text, "+-------+"));
  CHECK(contains(text, "@ agent"));
}

TEST_CASE("step: --back shows an earlier step again, as it was") {
  const std::string text =
      stepped({"q_learning", "--env", "mfrl_5x5", "--count", "5", "--back", "3"});
  CHECK(contains(text, "back to step 2"));
  const std::size_t first = text.find("step 2 (");
  const std::size_t again = text.rfind("step 2 (");
  REQUIRE(first != again);
  const auto paragraph = [&](std::size_t at) { return text.substr(at, text.find("q(s", at) - at); };
  CHECK(paragraph(first) == paragraph(again));
  CHECK(contains(stepped({"sarsa", "--env", "mfrl_2x2", "--count", "2", "--back", "9"}),
                 "before the first step"));
}

TEST_CASE("step: a planner is stepped state by state") {
  const std::string text = stepped({"value_iteration", "--env", "mfrl_2x2", "--count", "6"});
  CHECK(contains(text, "step 1: iteration 1"));
  CHECK(contains(text, "state s1"));
  CHECK(contains(text, "v(s2) <- max_a q(s2, a) = 1 (before: 0)"));
  CHECK(contains(text, "step 6: iteration 2"));
  CHECK(contains(text, "this state"));
}

TEST_CASE("step: options of the algorithm are flags, and a policy may be given") {
  CHECK(contains(stepped({"q_learning", "--env", "mfrl_5x5", "--count", "1", "--alpha", ".5"}),
                 "+ 0.5 ["));
  CHECK(contains(
      stepped({"policy_evaluation", "--policy", "vv>o", "--env", "mfrl_2x2", "--count", "1"}),
      "v(s1) <- sum_a pi(a | s1) q(s1, a) = 0 (before: 0)"));
}

TEST_CASE("step: lines of stdin are keys: forward, back, a number to go to, quit") {
  const std::string text =
      stepped({"q_learning", "--env", "mfrl_5x5"}, {.input = "n\nn\nb\n40\n\nq\nn\n"});
  CHECK(contains(text, "before the first step"));
  CHECK(count(text, "step 1 (") == 2);  // forward, and back from 2
  CHECK(count(text, "step 2 (") == 1);
  CHECK(contains(text, "step 40 ("));
  CHECK(contains(text, "step 41 ("));
  CHECK_FALSE(contains(text, "step 42 ("));  // q ended it
}

TEST_CASE("step: the beginning and the end are said") {
  CHECK(
      contains(stepped({"sarsa", "--env", "mfrl_2x2"}, {.input = "b\n"}), "this is the beginning"));
  CHECK(contains(stepped({"policy_iteration", "--env", "mfrl_2x2"}, {.input = "99999\n"}),
                 "its stop rule or a limit is met"));
  CHECK(contains(stepped({"policy_iteration", "--env", "mfrl_2x2", "--count", "99999"}),
                 "its stop rule or a limit is met"));
  // once at the beginning, once for the key without a meaning
  CHECK(count(tests::one_line(stepped({"sarsa", "--env", "mfrl_2x2"}, {.input = "x\n"})),
              "q: quit") == 2);
}

TEST_CASE("step: nothing is wider than the terminal") {
  for (const int columns : {40, 60, 80}) {
    const std::string text =
        stepped({"expected_sarsa", "--env", "mfrl_5x5", "--count", "2"}, {.columns = columns});
    CHECK(tests::longest_line(text) <= static_cast<std::size_t>(columns));
  }
}

TEST_CASE("step: what cannot be stepped is refused with its reason") {
  const auto refusal = [](std::vector<std::string> words) {
    words.insert(words.begin(), "step");
    const tests::Output x = rlbook(words);
    CHECK(x.code == 2);
    CHECK(x.out == "");
    return x.err;
  };
  CHECK(contains(refusal({"sarsa", "--env", "access_control"}), "average-reward"));
  CHECK(contains(refusal({"sarsaa", "--env", "mfrl_5x5"}), "did you mean 'sarsa'"));
  CHECK(contains(refusal({"sarsa", "--env", "mfrl_5x5", "--back", "2"}), "--count"));
  CHECK(contains(refusal({"sarsa", "--env", "mfrl_5x5", "--count", "0"}), "--count"));
}

TEST_CASE("step: Ctrl-C ends it with 130") {
  const tests::Output x = rlbook({"step", "sarsa", "--env", "mfrl_5x5", "--count", "1000000"},
                                 {.interrupted = [] { return true; }});
  CHECK(x.code == 130);
}

}  // namespace rl::apps
