#include "rl/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#ifndef RLBOOK_NO_TBB
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>
#endif

namespace rl {

namespace {

/// The tasks, handed out in order, and the exception of the lowest index. Whatever stands before a
/// failed task was handed out before it, so it runs to its end and may turn out to be the lower
/// one.
class TaskQueue {
 public:
  TaskQueue(std::size_t n, const std::function<void(std::size_t)>& task,
            const std::function<bool()>& stop)
      : n_(n), task_(task), stop_(stop) {}

  /// What each thread does.
  void work() {
    for (;;) {
      if (failed_.load() || (stop_ && next_.load() < n_ && stop_())) return;
      const std::size_t i = next_++;
      if (i >= n_) return;
      try {
        task_(i);
        ++finished_;
      } catch (...) {
        keep(i, std::current_exception());
      }
    }
  }

  /// Whether all tasks were done; throws what a task threw.
  bool close() const {
    if (exception_) std::rethrow_exception(exception_);
    return finished_.load() == n_;
  }

 private:
  void keep(std::size_t i, std::exception_ptr exception) {
    const std::lock_guard lock(mutex_);
    if (exception_ && i > lowest_) return;
    exception_ = std::move(exception);
    lowest_ = i;
    failed_ = true;
  }

  std::size_t n_;
  const std::function<void(std::size_t)>& task_;
  const std::function<bool()>& stop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> finished_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::exception_ptr exception_;
  std::size_t lowest_ = 0;
};

#ifndef RLBOOK_NO_TBB
/// An arena of so many threads, kept by its user's thread from call to call: where one short loop
/// follows another, its threads are still awake. A loop within a loop has another arena, for who
/// waits in one may be given whatever it holds.
class KeptArena {
 public:
  explicit KeptArena(int threads) {
    auto it = idle().find(threads);
    if (it == idle().end()) it = idle().emplace(threads, threads);
    arena_ = idle().extract(it);
  }
  KeptArena(const KeptArena&) = delete;
  KeptArena& operator=(const KeptArena&) = delete;
  ~KeptArena() { idle().insert(std::move(arena_)); }

  oneapi::tbb::task_arena& operator*() { return arena_.mapped(); }

 private:
  using Arenas = std::multimap<int, oneapi::tbb::task_arena>;  // by their threads
  static Arenas& idle() {
    thread_local Arenas arenas;
    return arenas;
  }
  Arenas::node_type arena_;
};
#endif

void work_together(TaskQueue& queue, int threads) {
#ifdef RLBOOK_NO_TBB
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back([&queue] { queue.work(); });
  queue.work();
#else
  // More than TBB has would be refused with a warning on stderr.
  KeptArena arena(std::min(threads, oneapi::tbb::info::default_concurrency()));
  (*arena).execute([&] {
    oneapi::tbb::parallel_for(
        0, threads, [&queue](int) { queue.work(); }, oneapi::tbb::simple_partitioner{});
  });
#endif
}

}  // namespace

int default_threads() {
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

bool parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& task,
                  const std::function<bool()>& stop) {
  if (threads < 1) throw std::invalid_argument("parallel_for: at least one thread");
  TaskQueue queue(n, task, stop);
  const std::size_t useful = std::min(static_cast<std::size_t>(threads), n);
  if (useful <= 1)
    queue.work();
  else
    work_together(queue, static_cast<int>(useful));
  return queue.close();
}

}  // namespace rl
