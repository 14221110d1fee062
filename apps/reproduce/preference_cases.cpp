#include "apps/reproduce/preference_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "apps/reproduce/preference_kinds.hpp"
#include "apps/reproduce/reading.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// In alphabetical order.
const std::vector<PreferenceKind>& all_preference_kinds() {
  static const std::vector<PreferenceKind> all = [] {
    std::vector<PreferenceKind> kinds;
    for (const auto list : {estimator_kinds, evaluation_kinds, identity_kinds, kl_kinds,
                            kl_world_kinds, pair_loss_kinds, reward_model_kinds})
      for (const PreferenceKind& kind : list()) kinds.push_back(kind);
    std::sort(kinds.begin(), kinds.end(),
              [](const PreferenceKind& a, const PreferenceKind& b) { return a.name < b.name; });
    return kinds;
  }();
  return all;
}

const PreferenceKind* preference_kind(std::string_view name) {
  const auto& kinds = all_preference_kinds();
  const auto found = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const PreferenceKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

/// Throws, with the nearest name, for an input that is not among `names`, words with blanks
/// between.
void check_inputs(const json& inputs, const std::string& names) {
  if (!inputs.is_object())
    throw std::invalid_argument("inputs: expected an object, not " + shown(inputs));
  std::vector<std::string> known;
  std::istringstream words(names);
  for (std::string word; words >> word;) known.push_back(word);
  for (const auto& item : inputs.items())
    if (item.key() != "note" && std::find(known.begin(), known.end(), item.key()) == known.end())
      throw std::invalid_argument(unknown_name("key of inputs", item.key(), known));
}

json compute_kind(const std::string& name, const json& inputs) {
  const PreferenceKind* kind = preference_kind(name);
  if (kind == nullptr) throw std::invalid_argument(unknown_name("kind", name, preference_kinds()));
  check_inputs(inputs, kind->inputs);
  return kind->compute(inputs);
}

/// The keys that a case asks for.
json only_asked(const json& computed, const Case& c) {
  const json& asked = c.expected.is_object()               ? c.expected
                      : c.whole.contains("expected_shape") ? c.whole["expected_shape"]
                                                           : computed;
  json result = json::object();
  for (const auto& item : asked.items())
    if (const auto found = computed.find(item.key()); found != computed.end())
      result[item.key()] = *found;
  return result;
}

}  // namespace

std::vector<std::string> preference_kinds() {
  std::vector<std::string> names;
  for (const PreferenceKind& kind : all_preference_kinds()) names.push_back(kind.name);
  return names;
}

bool is_preference_kind(std::string_view kind) { return preference_kind(kind) != nullptr; }

json compute_preference(const Case& c) {
  try {
    return only_asked(compute_kind(c.kind, needed(c.whole, "inputs")), c);
  } catch (const std::out_of_range&) {
    throw std::invalid_argument(fmt::format("{}: a list is too short", clipped(c.kind)));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", clipped(c.kind), e.what()));
  }
}

}  // namespace rl::reproduce
