#pragma once
/// \file
/// Whole files as text: read with a limit, written so that a reader never meets half a file.
#include <cstdint>
#include <string>
#include <string_view>

namespace rl {

inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{64} << 20;

/// The bytes of a file. Throws std::invalid_argument, with the path and the system's reason, for
/// one that cannot be read, and for one larger than `max_bytes` before it is read.
std::string read_file(const std::string& path, std::uint64_t max_bytes = kMaxFileBytes);

/// Writes under a temporary name in the same folder and renames, so that `path` holds either its
/// old content or all of `text`. Devices and pipes are written directly.
/// Throws std::invalid_argument where the file cannot be made, std::runtime_error where writing
/// failed (a full disk); both name the path and the system's reason.
void write_file(const std::string& path, std::string_view text);

/// Throws std::invalid_argument for text that no parser can read: empty or binary.
void check_text(std::string_view text, const std::string& file_name);

}  // namespace rl
