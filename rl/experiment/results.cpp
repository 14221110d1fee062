#include "rl/experiment/results.hpp"

#include <fmt/format.h>

#include <set>
#include <stdexcept>

namespace rl {

std::string LearnerVariant::label() const { return learner_label(name, variant); }

std::vector<LearnerVariant> learners_of(const Experiment& experiment) {
  std::vector<LearnerVariant> learners;
  for (const Contender& c : experiment.contenders)
    learners.push_back({c.algorithm->name, c.variant, full_options(c)});
  return learners;
}

Results results_of(const Experiment& experiment, const ExperimentResult& result) {
  Results results{.learners = learners_of(experiment),
                  .worlds = {},
                  .seeds = experiment.seeds,
                  .budget = experiment.budget,
                  .runs = result.runs};
  for (const ExperimentWorld& world : experiment.worlds) results.worlds.push_back(world.name);
  return results;
}

Results joined(const std::vector<Results>& several) {
  if (several.empty()) throw std::invalid_argument("there are no results to join");
  Results all = several.front();
  std::set<std::string> labels;
  for (const LearnerVariant& learner : all.learners) labels.insert(learner.label());
  for (std::size_t i = 1; i < several.size(); ++i) {
    const Results& next = several[i];
    const auto same = [](bool equal, const char* what) {
      if (!equal) throw std::invalid_argument(fmt::format("the results differ in their {}", what));
    };
    same(next.worlds == all.worlds, "worlds");
    same(next.seeds == all.seeds, "seeds");
    same(next.budget.steps == all.budget.steps && next.budget.episodes == all.budget.episodes,
         "budget");
    for (const LearnerVariant& learner : next.learners) {
      if (!labels.insert(learner.label()).second)
        throw std::invalid_argument(
            fmt::format("{} stands in two of the results", learner.label()));
      all.learners.push_back(learner);
    }
    all.runs.insert(all.runs.end(), next.runs.begin(), next.runs.end());
  }
  return all;
}

}  // namespace rl
