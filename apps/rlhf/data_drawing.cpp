#include "apps/rlhf/data_drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/data_texts.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/policy_file.hpp"
#include "envs/token_world.hpp"
#include "rl/policy.hpp"
#include "rl/random.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

/// The options of a world that is called "token_world:vocabulary=4"; empty: a world without words.
std::optional<TokenWorldOptions> options_of_token_world(const std::string& name) {
  const std::size_t colon = std::min(name.find(':'), name.size());
  const std::string kind = canonical_name(name.substr(0, colon));
  if (kind != "token_world" && kind != "contextual_bandit") return std::nullopt;
  const TokenWorldOptions defaults =
      kind == "token_world" ? TokenWorldOptions{} : contextual_bandit();
  if (colon == name.size()) return defaults;
  return parse(parse_option_list(name.substr(colon + 1), describe(defaults)), defaults);
}

/// Draws until the pair is one that `fits`.
template <class Sampler, class Fits>
PairSource drawn_until(std::shared_ptr<const Sampler> sampler, Fits fits, const char* why_not) {
  return [sampler = std::move(sampler), fits, why_not](Rng& rng) {
    for (int i = 0; i < SegmentSampler::kMostDraws; ++i) {
      SegmentPair pair = sampler->sample_pair(rng);
      if (!same_way(pair.first, pair.second) && fits(pair)) return pair;
    }
    throw std::invalid_argument(
        fmt::format("{} pairs in a row {}", SegmentSampler::kMostDraws, why_not));
  };
}

constexpr const char* kNothingToCompare =
    "were the same response twice: the policy leaves nothing to compare";

PairSource draw_whole_responses(const PreferenceWorld& world, const FrozenPolicy& policy) {
  const auto sampler = std::make_shared<const EpisodeSampler>(
      world.model(), table_of(policy.rows()), world.model().num_states());
  return drawn_until(
      sampler, [](const SegmentPair&) { return true; }, kNothingToCompare);
}

PairSource draw_from_one_state(const PreferenceWorld& world, const FrozenPolicy& policy,
                               const SegmentSamplerOptions& options) {
  const auto sampler =
      std::make_shared<const EpisodeSampler>(started_as(world.model(), options.segment_start),
                                             table_of(policy.rows()), options.fragment_length);
  const auto length = static_cast<std::size_t>(options.fragment_length);
  return drawn_until(
      sampler,
      [length](const SegmentPair& pair) {
        return pair.first.length() == length && pair.second.length() == length;
      },
      "ended too early or were the same twice: make --fragment-length smaller, or the policy "
      "less certain");
}

PairSource draw_fragments(const PreferenceWorld& world, const FrozenPolicy& policy,
                          const SegmentSamplerOptions& options) {
  const auto sampler =
      std::make_shared<const SegmentSampler>(world.model(), table_of(policy.rows()), options);
  return drawn_until(
      sampler, [](const SegmentPair&) { return true; }, kNothingToCompare);
}

std::optional<std::string> given_fragment_flag(const Arguments& arguments) {
  for (const OptionInfo& option : describe(SegmentSamplerOptions{}))
    if (arguments.given(option.name)) {
      std::string name = option.name;
      std::replace(name.begin(), name.end(), '_', '-');
      return "--" + name;
    }
  return std::nullopt;
}

}  // namespace

std::vector<FlagSpec> drawing_flags() {
  std::vector<FlagSpec> flags = {
      {"policy", "PATH",
       "whose responses they are: policy.json or its folder; else the base language of "
       "token_world and contextual_bandit, elsewhere the uniform policy"}};
  add_flags(flags, option_flags(SegmentSamplerOptions{}));
  return flags;
}

DataPolicy data_policy(const PreferenceWorld& world, const Arguments& arguments) {
  if (const auto path = arguments.text("policy"))
    return {FrozenPolicy(read_policy(*path, world).policy->rows()), *path};
  if (const auto options = options_of_token_world(world.name())) {
    const auto seed = static_cast<std::uint64_t>(*arguments.integer("world_seed"));
    const TokenWorld tokens(*options, Rng(seed).split("world"));
    return {FrozenPolicy(world.model(), base_language(tokens, world.model())), "its base language"};
  }
  return {FrozenPolicy(world.make_policy({.policy_class = PolicyClass::table}, 0)->rows()),
          "the uniform policy"};
}

void refuse_fragment_flags(const PreferenceWorld& world, const Arguments& arguments) {
  if (const auto flag = given_fragment_flag(arguments))
    throw std::invalid_argument(fmt::format(
        "{} has no effect on texts of {}, which are whole responses", *flag, world.name()));
}

SegmentSamplerOptions fragment_options(const Arguments& arguments) {
  const auto options = options_from(arguments, SegmentSamplerOptions{});
  if (arguments.declares("start") && arguments.given("start") &&
      options.segment_start != SegmentStart::model)
    throw std::invalid_argument(
        "--start has no effect on segments that begin in any state; --segment-start model begins "
        "them where it says");
  return options;
}

PairSource pair_source(const PreferenceWorld& world, const FrozenPolicy& policy,
                       const Arguments& arguments, bool as_texts) {
  const std::optional<std::string> flag = given_fragment_flag(arguments);
  if (world.tree() != nullptr && as_texts) refuse_fragment_flags(world, arguments);
  if (world.tree() != nullptr && !flag) return draw_whole_responses(world, policy);
  const SegmentSamplerOptions options = fragment_options(arguments);
  if (!as_texts) return draw_fragments(world, policy, options);
  require_texts(world, "pairs of texts");
  if (options.absorbing)
    throw std::invalid_argument("--absorbing: a text ends where its episode does");
  return draw_from_one_state(world, policy, options);
}

}  // namespace rl::apps
