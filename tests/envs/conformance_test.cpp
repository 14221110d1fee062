// What every registered world must keep.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "envs/all.hpp"
#include "rl/check_continuous.hpp"
#include "rl/check_model.hpp"
#include "rl/text.hpp"
#include "tests/errors.hpp"

using nlohmann::json;
using rl::FiniteMdp;
using rl::Problem;
using rl::State;
using rl::WorldEntry;

namespace {

const rl::Registry& registry() {
  static const rl::Registry kRegistry = [] {
    rl::Registry r;
    rl::add_worlds(r);
    return r;
  }();
  return kRegistry;
}

Problem make(const WorldEntry& world, const json& options = nullptr, std::uint64_t seed = 0) {
  return world.make(options, {.rng = rl::Rng(seed)});
}

bool same_row(const std::vector<rl::Outcome>& x, const std::vector<rl::Outcome>& y) {
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& a, const auto& b) {
    return a.probability == b.probability && a.reward == b.reward && a.next == b.next &&
           a.reward_sd == b.reward_sd;
  });
}

std::vector<double> start_of(const FiniteMdp& model) {
  std::vector<double> start(static_cast<std::size_t>(model.num_states()), 0);
  model.for_each_start([&](State s, double p) { start[static_cast<std::size_t>(s)] = p; });
  return start;
}

bool same_model(const FiniteMdp& x, const FiniteMdp& y) {
  if (x.num_states() != y.num_states() || x.num_actions() != y.num_actions()) return false;
  for (State s = 0; s < x.num_states(); ++s) {
    if (x.terminal(s) != y.terminal(s)) return false;
    for (rl::Action a = 0; a < x.num_actions(); ++a)
      if (!same_row(x.outcomes(s, a), y.outcomes(s, a))) return false;
  }
  return start_of(x) == start_of(y);
}

/// What two episodes of random actions pay.
double random_run(Problem problem) {
  problem.continuous->action = rl::bounded(problem.continuous->action);
  return rl::random_return(problem, 2, 100, rl::Rng(1));
}

bool same_problem(const Problem& x, const Problem& y) {
  if (x.name != y.name || x.criterion != y.criterion || x.gamma != y.gamma ||
      x.episode_steps != y.episode_steps || x.changing.has_value() != y.changing.has_value() ||
      !same_model(x.model, y.model) || x.finite() != y.finite())
    return false;
  if (!x.finite()) return random_run(x) == random_run(y);
  if (!x.changing) return true;
  if (x.changing->at_step() != y.changing->at_step()) return false;
  for (std::size_t i = 0; i < x.changing->models().size(); ++i)
    if (!same_model(x.changing->models()[i], y.changing->models()[i])) return false;
  return true;
}

/// Every option with its documented default.
json defaults_of(const WorldEntry& world) {
  json options = json::object();
  for (const rl::OptionInfo& o : world.options) options[o.name] = json::parse(o.default_json);
  return options;
}

std::size_t count_characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

void check_panel(const rl::Panel& panel, State num_states) {
  CAPTURE(panel.title);
  const auto cells = static_cast<std::size_t>(panel.rows) * static_cast<std::size_t>(panel.cols);
  CHECK(cells > 0);
  CHECK(panel.state.size() == cells);
  CHECK(panel.mark.size() == cells);
  CHECK(panel.mark.find_first_not_of(" #FTSX") == std::string::npos);
  CHECK(std::all_of(panel.state.begin(), panel.state.end(),
                    [&](State s) { return s >= -1 && s < num_states; }));
  CHECK(std::any_of(panel.state.begin(), panel.state.end(), [](State s) { return s >= 0; }));
  if (!panel.row_labels.empty())
    CHECK(panel.row_labels.size() == static_cast<std::size_t>(panel.rows));
  if (!panel.col_labels.empty())
    CHECK(panel.col_labels.size() == static_cast<std::size_t>(panel.cols));
}

void check_looks(const std::vector<rl::ActionLook>& looks, rl::Action num_actions) {
  CHECK(looks.size() == static_cast<std::size_t>(num_actions));
  std::set<std::string> names;
  std::set<char> signs;
  for (const rl::ActionLook& look : looks) {
    names.insert(look.name);
    signs.insert(look.ascii);
    CHECK(count_characters(look.glyph) == 1);
    CHECK((look.ascii > ' ' && look.ascii <= '~'));
    CHECK((std::abs(look.d_row) <= 1 && std::abs(look.d_col) <= 1));
  }
  CHECK(names.size() == looks.size());
  CHECK(signs.size() == looks.size());  // policies are written with them
}

}  // namespace

TEST_CASE("every world passes every check of its model and its simulator") {
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    const Problem problem = make(world);
    const rl::CheckOptions options{.samples = 400, .max_draws = 2'000'000, .run_steps = 1000};
    for (const rl::Finding& f : problem.finite()
                                    ? rl::check_model(problem, options)
                                    : rl::check_continuous(problem, options, rl::Rng(0))) {
      CAPTURE(f.check);
      CAPTURE(f.detail);
      CHECK(f.passed);
    }
  }
}

TEST_CASE("every world that needs more memory than allowed is refused, with the bytes it needs") {
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    if (!make(world).finite()) continue;  // a few numbers
    const std::string error = tests::error_of([&] { world.make(nullptr, {.memory_limit = 20}); });
    CHECK(tests::contains(error, " bytes"));
    CHECK(tests::contains(error, ", more than the limit of 20"));
  }
}

TEST_CASE("every world's documented defaults are its defaults") {
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    CHECK(same_problem(make(world), make(world, defaults_of(world))));
  }
}

TEST_CASE("every world's options have a name, a doc and a default within its range") {
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    std::set<std::string> names;
    for (const rl::OptionInfo& o : world.options) {
      CAPTURE(o.name);
      CHECK(names.insert(o.name).second);
      CHECK(o.name == rl::canonical_name(o.name));
      CHECK_FALSE(o.doc.empty());
      const json value = json::parse(o.default_json);
      if (value.is_number()) CHECK(o.range.holds(value.get<double>()));
      if (o.type == "choice") {
        const std::string chosen = value.get<std::string>();
        CHECK(std::find(o.choices.begin(), o.choices.end(), chosen) != o.choices.end());
      }
    }
    CHECK_THROWS_AS(make(world, {{"no_such_option", 1}}), std::invalid_argument);
  }
}

TEST_CASE("every world has a name of its own, a title and a source") {
  std::set<std::string> names;
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    CHECK(names.insert(world.name).second);
    CHECK(world.name == rl::canonical_name(world.name));
    CHECK_FALSE(world.title.empty());
    CHECK_FALSE(world.source.empty());
    CHECK(make(world).name == world.name);
  }
}

TEST_CASE("the worlds that the books name are all there") {
  for (const char* name : {"mfrl_5x5",
                           "mfrl_5x5_forbidden_10",
                           "mfrl_5x5_forbidden_10_convention_b",
                           "mfrl_5x5_episodic",
                           "mfrl_5x5_episodic_reward",
                           "mfrl_5x5_single_trajectory",
                           "mfrl_3x3",
                           "mfrl_2x2",
                           "mfrl_2x2_open",
                           "mfrl_1x2",
                           "mfrl_python",
                           "grid_world",
                           "sb_grid_3_5",
                           "sb_grid_4_1",
                           "jacks_car_rental",
                           "jacks_car_rental_4_7",
                           "gambler",
                           "blackjack",
                           "racetrack",
                           "infinite_variance",
                           "random_walk_5",
                           "random_walk_19",
                           "random_walk_1000",
                           "windy_grid",
                           "windy_grid_kings",
                           "cliff_walking",
                           "gym_cliff_walking",
                           "maximization_bias",
                           "dyna_maze",
                           "blocking_maze",
                           "shortcut_maze",
                           "access_control",
                           "baird",
                           "tsitsiklis_van_roy",
                           "short_corridor",
                           "bandit",
                           "frozen_lake",
                           "frozen_lake_8x8",
                           "taxi",
                           "four_rooms",
                           "mountain_car",
                           "gym_mountain_car",
                           "gym_mountain_car_continuous",
                           "cart_pole",
                           "pendulum",
                           "acrobot",
                           "lqr"})
    CHECK_NOTHROW(registry().world(name));
}

TEST_CASE("a world is another one for another seed only if it says that it is drawn") {
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    const Problem problem = make(world, nullptr, 1);
    CHECK(same_problem(problem, make(world, nullptr, 1)));
    if (!world.drawn) CHECK(same_problem(problem, make(world, nullptr, 2)));
  }
}

TEST_CASE("every picture shows states of its world, with one look an action") {
  for (const WorldEntry& world : registry().worlds()) {
    CAPTURE(world.name);
    const Problem problem = make(world);
    const State num_states = problem.model.num_states();
    const rl::Picture& picture = problem.picture;
    for (const rl::Panel& panel : picture.panels) check_panel(panel, num_states);
    CHECK(picture.panels.empty() == !problem.finite());
    std::set<std::string> titles;  // which tell several panels apart
    for (const rl::Panel& panel : picture.panels) titles.insert(panel.title);
    CHECK(titles.size() == picture.panels.size());
    check_looks(picture.actions, problem.num_actions());
    if (!picture.state_names.empty())
      CHECK(picture.state_names.size() == static_cast<std::size_t>(num_states));
    std::set<std::string> names;
    for (State s = 0; s < num_states; ++s) names.insert(picture.state_name(s));
    CHECK(names.size() == static_cast<std::size_t>(num_states));
  }
}
