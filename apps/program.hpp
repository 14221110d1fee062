#pragma once
/// \file
/// The program rlbook as a function. A program of one's own calls `program_main` with a registry to
/// which it has added worlds and learners, and has every subcommand for them.
#include <string>
#include <vector>

#include "apps/console.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

/// Everything that the library offers.
Registry default_registry();

/// Runs "rlbook WORDS..." and returns its exit code: 0, 1 a check did not hold, 2 bad input, 3 a
/// run failed, 130 Ctrl-C. Exceptions become one line on `console.err`.
int run_program(const Registry& registry, const std::vector<std::string>& words, Console& console);

/// The same on the process's own streams, with Ctrl-C caught: the first one ends the work in an
/// orderly way, the second one at once.
int program_main(int argc, const char* const* argv, const Registry& registry);

}  // namespace rl::apps
