#include "apps/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "envs/grid_world/map_file.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/json_text.hpp"
#include "rl/mdp_graph.hpp"
#include "rl/mdp_io.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

Problem problem_of_mdp(MdpFile file, const std::string& name) {
  Problem problem{.name = name, .model = std::move(file.model)};
  if (file.gamma) problem.gamma = *file.gamma;
  problem.picture.state_names = std::move(file.state_names);
  for (std::string& action : file.action_names)
    problem.picture.actions.push_back({.name = std::move(action), .glyph = "", .ascii = '?'});
  for (std::size_t a = 0; a < problem.picture.actions.size(); ++a) {
    ActionLook& look = problem.picture.actions[a];  // drawn and written as a digit or a letter
    look.ascii = a < 36 ? "0123456789abcdefghijklmnopqrstuvwxyz"[a] : '+';
    look.glyph = std::string(1, look.ascii);
  }
  return problem;
}

Problem read_world(const std::string& path, const WorldSettings& settings) {
  const bool json_file = path.ends_with(".json");
  if (!json_file && !path.ends_with(".mdp"))
    throw std::invalid_argument(
        path + ": a world's file ends in .json (a map or an MDP) or .mdp (Cassandra's format)");
  const std::string text = read_file(path, settings.file_limit);
  if (!json_file)
    return problem_of_mdp(read_mdp_cassandra(text, path, settings.memory_limit), path);
  const nlohmann::json json = parse_json(text, path);
  if (json.is_object() && json.contains("map")) {
    Problem problem =
        grid_problem(read_map_json(text, path),
                     {.memory_limit = settings.memory_limit, .model = settings.model});
    problem.name = path;
    return problem;
  }
  if (json.is_object() && (json.contains("states") || json.contains("transitions")))
    return problem_of_mdp(read_mdp_json(text, path, settings.memory_limit), path);
  throw std::invalid_argument(
      fmt::format("{}: neither a map (key 'map') nor an MDP (keys 'states', 'actions', "
                  "'transitions')",
                  path));
}

Problem registered_world(const Registry& registry, const std::string& world,
                         const WorldSettings& settings) {
  const std::size_t colon = std::min(world.find(':'), world.size());
  const WorldEntry& entry = registry.world(world.substr(0, colon));
  const WorldContext context{.rng = Rng(settings.seed).split("world"),
                             .memory_limit = settings.memory_limit,
                             .model = settings.model};
  try {
    const nlohmann::json options = colon < world.size()
                                       ? parse_option_list(world.substr(colon + 1), entry.options)
                                       : nlohmann::json::object();
    return entry.make(options, context);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", entry.name, e.what()));
  }
}

/// The same problem started elsewhere, whatever model is in force.
void start_in(Problem& problem, const std::vector<double>& weights) {
  problem.model = problem.model.with_start(weights);
  if (!problem.changing) return;
  std::vector<FiniteMdp> models;
  for (const FiniteMdp& model : problem.changing->models())
    models.push_back(model.with_start(weights));
  problem.changing = SwitchingEnvironment(std::move(models), problem.changing->at_step());
}

/// The picture shows where episodes start.
void mark_start(Picture& picture, State start) {
  for (Panel& panel : picture.panels)
    for (std::size_t i = 0; i < panel.mark.size(); ++i) {
      if (panel.mark[i] == 'S') panel.mark[i] = ' ';
      if (panel.state[i] == start && panel.mark[i] == ' ') panel.mark[i] = 'S';
    }
}

void apply_start(Problem& problem, const std::string& text) {
  if (!problem.finite())
    throw std::invalid_argument(
        fmt::format("--start names a state, and those of {} are points", problem.name));
  constexpr State kEverywhere = -2;  // no state, and no empty place of a panel
  const bool uniform = text == "uniform";
  const State start = uniform ? kEverywhere : parse_state(problem, text);
  const auto terminal = [&](State s) {
    return problem.with_model([s](const auto& model) { return model.terminal(s); });
  };
  if (!uniform && terminal(start))
    throw std::invalid_argument(
        fmt::format("--start: an episode cannot start in {}, which is terminal or never entered",
                    problem.picture.state_name(start)));
  if (problem.grid)
    problem.grid = problem.grid->with_starts(uniform ? std::vector<State>{} : std::vector{start});
  if (problem.has_table()) {
    std::vector<double> weights(static_cast<std::size_t>(problem.num_states()), 0);
    for (State s = 0; s < problem.num_states(); ++s)
      weights[static_cast<std::size_t>(s)] = (uniform && !terminal(s)) || s == start ? 1 : 0;
    start_in(problem, weights);
  }
  mark_start(problem.picture, start);
}

/// "(x, v)"
std::string names_of(const Space& space) {
  std::string text;
  for (const Coordinate& c : space) text += (text.empty() ? "" : ", ") + c.name;
  return "(" + text + ")";
}

}  // namespace

State parse_state(const Problem& problem, const std::string& text) {
  const State n = problem.num_states();
  const Picture& picture = problem.picture;
  for (State s = 0; s < n; ++s)
    if (picture.state_name(s) == text) return s;
  State index = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error == std::errc() && end == text.data() + text.size() && index >= 0 && index < n)
    return index;
  throw std::invalid_argument(fmt::format("'{}' is no state of {} ({}..{}, or {} to {})", text,
                                          problem.name, 0, n - 1, picture.state_name(0),
                                          picture.state_name(n - 1)));
}

bool names_a_file(std::string_view world) {
  return world.substr(0, world.find(':')).find_first_of("/.") != std::string_view::npos;
}

std::string name_of_world(const std::string& world) {
  if (names_a_file(world)) return std::filesystem::path(world).filename().string();
  const std::size_t colon = std::min(world.find(':'), world.size());
  return canonical_name(world.substr(0, colon)) + world.substr(colon);
}

nlohmann::ordered_json facts_of_world(const std::string& world, const Problem& problem,
                                      const WorldSettings& settings) {
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();
  if (problem.finite()) facts["states"] = problem.num_states();
  if (problem.num_actions() > 0) facts["actions"] = problem.num_actions();
  facts["gamma"] = problem.gamma;
  if (problem.episode_steps != kNoLimit) facts["episode_steps"] = problem.episode_steps;
  nlohmann::ordered_json flags = nlohmann::ordered_json::object();
  if (settings.gamma) flags["gamma"] = *settings.gamma;
  if (settings.episode_steps) flags["episode_steps"] = *settings.episode_steps;
  if (settings.start) flags["start"] = *settings.start;
  if (!flags.empty()) facts["flags"] = std::move(flags);
  if (names_a_file(world)) facts["file_hash"] = content_hash(read_file(world, settings.file_limit));
  return facts;
}

WorldSettings world_settings(const Arguments& arguments) {
  WorldSettings settings;
  if (arguments.declares("gamma")) settings.gamma = arguments.number("gamma", Range{0, 1});
  if (arguments.declares("episode_steps"))
    settings.episode_steps = arguments.integer("episode_steps", 1);
  if (arguments.declares("start")) settings.start = arguments.text("start");
  if (arguments.declares("seed"))
    settings.seed = static_cast<std::uint64_t>(arguments.integer("seed").value_or(0));
  if (arguments.declares("memory_limit"))
    settings.memory_limit = arguments.bytes("memory_limit").value_or(settings.memory_limit);
  if (arguments.declares("file_limit"))
    settings.file_limit = arguments.bytes("file_limit").value_or(settings.file_limit);
  return settings;
}

Problem make_problem(const Registry& registry, const std::string& world,
                     const WorldSettings& settings) {
  Problem problem = names_a_file(world) ? read_world(world, settings)
                                        : registered_world(registry, world, settings);
  if (settings.gamma) {
    problem.gamma = *settings.gamma;
    problem.criterion = Criterion::discounted;
    if (problem.continuous && problem.continuous->return_gamma < 1)
      problem.continuous->return_gamma = *settings.gamma;
  }
  if (settings.episode_steps) problem.episode_steps = *settings.episode_steps;
  if (settings.start) apply_start(problem, *settings.start);
  return problem;
}

Problem problem_of(const Registry& registry, const Arguments& arguments, ModelForm form) {
  if (!arguments.given("env"))
    throw std::invalid_argument(
        fmt::format("'{}' needs --env WORLD ('rlbook list environments' names them)",
                    arguments.syntax().command));
  WorldSettings settings = world_settings(arguments);
  settings.model = form;
  return make_problem(registry, arguments.needed("env"), settings);
}

Problem finite_problem_of(const Registry& registry, const Arguments& arguments, const char* what) {
  Problem problem = problem_of(registry, arguments);
  if (!problem.finite())
    throw std::invalid_argument(
        fmt::format("{} needs a list of states, and those of {} are points", what, problem.name));
  return problem;
}

std::string size_text(const Problem& problem) {
  if (problem.finite())
    return fmt::format("{} states, {} actions", problem.num_states(), problem.num_actions());
  const ContinuousWorld& world = *problem.continuous;
  return fmt::format("points {}, {}", names_of(world.observation),
                     world.has_discrete_actions() ? fmt::format("{} actions", world.num_actions())
                                                  : "actions " + names_of(world.action));
}

std::string budget_text(const Budget& budget) {
  std::string text;
  if (budget.steps != kNoLimit) text += fmt::format("{} steps", budget.steps);
  if (budget.episodes != kNoLimit)
    text += fmt::format("{}{} episodes", text.empty() ? "" : " or ", budget.episodes);
  return text;
}

void warn_if_endless(const Problem& problem, Console& console) {
  if (!problem.finite() || problem.criterion != Criterion::discounted || problem.gamma < 1 ||
      problem.episode_steps != kNoLimit)
    return;
  const std::vector<std::uint8_t> endless = endless_states(problem.model);
  const auto it = std::find(endless.begin(), endless.end(), 1);
  if (it == endless.end()) return;
  console.warn(fmt::format(
      "gamma = 1, and a policy that starts in {} can go on for ever: its return may be infinite",
      problem.picture.state_name(static_cast<State>(it - endless.begin()))));
}

}  // namespace rl::apps
