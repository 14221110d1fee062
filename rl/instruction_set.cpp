#include "rl/instruction_set.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>

namespace rl {
namespace {

std::vector<InstructionSet> detect() {
  std::vector<InstructionSet> found{InstructionSet::baseline};
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) found.push_back(InstructionSet::avx2);
  if (__builtin_cpu_supports("avx512f")) found.push_back(InstructionSet::avx512);
#endif
  return found;
}

std::atomic<InstructionSet>& used() noexcept {
  static std::atomic<InstructionSet> set = detect().back();
  return set;
}

}  // namespace

std::vector<InstructionSet> available_instruction_sets() { return detect(); }

InstructionSet instruction_set() noexcept { return used().load(std::memory_order_relaxed); }

void use_instruction_set(InstructionSet wanted) {
  const std::vector<InstructionSet> found = detect();
  if (std::find(found.begin(), found.end(), wanted) == found.end())
    throw std::invalid_argument("this processor does not have the instruction set " +
                                std::to_string(static_cast<int>(wanted)));
  used().store(wanted, std::memory_order_relaxed);
}

}  // namespace rl
