#include "rl/features/specification.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

constexpr std::string_view kFeatureForms =
    "features are JSON, {\"fourier\": {\"order\": 3}} or a list of such, or short, "
    "fourier:order=3, joined by '+'";

[[noreturn]] void not_features(const std::string& what) {
  throw std::invalid_argument(fmt::format("features: {} ({})", what, kFeatureForms));
}

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\n\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1);
}

/// The pieces between separators that stand in no bracket and no quotation. `separates(rest)` is
/// asked at each character.
template <class Separates>
std::vector<std::string_view> split_outside(std::string_view text, Separates separates) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    depth += c == '[' || c == '{' ? 1 : 0;
    depth -= c == ']' || c == '}' ? 1 : 0;
    if (depth != 0 || !separates(text.substr(i))) continue;
    pieces.push_back(without_blanks(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  pieces.push_back(without_blanks(text.substr(begin)));
  return pieces;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  return split_outside(text, [](std::string_view rest) { return rest[0] == ','; });
}

/// A '+' before a digit belongs to a number: 1e+3.
std::vector<std::string_view> split_at_plus(std::string_view text) {
  return split_outside(text, [](std::string_view rest) {
    return rest[0] == '+' && (rest.size() < 2 || rest[1] < '0' || rest[1] > '9');
  });
}

/// JSON, where text in lists and alone needs no quotation marks.
json short_value(std::string_view text) {
  if (json value = json::parse(text, nullptr, false); !value.is_discarded()) return value;
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::string(text);
  auto list = json::array();
  for (const std::string_view element : split_at_commas(text.substr(1, text.size() - 2)))
    list.push_back(short_value(element));
  return list;
}

/// fourier:order=3,scale_steps
FeatureSpecification short_part(std::string_view text) {
  const std::size_t colon = text.find(':');
  FeatureSpecification part{canonical_name(without_blanks(text.substr(0, colon))), json::object()};
  if (part.kind.empty()) not_features(fmt::format("'{}' names no kind", clipped(text)));
  if (colon == std::string_view::npos) return part;
  for (const std::string_view option : split_at_commas(text.substr(colon + 1))) {
    const std::size_t equals = option.find('=');
    const std::string name = canonical_name(without_blanks(option.substr(0, equals)));
    if (name.empty()) not_features(fmt::format("'{}' has an option without a name", clipped(text)));
    if (part.options.contains(name))
      throw std::invalid_argument(
          fmt::format("features: '{}': option '{}' stands twice", part.kind, clipped(name)));
    part.options[name] = equals == std::string_view::npos
                             ? json(true)
                             : short_value(without_blanks(option.substr(equals + 1)));
  }
  return part;
}

void append_short(std::string_view text, std::vector<FeatureSpecification>& parts) {
  for (const std::string_view part : split_at_plus(text)) parts.push_back(short_part(part));
}

/// {"fourier": {"order": 3}}, or the short form as a JSON string
void append_json(const json& part, std::vector<FeatureSpecification>& parts) {
  if (part.is_string()) return append_short(part.get<std::string>(), parts);
  if (!part.is_object() || part.size() != 1)
    not_features(fmt::format("{} is not one kind with its options", clipped(part.dump())));
  const auto it = part.begin();
  json options = it.value().is_null() ? json::object() : it.value();
  if (!options.is_object())
    throw std::invalid_argument(fmt::format("features: '{}': options must be a JSON object, not {}",
                                            clipped(it.key()), clipped(options.dump())));
  parts.push_back({canonical_name(it.key()), std::move(options)});
}

}  // namespace

std::vector<FeatureSpecification> read_features(std::string_view text) {
  text = without_blanks(text);
  if (text.empty()) not_features("the text is empty");
  std::vector<FeatureSpecification> parts;
  if (text[0] != '{' && text[0] != '[' && text[0] != '"' && text[0] != '/') {
    append_short(text, parts);
    return parts;
  }
  const json j = parse_json(text, "features");
  if (!j.is_array()) {
    append_json(j, parts);
    return parts;
  }
  if (j.empty()) not_features("the list is empty");
  for (const json& part : j) append_json(part, parts);
  return parts;
}

}  // namespace rl
