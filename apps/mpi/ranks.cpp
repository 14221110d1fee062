#include "apps/mpi/ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <streambuf>

#include "apps/command.hpp"
#include "rl/truth.hpp"

#ifdef RLBOOK_MPI
#include <mpi.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <thread>
#endif

namespace rl::apps {

namespace {

/// Whether mpirun, or srun, says that it started this process as one of several.
bool is_one_of_several() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* size = std::getenv(name)) return std::atoi(size) > 1;
  return std::getenv("PMIX_RANK") != nullptr;
}

class Nowhere final : public std::streambuf {
 protected:
  int_type overflow(int_type c) override { return traits_type::not_eof(c); }
  std::streamsize xsputn(const char*, std::streamsize n) override { return n; }
};

void silence(Console& console) {
  static Nowhere* const nowhere = new Nowhere;  // outlives the streams, which are flushed last
  console.out.rdbuf(nowhere);
  console.err.rdbuf(nowhere);
}

#ifdef RLBOOK_MPI

constexpr auto kPause = std::chrono::milliseconds(1);  // between two looks for a message
constexpr int kAsk = 1, kAnswer = 2, kClose = 3;       // tags
constexpr std::uint64_t kClosed = UINT64_MAX;

/// mpirun passes Ctrl-C on as SIGTERM.
extern "C" void interrupt_at_termination(int /*signal*/) { std::raise(SIGINT); }

/// Waits asleep: MPI's own waiting would take a processor from those that still compute. One
/// thread at a time is in MPI, as MPI_THREAD_SERIALIZED asks.
class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    if (provided < MPI_THREAD_SERIALIZED) {
      MPI_Finalize();
      throw std::runtime_error("this MPI lets only one thread of a process call it");
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm machine = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &on_this_machine_);
    MPI_Comm_free(&machine);
    std::signal(SIGTERM, interrupt_at_termination);
    if (rank_ == 0) server_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~MpiRanks() override {
    if (rank_ == 0) {
      server_.request_stop();
      server_.join();
    }
    MPI_Finalize();  // waits for all
  }

  int rank() const override { return rank_; }
  int on_this_machine() const override { return on_this_machine_; }

  std::size_t next() override {
    if (rank_ == 0) return take();
    const std::lock_guard lock(mutex_);
    std::uint64_t number = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Send(nullptr, 0, MPI_BYTE, 0, kAsk, MPI_COMM_WORLD);
    MPI_Irecv(&number, 1, MPI_UINT64_T, 0, kAnswer, MPI_COMM_WORLD, &request);
    while (!is_done(request)) std::this_thread::sleep_for(kPause / 10);
    return number;
  }

  void restart() override { next_ = 0; }

  void close() override {
    if (rank_ == 0) {
      next_ = kClosed;
      return;
    }
    const std::lock_guard lock(mutex_);
    MPI_Send(nullptr, 0, MPI_BYTE, 0, kClose, MPI_COMM_WORLD);
  }

 protected:
  Failure exchange(const Failure& own) override {
    int lowest = own.code != 0 ? rank_ : size_;
    complete([&](MPI_Request* request) {
      MPI_Iallreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, request);
    });
    if (lowest == size_) return {};
    Letter letter = letter_of(own);
    complete([&](MPI_Request* request) {
      MPI_Ibcast(&letter, sizeof letter, MPI_BYTE, lowest, MPI_COMM_WORLD, request);
    });
    return {letter.code, letter.text.data()};
  }

  void add_up(std::vector<double>& sums) override {
    complete([&](MPI_Request* request) {
      MPI_Iallreduce(MPI_IN_PLACE, sums.data(), static_cast<int>(sums.size()), MPI_DOUBLE, MPI_SUM,
                     MPI_COMM_WORLD, request);
    });
  }

 private:
  struct Letter {
    int code;
    std::array<char, 2048> text;
  };

  Letter letter_of(const Failure& failure) {
    std::array<char, MPI_MAX_PROCESSOR_NAME> host{};
    int length = 0;
    {
      const std::lock_guard lock(mutex_);
      MPI_Get_processor_name(host.data(), &length);
    }
    const std::string text = fmt::format("rank {} on {}: {}", rank_, host.data(), failure.why);
    Letter letter{.code = failure.code, .text = {}};
    std::copy_n(text.data(), std::min(text.size(), letter.text.size() - 1), letter.text.data());
    return letter;
  }

  std::uint64_t take() {
    std::uint64_t number = next_;
    while (number != kClosed && !next_.compare_exchange_weak(number, number + 1)) {
    }
    return number;
  }

  /// Rank 0 answers while it computes: a thread that looks for messages.
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      while (answer_one()) {
      }
      std::this_thread::sleep_for(kPause);
    }
  }

  bool answer_one() {
    const std::lock_guard lock(mutex_);
    int there = 0;
    MPI_Status status{};
    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &there, &status);
    if (there == 0) return false;
    MPI_Recv(nullptr, 0, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    if (status.MPI_TAG == kClose) {
      next_ = kClosed;
    } else {
      const std::uint64_t number = take();
      MPI_Send(&number, 1, MPI_UINT64_T, status.MPI_SOURCE, kAnswer, MPI_COMM_WORLD);
    }
    return true;
  }

  static bool is_done(MPI_Request& request) {
    int done = 0;
    MPI_Test(&request, &done, MPI_STATUS_IGNORE);
    return done != 0;
  }

  /// Starts what all ranks do together, and waits for its end.
  template <class Start>
  void complete(const Start& start) {
    MPI_Request request = MPI_REQUEST_NULL;
    std::unique_lock lock(mutex_);
    start(&request);
    while (!is_done(request)) {
      lock.unlock();
      std::this_thread::sleep_for(kPause);
      lock.lock();
    }
  }

  int rank_ = 0;
  int size_ = 1;
  int on_this_machine_ = 1;
  std::mutex mutex_;                           // who holds it may call MPI
  std::atomic<std::uint64_t> next_ = kClosed;  // of rank 0
  std::jthread server_;
};

#endif

[[noreturn]] void throw_again(int code, const std::string& why) {
  if (code == kBadInput) throw std::invalid_argument(why);
  if (code == kInterrupted) throw Interrupted();
  throw std::runtime_error(why);
}

}  // namespace

void Ranks::meet() {
  const Failure failure = exchange({});
  if (failure.code == 0) return;
  parted_ = true;
  throw_again(failure.code, failure.why);
}

void Ranks::meet(std::vector<double>& sums) {
  meet();
  add_up(sums);
}

void Ranks::give_up(int code, const std::string& why) {
  if (parted_) return;
  close();
  exchange({.code = code, .why = why});
  parted_ = true;
}

Ranks* this_process_ranks() {
  if (!is_one_of_several()) return nullptr;
#ifdef RLBOOK_MPI
  static MpiRanks ranks;
  return &ranks;
#else
  throw std::invalid_argument(
      "mpirun started several rlbook, but this one was built without MPI (cmake "
      "-DRLBOOK_MPI=ON): each would make the whole experiment");
#endif
}

int run_together(Ranks* ranks, Console& console, const std::function<int()>& work) {
  if (ranks == nullptr) return work();
  if (!ranks->leads()) silence(console);
  try {
    const int code = work();
    ranks->meet();
    return code;
  } catch (const std::invalid_argument& e) {
    ranks->give_up(kBadInput, e.what());
    throw;
  } catch (const Interrupted& e) {
    ranks->give_up(kInterrupted, e.what());
    throw;
  } catch (const std::exception& e) {
    ranks->give_up(kRunFailed, e.what());
    throw;
  }
}

}  // namespace rl::apps
