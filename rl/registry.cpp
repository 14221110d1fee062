#include "rl/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "rl/mdp_graph.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

template <class Entry>
const Entry* find(const std::vector<Entry>& entries, std::string_view name) {
  const std::string wanted = canonical_name(name);
  for (const Entry& entry : entries)
    if (entry.name == wanted) return &entry;
  return nullptr;
}

template <class Entry>
const Entry& find_or_throw(const char* kind, const std::vector<Entry>& entries,
                           std::string_view name) {
  if (const Entry* entry = find(entries, name)) return *entry;
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  throw std::invalid_argument(unknown_name(kind, name, names));
}

/// The name of a state from which no policy reaches a terminal one.
std::optional<std::string> state_without_terminal(const Problem& problem) {
  Problem without_limit = problem;
  without_limit.episode_steps = kNoLimit;
  return without_limit.state_without_end();
}

}  // namespace

std::optional<std::string> AlgorithmEntry::refuses_kind(const Problem& problem) const {
  const bool fits = problem.finite()                             ? lives.in_states
                    : problem.continuous->has_discrete_actions() ? lives.in_points
                                                                 : lives.in_points_by_points;
  if (fits) return std::nullopt;
  if (!lives.in_points && !lives.in_points_by_points)
    return fmt::format("{} needs a list of states, and those of {} are points", name, problem.name);
  if (lives.in_points)
    return fmt::format("{} chooses from a list of actions, and those of {} are points", name,
                       problem.name);
  return fmt::format("{} acts by points, and the actions of {} are a list", name, problem.name);
}

std::optional<std::string> AlgorithmEntry::refuses(const Problem& problem) const {
  if (auto reason = refuses_kind(problem)) return reason;
  if (!facts.plans_grids && problem.grid && !problem.has_table())
    return fmt::format("{} needs a table of the model: give --model table", name);
  if (problem.criterion == Criterion::average && !facts.average)
    return fmt::format(
        "{} is an average-reward problem; {} maximises discounted return (give "
        "--gamma to discount it)",
        problem.name, name);
  if (problem.criterion == Criterion::discounted && !facts.discounted)
    return fmt::format("{} is a discounted problem; {} maximises the average reward", problem.name,
                       name);
  if (asks)
    if (const auto reason = asks(problem))
      return fmt::format("{} cannot plan {}: {}", name, problem.name, *reason);
  if (!facts.any_horizon && problem.criterion == Criterion::discounted && problem.gamma >= 1)
    if (const auto stuck = state_without_terminal(problem))
      return fmt::format(
          "gamma = 1, but from {} no policy ever reaches a terminal state: give --gamma "
          "below 1",
          *stuck);
  if (facts.bandit && problem.effective_gamma() != 0)
    return fmt::format("{} weighs the immediate reward alone: give --gamma 0", name);
  if (facts.unit_rewards)
    if (auto reason = why_not_unit_rewards(problem)) return reason;
  if (facts.afterstates && !problem.afterstates)
    return fmt::format(
        "{} learns values of afterstates, and {} has none: no action does something for certain "
        "before chance answers",
        name, problem.name);
  if (facts.needs_end)
    if (const auto stuck = problem.state_without_end())
      return fmt::format(
          "{} learns from episodes that end, but from {} none does: give "
          "--episode-steps",
          name, *stuck);
  if (facts.known_model && problem.changing)
    return fmt::format("{} asks the model, and {} changes", name, problem.name);
  if (lives.in_many && problem.changing)
    return fmt::format("{} lives in copies of a world, and {} changes with its steps", name,
                       problem.name);
  if (!problem.finite()) return std::nullopt;
  if (facts.always_ends && problem.episode_steps == kNoLimit) {
    const std::vector<std::uint8_t> endless = endless_states(problem.model);
    if (const auto s = std::find(endless.begin(), endless.end(), 1); s != endless.end())
      return fmt::format(
          "{} may follow a policy that never ends, and from state {} one can go on for ever: give "
          "--episode-steps",
          name, problem.picture.state_name(static_cast<State>(s - endless.begin())));
  }
  return std::nullopt;
}

nlohmann::ordered_json full_options(const AlgorithmEntry& algorithm, const nlohmann::json& given) {
  nlohmann::ordered_json full = nlohmann::ordered_json::object();
  std::vector<std::string> names;
  for (const OptionInfo& option : algorithm.options) {
    names.push_back(option.name);
    full[option.name] = given.contains(option.name)
                            ? nlohmann::ordered_json(given[option.name])
                            : nlohmann::ordered_json::parse(option.default_json);
  }
  for (const auto& [name, value] : given.items())
    if (!full.contains(name))
      throw std::invalid_argument(unknown_name("option of " + algorithm.name, name, names));
  return full;
}

const WorldEntry& Registry::world(std::string_view name) const {
  return find_or_throw("world", worlds_, name);
}

const AlgorithmEntry& Registry::algorithm(std::string_view name) const {
  return find_or_throw("algorithm", algorithms_, name);
}

void Registry::add(WorldEntry entry) {
  if (find(worlds_, entry.name) != nullptr)
    throw std::invalid_argument("world '" + entry.name + "' is registered twice");
  worlds_.push_back(std::move(entry));
}

void Registry::add(AlgorithmEntry entry) {
  if (find(algorithms_, entry.name) != nullptr)
    throw std::invalid_argument("algorithm '" + entry.name + "' is registered twice");
  algorithms_.push_back(std::move(entry));
}

}  // namespace rl
