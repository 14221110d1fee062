#include "apps/tuning.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

#include "rl/files.hpp"

namespace rl::apps {

std::optional<Tuning> tuning_of(const Arguments& arguments) {
  const auto folder = arguments.text("tuned");
  if (!folder) return std::nullopt;
  const std::string path = *folder + "/" + kTuningFile;
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw std::invalid_argument(fmt::format(
        "--tuned {}: holds no {}, which a sweep writes at its end", *folder, kTuningFile));
  return tuning_from_json(read_file(path), path);
}

std::vector<Contender> tuned(std::vector<Contender> contenders,
                             const std::optional<Tuning>& tuning) {
  if (!tuning) return contenders;
  for (Contender& contender : contenders) {
    const std::string& name = contender.algorithm->name;
    const Configuration* chosen = tuning->chosen(name);
    if (chosen == nullptr)
      throw std::invalid_argument(
          fmt::format("--tuned: {} was not tuned there; sweep it with the others, for learners are "
                      "compared after the same search",
                      name));
    if (contender.options != "{}")
      throw std::invalid_argument(
          fmt::format("{}: its options come from --tuned; {} cannot be given beside it", name,
                      contender.options));
    contender.options = chosen->learner.options;
  }
  name_variants(contenders);
  return contenders;
}

std::vector<std::uint64_t> fresh_seeds(std::vector<std::uint64_t> seeds,
                                       const std::optional<Tuning>& tuning) {
  if (tuning) check_fresh(*tuning, seeds);
  return seeds;
}

}  // namespace rl::apps
