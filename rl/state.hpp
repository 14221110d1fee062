#pragma once
/// \file
/// Saving and loading to the bit. A class that changes while it runs has one member
/// `template <class Visitor> void state(Visitor& visit)` that names each of its fields; the same
/// member writes, reads and compares.
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace rl {

/// Counters above this are no run's: they would overflow while it goes on.
inline constexpr std::int64_t kMostSaved = std::int64_t{1} << 62;

/// What a class's `state` calls for an index that it has read: throws std::invalid_argument unless
/// 0 <= index < size.
inline void check_saved_index(std::string_view name, std::int64_t index, std::int64_t size) {
  if (index < 0 || index >= size)
    throw std::invalid_argument("saved state: field '" + std::string(name) + "' is out of range");
}

namespace detail {
/// Not what points elsewhere: a span is written as the elements that it shows.
template <class T>
concept Plain = std::is_trivially_copyable_v<T> && !std::is_pointer_v<T> &&
                !std::ranges::enable_borrowed_range<T>;
}  // namespace detail

/// Appends fields to `bytes`: name, size, content. Numbers keep every bit.
class StateWriter {
 public:
  std::string bytes;

  template <class T>
  void operator()(std::string_view name, T& field) {
    if constexpr (requires { field.state(*this); }) {
      field.state(*this);
    } else if constexpr (detail::Plain<T>) {
      write(name, &field, sizeof field);
    } else {  // a contiguous container of plain values
      static_assert(detail::Plain<typename T::value_type>);
      write(name, field.data(), field.size() * sizeof(typename T::value_type));
    }
  }

 private:
  void write(std::string_view name, const void* data, std::size_t size) {
    const std::uint64_t header[] = {name.size(), size};
    bytes.append(reinterpret_cast<const char*>(header), sizeof header);
    bytes.append(name);
    if (size > 0) bytes.append(static_cast<const char*>(data), size);
  }
};

/// Reads what StateWriter wrote. Throws std::invalid_argument, with the field's name, for bytes
/// that are cut short or belong to something else.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  void operator()(std::string_view name, T& field) {
    if constexpr (requires { field.state(*this); }) {
      field.state(*this);
    } else if constexpr (detail::Plain<T>) {
      const std::string_view content = next(name);
      if (content.size() != sizeof field) fail(name, "has another size");
      if constexpr (std::is_same_v<T, bool>)
        if (content[0] != 0 && content[0] != 1) fail(name, "is neither true nor false");
      std::memcpy(&field, content.data(), sizeof field);
    } else {
      using Value = typename T::value_type;
      const std::string_view content = next(name);
      if (content.size() % sizeof(Value) != 0) fail(name, "has another size");
      if constexpr (requires { field.resize(std::size_t{0}); })
        field.resize(content.size() / sizeof(Value));
      if (field.size() * sizeof(Value) != content.size()) fail(name, "has another size");
      if (!content.empty()) std::memcpy(field.data(), content.data(), content.size());
    }
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view next(std::string_view name) {
    std::uint64_t header[2];
    if (bytes_.size() < sizeof header) fail(name, "is missing: the state ends before it");
    std::memcpy(header, bytes_.data(), sizeof header);
    const std::size_t rest = bytes_.size() - sizeof header;
    if (header[0] > rest || header[1] > rest - header[0]) fail(name, "is cut short");
    if (bytes_.substr(sizeof header, header[0]) != name) fail(name, "is missing: another is here");
    const std::string_view content = bytes_.substr(sizeof header + header[0], header[1]);
    bytes_.remove_prefix(sizeof header + header[0] + header[1]);
    return content;
  }
  [[noreturn]] static void fail(std::string_view name, const char* what) {
    throw std::invalid_argument("saved state: field '" + std::string(name) + "' " + what);
  }

  std::string_view bytes_;
};

/// All fields of `x` as bytes.
template <class T>
std::string save_state(const T& x) {
  StateWriter writer;
  const_cast<T&>(x).state(writer);  // the writer reads only
  return std::move(writer.bytes);
}

/// Restores `x` from bytes; throws std::invalid_argument and leaves `x` unspecified if they do not
/// fit.
template <class T>
void load_state(std::string_view bytes, T& x) {
  StateReader reader(bytes);
  x.state(reader);
  if (!reader.at_end()) throw std::invalid_argument("saved state: bytes left over at the end");
}

}  // namespace rl
