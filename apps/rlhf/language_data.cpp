#include "apps/rlhf/language_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "rl/text.hpp"

namespace rl::apps {

// ---- data ---------------------------------------------------------------------------------------

std::vector<SegmentPair> preference_pairs(const LanguageTask& task, std::size_t n, double flip_prob,
                                          const Rng& rng) {
  const EpisodeSampler sampler(task.problem.model, table_of(task.reference.rows()),
                               task.world.max_length());
  std::vector<SegmentPair> pairs = sample_pairs(n, sampler, rng.split("pairs"));
  AnnotatorOptions options;
  options.flip_prob = flip_prob;
  annotate(Annotator(options), pairs, rng.split("labels"));
  return pairs;
}

std::vector<LabelledPair> labelled_pairs(std::span<const SegmentPair> pairs) {
  std::vector<LabelledPair> labelled;
  labelled.reserve(pairs.size());
  for (const SegmentPair& pair : pairs)
    labelled.push_back({pair.first, pair.second, pair.preference, 1});
  return labelled;
}

std::vector<JudgedSegment> judged_segments(std::span<const SegmentPair> pairs) {
  std::vector<JudgedSegment> judged;
  judged.reserve(2 * pairs.size());
  for (const SegmentPair& pair : pairs) {
    if (pair.preference == 0.5) continue;  // neither is good or bad
    const bool first_won = pair.preference > 0.5;
    judged.push_back({pair.first, first_won});
    judged.push_back({pair.second, !first_won});
  }
  return judged;
}

// ---- rewards ------------------------------------------------------------------------------------

const RewardFeatures& language_features(const LanguageTask& task, std::string_view name) {
  std::vector<std::string> names;
  for (const RewardFeatures& features : task.problem.reward_features) {
    if (features.name == name) return features;
    names.push_back(features.name);
  }
  throw std::invalid_argument(unknown_name("reward features", std::string(name), names));
}

RewardTable language_reward(const LanguageTask& task, const LinearReward& reward) {
  RewardTable table = reward_table(task.problem.model, reward);
  set_constant(task, table);
  return table;
}

void set_constant(const LanguageTask& task, RewardTable& reward) {
  const PolicyRows reference = task.reference.rows();
  const double constant =
      task.tree.evaluate(reference).mean - task.tree.evaluate(reference, numbers_of(reward)).mean;
  for (const Response& last : task.tree.responses()) reward(last.state, last.action) += constant;
}

RewardFitOptions language_fit(double l2) {
  RewardFitOptions options;
  options.loss.l2 = l2;
  options.allow_variable_horizon = true;
  return options;
}

LanguageReward learned_reward(const LanguageTask& task, const RewardFeatures& features,
                              std::span<const SegmentPair> pairs, double l2) {
  const LinearRewardFit fitted = fit_linear_reward(features, pairs, language_fit(l2));
  return {language_reward(task, fitted.reward), fitted.fit.converged};
}

RewardTable chance_to_win(const LanguageTask& task) {
  const std::vector<double> gold = task.tree.response_rewards();
  const std::vector<double> share = task.tree.response_probabilities(task.reference.rows());
  const std::span<const Response> responses = task.tree.responses();
  const std::span<const std::size_t> first = task.tree.first_response();
  std::vector<std::size_t> order(gold.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  RewardTable chance = RewardTable::Zero(task.tree.num_states(), task.tree.num_actions());
  for (std::size_t x = 0; x + 1 < first.size(); ++x) {
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(first[x + 1]);
    auto place = order.begin() + static_cast<std::ptrdiff_t>(first[x]);
    std::sort(place, end, [&](std::size_t i, std::size_t j) { return gold[i] < gold[j]; });
    double worse = 0;
    while (place != end) {
      const auto equal_end =
          std::find_if(place, end, [&](std::size_t i) { return gold[i] != gold[*place]; });
      double equal = 0;
      for (auto it = place; it != equal_end; ++it) equal += share[*it];
      for (; place != equal_end; ++place)
        chance(responses[*place].state, responses[*place].action) = worse + equal / 2;
      worse += equal;
    }
  }
  return chance;
}

std::vector<double> log_spaced(double first, double last, int n) {
  std::vector<double> numbers;
  for (int i = 0; i < n; ++i)
    numbers.push_back(first * std::pow(last / first, n > 1 ? static_cast<double>(i) / (n - 1) : 0));
  if (n > 1) numbers.back() = last;
  return numbers;
}

}  // namespace rl::apps
