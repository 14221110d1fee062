#include "apps/policy_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <vector>

#include "apps/json_rows.hpp"
#include "apps/policy_letters.hpp"
#include "apps/world.hpp"
#include "rl/json_text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

TabularPolicy policy_of_json(const json& file, const std::string& name, const Problem& problem) {
  const FiniteMdp& model = problem.model;
  if (!file.is_object() || !file.contains("policy") || !file["policy"].is_array())
    throw std::invalid_argument(
        name + ": expected {\"policy\": [[probability of each action] for each state]}");
  const json& rows = file["policy"];
  const auto num_states = static_cast<std::size_t>(model.num_states());
  const auto num_actions = static_cast<std::size_t>(model.num_actions());
  if (rows.size() != num_states)
    throw std::invalid_argument(fmt::format("{}: a policy for {} states, but {} has {}", name,
                                            rows.size(), problem.name, num_states));
  TabularPolicy policy(model.num_states(), model.num_actions());
  for (State s = 0; s < model.num_states(); ++s) {
    const json& row = rows[static_cast<std::size_t>(s)];
    const bool fits =
        row.is_array() && row.size() == num_actions &&
        std::all_of(row.begin(), row.end(), [](const json& p) { return p.is_number(); });
    if (!fits)
      throw std::invalid_argument(fmt::format(
          "{}: row {} of the policy is not a list of {} numbers", name, s, num_actions));
    for (std::size_t a = 0; a < num_actions; ++a) policy.row(s)[a] = row[a].get<double>();
  }
  return policy;
}

}  // namespace

TabularPolicy parse_policy(const std::string& text, const Problem& problem,
                           std::uint64_t file_limit) {
  if (text == "uniform") return uniform_policy(problem.model);
  std::error_code no_file;
  const bool exists = std::filesystem::exists(text, no_file) && !no_file;
  const bool named = text.size() > 5 && text.rfind(".json") == text.size() - 5;
  if (!exists && !named) return policy_by_letters(text, problem);
  TabularPolicy policy =
      policy_of_json(parse_json(read_file(text, file_limit), text), text, problem);
  try {
    check_policy(problem.model, policy);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", text, e.what()));
  }
  return policy;
}

void write_policy(std::ostream& out, const Problem& problem, const TabularPolicy& policy) {
  out << fmt::format("{{\"environment\":{},\"states\":{},\"actions\":{},\"policy\":",
                     json(problem.name).dump(), policy.num_states(), policy.num_actions());
  write_rows(out, policy.num_states(), [&](State s) { return policy.row(s); });
  out << "}\n";
}

json probabilities_json(const TabularPolicy& policy) {
  json numbers = json::array();
  for (State s = 0; s < policy.num_states(); ++s)
    for (const double p : policy.row(s)) numbers.push_back(p);
  return numbers;
}

json options_with_policy(const Arguments& arguments, const Problem& problem,
                         const AlgorithmEntry& algorithm, std::optional<TabularPolicy>& evaluated) {
  json options = arguments.options_of(algorithm);
  for (const char* name : kPolicyOptions) {
    if (find_option(algorithm, name) == nullptr) continue;
    const std::string text = arguments.option_text(name).value_or("uniform");
    TabularPolicy policy = parse_policy(text, problem, world_settings(arguments).file_limit);
    options[name] = probabilities_json(policy);
    if (name == std::string_view("policy")) evaluated = std::move(policy);
  }
  return options;
}

}  // namespace rl::apps
