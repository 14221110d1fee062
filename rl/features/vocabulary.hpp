#pragma once
/// \file
/// Which of given values a coordinate is.
#include "rl/features/axes.hpp"
#include "rl/features/basis.hpp"

namespace rl {

/// One feature a value for each column. Other values have no feature, or share one.
struct VocabularyOptions : ColumnOptions {
  std::vector<double> values;
  bool other = false;
  template <class Visitor>
  void visit(Visitor& v) {
    ColumnOptions::visit(v);
    v("values", values, "values that have a feature");
    v("other", other, "one more feature, for all other values");
  }
};
Bases make_bases(const VocabularyOptions& options, const Space& space);

}  // namespace rl
