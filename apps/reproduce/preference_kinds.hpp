#pragma once
/// \file
/// The kinds of preference cases, a list for each file of them; `preference_cases.cpp` joins them.
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace rl::reproduce {

struct PreferenceKind {
  std::string name;
  std::function<nlohmann::json(const nlohmann::json& inputs)> compute;
  std::string inputs;  ///< their names, blanks between; a "note" may stand beside them
};

std::vector<PreferenceKind> estimator_kinds();
std::vector<PreferenceKind> evaluation_kinds();
std::vector<PreferenceKind> identity_kinds();
std::vector<PreferenceKind> kl_kinds();
std::vector<PreferenceKind> kl_world_kinds();
std::vector<PreferenceKind> pair_loss_kinds();
std::vector<PreferenceKind> reward_model_kinds();

}  // namespace rl::reproduce
