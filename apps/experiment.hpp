#pragma once
/// \file
/// Experiments as a person asks for them on the command line, and as the manifest of their results
/// tells them; `compare`, `sweep` and `verify` run them through here.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/arguments.hpp"
#include "apps/command.hpp"
#include "apps/console.hpp"
#include "apps/mpi/ranks.hpp"
#include "rl/experiment/experiment.hpp"
#include "rl/experiment/manifest.hpp"
#include "rl/experiment/results_folder.hpp"

namespace rl::apps {

/// An experiment, and what its manifest says of its worlds.
struct NamedExperiment {
  Experiment experiment;
  std::vector<ManifestWorld> worlds;
};

/// These learners in the worlds of --env, with the budget of --steps and --episodes. Warns of
/// worlds in which a policy never ends; throws std::invalid_argument as check_experiment does.
NamedExperiment experiment_of(const Registry& registry, const Arguments& arguments,
                              std::vector<Contender> contenders, std::vector<std::uint64_t> seeds,
                              Console& console);

/// The experiment that made the results in `folder`. Throws std::invalid_argument for a learner or
/// world that is unknown here.
NamedExperiment experiment_of(const Registry& registry, const Manifest& manifest,
                              const std::string& folder, int threads, Console& console);

/// The world of a manifest as it was for this seed.
Problem problem_of(const Registry& registry, const ManifestWorld& world, const std::string& folder,
                   std::uint64_t seed);

/// Runs it with progress on stderr, until Ctrl-C; into the folder where there is one.
ExperimentResult run_watched(const Experiment& experiment, const ResultsFolder* folder,
                             const std::string& what, Console& console);
/// The same by several ranks, each with a call of its own; all of them get the result of all.
ExperimentResult run_shared(const Experiment& experiment, const ResultsFolder& folder,
                            const std::string& what, Console& console, Ranks& ranks);

Build this_build();
/// Of this call, for results in `path`.
Session session_of(const Arguments& arguments, const std::string& path, int threads);
/// What --help says of --jobs where ranks can share an experiment.
inline constexpr const char* kSharedJobs =
    "threads; of each rank, where mpirun starts several, which need --out";
/// Of --jobs; `auto` divides the processors among the ranks of this machine.
int threads_of(const Arguments& arguments, const Ranks* ranks = nullptr);
/// Throws std::invalid_argument where several ranks have no folder to share.
void check_shared(const Ranks* ranks, const std::optional<std::string>& folder);
/// Of --force and --resume. Throws std::invalid_argument where both are on, or no --out is given.
ExistingResults existing_results(const Arguments& arguments);

/// "2 learners x 1 world x 30 seeds, 20000 steps each, evaluated every 1000 steps"
std::string size_text(const Experiment& experiment);
std::string size_text(const Results& results, std::int64_t eval_every);
/// "1 seed", "30 seeds"
std::string plural(std::size_t n, std::string_view word);

/// 130 after Ctrl-C, 3 where a run failed, else 0.
int exit_code_of(const ExperimentResult& result);

}  // namespace rl::apps
