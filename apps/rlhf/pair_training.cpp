#include "apps/rlhf/pair_training.hpp"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace rl::apps {

namespace {

/// Pairs of which a side is never preferred hold the robust loss back from nothing.
bool one_sided(const std::vector<LabelledPair>& pairs) {
  return std::any_of(pairs.begin(), pairs.end(), [&](const LabelledPair& pair) {
    return std::none_of(pairs.begin(), pairs.end(), [&](const LabelledPair& other) {
      return other.first == pair.second && other.second == pair.first;
    });
  });
}

bool lengths_differ(const std::vector<LabelledPair>& pairs) {
  return std::any_of(pairs.begin(), pairs.end(), [](const LabelledPair& pair) {
    return pair.first.length() != pair.second.length();
  });
}

}  // namespace

PairObjective::Options PairTask::objective() const {
  return {.loss = losses.loss(),
          .reward_scale = losses.reward_scale(),
          .discount = discount,
          .nll_weight = nll_weight};
}

nlohmann::ordered_json PairTask::identity() const {
  return {{"command", command},
          {"losses", losses.identity()},
          {"nll_weight", nll_weight},
          {"discount", discount},
          {"reference_free", reference_free}};
}

std::vector<LabelledPair> pairs_for(const PairTask& task, const TrainingStart& start,
                                    const DatasetFile& file, Console& console) {
  std::vector<LabelledPair> pairs = read_training_pairs(start.world, file, console);
  constexpr std::size_t kMostCompared = 2000;
  if (task.losses.has("robust") && pairs.size() <= kMostCompared && one_sided(pairs))
    console.warn(
        "the robust loss falls for ever on pairs of which one side is never preferred: stop early "
        "(--max-kl)");
  if (task.losses.sums_ipo() && lengths_differ(pairs))
    console.note(
        "ipo compares sums of log-ratios, which grow with length; --ipo-reduction mean divides by "
        "it");
  return pairs;
}

std::optional<FrozenPolicy> reference_for(const PairTask& task, const TrainingStart& start,
                                          const Arguments& arguments, Console& console) {
  if (task.has_reference()) return start.reference;
  if (arguments.given("reference"))
    console.warn("the loss has no reference; --reference is only measured against");
  return std::nullopt;
}

std::string why_nothing_is_learned(const std::vector<LabelledPair>& pairs, double learning_rate) {
  const auto each = [&](auto&& holds) {
    return !pairs.empty() && std::all_of(pairs.begin(), pairs.end(), holds);
  };
  if (learning_rate == 0) return "--learning-rate is 0";
  if (each([](const LabelledPair& pair) { return pair.first == pair.second; }))
    return "the two responses of every pair are the same";
  if (each([](const LabelledPair& pair) { return pair.label == 0.5; }))
    return "every pair is a tie";
  return "what is preferred cancels out over the pairs, or the policy cannot tell their responses "
         "apart (--policy-class)";
}

}  // namespace rl::apps
