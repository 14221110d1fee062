#pragma once
/// \file
/// What a reader must know beside a number: a figure that needs another rule than its book's text,
/// a printed number that is cut or wrong, public code that solves another problem.
#include <span>
#include <string>
#include <string_view>

namespace rl::reproduce {

struct Erratum {
  std::string_view ids;  ///< an id, with '?' for any letter and '*' for any text
  std::string_view note;
};

std::span<const Erratum> errata();

/// The notes for a case, joined; empty where there is none.
std::string note_for(std::string_view id);

/// Whether `id` is what the pattern says: '?' stands for any letter, '*' for any text.
bool fits(std::string_view pattern, std::string_view id);

}  // namespace rl::reproduce
