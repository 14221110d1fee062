#include "apps/policy_text.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include "apps/world.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;

Problem world(const char* name) { return make_problem(tests::registry(), name); }

std::string refused_policy(const std::string& text, const Problem& problem) {
  return tests::error_of([&] { parse_policy(text, problem); });
}

}  // namespace

TEST_CASE("policy text: one letter a state, in the order of the cells; blanks do not count") {
  const Problem p = world("mfrl_2x2");  // actions: up ^, right >, down v, left <, stay o
  const TabularPolicy policy = parse_policy(">v >o", p);
  CHECK(policy.probability(0, 1) == 1);
  CHECK(policy.probability(1, 2) == 1);
  CHECK(policy.probability(2, 1) == 1);
  CHECK(policy.probability(3, 4) == 1);
  CHECK(parse_policy(">v\n>o", p) == policy);
}

TEST_CASE("policy text: a terminal state's letter means nothing") {
  const Problem p = world("mfrl_5x5_episodic");
  const std::string right(25, '>');
  std::string other = right;
  other[17] = '.';  // s18, the target
  CHECK(parse_policy(other, p) == parse_policy(right, p));
}

TEST_CASE("policy text: uniform is every available action alike") {
  const Problem p = world("gambler");
  const TabularPolicy policy = parse_policy("uniform", p);
  CHECK(policy.probability(2, 0) == 0.5);  // capital 2: stakes 1 and 2
  CHECK(policy.probability(2, 2) == 0);
}

TEST_CASE("policy text: what is written is read back to the bit") {
  const tests::Folder folder;
  const Problem p = world("mfrl_3x3");
  TabularPolicy policy = uniform_policy(p.model);
  policy.row(4)[0] = 1.0 / 3;
  policy.row(4)[1] = 1 - 1.0 / 3 - 0.6;
  std::ostringstream text;
  write_policy(text, p, policy);
  CHECK(parse_policy(folder.file("p.json", text.str()), p) == policy);
}

TEST_CASE("policy text: wrong letters, lengths and files are refused with their place") {
  const tests::Folder folder;
  const Problem p = world("mfrl_2x2");
  CHECK(contains(refused_policy(">>>", p), "it has 3 letters for 4 states"));
  CHECK(contains(refused_policy(">x>o", p),
                 "'x' in state s2 is none of the actions' letters: ^>v<o"));
  CHECK(contains(refused_policy(folder / "none.json", p), "none.json: cannot be read"));
  CHECK(contains(refused_policy(folder.file("a.json", "{}"), p), "a.json: expected {\"policy\""));
  CHECK(contains(refused_policy(folder.file("b.json", R"({"policy": [[1]]})"), p),
                 "a policy for 1 states, but mfrl_2x2 has 4"));
  CHECK(contains(refused_policy(folder.file("c.json", R"({"policy": [[1],[1],[1],[1]]})"), p),
                 "row 0 of the policy is not a list of 5 numbers"));
  const std::string sums = R"({"policy": [[0.5,0,0,0,0],[1,0,0,0,0],[1,0,0,0,0],[1,0,0,0,0]]})";
  CHECK(contains(refused_policy(folder.file("e.json", sums), p),
                 "e.json: policy: probabilities in state 0"));
}

}  // namespace rl::apps
