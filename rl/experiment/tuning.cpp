#include "rl/experiment/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "rl/experiment/run_curve.hpp"
#include "rl/json_text.hpp"

namespace rl {

using Json = nlohmann::ordered_json;

namespace {

TuningScore tuning_score(const Results& results, std::size_t learner) {
  TuningScore score;
  std::vector<double> of_runs;
  for (std::size_t s = 0; s < results.seeds.size(); ++s) {
    double sum = 0;
    bool failed = false;
    bool complete = true;
    for (std::size_t w = 0; w < results.worlds.size(); ++w) {
      const RunRecord& run = results.run(learner, w, s);
      complete = complete && run.status != RunStatus::cut_off;
      failed = failed || run.status == RunStatus::failed;
      const auto curve = run_curve(results.budget, evaluation_metric("eval/score"), run);
      if (!curve && run.status != RunStatus::cut_off)
        throw std::invalid_argument(
            fmt::format("{}: every policy has the same return, or one without limit: there is no "
                        "score to tune by",
                        results.worlds[w]));
      if (curve) sum += curve->final;
    }
    if (!complete) continue;
    of_runs.push_back(sum / static_cast<double>(results.worlds.size()));
    score.failed += failed ? 1 : 0;
  }
  score.n = of_runs.size();
  score.mean = of_runs.empty() ? kNoNumber : mean(of_runs);
  score.ci = of_runs.size() < 2 ? Interval{kNoNumber, kNoNumber} : t_interval(of_runs);
  return score;
}

Json score_json(const TuningScore& score) {
  return {{"mean", number_or_null(score.mean)},
          {"ci", {number_or_null(score.ci.low), number_or_null(score.ci.high)}},
          {"n", score.n},
          {"failed", score.failed}};
}

double number_in(const Json& json) { return json.is_null() ? kNoNumber : json.get<double>(); }

TuningScore score_from(const Json& json) {
  return {.mean = number_in(json.at("mean")),
          .ci = {number_in(json.at("ci").at(0)), number_in(json.at("ci").at(1))},
          .n = json.at("n"),
          .failed = json.at("failed")};
}

Json limit_or_null(std::int64_t n) { return n == kNoLimit ? Json() : Json(n); }

std::int64_t limit_in(const Json& json) {
  return json.is_null() ? kNoLimit : json.get<std::int64_t>();
}

Tuning tuning_from(const Json& json) {
  Tuning tuning{.worlds = json.at("environments"),
                .budget = {limit_in(json.at("steps")), limit_in(json.at("episodes"))},
                .tuning_seeds = json.at("tuning_seeds"),
                .selection_seeds = json.at("selection_seeds"),
                .configurations = {}};
  for (const Json& c : json.at("configurations")) {
    Configuration configuration{
        .learner = {c.at("learner"), c.at("variant"), c.at("options").dump()},
        .tuning = score_from(c.at("tuning")),
        .selection = std::nullopt,
        .chosen = c.at("chosen")};
    if (!c.at("selection").is_null()) configuration.selection = score_from(c.at("selection"));
    tuning.configurations.push_back(std::move(configuration));
  }
  return tuning;
}

}  // namespace

const Configuration* Tuning::chosen(const std::string& learner) const {
  for (const Configuration& c : configurations)
    if (c.learner.name == learner && c.chosen) return &c;
  return nullptr;
}

std::vector<TuningScore> tuning_scores(const Results& results) {
  std::vector<TuningScore> scores;
  for (std::size_t l = 0; l < results.learners.size(); ++l)
    scores.push_back(tuning_score(results, l));
  return scores;
}

std::vector<std::size_t> best_configurations(const Tuning& tuning, const std::string& learner,
                                             std::size_t k) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tuning.configurations.size(); ++i)
    if (tuning.configurations[i].learner.name == learner) places.push_back(i);
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    return tuning.configurations[a].tuning.mean > tuning.configurations[b].tuning.mean;
  });
  places.resize(std::min(k, places.size()));
  return places;
}

void choose(Tuning& tuning) {
  std::map<std::string, Configuration*> best;
  const auto score = [](const Configuration& c) {
    return c.selection ? c.selection->mean : -std::numeric_limits<double>::infinity();
  };
  for (Configuration& c : tuning.configurations) {
    c.chosen = false;
    Configuration*& leader = best[c.learner.name];
    const bool better = leader == nullptr || score(c) > score(*leader) ||
                        (score(c) == score(*leader) && c.tuning.mean > leader->tuning.mean);
    if (better) leader = &c;
  }
  for (const auto& [learner, leader] : best) leader->chosen = true;
}

void check_fresh(const Tuning& tuning, std::span<const std::uint64_t> seeds) {
  for (const auto& [seen, when] :
       {std::pair(&tuning.tuning_seeds, "tuning"), std::pair(&tuning.selection_seeds, "selection")})
    for (const std::uint64_t seed : seeds)
      if (std::find(seen->begin(), seen->end(), seed) != seen->end())
        throw std::invalid_argument(fmt::format(
            "seed {} was seen in {}: scores on it would be too good; choose others", seed, when));
}

std::string tuning_json(const Tuning& tuning) {
  Json configurations = Json::array();
  for (const Configuration& c : tuning.configurations)
    configurations.push_back({{"learner", c.learner.name},
                              {"variant", c.learner.variant},
                              {"options", Json::parse(c.learner.options)},
                              {"tuning", score_json(c.tuning)},
                              {"selection", c.selection ? score_json(*c.selection) : Json()},
                              {"chosen", c.chosen}});
  const Json json = {{"environments", tuning.worlds},
                     {"steps", limit_or_null(tuning.budget.steps)},
                     {"episodes", limit_or_null(tuning.budget.episodes)},
                     {"tuning_seeds", tuning.tuning_seeds},
                     {"selection_seeds", tuning.selection_seeds},
                     {"configurations", std::move(configurations)}};
  return json.dump();
}

Tuning tuning_from_json(const std::string& text, const std::string& file_name) {
  try {
    return tuning_from(Json::parse(text));
  } catch (const Json::exception& e) {
    throw std::invalid_argument(
        fmt::format("{}: is not what a sweep wrote: {}", file_name, json_error_text(e)));
  }
}

}  // namespace rl
