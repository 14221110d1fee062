#pragma once
/// \file
/// Names of figures, tables and examples: "mfrl-fig-3.4" and "sb-ex-6.6" for the cases whose ids
/// begin with mfrl.ch3.fig3.4 and sb.ex6.6.
#include <string>
#include <string_view>
#include <vector>

#include "apps/reproduce/case.hpp"

namespace rl::reproduce {

/// What an id says of its place: {"mfrl", 3, {"mfrl-fig-3.4"}}.
struct Place {
  std::string book;                  ///< "mfrl", "sb" or "gym"
  int chapter = 0;                   ///< 0: none
  std::vector<std::string> figures;  ///< their names; "mfrl.stat.fig8.7_8.8_..." has two
};
Place place_of(std::string_view id);

/// The cases that a name selects: "all", an id, a figure ("sb-ex-6.6", "mfrl-fig-3.4a"), a chapter
/// ("mfrl-ch-4") or the beginning of ids. `-` and `_` are the same. Throws std::invalid_argument
/// for a figure without its book, with the names that are meant, and for an unknown name, with the
/// nearest one.
std::vector<const Case*> select(std::string_view name, const std::vector<const Case*>& cases);

/// A figure's or chapter's name as these lists write it: "sb-fig-6.5" for "sb_figure_6.5". What is
/// no such name comes back as it is; one without its book too.
std::string full_figure_name(std::string_view typed);

/// The names of all figures and chapters of the cases, each once, in the cases' order.
std::vector<std::string> figure_names(const std::vector<const Case*>& cases);

}  // namespace rl::reproduce
