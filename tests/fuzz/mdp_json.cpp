// MDPs as JSON: read_mdp_json refuses, or gives a model that is written and read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "rl/mdp_io.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kMemory = 1 << 22;
  try {
    const rl::MdpFile file =
        rl::read_mdp_json({reinterpret_cast<const char*>(data), size}, "mdp.json", kMemory);
    const std::string text = rl::write_mdp_json(file);
    if (rl::write_mdp_json(rl::read_mdp_json(text, "again.json")) != text) std::abort();
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
