#include "apps/rlhf/overopt_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "apps/rlhf/over_seeds.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

ordered_json numbers_at_each(const OveroptCurve& curve, double OveroptPoint::*number) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < curve.pressure.size(); ++i)
    list.push_back(over_seeds_json(
        over_runs(curve.runs, [&](const OveroptRun& run) { return run[i].*number; })));
  return list;
}

ordered_json fits_json(const OveroptCurve& curve, double reference_gold) {
  ordered_json fits;
  for (const OveroptimizationForm form :
       {OveroptimizationForm::rl, OveroptimizationForm::best_of_n}) {
    const auto number = [&](double OveroptimizationFit::*what) {
      return over_seeds_json(over_runs(curve.runs, [&](const OveroptRun& run) {
        return fit_of(run, reference_gold, form).*what;
      }));
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
  object["peak"]["gold"] = over_seeds_json(
      over_runs(curve.runs, [](const OveroptRun& run) { return peak_of(run).gold; }));
  object["peak"]["kl"] =
      over_seeds_json(over_runs(curve.runs, [](const OveroptRun& run) { return peak_of(run).kl; }));
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
      object[n.name].push_back(over_seeds_json(
          over_runs(curve.runs, [&](const DpoRun& run) { return run[i].*n.number; })));
  }
  object["peak"]["gold"] =
      over_seeds_json(over_runs(curve.runs, [](const DpoRun& run) { return peak_of(run).gold; }));
  object["peak"]["step"] = over_seeds_json(over_runs(
      curve.runs, [](const DpoRun& run) { return static_cast<double>(peak_of(run).step); }));
  return object;
}

}  // namespace

ordered_json overopt_json(const Overoptimization& all, const OveroptOptions& options,
                          std::uint64_t world_seed) {
  ordered_json object;
  object["seed"] = world_seed;
  object["l2"] = options.l2;
  add_report(object, all.report);
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

}  // namespace rl::apps
