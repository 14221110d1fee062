#include "apps/rlhf/overopt_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/evaluation.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/rlhf/over_seeds.hpp"
#include "apps/rlhf/seeds_table.hpp"
#include "apps/rlhf/task_run.hpp"

namespace rl::apps {

namespace {

/// Steps at which DPO is shown, as shares of all.
constexpr double kShownShares[] = {0, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 1};

bool none_done(const std::vector<OveroptCurve>& curves) {
  return std::all_of(curves.begin(), curves.end(),
                     [](const OveroptCurve& curve) { return curve.runs.empty(); });
}

std::string mean_of(const OverSeeds& x) { return two_decimals(x.mean); }

using Rows = std::vector<std::vector<std::string>>;

class OveroptText {
 public:
  OveroptText(const Overoptimization& all, const OveroptOptions& options, Console& console)
      : all_(all), options_(options), console_(console) {}

  void write(const LanguageTask& task, std::size_t seeds, std::uint64_t world_seed) {
    write_wrapped(console_,
                  fmt::format("the small language world, seed {}: {} responses, SFT earns {:.2f}. "
                              "Proxies are fitted to pairs that gold labelled; {}; all policies "
                              "are evaluated exactly{}.",
                              world_seed, task.tree.num_responses(), all_.reference_gold,
                              plural(seeds, "seed"),
                              seeds > 1 ? "; means, with half of the 95 % t interval" : ""));
    write_tilts();
    write_best_of_n();
    write_ensembles();
    for (const DpoCurve& curve : all_.dpo) write_dpo(curve);
    console_.out << '\n';
    if (const std::string doubt = unconverged_text(all_.report); !doubt.empty())
      write_wrapped(console_, doubt + '.');
    write_wrapped(console_,
                  "A toy that was built to be exploitable: a demonstration, not "
                  "evidence.");
  }

 private:
  void heading(const std::string& text) {
    console_.out << '\n';
    write_wrapped(console_, console_.style(text, "1"));
  }

  std::string text(const OverSeeds& x) const { return over_seeds_text(x, console_.unicode); }

  void write_table(Rows rows) { console_.out << seeds_table(std::move(rows), console_.columns); }

  std::vector<std::string> ends_of(const OveroptCurve& curve) const {
    return {text(over_runs(curve.runs, [](const OveroptRun& run) { return peak_of(run).gold; })),
            mean_of(over_runs(curve.runs, [](const OveroptRun& run) { return peak_of(run).kl; })),
            text(over_runs(curve.runs, [](const OveroptRun& run) { return run.back().gold; })),
            mean_of(over_runs(curve.runs, [](const OveroptRun& run) { return run.back().kl; })),
            mean_of(over_runs(curve.runs, [](const OveroptRun& run) { return run.back().proxy; }))};
  }

  std::string r_squared(const OveroptCurve& curve, OveroptimizationForm form) const {
    if (!can_be_fitted(curve)) return "";
    return mean_of(over_runs(curve.runs, [&](const OveroptRun& run) {
      return fit_of(run, all_.reference_gold, form).r_squared;
    }));
  }

  void write_tilts() {
    if (none_done(all_.tilts)) return;
    heading(fmt::format("SFT exp(proxy / beta) / Z, beta from {:g} to {:g}", options_.betas.front(),
                        options_.betas.back()));
    Rows rows = {{"proxy, pairs", "peak gold", "at KL", "gold, end", "KL, end", "proxy, end",
                  "R2 log", "R2 lin"}};
    for (const OveroptCurve& curve : all_.tilts) {
      if (curve.runs.empty()) continue;
      rows.push_back({fmt::format("{} {}", curve.name, curve.comparisons)});
      for (std::string& cell : ends_of(curve)) rows.back().push_back(std::move(cell));
      rows.back().push_back(r_squared(curve, OveroptimizationForm::rl));
      rows.back().push_back(r_squared(curve, OveroptimizationForm::best_of_n));
    }
    write_table(std::move(rows));
    write_wrapped(console_,
                  "bag sees no repetition and no truncation, rich can express gold. R2: of gold's "
                  "gain as d (a - b ln d), which Gao et al. 2023 fitted to RL, and as d (a - b d), "
                  "to best of n; d = sqrt(KL). That one form fits here tells of this toy alone.");
  }

  /// Proxies side by side.
  Rows best_of_rows(const std::vector<const OveroptCurve*>& curves) const {
    Rows rows = {{"n"}};
    for (const OveroptCurve* curve : curves)
      for (const char* what : {"gold", "proxy", "KL"}) rows[0].push_back(curve->name + " " + what);
    rows[0].emplace_back("bound");
    for (std::size_t i = 0; i < options_.best_of.size(); ++i) {
      rows.push_back({fmt::format("{}", options_.best_of[i])});
      for (const OveroptCurve* curve : curves) {
        const auto number = [&](double OveroptPoint::*what) {
          return over_runs(curve->runs, [&](const OveroptRun& run) { return run[i].*what; });
        };
        rows.back().push_back(text(number(&OveroptPoint::gold)));
        rows.back().push_back(mean_of(number(&OveroptPoint::proxy)));
        rows.back().push_back(mean_of(number(&OveroptPoint::kl)));
      }
      rows.back().push_back(fmt::format("{:.2f}", best_of_n_kl_bound(options_.best_of[i])));
    }
    return rows;
  }

  /// Beneath each other where the terminal is narrow.
  void write_best_of_n() {
    std::vector<const OveroptCurve*> curves;
    for (const OveroptCurve& curve : all_.best_of_n)
      if (!curve.runs.empty()) curves.push_back(&curve);
    if (curves.empty()) return;
    heading(fmt::format("the best of n of SFT's responses by the proxy, {} pairs",
                        curves.front()->comparisons));
    if (Rows rows = best_of_rows(curves); table_width(rows) <= console_.columns)
      write_table(std::move(rows));
    else
      for (const OveroptCurve* curve : curves) write_table(best_of_rows({curve}));
    write_wrapped(console_,
                  "bound: KL <= ln n - (n - 1) / n, what it is where no two responses are tied");
  }

  void write_ensembles() {
    if (none_done(all_.ensembles)) return;
    heading(
        fmt::format("{} pairs, {:g} % of the labels flipped: tilts by a {} model, and by {} "
                    "of bags together",
                    options_.noisy_comparisons, 100 * options_.flip_prob,
                    options_.ensemble_features, options_.members));
    Rows rows = {{"reward", "peak gold", "at KL", "gold, end", "KL, end", "proxy, end"}};
    for (const OveroptCurve& curve : all_.ensembles) {
      if (curve.runs.empty()) continue;
      rows.push_back({curve.name});
      for (std::string& cell : ends_of(curve)) rows.back().push_back(std::move(cell));
    }
    write_table(std::move(rows));
    write_wrapped(console_,
                  fmt::format("min: the least of the members; uwo: mean - {:g} variance. Doubt "
                              "makes a reward flatter: at equal beta these are also held nearer "
                              "to SFT, so compare them at equal KL as well.",
                              options_.lambda));
  }

  void write_dpo(const DpoCurve& curve) {
    if (curve.runs.empty()) return;
    heading(fmt::format(
        "DPO, beta = {:g}, {} pairs: peak of gold {} at step {:.0f}", curve.beta, curve.comparisons,
        text(over_runs(curve.runs, [](const DpoRun& run) { return peak_of(run).gold; })),
        over_runs(curve.runs, [](const DpoRun& run) {
          return static_cast<double>(peak_of(run).step);
        }).mean));
    Rows rows = {{"step", "gold", "KL", "rewards/chosen", "rewards/rejected", "logps/chosen"}};
    std::size_t last_place = curve.runs.front().size();
    for (const double share : kShownShares) {
      const auto place = static_cast<std::size_t>(
          std::lround(share * static_cast<double>(curve.runs.front().size() - 1)));
      if (place == last_place) continue;
      last_place = place;
      const auto number = [&](double DpoPoint::*what) {
        return over_runs(curve.runs, [&](const DpoRun& run) { return run[place].*what; });
      };
      rows.push_back(
          {fmt::format("{}", curve.runs.front()[place].step), text(number(&DpoPoint::gold)),
           mean_of(number(&DpoPoint::kl)), mean_of(number(&DpoPoint::reward_chosen)),
           mean_of(number(&DpoPoint::reward_rejected)), mean_of(number(&DpoPoint::logp_chosen))});
    }
    write_table(std::move(rows));
  }

  const Overoptimization& all_;
  const OveroptOptions& options_;
  Console& console_;
};

}  // namespace

void write_overopt(const Overoptimization& all, const OveroptOptions& options,
                   const LanguageTask& task, std::size_t seeds, std::uint64_t world_seed,
                   Console& console) {
  OveroptText(all, options, console).write(task, seeds, world_seed);
}

}  // namespace rl::apps
