#pragma once
/// \file
/// Which spec answers which case. One file a chapter holds its part.
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace rl::reproduce {

/// {id: spec}, by id.
const nlohmann::json& spec_table();

/// A spec of runs: a quantity over the steps or episodes first .. last of a learner in a world.
nlohmann::json runs_of(const char* world, const char* algorithm, const nlohmann::json& options,
                       int runs, const char* quantity, int first, int last);

// The chapters' parts, {id: spec} as JSON text or made by loops.
nlohmann::json mfrl_chapter_1();
nlohmann::json mfrl_chapter_2();
nlohmann::json mfrl_chapter_3();
nlohmann::json mfrl_chapter_4();
nlohmann::json mfrl_chapter_5();
nlohmann::json mfrl_chapter_6();
nlohmann::json mfrl_chapter_7();
nlohmann::json mfrl_chapter_8();
nlohmann::json mfrl_chapter_9();
nlohmann::json mfrl_chapter_10();
nlohmann::json sutton_barto_2();
nlohmann::json sutton_barto_3();
nlohmann::json sutton_barto_4();
nlohmann::json sutton_barto_5();
nlohmann::json sutton_barto_6();
nlohmann::json sutton_barto_7();
nlohmann::json sutton_barto_8();
nlohmann::json sutton_barto_9();
nlohmann::json sutton_barto_10();
nlohmann::json sutton_barto_11();
nlohmann::json sutton_barto_12();
nlohmann::json sutton_barto_13();
nlohmann::json gymnasium();

}  // namespace rl::reproduce
