#pragma once
/// \file
/// What `rlbook rlhf label` may ask a person: twos of a world, drawn as its data are, or those of a
/// file, which are labelled anew.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "rl/registry.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

/// One of the two that are compared.
struct ShownSide {
  std::string text;                ///< as it stands in a file; of a segment what tells it apart
  std::optional<Segment> segment;  ///< where the world is known
};

/// The sum of its true rewards; empty where they are unknown.
std::optional<double> true_return(const ShownSide& side);

struct LabelQuestion {
  std::string prompt;
  ShownSide first, second;
};

/// The same two under the same prompt have one key, whichever stands first.
std::string key_of_two(const std::string& prompt, const std::string& a, const std::string& b);
std::string key_of_question(const LabelQuestion& question);

struct LabelQuestions {
  DataFormat format = DataFormat::pairs;  ///< pairs or segment_pairs
  std::vector<LabelQuestion> pool;        ///< in a random order, or in the file's
  std::size_t num_asked = 0;              ///< so many of the pool: the first, or by dispute
  /// The answers to some of those asked decide which others are (--active); else the first are.
  bool by_dispute = false;
  /// Asked once more at the end, the other way round: places in the pool, or, by dispute, among the
  /// answers. [--repeat]
  std::vector<std::size_t> again;
  std::optional<PreferenceWorld> world;

  std::size_t num_questions() const { return num_asked + again.size(); }
};

/// Without --active as many as are asked; with it those that can be chosen from, the same two only
/// once. Throws std::invalid_argument where there is nothing to compare, for records that do not
/// belong to the world, and for flags without effect.
LabelQuestions label_questions(const Registry& registry, const Arguments& arguments,
                               Console& console);

}  // namespace rl::apps
