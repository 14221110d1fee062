#pragma once
/// \file
/// Which instructions kernels (kernel_dispatch.hpp) use: the widest that the processor has, found
/// when the program runs. A program compiled for any x86-64 so uses AVX2 and AVX-512 where they
/// are. Results are the same to the bit with each of them; only the time differs.
#include <vector>

namespace rl {

/// In rising width: what the program was compiled for (SSE2 on x86-64), 8 and 16 floats at once.
enum class InstructionSet : int { baseline, avx2, avx512 };

/// What this processor has, in rising width.
std::vector<InstructionSet> available_instruction_sets();

/// What the kernels use now.
InstructionSet instruction_set() noexcept;

/// For tests and measurements; concerns all threads. Throws std::invalid_argument for what this
/// processor does not have.
void use_instruction_set(InstructionSet wanted);

}  // namespace rl
