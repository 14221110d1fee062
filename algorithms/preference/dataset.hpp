#pragma once
/// \file
/// Preference data as JSON Lines: one object a line, in the shapes that trainers of language models
/// read and write.
///
///     pairs           {"prompt": .., "chosen": .., "rejected": ..}
///                     optional: margin, chosen_score, rejected_score, label, weight, tie
///     labelled        {"prompt": .., "completion": .., "label": true}
///     demonstrations  {"prompt": .., "completion": ..} or {"text": ..}
///     prompts         {"prompt": ..}
///     segment_pairs   {"segment_1": {"states": [..], "actions": [..], "rewards": [..],
///                                    "terminal": true},
///                      "segment_2": {..}, "preference": 0.75, "annotator": {..}}
///                     optional: rewards, terminal, annotator
///     response_pairs  {prompt: {"responses": [..], "pairs": [[i, j], ..], "sft_target": ..}, ..}
///
/// Reading: blank lines and lines that begin with // are passed over. Keys that a format does not
/// know are ignored and counted. An optional key with the value null is absent. Errors are
/// std::invalid_argument and begin with "file:line: ", with the column too where a line is no JSON.
///
/// Conversations: a prompt or completion may be a list of {"role": .., "content": ..} instead of a
/// string; it becomes the contents joined by a newline, the roles are left out.
///
/// Writing: standard form is one compact object a line, keys in the order above, optional ones only
/// where they are present, numbers with as many digits as tell them apart from all others. What is
/// written is read back to the bit, and a file in standard form is written again byte for byte.
/// Writers refuse what readers refuse, and text that is not UTF-8.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rl/random.hpp"
#include "rl/segment.hpp"

namespace rl {

/// Two completions of a prompt, one preferred; prompt and completion together are the whole text.
struct PreferencePair {
  std::string prompt = {};
  std::string chosen = {};
  std::string rejected = {};
  std::optional<double> margin = {};  ///< by how much the rewards are to differ
  std::optional<double> chosen_score = {}, rejected_score = {};
  std::optional<double> label = {};   ///< P(chosen is the better one), in [0, 1]; absent: certain
  std::optional<double> weight = {};  ///< >= 0; absent: 1
  bool tie = false;                   ///< neither is better: a label is then absent or 1/2

  bool operator==(const PreferencePair&) const = default;
};

/// A completion that somebody found good or bad by itself.
struct LabelledCompletion {
  std::string prompt = {};
  std::string completion = {};
  bool label = false;  ///< good

  bool operator==(const LabelledCompletion&) const = default;
};

/// What a policy is to imitate.
struct Demonstration {
  std::string prompt = {};
  std::string completion = {};

  bool operator==(const Demonstration&) const = default;
};

/// Two pieces of experience and which one somebody prefers.
struct SegmentPair {
  Segment first = {};
  Segment second = {};
  double preference = 0.5;     ///< P(first preferred), in [0, 1]; 1/2 is a tie
  std::string annotator = {};  ///< who was asked, as compact JSON text; empty: unknown

  bool operator==(const SegmentPair&) const = default;
};

/// Records in the order of the file.
template <class Record>
struct DataSet {
  std::vector<Record> records = {};
  /// Key -> in how many lines it stood and was ignored; "segment_1/name" for one that lies deeper.
  std::map<std::string, std::size_t> ignored = {};
};

enum class DataFormat { pairs, labelled, demonstrations, prompts, segment_pairs, response_pairs };

/// "pairs", "labelled", ...
std::string_view format_name(DataFormat format);

/// The format that the keys of the first record belong to. The rest of the file is not looked at.
DataFormat detect_format(std::string_view text, const std::string& file_name);

// ---- reading ------------------------------------------------------------------------------------

/// Under which names a file of pairs keeps its parts.
struct PairKeys {
  std::string prompt_key = "prompt";
  std::string chosen_key = "chosen";
  std::string rejected_key = "rejected";
  std::string margin_key = "margin";
};

/// Reads pairs. A line without a prompt has an implicit one, and keeps text: prompt + completion is
/// what stood there. For strings it is their longest common beginning that ends before a space in
/// both, so that no word is cut, no completion is empty and a completion begins with that space;
/// for conversations it is the messages that both begin with, except the last one of the shorter.
/// Where the prompt is a string and the conversations repeat it, it is counted once.
/// Refused: completions that are the same and no tie; a label outside [0, 1] or a tie's that is not
/// 1/2; a weight < 0; no prompt, but a key that looks like a misspelt one; a line without the
/// prompt, or a file without the margin, that `keys` calls by another name than usual.
DataSet<PreferencePair> read_pairs(std::string_view text, const std::string& file_name,
                                   const PairKeys& keys = {});

DataSet<LabelledCompletion> read_labelled(std::string_view text, const std::string& file_name);

/// {"text": ..} is a demonstration with an empty prompt.
DataSet<Demonstration> read_demonstrations(std::string_view text, const std::string& file_name);

DataSet<std::string> read_prompts(std::string_view text, const std::string& file_name);

/// Segments of L >= 1 actions, L + 1 states, and L rewards or none. Instead of `preference` a line
/// may hold `label`, the probability that segment_2 is preferred: preference = 1 - label. Segments
/// of a pair that differ in length are refused unless allowed: an episode that ends early tells its
/// reward by its length.
DataSet<SegmentPair> read_segment_pairs(std::string_view text, const std::string& file_name,
                                        bool allow_variable_horizon = false);

/// Pairs (response i preferred over j) and demonstrations (sft_target, where present), both in the
/// order of the file.
struct ResponsePairs {
  std::vector<PreferencePair> pairs = {};
  std::vector<Demonstration> demonstrations = {};
  std::map<std::string, std::size_t> ignored = {};  ///< as in DataSet, per prompt
};

/// Reads objects that map prompts to their responses: one a line, or one in the whole file.
ResponsePairs read_response_pairs(std::string_view text, const std::string& file_name);

// ---- writing ------------------------------------------------------------------------------------

std::string write_pairs(std::span<const PreferencePair> pairs);
std::string write_labelled(std::span<const LabelledCompletion> records);
/// {"text": ..} where all prompts are empty, else {"prompt": .., "completion": ..} for all.
std::string write_demonstrations(std::span<const Demonstration> demonstrations);
std::string write_prompts(std::span<const std::string> prompts);
/// An annotator's JSON is written compactly with its keys sorted, as it is read.
std::string write_segment_pairs(std::span<const SegmentPair> pairs);

// ---- what is refused ----------------------------------------------------------------------------

/// What readers and writers refuse alike: numbers that are not finite or out of their range, a tie
/// with a label other than 1/2, completions that are the same and no tie. Errors begin with
/// `place`.
void check_preference_pair(const PreferencePair& pair, const std::string& place);

/// Refuses lengths that do not fit together, negative states and actions, rewards that are not
/// finite. Errors begin with `place`.
void check_segment_record(const Segment& segment, const std::string& place);

// ---- conversions --------------------------------------------------------------------------------

template <class Record>
struct Converted {
  std::vector<Record> records = {};
  std::size_t skipped = 0;  ///< of what was given: did not come into `records`
};

/// Two records a pair, the chosen one's first: good and bad, or bad and good where the pair's label
/// is below 1/2. Ties and labels of 1/2 are skipped. Margin, scores and weight are lost.
Converted<LabelledCompletion> labelled_from(std::span<const PreferencePair> pairs);

/// The better completion of each pair: chosen, or rejected where the pair's label is below 1/2.
/// Ties and labels of 1/2 are skipped.
Converted<Demonstration> demonstrations_from(std::span<const PreferencePair> pairs);

/// Each good completion of a prompt with each bad one of the same prompt, prompts in the order in
/// which they first stand, good before bad. A completion is not paired with itself. Skipped are the
/// records that came into no pair.
Converted<PreferencePair> pairs_from(std::span<const LabelledCompletion> records);

// ---- choosing records ---------------------------------------------------------------------------

template <class Record>
struct Split {
  std::vector<Record> training = {};
  std::vector<Record> held_out = {};
};

/// How many of `records` a split trains on, round(share * records). Throws std::invalid_argument
/// where that is none or all, or share is not between 0 and 1.
std::size_t training_size(std::size_t records, double share);

/// A random subset of the training size, every one equally likely, and the rest; both in their old
/// order.
template <class Record>
Split<Record> split(const std::vector<Record>& records, double share, Rng& rng) {
  Split<Record> made;
  std::size_t wanted = training_size(records.size(), share);
  std::size_t left = records.size();
  for (const Record& record : records) {  // selection sampling: P(taken) = wanted / left
    const bool taken =
        static_cast<std::size_t>(rng.index(static_cast<std::int32_t>(left))) < wanted;
    (taken ? made.training : made.held_out).push_back(record);
    if (taken) --wanted;
    --left;
  }
  return made;
}

/// The newest n (the last ones), or all where there are fewer.
template <class Record>
std::vector<Record> cap(const std::vector<Record>& records, std::size_t n) {
  const std::size_t kept = std::min(n, records.size());
  return {records.end() - static_cast<std::ptrdiff_t>(kept), records.end()};
}

}  // namespace rl
