#pragma once
/// \file
/// Crossed features: one for each combination of classes, so that a linear method can tell "row < 2
/// and col = 3" from the sum of both.
#include <string>
#include <vector>

#include "rl/features/basis.hpp"
#include "rl/options.hpp"
#include "rl/space.hpp"

namespace rl {

struct CrossedOptions {
  std::vector<std::string> of;
  int buckets = 0;
  template <class Visitor>
  void visit(Visitor& v) {
    v("of", of,
      "features, each in JSON or in short form: bucketized, one_hot, vocabulary, hashed, "
      "aggregation or crossed");
    v("buckets", buckets,
      "to which combinations are hashed, some to the same; 0: each has a feature of its own",
      Range{0, 1e7});
  }
};
Bases make_bases(const CrossedOptions& options, const Space& space);

}  // namespace rl
