#include "apps/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "apps/layout.hpp"
#include "rl/files.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace po = boost::program_options;
using nlohmann::json;

namespace {

std::string kebab(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string typed(std::string_view name) { return "--" + kebab(name); }

bool is_switch(const FlagSpec& flag) { return flag.value.empty(); }
bool is_switch(const OptionInfo& option) { return option.type == "flag"; }

/// All options that any algorithm of these kinds has, each name once.
std::vector<OptionInfo> options_of_kinds(const Registry& registry, const std::vector<Kind>& kinds) {
  std::vector<OptionInfo> all;
  for (const AlgorithmEntry& entry : registry.algorithms()) {
    if (std::find(kinds.begin(), kinds.end(), entry.kind) == kinds.end()) continue;
    for (const OptionInfo& option : entry.options)
      if (std::none_of(all.begin(), all.end(),
                       [&](const OptionInfo& known) { return known.name == option.name; }))
        all.push_back(option);
  }
  return all;
}

/// "sarsa" of "sarsa:alpha=0.5".
std::string_view algorithm_name(std::string_view operand) {
  return operand.substr(0, operand.find(':'));
}

/// What the words of a command line are: flags in kebab-case, values joined to switches.
class Words {
 public:
  Words(std::span<const std::string> words, const std::set<std::string>& switches) {
    bool flags_ended = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& word = words[i];
      flags_ended = flags_ended || word == "--";
      if (flags_ended || word.size() < 3 || word.rfind("--", 0) != 0) {
        words_.push_back(word);
        continue;
      }
      const std::size_t equals = std::min(word.find('='), word.size());
      const std::string name = canonical_name(word.substr(2, equals - 2));
      words_.push_back(typed(name));
      if (switches.count(name) == 0) {
        words_.back() += word.substr(equals);
      } else if (equals < word.size()) {
        switch_value_[name] = word.substr(equals + 1);
      } else if (i + 1 < words.size() && (words[i + 1] == "true" || words[i + 1] == "false")) {
        switch_value_[name] = words[++i];
      }
    }
  }
  const std::vector<std::string>& words() const { return words_; }
  std::string switch_value(const std::string& name) const {
    const auto it = switch_value_.find(name);
    return it == switch_value_.end() ? "true" : it->second;
  }

 private:
  std::vector<std::string> words_;
  std::map<std::string, std::string> switch_value_;
};

void add_flag(po::options_description& description, const std::string& name, char letter,
              bool takes_value, bool many) {
  const std::string names =
      letter == '\0' ? kebab(name) : fmt::format("{},{}", kebab(name), letter);
  if (!takes_value)
    description.add_options()(names.c_str(), "");
  else if (many)
    description.add_options()(names.c_str(), po::value<std::vector<std::string>>()->multitoken(),
                              "");
  else
    description.add_options()(names.c_str(), po::value<std::string>(), "");
}

std::string joined(const std::vector<std::string>& values) { return join(values, " "); }

}  // namespace

// ---- reading ------------------------------------------------------------------------------------

Arguments::Arguments(Syntax syntax, const Registry& registry, std::span<const std::string> words)
    : syntax_(std::move(syntax)) {
  if (find_flag("help") == nullptr) syntax_.flags.push_back(shared_flag("help"));
  read_words(registry, words);
  if (is_on("help")) {
    for (const std::string& name : operands_)
      if (!syntax_.algorithms.empty())
        algorithms_.push_back(&registry.algorithm(algorithm_name(name)));
    return;
  }
  read_config();
  check_operands();
  name_algorithms(registry);
  read_set();
  for (const auto& [name, setting] : options_)
    if (std::none_of(algorithms_.begin(), algorithms_.end(), [&, n = name](const auto* algorithm) {
          return find_option(*algorithm, n) != nullptr;
        }))
      throw std::invalid_argument(unknown_name(
          fmt::format("option ({}) of {}", setting.origin,
                      algorithms_.empty() ? syntax_.command : algorithms_.front()->name),
          name, known_names()));
}

void Arguments::read_words(const Registry& registry, std::span<const std::string> words) {
  po::options_description description;
  std::set<std::string> switches;
  for (const FlagSpec& f : syntax_.flags) {
    add_flag(description, f.name, f.letter, !is_switch(f), f.many);
    if (is_switch(f)) switches.insert(f.name);
  }
  const std::vector<OptionInfo> options = options_of_kinds(registry, syntax_.algorithms);
  for (const OptionInfo& option : options) {
    if (find_flag(option.name) != nullptr) continue;
    add_flag(description, option.name, '\0', !is_switch(option), false);
    if (is_switch(option)) switches.insert(option.name);
  }
  const Words prepared(words, switches);
  namespace style = po::command_line_style;
  try {
    const po::parsed_options parsed = po::command_line_parser(prepared.words())
                                          .options(description)
                                          .style(style::unix_style & ~style::allow_guessing)
                                          .run();
    for (const po::option& o : parsed.options) {
      if (o.position_key >= 0) {
        operands_.insert(operands_.end(), o.value.begin(), o.value.end());
        continue;
      }
      const std::string name = canonical_name(o.string_key);
      const FlagSpec* f = find_flag(name);
      auto& settings = f != nullptr ? flags_ : options_;
      Setting& setting = settings[name];
      if (!setting.values.empty() && (f == nullptr || !(f->many || f->repeated)))
        throw std::invalid_argument(fmt::format("{} is given twice", typed(name)));
      setting.origin = "command line";
      if (o.value.empty())
        setting.values.push_back(prepared.switch_value(name));
      else
        setting.values.insert(setting.values.end(), o.value.begin(), o.value.end());
    }
  } catch (const po::unknown_option& e) {
    const std::string name = canonical_name(e.get_option_name());
    std::vector<std::string> names = known_names();
    for (const OptionInfo& option : options)
      if (find_flag(option.name) == nullptr) names.push_back(option.name);
    const std::string wanted = name.substr(std::min(name.find_first_not_of('_'), name.size()));
    const std::string nearest = nearest_name(wanted, names);
    throw std::invalid_argument(
        fmt::format("unknown flag '{}'{} ('rlbook {} --help' lists them)", e.get_option_name(),
                    nearest.empty() ? "" : fmt::format("; did you mean '{}'?", typed(nearest)),
                    syntax_.command));
  } catch (const po::error_with_option_name& e) {
    throw std::invalid_argument(
        fmt::format("{} needs a value", typed(canonical_name(e.get_option_name()).substr(2))));
  } catch (const po::error& e) {
    throw std::invalid_argument(e.what());
  }
}

void Arguments::name_algorithms(const Registry& registry) {
  if (syntax_.algorithms.empty()) return;
  for (const std::string& name : operands_) {
    const AlgorithmEntry& entry = registry.algorithm(algorithm_name(name));
    if (std::find(syntax_.algorithms.begin(), syntax_.algorithms.end(), entry.kind) ==
        syntax_.algorithms.end())
      throw std::invalid_argument(
          entry.kind == Kind::planner
              ? fmt::format("{} plans with the model: 'rlbook solve {}'", entry.name, entry.name)
              : fmt::format("{} learns from experience: 'rlbook run {}'", entry.name, entry.name));
    algorithms_.push_back(&entry);
  }
}

/// Puts a value where nothing stronger stands.
void Arguments::set(std::string_view key, std::vector<std::string> values,
                    const std::string& origin) {
  const std::string name = canonical_name(key);
  const FlagSpec* f = find_flag(name);
  if (f != nullptr && values.size() > 1 && !f->many && !f->repeated)
    throw std::invalid_argument(fmt::format("{}: '{}' takes one value", origin, name));
  (f != nullptr ? flags_ : options_).try_emplace(name, Setting{std::move(values), origin});
}

void Arguments::read_set() {
  if (find_flag("set") == nullptr) return;
  std::map<std::string, std::string> seen;
  for (const std::string& text : texts("set")) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::invalid_argument(fmt::format("--set: '{}' is not key=value", text));
    const std::string name = canonical_name(text.substr(0, equals));
    const std::vector<std::string> names = known_names();
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw std::invalid_argument("--set: " + unknown_name("key", name, names));
    if (!seen.try_emplace(name, text).second)
      throw std::invalid_argument(fmt::format("--set: '{}' is given twice", name));
    auto& settings = find_flag(name) != nullptr ? flags_ : options_;
    if (const auto it = settings.find(name);
        it != settings.end() && it->second.origin != "command line")
      settings.erase(it);  // a config file's: weaker
    set(name, {text.substr(equals + 1)}, "--set");
  }
}

void Arguments::read_config() {
  if (find_flag("config") == nullptr) return;
  const std::optional<std::string> path = text("config");
  if (!path) return;
  const json config = parse_json(read_file(*path), *path);
  if (!config.is_object())
    throw std::invalid_argument(*path + ": expected an object {\"env\": ..., \"alpha\": ...}");
  const auto as_text = [](const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const std::string origin = "file " + *path;
  for (const auto& [key, value] : config.items()) {
    const std::string name = canonical_name(key);
    std::vector<std::string> values;
    const FlagSpec* f = find_flag(name);
    const bool names_algorithms =
        !syntax_.algorithms.empty() && (name == "algorithm" || name == "algorithms");
    if (value.is_array() && (names_algorithms || (f != nullptr && (f->many || f->repeated))))
      for (const json& element : value) values.push_back(as_text(element));
    else
      values.push_back(as_text(value));
    if (name == "config" || name == "set" || name == "help" || name == "print_config")
      throw std::invalid_argument(
          fmt::format("{}: '{}' cannot stand in a config file", *path, name));
    if (!names_algorithms) {
      set(name, std::move(values), origin);
    } else if (operands_.empty()) {
      operands_ = std::move(values);
      operands_origin_ = origin;
    }
  }
}

void Arguments::check_operands() const {
  const Operands& wanted = syntax_.operands;
  if (operands_.size() > wanted.most)
    throw std::invalid_argument(
        wanted.most == 0 ? fmt::format("'{}' takes no '{}'", syntax_.command, operands_.front())
                         : fmt::format("'{}' is one word too many (usage: rlbook {} {})",
                                       operands_[wanted.most], syntax_.command, syntax_.usage));
  if (operands_.size() < wanted.least)
    throw std::invalid_argument(fmt::format("{} is missing (usage: rlbook {} {})", wanted.name,
                                            syntax_.command, syntax_.usage));
}

std::vector<std::string> Arguments::known_names() const {
  std::vector<std::string> names;
  for (const AlgorithmEntry* algorithm : algorithms_)
    for (const OptionInfo& option : algorithm->options)
      if (std::find(names.begin(), names.end(), option.name) == names.end())
        names.push_back(option.name);
  for (const FlagSpec& f : syntax_.flags)
    if (std::find(names.begin(), names.end(), f.name) == names.end()) names.push_back(f.name);
  return names;
}

// ---- values -------------------------------------------------------------------------------------

const FlagSpec* Arguments::find_flag(std::string_view name) const {
  for (const FlagSpec& f : syntax_.flags)
    if (f.name == name) return &f;
  return nullptr;
}

const FlagSpec& Arguments::flag(std::string_view name) const {
  if (const FlagSpec* f = find_flag(name)) return *f;
  throw std::logic_error(
      fmt::format("{} reads {}, which it does not declare", syntax_.command, typed(name)));
}

bool Arguments::given(std::string_view name) const { return flags_.count(flag(name).name) > 0; }

std::optional<std::string> Arguments::text(std::string_view name) const {
  const FlagSpec& f = flag(name);
  if (const auto it = flags_.find(f.name); it != flags_.end()) return it->second.values.front();
  if (!f.fallback.empty()) return f.fallback;
  return std::nullopt;
}

std::string Arguments::needed(std::string_view name) const {
  if (const auto value = text(name)) return *value;
  throw std::invalid_argument(
      fmt::format("'{}' needs {} {}", syntax_.command, typed(name), flag(name).value));
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  const FlagSpec& f = flag(name);
  if (const auto it = flags_.find(f.name); it != flags_.end()) return it->second.values;
  if (!f.fallback.empty()) return {f.fallback};
  return {};
}

bool Arguments::is_on(std::string_view name) const {
  const auto value = text(name);
  if (!value || *value == "false") return false;
  if (*value == "true") return true;
  throw std::invalid_argument(fmt::format("{}: '{}' is not true or false", typed(name), *value));
}

std::optional<double> Arguments::number(std::string_view name, Range range) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const std::optional<double> x = parse_number(*value);
  if (!x) throw std::invalid_argument(fmt::format("{}: '{}' is not a number", typed(name), *value));
  if (!range.holds(*x))
    throw std::invalid_argument(
        fmt::format("{}: {} is not in [{}, {}]", typed(name), *value, range.low, range.high));
  return x;
}

std::optional<std::int64_t> Arguments::integer(std::string_view name, std::int64_t least,
                                               std::int64_t most) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const std::optional<double> x = parse_number(*value);
  if (!x || std::floor(*x) != *x || std::abs(*x) > 9e18)
    throw std::invalid_argument(fmt::format("{}: '{}' is not a whole number", typed(name), *value));
  std::int64_t n = static_cast<std::int64_t>(*x);
  std::from_chars(value->data(), value->data() + value->size(),
                  n);  // beyond 2^53 to the last digit
  if (value->find_first_of(".eE") != std::string::npos) n = static_cast<std::int64_t>(*x);
  if (n < least || n > most)
    throw std::invalid_argument(fmt::format("{}: {} is not {}", typed(name), n,
                                            most == INT64_MAX
                                                ? fmt::format("at least {}", least)
                                                : fmt::format("in {}..{}", least, most)));
  return n;
}

std::optional<std::uint64_t> Arguments::bytes(std::string_view name) const {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto n = parse_bytes(*value);
  if (!n)
    throw std::invalid_argument(
        fmt::format("{}: '{}' is not a size such as 500MB or 4GB", typed(name), *value));
  return n;
}

std::vector<std::uint64_t> Arguments::seeds(std::string_view name) const {
  try {
    return parse_seeds(text(name).value_or(""));
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", typed(name), e.what()));
  }
}

std::optional<std::string> Arguments::option_text(std::string_view name) const {
  const auto it = options_.find(std::string(name));
  if (it == options_.end()) return std::nullopt;
  return it->second.values.front();
}

json Arguments::options_of(const AlgorithmEntry& algorithm) const {
  const auto it = std::find(algorithms_.begin(), algorithms_.end(), &algorithm);
  return options_of(static_cast<std::size_t>(it - algorithms_.begin()));
}

json Arguments::options_of(std::size_t operand) const {
  const AlgorithmEntry& algorithm = *algorithms_.at(operand);
  json options = json::object();
  for (const OptionInfo& option : algorithm.options) {
    const auto in = [&](const std::map<std::string, Setting>& settings) {
      if (const auto it = settings.find(option.name); it != settings.end())
        options[option.name] = option_value(option, it->second.values.front());
    };
    in(flags_);  // --seed is the run's seed, and the algorithm's where it has one
    in(options_);
  }
  options.update(own_options(operand));
  return options;
}

/// What stands in the operand itself: {"alpha": 0.5} of "sarsa:alpha=0.5".
json Arguments::own_options(std::size_t operand) const {
  const AlgorithmEntry& algorithm = *algorithms_.at(operand);
  const std::string_view word = operands_[operand];
  const std::size_t colon = word.find(':');
  if (colon == std::string_view::npos) return json::object();
  try {
    return parse_option_list(word.substr(colon + 1), algorithm.options);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", algorithm.name, e.what()));
  }
}

Arguments::Setting Arguments::in_effect(std::size_t operand, const OptionInfo& option) const {
  if (const json own = own_options(operand); own.contains(option.name)) {
    const json& value = own[option.name];
    return {{value.is_string() ? value.get<std::string>() : value.dump()}, operands_[operand]};
  }
  for (const auto* settings : {&options_, &flags_})
    if (const auto it = settings->find(option.name); it != settings->end()) return it->second;
  return {{shown_default(option)}, "default"};
}

std::vector<Arguments::Line> Arguments::merged() const {
  std::vector<Line> lines;
  if (!operands_.empty())
    lines.push_back({syntax_.algorithms.empty() ? "operands" : "algorithm", joined(operands_),
                     operands_origin_});
  for (const FlagSpec& f : syntax_.flags) {
    if (f.name == "help" || f.name == "config" || f.name == "set" || f.name == "print_config")
      continue;
    if (const auto it = flags_.find(f.name); it != flags_.end())
      lines.push_back({f.name, joined(it->second.values), it->second.origin});
    else if (!f.fallback.empty())
      lines.push_back({f.name, f.fallback, "default"});
  }
  std::set<std::string> told;
  for (const AlgorithmEntry* first : algorithms_)
    for (const OptionInfo& named : first->options) {
      if (!told.insert(named.name).second) continue;
      std::vector<Line> each;  // a line for each algorithm that has the option
      for (std::size_t i = 0; i < algorithms_.size(); ++i)
        if (const OptionInfo* option = find_option(*algorithms_[i], named.name)) {
          const Setting setting = in_effect(i, *option);
          each.push_back({fmt::format("{} of {}", option->name, operands_[i]),
                          joined(setting.values), setting.origin});
        }
      const auto as_the_first = [&](const Line& line) {
        return line.value == each.front().value && line.origin == each.front().origin;
      };
      if (!std::all_of(each.begin(), each.end(), as_the_first))
        lines.insert(lines.end(), each.begin(), each.end());
      else if (find_flag(named.name) == nullptr || each.front().origin == operands_.front())
        lines.push_back({named.name, each.front().value, each.front().origin});
    }
  return lines;
}

// ---- help ---------------------------------------------------------------------------------------

namespace {

std::string left_side(const FlagSpec& f) {
  std::string text =
      f.letter == '\0' ? typed(f.name) : fmt::format("-{}, {}", f.letter, typed(f.name));
  if (!is_switch(f)) text += " " + f.value + (f.many ? "..." : "");
  return text;
}

}  // namespace

std::string help_text(const Syntax& syntax, std::span<const AlgorithmEntry* const> algorithms,
                      int width) {
  std::string text;
  for (const std::string& line :
       wrap(fmt::format("usage: rlbook {} {}", syntax.command, syntax.usage), width, 4))
    text += line + '\n';
  for (const std::string& line : wrap(syntax.doc, width)) text += line + '\n';
  std::vector<std::pair<std::string, std::string>> items;
  for (const FlagSpec& f : syntax.flags)
    items.emplace_back(left_side(f),
                       f.fallback.empty() ? f.doc : fmt::format("{} [{}]", f.doc, f.fallback));
  text += "\nflags [default]\n" + definition_list(items, width);
  for (const AlgorithmEntry* algorithm : algorithms) {
    items.clear();
    for (const OptionInfo& option : algorithm->options)
      items.emplace_back(typed(option.name),
                         fmt::format("{} [{}]", option.doc, shown_default(option)));
    text += fmt::format("\noptions of {} [default]\n", algorithm->name) +
            (items.empty() ? "  none\n" : definition_list(items, width));
  }
  if (algorithms.empty() && !syntax.algorithms.empty()) {
    text += '\n';
    const std::string hint = fmt::format(
        "The options of an algorithm are flags too: 'rlbook {} NAME --help'.", syntax.command);
    for (const std::string& line : wrap(hint, width)) text += line + '\n';
  }
  if (!syntax.examples.empty()) text += "\nexamples\n";
  for (const std::string& example : syntax.examples)
    for (const std::string& line : wrap(fmt::format("  rlbook {}", example), width, 4))
      text += line + '\n';
  return text;
}

// ---- values as a person types them --------------------------------------------------------------

std::optional<double> parse_number(std::string_view text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(x))
    return std::nullopt;
  return x;
}

namespace {

std::uint64_t parse_seed(std::string_view text) {
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument(fmt::format("'{}' is not a seed: expected 1,2,5 or 0..29", text));
  return seed;
}

json number_json(const std::string& text, double x) {
  std::int64_t n = 0;  // a whole number keeps all its digits
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error == std::errc() && end == text.data() + text.size()) return n;
  return x;
}

}  // namespace

const OptionInfo* find_option(const AlgorithmEntry& algorithm, std::string_view name) {
  for (const OptionInfo& option : algorithm.options)
    if (option.name == name) return &option;
  return nullptr;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '[' || c == '{')) ++depth;
    if (!quoted && (c == ']' || c == '}')) --depth;
    if (c == ',' && depth == 0 && !quoted)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::vector<std::uint64_t> parse_seeds(std::string_view text) {
  constexpr std::uint64_t kMost = 1'000'000;
  std::vector<std::uint64_t> seeds;
  for (const std::string& part : split_list(text)) {
    const std::size_t dots = part.find("..");
    const std::uint64_t first = parse_seed(std::string_view(part).substr(0, dots));
    const std::uint64_t last =
        dots == std::string::npos ? first : parse_seed(std::string_view(part).substr(dots + 2));
    if (last < first) throw std::invalid_argument(fmt::format("'{}' runs backwards", part));
    if (last - first >= kMost || seeds.size() + (last - first) >= kMost)
      throw std::invalid_argument(fmt::format("'{}' is more than {} seeds", text, kMost));
    for (std::uint64_t i = 0; i <= last - first; ++i) seeds.push_back(first + i);
  }
  std::vector<std::uint64_t> sorted = seeds;
  std::sort(sorted.begin(), sorted.end());
  if (const auto it = std::adjacent_find(sorted.begin(), sorted.end()); it != sorted.end())
    throw std::invalid_argument(fmt::format("seed {} stands twice", *it));
  return seeds;
}

std::optional<std::uint64_t> parse_bytes(std::string_view text) {
  const std::size_t unit_begin = std::min(text.find_first_of("kKmMgGtTbB"), text.size());
  const std::size_t number_end = text.find_last_not_of(' ', unit_begin == 0 ? 0 : unit_begin - 1);
  const std::optional<double> x = parse_number(text.substr(0, number_end + 1));
  std::string unit(text.substr(unit_begin));
  for (char& c : unit) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  if (!unit.empty() && unit.back() == 'B') unit.pop_back();
  const std::size_t power = unit.empty() ? 0 : std::string_view("KMGT").find(unit) + 1;
  if (!x || *x < 0 || unit.size() > 1 || (!unit.empty() && power == 0)) return std::nullopt;
  const double bytes = std::ldexp(*x, static_cast<int>(10 * power));
  if (!(bytes < 0x1p63)) return std::nullopt;
  return static_cast<std::uint64_t>(bytes);
}

std::string shown_default(const OptionInfo& option) {
  if (const auto x = parse_number(option.default_json)) return fmt::format("{}", *x);
  const json value = json::parse(option.default_json);
  return value.is_string() ? value.get<std::string>() : option.default_json;
}

json option_value(const OptionInfo& option, const std::string& text) {
  if (option.type == "text" || option.type == "choice") return text;
  if (option.type == "flag" && (text == "true" || text == "false")) return text == "true";
  if (const auto x = parse_number(text); x && option.type != "list") return number_json(text, *x);
  if (option.type != "flag" && text.find_first_of("[{") == 0)
    if (json value = json::parse(text, nullptr, false); !value.is_discarded()) return value;
  if (option.type != "list") return text;
  json list = json::array();
  for (const std::string& part : split_list(text))
    if (const auto x = parse_number(part))
      list.push_back(number_json(part, *x));
    else
      list.push_back(part);
  return list;
}

json parse_option_list(std::string_view text, std::span<const OptionInfo> options) {
  if (text.empty()) return json::object();  // "gambler:"
  std::vector<std::string> names;
  for (const OptionInfo& option : options) names.push_back(option.name);
  const auto find = [&](const std::string& name) -> const OptionInfo& {
    const auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end()) throw std::invalid_argument(unknown_name("option", name, names));
    return options[static_cast<std::size_t>(it - names.begin())];
  };
  std::vector<std::pair<const OptionInfo*, std::string>> given;
  for (const std::string& part : split_list(text)) {
    const std::size_t equals = part.find('=');
    if (equals != std::string::npos) {
      given.emplace_back(&find(canonical_name(part.substr(0, equals))), part.substr(equals + 1));
    } else if (!given.empty() && given.back().first->type == "list") {
      given.back().second += "," + part;  // wind=0,0,1,1
    } else {
      const OptionInfo& option = find(canonical_name(part));
      if (!is_switch(option))
        throw std::invalid_argument(fmt::format("option '{}' needs a value", option.name));
      given.emplace_back(&option, "true");
    }
  }
  json values = json::object();
  for (const auto& [option, value] : given) {
    if (values.contains(option->name))
      throw std::invalid_argument(fmt::format("option '{}' is given twice", option->name));
    values[option->name] = option_value(*option, value);
  }
  return values;
}

}  // namespace rl::apps
