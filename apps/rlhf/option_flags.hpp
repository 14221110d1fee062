#pragma once
/// \file
/// Options as flags of a command that names no algorithm: --learning-rate from `learning_rate`.
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "apps/arguments.hpp"
#include "rl/options.hpp"

namespace rl::apps {

/// A flag for each, with its default.
std::vector<FlagSpec> option_flags(const std::vector<OptionInfo>& options);

/// Those that were given, as `parse` takes them.
nlohmann::json given_options(const Arguments& arguments, const std::vector<OptionInfo>& options);

template <class Options>
std::vector<FlagSpec> option_flags(const Options& defaults) {
  return option_flags(describe(defaults));
}
/// The options with what was given.
template <class Options>
Options options_from(const Arguments& arguments, const Options& defaults) {
  return parse(given_options(arguments, describe(defaults)), defaults);
}

/// Appends those of the second list that the first does not have.
void add_flags(std::vector<FlagSpec>& flags, std::vector<FlagSpec> more);

}  // namespace rl::apps
