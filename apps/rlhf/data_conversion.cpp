#include "apps/rlhf/data_conversion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/data_texts.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

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

/// Segments as texts; those from different states answer no common prompt.
ConvertedData texts_of_segments(const PreferenceData& data, const PreferenceWorld& world) {
  require_texts(world, "texts of segments");
  ConvertedData made;
  made.why = "do not begin in one state, or go the same way twice";
  for (std::size_t i = 0; i < data.segments.size(); ++i) {
    SegmentPair pair = data.segments[i];
    of_record(data, i, [&] {
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
        of_record(data, i, [&] { return segment_pair(world, data.pairs[i]); }));
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

}  // namespace

std::string shown_format(DataFormat format) {
  return format == DataFormat::segment_pairs ? "segments" : std::string(format_name(format));
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

}  // namespace rl::apps
