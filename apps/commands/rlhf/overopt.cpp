// rlbook rlhf overopt: a learned reward is pushed, and what becomes of gold is computed exactly.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/language_charts.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/overopt_json.hpp"
#include "apps/rlhf/overopt_text.hpp"
#include "apps/rlhf/overoptimization.hpp"
#include "apps/rlhf/study_command.hpp"

namespace rl::apps {

namespace {

constexpr std::size_t kMostListed = 1'000'000;

// ---- what is asked for --------------------------------------------------------------------------

OveroptOptions overopt_options_of(const Arguments& arguments) {
  OveroptOptions options;
  if (arguments.given("beta")) {
    options.betas = listed_numbers(arguments, "beta", {1e-3, 1e6});
    std::sort(options.betas.rbegin(), options.betas.rend());
  }
  options.comparisons = listed_sizes(arguments, "num_comparisons", kMostListed);
  if (options.comparisons.empty())
    throw std::invalid_argument("--num-comparisons: there are no sizes");
  // Best of n at the usual size, else at the largest.
  if (std::find(options.comparisons.begin(), options.comparisons.end(),
                options.best_of_comparisons) == options.comparisons.end())
    options.best_of_comparisons = options.comparisons.back();
  options.best_of.clear();
  for (const std::size_t n : listed_sizes(arguments, "best_of", kMostListed))
    options.best_of.push_back(static_cast<int>(n));
  options.l2 = *arguments.number("l2", {1e-9, 1e9});
  options.members = static_cast<int>(*arguments.integer("ensemble_size", 1, 1000));
  options.flip_prob = *arguments.number("flip_prob", {0, 0.49});
  options.noisy_comparisons =
      static_cast<std::size_t>(*arguments.integer("noisy_comparisons", 1, 1'000'000));
  options.lambda = *arguments.number("lambda", {0, 1e9});
  options.dpo_betas = listed_numbers(arguments, "dpo_beta", {1e-3, 1e6});
  options.dpo_comparisons =
      static_cast<std::size_t>(*arguments.integer("dpo_comparisons", 1, 1'000'000));
  options.training.max_steps = *arguments.integer("max_steps", 1, 1'000'000);
  return options;
}

// ---- files --------------------------------------------------------------------------------------

std::string dpo_chart_name(double beta) { return fmt::format("overopt_dpo_{:g}", beta); }

std::vector<std::string> overopt_chart_names(const OveroptOptions& options) {
  std::vector<std::string> names = {"overopt_bag", "overopt_rich", "overopt_ensembles"};
  for (const double beta : options.dpo_betas) names.push_back(dpo_chart_name(beta));
  return names;
}

void write_overopt_charts(const Overoptimization& all, const OveroptOptions& options,
                          FolderFiles& files) {
  files.write_chart("overopt_bag", proxy_chart(all, "bag", options.best_of_comparisons));
  files.write_chart("overopt_rich", proxy_chart(all, "rich", options.best_of_comparisons));
  files.write_chart("overopt_ensembles", gold_of_ensembles(all));
  for (const DpoCurve& curve : all.dpo)
    if (!curve.runs.empty()) files.write_chart(dpo_chart_name(curve.beta), dpo_chart(curve));
}

bool any_done(const Overoptimization& all) {
  const auto done = [](const auto& curve) { return !curve.runs.empty(); };
  return std::any_of(all.tilts.begin(), all.tilts.end(), done) ||
         std::any_of(all.ensembles.begin(), all.ensembles.end(), done) ||
         std::any_of(all.dpo.begin(), all.dpo.end(), done);
}

int run_overopt_command(const Registry& /*registry*/, const Arguments& arguments,
                        Console& console) {
  const OveroptOptions options = overopt_options_of(arguments);
  const std::vector<std::uint64_t> seeds = arguments.seeds("seeds");
  const auto world_seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  std::optional<FolderFiles> files =
      study_files(arguments, chart_files(overopt_chart_names(options)));

  const LanguageTask task = make_language_task({.seed = world_seed});
  Progress progress(console, "rlhf overopt");
  const Overoptimization all =
      measure_overoptimization(task, options, seeds, watched_run(arguments, console, progress));
  progress.finish();
  warn_of_missing(all.report, console);
  if (arguments.is_on("json"))
    console.out << overopt_json(all, options, world_seed).dump(1) << '\n';
  else if (any_done(all))
    write_overopt(all, options, task, seeds.size(), world_seed, console);
  if (files && any_done(all)) {
    write_overopt_charts(all, options, *files);
    console.note("written: " + files->folder());
  }
  return exit_code_of(all.report);
}

}  // namespace

Command rlhf_overopt_command() {
  std::vector<FlagSpec> flags = {
      {"beta", "LIST", "of tilts; 24 numbers from 10 to 0.05 if not given", "", true},
      {"num_comparisons", "LIST", "labelled pairs that proxies are fitted to",
       "30,100,300,1000,5000", true},
      {"best_of", "LIST", "so many of SFT's responses, the best one taken",
       "1,2,4,8,16,32,64,128,256", true},
      {"l2", "X", "ridge of the reward models", "0.3"},
      {"ensemble_size", "N", "reward models of bags", "5"},
      {"noisy_comparisons", "N", "labelled pairs of the ensembles", "100"},
      {"flip_prob", "X", "share of these labels that are wrong", "0.25"},
      {"lambda", "X", "weight of the variance in uwo", "0.5"},
      {"dpo_beta", "LIST", "of DPO's curves", "0.1,0.05", true},
      {"dpo_comparisons", "N", "labelled pairs of DPO", "300"},
      {"max_steps", "N", "steps of DPO", "800"}};
  add_flags(flags, language_seed_flags("pairs, labels and bags"));
  add_flags(flags, study_flags("write a chart a proxy, of the ensembles and of DPO, SVG and CSV, "
                               "into this folder"));
  return {{.command = "rlhf overopt",
           .usage = "[--num-comparisons LIST] [--beta LIST] [--seeds LIST] [--out DIR]",
           .doc = "a learned reward is pushed: gold rises, peaks and falls",
           .flags = std::move(flags),
           .examples = {"rlhf overopt", "rlhf overopt --seed 1 --seeds 0..9 --out overopt",
                        "rlhf overopt --num-comparisons 1000 --flip-prob 0.4 --ensemble-size 10"}},
          run_overopt_command};
}

}  // namespace rl::apps
