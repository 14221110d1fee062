#include "apps/terminal.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace rl::apps {

namespace {

using Kind = Key::Kind;

/// The keys that these bytes are.
std::vector<Key> decoded(const std::string& bytes) {
  std::size_t at = 0;
  const auto next = [&] {
    return at < bytes.size() ? static_cast<int>(static_cast<unsigned char>(bytes[at++])) : -1;
  };
  std::vector<Key> keys;
  do keys.push_back(decode_key(next, [&] { return at < bytes.size(); }));
  while (keys.back().kind != Kind::end);
  keys.pop_back();
  return keys;
}

std::vector<Key> keys_of_lines(const std::string& text) {
  std::istringstream in(text);
  LineKeys source(in);
  std::vector<Key> keys;
  do keys.push_back(source.next());
  while (keys.back().kind != Kind::end);
  keys.pop_back();
  return keys;
}

}  // namespace

TEST_CASE("terminal: letters, Enter, backspace and arrows of both kinds are told apart") {
  CHECK(decoded("n") == std::vector<Key>{{Kind::character, 'n'}});
  CHECK(decoded("\r\n") == std::vector<Key>{{Kind::enter}, {Kind::enter}});
  CHECK(decoded("\x7f\b") == std::vector<Key>{{Kind::backspace}, {Kind::backspace}});
  CHECK(decoded("\x1b[A\x1bOB\x1b[C\x1b[D") ==
        std::vector<Key>{{Kind::up}, {Kind::down}, {Kind::right}, {Kind::left}});
}

TEST_CASE("terminal: keys with modifiers, unknown keys and a lone escape swallow what is theirs") {
  CHECK(decoded("\x1b[1;5Cx") == std::vector<Key>{{Kind::right}, {Kind::character, 'x'}});
  CHECK(decoded("\x1b[3~x") == std::vector<Key>{{Kind::other}, {Kind::character, 'x'}});
  CHECK(decoded("\x1b") == std::vector<Key>{{Kind::other}});
  CHECK(decoded("\xc3") == std::vector<Key>{{Kind::other}});
  CHECK(decoded("a\x04z") == std::vector<Key>{{Kind::character, 'a'}});  // Ctrl-D is the end
}

TEST_CASE("terminal: in lines a number gets its Enter, an empty line is Enter") {
  CHECK(keys_of_lines("n\n25\n\nbb\r\n") == std::vector<Key>{{Kind::character, 'n'},
                                                             {Kind::character, '2'},
                                                             {Kind::character, '5'},
                                                             {Kind::enter},
                                                             {Kind::enter},
                                                             {Kind::character, 'b'},
                                                             {Kind::character, 'b'}});
  CHECK(keys_of_lines("").empty());
}

TEST_CASE("terminal: text scrolls where there are no pages") {
  std::istringstream in;
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .in = in};
  LineKeys keys(in);
  show_page(console, keys, "one\ntwo\n");
  CHECK(out.str() == "one\ntwo\n");
}

TEST_CASE("terminal: a page is cut at the terminal's last row") {
  struct ThreeRows final : KeySource {
    Key next() override { return {}; }
    int page_rows() const override { return 3; }
  };
  std::istringstream in;
  std::ostringstream out, err;
  Console console{.out = out, .err = err, .in = in};
  show_page(console, ThreeRows{}, "1\n2\n3\n4\n");
  CHECK(out.str() == "\x1b[H\x1b[2J1\n2\n3\x1b[0m");
  out.str("");
  show_page(console, ThreeRows{}, "1\n");
  CHECK(out.str() == "\x1b[H\x1b[2J1\x1b[0m");
}

}  // namespace rl::apps
