#pragma once
/// \file
/// Options as flags of a command that names no algorithm: --learning-rate from `learning_rate`.
#include <initializer_list>
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

/// Throws std::invalid_argument, naming it, where one of these flags was given: "--NAME has no
/// effect ON WHAT". An option that would do nothing is an error, not a silence.
void refuse_given(const Arguments& arguments, std::initializer_list<const char*> names,
                  const std::string& on_what);
void refuse_options(const Arguments& arguments, const std::vector<OptionInfo>& options,
                    const std::string& on_what);

/// Appends those of the second list that the first does not have.
void add_flags(std::vector<FlagSpec>& flags, std::vector<FlagSpec> more);

}  // namespace rl::apps
