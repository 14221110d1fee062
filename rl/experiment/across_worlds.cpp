#include "rl/experiment/across_worlds.hpp"

#include <fmt/format.h>

#include <utility>

#include "rl/experiment/run_curve.hpp"

namespace rl {

namespace {

/// Final scores of a learner in each of the worlds: [worlds][runs].
Scores::Lists finals_of(const Results& results, std::size_t learner,
                        const std::vector<std::size_t>& worlds) {
  Scores::Lists lists;
  for (const std::size_t world : worlds) {
    lists.emplace_back();
    for (const RunCurve& curve :
         run_curves(results, learner, world, evaluation_metric("eval/score")))
      lists.back().push_back(curve.final);
  }
  return lists;
}

bool is_table(const Scores::Lists& lists) {
  for (const std::vector<double>& list : lists)
    if (list.empty() || list.size() != lists.front().size()) return false;
  return !lists.empty();
}

std::vector<std::size_t> scored_worlds(const Results& results) {
  std::vector<std::size_t> worlds;
  for (std::size_t w = 0; w < results.worlds.size(); ++w) {
    bool scored = true;
    for (std::size_t l = 0; l < results.learners.size(); ++l)
      scored = scored && !run_curves(results, l, w, evaluation_metric("eval/score")).empty();
    if (scored) worlds.push_back(w);
  }
  return worlds;
}

BootstrapOptions bootstrap_options(const SummaryOptions& options) {
  return {.method = options.interval,
          .level = options.level,
          .resample_tasks = options.resample_tasks,
          .paired = options.paired()};
}

struct NamedStatistic {
  const char* name;
  ScoreStatistic of;
};

const std::vector<NamedStatistic>& aggregate_statistics() {
  static const std::vector<NamedStatistic> all = {
      {"mean", [](const Scores& x) { return mean_score(x); }},
      {"median", [](const Scores& x) { return median_score(x); }},
      {"IQM", [](const Scores& x) { return iqm_score(x); }},
      {"optimality gap", [](const Scores& x) { return optimality_gap(x); }}};
  return all;
}

Aggregate aggregate_of(const std::string& learner, const Scores& scores,
                       const NamedStatistic& statistic, const BootstrapOptions& options) {
  Aggregate result{.learner = learner, .name = statistic.name, .value = statistic.of(scores)};
  if (scores.runs() < 2) return result;
  const Rng rng = Rng(0).split("aggregate").split(learner).split(statistic.name);
  const BootstrapInterval found = bootstrap_interval(scores, statistic.of, rng, options);
  result.ci_name = name_of(found.method);
  result.ci = found.interval;
  return result;
}

Improvement improvement_of(const AcrossWorlds& all, std::size_t a, std::size_t b,
                           const BootstrapOptions& options) {
  const Rng rng = Rng(0).split("improvement").split(all.learners[a]).split(all.learners[b]);
  BootstrapOptions chosen = options;
  chosen.paired = options.paired && all.scores[a].runs() == all.scores[b].runs();
  const BootstrapInterval found =
      bootstrap_interval(all.scores[a], all.scores[b], improvement(), rng, chosen);
  return {.a = all.learners[a],
          .b = all.learners[b],
          .probability = found.estimate,
          .ci = found.interval};
}

}  // namespace

std::optional<AcrossWorlds> across_worlds(const Results& results, const SummaryOptions& options) {
  const std::vector<std::size_t> worlds = scored_worlds(results);
  AcrossWorlds all;
  for (const std::size_t w : worlds) all.worlds.push_back(results.worlds[w]);
  for (std::size_t l = 0; l < results.learners.size(); ++l) {
    const Scores::Lists finals = finals_of(results, l, worlds);
    if (!is_table(finals)) return std::nullopt;
    all.learners.push_back(results.learners[l].label());
    all.scores.push_back(Scores::by_task(finals));
  }
  const BootstrapOptions bootstrap = bootstrap_options(options);
  for (std::size_t l = 0; l < all.learners.size(); ++l)
    for (const NamedStatistic& statistic : aggregate_statistics())
      all.aggregates.push_back(aggregate_of(all.learners[l], all.scores[l], statistic, bootstrap));
  for (std::size_t a = 0; a < all.learners.size(); ++a)
    for (std::size_t b = a + 1; b < all.learners.size(); ++b)
      all.improvements.push_back(improvement_of(all, a, b, bootstrap));
  return all;
}

TextTable aggregate_table(const AcrossWorlds& across) {
  TextTable table = {{""}};
  for (const NamedStatistic& statistic : aggregate_statistics())
    table.front().emplace_back(statistic.name);
  for (const std::string& learner : across.learners) {
    table.push_back({learner});
    for (const Aggregate& a : across.aggregates)
      if (a.learner == learner)
        table.back().push_back(a.ci_name.empty() ? fmt::format("{:.3f}", a.value)
                                                 : fmt::format("{:.3f} [{:.3f}, {:.3f}]", a.value,
                                                               a.ci.low, a.ci.high));
  }
  return table;
}

}  // namespace rl
