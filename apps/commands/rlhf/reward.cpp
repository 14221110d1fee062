// rlbook rlhf reward: a reward model from preferences, alone or an ensemble.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/reward_model.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/rlhf/folders.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/policy_file.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "apps/rlhf/training_data.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"

namespace rl::apps {

namespace {

struct RewardCommandOptions {
  double l2 = 0.3;
  double noise_prob = 0;
  double rationality = 1;
  double center_rewards_coefficient = 0;
  double discount = 1;
  int ensemble_size = 1;
  double held_out = 0.2;
  template <class Visitor>
  void visit(Visitor& v) {
    v("l2", l2, "adds l2 / 2 |w|^2 to the loss", Range{0, 1e9});
    v("noise_prob", noise_prob,
      "probability that a label is random; it is flipped with half of that", Range{0, 0.999});
    v("rationality", rationality, "log-odds by which a reward of 1 is preferred", Range{1e-9, 1e9});
    v("center_rewards_coefficient", center_rewards_coefficient,
      "adds this times the square of a pair's summed rewards", Range{0, 1e9});
    v("discount", discount, "of the steps within a segment", Range{1e-9, 1});
    v("ensemble_size", ensemble_size, "members, each fitted to a bag of the pairs", Range{1, 1000});
    v("held_out", held_out, "share of the pairs that the model is judged on; 0: none",
      Range{0, 0.9});
  }
};

std::vector<SegmentPair> as_segment_pairs(const std::vector<LabelledPair>& pairs) {
  std::vector<SegmentPair> made;
  for (const LabelledPair& pair : pairs) made.push_back({pair.first, pair.second, pair.label, {}});
  return made;
}

class RewardCommand {
 public:
  RewardCommand(const Registry& registry, const Arguments& arguments, Console& console)
      : arguments_(arguments),
        console_(console),
        world_(preference_world_of(registry, arguments)),
        options_(options_from(arguments, RewardCommandOptions{})),
        name_(arguments.text("features").value_or(reward_feature_names(world_).front())),
        features_(reward_features_of(world_, name_)),
        rng_(static_cast<std::uint64_t>(*arguments.integer("seed"))) {
    if (const auto path = arguments.text("output_dir")) prepare(*path);
  }

  int operator()() {
    const DatasetFile file = open_dataset(arguments_);
    const std::vector<LabelledPair> read = read_training_pairs(world_, file, console_);
    divide(as_segment_pairs(read));
    RewardFitOptions fit{
        .discount = options_.discount,
        .loss = {.l2 = options_.l2,
                 .flip_probability = flip_probability_of_noise(options_.noise_prob),
                 .rationality = options_.rationality,
                 .centering = options_.center_rewards_coefficient},
        .allow_variable_horizon = true};
    reward_.features = features_.name;
    if (options_.ensemble_size == 1) {
      const LinearRewardFit one = fit_linear_reward(features_, training_, fit);
      if (!one.fit.converged) console_.warn("the fit did not converge");
      reward_.weights = one.reward.weights.transpose();
    } else {
      reward_.weights = fit_reward_ensemble(features_, training_, fit, options_.ensemble_size,
                                            rng_.split("ensemble"))
                            .weights;
    }
    if (arguments_.given("reference") && !arguments_.is_on("normalize"))
      throw std::invalid_argument("--reference has no effect without --normalize");
    if (std::any_of(read.begin(), read.end(), [](const LabelledPair& p) { return p.weight != 1; }))
      console_.note("the weights of pairs are not read by the reward model");
    if (arguments_.is_on("normalize")) normalize_on_reference();
    measure();
    if (folder_)
      write_file((std::filesystem::path(*folder_) / kRewardFile).string(),
                 reward_json(world_, reward_));
    tell();
    return kOk;
  }

 private:
  void prepare(const std::string& path) {
    folder_ = path;
    const auto file = std::filesystem::path(path) / kRewardFile;
    if (std::filesystem::exists(file) && !arguments_.is_on("force"))
      throw std::invalid_argument(
          fmt::format("'{}' exists; give --force to replace it", file.string()));
    make_output_dir(path);
  }

  void divide(std::vector<SegmentPair> pairs) {
    if (options_.held_out == 0) {
      training_ = std::move(pairs);
      return;
    }
    Rng rng = rng_.split("held_out");
    Split<SegmentPair> parts = split(pairs, 1 - options_.held_out, rng);
    training_ = std::move(parts.training);
    held_out_ = std::move(parts.held_out);
  }

  void normalize_on_reference() {
    const auto path = arguments_.text("reference");
    if (!path)
      throw std::invalid_argument("--normalize needs the policy to normalise on: --reference PATH");
    const TabularPolicy reference = table_of(read_policy(*path, world_).policy->rows());
    const RewardTable table = table_of_reward(world_, reward_, {});
    const NormalizedReward scaled =
        world_.tree() != nullptr ? normalize_response_reward(world_.model(), table, reference)
                                 : normalize_reward(table, visit_shares(world_.model(), reference));
    reward_.normalized = {scaled.mean, scaled.sd};
  }

  /// Of the ensemble's mean, in training and held out.
  void measure() {
    const Eigen::VectorXd w = reward_.weights.colwise().mean();
    const auto add = [&](const std::string& prefix, const std::vector<SegmentPair>& pairs) {
      if (pairs.empty()) return;
      const SegmentComparisons data = comparisons(features_, pairs, options_.discount);
      const Eigen::VectorXd p =
          preference_probabilities(w, data.differences, options_.rationality,
                                   flip_probability_of_noise(options_.noise_prob));
      metrics_.emplace_back(prefix + "loss", mean_loss_of(p, data.labels));
      metrics_.emplace_back(prefix + "accuracy", accuracy(w, data.differences, data.labels));
      metrics_.emplace_back(prefix + "accuracy_expected", accuracy_ceiling(p));
      metrics_.emplace_back(
          prefix + "margin",
          ((data.differences * w).array() * (2 * data.labels.array() - 1)).mean());
      metrics_.emplace_back(prefix + "label_entropy", label_entropy(data.labels));
    };
    double total = 0;
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    for (const SegmentPair& pair : training_)
      for (const Segment* segment : {&pair.first, &pair.second}) {
        const double r = w.dot(segment_features(features_, *segment, options_.discount));
        total += r / (2 * static_cast<double>(training_.size()));
        least = std::min(least, r);
        most = std::max(most, r);
      }
    add("", training_);
    metrics_.insert(metrics_.end(),
                    {{"min_reward", least}, {"mean_reward", total}, {"max_reward", most}});
    add("eval_", held_out_);
  }

  static double mean_loss_of(const Eigen::VectorXd& p, const Eigen::VectorXd& labels) {
    double sum = 0;
    for (Eigen::Index i = 0; i < p.size(); ++i) {
      if (labels[i] > 0) sum -= labels[i] * std::log(p[i]);
      if (labels[i] < 1) sum -= (1 - labels[i]) * std::log1p(-p[i]);
    }
    return sum / static_cast<double>(p.size());
  }

  void tell() {
    if (arguments_.is_on("json")) {
      nlohmann::ordered_json result;
      result["features"] = features_.name;
      result["pairs"] = training_.size();
      result["held_out"] = held_out_.size();
      for (const auto& [name, value] : metrics_) result[name] = number_or_null(value);
      const Eigen::VectorXd mean = reward_.weights.colwise().mean();
      for (Eigen::Index i = 0; i < mean.size(); ++i)
        result["weights"][features_.names[static_cast<std::size_t>(i)]] = mean[i];
      console_.out << result.dump(2) << '\n';
      return;
    }
    write_wrapped(console_,
                  fmt::format("reward model on {} of {}: {}, {} held out", features_.name,
                              world_.name(), plural(training_.size(), "pair"), held_out_.size()));
    if (!features_.doc.empty()) write_wrapped(console_, features_.doc);
    std::vector<std::vector<std::string>> rows = {{"metric", "value"}};
    for (const auto& [name, value] : metrics_) rows.push_back({name, fmt::format("{:.4f}", value)});
    if (reward_.normalized) {
      rows.push_back({"mean on the reference", fmt::format("{:.4f}", reward_.normalized->mean)});
      rows.push_back({"sd on the reference", fmt::format("{:.4f}", reward_.normalized->sd)});
    }
    console_.out << table(rows, console_.columns) << '\n';
    write_wrapped(console_,
                  "accuracy_expected: what the accuracy would be in the mean if the model's own "
                  "probabilities were those of the labels; labels of 1/2 are left out.");
    if (folder_) console_.note("written: " + *folder_);
  }

  const Arguments& arguments_;
  Console& console_;
  PreferenceWorld world_;
  RewardCommandOptions options_;
  std::string name_;
  RewardFeatures features_;
  Rng rng_;
  std::optional<std::string> folder_;
  std::vector<SegmentPair> training_, held_out_;
  StoredReward reward_;
  Metrics metrics_;
};

}  // namespace

Command rlhf_reward_command() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(flags, {env,
                    {"features", "NAME",
                     "bag or rich of token_world, next_state, "
                     "state_action"}});
  add_flags(flags, option_flags(RewardCommandOptions{}));
  add_flags(flags, {{"normalize", "", "mean 0 and variance 1 on the reference policy"},
                    {"reference", "PATH", "the policy that --normalize means"},
                    {"output_dir", "DIR", "write the model here"}});
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "seed", "memory_limit", "file_limit", "force",
                                 "json", "quiet", "color", "config", "set", "print_config"}));
  return {
      {.command = "rlhf reward",
       .usage = "--dataset pairs.jsonl [--features rich] [--ensemble-size 5] [--output-dir DIR]",
       .doc = "stage 2: a reward model from preferences (Bradley-Terry)",
       .flags = std::move(flags),
       .examples = {"rlhf reward --dataset pairs.jsonl --features rich --output-dir rm",
                    "rlhf reward --dataset pairs.jsonl --features bag --ensemble-size 5 "
                    "--normalize --reference sft --output-dir rm"}},
      [](const Registry& registry, const Arguments& arguments, Console& console) {
        return RewardCommand(registry, arguments, console)();
      }};
}

}  // namespace rl::apps
