// Figures of methods with features: MFRL chapter 8, S&B chapters 9 to 11 and 13.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "apps/reproduce/drawings.hpp"
#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

/// A case's runs, without what is read off them.
json runs_of_case(const std::string& id) {
  json spec = spec_table().at(id);
  for (const char* key : {"quantity", "runs", "statistic", "within"}) spec.erase(key);
  return spec;
}

// ---- MFRL chapter 8 -----------------------------------------------------------------------------

DrawnFigure figure_of_td_linear(const char* name, const char* title,
                                const std::vector<std::string>& features) {
  FigureChart chart{.title = title,
                    .x_label = "episode of 500 steps",
                    .y_label = "RMS value error",
                    .runs = 30,
                    .y_low = 0};
  for (const std::string& f : features) {
    const std::string id = fmt::format("mfrl.stat.fig8.7_8.8_tdlinear_{}_rmse_ep", f);
    chart.curves.push_back(
        {f, runs_of_case(id + "50"), after_episodes({{"name", "value_rmse"}}, every(10, 0, 500))});
    for (const int episode : {50, 100, 500})
      chart.marks.push_back({static_cast<double>(episode), fmt::format("{}{}", id, episode)});
    json level = spec_table().at("mfrl.ch8.td_linear_fixed_point." + f);
    level["quantity"]["of"] = "error";
    chart.levels.push_back({f + ", fixed point", level});
  }
  return {name, {chart}};
}

DrawnFigure figure_of_lengths(const char* name, const char* title, const char* id) {
  FigureChart chart{
      .title = title, .x_label = "episode", .y_label = "steps", .runs = 40, .log_y = true};
  chart.curves = {{"mean length", runs_of_case(id), in_windows("episode_steps", 500, 10)}};
  return {name, {chart}};
}

/// The error of the greedy policy's values while it learns from one stored episode, and what it
/// ends with. x counts iterations: the steps before them only store the episode.
DrawnFigure figure_of_deep_q(const char* name, const char* title, const char* id) {
  constexpr int kIterations = 1000;
  json spec = runs_of_case(id);
  spec.erase("above");
  const int stored = spec["options"]["episode_length"].get<int>();
  FigureChart chart{
      .title = title, .x_label = "iteration", .y_label = "RMS value error", .runs = 1, .y_low = 0};
  Curve curve{"values of the greedy policy", spec, {}};
  for (const int i : every(20, 0, kIterations))
    curve.points.push_back({static_cast<double>(i),
                            {{"quantity", {{"name", "greedy_value_rmse"}, {"step", stored + i}}}}});
  chart.curves = {curve};
  spec["step"] = stored + kIterations;
  return {name, {chart}, {{"policy", title, spec}}};
}

// ---- S&B chapter 9 ------------------------------------------------------------------------------

constexpr const char* kGroups = "aggregation:bins=10,low=0.5,high=1000.5";

/// Values over the states of the walk: learned by 100,000 episodes, and exact.
FigureChart values_of_walk(const char* title, const char* algorithm, double alpha) {
  constexpr int kEpisodes = 100'000;
  FigureChart chart{.title = title, .x_label = "state", .y_label = "value", .runs = 1};
  Curve learned{
      "learned",
      learner_in("random_walk_1000", algorithm, {{"alpha", alpha}, {"features", kGroups}}),
      {}};
  for (int s = 1; s <= 1000; s += 3)
    learned.points.push_back(
        {static_cast<double>(s),
         {{"quantity",
           {{"name", "estimate"}, {"place", s}, {"first", kEpisodes}, {"last", kEpisodes}}}}});
  Curve exact{
      "exact",
      {{"problem", "random_walk_1000"}, {"algorithm", "policy_evaluation"}, {"policy", "uniform"}},
      {}};
  for (const int s : {1, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000})
    exact.points.push_back(
        {static_cast<double>(s), {{"quantity", {{"name", "values"}, {"states", s}}}}});
  chart.curves = {learned, exact};
  return chart;
}

DrawnFigure figure_9_1() {
  return {
      "sb-fig-9.1",
      {values_of_walk("gradient Monte Carlo with 10 groups of 100 states", "gradient_mc", 2e-5)}};
}

DrawnFigure figure_9_2() {
  FigureChart left =
      values_of_walk("semi-gradient TD(0) with 10 groups of 100 states", "semi_gradient_td", 2e-4);
  left.panel = "values";
  FigureChart right{.panel = "n-step",
                    .title = "n-step semi-gradient TD with 20 groups of 50 states",
                    .x_label = "alpha",
                    .y_label = "RMS error over the first 10 episodes",
                    .runs = 20,
                    .y_low = 0.2,
                    .y_high = 0.55};
  std::vector<double> alphas;
  for (int i = 1; i <= 10; ++i) alphas.push_back(i / 10.0);
  for (const int n : {1, 2, 4, 8, 16, 32, 64, 128}) {
    json spec = learner_in("random_walk_1000", "semi_gradient_n_step_td",
                           {{"n", n}, {"features", "aggregation:bins=20,low=0.5,high=1000.5"}});
    spec["quantity"] = {{"name", "value_rmse"}, {"first", 1}, {"last", 10}};
    right.curves.push_back({fmt::format("n = {}", n), spec, over_option("alpha", alphas)});
  }
  return {"sb-fig-9.2", {left, right}};
}

DrawnFigure figure_9_5() {
  FigureChart chart{.title = "gradient Monte Carlo with polynomials and with a Fourier basis",
                    .x_label = "episode",
                    .y_label = "RMS value error, all states alike",
                    .runs = 10,
                    .y_low = 0};
  for (const auto& [kind, option, alpha] :
       {std::tuple("polynomial", "degree", 1e-4), std::tuple("fourier", "order", 5e-5)})
    for (const int n : {5, 10, 20})
      chart.curves.push_back(
          {fmt::format("{} {}", kind, n),
           learner_in("random_walk_1000", "gradient_mc",
                      {{"alpha", alpha}, {"features", fmt::format("{}:{}={}", kind, option, n)}}),
           after_episodes({{"name", "value_rmse"}}, every(100, 0, 5000))});
  return {"sb-fig-9.5", {chart}};
}

/// A tile is 200 states wide, and 50 of them lie 4 states apart.
DrawnFigure figure_9_10() {
  FigureChart chart{.title = "gradient Monte Carlo with one tiling and with 50",
                    .x_label = "episode",
                    .y_label = "RMS value error, all states alike",
                    .runs = 30,
                    .y_low = 0};
  for (const int tilings : {1, 50})
    chart.curves.push_back(
        {fmt::format("{} tiling{}", tilings, tilings > 1 ? "s" : " (state aggregation)"),
         learner_in("random_walk_1000", "gradient_mc",
                    {{"alpha", 1e-4 / tilings},
                     {"features", fmt::format("tiles:tilings={},bins=5,displacement=1,low=0.5,"
                                              "high=1000.5",
                                              tilings)}}),
         after_episodes({{"name", "value_rmse"}}, every(100, 0, 5000))});
  return {"sb-fig-9.10", {chart}};
}

// ---- S&B chapter 10 -----------------------------------------------------------------------------

/// The mountain car of the cases, with other options.
json car_of_case(const char* id, const json& options = json::object()) {
  json spec = runs_of_case(id);
  spec["options"].update(options);
  return spec;
}

constexpr const char* kCarSarsa = "sb.stat.fig10.2_mountaincar_sarsa_alpha0.5/8_steps_ep1_50";
constexpr const char* kCarNStep = "sb.stat.fig10.4_mountaincar_n1_alpha0.5/8_steps_first50";

DrawnFigure figure_10_2() {
  FigureChart chart{.title = "semi-gradient Sarsa with 8 tilings on the mountain car",
                    .x_label = "episode",
                    .y_label = "steps of an episode",
                    .runs = 100,
                    .log_y = true};
  for (const auto& [text, alpha] : {std::pair("0.1", 0.1), {"0.2", 0.2}, {"0.5", 0.5}}) {
    chart.curves.push_back({fmt::format("alpha {} / 8", text),
                            car_of_case(kCarSarsa, {{"alpha", alpha / 8}}),
                            in_windows("episode_steps", 500, 5)});
    chart.marks.push_back(
        {450, fmt::format("sb.stat.fig10.2_mountaincar_sarsa_alpha{}/8_steps_ep401_500", text)});
  }
  return {"sb-fig-10.2", {chart}};
}

DrawnFigure figure_10_3() {
  FigureChart chart{.title = "one-step and 8-step semi-gradient Sarsa on the mountain car",
                    .x_label = "episode",
                    .y_label = "steps of an episode",
                    .runs = 100,
                    .log_y = true};
  for (const auto& [n, alpha] : {std::pair(1, 0.5), {8, 0.3}})
    chart.curves.push_back({fmt::format("n = {}, alpha {} / 8", n, alpha),
                            car_of_case(kCarNStep, {{"n", n}, {"alpha", alpha / 8}}),
                            in_windows("episode_steps", 500, 5)});
  return {"sb-fig-10.3", {chart}};
}

DrawnFigure figure_10_4() {
  FigureChart chart{.title = "n and alpha of n-step semi-gradient Sarsa on the mountain car",
                    .x_label = "8 alpha",
                    .y_label = "steps of an episode, over the first 50",
                    .runs = 20,
                    .y_low = 210,
                    .y_high = 310};
  for (const int n : {1, 2, 4, 8, 16}) {
    Curve curve{fmt::format("n = {}", n), car_of_case(kCarNStep, {{"n", n}}), {}};
    curve.spec["quantity"] = {{"name", "episode_steps"}, {"first", 1}, {"last", 50}};
    const double largest = n == 1 ? 1.5 : n == 2 ? 1.3 : n == 4 ? 1 : n == 8 ? 0.7 : 0.5;
    for (double alpha = 0.2; alpha < largest + 0.05; alpha += 0.1)
      curve.points.push_back({alpha, {{"options", {{"alpha", alpha / 8}}}}});
    chart.curves.push_back(std::move(curve));
  }
  for (const auto& [n, alpha] : {std::pair(1, "0.5"), {2, "0.5"}, {16, "0.2"}})
    chart.marks.push_back(
        {std::stod(alpha),
         fmt::format("sb.stat.fig10.4_mountaincar_n{}_alpha{}/8_steps_first50", n, alpha)});
  return {"sb-fig-10.4", {chart}};
}

/// Which customers are let in, and what that is worth beside the average reward.
DrawnFigure figure_10_5() {
  json spec = learner_in("access_control", "differential_sarsa",
                         {{"alpha", 0.01}, {"eta", 0.01}, {"epsilon", 0.1}});
  spec["step"] = 2'000'000;
  return {"sb-fig-10.5",
          {},
          {{"policy", "differential Sarsa on the access-control queue, 2,000,000 steps", spec}}};
}

// ---- S&B chapter 11 -----------------------------------------------------------------------------

/// Weights on Baird's star over the sweeps of expected updates.
DrawnFigure figure_of_star(const char* name, const char* title, const char* id) {
  FigureChart chart{.title = title, .x_label = "sweep", .y_label = "weight", .runs = 1};
  const json call = spec_table().at(id);
  for (const auto& [label, i] : {std::pair("w1 .. w6", 0), {"w7", 6}, {"w8", 7}}) {
    Curve curve{label, call, {}};
    curve.spec["quantity"]["weights"] = i;
    curve.spec["quantity"].erase("error");
    for (const int sweeps : every(25, 0, 1000))
      curve.points.push_back({static_cast<double>(sweeps), {{"quantity", {{"sweeps", sweeps}}}}});
    chart.curves.push_back(std::move(curve));
  }
  return {name, {chart}};
}

// ---- S&B chapter 13 -----------------------------------------------------------------------------

FigureChart chart_of_corridor(const char* title) {
  const json& corridor = spec_table().at("sb.ex13.1.corridor");
  json best = corridor;
  best.update(corridor["each"][1]);
  best.erase("each");
  return {.title = title,
          .x_label = "episode",
          .y_label = "return",
          .runs = 100,
          .levels = {{"best policy", best}},
          .y_low = -90,
          .y_high = -10};
}

DrawnFigure figure_13_1() {
  FigureChart chart = chart_of_corridor("REINFORCE on the corridor with switched actions");
  for (const int e : {-12, -13, -14}) {
    const std::string id = fmt::format("sb.stat.fig13.1_reinforce_alpha2^{}_return_ep", e);
    chart.curves.push_back({fmt::format("alpha 2^{}", e), runs_of_case(id + "1_100"),
                            in_windows("episode_return", 1000, 10)});
    chart.marks.push_back({950, id + "901_1000"});
  }
  return {"sb-fig-13.1", {chart}};
}

DrawnFigure figure_13_2() {
  FigureChart chart = chart_of_corridor("REINFORCE with and without a baseline");
  for (const auto& [name, id] :
       {std::pair("baseline", "sb.stat.fig13.2_reinforce_baseline_return_ep101_200"),
        {"no baseline, alpha 2^-13",
         "sb.stat.fig13.2_reinforce_nobaseline_2^-13_return_ep101_200"}}) {
    chart.curves.push_back({name, runs_of_case(id), in_windows("episode_return", 1000, 10)});
    chart.marks.push_back({150, id});
  }
  return {"sb-fig-13.2", {chart}};
}

}  // namespace

std::vector<DrawnFigure> mfrl_function_drawings() {
  const json values = spec_table().at("mfrl.ch8.fig8.6.values");
  return {
      {"mfrl-fig-8.6", {}, {{"values", "values of the uniform policy", values}}},
      figure_of_td_linear("mfrl-fig-8.7", "TD-Linear with polynomials",
                          {"poly3", "poly6", "poly10"}),
      figure_of_td_linear("mfrl-fig-8.8", "TD-Linear with a Fourier basis",
                          {"fourier_q1", "fourier_q2", "fourier_q3"}),
      figure_of_lengths("mfrl-fig-8.9", "Sarsa with a Fourier basis of order 5",
                        "mfrl.fig8.9.sarsa_fourier5"),
      figure_of_lengths("mfrl-fig-8.10", "Q-learning with a Fourier basis of order 5",
                        "mfrl.fig8.10.q_fourier5"),
      figure_of_deep_q("mfrl-fig-8.11", "Deep Q-learning from an episode of 1,000 steps",
                       "mfrl.fig8.11.dqn_rmse"),
      figure_of_deep_q("mfrl-fig-8.12", "Deep Q-learning from an episode of 100 steps",
                       "mfrl.fig8.12.dqn_100_steps"),
  };
}

std::vector<DrawnFigure> sutton_barto_function_drawings() {
  return {
      figure_9_1(),
      figure_9_2(),
      figure_9_5(),
      figure_9_10(),
      figure_10_2(),
      figure_10_3(),
      figure_10_4(),
      figure_10_5(),
      figure_of_star("sb-fig-11.2", "semi-gradient dynamic programming on Baird's star",
                     "sb.fig11.2.semigradient_dp"),
      figure_of_star("sb-fig-11.5", "expected TDC on Baird's star", "sb.fig11.5.expected_tdc"),
      figure_of_star("sb-fig-11.6", "expected emphatic TD on Baird's star",
                     "sb.fig11.6.expected_etd"),
      figure_13_1(),
      figure_13_2(),
  };
}

}  // namespace rl::reproduce
