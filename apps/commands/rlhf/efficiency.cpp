// rlbook rlhf efficiency: how good a policy becomes with how many preferences, by several methods,
// in a world where the best one is known.
#include "apps/rlhf/efficiency.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/efficiency_drawings.hpp"
#include "apps/rlhf/efficiency_numbers.hpp"
#include "apps/rlhf/efficiency_text.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/study_command.hpp"
#include "apps/world.hpp"
#include "rl/drawing.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/text.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

namespace {

constexpr std::size_t kLargestPairCount = 1'000'000;

// ---- what is asked for --------------------------------------------------------------------------

std::vector<AnnotatorKind> asked_annotators(const Arguments& arguments) {
  const std::vector<std::string> choices = {"return", "regret", "both"};
  const std::string name = canonical_name(arguments.needed("annotator"));
  if (name == "both") return {AnnotatorKind::return_, AnnotatorKind::regret};
  for (const AnnotatorKind kind : {AnnotatorKind::return_, AnnotatorKind::regret})
    if (name == annotator_name(kind)) return {kind};
  throw std::invalid_argument(unknown_name("value of --annotator", name, choices));
}

const std::vector<OptionUse>& efficiency_option_uses() {
  static const std::vector<OptionUse> uses = {
      {{"l2"}, {"rm", "rm_pairs", "advantage"}},
      {{"alpha", "contrastive_bias", "cpl_l2", "learning_rate", "max_steps"}, {"cpl"}}};
  return uses;
}

EfficiencyExperiment efficiency_of(const Registry& registry, const Arguments& arguments) {
  EfficiencyExperiment e{
      .problem = make_problem(registry, arguments.needed("env"), world_settings(arguments)),
      .options = options_from(arguments, EfficiencyOptions{}),
      .annotators = asked_annotators(arguments),
      .methods = listed_methods(arguments, preference_method),
      .sizes = listed_sizes(arguments, "sizes", kLargestPairCount),
      .seeds = arguments.seeds("seeds")};
  std::vector<std::string> chosen;
  for (const PreferenceMethod method : e.methods) chosen.push_back(info_of(method).name);
  require_effect(arguments, efficiency_option_uses(), chosen);
  check_efficiency(e);
  return e;
}

// ---- files --------------------------------------------------------------------------------------

std::string efficiency_chart_file(AnnotatorKind annotator) {
  return fmt::format("efficiency_{}.svg", annotator_name(annotator));
}

std::vector<std::string> efficiency_file_names(const EfficiencyExperiment& e) {
  std::vector<std::string> names = {"efficiency.csv"};
  for (const AnnotatorKind annotator : e.annotators)
    names.push_back(efficiency_chart_file(annotator));
  if (draws_rewards(e)) names.emplace_back("rewards.svg");
  return names;
}

void write_efficiency_files(const EfficiencyExperiment& e, const EfficiencyResult& result,
                            FolderFiles& files) {
  files.write("efficiency.csv", efficiency_csv(result));
  for (const AnnotatorKind annotator : e.annotators)
    files.write(efficiency_chart_file(annotator), draw_svg(efficiency_chart(e, result, annotator)));
  if (!draws_rewards(e) || result.maps.empty()) return;
  const RewardDrawing drawing = reward_drawing(e, result);
  files.write("rewards.svg", draw_svg(drawing.picture, drawing.content));
}

int run_efficiency_command(const Registry& registry, const Arguments& arguments, Console& console) {
  const EfficiencyExperiment e = efficiency_of(registry, arguments);
  std::optional<FolderFiles> files = study_files(arguments, efficiency_file_names(e));

  EfficiencyResult result;
  {
    Progress progress(console, "rlhf efficiency");
    try {
      result = run_efficiency(e, watched_run(arguments, console, progress));
    } catch (const Interrupted&) {
      result.report.complete = false;
    }
  }
  const std::size_t all = e.annotators.size() * e.methods.size() * e.sizes.size() * e.seeds.size();
  warn_of_missing(result.report, console,
                  fmt::format("interrupted after {} of {} runs", result.runs.size(), all));
  if (arguments.is_on("json"))
    console.out << efficiency_json(e, result).dump(1) << '\n';
  else if (!result.runs.empty())
    write_efficiency(e, result, console);
  if (files && !result.runs.empty()) {
    write_efficiency_files(e, result, *files);
    console.note("written: " + files->folder());
  }
  return exit_code_of(result.report);
}

}  // namespace

Command rlhf_efficiency_command() {
  FlagSpec env = shared_flag("env");
  env.fallback = "mfrl_5x5";
  FlagSpec seeds = shared_flag("seeds");
  seeds.doc = "pairs and labels are drawn anew for each: 1,2,5 or 0..29";
  seeds.fallback = "0..9";
  std::string methods, names;
  for (const PreferenceMethodInfo& info : preference_methods()) {
    methods += (methods.empty() ? "" : "; ") + info.name + ": " + info.doc;
    names += (names.empty() ? "" : ",") + info.name;
  }
  std::vector<FlagSpec> flags = {
      env,
      shared_flag("gamma"),
      {"annotator", "WHICH", "return, regret or both: what segments are compared by", "both"},
      {"methods", "LIST", methods, names, true},
      {"sizes", "LIST", "numbers of pairs; the larger ones begin with the smaller",
       "10,30,100,300,1000,3000", true},
      seeds};
  add_flags(flags, option_flags(EfficiencyOptions{}));
  add_flags(flags, shared_flags({"memory_limit", "file_limit"}));
  add_flags(flags, study_flags("write curves and rewards as SVG and all runs as CSV into this "
                               "folder"));
  return {{.command = "rlhf efficiency",
           .usage = "[--env WORLD] [--annotator return|regret|both] [--methods LIST] "
                    "[--sizes LIST] [--seeds LIST] [--out DIR]",
           .doc = "how many preferences a policy needs, by method and annotator",
           .flags = std::move(flags),
           .examples = {"rlhf efficiency", "rlhf efficiency --annotator return --flip-prob 0.2",
                        "rlhf efficiency --methods rm,advantage --sizes 100,300 --seeds 7001..7010",
                        "rlhf efficiency --fragment-length 10 --out efficiency"}},
          run_efficiency_command};
}

}  // namespace rl::apps
