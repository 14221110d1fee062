#include "rl/experiment/tensorboard.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace rl {

namespace {

/// What eight steps of the shift register make of each byte.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    table[byte] = crc;
  }
  return table;
}();

template <class Unsigned>
void append_little_endian(std::string& bytes, Unsigned number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    bytes += static_cast<char>(static_cast<unsigned char>(number >> (8 * i)));
}

// ---- protobuf: a field is its number and wire type, then its content ----------------------------

enum class Wire : unsigned { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void append_varint(std::string& bytes, std::uint64_t number) {
  for (; number >= 128; number >>= 7)
    bytes += static_cast<char>(static_cast<unsigned char>(number | 128));
  bytes += static_cast<char>(number);
}
void append_key(std::string& message, unsigned field, Wire type) {
  append_varint(message, field << 3 | static_cast<unsigned>(type));
}
void append_int64(std::string& message, unsigned field, std::int64_t x) {
  append_key(message, field, Wire::varint);
  append_varint(message, static_cast<std::uint64_t>(x));
}
void append_double(std::string& message, unsigned field, double x) {
  append_key(message, field, Wire::fixed64);
  append_little_endian(message, std::bit_cast<std::uint64_t>(x));
}
void append_float(std::string& message, unsigned field, float x) {
  append_key(message, field, Wire::fixed32);
  append_little_endian(message, std::bit_cast<std::uint32_t>(x));
}
/// A text, or a message within this one.
void append_bytes(std::string& message, unsigned field, std::string_view content) {
  append_key(message, field, Wire::bytes);
  append_varint(message, content.size());
  message += content;
}

// ---- events -------------------------------------------------------------------------------------

void append_record(std::string& file, std::string_view data) {
  const auto append_crc = [&](std::string_view bytes) {
    append_little_endian(file, std::rotr(crc32c(bytes), 15) + 0xa282ead8U);
  };
  std::string length;
  append_little_endian(length, std::uint64_t{data.size()});
  file += length;
  append_crc(length);
  file += data;
  append_crc(data);
}

std::string version_event(double wall_time) {
  std::string event;
  append_double(event, 1, wall_time);
  append_bytes(event, 3, "brain.Event:2");
  return event;
}

float nearest_float(double x) {
  if (std::abs(x) <= std::numeric_limits<float>::max()) return static_cast<float>(x);
  return std::copysign(std::numeric_limits<float>::infinity(), x > 0 ? 1.0F : -1.0F);
}

std::string scalar_event(double wall_time, std::int64_t step, const std::string& tag, double x) {
  std::string value;
  append_bytes(value, 1, tag);
  append_float(value, 2, nearest_float(x));
  std::string summary;
  append_bytes(summary, 1, value);
  std::string event;
  append_double(event, 1, wall_time);
  append_int64(event, 2, step);
  append_bytes(event, 5, summary);
  return event;
}

void check_series(const ScalarSeries& curve) {
  if (curve.tag.empty()) throw std::invalid_argument("event file: a curve needs a tag");
  if (curve.step.size() != curve.value.size())
    throw std::invalid_argument(fmt::format("event file: curve '{}' has {} steps and {} values",
                                            curve.tag, curve.step.size(), curve.value.size()));
  std::int64_t before = -1;
  for (const std::int64_t step : curve.step) {
    if (step <= before)
      throw std::invalid_argument(
          fmt::format("event file: the steps of curve '{}' must grow, from 0 on; {} does not",
                      curve.tag, step));
    before = step;
  }
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes)
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 255U];
  return ~crc;
}

std::string tensorboard_events(std::span<const ScalarSeries> curves, double wall_time) {
  for (const ScalarSeries& curve : curves) check_series(curve);
  std::string file;
  append_record(file, version_event(wall_time));
  for (const ScalarSeries& curve : curves)
    for (std::size_t i = 0; i < curve.step.size(); ++i)
      if (!std::isnan(curve.value[i]))
        append_record(file, scalar_event(wall_time, curve.step[i], curve.tag, curve.value[i]));
  return file;
}

}  // namespace rl
