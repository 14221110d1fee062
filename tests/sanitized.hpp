#pragma once
/// \file
/// Whether a sanitizer watches. It finds what it finds in short runs too, and takes ten times as
/// long; the full lengths are those of Release.

namespace tests {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // gcc, as the presets asan, tsan
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace tests
