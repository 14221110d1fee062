#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/rl/experiment/event_file.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using tests::contains;
using tests::Folder;
using tests::Output;
using tests::rlbook;

namespace {

Output compared(const std::vector<std::string>& learners, const std::string& out) {
  std::vector<std::string> words = {"compare", "--env", "mfrl_5x5", "cliff_walking",
                                    "--seeds", "1..4",  "--steps",  "400",
                                    "-j",      "1",     "--out",    out};
  words.insert(words.begin() + 1, learners.begin(), learners.end());
  return rlbook(words);
}

/// The report's files: name and content.
std::map<std::string, std::string> report_files(const std::string& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = fs::relative(entry.path(), folder).string();
    if (entry.is_regular_file() && name.rfind("runs/", 0) != 0 && name != "timing.json")
      files[name] = tests::read(entry.path().string());
  }
  return files;
}

constexpr const char* kScores =
    "learner,task,seed,score\n"
    "dqn,pong,1,0.5\ndqn,pong,2,0.7\ndqn,pong,3,0.6\n"
    "ppo,pong,1,0.9\nppo,pong,2,0.8\nppo,pong,3,1.0\n";

}  // namespace

TEST_CASE("report: made again from the folder it is what compare wrote, byte for byte") {
  const Folder folder;
  CHECK(compared({"q_learning", "sarsa"}, folder / "x").code == 0);
  const auto before = report_files(folder / "x");
  CHECK(before.size() > 20);
  const Output again = rlbook({"report", folder / "x"});
  CHECK(again.code == 0);
  CHECK(report_files(folder / "x") == before);
  CHECK(again.out == [&] {
    const Folder other;
    return compared({"q_learning", "sarsa"}, other / "x").out;
  }());
}

TEST_CASE("report: another test changes the numbers it is about, and is kept") {
  const Folder folder;
  compared({"q_learning", "sarsa"}, folder / "x");
  const json welch = json::parse(tests::read(folder / "x/summary.json"))["pairs"];
  const Output paired = rlbook({"report", folder / "x", "--paired", "--adjust", "none", "--json"});
  CHECK(paired.json()["pairs"][0]["test"] == "paired t on the final score, no adjustment");
  CHECK(paired.json()["pairs"][0]["difference"].get<double>() ==
        doctest::Approx(welch[0]["difference"].get<double>()));
  CHECK(paired.json()["pairs"][0]["p"] != welch[0]["p"]);
  CHECK(rlbook({"report", folder / "x", "--json"}).out == paired.out);
}

TEST_CASE("report: results of two calls stand side by side") {
  const Folder folder;
  compared({"q_learning"}, folder / "a");
  compared({"sarsa"}, folder / "b");
  compared({"q_learning", "sarsa"}, folder / "both");
  CHECK(rlbook({"report", folder / "a", folder / "b", "--json"}).out ==
        rlbook({"report", folder / "both", "--json"}).out);
  CHECK(rlbook({"report", folder / "a", folder / "b", "--out", folder / "r"}).code == 0);
  CHECK(fs::exists(folder.path / "r/report.html"));
  CHECK(contains(rlbook({"report", folder / "a", folder / "a"}).err,
                 "q_learning stands in two of the results"));
  CHECK(contains(rlbook({"report", folder / "a", folder / "b", "--out", folder / "r"}).err,
                 "holds a report already: --force replaces it"));
}

TEST_CASE("report: the page is whole without network, and holds every section") {
  const Folder folder;
  compared({"q_learning", "sarsa"}, folder / "x");
  const std::string page = tests::read(folder / "x/report.html");
  CHECK(page.size() < 500'000);
  for (const char* section :
       {"answer", "curves", "aggregates", "profile", "improvement", "tests", "runs", "sensitivity",
        "policies", "warnings", "reading", "reproduce"}) {
    CHECK_MESSAGE(contains(page, std::string("id=\"") + section + "\""), section);
    CHECK_MESSAGE(contains(page, std::string("href=\"#") + section + "\""), section);
  }
  for (const char* request : {"src=", "http://", "https://", "@import", "url("})
    for (std::size_t at = page.find(request); at != std::string::npos;
         at = page.find(request, at + 1))
      CHECK_MESSAGE(page.compare(at, 18, "http://www.w3.org/") == 0, page.substr(at, 60));
  CHECK(contains(page, "n = 4: too few runs for an interval claim"));
  CHECK(contains(page, "of 25 states have an action that is not optimal"));
  const std::string manifest = tests::read(folder / "x/manifest.json");
  for (const char* key : {"host", "path"})
    CHECK_FALSE(contains(page, json::parse(manifest)["session"][key].get<std::string>()));
}

TEST_CASE("report: an event file of each run holds its metrics, read by another reader") {
  const Folder folder;
  compared({"sarsa"}, folder / "x");
  CHECK(rlbook({"report", folder / "x", "--tensorboard"}).code == 0);
  const std::string run = "sarsa/default/cliff_walking/seed-3/";
  const std::string csv = tests::read(folder / ("x/runs/" + run + "metrics.csv"));
  const std::vector<std::string> records = tests::records_of(
      tests::read(folder / ("x/tensorboard/" + run + "events.out.tfevents.0.rlbook")));
  // A record a line of metrics.csv: the heading stands for the version of the file.
  CHECK(static_cast<std::ptrdiff_t>(records.size()) == std::count(csv.begin(), csv.end(), '\n'));
  CHECK(tests::event_of(records.front()).version == "brain.Event:2");
  CHECK(tests::event_of(records[1]).tag == "eval/score");
  CHECK(tests::event_of(records[1]).step == 0);
  CHECK(contains(rlbook({"compare", "sarsa", "--env", "mfrl_5x5", "--tensorboard"}).err,
                 "--tensorboard needs --out DIR"));
}

TEST_CASE("report: scores from elsewhere go through the same statistics") {
  const Folder folder;
  const std::string csv = folder.file("scores.csv", kScores);
  const Output x = rlbook({"report", "--scores", csv, "--out", folder / "r"});
  CHECK(x.code == 0);
  CHECK(contains(x.out, "ppo is better"));
  const json j = json::parse(tests::read(folder / "r/summary.json"));
  // Means 0.6 and 0.9, both with sd 0.1: t = -0.3 / sqrt(0.01 / 3 + 0.01 / 3) = -3.674, 4 degrees,
  // two-sided p = 0.02131.
  CHECK(j["pairs"][0]["difference"].get<double>() == doctest::Approx(-0.3));
  CHECK(j["pairs"][0]["p"].get<double>() == doctest::Approx(0.02131).epsilon(0.001));
  CHECK(j["rows"].size() == 2);
  CHECK(fs::exists(folder.path / "r/report.html"));
  CHECK_FALSE(contains(tests::read(folder / "r/report.html"), "nan"));
}

TEST_CASE("report: columns low and high normalise scores") {
  const Folder folder;
  const json j = rlbook({"report", "--json", "--scores",
                         folder.file("s.csv",
                                     "seed,low,score,task,high,learner\n"
                                     "1,-100,-13,cliff,-13,a\n2,-100,-25,cliff,-13,a\n")})
                     .json();
  // (-13 + 100) / 87 = 1 and (-25 + 100) / 87 = 0.8621
  CHECK(j["rows"][0]["mean"].get<double>() == doctest::Approx((1 + 75.0 / 87) / 2));
}

TEST_CASE("report: a paired test of scores with different seeds is refused") {
  const Folder folder;
  const std::string csv = folder.file("scores.csv", std::string(kScores) + "ppo,pong,4,1\n");
  CHECK(contains(tests::one_line(rlbook({"report", "--scores", csv, "--paired"}).err),
                 "a paired test needs the same seeds for dqn and ppo in pong"));
  CHECK(rlbook({"report", "--scores", csv}).code == 0);
  CHECK(contains(tests::one_line(rlbook({"report", "--scores", csv, "--test", "permutation"}).err),
                 "a permutation test needs equal n: dqn has 3, ppo has 4 in pong"));
}

TEST_CASE("report: bad scores are named with file and line") {
  const Folder folder;
  const auto error = [&](const std::string& text) {
    const Output x = rlbook({"report", "--scores", folder.file("s.csv", text)});
    CHECK(x.code == 2);
    return tests::one_line(x.err);
  };
  CHECK(contains(error("learner,task,score\n"), "s.csv:1: the first line has no column 'seed'"));
  CHECK(contains(error("learner,task,seed,score\na,b,1\n"),
                 "s.csv:2: 3 cells where the first line has 4"));
  CHECK(contains(error("learner,task,seed,score\na,b,x,1\n"), "s.csv:2: 'x' is not a seed"));
  CHECK(contains(error("learner,task,seed,score\na,b,1,nan\n"),
                 "s.csv:2: score 'nan' is not a finite number"));
  CHECK(contains(error("learner,task,seed,score\na,b,1,1\na,b,1,2\n"),
                 "s.csv:3: a second score of a in b for seed 1"));
  CHECK(contains(error("learner,task,seed,score\n"), "there is no score"));
  CHECK(contains(error("learner,task,seed,score,low,high\na,b,1,1,2,2\n"), "s.csv:2: "));
}

TEST_CASE("report: it needs one source, and a folder that holds results") {
  const Folder folder;
  CHECK(contains(rlbook({"report"}).err, "'report' needs results, DIR..., or --scores"));
  CHECK(contains(rlbook({"report", folder / "x"}).err, "holds no results of rlbook"));
  CHECK(contains(rlbook({"report", folder / "x", "--test", "wlech"}).err, "did you mean 'welch'?"));
  CHECK(
      contains(tests::one_line(rlbook({"report", folder / "x", "--test", "welch", "--paired"}).err),
               "--paired is the paired t test: --test cannot be another"));
}
