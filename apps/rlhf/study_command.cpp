#include "apps/rlhf/study_command.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "apps/command.hpp"
#include "apps/experiment.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {
constexpr std::size_t kToldFailures = 5;
}

// ---- flags --------------------------------------------------------------------------------------

std::vector<FlagSpec> language_seed_flags(const std::string& drawn) {
  FlagSpec seed = shared_flag("seed");
  seed.doc = "of the world: its words, the base language, demonstrations";
  FlagSpec seeds = shared_flag("seeds");
  seeds.doc = drawn + " are drawn anew for each: 1,2,5 or 0..29";
  seeds.fallback = "0..4";
  return {std::move(seed), std::move(seeds)};
}

std::vector<FlagSpec> study_flags(const std::string& written) {
  std::vector<FlagSpec> flags = shared_flags(
      {"jobs", "out", "force", "json", "quiet", "color", "ascii", "config", "set", "print_config"});
  flags[1].value = "DIR";
  flags[1].doc = written;
  return flags;
}

void require_effect(const Arguments& arguments, std::span<const OptionUse> uses,
                    std::span<const std::string> chosen) {
  for (const OptionUse& use : uses) {
    if (std::any_of(use.methods.begin(), use.methods.end(), [&](const std::string& method) {
          return std::find(chosen.begin(), chosen.end(), method) != chosen.end();
        }))
      continue;
    for (const std::string& option : use.options)
      if (arguments.given(option))
        throw std::invalid_argument(fmt::format("option '{}' has no effect without the method {}",
                                                option, join(use.methods, " or ")));
  }
}

// ---- lists --------------------------------------------------------------------------------------

std::vector<std::string> listed_words(const Arguments& arguments, std::string_view flag) {
  std::vector<std::string> words;
  for (const std::string& text : arguments.texts(flag))
    for (std::string& word : split_list(text)) words.push_back(std::move(word));
  return words;
}

std::vector<double> listed_numbers(const Arguments& arguments, std::string_view flag, Range range) {
  std::vector<double> numbers;
  for (const std::string& word : listed_words(arguments, flag)) {
    const std::optional<double> x = parse_number(word);
    if (!x || !range.holds(*x))
      throw std::invalid_argument(fmt::format("option '{}': '{}' is not a number from {:g} to {:g}",
                                              flag, word, range.low, range.high));
    if (std::find(numbers.begin(), numbers.end(), *x) != numbers.end())
      throw std::invalid_argument(fmt::format("option '{}': {} stands twice", flag, word));
    numbers.push_back(*x);
  }
  return numbers;
}

std::vector<std::size_t> listed_sizes(const Arguments& arguments, std::string_view flag,
                                      std::size_t most) {
  std::vector<std::size_t> sizes;
  for (const double x : listed_numbers(arguments, flag, {1, static_cast<double>(most)})) {
    if (x != std::floor(x))
      throw std::invalid_argument(fmt::format("option '{}': {} is not a whole number", flag, x));
    sizes.push_back(static_cast<std::size_t>(x));
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

// ---- results ------------------------------------------------------------------------------------

std::optional<FolderFiles> study_files(const Arguments& arguments,
                                       std::span<const std::string> names) {
  if (const auto folder = arguments.text("out"))
    return FolderFiles(*folder, names, arguments.is_on("force"));
  if (arguments.is_on("force")) throw std::invalid_argument("--force needs --out DIR");
  return std::nullopt;
}

TaskRun watched_run(const Arguments& arguments, const Console& console, Progress& progress) {
  return {.threads = threads_of(arguments),
          .stop = console.interrupted,
          .progress = [&progress](double share) { progress.update(share); }};
}

void warn_of_missing(const StudyReport& report, Console& console, const std::string& interruption) {
  if (!report.complete) console.warn(interruption);
  const std::size_t told = std::min(report.failures.size(), kToldFailures);
  for (std::size_t i = 0; i < told; ++i) console.warn("failed: " + report.failures[i]);
  if (told < report.failures.size())
    console.warn(fmt::format("... {} failed in all", report.failures.size()));
}

int exit_code_of(const StudyReport& report) {
  if (!report.complete) return kInterrupted;
  return report.failures.empty() ? kOk : kRunFailed;
}

}  // namespace rl::apps
