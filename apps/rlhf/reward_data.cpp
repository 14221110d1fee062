#include "apps/rlhf/reward_data.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/objectives.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_texts.hpp"
#include "apps/rlhf/training_data.hpp"

namespace rl::apps {

namespace {

Eigen::VectorXd numbers_as_vector(const std::vector<double>& x) {
  return Eigen::Map<const Eigen::VectorXd>(x.data(), static_cast<Eigen::Index>(x.size()));
}

/// One a pair, 0 where its record has none. Throws std::invalid_argument for a tie with one.
std::vector<double> margins_in(const DatasetFile& file, std::size_t records) {
  std::vector<double> margins(records, 0);
  if (file.format != DataFormat::pairs) return margins;  // of the formats only these have them
  const PreferenceData data = parse_preference_data(file.text, file.name, file.format, file.keys);
  for (std::size_t i = 0; i < records; ++i) {
    margins[i] = data.pairs[i].margin.value_or(0);
    if (margins[i] != 0 && preference_of_pair(data.pairs[i]) == 0.5)
      throw std::invalid_argument(
          fmt::format("{}: a tie with a margin of {}: neither of the two is to be ahead",
                      data.place(i), margins[i]));
  }
  return margins;
}

}  // namespace

bool RewardData::has_margins() const {
  return std::any_of(margins.begin(), margins.end(), [](double m) { return m != 0; });
}

PairLabels RewardData::labels() const {
  PairLabels data{Eigen::VectorXd(static_cast<Eigen::Index>(size())), numbers_as_vector(weights),
                  numbers_as_vector(margins)};
  for (std::size_t i = 0; i < size(); ++i)
    data.labels[static_cast<Eigen::Index>(i)] = pairs[i].preference;
  return data;
}

RewardData read_reward_data(const PreferenceWorld& world, const Arguments& arguments,
                            Console& console) {
  const DatasetFile file = open_dataset(arguments);
  std::vector<LabelledPair> read = read_training_pairs(world, file, console);
  const std::vector<double> margins = margins_in(file, read.size());
  RewardData data;
  for (std::size_t i = 0; i < read.size(); ++i) {
    LabelledPair& pair = read[i];
    if (pair.weight == 0) continue;
    data.pairs.push_back({std::move(pair.first), std::move(pair.second), pair.label, {}});
    data.weights.push_back(pair.weight);
    data.margins.push_back(pair.label < 0.5 ? -margins[i] : margins[i]);
  }
  if (data.pairs.empty())
    throw std::invalid_argument(
        fmt::format("{}: all {} pairs have weight 0", file.name, read.size()));
  if (const std::size_t left_out = read.size() - data.size(); left_out > 0)
    console.note(fmt::format("{} of weight 0 left out", plural(left_out, "pair")));
  return data;
}

DividedRewardData divide(RewardData data, double held_out, Rng& rng) {
  if (held_out == 0) return {std::move(data), {}};
  std::vector<std::size_t> numbers(data.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  const Split<std::size_t> parts = split(numbers, 1 - held_out, rng);
  const auto part = [&](const std::vector<std::size_t>& which) {
    RewardData made;
    for (const std::size_t i : which) {
      made.pairs.push_back(std::move(data.pairs[i]));
      made.weights.push_back(data.weights[i]);
      made.margins.push_back(data.margins[i]);
    }
    return made;
  };
  return {part(parts.training), part(parts.held_out)};
}

void require_preferences(const RewardData& training) {
  const LabelBounds bounds = label_bounds(training.pairs, training.weights);
  if (bounds.all_ties)
    throw std::invalid_argument(
        fmt::format("there is nothing to learn a reward from: all labels of the {} to train on are "
                    "ties",
                    plural(training.size(), "pair")));
  if (bounds.balanced && !training.has_margins())
    throw std::invalid_argument(
        fmt::format("the labels of the {} to train on contradict each other: every comparison is "
                    "answered as often one way as the other, so equal rewards fit best",
                    plural(training.size(), "pair")));
}

void require_seen_preferences(const RewardFeatures& features, const RewardData& training,
                              double discount) {
  const SegmentComparisons data =
      comparisons(features, training.pairs, discount, training.margins, training.weights);
  if (data.differences.isZero(0))
    throw std::invalid_argument(fmt::format(
        "--features {}: they are the same in both of every pair, so that no reward made "
        "of them prefers one; take other features",
        features.name));
  constexpr double kRounding = 1e-12;  // of what the gradient is a sum of
  const Eigen::VectorXd slope =
      segment_loss(data, {}, Eigen::VectorXd::Zero(data.differences.cols())).gradient;
  const Eigen::VectorXd size = data.differences.cwiseAbs().transpose() * data.weights;
  if ((slope.array().abs() <= kRounding * size.array()).all())
    throw std::invalid_argument(fmt::format(
        "--features {}: in them the preferences of the {} to train on cancel out, as in a circle: "
        "equal rewards fit best",
        features.name, plural(training.size(), "pair")));
}

}  // namespace rl::apps
