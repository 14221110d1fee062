#pragma once
/// \file
/// Names of worlds and algorithms: each with its options, docs and a factory. The list is explicit
/// (envs/all.cpp, algorithms/names/); a program makes a registry, fills it and adds its own.
#include <concepts>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rl/learning.hpp"
#include "rl/options.hpp"
#include "rl/plan.hpp"
#include "rl/problem.hpp"

namespace rl {

/// How the model of a world is held: as a table of its rows, or, by a grid, as a function that
/// computes them (rl/grid_model.hpp).
enum class ModelForm : int {
  table,
  matrix_free,  ///< no table; worlds that need one throw
  automatic,    ///< no table of grids too large to be drawn
};

/// What a world may use while it is made.
struct WorldContext {
  Rng rng{0};  ///< stream "world" of the run's seed: some worlds are drawn
  std::uint64_t memory_limit = std::uint64_t{4} << 30;  ///< bytes for model and solve
  ModelForm model = ModelForm::table;
};

struct WorldEntry {
  std::string name;
  std::string title;   ///< one line: what it is, with section
  std::string source;  ///< book sections and where the constants come from
  std::vector<OptionInfo> options;
  std::function<Problem(const nlohmann::json& options, const WorldContext&)> make;
  bool drawn = false;  ///< may be another world for every seed
};

enum class Kind : int { planner, learner };

/// What an algorithm needs of a problem.
struct Facts {
  bool discounted = true;             ///< handles a discounted problem
  bool average = false;               ///< handles an average-reward problem
  bool needs_end = false;             ///< every policy it may follow must be able to end an episode
  bool always_ends = false;           ///< no policy may go on for ever
  bool known_model = false;           ///< asks the model, which must not change
  bool any_horizon = false;           ///< gamma = 1 is fine where nothing ever ends
  bool bandit = false;                ///< weighs the immediate reward alone: gamma = 0
  bool unit_rewards = false;          ///< every reward lies in [0, 1]
  std::int64_t usual_steps = 20'000;  ///< of a run that nobody limits
  bool afterstates = false;           ///< learns values of afterstates, which the problem declares
  bool plans_grids = false;           ///< plans a GridModel where there is no table
};

/// The worlds that a method can be told of.
struct Lives {
  bool in_states = true;             ///< with a list of states
  bool in_points = false;            ///< continuous ones with a list of actions
  bool in_points_by_points = false;  ///< those in which actions are points, too
  bool in_many = false;              ///< several copies of one at once, which must not change
};

struct AlgorithmEntry {
  std::string name;
  Kind kind;
  std::string file;      ///< the file or folder it stands in
  std::string title;     ///< one line
  std::string sections;  ///< "MFRL 7.2; S&B 6.4"
  std::string formula;   ///< its update, in plain text
  std::string pseudocode;
  Facts facts;
  std::vector<OptionInfo> options;
  std::function<AnyPlanner(const Problem&, const nlohmann::json& options)> make_planner;
  std::function<AnyRunner(const Problem&, const nlohmann::json& options, const Streams&)>
      make_learner;
  Lives lives = {};                 ///< where it can
  bool learns_from_others = false;  ///< AnyRunner::replay works
  /// What else it asks of a problem: the reason why it cannot, or nothing.
  std::function<std::optional<std::string>(const Problem&)> asks = {};

  /// Why this algorithm cannot work on the problem; empty where it can.
  std::optional<std::string> refuses(const Problem& problem) const;

 private:
  /// The same, by the kind of states and actions alone.
  std::optional<std::string> refuses_kind(const Problem& problem) const;
};

/// All options of the algorithm in the order of their declaration, given or not. Throws
/// std::invalid_argument for a name that it does not have.
nlohmann::ordered_json full_options(const AlgorithmEntry& algorithm, const nlohmann::json& given);

/// What an algorithm says of itself, beside its options.
struct AlgorithmText {
  std::string file = {}, title = {}, sections = {}, formula = {}, pseudocode = {};
};

class Registry {
 public:
  /// `make(options, context)` returns the Problem; `defaults` makes presets of one world. A world
  /// that may use the context's rng is `drawn`.
  template <class Options, class Make>
  requires std::invocable<Make, const Options&, const WorldContext&>
  void add_world(std::string name, std::string title, std::string source, Options defaults,
                 Make make, bool drawn = false);

  /// `L(problem, options)` makes the learner; `More`: the same method for other kinds of worlds, by
  /// their Observation and ActionType.
  template <RegisteredLearner L, RegisteredLearner... More>
  requires std::constructible_from<L, const Problem&, typename L::Options>
  void add_learner(std::string name, AlgorithmText text, Facts facts = {},
                   typename L::Options defaults = {});

  /// `make(problem, options)` returns a Planner; `asks`: see AlgorithmEntry.
  template <class Options, class Make>
  requires std::invocable<Make, const Problem&, const Options&>
  void add_planner(std::string name, AlgorithmText text, Make make, Facts facts = {},
                   Options defaults = {},
                   std::function<std::optional<std::string>(const Problem&)> asks = {});

  /// By name, `-` and `_` alike. Throws std::invalid_argument with the nearest name.
  const WorldEntry& world(std::string_view name) const;
  const AlgorithmEntry& algorithm(std::string_view name) const;
  const std::vector<WorldEntry>& worlds() const { return worlds_; }
  const std::vector<AlgorithmEntry>& algorithms() const { return algorithms_; }

 private:
  void add(WorldEntry entry);
  void add(AlgorithmEntry entry);
  std::vector<WorldEntry> worlds_;
  std::vector<AlgorithmEntry> algorithms_;
};

template <class Options, class Make>
requires std::invocable<Make, const Options&, const WorldContext&>
void Registry::add_world(std::string name, std::string title, std::string source, Options defaults,
                         Make make, bool drawn) {
  auto factory = [name, defaults, make](const nlohmann::json& given, const WorldContext& context) {
    Problem problem = make(parse(given, defaults), context);
    problem.name = name;
    return problem;
  };
  add(WorldEntry{std::move(name), std::move(title), std::move(source), describe(defaults),
                 std::move(factory), drawn});
}

namespace detail {

template <class L>
constexpr bool kLivesInStates = std::same_as<ObservationOf<L>, State>;
template <class L>
constexpr bool kActsByPoints = std::same_as<ActionOf<L>, Point>;

template <class L>
bool fits(const Problem& problem) {
  if (kLivesInStates<L> || problem.finite()) return kLivesInStates<L> && problem.finite();
  return kActsByPoints<L> != problem.continuous->has_discrete_actions();
}

/// The first of the learners that fits the problem's world.
template <class L, class... More>
AnyRunner make_fitting(const Problem& problem, const typename L::Options& options,
                       const Streams& streams) {
  if constexpr (sizeof...(More) > 0)
    if (!fits<L>(problem)) return make_fitting<More...>(problem, options, streams);
  if constexpr (std::constructible_from<L, const Problem&, const typename L::Options&, const Rng&>)
    return make_runner(problem, L(problem, options, streams.agent.split("start")), streams);
  else
    return make_runner(problem, L(problem, options), streams);
}

}  // namespace detail

template <RegisteredLearner L, RegisteredLearner... More>
requires std::constructible_from<L, const Problem&, typename L::Options>
void Registry::add_learner(std::string name, AlgorithmText text, Facts facts,
                           typename L::Options defaults) {
  auto factory = [defaults](const Problem& problem, const nlohmann::json& given,
                            const Streams& streams) {
    return detail::make_fitting<L, More...>(problem, parse(given, defaults), streams);
  };
  const auto any = [](auto... is) { return (is || ...); };
  using detail::kActsByPoints;
  using detail::kLivesInStates;
  const Lives lives{any(kLivesInStates<L>, kLivesInStates<More>...),
                    any(!kLivesInStates<L> && !kActsByPoints<L>,
                        (!kLivesInStates<More> && !kActsByPoints<More>)...),
                    any(kActsByPoints<L>, kActsByPoints<More>...), kLivesInMany<L>};
  add(AlgorithmEntry{std::move(name),
                     Kind::learner,
                     std::move(text.file),
                     std::move(text.title),
                     std::move(text.sections),
                     std::move(text.formula),
                     std::move(text.pseudocode),
                     facts,
                     describe(defaults),
                     {},
                     std::move(factory),
                     lives,
                     LearnsFromOthers<L>});
}

template <class Options, class Make>
requires std::invocable<Make, const Problem&, const Options&>
void Registry::add_planner(std::string name, AlgorithmText text, Make make, Facts facts,
                           Options defaults,
                           std::function<std::optional<std::string>(const Problem&)> asks) {
  auto factory = [defaults, make](const Problem& problem, const nlohmann::json& given) {
    return AnyPlanner(make(problem, parse(given, defaults)));
  };
  add(AlgorithmEntry{std::move(name),
                     Kind::planner,
                     std::move(text.file),
                     std::move(text.title),
                     std::move(text.sections),
                     std::move(text.formula),
                     std::move(text.pseudocode),
                     facts,
                     describe(defaults),
                     std::move(factory),
                     {},
                     {},
                     false,
                     std::move(asks)});
}

}  // namespace rl
