#pragma once
/// \file
/// The real program in a process of its own, to be interrupted and killed.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/apps/program.hpp"

namespace tests {

inline constexpr double kLimit = 300;  // seconds; sanitizers and a busy machine make it slow

/// Asks until it holds; false where that takes too long.
inline bool comes_true(const std::function<bool()>& holds) {
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
    if (!ended_) kill_now();
    for (const int end : input_) close(end);
  }

  std::string out() const { return read(folder_ / "out"); }
  std::string err() const { return read(folder_ / "err"); }
  nlohmann::json out_as_json() const { return nlohmann::json::parse(out()); }

  /// Presses Ctrl-C; -1 where it does not end.
  int exit_code_after_interrupt() {
    kill(pid_, SIGINT);
    return exit_code();
  }
  /// Waits for its end; -1 where that does not come, or it was killed.
  int exit_code() {
    int status = 0;
    ended_ = comes_true([&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
    return ended_ && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// Ends it at once, wherever it is.
  void kill_now() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    ended_ = true;
  }

 private:
  const Folder folder_;
  int input_[2] = {-1, -1};
  pid_t pid_ = 0;
  bool ended_ = false;
};

}  // namespace tests
