#include "apps/run_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

#include "rl/files.hpp"

namespace rl::apps {

namespace {

constexpr std::string_view kHeading = "rlbook run 1\n";
constexpr std::uint64_t kLargestRun = std::uint64_t{4} << 30;  // bytes

}  // namespace

void save_run(std::ostream& out, const nlohmann::ordered_json& identity, const AnyRunner& runner) {
  out << kHeading << identity.dump() << '\n' << runner.save();
}

void load_run(const std::string& path, const nlohmann::ordered_json& identity, AnyRunner& runner) {
  const auto fail = [&](const std::string& what) {
    return std::invalid_argument(fmt::format("{}: {}", path, what));
  };
  const std::string text = read_file(path, kLargestRun);
  const std::size_t line_end = text.find('\n', kHeading.size());
  if (text.rfind(kHeading, 0) != 0 || line_end == std::string::npos)
    throw fail("is not a run that --save wrote");
  const auto saved = nlohmann::ordered_json::parse(
      text.substr(kHeading.size(), line_end - kHeading.size()), nullptr, false);
  if (!saved.is_object()) throw fail("is not a run that --save wrote");
  for (const auto& [key, value] : identity.items())
    if (!saved.contains(key) || saved[key] != value)
      throw fail(fmt::format("is another run: its {} is {}, here it is {}", key,
                             saved.contains(key) ? saved[key].dump() : "unknown", value.dump()));
  try {
    runner.load(std::string_view(text).substr(line_end + 1));
  } catch (const std::invalid_argument& e) {
    throw fail(e.what());
  }
}

}  // namespace rl::apps
