// MFRL: the figures that can be drawn.
#include <fmt/format.h>

#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/reproduce/drawings.hpp"
#include "apps/reproduce/table.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

// ---- chapter 5 ----------------------------------------------------------------------------------

/// A case's call of a planner, without what it reads off.
json call_of_case(const std::string& id) {
  json spec = spec_table().at(id);
  spec.erase("quantity");
  return spec;
}

DrawnFigure mfrl_figure_5_4() {
  DrawnFigure figure{"mfrl-fig-5.4"};
  for (const int length : {1, 2, 3, 4, 14, 15, 30, 100})
    figure.maps.push_back({fmt::format("length-{}", length),
                           fmt::format("MC Basic with episodes of length {}", length),
                           call_of_case(fmt::format("mfrl.ch5.fig5.4.len{}", length))});
  return figure;
}

DrawnFigure mfrl_figure_5_5() {
  DrawnFigure figure{"mfrl-fig-5.5"};
  const json whole = spec_table().at("mfrl.ch5.fig5.5.exact_iterates");
  int k = 0;
  for (json call : whole["each"]) {
    call["problem"] = whole["problem"];
    ++k;
    figure.maps.push_back({fmt::format("iteration-{}", k),
                           fmt::format("MC epsilon-greedy: v before and actions after "
                                       "improvement {}",
                                       k),
                           call, true});
  }
  return figure;
}

/// The values as printed, which are those of the other rule for bumps.
DrawnFigure figure_of_epsilons(const char* name, const char* title,
                               std::initializer_list<const char*> epsilons) {
  DrawnFigure figure{name};
  const std::string number = figure.name.substr(figure.name.rfind('-') + 1);
  for (const char* epsilon : epsilons)
    figure.maps.push_back(
        {fmt::format("epsilon-{}", epsilon), fmt::format("{}, epsilon = {}", title, epsilon),
         call_of_case(fmt::format("mfrl.ch5.fig{}.eps{}.printed", number, epsilon))});
  return figure;
}

/// The book plots the visits of a million steps: their shares tend to these.
DrawnFigure mfrl_figure_5_8() {
  FigureChart chart{.title = "how often an epsilon-greedy policy takes each pair in the long run",
                    .x_label = "pair 5 (s - 1) + a, from s1, a1 to s25, a5",
                    .y_label = "share of the steps",
                    .log_y = true};
  const json call = call_of_case("mfrl.ch5.fig5.8h.peak");
  for (const double epsilon : {1.0, 0.5}) {
    Curve curve{fmt::format("epsilon = {}", epsilon), call, {}};
    curve.spec["policy"]["epsilon"] = epsilon;
    curve.spec["quantity"] = {{"name", "stationary_distribution"}};
    for (int pair = 0; pair < 125; ++pair)
      curve.points.push_back(
          {static_cast<double>(pair + 1), {{"quantity", {{"pair", {pair / 5, pair % 5}}}}}});
    chart.curves.push_back(std::move(curve));
  }
  return {"mfrl-fig-5.8", {chart}};
}

// ---- chapter 6 ----------------------------------------------------------------------------------

json robbins_monro(const json& options, double noise) {
  json spec = learner_in("bandit", "robbins_monro", options);
  spec["problem_options"] = {{"arms", 1}, {"sd_arms", 0}, {"sd_reward", noise}};
  return spec;
}

DrawnFigure mfrl_figure_6_3() {
  FigureChart chart{.title = "Robbins-Monro on w^3 - 5 with noise, step size 1 / (k + 2)",
                    .x_label = "iteration k",
                    .y_label = "w",
                    .runs = 100};
  chart.curves = {{"w", robbins_monro({{"g", "cubic"}, {"c", 5}}, 1),
                   after_steps({{"name", "estimate"}, {"place", 0}}, every(1, 0, 50))}};
  chart.levels = {{"root", std::cbrt(5.0)}};
  return {"mfrl-fig-6.3", {chart}};
}

DrawnFigure mfrl_figure_6_4() {
  FigureChart chart{.title = "Robbins-Monro on tanh(w - 1) without noise, step size 1 / k",
                    .x_label = "iteration k",
                    .y_label = "w",
                    .runs = 1};
  const json one_over_k = {{"harmonic", {1, 1}}};
  chart.curves = {{"w",
                   robbins_monro({{"g", "tanh"}, {"c", 1}, {"w1", 3}, {"alpha", one_over_k}}, 0),
                   after_steps({{"name", "estimate"}, {"place", 0}}, every(1, 0, 50))}};
  chart.levels = {{"root", 1}};
  return {"mfrl-fig-6.4", {chart}};
}

DrawnFigure mfrl_figure_6_5() {
  FigureChart chart{.title = "stochastic and mini-batch gradient descent to a mean",
                    .x_label = "iteration k",
                    .y_label = "RMS distance from the mean"};
  for (const int batch : {1, 5, 50}) {
    Curve curve{fmt::format("batch {}", batch),
                {{"formula", "rms_error_of_descent"},
                 {"variance", 2 * 20.0 * 20.0 / 12},  // uniform on a square of side 20
                 {"batch", batch}},
                {}};
    for (const int k : every(1, 1, 30))
      curve.points.push_back({static_cast<double>(k), {{"steps", k}}});
    chart.curves.push_back(std::move(curve));
  }
  return {"mfrl-fig-6.5", {chart}};
}

// ---- chapter 7 ----------------------------------------------------------------------------------

DrawnFigure figure_of_episodes(const char* name, const char* method, const char* algorithm,
                               const std::string& id) {
  const json spec = learner_in("mfrl_5x5_episodic", algorithm, {{"stored_policy", true}});
  const json optimal = {{"problem", "mfrl_5x5_episodic"},
                        {"problem_options", {{"forbidden", "bounce"}}},
                        {"gamma", 1},
                        {"algorithm", "value_iteration"}};
  DrawnFigure figure{name};
  for (const auto& [panel, y_label, quantity, text, exact, low, high] :
       {std::tuple("total-reward", "total reward of an episode", "episode_return", "total_reward",
                   "start_value", -300.0, 0.0),
        std::tuple("length", "length of an episode", "episode_steps", "length", "expected_steps",
                   0.0, 150.0)}) {
    FigureChart chart{.panel = panel,
                      .title = fmt::format("{} to the target, alpha = epsilon = 0.1", method),
                      .x_label = "episode",
                      .y_label = y_label,
                      .runs = 200,
                      .y_low = low,
                      .y_high = high};
    chart.curves = {{method, spec, in_windows(quantity, 500)}};
    chart.marks = {{450, fmt::format("mfrl.stat.{}_mean_{}_ep401_500", id, text)}};
    chart.levels = {{"optimal path", optimal}};
    chart.levels.front().number["quantity"] = exact;
    figure.charts.push_back(std::move(chart));
  }
  json after = spec;
  after["episode"] = 500;
  figure.maps = {{"policy", fmt::format("{}: run 0 after 500 episodes", method), after}};
  return figure;
}

/// |max q - v*| of off-policy Q-learning on one endless trajectory.
FigureChart off_policy_chart(const std::string& title, std::int64_t runs) {
  return {.title = title,
          .x_label = "step",
          .y_label = "RMS error of max q(s, a) from v*",
          .runs = runs};
}

const std::vector<int>& trajectory_steps() {
  static const std::vector<int> steps = every(1000, 0, 100'000);
  return steps;
}

DrawnFigure mfrl_figure_7_4() {
  FigureChart chart = off_policy_chart("off-policy Q-learning, uniform behavior", 50);
  chart.panel = "error";
  for (const int q0 : {0, 10, 100}) {
    chart.curves.push_back({fmt::format("q0 = {}", q0),
                            learner_in("mfrl_5x5", "off_policy_q_learning", {{"q0", q0}}),
                            after_steps({{"name", "greedy_value_rmse"}}, trajectory_steps())});
    for (const int step : {1000, 5000, 10'000, 20'000, 40'000, 60'000, 100'000})
      chart.marks.push_back(
          {static_cast<double>(step),
           fmt::format("mfrl.stat.fig7.4_offpolicy_q_q0={}_rmse_step{}", q0, step)});
  }
  json after = learner_in("mfrl_5x5", "off_policy_q_learning");
  after["step"] = 100'000;
  return {"mfrl-fig-7.4",
          {chart},
          {{"policy", "off-policy Q-learning: run 0 after 100,000 steps", after}}};
}

DrawnFigure mfrl_figure_7_5() {
  FigureChart chart =
      off_policy_chart("off-policy Q-learning, behavior that mostly goes right", 50);
  const json right(25, 1);
  for (const auto& [id, text] : {std::pair("fig7.5a_eps0.5", "0.5"), {"fig7.5b_eps0.1", "0.1"}}) {
    json spec = learner_in("mfrl_5x5", "off_policy_q_learning");
    spec["behavior"] = {{"around", right}, {"epsilon", std::stod(text)}};
    chart.curves.push_back({fmt::format("epsilon {}", text), spec,
                            after_steps({{"name", "greedy_value_rmse"}}, trajectory_steps())});
    for (const int step : {10'000, 40'000, 100'000})
      chart.marks.push_back(
          {static_cast<double>(step), fmt::format("mfrl.stat.{}_allright_rmse_step{}", id, step)});
  }
  return {"mfrl-fig-7.5", {chart}};
}

}  // namespace

std::vector<DrawnFigure> mfrl_drawings() {
  return {
      mfrl_figure_5_4(),
      mfrl_figure_5_5(),
      figure_of_epsilons("mfrl-fig-5.6", "values of epsilon-greedy policies",
                         {"0", "0.1", "0.2", "0.5"}),
      figure_of_epsilons("mfrl-fig-5.7", "the best epsilon-greedy policies", {"0.1", "0.2", "0.5"}),
      mfrl_figure_5_8(),
      mfrl_figure_6_3(),
      mfrl_figure_6_4(),
      mfrl_figure_6_5(),
      figure_of_episodes("mfrl-fig-7.2", "Sarsa", "sarsa", "fig7.2_sarsa"),
      figure_of_episodes("mfrl-fig-7.3", "Q-learning", "q_learning", "fig7.3_qlearning"),
      mfrl_figure_7_4(),
      figure_of_episodes("mfrl-box-7.4", "Expected Sarsa", "expected_sarsa",
                         "box7.4_expected_sarsa"),
      mfrl_figure_7_5(),
  };
}

}  // namespace rl::reproduce
