#pragma once
/// \file
/// Which interval between given boundaries a coordinate lies in: x < b_1, b_1 <= x < b_2, ...,
/// b_k <= x.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

/// k + 1 features for each column.
struct BucketizedOptions : ColumnOptions {
  std::vector<double> boundaries;
  template <class Visitor>
  void visit(Visitor& v) {
    ColumnOptions::visit(v);
    v("boundaries", boundaries, "b_1 < ... < b_k: where one interval ends and the next begins");
  }
};
Bases make_bases(const BucketizedOptions& options, const Space& space);

}  // namespace rl
