// Map files: read_map_json refuses or gives a map whose model can be built.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "envs/grid_world/map_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr rl::State kMostCells = 400;
  try {
    const rl::GridWorld world =
        rl::read_map_json({reinterpret_cast<const char*>(data), size}, "map.json");
    if (world.map.num_cells() <= kMostCells) rl::grid_problem(world);
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
