#include "rl/experiment/results_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/state.hpp"

namespace rl {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::string_view kCheckpointHeader = "rlbook run 2 ";

void write_json(const std::string& path, const Json& json) {
  write_file(path, json.dump(1) + '\n');
}

bool is_there(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

// ---- the folder ---------------------------------------------------------------------------------

bool is_empty_or_missing(const std::string& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return true;
  if (!fs::is_directory(path, error))
    throw std::invalid_argument(fmt::format("{}: is a file, not a folder", path));
  return fs::is_empty(path, error) && !error;
}

using Names = std::span<const char* const>;
constexpr const char* kFolderFiles[] = {"summary.csv",  "summary.json", "comparison.md",
                                        "tables.tex",   "report.html",  "timing.json",
                                        "manifest.json"};
constexpr const char* kFolders[] = {"runs", "worlds", "figures", "tensorboard"};
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
  for (const char* name : kFolders) fs::remove_all(fs::path(folder) / name);
  for (const char* name : kFolderFiles) fs::remove_all(fs::path(folder) / name);
}

void make_folder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw std::invalid_argument(fmt::format("{}: cannot be made: {}", path, error.message()));
}

// ---- a run's files ------------------------------------------------------------------------------

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

/// The record with a hash before it, for a changed bit could not be told from another number.
std::string checkpoint_bytes(RunRecord record) {
  StateWriter writer;
  visit_record(record, writer);
  return fmt::format("{}{}\n{}", kCheckpointHeader, content_hash(writer.bytes), writer.bytes);
}

/// Empty where the bytes are not what checkpoint_bytes made.
std::optional<RunRecord> record_from(std::string_view bytes) {
  const std::size_t begin = kCheckpointHeader.size() + 17;  // 16 digits and a newline
  if (bytes.size() < begin || bytes.substr(0, kCheckpointHeader.size()) != kCheckpointHeader)
    return std::nullopt;
  const std::string_view state = bytes.substr(begin);
  if (bytes.substr(kCheckpointHeader.size(), 16) != content_hash(std::string(state)))
    return std::nullopt;
  RunRecord record;
  try {
    StateReader reader(state);
    visit_record(record, reader);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
  return record;
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
    double sum = 0;
    for (const Evaluation& e : std::span(curve).last(n)) sum += e.*metric.value;
    values[metric.name] = number_or_null(sum / static_cast<double>(n));
  }
  return values;
}

Json final_json(const LearnerVariant& learner, const std::string& world, std::uint64_t seed,
                const RunRecord& record) {
  Json json = {{"learner", learner.name},
               {"variant", learner.variant},
               {"environment", world},
               {"seed", seed},
               {"steps", record.steps},
               {"episodes", record.episodes},
               {"random_return", number_or_null(record.random_return)},
               {"optimal_return", number_or_null(record.optimal_return)}};
  if (record.curve.empty()) return json;
  json["last"] = last_values(record.curve, 1);
  json["final"] = last_values(record.curve, std::max<std::size_t>(1, record.curve.size() / 10));
  if (!record.greedy.empty()) json["greedy_actions"] = record.greedy;
  return json;
}

// ---- reading them back --------------------------------------------------------------------------

/// Refuses a file of a run that is not as the run wrote it.
std::string whole_file(const std::string& folder, const char* name, const Json& status) {
  const std::string path = folder + "/" + name;
  if (!is_there(path)) throw std::invalid_argument(fmt::format("{}: is missing", path));
  std::string text = read_file(path, UINT64_MAX);
  const Json& hashes = status.at("files");
  if (hashes.value(name, "") != content_hash(text))
    throw std::invalid_argument(fmt::format("{}: is damaged: it is not as the run wrote it", path));
  return text;
}

/// Whether the status file is of this record, and the files that it names are whole; the first that
/// is not in `damaged`.
bool status_tells(const std::string& folder, const RunRecord& record, std::string& damaged) {
  const std::string path = folder + "/status.json";
  if (!is_there(path)) return false;
  const Json status = Json::parse(read_file(path), nullptr, false);
  if (!status.is_object() || !status.contains("files") || !status["files"].is_object()) {
    damaged = path;
    return false;
  }
  if (status.value("steps", Json()) != record.steps ||
      status.value("episodes", Json()) != record.episodes)
    return false;
  for (const char* name : {"metrics.csv", "final.json"}) {
    try {
      whole_file(folder, name, status);
    } catch (const std::exception&) {
      damaged = folder + "/" + name;
      return false;
    }
  }
  return true;
}

Evaluation empty_evaluation(std::int64_t step, std::int64_t episode) {
  Evaluation e{.step = step, .episode = episode};
  for (const EvaluationMetric& metric : kEvaluationMetrics) e.*metric.value = kNoNumber;
  return e;
}

/// The curve that metrics_csv wrote; the file is known to be whole.
std::vector<Evaluation> curve_from(const std::string& csv) {
  std::vector<Evaluation> curve;
  std::size_t at = csv.find('\n') + 1;
  while (at < csv.size()) {
    char* next = nullptr;
    const std::int64_t step = std::strtoll(csv.c_str() + at, &next, 10);
    const std::int64_t episode = std::strtoll(next + 1, &next, 10);
    const char* name = next + 1;
    const char* comma = std::find(name, csv.c_str() + csv.size(), ',');
    if (curve.empty() || curve.back().step != step || curve.back().episode != episode)
      curve.push_back(empty_evaluation(step, episode));
    for (const EvaluationMetric& metric : kEvaluationMetrics)
      if (metric.name == std::string_view(name, static_cast<std::size_t>(comma - name)))
        curve.back().*metric.value = std::strtod(comma + 1, nullptr);
    at = csv.find('\n', at) + 1;
  }
  return curve;
}

double number_from(const Json& json) { return json.is_null() ? kNoNumber : json.get<double>(); }

RunRecord read_run(const std::string& folder) {
  RunRecord record;
  const std::string path = folder + "/status.json";
  if (!is_there(path)) return record;
  const Json status = Json::parse(read_file(path), nullptr, false);
  if (!status.is_object() || !status.contains("files"))
    throw std::invalid_argument(fmt::format("{}: is damaged", path));
  const Json last = Json::parse(whole_file(folder, "final.json", status));
  record.status = status.at("status") == "failed" ? RunStatus::failed : RunStatus::complete;
  if (record.status == RunStatus::failed) record.error = status.at("error");
  record.steps = status.at("steps");
  record.episodes = status.at("episodes");
  record.curve = curve_from(whole_file(folder, "metrics.csv", status));
  record.random_return = number_from(last.at("random_return"));
  record.optimal_return = number_from(last.at("optimal_return"));
  if (last.contains("greedy_actions")) record.greedy = last.at("greedy_actions");
  return record;
}

}  // namespace

std::string run_folder(const LearnerVariant& learner, const std::string& world,
                       std::uint64_t seed) {
  return fmt::format("runs/{}/{}/{}/seed-{}", folder_name(learner.name),
                     folder_name(learner.variant), folder_name(world), seed);
}

ResultsFolder::ResultsFolder(std::string path, const Experiment& experiment, Manifest manifest,
                             ExistingResults existing)
    : path_(std::move(path)),
      experiment_(experiment),
      manifest_(std::move(manifest)),
      existing_(existing) {
  check(path_, manifest_, existing);
}

void ResultsFolder::begin() const {
  if (!is_empty_or_missing(path_)) {
    if (existing_ == ExistingResults::replace) remove_results(path_);
    if (existing_ == ExistingResults::resume) remove_unfinished_files(path_);
  }
  make_folder(path_);
  for (const ManifestWorld& world : manifest_.worlds) {
    if (world.file.empty()) continue;
    make_folder(path_ + "/worlds");
    write_file(path_ + "/" + world_file(world.name), world.file);
  }
  write_file(path_ + "/manifest.json", manifest_json(manifest_));
}

void ResultsFolder::check(const std::string& path, const Manifest& manifest,
                          ExistingResults existing) {
  if (is_empty_or_missing(path)) return;
  if (!is_there(path + "/manifest.json"))
    throw std::invalid_argument(
        fmt::format("{}: is not empty and holds no results of rlbook", path));
  if (existing == ExistingResults::refuse)
    throw std::invalid_argument(fmt::format(
        "{}: holds results already: --resume goes on with them, --force deletes them", path));
  if (existing == ExistingResults::replace) return;
  if (const std::string why = why_not_resumed(read_manifest(path), manifest); !why.empty())
    throw std::invalid_argument(fmt::format("{}: these results cannot be resumed: {}", path, why));
}

std::string ResultsFolder::run_folder(const RunId& id) const {
  return rl::run_folder(manifest_.learners[id.contender], manifest_.worlds[id.world].name,
                        manifest_.seeds[id.seed]);
}

ExperimentHooks ResultsFolder::hooks(ExperimentHooks hooks) const {
  hooks.begin = [this] { begin(); };
  hooks.restore = [this](const RunId& id) { return restore(id); };
  hooks.keep = [this](const RunId& id, const RunRecord& record) { keep(id, record); };
  return hooks;
}

void ResultsFolder::note_damage(const std::string& file, const char* what_follows) const {
  const std::lock_guard lock(mutex_);
  std::string note = fmt::format("{} is damaged: {}", file, what_follows);
  if (std::find(damages_.begin(), damages_.end(), note) == damages_.end())
    damages_.push_back(std::move(note));
}

std::vector<std::string> ResultsFolder::damages() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> sorted = damages_;
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::optional<RunRecord> ResultsFolder::restore(const RunId& id) const {
  if (existing_ != ExistingResults::resume) return std::nullopt;
  const std::string folder = path_ + "/" + run_folder(id);
  if (!is_there(folder + "/checkpoint")) return std::nullopt;
  std::optional<RunRecord> record = record_from(read_file(folder + "/checkpoint", UINT64_MAX));
  if (!record) {
    note_damage(folder + "/checkpoint", "the run is made again");
    return std::nullopt;
  }
  // Killed between checkpoint and status: the other files, which may be an earlier run's or
  // missing, are to be written again.
  std::string damaged;
  if (!status_tells(folder, *record, damaged)) record->status = RunStatus::cut_off;
  if (!damaged.empty()) note_damage(damaged, "it is written again from the checkpoint");
  return record;
}

void ResultsFolder::keep(const RunId& id, const RunRecord& record) const {
  const std::string folder = path_ + "/" + run_folder(id);
  make_folder(folder);
  const auto at = [&](const char* name) { return folder + "/" + name; };
  if (record.status == RunStatus::failed)
    fs::remove(at("checkpoint"));
  else
    write_file(at("checkpoint"), checkpoint_bytes(record));
  const std::string metrics = metrics_csv(record.curve);
  write_file(at("metrics.csv"), metrics);
  if (record.status == RunStatus::cut_off) {  // what an earlier, shorter run left is now behind
    fs::remove(at("final.json"));
    fs::remove(at("status.json"));
    return;
  }
  const std::string last =
      final_json(manifest_.learners[id.contender], manifest_.worlds[id.world].name,
                 manifest_.seeds[id.seed], record)
          .dump(1) +
      '\n';
  write_file(at("final.json"), last);
  const bool complete = record.status == RunStatus::complete;
  write_json(
      at("status.json"),
      {{"status", complete ? "complete" : "failed"},
       {"error", complete ? Json() : Json(record.error)},
       {"steps", record.steps},
       {"episodes", record.episodes},
       {"files", {{"metrics.csv", content_hash(metrics)}, {"final.json", content_hash(last)}}}});
}

void ResultsFolder::write_timing(const ExperimentResult& result, double seconds) const {
  Json runs = Json::object();
  for (std::size_t c = 0; c < experiment_.contenders.size(); ++c)
    for (std::size_t w = 0; w < experiment_.worlds.size(); ++w)
      for (std::size_t s = 0; s < experiment_.seeds.size(); ++s)
        if (const double t = result.seconds[run_index(experiment_, {c, w, s})]; t > 0)
          runs[run_folder({c, w, s})] = t;
  write_json(path_ + "/timing.json", {{"seconds", seconds}, {"runs", std::move(runs)}});
}

Results read_results(const std::string& path, const Manifest& manifest) {
  Results results{.learners = manifest.learners,
                  .worlds = {},
                  .seeds = manifest.seeds,
                  .budget = manifest.budget,
                  .runs = {}};
  for (const ManifestWorld& world : manifest.worlds) results.worlds.push_back(world.name);
  for (const LearnerVariant& learner : results.learners)
    for (const std::string& world : results.worlds)
      for (const std::uint64_t seed : results.seeds) {
        const std::string folder = path + "/" + run_folder(learner, world, seed);
        try {
          results.runs.push_back(read_run(folder));
        } catch (const Json::exception& e) {
          throw std::invalid_argument(fmt::format("{}: is damaged: {}", folder, e.what()));
        }
      }
  return results;
}

std::optional<std::int64_t> kept_evaluation_distance(const std::string& path) {
  if (is_empty_or_missing(path)) return std::nullopt;
  return read_manifest(path).eval_every;
}

}  // namespace rl
