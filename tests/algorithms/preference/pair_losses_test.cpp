#include "algorithms/preference/pair_losses.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "rl/files.hpp"
#include "rl/random.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl {
namespace {

using doctest::Approx;
using nlohmann::json;
using tests::contains;
using tests::error_of;

const double kLn2 = std::log(2.0);

PairLossFunction pair_loss_named(const std::string& name, const json& options = json::object()) {
  return pair_loss_type(name).make(options);
}

/// u and v alone, beside a reference of ln pi = 0.
PairLogProbabilities pair_of_ratios(double u, double v) {
  return {.policy_chosen = u, .policy_rejected = v};
}

/// ln pi(y_w), ln pi(y_l), ln pi_ref(y_w), ln pi_ref(y_l): u = 1, v = -1/2; 4 and 2 steps.
const PairLogProbabilities kPair = {-5, -7, -6, -6.5, 4, 2};

// ---- the truth file -----------------------------------------------------------------------------

/// What a kind of the truth file calls the options of a loss.
struct TruthLoss {
  const char* name;
  std::map<std::string, std::string> option_of;
  json fixed = json::object();
};

const std::map<std::string, TruthLoss>& truth_losses() {
  static const std::map<std::string, TruthLoss> losses = {
      {"apo_down", {"apo_down", {{"beta", "beta"}}}},
      {"apo_zero", {"apo_zero", {{"beta", "beta"}}}},
      {"bco_pair", {"bco_pair", {{"beta", "beta"}}}},
      {"cdpo", {"cdpo", {{"beta", "beta"}, {"eps", "label_smoothing"}}}},
      {"cpl", {"cpl_kl", {{"beta", "alpha"}, {"lam", "contrastive_bias"}}}},
      {"cpo", {"cpo", {{"beta", "beta"}, {"alpha", "nll_weight"}}}},
      {"discopop", {"discopop", {{"beta", "beta"}, {"tau", "tau"}}}},
      {"exo_pair", {"exo_pair", {{"beta", "beta"}, {"eps", "label_smoothing"}}}},
      {"fdpo_alpha",
       {"sigmoid", {{"beta", "beta"}, {"alpha", "f_alpha"}}, {{"f_divergence_type", "alpha"}}}},
      {"fdpo_forward_kl", {"sigmoid", {{"beta", "beta"}}, {{"f_divergence_type", "forward_kl"}}}},
      {"fdpo_js", {"sigmoid", {{"beta", "beta"}}, {{"f_divergence_type", "js"}}}},
      {"hinge", {"hinge", {{"beta", "beta"}}}},
      {"ipo", {"ipo", {{"beta", "beta"}}}},
      {"ipo_avg", {"ipo", {{"beta", "beta"}}, {{"ipo_reduction", "mean"}}}},
      {"nca_pair", {"nca_pair", {{"beta", "beta"}}}},
      {"orpo", {"orpo", {{"lam", "weight"}}}},
      {"robust", {"robust", {{"beta", "beta"}, {"eps", "label_smoothing"}}}},
      {"sigmoid", {"sigmoid", {{"beta", "beta"}}}},
      {"sigmoid_norm", {"sigmoid_norm", {{"beta", "beta"}}}},
      {"simpo", {"simpo", {{"beta", "beta"}, {"gamma", "margin"}}}},
      {"slic", {"slic", {{"beta", "delta"}, {"lam", "nll_weight"}}}},
      {"sppo_hard", {"sppo_hard", {{"beta", "beta"}}}},
  };
  return losses;
}

/// The cases of single pairs that have an answer.
std::vector<json> truth_pairs() {
  std::vector<json> pairs;
  const json file = json::parse(read_file(std::string(tests::kTruthFolder) + "/preference.json"));
  for (const json& c : file["cases"])
    if (c["kind"].get<std::string>().rfind("pair_loss/", 0) == 0 && !c["expected"].is_null())
      pairs.push_back(c);
  return pairs;
}

PairLogProbabilities truth_pair(const json& in) {
  return {in["policy_chosen_logp"], in["policy_rejected_logp"], in["ref_chosen_logp"],
          in["ref_rejected_logp"],  in.value("nc", 1.0),        in.value("nr", 1.0)};
}

void check_truth(const PairLoss& loss, const json& expected) {
  CHECK(std::abs(loss.value - expected["loss"].get<double>()) <= 1e-12);
  CHECK(std::abs(loss.slope_chosen - expected["grad_policy_chosen_logp"].get<double>()) <= 1e-12);
  CHECK(std::abs(loss.slope_rejected - expected["grad_policy_rejected_logp"].get<double>()) <=
        1e-12);
}

// ---- random pairs and options -------------------------------------------------------------------

/// Responses of 1 to 8 steps, each log-ratio within 1.5.
PairLogProbabilities drawn_pair(Rng& rng) {
  PairLogProbabilities p{};
  p.chosen_length = 1 + rng.index(8);
  p.rejected_length = 1 + rng.index(8);
  p.policy_chosen = -p.chosen_length * rng.uniform(0.1, 3);
  p.policy_rejected = -p.rejected_length * rng.uniform(0.1, 3);
  p.reference_chosen = p.policy_chosen - rng.uniform(-1.5, 1.5);
  p.reference_rejected = p.policy_rejected - rng.uniform(-1.5, 1.5);
  return p;
}

double drawn_number(const std::string& option, Rng& rng) {
  static const std::map<std::string, std::pair<double, double>> ranges = {
      {"beta", {0.05, 1}}, {"label_smoothing", {0.01, 0.45}},
      {"tau", {0.1, 1}},   {"f_alpha", {-1, 0.9}},
      {"delta", {0, 2}},   {"alpha", {0.05, 2}},
      {"margin", {-1, 1}}, {"contrastive_bias", {0.1, 1}},
      {"weight", {0, 2}},  {"nll_weight", {0, 2}},
  };
  const auto found = ranges.find(option);
  if (found == ranges.end()) throw std::logic_error("a range for option " + option);
  return rng.uniform(found->second.first, found->second.second);
}

json drawn_options(const PairLossType& type, Rng& rng) {
  json options = json::object();
  for (const OptionInfo& option : type.options) {
    if (option.choices.empty())
      options[option.name] = drawn_number(option.name, rng);
    else
      options[option.name] = option.choices[static_cast<std::size_t>(
          rng.index(static_cast<std::int32_t>(option.choices.size())))];
  }
  if (options.contains("f_alpha") && options["f_divergence_type"] != "alpha")
    options.erase("f_alpha");
  return options;
}

/// f'(0) by five points: the error is of fourth order in the step.
double slope_by_five_points(const std::function<double(double)>& f) {
  constexpr double h = 2e-4;
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

/// Whether a corner of hinge or SLiC lies within reach of the five points.
bool near_a_corner(const PairLossFunction& loss, PairLogProbabilities p) {
  constexpr double kReach = 5e-4;
  p.policy_chosen += kReach;
  const bool after = loss(p).slope_rejected == 0;
  p.policy_chosen -= 2 * kReach;
  return after != (loss(p).slope_rejected == 0);
}

void check_slopes(const PairLossFunction& loss, const PairLogProbabilities& p) {
  const PairLoss at = loss(p);
  const auto off = [&](double by_finite_differences, double slope) {
    return std::abs(by_finite_differences - slope) /
           (1e-6 * std::abs(slope) + 1e-10 * (1 + std::abs(at.value)));
  };
  const double chosen = slope_by_five_points([&](double x) {
    PairLogProbabilities q = p;
    q.policy_chosen += x;
    return loss(q).value;
  });
  const double rejected = slope_by_five_points([&](double x) {
    PairLogProbabilities q = p;
    q.policy_rejected += x;
    return loss(q).value;
  });
  CHECK(off(chosen, at.slope_chosen) <= 1);
  CHECK(off(rejected, at.slope_rejected) <= 1);
}

bool same_loss(const PairLoss& a, const PairLoss& b) {
  return a.value == b.value && a.slope_chosen == b.slope_chosen &&
         a.slope_rejected == b.slope_rejected;
}

bool loss_is_finite(const PairLoss& loss) {
  return std::isfinite(loss.value) && std::isfinite(loss.slope_chosen) &&
         std::isfinite(loss.slope_rejected);
}

/// Those that another f-divergence may hold.
const std::vector<std::string> kOfCurves = {"sigmoid", "cdpo",     "robust",
                                            "hinge",   "exo_pair", "discopop"};

/// The losses of u - v: they fall along a line and do not see what both share.
const std::vector<std::string> kOfTheDifference = {"sigmoid", "cdpo",     "robust",  "ipo",
                                                   "hinge",   "exo_pair", "discopop"};

}  // namespace

// ---- numbers ------------------------------------------------------------------------------------

TEST_CASE("pair losses: value and slopes are those of the truth file, through the table of names") {
  std::set<std::string> met;
  int compared = 0;
  for (const json& c : truth_pairs()) {
    const std::string kind = c["kind"].get<std::string>().substr(std::string("pair_loss/").size());
    if (kind == "rm") continue;
    CAPTURE(c["id"]);
    const TruthLoss& truth = truth_losses().at(kind);
    json options = truth.fixed;
    for (const auto& item : truth.option_of)
      if (c["inputs"].contains(item.first)) options[item.second] = c["inputs"][item.first];
    check_truth(pair_loss_named(truth.name, options)(truth_pair(c["inputs"])), c["expected"]);
    met.insert(truth.name);
    ++compared;
  }
  CHECK(compared == 25);
  // hinge, exo_pair, apo_zero and cpo stand there without an answer.
  CHECK(met == std::set<std::string>{"apo_down", "bco_pair", "cdpo", "cpl_kl", "discopop", "ipo",
                                     "nca_pair", "orpo", "robust", "sigmoid", "sigmoid_norm",
                                     "simpo", "slic", "sppo_hard"});
}

TEST_CASE("pair losses: those without an answer in the truth file, by hand") {
  // beta h = 3/4
  const PairLoss hinge = pair_loss_named("hinge", {{"beta", 0.5}})(kPair);
  CHECK(hinge.value == 0.25);
  CHECK(hinge.slope_chosen == -0.5);
  CHECK(hinge.slope_rejected == 0.5);
  const double q = 1 / (1 + std::exp(-0.75));
  const PairLoss exo =
      pair_loss_named("exo_pair", {{"beta", 0.5}, {"label_smoothing", 0.2}})(kPair);
  CHECK(exo.value ==
        Approx(q * std::log(q / 0.8) + (1 - q) * std::log((1 - q) / 0.2)).epsilon(1e-13));
  // 1 - sigma(1/2) + sigma(-1/4)
  CHECK(pair_loss_named("apo_zero", {{"beta", 0.5}})(kPair).value ==
        Approx(1 / (1 + std::exp(0.5)) + 1 / (1 + std::exp(0.25))).epsilon(1e-14));
  // d = (-5 + 7) / 2 = 1, |y_w| = 4
  const PairLoss cpo =
      pair_loss_named("cpo", {{"beta", 0.5}, {"label_smoothing", 0.1}, {"nll_weight", 3}})(kPair);
  CHECK(cpo.value ==
        Approx(0.9 * std::log(1 + std::exp(-1.0)) + 0.1 * std::log(1 + std::exp(1.0)) + 3 * 5. / 4)
            .epsilon(1e-14));
  CHECK(same_loss(pair_loss_named("sft")(kPair), {1.25, -0.25, 0}));
  // beta u - delta = .1, beta v - delta = -.65
  const PairLoss bco = pair_loss_named("bco_pair", {{"beta", 0.5}, {"delta", 0.4}})(kPair);
  CHECK(bco.value ==
        Approx(std::log(1 + std::exp(-0.1)) + std::log(1 + std::exp(-0.65))).epsilon(1e-14));
}

TEST_CASE("pair losses: slopes are central differences at random pairs, lengths and options") {
  Rng rng(1);
  for (const PairLossType& type : pair_loss_types()) {
    CAPTURE(type.name);
    int checked = 0;
    for (int k = 0; k < 500; ++k) {
      const json options = drawn_options(type, rng);
      CAPTURE(options);
      const PairLogProbabilities p = drawn_pair(rng);
      const PairLossFunction loss = type.make(options);
      if (near_a_corner(loss, p)) continue;
      check_slopes(loss, p);
      ++checked;
    }
    CHECK(checked >= 490);
  }
}

TEST_CASE("pair losses: at log-ratios of 2000 values and slopes are finite") {
  for (const PairLossType& type : pair_loss_types()) {
    CAPTURE(type.name);
    json options = json::object();
    for (const OptionInfo& option : type.options)
      if (option.name == "beta" || option.name == "alpha") options[option.name] = 1;
    const PairLossFunction loss = type.make(options);
    for (const double u : {-2000., -1., 0., 2000.})
      for (const double v : {-2000., -1., 0., 2000.}) {
        CAPTURE(u);
        CAPTURE(v);
        // as ln pi / pi_ref, and, for losses without a reference, as ln pi
        CHECK(loss_is_finite(loss({-2001 + u, -2001 + v, -2001, -2001})));
        if (u <= -1 && v <= -1) CHECK(loss_is_finite(loss({u, v, 0, 0, 3, 2})));
      }
  }
}

TEST_CASE("pair losses: far out they grow as they should: not at all, linearly, by the square") {
  const auto at = [](const char* name, double h) {
    json options = json::object();
    options[std::string(name) == "cpl_kl" ? "alpha" : "beta"] = 1;
    return pair_loss_named(name, options)(pair_of_ratios(h / 2, -h / 2));
  };
  for (const char* bounded : {"apo_zero", "apo_down"}) {
    CHECK(std::abs(at(bounded, -2000).value) <= 2);
    CHECK(std::abs(at(bounded, 2000).value) <= 2);
  }
  for (const char* linear : {"sigmoid", "hinge", "cpl_kl", "sigmoid_norm"})
    CHECK(at(linear, -2000).value == Approx(2000).epsilon(1e-3));
  CHECK(at("cdpo", -2000).value == Approx(0.9 * 2000));
  CHECK(at("cdpo", 2000).value == Approx(0.1 * 2000));
  CHECK(at("robust", -2000).value == Approx(0.9 / 0.8 * 2000));
  CHECK(at("robust", 2000).value == Approx(-0.1 / 0.8 * 2000));
  CHECK(at("discopop", -2000).value == Approx(2000));
  // a divergence between two coins: -ln eps and -ln(1 - eps)
  CHECK(at("exo_pair", -2000).value == Approx(-std::log(1e-3)).epsilon(1e-13));
  CHECK(at("exo_pair", 2000).value == Approx(-std::log1p(-1e-3)).epsilon(1e-13));
  CHECK(at("ipo", -2000).value == 2000.5 * 2000.5);
  CHECK(at("sppo_hard", -2000).value == 2 * 1000.5 * 1000.5);
}

TEST_CASE("pair losses: at log-ratios of 2000 the JS divergence keeps all finite") {
  for (const std::string& name : kOfCurves) {
    CAPTURE(name);
    const PairLossFunction loss = pair_loss_named(name, {{"beta", 1}, {"f_divergence_type", "js"}});
    for (const double u : {-2000., 0., 2000.})
      for (const double v : {-2000., 0., 2000.}) CHECK(loss_is_finite(loss(pair_of_ratios(u, v))));
  }
}

// f' of these is infinite where the policy has left the reference's support, and so may a loss be;
// none may be NaN.
TEST_CASE("pair losses: at log-ratios of 2000 forward KL and alpha give numbers or infinity") {
  for (const std::string& name : kOfCurves)
    for (const std::string& divergence : std::vector<std::string>{"forward_kl", "alpha"}) {
      CAPTURE(name);
      CAPTURE(divergence);
      const PairLossFunction loss =
          pair_loss_named(name, {{"beta", 1}, {"f_divergence_type", divergence}});
      int not_a_number = 0;
      for (const double u : {-2000., 0., 2000.})
        for (const double v : {-2000., 0., 2000.}) {
          const PairLoss l = loss(pair_of_ratios(u, v));
          if (std::isnan(l.value) || std::isnan(l.slope_chosen) || std::isnan(l.slope_rejected))
            ++not_a_number;
        }
      CHECK(not_a_number == 0);
    }
}

// ---- what each is
// --------------------------------------------------------------------------------

TEST_CASE("pair losses: trap: the loss starts at ln 2, with slopes -/+ beta / 2") {
  Rng rng(2);
  for (int k = 0; k < 100; ++k) {
    PairLogProbabilities p = drawn_pair(rng);
    p.reference_chosen = p.policy_chosen;
    p.reference_rejected = p.policy_rejected;
    const double beta = rng.uniform(0.01, 2);
    CHECK(same_loss(pair_loss_named("sigmoid", {{"beta", beta}})(p), {kLn2, -beta / 2, beta / 2}));
    for (const char* name : {"cdpo", "robust", "sigmoid_norm"})
      CHECK(pair_loss_named(name, {{"beta", beta}})(p).value == Approx(kLn2).epsilon(1e-14));
    CHECK(pair_loss_named("cpl_kl", {{"alpha", beta}, {"contrastive_bias", 0.5}})(p).value == kLn2);
    CHECK(pair_loss_named("hinge", {{"beta", beta}})(p).value == 1);
  }
}

TEST_CASE("pair losses: trap: a loss type that is ignored: no two types are the same function") {
  const auto& types = pair_loss_types();
  CHECK(types.size() == 20);
  std::vector<PairLoss> losses;
  for (const PairLossType& type : types) {
    PairLogProbabilities p = kPair;
    if (!type.needs_reference) p.reference_chosen = p.reference_rejected = 0;
    json options = json::object();
    if (type.name == "cpl_kl") options["contrastive_bias"] = 0.5;  // with 1 it is sigmoid
    losses.push_back(type.make(options)(p));
  }
  for (std::size_t i = 0; i < types.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      CAPTURE(types[i].name);
      CAPTURE(types[j].name);
      CHECK(std::abs(losses[i].value - losses[j].value) > 1e-4);
    }
}

TEST_CASE("pair losses: only those that need a reference depend on it") {
  PairLogProbabilities moved = kPair;
  moved.reference_chosen -= 1;
  for (const PairLossType& type : pair_loss_types()) {
    CAPTURE(type.name);
    if (type.name == "cpl") continue;  // told of a reference, it is cpl_kl
    const PairLossFunction loss = type.make({});
    CHECK(same_loss(loss(kPair), loss(moved)) == !type.needs_reference);
  }
}

TEST_CASE("pair losses: trap: label_smoothing beside sigmoid is an error, not ignored") {
  CHECK(error_of([] {
          pair_loss_named("sigmoid", {{"label_smoothing", 0.1}});
        }) == "unknown option 'label_smoothing' (choices: beta, f_divergence_type, f_alpha)");
  const double smoothed = pair_loss_named("cdpo", {{"label_smoothing", 0.1}})(kPair).value;
  CHECK(smoothed > pair_loss_named("sigmoid")(kPair).value);
  CHECK(pair_loss_named("cdpo", {{"label_smoothing", 0}})(kPair).value ==
        pair_loss_named("sigmoid")(kPair).value);
}

TEST_CASE("pair losses: trap: each option of each loss changes it") {
  Rng rng(3);
  for (const PairLossType& type : pair_loss_types())
    for (const OptionInfo& option : type.options) {
      CAPTURE(type.name);
      CAPTURE(option.name);
      json base = json::object();
      if (option.name == "f_alpha") base["f_divergence_type"] = "alpha";
      std::vector<json> others;
      for (const std::string& choice : option.choices)
        if (json(choice).dump() != option.default_json) others.emplace_back(choice);
      if (option.choices.empty()) others.emplace_back(drawn_number(option.name, rng));
      for (const json& other : others) {
        CAPTURE(other);
        json changed = base;
        changed[option.name] = other;
        const PairLossFunction by_default = type.make(base);
        const PairLossFunction by_other = type.make(changed);
        int differ = 0;
        for (int k = 0; k < 20; ++k) {
          const PairLogProbabilities p = drawn_pair(rng);
          if (std::abs(by_default(p).value - by_other(p).value) > 1e-6) ++differ;
        }
        CHECK(differ >= 10);
      }
    }
}

TEST_CASE("pair losses: trap: IPO of sums and IPO of means differ") {
  // u - v = 3/2, u / 4 - v / 2 = 1/2, 1 / (2 beta) = 5
  CHECK(same_loss(pair_loss_named("ipo")(kPair), {12.25, -7, 7}));
  CHECK(same_loss(pair_loss_named("ipo", {{"ipo_reduction", "mean"}})(kPair), {20.25, -2.25, 4.5}));
  CHECK(describe(IpoLoss{})[1].default_json == "\"sum\"");  // the paper's
  PairLogProbabilities single = kPair;
  single.chosen_length = single.rejected_length = 1;
  CHECK(same_loss(pair_loss_named("ipo")(single),
                  pair_loss_named("ipo", {{"ipo_reduction", "mean"}})(single)));
}

TEST_CASE("pair losses: trap: length normalisation divides each response by its own steps") {
  PairLogProbabilities longer = kPair;
  longer.chosen_length = 5;
  PairLogProbabilities other = kPair;
  other.rejected_length = 3;
  const std::set<std::string> by_both = {"simpo", "orpo", "sigmoid_norm"};
  const std::set<std::string> by_chosen = {"cpo", "sft"};
  for (const PairLossType& type : pair_loss_types()) {
    CAPTURE(type.name);
    const PairLossFunction loss = type.make({});
    const bool both = by_both.count(type.name) > 0;
    CHECK(same_loss(loss(longer), loss(kPair)) == (!both && by_chosen.count(type.name) == 0));
    CHECK(same_loss(loss(other), loss(kPair)) == !both);
  }
  // beta (-5 / 4 + 7 / 2) - gamma = 4
  CHECK(pair_loss_named("simpo")(kPair).value == Approx(std::log1p(std::exp(-4.0))).epsilon(1e-14));
  // beta (1 / 4 + (1 / 2) / 2) = 1/4
  CHECK(pair_loss_named("sigmoid_norm", {{"beta", 0.5}})(kPair).value ==
        Approx(std::log1p(std::exp(-0.25))).epsilon(1e-14));
}

TEST_CASE("pair losses: trap: robust falls for ever on a pair of one side, cdpo turns back") {
  const PairLossFunction robust = pair_loss_named("robust", {{"label_smoothing", 0.2}});
  const PairLossFunction cdpo = pair_loss_named("cdpo", {{"label_smoothing", 0.2}});
  double last = robust(pair_of_ratios(0, 0)).value;
  for (double h = 1; h < 1e6; h *= 2) {
    const PairLoss l = robust(pair_of_ratios(h, 0));
    CHECK(l.value < last);
    CHECK(l.slope_chosen < -0.03);  // at least beta eps / (1 - 2 eps)
    last = l.value;
  }
  CHECK(last < -1e4);
  CHECK(cdpo(pair_of_ratios(1e4, 0)).slope_chosen > 0);
}

TEST_CASE("pair losses: robust's mean over flipped labels is the sigmoid loss of the true ones") {
  Rng rng(4);
  for (int k = 0; k < 200; ++k) {
    const double h = rng.uniform(-20, 20);
    const double eps = rng.uniform(0, 0.45);
    const double beta = rng.uniform(0.05, 2);
    const PairLossFunction loss =
        pair_loss_named("robust", {{"beta", beta}, {"label_smoothing", eps}});
    const PairLoss right = loss(pair_of_ratios(h, 0));
    const PairLoss wrong = loss(pair_of_ratios(-h, 0));
    const PairLoss clean = pair_loss_named("sigmoid", {{"beta", beta}})(pair_of_ratios(h, 0));
    CHECK((1 - eps) * right.value + eps * wrong.value == Approx(clean.value).epsilon(1e-11));
    CHECK((1 - eps) * right.slope_chosen - eps * wrong.slope_chosen ==
          Approx(clean.slope_chosen).epsilon(1e-11));
  }
}

TEST_CASE("pair losses: cdpo and exo_pair are at rest where sigma(beta h) = 1 - eps") {
  for (const double eps : {0.01, 0.1, 0.3, 0.45}) {
    const double h = std::log((1 - eps) / eps) / 0.25;
    const json options = {{"beta", 0.25}, {"label_smoothing", eps}};
    for (const char* name : {"cdpo", "exo_pair"}) {
      const PairLossFunction loss = pair_loss_named(name, options);
      CHECK(std::abs(loss(pair_of_ratios(h, 0)).slope_chosen) <= 1e-15);
      CHECK(loss(pair_of_ratios(h + 0.1, 0)).slope_chosen > 0);
      CHECK(loss(pair_of_ratios(h - 0.1, 0)).slope_chosen < 0);
    }
    CHECK(std::abs(pair_loss_named("exo_pair", options)(pair_of_ratios(h, 0)).value) <= 1e-15);
  }
}

TEST_CASE("pair losses: IPO, SPPO and hinge are at rest where they draw h to") {
  const json options = {{"beta", 0.25}};  // 1 / (2 beta) = 2
  CHECK(same_loss(pair_loss_named("ipo", options)(pair_of_ratios(3, 1)), {0, 0, 0}));
  CHECK(same_loss(pair_loss_named("sppo_hard", options)(pair_of_ratios(2, -2)), {0, 0, 0}));
  CHECK(same_loss(pair_loss_named("hinge", options)(pair_of_ratios(4.5, 0)), {0, 0, 0}));
}

TEST_CASE(
    "pair losses: trap: the chosen response may fall: losses of u - v have a flat direction") {
  Rng rng(5);
  for (const PairLossType& type : pair_loss_types()) {
    CAPTURE(type.name);
    const PairLossFunction loss = type.make({});
    const bool flat = std::find(kOfTheDifference.begin(), kOfTheDifference.end(), type.name) !=
                          kOfTheDifference.end() ||
                      type.name == "cpl" || type.name == "cpl_kl";  // with lambda = 1
    double moved = 0;
    double pull = 0;
    for (int k = 0; k < 50; ++k) {
      PairLogProbabilities p = drawn_pair(rng);
      p.rejected_length = p.chosen_length + 1;  // means are not flat where lengths differ
      const PairLoss before = loss(p);
      p.policy_chosen -= 3;
      p.policy_rejected -= 3;
      moved = std::max(moved, std::abs(loss(p).value - before.value) / (1 + before.value));
      pull = std::max(pull, std::abs(before.slope_chosen + before.slope_rejected));
    }
    CHECK((moved < 1e-12) == flat);
    CHECK((pull < 1e-12) == flat);
  }
  // The likelihood beside it holds the chosen one: the cure that is offered.
  const PairLossFunction held =
      weighted_pair_loss({{1, pair_loss_named("sigmoid")}, {0.5, pair_loss_named("sft")}});
  CHECK(held(pair_of_ratios(-3, -4)).value > held(pair_of_ratios(0, -1)).value + 1);
}

TEST_CASE("pair losses: trap: a wrongly ordered pair keeps its slope however far it is off") {
  // A clip of the difference at 50, as some code has it, would leave nothing.
  for (const double h : {-51., -500., -1e6}) {
    const PairLoss l = pair_loss_named("sigmoid", {{"beta", 1}})(pair_of_ratios(h, 0));
    CHECK(l.slope_chosen == -1);
    CHECK(l.slope_rejected == 1);
    CHECK(l.value == -h);
  }
}

TEST_CASE("pair losses: CPL in its KL form with lambda 1 is DPO") {
  Rng rng(6);
  for (int k = 0; k < 500; ++k) {
    PairLogProbabilities p = drawn_pair(rng);
    if (k % 5 == 0) p.policy_chosen -= 1000;
    const double beta = rng.uniform(0.05, 2);
    const PairLossFunction cpl =
        pair_loss_named("cpl_kl", {{"alpha", beta}, {"contrastive_bias", 1}});
    CHECK(same_loss(cpl(p), pair_loss_named("sigmoid", {{"beta", beta}})(p)));
  }
}

TEST_CASE("pair losses: CPL by hand: lambda below 1 weighs the rejected one less") {
  // A_w = -.5, lambda A_l = -.35: softplus(.15)
  const PairLoss l = pair_loss_named("cpl", {{"alpha", 0.1}, {"contrastive_bias", 0.5}})(
      {.policy_chosen = -5, .policy_rejected = -7});
  CHECK(l.value == Approx(std::log1p(std::exp(0.15))).epsilon(1e-14));
  CHECK(l.slope_rejected == Approx(-0.5 * l.slope_chosen).epsilon(1e-14));
}

// ---- other divergences
// ---------------------------------------------------------------------------

TEST_CASE("pair losses: the alpha-divergence is the forward KL at 0 and near 1 the reverse KL") {
  Rng rng(7);
  for (const std::string& name : kOfCurves)
    for (int k = 0; k < 50; ++k) {
      CAPTURE(name);
      const PairLogProbabilities p = drawn_pair(rng);
      const auto by_alpha = [&](double alpha) {
        return pair_loss_named(name, {{"f_divergence_type", "alpha"}, {"f_alpha", alpha}})(p);
      };
      CHECK(
          same_loss(by_alpha(0), pair_loss_named(name, {{"f_divergence_type", "forward_kl"}})(p)));
      for (const double alpha : {1 - 1e-7, 1 + 1e-7})
        CHECK(by_alpha(alpha).value == Approx(pair_loss_named(name)(p).value).epsilon(1e-5));
    }
}

TEST_CASE("pair losses: trap: f_alpha without the alpha-divergence is an error") {
  const std::string no_effect =
      "option 'f_alpha' has no effect unless f_divergence_type is 'alpha'";
  for (const std::string& name : kOfCurves) {
    CHECK(error_of([&] { pair_loss_named(name, {{"f_alpha", 0.3}}); }) == no_effect);
    CHECK(error_of([&] {
            pair_loss_named(name, {{"f_alpha", 0.3}, {"f_divergence_type", "js"}});
          }) == no_effect);
  }
  CHECK(contains(error_of([] {
                   pair_loss_named("sigmoid", {{"f_alpha", 1}, {"f_divergence_type", "alpha"}});
                 }),
                 "option 'f_alpha': 1 is the reverse KL"));
}

TEST_CASE("pair losses: trap: f_alpha without the alpha-divergence, however it is spelt") {
  CHECK(contains(error_of([] {
                   pair_loss_named("sigmoid", {{"f-alpha", 0.3}});
                 }),
                 "has no effect unless f_divergence_type is 'alpha'"));
}

// ---- sums, names, ranges
// -------------------------------------------------------------------------

TEST_CASE("pair losses: a weighted sum has the weighted values and slopes of its terms") {
  const PairLossFunction sigmoid_loss = pair_loss_named("sigmoid", {{"beta", 0.5}});
  const PairLossFunction nll = pair_loss_named("sft");
  const PairLossFunction ipo = pair_loss_named("ipo");
  const PairLoss sum = weighted_pair_loss({{2, sigmoid_loss}, {0.5, nll}, {0, ipo}})(kPair);
  const PairLoss a = sigmoid_loss(kPair);
  const PairLoss b = nll(kPair);
  CHECK(sum.value == Approx(2 * a.value + b.value / 2).epsilon(1e-15));
  CHECK(sum.slope_chosen == Approx(2 * a.slope_chosen + b.slope_chosen / 2).epsilon(1e-15));
  CHECK(sum.slope_rejected == Approx(2 * a.slope_rejected).epsilon(1e-15));
  CHECK(same_loss(weighted_pair_loss({{1, sigmoid_loss}})(kPair), a));
  CHECK(error_of([] { weighted_pair_loss({}); }) == "a weighted loss needs at least one loss");
}

TEST_CASE("pair losses: names: `-` is `_`, and a wrong one is told the nearest") {
  CHECK(pair_loss_type("apo-zero").name == "apo_zero");
  CHECK(pair_loss_type("cpl_kl").name == "cpl_kl");
  CHECK(contains(error_of([] { pair_loss_type("sigmiod"); }),
                 "unknown loss type 'sigmiod'; did you mean 'sigmoid'? (choices: sigmoid, cdpo, "));
  std::set<std::string> names;
  for (const PairLossType& type : pair_loss_types()) {
    names.insert(type.name);
    CHECK_FALSE(type.formula.empty());
    CHECK_FALSE(type.source.empty());
  }
  CHECK(names.size() == pair_loss_types().size());
}

TEST_CASE("pair losses: options out of range or of another type are refused by name") {
  CHECK(error_of([] {
          pair_loss_named("sigmoid", {{"beta", 0}});
        }) == "option 'beta': 0 is not in [1e-09, 1000000000]");
  CHECK(contains(error_of([] {
                   pair_loss_named("robust", {{"label_smoothing", 0.5}});
                 }),
                 "option 'label_smoothing': 0.5 is not in [0, 0.49]"));
  CHECK(contains(error_of([] {
                   pair_loss_named("cpl", {{"contrastive_bias", 1.5}});
                 }),
                 "option 'contrastive_bias': 1.5 is not in"));
  CHECK(contains(error_of([] {
                   pair_loss_named("ipo", {{"ipo_reduction", "men"}});
                 }),
                 "did you mean 'mean'? (choices: sum, mean)"));
  CHECK(contains(error_of([] {
                   pair_loss_named("sigmoid", {{"f_divergence_type", "forwardkl"}});
                 }),
                 "did you mean 'forward_kl'?"));
  CHECK(contains(error_of([] { pair_loss_named("sft", {{"beta", 1}}); }), "unknown option 'beta'"));
}

// ---- reward models
// -------------------------------------------------------------------------------

TEST_CASE("pair losses: Bradley-Terry of rewards is that of the truth file") {
  int compared = 0;
  for (const json& c : truth_pairs()) {
    if (c["kind"] != "pair_loss/rm") continue;
    const json& in = c["inputs"];
    check_truth(RewardPairLoss{in["lam"]}(in["policy_chosen_logp"], in["policy_rejected_logp"],
                                          in.value("gamma", 0.0)),
                c["expected"]);
    ++compared;
  }
  CHECK(compared == 3);
}

TEST_CASE("pair losses: of rewards: margins and centring, by hand and by central differences") {
  CHECK(same_loss(RewardPairLoss{}(1.5, 1.5), {kLn2, -0.5, 0.5}));
  CHECK(same_loss(RewardPairLoss{}(3, 1.5, 1.5), {kLn2, -0.5, 0.5}));
  CHECK(RewardPairLoss{0.01}(1, 3).value - RewardPairLoss{}(1, 3).value == Approx(0.16));
  CHECK(loss_is_finite(RewardPairLoss{0.01}(-2000, 2000, 1)));
  Rng rng(8);
  for (int k = 0; k < 500; ++k) {
    const RewardPairLoss loss{rng.uniform(0, 0.1)};
    const double m = rng.uniform(-1, 1);
    const PairLossFunction of_rewards = [=](const PairLogProbabilities& p) {
      return loss(p.policy_chosen, p.policy_rejected, m);
    };
    check_slopes(of_rewards, pair_of_ratios(rng.uniform(-3, 3), rng.uniform(-3, 3)));
  }
}

TEST_CASE(
    "pair losses: trap: CPL's lambda: below 1 it pulls the data's own mass up, at 1 it does not") {
  const PairLogProbabilities pair{.policy_chosen = -3, .policy_rejected = -2};
  for (const double lambda : {0.5, 0.75, 1.0}) {
    const PairLoss loss = CplLoss{.alpha = 0.1, .contrastive_bias = lambda}(pair);
    const double pull = -loss.slope_chosen;
    CHECK(loss.slope_rejected == doctest::Approx(lambda * pull));
    CHECK(loss.slope_chosen + loss.slope_rejected == doctest::Approx(-(1 - lambda) * pull));
  }
  CHECK(CplLoss{}.contrastive_bias == 1);  // where the data cover all actions
}

}  // namespace rl
