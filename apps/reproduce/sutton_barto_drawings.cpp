// S&B: the figures that can be drawn. Numbers of runs are the book's where they take seconds.
#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "apps/reproduce/blackjack_specs.hpp"
#include "apps/reproduce/drawings.hpp"
#include "envs/blackjack.hpp"

namespace rl::reproduce {

using nlohmann::json;

namespace {

// ---- chapter 2 ----------------------------------------------------------------------------------

constexpr int kPulls = 1000;
constexpr double kLatePulls = 950;  // the middle of 901 .. 1000
constexpr const char* kShare = "share of optimal actions";

json bandit(const char* algorithm, const json& options, double mu = 0) {
  json spec = learner_in("bandit", algorithm, options);
  spec["problem_options"] = {{"mu", mu}};
  return spec;
}

DrawnFigure figure_2_2() {
  FigureChart reward{.panel = "average-reward",
                     .title = "epsilon-greedy methods on the 10-armed testbed",
                     .x_label = "step",
                     .y_label = "average reward",
                     .runs = 2000};
  FigureChart share = reward;
  share.panel = "optimal-action";
  share.y_label = kShare;
  share.y_low = 0;
  share.y_high = 1;
  reward.y_low = 0;
  reward.levels = {{"best arm", {{"formula", "expected_largest_normal"}, {"n", 10}}}};
  for (const auto& [id, name, epsilon] :
       {std::tuple("eps0.1", "epsilon 0.1", 0.1), std::tuple("eps0.01", "epsilon 0.01", 0.01),
        std::tuple("greedy", "greedy", 0.0)}) {
    const json spec = bandit("epsilon_greedy", {{"epsilon", epsilon}});
    reward.curves.push_back({name, spec, in_windows("mean_reward", kPulls)});
    share.curves.push_back({name, spec, in_windows("best_action_share", kPulls)});
    const std::string start = fmt::format("sb.stat.fig2.2_{}_", id);
    reward.marks.push_back({kLatePulls, start + "avg_reward_steps901_1000"});
    share.marks.push_back({kLatePulls, start + "pct_optimal_steps901_1000"});
  }
  return {"sb-fig-2.2", {reward, share}};
}

DrawnFigure figure_2_3() {
  FigureChart chart{.title = "optimistic initial action values, alpha = 0.1",
                    .x_label = "step",
                    .y_label = kShare,
                    .runs = 2000,
                    .y_low = 0,
                    .y_high = 1};
  chart.curves = {
      {"optimistic, q0 = 5", bandit("optimistic_greedy", json::object()),
       in_windows("best_action_share", kPulls)},
      {"epsilon 0.1, q0 = 0", bandit("epsilon_greedy", {{"epsilon", 0.1}, {"alpha", 0.1}}),
       in_windows("best_action_share", kPulls)}};
  return {"sb-fig-2.3", {chart}};
}

DrawnFigure figure_2_4() {
  FigureChart chart{.title = "upper confidence bounds on the 10-armed testbed",
                    .x_label = "step",
                    .y_label = "average reward",
                    .runs = 2000,
                    .y_low = 0};
  chart.curves = {{"UCB, c = 2", bandit("ucb", {{"c", 2}}), in_windows("mean_reward", kPulls)},
                  {"epsilon 0.1", bandit("epsilon_greedy", {{"epsilon", 0.1}}),
                   in_windows("mean_reward", kPulls)}};
  chart.marks = {{kLatePulls, "sb.stat.fig2.4_ucb_c2_avg_reward_steps901_1000"},
                 {kLatePulls, "sb.stat.fig2.2_eps0.1_avg_reward_steps901_1000"}};
  return {"sb-fig-2.4", {chart}};
}

DrawnFigure figure_2_5() {
  FigureChart chart{.title = "gradient bandits with and without a baseline, arms around 4",
                    .x_label = "step",
                    .y_label = kShare,
                    .runs = 2000,
                    .y_low = 0,
                    .y_high = 1};
  for (const auto& [text, alpha] : {std::pair("0.1", 0.1), {"0.4", 0.4}})
    for (const bool baseline : {true, false}) {
      chart.curves.push_back(
          {fmt::format("alpha {}{}", text, baseline ? "" : ", none"),
           bandit("gradient_bandit", {{"alpha", alpha}, {"baseline", baseline}}, 4),
           in_windows("best_action_share", kPulls)});
      chart.marks.push_back(
          {kLatePulls, fmt::format("sb.stat.fig2.5_gradient_alpha{}_{}_pct_optimal_steps901_1000",
                                   text, baseline ? "baseline" : "nobaseline")});
    }
  return {"sb-fig-2.5", {chart}};
}

/// 2^first .. 2^last.
std::vector<double> powers_of_two(int first, int last) {
  std::vector<double> powers;
  for (int e = first; e <= last; ++e) powers.push_back(std::ldexp(1.0, e));
  return powers;
}

DrawnFigure figure_2_6() {
  FigureChart chart{.title = "a parameter study of the bandit algorithms",
                    .x_label = "epsilon, alpha, c or q0",
                    .y_label = "average reward over the first 1000 steps",
                    .runs = 1000,
                    .log_x = true};
  const json quantity = {{"name", "mean_reward"}, {"first", 1}, {"last", kPulls}};
  const auto add = [&](const char* name, const char* algorithm, const char* option, int first,
                       int last) {
    json spec = bandit(algorithm, json::object());
    spec["quantity"] = quantity;
    chart.curves.push_back({name, spec, over_option(option, powers_of_two(first, last))});
  };
  add("epsilon-greedy", "epsilon_greedy", "epsilon", -7, -2);
  add("gradient, alpha", "gradient_bandit", "alpha", -5, 2);
  add("UCB, c", "ucb", "c", -4, 2);
  add("optimistic, q0", "optimistic_greedy", "q0", -2, 2);
  const auto mark = [&](double x, const char* what) {
    chart.marks.push_back({x, fmt::format("sb.stat.fig2.6_{}_avg_reward_first1000", what)});
  };
  mark(1. / 128, "epsgreedy_eps0.0078125");
  mark(1. / 16, "epsgreedy_eps0.0625");
  mark(1. / 4, "epsgreedy_eps0.25");
  mark(1. / 8, "gradient_alpha0.125");
  mark(1. / 4, "gradient_alpha0.25");
  mark(1, "gradient_alpha1");
  mark(1. / 4, "ucb_c0.25");
  mark(1, "ucb_c1");
  mark(4, "ucb_c4");
  mark(1. / 4, "optimistic_alpha0.1_Q0=0.25");
  mark(1, "optimistic_alpha0.1_Q0=1");
  mark(4, "optimistic_alpha0.1_Q0=4");
  return {"sb-fig-2.6", {chart}};
}

// ---- chapter 5 ----------------------------------------------------------------------------------

DrawnFigure figure_5_3() {
  FigureChart chart{.title = "ordinary and weighted importance sampling of a blackjack hand",
                    .x_label = "episode",
                    .y_label = "mean squared error",
                    .runs = 100,
                    .log_x = true,
                    .y_low = 0,
                    .y_high = 5};
  const State hand = blackjack_state(13, true, 2);
  for (const auto& [name, algorithm] : {std::pair("ordinary", "mc_ordinary_importance_sampling"),
                                        {"weighted", "mc_weighted_importance_sampling"}}) {
    json spec = learner_in("blackjack", algorithm);
    spec["start"] = hand;
    spec["policy"] = stick_on_20();
    spec["behavior"] = "uniform";
    chart.curves.push_back(
        {name, spec,
         after_episodes({{"name", "squared_error"}, {"place", hand}}, log_spaced(10'000, 80))});
  }
  return {"sb-fig-5.3", {chart}};
}

DrawnFigure figure_5_4() {
  FigureChart chart{.title = "ordinary importance sampling without a variance",
                    .x_label = "episode",
                    .y_label = "estimate of v(s)",
                    .runs = 10,
                    .each_run = true,
                    .log_x = true,
                    .y_low = 0,
                    .y_high = 3};
  json spec = learner_in("infinite_variance", "mc_ordinary_importance_sampling");
  spec["policy"] = {0, 0};
  spec["behavior"] = "uniform";
  chart.curves = {
      {"estimate", spec,
       after_episodes({{"name", "estimate"}, {"place", 0}}, log_spaced(1'000'000, 400))}};
  chart.levels = {{"v(s) =",
                   {{"problem", "infinite_variance"},
                    {"algorithm", "policy_evaluation"},
                    {"policy", {0, 0}},
                    {"quantity", "start_value"}}}};
  return {"sb-fig-5.4", {chart}};
}

// ---- chapter 6 ----------------------------------------------------------------------------------

DrawnFigure example_6_2() {
  FigureChart values{.panel = "values",
                     .title = "values learned by TD(0) on the random walk, alpha = 0.1",
                     .x_label = "state, A to E",
                     .y_label = "estimated value",
                     .runs = 1};
  const json td = learner_in("random_walk_5", "td", {{"alpha", 0.1}, {"v0", 0.5}});
  for (const int k : {0, 1, 10, 100}) {
    Curve curve{fmt::format("episode {}", k), td, {}};
    for (int s = 1; s <= 5; ++s) {
      curve.points.push_back(after_episodes({{"name", "estimate"}, {"place", s}}, {k}).front());
      curve.points.back().x = s;
    }
    values.curves.push_back(std::move(curve));
  }
  Curve exact{"true values",
              {{"problem", "random_walk_5"},
               {"algorithm", "policy_evaluation"},
               {"options", {{"method", "closed_form"}}},
               {"policy", "uniform"}},
              {}};
  for (int s = 1; s <= 5; ++s)
    exact.points.push_back(
        {static_cast<double>(s), {{"quantity", {{"name", "values"}, {"states", s}}}}});
  values.curves.push_back(std::move(exact));

  FigureChart errors{.panel = "errors",
                     .title = "TD(0) and constant-alpha Monte Carlo on the random walk",
                     .x_label = "episode",
                     .y_label = "RMS error over states",
                     .runs = 100};
  const auto add = [&](const char* name, const char* algorithm, const char* alpha, json options) {
    options["alpha"] = std::stod(alpha);
    options["v0"] = 0.5;
    errors.curves.push_back({fmt::format("{} alpha {}", name, alpha),
                             learner_in("random_walk_5", algorithm, options),
                             after_episodes({{"name", "value_rmse"}}, every(1, 0, 100))});
    for (const int k : {1, 10, 100})
      errors.marks.push_back(
          {static_cast<double>(k),
           fmt::format("sb.stat.ex6.2_{}_alpha{}_rms_after_{}_episodes", name, alpha, k)});
  };
  for (const char* alpha : {"0.05", "0.1", "0.15"}) add("TD", "td", alpha, json::object());
  for (const char* alpha : {"0.01", "0.02", "0.03", "0.04"})
    add("MC", "mc_prediction", alpha, {{"visits", "every"}});
  return {"sb-ex-6.2", {values, errors}};
}

DrawnFigure figure_6_2() {
  FigureChart chart{.title = "batch TD(0) and batch Monte Carlo on the random walk",
                    .x_label = "episode",
                    .y_label = "RMS error over states",
                    .runs = 100,
                    .y_low = 0,
                    .y_high = 0.25};
  for (const auto& [name, algorithm] : {std::pair("TD", "batch_td"), {"MC", "batch_mc"}}) {
    chart.curves.push_back({fmt::format("batch {}", name),
                            learner_in("random_walk_5", algorithm, {{"v0", 0.5}}),
                            after_episodes({{"name", "value_rmse"}}, every(1, 1, 100))});
    for (const int k : {10, 50, 100})
      chart.marks.push_back(
          {static_cast<double>(k),
           fmt::format("sb.stat.fig6.2_batch_{}_rms_after_{}_episodes", name, k)});
  }
  return {"sb-fig-6.2", {chart}};
}

json shortest(const char* world) {
  return {{"problem", world}, {"algorithm", "value_iteration"}, {"quantity", "expected_steps"}};
}

DrawnFigure example_6_5() {
  const json sarsa = learner_in("windy_grid", "sarsa", {{"alpha", 0.5}});
  FigureChart episodes{.panel = "episodes",
                       .title = "Sarsa in the windy gridworld, alpha = 0.5, epsilon = 0.1",
                       .x_label = "time step",
                       .y_label = "episodes",
                       .runs = 100,
                       .y_low = 0};
  episodes.curves = {{"Sarsa", sarsa, in_windows("episodes_ended", 8000, 100), true}};
  episodes.marks = {{8000, "sb.stat.ex6.5_windy_sarsa_episodes_completed_in_8000_steps"}};
  FigureChart steps = episodes;
  steps.panel = "steps";
  steps.x_label = "episode";
  steps.y_label = "steps in an episode";
  steps.log_y = true;
  steps.y_low.reset();
  steps.curves = {{"Sarsa", sarsa, in_windows("episode_steps", 170)}};
  steps.marks = {};
  steps.levels = {{"shortest path", shortest("windy_grid")}};
  return {"sb-ex-6.5", {episodes, steps}};
}

const std::vector<std::pair<const char*, const char*>>& cliff_methods() {
  static const std::vector<std::pair<const char*, const char*>> methods = {
      {"sarsa", "Sarsa"}, {"q_learning", "Q-learning"}, {"expected_sarsa", "Expected Sarsa"}};
  return methods;
}

/// How the cases write an algorithm's name.
std::string in_cases(const std::string& algorithm) {
  return algorithm == "q_learning" ? "qlearning" : algorithm;
}

DrawnFigure example_6_6() {
  FigureChart chart{.title = "Cliff Walking, alpha = 0.5, epsilon = 0.1",
                    .x_label = "episode",
                    .y_label = "sum of rewards during episode",
                    .runs = 1000,
                    .y_low = -100,
                    .y_high = 0};
  for (const auto& [algorithm, name] : cliff_methods()) {
    if (algorithm == std::string("expected_sarsa")) continue;  // the next figure's
    chart.curves.push_back({name, learner_in("cliff_walking", algorithm, {{"alpha", 0.5}}),
                            in_windows("episode_return", 500)});
    chart.marks.push_back(
        {450, fmt::format("sb.stat.ex6.6_{}_alpha0.5_eps0.1_reward_per_episode_ep401_500",
                          in_cases(algorithm))});
  }
  json optimum = {
      {"problem", "cliff_walking"}, {"algorithm", "value_iteration"}, {"quantity", "start_value"}};
  chart.levels = {{"optimum", optimum}};
  optimum["algorithm"] = "epsilon_soft_iteration";
  optimum["options"] = {{"epsilon", 0.1}};
  chart.levels.push_back({"best 0.1-soft", optimum});
  return {"sb-ex-6.6", {chart}};
}

DrawnFigure figure_6_3() {
  DrawnFigure figure{"sb-fig-6.3"};
  std::vector<double> alphas;
  for (int k = 1; k <= 10; ++k) alphas.push_back(k / 10.0);
  for (const bool interim : {true, false}) {
    FigureChart chart{.panel = interim ? "interim" : "asymptotic",
                      .title = interim ? "Cliff Walking, mean of episodes 1 to 100"
                                       : "Cliff Walking, mean of episodes 2001 to 20,000",
                      .x_label = "alpha",
                      .y_label = "sum of rewards per episode",
                      .runs = interim ? 500 : 10,
                      .y_low = -160,
                      .y_high = 0};
    for (const auto& [algorithm, name] : cliff_methods()) {
      json spec = learner_in("cliff_walking", algorithm);
      spec["quantity"] = {{"name", "episode_return"},
                          {"first", interim ? 1 : 2001},
                          {"last", interim ? 100 : 20'000}};
      chart.curves.push_back({name, spec, over_option("alpha", alphas)});
      for (const auto& [text, alpha] :
           {std::pair("0.1", 0.1), {"0.3", 0.3}, {"0.6", 0.6}, {"0.9", 0.9}, {"1", 1.0}})
        chart.marks.push_back(
            {alpha, fmt::format("sb.stat.fig6.3_{}_{}_alpha{}{}", chart.panel, in_cases(algorithm),
                                text, interim ? "" : "_ep2001_20000")});
    }
    chart.levels = {{"optimum",
                     {{"problem", "cliff_walking"},
                      {"algorithm", "value_iteration"},
                      {"quantity", "start_value"}}}};
    figure.charts.push_back(std::move(chart));
  }
  return figure;
}

DrawnFigure figure_6_5() {
  FigureChart chart{.title = "Q-learning and Double Q-learning under maximization bias",
                    .x_label = "episode",
                    .y_label = "share of runs that take 'left' in A",
                    .runs = 2000,
                    .y_low = 0,
                    .y_high = 1};
  for (const auto& [id, algorithm, name] :
       {std::tuple("qlearning", "q_learning", "Q-learning"),
        std::tuple("double_q", "double_q_learning", "Double Q-learning")}) {
    Curve curve{name, learner_in("maximization_bias", algorithm), {}};
    for (int k = 1; k <= 300; ++k)
      curve.points.push_back(
          {static_cast<double>(k),
           {{"quantity",
             {{"name", "action_share"}, {"state", 0}, {"action", 1}, {"episode", k}}}}});
    chart.curves.push_back(std::move(curve));
    for (const int k : {10, 50, 100, 300})
      chart.marks.push_back(
          {static_cast<double>(k), fmt::format("sb.stat.fig6.5_{}_pct_left_episode{}", id, k)});
  }
  chart.levels = {
      {"optimal",
       {{"problem", "maximization_bias"},
        {"policy", {{"epsilon", 0.1}, {"greedy_in", {{"algorithm", "value_iteration"}}}}},
        {"quantity", {{"name", "probability"}, {"state", 0}, {"action", 1}}}}}};
  return {"sb-fig-6.5", {chart}};
}

// ---- chapters 7 and 12: the walk of 19 states ---------------------------------------------------

/// Mean RMS error of the first ten episodes against alpha; small ones stand closer.
Curve error_of_alpha(const std::string& name, const char* algorithm, const json& options) {
  std::vector<double> alphas = {0.02, 0.04, 0.06, 0.08};
  for (int k = 2; k <= 20; ++k) alphas.push_back(k / 20.0);
  json spec = learner_in("random_walk_19", algorithm, options);
  spec["quantity"] = {{"name", "value_rmse"}, {"first", 1}, {"last", 10}};
  return {name, spec, over_option("alpha", alphas)};
}

FigureChart walk_chart(const std::string& title) {
  return {.title = title + " on the walk of 19 states",
          .x_label = "alpha",
          .y_label = "RMS error over states and the first 10 episodes",
          .runs = 100,
          .y_low = 0.25,
          .y_high = 0.55};
}

DrawnFigure figure_7_2() {
  FigureChart chart = walk_chart("n-step TD");
  for (int n = 1; n <= 512; n *= 2)
    chart.curves.push_back(error_of_alpha(fmt::format("n = {}", n), "n_step_td", {{"n", n}}));
  for (const auto& [x, what] : {std::pair(0.1, "n1_alpha0.1_avg_rms_first10"),
                                {0.8, "n1_alpha0.8_avg_rms_first10"},
                                {0.4, "n2_alpha0.4_avg_rms_first10"},
                                {0.1, "n4_alpha0.1_avg_rms_first10"},
                                {0.4, "n4_best_alpha_grid0.05"},
                                {0.4, "n8_alpha0.4_avg_rms_first10"},
                                {0.2, "n16_alpha0.2_avg_rms_first10"},
                                {0.1, "n32_best_alpha_grid0.05"}})
    chart.marks.push_back({x, fmt::format("sb.stat.fig7.2_{}", what)});
  return {"sb-fig-7.2", {chart}};
}

DrawnFigure figure_of_lambda(const char* name, const char* title, const char* algorithm,
                             const std::string& id,
                             const std::vector<std::pair<const char*, double>>& best) {
  FigureChart chart = walk_chart(title);
  for (const char* lambda : {"0", "0.4", "0.8", "0.9", "0.95", "0.975", "0.99", "1"})
    chart.curves.push_back(error_of_alpha(fmt::format("lambda {}", lambda), algorithm,
                                          {{"lambda", std::stod(lambda)}}));
  for (const auto& [lambda, alpha] : {std::pair("0.8", "0.2"), {"0.4", "0.4"}, {"0", "0.5"}})
    chart.marks.push_back(
        {std::stod(alpha),
         fmt::format("sb.stat.{}_lambda{}_alpha{}_avg_rms_first10", id, lambda, alpha)});
  for (const auto& [lambda, alpha] : best)
    chart.marks.push_back(
        {alpha, fmt::format("sb.stat.{}_lambda{}_best_avg_rms_first10", id, lambda)});
  return {name, {chart}};
}

// ---- chapter 8 ----------------------------------------------------------------------------------

DrawnFigure figure_8_2() {
  FigureChart chart{.title = "Dyna-Q in the maze, by the number of planning steps",
                    .x_label = "episode",
                    .y_label = "steps per episode",
                    .runs = 100,
                    .y_low = 0,
                    .y_high = 800};
  for (const int n : {0, 5, 50}) {
    std::vector<CurvePoint> points = in_windows("episode_steps", 50);
    points.erase(points.begin());  // the first episode is the same for all
    chart.curves.push_back({fmt::format("n = {}", n),
                            learner_in("dyna_maze", "dyna_q", {{"planning_steps", n}}), points});
    for (const int k : {2, 5, 10})
      chart.marks.push_back(
          {static_cast<double>(k), fmt::format("sb.stat.fig8.2_dyna_n{}_steps_ep{}", n, k)});
    chart.marks.push_back({45.5, fmt::format("sb.stat.fig8.2_dyna_n{}_steps_ep41_50", n)});
  }
  chart.levels = {{"shortest path", shortest("dyna_maze")}};
  return {"sb-fig-8.2", {chart}};
}

DrawnFigure figure_of_change(const char* name, const char* title, const char* world,
                             const char* maze, int planning_steps, double kappa, int steps,
                             std::initializer_list<int> marks) {
  FigureChart chart{.title = title,
                    .x_label = "time step",
                    .y_label = "cumulative reward",
                    .runs = 100,
                    .y_low = 0};
  for (const auto& [id, algorithm, shown] :
       {std::tuple("dynaq", "dyna_q", "Dyna-Q"), std::tuple("dynaq+", "dyna_q_plus", "Dyna-Q+")}) {
    json options = {{"alpha", 1}, {"planning_steps", planning_steps}};
    if (algorithm == std::string("dyna_q_plus")) options["kappa"] = kappa;
    chart.curves.push_back(
        {shown, learner_in(world, algorithm, options), in_windows("reward_sum", steps, 20), true});
    for (const int step : marks)
      chart.marks.push_back(
          {static_cast<double>(step), fmt::format("sb.stat.{}_{}_cumreward_{}", maze, id, step)});
  }
  return {name, {chart}};
}

DrawnFigure figure_8_7() {
  FigureChart chart{.title = "expected and sample updates",
                    .x_label = "computations, in units of the branching factor b",
                    .y_label = "RMS error of the value, as a share of the first"};
  for (const int b : {2, 10, 100, 1000}) {
    Curve curve{
        fmt::format("samples, b = {}", b), {{"formula", "sample_update_error"}, {"b", b}}, {}};
    const int stride = b < 100 ? 1 : b / 100;
    for (int t = stride; t <= 2 * b; t += stride)
      curve.points.push_back({static_cast<double>(t) / b, {{"t", t}}});
    chart.curves.push_back(std::move(curve));
  }
  constexpr int kMany = 1000;
  chart.curves.push_back({"expected",
                          {{"formula", "expected_update_error"}, {"b", kMany}},
                          {{0, {{"t", 0}}},
                           {(kMany - 1.) / kMany, {{"t", kMany - 1}}},
                           {1, {{"t", kMany}}},
                           {2, {{"t", 2 * kMany}}}}});
  return {"sb-fig-8.7", {chart}};
}

}  // namespace

std::vector<DrawnFigure> sutton_barto_drawings() {
  return {
      figure_2_2(),
      figure_2_3(),
      figure_2_4(),
      figure_2_5(),
      figure_2_6(),
      figure_5_3(),
      figure_5_4(),
      example_6_2(),
      figure_6_2(),
      example_6_5(),
      example_6_6(),
      figure_6_3(),
      figure_6_5(),
      figure_7_2(),
      figure_8_2(),
      figure_of_change("sb-fig-8.4", "Dyna-Q and Dyna-Q+ in the blocking maze", "blocking_maze",
                       "fig8.4_blocking", 10, 1e-4, 3000, {1000, 3000}),
      figure_of_change("sb-fig-8.5", "Dyna-Q and Dyna-Q+ in the shortcut maze", "shortcut_maze",
                       "fig8.5_shortcut", 50, 1e-3, 6000, {3000, 6000}),
      figure_8_7(),
      figure_of_lambda("sb-fig-12.3", "the offline lambda-return algorithm",
                       "offline_lambda_return", "fig12.3_offline_lambda_return",
                       {{"0", 0.8}, {"0.8", 0.36}, {"0.95", 0.16}}),
      figure_of_lambda(
          "sb-fig-12.6", "TD(lambda)", "td_lambda", "fig12.6_TD_lambda",
          {{"0.4", 0.7}, {"0.8", 0.3}, {"0.9", 0.195}, {"0.95", 0.12}, {"0.99", 0.039}}),
      figure_of_lambda("sb-fig-12.8", "true online TD(lambda)", "true_online_td_lambda",
                       "fig12.8_true_online_TD_lambda",
                       {{"0.4", 0.7}, {"0.8", 0.405}, {"0.9", 0.27}, {"0.95", 0.18}}),
  };
}

}  // namespace rl::reproduce
