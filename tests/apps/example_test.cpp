// The program of apps/example: a user's own world and learner in every command.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/paths.hpp"

using nlohmann::json;

namespace {

struct Answer {
  int code;
  std::string out;
};

Answer example(const std::string& words) {
  const std::string command =
      std::string("'") + tests::kExample + "' " + words + " 2>&1 </dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string out;
  std::array<char, 4096> piece{};
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), pipe))
    out.append(piece.data(), n);
  return {WEXITSTATUS(pclose(pipe)), out};
}

}  // namespace

TEST_CASE("example: run makes the user's learner optimal in the user's world") {
  const Answer x = example("run optimist --env corridor:length=6 --episodes 200 --json");
  REQUIRE(x.code == 0);
  const json j = json::parse(x.out);
  // 5 steps of -1 at gamma = 0.95: -(1 - 0.95^5) / 0.05 = -4.52438125
  CHECK(j["optimal_return"].get<double>() == doctest::Approx(-4.52438125));
  CHECK(j["return"].get<double>() == doctest::Approx(-4.52438125));
  CHECK(j["environment"] == "corridor");
}

TEST_CASE("example: compare sets the user's learner beside the library's") {
  const Answer x =
      example("compare optimist q_learning --env corridor --seeds 1..4 --steps 400 --json");
  REQUIRE(x.code == 0);
  const json j = json::parse(x.out);
  CHECK(j["rows"][0]["learner"] == "optimist");
  CHECK(j["pairs"].size() == 1);
}

TEST_CASE("example: step shows the user's updates with their numbers") {
  // The first update anywhere but beside the end: 0 + 0.5 (-1 + 0.95 * 0 - 0) = -0.5.
  const Answer x = example("step optimist --env corridor --count 1");
  CHECK(x.code == 0);
  CHECK(x.out.find("-0.5") != std::string::npos);
}

TEST_CASE("example: list and info know the user's names, options and ranges") {
  CHECK(example("list environments").out.find("corridor") != std::string::npos);
  const Answer x = example("info optimist");
  CHECK(x.code == 0);
  CHECK(x.out.find("alpha") != std::string::npos);
  CHECK(example("run optimist --env corridor:length=1").code == 2);
}
