#pragma once
/// \file
/// A file of preference data, of any format, as one thing: read, written, divided.
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "rl/random.hpp"

namespace rl::apps {

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
  std::vector<std::size_t> lines = {};              ///< [size()] of the file; else empty
  std::vector<std::size_t> target_lines = {};       ///< of response_pairs' demonstrations

  /// Pairs of response_pairs, not its demonstrations.
  std::size_t size() const;
  /// "pairs.jsonl:7", where record i stands; "pairs.jsonl: record 7" where that is not known.
  std::string place(std::size_t i) const;
};

/// f(), with the place of record i in front of its errors.
template <class F>
auto of_record(const PreferenceData& data, std::size_t i, F&& f) {
  try {
    return f();
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(data.place(i) + ": " + e.what());
  }
}

// ---- reading ------------------------------------------------------------------------------------

/// --prompt-key --chosen-key --rejected-key --margin-key
std::vector<FlagSpec> key_flags();
/// What those of them that the command takes say; empty where none is given. With a key of its own
/// a file holds pairs, else the first record shows the format.
std::optional<PairKeys> pair_keys_of(const Arguments& arguments);

PreferenceData parse_preference_data(const std::string& text, const std::string& path,
                                     DataFormat format, const PairKeys& keys = {},
                                     bool allow_variable_horizon = true);

/// The format is that of the first record. Segments of a pair may differ in length.
PreferenceData read_preference_data(const std::string& path, std::uint64_t max_bytes);
/// The same with --file-limit and the keys.
PreferenceData read_preference_data(const std::string& path, const Arguments& arguments);
void tell_unread_keys(const PreferenceData& data, Console& console);

// ---- writing ------------------------------------------------------------------------------------

/// In standard form. response_pairs are written as pairs.
std::string write_preference_data(const PreferenceData& data);

/// A random share for training and the rest, each in its old order.
struct DividedData {
  PreferenceData training, held_out;
};
DividedData divide(const PreferenceData& data, double share, Rng& rng);
/// The newest n.
void keep_newest(PreferenceData& data, std::size_t n);

}  // namespace rl::apps
