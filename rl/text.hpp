#pragma once
/// \file
/// Texts of errors: the nearest name to a mistyped one, and lists of choices.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rl {

/// `-` and `_` are the same when a name is read: mfrl-5x5 is mfrl_5x5.
std::string canonical_name(std::string_view name);

/// Smallest number of insertions, deletions, replacements and swaps of neighbours.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The choice nearest to `name`; empty where none is near.
std::string nearest_name(std::string_view name, std::span<const std::string> choices);

/// "unknown option 'alhpa'; did you mean 'alpha'? (choices: alpha, epsilon)"
std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> choices);

/// The text itself, or its first 60 bytes and "..." (errors quote what stood in a file).
std::string clipped(std::string_view text);

/// "item 3", "items 0, 2", "items 0, 1, 2, 3, 4, ... (12 in all)"
std::string numbered(std::string_view noun, std::span<const std::ptrdiff_t> which);

/// "a, b, c"
std::string join(std::span<const std::string> words, std::string_view separator = ", ");

}  // namespace rl
