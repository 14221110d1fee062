#include "rl/experiment/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/random.hpp"
#include "rl/state.hpp"

namespace rl {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kFormat = 1;
constexpr const char* kRunHeader = "rlbook run 1\n";

Json parse(const std::string& text) { return Json::parse(text); }

std::string json_text(const Json& json) { return json.dump(1) + '\n'; }

void write_json(const std::string& path, const Json& json) { write_file(path, json_text(json)); }

Json limit(std::int64_t n) { return n == kNoLimit ? Json() : Json(n); }

// ---- the manifest -------------------------------------------------------------------------------

Json config_json(const Experiment& e, const std::vector<std::string>& world_facts) {
  Json learners = Json::array();
  for (const Contender& c : e.contenders)
    learners.push_back({{"learner", c.algorithm->name},
                        {"variant", c.variant},
                        {"options", parse(full_options(c))}});
  Json worlds = Json::array();
  for (std::size_t w = 0; w < e.worlds.size(); ++w)
    worlds.push_back({{"environment", e.worlds[w].name}, {"facts", parse(world_facts[w])}});
  return {{"learners", std::move(learners)},
          {"environments", std::move(worlds)},
          {"eval_every", evaluation_distance(e)}};
}

Json manifest_json(const Experiment& e, const std::vector<std::string>& world_facts,
                   const Build& build, const Session& session) {
  return {{"format", kFormat},
          {"version", build.version},
          {"compiler", build.compiler},
          {"config", config_json(e, world_facts)},
          {"steps", limit(e.budget.steps)},
          {"episodes", limit(e.budget.episodes)},
          {"seeds", e.seeds},
          {"session",
           {{"command", session.command},
            {"date", session.date},
            {"host", session.host},
            {"path", session.path},
            {"threads", session.threads}}}};
}

/// Why results under manifest `old` cannot go on as `now`; empty where they can.
std::string obstacle(const Json& old, const Json& now) {
  for (const char* key : {"format", "version", "compiler"})
    if (old.at(key) != now.at(key))
      return fmt::format("they were made with {} {}, this is {}", key, old.at(key).dump(),
                         now.at(key).dump());
  for (const char* key : {"learners", "environments", "eval_every"})
    if (old.at("config").at(key) != now.at("config").at(key))
      return fmt::format("their {} differ: {}", key, old.at("config").at(key).dump());
  for (const char* key : {"steps", "episodes"}) {
    const Json& before = old.at(key);
    const Json& after = now.at(key);
    if (before.is_null() != after.is_null() || (!before.is_null() && after < before))
      return fmt::format("their budget was {} {}", before.dump(), key);
  }
  for (const Json& seed : old.at("seeds"))
    if (std::find(now.at("seeds").begin(), now.at("seeds").end(), seed) == now.at("seeds").end())
      return fmt::format("they have seed {}", seed.dump());
  return {};
}

void check_continues(const Json& old, const Json& now, const std::string& path) {
  std::string why;
  try {
    why = obstacle(old, now);
  } catch (const Json::exception&) {
    why = "manifest.json is not one of rlbook's";
  }
  if (!why.empty())
    throw std::invalid_argument(fmt::format("{}: these results cannot be resumed: {}", path, why));
}

// ---- the folder ---------------------------------------------------------------------------------

bool is_empty_or_missing(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return true;
  if (!fs::is_directory(path, error))
    throw std::invalid_argument(fmt::format("{}: is a file, not a folder", path));
  return fs::is_empty(path, error) && !error;
}

Json read_manifest(const std::string& folder) {
  std::error_code error;
  const std::string path = folder + "/manifest.json";
  Json manifest;
  if (fs::exists(path, error)) manifest = Json::parse(read_file(path), nullptr, false);
  if (!manifest.is_object() || !manifest.contains("format") || !manifest.contains("config"))
    throw std::invalid_argument(
        fmt::format("{}: is not empty and holds no results of rlbook", folder));
  return manifest;
}

using Names = std::span<const char* const>;
constexpr const char* kFolderFiles[] = {"summary.csv", "summary.json", "comparison.md",
                                        "timing.json", "manifest.json"};
constexpr const char* kRunFiles[] = {"metrics.csv", "final.json", "status.json", "checkpoint"};

/// Whether write_file was making one of these files under this name: "status.json.tmp0".
bool is_unfinished(const fs::directory_entry& entry, Names files) {
  const std::string end = entry.path().extension().string();
  return entry.is_regular_file() && end.size() > 4 && end.rfind(".tmp", 0) == 0 &&
         end.find_first_not_of("0123456789", 4) == std::string::npos &&
         std::find(files.begin(), files.end(), entry.path().stem()) != files.end();
}

/// What was being written when an earlier call was killed; files of others stay.
void remove_unfinished_files(const std::string& folder) {
  std::vector<fs::path> unfinished;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (is_unfinished(entry, kFolderFiles)) unfinished.push_back(entry.path());
  if (const fs::path runs = fs::path(folder) / "runs"; fs::is_directory(runs))
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(runs))
      if (is_unfinished(entry, kRunFiles)) unfinished.push_back(entry.path());
  for (const fs::path& path : unfinished) fs::remove(path);
}

void remove_results(const std::string& folder) {
  fs::remove_all(fs::path(folder) / "runs");
  for (const char* name : kFolderFiles) fs::remove_all(fs::path(folder) / name);
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw std::invalid_argument(fmt::format("{}: cannot be made: {}", path, error.message()));
}

// ---- a run --------------------------------------------------------------------------------------

template <class Visitor>
void visit_record(RunRecord& r, Visitor& visit) {
  visit("status", r.status);
  visit("steps", r.steps);
  visit("episodes", r.episodes);
  visit("curve", r.curve);
  visit("random_return", r.random_return);
  visit("optimal_return", r.optimal_return);
  visit("checkpoint", r.checkpoint);
}

/// Whether the status file is of this record.
bool status_tells(const std::string& path, const RunRecord& record) {
  std::error_code error;
  if (!fs::exists(path, error)) return false;
  const Json status = Json::parse(read_file(path), nullptr, false);
  return status.is_object() && status.value("steps", Json()) == record.steps &&
         status.value("episodes", Json()) == record.episodes;
}

std::string metrics_csv(const std::vector<Evaluation>& curve) {
  std::string text = "step,episode,metric,value\n";
  for (const Evaluation& e : curve)
    for (const EvaluationMetric& metric : kEvaluationMetrics)
      if (const double x = e.*metric.value; !std::isnan(x))
        text += fmt::format("{},{},{},{}\n", e.step, e.episode, metric.name, x);
  return text;
}

Json last_values(const std::vector<Evaluation>& curve, std::size_t n) {
  Json values = Json::object();
  for (const EvaluationMetric& metric : kEvaluationMetrics) {
    std::vector<double> x;
    for (const Evaluation& e : std::span(curve).last(n)) x.push_back(e.*metric.value);
    values[metric.name] = number_or_null(mean(x));
  }
  return values;
}

Json final_json(const Experiment& e, const RunId& id, const RunRecord& record) {
  Json json = {{"learner", e.contenders[id.contender].algorithm->name},
               {"variant", e.contenders[id.contender].variant},
               {"environment", e.worlds[id.world].name},
               {"seed", e.seeds[id.seed]},
               {"steps", record.steps},
               {"episodes", record.episodes},
               {"random_return", number_or_null(record.random_return)},
               {"optimal_return", number_or_null(record.optimal_return)}};
  if (record.curve.empty()) return json;
  json["last"] = last_values(record.curve, 1);
  json["final"] = last_values(record.curve, std::max<std::size_t>(1, record.curve.size() / 10));
  return json;
}

std::string markdown_table(const TextTable& table) {
  std::string text;
  for (std::size_t r = 0; r < table.size(); ++r) {
    text += '|';
    for (const std::string& cell : table[r]) text += fmt::format(" {} |", cell);
    text += '\n';
    if (r > 0) continue;
    text += '|';
    for (std::size_t c = 0; c < table[r].size(); ++c) text += "---|";
    text += '\n';
  }
  return text;
}

}  // namespace

ResultsFolder::ResultsFolder(std::string path, const Experiment& experiment,
                             const std::vector<std::string>& world_facts, const Build& build,
                             const Session& session, ExistingResults existing)
    : path_(std::move(path)),
      experiment_(experiment),
      manifest_(json_text(manifest_json(experiment, world_facts, build, session))),
      existing_(existing) {
  check(path_, experiment, world_facts, build, existing);
}

void ResultsFolder::begin() const {
  if (!is_empty_or_missing(path_)) {
    if (existing_ == ExistingResults::replace) remove_results(path_);
    if (existing_ == ExistingResults::resume) remove_unfinished_files(path_);
  }
  make_folder(path_);
  write_file(path_ + "/manifest.json", manifest_);
}

void ResultsFolder::check(const std::string& path, const Experiment& experiment,
                          const std::vector<std::string>& world_facts, const Build& build,
                          ExistingResults existing) {
  if (is_empty_or_missing(path)) return;
  const Json old = read_manifest(path);
  if (existing == ExistingResults::refuse)
    throw std::invalid_argument(fmt::format(
        "{}: holds results already: --resume goes on with them, --force deletes them", path));
  if (existing == ExistingResults::resume)
    check_continues(old, manifest_json(experiment, world_facts, build, {}), path);
}

std::string ResultsFolder::run_folder(const RunId& id) const {
  const Contender& contender = experiment_.contenders[id.contender];
  return fmt::format("runs/{}/{}/{}/seed-{}", folder_name(contender.algorithm->name),
                     folder_name(contender.variant), folder_name(experiment_.worlds[id.world].name),
                     experiment_.seeds[id.seed]);
}

ExperimentHooks ResultsFolder::hooks(ExperimentHooks hooks) const {
  hooks.begin = [this] { begin(); };
  hooks.restore = [this](const RunId& id) { return restore(id); };
  hooks.keep = [this](const RunId& id, const RunRecord& record) { keep(id, record); };
  return hooks;
}

std::optional<RunRecord> ResultsFolder::restore(const RunId& id) const {
  if (existing_ != ExistingResults::resume) return std::nullopt;
  const std::string folder = path_ + "/" + run_folder(id);
  std::error_code error;
  if (!fs::exists(folder + "/checkpoint", error)) return std::nullopt;
  const std::string bytes = read_file(folder + "/checkpoint", UINT64_MAX);
  const std::string_view header = kRunHeader;
  if (bytes.compare(0, header.size(), header) != 0) return std::nullopt;
  RunRecord record;
  try {
    StateReader reader(std::string_view(bytes).substr(header.size()));
    visit_record(record, reader);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
  // Killed between checkpoint and status: the other files, which may be an earlier run's or
  // missing, are to be written again.
  if (!status_tells(folder + "/status.json", record)) record.status = RunStatus::cut_off;
  return record;
}

void ResultsFolder::keep(const RunId& id, const RunRecord& record) const {
  const fs::path folder = fs::path(path_) / run_folder(id);
  fs::create_directories(folder);
  const auto at = [&](const char* name) { return (folder / name).string(); };
  if (record.status == RunStatus::failed) {
    fs::remove(at("checkpoint"));
  } else {
    StateWriter writer;
    RunRecord copy = record;
    visit_record(copy, writer);
    write_file(at("checkpoint"), kRunHeader + writer.bytes);
  }
  write_file(at("metrics.csv"), metrics_csv(record.curve));
  if (record.status == RunStatus::cut_off) {  // what an earlier, shorter run left is now behind
    fs::remove(at("final.json"));
    fs::remove(at("status.json"));
    return;
  }
  write_json(at("final.json"), final_json(experiment_, id, record));
  const bool complete = record.status == RunStatus::complete;
  write_json(at("status.json"), {{"status", complete ? "complete" : "failed"},
                                 {"error", complete ? Json() : Json(record.error)},
                                 {"steps", record.steps},
                                 {"episodes", record.episodes}});
}

void ResultsFolder::write_summary(const Summary& summary, const ExperimentResult& result,
                                  double seconds) const {
  write_file(path_ + "/summary.csv", summary_csv(summary));
  write_file(path_ + "/summary.json", summary_json(summary));
  write_file(path_ + "/comparison.md", comparison_markdown(summary));
  Json runs = Json::object();
  for (std::size_t c = 0; c < experiment_.contenders.size(); ++c)
    for (std::size_t w = 0; w < experiment_.worlds.size(); ++w)
      for (std::size_t s = 0; s < experiment_.seeds.size(); ++s)
        if (const double t = result.seconds[run_index(experiment_, {c, w, s})]; t > 0)
          runs[run_folder({c, w, s})] = t;
  write_json(path_ + "/timing.json", {{"seconds", seconds}, {"runs", std::move(runs)}});
}

std::optional<std::int64_t> kept_evaluation_distance(const std::string& path) {
  if (is_empty_or_missing(path)) return std::nullopt;
  const Json config = read_manifest(path).at("config");
  if (!config.is_object() || !config.contains("eval_every")) return std::nullopt;
  const Json& distance = config.at("eval_every");
  return distance.is_number_integer() ? std::optional(distance.get<std::int64_t>()) : std::nullopt;
}

std::string comparison_markdown(const Summary& summary) {
  std::string text = "# Comparison\n";
  for (const std::string& environment : summary.environments) {
    text += fmt::format("\n## {}\n", environment);
    if (const TextTable scores = score_table(summary, environment); !scores.empty())
      text += "\nScore of the greedy policy: 0 is the random policy, 1 the optimal one.\n\n" +
              markdown_table(scores);
    if (const TextTable spread = spread_table(summary, environment); spread.size() > 1)
      text += "\nMean (standard deviation) at the end:\n\n" + markdown_table(spread);
    const std::vector<std::string> pairs = pair_sentences(summary, environment);
    if (!pairs.empty())
      text += fmt::format("\nPairwise, Welch on final score, Holm over {} tests:\n\n",
                          summary.pairs.size());
    for (std::size_t i = 0; i < pairs.size(); i += 2)
      text += fmt::format("- {}  \n{}\n", pairs[i], pairs[i + 1]);
    if (const std::string power = power_sentence(summary, environment); !power.empty())
      text += fmt::format("\n{}\n", power);
  }
  if (!summary.notes.empty()) text += "\n## Notes\n\n";
  for (const std::string& note : summary.notes) text += fmt::format("- {}\n", note);
  return text;
}

std::string folder_name(const std::string& name) {
  constexpr std::size_t kLongest = 100;
  std::string safe;
  for (const char c : name) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("._=,+-").find(c) != std::string_view::npos;
    safe += kept ? c : '_';
  }
  const bool hidden = !safe.empty() && safe.front() == '.';
  if (hidden) safe.front() = '_';
  if (safe == name && safe.size() <= kLongest) return safe;
  return fmt::format("{}-{}", safe.substr(0, kLongest), content_hash(name));
}

std::string content_hash(const std::string& bytes) { return fmt::format("{:016x}", fnv1a(bytes)); }

}  // namespace rl
