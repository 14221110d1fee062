#pragma once
/// \file
/// A coordinate's value, hashed: a table of a fixed size for values that nobody has listed. Values
/// that fall into one bucket share its weight.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

/// `buckets` features for each column.
struct HashedOptions : ColumnOptions {
  int buckets = 16;
  template <class Visitor>
  void visit(Visitor& v) {
    ColumnOptions::visit(v);
    v("buckets", buckets, "to which values are hashed", Range{1, 1e7});
  }
};
Bases make_bases(const HashedOptions& options, const Space& space);

}  // namespace rl
