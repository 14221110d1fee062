#pragma once
/// \file
/// State aggregation (S&B 9.3): a grid of bins of equal width, of which x lies in one. Example 9.1
/// has 10 bins of 100 states.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

struct AggregationOptions : BoundedOptions {
  std::vector<int> bins = {10};
  template <class Visitor>
  void visit(Visitor& v) {
    BoundedOptions::visit(v);
    v("bins", bins, "bins, for all columns or for each", Range{1, 1e7});
  }
};
Bases make_bases(const AggregationOptions& options, const Space& space);

/// Bins for each axis; the first axis outermost.
std::shared_ptr<const Category> make_bins(std::vector<Axis> axes, std::vector<int> bins);

}  // namespace rl
