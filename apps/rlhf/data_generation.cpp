#include "apps/rlhf/data_generation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/reward_model.hpp"
#include "apps/rlhf/data_conversion.hpp"
#include "apps/rlhf/data_drawing.hpp"
#include "apps/rlhf/data_texts.hpp"
#include "apps/rlhf/option_flags.hpp"
#include "apps/rlhf/reward_file.hpp"
#include "rl/policy.hpp"
#include "rl/random.hpp"
#include "rl/segment.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

namespace {

/// How many of n go to each share, by the largest remainders.
std::vector<std::size_t> counts_by_share(std::size_t n, std::span<const double> shares) {
  std::vector<std::size_t> counts, order(shares.size());
  for (const double share : shares)
    counts.push_back(static_cast<std::size_t>(share * static_cast<double>(n) + 1e-9));
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto lost = [&](std::size_t i) {
    return shares[i] * static_cast<double>(n) - static_cast<double>(counts[i]);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t i, std::size_t j) { return lost(i) > lost(j) + 1e-9; });
  const std::size_t given = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  for (std::size_t k = 0; k + given < n; ++k) ++counts[order[k % order.size()]];
  return counts;
}

template <class Record>
void append(std::vector<Record>& records, std::vector<Record> more) {
  records.insert(records.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
}

class DataMaker {
 public:
  DataMaker(const PreferenceWorld& world, DataFormat format, const Arguments& arguments,
            const std::function<bool()>& interrupted)
      : world_(world),
        format_(format),
        arguments_(arguments),
        interrupted_(interrupted),
        rng_(static_cast<std::uint64_t>(*arguments.integer("seed"))) {}

  GeneratedData operator()() {
    made_.summary.add("environment", world_.name());
    made_.summary.add("format", shown_format(format_));
    made_.data.format = format_;
    if (format_ == DataFormat::prompts)
      make_prompts();
    else if (format_ == DataFormat::demonstrations)
      make_demonstrations();
    else
      make_comparisons();
    if (made_.missing > 0) made_.summary.add("missing", made_.missing);
    return std::move(made_);
  }

 private:
  /// --num; else 200 to each prompt, as the experiments have it.
  std::size_t number_of_texts() const {
    constexpr std::size_t kToEachPrompt = 200;
    return number_of_records(world_.tree() == nullptr
                                 ? kUsualPairs
                                 : kToEachPrompt *
                                       static_cast<std::size_t>(world_.tree()->num_prompts()));
  }
  std::size_t number_of_records(std::size_t usual) const {
    constexpr std::int64_t kMostRecords = 10'000'000;
    return static_cast<std::size_t>(
        arguments_.integer("num", 1, kMostRecords).value_or(static_cast<std::int64_t>(usual)));
  }

  // ---- as far as Ctrl-C lets --------------------------------------------------------------------

  /// n of what draw(rng) makes.
  template <class Draw>
  auto drawn(std::size_t n, const Rng& rng, Draw&& draw) const {
    std::vector<decltype(draw(std::declval<Rng&>()))> records;
    for (std::size_t i = 0; i < n && !interrupted_(); ++i) {
      Rng stream = rng.split(i);
      records.push_back(draw(stream));
    }
    return records;
  }

  void count(std::size_t there, std::size_t wanted) {
    if (there == 0) throw Interrupted();
    made_.wanted = wanted;
    made_.missing = wanted - there;
  }

  // ---- prompts and demonstrations ---------------------------------------------------------------

  void make_prompts() {
    const std::size_t n = number_of_texts();
    made_.data.prompts = drawn(n, rng_.split("prompts"), [this](Rng& rng) {
      return world_.problem().picture.state_name(world_.model().sample_start(rng));
    });
    count(made_.data.prompts.size(), n);
    made_.summary.add("prompts", made_.data.prompts.size());
  }

  void make_demonstrations() {
    const DataPolicy policy = data_policy(world_, arguments_);
    made_.summary.add("policy", policy.name);
    const std::size_t wanted = number_of_texts();
    const std::vector<Segment> shown = world_.tree() != nullptr
                                           ? shown_responses(*world_.tree(), policy.policy, wanted)
                                           : shown_fragments(policy.policy, wanted);
    count(shown.size(), wanted);
    double length = 0;
    double reward = 0;
    for (const Segment& segment : shown) {
      length += static_cast<double>(segment.length());
      reward += std::accumulate(segment.rewards.begin(), segment.rewards.end(), 0.0);
      made_.data.demonstrations.push_back(
          {world_.prompt_text(segment), PreferenceWorld::completion_text(segment)});
    }
    const auto n = static_cast<double>(shown.size());
    made_.summary.add("demonstrations", shown.size());
    made_.summary.add("mean length", length / n);
    made_.summary.add("mean true reward", reward / n);
  }

  /// Prompt by prompt, from policy exp(demonstrator reward) / Z.
  std::vector<Segment> shown_responses(const ResponseTree& tree, const FrozenPolicy& policy,
                                       std::size_t n) {
    refuse_fragment_flags(world_, arguments_);
    const double demonstrator = *arguments_.number("demonstrator", {0, 1e6});
    const FrozenPolicy shows =
        demonstrator > 0 ? tree.tilted(policy.rows(), 1 / demonstrator).policy : policy;
    made_.summary.add("demonstrator", demonstrator);
    const EpisodeSampler sampler(world_.model(), table_of(shows.rows()),
                                 world_.model().num_states());
    const std::vector<std::size_t> counts = counts_by_share(n, tree.weights());
    const Rng rng = rng_.split("demonstrations");
    std::vector<Segment> shown;
    for (std::size_t x = 0; x < counts.size(); ++x) {
      const State start = tree.start(static_cast<std::int32_t>(x));
      append(shown, drawn(counts[x], rng.split(x),
                          [&](Rng& stream) { return sampler.sample(start, stream); }));
    }
    return shown;
  }

  /// Without a list of responses the policy itself shows, and an end may come early.
  std::vector<Segment> shown_fragments(const FrozenPolicy& policy, std::size_t n) const {
    require_texts(world_, "demonstrations");
    if (arguments_.given("demonstrator"))
      throw std::invalid_argument(fmt::format(
          "--demonstrator: the responses of {} cannot be listed; --policy gives a better one",
          world_.name()));
    const SegmentSamplerOptions options = fragment_options(arguments_);
    const EpisodeSampler sampler(started_as(world_.model(), options.segment_start),
                                 table_of(policy.rows()), options.fragment_length);
    return drawn(n, rng_.split("demonstrations"),
                 [&](Rng& stream) { return sampler.sample(stream); });
  }

  // ---- comparisons ------------------------------------------------------------------------------

  void make_comparisons() {
    const auto options = options_from(arguments_, AnnotatorOptions{});
    const Annotator annotator =
        options.annotator == AnnotatorKind::regret
            ? Annotator(options, optimal_advantages(world_.model(), world_.problem().gamma))
            : Annotator(options);
    const DataPolicy policy = data_policy(world_, arguments_);
    const PairSource draw =
        pair_source(world_, policy.policy, arguments_, format_ != DataFormat::segment_pairs);
    const std::size_t n = number_of_records(kUsualPairs);
    std::vector<SegmentPair> pairs;
    if (arguments_.given("active")) {
      pairs = disputed_pairs(n, draw, annotator);
    } else {
      pairs = drawn(n, rng_.split("pairs"), draw);
      annotate(annotator, pairs, rng_.split("labels"));
    }
    count(pairs.size(), n);
    made_.summary.add("policy", policy.name);
    describe_labels(annotator, pairs);
    keep(annotator, std::move(pairs));
  }

  /// The first iteration asks at random; each later one about what the models of all answers so far
  /// disagree about.
  std::vector<SegmentPair> disputed_pairs(std::size_t n, const PairSource& draw,
                                          const Annotator& annotator) {
    const auto query = options_from(arguments_, QueryOptions{});
    const auto active = options_from(arguments_, ActiveOptions{});
    const RewardFeatures features = reward_features_of(
        world_, arguments_.text("features").value_or(reward_feature_names(world_).front()));
    const PairSource draw_unless_interrupted = [&](Rng& rng) {
      if (interrupted_()) throw Interrupted();
      return draw(rng);
    };
    const std::vector<std::size_t> shares = query_shares(query.query_schedule, n, query.iterations);
    std::vector<SegmentPair> pairs;
    try {
      for (std::size_t t = 0; t < shares.size() && !interrupted_(); ++t) {
        const Rng rng = rng_.split("pairs").split(t);
        std::vector<SegmentPair> asked =
            pairs.empty()
                ? drawn(shares[t], rng, draw)
                : sample_disputed_pairs(shares[t], draw_unless_interrupted,
                                        log_odds_of(features, pairs, annotator, t), active, rng);
        annotate(annotator, asked, rng_.split("labels").split(t));
        append(pairs, std::move(asked));
      }
    } catch (const Interrupted&) {  // the iterations before it stand
    }
    made_.summary.add("active", *arguments_.text("active"));
    made_.summary.add("features", features.name);
    return pairs;
  }

  MemberLogOdds log_odds_of(const RewardFeatures& features, const std::vector<SegmentPair>& pairs,
                            const Annotator& annotator, std::size_t t) const {
    constexpr int kMembers = 5;
    constexpr double kRidge = 0.3;
    const double discount = annotator.options().discount;
    const double rationality = annotator.options().rationality;
    const RewardFitOptions fit{.discount = discount,
                               .loss = {.l2 = kRidge, .rationality = rationality},
                               .allow_variable_horizon = true};
    const auto ensemble = std::make_shared<const RewardEnsemble>(
        fit_reward_ensemble(features, pairs, fit, kMembers, rng_.split("ensemble").split(t)));
    return [ensemble, discount, rationality](std::span<const SegmentPair> candidates) {
      return member_log_odds(*ensemble, candidates, discount, rationality);
    };
  }

  void describe_labels(const Annotator& annotator, const std::vector<SegmentPair>& pairs) {
    const LabelStatistics labels = label_statistics(annotator, pairs);
    const auto ties = std::count_if(pairs.begin(), pairs.end(),
                                    [](const SegmentPair& p) { return p.preference == 0.5; });
    made_.summary.add("pairs", pairs.size());
    made_.summary.add("ties", static_cast<std::size_t>(ties));
    made_.summary.add("label entropy", labels.entropy);
    made_.summary.add("accuracy ceiling", labels.accuracy_ceiling);
  }

  void keep(const Annotator& annotator, std::vector<SegmentPair> pairs) {
    if (format_ == DataFormat::segment_pairs) {
      made_.data.segments = std::move(pairs);
      return;
    }
    for (const SegmentPair& pair : pairs) {
      PreferencePair made = text_pair(world_, pair);
      if (arguments_.is_on("scores")) {
        const bool first = pair.preference >= 0.5;
        made.chosen_score = annotator.score(first ? pair.first : pair.second);
        made.rejected_score = annotator.score(first ? pair.second : pair.first);
      }
      made_.data.pairs.push_back(std::move(made));
    }
    if (format_ != DataFormat::labelled) return;
    made_.data.file = world_.name();
    made_.data.format = DataFormat::pairs;
    made_.data = converted(made_.data, DataFormat::labelled, nullptr).data;
    made_.summary.add("labelled", made_.data.size());
  }

  static constexpr std::size_t kUsualPairs = 1000;

  const PreferenceWorld& world_;
  DataFormat format_;
  const Arguments& arguments_;
  const std::function<bool()>& interrupted_;
  Rng rng_;
  GeneratedData made_;
};

}  // namespace

GeneratedData generate_data(const PreferenceWorld& world, DataFormat format,
                            const Arguments& arguments, const std::function<bool()>& interrupted) {
  return DataMaker(world, format, arguments, interrupted)();
}

}  // namespace rl::apps
