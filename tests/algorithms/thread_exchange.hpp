#pragma once
/// \file
/// Ranks as threads of this process.
#include <algorithm>
#include <barrier>
#include <cstddef>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "algorithms/dynamic_programming/exchange.hpp"

namespace rl::test {

/// Where they meet. Each writes its own slot, and all read after the barrier.
struct MeetingPlace {
  explicit MeetingPlace(int ranks)
      : size(ranks),
        barrier(ranks),
        numbers(index(ranks)),
        lists(index(ranks)),
        values(index(ranks)),
        failures(index(ranks)) {}
  int size;
  std::barrier<> barrier;
  std::vector<std::vector<double>> numbers;
  std::vector<const Exchange::Lists*> lists;
  std::vector<const Exchange::Values*> values;
  std::vector<std::string> failures;  // empty: none
};

class ThreadExchange final : public Exchange {
 public:
  ThreadExchange(MeetingPlace& place, int rank) : place_(place), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return place_.size; }

  void take_largest(std::vector<double>& numbers) override {
    place_.numbers[index(rank_)] = numbers;
    place_.barrier.arrive_and_wait();
    throw_failure();
    for (const std::vector<double>& of_rank : place_.numbers)
      for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = std::max(numbers[i], of_rank[i]);
    place_.barrier.arrive_and_wait();
  }
  Lists swap_lists(const Lists& lists) override {
    place_.lists[index(rank_)] = &lists;
    place_.barrier.arrive_and_wait();
    Lists received;
    for (const Lists* of_rank : place_.lists) received.push_back((*of_rank)[index(rank_)]);
    place_.barrier.arrive_and_wait();
    return received;
  }
  void swap_values(const Values& out, Values& in) override {
    place_.values[index(rank_)] = &out;
    place_.barrier.arrive_and_wait();
    for (std::size_t r = 0; r < in.size(); ++r) {
      const std::vector<double>& sent = (*place_.values[r])[index(rank_)];
      if (sent.size() != in[r].size()) std::terminate();  // as MPI would
      in[r] = sent;
    }
    place_.barrier.arrive_and_wait();
  }

  /// In place of the next take_largest.
  void give_up(const std::string& why) {
    if (parted_) return;
    place_.failures[index(rank_)] = why;
    place_.barrier.arrive_and_wait();
  }

 private:
  void throw_failure() {
    for (const std::string& why : place_.failures) {
      if (why.empty()) continue;
      parted_ = true;
      throw std::invalid_argument(why);
    }
  }
  MeetingPlace& place_;
  int rank_;
  bool parted_ = false;
};

/// Calls work(exchange) in `ranks` threads; returns what each threw, empty where it did not.
inline std::vector<std::string> in_ranks(int ranks, const std::function<void(Exchange&)>& work) {
  MeetingPlace place(ranks);
  std::vector<std::string> ends(index(ranks));
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&place, &ends, &work, rank] {
      ThreadExchange exchange(place, rank);
      try {
        work(exchange);
      } catch (const std::exception& e) {
        ends[index(rank)] = e.what();
        exchange.give_up(e.what());
      }
    });
  threads.clear();  // waits
  return ends;
}

}  // namespace rl::test
