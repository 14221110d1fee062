#include "apps/program.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>
#include <streambuf>
#include <string_view>
#include <thread>
#include <utility>

#include "algorithms/all.hpp"
#include "apps/commands/commands.hpp"
#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/layout.hpp"
#include "envs/all.hpp"
#include "rl/text.hpp"
#include "rl/truth.hpp"

namespace rl::apps {

namespace {

using MakeCommand = Command (*)();

/// The commands that begin with one word, which alone is none: `rlbook rlhf dpo`.
struct CommandGroup {
  std::string name;
  std::string doc;
  std::span<const MakeCommand> commands;
};

const CommandGroup& rlhf_group() {
  static const CommandGroup group = {
      "rlhf", "learning from preferences: reward models, RLHF, DPO, beside the exact optimum",
      kRlhfCommands};
  return group;
}

/// "demo", or of a group "rlhf demo".
void write_command_list(const std::string& usage, std::span<const MakeCommand> commands,
                        std::vector<std::pair<std::string, std::string>> more,
                        const std::string& closing, Console& console) {
  std::vector<std::pair<std::string, std::string>> items;
  for (const MakeCommand make : commands) {
    const Syntax syntax = make().syntax;
    items.emplace_back(syntax.command.substr(syntax.command.rfind(' ') + 1), syntax.doc);
  }
  items.insert(items.end(), more.begin(), more.end());
  std::string text = usage + "\n\n" + definition_list(items, console.columns);
  for (const std::string& line : wrap("\n" + closing, console.columns)) text += line + '\n';
  console.out << text;
}

void write_help(Console& console) {
  write_command_list("usage: rlbook COMMAND ...", kCommands,
                     {{rlhf_group().name, rlhf_group().doc}},
                     "'rlbook COMMAND --help' has its flags and examples, 'rlbook info NAME' the "
                     "options of a world or an algorithm. Exit codes: 0, 1 a check did not hold, 2 "
                     "bad input, 3 a run failed, 130 Ctrl-C.",
                     console);
}

void write_help(const CommandGroup& group, Console& console) {
  write_command_list(
      fmt::format("usage: rlbook {} COMMAND ...", group.name), group.commands, {},
      fmt::format("'rlbook {} COMMAND --help' has its flags and examples.", group.name), console);
}

/// `prefix`: of a group, "rlhf "
Command find_command(const std::string& word, std::span<const MakeCommand> commands,
                     const std::string& prefix, std::vector<std::string> other_names) {
  std::vector<std::string> names = std::move(other_names);
  for (const MakeCommand make : commands) {
    Command command = make();
    const std::string name = command.syntax.command.substr(prefix.size());
    if (canonical_name(name) == canonical_name(word)) return command;
    names.push_back(name);
  }
  throw std::invalid_argument(unknown_name(prefix + "command", word, names));
}

void decide_color(const Arguments& arguments, Console& console) {
  if (!arguments.declares("color")) return;
  const std::vector<std::string> choices = {"auto", "always", "never"};
  const std::string when = arguments.text("color").value_or("auto");
  if (std::find(choices.begin(), choices.end(), when) == choices.end())
    throw std::invalid_argument(unknown_name("value of --color", when, choices));
  const bool automatic = console.out_is_terminal && console.color_wanted;
  console.color = when == "always" || (when == "auto" && automatic);
}

bool asks(const Arguments& arguments, const char* flag) {
  return arguments.declares(flag) && arguments.is_on(flag);
}

void print_config(const Arguments& arguments, Console& console) {
  if (asks(arguments, "json")) {
    nlohmann::ordered_json settings;
    for (const Arguments::Line& line : arguments.merged())
      settings[line.name] = {{"value", line.value}, {"from", line.origin}};
    console.out << settings.dump(2) << '\n';
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"setting", "value", "from"}};
  for (const Arguments::Line& line : arguments.merged())
    rows.push_back({line.name, line.value, line.origin});
  console.out << table(rows, console.columns);
}

bool asks_for_help(const std::string& word) {
  return word == "--help" || word == "-h" || word == "help";
}

int run_command(const Command& command, const Registry& registry,
                const std::vector<std::string>& rest, Console& console) {
  const Arguments arguments(command.syntax, registry, rest);
  if (arguments.is_on("help")) {
    console.out << help_text(arguments.syntax(), arguments.algorithms(), console.columns);
    return kOk;
  }
  console.quiet = asks(arguments, "quiet");
  if (asks(arguments, "ascii")) console.unicode = false;
  decide_color(arguments, console);
  if (asks(arguments, "print_config")) {
    print_config(arguments, console);
    return kOk;
  }
  return command.run(registry, arguments, console);
}

/// `words` follow the group's name.
int dispatch_group(const CommandGroup& group, const Registry& registry,
                   std::vector<std::string> words, Console& console) {
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (words.empty() || asks_for_help(words.front())) {
    write_help(group, console);
    return kOk;
  }
  const Command command = find_command(words.front(), group.commands, group.name + " ", {});
  words.erase(words.begin());
  return run_command(command, registry, words, console);
}

int dispatch(const Registry& registry, const std::vector<std::string>& words, Console& console) {
  const std::string first = words.empty() ? "--help" : words.front();
  if (first == "--version") {
    console.out << "rlbook " << RLBOOK_VERSION << '\n';
    return kOk;
  }
  std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  const bool help = asks_for_help(first);
  if (help && rest.empty()) {
    write_help(console);
    return kOk;
  }
  const std::string name = help ? rest.front() : first;
  if (help) rest.front() = "--help";
  if (canonical_name(name) == rlhf_group().name) {
    if (help) {  // help rlhf dpo
      rest.erase(rest.begin());
      rest.emplace_back("--help");
    }
    return dispatch_group(rlhf_group(), registry, std::move(rest), console);
  }
  const Command command = find_command(name, kCommands, "", {rlhf_group().name});
  return run_command(command, registry, rest, console);
}

std::atomic<bool> interrupt_requested = false;

extern "C" void on_interrupt(int signal) {
  interrupt_requested = true;
  std::signal(signal, SIG_DFL);  // a second one ends the process
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: a read that waits for input is to return
  sigaction(SIGINT, &action, nullptr);
}

/// stdin, which ends at Ctrl-C. std::cin would go on waiting, and so would a read that begins just
/// after the signal: it is looked for ten times a second.
class Input final : public std::streambuf {
 protected:
  int_type underflow() override {
    constexpr int kMilliseconds = 100;
    pollfd source{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    int ready = 0;
    while (ready <= 0) {
      if (interrupt_requested) return traits_type::eof();
      ready = poll(&source, 1, kMilliseconds);
      if (ready < 0 && errno != EINTR) return traits_type::eof();
    }
    const ssize_t n = read(STDIN_FILENO, bytes_.data(), bytes_.size());
    if (n <= 0) return traits_type::eof();
    setg(bytes_.data(), bytes_.data(), bytes_.data() + n);
    return traits_type::to_int_type(bytes_.front());
  }

 private:
  std::array<char, 4096> bytes_{};
};

int terminal_columns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return std::max<int>(size.ws_col, 20);
  if (const char* columns = std::getenv("COLUMNS"))
    if (const int n = std::atoi(columns); n >= 20) return std::min(n, 1000);
  return 80;
}

bool color_allowed() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') &&
         (terminal == nullptr || std::string_view(terminal) != "dumb");
}

}  // namespace

Registry default_registry() {
  Registry registry;
  add_worlds(registry);
  add_algorithms(registry);
  return registry;
}

int run_program(const Registry& registry, const std::vector<std::string>& words, Console& console) {
  const auto fail = [&](const std::string& text, int code) {
    console.out.flush();
    console.err << "rlbook: " << text << std::endl;
    return code;
  };
  try {
    const int code = dispatch(registry, words, console);
    console.out.flush();
    if (!console.out) return fail("stdout could not be written", kRunFailed);
    return console.interrupted() ? int{kInterrupted} : code;
  } catch (const std::invalid_argument& e) {
    return fail(e.what(), kBadInput);
  } catch (const Interrupted& e) {
    return fail(e.what(), kInterrupted);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", kRunFailed);
  } catch (const std::exception& e) {
    return fail(e.what(), kRunFailed);
  }
}

int program_main(int argc, const char* const* argv, const Registry& registry) {
  std::ios::sync_with_stdio(false);
  catch_interrupts();
  Input input;
  std::istream in(&input);
  in.tie(&std::cout);  // what is asked is seen before it waits
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  Console console{
      .out = std::cout,
      .err = std::cerr,
      .in = in,
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .err_is_terminal = isatty(STDERR_FILENO) == 1,
      .in_is_terminal = isatty(STDIN_FILENO) == 1,
      .columns = terminal_columns(),
      .color_wanted = color_allowed(),
      .seconds = now,
      .sleep = [](double t) { std::this_thread::sleep_for(std::chrono::duration<double>(t)); },
      .interrupted = [] { return interrupt_requested.load(); },
  };
  return run_program(registry, std::vector<std::string>(argv + 1, argv + argc), console);
}

}  // namespace rl::apps
