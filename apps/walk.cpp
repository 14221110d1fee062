#include "apps/walk.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "apps/picture.hpp"
#include "apps/update_text.hpp"
#include "rl/plan.hpp"

namespace rl::apps {

namespace {

constexpr std::size_t kMostUpdates = 6;   // of one step, told in full
constexpr std::size_t kMostActions = 12;  // of a row
constexpr std::size_t kMostOutcomes = 3;  // of an expectation, told in full

std::string four_digits(double x) { return fmt::format("{:.4g}", x); }
/// Behind another sign.
std::string signed_number(double x) { return x < 0 ? "(" + four_digits(x) + ")" : four_digits(x); }

double given_number(const nlohmann::json& options, const AlgorithmEntry& algorithm,
                    const char* name, double otherwise) {
  if (options.is_object() && options.contains(name) && options[name].is_number())
    return options[name].get<double>();
  for (const OptionInfo& option : algorithm.options)
    if (option.name == name) {
      const auto value = nlohmann::json::parse(option.default_json, nullptr, false);
      if (value.is_number()) return value.get<double>();
    }
  return otherwise;
}

// ---- learners -----------------------------------------------------------------------------------

/// A run and what its last step did.
struct LearnerMachine {
  explicit LearnerMachine(AnyRunner r) : runner(std::move(r)) { runner.trace().enable(true); }
  bool advance() {
    last = runner.advance_anywhere();
    const auto made = runner.trace().updates();
    updates.assign(made.begin(), made.end());
    return true;
  }
  AnyRunner runner;
  AnyTransition last{};
  std::vector<Update> updates = {};
};

class LearnerWalk final : public Walk {
 public:
  LearnerWalk(const Problem& problem, AnyRunner runner)
      : problem_(problem), machine_(LearnerMachine(std::move(runner))) {}

  std::int64_t position() const override { return machine_.position(); }
  bool forward() override { return machine_.forward(); }
  bool go_to(std::int64_t position, const std::function<bool()>& interrupted) override {
    return machine_.go_to(position, interrupted);
  }

  WalkView view() const override {
    const LearnerMachine& now = machine_.now();
    WalkView view;
    if (problem_.finite() && problem_.model.num_states() <= kLargestDrawing)
      view.content = content_of(now.runner.model(), now.runner.estimates(), problem_.gamma);
    if (position() == 0) {
      view.heading = "before the first step";
      return view;
    }
    const AnyTransition& t = now.last;
    const EpisodeStats& episode = now.runner.episode();
    view.heading = fmt::format(
        "step {} (episode {}, its step {}): {}, {} -> {}, r = {}{}", position(),
        episode.episode + 1, episode.steps, problem_.state_text(t.state),
        problem_.action_text(t.action), problem_.state_text(t.next), four_digits(t.reward),
        t.terminated ? ", terminated" : (t.truncated ? ", truncated by the limit of steps" : ""));
    const std::size_t shown = std::min(now.updates.size(), kMostUpdates);
    for (std::size_t i = 0; i < shown; ++i)
      tell(now.updates[i], now.runner.estimates(), view.lines);
    tell_rows(std::span(now.updates).first(shown), now.runner.estimates(), view.lines);
    if (now.updates.empty()) view.lines.emplace_back("no update in this step");
    if (now.updates.size() > kMostUpdates)
      view.lines.push_back(fmt::format("and {} more updates", now.updates.size() - kMostUpdates));
    if (problem_.finite()) {
      view.content.agent = std::get<State>(t.next);
      view.content.trajectory = {std::get<State>(t.state)};
    } else {
      view.point = std::get<Point>(t.next);
    }
    return view;
  }

 private:
  std::string name(State s) const { return problem_.picture.state_name(s); }

  void tell(const Update& u, const Estimates& estimates, std::vector<std::string>& lines) const {
    if (estimates.what == Quantity::roots) {
      lines.push_back(
          fmt::format("x = {}, direction = {}", four_digits(u.reward), four_digits(u.delta)));
      lines.push_back(update_text(u, estimates.what, problem_.picture));
      return;
    }
    const double compared = u.target - u.delta;
    const std::string target =
        fmt::format("target = r{} + gamma * bootstrap = {} + {} * {} = {}",
                    u.average_reward == 0 ? "" : " - r_bar", reward_text(u), four_digits(u.gamma),
                    signed_number(u.bootstrap), four_digits(u.target));
    const std::string delta = fmt::format(
        "delta = target - {} = {} - {} = {}",
        estimates.what == Quantity::preferences || estimates.what == Quantity::policy ? "baseline"
                                                                                      : "before",
        four_digits(u.target), signed_number(compared), four_digits(u.delta));
    if (u.planned) {  // its line says all that is needed
      lines.push_back("planned: " + update_text(u, estimates.what, problem_.picture));
      return;
    }
    // Traces: one error changes many estimates.
    if (std::find(lines.begin(), lines.end(), target) == lines.end() ||
        std::find(lines.begin(), lines.end(), delta) == lines.end()) {
      lines.push_back(target);
      lines.push_back(delta);
    }
    lines.push_back(update_text(u, estimates.what, problem_.picture));
  }

  /// q(s, .) or pi(. | s) after the step, of the states whose values it changed.
  void tell_rows(std::span<const Update> updates, const Estimates& estimates,
                 std::vector<std::string>& lines) const {
    std::vector<State> told;
    for (const Update& u : updates) {
      if (u.a < 0 || u.s < 0 || std::find(told.begin(), told.end(), u.s) != told.end()) continue;
      told.push_back(u.s);
      tell_row(u, estimates, lines);
    }
  }
  void tell_row(const Update& u, const Estimates& estimates,
                std::vector<std::string>& lines) const {
    const auto actions = static_cast<std::size_t>(problem_.model.num_actions());
    if (estimates.values.size() != actions * static_cast<std::size_t>(problem_.model.num_states()))
      return;
    const auto row = estimates.values.subspan(static_cast<std::size_t>(u.s) * actions, actions);
    std::string line = estimates.what == Quantity::policy
                           ? fmt::format("pi(. | {}):", name(u.s))
                           : fmt::format("{}({}, .):", estimate_letter(estimates.what), name(u.s));
    for (std::size_t a = 0; a < row.size() && a < kMostActions; ++a)
      if (row[a] != kUnavailable)
        line += fmt::format(" {} {};", problem_.picture.action_name(static_cast<Action>(a)),
                            four_digits(row[a]));
    if (row.size() > kMostActions) line += " ...";
    if (line.back() == ';') line.pop_back();
    lines.push_back(line);
  }

  const Problem& problem_;
  Rewindable<LearnerMachine> machine_;
};

// ---- planners -----------------------------------------------------------------------------------

/// A planner in the middle of a sweep: `before` and `after` are the values around it, `s` the state
/// that is looked at. The planner itself moves by whole iterations.
struct PlannerMachine {
  PlannerMachine(const FiniteMdp& m, AnyPlanner p, bool improves_a_policy)
      : model(&m),
        planner(std::move(p)),
        improves(improves_a_policy),
        before(planner.values()),
        after(before),
        policy_after(kept_policy()) {}

  std::optional<TabularPolicy> kept_policy() const {
    return improves ? planner.plan().policy : std::nullopt;
  }

  bool advance() {
    State next = iteration == 0 ? model->num_states() : s + 1;
    while (next < model->num_states() && model->terminal(next)) ++next;
    if (next >= model->num_states()) {
      if (!planner.advance()) return false;
      before = after;
      after = planner.values();
      policy_before = std::exchange(policy_after, kept_policy());
      ++iteration;
      next = 0;
      while (model->terminal(next)) ++next;
    }
    s = next;
    return true;
  }

  const FiniteMdp* model;
  AnyPlanner planner;
  bool improves;
  StateValues before, after;
  std::optional<TabularPolicy> policy_before = std::nullopt;  // of planners that improve one
  std::optional<TabularPolicy> policy_after;
  State s = 0;
  std::int64_t iteration = 0;
};

/// Planners differ in the rule that turns a row q(s, .) into v(s) and in the values that they look
/// at; which it was is found by trying, so that what is told is true of the numbers.
class PlannerWalk final : public Walk {
 public:
  PlannerWalk(const Problem& problem, AnyPlanner planner, double epsilon,
              std::optional<TabularPolicy> policy)
      : problem_(problem),
        gamma_(problem.effective_gamma()),
        epsilon_(epsilon),
        policy_(std::move(policy)),
        machine_(PlannerMachine(problem.model, std::move(planner), !policy_ && epsilon < 0)) {}

  std::int64_t position() const override { return machine_.position(); }
  bool forward() override { return machine_.forward(); }
  bool go_to(std::int64_t position, const std::function<bool()>& interrupted) override {
    return machine_.go_to(position, interrupted);
  }

  WalkView view() const override {
    const PlannerMachine& now = machine_.now();
    WalkView view;
    if (position() == 0) {
      view.heading = "before the first sweep";
    } else {
      view.heading =
          fmt::format("step {}: iteration {} (changes v by at most {}), state {}", position(),
                      now.iteration, four_digits(now.planner.progress().change), name(now.s));
      tell(now, view.lines);
    }
    if (problem_.model.num_states() <= kLargestDrawing) view.content = content(now);
    if (position() > 0) view.content.agent = now.s;
    view.content.agent_name = "this state";
    return view;
  }

 private:
  enum class Source : int { before, sweep, sweep_down, after };

  std::string name(State s) const { return problem_.picture.state_name(s); }

  /// What the sweep has done so far: values changed up to this state. Where a policy is evaluated
  /// at once, its values, and the improvement so far.
  PictureContent content(const PlannerMachine& now) const {
    const State reached = position() > 0 ? now.s + 1 : 0;
    if (!now.policy_before || !now.policy_after)
      return content_of(problem_.model, values(now, reached), gamma_);
    PictureContent content = content_of(problem_.model, now.after, gamma_);
    for (State s = 0; s < problem_.model.num_states(); ++s)
      if (!problem_.model.terminal(s))
        content.actions[static_cast<std::size_t>(s)] =
            actions_of(s < reached ? *now.policy_after : *now.policy_before, s);
    return content;
  }

  /// Changed for the states before `end`.
  static StateValues values(const PlannerMachine& now, State end) {
    StateValues v = now.before;
    for (State s = 0; s < end; ++s) v[s] = now.after[s];
    return v;
  }

  /// The values that a backup of state s may have looked at.
  StateValues values(const PlannerMachine& now, Source source) const {
    if (source == Source::after) return now.after;
    StateValues v = values(now, source == Source::sweep ? now.s : 0);
    if (source == Source::sweep_down)
      for (State s = now.s + 1; s < v.size(); ++s) v[s] = now.after[s];
    return v;
  }

  struct Explanation {
    Source source;
    std::string rule;
  };

  /// The rule that makes v(s), to rounding, from these values.
  std::optional<Explanation> explain(const PlannerMachine& now, Source source) const {
    const double after = now.after[now.s];
    const auto gives = [&](double x) {
      return std::abs(x - after) <= 1e-9 * std::max(1.0, std::abs(after));
    };
    const std::vector<double> q = action_values(problem_.model, values(now, source), gamma_, now.s);
    if (const std::optional<TabularPolicy>& policy = policy_ ? policy_ : now.policy_before) {
      double expected = 0;
      for (std::size_t a = 0; a < q.size(); ++a)
        if (const double p = policy->row(now.s)[a]; p > 0) expected += p * q[a];
      if (gives(expected))
        return Explanation{source, fmt::format("sum_a pi(a | {0}) q({0}, a)", name(now.s))};
    }
    if (source == Source::after) return std::nullopt;  // every fixed point is its own maximum
    if (gives(max_value(q))) return Explanation{source, fmt::format("max_a q({}, a)", name(now.s))};
    if (epsilon_ >= 0 && gives(epsilon_greedy_value(q, epsilon_)))
      return Explanation{
          source, fmt::format("{0} max_a q({1}, a) + {2} mean_a q({1}, a)",
                              four_digits(1 - epsilon_), name(now.s), four_digits(epsilon_))};
    return std::nullopt;
  }

  std::optional<Explanation> explain(const PlannerMachine& now) const {
    static constexpr Source kOrder[] = {Source::before, Source::sweep, Source::sweep_down,
                                        Source::after};
    if (now.policy_before)  // policy iteration solves for v_pi
      if (auto found = explain(now, Source::after)) return found;
    for (const Source source : kOrder)
      if (auto found = explain(now, source)) return found;
    return std::nullopt;
  }

  static const char* source_text(Source source) {
    switch (source) {
      case Source::before:
        return "with the values before this sweep";
      case Source::sweep:
      case Source::sweep_down:
        return "with the values that this sweep has already changed";
      case Source::after:
        return "with v = v_pi, the values of the policy";
    }
    return "";
  }

  void tell(const PlannerMachine& now, std::vector<std::string>& lines) const {
    const std::optional<Explanation> found = explain(now);
    const Source source = found ? found->source : Source::after;
    const StateValues v = values(now, source);
    lines.push_back(fmt::format("q({}, a) {}:", name(now.s),
                                found ? source_text(source) : "with the values after this sweep"));
    tell_row(now.s, v, lines);
    const std::string before = four_digits(now.before[now.s]);
    const std::string after = four_digits(now.after[now.s]);
    if (found)
      lines.push_back(
          fmt::format("v({}) <- {} = {} (before: {})", name(now.s), found->rule, after, before));
    else
      lines.push_back(fmt::format("v({}): {} before, {} after", name(now.s), before, after));
    if (now.policy_before && now.policy_after) tell_improvement(now, lines);
  }

  void tell_row(State s, const StateValues& v, std::vector<std::string>& lines) const {
    std::size_t told = 0;
    for (Action a = 0; a < problem_.model.num_actions(); ++a) {
      if (!problem_.model.available(s, a)) continue;
      if (++told > kMostActions) continue;
      const auto row = problem_.model.row(s, a);
      double expected = 0;
      std::string terms;
      for (std::size_t k = 0; k < row.size(); ++k) {
        expected += row.probability(k) * v[row.next(k)];
        terms += fmt::format("{}{} * {}", k == 0 ? "" : " + ", four_digits(row.probability(k)),
                             signed_number(v[row.next(k)]));
      }
      const std::string inside = row.size() == 1               ? signed_number(expected)
                                 : row.size() <= kMostOutcomes ? "[ " + terms + " ]"
                                                               : signed_number(expected);
      lines.push_back(fmt::format("  q({}, {}) = {} + {} * {} = {}", name(s),
                                  problem_.picture.action_name(a), four_digits(row.reward),
                                  four_digits(gamma_), inside,
                                  four_digits(row.reward + gamma_ * expected)));
    }
    if (told > kMostActions) lines.push_back(fmt::format("  and {} more", told - kMostActions));
  }

  void tell_improvement(const PlannerMachine& now, std::vector<std::string>& lines) const {
    const auto chosen = [&](const TabularPolicy& policy) {
      std::string names;
      for (const Action a : actions_of(policy, now.s))
        names += (names.empty() ? "" : ", ") + problem_.picture.action_name(a);
      return names;
    };
    const std::string before = chosen(*now.policy_before);
    const std::string after = chosen(*now.policy_after);
    lines.push_back(fmt::format("pi({0}) <- arg max_a q({0}, a): {1}", name(now.s),
                                before == after ? after + ", as before" : before + " -> " + after));
  }

  const Problem& problem_;
  double gamma_;
  double epsilon_;  // below 0: the algorithm has none
  std::optional<TabularPolicy> policy_;
  Rewindable<PlannerMachine> machine_;
};

// ---- pseudo-code --------------------------------------------------------------------------------

/// "v'(s)" of "for each s: v'(s) <- ...", without the prime; empty where nothing is assigned.
std::string left_side(std::string_view line) {
  const std::size_t arrow = line.find("<-");
  if (arrow == std::string_view::npos) return "";
  std::string_view left = line.substr(0, arrow);
  if (const std::size_t colon = left.rfind(": "); colon != std::string_view::npos)
    left.remove_prefix(colon + 2);
  std::string name;
  for (const char c : left)
    if (c != ' ' && c != '\'') name += c;
  return name;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

}  // namespace

std::unique_ptr<Walk> make_walk(const Problem& problem, const AlgorithmEntry& algorithm,
                                const nlohmann::json& options, std::uint64_t seed,
                                const std::optional<TabularPolicy>& policy) {
  if (algorithm.kind == Kind::learner)
    return std::make_unique<LearnerWalk>(problem,
                                         algorithm.make_learner(problem, options, Streams(seed)));
  return std::make_unique<PlannerWalk>(problem, algorithm.make_planner(problem, options),
                                       given_number(options, algorithm, "epsilon", -1), policy);
}

std::vector<bool> current_lines(const AlgorithmEntry& algorithm) {
  const std::vector<std::string> lines = split(algorithm.pseudocode, '\n');
  std::vector<bool> current(lines.size(), false);
  for (const std::string& formula : split(algorithm.formula, ';'))
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (const std::string left = left_side(lines[i]); !left.empty() && left == left_side(formula))
        current[i] = true;
  if (std::find(current.begin(), current.end(), true) != current.end()) return current;
  const auto variable = [](const std::string& left) { return left.substr(0, left.find('(')); };
  for (std::size_t i = lines.size(); i-- > 0;)  // "v" is v(s) for all s
    if (const std::string left = left_side(lines[i]);
        !left.empty() && (variable(left) == "v" || variable(left) == "q")) {
      current[i] = true;
      break;
    }
  return current;
}

}  // namespace rl::apps
