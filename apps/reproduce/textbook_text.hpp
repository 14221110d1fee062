#pragma once
/// \file
/// tests/truth/textbook.json as the program carries it, so that it works wherever it is installed.
/// CMake makes the definition from that file.
#include <cstddef>

namespace rl::reproduce {

extern const unsigned char kTextbookText[];
extern const std::size_t kTextbookSize;

}  // namespace rl::reproduce
