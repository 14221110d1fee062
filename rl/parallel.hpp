#pragma once
/// \file
/// Independent tasks on several threads. A task writes to a place of its own and draws from a
/// stream of its own (`Rng::split`), so no result depends on the number of threads.
#include <cstddef>
#include <functional>

namespace rl {

/// One a processor, at least 1: what `-j auto` means.
int default_threads();

/// Calls task(0) .. task(n - 1), each once, on up to `threads` threads; in this order and on the
/// caller's where that is 1. No task is begun once `stop` returns true (asked by every thread
/// before every task); returns whether all were done. A task that throws ends the loop: of several
/// exceptions the one of the lowest index is thrown again, the same on any number of threads.
bool parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& task,
                  const std::function<bool()>& stop = {});

}  // namespace rl
