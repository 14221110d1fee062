#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl::apps {

using nlohmann::json;
using tests::contains;
using tests::rlbook;

TEST_CASE("info: an algorithm's formula, pseudo-code, references and options") {
  const tests::Output x = rlbook({"info", "q-learning"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "q(s, a) <- q(s, a) + alpha [ r + gamma max_a' q(s', a') - q(s, a) ]"));
  CHECK(contains(x.out, "S&B 6.5"));
  CHECK(contains(x.out, "take a, observe r, s'"));
  CHECK(contains(x.out, "schedule, default 0.1, in [0, 1]"));
}

TEST_CASE("info: the file that an algorithm stands in exists") {
  for (const AlgorithmEntry& algorithm : tests::registry().algorithms()) {
    CAPTURE(algorithm.name);
    CHECK(contains(rlbook({"info", algorithm.name}).out, algorithm.file));
    CHECK(std::filesystem::exists(std::filesystem::path(tests::kTruthFolder) / "../.." /
                                  algorithm.file));
  }
}

TEST_CASE("info: a world's states, actions, discount and options") {
  const tests::Output x = rlbook({"info", "mfrl_5x5"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "25, none terminal"));
  CHECK(contains(x.out, "5: up, right, down, left, stay"));
  CHECK(contains(x.out, "discounted, gamma = 0.9"));
  CHECK(contains(x.out, "number, default 0, in [0, 1]"));    // slip
  CHECK(contains(x.out, "S start, T target, F forbidden"));  // under its picture
  CHECK(contains(rlbook({"info", "access_control"}).out, "average reward a step"));
}

TEST_CASE("info: its JSON holds every option with type and default, for every name") {
  for (const AlgorithmEntry& algorithm : tests::registry().algorithms()) {
    const json j = rlbook({"info", algorithm.name, "--json"}).json();
    CHECK(j["name"] == algorithm.name);
    CHECK(j["options"].size() == algorithm.options.size());
    CHECK_FALSE(j["formula"].get<std::string>().empty());
  }
  for (const WorldEntry& world : tests::registry().worlds()) {
    const json j = rlbook({"info", world.name, "--json"}).json();
    if (j["states"].is_null())
      CHECK_FALSE(j["observation"].empty());
    else
      CHECK(j["states"].get<int>() > 0);
    CHECK(j["options"].size() == world.options.size());
  }
}

TEST_CASE("info: it fits 80 columns and 40") {
  for (const int columns : {40, 80})
    for (const char* name : {"grid_world", "value_iteration", "jacks_car_rental"})
      CHECK(tests::longest_line(rlbook({"info", name}, {.columns = columns}).out) <=
            static_cast<std::size_t>(columns));
}

TEST_CASE("info: an unknown name is refused with the nearest one of either kind") {
  CHECK(contains(rlbook({"info", "qlearning"}).err, "did you mean 'q_learning'?"));
  CHECK(contains(rlbook({"info", "cliff_walkin"}).err, "did you mean 'cliff_walking'?"));
  CHECK(rlbook({"info"}).code == 2);
}

}  // namespace rl::apps
