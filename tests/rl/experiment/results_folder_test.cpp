#include "rl/experiment/results_folder.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rl/experiment/report.hpp"
#include "rl/files.hpp"
#include "tests/errors.hpp"
#include "tests/rl/experiment/experiments.hpp"
#include "tests/rl/experiment/result_files.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using rl::ExistingResults;
using tests::result_files;

namespace {

/// A folder below the system's temporary one, removed at the end.
struct Scratch {
  Scratch() : path(fs::temp_directory_path() / "rlbook-results-test-XXXXXX") {
    std::string name = path.string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  fs::path path;
};

rl::Session session(int threads) { return {"rlbook compare", "2000-01-01", "host", "/x", threads}; }

rl::Manifest manifest(const rl::Experiment& e) {
  return rl::manifest_of(e, {{.name = "corridor", .facts = R"({"gamma":0.9})"}}, {"0.1", "g++"},
                         session(e.threads));
}

/// Runs the experiment into a folder, as the program does.
rl::ExperimentResult run_into(const std::string& path, const rl::Experiment& e,
                              ExistingResults existing = ExistingResults::refuse,
                              rl::ExperimentHooks hooks = {},
                              std::vector<std::string>* damages = nullptr) {
  const rl::ResultsFolder folder(path, e, manifest(e), existing);
  rl::ExperimentResult result = rl::run_experiment(e, folder.hooks(std::move(hooks)));
  const rl::Results results = rl::results_of(e, result);
  rl::write_report(path, rl::make_report(results, rl::summarize(results)));
  folder.write_timing(result, 1.5);
  if (damages != nullptr) *damages = folder.damages();
  return result;
}

/// How many files of runs.
std::ptrdiff_t runs_of(const std::map<std::string, std::string>& files) {
  return std::count_if(files.begin(), files.end(),
                       [](const auto& file) { return file.first.rfind("runs/", 0) == 0; });
}

std::string refused_results(const std::string& path, const rl::Experiment& e,
                            ExistingResults existing = ExistingResults::refuse) {
  return tests::error_of([&] { run_into(path, e, existing); });
}

}  // namespace

TEST_CASE("results: one thread and two write the same bytes") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "one", e);
  e.threads = 2;
  run_into(scratch / "two", e);
  const auto one = result_files(scratch / "one");
  CHECK(one == result_files(scratch / "two"));
  CHECK(runs_of(one) == 12 * 4);
  for (const char* name : {"manifest.json", "summary.csv", "summary.json", "comparison.md",
                           "tables.tex", "report.html", "figures/performance_profile.svg"})
    CHECK_MESSAGE(one.count(name) == 1, name);
  CHECK(one.count("runs/sarsa/default/corridor/seed-3/metrics.csv") == 1);
}

TEST_CASE("results: a longer run in two calls leaves the files of one call") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "at_once", e);
  e.budget.steps = 330;
  run_into(scratch / "in_two", e);
  e.budget.steps = 1000;
  run_into(scratch / "in_two", e, ExistingResults::resume);
  CHECK(result_files(scratch / "at_once") == result_files(scratch / "in_two"));
}

TEST_CASE("results: an experiment that was cut off and resumed leaves the files of one call") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  e.budget.steps = 200'000;
  e.eval_every = 150'000;
  e.seeds = {1, 2};
  run_into(scratch / "at_once", e);
  int questions = 0;
  const auto cut = run_into(scratch / "cut", e, ExistingResults::refuse,
                            {.cancelled = [&] { return ++questions > 9; }});
  CHECK(cut.cancelled);
  CHECK(result_files(scratch / "at_once") != result_files(scratch / "cut"));
  run_into(scratch / "cut", e, ExistingResults::resume);
  CHECK(result_files(scratch / "at_once") == result_files(scratch / "cut"));
}

TEST_CASE("results: seeds may be added later") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "at_once", e);
  e.seeds = {2};
  run_into(scratch / "grown", e);
  e.seeds = {1, 2, 3, 4};
  run_into(scratch / "grown", e, ExistingResults::resume);
  CHECK(result_files(scratch / "at_once") == result_files(scratch / "grown"));
}

TEST_CASE("results: complete runs are read, not made again") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const auto before = result_files(scratch / "x");
  const auto again = run_into(scratch / "x", e, ExistingResults::resume);
  for (const double seconds : again.seconds) CHECK(seconds == 0);
  CHECK(result_files(scratch / "x") == before);
}

TEST_CASE("results: what a killed call left half written, and what is damaged, is made again") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const auto whole = result_files(scratch / "x");
  const std::string run = scratch / "x/runs/sarsa/default/corridor/seed-1/";
  std::string damage;
  const auto change = [&](const std::string& name, std::size_t at, char to) {
    std::string bytes = rl::read_file(run + name);
    bytes[at] = to;
    rl::write_file(run + name, bytes);
  };
  SUBCASE("killed before the status was written") { fs::remove(run + "status.json"); }
  SUBCASE("killed in the middle of a file") {
    rl::write_file(run + "checkpoint.tmp0", "half");
    fs::remove(run + "status.json");
  }
  SUBCASE("the checkpoint is truncated") {
    const std::string bytes = rl::read_file(run + "checkpoint");
    rl::write_file(run + "checkpoint", bytes.substr(0, bytes.size() / 2));
    damage = "checkpoint is damaged: the run is made again";
  }
  SUBCASE("one bit of the checkpoint has changed") {
    change("checkpoint", 200, static_cast<char>(rl::read_file(run + "checkpoint")[200] ^ 1));
    damage = "checkpoint is damaged: the run is made again";
  }
  SUBCASE("the checkpoint is something else") {
    rl::write_file(run + "checkpoint", "hello");
    damage = "checkpoint is damaged: the run is made again";
  }
  SUBCASE("a digit of the metrics has changed") {
    change("metrics.csv", rl::read_file(run + "metrics.csv").size() - 2, '7');
    if (rl::read_file(run + "metrics.csv") ==
        whole.at("runs/sarsa/default/corridor/seed-1/metrics.csv"))
      change("metrics.csv", rl::read_file(run + "metrics.csv").size() - 2, '3');
    damage = "metrics.csv is damaged: it is written again from the checkpoint";
  }
  SUBCASE("the last values are missing") {
    fs::remove(run + "final.json");
    damage = "final.json is damaged: it is written again from the checkpoint";
  }
  SUBCASE("the status is no JSON") {
    rl::write_file(run + "status.json", "{");
    damage = "status.json is damaged: it is written again from the checkpoint";
  }
  std::vector<std::string> damages;
  run_into(scratch / "x", e, ExistingResults::resume, {}, &damages);
  CHECK(result_files(scratch / "x") == whole);
  CHECK(damages ==
        (damage.empty() ? std::vector<std::string>{} : std::vector<std::string>{run + damage}));
}

TEST_CASE("results: read back from the folder they are those that were made") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  e.contenders.push_back(tests::contender("fragile"));
  const rl::Results made = rl::results_of(e, run_into(scratch / "x", e));
  const rl::Results read = rl::read_results(scratch / "x", rl::read_manifest(scratch / "x"));
  CHECK(rl::summary_json(rl::summarize(read)) == rl::summary_json(rl::summarize(made)));
  CHECK(rl::report_html(rl::make_report(read, rl::summarize(read))) ==
        rl::report_html(rl::make_report(made, rl::summarize(made))));
  CHECK(read.run(0, 0, 0).greedy == made.run(0, 0, 0).greedy);
  // Right is best in each of the four states; the fifth is terminal.
  CHECK(read.run(0, 0, 0).greedy == std::vector<std::vector<rl::Action>>{{1}, {1}, {1}, {1}, {}});
}

TEST_CASE("results: a damaged file is named and not read") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const std::string run = scratch / "x/runs/sarsa/default/corridor/seed-1/";
  const auto error = [&] {
    return tests::error_of(
        [&] { rl::read_results(scratch / "x", rl::read_manifest(scratch / "x")); });
  };
  SUBCASE("metrics") {
    rl::write_file(run + "metrics.csv", "step,episode,metric,value\n0,0,eval/score,1\n");
    CHECK(error() == run + "metrics.csv: is damaged: it is not as the run wrote it");
  }
  SUBCASE("last values") {
    fs::remove(run + "final.json");
    CHECK(error() == run + "final.json: is missing");
  }
  SUBCASE("status") {
    rl::write_file(run + "status.json", "hello");
    CHECK(error() == run + "status.json: is damaged");
  }
  SUBCASE("manifest") {
    rl::write_file(scratch / "x/manifest.json", "{");
    CHECK(error().find("x/manifest.json: is damaged, or not a manifest") != std::string::npos);
  }
  SUBCASE("manifest of another format") {
    rl::write_file(scratch / "x/manifest.json", R"({"format": 1, "config": {}})");
    CHECK(error().find("x/manifest.json: has format 1, this version reads format 2") !=
          std::string::npos);
  }
}

TEST_CASE("results: a run killed before its status was written is taken up at its end") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  fs::remove(scratch / "x/runs/sarsa/default/corridor/seed-1/status.json");
  const rl::ResultsFolder folder(scratch / "x", e, manifest(e), ExistingResults::resume);
  const auto record = folder.restore({1, 0, 0});
  REQUIRE(record.has_value());
  CHECK(record->status == rl::RunStatus::cut_off);
  CHECK(record->steps == 1000);
}

TEST_CASE("results: a resumed call deletes what was half written, and no file of anyone else") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const std::string run = "x/runs/sarsa/default/corridor/seed-1/";
  const std::vector<std::string> half = {"x/manifest.json.tmp0", "x/summary.csv.tmp12",
                                         run + "status.json.tmp0", run + "checkpoint.tmp3"};
  const std::vector<std::string> others = {"x/notes.tmpl",
                                           "x/plot.tmp",
                                           "x/summary.csv.tmp",
                                           "x/plot.tmp1",
                                           "x/mine/summary.csv.tmp0",
                                           run + "status.json.tmp0a"};
  fs::create_directory(scratch / "x/mine");
  for (const auto& names : {half, others})
    for (const std::string& name : names) std::ofstream(scratch / name) << "text";
  run_into(scratch / "x", e, ExistingResults::resume);
  for (const std::string& name : half) CHECK_MESSAGE(!fs::exists(scratch / name), name);
  for (const std::string& name : others) CHECK_MESSAGE(fs::exists(scratch / name), name);
}

TEST_CASE("results: metrics.csv has a line for each metric of each evaluation") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const std::string csv =
      rl::read_file(scratch / "x/runs/sarsa/default/corridor/seed-1/metrics.csv");
  CHECK(csv.rfind("step,episode,metric,value\n0,0,eval/score,0\n0,0,eval/return,", 0) == 0);
  // 11 evaluations of 5 metrics and of epsilon, the other train/... from the second one on, and the
  // heading.
  CHECK(std::count(csv.begin(), csv.end(), '\n') == 11 * 6 + 10 * 2 + 1);
  for (const rl::EvaluationMetric& metric : rl::kEvaluationMetrics)
    CHECK(csv.find(fmt::format(",{},", metric.name)) != std::string::npos);
}

TEST_CASE("results: a failed run says why, and has no checkpoint") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  e.contenders = {tests::contender("fragile")};
  run_into(scratch / "x", e);
  const std::string run = scratch / "x/runs/fragile/default/corridor/seed-1/";
  const json status = json::parse(rl::read_file(run + "status.json"));
  CHECK(status["status"] == "failed");
  CHECK(status["error"] == "diverged: an estimate is not finite after 100 steps");
  CHECK_FALSE(fs::exists(run + "checkpoint"));
}

TEST_CASE("results: the manifest holds every option, and the session apart") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  e.contenders = {tests::contender("sarsa", R"({"alpha": 0.3})")};
  run_into(scratch / "x", e);
  const json manifest = json::parse(rl::read_file(scratch / "x/manifest.json"));
  CHECK(manifest["config"]["learners"][0]["options"] ==
        json{{"alpha", 0.3}, {"epsilon", 0.1}, {"q0", 0.0}, {"stored_policy", false}});
  CHECK(manifest["config"]["environments"][0]["facts"]["gamma"] == 0.9);
  CHECK(manifest["seeds"] == json{1, 2, 3, 4});
  CHECK(manifest["steps"] == 1000);
  CHECK(manifest["session"]["threads"] == 1);
}

TEST_CASE("results: a folder with anything else in it is left alone, whatever is asked") {
  const Scratch scratch;
  std::ofstream(scratch / "letter.txt") << "dear";
  const rl::Experiment e = tests::corridor_experiment();
  for (const ExistingResults existing :
       {ExistingResults::refuse, ExistingResults::resume, ExistingResults::replace})
    CHECK(refused_results(scratch.path.string(), e, existing) ==
          scratch.path.string() + ": is not empty and holds no results of rlbook");
  CHECK(fs::exists(scratch / "letter.txt"));
  CHECK(refused_results(scratch / "letter.txt", e).find("is a file, not a folder") !=
        std::string::npos);
}

TEST_CASE("results: existing results are refused, resumed as they are, or deleted on demand") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  CHECK(
      refused_results(scratch / "x", e).find("holds results already: --resume goes on with them") !=
      std::string::npos);
  e.seeds = {9};
  CHECK(refused_results(scratch / "x", e, ExistingResults::resume).find("they have seed 1") !=
        std::string::npos);
  run_into(scratch / "x", e, ExistingResults::replace);
  CHECK(runs_of(result_files(scratch / "x")) == 3 * 4);
}

TEST_CASE(
    "results: a folder can be checked without a change, and knows its distance of evaluations") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  const auto error = [&](ExistingResults existing) {
    return tests::error_of([&] { rl::ResultsFolder::check(scratch / "x", manifest(e), existing); });
  };
  CHECK(error(ExistingResults::refuse) == "nothing was thrown");
  CHECK_FALSE(fs::exists(scratch / "x"));
  CHECK_FALSE(rl::kept_evaluation_distance(scratch / "x").has_value());
  run_into(scratch / "x", e);
  const auto before = result_files(scratch / "x");
  CHECK(error(ExistingResults::refuse).find("holds results already") != std::string::npos);
  CHECK(error(ExistingResults::resume) == "nothing was thrown");
  CHECK(error(ExistingResults::replace) == "nothing was thrown");
  CHECK(result_files(scratch / "x") == before);
  CHECK(rl::kept_evaluation_distance(scratch / "x") == 100);
}

TEST_CASE(
    "results: a world that cannot be planned for leaves the folder as it was, even by force") {
  const Scratch scratch;
  rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const auto before = result_files(scratch / "x");
  e.truth = [](const rl::Problem&, const rl::FiniteMdp&) -> rl::Truth {
    throw std::invalid_argument("no end");
  };
  CHECK(refused_results(scratch / "x", e, ExistingResults::replace) == "corridor: no end");
  CHECK(result_files(scratch / "x") == before);
  CHECK(refused_results(scratch / "new", e) == "corridor: no end");
  CHECK_FALSE(fs::exists(scratch / "new"));
}

TEST_CASE("results: only the same experiment can be resumed, with a budget that does not shrink") {
  const Scratch scratch;
  const rl::Experiment e = tests::corridor_experiment();
  run_into(scratch / "x", e);
  const auto refusal = [&](const rl::Experiment& other) {
    return refused_results(scratch / "x", other, ExistingResults::resume);
  };
  rl::Experiment other = e;
  other.budget.steps = 500;
  CHECK(refusal(other).find("cannot be resumed: their budget was 1000 steps") != std::string::npos);
  other = e;
  other.contenders[0].options = R"({"alpha": 0.2})";
  CHECK(refusal(other).find("their learners differ") != std::string::npos);
  other = e;
  other.eval_every = 50;
  CHECK(refusal(other).find("their eval_every differ: 100") != std::string::npos);
  rl::Manifest newer = manifest(e);
  newer.build.version = "0.2";
  CHECK(tests::error_of([&] {
          rl::ResultsFolder::check(scratch / "x", newer, ExistingResults::resume);
        }).find("they were made by version 0.1, this is 0.2") != std::string::npos);
}

TEST_CASE("results: names of folders are safe, short and never the same for two names") {
  CHECK(rl::folder_name("alpha=0.5,epsilon=0.1") == "alpha=0.5,epsilon=0.1");
  CHECK(rl::folder_name("maps/a.json").find('/') == std::string::npos);
  CHECK(rl::folder_name("maps/a.json") != rl::folder_name("maps:a.json"));
  CHECK(rl::folder_name("..").front() != '.');
  CHECK(rl::folder_name(std::string(300, 'x')).size() < 130);
  CHECK(rl::folder_name(std::string(300, 'x')) != rl::folder_name(std::string(301, 'x')));
}

TEST_CASE("results: the hash of a content is FNV-1a") {
  CHECK(rl::content_hash("") == "cbf29ce484222325");
  CHECK(rl::content_hash("a") == "af63dc4c8601ec8c");  // published test vector
}

TEST_CASE("results: as Markdown, every world has its tables and its pairs") {
  const rl::Experiment e = tests::corridor_experiment();
  const std::string text = rl::comparison_markdown(rl::summarize(e, rl::run_experiment(e)));
  CHECK(text.find("## corridor\n") != std::string::npos);
  CHECK(text.find("|  | final (mean) | 95 % CI | AUC | steps to 90 % | reached |\n|---|---|") !=
        std::string::npos);
  CHECK(text.find("- q_learning - sarsa: ") != std::string::npos);
  CHECK(text.find("Holm over 3 tests") != std::string::npos);
}
