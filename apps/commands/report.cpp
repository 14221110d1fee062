// rlbook report: results analysed again without running again, and scores from elsewhere.
#include "apps/report.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "apps/commands/commands.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "rl/experiment/results_folder.hpp"
#include "rl/experiment/scores_csv.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

namespace fs = std::filesystem;

/// What is reported, and where from.
struct Source {
  Manifest manifest;
  Results results;
  std::string folder;  ///< that holds the worlds' files; empty for scores
  std::string heading;
};

/// Results of several folders as one: the same worlds, seeds and budget, other learners.
Source from_folders(const std::vector<std::string>& folders) {
  Source source;
  std::vector<Results> several;
  for (const std::string& folder : folders) {
    const Manifest manifest = read_manifest(folder);
    several.push_back(read_results(folder, manifest));
    if (several.size() == 1) {
      source.manifest = manifest;
      source.folder = folder;
      continue;
    }
    for (std::size_t w = 0; w < manifest.worlds.size(); ++w)
      if (w < source.manifest.worlds.size() &&
          manifest.worlds[w].facts != source.manifest.worlds[w].facts)
        throw std::invalid_argument(fmt::format("{}: world {} is not that of {}", folder,
                                                manifest.worlds[w].name, source.folder));
    for (const LearnerVariant& learner : manifest.learners)
      source.manifest.learners.push_back(learner);
  }
  source.results = joined(several);
  source.heading = size_text(source.results, source.manifest.eval_every);
  return source;
}

Source from_scores(const std::string& path) {
  Source source;
  source.results = read_scores_csv(read_file(path), path);
  source.heading = fmt::format("{} x {} x {}", plural(source.results.learners.size(), "learner"),
                               plural(source.results.worlds.size(), "task"),
                               plural(source.results.seeds.size(), "seed"));
  return source;
}

/// As the results were analysed before, but for what is asked now.
SummaryOptions options_over(const SummaryOptions& before, const SummaryOptions& asked,
                            const Arguments& arguments) {
  SummaryOptions options = before;
  if (arguments.given("test") || arguments.is_on("paired")) options.test = asked.test;
  if (arguments.given("adjust")) options.adjustment = asked.adjustment;
  if (arguments.given("interval")) options.interval = asked.interval;
  if (arguments.given("level")) options.level = asked.level;
  if (arguments.is_on("resample_tasks")) options.resample_tasks = true;
  return options;
}

void make_output_folder(const std::string& path, bool force) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error))
    throw std::invalid_argument(fmt::format("{}: is a file, not a folder", path));
  if (fs::exists(path + "/report.html", error) && !force)
    throw std::invalid_argument(
        fmt::format("{}: holds a report already: --force replaces it", path));
  fs::create_directories(path, error);
  if (error)
    throw std::invalid_argument(fmt::format("{}: cannot be made: {}", path, error.message()));
}

int report(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::vector<std::string>& folders = arguments.operands();
  const auto scores = arguments.text("scores");
  if (scores.has_value() != folders.empty())
    throw std::invalid_argument("'report' needs results, DIR..., or --scores FILE.csv");
  const SummaryOptions asked = summary_options(arguments);
  Source source = scores ? from_scores(*scores) : from_folders(folders);
  const SummaryOptions options = options_over(source.manifest.statistics, asked, arguments);
  source.manifest.statistics = options;
  const Summary summary = summarize(source.results, options);
  if (summary.rows.empty())
    throw std::invalid_argument(
        fmt::format("{}: no run is complete: there is nothing to report", folders.front()));

  const auto out = arguments.text("out");
  const bool in_place = !out && folders.size() == 1;
  const std::string path = in_place ? folders.front() : out.value_or("");
  if (!path.empty()) {
    if (!in_place) make_output_folder(path, arguments.is_on("force"));
    Report made = scores ? make_report(source.results, summary)
                         : results_report(registry, source.manifest, source.folder, source.results,
                                          summary, console);
    if (scores) made.size = source.heading;
    if (folders.size() > 1) made.command.clear();  // no single call makes them
    write_report(path, made);
    if (arguments.is_on("tensorboard") && !scores) write_tensorboard(path, source.results);
    if (in_place) write_file(path + "/manifest.json", manifest_json(source.manifest));
  }
  if (arguments.is_on("json"))
    console.out << summary_json(summary);
  else
    write_comparison(summary, source.heading, console);
  if (!path.empty()) console.note(fmt::format("written: {0}, to be read in {0}/report.html", path));
  return kOk;
}

}  // namespace

Command report_command() {
  FlagSpec out = shared_flag("out");
  out.value = "DIR";
  out.doc = "write the report here; one folder of results holds its own if not given";
  std::vector<FlagSpec> flags = {
      {"scores", "FILE.csv", "scores from elsewhere: columns learner, task, seed, score"}, out};
  for (FlagSpec& flag : report_flags()) flags.push_back(std::move(flag));
  for (FlagSpec& flag : shared_flags({"force", "json", "quiet", "color"}))
    flags.push_back(std::move(flag));
  return {
      {.command = "report",
       .usage = "DIR... | --scores FILE.csv [--out DIR] [--test welch ...]",
       .doc = "results analysed again, without running again",
       .operands = {"DIR", 0, 1000},
       .flags = std::move(flags),
       .examples = {"report results", "report results --paired --interval bca",
                    "report monday tuesday --out both", "report --scores scores.csv --out report"}},
      report};
}

}  // namespace rl::apps
