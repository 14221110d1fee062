#include "rl/drawing/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "rl/plan.hpp"

namespace rl {

namespace {

template <Model M>
PictureContent content_of_values(const M& model, const StateValues& v, double gamma,
                                 double tolerance) {
  PictureContent content;
  content.number.assign(v.data(), v.data() + v.size());
  for (State s = 0; s < model.num_states(); ++s)
    content.actions.push_back(optimal_actions(model, v, gamma, s, tolerance));
  return content;
}

}  // namespace

PictureContent content_of(const FiniteMdp& model, const StateValues& v, double gamma,
                          double tolerance) {
  return content_of_values(model, v, gamma, tolerance);
}

PictureContent content_of(const GridModel& model, const StateValues& v, double gamma,
                          double tolerance) {
  return content_of_values(model, v, gamma, tolerance);
}

PictureContent content_of(const FiniteMdp& model, const QTable& q, double tolerance) {
  PictureContent content;
  content.number_name = "max q(s, a)";
  content.q.assign(q.parameters().begin(), q.parameters().end());
  for (State s = 0; s < model.num_states(); ++s) {
    const double best = model.terminal(s) ? 0 : max_value(q.row(s));
    content.number.push_back(best);
    std::vector<Action>& greedy = content.actions.emplace_back();
    if (model.terminal(s)) continue;
    for (Action a = 0; a < q.num_actions(); ++a)
      if (q(s, a) >= best - tolerance) greedy.push_back(a);
  }
  return content;
}

PictureContent content_of(const FiniteMdp& model, const Estimates& estimates, double gamma) {
  if (of_states(estimates.what)) {
    const StateValues v = Eigen::Map<const StateValues>(
        estimates.values.data(), static_cast<Eigen::Index>(estimates.values.size()));
    return content_of(model, v, gamma);
  }
  QTable q(model);
  std::copy(estimates.values.begin(), estimates.values.end(), q.parameters().begin());
  PictureContent content = content_of(model, q);
  content.q.clear();
  if (estimates.what == Quantity::preferences) content.number_name = "max H(s, a)";
  if (estimates.what == Quantity::policy) content.number_name = "max pi(a | s)";
  if (estimates.what == Quantity::roots) content.number_name = "max w(s, a)";
  return content;
}

std::vector<double> count_visits(State num_states, std::span<const State> trajectory) {
  std::vector<double> visits(static_cast<std::size_t>(num_states), 0);
  for (const State s : trajectory) ++visits[static_cast<std::size_t>(s)];
  return visits;
}

namespace drawing {

namespace {

std::vector<double> finite_numbers(const PictureContent& content) {
  std::vector<double> numbers;
  for (const std::vector<double>* source : {&content.number, &content.q})
    for (const double x : *source)
      if (std::isfinite(x)) numbers.push_back(x);
  return numbers;
}

}  // namespace

Rgb mix(Rgb a, Rgb b, double share) {
  const auto blend = [share](int x, int y) {
    return static_cast<int>(std::lround((1 - share) * x + share * y));
  };
  return {blend(a.red, b.red), blend(a.green, b.green), blend(a.blue, b.blue)};
}

Rgb text_color(Rgb background) {
  const double luminance =
      0.299 * background.red + 0.587 * background.green + 0.114 * background.blue;
  return luminance > 120 ? kBlack : kWhite;
}

Scale::Tint Scale::tint(double x) const {
  constexpr double kOnlyNumber = 0.3;
  if (low < 0 && high > 0) return {std::min(std::abs(x) / std::max(-low, high), 1.0), x < 0};
  if (!(high > low)) return {kOnlyNumber, x < 0};
  const double share = std::clamp((x - low) / (high - low), 0.0, 1.0);
  return {low < 0 ? 1 - share : share, low < 0};
}

Rgb Scale::color(double x) const {
  constexpr double kPalest = 0.06;
  constexpr double kFullest = 0.85;
  if (!std::isfinite(x)) return kWhite;
  const Tint t = tint(x);
  return mix(kWhite, t.below ? kVermilion : kBlue, kPalest + (kFullest - kPalest) * t.share);
}

Rgb Scale::terminal_color(double x) const {
  // Members of the terminal's 6 x 6 x 6 cube.
  static constexpr std::array<Rgb, 8> kBlues{{{255, 255, 255},
                                              {215, 255, 255},
                                              {175, 215, 255},
                                              {135, 215, 255},
                                              {95, 175, 255},
                                              {0, 175, 255},
                                              {0, 135, 215},
                                              {0, 95, 175}}};
  static constexpr std::array<Rgb, 8> kVermilions{{{255, 255, 255},
                                                   {255, 255, 215},
                                                   {255, 215, 175},
                                                   {255, 175, 135},
                                                   {255, 135, 95},
                                                   {255, 95, 0},
                                                   {215, 95, 0},
                                                   {175, 95, 0}}};
  if (!std::isfinite(x)) return kWhite;
  const Tint t = tint(x);
  const auto step = static_cast<std::size_t>(std::lround(t.share * (kBlues.size() - 1)));
  return t.below ? kVermilions[step] : kBlues[step];
}

Scale scale_of(const PictureContent& content) {
  const std::vector<double> numbers = finite_numbers(content);
  if (numbers.empty()) return {};
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  return {*low, *high};
}

int fitting_decimals(const std::vector<double>& numbers) {
  double largest = 0;
  bool whole = true;
  for (const double x : numbers) {
    if (!std::isfinite(x)) continue;
    largest = std::max(largest, std::abs(x));
    whole = whole && x == std::round(x);
  }
  if (whole || largest >= 1000) return 0;
  if (largest >= 2) return 1;
  return largest >= 0.1 ? 2 : 3;
}

std::string number_text(double x, int decimals) {
  if (std::isnan(x)) return "";
  if (std::isinf(x)) return x < 0 ? "-inf" : "inf";
  if (std::abs(x) >= 1e6) return fmt::format("{:.1e}", x);
  std::string text = fmt::format("{:.{}f}", x, decimals);
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  if (zero && text.front() == '-') text.erase(0, 1);
  return text;
}

double number_of(const PictureContent& content, State s) {
  return s >= 0 && index(s) < content.number.size() ? content.number[index(s)] : kNoNumber;
}

const std::vector<Action>& actions_of(const PictureContent& content, State s) {
  static const std::vector<Action> kNone;
  return s >= 0 && index(s) < content.actions.size() ? content.actions[index(s)] : kNone;
}

double q_of(const PictureContent& content, State s, Action a, Action num_actions) {
  const std::size_t i = index(s) * index(num_actions) + index(a);
  if (s < 0 || i >= content.q.size() || !std::isfinite(content.q[i])) return kNoNumber;
  return content.q[i];
}

Action num_actions_of(const Picture& picture, const PictureContent& content) {
  if (!picture.actions.empty()) return static_cast<Action>(picture.actions.size());
  if (content.q.empty() || content.number.empty()) return 0;
  return static_cast<Action>(content.q.size() / content.number.size());
}

State num_states_of(const Picture& picture, const PictureContent& content) {
  return static_cast<State>(
      std::max({picture.state_names.size(), content.number.size(), content.actions.size()}));
}

std::string_view mark_name(char mark) {
  switch (mark) {
    case 'T':
      return "target";
    case 'F':
      return "forbidden";
    case 'X':
      return "pit";
    case 'S':
      return "start";
    case '#':
      return "wall";
    default:
      return "";
  }
}

Rgb mark_color(char mark) {
  switch (mark) {
    case 'T':
      return kGreen;
    case 'F':
      return kOrange;
    case 'X':
      return kBlack;
    case 'S':
      return kPurple;
    case '#':
      return kDarkGrey;
    default:
      return kWhite;
  }
}

char mark_at(const Panel& panel, int row, int col) {
  const std::size_t i = index(row) * index(panel.cols) + index(col);
  return i < panel.mark.size() ? panel.mark[i] : ' ';
}

State state_at(const Panel& panel, int row, int col) {
  const std::size_t i = index(row) * index(panel.cols) + index(col);
  return i < panel.state.size() ? panel.state[i] : State{-1};
}

std::string marks_in(const Picture& picture) {
  std::string marks;
  for (const char mark : std::string_view("STFX#"))
    for (const Panel& panel : picture.panels)
      if (panel.mark.find(mark) != std::string::npos) {
        marks += mark;
        break;
      }
  return marks;
}

bool is_compass(const Picture& picture) {
  std::set<std::pair<int, int>> places;
  for (const ActionLook& look : picture.actions) {
    if (std::abs(look.d_row) > 1 || std::abs(look.d_col) > 1) return false;
    if (!places.emplace(look.d_row, look.d_col).second) return false;
  }
  return places.size() > 1;
}

bool is_cross(const Picture& picture) {
  const auto diagonal = [](const ActionLook& look) { return look.d_row != 0 && look.d_col != 0; };
  return is_compass(picture) &&
         std::none_of(picture.actions.begin(), picture.actions.end(), diagonal);
}

std::vector<std::string> action_signs(const Picture& picture, bool unicode) {
  constexpr std::size_t kMost = 11;
  std::vector<std::string> signs;
  for (const ActionLook& look : picture.actions) {
    const std::string sign = unicode ? look.glyph : std::string(1, look.ascii);
    if (look.d_row == 0 && look.d_col == 0 && sign != look.name)
      signs.push_back(sign + " " + look.name);
  }
  if (signs.size() > kMost) {
    signs.erase(signs.begin() + 2, signs.end() - 1);
    signs.insert(signs.end() - 1, "...");
  }
  return signs;
}

std::set<State> states_on_way(const PictureContent& content) {
  return {content.trajectory.begin(), content.trajectory.end()};
}

}  // namespace drawing
}  // namespace rl
