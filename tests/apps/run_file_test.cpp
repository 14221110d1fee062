#include "apps/run_file.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "apps/world.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;
using tests::contains;
using tests::error_of;

const ordered_json kIdentity = {{"algorithm", "sarsa"}, {"seed", 7}};

AnyRunner fresh_runner() {
  return tests::registry().algorithm("sarsa").make_learner(
      make_problem(tests::registry(), "cliff_walking"), nlohmann::json::object(), Streams(7));
}

std::string saved(const AnyRunner& runner) {
  std::ostringstream out;
  save_run(out, kIdentity, runner);
  return out.str();
}

std::string refused_file(const std::string& bytes, const ordered_json& identity = kIdentity) {
  const tests::Folder folder;
  const std::string path = folder.file("x.run", bytes);
  AnyRunner runner = fresh_runner();
  return error_of([&] { load_run(path, identity, runner); });
}

}  // namespace

TEST_CASE("run file: a run goes on where it was left, to the bit") {
  const tests::Folder folder;
  AnyRunner whole = fresh_runner();
  whole.run({.steps = 500});
  AnyRunner resumed = fresh_runner();
  load_run(folder.file("half.run", saved(whole)), kIdentity, resumed);
  CHECK(resumed.steps() == 500);
  whole.run({.steps = 900});
  resumed.run({.steps = 900});
  CHECK(saved(resumed) == saved(whole));
}

TEST_CASE("run file: no byte can change unnoticed") {
  AnyRunner runner = fresh_runner();
  runner.run({.steps = 500});
  const std::string good = saved(runner);
  REQUIRE(good.size() > 100);
  for (std::size_t i = 0; i < good.size(); i += 1 + good.size() / 97) {
    CAPTURE(i);
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x55);
    const std::string error = refused_file(bad);
    CHECK((contains(error, "x.run: is damaged") || contains(error, "is not a state")));
  }
  CHECK(contains(refused_file(good.substr(0, good.size() - 1)), "x.run: is damaged"));
  CHECK(contains(refused_file(good + "x"), "x.run: is damaged"));
}

TEST_CASE("run file: another run is refused with what differs") {
  const std::string bytes = saved(fresh_runner());
  CHECK(contains(refused_file(bytes, {{"algorithm", "sarsa"}, {"seed", 8}}),
                 "is another run: its seed is 7, here it is 8"));
  CHECK(contains(refused_file(bytes, {{"gamma", 1}}), "its gamma is unknown, here it is 1"));
}

TEST_CASE("run file: what is no run is refused, and so is a file that is not there") {
  CHECK(contains(refused_file(""), "is not a state that rlbook wrote"));
  CHECK(contains(refused_file("rlbook run 1 "), "is not a state that rlbook wrote"));
  AnyRunner runner = fresh_runner();
  CHECK(
      contains(error_of([&] { load_run("/nowhere/x.run", kIdentity, runner); }), "/nowhere/x.run"));
}

}  // namespace rl::apps
