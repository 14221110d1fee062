#include "apps/run_file.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "rl/experiment/manifest.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

constexpr std::string_view kHeading = "rlbook run 1 ";  // then a hash of all that follows its line
constexpr std::uint64_t kLargestRun = std::uint64_t{4} << 30;  // bytes

}  // namespace

void save_state_file(std::ostream& out, const nlohmann::ordered_json& identity,
                     std::string_view state) {
  const std::string content = identity.dump() + '\n' + std::string(state);
  out << kHeading << content_hash(content) << '\n' << content;
}

StateFile load_state_file(const std::string& path, const nlohmann::ordered_json& identity) {
  const auto fail = [&](const std::string& what) {
    return std::invalid_argument(fmt::format("{}: {}", path, what));
  };
  const std::string text = read_file(path, kLargestRun);
  const std::size_t heading_end = text.find('\n');
  if (!text.starts_with(kHeading) || heading_end == std::string::npos)
    throw fail("is not a state that rlbook wrote");
  const std::string content = text.substr(heading_end + 1);
  if (content_hash(content) != text.substr(kHeading.size(), heading_end - kHeading.size()))
    throw fail("is damaged: its content is not what was written");
  const std::size_t line_end = content.find('\n');
  auto saved = nlohmann::ordered_json::parse(content.substr(0, line_end), nullptr, false);
  if (line_end == std::string::npos || !saved.is_object()) throw fail("is damaged: what it is of");
  for (const auto& [key, value] : identity.items())
    if (!saved.contains(key) || saved[key] != value)
      throw fail(fmt::format("is another run: its {} is {}, here it is {}", key,
                             saved.contains(key) ? saved[key].dump() : "unknown", value.dump()));
  return {std::move(saved), content.substr(line_end + 1)};
}

void save_run(std::ostream& out, const nlohmann::ordered_json& identity, const AnyRunner& runner) {
  save_state_file(out, identity, runner.save());
}

nlohmann::ordered_json load_run(const std::string& path, const nlohmann::ordered_json& identity,
                                AnyRunner& runner) {
  StateFile file = load_state_file(path, identity);
  try {
    runner.load(file.state);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument(fmt::format("{}: {}", path, e.what()));
  }
  return std::move(file.identity);
}

}  // namespace rl::apps
