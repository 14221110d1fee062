#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;
using Words = std::vector<std::string>;

tests::Output rendered(Words words) {
  words.insert(words.begin(), "render");
  return tests::rlbook(words);
}

std::string refused_render(const Words& words) {
  const tests::Output x = rendered(words);
  CHECK(x.code == 2);
  CHECK(x.out == "");
  return x.err;
}

}  // namespace

TEST_CASE("render: '-' is the terminal, with the optimal values and actions") {
  // v(s1) = 9, v(s2) = v(s3) = v(s4) = 10
  const tests::Output x = rendered({"--env", "mfrl_2x2", "--out", "-", "--ascii"});
  CHECK(x.code == 0);
  CHECK(x.out ==
        "mfrl_2x2\n"
        "+------+------+\n"
        "|S v   |F v   |\n"
        "|  9.0 | 10.0 |\n"
        "+------+------+\n"
        "|  >   |T o   |\n"
        "| 10.0 | 10.0 |\n"
        "+------+------+\n"
        "v(s), S start, T target, F forbidden, o stay\n");
}

TEST_CASE("render: a name in .svg is a drawing, any other ending an error that names the two") {
  const tests::Folder folder;
  const std::string svg = folder / "grid.svg";
  const tests::Output x = rendered({"--env", "mfrl_5x5", "--q", "--out", svg, "--title", "a < b"});
  CHECK(x.code == 0);
  CHECK(x.out == "");
  const std::string text = tests::read(svg);
  CHECK(text.rfind("<svg ", 0) == 0);
  CHECK(contains(text, "-title\">a &lt; b</title>"));
  CHECK(contains(refused_render({"--env", "mfrl_5x5", "--out", svg}), "exists"));
  CHECK(rendered({"--env", "mfrl_5x5", "--out", svg, "--force"}).code == 0);
  CHECK(tests::read(svg) != text);  // no q this time
  const std::string error = refused_render({"--env", "mfrl_5x5", "--out", folder / "grid.png"});
  CHECK(contains(error, ".svg"));
  CHECK(contains(error, "'-'"));
  CHECK(folder.names() == Words{"grid.svg"});
}

TEST_CASE("render: features of a linear method, one or each of them") {
  // Of two rows and columns: x = row, y = col, each from 0 to 1.
  const tests::Output x = rendered({"--env", "mfrl_2x2", "--ascii", "--features", "numeric"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "feature 0 of 2: row"));
  CHECK(contains(x.out, "feature 1 of 2: col"));
  const tests::Output one =
      rendered({"--env", "mfrl_2x2", "--ascii", "--features", "numeric", "--feature", "1"});
  CHECK(one.out ==
        "feature 1 of 2: col\n"
        "+---+---+\n"
        "|S  |F  |\n"
        "| 0 | 1 |\n"
        "+---+---+\n"
        "|   |T  |\n"
        "| 0 | 1 |\n"
        "+---+---+\n"
        "phi_1(s), S start, T target, F forbidden\n");
  const tests::Folder folder;
  CHECK(
      rendered({"--env", "mfrl_5x5", "--features", "fourier:order=1", "--out", folder / "phi.svg"})
          .code == 0);
  for (int i = 0; i < 4; ++i)
    CHECK(tests::read(folder / ("phi_" + std::to_string(i) + ".svg")).rfind("<svg ", 0) == 0);
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--features", "fourie"}), "fourier"));
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--features", "bias", "--feature", "1"}),
                 "--feature: 1 is beyond the last of 1 features, 0"));
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--feature", "1"}), "--features"));
  CHECK(contains(refused_render({"--env", "pendulum", "--features", "bias"}), "list of states"));
  CHECK(contains(refused_render({"--env", "mfrl_5x5", "--features", "tiles:memory=1000"}),
                 "1000 features are too many drawings"));
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--features", "bias", "--numbers", "none"}),
                 "--numbers and --features"));
  // One name is taken: nothing is written.
  folder.file("psi_1.svg", "mine");
  CHECK(contains(
      refused_render({"--env", "mfrl_5x5", "--features", "numeric", "--out", folder / "psi.svg"}),
      "exists"));
  CHECK_FALSE(std::filesystem::exists(folder / "psi_0.svg"));
}

TEST_CASE("render: a plan that solve wrote is drawn as if solved here") {
  const tests::Folder folder;
  const std::string plan = folder / "plan.json";
  REQUIRE(tests::rlbook({"solve", "policy_iteration", "--env", "mfrl_5x5", "--out", plan}).code ==
          0);
  CHECK(rendered({"--env", "mfrl_5x5", "--plan", plan}).out ==
        rendered({"--env", "mfrl_5x5", "--algorithm", "policy_iteration"}).out);
  CHECK(contains(refused_render({"--env", "mfrl_3x3", "--plan", plan}), "expected 9 numbers"));
  CHECK(contains(
      refused_render({"--env", "mfrl_5x5", "--plan", plan, "--algorithm", "value_iteration"}),
      "one of them"));
  CHECK(
      contains(refused_render({"--env", "mfrl_5x5", "--plan", folder.file("x.json", "{\"a\": 1}")}),
               "neither"));
}

TEST_CASE("render: a policy that run saved is drawn without values") {
  const tests::Folder folder;
  const std::string policy = folder / "policy.json";
  REQUIRE(tests::rlbook({"run", "q_learning", "--env", "mfrl_2x2", "--steps", "5000", "--start",
                         "uniform", "--episode-steps", "10", "--save-policy", policy})
              .code == 0);
  const tests::Output x = rendered({"--env", "mfrl_2x2", "--plan", policy, "--ascii"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "|Sv |Fv |\n"));
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--plan", policy, "--q"}), "without values"));
}

TEST_CASE("render: options of the planner stand behind its name") {
  CHECK(rendered({"--env", "mfrl_5x5", "--algorithm", "value_iteration:order=in_place"}).code == 0);
  CHECK(contains(
      refused_render({"--env", "mfrl_5x5", "--algorithm", "value_iteration:ordre=in_place"}),
      "did you mean 'order'"));
  CHECK(contains(refused_render({"--env", "mfrl_5x5", "--algorithm", "q_learning"}),
                 "not a planner"));
}

TEST_CASE("render: a walk is drawn, and its visits can be counted") {
  const Words walk = {"--env", "mfrl_2x2", "--walk", "3", "--ascii"};
  CHECK(contains(rendered(walk).out, "@ agent"));
  Words visits = walk;
  visits.insert(visits.end(), {"--numbers", "visits"});
  // s1, down to s3, right to s4, stay there: 1, 0, 1, 2 visits
  CHECK(contains(rendered(visits).out, "| 1 | 0 |\n"));
  CHECK(contains(rendered(visits).out, "| 1 | 2 |\n"));
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--numbers", "visits"}), "--walk"));
  CHECK(contains(refused_render({"--env", "mfrl_2x2", "--numbers", "visit"}),
                 "did you mean 'visits'"));
}

TEST_CASE("render: an average-reward world is solved as one") {
  CHECK(rendered({"--env", "access_control"}).code == 0);
}

TEST_CASE("render: a world too large to draw is refused") {
  CHECK(contains(refused_render({"--env", "slippery_grid:n=200"}), "too many to draw"));
}

}  // namespace rl::apps
