#pragma once
/// \file
/// One body of a kernel, compiled for each instruction set and chosen when the program runs.
///
/// Kernel::run<bytes> and all that it calls must be always_inline: it is then compiled where it is
/// called, for registers of so many bytes. A kernel is a type of an unnamed namespace, for its file
/// may be compiled with options of its own.
#include "rl/instruction_set.hpp"

namespace rl::detail {

template <class Kernel, class... Args>
[[gnu::noinline]] auto kernel_for_baseline(const Args&... args) {
  return Kernel::template run<16>(args...);
}
#ifdef __x86_64__
template <class Kernel, class... Args>
[[gnu::noinline, gnu::target("avx2")]] auto kernel_for_avx2(const Args&... args) {
  return Kernel::template run<32>(args...);
}
template <class Kernel, class... Args>
[[gnu::noinline, gnu::target("avx512f")]] auto kernel_for_avx512(const Args&... args) {
  return Kernel::template run<64>(args...);
}
#endif

/// Kernel::run in the instructions that rl/instruction_set.hpp says.
template <class Kernel, class... Args>
auto run_kernel(const Args&... args) {
#ifdef __x86_64__
  switch (instruction_set()) {
    case InstructionSet::avx512:
      return kernel_for_avx512<Kernel>(args...);
    case InstructionSet::avx2:
      return kernel_for_avx2<Kernel>(args...);
    case InstructionSet::baseline:
      break;
  }
#endif
  return kernel_for_baseline<Kernel>(args...);
}

}  // namespace rl::detail
