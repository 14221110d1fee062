#include "apps/rlhf/data_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "algorithms/preference/jsonl.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

template <class Record>
void take_records(DataSet<Record> read, std::vector<Record>& records, PreferenceData& data) {
  records = std::move(read.records);
  data.ignored = std::move(read.ignored);
}

/// One record a line; but all pairs of a prompt's responses stand where their prompt does.
void find_lines(const std::string& text, PreferenceData& data) {
  if (data.format != DataFormat::response_pairs) {
    for_each_jsonl_line(text, [&](std::string_view, std::size_t number) {
      data.lines.push_back(number);
      return true;
    });
    return;
  }
  for_each_placed_object(text, data.file, [&](const PlacedObject& found) {
    for (const std::string& prompt : found.keys()) {
      const nlohmann::json& entry = found.object.at(prompt);
      const std::size_t line = found.line_of(prompt);
      data.lines.insert(data.lines.end(), entry.at("pairs").size(), line);
      if (!entry.value("sft_target", nlohmann::json()).is_null()) data.target_lines.push_back(line);
    }
    return true;
  });
}

/// The records of one kind that a drawn share takes.
template <class Record>
void divide_list(const std::vector<Record>& from, const std::vector<bool>& taken,
                 std::vector<Record>& training, std::vector<Record>& held_out) {
  for (std::size_t i = 0; i < from.size(); ++i) (taken[i] ? training : held_out).push_back(from[i]);
}

}  // namespace

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

std::string PreferenceData::place(std::size_t i) const {
  return i < lines.size() ? fmt::format("{}:{}", file, lines[i])
                          : fmt::format("{}: record {}", file, i + 1);
}

// ---- reading ------------------------------------------------------------------------------------

PreferenceData parse_preference_data(const std::string& text, const std::string& path,
                                     DataFormat format, const PairKeys& keys,
                                     bool allow_variable_horizon) {
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
      take_records(read_segment_pairs(text, path, allow_variable_horizon), data.segments, data);
      break;
    case DataFormat::response_pairs: {
      ResponsePairs read = read_response_pairs(text, path);
      data.pairs = std::move(read.pairs);
      data.demonstrations = std::move(read.demonstrations);
      data.ignored = std::move(read.ignored);
      break;
    }
  }
  find_lines(text, data);
  return data;
}

std::vector<FlagSpec> key_flags() {
  return {{"prompt_key", "NAME", "key of the prompt, where it is another than 'prompt'"},
          {"chosen_key", "NAME", "key of the preferred one"},
          {"rejected_key", "NAME", "key of the other"},
          {"margin_key", "NAME", "key of the margin"}};
}

PreferenceData read_preference_data(const std::string& path, std::uint64_t max_bytes) {
  const std::string text = read_file(path, max_bytes);
  return parse_preference_data(text, path, detect_format(text, path));
}

std::optional<PairKeys> pair_keys_of(const Arguments& arguments) {
  PairKeys keys;
  bool any = false;
  for (const auto& [flag, key] :
       {std::pair("prompt_key", &keys.prompt_key), std::pair("chosen_key", &keys.chosen_key),
        std::pair("rejected_key", &keys.rejected_key), std::pair("margin_key", &keys.margin_key)})
    if (arguments.declares(flag) && arguments.given(flag)) {
      *key = *arguments.text(flag);
      any = true;
    }
  return any ? std::optional(keys) : std::nullopt;
}

PreferenceData read_preference_data(const std::string& path, const Arguments& arguments) {
  const std::uint64_t max_bytes = arguments.bytes("file_limit").value_or(kMaxFileBytes);
  const std::optional<PairKeys> keys = pair_keys_of(arguments);
  if (!keys) return read_preference_data(path, max_bytes);
  return parse_preference_data(read_file(path, max_bytes), path, DataFormat::pairs, *keys);
}

void tell_unread_keys(const PreferenceData& data, Console& console) {
  for (const auto& [key, lines] : data.ignored)
    console.note(
        fmt::format("{}: the key '{}' is not read; {} lines have it", data.file, key, lines));
}

// ---- writing ------------------------------------------------------------------------------------

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
  return write_pairs(data.pairs);
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
  data.lines = cap(data.lines, n);
  data.pairs = cap(data.pairs, n);
  data.labelled = cap(data.labelled, n);
  data.demonstrations = cap(data.demonstrations, n);
  data.prompts = cap(data.prompts, n);
  data.segments = cap(data.segments, n);
}

}  // namespace rl::apps
