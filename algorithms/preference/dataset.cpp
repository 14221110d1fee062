#include "algorithms/preference/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "algorithms/preference/jsonl.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

/// Which completion is better: 1 chosen, -1 rejected, 0 neither.
int better_completion(const PreferencePair& pair) {
  const double p = pair.tie ? 0.5 : pair.label.value_or(1);
  return p > 0.5 ? 1 : p < 0.5 ? -1 : 0;
}

}  // namespace

std::string_view format_name(DataFormat format) {
  switch (format) {
    case DataFormat::pairs:
      return "pairs";
    case DataFormat::labelled:
      return "labelled";
    case DataFormat::demonstrations:
      return "demonstrations";
    case DataFormat::prompts:
      return "prompts";
    case DataFormat::segment_pairs:
      return "segment_pairs";
    case DataFormat::response_pairs:
      return "response_pairs";
  }
  return "";
}

// ---- what is refused ----------------------------------------------------------------------------

void check_preference_pair(const PreferencePair& pair, const std::string& place) {
  using Field = std::pair<const char*, const std::optional<double>*>;
  const std::array<Field, 5> fields = {Field{"margin", &pair.margin},
                                       {"chosen_score", &pair.chosen_score},
                                       {"rejected_score", &pair.rejected_score},
                                       {"label", &pair.label},
                                       {"weight", &pair.weight}};
  for (const Field& field : fields)
    if (field.second->has_value() && !std::isfinite(**field.second))
      refuse_record(place, fmt::format("'{}' is {}, not finite", field.first, **field.second));
  if (pair.label && (*pair.label < 0 || *pair.label > 1))
    refuse_record(place, fmt::format("'label' is {}, not a probability in [0, 1]", *pair.label));
  if (pair.weight && *pair.weight < 0)
    refuse_record(place, fmt::format("'weight' is {}, but no weight is negative", *pair.weight));
  if (pair.tie && pair.label && *pair.label != 0.5)
    refuse_record(place, fmt::format("is a tie, but its label is {}, not 0.5", *pair.label));
  if (!pair.tie && pair.chosen == pair.rejected)
    refuse_record(place, fmt::format("chosen and rejected are both '{}', but it is no tie "
                                     "(\"tie\": true)",
                                     clipped(pair.chosen)));
}

void check_segment_record(const Segment& segment, const std::string& place) {
  const std::size_t L = segment.actions.size();
  if (L == 0) refuse_record(place, "has no actions");
  if (segment.states.size() != L + 1)
    refuse_record(place,
                  fmt::format("{} states for {} actions; L actions lead through L + 1 states",
                              segment.states.size(), L));
  if (!segment.rewards.empty() && segment.rewards.size() != L)
    refuse_record(place, fmt::format("{} rewards for {} actions; each action has one, or none has",
                                     segment.rewards.size(), L));
  const auto check_indices = [&](const char* name, const std::vector<std::int32_t>& indices) {
    for (std::size_t i = 0; i < indices.size(); ++i)
      if (indices[i] < 0)
        refuse_record(place,
                      fmt::format("{}[{}] is {}, but they count from 0", name, i, indices[i]));
  };
  check_indices("states", segment.states);
  check_indices("actions", segment.actions);
  for (std::size_t i = 0; i < L && !segment.rewards.empty(); ++i)
    if (!std::isfinite(segment.rewards[i]))
      refuse_record(place, fmt::format("rewards[{}] is {}, not finite", i, segment.rewards[i]));
}

// ---- conversions --------------------------------------------------------------------------------

Converted<LabelledCompletion> labelled_from(std::span<const PreferencePair> pairs) {
  Converted<LabelledCompletion> made;
  for (const PreferencePair& pair : pairs) {
    const int better = better_completion(pair);
    if (better == 0) {
      ++made.skipped;
      continue;
    }
    made.records.push_back({pair.prompt, pair.chosen, better > 0});
    made.records.push_back({pair.prompt, pair.rejected, better < 0});
  }
  return made;
}

Converted<Demonstration> demonstrations_from(std::span<const PreferencePair> pairs) {
  Converted<Demonstration> made;
  for (const PreferencePair& pair : pairs) {
    const int better = better_completion(pair);
    if (better == 0)
      ++made.skipped;
    else
      made.records.push_back({pair.prompt, better > 0 ? pair.chosen : pair.rejected});
  }
  return made;
}

Converted<PreferencePair> pairs_from(std::span<const LabelledCompletion> records) {
  struct Completions {
    std::vector<std::size_t> good, bad;
  };
  std::unordered_map<std::string_view, std::size_t> place_of;
  std::vector<Completions> prompts;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto place = place_of.emplace(records[i].prompt, prompts.size());
    if (place.second) prompts.emplace_back();
    Completions& completions = prompts[place.first->second];
    (records[i].label ? completions.good : completions.bad).push_back(i);
  }
  Converted<PreferencePair> made;
  std::vector<bool> used(records.size());
  for (const Completions& completions : prompts) {
    const std::vector<std::size_t>& bad = completions.bad;
    std::vector<std::size_t> run_end(bad.size(), bad.size());  // where another completion stands
    for (std::size_t k = bad.size(); k-- > 1;)
      run_end[k - 1] =
          records[bad[k - 1]].completion == records[bad[k]].completion ? run_end[k] : k;
    for (const std::size_t i : completions.good)
      for (std::size_t k = 0; k < bad.size();) {
        if (records[i].completion == records[bad[k]].completion) {
          k = run_end[k];
          continue;
        }
        PreferencePair pair;
        pair.prompt = records[i].prompt;
        pair.chosen = records[i].completion;
        pair.rejected = records[bad[k]].completion;
        made.records.push_back(std::move(pair));
        used[i] = used[bad[k]] = true;
        ++k;
      }
  }
  made.skipped = static_cast<std::size_t>(std::count(used.begin(), used.end(), false));
  return made;
}

// ---- choosing records ---------------------------------------------------------------------------

std::size_t training_size(std::size_t records, double share) {
  if (!(share > 0 && share < 1))
    throw std::invalid_argument(
        fmt::format("the share for training is {}, not between 0 and 1", share));
  const auto size = static_cast<std::size_t>(std::llround(share * static_cast<double>(records)));
  if (size == 0 || size == records)
    throw std::invalid_argument(fmt::format("a share of {} leaves none of {} records {}", share,
                                            records, size == 0 ? "for training" : "to hold out"));
  return size;
}

}  // namespace rl
