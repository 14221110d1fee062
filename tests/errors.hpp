#pragma once
/// \file
/// What a user is told when something is refused.
#include <stdexcept>
#include <string>

namespace tests {

/// The text of the std::invalid_argument that `f` throws; "nothing was thrown" where it throws
/// none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "nothing was thrown";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tests
