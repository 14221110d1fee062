// rlbook rlhf prefs: preference data are made, converted, split and described.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/commands/rlhf/rlhf.hpp"
#include "apps/experiment.hpp"
#include "apps/output_file.hpp"
#include "apps/rlhf/data_conversion.hpp"
#include "apps/rlhf/data_description.hpp"
#include "apps/rlhf/data_file.hpp"
#include "apps/rlhf/data_flags.hpp"
#include "apps/rlhf/data_generation.hpp"
#include "apps/rlhf/data_summary.hpp"
#include "rl/random.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

/// Where --format does not say: pairs where all responses can be listed.
DataFormat generated_format(const Arguments& arguments, const PreferenceWorld& world) {
  if (const auto name = arguments.text("format")) return writable_format(*name);
  return world.tree() != nullptr ? DataFormat::pairs : DataFormat::segment_pairs;
}

int make_data(const Registry& registry, const Arguments& arguments, Console& console) {
  if (arguments.operands().size() > 1)
    throw std::invalid_argument(
        fmt::format("'rlhf prefs generate' reads no file ('{}'); --out names the one it writes",
                    arguments.operands()[1]));
  const PreferenceWorld world = preference_world_of(registry, arguments);
  const DataFormat format = generated_format(arguments, world);
  refuse_idle_flags(arguments, task_of(format), "--format " + shown_format(format));
  refuse_flags_without(arguments, "active",
                       {"oversampling", "query_schedule", "iterations", "features"});
  DataOutput output(arguments, console);
  GeneratedData made = generate_data(world, format, arguments, console.interrupted);
  output.write(write_preference_data(made.data));
  output.tell(std::move(made.summary));
  if (made.missing == 0) return kOk;
  const bool alone = format == DataFormat::demonstrations || format == DataFormat::prompts;
  console.warn(fmt::format("interrupted: {} of {} {} are missing", made.missing, made.wanted,
                           alone ? shown_format(format) : "pairs"));
  return kInterrupted;
}

std::optional<PreferenceWorld> named_world(const Registry& registry, const Arguments& arguments) {
  if (arguments.given("env")) return preference_world_of(registry, arguments);
  refuse_flags_without(arguments, "env", {"gamma", "start"});
  return std::nullopt;
}

const std::string& input_file(const Arguments& arguments) {
  if (arguments.operands().size() < 2)
    throw std::invalid_argument(
        fmt::format("'rlhf prefs {0}' needs a file: rlhf prefs {0} FILE", arguments.operands()[0]));
  return arguments.operands()[1];
}

int convert_data(const Registry& registry, const Arguments& arguments, Console& console) {
  refuse_idle_flags(arguments, kConverts, "convert");
  const std::string& path = input_file(arguments);
  const DataFormat to = writable_format(arguments.needed("to"));
  const std::optional<PreferenceWorld> world = named_world(registry, arguments);
  DataOutput output(arguments, console, path);
  const PreferenceData data = read_preference_data(path, arguments);
  tell_unread_keys(data, console);
  const ConvertedData made = converted(data, to, world ? &*world : nullptr);
  if (made.skipped > 0)
    console.note(fmt::format("{} left out: they {}", plural(made.skipped, "record"), made.why));
  if (made.bare > 0)
    console.note(fmt::format("margins, scores and weights are left out; {} had some",
                             plural(made.bare, "record")));
  output.write(write_preference_data(made.data));
  DataSummary summary;
  summary.add("from", std::string(format_name(data.format)));
  summary.add("to", *arguments.text("to"));
  summary.add("read", data.size());
  summary.add("records", made.data.size());
  summary.add("skipped", made.skipped);
  output.tell(std::move(summary));
  return kOk;
}

/// --held-out and --share, --cap, or both.
struct SplitRequest {
  std::optional<std::size_t> cap;
  std::optional<std::string> held_out;
  double share;
};

SplitRequest split_request(const Arguments& arguments) {
  SplitRequest request;
  if (const auto n = arguments.integer("cap", 1)) request.cap = static_cast<std::size_t>(*n);
  request.held_out = arguments.text("held_out");
  request.share = *arguments.number("share", {0, 1});
  if (!request.held_out && arguments.given("share"))
    throw std::invalid_argument("--share has no effect without --held-out FILE");
  if (!request.held_out && !request.cap)
    throw std::invalid_argument(
        "'rlhf prefs split' needs --held-out FILE for the rest, or --cap N for the newest N");
  const std::string out = arguments.needed("out");
  if (request.held_out && std::filesystem::weakly_canonical(out) ==
                              std::filesystem::weakly_canonical(*request.held_out))
    throw std::invalid_argument(fmt::format("--out and --held-out are both '{}'", out));
  return request;
}

int split_data(const Arguments& arguments, Console& console) {
  refuse_idle_flags(arguments, kSplits, "split");
  const std::string& path = input_file(arguments);
  const SplitRequest request = split_request(arguments);
  DataOutput output(arguments, console, path);
  std::unique_ptr<OutputFile> rest;
  if (request.held_out) {
    require_other_file(*request.held_out, path, "--held-out");
    rest = std::make_unique<OutputFile>(*request.held_out, arguments.is_on("force"));
  }
  PreferenceData data = read_preference_data(path, arguments);
  tell_unread_keys(data, console);
  DataSummary summary;
  summary.add("read", data.size());
  if (request.cap) keep_newest(data, *request.cap);
  DividedData parts;
  if (rest) {
    Rng rng = Rng(static_cast<std::uint64_t>(*arguments.integer("seed"))).split("split");
    parts = divide(data, request.share, rng);
    rest->stream() << write_preference_data(parts.held_out);
  } else {
    parts.training = std::move(data);
  }
  summary.add("training", parts.training.size());
  if (rest) {
    rest->commit();
    summary.add("held out", parts.held_out.size());
    summary.add("held-out file", rest->path());
  }
  output.write(write_preference_data(parts.training));
  output.tell(std::move(summary));
  return kOk;
}

int tell_data(const Registry& registry, const Arguments& arguments, Console& console) {
  refuse_idle_flags(arguments, kDescribes, "info");
  const std::optional<PreferenceWorld> world = named_world(registry, arguments);
  const PreferenceData data = read_preference_data(input_file(arguments), arguments);
  tell_unread_keys(data, console);
  const DataDescription found = describe_data(data, world ? &*world : nullptr);
  if (arguments.is_on("json"))
    found.summary.write_json(console);
  else
    found.summary.write_table(console);
  for (const std::string& warning : found.warnings) console.warn(warning);
  return kOk;
}

// ---- the command --------------------------------------------------------------------------------

int run_prefs(const Registry& registry, const Arguments& arguments, Console& console) {
  const std::vector<std::string> actions = {"generate", "convert", "split", "info"};
  const std::string action = arguments.operands().empty() ? actions[0] : arguments.operands()[0];
  if (std::find(actions.begin(), actions.end(), action) == actions.end())
    throw std::invalid_argument(unknown_name("action of 'rlhf prefs'", action, actions));
  if (action == "convert") return convert_data(registry, arguments, console);
  if (action == "split") return split_data(arguments, console);
  if (action == "info") return tell_data(registry, arguments, console);
  return make_data(registry, arguments, console);
}

}  // namespace

Command rlhf_prefs_command() {
  return {{.command = "rlhf prefs",
           .usage = "[generate|convert FILE|split FILE|info FILE] [--num 1000] [--out FILE]",
           .doc = "preference data: made by a synthetic annotator, converted, split, described",
           .operands = {"[generate|convert|split|info] [FILE]", 0, 2},
           .flags = prefs_flags(),
           .examples = {"rlhf prefs --num 1000 --out pairs.jsonl",
                        "rlhf prefs --env mfrl_5x5 --num 300 --rationality 2 --out segments.jsonl",
                        "rlhf prefs --format demonstrations --num 800 --out shown.jsonl",
                        "rlhf prefs convert pairs.jsonl --to labelled --out labelled.jsonl",
                        "rlhf prefs split pairs.jsonl --out train.jsonl --held-out test.jsonl",
                        "rlhf prefs info pairs.jsonl --env token_world"}},
          run_prefs};
}

}  // namespace rl::apps
