#pragma once
/// \file
/// The feature that is always 1.
#include "rl/features/basis.hpp"
#include "rl/space.hpp"

namespace rl {

struct BiasOptions {
  template <class Visitor>
  void visit(Visitor&) {}
};
Bases make_bases(const BiasOptions& options, const Space& space);

}  // namespace rl
