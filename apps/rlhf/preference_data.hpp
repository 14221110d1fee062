#pragma once
/// \file
/// Preference data as commands make, read, change and show them: the policies and pairs that a
/// world's data are drawn from, texts beside segments, and a file of any format as one thing.
///
/// As text, a response is a prompt, the name of the state that it begins in, and a completion, the
/// numbers of its actions ("s1" and "1 2 2"). That tells the way only where every step is certain.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/random.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

// ---- what is drawn from a world -----------------------------------------------------------------

/// --policy --fragment-length --segment-start --absorbing
std::vector<FlagSpec> drawing_flags();

struct DataPolicy {
  FrozenPolicy policy;
  std::string name;  ///< "its base language", "the uniform policy", or the file
};
/// --policy; else in token_world the base language that is drawn with it; else the uniform policy.
DataPolicy data_policy(const PreferenceWorld& world, const Arguments& arguments);

/// The model that episodes of fragments start in: as it is, or anywhere.
FiniteMdp started_as(const PreferenceWorld& world, SegmentStart start);

/// Throws std::invalid_argument for --fragment-length and its like, where texts are whole
/// responses.
void refuse_fragment_flags(const PreferenceWorld& world, const Arguments& arguments);

/// Two of a pair:
///
///     where all responses can be listed   whole ones to the same prompt, or, for segments, such as
///                                         the flags describe once one of them is given
///     elsewhere, as texts                 fragments of one length from the same state
///     elsewhere, as segments              fragments of one length, each from a start of its own
///
/// A pair that is the same twice, and one that ended too early, is drawn again, prompt and all:
/// there would be nothing to prefer. Throws std::invalid_argument where that never ends, and for
/// flags without effect.
PairSource pair_source(const PreferenceWorld& world, const FrozenPolicy& policy,
                       const Arguments& arguments, bool as_texts);

// ---- texts and segments -------------------------------------------------------------------------

/// Throws std::invalid_argument, naming a step that is left to chance. `what`: "pairs"
void require_texts(const PreferenceWorld& world, const std::string& what);

/// The preferred one is `chosen`. 1/2 is a tie, and what is neither 0, 1/2 nor 1 a label.
PreferencePair text_pair(const PreferenceWorld& world, const SegmentPair& pair);
/// Throws std::invalid_argument as `segment_of` does.
SegmentPair segment_pair(const PreferenceWorld& world, const PreferencePair& pair);
/// P(chosen is the better one).
double preference_of_pair(const PreferencePair& pair);

/// Throws std::invalid_argument, naming a state or an action that the world does not have. Steps
/// that stay in a terminal state, which fill up a segment, are allowed.
void require_segment_of(const PreferenceWorld& world, const Segment& segment);

/// The rewards of a segment that has none, as people's data have none: those of the world, unless a
/// step was left to chance.
void fill_in_rewards(const PreferenceWorld& world, Segment& segment);

// ---- files --------------------------------------------------------------------------------------

/// What a file holds; only the lists of its format are filled.
struct PreferenceData {
  std::string file = {};
  DataFormat format = DataFormat::pairs;
  std::vector<PreferencePair> pairs = {};           ///< pairs, response_pairs
  std::vector<LabelledCompletion> labelled = {};    ///< labelled
  std::vector<Demonstration> demonstrations = {};   ///< demonstrations, response_pairs
  std::vector<std::string> prompts = {};            ///< prompts
  std::vector<SegmentPair> segments = {};           ///< segment_pairs
  std::map<std::string, std::size_t> ignored = {};  ///< key -> lines that have it

  /// Pairs of response_pairs, not its demonstrations.
  std::size_t size() const;
};

/// --prompt-key --chosen-key --rejected-key --margin-key
std::vector<FlagSpec> key_flags();

/// The format is that of the first record. Segments of a pair may differ in length.
PreferenceData read_preference_data(const std::string& path, std::uint64_t max_bytes);
/// The same with --file-limit and the keys; with a key of its own the file holds pairs.
PreferenceData read_preference_data(const std::string& path, const Arguments& arguments);
void tell_unread_keys(const PreferenceData& data, Console& console);

/// In standard form. response_pairs are written as pairs.
std::string write_preference_data(const PreferenceData& data);

/// A random share for training and the rest, each in its old order.
struct DividedData {
  PreferenceData training, held_out;
};
DividedData divide(const PreferenceData& data, double share, Rng& rng);
/// The newest n.
void keep_newest(PreferenceData& data, std::size_t n);

/// "pairs, labelled, demonstrations, prompts, segments"
const std::vector<std::string>& writable_formats();
/// Throws std::invalid_argument with the nearest name.
DataFormat writable_format(const std::string& name);

struct ConvertedData {
  PreferenceData data = {};
  std::size_t skipped = 0;  ///< records that came into nothing
  std::string why = {};     ///< they did not: "are ties"
  std::size_t bare = 0;     ///< records that lost a margin, a score or a weight
};
/// `world`: null where none was named; segments and texts become each other only in one. Throws
/// std::invalid_argument, saying why and what is possible instead.
ConvertedData converted(const PreferenceData& data, DataFormat to, const PreferenceWorld* world);

// ---- what is known of pairs ---------------------------------------------------------------------

/// Two responses that were compared, as texts that tell them apart.
struct Comparison {
  std::string prompt, first, second;
  double preference;  ///< P(first is the better one)
};
std::vector<Comparison> comparisons_of(std::span<const PreferencePair> pairs);
/// All under one prompt.
std::vector<Comparison> comparisons_of(std::span<const SegmentPair> pairs);

struct ComparisonFacts {
  std::size_t comparisons = 0;
  std::size_t prompts = 0;
  std::size_t responses = 0;  ///< different ones, of a prompt
  std::size_t ties = 0;
  std::size_t soft = 0;            ///< labels that are neither 0, 1/2 nor 1
  std::size_t same = 0;            ///< of a response with itself
  std::size_t repeated = 0;        ///< said before, with the same answer
  std::size_t contradictions = 0;  ///< twos of which each is preferred somewhere
  /// Prompts whose responses fall into groups that were never compared with one another: no scale
  /// joins them.
  std::size_t disconnected = 0;
  std::size_t groups = 0;  ///< of all prompts
};
ComparisonFacts comparison_facts(std::span<const Comparison> comparisons);

/// What tells a segment from others: states and actions.
std::string segment_key(const Segment& segment);

}  // namespace rl::apps
