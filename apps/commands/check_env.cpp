// rlbook check-env: is a world sound, and does its simulator do what its model says.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/world.hpp"
#include "rl/check_continuous.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

std::vector<std::string> worlds_of(const Registry& registry, const Arguments& arguments) {
  if (arguments.operands() != std::vector<std::string>{"all"}) return arguments.operands();
  std::vector<std::string> names;
  for (const WorldEntry& world : registry.worlds()) names.push_back(world.name);
  return names;
}

void write_findings(Console& console, const std::string& world,
                    const std::vector<Finding>& findings) {
  console.out << console.style(world, "1") << '\n';
  for (const Finding& finding : findings) {
    const std::string mark =
        finding.passed ? console.style("ok  ", "32") : console.style("FAIL", "31");
    const std::string text = finding.detail.empty()
                                 ? finding.check
                                 : fmt::format("{}: {}", finding.check, finding.detail);
    bool first = true;
    for (const std::string& line : wrap(text, console.columns - 8, 2)) {
      console.out << "  " << (first ? mark : "    ") << "  " << line << '\n';
      first = false;
    }
  }
}

int run_check_env(const Registry& registry, const Arguments& arguments, Console& console) {
  CheckOptions options;
  options.samples = static_cast<int>(*arguments.integer("samples", 1, 10'000'000));
  const WorldSettings settings = world_settings(arguments);
  const std::vector<std::string> worlds = worlds_of(registry, arguments);
  ordered_json list = ordered_json::array();
  bool all_passed = true;
  Progress progress(console, "checks");
  for (std::size_t i = 0; i < worlds.size() && !console.interrupted(); ++i) {
    const Problem problem = make_problem(registry, worlds[i], settings);
    const std::vector<Finding> findings =
        problem.finite() ? check_model(problem, options, Rng(settings.seed))
                         : check_continuous(problem, options, Rng(settings.seed));
    progress.finish();
    for (const Finding& finding : findings) {
      all_passed = all_passed && finding.passed;
      list.push_back({{"environment", worlds[i]},
                      {"check", finding.check},
                      {"passed", finding.passed},
                      {"detail", finding.detail}});
    }
    if (!arguments.is_on("json")) write_findings(console, worlds[i], findings);
    progress.update(static_cast<double>(i + 1) / static_cast<double>(worlds.size()));
  }
  progress.finish();
  if (arguments.is_on("json")) console.out << list.dump(2) << '\n';
  return all_passed ? kOk : kCheckFailed;
}

}  // namespace

Command check_env_command() {
  std::vector<FlagSpec> flags = {
      {"samples", "N", "draws of each state and action", std::to_string(CheckOptions{}.samples)}};
  for (FlagSpec& flag : shared_flags({"seed", "gamma", "start", "episode_steps", "memory_limit",
                                      "file_limit", "json", "quiet", "color"}))
    flags.push_back(flag);
  return {{.command = "check-env",
           .usage = "WORLD... [--samples N] [--json]",
           .doc = "rows, ends, reachability, simulator against model; 'all' checks every world",
           .operands = {"WORLD", 1, 1000},
           .flags = std::move(flags),
           .examples = {"check-env mfrl_5x5", "check-env my_map.json", "check-env all"}},
          run_check_env};
}

}  // namespace rl::apps
