#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;

std::string played(const std::string& world, const std::string& input, int columns = 80) {
  const tests::Output x =
      tests::rlbook({"play", "--env", world, "--ascii"}, {.columns = columns, .input = input});
  CHECK(x.err == "");
  REQUIRE(x.code == 0);
  return x.out;
}

}  // namespace

TEST_CASE("play: lines are actions by number, name or letter; rewards and returns are shown") {
  // up bumps into the edge (-1), right is forbidden (-1), down is the target (1)
  const std::string text = played("mfrl_2x2", "1\nright\ns\nquit\n1\n");
  CHECK(contains(text, "actions: 1 up, 2 right, 3 down, 4 left, 5 stay"));
  CHECK(contains(text, "step 1: up, reward -1; sum of rewards -1, discounted -1; now in s1"));
  CHECK(contains(text, "step 2: right, reward -1; sum of rewards -2, discounted -1.9; now in s2"));
  CHECK(contains(text, "step 3: down, reward 1; sum of rewards -1, discounted -1.09; now in s4"));
  CHECK_FALSE(contains(text, "step 4"));
  CHECK(contains(text, "@ you"));
}

TEST_CASE("play: the hint is the exact answer") {
  // v(s3) = 10, so v(s1) = 0.9 * 10
  const std::string text = played("mfrl_2x2", "hint\n");
  CHECK(contains(text, "optimal in s1: down; v*(s1) = 9; q*(s1, .): up 7.1, right 8, down 9,"));
}

TEST_CASE("play: undo and reset") {
  const std::string text = played("mfrl_2x2", "undo\ndown\nright\nundo\nreset\n");
  CHECK(contains(text, "nothing to undo"));
  CHECK(contains(text, "step 2: right, reward 1"));
  const std::size_t second = text.find("step 2: right");
  CHECK(text.find("step 1: down", second) != std::string::npos);
  CHECK(text.find("a new episode", second) != std::string::npos);
}

TEST_CASE("play: what is no action, and what is not available, is said") {
  CHECK(contains(played("mfrl_2x2", "jump\n"), "no action is 'jump'"));
  CHECK(contains(played("mfrl_2x2", "9\n"), "no action is '9'"));
  CHECK(contains(played("gambler", "50\n"), "not available"));
}

TEST_CASE("play: Ctrl-C ends it with 130, also while it waits for a line") {
  bool pressed = false;
  std::vector<std::string> words = {"play", "--env", "mfrl_2x2"};
  CHECK(tests::rlbook(words, {.interrupted = [&] { return pressed; }, .input = "up\n"}).code == 0);
  pressed = true;
  CHECK(tests::rlbook(words, {.interrupted = [&] { return pressed; }}).code == 130);
  const tests::Output hint =
      tests::rlbook(words, {.interrupted = [&] { return pressed; }, .input = "hint\n"});
  CHECK(hint.code == 130);
  CHECK_FALSE(contains(hint.out, "optimal in"));
}

TEST_CASE("play: an episode that has ended says so and waits for a new one") {
  const std::string text = played("mfrl_2x2:target_terminates", "down\nright\nup\nhint\nr\nup\n");
  CHECK(contains(text, "now in s4: terminated"));
  CHECK(contains(text, "the episode is over"));
  CHECK(contains(text, "nothing more can be gained"));
  CHECK(contains(text, "step 1: up"));
}

TEST_CASE("play: no exact answer is a message, not the end") {
  const tests::Output x =
      tests::rlbook({"play", "--env", "mfrl_2x2", "--gamma", "1"}, {.input = "hint\ndown\n"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "no exact answer: gamma = 1"));
  CHECK(contains(x.out, "step 1: down"));
}

TEST_CASE("play: every world can be played, within the terminal's width") {
  for (const WorldEntry& world : tests::registry().worlds()) {
    CAPTURE(world.name);
    const tests::Output x =
        tests::rlbook({"play", "--env", world.name}, {.columns = 60, .input = "1\n1\nundo\nr\n"});
    const bool points = contains(x.err, "are points");  // nobody plays these yet by keyboard
    CHECK(x.code == (points ? 2 : 0));
    CHECK(tests::longest_line(x.out) <= 60);
  }
}

}  // namespace rl::apps
