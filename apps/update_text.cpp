#include "apps/update_text.hpp"

#include <fmt/format.h>

namespace rl::apps {

namespace {

/// Four digits; in brackets where a sign would stand behind a sign.
std::string number(double x, bool after_sign = false) {
  const std::string text = fmt::format("{:.4g}", x);
  return after_sign && text.front() == '-' ? "(" + text + ")" : text;
}

/// What is updated: "mu", "h", "v", "q".
std::string name_of(const Update& u, Quantity what) {
  if (u.of_policy) return u.a < 0 ? "mu" : "h";
  if (u.a < 0 && (what == Quantity::policy || what == Quantity::weights)) return "v";
  return std::string(1, estimate_letter(what));
}

}  // namespace

std::string reward_text(const Update& u) {
  if (u.average_reward == 0) return number(u.reward);
  return number(u.reward) + " - " + number(u.average_reward, true);
}

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
      u.s < 0   ? name_of(u, what) + (u.a < 0 ? "(s)" : "(s, a)")
      : u.a < 0 ? fmt::format("{}({})", name_of(u, what), picture.state_name(u.s))
                : fmt::format("{}({}, {})", name_of(u, what), picture.state_name(u.s),
                              picture.action_name(u.a));
  if (what == Quantity::roots)
    return fmt::format("{} <- {} + {} * {} = {}", estimate, number(u.before), number(u.alpha),
                       number(u.delta, true), number(u.after));
  const std::string weight = u.weight == 1 ? "" : " * " + number(u.weight, true);
  return fmt::format("{} <- {} + {}{} [ {} + {} * {} - {} ] = {}", estimate, number(u.before),
                     number(u.alpha), weight, reward_text(u), number(u.gamma),
                     number(u.bootstrap, true), number(u.target - u.delta, true), number(u.after));
}

}  // namespace rl::apps
