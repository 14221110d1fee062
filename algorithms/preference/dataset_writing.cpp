#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/jsonl.hpp"
#include "rl/json_text.hpp"
#include "rl/segment.hpp"

namespace rl {

namespace {

void write_segment_record(JsonlWriter& out, const char* key, const Segment& segment,
                          const std::string& place) {
  check_segment_record(segment, fmt::format("{}: {}", place, key));
  out.key(key);
  out.open();
  out.list("states", segment.states);
  out.list("actions", segment.actions);
  if (!segment.rewards.empty()) out.list("rewards", segment.rewards);
  if (segment.terminated) out.truth("terminal", true);
  out.close();
}

}  // namespace

std::string write_pairs(std::span<const PreferencePair> pairs) {
  JsonlWriter out;
  for (const PreferencePair& pair : pairs) {
    check_preference_pair(pair, out.place("pair"));
    out.begin("pair");
    out.string("prompt", pair.prompt);
    out.string("chosen", pair.chosen);
    out.string("rejected", pair.rejected);
    out.number_if_any("margin", pair.margin);
    out.number_if_any("chosen_score", pair.chosen_score);
    out.number_if_any("rejected_score", pair.rejected_score);
    out.number_if_any("label", pair.label);
    out.number_if_any("weight", pair.weight);
    if (pair.tie) out.truth("tie", true);
    out.end();
  }
  return out.take();
}

std::string write_labelled(std::span<const LabelledCompletion> records) {
  JsonlWriter out;
  for (const LabelledCompletion& record : records) {
    out.begin("record");
    out.string("prompt", record.prompt);
    out.string("completion", record.completion);
    out.truth("label", record.label);
    out.end();
  }
  return out.take();
}

std::string write_demonstrations(std::span<const Demonstration> demonstrations) {
  const bool texts = std::all_of(demonstrations.begin(), demonstrations.end(),
                                 [](const Demonstration& d) { return d.prompt.empty(); });
  JsonlWriter out;
  for (const Demonstration& demonstration : demonstrations) {
    out.begin("demonstration");
    if (!texts) out.string("prompt", demonstration.prompt);
    out.string(texts ? "text" : "completion", demonstration.completion);
    out.end();
  }
  return out.take();
}

std::string write_prompts(std::span<const std::string> prompts) {
  JsonlWriter out;
  for (const std::string& prompt : prompts) {
    out.begin("prompt");
    out.string("prompt", prompt);
    out.end();
  }
  return out.take();
}

std::string write_segment_pairs(std::span<const SegmentPair> pairs) {
  JsonlWriter out;
  for (const SegmentPair& pair : pairs) {
    const std::string place = out.place("segment pair");
    if (!(pair.preference >= 0 && pair.preference <= 1))
      refuse_record(
          place, fmt::format("'preference' is {}, not a probability in [0, 1]", pair.preference));
    out.begin("segment pair");
    write_segment_record(out, "segment_1", pair.first, place);
    write_segment_record(out, "segment_2", pair.second, place);
    out.number("preference", pair.preference);
    if (!pair.annotator.empty())
      out.raw("annotator", parse_json(pair.annotator, place + ": annotator").dump());
    out.end();
  }
  return out.take();
}

}  // namespace rl
