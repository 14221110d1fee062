// The tests of rl/experiment/summary.hpp: each pair of learners in each world.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "rl/experiment/run_curve.hpp"
#include "rl/experiment/summary.hpp"
#include "rl/statistics/hypothesis_tests.hpp"
#include "rl/statistics/multiple_testing.hpp"
#include "rl/statistics/scores.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

/// Names in options and in text.
template <class T>
struct Named {
  T value;
  const char* option;
  const char* text;
};
constexpr Named<PairTest> kPairTests[] = {{PairTest::welch, "welch", "Welch"},
                                          {PairTest::paired_t, "paired_t", "paired t"},
                                          {PairTest::mann_whitney, "mann_whitney", "Mann-Whitney"},
                                          {PairTest::permutation, "permutation", "permutation"}};
constexpr Named<Adjustment> kAdjustments[] = {
    {Adjustment::holm, "holm", "Holm"},
    {Adjustment::bonferroni, "bonferroni", "Bonferroni"},
    {Adjustment::benjamini_hochberg, "benjamini_hochberg", "Benjamini-Hochberg"},
    {Adjustment::none, "none", "no adjustment"}};

template <class T, std::size_t n>
T named(const Named<T> (&all)[n], const std::string& kind, const std::string& name) {
  std::vector<std::string> options;
  for (const Named<T>& one : all) {
    if (canonical_name(name) == one.option) return one.value;
    options.emplace_back(one.option);
  }
  throw std::invalid_argument(unknown_name(kind, name, options));
}

constexpr Named<IntervalMethod> kIntervalMethods[] = {
    {IntervalMethod::percentile, "percentile", "percentile"},
    {IntervalMethod::basic, "basic", "basic"},
    {IntervalMethod::bca, "bca", "BCa"}};

template <class T, std::size_t n>
const Named<T>& entry_of(const Named<T> (&all)[n], T value) {
  return *std::find_if(std::begin(all), std::end(all),
                       [&](const Named<T>& x) { return x.value == value; });
}

/// Final scores by seed of one learner in one world.
using SeedScores = std::map<std::uint64_t, double>;

SeedScores seed_scores(const Results& o, std::size_t learner, std::size_t world) {
  SeedScores scores;
  for (std::size_t s = 0; s < o.seeds.size(); ++s)
    if (const auto curve =
            run_curve(o.budget, evaluation_metric("eval/score"), o.run(learner, world, s)))
      scores[o.seeds[s]] = curve->final;
  return scores;
}

std::vector<double> without_seeds(const SeedScores& scores) {
  std::vector<double> x;
  for (const auto& [seed, score] : scores) x.push_back(score);
  return x;
}

/// Two learners in one world.
struct Sample {
  std::vector<double> a, b;
};

/// What both have, seed by seed. Where scores come from elsewhere a missing partner is an error;
/// else a run was cut off.
Sample pairs_of(const SeedScores& a, const SeedScores& b, bool complete, const SummaryPair& pair) {
  Sample sample;
  for (const auto& [seed, score] : a) {
    if (const auto partner = b.find(seed); partner != b.end()) {
      sample.a.push_back(score);
      sample.b.push_back(partner->second);
    }
  }
  if (complete && (sample.a.size() != a.size() || sample.b.size() != b.size()))
    throw std::invalid_argument(
        fmt::format("a paired test needs the same seeds for {} and {} in {}", pair.a, pair.b,
                    pair.environment));
  return sample;
}

void test_means(SummaryPair& pair, const TTest& test, const char* ci_name) {
  pair.difference = test.difference;
  pair.ci = test.ci;
  pair.ci_name = ci_name;
  pair.p = test.p;
}

void test_pair(SummaryPair& pair, const Sample& x, const SummaryOptions& options) {
  if (options.test == PairTest::paired_t) {
    test_means(pair, paired_t_test(x.a, x.b, Alternative::two_sided, options.level), "paired t");
    return;
  }
  test_means(pair, welch_test(x.a, x.b, Alternative::two_sided, options.level), "Welch t");
  if (options.test == PairTest::mann_whitney) pair.p = mann_whitney_test(x.a, x.b).p;
  if (options.test == PairTest::permutation) {
    if (x.a.size() != x.b.size())
      throw std::invalid_argument(
          fmt::format("a permutation test needs equal n: {} has {}, {} has {} in {}", pair.a,
                      x.a.size(), pair.b, x.b.size(), pair.environment));
    const Rng rng = Rng(0).split("permutation").split(pair.environment).split(pair.a).split(pair.b);
    pair.p = permutation_test(x.a, x.b, rng).p_two_sided;
  }
}

std::vector<double> adjusted(const std::vector<double>& p, Adjustment how) {
  switch (how) {
    case Adjustment::holm:
      return holm_adjusted(p);
    case Adjustment::bonferroni:
      return bonferroni_adjusted(p);
    case Adjustment::benjamini_hochberg:
      return benjamini_hochberg_adjusted(p);
    case Adjustment::none:
      break;
  }
  return p;
}

/// By the means, or by ranks where the test is of ranks.
bool a_is_ahead(const SummaryPair& pair, PairTest test) {
  return test == PairTest::mann_whitney ? pair.p_improvement > 0.5 : pair.difference > 0;
}

void decide(std::vector<SummaryPair>& pairs, const SummaryOptions& options) {
  std::vector<double> p;
  for (const SummaryPair& pair : pairs) p.push_back(pair.p);
  const std::vector<double> all = adjusted(p, options.adjustment);
  for (std::size_t i = 0; i < p.size(); ++i) {
    SummaryPair& pair = pairs[i];
    pair.p_adjusted = all[i];
    pair.decision =
        all[i] >= 1 - options.level
            ? "no evidence of a difference"
            : fmt::format("{} is better", a_is_ahead(pair, options.test) ? pair.a : pair.b);
  }
}

}  // namespace

std::vector<SummaryPair> compare_pairs(const Results& o, const SummaryOptions& options) {
  std::vector<SummaryPair> pairs;
  for (std::size_t w = 0; w < o.worlds.size(); ++w) {
    std::vector<SeedScores> scores;
    for (std::size_t l = 0; l < o.learners.size(); ++l) scores.push_back(seed_scores(o, l, w));
    for (std::size_t i = 0; i < scores.size(); ++i)
      for (std::size_t k = i + 1; k < scores.size(); ++k) {
        SummaryPair pair{
            .a = o.learners[i].label(), .b = o.learners[k].label(), .environment = o.worlds[w]};
        const Sample x = options.paired()
                             ? pairs_of(scores[i], scores[k], o.scores_only, pair)
                             : Sample{without_seeds(scores[i]), without_seeds(scores[k])};
        if (x.a.size() < 2 || x.b.size() < 2) continue;
        pair.p_improvement = probability_of_improvement(x.a, x.b);
        test_pair(pair, x, options);
        pairs.push_back(std::move(pair));
      }
  }
  decide(pairs, options);
  return pairs;
}

PairTest pair_test(const std::string& option) { return named(kPairTests, "test", option); }
std::string option_name(PairTest test) { return entry_of(kPairTests, test).option; }
std::string name_of(PairTest test) { return entry_of(kPairTests, test).text; }

Adjustment adjustment(const std::string& option) {
  return named(kAdjustments, "adjustment", option);
}
std::string option_name(Adjustment adjustment) { return entry_of(kAdjustments, adjustment).option; }
std::string name_of(Adjustment adjustment) { return entry_of(kAdjustments, adjustment).text; }

IntervalMethod interval_method(const std::string& option) {
  return named(kIntervalMethods, "interval", option);
}
std::string option_name(IntervalMethod method) { return entry_of(kIntervalMethods, method).option; }

}  // namespace rl
