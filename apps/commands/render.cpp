// rlbook render: a world with a plan, a policy, a walk or a feature drawn on it, to the terminal or
// as SVG.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/feature_pictures.hpp"
#include "apps/output_file.hpp"
#include "apps/picture.hpp"
#include "apps/policy_text.hpp"
#include "apps/world.hpp"
#include "rl/drawing/scene.hpp"
#include "rl/json_text.hpp"
#include "rl/plan.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;

// ---- where the values come from -----------------------------------------------------------------

/// v with the actions that are best in q, and q itself.
PictureContent content_of(const FiniteMdp& model, const StateValues& v, const QTable& q) {
  PictureContent content = rl::content_of(model, q);
  content.number.assign(v.begin(), v.end());
  content.number_name = PictureContent{}.number_name;
  return content;
}

/// What `solve --out` or `run --save-policy` wrote.
class PlanFile {
 public:
  PlanFile(std::string path, const Problem& problem, std::uint64_t limit)
      : path_(std::move(path)),
        problem_(problem),
        limit_(limit),
        plan_(parse_json(read_file(path_, limit), path_)) {
    if (!plan_.is_object()) throw fail("expected an object that 'solve --out' has written");
  }

  PictureContent content() const {
    if (plan_.contains("values")) {
      const StateValues v = values();
      return content_of(problem_.model, v, q(v));
    }
    if (!plan_.contains("policy"))
      throw fail("has neither \"values\" nor \"policy\": expected what 'solve --out' writes");
    const TabularPolicy policy = parse_policy(path_, problem_, limit_);
    PictureContent content;
    for (State s = 0; s < problem_.model.num_states(); ++s)
      content.actions.push_back(problem_.model.terminal(s) ? std::vector<Action>{}
                                                           : actions_of(policy, s));
    return content;
  }

 private:
  std::invalid_argument fail(const std::string& what) const {
    return std::invalid_argument(fmt::format("{}: {}", path_, what));
  }

  StateValues values() const {
    const json& values = plan_["values"];
    const auto states = static_cast<std::size_t>(problem_.model.num_states());
    if (!values.is_array() || values.size() != states)
      throw fail(
          fmt::format("\"values\": expected {} numbers, one a state of {}", states, problem_.name));
    StateValues v(problem_.model.num_states());
    for (std::size_t s = 0; s < states; ++s) {
      if (!values[s].is_number()) throw fail(fmt::format("\"values\"[{}] is not a number", s));
      v[static_cast<Eigen::Index>(s)] = values[s].get<double>();
    }
    return v;
  }

  /// As the file has it, for q need not follow from v (a finite horizon); else one step ahead.
  QTable q(const StateValues& v) const {
    const FiniteMdp& model = problem_.model;
    if (!plan_.contains("action_values"))
      return action_values(model, v, problem_.effective_gamma());
    const json& rows = plan_["action_values"];
    QTable q(model);
    for (State s = 0; s < model.num_states(); ++s)
      for (Action a = 0; a < model.num_actions(); ++a) {
        if (!model.available(s, a)) continue;
        const json::json_pointer place(fmt::format("/{}/{}", s, a));
        if (!rows.contains(place) || !rows[place].is_number())
          throw fail(fmt::format("\"action_values\"[{}][{}] is not a number", s, a));
        q(s, a) = rows[place].get<double>();
      }
    return q;
  }

  std::string path_;
  const Problem& problem_;
  std::uint64_t limit_;
  json plan_;
};

/// "value_iteration" or "value_iteration:order=in_place".
PictureContent solved(const Registry& registry, const std::string& text, const Problem& problem,
                      Console& console) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const AlgorithmEntry& algorithm = registry.algorithm(text.substr(0, colon));
  if (algorithm.kind != Kind::planner)
    throw std::invalid_argument(fmt::format(
        "--algorithm: {} is not a planner. Draw what it learns with 'rlbook run {} --watch', or "
        "save its policy (run --save-policy FILE) and give that to --plan",
        algorithm.name, algorithm.name));
  if (const auto reason = algorithm.refuses(problem)) throw std::invalid_argument(*reason);
  const json options = colon < text.size()
                           ? parse_option_list(text.substr(colon + 1), algorithm.options)
                           : json::object();
  AnyPlanner planner = algorithm.make_planner(problem, options);
  while (!console.interrupted() && planner.advance()) {
  }
  const Plan plan = planner.plan();
  QTable q = action_values(problem.model, plan.next_values(), problem.effective_gamma());
  for (double& x : q.parameters()) x -= plan.average_reward.value_or(0);
  return content_of(problem.model, plan.v, q);
}

/// A walk by the actions that are drawn, every one of a state alike.
void add_walk(const Problem& problem, std::int64_t steps, std::uint64_t seed,
              PictureContent& content) {
  Streams streams(seed);
  MdpEnvironment environment(problem.model);
  State s = environment.reset(streams.environment);
  content.trajectory = {s};
  for (std::int64_t i = 0; i < std::min(steps, problem.episode_steps); ++i) {
    const std::vector<Action>& actions = content.actions[static_cast<std::size_t>(s)];
    if (actions.empty()) break;
    const auto k = streams.agent.index(static_cast<std::int32_t>(actions.size()));
    s = environment.step(actions[static_cast<std::size_t>(k)], streams.environment).next;
    content.trajectory.push_back(s);
  }
  content.agent = s;
}

void choose_numbers(const Problem& problem, const std::string& which, PictureContent& content) {
  const std::vector<std::string> choices = {"values", "visits", "none"};
  if (which == "values") return;
  if (which == "none") {
    content.number.clear();
  } else if (which == "visits") {
    if (content.trajectory.empty())
      throw std::invalid_argument("--numbers visits: counts the visits of a walk: give --walk N");
    content.number = count_visits(problem.model.num_states(), content.trajectory);
    content.number_name = "visits";
  } else {
    throw std::invalid_argument(unknown_name("value of --numbers", which, choices));
  }
}

// ---- where the drawing goes ---------------------------------------------------------------------

bool is_svg(const std::string& path) {
  return path.size() > 4 && path.compare(path.size() - 4, 4, ".svg") == 0;
}

/// A continuous world as it stands at the start, with a walk of random actions behind it.
Scene scene_of(const Problem& problem, std::int64_t steps, std::uint64_t seed) {
  std::vector<Point> path;
  const auto walk = [&](auto environment, auto actor) {
    Rng world = Rng(seed).split("environment");
    Rng agent = Rng(seed).split("agent");
    path.push_back(environment.reset(world));
    for (std::int64_t i = 0; i < steps; ++i) {
      const Step<Point> x = environment.step(actor.start(path.back(), agent), world);
      path.push_back(x.next);
      if (x.terminated) return;
    }
  };
  const ContinuousWorld& world = *problem.continuous;
  if (world.has_discrete_actions())
    walk(std::get<0>(world.environment), RandomActor<Action>{world.num_actions()});
  else
    walk(std::get<1>(world.environment), RandomActor<Point>{bounded(world.action)});
  const Point seen = path.back();
  path.pop_back();
  return world.draw(seen, path);
}

int render_scene(const Problem& problem, const Arguments& arguments, Console& console) {
  for (const char* flag : {"plan", "algorithm", "q", "features", "feature"})
    if (arguments.given(flag))
      throw std::invalid_argument(fmt::format(
          "--{} needs a list of states, and those of {} are points", flag, problem.name));
  Scene scene = scene_of(problem, arguments.integer("walk", 1).value_or(0),
                         static_cast<std::uint64_t>(*arguments.integer("seed")));
  if (const auto title = arguments.text("title")) scene.title = *title;
  const std::string out = arguments.needed("out");
  if (out == "-") {
    console.out << draw_terminal(scene, terminal_style(console));
    return kOk;
  }
  OutputFile file(out, arguments.is_on("force"));
  file.stream() << draw_svg(scene);
  file.commit();
  console.note("written: " + file.path());
  return kOk;
}

constexpr std::int64_t kMostFeaturesDrawn = 200;

/// Each feature, or the one that --feature names, is a drawing of its own.
int render_features(const Problem& problem, const Arguments& arguments, Console& console) {
  for (const char* flag : {"plan", "algorithm", "q", "walk", "numbers"})
    if (arguments.given(flag))
      throw std::invalid_argument(
          fmt::format("--{} and --features: features are drawn without a plan", flag));
  const FeaturePictures pictures(problem, arguments.needed("features"));
  const auto last = static_cast<std::int64_t>(pictures.size()) - 1;
  const auto chosen = arguments.integer("feature", 0);
  if (chosen && *chosen > last)
    throw std::invalid_argument(fmt::format("--feature: {} is beyond the last of {} features, {}",
                                            *chosen, last + 1, last));
  if (!chosen && last >= kMostFeaturesDrawn)
    throw std::invalid_argument(fmt::format(
        "--features: {} features are too many drawings; choose one by --feature 0 .. {}", last + 1,
        last));
  const std::string out = arguments.needed("out");
  std::vector<std::unique_ptr<OutputFile>> files;  // all of them, before one is written
  for (std::int64_t i = chosen.value_or(0); out != "-" && i <= chosen.value_or(last); ++i)
    files.push_back(std::make_unique<OutputFile>(
        chosen ? out : numbered(out, static_cast<std::size_t>(i)), arguments.is_on("force")));
  for (std::int64_t i = chosen.value_or(0); i <= chosen.value_or(last); ++i) {
    if (console.interrupted()) return kInterrupted;
    PictureContent content = pictures[static_cast<std::size_t>(i)];
    if (const auto title = arguments.text("title")) content.title = *title;
    if (out == "-") {
      console.out << draw_terminal(problem.picture, content, terminal_style(console));
      continue;
    }
    OutputFile& file = *files[static_cast<std::size_t>(i - chosen.value_or(0))];
    file.stream() << draw_svg(problem.picture, content);
    file.commit();
    console.note("written: " + file.path());
  }
  return kOk;
}

int render(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::string out = arguments.needed("out");
  if (out != "-" && !is_svg(out))
    throw std::invalid_argument(
        fmt::format("--out: '{}' is neither a name that ends in .svg nor '-', the terminal", out));
  if (arguments.given("plan") && arguments.given("algorithm"))
    throw std::invalid_argument("--plan and --algorithm both give the values: one of them");
  const Problem problem = problem_of(registry, arguments);
  if (!problem.finite()) return render_scene(problem, arguments, console);
  if (problem.model.num_states() > kLargestDrawing)
    throw std::invalid_argument(
        fmt::format("{} states are too many to draw", problem.model.num_states()));
  if (arguments.given("features")) return render_features(problem, arguments, console);
  if (arguments.given("feature"))
    throw std::invalid_argument("--feature: one of which features? Give --features too");
  std::unique_ptr<OutputFile> file;
  if (out != "-") file = std::make_unique<OutputFile>(out, arguments.is_on("force"));

  const char* const usual =
      problem.criterion == Criterion::average ? "relative_value_iteration" : "value_iteration";
  const auto plan = arguments.text("plan");
  PictureContent content =
      plan ? PlanFile(*plan, problem, world_settings(arguments).file_limit).content()
           : solved(registry, arguments.text("algorithm").value_or(usual), problem, console);
  if (console.interrupted()) return kInterrupted;
  content.title = arguments.text("title").value_or(problem.name);
  if (!arguments.is_on("q"))
    content.q.clear();
  else if (content.q.empty())
    throw std::invalid_argument("--q: the plan holds a policy without values");
  if (const auto steps = arguments.integer("walk", 1))
    add_walk(problem, *steps, static_cast<std::uint64_t>(*arguments.integer("seed")), content);
  choose_numbers(problem, arguments.needed("numbers"), content);

  if (!file) {
    console.out << draw_terminal(problem.picture, content, terminal_style(console));
    return kOk;
  }
  file->stream() << draw_svg(problem.picture, content);
  file->commit();
  console.note("written: " + file->path());
  return kOk;
}

}  // namespace

Command render_command() {
  std::vector<FlagSpec> flags = shared_flags({"env", "gamma", "start", "seed", "episode_steps"});
  for (FlagSpec& flag : std::vector<FlagSpec>{
           {"plan", "FILE", "JSON that 'solve --out' or 'run --save-policy' wrote"},
           {"algorithm", "PLANNER",
            "a planner, or planner:option=value; value_iteration if absent"},
           {"q", "", "show q(s, a) in every cell"},
           {"walk", "N", "draw a walk of N steps by the actions shown"},
           {"numbers", "WHICH", "values, visits (of the walk) or none", "values"},
           {"features", "FEATURES",
            "draw features of a linear method, as its option 'features': tiles:bins=4,tilings=2"},
           {"feature", "I", "this one alone, from 0; else each is a drawing: NAME_0.svg, ..."},
           {"title", "TEXT", "above the drawing; the world's name if absent"},
           {"out", "FILE.svg|-", "an SVG file, or '-': the terminal", "-"}})
    flags.push_back(flag);
  for (FlagSpec& flag : shared_flags({"force", "memory_limit", "file_limit", "quiet", "color",
                                      "ascii", "config", "set", "print_config"}))
    flags.push_back(flag);
  return {
      {.command = "render",
       .usage = "--env WORLD [--plan FILE | --algorithm PLANNER] [--q] [--out FILE.svg|-]",
       .doc = "draw a world with values and policy, in the terminal or as SVG",
       .flags = std::move(flags),
       .examples = {"render --env mfrl_5x5", "render --env mfrl_5x5 --q --out q.svg",
                    "render --env cliff_walking --walk 30 --numbers visits",
                    "render --env mfrl_5x5 --features fourier:order=2 --feature 5",
                    "render --env jacks_car_rental --algorithm policy_iteration --out jack.svg"}},
      render};
}

}  // namespace rl::apps
