#pragma once
/// \file
/// The same calculation with every instruction set of this processor.
#include "rl/instruction_set.hpp"

namespace tests {

/// Calls f(set) with each set in use, the baseline first; afterwards the one from before is.
template <class F>
void with_each_instruction_set(F&& f) {
  struct Restore {
    rl::InstructionSet before = rl::instruction_set();
    ~Restore() { rl::use_instruction_set(before); }
  } const restore;
  for (const rl::InstructionSet set : rl::available_instruction_sets()) {
    rl::use_instruction_set(set);
    f(set);
  }
}

}  // namespace tests
