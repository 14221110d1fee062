#pragma once
/// \file
/// --loss-type and its options: the losses of pairs that were asked for, added with their weights.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "algorithms/preference/pair_losses.hpp"
#include "apps/arguments.hpp"

namespace rl::apps {

std::vector<std::string> all_pair_losses();

/// The options of these losses, each name once; without defaults, which differ from loss to loss.
std::vector<FlagSpec> loss_flags(const std::vector<std::string>& names);

class ChosenLosses {
 public:
  /// Throws std::invalid_argument for an option that none of these losses has, and where
  /// --loss-weights are not as many.
  ChosenLosses(std::vector<std::string> names, const Arguments& arguments);

  const PairLossFunction& loss() const { return loss_; }
  bool needs_reference() const { return needs_reference_; }
  /// What rewards/chosen is ln pi / pi_ref times.
  double reward_scale() const { return scale_; }
  bool has(const std::string& name) const;
  /// One compares sums of log-ratios, which grow with a response's length, by IPO.
  bool sums_ipo() const { return sums_ipo_; }
  /// Names, weights and all options.
  const nlohmann::ordered_json& identity() const { return identity_; }

 private:
  void check_options(const Arguments& arguments) const;

  std::vector<std::string> names_;
  PairLossFunction loss_;
  bool needs_reference_ = false;
  bool sums_ipo_ = false;
  double scale_ = 1;
  nlohmann::ordered_json identity_ = nlohmann::ordered_json::array();
};

}  // namespace rl::apps
