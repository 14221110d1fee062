#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/mdp_io.hpp"
#include "rl/text.hpp"

namespace rl {

using nlohmann::json;

namespace {

/// One row of "transitions". Its place is that of the closing bracket.
struct Row {
  State s;
  Action a;
  Outcome outcome;
  std::uint32_t number, line, column;
  TextPlace place() const { return {line, column}; }
};

constexpr double kMaxIndex = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t kMaxNumbers = 6;

/// What stands in the file, told value by value: a file of 64 MB has five million rows, and as a
/// tree of JSON values these would take gigabytes.
class MdpJsonHandler : public json::json_sax_t {
 public:
  MdpJsonHandler(const std::string& file_name, const JsonCursor::Places& places)
      : file_name_(file_name), places_(places) {}

  MdpFile finish(std::uint64_t memory_limit);

  // ---- events of the parser -----------------------------------------------------------------
  bool null() override { fail("null", places_.last); }
  bool boolean(bool x) override {
    if (where_ != Where::value || key_ != "rewards_are_means")
      fail(x ? "true" : "false", places_.last);
    facts_.rewards_are_means = x;
    where_ = Where::object;
    return true;
  }
  bool number_integer(std::int64_t x) override { return number(static_cast<double>(x)); }
  bool number_unsigned(std::uint64_t x) override { return number(static_cast<double>(x)); }
  bool number_float(double x, const std::string&) override { return number(x); }
  bool string(std::string& x) override {
    if (where_ != Where::name_list) fail(fmt::format("\"{}\"", clipped(x)), places_.last);
    (key_ == "states" ? state_names_ : action_names_).push_back(std::move(x));
    return true;
  }
  bool binary(binary_t&) override { fail("binary data", places_.last); }
  bool start_object(std::size_t) override {
    if (where_ == Where::file)
      where_ = Where::object;
    else if (where_ == Where::value && key_ == "names")
      where_ = Where::names;
    else
      fail("'{'", places_.last);
    return true;
  }
  bool end_object() override {
    where_ = where_ == Where::names ? Where::object : Where::end;
    return true;
  }
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool key(std::string& name) override;
  bool parse_error(std::size_t, const std::string&, const json::exception& e) override {
    throw_at(places_.last, json_error_text(e));
  }

 private:
  enum class Where { file, object, value, list, rows, row, names, name_list, end };

  [[noreturn]] void throw_at(const TextPlace& place, const std::string& what) const {
    throw std::invalid_argument(at_place(file_name_, place, what));
  }
  [[noreturn]] void bad_row(const Row& row, const std::string& what) const {
    throw_at(row.place(), fmt::format("transition {}: {}", row.number, what));
  }
  [[noreturn]] void fail_in_file(const std::string& what) const {
    throw std::invalid_argument(fmt::format("{}: {}", file_name_, what));
  }
  /// Something stands where it does not belong.
  [[noreturn]] void fail(const std::string& found, const TextPlace& place) const {
    throw_at(place, fmt::format("found {} instead of {}", found, wanted()));
  }
  std::string wanted() const;

  bool number(double x);
  std::int32_t index(double x, const char* what, const TextPlace& place,
                     std::int32_t least = 0) const;
  void add_row();

  void require(bool found, const char* key) const;
  void check_rows() const;
  void check_names(const std::vector<std::string>& names, State size, const char* kind) const;
  void check_every_state_has_a_row() const;

  const std::string& file_name_;
  const JsonCursor::Places& places_;
  Where where_ = Where::file;
  std::string key_;
  std::set<std::string> seen_, names_seen_;
  std::vector<double> numbers_;  // of the row that is read

  std::optional<std::int32_t> states_, actions_;
  std::optional<double> gamma_;
  MdpFacts facts_;
  std::vector<Row> rows_;
  std::vector<std::string> state_names_, action_names_;
};

const std::vector<std::string>& keys() {
  static const std::vector<std::string> list = {
      "states", "actions", "terminal",    "start",
      "gamma",  "names",   "transitions", "rewards_are_means"};
  return list;
}

std::string MdpJsonHandler::wanted() const {
  switch (where_) {
    case Where::file:
      return "an object that describes an MDP";
    case Where::rows:
    case Where::row:
      return "a transition [s, a, s', probability, reward]";
    case Where::list:
      return "a number";
    case Where::names:
      return "a list of names";
    case Where::name_list:
      return "a name";
    default:
      break;
  }
  if (key_ == "terminal" || key_ == "start") return fmt::format("a list for '{}'", key_);
  if (key_ == "transitions") return "a list of transitions [s, a, s', probability, reward]";
  if (key_ == "names") return "{\"states\": [...], \"actions\": [...]} for 'names'";
  if (key_ == "rewards_are_means") return "true or false for 'rewards_are_means'";
  return fmt::format("a number for '{}'", key_);
}

std::int32_t MdpJsonHandler::index(double x, const char* what, const TextPlace& place,
                                   std::int32_t least) const {
  if (x >= least && x <= kMaxIndex && std::floor(x) == x) return static_cast<std::int32_t>(x);
  const bool of_row = where_ == Where::row;
  throw_at(place, fmt::format("{}{} {} is not a whole number from {} to {}",
                              of_row ? fmt::format("transition {}: ", rows_.size()) : "", what, x,
                              least, kMaxIndex));
}

bool MdpJsonHandler::number(double x) {
  const TextPlace& place = places_.last_but_one;
  const auto misplaced = [&] { fail(fmt::format("{}", x), place); };
  if (where_ == Where::row) {
    if (numbers_.size() == kMaxNumbers)
      throw_at(place,
               fmt::format("transition {} has more than {} numbers", rows_.size(), kMaxNumbers));
    numbers_.push_back(x);
  } else if (where_ == Where::list) {
    if (key_ == "terminal")
      facts_.terminal.push_back(index(x, "terminal state", place));
    else
      facts_.start.push_back(x);
  } else if (where_ == Where::value) {
    if (key_ == "states")
      states_ = index(x, "'states'", place, 1);
    else if (key_ == "actions")
      actions_ = index(x, "'actions'", place, 1);
    else if (key_ != "gamma")
      misplaced();
    else if (x >= 0 && x <= 1)
      gamma_ = x;
    else
      throw_at(place, fmt::format("'gamma' {} is not in [0, 1]", x));
    where_ = Where::object;
  } else {
    misplaced();
  }
  return true;
}

bool MdpJsonHandler::start_array(std::size_t) {
  if (where_ == Where::value && (key_ == "terminal" || key_ == "start"))
    where_ = Where::list;
  else if (where_ == Where::value && key_ == "transitions")
    where_ = Where::rows;
  else if (where_ == Where::rows)
    where_ = Where::row;
  else if (where_ == Where::names && !key_.empty())
    where_ = Where::name_list;
  else
    fail("'['", places_.last);
  return true;
}

bool MdpJsonHandler::end_array() {
  if (where_ == Where::row) {
    add_row();
    where_ = Where::rows;
  } else {
    where_ = where_ == Where::name_list ? Where::names : Where::object;
  }
  return true;
}

bool MdpJsonHandler::key(std::string& name) {
  static const std::vector<std::string> kinds = {"states", "actions"};
  const bool of_names = where_ == Where::names;
  const std::vector<std::string>& allowed = of_names ? kinds : keys();
  if (std::find(allowed.begin(), allowed.end(), name) == allowed.end())
    throw_at(places_.last, unknown_name("key", name, allowed));
  if (!(of_names ? names_seen_ : seen_).insert(name).second)
    throw_at(places_.last, fmt::format("key '{}' stands twice", name));
  key_ = name;
  if (!of_names) where_ = Where::value;
  return true;
}

void MdpJsonHandler::add_row() {
  const TextPlace& place = places_.last;
  const auto fail_in_row = [&](const std::string& what) {
    throw_at(place, fmt::format("transition {}: {}", rows_.size(), what));
  };
  if (numbers_.size() < kMaxNumbers - 1)
    fail_in_row(
        fmt::format("{} numbers instead of [s, a, s', probability, reward]", numbers_.size()));
  const double p = numbers_[3];
  const double sd = numbers_.size() == kMaxNumbers ? numbers_[5] : 0;
  if (!(p >= 0 && p <= 1)) fail_in_row(fmt::format("probability {} is not in [0, 1]", p));
  if (!(sd >= 0)) fail_in_row(fmt::format("standard deviation {} is negative", sd));
  rows_.push_back({index(numbers_[0], "state", place),
                   index(numbers_[1], "action", place),
                   {p, numbers_[4], index(numbers_[2], "next state", place), sd},
                   static_cast<std::uint32_t>(rows_.size()),
                   static_cast<std::uint32_t>(place.line),
                   static_cast<std::uint32_t>(place.column)});
  numbers_.clear();
}

// ---- from what stood in the file to a model -----------------------------------------------------

void MdpJsonHandler::require(bool found, const char* key) const {
  if (!found) fail_in_file(fmt::format("key '{}' is missing", key));
}

void MdpJsonHandler::check_rows() const {
  for (const Row& row : rows_) {
    if (row.s >= *states_)
      bad_row(row, fmt::format("state {} is not in 0..{}", row.s, *states_ - 1));
    if (row.a >= *actions_)
      bad_row(row, fmt::format("action {} is not in 0..{}", row.a, *actions_ - 1));
    if (row.outcome.next >= *states_)
      bad_row(row, fmt::format("next state {} is not in 0..{}", row.outcome.next, *states_ - 1));
    const bool absorbs = row.outcome.next == row.s && row.outcome.reward == 0;
    if (!absorbs && std::binary_search(facts_.terminal.begin(), facts_.terminal.end(), row.s))
      bad_row(row, fmt::format("state {} is terminal: it can only stay, with reward 0", row.s));
  }
}

void MdpJsonHandler::check_names(const std::vector<std::string>& names, State size,
                                 const char* kind) const {
  if (names.empty()) return;
  if (names.size() != static_cast<std::size_t>(size))
    fail_in_file(fmt::format("{} names for {} {}s", names.size(), size, kind));
  std::set<std::string> once;
  for (const std::string& name : names)
    if (!once.insert(name).second) fail_in_file(fmt::format("two {}s are named '{}'", kind, name));
}

/// Requires rows in order. So a file of a few bytes that declares a billion states is refused
/// before a billion states are allocated.
void MdpJsonHandler::check_every_state_has_a_row() const {
  State s = 0;
  auto row = rows_.begin();
  auto terminal = facts_.terminal.begin();
  for (; s < *states_; ++s) {
    while (row != rows_.end() && row->s < s) ++row;
    while (terminal != facts_.terminal.end() && *terminal < s) ++terminal;
    const bool found = (row != rows_.end() && row->s == s) ||
                       (terminal != facts_.terminal.end() && *terminal == s);
    if (!found) fail_in_file(fmt::format("state {} is not terminal and has no transition", s));
  }
}

MdpFile MdpJsonHandler::finish(std::uint64_t memory_limit) {
  require(states_.has_value(), "states");
  require(actions_.has_value(), "actions");
  require(seen_.count("transitions") == 1, "transitions");
  std::sort(facts_.terminal.begin(), facts_.terminal.end());
  if (!facts_.terminal.empty() && facts_.terminal.back() >= *states_)
    fail_in_file(
        fmt::format("terminal state {} is not in 0..{}", facts_.terminal.back(), *states_ - 1));
  check_names(state_names_, *states_, "state");
  check_names(action_names_, *actions_, "action");
  check_rows();
  const auto before = [](const Row& x, const Row& y) { return x.s != y.s ? x.s < y.s : x.a < y.a; };
  if (!std::is_sorted(rows_.begin(), rows_.end(), before))
    std::stable_sort(rows_.begin(), rows_.end(), before);
  check_every_state_has_a_row();

  const std::vector<double> start = std::exchange(facts_.start, {});
  facts_.memory_limit = memory_limit;
  auto next_row = rows_.begin();
  const Row* first = nullptr;  // of the pair at hand
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    while (next_row != rows_.end() && next_row->s < s) ++next_row;  // of terminal states
    first = nullptr;
    for (; next_row != rows_.end() && next_row->s == s && next_row->a == a; ++next_row) {
      if (first == nullptr) first = &*next_row;
      row.push_back(next_row->outcome);
    }
  };
  try {
    FiniteMdp model(*states_, *actions_, fill, facts_);
    first = nullptr;
    if (seen_.count("start") == 1) model = model.with_start(start);
    return {std::move(model), gamma_, std::move(state_names_), std::move(action_names_)};
  } catch (const std::invalid_argument& e) {
    if (first == nullptr) fail_in_file(e.what());
    throw_at(first->place(), e.what());
  }
}

// ---- writing ------------------------------------------------------------------------------------

using Buffer = fmt::memory_buffer;

void append(Buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

/// The shortest digits that read back as x. "-0" would be read as the whole number 0.
void append(Buffer& out, double x) {
  if (x == 0 && std::signbit(x)) return append(out, "-0.0");
  fmt::format_to(std::back_inserter(out), "{}", x);
}

template <class List>
void append_list(Buffer& out, const char* key, const List& list) {
  fmt::format_to(std::back_inserter(out), "  \"{}\": [", key);
  bool first = true;
  for (const auto& x : list) {
    if (!first) append(out, ", ");
    append(out, static_cast<double>(x));
    first = false;
  }
  append(out, "],\n");
}

void append_names(Buffer& out, const MdpFile& file) {
  json names = json::object();
  if (!file.state_names.empty()) names["states"] = file.state_names;
  if (!file.action_names.empty()) names["actions"] = file.action_names;
  if (names.empty()) return;
  try {
    append(out, "  \"names\": " + names.dump() + ",\n");
  } catch (const json::exception&) {
    throw std::invalid_argument("model: a name is not UTF-8 and cannot be written as JSON");
  }
}

}  // namespace

MdpFile read_mdp_json(std::string_view text, const std::string& file_name,
                      std::uint64_t memory_limit) {
  check_text(text, file_name);
  JsonCursor::Places places;
  MdpJsonHandler handler(file_name, places);
  json::sax_parse(JsonCursor(text.data(), &places), JsonCursor(text.data() + text.size(), &places),
                  &handler, json::input_format_t::json, true, true);
  return handler.finish(memory_limit);
}

std::string write_mdp_json(const MdpFile& file) {
  const FiniteMdp& model = file.model;
  Buffer out;
  fmt::format_to(std::back_inserter(out), "{{\n  \"states\": {},\n  \"actions\": {},\n",
                 model.num_states(), model.num_actions());
  std::vector<State> terminal;
  for (State s = 0; s < model.num_states(); ++s)
    if (model.terminal(s)) terminal.push_back(s);
  if (!terminal.empty()) append_list(out, "terminal", terminal);
  if (const std::vector<double> start = model.start_weights(); !start.empty())
    append_list(out, "start", start);
  if (file.gamma) {
    append(out, "  \"gamma\": ");
    append(out, *file.gamma);
    append(out, ",\n");
  }
  append_names(out, file);
  if (model.rewards_are_means()) append(out, "  \"rewards_are_means\": true,\n");
  append(out, "  \"transitions\": [");
  const char* separator = "\n    ";
  for (State s = 0; s < model.num_states(); ++s)
    for (Action a = 0; a < model.num_actions(); ++a)
      for (const Outcome& o : model.outcomes(s, a)) {
        fmt::format_to(std::back_inserter(out), "{}[{}, {}, {}, ", separator, s, a, o.next);
        append(out, o.probability);
        append(out, ", ");
        append(out, o.reward);
        if (o.reward_sd > 0) {
          append(out, ", ");
          append(out, o.reward_sd);
        }
        append(out, "]");
        separator = ",\n    ";
      }
  append(out, "\n  ]\n}\n");
  return fmt::to_string(out);
}

}  // namespace rl
