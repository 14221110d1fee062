#include "apps/rlhf/option_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace rl::apps {

namespace {

std::string placeholder(const OptionInfo& option) {
  if (option.type == "flag") return "";
  if (option.type == "choice") {
    std::string text;
    for (const std::string& choice : option.choices) text += (text.empty() ? "" : "|") + choice;
    return text;
  }
  return option.type == "text" ? "TEXT" : option.type == "integer" ? "N" : "X";
}

void refuse_flag(const Arguments& arguments, std::string name, const std::string& on_what) {
  if (!arguments.given(name)) return;
  std::replace(name.begin(), name.end(), '_', '-');
  throw std::invalid_argument(fmt::format("--{} has no effect {}", name, on_what));
}

}  // namespace

std::vector<FlagSpec> option_flags(const std::vector<OptionInfo>& options) {
  std::vector<FlagSpec> flags;
  for (const OptionInfo& option : options)
    flags.push_back({option.name, placeholder(option), option.doc,
                     option.type == "flag" ? std::string() : shown_default(option)});
  return flags;
}

nlohmann::json given_options(const Arguments& arguments, const std::vector<OptionInfo>& options) {
  nlohmann::json given = nlohmann::json::object();
  for (const OptionInfo& option : options) {
    if (!arguments.given(option.name)) continue;
    given[option.name] = option.type == "flag" ? nlohmann::json(arguments.is_on(option.name))
                                               : option_value(option, *arguments.text(option.name));
  }
  return given;
}

void refuse_given(const Arguments& arguments, std::initializer_list<const char*> names,
                  const std::string& on_what) {
  for (const char* name : names) refuse_flag(arguments, name, on_what);
}

void refuse_options(const Arguments& arguments, const std::vector<OptionInfo>& options,
                    const std::string& on_what) {
  for (const OptionInfo& option : options) refuse_flag(arguments, option.name, on_what);
}

void add_flags(std::vector<FlagSpec>& flags, std::vector<FlagSpec> more) {
  for (FlagSpec& flag : more)
    if (std::none_of(flags.begin(), flags.end(),
                     [&](const FlagSpec& known) { return known.name == flag.name; }))
      flags.push_back(std::move(flag));
}

}  // namespace rl::apps
