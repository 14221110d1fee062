#include "apps/search_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "apps/policy_text.hpp"
#include "apps/world.hpp"
#include "rl/random.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

/// NAME=VALUE of --grid and --range.
struct NamedText {
  std::string name, text;
};

std::vector<NamedText> named_texts(const Arguments& arguments, const std::string& flag) {
  std::vector<NamedText> all;
  if (!arguments.declares(flag)) return all;
  for (const std::string& word : arguments.texts(flag)) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == word.size())
      throw std::invalid_argument(fmt::format("--{}: expected NAME=VALUES, not '{}'", flag, word));
    all.push_back({canonical_name(word.substr(0, equals)), word.substr(equals + 1)});
  }
  return all;
}

void check_known(const Arguments& arguments, const std::string& flag, const std::string& name) {
  std::vector<std::string> names;
  for (const AlgorithmEntry* algorithm : arguments.algorithms())
    for (const OptionInfo& option : algorithm->options) {
      if (option.name == name) return;
      if (std::find(names.begin(), names.end(), option.name) == names.end())
        names.push_back(option.name);
    }
  throw std::invalid_argument(fmt::format("--{}: {}", flag, unknown_name("option", name, names)));
}

// ---- lists of values ----------------------------------------------------------------------------

/// The values of an option that was given as several; one where it was given as one.
std::vector<json> values_of(const OptionInfo& option, const json& value) {
  if (option.type == "list" || option.type == "text") return {value};
  if (value.is_array()) return value.get<std::vector<json>>();
  if (!value.is_string() || value.get<std::string>().find_first_of("[{") == 0) return {value};
  std::vector<json> values;
  for (const std::string& part : split_list(value.get<std::string>()))
    values.push_back(option_value(option, part));
  return values;
}

/// Every combination of the values of the options, the last option varying fastest.
std::vector<json> combinations(const AlgorithmEntry& algorithm, const json& options) {
  std::vector<json> all = {json::object()};
  for (const OptionInfo& option : algorithm.options) {
    if (!options.contains(option.name)) continue;
    std::vector<json> next;
    for (const json& some : all)
      for (const json& value : values_of(option, options[option.name])) {
        next.push_back(some);
        next.back()[option.name] = value;
      }
    all = std::move(next);
  }
  return all;
}

json with_grid(const Arguments& arguments, std::size_t operand) {
  const AlgorithmEntry& algorithm = *arguments.algorithms()[operand];
  json options = arguments.options_of(operand);
  for (const NamedText& entry : named_texts(arguments, "grid")) {
    check_known(arguments, "grid", entry.name);
    const OptionInfo* option = find_option(algorithm, entry.name);
    if (option == nullptr) continue;
    json values = json::array();
    for (const std::string& part : split_list(entry.text))
      values.push_back(option_value(*option, part));
    options[option->name] = std::move(values);
  }
  return options;
}

// ---- policies -----------------------------------------------------------------------------------

/// "uniform", a file or letters, which were read as a list; empty: probabilities.
std::string policy_text_of(const json& list) {
  std::vector<std::string> parts;
  for (const json& part : list)
    if (part.is_string()) parts.push_back(part.get<std::string>());
  return parts.size() == list.size() ? join(parts, ",") : std::string();
}

/// The options with the policies among them as probabilities: those of the only world.
json with_policies(const Registry& registry, const Arguments& arguments, json options) {
  for (const char* name : kPolicyOptions) {
    const std::string text = policy_text_of(options.value(name, json::array()));
    if (text.empty()) continue;
    const std::vector<std::string> worlds = arguments.texts("env");
    if (worlds.size() > 1)
      throw std::invalid_argument(
          fmt::format("--{}: a policy is one world's, but --env names {}", name, worlds.size()));
    const WorldSettings settings = world_settings(arguments);
    const Problem problem = make_problem(registry, arguments.needed("env"), settings);
    options[name] = probabilities_json(parse_policy(text, problem, settings.file_limit));
  }
  return options;
}

// ---- ranges to draw from ------------------------------------------------------------------------

struct DrawnOption {
  const OptionInfo* option;
  double low, high;

  json draw(Rng& rng) const {
    const bool logarithmic = low > 0 && high / low >= 10;
    const double u = rng.uniform();
    const double x = logarithmic ? low * std::pow(high / low, u) : low + (high - low) * u;
    if (option->type == "integer") return std::llround(x);
    // Four digits: what is read off a table can be typed again.
    return std::strtod(fmt::format("{:.4g}", x).c_str(), nullptr);
  }
};

DrawnOption drawn_option(const OptionInfo& option, const std::string& text) {
  const std::size_t dots = text.find("..");
  const auto low = parse_number(text.substr(0, dots));
  const auto high = dots == std::string::npos ? std::nullopt : parse_number(text.substr(dots + 2));
  if (!low || !high || *low >= *high)
    throw std::invalid_argument(fmt::format(
        "--range {}: expected LOW..HIGH with LOW below HIGH, not '{}'", option.name, text));
  return {&option, *low, *high};
}

/// Each of the combinations with values drawn for the options that have a range.
std::vector<json> with_draws(const Arguments& arguments, const AlgorithmEntry& algorithm,
                             const std::vector<json>& some) {
  std::vector<DrawnOption> drawn;
  for (const NamedText& entry : named_texts(arguments, "range")) {
    check_known(arguments, "range", entry.name);
    if (const OptionInfo* option = find_option(algorithm, entry.name))
      drawn.push_back(drawn_option(*option, entry.text));
  }
  if (drawn.empty()) return some;
  Rng rng = Rng(0).split("sweep").split(algorithm.name);
  std::vector<json> all;
  for (const json& options : some)
    for (std::int64_t i = 0; i < *arguments.integer("draws", 1, 100'000); ++i) {
      all.push_back(options);
      for (const DrawnOption& one : drawn) all.back()[one.option->name] = one.draw(rng);
    }
  return all;
}

}  // namespace

std::vector<Contender> contenders_of(const Registry& registry, const Arguments& arguments) {
  std::vector<Contender> contenders;
  for (std::size_t i = 0; i < arguments.algorithms().size(); ++i) {
    const AlgorithmEntry& algorithm = *arguments.algorithms()[i];
    const json options = with_policies(registry, arguments, with_grid(arguments, i));
    const std::vector<json> listed = combinations(algorithm, options);
    for (const json& chosen : with_draws(arguments, algorithm, listed))
      contenders.push_back({.algorithm = &algorithm, .options = chosen.dump()});
  }
  name_variants(contenders);
  return contenders;
}

}  // namespace rl::apps
