#include "apps/mpi/rank_exchange.hpp"

#include <stdexcept>

#ifdef RLBOOK_MPI
#include <mpi.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "apps/mpi/mpi_world.hpp"
#endif

namespace rl::apps {

namespace {

#ifdef RLBOOK_MPI

/// Every meeting is one reduction of as many numbers, whoever comes to it: a rank that gives up
/// does not know what the others are about to ask.
class MpiExchange final : public RankExchange {
 public:
  MpiExchange() { requests_.reserve(2 * static_cast<std::size_t>(world_.size())); }
  int rank() const override { return world_.rank(); }
  int size() const override { return world_.size(); }
  int on_this_machine() const override { return world_.on_this_machine(); }

  void take_largest(std::vector<double>& numbers) override {
    assert(numbers.size() <= kMostNumbers);
    Meeting meeting = empty_meeting();
    std::copy(numbers.begin(), numbers.end(), meeting.begin());
    heard_ = come_to(meeting, {});
    if (heard_.code != 0) meet();  // throws
    std::copy_n(meeting.begin(), numbers.size(), numbers.begin());
  }

  Lists swap_lists(const Lists& lists) override {
    const auto ranks = static_cast<std::size_t>(size());
    std::vector<std::uint64_t> out(ranks), in(ranks);
    for (std::size_t r = 0; r < ranks; ++r) out[r] = lists[r].size();
    MPI_Alltoall(out.data(), 1, MPI_UINT64_T, in.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD);
    Lists received(ranks);
    for (std::size_t r = 0; r < ranks; ++r) received[r].resize(in[r]);
    // A rank that had no memory for them says so here: in the messages the others would wait.
    std::vector<double> nothing;
    take_largest(nothing);
    swap(lists, received, MPI_INT32_T);
    return received;
  }
  void swap_values(const Values& out, Values& in) override { swap(out, in, MPI_DOUBLE); }

  // Plans have no runs to hand out.
  std::size_t next() override { return SIZE_MAX; }
  void restart() override {}
  void close() override {}

 protected:
  Failure exchange(const Failure& own) override {
    if (heard_.code != 0) return heard_;
    Meeting meeting = empty_meeting();
    return come_to(meeting, own);
  }
  void add_up(std::vector<double>& sums) override {
    MPI_Allreduce(MPI_IN_PLACE, sums.data(), static_cast<int>(sums.size()), MPI_DOUBLE, MPI_SUM,
                  MPI_COMM_WORLD);
  }

 private:
  /// Numbers, and last `size - rank` of a rank that gave up, so that the lowest is the largest.
  using Meeting = std::array<double, kMostNumbers + 1>;

  static Meeting empty_meeting() {
    Meeting meeting;
    meeting.fill(-std::numeric_limits<double>::infinity());
    return meeting;
  }

  Failure come_to(Meeting& meeting, const Failure& own) const {
    meeting.back() = own.code != 0 ? size() - rank() : 0;
    MPI_Allreduce(MPI_IN_PLACE, meeting.data(), static_cast<int>(meeting.size()), MPI_DOUBLE,
                  MPI_MAX, MPI_COMM_WORLD);
    if (meeting.back() == 0) return {};
    MpiWorld::Letter letter = world_.letter(own.code, own.why);
    MPI_Bcast(&letter, sizeof letter, MPI_BYTE, size() - static_cast<int>(meeting.back()),
              MPI_COMM_WORLD);
    return {letter.code, letter.text.data()};
  }

  template <class T>
  void swap(const std::vector<std::vector<T>>& out, std::vector<std::vector<T>>& in,
            MPI_Datatype type) {
    requests_.clear();
    for (int r = 0; r < size(); ++r)
      if (std::vector<T>& x = in[static_cast<std::size_t>(r)]; !x.empty())
        MPI_Irecv(x.data(), static_cast<int>(x.size()), type, r, 0, MPI_COMM_WORLD,
                  &requests_.emplace_back());
    for (int r = 0; r < size(); ++r)
      if (const std::vector<T>& x = out[static_cast<std::size_t>(r)]; !x.empty())
        MPI_Isend(x.data(), static_cast<int>(x.size()), type, r, 0, MPI_COMM_WORLD,
                  &requests_.emplace_back());
    MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE);
  }

  MpiWorld world_{MPI_THREAD_FUNNELED};
  Failure heard_;
  std::vector<MPI_Request> requests_;
};

#endif

}  // namespace

RankExchange* this_process_exchange() {
  if (!is_one_of_several()) return nullptr;
#ifdef RLBOOK_MPI
  static MpiExchange exchange;
  return &exchange;
#else
  throw std::invalid_argument(
      "mpirun started several rlbook, but this one was built without MPI (cmake "
      "-DRLBOOK_MPI=ON): each would make the whole plan");
#endif
}

}  // namespace rl::apps
