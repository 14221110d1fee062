#include "apps/rlhf/comparison_facts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <utility>

#include "apps/rlhf/data_texts.hpp"

namespace rl::apps {

namespace {

/// Groups that join when two of their items are compared.
class ResponseGroups {
 public:
  std::size_t add() {
    parent_.push_back(parent_.size());
    return parent_.size() - 1;
  }
  void join(std::size_t i, std::size_t j) { parent_[root(i)] = root(j); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }

 private:
  std::vector<std::size_t> parent_;
};

/// What was said of one two of responses, the smaller text first.
struct SaidOfTwo {
  std::set<double> answers;
  bool first_won = false, second_won = false;
};

}  // namespace

std::string segment_key(const Segment& segment) {
  return fmt::format("{}|{}", fmt::join(segment.states, " "), fmt::join(segment.actions, " "));
}

std::vector<Comparison> comparisons_of(std::span<const PreferencePair> pairs) {
  std::vector<Comparison> made;
  for (const PreferencePair& pair : pairs)
    made.push_back({pair.prompt, pair.chosen, pair.rejected, preference_of_pair(pair)});
  return made;
}

std::vector<Comparison> comparisons_of(std::span<const SegmentPair> pairs) {
  std::vector<Comparison> made;
  for (const SegmentPair& pair : pairs)
    made.push_back(
        {std::string(), segment_key(pair.first), segment_key(pair.second), pair.preference});
  return made;
}

ComparisonFacts comparison_facts(std::span<const Comparison> comparisons) {
  ComparisonFacts facts;
  facts.comparisons = comparisons.size();
  using Two = std::pair<std::size_t, std::size_t>;
  std::map<std::pair<std::string, std::string>, std::size_t> number_of;  // (prompt, response)
  std::map<Two, SaidOfTwo> said;
  ResponseGroups groups;
  const auto number = [&](const std::string& prompt, const std::string& response) {
    const auto place = number_of.emplace(std::pair(prompt, response), number_of.size());
    if (place.second) groups.add();
    return place.first->second;
  };
  for (const Comparison& c : comparisons) {
    std::size_t i = number(c.prompt, c.first);
    std::size_t j = number(c.prompt, c.second);
    double p = c.preference;
    if (p == 0.5) ++facts.ties;
    if (p != 0 && p != 0.5 && p != 1) ++facts.soft;
    if (i == j) {
      ++facts.same;
      continue;
    }
    groups.join(i, j);
    if (i > j) {
      std::swap(i, j);
      p = 1 - p;
    }
    SaidOfTwo& of_two = said[{i, j}];
    if (!of_two.answers.insert(p).second) ++facts.repeated;
    of_two.first_won = of_two.first_won || p > 0.5;
    of_two.second_won = of_two.second_won || p < 0.5;
  }
  for (const auto& two : said)
    if (two.second.first_won && two.second.second_won) ++facts.contradictions;
  facts.responses = number_of.size();
  std::map<std::string, std::set<std::size_t>> groups_of;
  for (const auto& response : number_of)
    groups_of[response.first.first].insert(groups.root(response.second));
  facts.prompts = groups_of.size();
  for (const auto& prompt : groups_of) {
    facts.groups += prompt.second.size();
    if (prompt.second.size() > 1) ++facts.disconnected;
  }
  return facts;
}

}  // namespace rl::apps
