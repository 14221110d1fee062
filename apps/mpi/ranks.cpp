#include "apps/mpi/ranks.hpp"

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

#include <atomic>
#include <chrono>
#include <mutex>
#include <stop_token>
#include <thread>

#include "apps/mpi/mpi_world.hpp"
#endif

namespace rl::apps {

namespace {

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

/// Waits asleep: MPI's own waiting would take a processor from those that still compute. One
/// thread at a time is in MPI, as MPI_THREAD_SERIALIZED asks.
class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    if (world_.rank() == 0)
      server_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }

  int rank() const override { return world_.rank(); }
  int on_this_machine() const override { return world_.on_this_machine(); }

  std::size_t next() override {
    if (leads()) return take();
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
    if (leads()) {
      next_ = kClosed;
      return;
    }
    const std::lock_guard lock(mutex_);
    MPI_Send(nullptr, 0, MPI_BYTE, 0, kClose, MPI_COMM_WORLD);
  }

 protected:
  Failure exchange(const Failure& own) override {
    int lowest = own.code != 0 ? world_.rank() : world_.size();
    complete([&](MPI_Request* request) {
      MPI_Iallreduce(MPI_IN_PLACE, &lowest, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD, request);
    });
    if (lowest == world_.size()) return {};
    MpiWorld::Letter letter = world_.letter(own.code, own.why);
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

  MpiWorld world_{MPI_THREAD_SERIALIZED};
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

bool is_one_of_several() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const char* size = std::getenv(name)) return std::atoi(size) > 1;
  return std::getenv("PMIX_RANK") != nullptr;
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
