// rlbook info: what a world or an algorithm is, with all its options.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/picture.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr State kLargestShown = 500;  // states of a world whose picture is shown

bool bounded(const Range& range) { return std::isfinite(range.low) || std::isfinite(range.high); }

std::string range_text(const OptionInfo& option) {
  if (!option.choices.empty()) return join(option.choices, " | ");
  if (option.type == "flag") return "true | false";
  const Range& r = option.range;
  const bool low = r.low > -1e300;
  const bool high = r.high < 1e300;
  if (low && high) return fmt::format("in [{}, {}]", r.low, r.high);
  if (low) return fmt::format("at least {}", r.low);
  return high ? fmt::format("at most {}", r.high) : "";
}

ordered_json options_json(const std::vector<OptionInfo>& options) {
  ordered_json list = ordered_json::array();
  for (const OptionInfo& option : options) {
    ordered_json o = {{"name", option.name},
                      {"type", option.type},
                      {"default", ordered_json::parse(option.default_json)},
                      {"doc", option.doc}};
    if (!option.choices.empty()) o["choices"] = option.choices;
    const auto limit = [](double x) { return std::isinf(x) ? ordered_json() : ordered_json(x); };
    if (bounded(option.range)) o["range"] = {limit(option.range.low), limit(option.range.high)};
    list.push_back(std::move(o));
  }
  return list;
}

void write_paragraph(Console& console, std::string_view text, int indent = 0) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  for (const std::string& line : wrap(text, console.columns - indent))
    console.out << margin << line << '\n';
}

void write_heading(Console& console, std::string_view name, std::string_view title) {
  console.out << console.style(name, "1") << '\n';
  write_paragraph(console, title);
}

void write_options(Console& console, const std::vector<OptionInfo>& options) {
  console.out << '\n' << console.style("options", "1") << '\n';
  if (options.empty()) {
    console.out << "  none\n";
    return;
  }
  std::vector<std::pair<std::string, std::string>> items;
  for (const OptionInfo& option : options) {
    const std::string range = range_text(option);
    items.emplace_back(option.name,
                       fmt::format("{}\n{}, default {}{}", option.doc, option.type,
                                   shown_default(option), range.empty() ? "" : ", " + range));
  }
  console.out << definition_list(items, console.columns);
}

std::string count(std::int64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

using FactLines = std::vector<std::pair<std::string, std::string>>;

std::string bounds_text(const Coordinate& c) {
  if (!std::isfinite(c.low) || !std::isfinite(c.high)) return c.name;
  return fmt::format("{} in [{:.4g}, {:.4g}]", c.name, c.low, c.high);
}

std::string space_text(const Space& space) {
  std::vector<std::string> coordinates;
  for (const Coordinate& c : space) coordinates.push_back(bounds_text(c));
  return join(coordinates);
}

/// States and actions of a continuous world.
FactLines point_facts(const Problem& problem) {
  const ContinuousWorld& world = *problem.continuous;
  std::vector<std::string> actions;
  for (Action a = 0; a < world.num_actions(); ++a)
    actions.push_back(problem.picture.action_name(a));
  FactLines facts = {{"states", "points: " + space_text(world.observation)},
                     {"actions", world.has_discrete_actions()
                                     ? fmt::format("{}: {}", world.num_actions(), join(actions))
                                     : "points: " + space_text(world.action)}};
  facts.emplace_back("J", world.return_gamma < 1
                              ? fmt::format("discounted by {}", world.return_gamma)
                              : std::string("the sum of an episode's rewards"));
  if (const auto best = world.known_best_return())
    facts.emplace_back("best J", fmt::format("{:.6g}", *best));
  return facts;
}

/// States, actions and start of a finite world.
FactLines state_facts(const Problem& problem) {
  const FiniteMdp& model = problem.model;
  State terminal = 0;
  for (State s = 0; s < model.num_states(); ++s) terminal += model.terminal(s) ? 1 : 0;
  std::vector<std::string> actions;
  for (Action a = 0; a < std::min(model.num_actions(), 12); ++a)
    actions.push_back(problem.picture.action_name(a));
  if (model.num_actions() > 12) actions.emplace_back("...");
  std::int64_t starts = 0;
  State start = 0;
  model.for_each_start([&](State s, double p) {
    if (p <= 0) return;
    ++starts;
    start = s;
  });
  return {{"states", terminal == 0
                         ? fmt::format("{}, none terminal", model.num_states())
                         : fmt::format("{}, {} of them terminal", model.num_states(), terminal)},
          {"actions", fmt::format("{}: {}", model.num_actions(), join(actions))},
          {"start",
           starts == 1 ? problem.picture.state_name(start) : count(starts, "state", "states")}};
}

/// What can be said of the world with its default options.
FactLines world_facts(const Problem& problem) {
  FactLines facts = problem.finite() ? state_facts(problem) : point_facts(problem);
  facts.emplace_back("return", problem.criterion == Criterion::average
                                   ? std::string("average reward a step")
                                   : fmt::format("discounted, gamma = {}", problem.gamma));
  if (problem.episode_steps != kNoLimit)
    facts.emplace_back("episodes", fmt::format("truncated after {}",
                                               count(problem.episode_steps, "step", "steps")));
  if (problem.changing)
    facts.emplace_back(
        "changes",
        count(static_cast<std::int64_t>(problem.changing->at_step().size()), "time", "times"));
  if (problem.afterstates)
    facts.emplace_back("afterstates", std::to_string(problem.afterstates->count));
  if (!problem.note.empty()) facts.emplace_back("note", problem.note);
  return facts;
}

ordered_json coordinates_json(const Space& space) {
  ordered_json list = ordered_json::array();
  for (const Coordinate& c : space)
    list.push_back(
        {{"name", c.name}, {"low", number_or_null(c.low)}, {"high", number_or_null(c.high)}});
  return list;
}

int world_info(const WorldEntry& world, const Arguments& arguments, Console& console) {
  const Problem problem = world.make(nlohmann::json::object(), WorldContext{});
  if (arguments.is_on("json")) {
    ordered_json j = {
        {"name", world.name},
        {"kind", "environment"},
        {"title", world.title},
        {"source", world.source},
        {"states", problem.finite() ? ordered_json(problem.model.num_states()) : ordered_json()},
        {"actions",
         problem.num_actions() > 0 ? ordered_json(problem.num_actions()) : ordered_json()},
        {"criterion", problem.criterion == Criterion::average ? "average" : "discounted"},
        {"gamma", problem.gamma},
        {"episode_steps",
         problem.episode_steps == kNoLimit ? ordered_json() : ordered_json(problem.episode_steps)},
        {"note", problem.note},
        {"options", options_json(world.options)}};
    if (problem.continuous) {
      j["observation"] = coordinates_json(problem.continuous->observation);
      j["action"] = coordinates_json(problem.continuous->action);
    }
    console.out << j.dump(2) << '\n';
    return kOk;
  }
  write_heading(console, world.name, world.title);
  FactLines facts = world_facts(problem);
  facts.emplace_back("source", world.source);
  console.out << definition_list(facts, console.columns);
  if (!problem.picture.panels.empty() && problem.model.num_states() <= kLargestShown)
    console.out << '\n' << draw_terminal(problem.picture, {}, terminal_style(console));
  write_options(console, world.options);
  if (!world.options.empty())
    write_paragraph(console, fmt::format("\ngiven as --env {}:OPTION=VALUE,...", world.name));
  return kOk;
}

int algorithm_info(const AlgorithmEntry& algorithm, const Arguments& arguments, Console& console) {
  const bool planner = algorithm.kind == Kind::planner;
  if (arguments.is_on("json")) {
    ordered_json j = {{"name", algorithm.name},
                      {"kind", planner ? "planner" : "learner"},
                      {"file", algorithm.file},
                      {"title", algorithm.title},
                      {"sections", algorithm.sections},
                      {"formula", algorithm.formula},
                      {"pseudocode", algorithm.pseudocode},
                      {"options", options_json(algorithm.options)}};
    console.out << j.dump(2) << '\n';
    return kOk;
  }
  write_heading(console, algorithm.name, algorithm.title);
  console.out << definition_list(
      {{"references", algorithm.sections},
       {"stands in", algorithm.file},
       {"used by",
        fmt::format("rlbook {} {} --env WORLD", planner ? "solve" : "run", algorithm.name)}},
      console.columns);
  const auto block = [&](const char* heading, const std::string& text) {
    if (text.empty()) return;
    console.out << '\n' << console.style(heading, "1") << '\n';
    write_paragraph(console, text, 2);
  };
  block("formula", algorithm.formula);
  block("pseudo-code", algorithm.pseudocode);
  write_options(console, algorithm.options);
  return kOk;
}

int run_info(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::string name = canonical_name(arguments.operands().front());
  for (const WorldEntry& world : registry.worlds())
    if (world.name == name) return world_info(world, arguments, console);
  for (const AlgorithmEntry& algorithm : registry.algorithms())
    if (algorithm.name == name) return algorithm_info(algorithm, arguments, console);
  std::vector<std::string> names;
  for (const AlgorithmEntry& algorithm : registry.algorithms()) names.push_back(algorithm.name);
  for (const WorldEntry& world : registry.worlds()) names.push_back(world.name);
  throw std::invalid_argument(unknown_name("world or algorithm", name, names));
}

}  // namespace

Command info_command() {
  return {{.command = "info",
           .usage = "NAME [--json]",
           .doc = "a world's or an algorithm's options, defaults, formula, references",
           .operands = {"NAME", 1, 1},
           .flags = shared_flags({"json", "color", "ascii"}),
           .examples = {"info q_learning", "info grid_world"}},
          run_info};
}

}  // namespace rl::apps
