#include "apps/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

#include "apps/layout.hpp"

namespace rl::apps {

namespace {

std::string duration(double seconds) {
  const auto s = static_cast<long long>(std::ceil(seconds));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02} min", s / 60, s % 60);
  return fmt::format("{}:{:02} h", s / 3600, s / 60 % 60);
}

constexpr double kSilent = 1;    // seconds
constexpr double kRedraw = 0.1;  // seconds

}  // namespace

void Console::note(std::string_view text) {
  if (quiet) return;
  for (const std::string& line : wrap(text, columns)) err << line << '\n';
}

void Console::warn(std::string_view text) {
  for (const std::string& line : wrap(fmt::format("warning: {}", text), columns))
    err << line << '\n';
}

std::string Console::style(std::string_view text, std::string_view code) const {
  return color ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string(text);
}

Progress::Progress(Console& console, std::string what)
    : console_(console), what_(std::move(what)), begin_(console.seconds()) {}

void Progress::update(double fraction) {
  if (console_.quiet) return;
  const double elapsed = console_.seconds() - begin_;
  if (elapsed < kSilent) return;
  fraction = std::clamp(fraction, 0.0, 1.0);
  if (console_.err_is_terminal) {
    if (elapsed - last_drawn_ < kRedraw) return;
    last_drawn_ = elapsed;
    draw_bar(fraction, elapsed);
    return;
  }
  const int tenth = static_cast<int>(fraction * 10 + 1e-9);
  if (tenth <= last_tenth_) return;
  last_tenth_ = tenth;
  console_.err << fmt::format("{}: {} %, {} left", what_, 10 * tenth,
                              duration(elapsed * (1 - fraction) / fraction))
               << std::endl;
}

void Progress::draw_bar(double fraction, double elapsed) {
  const std::string left =
      fraction > 0 ? duration(elapsed * (1 - fraction) / fraction) + " left" : std::string();
  const std::string tail = fmt::format(" {:3.0f} %  {}", std::floor(100 * fraction), left);
  const int room = std::min(console_.columns - 1, 78) - static_cast<int>(tail.size());
  std::string line;
  if (const int width = room - static_cast<int>(what_.size()) - 3; width >= 8) {
    const int full = static_cast<int>(fraction * width);
    line = fmt::format("{} [{:#<{}}{:.<{}}]", what_, "", full, "", width - full);
  }
  console_.err << "\r\033[K" << line << tail << std::flush;
  bar_shown_ = true;
}

void Progress::finish() {
  if (bar_shown_) console_.err << "\r\033[K" << std::flush;
  bar_shown_ = false;
}

}  // namespace rl::apps
