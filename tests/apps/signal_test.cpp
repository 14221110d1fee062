// Ctrl-C at the real program: it ends soon, with 130, and what was finished can be read.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;

constexpr double kLimit = 60;  // seconds; a sanitizer makes the program slow

/// Asks until it holds; false where that takes too long.
bool comes_true(const std::function<bool()>& holds) {
  const auto begin = std::chrono::steady_clock::now();
  while (!holds()) {
    if (std::chrono::steady_clock::now() - begin > std::chrono::duration<double>(kLimit))
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

/// The program in a process of its own; stdin is a pipe in which nothing ever comes.
class Process {
 public:
  Process(const std::string& program, std::vector<std::string> words) {
    words.insert(words.begin(), "rlbook");
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    REQUIRE(pipe(input_) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input_[0], STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, input_[1]);
    for (const auto& [stream, name] : {std::pair{STDOUT_FILENO, "out"}, {STDERR_FILENO, "err"}})
      posix_spawn_file_actions_addopen(&actions, stream, (folder_ / name).c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(posix_spawn(&pid_, program.c_str(), &actions, nullptr, pointers.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (!ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    for (const int end : input_) close(end);
  }

  std::string out() const { return tests::read(folder_ / "out"); }
  std::string err() const { return tests::read(folder_ / "err"); }
  json out_as_json() const { return json::parse(out()); }

  /// How much it has worked.
  double cpu_seconds() const {
    clockid_t clock;
    timespec t{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }

  /// Presses Ctrl-C; -1 where it does not end.
  int exit_code_after_interrupt() {
    kill(pid_, SIGINT);
    int status = 0;
    ended_ = comes_true([&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
    return ended_ && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  const tests::Folder folder_;
  int input_[2] = {-1, -1};
  pid_t pid_ = 0;
  bool ended_ = false;
};

bool has_file_named(const std::string& folder, const std::string& name) {
  if (!std::filesystem::is_directory(folder)) return false;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename() == name) return true;
  return false;
}

}  // namespace

TEST_CASE("Ctrl-C: run says what it has learned, and its file can be resumed") {
  const tests::Folder folder;
  const std::string saved = folder / "saved";
  std::vector<std::string> words = {"run",     "q_learning",    "--env",  "mfrl_5x5",
                                    "--steps", "1000000000000", "--save", saved,
                                    "--force", "--eval-every",  "1000000"};
  Process program(tests::kProgram, words);
  REQUIRE(comes_true([&] { return contains(program.out(), " 1000000 "); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(contains(program.out(), "interrupted after "));
  words.insert(words.end(), {"--resume", saved, "--dry-run"});
  CHECK(tests::rlbook(words).code == 0);
}

TEST_CASE("Ctrl-C: run ends while it still plans the exact answers") {
  Process program(tests::kProgram,
                  {"run", "q_learning", "--env", "slippery_grid:n=300", "--steps", "100"});
  REQUIRE(comes_true([&] { return contains(program.out(), "q_learning on slippery_grid"); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK_FALSE(contains(program.out(), "value error"));  // no step was made
}

TEST_CASE("Ctrl-C: compare writes a summary of the runs that are whole") {
  const tests::Folder folder;
  Process program(tests::kProgram,
                  {"compare", "sarsa", "--env", "cliff_walking", "--seeds", "1..1000", "--steps",
                   "200000", "-j", "1", "--json", "--out", folder / "x"});
  REQUIRE(comes_true([&] { return has_file_named(folder / "x", "status.json"); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(program.out_as_json()["rows"].size() >= 1);
  CHECK(contains(tests::one_line(program.err()), "--resume"));
}

TEST_CASE("Ctrl-C: bench writes its rows so far") {
  Process program(tests::kProgram, {"bench", "--filter", "step", "--json"});
  REQUIRE(comes_true([&] { return contains(program.err(), "benchmarks: "); }));
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(program.out_as_json().size() >= 1);
}

TEST_CASE("Ctrl-C: reproduce writes table and page of what is computed") {
  const tests::Folder folder;
  Process program(tests::kProgram, {"reproduce", "all", "--html", folder / "page.html"});
  REQUIRE(comes_true([&] { return program.cpu_seconds() > 0.5; }));  // the quick cases come first
  CHECK(program.exit_code_after_interrupt() == 130);
  CHECK(contains(program.err(), "interrupted after "));
  CHECK_FALSE(contains(program.err(), "interrupted after 0 "));
  CHECK(contains(program.out(), " cases: "));
  CHECK(contains(tests::read(folder / "page.html"), "</html>"));
}

TEST_CASE("Ctrl-C: play and step end while they wait for a line") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"play", "--env", "mfrl_2x2"},
        std::vector<std::string>{"step", "sarsa", "--env", "mfrl_2x2"}}) {
    CAPTURE(words.front());
    Process program(tests::kProgram, words);
    REQUIRE(comes_true([&] { return contains(program.out(), "T target"); }));
    CHECK(program.exit_code_after_interrupt() == 130);
  }
}

}  // namespace rl::apps
