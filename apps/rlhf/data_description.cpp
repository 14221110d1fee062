#include "apps/rlhf/data_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "algorithms/preference/annotator.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/comparison_facts.hpp"
#include "apps/rlhf/data_texts.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

std::size_t word_count(const std::string& text) {
  std::istringstream words(text);
  std::size_t n = 0;
  for (std::string word; words >> word;) ++n;
  return n;
}

class DataDescriber {
 public:
  DataDescriber(const PreferenceData& data, const PreferenceWorld* world)
      : data_(data), world_(world) {}

  DataDescription operator()() {
    made_.summary.add("format", std::string(format_name(data_.format)));
    made_.summary.add("records", data_.size());
    switch (data_.format) {
      case DataFormat::pairs:
      case DataFormat::response_pairs:
        describe_pairs();
        break;
      case DataFormat::segment_pairs:
        describe_segments();
        break;
      case DataFormat::labelled:
        describe_labelled();
        break;
      case DataFormat::demonstrations:
      case DataFormat::prompts:
        describe_lone();
        break;
    }
    return std::move(made_);
  }

 private:
  void describe_pairs() {
    if (data_.format == DataFormat::response_pairs)
      made_.summary.add("sft targets", data_.demonstrations.size());
    LengthRange chosen, rejected;
    for (const PreferencePair& pair : data_.pairs) {
      chosen.add(word_count(pair.chosen));
      rejected.add(word_count(pair.rejected));
    }
    const ComparisonFacts facts = comparison_facts(comparisons_of(data_.pairs));
    made_.summary.add("prompts", facts.prompts);
    made_.summary.add("responses", facts.responses);
    made_.summary.add("words of chosen", chosen);
    made_.summary.add("words of rejected", rejected);
    describe_comparisons(facts);
    made_.summary.add("prompts in groups", facts.disconnected);
    made_.summary.add("groups", facts.groups);
    if (facts.disconnected > 0)
      made_.warnings.push_back(fmt::format(
          "the responses to {} fall into groups that were never compared with each other: "
          "Bradley-Terry sets no scale between these ({} groups, {} prompts)",
          plural(facts.disconnected, "prompt"), facts.groups, facts.prompts));
    if (world_) check_in_world();
  }

  void describe_segments() {
    LengthRange lengths;
    std::size_t unequal = 0;
    std::size_t rewarded = 0;
    std::size_t one_start = 0;
    for (const SegmentPair& pair : data_.segments) {
      for (const Segment* segment : {&pair.first, &pair.second}) {
        lengths.add(segment->length());
        if (!segment->rewards.empty()) ++rewarded;
      }
      if (pair.first.length() != pair.second.length()) ++unequal;
      if (pair.first.states.front() == pair.second.states.front()) ++one_start;
    }
    const ComparisonFacts facts = comparison_facts(comparisons_of(data_.segments));
    made_.summary.add("different segments", facts.responses);
    made_.summary.add("steps", lengths);
    made_.summary.add("pairs of unequal length", unequal);
    made_.summary.add("pairs from one state", one_start);
    made_.summary.add("segments with rewards", rewarded);
    describe_comparisons(facts);
    if (world_) check_in_world();
  }

  void describe_comparisons(const ComparisonFacts& facts) {
    made_.summary.add("ties", facts.ties);
    made_.summary.add("soft labels", facts.soft);
    made_.summary.add("same response twice", facts.same);
    made_.summary.add("duplicates", facts.repeated);
    made_.summary.add("contradictions", facts.contradictions);
    if (facts.comparisons > 0 && facts.ties == facts.comparisons)
      made_.warnings.emplace_back("all are ties: there is no preference to learn from");
  }

  void refuse_world() const {
    if (world_)
      throw std::invalid_argument(
          fmt::format("--env has no effect on {}: nothing is compared", format_name(data_.format)));
  }

  void describe_labelled() {
    refuse_world();
    LengthRange lengths;
    std::set<std::string> prompts;
    std::set<std::pair<std::string, std::string>> responses;
    std::size_t good = 0;
    for (const LabelledCompletion& record : data_.labelled) {
      lengths.add(word_count(record.completion));
      prompts.insert(record.prompt);
      responses.emplace(record.prompt, record.completion);
      if (record.label) ++good;
    }
    made_.summary.add("prompts", prompts.size());
    made_.summary.add("responses", responses.size());
    made_.summary.add("words", lengths);
    made_.summary.add("good", good);
    made_.summary.add("bad", data_.size() - good);
    made_.summary.add("contradictions", labelled_both_ways());
    if (good == 0 || good == data_.size())
      made_.warnings.emplace_back("all have one label: there is nothing to tell apart");
  }

  std::size_t labelled_both_ways() const {
    std::map<std::pair<std::string, std::string>, std::set<bool>> labels;
    for (const LabelledCompletion& record : data_.labelled)
      labels[{record.prompt, record.completion}].insert(record.label);
    return static_cast<std::size_t>(std::count_if(
        labels.begin(), labels.end(), [](const auto& of) { return of.second.size() > 1; }));
  }

  void describe_lone() {
    refuse_world();
    LengthRange lengths;
    std::set<std::string> prompts(data_.prompts.begin(), data_.prompts.end());
    std::set<std::pair<std::string, std::string>> responses;
    for (const Demonstration& shown : data_.demonstrations) {
      lengths.add(word_count(shown.completion));
      prompts.insert(shown.prompt);
      responses.emplace(shown.prompt, shown.completion);
    }
    made_.summary.add("prompts", prompts.size());
    if (lengths.empty()) return;
    made_.summary.add("responses", responses.size());
    made_.summary.add("words", lengths);
  }

  /// How often the labels agree with the world's own rewards; records that are not of this world.
  void check_in_world() {
    const Annotator truth{AnnotatorOptions{}};
    std::size_t strange = 0;
    std::size_t unpaid = 0;
    std::size_t decided = 0;
    double agreed = 0;
    std::string first_strange;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      try {
        const SegmentPair pair = pair_in_world(i);
        if (pair.first.rewards.empty() || pair.second.rewards.empty()) {
          ++unpaid;
          continue;
        }
        const double delta = truth.score(pair.first) - truth.score(pair.second);
        if (pair.preference == 0.5 || delta == 0) continue;
        ++decided;
        agreed += (pair.preference > 0.5) == (delta > 0) ? 1 : 0;
      } catch (const std::invalid_argument& e) {
        if (strange++ == 0) first_strange = fmt::format("{}: {}", data_.place(i), e.what());
      }
    }
    made_.summary.add("not of the world", strange);
    if (unpaid > 0) made_.summary.add("without rewards", unpaid);
    made_.summary.add("decided by rewards", decided);
    if (decided > 0) made_.summary.add("agree with rewards", agreed / static_cast<double>(decided));
    if (strange > 0)
      made_.warnings.push_back(fmt::format("{} not of {}; {}", plural(strange, "record"),
                                           world_->name(), first_strange));
  }

  SegmentPair pair_in_world(std::size_t i) const {
    if (data_.format != DataFormat::segment_pairs) return segment_pair(*world_, data_.pairs[i]);
    SegmentPair pair = data_.segments[i];
    for (Segment* segment : {&pair.first, &pair.second}) {
      require_segment_of(*world_, *segment);
      fill_in_rewards(*world_, *segment);
    }
    return pair;
  }

  const PreferenceData& data_;
  const PreferenceWorld* world_;
  DataDescription made_;
};

}  // namespace

DataDescription describe_data(const PreferenceData& data, const PreferenceWorld* world) {
  return DataDescriber(data, world)();
}

}  // namespace rl::apps
