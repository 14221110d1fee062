#pragma once
/// \file
/// Where the program writes, and what it knows of the terminal. Commands write to a Console only,
/// so that tests run them with captured streams and a clock of their own.
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace rl::apps {

struct Console {
  std::ostream& out;  ///< results, nothing else
  std::ostream& err;  ///< progress, notes, warnings, errors
  std::istream& in;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool in_is_terminal = false;
  int columns = 80;          ///< width of the terminal, at least 20
  bool unicode = true;       ///< glyphs beyond ASCII can be shown
  bool color_wanted = true;  ///< false where NO_COLOR is set or the terminal has no colours
  bool color = false;        ///< decided from --color, NO_COLOR and the terminal
  bool quiet = false;        ///< no progress and no notes; warnings and errors stay
  std::function<double()> seconds = [] { return 0.0; };  ///< a clock that never goes back
  std::function<void(double)> sleep = [](double /*seconds*/) {};
  std::function<bool()> interrupted = [] { return false; };  ///< Ctrl-C was pressed

  /// A line on `err` unless quiet.
  void note(std::string_view text);
  /// "warning: ..." on `err`.
  void warn(std::string_view text);
  /// `text` in an ANSI style ("1" bold, "2" faint, "31" red) where colours are on.
  std::string style(std::string_view text, std::string_view code) const;
};

/// How far a long piece of work is, with the time it still needs. Silent in the first second; then
/// a bar where `err` is a terminal, else a line every 10 %.
class Progress {
 public:
  Progress(Console& console, std::string what);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { finish(); }

  /// `fraction` of the work is done, in [0, 1].
  void update(double fraction);
  /// Removes the bar. Call it before writing anything else.
  void finish();

 private:
  void draw_bar(double fraction, double elapsed);

  Console& console_;
  std::string what_;
  double begin_;
  double last_drawn_ = -1;  // seconds since begin_
  int last_tenth_ = 0;
  bool bar_shown_ = false;
};

}  // namespace rl::apps
