#pragma once
/// \file
/// The command line of a subcommand: which flags it takes, and what was given by flags, `--set` and
/// a config file. An algorithm's options are flags too, under their own names:
///
///     rlbook run q_learning --env mfrl_5x5 --alpha 0.1 --config experiment.json --set epsilon=0.2
///
/// A flag wins over `--set`, `--set` over the config file, that over the default. `-` and `_` are
/// the same when a name is read. Whatever is unknown is an error with the nearest name.
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rl/registry.hpp"

namespace rl::apps {

/// A flag as help shows it.
struct FlagSpec {
  std::string name;   ///< snake_case; typed and shown as kebab-case
  std::string value;  ///< what stands for its value in help; empty: a switch
  std::string doc;
  std::string fallback = {};  ///< its value where none is given; empty: none
  bool many = false;          ///< takes several values: --env a b c
  bool repeated = false;      ///< may be given more than once, each time with one value
  char letter = '\0';         ///< -j
};

/// A flag that several subcommands share (gamma, seed, steps, env, out, ...), by name.
const FlagSpec& shared_flag(std::string_view name);
/// The flags of these names, in order.
std::vector<FlagSpec> shared_flags(std::initializer_list<std::string_view> names);

/// The words after a subcommand's name that are not flags.
struct Operands {
  std::string name = {};  ///< "LEARNER"
  std::size_t least = 0;
  std::size_t most = 0;
};

/// What a subcommand accepts.
struct Syntax {
  std::string command;
  std::string usage;  ///< what follows its name: "LEARNER --env WORLD [--alpha .1 ...]"
  std::string doc;    ///< one line
  Operands operands = {};
  std::vector<FlagSpec> flags = {};
  /// The operands name algorithms of these kinds, and their options are flags.
  std::vector<Kind> algorithms = {};
  std::vector<std::string> examples = {};
};

class Arguments {
 public:
  /// Values of one flag or option, and where they come from.
  struct Setting {
    std::vector<std::string> values;
    std::string origin;  ///< "command line", "--set", "file experiment.json"
  };

  /// Reads the words after the subcommand's name. Throws std::invalid_argument.
  Arguments(Syntax syntax, const Registry& registry, std::span<const std::string> words);

  const Syntax& syntax() const { return syntax_; }
  const std::vector<std::string>& operands() const { return operands_; }
  /// What the operands name, in order, where the syntax says that they name algorithms.
  const std::vector<const AlgorithmEntry*>& algorithms() const { return algorithms_; }

  /// Whether the subcommand takes this flag.
  bool declares(std::string_view name) const { return find_flag(name) != nullptr; }

  // A flag's value, else its fallback. Errors name the flag and what was expected.
  bool given(std::string_view name) const;
  bool is_on(std::string_view name) const;  ///< a switch
  std::optional<std::string> text(std::string_view name) const;
  std::string needed(std::string_view name) const;  ///< throws where it is not given
  std::vector<std::string> texts(std::string_view name) const;
  std::optional<double> number(std::string_view name, Range range = {}) const;
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least = 0,
                                      std::int64_t most = INT64_MAX) const;
  std::optional<std::uint64_t> bytes(std::string_view name) const;
  std::vector<std::uint64_t> seeds(std::string_view name) const;

  /// An algorithm's option as it was typed; empty where it is not given.
  std::optional<std::string> option_text(std::string_view name) const;
  /// The given options of an algorithm, as its factory takes them: flags, and stronger than these
  /// what stands in its own word, "sarsa:alpha=0.5,epsilon=0.2".
  nlohmann::json options_of(const AlgorithmEntry& algorithm) const;
  /// The same of the algorithm that the n-th operand names; one may be named several times.
  nlohmann::json options_of(std::size_t operand) const;

  /// Every flag and option with the value that is in effect and where that comes from, in order of
  /// the help. An option in which algorithms differ has a line for each: "alpha of sarsa".
  struct Line {
    std::string name, value, origin;
  };
  std::vector<Line> merged() const;

 private:
  const FlagSpec& flag(std::string_view name) const;
  const FlagSpec* find_flag(std::string_view name) const;
  void read_words(const Registry& registry, std::span<const std::string> words);
  void read_set();
  void read_config();
  nlohmann::json own_options(std::size_t operand) const;
  Setting in_effect(std::size_t operand, const OptionInfo& option) const;
  void set(std::string_view name, std::vector<std::string> values, const std::string& origin);
  void name_algorithms(const Registry& registry);
  void check_operands() const;
  std::vector<std::string> known_names() const;

  Syntax syntax_;
  std::vector<std::string> operands_;
  std::string operands_origin_ = "command line";
  std::vector<const AlgorithmEntry*> algorithms_;
  std::map<std::string, Setting> flags_;
  std::map<std::string, Setting> options_;  // of algorithms
};

/// The help of a subcommand; with options where algorithms are named.
std::string help_text(const Syntax& syntax, std::span<const AlgorithmEntry* const> algorithms,
                      int width);

// ---- values as a person types them --------------------------------------------------------------

/// ".1", "1e-9", "20000"; empty where the text is not a finite number.
std::optional<double> parse_number(std::string_view text);
/// The algorithm's option of this name; null where it has none.
const OptionInfo* find_option(const AlgorithmEntry& algorithm, std::string_view name);
/// The parts of "a,b,c", not split inside brackets or quotes.
std::vector<std::string> split_list(std::string_view text);
/// "1,2,5", "0..29", "0..4,10". Throws std::invalid_argument for anything else, for a seed that
/// stands twice and for more than a million.
std::vector<std::uint64_t> parse_seeds(std::string_view text);
/// "4GB", "500 MB", "1e9": powers of 1024 as memory is counted.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
/// An option's value from text: a number, true or false, a name, JSON for schedules, JSON or
/// "1,2,3" for lists. What does not fit stays a text, which parsing the options then refuses.
nlohmann::json option_value(const OptionInfo& option, const std::string& text);
/// An option's default as a person types it.
std::string shown_default(const OptionInfo& option);
/// Options of a world from "slip=0.2,target_terminates,wind=0,0,1": a switch needs no value, and
/// the commas of a list are its own.
nlohmann::json parse_option_list(std::string_view text, std::span<const OptionInfo> options);

}  // namespace rl::apps
