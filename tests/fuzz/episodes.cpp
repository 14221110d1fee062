// Episodes as files: what is read is possible in the world, and is written and read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rl/episode_io.hpp"

namespace {

/// Left or right by chance, ends at both sides; action 1 stays, and is not available in the middle.
rl::Problem five_states() {
  const auto row = [](rl::State s, rl::Action a, std::vector<rl::Outcome>& r) {
    if (a == 0) r = {{0.5, 0, s - 1}, {0.5, s == 3 ? 1.0 : 0.0, s + 1}};
    if (a == 1 && s != 2) r = {{1, -0.25, s}};
  };
  return {.name = "five", .model = rl::FiniteMdp(5, 2, row, {.terminal = {0, 4}}), .gamma = 1};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rl::Problem problem = five_states();
  try {
    const auto episodes =
        rl::read_episodes({reinterpret_cast<const char*>(data), size}, "e.json", problem);
    for (const auto& t : episodes)
      if (!problem.model.available(t.state, t.action) ||
          t.terminated != problem.model.terminal(t.next))
        std::abort();
    const std::string text = rl::write_episodes(problem.name, episodes);
    if (rl::write_episodes(problem.name, rl::read_episodes(text, "again.json", problem)) != text)
      std::abort();
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
