#include "apps/rlhf/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_texts.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/files.hpp"
#include "rl/mdp.hpp"

namespace rl::apps {

namespace {

[[noreturn]] void wrong_format(const DatasetFile& file, const char* wanted) {
  throw std::invalid_argument(
      fmt::format("{}: holds {}, here {} are needed", file.name, format_name(file.format), wanted));
}

bool holds_text_pairs(DataFormat format) {
  return format == DataFormat::pairs || format == DataFormat::response_pairs;
}

bool leads_to(const FiniteMdp& model, State s, Action a, State next) {
  const FiniteMdp::Row row = model.row(s, a);
  for (std::size_t k = 0; k < row.size(); ++k)
    if (row.next(k) == next && row.probability(k) > 0) return true;
  return false;
}

/// A segment of a file as steps of the world.
Segment checked_segment(const PreferenceWorld& world, const Segment& segment) {
  require_segment_of(world, segment);
  Segment steps = without_filling(world.model(), segment);
  if (steps.length() == 0) throw std::invalid_argument("a segment begins after its episode's end");
  for (std::size_t t = 0; t < steps.length(); ++t)
    if (!leads_to(world.model(), steps.states[t], steps.actions[t], steps.states[t + 1]))
      throw std::invalid_argument(fmt::format("action {} from state {} to {} is impossible in {}",
                                              steps.actions[t], steps.states[t],
                                              steps.states[t + 1], world.name()));
  return steps;
}

PreferenceData parsed_data(const PreferenceWorld& world, const DatasetFile& file,
                           Console& console) {
  PreferenceData data = parse_preference_data(file.text, file.name, file.format, file.keys,
                                              file.variable_horizon || world.tree() != nullptr);
  tell_unread_keys(data, console);
  for (std::size_t i = 0; i < data.segments.size(); ++i)
    of_record(data, i, [&] {
      for (Segment* segment : {&data.segments[i].first, &data.segments[i].second})
        *segment = checked_segment(world, *segment);
    });
  return data;
}

/// The pair of record i; its texts as segments.
SegmentPair pair_of_record(const PreferenceWorld& world, const PreferenceData& data,
                           std::size_t i) {
  if (data.format == DataFormat::segment_pairs) return data.segments[i];
  return of_record(data, i, [&] { return segment_pair(world, data.pairs[i]); });
}

}  // namespace

std::vector<FlagSpec> dataset_flags() {
  std::vector<FlagSpec> flags = {
      {"dataset", "FILE", "JSONL of preferences, responses or demonstrations"}};
  for (FlagSpec& flag : key_flags())
    if (flag.name != "margin_key") flags.push_back(std::move(flag));  // margins are not read
  flags.push_back({"allow_variable_horizon", "", "segments of a pair may differ in length"});
  return flags;
}

DatasetFile open_dataset(const Arguments& arguments) {
  DatasetFile file;
  file.name = arguments.needed("dataset");
  file.text = read_file(file.name, arguments.bytes("file_limit").value_or(kMaxFileBytes));
  const std::optional<PairKeys> keys = pair_keys_of(arguments);
  file.keys = keys.value_or(PairKeys{});
  file.format = keys ? DataFormat::pairs : detect_format(file.text, file.name);
  file.variable_horizon = arguments.is_on("allow_variable_horizon");
  file.margins_read = arguments.declares("margin_key");
  return file;
}

std::string DatasetFile::hash() const {
  return content_hash(
      fmt::format("{}\n{}\n{}\n{}", keys.prompt_key, keys.chosen_key, keys.rejected_key, text));
}

std::vector<LabelledPair> read_training_pairs(const PreferenceWorld& world, const DatasetFile& file,
                                              Console& console) {
  const bool texts = holds_text_pairs(file.format);
  if (!texts && file.format != DataFormat::segment_pairs) wrong_format(file, "pairs");
  const PreferenceData data = parsed_data(world, file, console);
  std::vector<LabelledPair> pairs;
  for (std::size_t i = 0; i < data.size(); ++i) {
    SegmentPair pair = pair_of_record(world, data, i);
    if (texts && world.tree() == nullptr && !file.variable_horizon &&
        pair.first.length() != pair.second.length())
      throw std::invalid_argument(
          fmt::format("{}: segments of {} and {} steps tell a reward by their length; give "
                      "--allow-variable-horizon",
                      data.place(i), pair.first.length(), pair.second.length()));
    const double weight = texts ? data.pairs[i].weight.value_or(1) : 1;
    pairs.push_back({std::move(pair.first), std::move(pair.second), pair.preference, weight});
  }
  const auto with_margin = std::count_if(data.pairs.begin(), data.pairs.end(),
                                         [](const PreferencePair& p) { return bool{p.margin}; });
  if (with_margin > 0 && !file.margins_read)
    console.note(fmt::format("the margins of {} pairs are not read", with_margin));
  return pairs;
}

std::vector<JudgedSegment> read_judged(const PreferenceWorld& world, const DatasetFile& file,
                                       Console& console) {
  if (file.format != DataFormat::labelled && !holds_text_pairs(file.format))
    wrong_format(file, "responses with labels, or pairs,");
  const PreferenceData data = parsed_data(world, file, console);
  std::vector<JudgedSegment> judged;
  std::size_t ties = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (file.format == DataFormat::labelled) {
      const LabelledCompletion& record = data.labelled[i];
      judged.push_back(
          {of_record(data, i, [&] { return world.segment_of(record.prompt, record.completion); }),
           record.label});
    } else if (const double p = preference_of_pair(data.pairs[i]); p == 0.5) {
      ++ties;
    } else {
      SegmentPair pair = pair_of_record(world, data, i);
      judged.push_back({std::move(pair.first), p > 0.5});
      judged.push_back({std::move(pair.second), p < 0.5});
    }
  }
  if (ties > 0) console.note(fmt::format("{} ties are left out", ties));
  return judged;
}

std::vector<Segment> read_shown(const PreferenceWorld& world, const DatasetFile& file,
                                Console& console) {
  if (file.format == DataFormat::labelled || file.format == DataFormat::prompts)
    wrong_format(file, "demonstrations, or pairs,");
  PreferenceData data = parsed_data(world, file, console);
  if (data.format == DataFormat::response_pairs && !data.demonstrations.empty()) {
    data.format = DataFormat::demonstrations;  // sft_target, written to be imitated
    data.lines = data.target_lines;
  }
  std::vector<Segment> shown;
  const auto show = [&](std::size_t i, const std::string& prompt, const std::string& completion) {
    shown.push_back(of_record(data, i, [&] { return world.segment_of(prompt, completion); }));
  };
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data.format == DataFormat::demonstrations) {
      show(i, data.demonstrations[i].prompt, data.demonstrations[i].completion);
    } else if (data.format == DataFormat::segment_pairs) {
      SegmentPair& pair = data.segments[i];
      if (pair.preference != 0.5)
        shown.push_back(std::move(pair.preference > 0.5 ? pair.first : pair.second));
    } else if (const double p = preference_of_pair(data.pairs[i]); p != 0.5) {
      show(i, data.pairs[i].prompt, p > 0.5 ? data.pairs[i].chosen : data.pairs[i].rejected);
    }
  }
  return shown;
}

}  // namespace rl::apps
