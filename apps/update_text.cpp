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

char estimate_letter(Quantity what) {
  switch (what) {
    case Quantity::v_pi:
    case Quantity::v_star:
    case Quantity::differential_v:
      return 'v';
    case Quantity::preferences:
      return 'H';
    case Quantity::roots:
      return 'w';
    case Quantity::policy:
      return 'h';
    case Quantity::differential_q:
    case Quantity::weights:
    case Quantity::q_pi:
    case Quantity::q_star:
    case Quantity::q_soft:
      break;
  }
  return 'q';
}

std::string update_text(const Update& u, Quantity what, const Picture& picture) {
  const std::string estimate =
      u.s < 0   ? std::string(u.a < 0 ? "v(s)" : "q(s, a)")
      : u.a < 0 ? fmt::format("{}({})", what == Quantity::policy ? 'v' : estimate_letter(what),
                              picture.state_name(u.s))
                : fmt::format("{}({}, {})", estimate_letter(what), picture.state_name(u.s),
                              picture.action_name(u.a));
  if (what == Quantity::roots)
    return fmt::format("{} <- {} + {} * {} = {}", estimate, number(u.before), number(u.alpha),
                       number(u.delta, true), number(u.after));
  const std::string weight = u.weight == 1 ? "" : " * " + number(u.weight, true);
  return fmt::format("{} <- {} + {}{} [ {} + {} * {} - {} ] = {}", estimate, number(u.before),
                     number(u.alpha), weight, number(u.reward), number(u.gamma),
                     number(u.bootstrap, true), number(u.target - u.delta, true), number(u.after));
}

}  // namespace rl::apps
