// MFRL chapter 5: Monte Carlo methods, by what they converge to.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

constexpr const char* kForbidden10 = "mfrl_5x5_forbidden_10";
constexpr const char* kConventionB = "mfrl_5x5_forbidden_10_convention_b";

/// MC Basic with long episodes: q of the first policy (Section 5.2.2).
void add_mc_basic(json& specs) {
  specs["mfrl.ch5.mcbasic_3x3_q_s1"] = json::parse(R"json({
    "problem": "mfrl_3x3", "algorithm": "policy_evaluation", "options": {"method": "closed_form"},
    "policy": "^v> >vv >>o", "quantity": {"name": "action_values", "states": 0}})json");
}

/// MC Basic with episodes of length L converges to the best return of L steps.
void add_figure_5_4(json& specs) {
  for (const int length : {1, 2, 3, 4, 14, 15, 30, 100})
    specs[fmt::format("mfrl.ch5.fig5.4.len{}", length)] = {{"problem", kForbidden10},
                                                           {"algorithm", "backward_induction"},
                                                           {"options", {{"horizon", length}}},
                                                           {"quantity", "values"}};
}

/// MC epsilon-greedy with endless episodes: evaluate, improve, make it epsilon-greedy, again.
json epsilon_greedy_iterate(int improvements) {
  json call = {{"algorithm", "policy_evaluation"}, {"policy", "uniform"}};
  for (int k = 1; k < improvements; ++k)
    call = {{"algorithm", "policy_evaluation"},
            {"policy", {{"epsilon", 0.5}, {"greedy_in", call}, {"ties", "first"}}}};
  return call;
}

void add_figure_5_5(json& specs) {
  json iterates = json::array();
  for (int k = 1; k <= 4; ++k) iterates.push_back(epsilon_greedy_iterate(k));
  specs["mfrl.ch5.fig5.5.exact_iterates"] = {
      {"problem", "mfrl_5x5"},
      {"each", iterates},
      {"quantity", {{"name", "greedy_actions"}, {"count_from", 1}}}};
}

/// epsilon-greedy policies around the optimal one (5.6), and the best ones (5.7); "printed" with
/// the rule for bumps that the figures were made with.
void add_figures_5_6_and_5_7(json& specs) {
  for (const char* epsilon : {"0", "0.1", "0.2", "0.5"})
    for (const auto& [suffix, world] :
         {std::pair("as_stated", kForbidden10), std::pair("printed", kConventionB)}) {
      const double e = std::stod(epsilon);
      specs[fmt::format("mfrl.ch5.fig5.6.eps{}.{}", epsilon, suffix)] = {
          {"problem", world},
          {"algorithm", "policy_evaluation"},
          {"policy", {{"epsilon", e}, {"around", ">>>>v ^^>>v ^<v>v ^>o<v ^>^<<"}}},
          {"quantity", "values"}};
      if (e > 0)
        specs[fmt::format("mfrl.ch5.fig5.7.eps{}.{}", epsilon, suffix)] = {
            {"problem", world},
            {"algorithm", "epsilon_soft_iteration"},
            {"options", {{"epsilon", e}}},
            {"quantity", "values"}};
    }
  for (const char* epsilon : {"0.1", "0.2", "0.5"})
    specs[fmt::format("mfrl.ch5.fig5.7.eps{}.greedy_actions", epsilon)] = {
        {"problem", kForbidden10},
        {"algorithm", "epsilon_soft_iteration"},
        {"options", {{"epsilon", std::stod(epsilon)}, {"tolerance", 1e-12}}},
        {"quantity", {{"name", "greedy_actions"}, {"count_from", 1}}}};
}

/// How often the policy of Figure 5.5(b), which takes a1 in s7, visits each (s, a).
void add_figure_5_8(json& specs) {
  specs["mfrl.ch5.fig5.8h.peak"] = json::parse(R"json({
    "problem": "mfrl_5x5",
    "policy": {"epsilon": 0.5, "around": "v>>vv v^>>o o<v>^ ^>o<^ ^>^o^"},
    "quantity": {"name": "stationary_distribution",
                 "pairs": [[9, 4], [14, 0], [9, 0], [17, 4]]}})json");
}

}  // namespace

json mfrl_chapter_5() {
  json specs = json::object();
  add_mc_basic(specs);
  add_figure_5_4(specs);
  add_figure_5_5(specs);
  add_figures_5_6_and_5_7(specs);
  add_figure_5_8(specs);
  specs["mfrl.ch5.fig5.8d.uniform_visits"] = json::parse(R"json({
    "problem": "mfrl_5x5", "algorithm": "q_learning", "options": {"epsilon": 1}, "runs": 1,
    "quantity": {"name": "farthest_visits", "steps": 1000000, "from": 8000}, "within": 700})json");
  return specs;
}

}  // namespace rl::reproduce
