#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/jsonl.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

/// One record a line, made by parse(JsonlRecord&).
template <class Record, class Parse>
DataSet<Record> read_jsonl_records(std::string_view text, const std::string& file_name,
                                   Parse&& parse) {
  DataSet<Record> data;
  for_each_jsonl_object(text, file_name, [&](const json& object, std::size_t number) {
    JsonlRecord record(object, fmt::format("{}:{}", file_name, number));
    data.records.push_back(parse(record));
    record.count_ignored(data.ignored);
  });
  return data;
}

// ---- texts and conversations --------------------------------------------------------------------

struct ChatMessage {
  std::string role, content;
  bool operator==(const ChatMessage&) const = default;
};

/// A prompt or a completion as it stands: a string, or a list of messages.
struct TextOrChat {
  bool is_chat = false;
  std::string text;
  std::vector<ChatMessage> messages;
};

/// The contents of messages from .. to - 1, joined by a newline.
std::string chat_text(const std::vector<ChatMessage>& messages, std::size_t from, std::size_t to) {
  std::string text;
  for (std::size_t i = from; i < to; ++i) {
    if (i > from) text += '\n';
    text += messages[i].content;
  }
  return text;
}

std::string whole_text(const TextOrChat& value) {
  return value.is_chat ? chat_text(value.messages, 0, value.messages.size()) : value.text;
}

TextOrChat text_or_chat(JsonlRecord& record, const std::string& key) {
  constexpr const char* kWanted = "a string or a list of {\"role\": .., \"content\": ..}";
  const json& value = record.need(key);
  TextOrChat made;
  made.is_chat = value.is_array();
  if (value.is_string()) {
    made.text = value.get<std::string>();
    return made;
  }
  if (!made.is_chat || value.empty()) record.fail_value(key, value, kWanted);
  for (const json& element : value) {
    if (!element.is_object()) record.fail_value(key, value, kWanted);
    JsonlRecord message(
        element, fmt::format("{}: {}[{}]", record.place(), key, made.messages.size()), key + "/");
    std::string role = message.string("role");
    made.messages.push_back({std::move(role), message.string("content")});
    record.take_ignored(message);
  }
  return made;
}

std::string joined_text_of(JsonlRecord& record, const std::string& key) {
  return whole_text(text_or_chat(record, key));
}

/// The largest n at which both have a space and before which they are the same; 0 where there is
/// none.
std::size_t common_words(std::string_view a, std::string_view b) {
  const std::size_t shorter = std::min(a.size(), b.size());
  std::size_t common = 0;
  for (std::size_t n = 0; n < shorter; ++n) {
    if (is_json_space(a[n]) && is_json_space(b[n])) common = n;
    if (a[n] != b[n]) break;
  }
  return common;
}

/// How many messages both begin with; one of each is left as the completion.
std::size_t common_messages(const std::vector<ChatMessage>& a, const std::vector<ChatMessage>& b) {
  const std::size_t most = std::min(a.size(), b.size()) - 1;
  std::size_t n = 0;
  while (n < most && a[n] == b[n]) ++n;
  return n;
}

// ---- pairs --------------------------------------------------------------------------------------

void check_pair_keys(const PairKeys& keys) {
  std::map<std::string, std::string> owners;
  for (const char* key : {"chosen_score", "rejected_score", "label", "weight", "tie"})
    owners[key] = key;
  const std::pair<const char*, const std::string*> named[] = {{"prompt", &keys.prompt_key},
                                                              {"chosen", &keys.chosen_key},
                                                              {"rejected", &keys.rejected_key},
                                                              {"margin", &keys.margin_key}};
  for (const auto& name : named) {
    if (name.second->empty())
      throw std::invalid_argument(fmt::format("the key of the {} is empty", name.first));
    const auto added = owners.emplace(*name.second, name.first);
    if (!added.second)
      throw std::invalid_argument(fmt::format("the key '{}' is that of the {} and of the {}",
                                              *name.second, added.first->second, name.first));
  }
}

/// Where no prompt stands, one that is misspelt would silently become an implicit one.
void check_no_prompt(const JsonlRecord& record, const PairKeys& keys) {
  constexpr std::size_t kSlip = 2;
  if (keys.prompt_key != PairKeys{}.prompt_key) record.fail_missing(keys.prompt_key);
  for (const std::string& key : record.unknown_keys())
    if (key.size() <= keys.prompt_key.size() + kSlip &&
        edit_distance(key, keys.prompt_key) <= kSlip)
      record.fail_missing(keys.prompt_key);
}

/// Prompt and completions of conversations, where the prompt is a string or implicit.
void split_chats(const JsonlRecord& record, const std::vector<ChatMessage>& chosen,
                 const std::vector<ChatMessage>& rejected, const std::string* prompt,
                 PreferencePair& pair) {
  const std::size_t n = common_messages(chosen, rejected);
  if (n > 0 && prompt != nullptr && chosen[n - 1].content != *prompt)
    record.fail(fmt::format("both conversations begin with '{}', which is not the prompt '{}'",
                            clipped(chosen[n - 1].content), clipped(*prompt)));
  pair.prompt = n == 0 && prompt != nullptr ? *prompt : chat_text(chosen, 0, n);
  pair.chosen = chat_text(chosen, n, chosen.size());
  pair.rejected = chat_text(rejected, n, rejected.size());
}

void split_texts(const std::string& chosen, const std::string& rejected, PreferencePair& pair) {
  const std::size_t n = common_words(chosen, rejected);
  pair.prompt = chosen.substr(0, n);
  pair.chosen = chosen.substr(n);
  pair.rejected = rejected.substr(n);
}

PreferencePair preference_pair_of(JsonlRecord& record, const PairKeys& keys) {
  PreferencePair pair;
  std::optional<TextOrChat> prompt;
  if (record.has(keys.prompt_key)) prompt = text_or_chat(record, keys.prompt_key);
  const TextOrChat chosen = text_or_chat(record, keys.chosen_key);
  const TextOrChat rejected = text_or_chat(record, keys.rejected_key);
  if (chosen.is_chat != rejected.is_chat)
    record.fail(fmt::format("of '{}' and '{}' one is a string, one a list of messages",
                            keys.chosen_key, keys.rejected_key));
  pair.margin = record.number_if_any(keys.margin_key);
  pair.chosen_score = record.number_if_any("chosen_score");
  pair.rejected_score = record.number_if_any("rejected_score");
  pair.label = record.number_if_any("label");
  pair.weight = record.number_if_any("weight");
  if (const json* tie = record.find("tie")) pair.tie = record.truth("tie", *tie);

  if (!prompt) check_no_prompt(record, keys);
  if (chosen.is_chat && !(prompt && prompt->is_chat)) {
    split_chats(record, chosen.messages, rejected.messages, prompt ? &prompt->text : nullptr, pair);
  } else if (prompt) {
    pair.prompt = whole_text(*prompt);
    pair.chosen = whole_text(chosen);
    pair.rejected = whole_text(rejected);
  } else {
    split_texts(chosen.text, rejected.text, pair);
  }
  check_preference_pair(pair, record.place());
  return pair;
}

// ---- segments -----------------------------------------------------------------------------------

std::vector<std::int32_t> index_list(JsonlRecord& record, const std::string& key) {
  constexpr std::int32_t kLargest = std::numeric_limits<std::int32_t>::max();
  std::vector<std::int32_t> indices;
  for (const json& value : record.list(key)) {
    // Only what is not negative is parsed as unsigned.
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::uint64_t{kLargest})
      record.fail_value(fmt::format("{}[{}]", key, indices.size()), value,
                        fmt::format("a whole number from 0 to {}", kLargest));
    indices.push_back(value.get<std::int32_t>());
  }
  return indices;
}

Segment segment_of(JsonlRecord& line, const std::string& key) {
  const json& object = line.need(key);
  if (!object.is_object())
    line.fail_value(key, object, "an object {\"states\": [..], \"actions\": [..]}");
  JsonlRecord record(object, fmt::format("{}: {}", line.place(), key), key + "/");
  Segment segment;
  segment.states = index_list(record, "states");
  segment.actions = index_list(record, "actions");
  if (record.has("rewards")) {
    for (const json& value : record.list("rewards"))
      segment.rewards.push_back(
          record.number(fmt::format("rewards[{}]", segment.rewards.size()), value));
    if (segment.rewards.empty()) record.fail("'rewards' is empty; leave it out if none are known");
  }
  if (const json* terminal = record.find("terminal"))
    segment.terminated = record.truth("terminal", *terminal);
  check_segment_record(segment, record.place());
  line.take_ignored(record);
  return segment;
}

double preference_of(JsonlRecord& record) {
  const json* second_preferred = record.find("label");
  const json* preference = record.find("preference");
  if (second_preferred != nullptr && preference != nullptr)
    record.fail("'preference' and 'label' both stand here; 'label' is that of segment_2");
  if (second_preferred != nullptr) return 1 - record.probability("label", *second_preferred);
  if (preference == nullptr) record.fail_missing("preference");
  return record.probability("preference", *preference);
}

SegmentPair segment_pair_of(JsonlRecord& record, bool allow_variable_horizon) {
  SegmentPair pair;
  pair.first = segment_of(record, "segment_1");
  pair.second = segment_of(record, "segment_2");
  pair.preference = preference_of(record);
  if (const json* annotator = record.find("annotator")) pair.annotator = annotator->dump();
  if (!allow_variable_horizon && pair.first.length() != pair.second.length())
    record.fail(
        fmt::format("segments of {} and {} actions; where an episode's end depends on what "
                    "was done, its length gives the reward away "
                    "(--allow-variable-horizon compares them all the same)",
                    pair.first.length(), pair.second.length()));
  return pair;
}

// ---- prompt -> responses ------------------------------------------------------------------------

/// Reads index `at` of a pair [i, j].
std::size_t response_index(const JsonlRecord& record, const std::string& name, const json& pair,
                           std::size_t at, std::size_t responses) {
  const json& value = pair[at];
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() >= responses)
    record.fail(fmt::format("{} is {}, but the responses are 0 to {}", name, shown_json(pair),
                            responses - 1));
  return value.get<std::size_t>();
}

void add_responses(JsonlRecord& record, const std::string& prompt, ResponsePairs& data) {
  std::vector<std::string> responses;
  for (const json& response : record.list("responses")) {
    if (!response.is_string())
      record.fail_value(fmt::format("responses[{}]", responses.size()), response, "a string");
    responses.push_back(response.get<std::string>());
  }
  const json& pairs = record.list("pairs");
  if (!pairs.empty() && responses.empty()) record.fail("'pairs' of no responses");
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    const std::string name = fmt::format("pairs[{}]", k);
    if (!pairs[k].is_array() || pairs[k].size() != 2)
      record.fail_value(name, pairs[k], "[i, j], response i preferred over j");
    PreferencePair pair;
    pair.prompt = prompt;
    pair.chosen = responses[response_index(record, name, pairs[k], 0, responses.size())];
    pair.rejected = responses[response_index(record, name, pairs[k], 1, responses.size())];
    check_preference_pair(pair, fmt::format("{}: {}", record.place(), name));
    data.pairs.push_back(std::move(pair));
  }
  if (record.has("sft_target"))
    data.demonstrations.push_back({prompt, record.string("sft_target")});
}

// ---- formats ------------------------------------------------------------------------------------

bool has_responses(const json& value) { return value.is_object() && value.contains("responses"); }

struct FormatKeys {
  DataFormat format;
  const char* keys;
};
constexpr FormatKeys kFormatKeys[] = {
    {DataFormat::pairs, "prompt, chosen, rejected"},
    {DataFormat::labelled, "prompt, completion, label"},
    {DataFormat::demonstrations, "prompt, completion, or text"},
    {DataFormat::prompts, "prompt"},
    {DataFormat::segment_pairs, "segment_1, segment_2, preference"},
    {DataFormat::response_pairs, "a prompt -> responses, pairs, sft_target"}};

}  // namespace

DataFormat detect_format(std::string_view text, const std::string& file_name) {
  json object;
  std::size_t line = 1;
  for_each_placed_object(text, file_name, [&](const PlacedObject& first) {
    object = first.object;
    line = first.first_line;
    return false;
  });
  const auto has = [&](const char* key) { return object.contains(key); };
  if (std::any_of(object.begin(), object.end(), has_responses)) return DataFormat::response_pairs;
  if (has("segment_1") || has("segment_2")) return DataFormat::segment_pairs;
  if (has("chosen") || has("rejected")) return DataFormat::pairs;
  if (has("completion")) return has("label") ? DataFormat::labelled : DataFormat::demonstrations;
  if (has("text")) return DataFormat::demonstrations;
  if (has("prompt")) return DataFormat::prompts;

  std::vector<std::string> keys, formats;
  for (const auto& item : object.items()) keys.push_back(clipped(item.key()));
  for (const FormatKeys& known : kFormatKeys)
    formats.push_back(fmt::format("{} ({})", format_name(known.format), known.keys));
  refuse_record(fmt::format("{}:{}", file_name, line),
                fmt::format("keys of no known format: {} (formats: {})",
                            keys.empty() ? "none" : join(keys), join(formats, "; ")));
}

// ---- readers ------------------------------------------------------------------------------------

DataSet<PreferencePair> read_pairs(std::string_view text, const std::string& file_name,
                                   const PairKeys& keys) {
  check_pair_keys(keys);
  bool any_margin = keys.margin_key == PairKeys{}.margin_key;
  auto data = read_jsonl_records<PreferencePair>(text, file_name, [&](JsonlRecord& record) {
    PreferencePair pair = preference_pair_of(record, keys);
    any_margin = any_margin || pair.margin.has_value();
    return pair;
  });
  if (!any_margin)
    refuse_record(file_name, fmt::format("no line has the margin's key '{}'", keys.margin_key));
  return data;
}

DataSet<LabelledCompletion> read_labelled(std::string_view text, const std::string& file_name) {
  return read_jsonl_records<LabelledCompletion>(text, file_name, [](JsonlRecord& record) {
    LabelledCompletion made;
    made.prompt = joined_text_of(record, "prompt");
    made.completion = joined_text_of(record, "completion");
    made.label = record.truth("label", record.need("label"));
    return made;
  });
}

DataSet<Demonstration> read_demonstrations(std::string_view text, const std::string& file_name) {
  return read_jsonl_records<Demonstration>(text, file_name, [](JsonlRecord& record) {
    Demonstration made;
    if (!record.has("prompt") && !record.has("completion") && record.has("text")) {
      made.completion = joined_text_of(record, "text");
    } else {
      made.prompt = joined_text_of(record, "prompt");
      made.completion = joined_text_of(record, "completion");
    }
    return made;
  });
}

DataSet<std::string> read_prompts(std::string_view text, const std::string& file_name) {
  return read_jsonl_records<std::string>(
      text, file_name, [](JsonlRecord& record) { return joined_text_of(record, "prompt"); });
}

DataSet<SegmentPair> read_segment_pairs(std::string_view text, const std::string& file_name,
                                        bool allow_variable_horizon) {
  return read_jsonl_records<SegmentPair>(text, file_name, [&](JsonlRecord& record) {
    return segment_pair_of(record, allow_variable_horizon);
  });
}

ResponsePairs read_response_pairs(std::string_view text, const std::string& file_name) {
  ResponsePairs data;
  for_each_placed_object(text, file_name, [&](const PlacedObject& found) {
    for (const std::string& prompt : found.keys()) {
      const json& entry = found.object.at(prompt);
      const std::string place =
          fmt::format("{}:{}: prompt '{}'", file_name, found.line_of(prompt), clipped(prompt));
      if (!entry.is_object())
        refuse_record(place, fmt::format("is {}, not an object {{\"responses\": [..], \"pairs\": "
                                         "[[i, j], ..], \"sft_target\": ..}}",
                                         shown_json(entry)));
      JsonlRecord record(entry, place);
      add_responses(record, prompt, data);
      record.count_ignored(data.ignored);
    }
    return true;
  });
  if (data.pairs.empty() && data.demonstrations.empty())
    refuse_record(file_name, "holds neither a pair nor an sft_target");
  return data;
}

}  // namespace rl
