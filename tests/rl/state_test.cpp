#include "rl/state.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "tests/errors.hpp"

using tests::contains;
using tests::error_of;

namespace {

struct Inner {
  double x = 0;
  bool flag = false;
  template <class Visitor>
  void state(Visitor& visit) {
    visit("x", x);
    visit("flag", flag);
  }
};

struct Outer {
  Inner inner;
  std::int64_t count = 0;
  std::vector<double> list;
  std::string text;
  std::array<std::uint8_t, 3> bytes{};
  template <class Visitor>
  void state(Visitor& visit) {
    visit("inner", inner);
    visit("count", count);
    visit("list", list);
    visit("text", text);
    visit("bytes", bytes);
  }
};

Outer example() {
  Outer o;
  o.inner = {std::bit_cast<double>(std::uint64_t{0x7ff8dead0000beef}), true};  // a NaN with bits
  o.count = std::numeric_limits<std::int64_t>::min();
  o.list = {-0.0, 5e-324, 1e308};
  o.text = std::string("a\0b", 3);
  o.bytes = {1, 2, 3};
  return o;
}

struct OnlyCount {
  std::int32_t count = 0;
  template <class Visitor>
  void state(Visitor& visit) {
    visit("count", count);
  }
};

}  // namespace

TEST_CASE("state: every bit of every field comes back") {
  const Outer before = example();
  Outer after;
  after.list = {1, 2, 3, 4, 5};
  rl::load_state(rl::save_state(before), after);
  CHECK(std::bit_cast<std::uint64_t>(after.inner.x) == 0x7ff8dead0000beef);
  CHECK(after.inner.flag);
  CHECK(after.count == before.count);
  CHECK(after.list == before.list);
  CHECK(std::signbit(after.list[0]));
  CHECK(after.text == before.text);
  CHECK(after.bytes == before.bytes);
  CHECK(rl::save_state(after) == rl::save_state(before));
}

TEST_CASE("state: an empty list replaces a full one") {
  Outer after = example();
  rl::load_state(rl::save_state(Outer{}), after);
  CHECK(after.list.empty());
  CHECK(after.text.empty());
}

TEST_CASE("state: saving changes nothing, and equal states have equal bytes") {
  const Outer o = example();
  CHECK(rl::save_state(o) == rl::save_state(o));
  Outer other = example();
  other.list[1] = 0;
  CHECK_FALSE(rl::save_state(o) == rl::save_state(other));
}

TEST_CASE("state: bytes cut short anywhere are refused with the field that is missing") {
  const std::string bytes = rl::save_state(example());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    Outer o;
    const std::string error = error_of([&] { rl::load_state(bytes.substr(0, n), o); });
    CAPTURE(n);
    CHECK(contains(error, "saved state: field '"));
  }
  Outer o;
  CHECK(error_of([&] { rl::load_state("", o); }) ==
        "saved state: field 'x' is missing: the state ends before it");
  CHECK(error_of([&] { rl::load_state(bytes.substr(0, bytes.size() - 1), o); }) ==
        "saved state: field 'bytes' is cut short");
}

TEST_CASE("state: bytes of something else are refused") {
  OnlyCount narrow;
  Outer outer;
  CHECK(error_of([&] { rl::load_state(rl::save_state(outer), narrow); }) ==
        "saved state: field 'count' is missing: another is here");
  CHECK(error_of([&] { rl::load_state(rl::save_state(narrow) + "x", narrow); }) ==
        "saved state: bytes left over at the end");
  struct WideCount {
    std::int64_t count = 0;
    void state(rl::StateWriter& visit) { visit("count", count); }
  };
  CHECK(error_of([&] { rl::load_state(rl::save_state(WideCount{}), narrow); }) ==
        "saved state: field 'count' has another size");
}

TEST_CASE("state: a list whose bytes are no whole number of elements is refused") {
  struct Bytes {
    std::string list = "1234567";
    void state(rl::StateWriter& visit) { visit("list", list); }
  };
  struct List {
    std::vector<double> list;
    void state(rl::StateReader& visit) { visit("list", list); }
  } list;
  CHECK(error_of([&] { rl::load_state(rl::save_state(Bytes{}), list); }) ==
        "saved state: field 'list' has another size");
}

TEST_CASE("state: sizes that overflow are refused before anything is allocated") {
  std::string bytes = rl::save_state(OnlyCount{});
  const std::uint64_t huge = ~std::uint64_t{0} - 4;
  std::memcpy(bytes.data() + 8, &huge, sizeof huge);
  OnlyCount x;
  CHECK(error_of([&] { rl::load_state(bytes, x); }) == "saved state: field 'count' is cut short");
}

TEST_CASE("state: a flag that is neither true nor false is refused") {
  struct Flag {
    bool flag = true;
    void state(rl::StateWriter& visit) { visit("flag", flag); }
    void state(rl::StateReader& visit) { visit("flag", flag); }
  } flag;
  std::string bytes = rl::save_state(flag);
  bytes.back() = 2;
  CHECK(error_of([&] { rl::load_state(bytes, flag); }) ==
        "saved state: field 'flag' is neither true nor false");
  bytes.back() = 0;
  rl::load_state(bytes, flag);
  CHECK_FALSE(flag.flag);
}

TEST_CASE("state: a span keeps its length") {
  std::vector<double> three = {1, 2, 3};
  std::vector<double> two = {0, 0};
  struct View {
    std::span<double> list;
    void state(rl::StateWriter& visit) { visit("list", list); }
    void state(rl::StateReader& visit) { visit("list", list); }
  };
  View to{two};
  CHECK(error_of([&] { rl::load_state(rl::save_state(View{three}), to); }) ==
        "saved state: field 'list' has another size");
  two = {7, 8};
  CHECK_NOTHROW(rl::load_state(rl::save_state(View{two}), to));
  CHECK(two == std::vector<double>{7, 8});
}
