// Ranks as threads of this process; with the build's option RLBOOK_MPI also those of mpirun.
#include "apps/mpi/ranks.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "apps/command.hpp"
#include "apps/experiment.hpp"
#include "rl/experiment/results_folder.hpp"
#include "rl/truth.hpp"
#include "tests/apps/process.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"
#include "tests/rl/experiment/experiments.hpp"
#include "tests/rl/experiment/result_files.hpp"

namespace fs = std::filesystem;
using rl::ExistingResults;
using tests::contains;
using tests::ended_runs;
using tests::Folder;
using tests::result_files;
using tests::resumed;

namespace {

constexpr int kRanks = 3;

/// Where the ranks of a test meet.
struct Place {
  std::barrier<> barrier{kRanks};
  std::mutex mutex;
  std::size_t next = 0;
  bool closed = true;
  int lowest = kRanks;  // that gave up
  int code = 0;
  std::string why;
  std::vector<double> sums;
};

class ThreadRanks final : public rl::apps::Ranks {
 public:
  ThreadRanks(Place& place, int rank) : place_(place), rank_(rank) {}
  int rank() const override { return rank_; }
  int on_this_machine() const override { return kRanks; }
  std::size_t next() override {
    const std::lock_guard lock(place_.mutex);
    return place_.closed ? SIZE_MAX : place_.next++;
  }
  void restart() override {
    const std::lock_guard lock(place_.mutex);
    place_.closed = false;
    place_.next = 0;
  }
  void close() override {
    const std::lock_guard lock(place_.mutex);
    place_.closed = true;
  }

 protected:
  Failure exchange(const Failure& own) override {
    if (own.code != 0) {
      const std::lock_guard lock(place_.mutex);
      if (rank_ < place_.lowest) {
        place_.lowest = rank_;
        place_.code = own.code;
        place_.why = own.why;
      }
    }
    place_.barrier.arrive_and_wait();
    Failure first{place_.code, place_.why};
    place_.barrier.arrive_and_wait();
    return first;
  }
  void add_up(std::vector<double>& sums) override {
    {
      const std::lock_guard lock(place_.mutex);
      place_.sums.resize(sums.size());
      for (std::size_t i = 0; i < sums.size(); ++i) place_.sums[i] += sums[i];
    }
    place_.barrier.arrive_and_wait();
    sums = place_.sums;
    place_.barrier.arrive_and_wait();
  }

 private:
  Place& place_;
  int rank_;
};

/// What a rank came to: its exit code and what it wrote, as run_program would make them.
struct End {
  int code = -1;
  std::string out;
  std::string why;
};

/// Calls work(rank, ranks, console) in all ranks at once.
std::vector<End> in_all_ranks(
    const std::function<int(int, rl::apps::Ranks&, rl::apps::Console&)>& work,
    const std::function<bool(int)>& interrupted = [](int) { return false; }) {
  Place place;
  std::vector<End> ends(kRanks);
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < kRanks; ++rank)
    threads.emplace_back([&, rank] {
      End& end = ends[static_cast<std::size_t>(rank)];
      ThreadRanks ranks(place, rank);
      std::ostringstream out, err;
      std::istringstream in;
      rl::apps::Console console{
          .out = out, .err = err, .in = in, .interrupted = [&, rank] { return interrupted(rank); }};
      try {
        end.code =
            rl::apps::run_together(&ranks, console, [&] { return work(rank, ranks, console); });
      } catch (const std::invalid_argument& e) {
        end = {rl::apps::kBadInput, {}, e.what()};
      } catch (const rl::Interrupted& e) {
        end = {rl::apps::kInterrupted, {}, e.what()};
      } catch (const std::exception& e) {
        end = {rl::apps::kRunFailed, {}, e.what()};
      }
      end.out = out.str();
    });
  threads.clear();  // waits
  return ends;
}

/// The corridor experiment with two threads, in `path`; alone or by the ranks.
class Corridor {
 public:
  explicit Corridor(std::string path, ExistingResults existing = ExistingResults::refuse)
      : path_(std::move(path)), existing_(existing) {
    experiment_.threads = 2;
  }

  void alone() const {
    std::ostringstream out, err;
    std::istringstream in;
    rl::apps::Console console{.out = out, .err = err, .in = in};
    const rl::ResultsFolder folder = results();
    CHECK_FALSE(rl::apps::run_watched(experiment_, &folder, "alone", console).cancelled);
  }
  std::vector<End> shared(const std::function<bool(int)>& interrupted = [](int) {
    return false;
  }) const {
    return in_all_ranks(
        [this](int, rl::apps::Ranks& ranks, rl::apps::Console& console) {
          const rl::ResultsFolder folder = results();
          const rl::ExperimentResult all =
              rl::apps::run_shared(experiment_, folder, "shared", console, ranks);
          console.out << std::count_if(all.runs.begin(), all.runs.end(), [](const auto& run) {
            return run.status == rl::RunStatus::complete;
          });
          return rl::apps::exit_code_of(all);
        },
        interrupted);
  }

 private:
  rl::ResultsFolder results() const {
    return rl::ResultsFolder(
        path_, experiment_,
        rl::manifest_of(experiment_, {{.name = "corridor"}}, {"0", "c"}, {"", "", "", path_, 2}),
        existing_);
  }

  rl::Experiment experiment_ = tests::corridor_experiment();
  std::string path_;
  ExistingResults existing_;
};

}  // namespace

TEST_CASE("ranks: together they leave the files that one leaves, and all know all runs") {
  const Folder folder;
  Corridor(folder / "one").alone();
  for (const End& end : Corridor(folder / "three").shared()) CHECK(end.code == 0);
  CHECK(result_files(folder / "three") == result_files(folder / "one"));
}

TEST_CASE("ranks: only rank 0 prints") {
  const Folder folder;
  const std::vector<End> ends = Corridor(folder / "x").shared();
  CHECK(ends[0].out == "12");
  CHECK(ends[1].out.empty());
  CHECK(ends[2].out.empty());
}

TEST_CASE("ranks: where one cannot write, all end with its reason, and resuming loses nothing") {
  const Folder folder;
  Corridor(folder / "one").alone();
  Corridor(folder / "x").alone();
  fs::remove_all(folder / "x/runs");
  fs::create_directory(folder / "x/runs");
  folder.file("x/runs/sarsa", "in the way of its runs");
  const Corridor again(folder / "x", ExistingResults::resume);
  for (const End& end : again.shared()) {
    CHECK(end.code == rl::apps::kBadInput);
    CHECK(contains(end.why, "runs/sarsa/default/corridor/seed-"));
    CHECK(contains(end.why, "cannot be made"));
  }
  CHECK(fs::exists(folder / "x/runs/q_learning/default/corridor/seed-1/status.json"));
  fs::remove(folder / "x/runs/sarsa");
  for (const End& end : again.shared()) CHECK(end.code == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "one"));
}

TEST_CASE("ranks: Ctrl-C in one ends all with 130, and resuming gives the files of one") {
  const Folder folder;
  Corridor(folder / "one").alone();
  std::atomic<int> questions = 0;  // the first before it plans
  const std::vector<End> ends =
      Corridor(folder / "x").shared([&](int rank) { return rank == 1 && ++questions > 2; });
  for (const End& end : ends) CHECK(end.code == rl::apps::kInterrupted);
  for (const End& end : Corridor(folder / "x", ExistingResults::resume).shared())
    CHECK(end.code == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "one"));
}

TEST_CASE("ranks: one that is interrupted while it plans keeps nobody waiting") {
  const Folder folder;
  for (const End& end : Corridor(folder / "x").shared([](int rank) { return rank == 2; }))
    CHECK(end.code == rl::apps::kInterrupted);
  CHECK_FALSE(fs::exists(folder / "x"));
}

TEST_CASE("ranks: of several that give up, all hear the lowest; none waits for one that did") {
  const std::vector<End> ends =
      in_all_ranks([](int rank, rl::apps::Ranks& ranks, rl::apps::Console&) {
        ranks.meet();
        if (rank == 1) throw std::runtime_error("one");
        if (rank == 2) throw std::invalid_argument("two");
        ranks.meet();
        FAIL("rank 0 met the others");
        return 0;
      });
  CHECK(ends[0].why == "one");
  CHECK(ends[0].code == rl::apps::kRunFailed);
  CHECK(ends[1].why == "one");
  CHECK(ends[2].code == rl::apps::kBadInput);  // its own
}

TEST_CASE("ranks: without a folder they have nothing to share their results through") {
  Place place;
  const ThreadRanks ranks(place, 0);
  CHECK(contains(tests::error_of([&] { rl::apps::check_shared(&ranks, std::nullopt); }),
                 "several ranks need --out DIR"));
  CHECK_NOTHROW(rl::apps::check_shared(&ranks, "x"));
  CHECK_NOTHROW(rl::apps::check_shared(nullptr, std::nullopt));
}

#ifndef RLBOOK_MPI

TEST_CASE("ranks: a program without MPI refuses to be one of several") {
  REQUIRE(setenv("OMPI_COMM_WORLD_SIZE", "2", 1) == 0);
  const tests::Output x = tests::rlbook({"compare", "sarsa", "--env", "mfrl_5x5"});
  unsetenv("OMPI_COMM_WORLD_SIZE");
  CHECK(x.code == 2);
  CHECK(contains(x.err, "built without MPI (cmake -DRLBOOK_MPI=ON)"));
}

#else

namespace {

std::vector<std::string> compare_words(const std::string& out, const std::string& steps = "30000") {
  return {"compare", "sarsa", "q_learning", "--env", "cliff_walking", "--seeds", "1..20",
          "--steps", steps,   "-j",         "1",     "--out",         out};
}

/// `mpirun` of three ranks; each leaves its process's number in `folder`, then runs `before`.
std::unique_ptr<tests::Process> mpirun(const Folder& folder, std::vector<std::string> words,
                                       const std::string& before = "true") {
  const std::string script = "echo $$ >'" + folder / "rank-" + "'$OMPI_COMM_WORLD_RANK; " + before +
                             "; exec '" + std::string(tests::kProgram) + "' \"$@\"";
  words.insert(words.begin(), {"mpirun", "-n", "3", "--oversubscribe", "--allow-run-as-root", "sh",
                               "-c", script, "sh"});
  return std::make_unique<tests::Process>("/usr/bin/env", words);
}

}  // namespace

TEST_CASE("mpirun: three ranks leave the files of one, and one report on stdout") {
  const Folder folder;
  const tests::Output one = tests::rlbook(compare_words(folder / "one"));
  REQUIRE(one.code == 0);
  std::vector<std::string> words = compare_words(folder / "three");
  words.insert(words.end(), {"--color", "never"});
  const auto three = mpirun(folder, words);
  CHECK(three->exit_code() == 0);
  std::string out = three->out();
  std::erase(out, '\r');  // of mpirun's terminal
  CHECK(out == one.out);
  CHECK(result_files(folder / "three") == result_files(folder / "one"));
}

TEST_CASE("mpirun: a sweep by three ranks chooses as one does") {
  const Folder folder;
  const auto words = [&](const std::string& name) {
    return std::vector<std::string>{"sweep",
                                    "q_learning",
                                    "--env",
                                    "mfrl_5x5",
                                    "--steps",
                                    "400",
                                    "-j",
                                    "1",
                                    "--grid",
                                    "alpha=0.1,0.5,0.9",
                                    "--select",
                                    "1",
                                    "--selection-seeds",
                                    "500..502",
                                    "--out",
                                    folder / name};
  };
  REQUIRE(tests::rlbook(words("one")).code == 0);
  CHECK(mpirun(folder, words("three"))->exit_code() == 0);
  for (const char* file : {"tuning.json", "report.html"})
    CHECK(tests::read(folder / "three/" + file) == tests::read(folder / "one/" + file));
}

TEST_CASE("mpirun: a rank is killed and the rest is resumed, by ranks or alone: the same files") {
  const Folder folder;
  REQUIRE(tests::rlbook(compare_words(folder / "one", "2000000")).code == 0);
  const std::vector<std::string> words = compare_words(folder / "x", "2000000");
  const auto killed = mpirun(folder, words);
  REQUIRE(tests::comes_true([&] { return ended_runs(folder / "x") >= 3; }));
  kill(std::stoi(tests::read(folder / "rank-1")), SIGKILL);
  CHECK(killed->exit_code() != 0);
  CHECK(ended_runs(folder / "x") < 40);
  fs::copy(folder / "x", folder / "y", fs::copy_options::recursive);
  CHECK(mpirun(folder, resumed(words))->exit_code() == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "one"));
  CHECK(tests::rlbook(resumed(compare_words(folder / "y", "2000000"))).code == 0);
  CHECK(result_files(folder / "y") == result_files(folder / "one"));
}

TEST_CASE("mpirun: Ctrl-C ends all ranks and keeps what is done") {
  const Folder folder;
  REQUIRE(tests::rlbook(compare_words(folder / "one", "2000000")).code == 0);
  const auto cut = mpirun(folder, compare_words(folder / "x", "2000000"));
  REQUIRE(tests::comes_true([&] { return ended_runs(folder / "x") >= 3; }));
  CHECK(cut->exit_code_after_interrupt() > 0);
  CHECK(ended_runs(folder / "x") >= 3);
  CHECK(mpirun(folder, resumed(compare_words(folder / "x", "2000000")))->exit_code() == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "one"));
}

TEST_CASE("mpirun: where one rank finds the disk full, all end with its error; the rest is kept") {
  const Folder folder;
  REQUIRE(tests::rlbook(compare_words(folder / "one")).code == 0);
  // In rank 1 no file may grow beyond two blocks, nor one through which MPI would share memory.
  const auto full = mpirun(folder, compare_words(folder / "x"),
                           "export OMPI_MCA_btl=tcp,self; trap '' XFSZ; "
                           "[ $OMPI_COMM_WORLD_RANK != 1 ] || ulimit -f 2");
  CHECK(full->exit_code() == 3);
  CHECK(contains(full->err(), "rlbook: rank 1 on "));
  CHECK(contains(full->err(), ": " + folder / "x/runs/"));
  CHECK(contains(full->err(), "File too large"));
  CHECK(mpirun(folder, resumed(compare_words(folder / "x")))->exit_code() == 0);
  CHECK(result_files(folder / "x") == result_files(folder / "one"));
}

TEST_CASE("mpirun: ranks that do not see one folder are told so before any run") {
  const Folder folder;
  const auto apart = mpirun(
      folder, compare_words("x"),
      "cd '" + folder.path.string() + "'; mkdir $OMPI_COMM_WORLD_RANK; cd $OMPI_COMM_WORLD_RANK");
  CHECK(apart->exit_code() == 3);
  CHECK(contains(apart->err(), "the ranks need a folder that all of their machines share"));
  CHECK_FALSE(fs::exists(folder / "0/x/runs"));
}

#endif
