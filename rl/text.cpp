#include "rl/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rl {

namespace {
constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kMostNumbered = 5;
}  // namespace

std::string canonical_name(std::string_view name) {
  std::string canonical(name);
  std::replace(canonical.begin(), canonical.end(), '-', '_');
  return canonical;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

std::string nearest_name(std::string_view name, std::span<const std::string> choices) {
  if (name.size() > kLongestQuote) return {};
  const std::string wanted = canonical_name(name);
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(2, wanted.size() / 2) + 1;
  for (const std::string& choice : choices)
    if (const std::size_t d = edit_distance(wanted, choice); d < least) {
      least = d;
      best = &choice;
    }
  if (best != nullptr) return *best;
  for (const std::string& choice : choices)
    if (wanted.size() >= 3 && choice.find(wanted) != std::string::npos) return choice;
  return {};
}

std::string unknown_name(std::string_view kind, std::string_view name,
                         std::span<const std::string> choices) {
  std::string text = fmt::format("unknown {} '{}'", kind, clipped(name));
  const std::string nearest = nearest_name(name, choices);
  if (!nearest.empty()) text += fmt::format("; did you mean '{}'?", nearest);
  text += choices.empty() ? " (there are none)" : fmt::format(" (choices: {})", join(choices));
  return text;
}

std::string clipped(std::string_view text) {
  if (text.size() <= kLongestQuote) return std::string(text);
  std::size_t end = kLongestQuote;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // inside UTF-8
  return std::string(text.substr(0, end)) + "...";
}

std::string numbered(std::string_view noun, std::span<const std::ptrdiff_t> which) {
  const auto named = which.first(std::min(which.size(), kMostNumbered));
  std::string text =
      fmt::format("{}{} {}", noun, which.size() == 1 ? "" : "s", fmt::join(named, ", "));
  if (named.size() < which.size()) text += fmt::format(", ... ({} in all)", which.size());
  return text;
}

std::string join(std::span<const std::string> words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

}  // namespace rl
