// Preference data: what is read in any format is written and read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/preference/dataset.hpp"

namespace {

/// f(), which may find that the text is refused.
template <class F>
void try_reading(F&& f) {
  try {
    f();
  } catch (const std::invalid_argument&) {
  }
}

/// What was read must be written, read and written again without an error.
template <class Records, class Write, class Read>
void check_round_trip(const Records& records, Write&& write, Read&& read) {
  try {
    const std::string text = write(records);
    const Records again = read(text);
    if (again != records || write(again) != text) std::abort();
  } catch (const std::invalid_argument&) {
    std::abort();
  }
}

void check_pairs(const std::vector<rl::PreferencePair>& pairs) {
  check_round_trip(pairs, rl::write_pairs,
                   [](const std::string& text) { return rl::read_pairs(text, "again").records; });
  if (rl::labelled_from(pairs).records.size() != 2 * rl::demonstrations_from(pairs).records.size())
    std::abort();
}

void check_demonstrations(const std::vector<rl::Demonstration>& demonstrations) {
  check_round_trip(demonstrations, rl::write_demonstrations, [](const std::string& text) {
    return rl::read_demonstrations(text, "again").records;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const std::string name = "p.jsonl";
  try_reading([&] { rl::detect_format(text, name); });
  try_reading([&] { check_pairs(rl::read_pairs(text, name).records); });
  try_reading([&] { check_demonstrations(rl::read_demonstrations(text, name).records); });
  try_reading([&] {
    const auto records = rl::read_labelled(text, name).records;
    check_round_trip(records, rl::write_labelled, [](const std::string& written) {
      return rl::read_labelled(written, "again").records;
    });
    if (const auto pairs = rl::pairs_from(records).records; !pairs.empty()) check_pairs(pairs);
  });
  try_reading([&] {
    check_round_trip(
        rl::read_prompts(text, name).records, rl::write_prompts,
        [](const std::string& written) { return rl::read_prompts(written, "again").records; });
  });
  try_reading([&] {
    check_round_trip(rl::read_segment_pairs(text, name, true).records, rl::write_segment_pairs,
                     [](const std::string& written) {
                       return rl::read_segment_pairs(written, "again", true).records;
                     });
  });
  try_reading([&] {
    const rl::ResponsePairs read = rl::read_response_pairs(text, name);
    if (!read.pairs.empty()) check_pairs(read.pairs);
    if (!read.demonstrations.empty()) check_demonstrations(read.demonstrations);
  });
  return 0;
}
