#pragma once
/// \file
/// What is known of compared responses without a world: ties, repetitions, contradictions, and
/// which responses a scale can join.
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "rl/segment.hpp"

namespace rl::apps {

/// Two responses that were compared, as texts that tell them apart.
struct Comparison {
  std::string prompt, first, second;
  double preference;  ///< P(first is the better one)
};
std::vector<Comparison> comparisons_of(std::span<const PreferencePair> pairs);
/// All under one prompt.
std::vector<Comparison> comparisons_of(std::span<const SegmentPair> pairs);

struct ComparisonFacts {
  std::size_t comparisons = 0;
  std::size_t prompts = 0;
  std::size_t responses = 0;  ///< different ones, of a prompt
  std::size_t ties = 0;
  std::size_t soft = 0;            ///< labels that are neither 0, 1/2 nor 1
  std::size_t same = 0;            ///< of a response with itself
  std::size_t repeated = 0;        ///< said before, with the same answer
  std::size_t contradictions = 0;  ///< twos of which each is preferred somewhere
  /// Prompts whose responses fall into groups that were never compared with one another: no scale
  /// joins them.
  std::size_t disconnected = 0;
  std::size_t groups = 0;  ///< of all prompts
};
ComparisonFacts comparison_facts(std::span<const Comparison> comparisons);

/// What tells a segment from others: states and actions.
std::string segment_key(const Segment& segment);

}  // namespace rl::apps
