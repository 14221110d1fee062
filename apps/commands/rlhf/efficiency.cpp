// rlbook rlhf efficiency: how good a policy becomes with how many preferences, by several methods,
// in a world where the best one is known.
#include "apps/rlhf/efficiency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "apps/picture.hpp"
#include "apps/rlhf/efficiency_drawings.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/world.hpp"
#include "rl/drawing.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/text.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kLargestPairCount = 1'000'000;

// ---- what is asked for --------------------------------------------------------------------------

/// The parts of "a,b" "c", as lists are typed.
std::vector<std::string> words_of_list(const Arguments& arguments, std::string_view flag) {
  std::vector<std::string> parts;
  for (const std::string& text : arguments.texts(flag))
    for (std::string& part : split_list(text)) parts.push_back(std::move(part));
  return parts;
}

std::vector<std::size_t> pair_counts_of(const Arguments& arguments) {
  std::vector<std::size_t> sizes;
  for (const std::string& text : words_of_list(arguments, "sizes")) {
    std::size_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size() || n < 1 || n > kLargestPairCount)
      throw std::invalid_argument(fmt::format("--sizes: '{}' is not a number of pairs from 1 to {}",
                                              text, kLargestPairCount));
    sizes.push_back(n);
  }
  std::sort(sizes.begin(), sizes.end());
  if (const auto twice = std::adjacent_find(sizes.begin(), sizes.end()); twice != sizes.end())
    throw std::invalid_argument(fmt::format("--sizes: {} stands twice", *twice));
  return sizes;
}

std::vector<PreferenceMethod> asked_methods(const Arguments& arguments) {
  std::vector<PreferenceMethod> methods;
  for (const std::string& name : words_of_list(arguments, "methods")) {
    PreferenceMethod method{};
    try {
      method = preference_method(name);
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(fmt::format("--methods: {}", e.what()));
    }
    if (std::find(methods.begin(), methods.end(), method) != methods.end())
      throw std::invalid_argument(fmt::format("--methods: '{}' stands twice", name));
    methods.push_back(method);
  }
  return methods;
}

std::vector<AnnotatorKind> asked_annotators(const Arguments& arguments) {
  const std::vector<std::string> choices = {"return", "regret", "both"};
  const std::string name = canonical_name(arguments.needed("annotator"));
  if (name == "both") return {AnnotatorKind::return_, AnnotatorKind::regret};
  for (const AnnotatorKind kind : {AnnotatorKind::return_, AnnotatorKind::regret})
    if (name == annotator_name(kind)) return {kind};
  throw std::invalid_argument(unknown_name("value of --annotator", name, choices));
}

/// An option of a method that is not run would be set in vain.
void require_method_of_options(const Arguments& arguments,
                               const std::vector<PreferenceMethod>& methods,
                               std::initializer_list<const char*> options,
                               std::initializer_list<PreferenceMethod> of) {
  std::vector<std::string> names;
  for (const PreferenceMethod method : of) {
    if (std::find(methods.begin(), methods.end(), method) != methods.end()) return;
    names.push_back(info_of(method).name);
  }
  for (const char* const option : options)
    if (arguments.given(option))
      throw std::invalid_argument(fmt::format("option '{}' has no effect without the method {}",
                                              option, join(names, " or ")));
}

EfficiencyExperiment efficiency_of(const Registry& registry, const Arguments& arguments) {
  EfficiencyExperiment e{
      .problem = make_problem(registry, arguments.needed("env"), world_settings(arguments)),
      .options = options_from(arguments, EfficiencyOptions{}),
      .annotators = asked_annotators(arguments),
      .methods = asked_methods(arguments),
      .sizes = pair_counts_of(arguments),
      .seeds = arguments.seeds("seeds"),
      .threads = threads_of(arguments)};
  using enum PreferenceMethod;
  require_method_of_options(arguments, e.methods, {"l2"}, {rm, rm_pairs, advantage});
  require_method_of_options(arguments, e.methods,
                            {"alpha", "contrastive_bias", "cpl_l2", "learning_rate", "max_steps"},
                            {cpl});
  check_efficiency(e);
  return e;
}

// ---- numbers ------------------------------------------------------------------------------------

/// Means over the seeds of what one annotator's held-out labels allow.
struct LabelMeans {
  double entropy = std::numeric_limits<double>::quiet_NaN();
  double ceiling = std::numeric_limits<double>::quiet_NaN();
};

LabelMeans mean_label_statistics(const EfficiencyResult& result, AnnotatorKind annotator) {
  LabelMeans sum{0, 0};
  double n = 0;
  for (const HeldOutLabels& x : result.held_out) {
    if (x.annotator != annotator) continue;
    sum.entropy += x.labels.entropy;
    sum.ceiling += x.labels.accuracy_ceiling;
    ++n;
  }
  return n > 0 ? LabelMeans{sum.entropy / n, sum.ceiling / n} : LabelMeans{};
}

/// null for what is not finite.
ordered_json null_unless_finite(double x) {
  return std::isfinite(x) ? ordered_json(x) : ordered_json();
}

ordered_json seed_summary_json(const SeedSummary& summary) {
  return {{"mean", null_unless_finite(summary.mean)},
          {"standard_error", null_unless_finite(summary.standard_error)},
          {"low", null_unless_finite(summary.low)},
          {"high", null_unless_finite(summary.high)}};
}

ordered_json efficiency_curves_json(const EfficiencyExperiment& e, const EfficiencyResult& result) {
  ordered_json curves = ordered_json::array();
  for (const AnnotatorKind annotator : e.annotators)
    for (const PreferenceMethod method : e.methods)
      for (const std::size_t pairs : e.sizes) {
        const SeedSummary score =
            summary_of(result, annotator, method, pairs, &EfficiencyRun::score);
        if (score.n == 0) continue;
        const SeedSummary accuracy =
            summary_of(result, annotator, method, pairs, &EfficiencyRun::accuracy);
        ordered_json point;
        point["annotator"] = annotator_name(annotator);
        point["method"] = info_of(method).name;
        point["pairs"] = pairs;
        point["n"] = score.n;
        point["score"] = seed_summary_json(score);
        point["accuracy"] = seed_summary_json(accuracy);
        curves.push_back(std::move(point));
      }
  return curves;
}

ordered_json efficiency_json(const EfficiencyExperiment& e, const EfficiencyResult& result) {
  ordered_json all;
  all["environment"] = e.problem.name;
  all["gamma"] = e.problem.gamma;
  all["optimal_return"] = null_unless_finite(result.optimal_return);
  all["random_return"] = null_unless_finite(result.random_return);
  all["options"] = ordered_json::parse(to_json_text(e.options));
  all["seeds"] = e.seeds;
  all["cancelled"] = result.cancelled;
  all["annotators"] = ordered_json::array();
  for (const AnnotatorKind annotator : e.annotators) {
    const LabelMeans labels = mean_label_statistics(result, annotator);
    ordered_json row;
    row["annotator"] = annotator_name(annotator);
    row["label_entropy"] = null_unless_finite(labels.entropy);
    row["accuracy_ceiling"] = null_unless_finite(labels.ceiling);
    all["annotators"].push_back(std::move(row));
  }
  all["curves"] = efficiency_curves_json(e, result);
  all["runs"] = ordered_json::array();
  for (const EfficiencyRun& run : result.runs) {
    ordered_json row;
    row["annotator"] = annotator_name(run.annotator);
    row["method"] = info_of(run.method).name;
    row["pairs"] = run.pairs;
    row["seed"] = run.seed;
    row["return"] = null_unless_finite(run.expected_return);
    row["score"] = null_unless_finite(run.score);
    row["accuracy"] = null_unless_finite(run.accuracy);
    all["runs"].push_back(std::move(row));
  }
  ordered_json entering = ordered_json::array();
  for (const double x : result.true_entering) entering.push_back(null_unless_finite(x));
  all["entering_reward"] = std::move(entering);
  all["learned_rewards"] = ordered_json::array();
  for (const LearnedRewardMap& map : result.maps) {
    ordered_json row;
    row["annotator"] = annotator_name(map.annotator);
    row["method"] = info_of(map.method).name;
    row["pairs"] = map.pairs;
    row["seed"] = map.seed;
    row["correlation"] = null_unless_finite(map.correlation);
    row["entering_reward"] = ordered_json::array();
    for (const double x : map.entering) row["entering_reward"].push_back(null_unless_finite(x));
    all["learned_rewards"].push_back(std::move(row));
  }
  return all;
}

std::string empty_unless_finite(double x) {
  return std::isfinite(x) ? fmt::format("{}", x) : std::string();
}

std::string efficiency_csv(const EfficiencyResult& result) {
  std::string text =
      "annotator,method,pairs,seed,return,score,accuracy,accuracy_ceiling,label_entropy\n";
  for (const EfficiencyRun& run : result.runs) {
    const auto labels = std::find_if(
        result.held_out.begin(), result.held_out.end(),
        [&](const HeldOutLabels& x) { return x.annotator == run.annotator && x.seed == run.seed; });
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", annotator_name(run.annotator),
                        info_of(run.method).name, run.pairs, run.seed,
                        empty_unless_finite(run.expected_return), empty_unless_finite(run.score),
                        empty_unless_finite(run.accuracy),
                        empty_unless_finite(labels->labels.accuracy_ceiling),
                        empty_unless_finite(labels->labels.entropy));
  }
  return text;
}

// ---- drawings -----------------------------------------------------------------------------------

bool has_panels(const Problem& problem) { return !problem.picture.panels.empty(); }

// ---- files --------------------------------------------------------------------------------------

/// What --out DIR will hold, opened before the work.
class EfficiencyFiles {
 public:
  EfficiencyFiles(const std::string& folder, const EfficiencyExperiment& e, bool force)
      : folder_(folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder))
      throw std::invalid_argument(fmt::format("{}: is no folder and cannot be made one", folder));
    table_ = open("efficiency.csv", force);
    for (const AnnotatorKind annotator : e.annotators)
      charts_.push_back(open(fmt::format("efficiency_{}.svg", annotator_name(annotator)), force));
    const bool learns_rewards =
        std::any_of(e.methods.begin(), e.methods.end(), [](PreferenceMethod method) {
          return method == PreferenceMethod::rm || method == PreferenceMethod::rm_pairs;
        });
    if (learns_rewards && has_panels(e.problem)) rewards_ = open("rewards.svg", force);
  }

  void write(const EfficiencyExperiment& e, const EfficiencyResult& result) {
    commit(*table_, efficiency_csv(result));
    for (std::size_t i = 0; i < charts_.size(); ++i)
      commit(*charts_[i], draw_svg(efficiency_chart(e, result, e.annotators[i])));
    if (!rewards_ || result.maps.empty()) return;
    const RewardDrawing drawing = reward_drawing(e, result);
    commit(*rewards_, draw_svg(drawing.picture, drawing.content));
  }

 private:
  std::unique_ptr<OutputFile> open(const std::string& name, bool force) const {
    return std::make_unique<OutputFile>((std::filesystem::path(folder_) / name).string(), force);
  }
  static void commit(OutputFile& file, const std::string& text) {
    file.stream() << text;
    file.commit();
  }

  std::string folder_;
  std::unique_ptr<OutputFile> table_, rewards_;
  std::vector<std::unique_ptr<OutputFile>> charts_;
};

// ---- the terminal -------------------------------------------------------------------------------

/// "0.98±.01": six sizes of them fit beside a method's name.
std::string score_with_error(const SeedSummary& score, const Console& console) {
  if (std::isnan(score.mean)) return "";
  std::string text = fmt::format("{:.2f}", score.mean);
  if (std::isnan(score.standard_error)) return text;
  std::string error = fmt::format("{:.2f}", score.standard_error);
  if (error.front() == '0') error.erase(0, 1);
  return text + (console.unicode ? "±" : "+-") + error;
}

std::vector<std::string> pair_count_headings(const EfficiencyExperiment& e,
                                             const std::string& first) {
  std::vector<std::string> row = {first};
  for (const std::size_t pairs : e.sizes) row.push_back(fmt::format("{}", pairs));
  return row;
}

void write_annotator_tables(const EfficiencyExperiment& e, const EfficiencyResult& result,
                            AnnotatorKind annotator, Console& console) {
  std::vector<std::vector<std::string>> scores = {pair_count_headings(e, "score")};
  std::vector<std::vector<std::string>> accuracies = {pair_count_headings(e, "accuracy")};
  for (const PreferenceMethod method : e.methods) {
    std::vector<std::string> score = {info_of(method).name};
    std::vector<std::string> accuracy = {info_of(method).name};
    for (const std::size_t pairs : e.sizes) {
      score.push_back(score_with_error(
          summary_of(result, annotator, method, pairs, &EfficiencyRun::score), console));
      const double mean =
          summary_of(result, annotator, method, pairs, &EfficiencyRun::accuracy).mean;
      accuracy.push_back(std::isnan(mean) ? "" : fmt::format("{:.3f}", mean));
    }
    scores.push_back(std::move(score));
    if (method != PreferenceMethod::bc) accuracies.push_back(std::move(accuracy));
  }
  const LabelMeans labels = mean_label_statistics(result, annotator);
  console.out << '\n';
  write_wrapped(console,
                console.style(fmt::format("pairs compared by {}", annotator_name(annotator)), "1"));
  console.out << table(scores, console.columns);
  if (accuracies.size() > 1) console.out << '\n' << table(accuracies, console.columns);
  write_wrapped(console, fmt::format("labels: at most {:.3f} accurate, entropy {:.3f} nats",
                                     labels.ceiling, labels.entropy));
}

void write_learned_rewards(const EfficiencyExperiment& e, const EfficiencyResult& result,
                           Console& console) {
  if (result.maps.empty() || !has_panels(e.problem)) return;
  const RewardDrawing drawing = reward_drawing(e, result);
  console.out << '\n' << draw_terminal(drawing.picture, drawing.content, terminal_style(console));
  const LearnedRewardMap& first = result.maps.front();
  std::string correlations;
  for (const LearnedRewardMap& map : result.maps)
    correlations += fmt::format("{}{:.2f} from {}s", correlations.empty() ? "" : ", ",
                                map.correlation, annotator_name(map.annotator));
  write_wrapped(console,
                fmt::format("learned by {} from {}, seed {}; divided by the rationality and "
                            "shifted to the true mean, for segments of one length tell no "
                            "constant. Correlation with r(s, a): {}",
                            info_of(first.method).name, plural(first.pairs, "pair"), first.seed,
                            correlations));
}

std::string efficiency_methods_text(const EfficiencyExperiment& e) {
  std::string text;
  for (const PreferenceMethod method : e.methods)
    text += (text.empty() ? "" : "; ") + info_of(method).name + ": " + info_of(method).doc;
  return text;
}

void write_efficiency(const EfficiencyExperiment& e, const EfficiencyResult& result,
                      Console& console) {
  write_wrapped(console,
                fmt::format("{}, gamma = {}: J* = {:.3f}, random actions {:.3f}, from uniform "
                            "starts; {}, segments of {}, rationality {}, flips {}",
                            e.problem.name, e.problem.gamma, result.optimal_return,
                            result.random_return, plural(e.seeds.size(), "seed"),
                            plural(static_cast<std::size_t>(e.options.fragment_length), "step"),
                            e.options.rationality, e.options.flip_prob));
  for (const AnnotatorKind annotator : e.annotators)
    write_annotator_tables(e, result, annotator, console);
  console.out << '\n';
  write_wrapped(
      console, fmt::format("score = (J - J random) / (J* - J random) of the greedy policy, exact, "
                           "by pairs of segments: mean{}; accuracy on {} held-out labels. {}",
                           e.seeds.size() > 1 ? " with its standard error" : "", e.options.held_out,
                           efficiency_methods_text(e)));
  write_learned_rewards(e, result, console);
}

int run_efficiency_command(const Registry& registry, const Arguments& arguments, Console& console) {
  const EfficiencyExperiment e = efficiency_of(registry, arguments);
  std::optional<EfficiencyFiles> files;
  if (const auto folder = arguments.text("out"))
    files.emplace(*folder, e, arguments.is_on("force"));
  else if (arguments.is_on("force"))
    throw std::invalid_argument("--force needs --out DIR");

  EfficiencyResult result;
  {
    Progress progress(console, "rlhf efficiency");
    try {
      result = run_efficiency(e, {.stop = console.interrupted,
                                  .progress = [&](double fraction) { progress.update(fraction); }});
    } catch (const Interrupted&) {
      result.cancelled = true;
    }
  }
  if (result.cancelled)
    console.warn(
        fmt::format("interrupted after {} of {} runs", result.runs.size(),
                    e.annotators.size() * e.methods.size() * e.sizes.size() * e.seeds.size()));
  if (arguments.is_on("json"))
    console.out << efficiency_json(e, result).dump(1) << '\n';
  else if (!result.runs.empty())
    write_efficiency(e, result, console);
  if (files && !result.runs.empty()) {
    files->write(e, result);
    console.note("written: " + *arguments.text("out"));
  }
  return result.cancelled ? kInterrupted : kOk;
}

}  // namespace

Command rlhf_efficiency_command() {
  FlagSpec env = shared_flag("env");
  env.fallback = "mfrl_5x5";
  FlagSpec seeds = shared_flag("seeds");
  seeds.doc = "pairs and labels are drawn anew for each: 1,2,5 or 0..29";
  seeds.fallback = "0..9";
  FlagSpec out = shared_flag("out");
  out.value = "DIR";
  out.doc = "write curves and rewards as SVG and all runs as CSV into this folder";
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
  for (FlagSpec& flag : shared_flags({"memory_limit", "file_limit", "jobs"}))
    flags.push_back(std::move(flag));
  flags.push_back(out);
  for (FlagSpec& flag :
       shared_flags({"force", "json", "quiet", "color", "ascii", "config", "set", "print_config"}))
    flags.push_back(std::move(flag));
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
