// rlbook rlhf overopt: a learned reward is pushed, and what becomes of gold is computed exactly.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "apps/layout.hpp"
#include "apps/rlhf/language_charts.hpp"
#include "apps/rlhf/overoptimization.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

constexpr double kMostListed = 1'000'000;
/// Steps at which DPO is shown in the terminal, as shares of all.
constexpr double kShownShares[] = {0, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 1};

// ---- what is asked for --------------------------------------------------------------------------

std::vector<double> whole_numbers(const Arguments& arguments, const char* flag) {
  const std::vector<double> numbers = listed_numbers(arguments, flag, {1, kMostListed});
  for (const double n : numbers)
    if (n != std::floor(n))
      throw std::invalid_argument(fmt::format("option '{}': {} is not a whole number", flag, n));
  return numbers;
}

OveroptOptions overopt_options_of(const Arguments& arguments) {
  OveroptOptions options;
  if (arguments.given("beta")) {
    options.betas = listed_numbers(arguments, "beta", {1e-3, 1e6});
    std::sort(options.betas.rbegin(), options.betas.rend());
  }
  options.comparisons.clear();
  for (const double n : whole_numbers(arguments, "num_comparisons"))
    options.comparisons.push_back(static_cast<std::size_t>(n));
  std::sort(options.comparisons.begin(), options.comparisons.end());
  if (options.comparisons.empty())
    throw std::invalid_argument("--num-comparisons: there are no sizes");
  // Best of n at the usual size, else at the largest.
  if (std::find(options.comparisons.begin(), options.comparisons.end(),
                options.best_of_comparisons) == options.comparisons.end())
    options.best_of_comparisons = options.comparisons.back();
  options.best_of.clear();
  for (const double n : whole_numbers(arguments, "best_of"))
    options.best_of.push_back(static_cast<int>(n));
  std::sort(options.best_of.begin(), options.best_of.end());
  options.l2 = *arguments.number("l2", {1e-9, 1e9});
  options.members = static_cast<int>(*arguments.integer("ensemble_size", 1, 1000));
  options.flip_prob = *arguments.number("flip_prob", {0, 0.49});
  options.noisy_comparisons =
      static_cast<std::size_t>(*arguments.integer("noisy_comparisons", 1, 1'000'000));
  options.lambda = *arguments.number("lambda", {0, 1e9});
  options.dpo_betas = listed_numbers(arguments, "dpo_beta", {1e-3, 1e6});
  options.dpo_comparisons =
      static_cast<std::size_t>(*arguments.integer("dpo_comparisons", 1, 1'000'000));
  options.training.max_steps = *arguments.integer("max_steps", 1, 1'000'000);
  return options;
}

// ---- numbers of curves --------------------------------------------------------------------------

/// number(run) over the seeds.
template <class Curve, class Number>
OverSeeds over_runs(const Curve& curve, const Number& number) {
  std::vector<double> x;
  for (const auto& run : curve.runs) x.push_back(number(run));
  return over_seeds(x);
}

using OveroptRun = std::vector<OveroptPoint>;
using DpoRun = std::vector<DpoPoint>;

ordered_json numbers_at_each(const OveroptCurve& curve, double OveroptPoint::*number) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < curve.pressure.size(); ++i)
    list.push_back(
        over_seeds_json(over_runs(curve, [&](const OveroptRun& run) { return run[i].*number; })));
  return list;
}

/// Whether a curve has the two different distances that a fit needs.
bool can_be_fitted(const OveroptCurve& curve) { return curve.pressure.size() >= 3; }

ordered_json fits_json(const OveroptCurve& curve, double reference_gold) {
  ordered_json fits;
  for (const OveroptimizationForm form :
       {OveroptimizationForm::rl, OveroptimizationForm::best_of_n}) {
    const auto number = [&](double OveroptimizationFit::*what) {
      return over_seeds_json(over_runs(
          curve, [&](const OveroptRun& run) { return fit_of(run, reference_gold, form).*what; }));
    };
    ordered_json fit;
    fit["a"] = number(&OveroptimizationFit::a);
    fit["b"] = number(&OveroptimizationFit::b);
    fit["r_squared"] = number(&OveroptimizationFit::r_squared);
    fits[form == OveroptimizationForm::rl ? "rl" : "best_of_n"] = std::move(fit);
  }
  return fits;
}

ordered_json overopt_curve_json(const OveroptCurve& curve, double reference_gold) {
  ordered_json object;
  object["name"] = curve.name;
  object["num_comparisons"] = curve.comparisons;
  object["seeds"] = curve.seeds;
  object[curve.form == OveroptimizationForm::rl ? "beta" : "n"] = curve.pressure;
  object["kl"] = numbers_at_each(curve, &OveroptPoint::kl);
  object["proxy"] = numbers_at_each(curve, &OveroptPoint::proxy);
  object["gold"] = numbers_at_each(curve, &OveroptPoint::gold);
  object["peak"]["gold"] =
      over_seeds_json(over_runs(curve, [](const OveroptRun& run) { return peak_of(run).gold; }));
  object["peak"]["kl"] =
      over_seeds_json(over_runs(curve, [](const OveroptRun& run) { return peak_of(run).kl; }));
  if (can_be_fitted(curve)) object["fits"] = fits_json(curve, reference_gold);
  return object;
}

struct DpoNumber {
  const char* name;
  double DpoPoint::*number;
};
constexpr DpoNumber kDpoNumbers[] = {{"gold", &DpoPoint::gold},
                                     {"kl", &DpoPoint::kl},
                                     {"rewards/chosen", &DpoPoint::reward_chosen},
                                     {"rewards/rejected", &DpoPoint::reward_rejected},
                                     {"logps/chosen", &DpoPoint::logp_chosen},
                                     {"logps/rejected", &DpoPoint::logp_rejected}};

ordered_json dpo_curve_json(const DpoCurve& curve) {
  ordered_json object;
  object["beta"] = curve.beta;
  object["num_comparisons"] = curve.comparisons;
  object["seeds"] = curve.seeds;
  object["step"] = ordered_json::array();
  for (const DpoPoint& point : curve.runs.front()) object["step"].push_back(point.step);
  for (const DpoNumber& n : kDpoNumbers) {
    object[n.name] = ordered_json::array();
    for (std::size_t i = 0; i < curve.runs.front().size(); ++i)
      object[n.name].push_back(
          over_seeds_json(over_runs(curve, [&](const DpoRun& run) { return run[i].*n.number; })));
  }
  object["peak"]["gold"] =
      over_seeds_json(over_runs(curve, [](const DpoRun& run) { return peak_of(run).gold; }));
  object["peak"]["step"] = over_seeds_json(
      over_runs(curve, [](const DpoRun& run) { return static_cast<double>(peak_of(run).step); }));
  return object;
}

ordered_json overopt_json(const Overoptimization& all, const OveroptOptions& options,
                          std::uint64_t world_seed) {
  ordered_json object;
  object["seed"] = world_seed;
  object["l2"] = options.l2;
  object["cancelled"] = !all.complete;
  object["reference_gold"] = all.reference_gold;
  const auto list = [&](const char* name, const std::vector<OveroptCurve>& curves) {
    object[name] = ordered_json::array();
    for (const OveroptCurve& curve : curves)
      if (!curve.runs.empty())
        object[name].push_back(overopt_curve_json(curve, all.reference_gold));
  };
  list("tilts", all.tilts);
  list("best_of_n", all.best_of_n);
  object["flip_prob"] = options.flip_prob;
  object["ensemble_size"] = options.members;
  object["lambda"] = options.lambda;
  list("ensembles", all.ensembles);
  object["dpo"] = ordered_json::array();
  for (const DpoCurve& curve : all.dpo)
    if (!curve.runs.empty()) object["dpo"].push_back(dpo_curve_json(curve));
  return object;
}

// ---- the terminal -------------------------------------------------------------------------------

/// Without the sign of what rounds to 0.
std::string two_decimals(double x) { return fmt::format("{:.2f}", std::abs(x) < 0.005 ? 0.0 : x); }

std::string mean_text(const OverSeeds& x) {
  return std::isfinite(x.mean) ? two_decimals(x.mean) : "";
}

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

  void write_table(const std::vector<std::vector<std::string>>& rows) {
    console_.out << table(rows, console_.columns);
  }

  std::vector<std::string> ends_of(const OveroptCurve& curve) const {
    return {text(over_runs(curve, [](const OveroptRun& run) { return peak_of(run).gold; })),
            mean_text(over_runs(curve, [](const OveroptRun& run) { return peak_of(run).kl; })),
            text(over_runs(curve, [](const OveroptRun& run) { return run.back().gold; })),
            mean_text(over_runs(curve, [](const OveroptRun& run) { return run.back().kl; })),
            mean_text(over_runs(curve, [](const OveroptRun& run) { return run.back().proxy; }))};
  }

  std::string r_squared(const OveroptCurve& curve, OveroptimizationForm form) const {
    if (!can_be_fitted(curve)) return "";
    return mean_text(over_runs(curve, [&](const OveroptRun& run) {
      return fit_of(run, all_.reference_gold, form).r_squared;
    }));
  }

  void write_tilts() {
    heading(fmt::format("SFT exp(proxy / beta) / Z, beta from {:g} to {:g}", options_.betas.front(),
                        options_.betas.back()));
    std::vector<std::vector<std::string>> rows = {{"proxy", "pairs", "peak gold", "at KL",
                                                   "gold, end", "KL, end", "proxy, end", "R2 log",
                                                   "R2 lin"}};
    for (const OveroptCurve& curve : all_.tilts) {
      if (curve.runs.empty()) continue;
      rows.push_back({curve.name, fmt::format("{}", curve.comparisons)});
      for (std::string& cell : ends_of(curve)) rows.back().push_back(std::move(cell));
      rows.back().push_back(r_squared(curve, OveroptimizationForm::rl));
      rows.back().push_back(r_squared(curve, OveroptimizationForm::best_of_n));
    }
    write_table(rows);
    write_wrapped(console_,
                  "bag sees no repetition and no truncation, rich can express gold. R2: of gold's "
                  "gain as d (a - b ln d), which Gao et al. 2023 fitted to RL, and as d (a - b d), "
                  "to best of n; d = sqrt(KL). That one form fits here tells of this toy alone.");
  }

  void write_best_of_n() {
    if (all_.best_of_n.empty() || all_.best_of_n.front().runs.empty()) return;
    const OveroptCurve& first = all_.best_of_n.front();
    heading(
        fmt::format("the best of n of SFT's responses by the proxy, {} pairs", first.comparisons));
    std::vector<std::vector<std::string>> rows = {{"n"}};
    for (const OveroptCurve& curve : all_.best_of_n) {
      if (curve.runs.empty()) continue;
      for (const char* what : {"gold", "proxy", "KL"}) rows[0].push_back(curve.name + " " + what);
    }
    rows[0].emplace_back("bound");
    for (std::size_t i = 0; i < first.pressure.size(); ++i) {
      const int n = options_.best_of[i];
      rows.push_back({fmt::format("{}", n)});
      for (const OveroptCurve& curve : all_.best_of_n) {
        if (curve.runs.empty()) continue;
        rows.back().push_back(
            text(over_runs(curve, [&](const OveroptRun& run) { return run[i].gold; })));
        rows.back().push_back(
            mean_text(over_runs(curve, [&](const OveroptRun& run) { return run[i].proxy; })));
        rows.back().push_back(
            mean_text(over_runs(curve, [&](const OveroptRun& run) { return run[i].kl; })));
      }
      rows.back().push_back(fmt::format("{:.2f}", best_of_n_kl_bound(n)));
    }
    write_table(rows);
    write_wrapped(console_,
                  "bound: KL <= ln n - (n - 1) / n, what it is where no two responses are tied");
  }

  void write_ensembles() {
    if (all_.ensembles.empty() || all_.ensembles.front().runs.empty()) return;
    heading(
        fmt::format("{} pairs, {:g} % of the labels flipped: tilts by a {} model, and by {} "
                    "of bags together",
                    options_.noisy_comparisons, 100 * options_.flip_prob,
                    options_.ensemble_features, options_.members));
    std::vector<std::vector<std::string>> rows = {
        {"reward", "peak gold", "at KL", "gold, end", "KL, end", "proxy, end"}};
    for (const OveroptCurve& curve : all_.ensembles) {
      rows.push_back({curve.name});
      for (std::string& cell : ends_of(curve)) rows.back().push_back(std::move(cell));
    }
    write_table(rows);
    write_wrapped(console_,
                  fmt::format("min: the least of the members; uwo: mean - {:g} variance. Doubt "
                              "makes a reward flatter: at equal beta these are also held nearer "
                              "to SFT, so compare them at equal KL as well.",
                              options_.lambda));
  }

  void write_dpo(const DpoCurve& curve) {
    if (curve.runs.empty()) return;
    heading(fmt::format("DPO, beta = {:g}, {} pairs: peak of gold {} at step {:.0f}", curve.beta,
                        curve.comparisons,
                        text(over_runs(curve, [](const DpoRun& run) { return peak_of(run).gold; })),
                        over_runs(curve, [](const DpoRun& run) {
                          return static_cast<double>(peak_of(run).step);
                        }).mean));
    std::vector<std::vector<std::string>> rows = {
        {"step", "gold", "KL", "rewards/chosen", "rewards/rejected", "logps/chosen"}};
    std::size_t last_place = curve.runs.front().size();
    for (const double share : kShownShares) {
      const auto place = static_cast<std::size_t>(
          std::lround(share * static_cast<double>(curve.runs.front().size() - 1)));
      if (place == last_place) continue;
      last_place = place;
      const auto number = [&](double DpoPoint::*what) {
        return over_runs(curve, [&](const DpoRun& run) { return run[place].*what; });
      };
      rows.push_back({fmt::format("{}", curve.runs.front()[place].step),
                      text(number(&DpoPoint::gold)), mean_text(number(&DpoPoint::kl)),
                      mean_text(number(&DpoPoint::reward_chosen)),
                      mean_text(number(&DpoPoint::reward_rejected)),
                      mean_text(number(&DpoPoint::logp_chosen))});
    }
    write_table(rows);
  }

  const Overoptimization& all_;
  const OveroptOptions& options_;
  Console& console_;
};

// ---- files --------------------------------------------------------------------------------------

std::string dpo_chart_name(double beta) { return fmt::format("overopt_dpo_{:g}", beta); }

std::vector<std::string> overopt_chart_names(const OveroptOptions& options) {
  std::vector<std::string> names = {"overopt_bag", "overopt_rich", "overopt_ensembles"};
  for (const double beta : options.dpo_betas) names.push_back(dpo_chart_name(beta));
  return names;
}

/// Gold for every size of the data, the proxy for the one at which best of n was drawn.
LineChart proxy_chart(const Overoptimization& all, const OveroptOptions& options,
                      const std::string& proxy) {
  std::vector<OveroptCurve> curves;
  const auto add = [&](const OveroptCurve& curve, const std::string& name) {
    if (curve.name != proxy || curve.runs.empty()) return;
    curves.push_back(curve);
    curves.back().name = name;
  };
  for (const OveroptCurve& curve : all.tilts)
    add(curve, fmt::format("{} pairs", curve.comparisons));
  for (const OveroptCurve& curve : all.best_of_n)
    add(curve, fmt::format("best of n, {}", curve.comparisons));
  LineChart chart = overoptimization_chart(curves, all.reference_gold,
                                           fmt::format("The {} reward model is pushed", proxy));
  keep_gold(chart, fmt::format("{} pairs: proxy", options.best_of_comparisons));
  for (ChartSeries& series : chart.series)
    if (series.name.starts_with("best of n")) series.points_only = true;
  return chart;
}

void write_overopt_charts(const Overoptimization& all, const OveroptOptions& options,
                          ChartFiles& files) {
  files.write("overopt_bag", proxy_chart(all, options, "bag"));
  files.write("overopt_rich", proxy_chart(all, options, "rich"));
  files.write("overopt_ensembles", gold_of_ensembles(all));
  for (const DpoCurve& curve : all.dpo)
    if (!curve.runs.empty()) files.write(dpo_chart_name(curve.beta), dpo_chart(curve));
}

int run_overopt_command(const Registry& /*registry*/, const Arguments& arguments,
                        Console& console) {
  const OveroptOptions options = overopt_options_of(arguments);
  const std::vector<std::uint64_t> seeds = arguments.seeds("seeds");
  const auto world_seed = static_cast<std::uint64_t>(*arguments.integer("seed"));
  std::optional<ChartFiles> files;
  if (const auto folder = arguments.text("out"))
    files.emplace(*folder, overopt_chart_names(options), arguments.is_on("force"));
  else if (arguments.is_on("force"))
    throw std::invalid_argument("--force needs --out DIR");

  const LanguageTask task = make_language_task({.seed = world_seed});
  Progress progress(console, "rlhf overopt");
  const Overoptimization all =
      measure_overoptimization(task, options, seeds,
                               {.threads = threads_of(arguments),
                                .stop = console.interrupted,
                                .progress = [&](double share) { progress.update(share); }});
  progress.finish();
  if (!all.complete) console.warn("interrupted: what was done is shown");
  const bool any = std::any_of(all.tilts.begin(), all.tilts.end(),
                               [](const OveroptCurve& curve) { return !curve.runs.empty(); });
  if (arguments.is_on("json"))
    console.out << overopt_json(all, options, world_seed).dump(1) << '\n';
  else if (any)
    OveroptText(all, options, console).write(task, seeds.size(), world_seed);
  if (files && any) {
    write_overopt_charts(all, options, *files);
    console.note(fmt::format("written: {}", *arguments.text("out")));
  }
  return all.complete ? kOk : kInterrupted;
}

}  // namespace

Command rlhf_overopt_command() {
  FlagSpec seed = shared_flag("seed");
  seed.doc = "of the world: its words, the base language, demonstrations";
  FlagSpec seeds = shared_flag("seeds");
  seeds.doc = "pairs, labels and bags are drawn anew for each: 1,2,5 or 0..29";
  seeds.fallback = "0..4";
  FlagSpec out = shared_flag("out");
  out.value = "DIR";
  out.doc = "write a chart a proxy, of the ensembles and of DPO, SVG and CSV, into this folder";
  std::vector<FlagSpec> flags = {
      {"beta", "LIST", "of tilts; 24 numbers from 10 to 0.05 if not given", "", true},
      {"num_comparisons", "LIST", "labelled pairs that proxies are fitted to",
       "30,100,300,1000,5000", true},
      {"best_of", "LIST", "so many of SFT's responses, the best one taken",
       "1,2,4,8,16,32,64,128,256", true},
      {"l2", "X", "ridge of the reward models", "0.3"},
      {"ensemble_size", "N", "reward models of bags", "5"},
      {"noisy_comparisons", "N", "labelled pairs of the ensembles", "100"},
      {"flip_prob", "X", "share of these labels that are wrong", "0.25"},
      {"lambda", "X", "weight of the variance in uwo", "0.5"},
      {"dpo_beta", "LIST", "of DPO's curves", "0.1,0.05", true},
      {"dpo_comparisons", "N", "labelled pairs of DPO", "300"},
      {"max_steps", "N", "steps of DPO", "800"},
      seed,
      seeds,
      shared_flag("jobs"),
      out};
  for (FlagSpec& flag :
       shared_flags({"force", "json", "quiet", "color", "ascii", "config", "set", "print_config"}))
    flags.push_back(std::move(flag));
  return {{.command = "rlhf overopt",
           .usage = "[--num-comparisons LIST] [--beta LIST] [--seeds LIST] [--out DIR]",
           .doc = "a learned reward is pushed: gold rises, peaks and falls",
           .flags = std::move(flags),
           .examples = {"rlhf overopt", "rlhf overopt --seed 1 --seeds 0..9 --out overopt",
                        "rlhf overopt --num-comparisons 1000 --flip-prob 0.4 --ensemble-size 10"}},
          run_overopt_command};
}

}  // namespace rl::apps
