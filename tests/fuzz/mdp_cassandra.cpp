// Cassandra's MDP files: read_mdp_cassandra refuses, or gives a model that JSON keeps to the bit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "rl/mdp_io.hpp"

namespace {

std::optional<rl::MdpFile> read(std::string_view text) {
  constexpr std::uint64_t kMemory = 1 << 22;
  try {
    return rl::read_mdp_cassandra(text, "world.mdp", kMemory);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::optional<rl::MdpFile> file = read({reinterpret_cast<const char*>(data), size});
  if (!file) return 0;
  file->state_names.clear();  // need not be UTF-8
  file->action_names.clear();
  const std::string text = rl::write_mdp_json(*file);
  if (rl::write_mdp_json(rl::read_mdp_json(text, "again.json")) != text) std::abort();
  return 0;
}
