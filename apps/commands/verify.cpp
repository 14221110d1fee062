// rlbook verify: results made again from their manifest, and compared byte for byte.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <stdexcept>

#include "apps/commands/commands.hpp"
#include "apps/comparison_text.hpp"
#include "apps/experiment.hpp"
#include "rl/experiment/results_folder.hpp"
#include "rl/files.hpp"

namespace rl::apps {

namespace {

namespace fs = std::filesystem;

/// A folder of this call, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "rlbook-verify-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw std::runtime_error(fmt::format("{}: cannot be made", name));
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Files of runs that are not the same, and how many were compared.
struct Findings {
  std::vector<std::string> different;  ///< below the folder, with what is wrong
  std::size_t runs = 0;
  std::size_t not_complete = 0;
};

void compare_run(const std::string& ours, const std::string& theirs, const std::string& run,
                 Findings& findings) {
  if (!fs::exists(fs::path(theirs) / run / "status.json")) {
    ++findings.not_complete;
    return;
  }
  ++findings.runs;
  for (const char* name : {"metrics.csv", "final.json", "status.json", "checkpoint"}) {
    const fs::path a = fs::path(ours) / run / name;
    const fs::path b = fs::path(theirs) / run / name;
    if (!fs::exists(a) && !fs::exists(b)) continue;  // a failed run has no checkpoint
    if (!fs::exists(b))
      findings.different.push_back(fmt::format("{}/{} is missing", run, name));
    else if (!fs::exists(a) ||
             read_file(a.string(), UINT64_MAX) != read_file(b.string(), UINT64_MAX))
      findings.different.push_back(fmt::format("{}/{} differs", run, name));
  }
}

Findings compare_all(const std::string& ours, const std::string& theirs, const Manifest& m) {
  Findings findings;
  for (const LearnerVariant& learner : m.learners)
    for (const ManifestWorld& world : m.worlds)
      for (const std::uint64_t seed : m.seeds)
        compare_run(ours, theirs, run_folder(learner, world.name, seed), findings);
  return findings;
}

/// --seeds chooses among those of the results.
void restrict_seeds(Manifest& manifest, const Arguments& arguments) {
  if (!arguments.given("seeds")) return;
  const std::set<std::uint64_t> there(manifest.seeds.begin(), manifest.seeds.end());
  manifest.seeds = arguments.seeds("seeds");
  for (const std::uint64_t seed : manifest.seeds)
    if (there.count(seed) == 0)
      throw std::invalid_argument(fmt::format("--seeds: the results have no seed {}", seed));
}

void warn_of_another_build(const Manifest& manifest, Console& console) {
  const Build build = this_build();
  if (manifest.build.version != build.version || manifest.build.compiler != build.compiler)
    console.warn(fmt::format("made by rlbook {} ({}), made again by rlbook {} ({})",
                             manifest.build.version, manifest.build.compiler, build.version,
                             build.compiler));
}

int verify(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::string& folder = arguments.operands().front();
  Manifest manifest = read_manifest(folder);
  restrict_seeds(manifest, arguments);
  warn_of_another_build(manifest, console);
  const NamedExperiment named =
      experiment_of(registry, manifest, folder, threads_of(arguments), console);
  const TemporaryFolder again;
  const ResultsFolder results(again.path(), named.experiment, manifest, ExistingResults::refuse);
  if (run_watched(named.experiment, &results, "verify", console).cancelled) {
    console.note("interrupted: nothing was compared");
    return kInterrupted;
  }
  const Findings found = compare_all(again.path(), folder, manifest);
  if (arguments.is_on("json")) {
    const nlohmann::ordered_json json = {{"runs", found.runs},
                                         {"not_complete", found.not_complete},
                                         {"different", found.different},
                                         {"same", found.different.empty() && found.runs > 0}};
    console.out << json.dump(1) << '\n';
  } else {
    for (const std::string& line : found.different) write_wrapped(console, line);
    write_wrapped(console,
                  fmt::format("{} made again: {}", plural(found.runs, "run"),
                              found.different.empty()
                                  ? std::string("every file is the same, byte for byte")
                                  : plural(found.different.size(), "file") + " not the same"));
    if (found.not_complete > 0)
      write_wrapped(console, fmt::format("{} not complete there and not compared",
                                         plural(found.not_complete, "run")));
  }
  return found.different.empty() && found.runs > 0 ? kOk : kCheckFailed;
}

}  // namespace

Command verify_command() {
  FlagSpec seeds = shared_flag("seeds");
  seeds.doc = "of the results' seeds only these";
  std::vector<FlagSpec> flags = {seeds};
  for (FlagSpec& flag : shared_flags({"jobs", "json", "quiet", "color"}))
    flags.push_back(std::move(flag));
  return {{.command = "verify",
           .usage = "DIR [--seeds LIST] [-j N]",
           .doc = "results made again from their manifest and compared byte for byte",
           .operands = {"DIR", 1, 1},
           .flags = std::move(flags),
           .examples = {"verify results", "verify results --seeds 1000..1004"}},
          verify};
}

}  // namespace rl::apps
