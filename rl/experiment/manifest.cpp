#include "rl/experiment/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "rl/files.hpp"
#include "rl/random.hpp"

namespace rl {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kManifestFormat = 2;

Json limit_json(std::int64_t n) { return n == kNoLimit ? Json() : Json(n); }

std::int64_t limit_of(const Json& json) {
  return json.is_null() ? kNoLimit : json.get<std::int64_t>();
}

Json statistics_json(const SummaryOptions& options) {
  return {{"test", option_name(options.test)},
          {"adjust", option_name(options.adjustment)},
          {"interval", option_name(options.interval)},
          {"level", options.level},
          {"resample_tasks", options.resample_tasks}};
}

SummaryOptions statistics_from(const Json& json) {
  return {.test = pair_test(json.at("test")),
          .adjustment = adjustment(json.at("adjust")),
          .interval = interval_method(json.at("interval")),
          .level = json.at("level"),
          .resample_tasks = json.at("resample_tasks")};
}

Manifest manifest_from(const Json& json) {
  const Json& config = json.at("config");
  const Json& session = json.at("session");
  Manifest m{.build = {json.at("version"), json.at("compiler")},
             .session = {session.at("command"), session.at("date"), session.at("host"),
                         session.at("path"), session.at("threads")},
             .learners = {},
             .worlds = {},
             .seeds = json.at("seeds"),
             .budget = {limit_of(json.at("steps")), limit_of(json.at("episodes"))},
             .eval_every = config.at("eval_every"),
             .tuning = json.at("tuning").dump(),
             .statistics = statistics_from(json.at("statistics"))};
  for (const Json& learner : config.at("learners"))
    m.learners.push_back(
        {learner.at("learner"), learner.at("variant"), learner.at("options").dump()});
  for (const Json& world : config.at("environments"))
    m.worlds.push_back({.name = world.at("environment"), .facts = world.at("facts").dump()});
  return m;
}

bool same_learner(const LearnerVariant& a, const LearnerVariant& b) {
  return a.name == b.name && a.variant == b.variant && a.options == b.options;
}

bool same_world(const ManifestWorld& a, const ManifestWorld& b) {
  return a.name == b.name && a.facts == b.facts;
}

/// "their learners were sarsa {...}, q_learning {...}"
std::string learners_text(const std::vector<LearnerVariant>& learners) {
  std::string text;
  for (const LearnerVariant& learner : learners)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", learner.label(), learner.options);
  return text;
}

std::string worlds_text(const std::vector<ManifestWorld>& worlds) {
  std::string text;
  for (const ManifestWorld& world : worlds)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", world.name, world.facts);
  return text;
}

std::string limit_text(std::int64_t n) { return n == kNoLimit ? "unlimited" : std::to_string(n); }

bool limit_shrinks(std::int64_t before, std::int64_t after) {
  return (before == kNoLimit) != (after == kNoLimit) || after < before;
}

}  // namespace

Manifest manifest_of(const Experiment& e, std::vector<ManifestWorld> worlds, Build build,
                     Session session, const SummaryOptions& statistics, std::string tuning) {
  return {.build = std::move(build),
          .session = std::move(session),
          .learners = learners_of(e),
          .worlds = std::move(worlds),
          .seeds = e.seeds,
          .budget = e.budget,
          .eval_every = evaluation_distance(e),
          .tuning = std::move(tuning),
          .statistics = statistics};
}

std::string manifest_json(const Manifest& m) {
  Json learners = Json::array();
  for (const LearnerVariant& learner : m.learners)
    learners.push_back({{"learner", learner.name},
                        {"variant", learner.variant},
                        {"options", Json::parse(learner.options)}});
  Json worlds = Json::array();
  for (const ManifestWorld& world : m.worlds)
    worlds.push_back({{"environment", world.name}, {"facts", Json::parse(world.facts)}});
  const Json manifest = {{"format", kManifestFormat},
                         {"version", m.build.version},
                         {"compiler", m.build.compiler},
                         {"config",
                          {{"learners", std::move(learners)},
                           {"environments", std::move(worlds)},
                           {"eval_every", m.eval_every}}},
                         {"steps", limit_json(m.budget.steps)},
                         {"episodes", limit_json(m.budget.episodes)},
                         {"seeds", m.seeds},
                         {"tuning", Json::parse(m.tuning)},
                         {"statistics", statistics_json(m.statistics)},
                         {"session",
                          {{"command", m.session.command},
                           {"date", m.session.date},
                           {"host", m.session.host},
                           {"path", m.session.path},
                           {"threads", m.session.threads}}}};
  return manifest.dump(1) + '\n';
}

Manifest read_manifest(const std::string& folder) {
  const std::string path = folder + "/manifest.json";
  std::error_code error;
  if (!fs::exists(path, error))
    throw std::invalid_argument(fmt::format("{}: holds no results of rlbook", folder));
  const Json json = Json::parse(read_file(path), nullptr, false);
  if (!json.is_object() || !json.contains("format") || !json.contains("config"))
    throw std::invalid_argument(
        fmt::format("{}: is damaged, or not a manifest of rlbook's results", path));
  if (json["format"] != kManifestFormat)
    throw std::invalid_argument(fmt::format("{}: has format {}, this version reads format {}", path,
                                            json["format"].dump(), kManifestFormat));
  try {
    Manifest manifest = manifest_from(json);
    for (ManifestWorld& world : manifest.worlds)
      if (const std::string file = folder + "/" + world_file(world.name); fs::exists(file, error))
        world.file = read_file(file);
    return manifest;
  } catch (const Json::exception& e) {
    throw std::invalid_argument(fmt::format("{}: is damaged: {}", path, e.what()));
  }
}

std::string why_not_resumed(const Manifest& old, const Manifest& now) {
  if (old.build.version != now.build.version)
    return fmt::format("they were made by version {}, this is {}", old.build.version,
                       now.build.version);
  if (old.build.compiler != now.build.compiler)
    return fmt::format("they were made with compiler {}, this is {}", old.build.compiler,
                       now.build.compiler);
  if (!std::equal(old.learners.begin(), old.learners.end(), now.learners.begin(),
                  now.learners.end(), same_learner))
    return fmt::format("their learners differ: {}", learners_text(old.learners));
  if (!std::equal(old.worlds.begin(), old.worlds.end(), now.worlds.begin(), now.worlds.end(),
                  same_world))
    return fmt::format("their environments differ: {}", worlds_text(old.worlds));
  if (old.eval_every != now.eval_every)
    return fmt::format("their eval_every differ: {}", old.eval_every);
  if (old.tuning != now.tuning)
    return fmt::format("their options were chosen otherwise: {}", old.tuning);
  if (limit_shrinks(old.budget.steps, now.budget.steps))
    return fmt::format("their budget was {} steps", limit_text(old.budget.steps));
  if (limit_shrinks(old.budget.episodes, now.budget.episodes))
    return fmt::format("their budget was {} episodes", limit_text(old.budget.episodes));
  for (const std::uint64_t seed : old.seeds)
    if (std::find(now.seeds.begin(), now.seeds.end(), seed) == now.seeds.end())
      return fmt::format("they have seed {}", seed);
  return {};
}

std::string world_file(const std::string& world) {
  const fs::path path(world);  // readers tell formats by the ending
  return "worlds/" + folder_name((path.parent_path() / path.stem()).string()) +
         path.extension().string();
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
