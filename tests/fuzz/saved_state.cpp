// Saved states: load_state refuses, or gives what saves the same bytes again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rl/random.hpp"
#include "rl/run.hpp"
#include "rl/state.hpp"
#include "rl/values.hpp"

namespace {

struct Everything {
  rl::Rng rng{1};
  rl::EpisodeStats episode;
  rl::QTable q{2, 2};
  std::vector<double> list;
  std::string text;
  std::array<std::uint8_t, 3> bytes{};
  template <class Visitor>
  void state(Visitor& visit) {
    visit("rng", rng);
    visit("episode", episode);
    visit("q", q);
    visit("list", list);
    visit("text", text);
    visit("bytes", bytes);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  try {
    Everything x;
    rl::load_state(bytes, x);
    if (rl::save_state(x) != bytes) std::abort();
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
