// rlbook rlhf dpo, cpl: the direct road, from preferences to a policy without a reward model.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/pair_losses.hpp"
#include "algorithms/preference/training.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/training_data.hpp"
#include "apps/rlhf/training_run.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

/// The options of these losses, each name once; defaults of the first that has it.
std::vector<OptionInfo> options_of_losses(const std::vector<std::string>& names) {
  std::vector<OptionInfo> options;
  for (const std::string& name : names)
    for (const OptionInfo& option : pair_loss_type(name).options)
      if (std::none_of(options.begin(), options.end(),
                       [&](const OptionInfo& known) { return known.name == option.name; }))
        options.push_back(option);
  return options;
}

std::vector<std::string> all_losses() {
  std::vector<std::string> names;
  for (const PairLossType& type : pair_loss_types()) names.push_back(type.name);
  return names;
}

/// Without defaults, which differ from loss to loss.
std::vector<FlagSpec> loss_flags(const std::vector<std::string>& names) {
  std::vector<FlagSpec> flags = option_flags(options_of_losses(names));
  for (FlagSpec& flag : flags) {
    std::string of;
    for (const std::string& name : names) {
      const auto& options = pair_loss_type(name).options;
      if (std::any_of(options.begin(), options.end(),
                      [&](const OptionInfo& o) { return o.name == flag.name; }))
        of += (of.empty() ? "" : ", ") + name;
    }
    if (names.size() > 2) flag.doc += "; of " + of;
    flag.fallback.clear();
  }
  return flags;
}

/// The losses that were asked for, each with the options that it has.
class ChosenLosses {
 public:
  ChosenLosses(std::vector<std::string> names, const Arguments& arguments)
      : names_(std::move(names)) {
    std::vector<std::string> weights = arguments.declares("loss_weights")
                                           ? arguments.texts("loss_weights")
                                           : std::vector<std::string>{};
    if (!weights.empty() && weights.size() != names_.size())
      throw std::invalid_argument(
          fmt::format("--loss-weights: {} weights for {} losses", weights.size(), names_.size()));
    check_options(arguments);
    std::vector<std::pair<double, PairLossFunction>> losses;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const PairLossType& type = pair_loss_type(names_[i]);
      const std::optional<double> weight =
          weights.empty() ? std::optional(1.0) : parse_number(weights[i]);
      if (!weight)
        throw std::invalid_argument(
            fmt::format("--loss-weights: expected a number, not '{}'", weights[i]));
      const json options = given_options(arguments, type.options);
      losses.emplace_back(*weight, type.make(options));
      identity_.push_back(
          {{"loss", type.name}, {"weight", *weight}, {"options", all_options(type, options)}});
      needs_reference_ = needs_reference_ || type.needs_reference;
      if (i == 0) scale_ = scale_of(type, options);
      if (type.name == "robust") warn_robust_ = true;
      if (type.name == "ipo" && options.value("ipo_reduction", "sum") == "sum") sums_ipo_ = true;
    }
    loss_ = losses.size() == 1 && losses[0].first == 1 ? losses[0].second
                                                       : weighted_pair_loss(std::move(losses));
  }

  const PairLossFunction& loss() const { return loss_; }
  bool needs_reference() const { return needs_reference_; }
  double reward_scale() const { return scale_; }
  bool warn_robust() const { return warn_robust_; }
  bool sums_ipo() const { return sums_ipo_; }
  const nlohmann::ordered_json& identity() const { return identity_; }

 private:
  /// An option that none of the losses has.
  void check_options(const Arguments& arguments) const {
    const std::vector<OptionInfo> effective = options_of_losses(names_);
    for (const OptionInfo& option : options_of_losses(all_losses())) {
      const bool has = std::any_of(effective.begin(), effective.end(),
                                   [&](const OptionInfo& o) { return o.name == option.name; });
      if (has || !arguments.declares(option.name) || !arguments.given(option.name)) continue;
      std::vector<std::string> known;
      for (const OptionInfo& o : effective) known.push_back(o.name);
      throw std::invalid_argument(
          fmt::format("option '{}' has no effect with the loss {} (it has: {})", option.name,
                      join(names_), known.empty() ? "no options" : join(known)));
    }
  }
  /// Given or not.
  static json all_options(const PairLossType& type, json options) {
    for (const OptionInfo& option : type.options)
      if (!options.contains(option.name)) options[option.name] = json::parse(option.default_json);
    return options;
  }
  /// What rewards/chosen is ln pi / pi_ref times.
  static double scale_of(const PairLossType& type, const json& options) {
    for (const char* name : {"beta", "alpha"})
      for (const OptionInfo& option : type.options)
        if (option.name == name)
          return options.contains(name) ? options[name].get<double>()
                                        : json::parse(option.default_json).get<double>();
    return 1;
  }

  std::vector<std::string> names_;
  PairLossFunction loss_;
  bool needs_reference_ = false;
  bool warn_robust_ = false;
  bool sums_ipo_ = false;
  double scale_ = 1;
  nlohmann::ordered_json identity_ = nlohmann::ordered_json::array();
};

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

int train_on_pairs(const char* command, const std::vector<std::string>& losses, double nll_weight,
                   double discount, bool reference_free, const Registry& registry,
                   const Arguments& arguments, Console& console) {
  const TrainingStart start = training_start(registry, arguments);
  const ChosenLosses chosen(losses, arguments);
  const DatasetFile file = open_dataset(arguments);
  const std::vector<LabelledPair> pairs = read_training_pairs(start.world, file, console);
  const TrainingOptions options = data_training_options(arguments, pairs.size());
  if (arguments.declares("reference_free") && reference_free && !chosen.needs_reference())
    throw std::invalid_argument("--reference-free has no effect: the loss has no reference");
  if (arguments.given("reference") && (reference_free || !chosen.needs_reference()))
    console.warn("the loss has no reference; --reference is only measured against");
  constexpr std::size_t kMostCompared = 2000;
  if (chosen.warn_robust() && pairs.size() <= kMostCompared && one_sided(pairs))
    console.warn(
        "the robust loss falls for ever on pairs of which one side is never preferred: stop early");
  if (chosen.sums_ipo() && lengths_differ(pairs))
    console.note(
        "ipo compares sums of log-ratios, which grow with length; --ipo-reduction mean divides by "
        "it");
  std::optional<PolicyRows> reference;
  if (chosen.needs_reference() && !reference_free) reference = start.reference.rows();
  auto objective =
      std::make_shared<PairObjective>(start.policy->rows(), reference, pairs,
                                      PairObjective::Options{.loss = chosen.loss(),
                                                             .reward_scale = chosen.reward_scale(),
                                                             .discount = discount,
                                                             .nll_weight = nll_weight});
  const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  NamedTrainer named{std::make_unique<Training>(*start.policy, std::move(objective), options,
                                                Rng(seed).split(command)),
                     options.max_steps,
                     {}};
  named.identity["command"] = command;
  named.identity["losses"] = chosen.identity();
  named.identity["nll_weight"] = nll_weight;
  named.identity["discount"] = discount;
  named.identity["reference_free"] = reference_free;
  named.identity["training"] = training_identity(options);
  named.identity["dataset"] = file.hash();
  return run_training(start, std::move(named), arguments, console);
}

int run_dpo(const Registry& registry, const Arguments& arguments, Console& console) {
  std::vector<std::string> losses = arguments.texts("loss_type");
  for (std::string& name : losses) name = pair_loss_type(name).name;
  return train_on_pairs("dpo", losses, *arguments.number("nll_coef", {0, 1e9}), 1,
                        arguments.is_on("reference_free"), registry, arguments, console);
}

int run_cpl(const Registry& registry, const Arguments& arguments, Console& console) {
  const bool kl = arguments.is_on("kl");
  return train_on_pairs("cpl", {kl ? "cpl_kl" : "cpl"}, *arguments.number("bc_coeff", {0, 1e9}),
                        *arguments.number("discount", {1e-9, 1}), !kl, registry, arguments,
                        console);
}

}  // namespace

Command rlhf_dpo_command() {
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(flags,
            {{"loss_type", "NAME", "sigmoid is DPO; " + join(all_losses()), "sigmoid", true},
             {"loss_weights", "X", "of several losses, one each", "", true},
             {"nll_coef", "X", "adds the chosen response's mean negative log-probability", "0"},
             {"reference_free", "", "log-probabilities in place of log-ratios"}});
  add_flags(flags, loss_flags(all_losses()));
  add_flags(flags, data_training_flags());
  add_flags(flags, training_flags());
  return {{.command = "rlhf dpo",
           .usage = "--dataset pairs.jsonl --model sft [--loss-type sigmoid] [--output-dir DIR]",
           .doc = "a policy straight from pairs: DPO, IPO, SimPO, ORPO and their relatives",
           .flags = std::move(flags),
           .examples = {"rlhf dpo --dataset pairs.jsonl --model sft --beta 0.1 --output-dir dpo",
                        "rlhf dpo --dataset pairs.jsonl --model sft --loss-type ipo --beta 0.3"}},
          run_dpo};
}

Command rlhf_cpl_command() {
  std::vector<FlagSpec> flags = dataset_flags();
  add_flags(flags, loss_flags({"cpl"}));
  add_flags(flags,
            {{"kl", "", "ln pi / pi_ref in place of ln pi"},
             {"discount", "X", "of the steps within a segment", "1"},
             {"bc_coeff", "X", "adds the chosen segment's mean negative log-probability", "0"}});
  add_flags(flags, data_training_flags());
  add_flags(flags, training_flags());
  return {{.command = "rlhf cpl",
           .usage = "--dataset segments.jsonl --env WORLD [--alpha 0.1] [--output-dir DIR]",
           .doc = "contrastive preference learning: pairs of segments, labelled by regret",
           .flags = std::move(flags),
           .examples = {"rlhf cpl --env mfrl_5x5 --dataset segments.jsonl --alpha 0.1"}},
          run_cpl};
}

}  // namespace rl::apps
