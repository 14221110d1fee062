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
  if (!answer.truth)
    answer.truth =
        truth_(problem_, problem_.changing ? problem_.changing->models()[i] : problem_.model);
  return *answer.truth;
}

Evaluation Judge::operator()(const AnyRunner& runner) const {
  const Truth& exact = truth(runner.steps());
  const FiniteMdp& model = runner.model();
  const Estimates estimates = runner.estimates();
  const ValueError error = exact.error(model, estimates);
  const double j = exact.policy_return(greedy_policy(model, estimates, problem_.gamma));
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
