#pragma once
/// \file
/// A subcommand: what it accepts, and the function that does it.
#include <functional>

#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "rl/registry.hpp"

namespace rl::apps {

/// What the program answers to the shell.
enum ExitCode : int {
  kOk = 0,
  kCheckFailed = 1,   ///< a check did not hold
  kBadInput = 2,      ///< a wrong name, option, range or file: std::invalid_argument
  kRunFailed = 3,     ///< any other exception
  kInterrupted = 130  ///< Ctrl-C
};

struct Command {
  Syntax syntax;
  /// Writes its results to the console and returns an ExitCode; may throw. Whatever it returns, the
  /// program answers kInterrupted where Ctrl-C was pressed meanwhile.
  std::function<int(const Registry&, const Arguments&, Console&)> run;
};

}  // namespace rl::apps
