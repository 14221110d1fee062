#pragma once
/// \file
/// Memory of hundreds of megabytes in large pages where the system has them: with pages of 4 KiB
/// planning a grid of 10^7 cells took 1.2 times as long.
#include <cstddef>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace rl {

/// Asks for it, before the memory is touched. Where there are none, nothing changes.
inline void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef __linux__
  constexpr std::uintptr_t kLargePage = std::uintptr_t{1} << 21;
  const std::size_t skipped =
      (kLargePage - reinterpret_cast<std::uintptr_t>(memory) % kLargePage) % kLargePage;
  if (bytes < skipped + kLargePage) return;
  madvise(static_cast<std::byte*>(memory) + skipped, (bytes - skipped) / kLargePage * kLargePage,
          MADV_HUGEPAGE);
#endif
}

}  // namespace rl
