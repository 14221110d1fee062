// rlbook rlhf frontier: every road from preferences to a policy, beside the exact optimum.
#include "apps/rlhf/frontier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/language_charts.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/over_seeds.hpp"
#include "apps/rlhf/seeds_table.hpp"
#include "apps/rlhf/study_command.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

// ---- what is asked for --------------------------------------------------------------------------

std::vector<OptionUse> frontier_option_uses() {
  return {{{"num_comparisons", "seeds"},
           {"rl_rich", "rl_bag", "ppo", "rloo", "grpo", "dpo", "ipo", "hinge", "kto"}},
          {{"l2"}, {"rl_rich", "rl_bag", "ppo", "rloo", "grpo"}},
          {{"learning_rate"},
           {"rl_gold", "rl_rich", "rl_bag", "ppo", "rloo", "grpo", "dpo", "ipo", "hinge", "kto"}},
          {{"max_steps"}, {"rl_gold", "rl_rich", "rl_bag", "dpo", "ipo", "hinge", "kto"}},
          {{"iterations", "batch_size"}, {"ppo", "rloo", "grpo"}}};
}

FrontierOptions frontier_options_of(const Arguments& arguments) {
  FrontierOptions options;
  options.betas = listed_numbers(arguments, "beta", {1e-3, 1e6});
  options.methods =
      listed_methods(arguments, [](const std::string& name) { return frontier_method(name).name; });
  require_effect(arguments, frontier_option_uses(), options.methods);
  options.comparisons =
      static_cast<std::size_t>(*arguments.integer("num_comparisons", 1, 1'000'000));
  options.l2 = *arguments.number("l2", {1e-9, 1e9});
  options.training.learning_rate = *arguments.number("learning_rate", {0, 1e6});
  options.training.max_steps = *arguments.integer("max_steps", 0, 1'000'000);
  options.iterations = *arguments.integer("iterations", 0, 1'000'000);
  options.batch_size = *arguments.integer("batch_size", 1, 1'000'000);
  return options;
}

// ---- what came out ------------------------------------------------------------------------------

OverSeeds number_of_row(const FrontierRow& row, double FrontierPoint::*number) {
  return over_runs(row.points, [&](const FrontierPoint& point) { return point.*number; });
}

struct FrontierNumber {
  const char* name;
  double FrontierPoint::*number;
};
constexpr FrontierNumber kFrontierNumbers[] = {{"gold", &FrontierPoint::gold},
                                               {"proxy", &FrontierPoint::proxy},
                                               {"kl", &FrontierPoint::kl},
                                               {"win_rate", &FrontierPoint::win_rate}};

ordered_json frontier_row_json(const FrontierRow& row) {
  ordered_json object;
  object["method"] = row.method;
  object["beta"] = row.beta;
  object["seeds"] = row.seeds;
  for (const FrontierNumber& n : kFrontierNumbers) {
    object[n.name] = over_seeds_json(number_of_row(row, n.number));
    ordered_json runs = ordered_json::array();
    for (const FrontierPoint& point : row.points) runs.push_back(finite_or_null(point.*n.number));
    object[n.name]["runs"] = std::move(runs);
  }
  return object;
}

ordered_json frontier_json(const Frontier& frontier, const FrontierOptions& options,
                           std::uint64_t world_seed) {
  ordered_json all;
  all["seed"] = world_seed;
  all["num_comparisons"] = options.comparisons;
  all["l2"] = options.l2;
  all["learning_rate"] = options.training.learning_rate;
  all["max_steps"] = options.training.max_steps;
  all["iterations"] = options.iterations;
  all["batch_size"] = options.batch_size;
  add_report(all, frontier.report);
  all["reference_gold"] = frontier.reference.gold;
  all["rows"] = ordered_json::array();
  for (const FrontierRow& row : frontier.rows)
    if (!row.points.empty()) all["rows"].push_back(frontier_row_json(row));
  all["exact_frontier"] = {{"kl", ordered_json::array()}, {"gold", ordered_json::array()}};
  for (const FrontierPoint& point : frontier.upper) {
    all["exact_frontier"]["kl"].push_back(point.kl);
    all["exact_frontier"]["gold"].push_back(point.gold);
  }
  return all;
}

/// A row a method, a column a beta.
template <class Cell>
std::string console_frontier_table(const Frontier& frontier, const std::string& corner, int width,
                                   const Cell& cell) {
  std::vector<std::vector<std::string>> rows = {{corner}};
  for (const FrontierRow& row : frontier.rows) {
    if (rows.size() == 1 || rows.back().front() != row.method) rows.push_back({row.method});
    if (rows.size() == 2) rows.front().push_back(fmt::format("{}", row.beta));
    rows.back().push_back(row.points.empty() ? std::string() : cell(row));
  }
  return seeds_table(std::move(rows), width);
}

void write_frontier(const Frontier& frontier, const FrontierOptions& options,
                    const LanguageTask& task, std::size_t seeds, std::uint64_t world_seed,
                    Console& console) {
  write_wrapped(console,
                fmt::format("the small language world, seed {}: {} tokens, {} prompts, {} "
                            "responses; SFT earns {:.2f}. {} pairs of its responses, labelled by "
                            "gold; {}",
                            world_seed, task.world.vocabulary(), task.world.prompts(),
                            task.tree.num_responses(), frontier.reference.gold, options.comparisons,
                            plural(seeds, "seed")));
  console.out << '\n'
              << console_frontier_table(
                     frontier, "gold", console.columns, [&](const FrontierRow& row) {
                       return over_seeds_text(number_of_row(row, &FrontierPoint::gold),
                                              console.unicode);
                     });
  console.out << '\n'
              << console_frontier_table(
                     frontier, "KL, wins", console.columns, [](const FrontierRow& row) {
                       return fmt::format("{:.2f} {:.0f}%",
                                          number_of_row(row, &FrontierPoint::kl).mean,
                                          100 * number_of_row(row, &FrontierPoint::win_rate).mean);
                     });
  std::string methods;
  for (const FrontierMethod& method : frontier_methods())
    if (std::find(options.methods.begin(), options.methods.end(), method.name) !=
        options.methods.end())
      methods += fmt::format("{}{}: {}", methods.empty() ? "" : "; ", method.name, method.doc);
  console.out << '\n';
  write_wrapped(
      console,
      fmt::format("By beta; every policy is evaluated exactly. Gold: its mean{}; KL(pi || SFT) in "
                  "nats a response; share of wins against SFT by gold. {}. beta means another "
                  "thing in each loss: compare points of gold and KL, not columns.",
                  seeds > 1 ? " and half of the 95 % t interval over the seeds" : "", methods));
  if (const std::string doubt = unconverged_text(frontier.report); !doubt.empty())
    write_wrapped(console, doubt + '.');
  write_wrapped(console, "A toy that was built to be exploitable: a demonstration, not evidence.");
}

int run_frontier_command(const Registry& /*registry*/, const Arguments& arguments,
                         Console& console) {
  const FrontierOptions options = frontier_options_of(arguments);
  const std::vector<std::uint64_t> seeds = arguments.seeds("seeds");
  const auto world_seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  const std::vector<std::string> charts = {"frontier"};
  std::optional<FolderFiles> files = study_files(arguments, chart_files(charts));

  const LanguageTask task = make_language_task({.seed = world_seed});
  Progress progress(console, "rlhf frontier");
  const Frontier frontier =
      measure_frontier(task, options, seeds, watched_run(arguments, console, progress));
  progress.finish();
  const bool any = std::any_of(frontier.rows.begin(), frontier.rows.end(),
                               [](const FrontierRow& row) { return !row.points.empty(); });
  warn_of_missing(frontier.report, console);
  if (arguments.is_on("json"))
    console.out << frontier_json(frontier, options, world_seed).dump(1) << '\n';
  else if (any)
    write_frontier(frontier, options, task, seeds.size(), world_seed, console);
  if (files && any) {
    files->write_chart("frontier", frontier_chart(frontier));
    console.note("written: " + files->folder());
  }
  return exit_code_of(frontier.report);
}

}  // namespace

Command rlhf_frontier_command() {
  std::string names;
  for (const FrontierMethod& method : frontier_methods())
    names += (names.empty() ? "" : ",") + method.name;
  std::vector<FlagSpec> flags = {
      {"beta", "LIST", "how strongly policies are held to SFT", "1,0.5,0.3,0.1,0.05", true},
      {"methods", "LIST", "which roads", names, true},
      {"num_comparisons", "N", "labelled pairs of responses", "1000"},
      {"l2", "X", "ridge of the reward models", "0.3"},
      {"learning_rate", "X", "of Adam", "0.05"},
      {"max_steps", "N",
       "steps of exact gradients, which are at rest at 300, and of direct losses, which are not",
       "300"},
      {"iterations", "N", "of sampled methods", "100"},
      {"batch_size", "N", "responses of an iteration", "64"}};
  add_flags(flags, language_seed_flags("pairs, labels and samples"));
  add_flags(flags, study_flags("write frontier.svg and frontier.csv, gold against KL, into this "
                               "folder"));
  return {{.command = "rlhf frontier",
           .usage = "[--beta LIST] [--methods LIST] [--num-comparisons N] [--seeds LIST] "
                    "[--out DIR]",
           .doc = "RLHF, DPO and relatives beside the exact optimum: gold against KL",
           .flags = std::move(flags),
           .examples = {"rlhf frontier", "rlhf frontier --methods exact,rl_bag,dpo --beta 1,0.1",
                        "rlhf frontier --num-comparisons 100 --seeds 0..9 --out frontier"}},
          run_frontier_command};
}

}  // namespace rl::apps
