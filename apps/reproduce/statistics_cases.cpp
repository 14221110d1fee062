#include "apps/reproduce/statistics_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "apps/reproduce/reading.hpp"
#include "rl/statistics/bootstrap.hpp"
#include "rl/statistics/curves.hpp"
#include "rl/statistics/hypothesis_tests.hpp"
#include "rl/statistics/multiple_testing.hpp"
#include "rl/statistics/power.hpp"
#include "rl/statistics/sample.hpp"
#include "rl/statistics/scores.hpp"
#include "rl/text.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

using NumberList = std::vector<double>;

// ---- reading an input ---------------------------------------------------------------------------

const json& list_of(const json& value, std::string_view what) {
  if (!value.is_array())
    throw std::invalid_argument(fmt::format("{}: expected a list, not {}", what, shown(value)));
  return value;
}

NumberList number_list(const json& value, std::string_view what) {
  NumberList x;
  for (const json& element : list_of(value, what)) x.push_back(number(element, what));
  return x;
}

NumberList number_list(const json& in, const char* key) {
  return number_list(needed(in, key), std::string_view(key));
}

double number_of(const json& in, const char* key) { return number(needed(in, key), key); }

/// [run][task or evaluation]
std::vector<NumberList> lists_of_runs(const json& in, const char* key) {
  std::vector<NumberList> runs;
  for (const json& run : list_of(needed(in, key), key))
    runs.push_back(number_list(run, std::string_view(key)));
  return runs;
}

Scores scores_of(const json& in, const char* key) { return Scores::by_run(lists_of_runs(in, key)); }

/// [resample][run], or [resample][run][task] where there are several tasks.
std::vector<Resample> resamples_of(const json& in, const char* key, const Scores& scores) {
  const auto last_run = static_cast<std::int64_t>(scores.runs()) - 1;
  std::vector<Resample> resamples;
  for (const json& resample : list_of(needed(in, key), key)) {
    Resample which;
    const auto add = [&](const json& run) {
      which.run.push_back(static_cast<std::size_t>(integer(run, key, 0, last_run)));
    };
    for (const json& row : list_of(resample, key)) {
      if (row.is_array())
        for (const json& run : row) add(run);
      else
        add(row);
    }
    resamples.push_back(std::move(which));
  }
  return resamples;
}

/// The value of `key` among the choices, by place.
std::size_t choice_of(const json& in, const char* key, std::initializer_list<std::string> choices) {
  const std::string& name = text(needed(in, key), key);
  const auto found = std::find(choices.begin(), choices.end(), name);
  if (found == choices.end())
    throw std::invalid_argument(unknown_name(key, name, std::vector<std::string>(choices)));
  return static_cast<std::size_t>(found - choices.begin());
}

Alternative alternative_of(const json& in) {
  constexpr std::array kAlternatives = {Alternative::two_sided, Alternative::greater,
                                        Alternative::less};
  return kAlternatives[choice_of(in, "alternative", {"two-sided", "greater", "less"})];
}

ScoreStatistic statistic_of(const json& in) {
  return choice_of(in, "statistic", {"mean", "iqm"}) == 0 ? mean_score : iqm_score;
}

json ends(const Interval& interval) { return {interval.low, interval.high}; }

json or_null(const std::optional<double>& x) { return x ? json(*x) : json(); }

// ---- one sample ---------------------------------------------------------------------------------

json iqm_case(const json& in) {
  check_keys(in, "input", {"x"});
  return iqm(number_list(in, "x"));
}

json trimmed_mean_case(const json& in) {
  check_keys(in, "input", {"x", "proportiontocut"});
  return trimmed_mean(number_list(in, "x"), number_of(in, "proportiontocut"));
}

json quantile_case(const json& in) {
  check_keys(in, "input", {"x", "q"});
  const NumberList x = number_list(in, "x");
  json quantiles = json::array();
  for (const double q : number_list(in, "q")) quantiles.push_back(quantile(x, q));
  return quantiles;
}

json mean_t_ci_case(const json& in) {
  check_keys(in, "input", {"x", "confidence"});
  const NumberList x = number_list(in, "x");
  return {{"mean", mean(x)},
          {"sem", standard_error(x)},
          {"ci", ends(t_interval(x, number_of(in, "confidence")))}};
}

json tolerance_case(const json& in) {
  check_keys(in, "input", {"n", "beta", "confidence"});
  constexpr std::int64_t kMostRuns = 10'000'000;
  const auto n = static_cast<std::size_t>(integer(needed(in, "n"), "n", 1, kMostRuns));
  const double content = number_of(in, "beta");
  const double confidence = number_of(in, "confidence");
  const auto of = [&](std::size_t runs, double beta) {
    const std::optional<ToleranceRank> rank = tolerance_rank(runs, beta, confidence);
    return rank ? json{rank->r, runs + 1 - rank->r, rank->confidence} : json();
  };
  // The last two stand beside it in the case, for other n and content.
  return {{"result", of(n, content)}, {"n30", of(30, content)}, {"n50_beta80", of(50, 0.8)}};
}

// ---- scores -------------------------------------------------------------------------------------

json normalise_case(const json& in) {
  check_keys(in, "input", {"x", "low", "high"});
  return normalise(number_list(in, "x"), number_of(in, "low"), number_of(in, "high"));
}

json aggregates_case(const json& in) {
  check_keys(in, "input", {"scores", "gamma"});
  const Scores scores = scores_of(in, "scores");
  return {{"mean", mean_score(scores)},
          {"median", median_score(scores)},
          {"iqm", iqm_score(scores)},
          {"optimality_gap", optimality_gap(scores, number_of(in, "gamma"))}};
}

json iqm_matrix_case(const json& in) {
  check_keys(in, "input", {"scores"});
  return iqm_score(scores_of(in, "scores"));
}

json optimality_gap_case(const json& in) {
  check_keys(in, "input", {"scores", "gamma"});
  return optimality_gap(scores_of(in, "scores"), number_of(in, "gamma"));
}

json performance_profile_case(const json& in) {
  check_keys(in, "input", {"scores", "taus", "mode"});
  const std::size_t mode =
      choice_of(in, "mode", {"score_distribution", "average_score_distribution"});
  return performance_profile(scores_of(in, "scores"), number_list(in, "taus"),
                             mode == 0 ? ProfileOf::runs : ProfileOf::task_means);
}

json prob_improvement_case(const json& in) {
  check_keys(in, "input", {"x", "y"});
  return probability_of_improvement(scores_of(in, "x"), scores_of(in, "y"));
}

// ---- bootstrap ----------------------------------------------------------------------------------

/// What both kinds of one learner give out.
struct GivenBootstrap {
  double estimate;
  NumberList theta;
  double level;
  BcaInterval bca;

  GivenBootstrap(const Scores& scores, const json& in)
      : estimate(statistic_of(in)(scores)),
        theta(replicates(scores, statistic_of(in), resamples_of(in, "indices", scores))),
        level(number_of(in, "confidence")),
        bca(bca_interval(estimate, theta,
                         std::vector<NumberList>{jackknife(scores, statistic_of(in))}, level)) {}
  json common() const {
    return {{"estimate", estimate},
            {"replicates", theta},
            {"percentile", ends(percentile_interval(theta, level))},
            {"basic", ends(basic_interval(estimate, theta, level))}};
  }
};

json bootstrap_case(const json& in) {
  check_keys(in, "input", {"x", "indices", "statistic", "confidence"});
  const GivenBootstrap bootstrap(Scores::of_one_task(number_list(in, "x")), in);
  json result = bootstrap.common();
  result["bca"] = ends(bootstrap.bca.interval);
  result["z0"] = bootstrap.bca.z0;
  result["accel"] = bootstrap.bca.acceleration;
  result["bca_probs"] = ends(bootstrap.bca.probabilities);
  return result;
}

json stratified_bootstrap_case(const json& in) {
  check_keys(in, "input", {"scores", "indices", "statistic", "confidence"});
  const GivenBootstrap bootstrap(scores_of(in, "scores"), in);
  json result = bootstrap.common();
  result["bca_row_jackknife"] = ends(bootstrap.bca.interval);
  return result;
}

json stratified_bootstrap_pair_case(const json& in) {
  check_keys(in, "input", {"x", "y", "indices_x", "indices_y", "statistic", "confidence"});
  choice_of(in, "statistic", {"prob_improvement"});
  const Scores x = scores_of(in, "x");
  const Scores y = scores_of(in, "y");
  const NumberList theta = replicates(x, y, improvement(), resamples_of(in, "indices_x", x),
                                      resamples_of(in, "indices_y", y));
  return {{"estimate", probability_of_improvement(x, y)},
          {"replicates", theta},
          {"percentile", ends(percentile_interval(theta, number_of(in, "confidence")))}};
}

// ---- tests --------------------------------------------------------------------------------------

json welch_case(const json& in) {
  check_keys(in, "input", {"a", "b", "alternative"});
  const TTest test = welch_test(number_list(in, "a"), number_list(in, "b"), alternative_of(in));
  return {{"t", test.t},
          {"df", test.degrees},
          {"p", test.p},
          {"diff", test.difference},
          {"ci95", ends(test.ci)}};
}

json paired_t_case(const json& in) {
  check_keys(in, "input", {"a", "b"});
  const TTest test = paired_t_test(number_list(in, "a"), number_list(in, "b"));
  return {{"t", test.t}, {"p", test.p}, {"df", test.degrees}};
}

json mann_whitney_case(const json& in) {
  check_keys(in, "input", {"a", "b", "alternative"});
  const NumberList a = number_list(in, "a");
  const NumberList b = number_list(in, "b");
  const MannWhitneyTest test = mann_whitney_test(a, b, alternative_of(in));
  json result = {{"U1", test.u1},
                 {"U2", test.u2},
                 {"p_asymptotic_continuity", test.p_asymptotic},
                 {"A12", probability_of_improvement(a, b)},
                 {"cliffs_delta", cliffs_delta(a, b)}};
  if (test.p_exact) result["p_exact"] = *test.p_exact;
  return result;
}

/// Every permutation, or a refusal: the cases ask for no sample.
PermutationOptions every_permutation() {
  PermutationOptions options;
  options.exact_up_to = 5'000'000;
  options.samples = 1;
  return options;
}

void refuse_samples(const PermutationTest& test) {
  if (!test.exact)
    throw std::invalid_argument(
        fmt::format("more than {} permutations", every_permutation().exact_up_to));
}

json permutation_exact_case(const json& in) {
  check_keys(in, "input", {"a", "b"});
  const PermutationTest test =
      permutation_test(number_list(in, "a"), number_list(in, "b"), Rng(0), every_permutation());
  refuse_samples(test);
  return {{"stat", test.statistic},
          {"n_perm", test.permutations},
          {"count_ge_abs", test.count_two_sided},
          {"p_two_sided_abs", test.p_two_sided},
          {"p_greater", test.p_greater},
          {"p_less", test.p_less},
          {"scipy_two_sided", test.p_doubled()}};
}

json permutation_paired_case(const json& in) {
  check_keys(in, "input", {"diff"});
  const PermutationTest test = sign_flip_test(number_list(in, "diff"), Rng(0), every_permutation());
  refuse_samples(test);
  return {
      {"stat", test.statistic}, {"n_perm", test.permutations}, {"p_two_sided", test.p_two_sided}};
}

json multiple_testing_case(const json& in) {
  check_keys(in, "input", {"p", "alpha"});
  const NumberList p = number_list(in, "p");
  const double alpha = number_of(in, "alpha");
  const auto decisions = [alpha](const NumberList& adjusted) {
    json reject = json::array();
    for (const double q : adjusted) reject.push_back(q <= alpha);
    return json{{"reject", std::move(reject)}, {"p_adj", adjusted}};
  };
  return {{"bonferroni", decisions(bonferroni_adjusted(p))},
          {"holm", decisions(holm_adjusted(p))},
          {"fdr_bh", decisions(benjamini_hochberg_adjusted(p))}};
}

json power_case(const json& in) {
  check_keys(in, "input", {"effect_size_d", "alpha", "power"});
  return {{"n_per_group", runs_to_detect(number_of(in, "effect_size_d"), number_of(in, "alpha"),
                                         number_of(in, "power"))}};
}

// ---- curves -------------------------------------------------------------------------------------

json auc_case(const json& in) {
  check_keys(in, "input", {"steps", "values"});
  const NumberList steps = number_list(in, "steps");
  const NumberList values = number_list(in, "values");
  return {{"trapezoid", area(steps, values)}, {"normalised", area_under_curve(steps, values)}};
}

json time_to_threshold_case(const json& in) {
  check_keys(in, "input", {"steps", "values", "threshold", "window"});
  const NumberList steps = number_list(in, "steps");
  const NumberList values = number_list(in, "values");
  const double threshold = number_of(in, "threshold");
  if (const auto window = in.find("window"); window != in.end()) integer(*window, "window", 1, 1);
  return {{"first_at_or_above", or_null(first_reached(steps, values, threshold))},
          {"linear_interp", or_null(first_crossing(steps, values, threshold))},
          {"sustained_from", or_null(sustained_from(steps, values, threshold))}};
}

json band_case(const json& in) {
  check_keys(in, "input", {"values", "alpha", "kind"});
  const double alpha = number_of(in, "alpha");
  const std::string kind =
      fmt::format("percentile_{:.6g}_{:.6g}", 100 * alpha / 2, 100 * (1 - alpha / 2));
  choice_of(in, "kind", {kind});
  const std::vector<NumberList> runs = lists_of_runs(in, "values");
  NumberList steps(runs.empty() ? 0 : runs[0].size());
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = static_cast<double>(i);
  const Curves curves = Curves::by_run(std::move(steps), runs);
  const Band band = percentile_band(curves, 1 - alpha);
  json means = json::array();
  json errors = json::array();
  for (std::size_t i = 0; i < curves.evaluations(); ++i) {
    means.push_back(mean(curves.at(i)));
    errors.push_back(standard_error(curves.at(i)));
  }
  return {
      {"lo", band.low}, {"mid", band.middle}, {"hi", band.high}, {"mean", means}, {"sem", errors}};
}

// ---- the table ----------------------------------------------------------------------------------

struct StatisticsKind {
  const char* name;
  json (*compute)(const json& input);
};

constexpr auto kStatisticsKinds = std::to_array<StatisticsKind>({
    {"aggregates", aggregates_case},
    {"auc", auc_case},
    {"band", band_case},
    {"bootstrap_ci_given_indices", bootstrap_case},
    {"iqm", iqm_case},
    {"iqm_matrix", iqm_matrix_case},
    {"mann_whitney", mann_whitney_case},
    {"mean_t_ci", mean_t_ci_case},
    {"multiple_testing", multiple_testing_case},
    {"normalise", normalise_case},
    {"optimality_gap", optimality_gap_case},
    {"paired_t", paired_t_case},
    {"performance_profile", performance_profile_case},
    {"permutation_exact", permutation_exact_case},
    {"permutation_paired_exact", permutation_paired_case},
    {"power", power_case},
    {"prob_improvement", prob_improvement_case},
    {"quantile", quantile_case},
    {"stratified_bootstrap_given_indices", stratified_bootstrap_case},
    {"stratified_bootstrap_pair_given_indices", stratified_bootstrap_pair_case},
    {"time_to_threshold", time_to_threshold_case},
    {"tolerance_interval", tolerance_case},
    {"trimmed_mean", trimmed_mean_case},
    {"welch_t", welch_case},
});

const StatisticsKind* statistics_kind(std::string_view name) {
  const auto found = std::find_if(kStatisticsKinds.begin(), kStatisticsKinds.end(),
                                  [&](const StatisticsKind& kind) { return kind.name == name; });
  return found == kStatisticsKinds.end() ? nullptr : &*found;
}

/// Of the number under a key: p-values, and the parts of BCa intervals.
double tolerance_under(const std::string& key) {
  constexpr double kIterated = 1e-9;
  constexpr double kPlain = 1e-12;
  const bool is_p = key == "p" || key.rfind("p_", 0) == 0 || key == "scipy_two_sided";
  const bool is_bca = key.rfind("bca", 0) == 0 || key == "z0" || key == "accel";
  return is_p || is_bca ? kIterated : kPlain;
}

bool agree_under(const std::string& key, const json& measured, const json& expected,
                 std::optional<double> tolerance) {
  if (!expected.is_object())
    return within(measured, expected, tolerance.value_or(tolerance_under(key)));
  if (!measured.is_object() || measured.size() != expected.size()) return false;
  for (const auto& item : expected.items()) {
    const auto found = measured.find(item.key());
    if (found == measured.end() || !agree_under(item.key(), *found, item.value(), tolerance))
      return false;
  }
  return true;
}

}  // namespace

std::vector<std::string> statistics_kinds() {
  std::vector<std::string> names;
  for (const StatisticsKind& kind : kStatisticsKinds) names.emplace_back(kind.name);
  return names;
}

bool is_statistics_kind(std::string_view kind) { return statistics_kind(kind) != nullptr; }

json compute_statistics(const Case& c) {
  try {
    const StatisticsKind* kind = statistics_kind(c.kind);
    if (kind == nullptr)
      throw std::invalid_argument(unknown_name("kind of statistics", c.kind, statistics_kinds()));
    return kind->compute(needed(c.whole, "input"));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", clipped(c.kind), e.what()));
  }
}

bool statistics_agree(const Case& c, const json& measured) {
  return agree_under("", measured, c.expected, c.tolerance);
}

}  // namespace rl::reproduce
