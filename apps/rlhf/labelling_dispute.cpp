#include "apps/rlhf/labelling_dispute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/logistic_regression.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "rl/options.hpp"

namespace rl::apps {

namespace {

// As `rlhf prefs --active` has them; a person's rationality is not known.
constexpr int kDisputeMembers = 5;
constexpr double kDisputeRidge = 0.3;

/// A person waits while they are fitted: of 962 features (a grid of 31 x 31) and 160 answers a
/// second on one thread, of 1,937 seven.
constexpr std::size_t kMostDisputeFeatures = 1'000;
constexpr std::size_t kMostDisputeNumbers = 10'000'000;  // [pool x features]: 80 MB, twice

/// Variances of numbers that are equal but for rounding: log-odds are found to 1e-12.
constexpr double kNoDispute = 1e-18;
/// What is left of a sum whose terms cancel, relative to them.
constexpr double kCancelled = 1e-12;

struct QueryBatch {
  int query_batch = DisputeOptions{}.query_batch;
  template <class Visitor>
  void visit(Visitor& v) {
    v("query_batch", query_batch, "answers after which --active fits its models anew",
      Range{1, 1e6});
  }
};

const char* name_of_dispute(Disagreement about) {
  switch (about) {
    case Disagreement::probability:
      return "probability";
    case Disagreement::label:
      return "label";
    case Disagreement::logit:
      break;
  }
  return "log-odds";
}

/// Without rewards, which models do not read.
SegmentPair without_rewards(const LabelQuestion& question) {
  SegmentPair pair{*question.first.segment, *question.second.segment, 0.5, {}};
  pair.first.rewards.clear();
  pair.second.rewards.clear();
  return pair;
}

std::vector<SegmentPair> answered_pairs(const std::vector<SegmentPair>& pool,
                                        const std::vector<LabelAnswer>& answers) {
  std::vector<SegmentPair> pairs;
  for (const LabelAnswer& answer : answers) {
    pairs.push_back(pool[answer.question]);
    pairs.back().preference = answer.preference;
  }
  return pairs;
}

/// "the first 3 answers"
std::string first_answers(std::size_t n) {
  return n == 1 ? "the first answer" : "the first " + plural(n, "answer");
}

/// Why no reward model prefers anything after these answers; empty: it does. The loss is convex,
/// and w = 0 its minimum where its gradient there, sum_i (1/2 - y_i) x_i, is 0.
std::string why_nothing_is_learned(const std::vector<SegmentPair>& answered,
                                   const RewardFeatures& features) {
  const SegmentComparisons data = comparisons(features, answered);
  const Eigen::VectorXd pull = data.labels.array() - 0.5;
  if (pull.isZero(0)) return "nothing but ties in " + first_answers(answered.size());
  const double size = data.differences.cwiseAbs().sum();
  if (size == 0)
    return fmt::format("{} cannot tell apart what was compared in {}", features.name,
                       first_answers(answered.size()));
  if ((data.differences.transpose() * pull).cwiseAbs().maxCoeff() <= kCancelled * size)
    return first_answers(answered.size()) + " contradict one another";
  return "";
}

}  // namespace

// ---- flags --------------------------------------------------------------------------------------

std::vector<FlagSpec> dispute_flags() {
  std::vector<FlagSpec> flags = {
      {"active", "logit|probability|label",
       fmt::format("asks about what {} reward models of the answers so far disagree most about",
                   kDisputeMembers)}};
  add_flags(flags, option_flags(ActiveOptions{}));
  add_flags(flags, option_flags(QueryBatch{}));
  add_flags(flags, {{"features", "NAME",
                     "of the models of --active: bag or rich of token_world, next_state, "
                     "state_action"}});
  return flags;
}

void refuse_dispute_flags(const Arguments& arguments) {
  if (arguments.given("active")) return;
  for (const FlagSpec& flag : dispute_flags()) {
    if (!arguments.given(flag.name)) continue;
    std::string name = flag.name;
    std::replace(name.begin(), name.end(), '_', '-');
    throw std::invalid_argument(fmt::format("--{} has no effect without --active", name));
  }
}

std::optional<DisputeRanking> dispute_ranking(const LabelQuestions& list,
                                              const Arguments& arguments) {
  if (!list.by_dispute) return std::nullopt;
  const std::string features =
      arguments.text("features").value_or(reward_feature_names(*list.world).front());
  const DisputeOptions options{.about = options_from(arguments, ActiveOptions{}).active,
                               .query_batch = options_from(arguments, QueryBatch{}).query_batch};
  const Rng rng(static_cast<std::uint64_t>(*arguments.integer("seed")));
  return DisputeRanking(list, reward_features_of(*list.world, features), options,
                        rng.split("ensemble"));
}

// ---- ranking ------------------------------------------------------------------------------------

DisputeRanking::DisputeRanking(const LabelQuestions& list, RewardFeatures features,
                               const DisputeOptions& options, const Rng& rng)
    : features_(std::move(features)), options_(options), rng_(rng), order_(list.pool.size()) {
  const std::size_t n = features_.count();
  if (n > kMostDisputeFeatures)
    throw std::invalid_argument(
        fmt::format("--active: models of {} features ({}) are fitted too slowly for who answers; "
                    "at most {}: --features",
                    n, features_.name, kMostDisputeFeatures));
  if (list.pool.size() * n > kMostDisputeNumbers)
    throw std::invalid_argument(
        fmt::format("--active: {} pairs of {} features to choose from are "
                    "more than {} numbers",
                    list.pool.size(), n, kMostDisputeNumbers));
  if (list.num_asked <= static_cast<std::size_t>(options_.query_batch))
    throw std::invalid_argument(fmt::format(
        "--active chooses questions after {}, and only {} asked: make --query-batch smaller, or "
        "--num larger",
        plural(static_cast<std::size_t>(options_.query_batch), "answer"),
        list.num_asked == 1 ? "1 question is" : fmt::format("{} questions are", list.num_asked)));
  for (const LabelQuestion& question : list.pool) pool_.push_back(without_rewards(question));
  rank();
}

const std::vector<std::size_t>& DisputeRanking::after(std::span<const LabelAnswer> answers) {
  const auto batch = static_cast<std::size_t>(options_.query_batch);
  const std::size_t n = answers.size() / batch * batch;
  const auto first = answers.first(n);
  if (!std::equal(first.begin(), first.end(), fitted_.begin(), fitted_.end())) {
    fitted_.assign(first.begin(), first.end());
    rank();
  }
  return order_;
}

void DisputeRanking::rank() {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  variance_.resize(0);
  if (fitted_.empty()) {
    why_random_ = fmt::format("models need {} first",
                              plural(static_cast<std::size_t>(options_.query_batch), "answer"));
    return;
  }
  const std::vector<SegmentPair> answered = answered_pairs(pool_, fitted_);
  why_random_ = why_nothing_is_learned(answered, features_);
  if (!why_random_.empty()) return;
  const RewardFitOptions fit{.loss = {.l2 = kDisputeRidge}, .allow_variable_horizon = true};
  const auto k = fitted_.size() / static_cast<std::size_t>(options_.query_batch);
  const RewardEnsemble ensemble =
      fit_reward_ensemble(features_, answered, fit, kDisputeMembers, rng_.split(k));
  variance_ = disagreement(member_log_odds(ensemble, pool_), options_.about);
  variance_ = (variance_.array() > kNoDispute).select(variance_, 0.0);
  std::stable_sort(order_.begin(), order_.end(), [this](std::size_t i, std::size_t j) {
    return variance_[static_cast<Eigen::Index>(i)] > variance_[static_cast<Eigen::Index>(j)];
  });
}

std::string DisputeRanking::reason(std::size_t question) const {
  if (variance_.size() == 0) return "at random: " + why_random_;
  const double variance = variance_[static_cast<Eigen::Index>(question)];
  const std::string models =
      fmt::format("{} reward models of {}", kDisputeMembers, first_answers(fitted_.size()));
  if (variance == 0) return fmt::format("at random: {} agree about all that is left", models);
  return fmt::format("in dispute between {}: variance of the {} {:.3g}", models,
                     name_of_dispute(options_.about), variance);
}

}  // namespace rl::apps
