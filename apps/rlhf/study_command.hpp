#pragma once
/// \file
/// What the experiments with preferences (frontier, overopt, efficiency) share as commands: flags,
/// lists of names and numbers, the folder of --out, and what is told of tasks that are missing.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "apps/arguments.hpp"
#include "apps/console.hpp"
#include "apps/rlhf/folder_files.hpp"
#include "apps/rlhf/task_run.hpp"
#include "rl/options.hpp"

namespace rl::apps {

// ---- flags --------------------------------------------------------------------------------------

/// --seed of the language world, and --seeds, 0..4: `drawn` is what each of them draws.
std::vector<FlagSpec> language_seed_flags(const std::string& drawn);
/// --jobs, --out DIR and how results are shown. `written`: what --out does.
std::vector<FlagSpec> study_flags(const std::string& written);

/// Options that only some methods read.
struct OptionUse {
  std::vector<std::string> options;
  std::vector<std::string> methods;
};
/// Throws std::invalid_argument for an option that none of the chosen methods reads.
void require_effect(const Arguments& arguments, std::span<const OptionUse> uses,
                    std::span<const std::string> chosen);

// ---- lists --------------------------------------------------------------------------------------

/// The parts of a list flag, "a,b" "c".
std::vector<std::string> listed_words(const Arguments& arguments, std::string_view flag);
/// Throws std::invalid_argument, naming the flag, for what is no number, is not in the range, or
/// stands twice.
std::vector<double> listed_numbers(const Arguments& arguments, std::string_view flag, Range range);
/// Whole numbers from 1 to `most`, in rising order. Throws as above.
std::vector<std::size_t> listed_sizes(const Arguments& arguments, std::string_view flag,
                                      std::size_t most);
/// find(word) of each word of --methods. Throws what `find` throws, and where two are the same.
template <class Find>
auto listed_methods(const Arguments& arguments, const Find& find) {
  std::vector<decltype(find(std::string()))> methods;
  for (const std::string& word : listed_words(arguments, "methods")) try {
      auto method = find(word);
      if (std::find(methods.begin(), methods.end(), method) != methods.end())
        throw std::invalid_argument("'" + word + "' stands twice");
      methods.push_back(std::move(method));
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(std::string("--methods: ") + e.what());
    }
  return methods;
}

// ---- results ------------------------------------------------------------------------------------

/// The files of --out, if it is given. Throws std::invalid_argument for --force without it.
std::optional<FolderFiles> study_files(const Arguments& arguments,
                                       std::span<const std::string> names);

/// On the threads of --jobs, until Ctrl-C.
TaskRun watched_run(const Arguments& arguments, const Console& console, Progress& progress);

/// Warnings of what is missing; `interruption` is told where it was stopped.
void warn_of_missing(const StudyReport& report, Console& console,
                     const std::string& interruption = "interrupted: what was done is shown");
/// 130 after Ctrl-C, 3 where a task failed, else 0.
int exit_code_of(const StudyReport& report);

}  // namespace rl::apps
