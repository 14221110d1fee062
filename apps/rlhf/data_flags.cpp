#include "apps/rlhf/data_flags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/rlhf/data_conversion.hpp"
#include "apps/rlhf/data_drawing.hpp"
#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_generation.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

constexpr unsigned kAsksForLabels = kMakesPairs | kMakesLabelled | kMakesSegments;
constexpr unsigned kDraws = kAsksForLabels | kMakesDemonstrations;
constexpr unsigned kMakes = kDraws | kMakesPrompts;
constexpr unsigned kReads = kConverts | kSplits | kDescribes;

struct FlagScope {
  const char* flag;
  unsigned tasks;
};
constexpr FlagScope kFlagScopes[] = {
    {"env", kMakes | kConverts | kDescribes},
    {"gamma", kMakes | kConverts | kDescribes},
    {"start", kMakes | kConverts | kDescribes},
    {"format", kMakes},
    {"num", kMakes},
    {"policy", kDraws},
    {"demonstrator", kMakesDemonstrations},
    {"annotator", kAsksForLabels},
    {"rationality", kAsksForLabels},
    {"flip_prob", kAsksForLabels},
    {"tie_threshold", kAsksForLabels},
    {"soft_labels", kMakesPairs | kMakesSegments},
    {"discount", kAsksForLabels},
    {"fragment_length", kDraws},
    {"segment_start", kDraws},
    {"absorbing", kMakesSegments},
    {"scores", kMakesPairs},
    {"active", kAsksForLabels},
    {"oversampling", kAsksForLabels},
    {"query_schedule", kAsksForLabels},
    {"iterations", kAsksForLabels},
    {"features", kAsksForLabels},
    {"to", kConverts},
    {"prompt_key", kReads},
    {"chosen_key", kReads},
    {"rejected_key", kReads},
    {"margin_key", kReads},
    {"share", kSplits},
    {"held_out", kSplits},
    {"cap", kSplits},
    {"out", kMakes | kConverts | kSplits},
    {"force", kMakes | kConverts | kSplits},
};

std::string kebab_flag(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

}  // namespace

PrefsTask task_of(DataFormat format) {
  switch (format) {
    case DataFormat::labelled:
      return kMakesLabelled;
    case DataFormat::demonstrations:
      return kMakesDemonstrations;
    case DataFormat::prompts:
      return kMakesPrompts;
    case DataFormat::segment_pairs:
      return kMakesSegments;
    case DataFormat::pairs:
    case DataFormat::response_pairs:
      break;
  }
  return kMakesPairs;
}

std::vector<FlagSpec> prefs_flags() {
  FlagSpec env = shared_flag("env");
  env.fallback = "token_world";
  FlagSpec out = shared_flag("out");
  out.value = "FILE";
  out.doc = "write the data here; else to stdout, with the summary on stderr";
  std::vector<FlagSpec> flags = {
      env,
      {"format", "NAME",
       "what is generated: " + join(writable_formats()) +
           "; else pairs where all responses can be listed, elsewhere segments"},
      {"num", "N",
       "pairs that are compared (1000), also for labelled; demonstrations or prompts (200 to each "
       "prompt)"},
      {"scores", "", "pairs also hold what the annotator compares by"},
      {"demonstrator", "X", "demonstrations are drawn from policy exp(X true reward) / Z", "0.7"}};
  add_flags(flags, drawing_flags());
  add_flags(flags, option_flags(AnnotatorOptions{}));
  add_flags(flags, {{"active", "logit|probability|label",
                     "asks about what 5 reward models disagree most about; else pairs at random"}});
  add_flags(flags, option_flags(ActiveOptions{}));
  add_flags(flags, option_flags(QueryOptions{}));
  add_flags(flags, {{"features", "NAME",
                     "of the models of --active: bag or rich of token_world, "
                     "next_state, state_action"},
                    {"to", "NAME", "what convert makes: " + join(writable_formats())}});
  add_flags(flags, key_flags());
  add_flags(flags, {{"share", "X", "of the records that split keeps for training", "0.8"},
                    {"held_out", "FILE", "where split writes the rest"},
                    {"cap", "N", "split takes the newest N records alone"},
                    out});
  add_flags(flags, {world_seed_flag()});
  add_flags(flags, shared_flags({"gamma", "start", "seed", "memory_limit", "file_limit", "force",
                                 "json", "quiet", "color", "config", "set", "print_config"}));
  return flags;
}

void refuse_idle_flags(const Arguments& arguments, PrefsTask task, const std::string& what) {
  for (const FlagScope& scope : kFlagScopes)
    if ((scope.tasks & task) == 0 && arguments.given(scope.flag))
      throw std::invalid_argument(
          fmt::format("{} has no effect on {}", kebab_flag(scope.flag), what));
}

void refuse_flags_without(const Arguments& arguments, const char* other,
                          std::initializer_list<const char*> flags) {
  for (const char* flag : flags)
    if (arguments.given(flag) && !arguments.given(other))
      throw std::invalid_argument(
          fmt::format("{} has no effect without {}", kebab_flag(flag), kebab_flag(other)));
}

}  // namespace rl::apps
