#include "apps/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "apps/layout.hpp"
#include "rl/options.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double kFrame = 0.1;       // seconds that a drawing stays, at least
constexpr double kQuestion = 0.25;   // seconds between two looks at Ctrl-C while it pauses
constexpr double kSmallest = 0.001;  // what doubling 0 gives

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (const char c : text)
    if (c == '\n')
      lines.push_back(std::exchange(line, ""));
    else
      line += c;
  if (!line.empty()) lines.push_back(line);
  return lines;
}

}  // namespace

ordered_json changes_to_json(const std::vector<HandChange>& changes) {
  ordered_json list = ordered_json::array();
  for (const HandChange& c : changes)
    list.push_back({{"step", c.step}, {"option", c.option}, {"value", c.value}});
  return list;
}

std::string changes_text(const ordered_json& changes) {
  std::string text;
  for (const ordered_json& c : changes)
    text += fmt::format("{}{} = {:.6g} after step {}", text.empty() ? "changed by hand: " : ", ",
                        c["option"].get<std::string>(), c["value"].get<double>(),
                        c["step"].get<std::int64_t>());
  return text;
}

// ---- options ------------------------------------------------------------------------------------

TunedOptions::TunedOptions(const AlgorithmEntry& algorithm, const Problem& problem, json options)
    : algorithm_(algorithm), problem_(problem), options_(std::move(options)) {
  if (options_.is_null()) options_ = json::object();
}

const OptionInfo* TunedOptions::info_of(const std::string& option) const {
  for (const OptionInfo& info : algorithm_.options)
    if (info.name == option && (info.type == "schedule" || info.type == "number")) return &info;
  return nullptr;
}

json TunedOptions::given(const OptionInfo& info) const {
  return options_.contains(info.name) ? options_[info.name] : json::parse(info.default_json);
}

/// Of a step size on a schedule: that of the next update, found by looking ahead in a copy.
double TunedOptions::now(const AnyRunner& runner, const OptionInfo& info) const {
  constexpr int kLookAhead = 1000;  // steps
  const json value = given(info);
  if (value.is_number()) return value.get<double>();
  if (info.name == "epsilon") return runner.epsilon();
  AnyRunner ahead = runner;
  ahead.trace().enable(true);
  for (int i = 0; i < kLookAhead; ++i) {
    ahead.advance();
    for (const Update& u : ahead.trace().updates())
      if (!u.planned) return u.alpha;
  }
  return schedule_from_json(value).start;
}

std::string TunedOptions::scale(AnyRunner& runner, const std::string& option, double factor) {
  const OptionInfo* const info = info_of(option);
  if (info == nullptr) return fmt::format("{} has no {}", algorithm_.name, option);
  const json before = given(*info);
  const double old = now(runner, *info);
  const double wanted = old == 0 && factor > 1 ? kSmallest : old * factor;
  const double value = std::clamp(wanted, info->range.low, info->range.high);
  if (before.is_number() && value == old) return fmt::format("{} stays at {:.6g}", option, value);
  json options = options_;
  options[option] = value;
  // A clock of visits has a count for each pair, which is part of the state.
  if (before.is_object() && before.value("clock", "") == "visits")
    options[option] = {{"linear", {value, value, 1}}, {"clock", "visits"}};
  try {
    AnyRunner changed = algorithm_.make_learner(problem_, options, Streams(0));
    changed.load(runner.save());
    runner = std::move(changed);
  } catch (const std::invalid_argument& e) {
    return fmt::format("{} stays: {}", option, e.what());
  }
  options_ = std::move(options);
  changes_.push_back({runner.steps(), option, value});
  if (before.is_number()) return fmt::format("{} {:.6g}", option, value);
  return fmt::format("{} {:.6g} from here on, in place of its schedule {}", option, value,
                     before.dump());
}

std::string TunedOptions::text() const {
  std::string text;
  for (const char* name : {"alpha", "epsilon"}) {
    const OptionInfo* const info = info_of(name);
    if (info == nullptr) continue;
    const json value = given(*info);
    const bool set = std::any_of(changes_.begin(), changes_.end(),
                                 [&](const HandChange& c) { return c.option == name; });
    const std::string shown = value.is_number() ? fmt::format("{:.4g}", value.get<double>())
                              : set ? fmt::format("{:.4g}", value["linear"][0].get<double>())
                                    : std::string("by schedule");
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, shown);
  }
  return text;
}

// ---- keys ---------------------------------------------------------------------------------------

Watch::Watch(Console& console, TunedOptions tuned, std::int64_t steps_per_drawing)
    : console_(console), tuned_(std::move(tuned)), steps_per_drawing_(steps_per_drawing) {
  // A terminal whose output goes elsewhere is not asked: nobody would know what to press.
  if (console.in_is_terminal && console.out_is_terminal && RawTerminal::possible())
    keys_ = std::make_unique<RawTerminal>(RawTerminal::AtCtrlC::goes_on);
  else if (!console.in_is_terminal)
    keys_ = std::make_unique<LineKeys>(console.in);
}

Budget Watch::until(const AnyRunner& runner) const {
  if (mode_ == Mode::step) return {.steps = runner.steps() + 1};
  if (mode_ == Mode::episode) return {.episodes = mode_since_episode_ + 1};
  return {.steps = (runner.steps() / steps_per_drawing_ + 1) * steps_per_drawing_};
}

bool Watch::due(const AnyRunner& runner) const {
  if (mode_ == Mode::step) return runner.steps() > mode_since_step_;
  if (mode_ == Mode::episode) return runner.episodes() > mode_since_episode_;
  return runner.steps() % steps_per_drawing_ == 0;
}

bool Watch::show(AnyRunner& runner, const std::string& drawing) {
  if (mode_ == Mode::step || mode_ == Mode::episode) mode_ = Mode::paused;
  draw(runner, drawing);
  if (!keys_ && console_.out_is_terminal) console_.sleep(kFrame);
  while (keys_ && !console_.interrupted()) {
    const std::optional<Key> key = keys_->next_within(mode_ == Mode::paused ? kQuestion : kFrame);
    if (!key && mode_ == Mode::paused) continue;
    if (!key) break;
    if (key->kind == Key::Kind::end) {
      keys_.reset();  // nobody is there any more
      mode_ = Mode::running;
      break;
    }
    any_key_ = true;
    obey(*key, runner);
    if (mode_ == Mode::quit) return false;
    if (mode_ == Mode::step || mode_ == Mode::episode) break;
    const bool of_a_page = keys_->page_rows() > 0;
    if (of_a_page || mode_ == Mode::paused) draw(runner, of_a_page ? drawing : "");
    if (!of_a_page && mode_ == Mode::running) break;  // a key a drawing
  }
  return true;
}

void Watch::obey(const Key& key, AnyRunner& runner) {
  note_.clear();
  const bool one_step = key.is('n') || key.kind == Key::Kind::right || key.kind == Key::Kind::enter;
  if (key.is('q')) {
    mode_ = Mode::quit;
  } else if (key.is(' ') || key.is('p')) {
    mode_ = mode_ == Mode::paused ? Mode::running : Mode::paused;
  } else if (one_step || key.is('e')) {
    if (mode_ != Mode::paused) return;
    mode_ = one_step ? Mode::step : Mode::episode;
    mode_since_step_ = runner.steps();
    mode_since_episode_ = runner.episodes();
  } else if (key.is('+')) {
    constexpr std::int64_t kMost = std::int64_t{1} << 40;
    steps_per_drawing_ = std::min(2 * steps_per_drawing_, kMost);
  } else if (key.is('-')) {
    steps_per_drawing_ = std::max<std::int64_t>(steps_per_drawing_ / 2, 1);
  } else if (key.is('a') || key.is('A')) {
    note_ = tuned_.scale(runner, "alpha", key.is('a') ? 0.5 : 2);
  } else if (key.is('x') || key.is('X')) {
    note_ = tuned_.scale(runner, "epsilon", key.is('x') ? 0.5 : 2);
  }
}

std::string Watch::footer(const AnyRunner& runner) const {
  const bool paused = mode_ == Mode::paused;
  std::string state =
      fmt::format("{} step {}, episode {}; {} steps a drawing", paused ? "paused at" : "at",
                  runner.steps(), runner.episodes(), steps_per_drawing_);
  if (const std::string options = tuned_.text(); !options.empty()) state += "; " + options;
  std::string keys = paused ? "space go on, n step, e episode" : "space pause";
  keys += ", + - speed";
  if (tuned_.has("alpha")) keys += ", a A alpha";
  if (tuned_.has("epsilon")) keys += ", x X epsilon";
  keys += ", q quit";
  std::string text;
  for (const std::string& paragraph : {state, note_, keys})
    if (!paragraph.empty())
      for (const std::string& line : wrap(paragraph, console_.columns, 2)) text += line + '\n';
  return text;
}

void Watch::draw(const AnyRunner& runner, const std::string& drawing) {
  const bool page = has_page();
  const std::string below = page || any_key_ ? footer(runner) : "";
  if (!page) {
    const std::string text = drawing + below;
    if (console_.out_is_terminal && drawn_lines_ > 0)
      console_.out << fmt::format("\033[{}A\033[J", drawn_lines_);
    console_.out << text << std::flush;
    drawn_lines_ = std::count(text.begin(), text.end(), '\n');
    return;
  }
  // The keys stay in sight where the drawing is taller than the page.
  const auto rows = static_cast<std::size_t>(keys_->page_rows());
  const std::size_t needed = lines_of(below).size();
  std::string text;
  std::size_t used = 0;
  for (const std::string& line : lines_of(drawing))
    if (used++ + needed < rows) text += line + '\n';
  show_page(console_, *keys_, text + below);
}

}  // namespace rl::apps
