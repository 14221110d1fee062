#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using tests::contains;
using tests::Folder;
using tests::Output;
using tests::rlbook;

namespace {

std::vector<std::string> sweep(std::vector<std::string> words) {
  std::vector<std::string> all = {"sweep", "--env", "mfrl_5x5", "--steps", "400", "-j", "1"};
  all.insert(all.begin() + 1, words.begin(), words.end());
  return all;
}

std::string sweep_error(const std::vector<std::string>& words) {
  const Output x = rlbook(sweep(words));
  CHECK(x.code == 2);
  CHECK(x.out.empty());
  return tests::one_line(x.err);
}

}  // namespace

TEST_CASE("sweep: every combination runs on the tuning seeds, the best few again on others") {
  const json j = rlbook(sweep({"q_learning", "--grid", "alpha=0.1,0.5,0.9", "epsilon=0.1,0.3",
                               "--select", "2", "--json"}))
                     .json();
  CHECK(j["configurations"].size() == 6);
  CHECK(j["tuning_seeds"] == json{0, 1, 2, 3, 4});
  CHECK(j["selection_seeds"].front() == 500);
  int selected = 0;
  int chosen = 0;
  double least_selected = 2;
  double best_left = -1;
  double best_selection = -1;
  double chosen_selection = -1;
  for (const json& c : j["configurations"]) {
    CHECK(c["tuning"]["n"] == 5);
    const double mean = c["tuning"]["mean"];
    if (c["selection"].is_null()) {
      best_left = std::max(best_left, mean);
      continue;
    }
    ++selected;
    least_selected = std::min(least_selected, mean);
    CHECK(c["selection"]["n"] == 10);
    best_selection = std::max(best_selection, c["selection"]["mean"].get<double>());
    if (c["chosen"] == true) chosen_selection = c["selection"]["mean"];
    chosen += c["chosen"] == true ? 1 : 0;
  }
  CHECK(selected == 2);
  CHECK(chosen == 1);
  CHECK(least_selected >= best_left);
  CHECK(chosen_selection == best_selection);
}

TEST_CASE("sweep: a range is drawn from, evenly in log where it is tenfold, the same every time") {
  const std::vector<std::string> words =
      sweep({"q_learning", "--range", "alpha=0.01..1", "--draws", "40", "--json"});
  const json j = rlbook(words).json();
  REQUIRE(j["configurations"].size() == 40);
  int below_tenth = 0;
  for (const json& c : j["configurations"]) {
    const double alpha = c["options"]["alpha"];
    CHECK(alpha >= 0.01);
    CHECK(alpha <= 1);
    below_tenth += alpha < 0.1 ? 1 : 0;
  }
  // Binomial(40, 1/2) lies in 8 .. 32 with probability 0.9999; evenly in alpha 4 would be expected.
  CHECK(below_tenth >= 8);
  CHECK(below_tenth <= 32);
  CHECK(rlbook(words).json() == j);
}

TEST_CASE(
    "sweep: what it chose is compared on fresh seeds, and the report tells how it was chosen") {
  const Folder folder;
  const Output swept =
      rlbook(sweep({"q_learning", "sarsa", "--grid", "alpha=0.1,0.9", "--select", "1",
                    "--selection-seeds", "500..502", "--out", folder / "tuned"}));
  CHECK(swept.code == 0);
  for (const char* name : {"tuning.json", "report.html", "tuning/manifest.json",
                           "selection/manifest.json", "figures/sensitivity-sarsa-alpha.svg"})
    CHECK_MESSAGE(fs::exists(folder.path / "tuned" / name), name);
  CHECK(contains(tests::one_line(swept.err),
                 "'rlbook compare q_learning sarsa --tuned " + folder / "tuned"));
  const auto compare = [&](std::vector<std::string> words) {
    std::vector<std::string> all = {"compare",  "q_learning", "sarsa",         "--env",
                                    "mfrl_5x5", "--steps",    "400",           "-j",
                                    "1",        "--tuned",    folder / "tuned"};
    all.insert(all.end(), words.begin(), words.end());
    return rlbook(all);
  };
  CHECK(compare({"--seeds", "1000..1002", "--out", folder / "x"}).code == 0);
  const json chosen = json::parse(tests::read(folder / "tuned/tuning.json"))["configurations"];
  const json manifest = json::parse(tests::read(folder / "x/manifest.json"));
  for (const json& c : chosen)
    if (c["chosen"] == true)
      for (const json& learner : manifest["config"]["learners"])
        if (learner["learner"] == c["learner"]) CHECK(learner["options"] == c["options"]);
  CHECK(manifest["tuning"]["tuning_seeds"] == json{0, 1, 2, 3, 4});
  CHECK(contains(tests::read(folder / "x/report.html"), "4 configurations on 5 tuning seeds"));

  CHECK(contains(compare({"--seeds", "4..33"}).err, "seed 4 was seen in tuning"));
  CHECK(contains(compare({"--seeds", "501"}).err, "seed 501 was seen in selection"));
  CHECK(contains(compare({"--alpha", "0.3", "--seeds", "9"}).err, "its options come from --tuned"));
  CHECK(contains(tests::one_line(rlbook({"compare", "expected_sarsa", "--env", "mfrl_5x5",
                                         "--tuned", folder / "tuned"})
                                     .err),
                 "expected_sarsa was not tuned there"));
}

TEST_CASE("sweep: it goes on where it was cut off, and ends with the same choice") {
  const Folder folder;
  const auto words = [&](const std::string& name) {
    return sweep({"q_learning", "--grid", "alpha=0.1,0.9", "--select", "1", "--selection-seeds",
                  "500..502", "--out", folder / name});
  };
  CHECK(rlbook(words("once")).code == 0);
  const std::string some = folder / "cut/tuning/runs/q_learning/alpha=0.9/mfrl_5x5/seed-2";
  const Output cut = rlbook(words("cut"), {.interrupted = [&] { return fs::exists(some); }});
  CHECK(cut.code == 130);
  CHECK(contains(tests::one_line(cut.err), "--resume' goes on from here"));
  std::vector<std::string> resume = words("cut");
  resume.emplace_back("--resume");
  CHECK(rlbook(resume).code == 0);
  CHECK(tests::read(folder / "cut/tuning.json") == tests::read(folder / "once/tuning.json"));
  CHECK(tests::read(folder / "cut/report.html") == tests::read(folder / "once/report.html"));
}

TEST_CASE("sweep: bad input is refused before anything runs") {
  CHECK(contains(sweep_error({"sarsa", "--grid", "alhpa=1,2"}),
                 "--grid: unknown option 'alhpa'; did you mean 'alpha'?"));
  CHECK(contains(sweep_error({"sarsa", "--grid", "alpha"}), "--grid: expected NAME=VALUES"));
  CHECK(contains(sweep_error({"sarsa", "--range", "alpha=1..0.1"}),
                 "--range alpha: expected LOW..HIGH with LOW below HIGH, not '1..0.1'"));
  CHECK(contains(sweep_error({"sarsa", "--grid", "alpha=0.1,7"}), "alpha"));
  CHECK(contains(sweep_error({"sarsa", "--tuning-seeds", "1,2"}), "--tuning-seeds: at least 3"));
  CHECK(contains(sweep_error({"sarsa", "--selection-seeds", "4..9"}),
                 "seed 4 is among the tuning seeds"));
  CHECK(contains(sweep_error({"sarsa", "--resume"}), "need --out DIR"));
}
