#include "apps/console.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;

/// A console with a clock that the test moves.
struct Bench {
  std::ostringstream out, err;
  std::istringstream in;
  double now = 0;
  Console console{.out = out, .err = err, .in = in, .seconds = [this] { return now; }};
};

}  // namespace

TEST_CASE("progress: nothing is said in the first second") {
  Bench b;
  Progress progress(b.console, "work");
  b.now = 0.9;
  progress.update(0.9);
  progress.finish();
  CHECK(b.err.str().empty());
}

TEST_CASE("progress: a line every 10 % where stderr is no terminal, with the time that is left") {
  Bench b;
  Progress progress(b.console, "work");
  for (int i = 1; i <= 100; ++i) {
    b.now = i;
    progress.update(i / 100.0);
  }
  progress.finish();
  const std::string text = b.err.str();
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  // 20 of 100 s are over: 80 s are left.
  CHECK(contains(text, "work: 20 %, 1:20 min left\n"));
  CHECK(contains(text, "work: 100 %, 0 s left\n"));
  CHECK(b.out.str().empty());
}

TEST_CASE("progress: a bar on a terminal, removed at the end, never wider than the terminal") {
  for (const int columns : {20, 40, 80}) {
    Bench b;
    b.console.err_is_terminal = true;
    b.console.columns = columns;
    {
      Progress progress(b.console, "work");
      b.now = 10;
      progress.update(0.5);
    }
    const std::string text = b.err.str();
    CHECK(contains(text, "50 %  10 s left"));
    CHECK(text.substr(text.size() - 4) == "\r\033[K");
    CHECK(text.find("left") <= static_cast<std::size_t>(columns));
  }
}

TEST_CASE("progress: quiet means silent; warnings stay") {
  Bench b;
  b.console.quiet = true;
  Progress progress(b.console, "work");
  b.now = 10;
  progress.update(0.5);
  b.console.note("a note");
  CHECK(b.err.str().empty());
  b.console.warn("mind this");
  CHECK(b.err.str() == "warning: mind this\n");
}

TEST_CASE("console: styles are written only where colours are on") {
  Bench b;
  CHECK(b.console.style("x", "1") == "x");
  b.console.color = true;
  CHECK(b.console.style("x", "1") == "\033[1mx\033[0m");
}

}  // namespace rl::apps
