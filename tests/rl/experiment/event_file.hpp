#pragma once
/// \file
/// A reader of TensorBoard's event files, written from the formats' descriptions and apart from the
/// writer: TFRecord frames with bitwise checksums, protobuf by its wire types alone.
#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

/// CRC-32C as polynomial division, one bit at a time.
inline std::uint32_t bitwise_crc32c(std::string_view bytes) {
  std::uint32_t remainder = 0xffffffff;
  for (const char byte : bytes)
    for (int i = 0; i < 8; ++i) {
      const bool bit = ((remainder ^ (static_cast<unsigned char>(byte) >> i)) & 1) != 0;
      remainder >>= 1;
      if (bit) remainder ^= 0x82f63b78;
    }
  return remainder ^ 0xffffffff;
}

/// Takes bytes from the front; throws where there are too few.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  bool at_end() const { return rest_.empty(); }
  std::string_view take(std::uint64_t n) {
    if (n > rest_.size()) throw std::runtime_error("event file: ends too early");
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::uint64_t little_endian(unsigned n) {
    std::uint64_t number = 0;
    unsigned shift = 0;
    for (const char byte : take(n)) {
      number |= std::uint64_t{static_cast<unsigned char>(byte)} << shift;
      shift += 8;
    }
    return number;
  }
  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      number |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) return number;
    }
    throw std::runtime_error("event file: a varint has no end");
  }

 private:
  std::string_view rest_;
};

/// The data of each record; throws where a checksum is wrong.
inline std::vector<std::string> records_of(std::string_view file) {
  const auto check = [](std::string_view bytes, std::uint64_t masked) {
    const auto rotated = static_cast<std::uint32_t>(masked) - 0xa282ead8U;
    if ((rotated << 15 | rotated >> 17) != bitwise_crc32c(bytes))
      throw std::runtime_error("event file: wrong checksum");
  };
  std::vector<std::string> records;
  for (ByteReader reader(file); !reader.at_end();) {
    const std::string_view length = reader.take(8);
    check(length, reader.little_endian(4));
    const std::string_view data = reader.take(ByteReader(length).little_endian(8));
    check(data, reader.little_endian(4));
    records.emplace_back(data);
  }
  return records;
}

/// A field of a message: a number for wire types 0, 1 and 5, bytes for 2.
struct ProtoField {
  std::uint64_t number;
  std::uint64_t wire_type;
  std::uint64_t bits = 0;
  std::string bytes = {};
};

inline std::vector<ProtoField> fields_of(std::string_view message) {
  std::vector<ProtoField> fields;
  for (ByteReader reader(message); !reader.at_end();) {
    const std::uint64_t key = reader.varint();
    ProtoField field{key >> 3, key & 7};
    switch (field.wire_type) {
      case 0:
        field.bits = reader.varint();
        break;
      case 1:
        field.bits = reader.little_endian(8);
        break;
      case 2:
        field.bytes = reader.take(reader.varint());
        break;
      case 5:
        field.bits = reader.little_endian(4);
        break;
      default:
        throw std::runtime_error("event file: unknown wire type");
    }
    fields.push_back(field);
  }
  return fields;
}

struct ReadEvent {
  double wall_time = 0;
  std::int64_t step = 0;
  std::string version = {}, tag = {};
  float value = 0;
};

/// An event with at most one value; throws for any field that these files do not have.
inline ReadEvent event_of(std::string_view data) {
  ReadEvent event;
  const auto is = [](const ProtoField& f, unsigned number, unsigned type) {
    return f.number == number && f.wire_type == type;
  };
  const auto unknown = [] { throw std::runtime_error("event file: unknown field"); };
  for (const ProtoField& f : fields_of(data))
    if (is(f, 1, 1))
      event.wall_time = std::bit_cast<double>(f.bits);
    else if (is(f, 2, 0))
      event.step = static_cast<std::int64_t>(f.bits);
    else if (is(f, 3, 2))
      event.version = f.bytes;
    else if (!is(f, 5, 2))
      unknown();
    else
      for (const ProtoField& value : fields_of(f.bytes)) {
        if (!is(value, 1, 2)) unknown();
        for (const ProtoField& part : fields_of(value.bytes))
          if (is(part, 1, 2))
            event.tag = part.bytes;
          else if (is(part, 2, 5))
            event.value = std::bit_cast<float>(static_cast<std::uint32_t>(part.bits));
          else
            unknown();
      }
  return event;
}

inline std::vector<ReadEvent> events_of(std::string_view file) {
  std::vector<ReadEvent> events;
  for (const std::string& record : records_of(file)) events.push_back(event_of(record));
  return events;
}

}  // namespace tests
