// Options, schedules among them: parse refuses, or gives options that are written and read back the
// same and keep their ranges.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "rl/json_text.hpp"
#include "rl/options.hpp"

namespace {

enum class Color : int { red, green };

struct Everything {
  double number = 0.5;
  int count = 3;
  std::int64_t steps = 10;
  bool flag = false;
  std::string text = "x";
  rl::Schedule alpha = 0.1;
  std::vector<double> weights = {1, 2};
  std::vector<int> cells = {3};
  std::vector<std::string> rows = {"S.T"};
  Color color = Color::green;

  template <class Visitor>
  void visit(Visitor& v) {
    v("number", number, "", rl::Range{0, 1});
    v("count", count, "");
    v("steps", steps, "");
    v("flag", flag, "");
    v("text", text, "");
    v("alpha", alpha, "", rl::Range{0, 1});
    v("weights", weights, "");
    v("cells", cells, "");
    v("rows", rows, "");
    v("color", color, "", {"red", "green"});
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const nlohmann::json json =
        rl::parse_json({reinterpret_cast<const char*>(data), size}, "options.json");
    const auto options = rl::parse<Everything>(json);
    if (!(options.number >= 0 && options.number <= 1)) std::abort();
    for (std::int64_t k : {0, 1, 1000})
      if (!(options.alpha(k) >= 0 && options.alpha(k) <= 1)) std::abort();
    const std::string text = rl::to_json_text(options);
    if (rl::to_json_text(rl::parse<Everything>(rl::parse_json(text, "again.json"))) != text)
      std::abort();
  } catch (const std::invalid_argument&) {
  }
  return 0;
}
