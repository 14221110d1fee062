#include "rl/statistics/scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "rl/statistics/checks.hpp"
#include "rl/statistics/sample.hpp"

namespace rl {

namespace {

/// `outer` names what a list is, `inner` what its numbers are.
void check_score_lists(const Scores::Lists& lists, const char* outer, const char* inner) {
  if (lists.empty()) throw std::invalid_argument(fmt::format("scores: no {}s", outer));
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (lists[i].empty())
      throw std::invalid_argument(fmt::format("scores: {} {} has no {}s", outer, i, inner));
    if (lists[i].size() != lists[0].size())
      throw std::invalid_argument(fmt::format("scores: {} {} has {} {}s, {} 0 has {}", outer, i,
                                              lists[i].size(), inner, outer, lists[0].size()));
  }
}

constexpr std::size_t kBlock = 4;

/// Writes x so many times from `to` on, at least a block of it: how often a run is drawn cannot be
/// guessed, and four writes cost less than a wrong guess. Returns the end of what counts.
double* repeat(double x, std::size_t times, double* to) {
  std::fill_n(to, kBlock, x);
  for (std::size_t i = kBlock; i < times; ++i) to[i] = x;
  return to + times;
}

}  // namespace

Scores::Scores(std::size_t runs, std::vector<double> x) : runs_(runs), x_(std::move(x)) {
  for (std::size_t i = 0; i < x_.size(); ++i)
    if (!std::isfinite(x_[i]))
      throw std::invalid_argument(fmt::format(
          "scores: run {} in task {} is {}, not a finite number", i % runs_, i / runs_, x_[i]));
}

Scores Scores::by_run(const Lists& runs) {
  check_score_lists(runs, "run", "task");
  std::vector<double> x;
  for (std::size_t task = 0; task < runs[0].size(); ++task)
    for (const std::vector<double>& run : runs) x.push_back(run[task]);
  return {runs.size(), std::move(x)};
}

Scores Scores::by_task(const Lists& tasks) {
  check_score_lists(tasks, "task", "run");
  std::vector<double> x;
  for (const std::vector<double>& task : tasks) x.insert(x.end(), task.begin(), task.end());
  return {tasks[0].size(), std::move(x)};
}

Scores Scores::of_one_task(std::span<const double> runs) {
  return by_task({std::vector<double>(runs.begin(), runs.end())});
}

Scores Scores::without_run(std::size_t run) const {
  if (runs_ < 2 || run >= runs_)
    throw std::invalid_argument(fmt::format("run: {} of {} cannot be left out", run, runs_));
  std::vector<double> rest;
  rest.reserve(x_.size() - tasks());
  for (std::size_t i = 0; i < x_.size(); ++i)
    if (i % runs_ != run) rest.push_back(x_[i]);
  return {runs_ - 1, std::move(rest)};
}

Scores Scores::ordered() const {
  Scores scores = *this;
  const auto runs = static_cast<std::ptrdiff_t>(runs_);
  for (auto task = scores.x_.begin(); task != scores.x_.end(); task += runs)
    std::sort(task, task + runs);
  return scores;
}

void Scores::resample(const Scores& from, const Resample& which) {
  assert(which.run.size() == from.x_.size());
  assert(which.task.empty() || which.task.size() == from.tasks());
  runs_ = from.runs_;
  x_.resize(from.x_.size());
  const std::size_t columns = from.tasks();
  std::vector<std::size_t> copies;
  std::vector<double> x(runs_ + kBlock);
  for (std::size_t task = 0; task < columns; ++task) {
    const std::size_t source = which.task.empty() ? task : which.task[task];
    copies.assign(runs_, 0);
    for (std::size_t run = 0; run < runs_; ++run) ++copies[which.run[run * columns + task]];
    double* next = x.data();
    for (std::size_t run = 0; run < runs_; ++run)
      next = repeat(from.at(run, source), copies[run], next);
    std::copy_n(x.begin(), runs_, x_.begin() + static_cast<std::ptrdiff_t>(task * runs_));
  }
}

double normalise(double x, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high) || low == high)
    throw std::invalid_argument(fmt::format(
        "low and high: expected two different finite numbers, not {} and {}", low, high));
  return (x - low) / (high - low);
}

std::vector<double> normalise(std::span<const double> x, double low, double high) {
  std::vector<double> scores;
  for (const double xi : x) scores.push_back(normalise(xi, low, high));
  return scores;
}

std::vector<double> task_means(const Scores& scores) {
  std::vector<double> means(scores.tasks());
  for (std::size_t task = 0; task < means.size(); ++task) means[task] = mean(scores.task(task));
  return means;
}

double mean_score(const Scores& scores) { return mean(scores.all()); }

double median_score(const Scores& scores) { return median(task_means(scores)); }

double iqm_score(const Scores& scores) { return iqm(scores.all()); }

double optimality_gap(const Scores& scores, double gamma) {
  double sum = 0;
  for (const double x : scores.all()) sum += std::min(x, gamma);
  return gamma - sum / static_cast<double>(scores.all().size());
}

std::vector<double> performance_profile(const Scores& scores, std::span<const double> taus,
                                        ProfileOf of) {
  const std::vector<double> means =
      of == ProfileOf::task_means ? task_means(scores) : std::vector<double>();
  const std::span<const double> x = of == ProfileOf::task_means ? means : scores.all();
  std::vector<double> profile;
  for (const double tau : taus) {
    const auto above = std::count_if(x.begin(), x.end(), [tau](double xi) { return xi > tau; });
    profile.push_back(static_cast<double>(above) / static_cast<double>(x.size()));
  }
  return profile;
}

std::vector<double> profile_taus(std::span<const Scores> learners) {
  if (learners.empty()) throw std::invalid_argument("profile_taus: no learners");
  double low = 0;
  double high = 1;
  for (const Scores& scores : learners)
    for (const double x : scores.all()) {
      low = std::min(low, x);
      high = std::max(high, x);
    }
  constexpr int kIntervals = 100;
  std::vector<double> taus;
  for (int i = 0; i < kIntervals; ++i) taus.push_back(low + (high - low) * i / kIntervals);
  taus.push_back(high);
  return taus;
}

double probability_of_improvement(std::span<const double> x, std::span<const double> y) {
  check_size("probability_of_improvement", x, 1);
  check_size("probability_of_improvement", y, 1);
  double wins = 0;
  for (const double xi : x)
    for (const double yi : y) wins += xi > yi ? 1 : xi == yi ? 0.5 : 0;
  return wins / (static_cast<double>(x.size()) * static_cast<double>(y.size()));
}

double probability_of_improvement(const Scores& x, const Scores& y) {
  if (x.tasks() != y.tasks())
    throw std::invalid_argument(
        fmt::format("probability_of_improvement: x has {} tasks, y has {}", x.tasks(), y.tasks()));
  double sum = 0;
  for (std::size_t task = 0; task < x.tasks(); ++task)
    sum += probability_of_improvement(x.task(task), y.task(task));
  return sum / static_cast<double>(x.tasks());
}

double cliffs_delta(std::span<const double> x, std::span<const double> y) {
  return 2 * probability_of_improvement(x, y) - 1;
}

}  // namespace rl
