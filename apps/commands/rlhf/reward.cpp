// rlbook rlhf reward: a reward model from preferences, alone or an ensemble.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "algorithms/preference/reward_metrics.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/rlhf/folders.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/policy_file.hpp"
#include "apps/rlhf/reward_data.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "apps/rlhf/reward_fit.hpp"
#include "apps/rlhf/training_data.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"

namespace rl::apps {

namespace {

class RewardCommand {
 public:
  RewardCommand(const Registry& registry, const Arguments& arguments, Console& console)
      : arguments_(arguments),
        console_(console),
        world_(preference_world_of(registry, arguments)),
        options_(reward_model_options(arguments)),
        share_held_out_(*arguments.number("held_out", {0, 0.9})),
        features_(reward_features_of(
            world_, arguments.text("features").value_or(reward_feature_names(world_).front()))),
        rng_(static_cast<std::uint64_t>(*arguments.integer("seed"))) {
    read_reference();
    if (const auto path = arguments.text("output_dir"))
      prepare(*path);
    else
      refuse_given(arguments, {"force"}, "without --output-dir");
  }

  int operator()() {
    Rng draw = rng_.split("held_out");
    data_ = divide(read_reward_data(world_, arguments_, console_), share_held_out_, draw);
    std::optional<StoredReward> fitted = fit_reward(world_, features_, data_.training, options_,
                                                    arguments_, rng_.split("ensemble"), console_);
    if (!fitted) {
      console_.note(folder_ ? "interrupted; nothing is written" : "interrupted");
      return kOk;
    }
    reward_ = std::move(*fitted);
    if (reference_) normalize_on_reference();
    measure();
    if (folder_) write_file(file_, reward_json(world_, reward_));
    if (arguments_.is_on("json"))
      tell_json();
    else
      tell_text();
    return kOk;
  }

 private:
  void read_reference() {
    const auto path = arguments_.text("reference");
    if (!arguments_.is_on("normalize"))
      refuse_given(arguments_, {"reference"}, "without --normalize");
    if (!path && arguments_.is_on("normalize"))
      throw std::invalid_argument("--normalize needs the policy to normalise on: --reference PATH");
    if (path) reference_ = table_of(read_policy(*path, world_).policy->rows());
  }

  void prepare(const std::string& path) {
    folder_ = path;
    file_ = (std::filesystem::path(path) / kRewardFile).string();
    if (std::filesystem::exists(file_)) {
      refuse_to_replace_input();
      if (!arguments_.is_on("force"))
        throw std::invalid_argument(fmt::format("'{}' exists; give --force to replace it", file_));
    }
    make_output_dir(path);
  }

  /// --force replaces a model, never what one is made of.
  void refuse_to_replace_input() const {
    for (const char* flag : {"dataset", "reference", "config"}) {
      const auto path = arguments_.text(flag);
      std::error_code no_such_file;
      if (path && std::filesystem::equivalent(file_in(*path, kPolicyFile), file_, no_such_file))
        throw std::invalid_argument(fmt::format(
            "--output-dir: the model would replace '{}', which is --{}; give another folder", file_,
            flag));
    }
  }

  void normalize_on_reference() {
    const RewardTable table = table_of_reward(world_, reward_, {});
    const NormalizedReward scaled =
        world_.tree() != nullptr
            ? normalize_response_reward(world_.model(), table, *reference_)
            : normalize_reward(table, visit_shares(world_.model(), *reference_));
    reward_.normalized = {scaled.mean, scaled.sd};
  }

  /// In training and held out.
  void measure() {
    const RewardMetrics trained = add_metrics("", data_.training);
    metrics_.insert(metrics_.end(), {{"min_reward", trained.min_reward},
                                     {"mean_reward", trained.mean_reward},
                                     {"max_reward", trained.max_reward}});
    if (data_.held_out.size() == 0) return;
    const RewardMetrics judged = add_metrics("eval_", data_.held_out);
    if (std::isnan(judged.accuracy))
      console_.note("all labels that are held out are ties: there is no accuracy");
    else if (judged.accuracy <= 0.5)
      console_.note(
          fmt::format("the held-out accuracy, {:.3f}, is not above chance; the labels allow {:.3f}",
                      judged.accuracy, metrics_.back().second));
  }

  /// Ends with the ceiling of the accuracy.
  RewardMetrics add_metrics(const std::string& prefix, const RewardData& data) {
    const RewardMetrics m = measured(world_, reward_, data, options_);
    const LabelBounds bounds = label_bounds(data.pairs, data.weights);
    metrics_.insert(metrics_.end(), {{prefix + "loss", m.loss},
                                     {prefix + "label_entropy", bounds.entropy},
                                     {prefix + "margin", m.margin},
                                     {prefix + "accuracy", m.accuracy},
                                     {prefix + "accuracy_expected", m.accuracy_expected},
                                     {prefix + "accuracy_ceiling", bounds.accuracy}});
    return m;
  }

  void tell_json() const {
    nlohmann::ordered_json result;
    result["model_class"] = reward_.network ? "network" : "linear";
    result["features"] = features_.name;
    result["pairs"] = data_.training.size();
    result["held_out"] = data_.held_out.size();
    result["members"] = reward_.weights.rows();
    if (!reward_.converged.empty()) result["converged"] = reward_.converged;
    for (const auto& [name, value] : metrics_) result[name] = number_or_null(value);
    if (!reward_.network) {
      const Eigen::VectorXd mean = reward_.weights.colwise().mean();
      for (Eigen::Index i = 0; i < mean.size(); ++i)
        result["weights"][features_.names[static_cast<std::size_t>(i)]] = mean[i];
    }
    console_.out << result.dump(2) << '\n';
  }

  void tell_text() const {
    write_wrapped(
        console_,
        fmt::format("{} on {} of {}: {}, {} held out",
                    reward_.network ? "reward network" : "reward model", features_.name,
                    world_.name(), plural(data_.training.size(), "pair"), data_.held_out.size()));
    if (!features_.doc.empty()) write_wrapped(console_, features_.doc);
    std::vector<std::vector<std::string>> rows = {{"metric", "value"}};
    for (const auto& [name, value] : metrics_)
      rows.push_back({name, std::isnan(value) ? "-" : fmt::format("{:.4f}", value)});
    if (!reward_.converged.empty())
      rows.push_back({"members converged", fmt::format("{} of {}",
                                                       std::count(reward_.converged.begin(),
                                                                  reward_.converged.end(), true),
                                                       reward_.converged.size())});
    if (reward_.normalized) {
      rows.push_back({"mean on the reference", fmt::format("{:.4f}", reward_.normalized->mean)});
      rows.push_back({"sd on the reference", fmt::format("{:.4f}", reward_.normalized->sd)});
    }
    console_.out << table(rows, console_.columns) << '\n';
    write_wrapped(
        console_,
        "accuracy_expected: what the accuracy would be in the mean if the model's own "
        "probabilities were those of the labels; accuracy_ceiling: what no model exceeds, "
        "for where one comparison was made several times the majority's answer is the "
        "best; labels of 1/2 are left out. label_entropy: what no loss falls below, "
        "margins aside; ln 2 = 0.6931 is the loss of equal rewards.");
    if (folder_) console_.note("written: " + *folder_);
  }

  const Arguments& arguments_;
  Console& console_;
  PreferenceWorld world_;
  RewardModelOptions options_;
  double share_held_out_;
  RewardFeatures features_;
  Rng rng_;
  std::optional<TabularPolicy> reference_;
  std::optional<std::string> folder_;
  std::string file_;
  DividedRewardData data_;
  StoredReward reward_;
  Metrics metrics_;
};

}  // namespace

Command rlhf_reward_command() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(flags, {{"margin_key", "NAME", "key of the margin"},
                    env,
                    {"features", "NAME",
                     "bag or rich of token_world, next_state, "
                     "state_action"}});
  add_flags(flags, reward_model_flags());
  add_flags(flags,
            {{"held_out", "X", "share of the pairs that the model is judged on; 0: none", "0.2"},
             {"normalize", "", "mean 0 and variance 1 on the reference policy"},
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
                    "rlhf reward --dataset pairs.jsonl --model-class network --hidden 32,32 "
                    "--output-dir rm",
                    "rlhf reward --dataset pairs.jsonl --features bag --ensemble-size 5 "
                    "--normalize --reference sft --output-dir rm"}},
      [](const Registry& registry, const Arguments& arguments, Console& console) {
        return RewardCommand(registry, arguments, console)();
      }};
}

}  // namespace rl::apps
