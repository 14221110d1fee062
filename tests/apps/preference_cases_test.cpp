#include "apps/reproduce/preference_cases.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "apps/reproduce/result.hpp"
#include "rl/files.hpp"
#include "tests/errors.hpp"
#include "tests/paths.hpp"

namespace rl::reproduce {

namespace {

using doctest::Approx;
using nlohmann::json;
using tests::contains;

const std::vector<Case>& preference_truth() {
  static const std::vector<Case> cases = read_cases(
      json::parse(read_file(std::string(tests::kTruthFolder) + "/preference.json")), "preference");
  return cases;
}

const Case& preference_case(const std::string& id) {
  const auto& cases = preference_truth();
  const auto found =
      std::find_if(cases.begin(), cases.end(), [&](const Case& c) { return c.id == id; });
  REQUIRE(found != cases.end());
  return *found;
}

json answer_of(const std::string& id) { return compute_preference(preference_case(id)); }
const json& inputs_of(const std::string& id) { return preference_case(id).whole["inputs"]; }

/// "3 x 2 x number" as [3][2], "number" as a number, an object key by key.
bool answer_has_shape(const json& value, const json& shape) {
  if (shape.is_object())
    return value.is_object() && value.size() == shape.size() &&
           std::all_of(shape.items().begin(), shape.items().end(), [&](const auto& item) {
             return value.contains(item.key()) && answer_has_shape(value[item.key()], item.value());
           });
  const std::string text = shape.get<std::string>();
  if (text == "number") return value.is_number();
  const std::size_t by = text.find(" x ");
  REQUIRE(by != std::string::npos);
  return value.is_array() && value.size() == std::stoul(text.substr(0, by)) &&
         std::all_of(value.begin(), value.end(),
                     [&](const json& part) { return answer_has_shape(part, text.substr(by + 3)); });
}

bool has_booleans(const json& value) {
  return value.is_boolean() ||
         (value.is_structured() && std::any_of(value.begin(), value.end(), has_booleans));
}

/// The error of a case of this kind and these inputs.
std::string preference_error(const std::string& kind, const json& inputs) {
  Case c;
  c.id = "a";
  c.kind = kind;
  c.whole = {{"inputs", inputs}};
  return tests::error_of([&] { compute_preference(c); });
}

/// The inputs of a case of the file with one key changed.
json with_input(const std::string& id, const char* key, const json& value) {
  json inputs = inputs_of(id);
  inputs[key] = value;
  return inputs;
}

// ---- formulas, written once more ----------------------------------------------------------------

double plain_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

using PlainNumbers = std::vector<double>;
PlainNumbers plain_list(const json& value) { return value.get<PlainNumbers>(); }

/// ref exp(x / beta) / Z
PlainNumbers tilted_by(const PlainNumbers& reference, const PlainNumbers& x, double beta) {
  PlainNumbers pi;
  double z = 0;
  for (std::size_t a = 0; a < reference.size(); ++a) {
    pi.push_back(reference[a] * std::exp(x[a] / beta));
    z += pi.back();
  }
  for (double& p : pi) p /= z;
  return pi;
}

double plain_mean(const PlainNumbers& pi, const PlainNumbers& x) {
  double sum = 0;
  for (std::size_t a = 0; a < pi.size(); ++a) sum += pi[a] * x[a];
  return sum;
}

double plain_divergence(const PlainNumbers& p, const PlainNumbers& q) {
  double sum = 0;
  for (std::size_t a = 0; a < p.size(); ++a)
    if (p[a] > 0) sum += p[a] * std::log(p[a] / q[a]);
  return sum;
}

/// The three numbers of a pair loss.
bool pair_answer(const std::string& id, double loss, double chosen, double rejected) {
  const json answer = answer_of(id);
  return within(answer["loss"], loss, 1e-12) &&
         within(answer["grad_policy_chosen_logp"], chosen, 1e-12) &&
         within(answer["grad_policy_rejected_logp"], rejected, 1e-12);
}

bool reward_answer(const std::string& id, double chosen, double rejected) {
  const json answer = answer_of(id);
  return within(answer["rewards/chosen"], chosen, 1e-12) &&
         within(answer["rewards/rejected"], rejected, 1e-12) &&
         within(answer["rewards/margins"], chosen - rejected, 1e-12) &&
         answer["rewards/accuracies"] == (chosen > rejected ? 1.0 : 0.0);
}

// ---- the three states, discounted ---------------------------------------------------------------

using PlainTable = std::vector<PlainNumbers>;

/// x = b + gamma M x for three numbers, by Cramer's rule.
PlainNumbers three_values(const PlainTable& m, const PlainNumbers& b, double gamma) {
  const auto determinant = [](const PlainTable& a) {
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
           a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  };
  PlainTable left(3, PlainNumbers(3));
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) left[i][j] = (i == j ? 1 : 0) - gamma * m[i][j];
  PlainNumbers x;
  for (std::size_t j = 0; j < 3; ++j) {
    PlainTable replaced = left;
    for (std::size_t i = 0; i < 3; ++i) replaced[i][j] = b[i];
    x.push_back(determinant(replaced) / determinant(left));
  }
  return x;
}

/// Q - V of the policy pi in the world that pays r - beta ln pi / ref: what pi is worth, by solving
/// its linear equations. An optimal pi has this for its own log-ratios times beta.
PlainTable advantages_by_evaluation(const json& in, const PlainTable& pi, const json& potential) {
  const double gamma = in["gamma"];
  const double beta = in["beta"];
  const auto reward = [&](std::size_t s, std::size_t a) {
    double r = in["rewards"][s][a];
    if (potential.is_null()) return r;
    for (std::size_t next = 0; next < 3; ++next)
      r += in["P"][s][a][next].get<double>() * gamma * potential[next].get<double>();
    return r - potential[s].get<double>();
  };
  PlainTable chain(3, PlainNumbers(3, 0));
  PlainNumbers paid(3, 0);
  for (std::size_t s = 0; s < 3; ++s)
    for (std::size_t a = 0; a < 2; ++a) {
      paid[s] +=
          pi[s][a] * (reward(s, a) - beta * std::log(pi[s][a] / in["ref"][s][a].get<double>()));
      for (std::size_t next = 0; next < 3; ++next)
        chain[s][next] += pi[s][a] * in["P"][s][a][next].get<double>();
    }
  const PlainNumbers v = three_values(chain, paid, gamma);
  PlainTable advantage(3, PlainNumbers(2));
  for (std::size_t s = 0; s < 3; ++s)
    for (std::size_t a = 0; a < 2; ++a) {
      advantage[s][a] = reward(s, a) - v[s];
      for (std::size_t next = 0; next < 3; ++next)
        advantage[s][a] += gamma * in["P"][s][a][next].get<double>() * v[next];
    }
  return advantage;
}

/// ref exp(A / beta), which sums to 1 where A is Q - V of the optimum.
PlainTable policy_of_advantages(const json& in, const json& advantage) {
  PlainTable pi(3, PlainNumbers(2));
  for (std::size_t s = 0; s < 3; ++s)
    for (std::size_t a = 0; a < 2; ++a)
      pi[s][a] = in["ref"][s][a].get<double>() *
                 std::exp(advantage[s][a].get<double>() / in["beta"].get<double>());
  return pi;
}

// ---- the world of four states, without chance ---------------------------------------------------

struct Trajectory {
  std::vector<std::size_t> states, actions;
  double reference, reward;
};

/// All of `steps` steps from s.
std::vector<Trajectory> trajectories_from(const json& in, std::size_t s, int steps) {
  if (steps == 0) return {{{s}, {}, 1, 0}};
  std::vector<Trajectory> all;
  for (std::size_t a = 0; a < 2; ++a)
    for (const Trajectory& rest : trajectories_from(in, in["next_state"][s][a], steps - 1)) {
      Trajectory whole{{s},
                       {a},
                       rest.reference * in["ref"][s][a].get<double>(),
                       rest.reward + in["rewards"][s][a].get<double>()};
      whole.states.insert(whole.states.end(), rest.states.begin(), rest.states.end());
      whole.actions.insert(whole.actions.end(), rest.actions.begin(), rest.actions.end());
      all.push_back(whole);
    }
  return all;
}

/// sum ref(tau) exp(R / beta) over those that f keeps.
double weight_of(const std::vector<Trajectory>& all, double beta,
                 const std::function<bool(const Trajectory&)>& keeps) {
  double sum = 0;
  for (const Trajectory& t : all)
    if (keeps(t)) sum += t.reference * std::exp(t.reward / beta);
  return sum;
}

// ---- one response -------------------------------------------------------------------------------

/// A_t = sum_l (gamma lambda)^l (r_{t+l} + gamma V_{t+l+1} - V_{t+l}), V = 0 after the end.
PlainNumbers advantages_by_double_sum(const PlainNumbers& reward, const PlainNumbers& v,
                                      double gamma, double lambda) {
  PlainNumbers advantage;
  for (std::size_t t = 0; t < v.size(); ++t) {
    double sum = 0;
    for (std::size_t k = t; k < v.size(); ++k) {
      const double after = k + 1 < v.size() ? v[k + 1] : 0;
      sum +=
          std::pow(gamma * lambda, static_cast<double>(k - t)) * (reward[k] + gamma * after - v[k]);
    }
    advantage.push_back(sum);
  }
  return advantage;
}

void check_response(const std::string& id, const std::function<double(double)>& estimate) {
  const json& in = inputs_of(id);
  const json answer = answer_of(id);
  const double coefficient = in["kl_coef"];
  PlainNumbers kl;
  PlainNumbers reward;
  for (std::size_t t = 0; t < 4; ++t) {
    kl.push_back(estimate(in["logps"][t].get<double>() - in["ref_logps"][t].get<double>()));
    reward.push_back(-coefficient * kl.back());
  }
  const double penalty = -coefficient * (kl[0] + kl[1] + kl[2] + kl[3]);
  const double score = in["score"];
  reward.back() += score;
  const PlainNumbers v = plain_list(in["values"]);
  const PlainNumbers advantage = advantages_by_double_sum(reward, v, in["gamma"], in["lam"]);
  PlainNumbers returns;
  for (std::size_t t = 0; t < 4; ++t) returns.push_back(advantage[t] + v[t]);
  CHECK(within(answer["kl"], kl, 1e-14));
  CHECK(within(answer["rewards"], reward, 1e-14));
  CHECK(within(answer["advantages"], advantage, 1e-14));
  CHECK(within(answer["returns"], returns, 1e-14));
  CHECK(within(answer["non_score_reward"], penalty, 1e-14));
  CHECK(within(answer["rlhf_reward"], score + penalty, 1e-14));
}

}  // namespace

// ---- the file -----------------------------------------------------------------------------------

TEST_CASE("preference cases: every reference agrees, also through evaluate") {
  const Registry none;
  int compared = 0;
  for (const Case& c : preference_truth()) {
    CAPTURE(c.id);
    if (c.expected.is_null()) continue;
    ++compared;
    CHECK(c.tolerance.has_value());
    CHECK(agrees(c, {compute_preference(c)}) == true);
    const CaseResult result = evaluate(none, c);
    CHECK(result.error.empty());
    CHECK(result.agrees == true);
  }
  CHECK(compared == 66);
}

TEST_CASE("preference cases: a number that is off by more than its tolerance does not agree") {
  const Registry none;
  Case c = preference_case("rloo");
  c.expected["advantages"][1] = c.expected["advantages"][1].get<double>() + 1e-9;
  CHECK(evaluate(none, c).agrees == false);
  c.tolerance = 1e-8;
  CHECK(evaluate(none, c).agrees == true);
  c.expected["other"] = 1;
  CHECK(evaluate(none, c).agrees == false);
}

TEST_CASE("preference cases: withheld answers have the shape that is asked for") {
  const Registry none;
  int withheld = 0;
  for (const Case& c : preference_truth()) {
    CAPTURE(c.id);
    if (!c.expected.is_null()) continue;
    ++withheld;
    const json answer = compute_preference(c);
    CHECK(answer_has_shape(answer, c.whole["expected_shape"]));
    CHECK_FALSE(has_booleans(answer));
    CHECK(evaluate(none, c).agrees == std::nullopt);
    CHECK(evaluate(none, c).measured.value == answer);
  }
  CHECK(withheld == 25);
}

// ---- withheld answers, a second way -------------------------------------------------------------

TEST_CASE("preference cases: withheld pair losses by hand") {
  const double up = plain_sigmoid(0.5);      // u = 1, beta u = 1/2
  const double down = plain_sigmoid(-0.25);  // v = -1/2
  CHECK(pair_answer("apo_zero", 1 - up + down, -0.5 * up * (1 - up), 0.5 * down * (1 - down)));
  CHECK(reward_answer("apo_zero", 0.5, -0.25));
  CHECK(pair_answer("hinge_active", 0.25, -0.5, 0.5));  // beta h = 3/4
  CHECK(reward_answer("hinge_active", 0.5, -0.25));
  CHECK(pair_answer("hinge_inactive", 0, 0, 0));  // beta h = 4
  CHECK(reward_answer("hinge_inactive", 2, -2));
  CHECK(pair_answer("dpo_sigmoid_large_neg", 1999, -1, 1));  // h = -1500 - 499
  CHECK(reward_answer("dpo_sigmoid_large_neg", -1500, 499));
  // A_w = -.8, A_l = -.9
  const double missed = std::exp(-0.9) / (std::exp(-0.8) + std::exp(-0.9));
  CHECK(pair_answer("cpl_lambda1", -std::log(1 - missed), -0.1 * missed, 0.1 * missed));
  // d = .1, |y_w| = 4
  const double short_of = 0.1 * (1 - plain_sigmoid(0.1));
  CHECK(pair_answer("cpo", -std::log(plain_sigmoid(0.1)) + 2, -short_of - 0.25, short_of));
  // beta h = .3 (-.5 - 1) = -.45
  const double right = plain_sigmoid(-0.45);
  const double scale = 1 - 2 * 0.3;
  const double fall = 0.3 * (0.7 * (1 - right) + 0.3 * right) / scale;
  CHECK(pair_answer("robust_eps0.3_neg",
                    (-0.7 * std::log(right) + 0.3 * std::log(1 - right)) / scale, -fall, fall));
  CHECK(reward_answer("robust_eps0.3_neg", -0.15, 0.3));
}

TEST_CASE("preference cases: the withheld EXO loss and its slope, from the two coins") {
  const auto divergence = [](double h) {
    const double q = plain_sigmoid(0.5 * h);
    return q * (std::log(q) - std::log(0.999)) + (1 - q) * (std::log(1 - q) - std::log(0.001));
  };
  constexpr double h = 1e-3;
  const double slope = (8 * (divergence(1.5 + h) - divergence(1.5 - h)) -
                        (divergence(1.5 + 2 * h) - divergence(1.5 - 2 * h))) /
                       (12 * h);
  const json answer = answer_of("exo_pair");
  CHECK(within(answer["loss"], divergence(1.5), 1e-13));
  CHECK(within(answer["grad_policy_chosen_logp"], slope, 1e-10));
  CHECK(within(answer["grad_policy_rejected_logp"], -slope, 1e-10));
  CHECK(reward_answer("exo_pair", 0.5, -0.25));
}

TEST_CASE("preference cases: withheld batches by hand") {
  // h = 0, .1 + 9.9, -.9 + 20.9: beta h = 0, 1, 2
  CHECK(within(answer_of("anchor_torchtune_dpo")["losses"],
               {std::log(2.0), std::log(1 + std::exp(-1.0)), std::log(1 + std::exp(-2.0))}, 1e-14));
  CHECK(within(answer_of("anchor_torchtune_hinge")["losses"], {1, 0, 0}, 1e-15));
}

TEST_CASE("preference cases: the withheld KTO batch by hand") {
  const json answer = answer_of("kto_z0_pos");
  // mismatched log-ratios .5, .2, -.5, .6
  const double z0 = 0.8 / 4;
  CHECK(within(answer["kl"], z0, 1e-14));
  const PlainNumbers u = {1, -0.5, 0.2, 1};
  PlainNumbers loss;
  PlainNumbers slope;
  for (std::size_t i = 0; i < 4; ++i) {
    const bool good = i % 2 == 0;
    const double s = plain_sigmoid(0.3 * (good ? u[i] - z0 : z0 - u[i]));
    const double weight = good ? 1 : 1.33;
    loss.push_back(weight * (1 - s));
    slope.push_back((good ? -1 : 1) * weight * 0.3 * s * (1 - s) / 4);
  }
  CHECK(within(answer["per_example"], loss, 1e-13));
  CHECK(within(answer["grad_policy_logps"], slope, 1e-13));
  CHECK(within(answer["loss"], (loss[0] + loss[1] + loss[2] + loss[3]) / 4, 1e-13));
}

TEST_CASE("preference cases: the withheld tilted choice: no other policy is worth more") {
  const json& in = inputs_of("bandit_kl_opt_b2");
  const json answer = answer_of("bandit_kl_opt_b2");
  const PlainNumbers reference = plain_list(in["ref"]);
  const PlainNumbers reward = plain_list(in["rewards"]);
  const PlainNumbers pi = tilted_by(reference, reward, 2);
  CHECK(within(answer["pi"], pi, 1e-14));
  CHECK(within(answer["expected_reward"], plain_mean(pi, reward), 1e-14));
  CHECK(within(answer["kl"], plain_divergence(pi, reference), 1e-14));
  const auto worth = [&](const PlainNumbers& p) {
    return plain_mean(p, reward) - 2 * plain_divergence(p, reference);
  };
  CHECK(within(answer["value"], worth(pi), 1e-14));
  for (std::size_t a = 0; a < 4; ++a) {
    PlainNumbers other = pi;
    other[a] += 0.01;
    for (double& p : other) p /= 1.01;
    CHECK(worth(other) < answer["value"].get<double>());
  }
}

TEST_CASE("preference cases: the withheld clone by hand") {
  const json answer = answer_of("bc_tabular_mle");
  const json mle = {{0.75, 0.25}, {0, 1}, {0.5, 0.5}};
  const json laplace = {{4. / 6, 2. / 6}, {1. / 6, 5. / 6}, {0.5, 0.5}};
  CHECK(within(answer["pi_mle"], mle, 1e-15));
  CHECK(within(answer["pi_laplace"], laplace, 1e-15));
  CHECK(within(answer["nll_mle"], -3 * std::log(0.75) - std::log(0.25) - 4 * std::log(0.5), 1e-14));
}

TEST_CASE("preference cases: the withheld best of 4, by all 5^4 draws") {
  const json& in = inputs_of("best_of_4");
  const PlainNumbers reference = plain_list(in["ref"]);
  const PlainNumbers proxy = plain_list(in["proxy"]);
  PlainNumbers pi(5, 0);
  for (int code = 0; code < 625; ++code) {
    std::array<std::size_t, 4> drawn{};
    double p = 1;
    double best = -1;
    int rest = code;
    for (std::size_t& y : drawn) {
      y = static_cast<std::size_t>(rest % 5);
      rest /= 5;
      p *= reference[y];
      best = std::max(best, proxy[y]);
    }
    double tied = 0;
    for (const std::size_t y : drawn) tied += proxy[y] == best ? 1 : 0;
    for (const std::size_t y : drawn)
      if (proxy[y] == best) pi[y] += p / tied;
  }
  const json answer = answer_of("best_of_4");
  CHECK(within(answer["pi_bon"], pi, 1e-14));
  CHECK(within(answer["proxy"], plain_mean(pi, proxy), 1e-14));
  CHECK(within(answer["gold"], plain_mean(pi, plain_list(in["gold"])), 1e-14));
  CHECK(within(answer["kl"], plain_divergence(pi, reference), 1e-14));
  CHECK(within(answer["kl_bound"], std::log(4.0) - 0.75, 1e-15));
}

TEST_CASE("preference cases: the withheld segment weights: where they stand nothing pulls") {
  const json& in = inputs_of("bt_segment_linear");
  const json answer = answer_of("bt_segment_linear");
  const PlainNumbers w = plain_list(answer["weights"]);
  PlainNumbers gradient = {0.2 * w[0], 0.2 * w[1], 0.2 * w[2]};
  double objective = 0.1 * (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
  for (std::size_t i = 0; i < 8; ++i) {
    const PlainNumbers x = plain_list(in["feature_differences"][i]);
    const double y = in["labels"][i];
    const double p = plain_sigmoid(plain_mean(w, x));
    objective -= y * std::log(p) + (1 - y) * std::log(1 - p);
    for (std::size_t j = 0; j < 3; ++j) gradient[j] += (p - y) * x[j];
  }
  for (const double g : gradient) CHECK(std::abs(g) <= 1e-8);
  CHECK(within(answer["objective"], objective, 1e-12));
}

TEST_CASE("preference cases: a shift of all steps, withheld, by hand") {
  // sums .3, .4, .4; shifted 2.4, 2.5, 1.8
  const json answer = answer_of("constant_shift_and_segment_length");
  CHECK(within(answer["p_ab"], plain_sigmoid(-0.1), 1e-15));
  CHECK(within(answer["p_ab_shifted"], plain_sigmoid(-0.1), 1e-15));
  CHECK(within(answer["p_ac"], plain_sigmoid(-0.1), 1e-15));
  CHECK(within(answer["p_ac_shifted"], plain_sigmoid(0.6), 1e-15));
}

TEST_CASE("preference cases: the withheld ensemble, by loops over its members") {
  const json& in = inputs_of("ensemble_aggregation");
  const json answer = answer_of("ensemble_aggregation");
  for (std::size_t i = 0; i < 3; ++i) {
    double sum = 0;
    double squares = 0;
    double least = in["members"][0][i];
    for (const json& member : in["members"]) {
      const double r = member[i];
      sum += r;
      squares += r * r;
      least = std::min(least, r);
    }
    const double mean = sum / 4;
    const double variance = squares / 4 - mean * mean;
    CHECK(within(answer["mean"][i], mean, 1e-14));
    CHECK(answer["wco_min"][i] == least);
    CHECK(within(answer["uwo"][i], mean - variance / 2, 1e-14));
    CHECK(within(answer["std"][i], std::sqrt(variance), 1e-14));
    CHECK(within(answer["lcb"][i], mean - std::sqrt(variance) / 2, 1e-14));
  }
}

TEST_CASE("preference cases: the withheld optimum of IPO: the population's loss is at rest there") {
  const json& in = inputs_of("ipo_population_optimum");
  const PlainNumbers reference = plain_list(in["ref"]);
  const PlainNumbers reward = plain_list(in["rewards"]);
  const PlainNumbers pi = plain_list(answer_of("ipo_population_optimum")["pi"]);
  PlainNumbers g;  // ln pi / ref
  for (std::size_t i = 0; i < 4; ++i) g.push_back(std::log(pi[i] / reference[i]));
  // sum_ij p_ij (g_i - g_j - 1)^2 by g_i; 1 / (2 tau) = 1
  for (std::size_t i = 0; i < 4; ++i) {
    double slope = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const double p = plain_sigmoid(reward[i] - reward[j]);
      slope += 2 * p * (g[i] - g[j] - 1) - 2 * (1 - p) * (g[j] - g[i] - 1);
    }
    CHECK(std::abs(slope) <= 1e-13);
  }
  CHECK(std::abs(pi[0] + pi[1] + pi[2] + pi[3] - 1) <= 1e-14);
}

TEST_CASE("preference cases: withheld advantages of one response, by the double sum") {
  check_response("kl_reward_gae_k1", [](double d) { return d; });
  check_response("kl_reward_gae_k2", [](double d) { return d * d / 2; });
}

TEST_CASE("preference cases: withheld whitening by hand") {
  // mean .5, squares .78
  const json answer = answer_of("whiten");
  const auto scaled = [](double by, double add) {
    return PlainNumbers{0.5 / by + add, add, -0.7 / by + add, 0.2 / by + add};
  };
  CHECK(within(answer["shift"], scaled(std::sqrt(0.78 / 4 + 1e-8), 0), 1e-14));
  CHECK(within(answer["noshift"], scaled(std::sqrt(0.78 / 4 + 1e-8), 0.5), 1e-14));
  CHECK(within(answer["shift_bessel"], scaled(std::sqrt(0.78 / 3 + 1e-8), 0), 1e-14));
}

TEST_CASE("preference cases: the withheld mean of the robust loss is the sigmoid loss") {
  PlainNumbers clean;
  for (const double h : {-0.7, 0.2, 1.4}) clean.push_back(-std::log(plain_sigmoid(0.7 * h)));
  CHECK(within(answer_of("robust_unbiased")["clean"], clean, 1e-14));
}

TEST_CASE("preference cases: withheld plan of 3 steps, over all trajectories") {
  const json& in = inputs_of("mdp_det_finite_b1");
  const json answer = answer_of("mdp_det_finite_b1");
  const auto all = [](const Trajectory&) { return true; };
  for (int t = 0; t < 3; ++t) {
    const auto stage = static_cast<std::size_t>(t);
    for (std::size_t s = 0; s < 4; ++s) {
      const std::vector<Trajectory> from = trajectories_from(in, s, 3 - t);
      const double z = weight_of(from, 1, all);
      CHECK(within(answer["V"][stage][s], std::log(z), 1e-13));
      for (std::size_t a = 0; a < 2; ++a) {
        const double through =
            weight_of(from, 1, [a](const Trajectory& x) { return x.actions[0] == a; });
        CHECK(within(answer["pi"][stage][s][a], through / z, 1e-13));
        CHECK(within(answer["Q"][stage][s][a], std::log(through / in["ref"][s][a].get<double>()),
                     1e-13));
      }
    }
  }
  CHECK(answer["V"][3] == json({0, 0, 0, 0}));
  const std::vector<Trajectory> from_start = trajectories_from(in, 0, 3);
  CHECK(from_start.size() == 8);
  const double z = weight_of(from_start, 1, all);
  double earned = 0;
  double kl = 0;
  for (const Trajectory& x : from_start) {
    const double p = x.reference * std::exp(x.reward) / z;
    earned += p * x.reward;
    kl += p * std::log(p / x.reference);
  }
  CHECK(within(answer["expected_return"], earned, 1e-13));
  CHECK(within(answer["trajectory_kl"], kl, 1e-13));
  CHECK(within(answer["soft_value"], std::log(z), 1e-13));
}

TEST_CASE("preference cases: withheld advantages are their own policy's, by evaluating it") {
  const json& in = inputs_of("advantage_logratio_bijection");
  const json answer = answer_of("advantage_logratio_bijection");
  const PlainTable pi = policy_of_advantages(in, answer["advantage"]);
  for (const PlainNumbers& row : pi) CHECK(std::abs(row[0] + row[1] - 1) <= 1e-12);
  CHECK(within(answer["advantage"], advantages_by_evaluation(in, pi, nullptr), 1e-11));
  CHECK(within(answer["log_ratio"], answer["advantage"], 1e-11));
}

TEST_CASE("preference cases: withheld advantages under shaping are those without it") {
  const json& in = inputs_of("regret_invariant_to_shaping");
  const json advantages = answer_of("regret_invariant_to_shaping")["advantages"];
  const PlainTable pi = policy_of_advantages(in, advantages);
  CHECK(within(advantages, advantages_by_evaluation(in, pi, in["potential"]), 1e-11));
  CHECK(within(advantages, advantages_by_evaluation(in, pi, nullptr), 1e-11));
  CHECK(within(advantages, answer_of("advantage_logratio_bijection")["advantage"], 1e-11));
}

TEST_CASE("preference cases: no withheld answer is without a second way") {
  const std::set<std::string> checked = {"advantage_logratio_bijection",
                                         "anchor_torchtune_dpo",
                                         "anchor_torchtune_hinge",
                                         "apo_zero",
                                         "bandit_kl_opt_b2",
                                         "bc_tabular_mle",
                                         "best_of_4",
                                         "bt_segment_linear",
                                         "constant_shift_and_segment_length",
                                         "cpl_lambda1",
                                         "cpo",
                                         "dpo_sigmoid_large_neg",
                                         "ensemble_aggregation",
                                         "exo_pair",
                                         "hinge_active",
                                         "hinge_inactive",
                                         "ipo_population_optimum",
                                         "kl_reward_gae_k1",
                                         "kl_reward_gae_k2",
                                         "kto_z0_pos",
                                         "mdp_det_finite_b1",
                                         "regret_invariant_to_shaping",
                                         "robust_eps0.3_neg",
                                         "robust_unbiased",
                                         "whiten"};
  std::set<std::string> withheld;
  for (const Case& c : preference_truth())
    if (c.expected.is_null()) withheld.insert(c.id);
  CHECK(withheld == checked);
}

// ---- kinds and errors ---------------------------------------------------------------------------

TEST_CASE("preference cases: the kinds are sorted, differ, and hold all kinds of the file") {
  const std::vector<std::string> kinds = preference_kinds();
  CHECK(std::is_sorted(kinds.begin(), kinds.end()));
  const std::set<std::string> offered(kinds.begin(), kinds.end());
  CHECK(offered.size() == kinds.size());
  for (const Case& c : preference_truth()) {
    CAPTURE(c.kind);
    CHECK(offered.count(c.kind) == 1);
  }
  for (const std::string& kind : kinds) CHECK(is_preference_kind(kind));
  for (const char* other : {"", "iqm", "pair_loss", "pair_loss/", "pair_loss/sigmoi", "kl/"})
    CHECK_FALSE(is_preference_kind(other));
}

TEST_CASE("preference cases: all that a kind computes is given where nothing is asked for") {
  Case c;
  c.kind = "best_of_n";
  c.whole = {{"inputs", inputs_of("best_of_4")}};
  CHECK(compute_preference(c) == answer_of("best_of_4"));
  c.whole["expected_shape"] = {{"gold", "number"}};
  const json only = compute_preference(c);
  CHECK(only.size() == 1);
  CHECK(only["gold"] == answer_of("best_of_4")["gold"]);
}

TEST_CASE("preference cases: an unknown kind is told the nearest") {
  CHECK(contains(preference_error("pair_loss/sigmiod", json::object()),
                 "unknown kind 'pair_loss/sigmiod'; did you mean 'pair_loss/sigmoid'?"));
  CHECK(contains(preference_error("best_of_m", json::object()), "did you mean 'best_of_n'?"));
}

TEST_CASE("preference cases: missing inputs are named with their kind") {
  CHECK(preference_error("advantage/rloo", json::object()) ==
        "advantage/rloo: 'rewards' is missing in {}");
  Case bare;
  bare.kind = "kl";
  bare.whole = {{"id", "a"}};
  CHECK(contains(tests::error_of([&] { compute_preference(bare); }), "kl: 'inputs' is missing"));
  CHECK(preference_error("kl", json::array({1})) == "kl: inputs: expected an object, not [1]");
}

TEST_CASE("preference cases: each input that is not optional is missed, in each case of the file") {
  // Lengths, references of losses without one, options with a default, notes.
  const std::set<std::string> optional = {"nc",
                                          "nr",
                                          "ref_chosen_logp",
                                          "ref_rejected_logp",
                                          "desirable_weight",
                                          "eps",
                                          "tau",
                                          "gamma",
                                          "lam",
                                          "undesirable_weight",
                                          "l2",
                                          "alpha",
                                          "flip_probability",
                                          "start",
                                          "start_distribution",
                                          "note",
                                          "pairs",
                                          "scale_rewards"};
  int missed = 0;
  for (const Case& c : preference_truth())
    for (const auto& item : c.whole["inputs"].items()) {
      if (optional.count(item.key()) > 0) continue;
      const bool batch = c.kind.rfind("pair_batch/", 0) == 0;  // by default the loss's own beta
      if ((batch || c.kind == "pair_loss/rm") && item.key() == "beta") continue;
      // without them the case is of another kind: clones by a table, gradients by one
      if (item.key() == "features") continue;
      json inputs = c.whole["inputs"];
      inputs.erase(item.key());
      CAPTURE(c.id);
      CAPTURE(item.key());
      const std::string error = preference_error(c.kind, inputs);
      CHECK(contains(error, c.kind + ": '"));
      CHECK(contains(error, "' is missing in {"));
      ++missed;
    }
  CHECK(missed > 200);
}

TEST_CASE("preference cases: an unknown input is refused, with the nearest name") {
  CHECK(preference_error("advantage/rloo", {{"reward", {1, 2}}}) ==
        "advantage/rloo: unknown key of inputs 'reward'; did you mean 'rewards'? (choices: "
        "rewards)");
  CHECK(contains(preference_error("pair_loss/sigmoid", with_input("apo_zero", "beat", 1)),
                 "pair_loss/sigmoid: unknown key of inputs 'beat'; did you mean 'beta'?"));
}

TEST_CASE("preference cases: an unknown input is refused by every kind of the file") {
  std::set<std::string> accepting;
  for (const Case& c : preference_truth())
    if (!contains(preference_error(c.kind, with_input(c.id, "discount", 1)), "unknown key"))
      accepting.insert(c.kind);
  for (const std::string& kind : accepting) {
    CAPTURE(kind);
    CHECK(kind.empty());
  }
}

TEST_CASE("preference cases: trap: an option that a loss does not have is refused, not ignored") {
  for (const char* option : {"eps", "tau", "gamma", "lam", "alpha"}) {
    CAPTURE(std::string(option));
    CHECK(
        contains(preference_error("pair_loss/sigmoid", with_input("dpo_at_reference", option, 0.1)),
                 "pair_loss/sigmoid: "));
  }
}

TEST_CASE("preference cases: lists of different lengths are refused") {
  const auto shortened = [](const char* id, const char* key) {
    json list = inputs_of(id)[key];
    list.erase(list.size() - 1);
    return preference_error(preference_case(id).kind, with_input(id, key, list));
  };
  CHECK(shortened("anchor_torchtune_dpo", "policy_rejected_logps") ==
        "pair_batch/sigmoid: policy_rejected_logps: 2 numbers, not 3");
  CHECK(shortened("anchor_torchtune_simpo", "ref_chosen_logps") ==
        "pair_batch/simpo: ref_chosen_logps: 2 numbers, not 3");
  CHECK(shortened("kto_z0_pos", "ref_logps") == "kto: ref_logps: 3 numbers, not 4");
  CHECK(shortened("kl_reward_gae_k1", "ref_logps") == "gae: ref_logps: 3 numbers, not 4");
  CHECK(shortened("ppo_clip", "advantages") == "ppo: advantages: 4 numbers, not 5");
  CHECK(shortened("value_clip", "returns") == "ppo: returns: 2 numbers, not 3");
  CHECK(shortened("regret_invariant_to_shaping", "potential") ==
        "identity/regret_invariant_to_shaping: potential: 2 numbers, not 3");
  CHECK(shortened("kto_z0_pos", "labels") == "kto: KTO: 4 log-ratios stand beside 3 labels");
  CHECK(shortened("win_rate_exact", "gold") == "win_rate: win rate: lists of 5, 5 and 4 responses");
  CHECK(shortened("kl_estimators", "ref") == "kl: ref: 3 numbers, not 4");
  CHECK(contains(shortened("bandit_kl_opt_b2", "ref"), "3 probabilities beside 4 rewards"));
  CHECK(contains(shortened("bt_segment_linear", "labels"), "7 labels for 8 pairs"));
  CHECK(contains(shortened("overopt_fit", "d"), "over-optimisation: lists of 5, 6"));
  CHECK(contains(shortened("mdp_discounted_b1", "P"), "P: not a row for each of 3 states"));
}

TEST_CASE("preference cases: of lists that belong together none may be longer or shorter") {
  struct Together {
    const char* id;
    std::vector<const char*> keys;
  };
  const std::vector<Together> lists = {
      {"anchor_torchtune_dpo",
       {"policy_chosen_logps", "policy_rejected_logps", "ref_chosen_logps", "ref_rejected_logps"}},
      {"kto_z0_pos", {"policy_logps", "ref_logps", "labels", "policy_kl_logps", "ref_kl_logps"}},
      {"kl_reward_gae_k1", {"logps", "ref_logps", "values"}},
      {"gae_limits", {"rewards", "values"}},
      {"ppo_clip", {"logps", "old_logps", "advantages"}},
      {"value_clip", {"values", "old_values", "returns"}},
      {"best_of_4", {"ref", "proxy", "gold"}},
      {"win_rate_exact", {"pi_a", "pi_b", "gold"}},
      {"overopt_fit", {"d", "gold_rl", "gold_bon"}},
      {"bandit_kl_opt_b2", {"rewards", "ref"}},
      {"kl_estimators", {"logits", "ref"}},
      {"mdp_discounted_b1", {"P", "rewards", "ref", "start_distribution"}},
      {"mdp_det_finite_b1", {"next_state", "rewards", "ref"}},
      {"regret_invariant_to_shaping", {"potential"}},
      {"dpo_flat_direction_partial_coverage", {"wins", "ref", "logits"}},
  };
  for (const Together& together : lists)
    for (const char* key : together.keys) {
      const Case& c = preference_case(together.id);
      json longer = c.whole["inputs"][key];
      json shorter = longer;
      longer.push_back(longer.back());
      shorter.erase(shorter.size() - 1);
      CAPTURE(c.kind);
      CAPTURE(std::string(key));
      CHECK(preference_error(c.kind, with_input(c.id, key, longer)) != "nothing was thrown");
      CHECK(preference_error(c.kind, with_input(c.id, key, shorter)) != "nothing was thrown");
    }
}

TEST_CASE("preference cases: what is no list, no number or no estimator is refused") {
  CHECK(preference_error("advantage/rloo", {{"rewards", 1}}) ==
        "advantage/rloo: rewards: expected a list of numbers, not 1");
  CHECK(preference_error("advantage/rloo", {{"rewards", {1, "b"}}}) ==
        "advantage/rloo: rewards: expected a number, not \"b\"");
  CHECK(preference_error("advantage/rloo", {{"rewards", json::array({1})}}) ==
        "advantage/rloo: RLOO: a group needs at least 2 responses, not 1");
  CHECK(contains(preference_error("gae", with_input("kl_reward_gae_k1", "kl_estimator", "k4")),
                 "gae: unknown KL estimator 'k4'; did you mean 'k"));
  CHECK(contains(preference_error("kl_controller", with_input("adaptive_kl", "target", 0)),
                 "kl_controller: adaptive KL: coefficient 0.15, target 0"));
  CHECK(contains(preference_error("best_of_n", with_input("best_of_4", "n", 0)),
                 "best_of_n: best of n: n = 0 is not positive"));
  CHECK(contains(preference_error("best_of_n", with_input("best_of_4", "n", 2.5)),
                 "n: expected a whole number"));
  CHECK(contains(preference_error("pair_loss/sigmoid", with_input("apo_zero", "beta", 0)),
                 "pair_loss/sigmoid: option 'beta': 0"));
}

}  // namespace rl::reproduce
