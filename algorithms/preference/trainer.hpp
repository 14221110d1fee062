#pragma once
/// \file
/// Trainer: a policy that is improved step by step, by whatever method; to be watched, saved and
/// gone on with to the bit.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "algorithms/preference/row_policy.hpp"
#include "rl/state.hpp"

namespace rl {

/// Numbers of a step by the names that users of the known trainers expect: "rewards/chosen".
using Metrics = std::vector<std::pair<std::string, double>>;

/// NaN where there is none of that name.
double metric(const Metrics& metrics, std::string_view name);

class Trainer {
 public:
  virtual ~Trainer() = default;
  /// One step; false, and nothing changes, after the last one.
  virtual bool advance() = 0;
  virtual std::int64_t steps() const = 0;
  virtual const RowPolicy& policy() const = 0;
  /// Of the last step; empty before the first.
  virtual const Metrics& metrics() const = 0;
  /// Everything that a step depends on, beside the options and the data.
  virtual std::string save() = 0;
  /// Throws std::invalid_argument, naming the field, for bytes of another trainer.
  virtual void load(std::string_view bytes) = 0;
};

}  // namespace rl
