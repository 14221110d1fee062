#include "apps/update_text.hpp"

#include <fmt/format.h>

namespace rl::apps {

namespace {

/// Four digits; in brackets where a sign would stand behind a sign.
std::string number(double x, bool after_sign = false) {
  const std::string text = fmt::format("{:.4g}", x);
  return after_sign && text.front() == '-' ? "(" + text + ")" : text;
}

}  // namespace

std::string update_text(const Update& u, const Picture& picture) {
  const std::string estimate =
      u.a < 0 ? fmt::format("v({})", picture.state_name(u.s))
              : fmt::format("q({}, {})", picture.state_name(u.s), picture.action_name(u.a));
  return fmt::format("{} <- {} + {} [ {} + {} * {} - {} ] = {}", estimate, number(u.before),
                     number(u.alpha), number(u.reward), number(u.gamma), number(u.bootstrap, true),
                     number(u.before, true), number(u.after));
}

}  // namespace rl::apps
