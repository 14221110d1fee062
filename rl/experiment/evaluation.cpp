#include "rl/experiment/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace rl {

namespace {

double score_of(const Truth& truth, double j) {
  if (!has_score(truth.random_return, truth.optimal_return)) return kNoNumber;
  const double score = (j - truth.random_return) / (truth.optimal_return - truth.random_return);
  const bool placed = score < std::numeric_limits<double>::infinity();  // neither +infinity nor NaN
  return placed ? std::max(0.0, score) : kNoNumber;
}

/// Of all learners and evaluations of a world: the same episodes begin in the same way.
Rng judging_stream() { return Rng(0).split("judge"); }

/// After so many steps a judged episode is cut.
std::int64_t judged_steps(const Problem& problem) {
  constexpr double kHidden = 1e-9;  // discount below which rewards no longer show
  const double gamma = problem.continuous->return_gamma;
  const double horizon =
      gamma < 1 ? std::ceil(std::log(kHidden) / std::log(gamma)) : double{kLongestJudged};
  return std::min({problem.episode_steps, kLongestJudged, static_cast<std::int64_t>(horizon)});
}

}  // namespace

bool has_score(double random_return, double optimal_return) {
  const double rounding = 1e-9 * std::max(1.0, std::abs(optimal_return));
  return std::isfinite(random_return) && std::isfinite(optimal_return) &&
         optimal_return - random_return > rounding;
}

Judge::Judge(Problem problem, TruthFunction truth)
    : problem_(std::move(problem)),
      truth_(std::move(truth)),
      answers_(std::make_unique<Answer[]>(problem_.changing ? problem_.changing->models().size()
                                                            : std::size_t{1})) {
  of_model(0);
}

const Truth& Judge::truth(std::int64_t steps) const {
  if (!problem_.changing) return of_model(0);
  const std::vector<std::int64_t>& at = problem_.changing->at_step();
  return of_model(
      static_cast<std::size_t>(std::upper_bound(at.begin(), at.end(), steps) - at.begin()));
}

const Truth& Judge::of_model(std::size_t i) const {
  Answer& answer = answers_[i];
  const std::lock_guard lock(answer.mutex);
  if (!answer.truth && problem_.continuous)
    answer.truth = of_continuous_world();
  else if (!answer.truth)
    answer.truth =
        truth_(problem_, problem_.changing ? problem_.changing->models()[i] : problem_.model);
  return *answer.truth;
}

Truth Judge::of_continuous_world() const {
  Truth truth;
  truth.optimal_return = problem_.continuous->known_best_return().value_or(kNoNumber);
  truth.random_return =
      random_return(problem_, kJudgedEpisodes, judged_steps(problem_), judging_stream());
  return truth;
}

Evaluation Judge::by_episodes(const AnyRunner& runner) const {
  const Truth& known = truth(runner.steps());
  const auto [j, standard_error] = runner.greedy_return(
      kJudgedEpisodes, judged_steps(problem_), problem_.continuous->return_gamma, judging_stream());
  return {.step = runner.steps(),
          .episode = runner.episodes(),
          .greedy_return = j,
          .return_error = standard_error,
          .regret = known.optimal_return - j,
          .score = score_of(known, j),
          .value_error = kNoNumber,
          .value_rmse = kNoNumber,
          .train_return = kNoNumber,
          .train_td_error = kNoNumber,
          .train_epsilon = runner.epsilon()};
}

Evaluation Judge::operator()(const AnyRunner& runner) const {
  if (problem_.continuous) return by_episodes(runner);
  const Truth& exact = truth(runner.steps());
  const FiniteMdp& model = runner.model();
  const Estimates estimates = runner.estimates();
  const ValueError error = exact.error(model, estimates);
  const double j = exact.policy_return(greedy_policy(model, estimates, problem_.effective_gamma()));
  return {.step = runner.steps(),
          .episode = runner.episodes(),
          .greedy_return = j,
          .regret = exact.optimal_return - j,
          .score = score_of(exact, j),
          .value_error = error.max,
          .value_rmse = error.rms,
          .train_return = kNoNumber,
          .train_td_error = kNoNumber,
          .train_epsilon = runner.epsilon()};
}

}  // namespace rl
