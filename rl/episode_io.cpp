#include "rl/episode_io.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

constexpr const char* kTransitionText = "a transition [s, a, reward, s', true or false]";

/// Whether a reward in a file is the one of a row: written digits may have been rounded.
bool same_reward(double x, double y) {
  return std::abs(x - y) <= 1e-9 * std::max(1.0, std::abs(y));
}

/// What stands in the file, told value by value, so that a long episode is no tree.
class EpisodeHandler : public json::json_sax_t {
 public:
  EpisodeHandler(const std::string& file_name, const JsonCursor::Places& places,
                 const Problem& problem)
      : file_name_(file_name), places_(places), problem_(problem) {}

  std::vector<Transition<State>> finish() {
    if (seen_.count("transitions") == 0)
      throw std::invalid_argument(file_name_ + ": key 'transitions' is missing");
    if (made_.empty()) throw std::invalid_argument(file_name_ + ": 'transitions' is empty");
    made_.back().truncated = !made_.back().terminated;
    return std::move(made_);
  }

  // ---- events of the parser -----------------------------------------------------------------
  bool null() override { fail("null", places_.last); }
  bool boolean(bool x) override {
    if (where_ != Where::transition || numbers_.size() != kNumbers || ended_)
      fail(x ? "true" : "false", places_.last);
    terminated_ = x;
    ended_ = true;
    return true;
  }
  bool number_integer(std::int64_t x) override { return number(static_cast<double>(x)); }
  bool number_unsigned(std::uint64_t x) override { return number(static_cast<double>(x)); }
  bool number_float(double x, const std::string&) override { return number(x); }
  bool string(std::string& x) override {
    if (where_ != Where::value || key_ != "environment")
      fail(fmt::format("\"{}\"", clipped(x)), places_.last);
    where_ = Where::object;
    return true;
  }
  bool binary(binary_t&) override { fail("binary data", places_.last); }
  bool start_object(std::size_t) override {
    if (where_ != Where::file) fail("'{'", places_.last);
    where_ = Where::object;
    return true;
  }
  bool end_object() override {
    where_ = Where::end;
    return true;
  }
  bool start_array(std::size_t) override {
    if (where_ == Where::value && key_ == "transitions")
      where_ = Where::list;
    else if (where_ == Where::list)
      where_ = Where::transition;
    else
      fail("'['", places_.last);
    return true;
  }
  bool end_array() override {
    if (where_ == Where::list) {
      where_ = Where::object;
      return true;
    }
    if (!ended_)
      throw_at(places_.last, fmt::format("transition {}: {} numbers instead of {}", made_.size(),
                                         numbers_.size(), kTransitionText));
    add_transition();
    where_ = Where::list;
    return true;
  }
  bool key(std::string& name) override {
    static const std::vector<std::string> allowed = {"environment", "transitions"};
    if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
      throw_at(places_.last, unknown_name("key", name, allowed));
    if (!seen_.insert(name).second)
      throw_at(places_.last, fmt::format("key '{}' stands twice", name));
    key_ = name;
    where_ = Where::value;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const json::exception& e) override {
    throw_at(places_.last, json_error_text(e));
  }

 private:
  enum class Where { file, object, value, list, transition, end };
  static constexpr std::size_t kNumbers = 4;

  [[noreturn]] void throw_at(const TextPlace& place, const std::string& what) const {
    throw std::invalid_argument(at_place(file_name_, place, what));
  }
  [[noreturn]] void bad_transition(const std::string& what) const {
    throw_at(places_.last, fmt::format("transition {}: {}", made_.size(), what));
  }
  /// Something stands where it does not belong.
  [[noreturn]] void fail(const std::string& found, const TextPlace& place) const {
    throw_at(place, fmt::format("found {} instead of {}", found, wanted()));
  }
  std::string wanted() const {
    if (where_ == Where::file) return "an object {\"transitions\": [...]}";
    if (where_ == Where::list || where_ == Where::transition) return kTransitionText;
    if (key_ == "transitions")
      return fmt::format("a list for 'transitions', each {}", kTransitionText);
    return "the name of a world for 'environment'";
  }

  bool number(double x) {
    if (where_ != Where::transition || numbers_.size() == kNumbers)
      fail(fmt::format("{}", x), places_.last_but_one);
    numbers_.push_back(x);
    return true;
  }
  std::int32_t index_of(double x, const char* what, std::int32_t size) const {
    if (x >= 0 && x < size && std::floor(x) == x) return static_cast<std::int32_t>(x);
    bad_transition(fmt::format("{} {} is not a whole number from 0 to {}", what, x, size - 1));
  }

  void add_transition() {
    const FiniteMdp& model = problem_.model;
    const Transition<State> t{index_of(numbers_[0], "state", model.num_states()),
                              index_of(numbers_[1], "action", model.num_actions()),
                              numbers_[2],
                              index_of(numbers_[3], "next state", model.num_states()),
                              terminated_,
                              false};
    check_order(t);
    check_possible(t);
    made_.push_back(t);
    numbers_.clear();
    ended_ = false;
  }

  void check_order(const Transition<State>& t) const {
    if (made_.empty() || made_.back().terminated || made_.back().next == t.state) return;
    bad_transition(fmt::format("begins in state {}, but the one before it led to state {}", t.state,
                               made_.back().next));
  }

  void check_possible(const Transition<State>& t) const {
    const FiniteMdp& model = problem_.model;
    if (model.terminal(t.state))
      bad_transition(fmt::format("state {} is terminal: nothing follows it", t.state));
    if (!model.available(t.state, t.action))
      bad_transition(fmt::format("action {} is not available in state {}", t.action, t.state));
    std::vector<State> possible;
    std::vector<double> rewards;  // on the way to the next state
    bool any_reward = model.rewards_are_means();
    for (const Outcome& o : model.outcomes(t.state, t.action)) {
      if (o.probability <= 0) continue;
      possible.push_back(o.next);
      if (o.next != t.next) continue;
      rewards.push_back(o.reward);
      any_reward = any_reward || o.reward_sd > 0;
    }
    if (rewards.empty())
      bad_transition(fmt::format("action {} in state {} cannot lead to state {}, only to {}",
                                 t.action, t.state, t.next, listed(possible)));
    if (!any_reward && std::none_of(rewards.begin(), rewards.end(),
                                    [&](double r) { return same_reward(t.reward, r); }))
      bad_transition(
          fmt::format("the reward of action {} in state {} on the way to state {} is {}, "
                      "not {}",
                      t.action, t.state, t.next, listed(rewards), t.reward));
    if (t.terminated != model.terminal(t.next))
      bad_transition(fmt::format("state {} is {}, so the last entry is {}", t.next,
                                 model.terminal(t.next) ? "terminal" : "not terminal",
                                 model.terminal(t.next)));
  }

  template <class T>
  static std::string listed(std::vector<T> values) {
    constexpr std::size_t kMost = 5;
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    std::string text;
    for (std::size_t i = 0; i < values.size() && i < kMost; ++i)
      text += fmt::format("{}{}", i == 0 ? "" : i + 1 == values.size() ? " or " : ", ", values[i]);
    return values.size() > kMost ? text + ", ..." : text;
  }

  const std::string& file_name_;
  const JsonCursor::Places& places_;
  const Problem& problem_;
  Where where_ = Where::file;
  std::string key_;
  std::set<std::string> seen_;
  std::vector<double> numbers_;  // of the transition that is read
  bool terminated_ = false;
  bool ended_ = false;  // its last entry is read
  std::vector<Transition<State>> made_;
};

}  // namespace

std::vector<Transition<State>> read_episodes(std::string_view text, const std::string& file_name,
                                             const Problem& problem) {
  check_text(text, file_name);
  JsonCursor::Places places;
  EpisodeHandler handler(file_name, places, problem);
  json::sax_parse(JsonCursor(text.data(), &places), JsonCursor(text.data() + text.size(), &places),
                  &handler, json::input_format_t::json, true, true);
  return handler.finish();
}

std::string write_episodes(const std::string& environment,
                           std::span<const Transition<State>> transitions) {
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "{{\n  \"environment\": {},\n  \"transitions\": [",
                 json(environment).dump());
  const char* separator = "\n    ";
  for (const Transition<State>& t : transitions) {
    // "-0" would be read as the whole number 0.
    const std::string reward =
        t.reward == 0 && std::signbit(t.reward) ? "-0.0" : fmt::format("{}", t.reward);
    fmt::format_to(std::back_inserter(out), "{}[{}, {}, {}, {}, {}]", separator, t.state, t.action,
                   reward, t.next, t.terminated);
    separator = ",\n    ";
  }
  fmt::format_to(std::back_inserter(out), "\n  ]\n}}\n");
  return fmt::to_string(out);
}

}  // namespace rl
