#include "apps/rlhf/chosen_losses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/option_flags.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

bool has_option(const std::vector<OptionInfo>& options, const std::string& name) {
  return std::any_of(options.begin(), options.end(),
                     [&](const OptionInfo& option) { return option.name == name; });
}

/// Each name once; defaults of the first that has it.
std::vector<OptionInfo> options_of_losses(const std::vector<std::string>& names) {
  std::vector<OptionInfo> options;
  for (const std::string& name : names)
    for (const OptionInfo& option : pair_loss_type(name).options)
      if (!has_option(options, option.name)) options.push_back(option);
  return options;
}

/// Given or not.
json all_options(const PairLossType& type, json options) {
  for (const OptionInfo& option : type.options)
    if (!options.contains(option.name)) options[option.name] = json::parse(option.default_json);
  return options;
}

double scale_of(const json& options) {
  for (const char* name : {"beta", "alpha"})
    if (options.contains(name)) return options[name].get<double>();
  return 1;
}

std::vector<double> loss_weights(const Arguments& arguments, std::size_t losses) {
  std::vector<double> weights(losses, 1);
  if (!arguments.declares("loss_weights") || !arguments.given("loss_weights")) return weights;
  const std::vector<std::string> texts = arguments.texts("loss_weights");
  if (texts.size() != losses)
    throw std::invalid_argument(
        fmt::format("--loss-weights: {} weights for {} losses", texts.size(), losses));
  for (std::size_t i = 0; i < losses; ++i) {
    const std::optional<double> weight = parse_number(texts[i]);
    if (!weight)
      throw std::invalid_argument(
          fmt::format("--loss-weights: expected a number, not '{}'", texts[i]));
    weights[i] = *weight;
  }
  return weights;
}

}  // namespace

std::vector<std::string> all_pair_losses() {
  std::vector<std::string> names;
  for (const PairLossType& type : pair_loss_types()) names.push_back(type.name);
  return names;
}

std::vector<FlagSpec> loss_flags(const std::vector<std::string>& names) {
  std::vector<FlagSpec> flags = option_flags(options_of_losses(names));
  for (FlagSpec& flag : flags) {
    std::string of;
    for (const std::string& name : names)
      if (has_option(pair_loss_type(name).options, flag.name))
        of += (of.empty() ? "" : ", ") + name;
    if (names.size() > 2) flag.doc += "; of " + of;
    flag.fallback.clear();
  }
  return flags;
}

ChosenLosses::ChosenLosses(std::vector<std::string> names, const Arguments& arguments)
    : names_(std::move(names)) {
  const std::vector<double> weights = loss_weights(arguments, names_.size());
  check_options(arguments);
  std::vector<std::pair<double, PairLossFunction>> losses;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const PairLossType& type = pair_loss_type(names_[i]);
    const json given = given_options(arguments, type.options);
    losses.emplace_back(weights[i], type.make(given));
    const json options = all_options(type, given);
    identity_.push_back({{"loss", type.name}, {"weight", weights[i]}, {"options", options}});
    needs_reference_ = needs_reference_ || type.needs_reference;
    sums_ipo_ = sums_ipo_ || (type.name == "ipo" && options["ipo_reduction"] == "sum");
    if (i == 0) scale_ = scale_of(options);
  }
  loss_ = losses.size() == 1 && losses[0].first == 1 ? losses[0].second
                                                     : weighted_pair_loss(std::move(losses));
}

bool ChosenLosses::has(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void ChosenLosses::check_options(const Arguments& arguments) const {
  const std::vector<OptionInfo> effective = options_of_losses(names_);
  for (const OptionInfo& option : options_of_losses(all_pair_losses())) {
    if (has_option(effective, option.name) || !arguments.declares(option.name) ||
        !arguments.given(option.name))
      continue;
    std::vector<std::string> known;
    for (const OptionInfo& o : effective) known.push_back(o.name);
    throw std::invalid_argument(
        fmt::format("option '{}' has no effect with the loss {} (it has: {})", option.name,
                    join(names_), known.empty() ? "no options" : join(known)));
  }
}

}  // namespace rl::apps
