#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/mdp_io.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

constexpr std::int32_t kEvery = -1;  // the wildcard *

// ---- words --------------------------------------------------------------------------------------

struct Word {
  std::string_view text;  // empty at the end of the file
  TextPlace place;
};

/// Splits text at blanks; a colon is a word of its own, `#` comments out the rest of its line.
class Words {
 public:
  Words(std::string_view text, const std::string& file_name)
      : text_(text), file_name_(file_name), next_(scan()), after_(scan()) {}

  const Word& peek() const { return next_; }
  /// The word after the next one.
  const Word& peek_after() const { return after_; }
  Word take() {
    const Word word = next_;
    next_ = after_;
    after_ = scan();
    return word;
  }
  bool take_if(std::string_view text) {
    if (next_.text != text) return false;
    take();
    return true;
  }
  void take_colon() {
    if (!take_if(":")) fail(next_, "expected ':'");
  }
  [[noreturn]] void fail(const Word& word, const std::string& what) const {
    throw_at(word.place, fmt::format("{}, found {}", what,
                                     word.text.empty() ? "the end of the file"
                                                       : fmt::format("'{}'", clipped(word.text))));
  }
  [[noreturn]] void throw_at(const TextPlace& place, const std::string& what) const {
    throw std::invalid_argument(at_place(file_name_, place, what));
  }
  [[noreturn]] void fail_in_file(const std::string& what) const {
    throw std::invalid_argument(fmt::format("{}: {}", file_name_, what));
  }

 private:
  static bool blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

  Word scan() {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '#') at_ = std::min(text_.find('\n', at_), text_.size());
      if (at_ == text_.size()) break;
      if (!blank(text_[at_])) break;
      if (text_[at_] != '\n') continue;
      ++line_;
      line_begin_ = at_ + 1;
    }
    const std::size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == ':')
      ++at_;
    else
      while (at_ < text_.size() && !blank(text_[at_]) && text_[at_] != ':' && text_[at_] != '#')
        ++at_;
    return {text_.substr(begin, at_ - begin), {line_, begin - line_begin_ + 1}};
  }

  std::string_view text_;
  const std::string& file_name_;
  std::size_t at_ = 0, line_begin_ = 0, line_ = 1;
  Word next_, after_;
};

std::optional<double> to_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(x))
    return std::nullopt;
  return x;
}

std::optional<std::int32_t> to_count(std::string_view text) {
  std::int32_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 0) return std::nullopt;
  return n;
}

// ---- assignments --------------------------------------------------------------------------------

/// One line of T: or R:. It says x(a, s, s') for the triples that it covers; of several lines the
/// last one counts. Lines are kept as they are and read row by row, for a short file may cover
/// more triples than memory holds.
struct Assignment {
  enum class Form { entry, row, matrix, uniform, identity };
  Form form;
  Action a = kEvery;
  State s = kEvery;
  State next = kEvery;      // of an entry
  double value = 0;         // of an entry
  std::size_t numbers = 0;  // where those of a row or matrix begin
  TextPlace place = {};
};

class Assignments {
 public:
  explicit Assignments(State num_states) : num_states_(num_states) {}

  void add(const Assignment& x) { list_.push_back(x); }
  std::vector<double>& numbers() { return numbers_; }

  /// Sorts by (a, s), so that those of a pair are found by bisection.
  void finish() {
    order_.resize(list_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t i, std::size_t j) { return pair(i) < pair(j); });
  }

  /// The assignments that say something of (s, a), newest first, as far as the first that covers
  /// every s'.
  const std::vector<const Assignment*>& of(State s, Action a) {
    found_.clear();
    for (const Action b : {kEvery, a})
      for (const State t : {kEvery, s}) {
        const auto range =
            std::equal_range(order_.begin(), order_.end(), std::pair{b, t}, PairLess{*this});
        found_.insert(found_.end(), range.first, range.second);
      }
    std::sort(found_.begin(), found_.end(), std::greater<>());
    newest_.clear();
    for (const std::size_t i : found_) {
      newest_.push_back(&list_[i]);
      if (covers_all(list_[i])) break;
    }
    return newest_;
  }

  static bool covers_all(const Assignment& x) {
    return x.form != Assignment::Form::entry || x.next == kEvery;
  }

  double value(const Assignment& x, State s, State next) const {
    const auto n = static_cast<std::size_t>(num_states_);
    const auto i = static_cast<std::size_t>(next);
    switch (x.form) {
      case Assignment::Form::entry:
        return x.value;
      case Assignment::Form::row:
        return numbers_[x.numbers + i];
      case Assignment::Form::matrix:
        return numbers_[x.numbers + static_cast<std::size_t>(s) * n + i];
      case Assignment::Form::uniform:
        return 1.0 / num_states_;
      case Assignment::Form::identity:
        return s == next ? 1 : 0;
    }
    return 0;
  }

 private:
  using Pair = std::pair<Action, State>;
  Pair pair(std::size_t i) const { return {list_[i].a, list_[i].s}; }
  struct PairLess {
    const Assignments& all;
    bool operator()(std::size_t i, const Pair& p) const { return all.pair(i) < p; }
    bool operator()(const Pair& p, std::size_t i) const { return p < all.pair(i); }
  };

  State num_states_;
  std::vector<Assignment> list_;
  std::vector<double> numbers_;
  std::vector<std::size_t> order_, found_;
  std::vector<const Assignment*> newest_;
};

// ---- the file -----------------------------------------------------------------------------------

/// Names of states or actions, and their numbers.
struct Labels {
  std::int32_t size = 0;  // 0: not declared yet
  std::vector<std::string> names = {};
  std::map<std::string, std::int32_t, std::less<>> index = {};
};

const std::vector<std::string>& keywords() {
  static const std::vector<std::string> list = {"discount", "values", "states", "actions",
                                                "start",    "T",      "R"};
  return list;
}

class Parser {
 public:
  Parser(std::string_view text, const std::string& file_name, std::uint64_t memory_limit)
      : words_(text, file_name), memory_limit_(memory_limit) {}
  MdpFile read();

 private:
  void read_statement();
  void read_discount();
  void read_values();
  void read_labels(Labels& labels, const char* kind);
  void read_start();
  void read_transition();
  void read_reward();

  bool at_statement() const;
  std::int32_t read_index(const Labels& labels, const char* kind);
  std::int32_t read_index_or_every(const Labels& labels, const char* kind);
  double read_number(const char* what);
  double read_probability();
  template <class Read>
  void read_numbers(std::size_t count, std::vector<double>& numbers, Read&& read_one);
  /// The keyword of a statement that follows the preamble.
  Word take_keyword();
  void once(bool& seen, const Word& keyword) const;
  void make_assignments();

  Words words_;
  std::uint64_t memory_limit_;
  std::optional<double> gamma_;
  bool costs_ = false, values_seen_ = false, start_seen_ = false;
  Labels states_, actions_;
  std::vector<double> start_;
  std::optional<Assignments> transitions_, rewards_;
};

/// Whether the next words open a statement: a keyword and a colon, or "start include" and the like.
bool Parser::at_statement() const {
  const std::string_view word = words_.peek().text;
  const std::string_view after = words_.peek_after().text;
  if (word == "start" && (after == "include" || after == "exclude")) return true;
  if (after != ":") return false;
  return word == "observations" || word == "O" ||
         std::find(keywords().begin(), keywords().end(), word) != keywords().end();
}

void Parser::read_statement() {
  const Word keyword = words_.peek();
  if (keyword.text == "observations" || keyword.text == "O")
    words_.throw_at(keyword.place, "observations make this a POMDP; only MDPs are read");
  if (keyword.text == "discount") return read_discount();
  if (keyword.text == "values") return read_values();
  if (keyword.text == "states") return read_labels(states_, "states");
  if (keyword.text == "actions") return read_labels(actions_, "actions");
  if (keyword.text == "start") return read_start();
  if (keyword.text == "T") return read_transition();
  if (keyword.text == "R") return read_reward();
  words_.throw_at(keyword.place, unknown_name("keyword", keyword.text, keywords()));
}

void Parser::once(bool& seen, const Word& keyword) const {
  if (seen) words_.throw_at(keyword.place, fmt::format("'{}' stands twice", keyword.text));
  seen = true;
}

void Parser::read_discount() {
  const Word keyword = words_.take();
  bool seen = gamma_.has_value();
  once(seen, keyword);
  words_.take_colon();
  const Word word = words_.peek();
  gamma_ = read_number("a number");
  if (!(*gamma_ >= 0 && *gamma_ <= 1)) words_.fail(word, "discount must be in [0, 1]");
}

void Parser::read_values() {
  once(values_seen_, words_.take());
  words_.take_colon();
  const Word word = words_.take();
  if (word.text != "reward" && word.text != "cost")
    words_.fail(word, "expected 'reward' or 'cost'");
  costs_ = word.text == "cost";
}

void Parser::read_labels(Labels& labels, const char* kind) {
  const Word keyword = words_.take();
  bool seen = labels.size > 0;
  once(seen, keyword);
  words_.take_colon();
  if (const auto count = to_count(words_.peek().text)) {
    if (*count == 0) words_.fail(words_.peek(), fmt::format("expected at least one of '{}'", kind));
    labels.size = *count;
    words_.take();
    return;
  }
  while (!words_.peek().text.empty() && !at_statement()) {
    const Word word = words_.take();
    if (word.text != ":" && words_.peek().text == ":")
      words_.throw_at(word.place, unknown_name("keyword", word.text, keywords()));
    if (word.text == ":" || word.text == "*" || to_number(word.text))
      words_.fail(word, fmt::format("expected a name of '{}'", kind));
    if (!labels.index.emplace(word.text, labels.size).second)
      words_.throw_at(word.place, fmt::format("name '{}' stands twice", clipped(word.text)));
    labels.names.emplace_back(word.text);
    ++labels.size;
  }
  if (labels.size == 0)
    words_.fail(words_.peek(), fmt::format("expected the number of {} or their names", kind));
}

Word Parser::take_keyword() {
  const Word keyword = words_.take();
  if (states_.size == 0 || actions_.size == 0)
    words_.throw_at(keyword.place, fmt::format("'{}' before 'states' and 'actions'", keyword.text));
  const std::uint64_t bytes = FiniteMdp::bytes_to_solve(static_cast<std::uint64_t>(states_.size),
                                                        static_cast<std::uint64_t>(actions_.size));
  if (bytes > memory_limit_)  // before anything of this size is made
    words_.fail_in_file(
        fmt::format("{} states and {} actions need at least {} bytes, more than "
                    "the limit of {}",
                    states_.size, actions_.size, bytes, memory_limit_));
  return keyword;
}

std::int32_t Parser::read_index(const Labels& labels, const char* kind) {
  const Word word = words_.take();
  if (const auto i = to_count(word.text)) {
    if (*i < labels.size) return *i;
    words_.throw_at(word.place, fmt::format("{} {} is not in 0..{}", kind, *i, labels.size - 1));
  }
  if (const auto it = labels.index.find(word.text); it != labels.index.end()) return it->second;
  if (labels.names.empty() || word.text.empty() || word.text == ":")
    words_.fail(word, fmt::format("expected the number or name of {} {}",
                                  kind[0] == 'a' ? "an" : "a", kind));
  words_.throw_at(word.place, unknown_name(kind, word.text, labels.names));
}

std::int32_t Parser::read_index_or_every(const Labels& labels, const char* kind) {
  return words_.take_if("*") ? kEvery : read_index(labels, kind);
}

double Parser::read_number(const char* what) {
  const Word word = words_.take();
  const auto x = to_number(word.text);
  if (!x) words_.fail(word, fmt::format("expected {}", what));
  return *x;
}

double Parser::read_probability() {
  const Word word = words_.peek();
  const double p = read_number("a probability");
  if (!(p >= 0 && p <= 1)) words_.fail(word, "expected a probability in [0, 1]");
  return p;
}

/// Numbers are counted as they are read: what a file declares costs nothing that it does not hold.
template <class Read>
void Parser::read_numbers(std::size_t count, std::vector<double>& numbers, Read&& read_one) {
  for (std::size_t i = 0; i < count; ++i) numbers.push_back(read_one());
}

void Parser::read_start() {
  const Word keyword = take_keyword();
  once(start_seen_, keyword);
  const bool include = words_.take_if("include");
  const bool exclude = !include && words_.take_if("exclude");
  words_.take_colon();
  const auto listed = [&] {
    std::vector<State> list;
    while (!words_.peek().text.empty() && !at_statement())
      list.push_back(read_index(states_, "state"));
    if (list.empty()) words_.fail(words_.peek(), "expected a list of states");
    return list;
  };
  if (include || exclude) {
    const std::vector<State> list = listed();
    start_.assign(static_cast<std::size_t>(states_.size), include ? 0 : 1);
    for (const State s : list) start_[static_cast<std::size_t>(s)] = include ? 1 : 0;
  } else if (words_.take_if("uniform")) {
    start_.clear();
  } else if (states_.size > 1 && to_number(words_.peek().text) &&
             to_number(words_.peek_after().text)) {
    read_numbers(static_cast<std::size_t>(states_.size), start_,
                 [&] { return read_probability(); });
    double sum = 0;
    for (const double p : start_) sum += p;
    if (!(std::abs(sum - 1) <= 1e-9))
      words_.throw_at(keyword.place, fmt::format("start probabilities sum to {}, not 1", sum));
  } else if (states_.size == 1 && to_number(words_.peek().text)) {
    read_probability();  // whether it is meant as the state 0 or as its probability
  } else {
    const State s = read_index(states_, "state");
    start_.assign(static_cast<std::size_t>(states_.size), 0);
    start_[static_cast<std::size_t>(s)] = 1;
  }
}

void Parser::make_assignments() {
  if (transitions_) return;
  transitions_.emplace(states_.size);
  rewards_.emplace(states_.size);
}

void Parser::read_transition() {
  const Word keyword = take_keyword();
  make_assignments();
  words_.take_colon();
  const auto n = static_cast<std::size_t>(states_.size);
  Assignment x{.form = Assignment::Form::entry, .place = keyword.place};
  x.a = read_index_or_every(actions_, "action");
  const bool of_state = words_.take_if(":");
  if (of_state) x.s = read_index_or_every(states_, "state");
  if (of_state && words_.take_if(":")) {
    x.next = read_index_or_every(states_, "state");
    x.value = read_probability();
  } else if (words_.take_if("uniform")) {
    x.form = Assignment::Form::uniform;
  } else if (!of_state && words_.take_if("identity")) {
    x.form = Assignment::Form::identity;
  } else {
    x.form = of_state ? Assignment::Form::row : Assignment::Form::matrix;
    x.numbers = transitions_->numbers().size();
    read_numbers(of_state ? n : n * n, transitions_->numbers(), [&] { return read_probability(); });
  }
  transitions_->add(x);
}

void Parser::read_reward() {
  const Word keyword = take_keyword();
  make_assignments();
  words_.take_colon();
  const auto n = static_cast<std::size_t>(states_.size);
  const auto read_one = [&] { return read_number("a reward"); };
  Assignment x{.form = Assignment::Form::entry, .place = keyword.place};
  x.a = read_index_or_every(actions_, "action");
  const bool of_state = words_.take_if(":");
  if (of_state) x.s = read_index_or_every(states_, "state");
  if (of_state && words_.take_if(":")) {
    x.next = read_index_or_every(states_, "state");
    if (words_.take_if(":") && !words_.take_if("*"))
      words_.fail(words_.peek(), "an observation other than * makes this a POMDP: expected '*'");
    x.value = read_one();
  } else {
    x.form = of_state ? Assignment::Form::row : Assignment::Form::matrix;
    x.numbers = rewards_->numbers().size();
    read_numbers(of_state ? n : n * n, rewards_->numbers(), read_one);
  }
  rewards_->add(x);
}

/// Reads rows out of the assignments: probabilities first, then rewards where they matter.
class RowReader {
 public:
  RowReader(Assignments& transitions, Assignments& rewards, State num_states, bool costs)
      : transitions_(transitions),
        rewards_(rewards),
        num_states_(num_states),
        costs_(costs),
        mark_(static_cast<std::size_t>(num_states), 0) {}

  /// Gives the place of the newest line that says something of the row; none for an empty row.
  std::optional<TextPlace> read(State s, Action a, std::vector<Outcome>& row) {
    const std::optional<TextPlace> place = read_probabilities(s, a, row);
    if (row.empty()) return std::nullopt;
    std::sort(row.begin(), row.end(),
              [](const Outcome& x, const Outcome& y) { return x.next < y.next; });
    read_rewards(s, a, row);
    return place;
  }

 private:
  std::optional<TextPlace> read_probabilities(State s, Action a, std::vector<Outcome>& row) {
    const auto assign = [&](const Assignment& x, State next) {
      std::uint32_t& assigned = mark(next);
      if (assigned != 0) return;
      assigned = 1;
      touched_.push_back(next);
      if (const double p = transitions_.value(x, s, next); p != 0) row.push_back({p, 0, next});
    };
    std::optional<TextPlace> place;
    for (const Assignment* x : transitions_.of(s, a)) {
      if (!place) place = x->place;
      if (!Assignments::covers_all(*x))
        assign(*x, x->next);
      else if (x->form == Assignment::Form::identity)
        assign(*x, s);
      else if (x->form != Assignment::Form::entry || x->value != 0)  // `* : * : * 0` costs nothing
        for (State next = 0; next < num_states_; ++next) assign(*x, next);
    }
    for (const State next : touched_) mark(next) = 0;
    touched_.clear();
    return place;
  }

  void read_rewards(State s, Action a, std::vector<Outcome>& row) {
    for (std::size_t k = 0; k < row.size(); ++k)
      mark(row[k].next) = static_cast<std::uint32_t>(k + 1);
    const auto assign = [&](const Assignment& x, State next) {
      std::uint32_t& k = mark(next);
      if (k == 0) return;  // not in the row, or assigned by a newer line
      const double r = rewards_.value(x, s, next);
      row[k - 1].reward = costs_ ? 0 - r : r;
      k = 0;
    };
    for (const Assignment* x : rewards_.of(s, a))
      if (!Assignments::covers_all(*x))
        assign(*x, x->next);
      else
        for (const Outcome& o : row) assign(*x, o.next);
    for (const Outcome& o : row) mark(o.next) = 0;
  }

  std::uint32_t& mark(State s) { return mark_[static_cast<std::size_t>(s)]; }

  Assignments& transitions_;
  Assignments& rewards_;
  State num_states_;
  bool costs_;
  std::vector<std::uint32_t> mark_;  // [S]; all zero between two uses
  std::vector<State> touched_;
};

MdpFile Parser::read() {
  while (!words_.peek().text.empty()) read_statement();
  if (states_.size == 0) words_.fail_in_file("'states' is missing");
  if (actions_.size == 0) words_.fail_in_file("'actions' is missing");
  if (!transitions_) words_.fail_in_file("no transitions: expected lines 'T: ...'");
  transitions_->finish();
  rewards_->finish();

  RowReader rows(*transitions_, *rewards_, states_.size, costs_);
  std::optional<TextPlace> place;
  bool state_has_row = false;
  const auto fill = [&](State s, Action a, std::vector<Outcome>& row) {
    place = rows.read(s, a, row);
    state_has_row = (a > 0 && state_has_row) || !row.empty();
    if (a == actions_.size - 1 && !state_has_row)
      throw std::invalid_argument(fmt::format("state {} has no transitions", s));
  };
  try {
    FiniteMdp model(states_.size, actions_.size, fill, {.memory_limit = memory_limit_});
    place.reset();
    if (!start_.empty()) model = model.with_start(start_);
    return {std::move(model), gamma_, std::move(states_.names), std::move(actions_.names)};
  } catch (const std::invalid_argument& e) {
    if (!place) words_.fail_in_file(e.what());
    words_.throw_at(*place, e.what());
  }
}

}  // namespace

MdpFile read_mdp_cassandra(std::string_view text, const std::string& file_name,
                           std::uint64_t memory_limit) {
  check_text(text, file_name);
  return Parser(text, file_name, memory_limit).read();
}

}  // namespace rl
