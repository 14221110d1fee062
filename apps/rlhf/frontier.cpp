#include "apps/rlhf/frontier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "apps/rlhf/frontier_roads.hpp"
#include "apps/rlhf/language_data.hpp"
#include "rl/random.hpp"

namespace rl::apps {

namespace {

constexpr int kUpperPoints = 25;
constexpr double kUpperFrom = 20;  // beta at which hardly anything is tilted

std::vector<const FrontierRoad*> chosen_roads(const FrontierOptions& options) {
  std::vector<const FrontierRoad*> chosen;
  for (const std::string& name : options.methods) chosen.push_back(&frontier_road(name));
  if (chosen.empty())
    for (const FrontierRoad& road : frontier_roads()) chosen.push_back(&road);
  return chosen;
}

void check_frontier(const FrontierOptions& options, std::span<const std::uint64_t> seeds) {
  if (options.betas.empty()) throw std::invalid_argument("frontier: there is no beta");
  for (const double beta : options.betas)
    if (!(beta > 0 && std::isfinite(beta)))
      throw std::invalid_argument(fmt::format("frontier: beta = {} is not positive", beta));
  if (options.comparisons < 1)
    throw std::invalid_argument("frontier: comparisons = 0; at least 1 pair");
  if (seeds.empty()) throw std::invalid_argument("frontier: there is no seed");
}

std::vector<FrontierPoint> upper_frontier(const FrontierSetting& setting) {
  const double last = *std::min_element(setting.options.betas.begin(), setting.options.betas.end());
  std::vector<FrontierPoint> path = {reference_point(setting)};
  const double first = std::max(kUpperFrom, last);
  for (const double beta : log_spaced(first, last, kUpperPoints))
    path.push_back(exact_optimum(setting, beta));
  return path;
}

/// Data of each seed, then each policy: a task each.
class FrontierStudy {
 public:
  FrontierStudy(const LanguageTask& task, const FrontierOptions& options,
                std::span<const std::uint64_t> seeds, const TaskRun& run)
      : setting_{task, options, chance_to_win(task), run.stop},
        roads_(chosen_roads(options)),
        seeds_(seeds),
        run_(run),
        data_(seeds.size()) {}

  Frontier operator()() {
    result_.reference = reference_point(setting_);
    result_.upper = upper_frontier(setting_);
    for (const FrontierRoad* road : roads_)
      for (const double beta : setting_.options.betas)
        result_.rows.push_back({road->method.name, beta, {}, {}});
    draw_data();
    if (result_.report.complete) train();
    return std::move(result_);
  }

 private:
  /// One policy to be trained.
  struct Task {
    std::size_t row, seed;
  };

  const FrontierRoad& road_of(std::size_t row) const {
    return *roads_[row / setting_.options.betas.size()];
  }

  void draw_data() {
    const bool any = std::any_of(roads_.begin(), roads_.end(),
                                 [](const FrontierRoad* road) { return road->method.needs_data; });
    const TaskOutcome outcome =
        run_tasks(any ? seeds_.size() : 0, {run_.threads, run_.stop, {}}, [&](std::size_t i) {
          data_[i] = frontier_data(setting_.task, setting_.options, roads_, seeds_[i]);
        });
    result_.report.add(outcome,
                       [&](std::size_t i) { return fmt::format("data of seed {}", seeds_[i]); });
    for (const std::optional<FrontierData>& data : data_)
      if (data)
        for (const auto& model : data->models) result_.report.count_fit(model.second.converged);
  }

  std::vector<Task> tasks() const {
    std::vector<Task> tasks;
    for (std::size_t row = 0; row < result_.rows.size(); ++row) {
      if (!road_of(row).method.needs_data)
        tasks.push_back({row, 0});
      else
        for (std::size_t i = 0; i < seeds_.size(); ++i)
          if (data_[i]) tasks.push_back({row, i});
    }
    return tasks;
  }

  FrontierPoint trained(const Task& task) const {
    static const FrontierData none = {};
    const FrontierRoad& road = road_of(task.row);
    const FrontierData& data = road.method.needs_data ? *data_[task.seed] : none;
    return road.point(setting_, result_.rows[task.row].beta, data,
                      Rng(seeds_[task.seed]).split(road.method.name));
  }

  void train() {
    const std::vector<Task> all = tasks();
    std::vector<std::optional<FrontierPoint>> points(all.size());
    const TaskOutcome outcome =
        run_tasks(all.size(), run_, [&](std::size_t k) { points[k] = trained(all[k]); });
    result_.report.add(outcome, [&](std::size_t k) { return name_of(all[k]); });
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (!points[k]) continue;
      FrontierRow& row = result_.rows[all[k].row];
      row.points.push_back(*points[k]);
      if (road_of(all[k].row).method.needs_data) row.seeds.push_back(seeds_[all[k].seed]);
    }
  }

  std::string name_of(const Task& task) const {
    const FrontierRow& row = result_.rows[task.row];
    return fmt::format("{}, beta {}, seed {}", row.method, row.beta, seeds_[task.seed]);
  }

  FrontierSetting setting_;
  std::vector<const FrontierRoad*> roads_;
  std::span<const std::uint64_t> seeds_;
  const TaskRun& run_;
  std::vector<std::optional<FrontierData>> data_;  // of each seed
  Frontier result_;
};

}  // namespace

const std::vector<FrontierMethod>& frontier_methods() {
  static const std::vector<FrontierMethod> methods = [] {
    std::vector<FrontierMethod> list;
    for (const FrontierRoad& road : frontier_roads()) list.push_back(road.method);
    return list;
  }();
  return methods;
}

const FrontierMethod& frontier_method(std::string_view name) { return frontier_road(name).method; }

Frontier measure_frontier(const LanguageTask& task, const FrontierOptions& options,
                          std::span<const std::uint64_t> seeds, const TaskRun& run) {
  check_frontier(options, seeds);
  return FrontierStudy(task, options, seeds, run)();
}

}  // namespace rl::apps
