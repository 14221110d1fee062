#include "rl/parallel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rl/random.hpp"

using rl::parallel_for;

TEST_CASE("parallel_for: every task is done once, on any number of threads") {
  for (const int threads : {1, 2, 3, 8}) {
    std::vector<int> calls(1000, 0);
    CHECK(parallel_for(calls.size(), threads, [&](std::size_t i) { ++calls[i]; }));
    CHECK(calls == std::vector<int>(1000, 1));
  }
  CHECK(parallel_for(0, 4, [](std::size_t) { FAIL("no task"); }));
}

TEST_CASE("parallel_for: one thread means the tasks in order") {
  std::vector<std::size_t> order;
  parallel_for(5, 1, [&](std::size_t i) { order.push_back(i); });
  CHECK(order == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE(
    "parallel_for: tasks with streams of their own give the same numbers on 1 and 4 threads") {
  const rl::Rng root(7);
  const auto draw = [&](int threads) {
    std::vector<double> x(200);
    parallel_for(x.size(), threads, [&](std::size_t i) {
      rl::Rng rng = root.split(i);
      for (int k = 0; k < 100; ++k) x[i] += rng.uniform();
    });
    return x;
  };
  CHECK(draw(1) == draw(4));
}

TEST_CASE("parallel_for: a loop within a loop, and thousands of short ones, do every task once") {
  std::vector<std::atomic<int>> calls(3000);
  for (std::size_t round = 0; round < 100; ++round)
    parallel_for(3, 2, [&](std::size_t i) {
      parallel_for(10, 2, [&](std::size_t j) { ++calls[30 * round + 10 * i + j]; });
    });
  CHECK(std::all_of(calls.begin(), calls.end(), [](const auto& n) { return n == 1; }));
}

TEST_CASE("parallel_for: what waits for a loop within a loop is given no task of the outer one") {
  std::atomic<int> overlaps = 0;
  thread_local bool within = false;
  for (int round = 0; round < 200; ++round)
    parallel_for(4, 2, [&](std::size_t) {
      if (std::exchange(within, true)) ++overlaps;
      parallel_for(4, 2, [](std::size_t) {});
      within = false;
    });
  CHECK(overlaps == 0);
}

TEST_CASE("parallel_for: of several exceptions the one of the lowest index is thrown") {
  for (const int threads : {1, 2, 4})
    for (int repetition = 0; repetition < 50; ++repetition) {
      std::string caught;
      try {
        parallel_for(100, threads, [](std::size_t i) {
          if (i == 13 || i == 14 || i == 60) throw std::runtime_error(std::to_string(i));
        });
      } catch (const std::runtime_error& e) {
        caught = e.what();
      }
      CHECK(caught == "13");
    }
}

TEST_CASE("parallel_for: nothing is begun after a task failed on one thread") {
  int done_tasks = 0;
  CHECK_THROWS_AS(parallel_for(10, 1,
                               [&](std::size_t i) {
                                 if (i == 3) throw std::invalid_argument("no");
                                 ++done_tasks;
                               }),
                  std::invalid_argument);
  CHECK(done_tasks == 3);
}

TEST_CASE("parallel_for: a stop flag ends the loop between tasks and the result says so") {
  for (const int threads : {1, 2}) {
    std::atomic<int> begun = 0;
    const bool all = parallel_for(
        1000, threads, [&](std::size_t) { ++begun; }, [&] { return begun.load() >= 10; });
    CHECK_FALSE(all);
    CHECK(begun.load() >= 10);
    CHECK(begun.load() < 10 + threads);
  }
}

TEST_CASE("parallel_for: loops may stand inside each other") {
  std::vector<int> sums(20, 0);
  parallel_for(sums.size(), 2, [&](std::size_t i) {
    std::atomic<int> sum = 0;
    parallel_for(10, 2, [&](std::size_t k) { sum += static_cast<int>(k); });
    sums[i] = sum;
  });
  CHECK(sums == std::vector<int>(20, 45));
}

TEST_CASE("parallel_for: no threads at all is refused") {
  CHECK_THROWS_AS(parallel_for(1, 0, [](std::size_t) {}), std::invalid_argument);
  CHECK(rl::default_threads() >= 1);
}
