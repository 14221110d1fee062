#pragma once
/// \file
/// The ranks of `mpirun -n K rlbook solve ...`, which plan one model together
/// (algorithms/dynamic_programming/distributed_value_iteration.hpp). They wait for each other in
/// every round, so that MPI waits for them as fast as it can; ranks that share an experiment
/// (ranks.hpp) wait asleep. Without the build's option RLBOOK_MPI there are none.
#include "algorithms/dynamic_programming/exchange.hpp"
#include "apps/mpi/ranks.hpp"

namespace rl::apps {

/// One thread of each rank calls it. `take_largest` is a meeting: where a rank gave up instead, the
/// others throw what it threw.
class RankExchange : public Ranks, public Exchange {
 public:
  int rank() const override = 0;  // of both
};

/// Those that this process is one of, made at the first call; null where it is alone. Throws
/// std::invalid_argument where mpirun started a program that was built without MPI. A process is of
/// these ranks or of this_process_ranks(), not of both.
RankExchange* this_process_exchange();

}  // namespace rl::apps
