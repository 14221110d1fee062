#include "rl/experiment/tensorboard.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/errors.hpp"
#include "tests/rl/experiment/event_file.hpp"

using rl::ScalarSeries;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kEndless = std::numeric_limits<double>::infinity();

std::string refused_curve(const ScalarSeries& curve) {
  return tests::error_of([&] { rl::tensorboard_events(std::vector{curve}); });
}

}  // namespace

TEST_CASE("event file: CRC-32C has the published values") {
  CHECK(rl::crc32c("123456789") == 0xe3069283);  // the catalogue's check value
  CHECK(rl::crc32c("") == 0);
  // RFC 3720 B.4
  std::string ascending;
  for (char c = 0; c < 32; ++c) ascending += c;
  CHECK(rl::crc32c(std::string(32, '\0')) == 0x8a9136aa);
  CHECK(rl::crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(rl::crc32c(ascending) == 0x46dd794e);
  CHECK(rl::crc32c(std::string(ascending.rbegin(), ascending.rend())) == 0x113fdb5c);
}

TEST_CASE("event file: one point has the bytes of the formats by hand") {
  // Event: 09 wall_time, 10 step, 2a summary; summary: 0a value; value: 0a tag, 15 simple_value
  const std::string version = std::string("\x09\0\0\0\0\0\0\0\0\x1a\x0d", 11) + "brain.Event:2";
  const std::string point = std::string("\x09\0\0\0\0\0\0\0\0", 9) +      // 0.0
                            std::string("\x10\xac\x02", 3) +              // 300 = 0b10'0101100
                            std::string("\x2a\x0a\x0a\x08", 4) +          // 10 bytes, in them 8
                            std::string("\x0a\x01v\x15\0\0\x80\x3f", 8);  // 1.0f = 0x3f800000
  const std::string file = rl::tensorboard_events(std::vector{ScalarSeries{"v", {300}, {1}}});
  const std::vector<std::string> records = tests::records_of(file);
  REQUIRE(records.size() == 2);
  CHECK(records[0] == version);
  CHECK(records[1] == point);
  // each record: length 8, checksum 4, data, checksum 4
  CHECK(file.size() == 2 * 16 + version.size() + point.size());
  CHECK(file.substr(0, 8) == std::string("\x18\0\0\0\0\0\0\0", 8));
}

TEST_CASE("event file: a reader of its own finds every point of every curve") {
  const std::vector<ScalarSeries> curves = {
      {"eval/score", {0, 1000, 2000}, {0, 0.25, 0.9}},
      {"train/return", {0, 1000, 5'000'000'000}, {kMissing, -1e300, kEndless}},
      {"eval/längd", {7}, {-0.1}},
      {"nothing", {}, {}}};
  const std::vector<tests::ReadEvent> events =
      tests::events_of(rl::tensorboard_events(curves, 1.5e9));
  REQUIRE(events.size() == 1 + 3 + 2 + 1);
  CHECK(events[0].version == "brain.Event:2");
  for (const tests::ReadEvent& e : events) CHECK(e.wall_time == 1.5e9);
  CHECK(events[1].tag == "eval/score");
  CHECK(events[3].step == 2000);
  CHECK(events[3].value == 0.9F);
  CHECK(events[4].step == 1000);  // the NaN before it is no point
  CHECK(events[4].value == -std::numeric_limits<float>::infinity());
  CHECK(events[5].step == 5'000'000'000);
  CHECK(events[5].value == std::numeric_limits<float>::infinity());
  CHECK(events[6].tag == "eval/längd");
  CHECK(events[6].value == -0.1F);
}

TEST_CASE("event file: the same curves make the same bytes, and any bit that flips is found") {
  const std::vector<ScalarSeries> curves = {{"eval/score", {0, 10}, {0.5, 1}}};
  const std::string file = rl::tensorboard_events(curves);
  CHECK(file == rl::tensorboard_events(curves));
  for (std::size_t i = 0; i < file.size(); ++i) {
    std::string broken = file;
    broken[i] = static_cast<char>(broken[i] ^ (1 << (i % 8)));
    CHECK_THROWS(tests::events_of(broken));
  }
}

TEST_CASE("event file: curves that are none are refused by name") {
  CHECK(refused_curve({"", {1}, {1}}) == "event file: a curve needs a tag");
  CHECK(refused_curve({"x", {1, 2}, {1}}) == "event file: curve 'x' has 2 steps and 1 values");
  CHECK(refused_curve({"x", {1, 1}, {1, 2}}) ==
        "event file: the steps of curve 'x' must grow, from 0 on; 1 does not");
  CHECK(refused_curve({"x", {-1}, {1}}) ==
        "event file: the steps of curve 'x' must grow, from 0 on; -1 does not");
}
