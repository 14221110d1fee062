#include "apps/rlhf/training_data.hpp"

#include <fmt/format.h>

#include <map>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/dataset.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

void tell_ignored(const std::map<std::string, std::size_t>& ignored, Console& console) {
  for (const auto& [key, lines] : ignored)
    console.note(fmt::format("the key '{}' is not read; {} lines have it", key, lines));
}

[[noreturn]] void wrong_format(const DatasetFile& file, const char* wanted) {
  throw std::invalid_argument(
      fmt::format("{}: holds {}, here {} are needed", file.name, format_name(file.format), wanted));
}

/// The text of record i as a segment.
Segment text_segment(const PreferenceWorld& world, const DatasetFile& file, std::size_t i,
                     const std::string& prompt, const std::string& completion) {
  try {
    return world.segment_of(prompt, completion);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: record {}: {}", file.name, i + 1, e.what()));
  }
}

bool leads_to(const FiniteMdp& model, State s, Action a, State next) {
  const FiniteMdp::Row row = model.row(s, a);
  for (std::size_t k = 0; k < row.size(); ++k)
    if (row.next(k) == next && row.probability(k) > 0) return true;
  return false;
}

/// Checks a segment of a file against the world, and takes off the steps with which a sampler has
/// filled it up after an end: they ask no policy for anything.
void check_segment(const PreferenceWorld& world, const DatasetFile& file, std::size_t i,
                   Segment& segment) {
  const FiniteMdp& model = world.model();
  const auto refuse = [&](std::size_t t) {
    throw std::invalid_argument(fmt::format(
        "{}: record {}: action {} from state {} to {} is impossible in {}", file.name, i + 1,
        segment.actions[t], segment.states[t], segment.states[t + 1], world.name()));
  };
  for (std::size_t t = 0; t < segment.length(); ++t) {
    const State s = segment.states[t];
    const State next = segment.states[t + 1];
    const Action a = segment.actions[t];
    if (s >= model.num_states() || next >= model.num_states() || a >= model.num_actions())
      refuse(t);
    if (t > 0 && model.terminal(s) && next == s) {
      segment.states.resize(t + 1);
      segment.actions.resize(t);
      if (!segment.rewards.empty()) segment.rewards.resize(t);
      return;
    }
    if (model.terminal(s) || !model.available(s, a) || !leads_to(model, s, a, next)) refuse(t);
  }
}

std::vector<PreferencePair> text_pairs(const DatasetFile& file, Console& console) {
  if (file.format == DataFormat::response_pairs) {
    ResponsePairs data = read_response_pairs(file.text, file.name);
    tell_ignored(data.ignored, console);
    return std::move(data.pairs);
  }
  DataSet<PreferencePair> data = read_pairs(file.text, file.name, file.keys);
  tell_ignored(data.ignored, console);
  return std::move(data.records);
}

std::vector<SegmentPair> segment_pairs(const PreferenceWorld& world, const DatasetFile& file,
                                       Console& console) {
  DataSet<SegmentPair> data =
      read_segment_pairs(file.text, file.name, file.variable_horizon || world.tree() != nullptr);
  tell_ignored(data.ignored, console);
  for (std::size_t i = 0; i < data.records.size(); ++i)
    for (Segment* segment : {&data.records[i].first, &data.records[i].second})
      check_segment(world, file, i, *segment);
  return std::move(data.records);
}

bool holds_pairs(DataFormat format) {
  return format == DataFormat::pairs || format == DataFormat::response_pairs;
}

}  // namespace

std::vector<FlagSpec> dataset_flags() {
  return {{"dataset", "FILE", "JSONL of preferences, responses or demonstrations"},
          {"prompt_key", "NAME", "key of the prompt, where it is another than 'prompt'"},
          {"chosen_key", "NAME", "key of the preferred one"},
          {"rejected_key", "NAME", "key of the other"},
          {"allow_variable_horizon", "", "segments of a pair may differ in length"}};
}

DatasetFile open_dataset(const Arguments& arguments) {
  DatasetFile file;
  file.name = arguments.needed("dataset");
  file.text = read_file(file.name, arguments.bytes("file_limit").value_or(kMaxFileBytes));
  for (const auto& [flag, key] : {std::pair("prompt_key", &file.keys.prompt_key),
                                  std::pair("chosen_key", &file.keys.chosen_key),
                                  std::pair("rejected_key", &file.keys.rejected_key)})
    if (const auto name = arguments.text(flag)) *key = *name;
  const bool own_keys = arguments.given("prompt_key") || arguments.given("chosen_key") ||
                        arguments.given("rejected_key");
  file.format = own_keys ? DataFormat::pairs : detect_format(file.text, file.name);
  file.variable_horizon = arguments.is_on("allow_variable_horizon");
  return file;
}

std::string DatasetFile::hash() const {
  return content_hash(
      fmt::format("{}\n{}\n{}\n{}", keys.prompt_key, keys.chosen_key, keys.rejected_key, text));
}

std::vector<LabelledPair> read_training_pairs(const PreferenceWorld& world, const DatasetFile& file,
                                              Console& console) {
  std::vector<LabelledPair> pairs;
  if (file.format == DataFormat::segment_pairs) {
    for (SegmentPair& pair : segment_pairs(world, file, console))
      pairs.push_back({std::move(pair.first), std::move(pair.second), pair.preference, 1});
    return pairs;
  }
  if (!holds_pairs(file.format)) wrong_format(file, "pairs");
  const std::vector<PreferencePair> records = text_pairs(file, console);
  std::size_t with_margin = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const PreferencePair& r = records[i];
    with_margin += r.margin ? 1 : 0;
    pairs.push_back({text_segment(world, file, i, r.prompt, r.chosen),
                     text_segment(world, file, i, r.prompt, r.rejected),
                     r.label.value_or(r.tie ? 0.5 : 1), r.weight.value_or(1)});
    const LabelledPair& made = pairs.back();
    if (world.tree() == nullptr && !file.variable_horizon &&
        made.first.length() != made.second.length())
      throw std::invalid_argument(
          fmt::format("{}: record {}: segments of {} and {} steps tell a reward by their length; "
                      "give --allow-variable-horizon",
                      file.name, i + 1, made.first.length(), made.second.length()));
  }
  if (with_margin > 0)
    console.note(fmt::format("the margins of {} pairs are not read", with_margin));
  return pairs;
}

std::vector<JudgedSegment> read_judged(const PreferenceWorld& world, const DatasetFile& file,
                                       Console& console) {
  std::vector<LabelledCompletion> records;
  if (file.format == DataFormat::labelled) {
    DataSet<LabelledCompletion> data = read_labelled(file.text, file.name);
    tell_ignored(data.ignored, console);
    records = std::move(data.records);
  } else if (holds_pairs(file.format)) {
    Converted<LabelledCompletion> made = labelled_from(text_pairs(file, console));
    if (made.skipped > 0) console.note(fmt::format("{} ties are left out", made.skipped));
    records = std::move(made.records);
  } else {
    wrong_format(file, "responses with labels, or pairs,");
  }
  std::vector<JudgedSegment> judged;
  for (std::size_t i = 0; i < records.size(); ++i)
    judged.push_back(
        {text_segment(world, file, i, records[i].prompt, records[i].completion), records[i].label});
  return judged;
}

std::vector<Segment> read_shown(const PreferenceWorld& world, const DatasetFile& file,
                                Console& console) {
  std::vector<Segment> shown;
  if (file.format == DataFormat::segment_pairs) {
    for (SegmentPair& pair : segment_pairs(world, file, console))
      if (pair.preference != 0.5)
        shown.push_back(std::move(pair.preference > 0.5 ? pair.first : pair.second));
    return shown;
  }
  std::vector<Demonstration> records;
  if (file.format == DataFormat::demonstrations) {
    DataSet<Demonstration> data = read_demonstrations(file.text, file.name);
    tell_ignored(data.ignored, console);
    records = std::move(data.records);
  } else if (file.format == DataFormat::response_pairs) {
    ResponsePairs data = read_response_pairs(file.text, file.name);
    tell_ignored(data.ignored, console);
    records = data.demonstrations.empty() ? demonstrations_from(data.pairs).records
                                          : std::move(data.demonstrations);
  } else if (holds_pairs(file.format)) {
    records = demonstrations_from(text_pairs(file, console)).records;
  } else {
    wrong_format(file, "demonstrations, or pairs,");
  }
  for (std::size_t i = 0; i < records.size(); ++i)
    shown.push_back(text_segment(world, file, i, records[i].prompt, records[i].completion));
  return shown;
}

}  // namespace rl::apps
