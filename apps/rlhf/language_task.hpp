#pragma once
/// \file
/// The small language world with what stands before learning from preferences: a base language,
/// demonstrations of somewhat better responses, and the policy that imitates them (SFT), which is
/// the reference of all that follows. Gold rewards and all responses are known.
#include <cstdint>
#include <vector>

#include "algorithms/preference/response_tree.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "envs/token_world.hpp"
#include "rl/policy.hpp"
#include "rl/problem.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

struct LanguageOptions {
  TokenWorldOptions world = {};
  int demonstrations = 200;   ///< to each prompt
  double demonstrator = 0.7;  ///< they are drawn from base exp(demonstrator gold) / Z
  double laplace = 1;         ///< pseudo-count of each token in the SFT policy
  std::uint64_t seed = 0;     ///< of the world's words and the base language
};

struct LanguageTask {
  TokenWorld world;
  Problem problem;
  ResponseTree tree;  ///< pays gold
  Contexts bigrams;   ///< (prompt, previous token): the class of all learned policies
  FrozenPolicy base;
  std::vector<Segment> demonstrations;
  FrozenPolicy reference;  ///< SFT
};

/// Demonstrations are drawn from the stream of the same seed.
LanguageTask make_language_task(const LanguageOptions& options = {});

/// The base language of a world: bigrams that are drawn with it. `model`: the world's.
TabularPolicy base_language(const TokenWorld& world, const FiniteMdp& model);

}  // namespace rl::apps
