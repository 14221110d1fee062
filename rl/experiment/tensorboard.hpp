#pragma once
/// \file
/// Curves as an event file of TensorBoard.
///
///     record  = length (8 bytes), mask(crc(length)), data, mask(crc(data))   (TFRecord)
///     mask(c) = rotate_right(c, 15) + 0xa282ead8
///     data    = Event{wall_time = 1, step = 2, file_version = 3, summary = 5}
///     summary = {value = 1 {tag = 1, simple_value = 2}}                      (protobuf)
///
/// with crc = CRC-32C (RFC 3720 B.4) and all numbers little-endian. The first event names the
/// version of the file, each of the others is one point of one curve.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rl {

/// One curve: value[i] at step[i]. A NaN is a point that does not exist, and is left out.
struct ScalarSeries {
  std::string tag;                 ///< its name, "eval/score": a part before '/' groups curves
  std::vector<std::int64_t> step;  ///< grows, from 0 on
  std::vector<double> value;       ///< written as float; beyond its range as an infinity
};

/// TensorBoard reads files of a folder whose name contains "tfevents"; the folder is a run's name.
inline constexpr const char* kTensorboardFile = "events.out.tfevents.0.rlbook";

/// The bytes of an event file with these curves, one after the other. `wall_time` is in seconds
/// since 1970, the same for all. Throws std::invalid_argument, naming the curve, for one without a
/// tag, of unequal lengths, or whose steps do not grow.
std::string tensorboard_events(std::span<const ScalarSeries> curves, double wall_time = 0);

/// CRC-32C (Castagnoli): polynomial 0x1edc6f41, bits reflected, begun and ended with all ones.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace rl
