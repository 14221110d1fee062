#pragma once
/// \file
/// What learning from preferences is given in the small language world: pairs of responses that the
/// reference made, labelled by gold, and the reward models that are fitted to them.
///
/// Reward models are logistic regressions with a ridge on the world's features "bag" or "rich". The
/// annotator's rationality is 1, so what they estimate is gold in gold's own units, and a KL
/// coefficient means for a model what it means for gold: there is no gain to set. The constant that
/// comparisons cannot see is set, so that the reference earns by the model what it earns by gold.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/arguments.hpp"
#include "apps/output_file.hpp"
#include "apps/rlhf/language_task.hpp"
#include "rl/drawing/chart.hpp"
#include "rl/random.hpp"
#include "rl/reward_features.hpp"

namespace rl::apps {

/// How an experiment of many independent tasks is run. What it comes to depends on none of this.
struct TaskRun {
  int threads = 1;
  std::function<bool()> stop = {};            ///< asked before every task, by every thread
  std::function<void(double)> progress = {};  ///< a share in [0, 1]; by one thread at a time
};
/// parallel_for with progress; whether all tasks were done.
bool run_tasks(std::size_t n, const TaskRun& run, const std::function<void(std::size_t)>& task);

// ---- data ---------------------------------------------------------------------------------------

/// Pairs of the reference's responses to a random prompt, labelled by gold (Bradley-Terry,
/// rationality 1), labels flipped with this probability. Fewer of the same rng are the first ones
/// of more, and flips change labels alone.
std::vector<SegmentPair> preference_pairs(const LanguageTask& task, std::size_t n, double flip_prob,
                                          const Rng& rng);
std::vector<LabelledPair> labelled_pairs(std::span<const SegmentPair> pairs);
/// Two of each pair, the first one's first: the preferred is good, the other bad.
std::vector<JudgedSegment> judged_segments(std::span<const SegmentPair> pairs);

// ---- rewards: [S x A] ---------------------------------------------------------------------------

/// "bag" or "rich" of the world. Throws std::invalid_argument, with the nearest name.
const RewardFeatures& language_features(const LanguageTask& task, std::string_view name);

/// r(s, a) of weights, the constant set as above.
RewardTable language_reward(const LanguageTask& task, const LinearReward& reward);
/// Adds to the last step of every response what makes the reference earn what it earns by gold.
void set_constant(const LanguageTask& task, RewardTable& reward);

/// Fitted to whole responses, which differ in length.
RewardFitOptions language_fit(double l2);

/// Of a response, paid at its last step: the probability that it beats one of the reference's to
/// the same prompt by gold, ties one half. A policy's expected reward is then its win rate.
RewardTable chance_to_win(const LanguageTask& task);

/// The numbers of a table, as the response tree takes them.
inline std::span<const double> numbers_of(const RewardTable& table) {
  return {table.data(), static_cast<std::size_t>(table.size())};
}

// ---- what the commands of both experiments share ------------------------------------------------

/// Of one number a seed: mean and its 95 % t interval, NaN for a single seed.
struct OverSeeds {
  std::size_t n;
  double mean, low, high;
};
OverSeeds over_seeds(std::span<const double> x);
/// {"n": .., "mean": .., "low": .., "high": ..}; null for what is not finite.
nlohmann::ordered_json over_seeds_json(const OverSeeds& x);
/// "0.39±.03": the mean and half of the interval.
std::string over_seeds_text(const OverSeeds& x, bool unicode);

/// n numbers from `first` to `last`, each the same multiple of the one before.
std::vector<double> log_spaced(double first, double last, int n);

// Inline, for they are made of the program's parts, and the experiments are linked without it.

/// The numbers of a list flag, "1,0.5" or "1 0.5". Throws std::invalid_argument, naming the flag,
/// for what is no number, is not in the range, or stands twice.
inline std::vector<double> listed_numbers(const Arguments& arguments, std::string_view flag,
                                          Range range) {
  std::vector<double> numbers;
  for (const std::string& text : arguments.texts(flag))
    for (const std::string& part : split_list(text)) {
      const std::optional<double> x = parse_number(part);
      if (!x || !range.holds(*x))
        throw std::invalid_argument(
            fmt::format("option '{}': '{}' is not a number from {:g} to {:g}", flag, part,
                        range.low, range.high));
      if (std::find(numbers.begin(), numbers.end(), *x) != numbers.end())
        throw std::invalid_argument(fmt::format("option '{}': {} stands twice", flag, part));
      numbers.push_back(*x);
    }
  return numbers;
}

/// Charts in a folder, NAME.svg and NAME.csv each, opened before the work and named when it is
/// done.
class ChartFiles {
 public:
  /// Throws std::invalid_argument, naming the file.
  ChartFiles(const std::string& folder, std::span<const std::string> names, bool force) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!std::filesystem::is_directory(folder))
      throw std::invalid_argument(fmt::format("{}: is no folder and cannot be made one", folder));
    const auto open = [&](const std::string& name) {
      return std::make_unique<OutputFile>((std::filesystem::path(folder) / name).string(), force);
    };
    for (const std::string& name : names)
      charts_.push_back({name, open(name + ".svg"), open(name + ".csv")});
  }

  /// The chart of one of the names; one that is empty is not written.
  void write(std::string_view name, const LineChart& chart) {
    if (chart.series.empty()) return;
    for (Files& files : charts_) {
      if (files.name != name) continue;
      commit(*files.svg, draw_svg(chart));
      commit(*files.csv, chart_csv(chart));
    }
  }

 private:
  struct Files {
    std::string name;
    std::unique_ptr<OutputFile> svg, csv;
  };
  static void commit(OutputFile& file, const std::string& text) {
    file.stream() << text;
    file.commit();
  }
  std::vector<Files> charts_;
};

}  // namespace rl::apps
