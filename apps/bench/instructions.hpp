#pragma once
/// \file
/// Measuring with instructions that are not the widest.
#include "rl/instruction_set.hpp"

namespace rl::bench {

/// Kernels use these as long as it lives.
class WithInstructions {
 public:
  explicit WithInstructions(InstructionSet set) { use_instruction_set(set); }
  ~WithInstructions() { use_instruction_set(before_); }
  WithInstructions(const WithInstructions&) = delete;
  WithInstructions& operator=(const WithInstructions&) = delete;

 private:
  InstructionSet before_ = instruction_set();
};

inline const char* name_of(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx512:
      return "AVX-512";
    case InstructionSet::avx2:
      return "AVX2";
    case InstructionSet::baseline:
      break;
  }
  return "baseline";
}

}  // namespace rl::bench
