#pragma once
/// \file
/// A policy on disk, policy.json: the world, the class of policies, its parameters with all digits
/// and the hash of its probabilities.
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "algorithms/preference/row_policy.hpp"
#include "apps/rlhf/preference_world.hpp"

namespace rl::apps {

inline constexpr const char* kPolicyFile = "policy.json";

/// `choice`: the class that the policy is of.
std::string policy_json(const PreferenceWorld& world, const PolicyChoice& choice,
                        const RowPolicy& policy);

struct LoadedPolicy {
  std::unique_ptr<RowPolicy> policy;
  PolicyChoice choice;
};
/// `path`: the file, or a folder that holds it. Throws std::invalid_argument, naming the file, for
/// one that is none, was changed, or is of another world.
LoadedPolicy read_policy(const std::string& path, const PreferenceWorld& world);

}  // namespace rl::apps
