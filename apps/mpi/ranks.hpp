#pragma once
/// \file
/// The processes that one `mpirun -n K rlbook ...` starts, its ranks. They make an experiment
/// together in one folder that all of them see: each run is written by the rank that made it, and
/// rank 0 alone prints and writes what is there once. Results do not travel; ranks tell each other
/// who makes which run, that they have come to the same place, and what went wrong.
///
/// Only sources of this folder know MPI, and without the build's option RLBOOK_MPI none does.
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "apps/console.hpp"

namespace rl::apps {

class Ranks {
 public:
  Ranks() = default;
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;
  virtual ~Ranks() = default;

  virtual int rank() const = 0;
  virtual int on_this_machine() const = 0;  ///< how many ranks, at least 1
  bool leads() const { return rank() == 0; }

  /// Counts up from 0, each number to one rank, until one of them closes: then SIZE_MAX. For any
  /// thread.
  virtual std::size_t next() = 0;
  /// Begins again at 0. Of rank 0 alone, while the others are about to meet.
  virtual void restart() = 0;
  virtual void close() = 0;

  /// Waits until all ranks are here. Every rank comes to every meeting, in the same order; where
  /// one gave up instead of coming, the others throw what it threw, and nobody meets any more.
  void meet();
  /// Meets, and gives every rank the sums over all.
  void meet(std::vector<double>& sums);
  /// Instead of the next meeting. `code`: the ExitCode of what was thrown.
  void give_up(int code, const std::string& why);

 protected:
  /// Why a rank gave up; code 0: it did not.
  struct Failure {
    int code = 0;
    std::string why = {};
  };
  /// What every rank brings to a meeting; the lowest rank's that gave up is what all return.
  virtual Failure exchange(const Failure& own) = 0;
  virtual void add_up(std::vector<double>& sums) = 0;

 private:
  bool parted_ = false;
};

/// Whether mpirun, or srun, says that it started this process as one of several.
bool is_one_of_several();

/// Those that this process is one of, made at the first call; null where it is alone. Throws
/// std::invalid_argument where mpirun started a program that was built without MPI.
Ranks* this_process_ranks();

/// Does a command's work in all ranks: `work` throws in one, and all end with the same exit code.
/// Ranks other than 0 write nothing to the console from here on.
int run_together(Ranks* ranks, Console& console, const std::function<int()>& work);

}  // namespace rl::apps
