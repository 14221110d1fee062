#pragma once
/// \file
/// This process among those that mpirun started. For the sources of a build with RLBOOK_MPI alone.
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rl::apps {

/// mpirun passes Ctrl-C on as SIGTERM.
extern "C" inline void interrupt_at_termination(int /*signal*/) { std::raise(SIGINT); }

/// Begun when it is made, once in a process, and ended with it.
class MpiWorld {
 public:
  /// A rank's reason to give up, as it is sent.
  struct Letter {
    int code;
    std::array<char, 2048> text;
  };

  /// `threads`: MPI_THREAD_FUNNELED or more, what the process needs.
  explicit MpiWorld(int threads) {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, threads, &provided);
    if (provided < threads) {
      MPI_Finalize();
      throw std::runtime_error("this MPI lets only one thread of a process call it");
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &on_this_machine_);
    MPI_Comm_free(&machine);
    std::array<char, MPI_MAX_PROCESSOR_NAME> host{};
    int length = 0;
    MPI_Get_processor_name(host.data(), &length);
    host_ = host.data();
    std::signal(SIGTERM, interrupt_at_termination);
  }
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;
  ~MpiWorld() { MPI_Finalize(); }  // waits for all

  int rank() const { return rank_; }
  int size() const { return size_; }
  int on_this_machine() const { return on_this_machine_; }

  Letter letter(int code, std::string_view why) const {
    const std::string text = fmt::format("rank {} on {}: {}", rank_, host_, why);
    Letter letter{.code = code, .text = {}};
    std::copy_n(text.data(), std::min(text.size(), letter.text.size() - 1), letter.text.data());
    return letter;
  }

 private:
  int rank_ = 0;
  int size_ = 1;
  int on_this_machine_ = 1;
  std::string host_;
};

}  // namespace rl::apps
