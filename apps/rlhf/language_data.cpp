#include "apps/rlhf/language_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "rl/parallel.hpp"
#include "rl/statistics/sample.hpp"
#include "rl/text.hpp"

namespace rl::apps {

bool run_tasks(std::size_t n, const TaskRun& run, const std::function<void(std::size_t)>& task) {
  std::mutex mutex;
  std::size_t done = 0;
  return parallel_for(
      n, run.threads,
      [&](std::size_t i) {
        task(i);
        if (!run.progress) return;
        const std::lock_guard lock(mutex);
        run.progress(static_cast<double>(++done) / static_cast<double>(n));
      },
      run.stop);
}

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

// ---- what the commands of both experiments share ------------------------------------------------

OverSeeds over_seeds(std::span<const double> x) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (x.empty()) return {0, kNone, kNone, kNone};
  if (x.size() == 1) return {1, x[0], kNone, kNone};
  const Interval interval = t_interval(x);
  return {x.size(), mean(x), interval.low, interval.high};
}

nlohmann::ordered_json over_seeds_json(const OverSeeds& x) {
  const auto number = [](double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  nlohmann::ordered_json object;
  object["n"] = x.n;
  object["mean"] = number(x.mean);
  object["low"] = number(x.low);
  object["high"] = number(x.high);
  return object;
}

std::string over_seeds_text(const OverSeeds& x, bool unicode) {
  if (!std::isfinite(x.mean)) return "";
  const std::string value = fmt::format("{:.2f}", x.mean);
  if (!std::isfinite(x.low)) return value;
  std::string half = fmt::format("{:.2f}", (x.high - x.low) / 2);
  if (half.front() == '0') half.erase(0, 1);
  return value + (unicode ? "±" : "+-") + half;
}

std::vector<double> log_spaced(double first, double last, int n) {
  std::vector<double> numbers;
  for (int i = 0; i < n; ++i)
    numbers.push_back(first * std::pow(last / first, n > 1 ? static_cast<double>(i) / (n - 1) : 0));
  if (n > 1) numbers.back() = last;
  return numbers;
}

}  // namespace rl::apps
