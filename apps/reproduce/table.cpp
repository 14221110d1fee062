#include "apps/reproduce/table.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace rl::reproduce {

using nlohmann::json;

const json& spec_table() {
  static const json table = [] {
    json all = json::object();
    for (const auto part :
         {mfrl_chapter_1,  mfrl_chapter_2,  mfrl_chapter_3, mfrl_chapter_4,  mfrl_chapter_5,
          mfrl_chapter_6,  mfrl_chapter_7,  mfrl_chapter_8, mfrl_chapter_9,  mfrl_chapter_10,
          sutton_barto_2,  sutton_barto_3,  sutton_barto_4, sutton_barto_5,  sutton_barto_6,
          sutton_barto_7,  sutton_barto_8,  sutton_barto_9, sutton_barto_10, sutton_barto_11,
          sutton_barto_12, sutton_barto_13, gymnasium}) {
      const json specs = part();
      for (const auto& item : specs.items())
        if (!all.emplace(item.key(), item.value()).second)
          throw std::logic_error("two specs for " + item.key());
    }
    return all;
  }();
  return table;
}

json runs_of(const char* world, const char* algorithm, const json& options, int runs,
             const char* quantity, int first, int last) {
  return {{"problem", world},
          {"algorithm", algorithm},
          {"options", options},
          {"runs", runs},
          {"quantity", {{"name", quantity}, {"first", first}, {"last", last}}}};
}

}  // namespace rl::reproduce
