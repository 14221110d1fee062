#include "apps/rlhf/training_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <ostream>
#include <span>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/response_tree.hpp"
#include "apps/command.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/rlhf/folders.hpp"
#include "apps/rlhf/metrics_log.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/run_file.hpp"
#include "apps/world.hpp"
#include "rl/experiment/tensorboard.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr const char* kCheckpointFile = "checkpoint";
constexpr double kLn2 = 0.6931471805599453;

class TrainingRun {
 public:
  TrainingRun(const TrainingStart& start, NamedTrainer named, const Arguments& arguments,
              Console& console)
      : start_(start),
        named_(std::move(named)),
        arguments_(arguments),
        console_(console),
        logging_steps_(*arguments.integer("logging_steps", 1)),
        eval_steps_(*arguments.integer("eval_steps", 0)),
        save_steps_(*arguments.integer("save_steps", 0)),
        max_kl_(arguments.number("max_kl", {0, 1e9})),
        as_csv_(wants_csv(arguments)) {
    const auto path = arguments.text("output_dir");
    if (!path)
      refuse_given(arguments, {"save_steps", "report", "force"}, "without --output-dir");
    else
      open_folder(*path);
    if (arguments.is_on("resume_from_checkpoint")) resume();
  }

  int operator()() {
    try {
      train();
    } catch (const std::exception&) {
      keep_what_there_is();
      throw;
    }
    write();
    save();
    say_where();
    return kOk;
  }

 private:
  void train() {
    Trainer& trainer = *named_.trainer;
    bool at_start = trainer.steps() == 0;
    measure();
    if (at_start) log_.add_scores(0, metrics_of(*scores_));
    Progress progress(console_, arguments_.syntax().command);
    over_max_kl_ = kl_is_over();
    while (!over_max_kl_ && !console_.interrupted() && trainer.advance()) {
      if (!is_finite())
        throw std::runtime_error(
            fmt::format("the policy diverged at step {}: a parameter is not finite; take smaller "
                        "steps (--learning-rate)",
                        trainer.steps()));
      const std::int64_t step = trainer.steps();
      if (std::exchange(at_start, false)) tell_start();
      check_learning();
      over_max_kl_ = kl_is_over();
      const bool last = over_max_kl_ || step == named_.max_steps;
      if (step % logging_steps_ == 0 || last) log_.add(step, trainer.metrics());
      if (eval_steps_ > 0 && step % eval_steps_ == 0 && !last) {
        measure();
        log_.add_scores(step, metrics_of(*scores_));
      }
      if (save_steps_ > 0 && step % save_steps_ == 0) save();
      progress.update(static_cast<double>(step) /
                      static_cast<double>(std::max<std::int64_t>(named_.max_steps, 1)));
    }
    measure();
    if (!console_.interrupted()) log_.add_scores(trainer.steps(), metrics_of(*scores_));
  }

  static bool wants_csv(const Arguments& arguments) {
    const std::vector<std::string> choices = {"jsonl", "csv"};
    const std::string form = arguments.needed("report");
    if (std::find(choices.begin(), choices.end(), form) == choices.end())
      throw std::invalid_argument(unknown_name("value of --report", form, choices));
    return form == "csv";
  }

  void open_folder(const std::string& path) {
    folder_ = path;
    const bool resuming = arguments_.is_on("resume_from_checkpoint");
    if (std::filesystem::exists(path) && !std::filesystem::is_directory(path))
      throw std::invalid_argument(fmt::format("--output-dir: '{}' is not a folder", path));
    if (std::filesystem::exists(file(kPolicyFile)) && !resuming && !arguments_.is_on("force"))
      throw std::invalid_argument(
          fmt::format("--output-dir: '{}' holds a policy; give --force to replace it, or "
                      "--resume-from-checkpoint to go on",
                      path));
    make_output_dir(path);
  }

  std::string file(const char* name) const {
    return (std::filesystem::path(*folder_) / name).string();
  }

  void resume() {
    if (!folder_)
      throw std::invalid_argument("--resume-from-checkpoint needs the --output-dir that it is in");
    const StateFile saved = load_state_file(file(kCheckpointFile), named_.identity);
    try {
      const auto size = saved.identity.find("metrics_bytes");
      if (size == saved.identity.end() || !size->is_number_unsigned() ||
          size->get<std::size_t>() > saved.state.size())
        throw std::invalid_argument("is cut short");
      const auto metrics_end = size->get<std::size_t>();
      log_.restore(saved.state.substr(0, metrics_end));
      named_.trainer->load(std::string_view(saved.state).substr(metrics_end));
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(fmt::format("{}: {}", file(kCheckpointFile), e.what()));
    }
    console_.note(fmt::format("goes on from step {}", named_.trainer->steps()));
  }

  /// Where the policy is its reference, DPO's loss is ln 2, and users ask whether that is right.
  void tell_start() {
    const double loss = metric(named_.trainer->metrics(), "loss");
    if (std::abs(loss - kLn2) < 1e-12)
      console_.note("the loss starts at ln 2 = 0.6931: the policy is its reference");
  }

  /// A loss of log-ratios that stays at ln 2 without a slope will do so for ever.
  void check_learning() {
    constexpr std::int64_t kSteps = 20;
    constexpr double kRounding = 1e-12;
    const Metrics& metrics = named_.trainer->metrics();
    if (!named_.why_stuck || named_.trainer->steps() != kSteps ||
        std::abs(metric(metrics, "loss") - kLn2) >= 1e-9)
      return;
    if (metric(metrics, "grad_norm") > kRounding && metric(metrics, "learning_rate") > 0) return;
    nothing_learned_ = true;
    throw std::invalid_argument(
        fmt::format("after {} steps the loss is still ln 2, and nothing will change that: {}",
                    kSteps, *named_.why_stuck));
  }

  bool is_finite() const {
    const std::span<const double> w = named_.trainer->policy().parameters();
    return std::all_of(w.begin(), w.end(), [](double x) { return std::isfinite(x); }) &&
           named_.trainer->policy().has_probabilities();
  }

  bool kl_is_over() const { return max_kl_ && exact_kl() > *max_kl_; }
  double exact_kl() const {
    const PolicyRows policy = named_.trainer->policy().rows();
    const PolicyRows reference = start_.reference.rows();
    const ResponseTree* const tree = start_.world.tree();
    return tree != nullptr ? tree->evaluate(policy, reference).kl.mean
                           : start_.world.evaluate(policy, reference).kl;
  }

  void measure() {
    scores_ = start_.world.evaluate(named_.trainer->policy().rows(), start_.reference.rows(),
                                    named_.proxy);
  }

  /// After a failure: all that was computed, but for a policy that is none any more.
  void keep_what_there_is() {
    if (!folder_) return;
    try {
      if (named_.trainer->steps() == 0 || nothing_learned_ || !is_finite()) return save_metrics();
      save();
      console_.note(
          fmt::format("step {} is kept; --output-dir {} --resume-from-checkpoint goes on "
                      "from it",
                      named_.trainer->steps(), *folder_));
    } catch (const std::exception& e) {
      console_.warn(e.what());  // the first failure is the one to be told
    }
  }

  void save() {
    if (!folder_) return;
    const std::string metrics = log_.jsonl();
    ordered_json identity = named_.identity;
    identity["steps"] = named_.trainer->steps();
    identity["metrics_bytes"] = metrics.size();
    std::ostringstream text;
    save_state_file(text, identity, metrics + named_.trainer->save());
    write_file(file(kCheckpointFile), text.str());
    write_file(file(kPolicyFile),
               policy_json(start_.world, start_.choice, named_.trainer->policy()));
    save_metrics();
  }

  void save_metrics() {
    if (!folder_) return;
    write_file(file(as_csv_ ? "metrics.csv" : "metrics.jsonl"),
               as_csv_ ? log_.csv() : log_.jsonl());
    write_file(file(kTensorboardFile), log_.events());
  }

  void write() {
    const Trainer& trainer = *named_.trainer;
    if (arguments_.is_on("json")) {
      ordered_json result;
      result["steps"] = trainer.steps();
      result["ended"] = over_max_kl_             ? "max_kl"
                        : console_.interrupted() ? "interrupted"
                                                 : "max_steps";
      for (const Metrics& metrics : {trainer.metrics(), metrics_of(*scores_)})
        for (const auto& [name, value] : metrics) result[name] = number_or_null(value);
      console_.out << result.dump(2) << '\n';
      return;
    }
    write_wrapped(console_,
                  fmt::format("{} in {}, {}", arguments_.syntax().command, start_.world.name(),
                              plural(static_cast<std::size_t>(trainer.steps()), "step")));
    if (over_max_kl_)
      write_wrapped(console_, fmt::format("Ended early: the KL from the reference is {:.4g} nats, "
                                          "above --max-kl {:g}.",
                                          scores_->kl, *max_kl_));
    std::vector<std::vector<std::string>> rows = {{"metric", "value"}};
    for (const auto& [name, value] : trainer.metrics())
      rows.push_back({name, fmt::format("{:.6g}", value)});
    for (const auto& [name, value] : metrics_of(*scores_))
      rows.push_back({name + " (exact)", fmt::format("{:.6g}", value)});
    console_.out << table(rows, console_.columns) << '\n';
    write_wrapped(console_, start_.world.problem().gamma < 1
                                ? "Returns and KL (nats) are sums over an episode, discounted."
                                : "KL in nats a response, from the reference policy.");
  }

  void say_where() {
    if (console_.interrupted())
      console_.note(folder_ ? fmt::format("interrupted; --output-dir {} --resume-from-checkpoint "
                                          "goes on from here",
                                          *folder_)
                            : std::string("interrupted"));
    else if (folder_)
      console_.note("written: " + *folder_);
  }

  const TrainingStart& start_;
  NamedTrainer named_;
  const Arguments& arguments_;
  Console& console_;
  std::int64_t logging_steps_, eval_steps_, save_steps_;
  std::optional<double> max_kl_;
  bool as_csv_;
  bool over_max_kl_ = false;
  bool nothing_learned_ = false;
  std::optional<std::string> folder_;
  MetricsLog log_;
  std::optional<ExactScores> scores_;
};

}  // namespace

std::vector<FlagSpec> training_flags() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  std::vector<FlagSpec> flags = {env};
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "seed", "memory_limit", "file_limit"}));
  add_flags(flags, {{"model", "PATH",
                     "policy.json, or its folder, to start from; else the uniform policy"},
                    {"reference", "PATH",
                     "the policy that the learned one is held to; else a copy of the "
                     "start"}});
  add_flags(flags, option_flags(PolicyChoice{}));
  add_flags(flags,
            {{"max_kl", "X", "end as soon as the exact KL from the reference is above it, nats"},
             {"output_dir", "DIR", "write policy, metrics and checkpoint here"},
             {"logging_steps", "N", "metrics of every N-th step", "10"},
             {"eval_steps", "N", "exact scores every N steps; 0: before and after", "0"},
             {"save_steps", "N", "a checkpoint every N steps; 0: at the end", "0"},
             {"resume_from_checkpoint", "", "go on from the one in --output-dir"},
             {"report", "jsonl|csv", "form of the metrics' file", "jsonl"}});
  add_flags(flags,
            shared_flags({"force", "json", "quiet", "color", "config", "set", "print_config"}));
  return flags;
}

TrainingStart training_start(const Registry& registry, const Arguments& arguments) {
  PreferenceWorld world = preference_world_of(registry, arguments);
  PolicyChoice choice = options_from(arguments, PolicyChoice{});
  std::unique_ptr<RowPolicy> policy;
  if (const auto path = arguments.text("model")) {
    if (!given_options(arguments, describe(PolicyChoice{})).empty())
      throw std::invalid_argument(
          "--policy-class and a network's options have no effect beside --model");
    LoadedPolicy loaded = read_policy(*path, world);
    policy = std::move(loaded.policy);
    choice = loaded.choice;
  } else {
    if (choice.policy_class != PolicyClass::network)
      for (const OptionInfo& option : describe(NetworkOptions{}))
        if (arguments.given(option.name))
          throw std::invalid_argument(fmt::format(
              "option '{}' has no effect unless --policy-class is network", option.name));
    const auto seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
    policy = world.make_policy(choice, seed);
  }
  const auto reference = arguments.text("reference");
  FrozenPolicy held_to = reference ? FrozenPolicy(read_policy(*reference, world).policy->rows())
                                   : FrozenPolicy(policy->rows());
  return {std::move(world), choice, std::move(policy), std::move(held_to)};
}

std::vector<FlagSpec> data_training_flags() {
  std::vector<FlagSpec> flags = option_flags(TrainingOptions{});
  flags.push_back({"num_train_epochs", "X", "passes over the data, in place of --max-steps"});
  return flags;
}

TrainingOptions data_training_options(const Arguments& arguments, std::size_t examples) {
  TrainingOptions options = options_from(arguments, TrainingOptions{});
  const std::optional<double> epochs = arguments.number("num_train_epochs", {0, 1e9});
  if (!epochs) return options;
  if (arguments.given("max_steps"))
    throw std::invalid_argument("--num-train-epochs and --max-steps both say how long");
  const double batch = options.batch_size > 0 ? static_cast<double>(options.batch_size)
                                              : std::max<double>(1, static_cast<double>(examples));
  options.max_steps =
      static_cast<std::int64_t>(std::floor(*epochs * static_cast<double>(examples) / batch));
  return options;
}

nlohmann::ordered_json training_identity(const TrainingOptions& options) {
  auto identity = ordered_json::parse(to_json_text(options));
  identity.erase("max_steps");
  return identity;
}

int run_training(const TrainingStart& start, NamedTrainer named, const Arguments& arguments,
                 Console& console) {
  named.identity["environment"] = start.world.name();
  named.identity["world"] = start.world.fingerprint();
  named.identity["policy"] = ordered_json::parse(to_json_text(start.choice));
  named.identity["seed"] = *arguments.integer("seed");
  named.identity["start"] = FrozenPolicy(start.policy->rows()).hash();
  named.identity["reference"] = start.reference.hash();
  return TrainingRun(start, std::move(named), arguments, console)();
}

}  // namespace rl::apps
