#include "apps/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <istream>
#include <ostream>

#include "apps/command.hpp"

namespace rl::apps {

namespace {

constexpr int kEscape = 27;
constexpr int kControlD = 4;
constexpr int kDelete = 127;

constexpr char kEnterPage[] = "\033[?1049h\033[?25l";  // a page of its own, no cursor
constexpr char kLeavePage[] = "\033[?25h\033[?1049l";
constexpr std::array kEndingSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Signal handlers reach nothing else.
termios saved_mode;
std::array<void (*)(int), kEndingSignals.size()> saved_handlers;
volatile std::sig_atomic_t is_raw = 0;

void put_back() {
  if (is_raw == 0) return;
  is_raw = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &saved_mode);
  const auto written = write(STDOUT_FILENO, kLeavePage, sizeof kLeavePage - 1);
  static_cast<void>(written);  // nothing can be done about it here
}

extern "C" void put_back_and_end(int signal) {
  put_back();
  if (signal == SIGINT) _exit(kInterrupted);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// What follows "escape [" or "escape O": parameters, then a letter or '~'.
Key::Kind arrow_of(const std::function<int()>& next_byte) {
  int byte = next_byte();
  while (byte == ';' || (byte >= '0' && byte <= '9')) byte = next_byte();
  switch (byte) {
    case 'A':
      return Key::Kind::up;
    case 'B':
      return Key::Kind::down;
    case 'C':
      return Key::Kind::right;
    case 'D':
      return Key::Kind::left;
    case -1:
      return Key::Kind::end;
    default:
      return Key::Kind::other;
  }
}

int read_byte() {
  for (;;) {
    unsigned char byte = 0;
    const auto n = read(STDIN_FILENO, &byte, 1);
    if (n == 1) return byte;
    if (n < 0 && errno == EINTR) continue;
    return -1;
  }
}

bool byte_comes(int milliseconds) {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return poll(&input, 1, milliseconds) == 1;
}
bool byte_waits() { return byte_comes(50); }  // the bytes of one key come at once

bool is_left_to_program(int signal, RawTerminal::AtCtrlC at_ctrl_c) {
  return signal == SIGINT && at_ctrl_c == RawTerminal::AtCtrlC::goes_on;
}

}  // namespace

Key decode_key(const std::function<int()>& next_byte, const std::function<bool()>& more_follows) {
  const int byte = next_byte();
  switch (byte) {
    case -1:
    case kControlD:
      return {Key::Kind::end};
    case '\r':
    case '\n':
      return {Key::Kind::enter};
    case '\b':
    case kDelete:
      return {Key::Kind::backspace};
    case kEscape: {
      if (!more_follows()) return {Key::Kind::other};
      const int second = next_byte();
      if (second == '[' || second == 'O') return {arrow_of(next_byte)};
      return {Key::Kind::other};
    }
    default:
      if (byte < ' ' || byte > '~') return {Key::Kind::other};
      return {Key::Kind::character, static_cast<char>(byte)};
  }
}

Key LineKeys::next() {
  if (at_ == line_.size() && enter_follows_) {
    enter_follows_ = false;
    return {Key::Kind::enter};
  }
  while (at_ == line_.size()) {
    if (!std::getline(in_, line_)) return {Key::Kind::end};
    while (!line_.empty() && (line_.back() == '\r' || line_.back() == ' ')) line_.pop_back();
    at_ = 0;
    if (line_.empty()) return {Key::Kind::enter};
    enter_follows_ = line_.back() >= '0' && line_.back() <= '9';
  }
  return {Key::Kind::character, line_[at_++]};
}

RawTerminal::RawTerminal(AtCtrlC at_ctrl_c) : at_ctrl_c_(at_ctrl_c) {
  tcgetattr(STDIN_FILENO, &saved_mode);
  termios raw = saved_mode;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON | ICRNL);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;  // a stopped program would leave the terminal like this
  is_raw = 1;
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
    if (!is_left_to_program(kEndingSignals[i], at_ctrl_c_))
      saved_handlers[i] = std::signal(kEndingSignals[i], put_back_and_end);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  const auto written = write(STDOUT_FILENO, kEnterPage, sizeof kEnterPage - 1);
  static_cast<void>(written);
}

RawTerminal::~RawTerminal() {
  put_back();
  for (std::size_t i = 0; i < kEndingSignals.size(); ++i)
    if (!is_left_to_program(kEndingSignals[i], at_ctrl_c_))
      std::signal(kEndingSignals[i], saved_handlers[i]);
}

Key RawTerminal::next() { return decode_key(read_byte, byte_waits); }

std::optional<Key> RawTerminal::next_within(double seconds) {
  constexpr double kMilliseconds = 1000;
  if (!byte_comes(static_cast<int>(seconds * kMilliseconds))) return std::nullopt;
  return next();
}

int RawTerminal::page_rows() const {
  constexpr int kUsual = 24;
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : kUsual;
}

bool RawTerminal::possible() {
  termios mode;
  return isatty(STDOUT_FILENO) == 1 && tcgetattr(STDIN_FILENO, &mode) == 0;
}

std::unique_ptr<KeySource> keys_of(Console& console) {
  if (console.in_is_terminal && console.out_is_terminal && RawTerminal::possible())
    return std::make_unique<RawTerminal>();
  return std::make_unique<LineKeys>(console.in);
}

void show_page(Console& console, const KeySource& keys, const std::string& text) {
  const int rows = keys.page_rows();
  if (rows == 0) {
    console.out << text << std::flush;
    return;
  }
  std::size_t end = 0;
  for (int row = 0; row < rows && end < text.size(); ++row)
    end = std::min(text.find('\n', end), text.size() - 1) + 1;
  std::string page = text.substr(0, end);
  if (!page.empty() && page.back() == '\n') page.pop_back();  // no scrolling at the last row
  console.out << "\033[H\033[2J" << page << "\033[0m" << std::flush;
}

}  // namespace rl::apps
