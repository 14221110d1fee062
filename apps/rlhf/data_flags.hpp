#pragma once
/// \file
/// The flags of `rlbook rlhf prefs`, and for what each of them counts.
#include <initializer_list>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "apps/arguments.hpp"

namespace rl::apps {

/// What the command does: an action, or a format that is generated.
enum PrefsTask : unsigned {
  kMakesPairs = 1U << 0U,
  kMakesLabelled = 1U << 1U,
  kMakesDemonstrations = 1U << 2U,
  kMakesPrompts = 1U << 3U,
  kMakesSegments = 1U << 4U,
  kConverts = 1U << 5U,
  kSplits = 1U << 6U,
  kDescribes = 1U << 7U,
};
/// The task of generating a format.
PrefsTask task_of(DataFormat format);

std::vector<FlagSpec> prefs_flags();

/// Throws std::invalid_argument for a flag that would be taken and do nothing. `what`: "split",
/// "--format prompts"
void refuse_idle_flags(const Arguments& arguments, PrefsTask task, const std::string& what);
/// The same for those of `flags` that say nothing without `other`.
void refuse_flags_without(const Arguments& arguments, const char* other,
                          std::initializer_list<const char*> flags);

}  // namespace rl::apps
