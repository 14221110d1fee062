// rlbook rlhf prefs: preference data are made, converted, split and described.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <ostream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/preference_data.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

// ---- which flag counts where --------------------------------------------------------------------

/// What the command does: an action, or a format that is generated.
enum PrefsTask : unsigned {
  kMakesPairs = 1U << 0U,
  kMakesLabelled = 1U << 1U,
  kMakesDemonstrations = 1U << 2U,
  kMakesPrompts = 1U << 3U,
  kMakesSegments = 1U << 4U,
  kConverts = 1U << 5U,
  kSplits = 1U << 6U,
  kDescribes = 1U << 7U,
};
constexpr unsigned kAsksForLabels = kMakesPairs | kMakesLabelled | kMakesSegments;
constexpr unsigned kDraws = kAsksForLabels | kMakesDemonstrations;
constexpr unsigned kMakes = kDraws | kMakesPrompts;
constexpr unsigned kReads = kConverts | kSplits | kDescribes;

struct FlagScope {
  const char* flag;
  unsigned tasks;
};
constexpr FlagScope kFlagScopes[] = {
    {"env", kMakes | kConverts | kDescribes},
    {"gamma", kMakes | kConverts | kDescribes},
    {"start", kMakes | kConverts | kDescribes},
    {"format", kMakes},
    {"num", kMakes},
    {"policy", kDraws},
    {"demonstrator", kMakesDemonstrations},
    {"annotator", kAsksForLabels},
    {"rationality", kAsksForLabels},
    {"flip_prob", kAsksForLabels},
    {"tie_threshold", kAsksForLabels},
    {"soft_labels", kMakesPairs | kMakesSegments},
    {"discount", kAsksForLabels},
    {"fragment_length", kDraws},
    {"segment_start", kDraws},
    {"absorbing", kMakesSegments},
    {"scores", kMakesPairs},
    {"active", kAsksForLabels},
    {"oversampling", kAsksForLabels},
    {"query_schedule", kAsksForLabels},
    {"iterations", kAsksForLabels},
    {"features", kAsksForLabels},
    {"to", kConverts},
    {"prompt_key", kReads},
    {"chosen_key", kReads},
    {"rejected_key", kReads},
    {"margin_key", kReads},
    {"share", kSplits},
    {"held_out", kSplits},
    {"cap", kSplits},
    {"out", kMakes | kConverts | kSplits},
    {"force", kMakes | kConverts | kSplits},
};

std::string kebab_flag(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

/// Throws for a flag that would be taken and do nothing. `what`: "split", "--format prompts"
void refuse_idle_flags(const Arguments& arguments, unsigned task, const std::string& what) {
  for (const FlagScope& scope : kFlagScopes)
    if ((scope.tasks & task) == 0 && arguments.given(scope.flag))
      throw std::invalid_argument(
          fmt::format("{} has no effect on {}", kebab_flag(scope.flag), what));
}

// ---- what is told at the end --------------------------------------------------------------------

/// Least, mean and largest of some lengths.
class LengthRange {
 public:
  void add(std::size_t length) {
    least_ = n_ == 0 ? length : std::min(least_, length);
    most_ = std::max(most_, length);
    sum_ += static_cast<double>(length);
    ++n_;
  }
  bool empty() const { return n_ == 0; }
  std::string text() const { return fmt::format("{} to {}, mean {:.3g}", least_, most_, mean()); }
  ordered_json json() const { return {{"least", least_}, {"most", most_}, {"mean", mean()}}; }

 private:
  double mean() const { return sum_ / static_cast<double>(n_); }
  std::size_t n_ = 0, least_ = 0, most_ = 0;
  double sum_ = 0;
};

/// Named values: a table, an object, or a note beside data on stdout.
class DataSummary {
 public:
  void add(const std::string& name, std::size_t value) { add(name, std::to_string(value), value); }
  void add(const std::string& name, const std::string& value) { add(name, value, value); }
  void add(const std::string& name, double value) {
    add(name, fmt::format("{:.4g}", value), number_or_null(value));
  }
  void add(const std::string& name, const LengthRange& lengths) {
    if (!lengths.empty()) add(name, lengths.text(), lengths.json());
  }
  void write_json(Console& console) const { console.out << json_.dump(2) << '\n'; }
  void write_table(Console& console) const { console.out << table(rows_, console.columns); }
  void write_note(Console& console) const {
    std::string text;
    for (std::size_t i = 1; i < rows_.size(); ++i)
      text += fmt::format("{}{}: {}", i > 1 ? ", " : "", rows_[i][0], rows_[i][1]);
    console.note(text);
  }

 private:
  void add(const std::string& name, std::string text, ordered_json value) {
    std::string key = name;
    for (char& c : key)
      if (c == ' ' || c == '-') c = '_';
    json_[key] = std::move(value);
    rows_.push_back({name, std::move(text)});
  }

  ordered_json json_;
  std::vector<std::vector<std::string>> rows_ = {{"data", "value"}};
};

/// --out, or stdout. Made before the work, so that what would go wrong does so then.
class DataOutput {
 public:
  DataOutput(const Arguments& arguments, Console& console)
      : console_(console), json_(arguments.is_on("json")) {
    if (const auto path = arguments.text("out"))
      file_ = std::make_unique<OutputFile>(*path, arguments.is_on("force"));
    else if (json_)
      throw std::invalid_argument("--json and the data would both go to stdout: give --out FILE");
    else if (arguments.given("force"))
      throw std::invalid_argument("--force has no effect without --out");
  }
  void write(const std::string& text) {
    if (!file_) {
      console_.out << text;
      return;
    }
    file_->stream() << text;
    file_->commit();
  }
  void tell(DataSummary summary) {
    if (file_) summary.add("written", file_->path());
    if (json_)
      summary.write_json(console_);
    else if (file_)
      summary.write_table(console_);
    else
      summary.write_note(console_);
  }

 private:
  Console& console_;
  bool json_;
  std::unique_ptr<OutputFile> file_;
};

// ---- generate -----------------------------------------------------------------------------------

struct QueryOptions {
  QuerySchedule query_schedule = QuerySchedule::constant;
  int iterations = 5;
  template <class Visitor>
  void visit(Visitor& v) {
    v("query_schedule", query_schedule, "how questions are spread over the iterations of --active",
      {"constant", "hyperbolic", "inverse_quadratic"});
    v("iterations", iterations, "of --active: a new ensemble before each but the first",
      Range{1, 1e6});
  }
};

/// How many of n go to each share, by the largest remainders.
std::vector<std::size_t> counts_by_share(std::size_t n, std::span<const double> shares) {
  std::vector<std::size_t> counts, order(shares.size());
  for (const double share : shares)
    counts.push_back(static_cast<std::size_t>(share * static_cast<double>(n) + 1e-9));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto lost = [&](std::size_t i) {
    return shares[i] * static_cast<double>(n) - static_cast<double>(counts[i]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return lost(i) > lost(j) + 1e-9; });
  const std::size_t given = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  for (std::size_t k = 0; k + given < n; ++k) ++counts[order[k % order.size()]];
  return counts;
}

class DataMaker {
 public:
  DataMaker(const Registry& registry, const Arguments& arguments, Console& console)
      : arguments_(arguments),
        world_(preference_world_of(registry, arguments)),
        format_(format_of(arguments, world_)),
        rng_(static_cast<std::uint64_t>(*arguments.integer("seed"))) {
    refuse_idle_flags(arguments, task_of(format_), "--format " + name_of(format_));
    for (const char* flag : {"oversampling", "query_schedule", "iterations", "features"})
      if (arguments.given(flag) && !arguments.given("active"))
        throw std::invalid_argument(
            fmt::format("{} has no effect without --active", kebab_flag(flag)));
    output_ = std::make_unique<DataOutput>(arguments, console);
  }

  int operator()() {
    summary_.add("environment", world_.name());
    summary_.add("format", name_of(format_));
    data_.format = format_;
    if (format_ == DataFormat::prompts)
      make_prompts();
    else if (format_ == DataFormat::demonstrations)
      make_demonstrations();
    else
      make_comparisons();
    output_->write(write_preference_data(data_));
    output_->tell(std::move(summary_));
    return kOk;
  }

 private:
  static std::string name_of(DataFormat format) {
    return format == DataFormat::segment_pairs ? "segments" : std::string(format_name(format));
  }
  static DataFormat format_of(const Arguments& arguments, const PreferenceWorld& world) {
    if (const auto name = arguments.text("format")) return writable_format(*name);
    return world.tree() != nullptr ? DataFormat::pairs : DataFormat::segment_pairs;
  }
  static unsigned task_of(DataFormat format) {
    switch (format) {
      case DataFormat::labelled:
        return kMakesLabelled;
      case DataFormat::demonstrations:
        return kMakesDemonstrations;
      case DataFormat::prompts:
        return kMakesPrompts;
      case DataFormat::segment_pairs:
        return kMakesSegments;
      case DataFormat::pairs:
      case DataFormat::response_pairs:
        break;
    }
    return kMakesPairs;
  }
  std::size_t number_of_records(std::size_t usual) const {
    constexpr std::int64_t kMostRecords = 10'000'000;
    return static_cast<std::size_t>(
        arguments_.integer("num", 1, kMostRecords).value_or(static_cast<std::int64_t>(usual)));
  }
  /// 200 to each prompt, as the experiments have it.
  std::size_t usual_number() const {
    constexpr std::size_t kToEachPrompt = 200;
    return world_.tree() == nullptr
               ? kUsualPairs
               : kToEachPrompt * static_cast<std::size_t>(world_.tree()->num_prompts());
  }

  // ---- prompts and demonstrations ---------------------------------------------------------------

  void make_prompts() {
    const std::size_t n = number_of_records(usual_number());
    const Rng rng = rng_.split("prompts");
    for (std::size_t i = 0; i < n; ++i) {
      Rng stream = rng.split(i);
      data_.prompts.push_back(
          world_.problem().picture.state_name(world_.model().sample_start(stream)));
    }
    summary_.add("prompts", n);
  }

  void make_demonstrations() {
    const DataPolicy policy = data_policy(world_, arguments_);
    summary_.add("policy", policy.name);
    if (const ResponseTree* tree = world_.tree())
      show_responses(*tree, policy.policy);
    else
      show_fragments(policy.policy);
    double length = 0;
    double reward = 0;
    for (const Segment& shown : shown_) {
      length += static_cast<double>(shown.length());
      reward += std::accumulate(shown.rewards.begin(), shown.rewards.end(), 0.0);
      data_.demonstrations.push_back(
          {world_.prompt_text(shown), PreferenceWorld::completion_text(shown)});
    }
    const auto n = static_cast<double>(shown_.size());
    summary_.add("demonstrations", shown_.size());
    summary_.add("mean length", length / n);
    summary_.add("mean true reward", reward / n);
  }

  /// Prompt by prompt, from policy exp(demonstrator reward) / Z.
  void show_responses(const ResponseTree& tree, const FrozenPolicy& policy) {
    refuse_fragment_flags(world_, arguments_);
    const double demonstrator = *arguments_.number("demonstrator", {0, 1e6});
    const FrozenPolicy shows =
        demonstrator > 0 ? tree.tilted(policy.rows(), 1 / demonstrator).policy : policy;
    summary_.add("demonstrator", demonstrator);
    const EpisodeSampler sampler(world_.model(), table_of(shows.rows()),
                                 world_.model().num_states());
    const std::vector<std::size_t> counts =
        counts_by_share(number_of_records(usual_number()), tree.weights());
    const Rng rng = rng_.split("demonstrations");
    for (std::size_t x = 0; x < counts.size(); ++x)
      for (std::size_t i = 0; i < counts[x]; ++i) {
        Rng stream = rng.split(x).split(i);
        shown_.push_back(sampler.sample(tree.start(static_cast<std::int32_t>(x)), stream));
      }
  }

  /// Without a list of responses the policy itself shows, and an end may come early.
  void show_fragments(const FrozenPolicy& policy) {
    require_texts(world_, "demonstrations");
    if (arguments_.given("demonstrator"))
      throw std::invalid_argument(fmt::format(
          "--demonstrator: the responses of {} cannot be listed; --policy gives a better one",
          world_.name()));
    const auto options = options_from(arguments_, SegmentSamplerOptions{});
    const EpisodeSampler sampler(started_as(world_, options.segment_start), table_of(policy.rows()),
                                 options.fragment_length);
    const std::size_t n = number_of_records(usual_number());
    const Rng rng = rng_.split("demonstrations");
    for (std::size_t i = 0; i < n; ++i) {
      Rng stream = rng.split(i);
      shown_.push_back(sampler.sample(stream));
    }
  }

  // ---- comparisons ------------------------------------------------------------------------------

  void make_comparisons() {
    const auto options = options_from(arguments_, AnnotatorOptions{});
    const Annotator annotator =
        options.annotator == AnnotatorKind::regret
            ? Annotator(options, optimal_advantages(world_.model(), world_.problem().gamma))
            : Annotator(options);
    const DataPolicy policy = data_policy(world_, arguments_);
    const bool as_texts = format_ != DataFormat::segment_pairs;
    const PairSource draw = pair_source(world_, policy.policy, arguments_, as_texts);
    const std::size_t n = number_of_records(kUsualPairs);
    std::vector<SegmentPair> pairs =
        arguments_.given("active") ? disputed_pairs(n, draw, annotator) : plain_pairs(n, draw);
    if (!arguments_.given("active")) annotate(annotator, pairs, rng_.split("labels"));
    summary_.add("policy", policy.name);
    describe_labels(annotator, pairs);
    keep(annotator, std::move(pairs));
  }

  std::vector<SegmentPair> plain_pairs(std::size_t n, const PairSource& draw) const {
    return sample_pairs(n, draw, rng_.split("pairs"));
  }

  /// The first iteration asks at random; each later one about what the models of all answers so far
  /// disagree about.
  std::vector<SegmentPair> disputed_pairs(std::size_t n, const PairSource& draw,
                                          const Annotator& annotator) {
    const auto query = options_from(arguments_, QueryOptions{});
    const auto active = options_from(arguments_, ActiveOptions{});
    const RewardFeatures features = reward_features_of(
        world_, arguments_.text("features").value_or(reward_feature_names(world_).front()));
    const std::vector<std::size_t> shares = query_shares(query.query_schedule, n, query.iterations);
    std::vector<SegmentPair> pairs;
    for (std::size_t t = 0; t < shares.size(); ++t) {
      const Rng rng = rng_.split("pairs").split(t);
      std::vector<SegmentPair> asked =
          pairs.empty()
              ? sample_pairs(shares[t], draw, rng)
              : sample_disputed_pairs(shares[t], draw, log_odds_of(features, pairs, annotator, t),
                                      active, rng);
      annotate(annotator, asked, rng_.split("labels").split(t));
      pairs.insert(pairs.end(), std::make_move_iterator(asked.begin()),
                   std::make_move_iterator(asked.end()));
    }
    summary_.add("active", *arguments_.text("active"));
    summary_.add("features", features.name);
    return pairs;
  }

  MemberLogOdds log_odds_of(const RewardFeatures& features, const std::vector<SegmentPair>& pairs,
                            const Annotator& annotator, std::size_t t) const {
    constexpr int kMembers = 5;
    constexpr double kRidge = 0.3;
    const double discount = annotator.options().discount;
    const double rationality = annotator.options().rationality;
    const RewardFitOptions fit{.discount = discount,
                               .loss = {.l2 = kRidge, .rationality = rationality},
                               .allow_variable_horizon = true};
    const auto ensemble = std::make_shared<const RewardEnsemble>(
        fit_reward_ensemble(features, pairs, fit, kMembers, rng_.split("ensemble").split(t)));
    return [ensemble, discount, rationality](std::span<const SegmentPair> candidates) {
      return member_log_odds(*ensemble, candidates, discount, rationality);
    };
  }

  void describe_labels(const Annotator& annotator, const std::vector<SegmentPair>& pairs) {
    const LabelStatistics labels = label_statistics(annotator, pairs);
    const auto ties = std::count_if(pairs.begin(), pairs.end(),
                                    [](const SegmentPair& p) { return p.preference == 0.5; });
    summary_.add("pairs", pairs.size());
    summary_.add("ties", static_cast<std::size_t>(ties));
    summary_.add("label entropy", labels.entropy);
    summary_.add("accuracy ceiling", labels.accuracy_ceiling);
  }

  void keep(const Annotator& annotator, std::vector<SegmentPair> pairs) {
    if (format_ == DataFormat::segment_pairs) {
      data_.segments = std::move(pairs);
      return;
    }
    for (const SegmentPair& pair : pairs) {
      PreferencePair made = text_pair(world_, pair);
      if (arguments_.is_on("scores")) {
        const bool first = pair.preference >= 0.5;
        made.chosen_score = annotator.score(first ? pair.first : pair.second);
        made.rejected_score = annotator.score(first ? pair.second : pair.first);
      }
      data_.pairs.push_back(std::move(made));
    }
    if (format_ != DataFormat::labelled) return;
    data_.file = world_.name();
    data_.format = DataFormat::pairs;
    data_ = converted(data_, DataFormat::labelled, nullptr).data;
    summary_.add("labelled", data_.size());
  }

  static constexpr std::size_t kUsualPairs = 1000;

  const Arguments& arguments_;
  PreferenceWorld world_;
  DataFormat format_;
  Rng rng_;
  std::unique_ptr<DataOutput> output_;
  PreferenceData data_;
  std::vector<Segment> shown_;
  DataSummary summary_;
};

// ---- files --------------------------------------------------------------------------------------

std::optional<PreferenceWorld> named_world(const Registry& registry, const Arguments& arguments) {
  if (arguments.given("env")) return preference_world_of(registry, arguments);
  for (const char* flag : {"gamma", "start"})
    if (arguments.given(flag))
      throw std::invalid_argument(fmt::format("{} has no effect without --env", kebab_flag(flag)));
  return std::nullopt;
}

const std::string& input_file(const Arguments& arguments) {
  if (arguments.operands().size() < 2)
    throw std::invalid_argument(
        fmt::format("'rlhf prefs {0}' needs a file: rlhf prefs {0} FILE", arguments.operands()[0]));
  return arguments.operands()[1];
}

int convert_data(const Registry& registry, const Arguments& arguments, Console& console) {
  refuse_idle_flags(arguments, kConverts, "convert");
  const std::string& path = input_file(arguments);
  const DataFormat to = writable_format(arguments.needed("to"));
  const std::optional<PreferenceWorld> world = named_world(registry, arguments);
  DataOutput output(arguments, console);
  const PreferenceData data = read_preference_data(path, arguments);
  tell_unread_keys(data, console);
  const ConvertedData made = converted(data, to, world ? &*world : nullptr);
  if (made.skipped > 0)
    console.note(fmt::format("{} left out: they {}", plural(made.skipped, "record"), made.why));
  if (made.bare > 0)
    console.note(fmt::format("margins, scores and weights are left out; {} had some",
                             plural(made.bare, "record")));
  output.write(write_preference_data(made.data));
  DataSummary summary;
  summary.add("from", std::string(format_name(data.format)));
  summary.add("to", *arguments.text("to"));
  summary.add("read", data.size());
  summary.add("records", made.data.size());
  summary.add("skipped", made.skipped);
  output.tell(std::move(summary));
  return kOk;
}

/// --held-out and --share, --cap, or both.
struct SplitRequest {
  std::optional<std::size_t> cap;
  std::optional<std::string> held_out;
  double share;
};

SplitRequest split_request(const Arguments& arguments) {
  SplitRequest request;
  if (const auto n = arguments.integer("cap", 1)) request.cap = static_cast<std::size_t>(*n);
  request.held_out = arguments.text("held_out");
  request.share = *arguments.number("share", {0, 1});
  if (!request.held_out && arguments.given("share"))
    throw std::invalid_argument("--share has no effect without --held-out FILE");
  if (!request.held_out && !request.cap)
    throw std::invalid_argument(
        "'rlhf prefs split' needs --held-out FILE for the rest, or --cap N for the newest N");
  const std::string out = arguments.needed("out");
  if (request.held_out && std::filesystem::weakly_canonical(out) ==
                              std::filesystem::weakly_canonical(*request.held_out))
    throw std::invalid_argument(fmt::format("--out and --held-out are both '{}'", out));
  return request;
}

int split_data(const Arguments& arguments, Console& console) {
  refuse_idle_flags(arguments, kSplits, "split");
  const std::string& path = input_file(arguments);
  const SplitRequest request = split_request(arguments);
  DataOutput output(arguments, console);
  std::unique_ptr<OutputFile> rest;
  if (request.held_out)
    rest = std::make_unique<OutputFile>(*request.held_out, arguments.is_on("force"));
  PreferenceData data = read_preference_data(path, arguments);
  tell_unread_keys(data, console);
  DataSummary summary;
  summary.add("read", data.size());
  if (request.cap) keep_newest(data, *request.cap);
  DividedData parts;
  if (rest) {
    Rng rng = Rng(static_cast<std::uint64_t>(*arguments.integer("seed"))).split("split");
    parts = divide(data, request.share, rng);
    rest->stream() << write_preference_data(parts.held_out);
  } else {
    parts.training = std::move(data);
  }
  summary.add("training", parts.training.size());
  if (rest) {
    rest->commit();
    summary.add("held out", parts.held_out.size());
    summary.add("held-out file", rest->path());
  }
  output.write(write_preference_data(parts.training));
  output.tell(std::move(summary));
  return kOk;
}

// ---- info ---------------------------------------------------------------------------------------

std::size_t word_count(const std::string& text) {
  std::istringstream words(text);
  std::size_t n = 0;
  for (std::string word; words >> word;) ++n;
  return n;
}

class DataDescription {
 public:
  DataDescription(const Registry& registry, const Arguments& arguments, Console& console)
      : console_(console),
        json_(arguments.is_on("json")),
        world_(named_world(registry, arguments)),
        data_(read_preference_data(input_file(arguments), arguments)) {
    refuse_idle_flags(arguments, kDescribes, "info");
  }

  int operator()() {
    tell_unread_keys(data_, console_);
    summary_.add("format", std::string(format_name(data_.format)));
    summary_.add("records", data_.size());
    switch (data_.format) {
      case DataFormat::pairs:
      case DataFormat::response_pairs:
        describe_pairs();
        break;
      case DataFormat::segment_pairs:
        describe_segments();
        break;
      case DataFormat::labelled:
        describe_labelled();
        break;
      case DataFormat::demonstrations:
      case DataFormat::prompts:
        describe_lone();
        break;
    }
    if (json_)
      summary_.write_json(console_);
    else
      summary_.write_table(console_);
    for (const std::string& warning : warnings_) console_.warn(warning);
    return kOk;
  }

 private:
  void describe_pairs() {
    if (data_.format == DataFormat::response_pairs)
      summary_.add("sft targets", data_.demonstrations.size());
    LengthRange chosen, rejected;
    for (const PreferencePair& pair : data_.pairs) {
      chosen.add(word_count(pair.chosen));
      rejected.add(word_count(pair.rejected));
    }
    const ComparisonFacts facts = comparison_facts(comparisons_of(data_.pairs));
    summary_.add("prompts", facts.prompts);
    summary_.add("responses", facts.responses);
    summary_.add("words of chosen", chosen);
    summary_.add("words of rejected", rejected);
    describe_comparisons(facts);
    summary_.add("prompts in groups", facts.disconnected);
    summary_.add("groups", facts.groups);
    if (facts.disconnected > 0)
      warnings_.push_back(fmt::format(
          "the responses to {} fall into groups that were never compared with each other: "
          "Bradley-Terry sets no scale between these ({} groups, {} prompts)",
          plural(facts.disconnected, "prompt"), facts.groups, facts.prompts));
    if (world_) check_in_world();
  }

  void describe_segments() {
    LengthRange lengths;
    std::size_t unequal = 0;
    std::size_t rewarded = 0;
    std::size_t one_start = 0;
    for (const SegmentPair& pair : data_.segments) {
      for (const Segment* segment : {&pair.first, &pair.second}) {
        lengths.add(segment->length());
        if (!segment->rewards.empty()) ++rewarded;
      }
      if (pair.first.length() != pair.second.length()) ++unequal;
      if (pair.first.states.front() == pair.second.states.front()) ++one_start;
    }
    const ComparisonFacts facts = comparison_facts(comparisons_of(data_.segments));
    summary_.add("different segments", facts.responses);
    summary_.add("steps", lengths);
    summary_.add("pairs of unequal length", unequal);
    summary_.add("pairs from one state", one_start);
    summary_.add("segments with rewards", rewarded);
    describe_comparisons(facts);
    if (world_) check_in_world();
  }

  void describe_comparisons(const ComparisonFacts& facts) {
    summary_.add("ties", facts.ties);
    summary_.add("soft labels", facts.soft);
    summary_.add("same response twice", facts.same);
    summary_.add("duplicates", facts.repeated);
    summary_.add("contradictions", facts.contradictions);
    if (facts.comparisons > 0 && facts.ties == facts.comparisons)
      warnings_.emplace_back("all are ties: there is no preference to learn from");
  }

  void refuse_world() const {
    if (world_)
      throw std::invalid_argument(
          fmt::format("--env has no effect on {}: nothing is compared", format_name(data_.format)));
  }

  void describe_labelled() {
    refuse_world();
    LengthRange lengths;
    std::set<std::string> prompts;
    std::set<std::pair<std::string, std::string>> responses;
    std::size_t good = 0;
    for (const LabelledCompletion& record : data_.labelled) {
      lengths.add(word_count(record.completion));
      prompts.insert(record.prompt);
      responses.emplace(record.prompt, record.completion);
      if (record.label) ++good;
    }
    summary_.add("prompts", prompts.size());
    summary_.add("responses", responses.size());
    summary_.add("words", lengths);
    summary_.add("good", good);
    summary_.add("bad", data_.size() - good);
    summary_.add("contradictions", labelled_both_ways());
    if (good == 0 || good == data_.size())
      warnings_.emplace_back("all have one label: there is nothing to tell apart");
  }

  std::size_t labelled_both_ways() const {
    std::map<std::pair<std::string, std::string>, std::set<bool>> labels;
    for (const LabelledCompletion& record : data_.labelled)
      labels[{record.prompt, record.completion}].insert(record.label);
    return static_cast<std::size_t>(std::count_if(
        labels.begin(), labels.end(), [](const auto& of) { return of.second.size() > 1; }));
  }

  void describe_lone() {
    refuse_world();
    LengthRange lengths;
    std::set<std::string> prompts(data_.prompts.begin(), data_.prompts.end());
    std::set<std::pair<std::string, std::string>> responses;
    for (const Demonstration& shown : data_.demonstrations) {
      lengths.add(word_count(shown.completion));
      prompts.insert(shown.prompt);
      responses.emplace(shown.prompt, shown.completion);
    }
    summary_.add("prompts", prompts.size());
    if (lengths.empty()) return;
    summary_.add("responses", responses.size());
    summary_.add("words", lengths);
  }

  /// How often the labels agree with the world's own rewards; records that are not of this world.
  void check_in_world() {
    const Annotator truth{AnnotatorOptions{}};
    std::size_t strange = 0;
    std::size_t unpaid = 0;
    std::size_t decided = 0;
    double agreed = 0;
    std::string first_strange;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      try {
        const SegmentPair pair = pair_in_world(i);
        if (pair.first.rewards.empty() || pair.second.rewards.empty()) {
          ++unpaid;
          continue;
        }
        const double delta = truth.score(pair.first) - truth.score(pair.second);
        if (pair.preference == 0.5 || delta == 0) continue;
        ++decided;
        agreed += (pair.preference > 0.5) == (delta > 0) ? 1 : 0;
      } catch (const std::invalid_argument& e) {
        if (strange++ == 0) first_strange = fmt::format("record {}: {}", i + 1, e.what());
      }
    }
    summary_.add("not of the world", strange);
    if (unpaid > 0) summary_.add("without rewards", unpaid);
    summary_.add("decided by rewards", decided);
    if (decided > 0) summary_.add("agree with rewards", agreed / static_cast<double>(decided));
    if (strange > 0)
      warnings_.push_back(fmt::format("{} not of {}; {}", plural(strange, "record"), world_->name(),
                                      first_strange));
  }

  SegmentPair pair_in_world(std::size_t i) const {
    if (data_.format != DataFormat::segment_pairs) return segment_pair(*world_, data_.pairs[i]);
    SegmentPair pair = data_.segments[i];
    for (Segment* segment : {&pair.first, &pair.second}) {
      require_segment_of(*world_, *segment);
      fill_in_rewards(*world_, *segment);
    }
    return pair;
  }

  Console& console_;
  bool json_;
  std::optional<PreferenceWorld> world_;
  PreferenceData data_;
  DataSummary summary_;
  std::vector<std::string> warnings_;
};

// ---- the command --------------------------------------------------------------------------------

int run_prefs(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::vector<std::string> actions = {"generate", "convert", "split", "info"};
  const std::string action = arguments.operands().empty() ? actions[0] : arguments.operands()[0];
  if (std::find(actions.begin(), actions.end(), action) == actions.end())
    throw std::invalid_argument(unknown_name("action of 'rlhf prefs'", action, actions));
  if (action == "convert") return convert_data(registry, arguments, console);
  if (action == "split") return split_data(arguments, console);
  if (action == "info") return DataDescription(registry, arguments, console)();
  if (arguments.operands().size() > 1)
    throw std::invalid_argument(
        fmt::format("'rlhf prefs generate' reads no file ('{}'); --out "
                    "names the one it writes",
                    arguments.operands()[1]));
  return DataMaker(registry, arguments, console)();
}

std::vector<FlagSpec> prefs_flags() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  FlagSpec out = shared_flag("out");
  out.value = "FILE";
  out.doc = "write the data here; else to stdout, with the summary on stderr";
  std::vector<FlagSpec> flags = {
      env,
      {"format", "NAME",
       "what is generated: " + join(writable_formats()) +
           "; else pairs where all responses can be listed, elsewhere segments"},
      {"num", "N",
       "pairs that are compared (1000), also for labelled; demonstrations or prompts (200 to each "
       "prompt)"},
      {"scores", "", "pairs also hold what the annotator compares by"},
      {"demonstrator", "X", "demonstrations are drawn from policy exp(X true reward) / Z", "0.7"}};
  add_flags(flags, drawing_flags());
  add_flags(flags, option_flags(AnnotatorOptions{}));
  add_flags(flags, {{"active", "logit|probability|label",
                     "asks about what 5 reward models disagree most about; else pairs at random"}});
  add_flags(flags, option_flags(ActiveOptions{}));
  add_flags(flags, option_flags(QueryOptions{}));
  add_flags(flags, {{"features", "NAME",
                     "of the models of --active: bag or rich of token_world, "
                     "next_state, state_action"},
                    {"to", "NAME", "what convert makes: " + join(writable_formats())}});
  add_flags(flags, key_flags());
  add_flags(flags, {{"share", "X", "of the records that split keeps for training", "0.8"},
                    {"held_out", "FILE", "where split writes the rest"},
                    {"cap", "N", "split takes the newest N records alone"},
                    out});
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "seed", "memory_limit", "file_limit", "force",
                                 "json", "quiet", "color", "config", "set", "print_config"}));
  return flags;
}

}  // namespace

Command rlhf_prefs_command() {
  return {{.command = "rlhf prefs",
           .usage = "[generate|convert FILE|split FILE|info FILE] [--num 1000] [--out FILE]",
           .doc = "preference data: made by a synthetic annotator, converted, split, described",
           .operands = {"[generate|convert|split|info] [FILE]", 0, 2},
           .flags = prefs_flags(),
           .examples = {"rlhf prefs --num 1000 --out pairs.jsonl",
                        "rlhf prefs --env mfrl_5x5 --num 300 --rationality 2 --out segments.jsonl",
                        "rlhf prefs --format demonstrations --num 800 --out shown.jsonl",
                        "rlhf prefs convert pairs.jsonl --to labelled --out labelled.jsonl",
                        "rlhf prefs split pairs.jsonl --out train.jsonl --held-out test.jsonl",
                        "rlhf prefs info pairs.jsonl --env token_world"}},
          run_prefs};
}

}  // namespace rl::apps
