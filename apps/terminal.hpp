#pragma once
/// \file
/// Keys: from a terminal without waiting for Enter, or from lines of text.
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>

#include "apps/console.hpp"

namespace rl::apps {

struct Key {
  enum class Kind : int {
    character,
    enter,
    backspace,
    up,
    down,
    left,
    right,
    other,  ///< a key without a meaning here
    end     ///< Ctrl-D, or no more input
  };
  Kind kind = Kind::other;
  char character = '\0';  ///< of Kind::character

  bool is(char c) const { return kind == Kind::character && character == c; }
  bool operator==(const Key&) const = default;
};

/// Reads one key from bytes as a terminal sends them. `next_byte` returns -1 at the end of input;
/// `more_follows` tells whether bytes wait after an escape character, which begins an arrow key or
/// is a key of its own.
Key decode_key(const std::function<int()>& next_byte, const std::function<bool()>& more_follows);

/// Whoever asks for keys.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual Key next() = 0;
  /// The key that is pressed in so many seconds; empty where none is, and at Ctrl-C. From lines of
  /// text the next one.
  virtual std::optional<Key> next_within(double /*seconds*/) { return next(); }
  /// Rows of a page that is drawn anew for each key; 0: text scrolls.
  virtual int page_rows() const { return 0; }
};

/// Each character of a line is a key. A line that is empty or ends with a digit ends with Enter:
/// "n", "25", "" are forward, jump to 25, forward.
class LineKeys final : public KeySource {
 public:
  explicit LineKeys(std::istream& in) : in_(in) {}
  Key next() override;

 private:
  std::istream& in_;
  std::string line_;
  std::size_t at_ = 0;
  bool enter_follows_ = false;
};

/// The process's own terminal without echo and line editing, on a page of its own. Destruction puts
/// everything back, and so do the signals that end a process; Ctrl-C ends it with exit code 130, or
/// is left to the program, which goes on.
class RawTerminal final : public KeySource {
 public:
  enum class AtCtrlC { ends, goes_on };
  explicit RawTerminal(AtCtrlC at_ctrl_c = AtCtrlC::ends);
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal() override;
  Key next() override;
  std::optional<Key> next_within(double seconds) override;
  int page_rows() const override;

  /// Whether stdin and stdout are one terminal that can be put into this mode.
  static bool possible();

 private:
  AtCtrlC at_ctrl_c_;
};

/// Raw keys where a person sits at the terminal, else lines of `console.in`.
std::unique_ptr<KeySource> keys_of(Console& console);

/// Writes `text`, onto an empty page where there are pages: of a longer text the beginning.
void show_page(Console& console, const KeySource& keys, const std::string& text);

}  // namespace rl::apps
