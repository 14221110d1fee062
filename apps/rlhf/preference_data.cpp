#include "apps/rlhf/preference_data.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/policy_file.hpp"
#include "envs/token_world.hpp"
#include "rl/files.hpp"
#include "rl/policy.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

// ---- policies -----------------------------------------------------------------------------------

/// The options of a world that is called "token_world:vocabulary=4"; empty: another world.
std::optional<TokenWorldOptions> options_of_token_world(const std::string& name) {
  const std::size_t colon = std::min(name.find(':'), name.size());
  if (canonical_name(name.substr(0, colon)) != "token_world") return std::nullopt;
  const TokenWorldOptions defaults;
  if (colon == name.size()) return defaults;
  return parse(parse_option_list(name.substr(colon + 1), describe(defaults)), defaults);
}

// ---- pairs that are worth a question ------------------------------------------------------------

bool same_way(const Segment& a, const Segment& b) {
  return a.states == b.states && a.actions == b.actions;
}

/// Draws until the pair is one that `fits`.
template <class Sampler, class Fits>
PairSource drawn_until(std::shared_ptr<const Sampler> sampler, Fits fits, const char* why_not) {
  return [sampler = std::move(sampler), fits, why_not](Rng& rng) {
    for (int i = 0; i < SegmentSampler::kMostDraws; ++i) {
      SegmentPair pair = sampler->sample_pair(rng);
      if (!same_way(pair.first, pair.second) && fits(pair)) return pair;
    }
    throw std::invalid_argument(
        fmt::format("{} pairs in a row {}", SegmentSampler::kMostDraws, why_not));
  };
}

constexpr const char* kNothingToCompare =
    "were the same response twice: the policy leaves nothing to compare";

PairSource draw_whole_responses(const PreferenceWorld& world, const FrozenPolicy& policy) {
  const auto sampler = std::make_shared<const EpisodeSampler>(
      world.model(), table_of(policy.rows()), world.model().num_states());
  return drawn_until(
      sampler, [](const SegmentPair&) { return true; }, kNothingToCompare);
}

PairSource draw_from_one_state(const PreferenceWorld& world, const FrozenPolicy& policy,
                               const SegmentSamplerOptions& options) {
  const auto sampler = std::make_shared<const EpisodeSampler>(
      started_as(world, options.segment_start), table_of(policy.rows()), options.fragment_length);
  const auto length = static_cast<std::size_t>(options.fragment_length);
  return drawn_until(
      sampler,
      [length](const SegmentPair& pair) {
        return pair.first.length() == length && pair.second.length() == length;
      },
      "ended too early or were the same twice: make --fragment-length smaller, or the policy "
      "less certain");
}

PairSource draw_fragments(const PreferenceWorld& world, const FrozenPolicy& policy,
                          const SegmentSamplerOptions& options) {
  const auto sampler =
      std::make_shared<const SegmentSampler>(world.model(), table_of(policy.rows()), options);
  return drawn_until(
      sampler, [](const SegmentPair&) { return true; }, kNothingToCompare);
}

std::optional<std::string> given_fragment_flag(const Arguments& arguments) {
  for (const OptionInfo& option : describe(SegmentSamplerOptions{}))
    if (arguments.given(option.name)) {
      std::string name = option.name;
      std::replace(name.begin(), name.end(), '_', '-');
      return "--" + name;
    }
  return std::nullopt;
}

// ---- texts and segments -------------------------------------------------------------------------

/// Without the steps that fill it up after its end, which no text can hold.
Segment without_filling(const FiniteMdp& model, const Segment& segment) {
  std::size_t length = 0;
  while (length < segment.length() && !model.terminal(segment.states[length])) ++length;
  const auto cut = [](const auto& list, std::size_t n) {
    return std::vector(list.begin(),
                       list.begin() + static_cast<std::ptrdiff_t>(std::min(n, list.size())));
  };
  return {cut(segment.states, length + 1), cut(segment.actions, length),
          cut(segment.rewards, length), model.terminal(segment.states[length])};
}

/// The segment as it would be read back from its text.
void require_text(const PreferenceWorld& world, const Segment& segment) {
  const Segment read =
      world.segment_of(world.prompt_text(segment), PreferenceWorld::completion_text(segment));
  for (std::size_t t = 0; t < read.states.size(); ++t)
    if (read.states[t] != segment.states[t])
      throw std::invalid_argument(fmt::format(
          "action {} in state {} leads to state {} in {}, not to {}", segment.actions[t - 1],
          segment.states[t - 1], read.states[t], world.name(), segment.states[t]));
}

/// f(i), with the record in front of its errors.
template <class F>
auto of_record(const std::string& file, std::size_t i, F&& f) {
  try {
    return f();
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: record {}: {}", file, i + 1, e.what()));
  }
}

// ---- files --------------------------------------------------------------------------------------

template <class Record>
void take_records(DataSet<Record> read, std::vector<Record>& records, PreferenceData& data) {
  records = std::move(read.records);
  data.ignored = std::move(read.ignored);
}

PreferenceData parsed_data(const std::string& text, const std::string& path, DataFormat format,
                           const PairKeys& keys) {
  PreferenceData data;
  data.file = path;
  data.format = format;
  switch (format) {
    case DataFormat::pairs:
      take_records(read_pairs(text, path, keys), data.pairs, data);
      break;
    case DataFormat::labelled:
      take_records(read_labelled(text, path), data.labelled, data);
      break;
    case DataFormat::demonstrations:
      take_records(read_demonstrations(text, path), data.demonstrations, data);
      break;
    case DataFormat::prompts:
      take_records(read_prompts(text, path), data.prompts, data);
      break;
    case DataFormat::segment_pairs:
      take_records(read_segment_pairs(text, path, true), data.segments, data);
      break;
    case DataFormat::response_pairs: {
      ResponsePairs read = read_response_pairs(text, path);
      data.pairs = std::move(read.pairs);
      data.demonstrations = std::move(read.demonstrations);
      data.ignored = std::move(read.ignored);
      break;
    }
  }
  return data;
}

// ---- conversions --------------------------------------------------------------------------------

std::string_view shown_format(DataFormat format) {
  return format == DataFormat::segment_pairs ? "segments" : format_name(format);
}

/// What a file of this format can become.
const char* possible_from(DataFormat format) {
  switch (format) {
    case DataFormat::pairs:
    case DataFormat::response_pairs:
      return "pairs, labelled, demonstrations, prompts, and with --env segments";
    case DataFormat::labelled:
      return "labelled, pairs, demonstrations, prompts";
    case DataFormat::demonstrations:
      return "demonstrations, prompts";
    case DataFormat::prompts:
      return "prompts";
    case DataFormat::segment_pairs:
      break;
  }
  return "segments, and with --env, where every step is certain, pairs, labelled, demonstrations, "
         "prompts";
}

[[noreturn]] void refuse_conversion(const PreferenceData& data, DataFormat to, const char* why) {
  throw std::invalid_argument(fmt::format("{}: {} cannot become {}: {} (possible: {})", data.file,
                                          shown_format(data.format), shown_format(to), why,
                                          possible_from(data.format)));
}

template <class Record, class Text>
void add_new_texts(const std::vector<Record>& records, Text&& text, std::set<std::string>& seen,
                   std::vector<std::string>& list) {
  for (const Record& record : records)
    if (seen.insert(text(record)).second) list.push_back(text(record));
}

/// Each once, in the order of the file.
std::vector<std::string> different_prompts(const PreferenceData& data) {
  const auto prompt = [](const auto& record) -> const std::string& { return record.prompt; };
  std::set<std::string> seen;
  std::vector<std::string> prompts;
  add_new_texts(data.pairs, prompt, seen, prompts);
  add_new_texts(data.labelled, prompt, seen, prompts);
  add_new_texts(data.demonstrations, prompt, seen, prompts);
  return prompts;
}

bool has_more_than_a_label(const PreferencePair& pair) {
  return pair.margin || pair.chosen_score || pair.rejected_score || pair.weight;
}

std::size_t count_bare(const std::vector<PreferencePair>& pairs) {
  return static_cast<std::size_t>(std::count_if(pairs.begin(), pairs.end(), has_more_than_a_label));
}

/// Segments as texts; those from different states answer no common prompt.
ConvertedData texts_of_segments(const PreferenceData& data, const PreferenceWorld& world) {
  require_texts(world, "texts of segments");
  ConvertedData made;
  made.why = "do not begin in one state, or go the same way twice";
  for (std::size_t i = 0; i < data.segments.size(); ++i) {
    SegmentPair pair = data.segments[i];
    of_record(data.file, i, [&] {
      for (Segment* segment : {&pair.first, &pair.second}) {
        require_segment_of(world, *segment);
        *segment = without_filling(world.model(), *segment);
        require_text(world, *segment);
      }
    });
    if (pair.first.states.front() != pair.second.states.front() ||
        same_way(pair.first, pair.second))
      ++made.skipped;
    else
      made.data.pairs.push_back(text_pair(world, pair));
  }
  return made;
}

ConvertedData segments_of_texts(const PreferenceData& data, const PreferenceWorld& world) {
  ConvertedData made;
  made.data.format = DataFormat::segment_pairs;
  for (std::size_t i = 0; i < data.pairs.size(); ++i)
    made.data.segments.push_back(
        of_record(data.file, i, [&] { return segment_pair(world, data.pairs[i]); }));
  made.bare = count_bare(data.pairs);
  return made;
}

ConvertedData prompts_of(const PreferenceData& data) {
  ConvertedData made;
  made.data.format = DataFormat::prompts;
  made.data.prompts = different_prompts(data);
  if (made.data.prompts == std::vector<std::string>{""})
    refuse_conversion(data, DataFormat::prompts, "none of its records has a prompt");
  return made;
}

ConvertedData demonstrations_of(const PreferenceData& data) {
  ConvertedData made;
  made.data.format = DataFormat::demonstrations;
  if (data.format == DataFormat::labelled) {
    for (const LabelledCompletion& record : data.labelled)
      if (record.label) made.data.demonstrations.push_back({record.prompt, record.completion});
    made.skipped = data.labelled.size() - made.data.demonstrations.size();
    made.why = "are bad";
  } else if (data.format == DataFormat::response_pairs && !data.demonstrations.empty()) {
    made.data.demonstrations = data.demonstrations;  // sft_target, written to be imitated
  } else {
    Converted<Demonstration> better = demonstrations_from(data.pairs);
    made.data.demonstrations = std::move(better.records);
    made.skipped = better.skipped;
    made.why = "are ties";
    made.bare = count_bare(data.pairs);
  }
  return made;
}

ConvertedData labelled_of(const PreferenceData& data) {
  ConvertedData made;
  made.data.format = DataFormat::labelled;
  Converted<LabelledCompletion> apart = labelled_from(data.pairs);
  made.data.labelled = std::move(apart.records);
  made.skipped = apart.skipped;
  made.why = "are ties";
  made.bare = count_bare(data.pairs);
  return made;
}

ConvertedData pairs_of(const PreferenceData& data) {
  ConvertedData made;
  if (data.format == DataFormat::labelled) {
    Converted<PreferencePair> joined = pairs_from(data.labelled);
    made.data.pairs = std::move(joined.records);
    made.skipped = joined.skipped;
    made.why = "have no response of the other label to the same prompt";
  } else {
    made.data.pairs = data.pairs;
  }
  return made;
}

ConvertedData converted_texts(const PreferenceData& data, DataFormat to,
                              const PreferenceWorld* world) {
  const bool pairs = data.format == DataFormat::pairs || data.format == DataFormat::response_pairs;
  const bool alone = data.format == DataFormat::demonstrations;
  if (data.format == DataFormat::prompts) refuse_conversion(data, to, "a prompt has no response");
  if (to == DataFormat::prompts) return prompts_of(data);
  if (alone) refuse_conversion(data, to, "a demonstration is compared with nothing");
  if (to == DataFormat::demonstrations) return demonstrations_of(data);
  if (to == DataFormat::pairs) return pairs_of(data);
  if (!pairs) refuse_conversion(data, to, "first make pairs of it");
  if (to == DataFormat::labelled) return labelled_of(data);
  if (world == nullptr)
    refuse_conversion(data, to, "only a world knows the states of a text; give --env");
  return segments_of_texts(data, *world);
}

// ---- groups of responses ------------------------------------------------------------------------

/// Groups that join when two of their items are compared.
class ResponseGroups {
 public:
  std::size_t add() {
    parent_.push_back(parent_.size());
    return parent_.size() - 1;
  }
  void join(std::size_t i, std::size_t j) { parent_[root(i)] = root(j); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

 private:
  std::vector<std::size_t> parent_;
};

/// What was said of one two of responses, the smaller text first.
struct SaidOfTwo {
  std::set<double> answers;
  bool first_won = false, second_won = false;
};

/// The records of one kind that a drawn share takes.
template <class Record>
void divide_list(const std::vector<Record>& from, const std::vector<bool>& taken,
                 std::vector<Record>& training, std::vector<Record>& held_out) {
  for (std::size_t i = 0; i < from.size(); ++i) (taken[i] ? training : held_out).push_back(from[i]);
}

}  // namespace

// ---- what is drawn from a world -----------------------------------------------------------------

std::vector<FlagSpec> drawing_flags() {
  std::vector<FlagSpec> flags = {
      {"policy", "PATH",
       "whose responses they are: policy.json or its folder; else token_world's base language, "
       "elsewhere the uniform policy"}};
  add_flags(flags, option_flags(SegmentSamplerOptions{}));
  return flags;
}

DataPolicy data_policy(const PreferenceWorld& world, const Arguments& arguments) {
  if (const auto path = arguments.text("policy"))
    return {FrozenPolicy(read_policy(*path, world).policy->rows()), *path};
  if (const auto options = options_of_token_world(world.name())) {
    const auto seed = static_cast<std::uint64_t>(*arguments.integer("world_seed"));
    const TokenWorld tokens(*options, Rng(seed).split("world"));
    return {FrozenPolicy(world.model(), base_language(tokens, world.model())), "its base language"};
  }
  return {FrozenPolicy(world.make_policy({.policy_class = PolicyClass::table}, 0)->rows()),
          "the uniform policy"};
}

void refuse_fragment_flags(const PreferenceWorld& world, const Arguments& arguments) {
  if (const auto flag = given_fragment_flag(arguments))
    throw std::invalid_argument(fmt::format(
        "{} has no effect on texts of {}, which are whole responses", *flag, world.name()));
}

FiniteMdp started_as(const PreferenceWorld& world, SegmentStart start) {
  if (start == SegmentStart::model) return world.model();
  std::vector<double> weights;
  for (State s = 0; s < world.model().num_states(); ++s)
    weights.push_back(world.model().terminal(s) ? 0 : 1);
  return world.model().with_start(weights);
}

PairSource pair_source(const PreferenceWorld& world, const FrozenPolicy& policy,
                       const Arguments& arguments, bool as_texts) {
  const auto options = options_from(arguments, SegmentSamplerOptions{});
  const std::optional<std::string> flag = given_fragment_flag(arguments);
  if (world.tree() != nullptr && as_texts) refuse_fragment_flags(world, arguments);
  if (world.tree() != nullptr && !flag) return draw_whole_responses(world, policy);
  if (!as_texts) return draw_fragments(world, policy, options);
  require_texts(world, "pairs of texts");
  if (options.absorbing)
    throw std::invalid_argument("--absorbing: a text ends where its episode does");
  return draw_from_one_state(world, policy, options);
}

// ---- texts and segments -------------------------------------------------------------------------

void require_texts(const PreferenceWorld& world, const std::string& what) {
  const FiniteMdp& model = world.model();
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      if (!model.terminal(s) && model.available(s, a) && model.row(s, a).size() != 1)
        throw std::invalid_argument(fmt::format(
            "{}: a text holds actions alone, and in {} action {} in {} leads where chance has it; "
            "segments hold the states too",
            what, world.name(), a, world.problem().picture.state_name(s)));
}

PreferencePair text_pair(const PreferenceWorld& world, const SegmentPair& pair) {
  const bool first_is_better = pair.preference >= 0.5;
  const double p = first_is_better ? pair.preference : 1 - pair.preference;
  PreferencePair made;
  made.prompt = world.prompt_text(pair.first);
  made.chosen = PreferenceWorld::completion_text(first_is_better ? pair.first : pair.second);
  made.rejected = PreferenceWorld::completion_text(first_is_better ? pair.second : pair.first);
  made.tie = pair.preference == 0.5;
  if (!made.tie && p < 1) made.label = p;
  return made;
}

SegmentPair segment_pair(const PreferenceWorld& world, const PreferencePair& pair) {
  return {world.segment_of(pair.prompt, pair.chosen), world.segment_of(pair.prompt, pair.rejected),
          preference_of_pair(pair), std::string()};
}

double preference_of_pair(const PreferencePair& pair) {
  return pair.tie ? 0.5 : pair.label.value_or(1);
}

void require_segment_of(const PreferenceWorld& world, const Segment& segment) {
  const FiniteMdp& model = world.model();
  for (const State s : segment.states)
    if (s < 0 || s >= model.num_states())
      throw std::invalid_argument(fmt::format("state {} is none of {}: they are 0 to {}", s,
                                              world.name(), model.num_states() - 1));
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    const Action a = segment.actions[t];
    const bool stays = model.terminal(s) && segment.states[t + 1] == s;
    const bool possible =
        a >= 0 && a < model.num_actions() && !model.terminal(s) && model.available(s, a);
    if (!stays && !possible)
      throw std::invalid_argument(
          fmt::format("action {} in state {} is impossible in {}", a, s, world.name()));
  }
}

void fill_in_rewards(const PreferenceWorld& world, Segment& segment) {
  const FiniteMdp& model = world.model();
  if (!segment.rewards.empty()) return;
  std::vector<double> rewards;
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    if (model.terminal(s)) {
      rewards.push_back(0);
      continue;
    }
    const FiniteMdp::Row row = model.row(s, segment.actions[t]);
    if (row.size() != 1) return;
    rewards.push_back(row.reward);
  }
  segment.rewards = std::move(rewards);
}

// ---- files --------------------------------------------------------------------------------------

std::size_t PreferenceData::size() const {
  switch (format) {
    case DataFormat::labelled:
      return labelled.size();
    case DataFormat::demonstrations:
      return demonstrations.size();
    case DataFormat::prompts:
      return prompts.size();
    case DataFormat::segment_pairs:
      return segments.size();
    case DataFormat::pairs:
    case DataFormat::response_pairs:
      break;
  }
  return pairs.size();
}

std::vector<FlagSpec> key_flags() {
  return {{"prompt_key", "NAME", "key of the prompt, where it is another than 'prompt'"},
          {"chosen_key", "NAME", "key of the preferred one"},
          {"rejected_key", "NAME", "key of the other"},
          {"margin_key", "NAME", "key of the margin"}};
}

PreferenceData read_preference_data(const std::string& path, std::uint64_t max_bytes) {
  const std::string text = read_file(path, max_bytes);
  return parsed_data(text, path, detect_format(text, path), {});
}

PreferenceData read_preference_data(const std::string& path, const Arguments& arguments) {
  const std::uint64_t max_bytes = arguments.bytes("file_limit").value_or(kMaxFileBytes);
  PairKeys keys;
  bool own_keys = false;
  for (const auto& [flag, key] :
       {std::pair("prompt_key", &keys.prompt_key), std::pair("chosen_key", &keys.chosen_key),
        std::pair("rejected_key", &keys.rejected_key), std::pair("margin_key", &keys.margin_key)})
    if (const auto name = arguments.text(flag)) {
      *key = *name;
      own_keys = true;
    }
  if (!own_keys) return read_preference_data(path, max_bytes);
  return parsed_data(read_file(path, max_bytes), path, DataFormat::pairs, keys);
}

void tell_unread_keys(const PreferenceData& data, Console& console) {
  for (const auto& [key, lines] : data.ignored)
    console.note(
        fmt::format("{}: the key '{}' is not read; {} lines have it", data.file, key, lines));
}

std::string write_preference_data(const PreferenceData& data) {
  switch (data.format) {
    case DataFormat::labelled:
      return write_labelled(data.labelled);
    case DataFormat::demonstrations:
      return write_demonstrations(data.demonstrations);
    case DataFormat::prompts:
      return write_prompts(data.prompts);
    case DataFormat::segment_pairs:
      return write_segment_pairs(data.segments);
    case DataFormat::pairs:
    case DataFormat::response_pairs:
      break;
  }
  return rl::write_pairs(data.pairs);
}

DividedData divide(const PreferenceData& data, double share, Rng& rng) {
  if (data.format == DataFormat::response_pairs)
    throw std::invalid_argument(
        fmt::format("{}: holds prompts with their responses; 'rlhf prefs convert --to pairs' first",
                    data.file));
  std::vector<std::size_t> all(data.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<bool> taken(all.size());
  for (const std::size_t i : split(all, share, rng).training) taken[i] = true;
  DividedData made;
  made.training.format = made.held_out.format = data.format;
  divide_list(data.pairs, taken, made.training.pairs, made.held_out.pairs);
  divide_list(data.labelled, taken, made.training.labelled, made.held_out.labelled);
  divide_list(data.demonstrations, taken, made.training.demonstrations,
              made.held_out.demonstrations);
  divide_list(data.prompts, taken, made.training.prompts, made.held_out.prompts);
  divide_list(data.segments, taken, made.training.segments, made.held_out.segments);
  return made;
}

void keep_newest(PreferenceData& data, std::size_t n) {
  data.pairs = cap(data.pairs, n);
  data.labelled = cap(data.labelled, n);
  data.demonstrations = cap(data.demonstrations, n);
  data.prompts = cap(data.prompts, n);
  data.segments = cap(data.segments, n);
}

const std::vector<std::string>& writable_formats() {
  static const std::vector<std::string> names = {"pairs", "labelled", "demonstrations", "prompts",
                                                 "segments"};
  return names;
}

DataFormat writable_format(const std::string& name) {
  for (const DataFormat format :
       {DataFormat::pairs, DataFormat::labelled, DataFormat::demonstrations, DataFormat::prompts,
        DataFormat::segment_pairs})
    if (shown_format(format) == name) return format;
  throw std::invalid_argument(unknown_name("format", name, writable_formats()));
}

ConvertedData converted(const PreferenceData& data, DataFormat to, const PreferenceWorld* world) {
  ConvertedData made;
  if (to == data.format) {
    made.data = data;
  } else if (data.format == DataFormat::segment_pairs) {
    if (world == nullptr)
      refuse_conversion(data, to, "only a world can tell whether actions alone lead there");
    made = texts_of_segments(data, *world);
    made.data.file = data.file;
    if (to != DataFormat::pairs) {
      const std::size_t skipped = made.skipped;
      ConvertedData more = converted_texts(made.data, to, world);
      if (skipped > 0 && more.skipped > 0)
        more.why = fmt::format("{}, or {}", made.why, more.why);
      else if (skipped > 0)
        more.why = made.why;
      more.skipped += skipped;
      made = std::move(more);
    }
  } else {
    made = converted_texts(data, to, world);
  }
  if (made.data.size() == 0)
    throw std::invalid_argument(
        made.skipped == 0
            ? fmt::format("{}: holds nothing that could become {}", data.file, shown_format(to))
            : fmt::format("{}: nothing becomes {}: all {} records {}", data.file, shown_format(to),
                          made.skipped, made.why));
  return made;
}

// ---- what is known of pairs ---------------------------------------------------------------------

std::string segment_key(const Segment& segment) {
  return fmt::format("{}|{}", fmt::join(segment.states, " "), fmt::join(segment.actions, " "));
}

std::vector<Comparison> comparisons_of(std::span<const PreferencePair> pairs) {
  std::vector<Comparison> made;
  for (const PreferencePair& pair : pairs)
    made.push_back({pair.prompt, pair.chosen, pair.rejected, preference_of_pair(pair)});
  return made;
}

std::vector<Comparison> comparisons_of(std::span<const SegmentPair> pairs) {
  std::vector<Comparison> made;
  for (const SegmentPair& pair : pairs)
    made.push_back(
        {std::string(), segment_key(pair.first), segment_key(pair.second), pair.preference});
  return made;
}

ComparisonFacts comparison_facts(std::span<const Comparison> comparisons) {
  ComparisonFacts facts;
  facts.comparisons = comparisons.size();
  using Two = std::pair<std::size_t, std::size_t>;
  std::map<std::pair<std::string, std::string>, std::size_t> number_of;  // (prompt, response)
  std::map<Two, SaidOfTwo> said;
  ResponseGroups groups;
  const auto number = [&](const std::string& prompt, const std::string& response) {
    const auto place = number_of.emplace(std::pair(prompt, response), number_of.size());
    if (place.second) groups.add();
    return place.first->second;
  };
  for (const Comparison& c : comparisons) {
    std::size_t i = number(c.prompt, c.first);
    std::size_t j = number(c.prompt, c.second);
    double p = c.preference;
    if (p == 0.5) ++facts.ties;
    if (p != 0 && p != 0.5 && p != 1) ++facts.soft;
    if (i == j) {
      ++facts.same;
      continue;
    }
    groups.join(i, j);
    if (i > j) {
      std::swap(i, j);
      p = 1 - p;
    }
    SaidOfTwo& of_two = said[{i, j}];
    if (!of_two.answers.insert(p).second) ++facts.repeated;
    of_two.first_won = of_two.first_won || p > 0.5;
    of_two.second_won = of_two.second_won || p < 0.5;
  }
  for (const auto& two : said)
    if (two.second.first_won && two.second.second_won) ++facts.contradictions;
  facts.responses = number_of.size();
  std::map<std::string, std::set<std::size_t>> groups_of;
  for (const auto& response : number_of)
    groups_of[response.first.first].insert(groups.root(response.second));
  facts.prompts = groups_of.size();
  for (const auto& prompt : groups_of) {
    facts.groups += prompt.second.size();
    if (prompt.second.size() > 1) ++facts.disconnected;
  }
  return facts;
}

}  // namespace rl::apps
