// rlbook bench: how fast the library is, beside plain loops measured in the same run.
#include "apps/bench/bench.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <regex>
#include <stdexcept>

#include "apps/bench/size_curve.hpp"
#include "apps/commands/commands.hpp"
#include "apps/layout.hpp"
#include "apps/output_file.hpp"
#include "rl/text.hpp"

namespace rl::apps {

namespace {

using nlohmann::ordered_json;

/// How much better than the yardstick: above 1 is faster.
double ratio(const bench::Row& row) {
  return row.larger_is_better ? row.value / *row.yardstick : *row.yardstick / row.value;
}

/// ">= 100", "<= 18", "ratio >= 2"; "-" where nothing was set.
std::string floor_text(const bench::Row& row) {
  if (!row.floor) return "-";
  if (row.floor->of_ratio) return fmt::format("ratio >= {:g}", row.floor->number);
  return fmt::format("{} {:g}", row.larger_is_better ? ">=" : "<=", row.floor->number);
}

ordered_json floor_json(const bench::Row& row) {
  if (!row.floor) return nullptr;
  const char* const what = row.floor->of_ratio    ? "ratio at least"
                           : row.larger_is_better ? "at least"
                                                  : "at most";
  return {{what, row.floor->number}};
}

void write_json(Console& console, const std::vector<bench::Row>& rows) {
  ordered_json list = ordered_json::array();
  for (const bench::Row& row : rows) {
    ordered_json j = {
        {"name", row.name}, {"value", row.value}, {"unit", row.unit}, {"spread", row.spread}};
    j["yardstick"] = row.yardstick ? ordered_json(*row.yardstick) : ordered_json(nullptr);
    j["floor"] = floor_json(row);
    list.push_back(std::move(j));
  }
  console.out << list.dump(2) << '\n';
}

void write_table(Console& console, const std::vector<bench::Row>& rows, int repetitions) {
  std::vector<std::vector<std::string>> lines = {
      {"work", "median", "unit", "yardstick", "ratio", "floor", "spread"}};
  for (const bench::Row& row : rows)
    lines.push_back({row.name, fmt::format("{:.4g}", row.value), row.unit,
                     row.yardstick ? fmt::format("{:.4g}", *row.yardstick) : "-",
                     row.yardstick ? fmt::format("{:.2f}", ratio(row)) : "-", floor_text(row),
                     fmt::format("{:.0f}%", 100 * row.spread)});
  console.out << table(lines, console.columns);
  const std::string legend = fmt::format(
      "CPU time of one thread, median of {} interleaved repetitions; spread is (largest - "
      "smallest) / median. The yardstick does the same work as a plain loop without the library, "
      "or as the row says; ratio above 1: the row is faster. Floors were set for one core of an "
      "AMD EPYC of 2024 with nothing else to do.",
      repetitions);
  for (const std::string& line : wrap(legend, console.columns)) console.out << line << '\n';
}

/// The work whose name matches --filter.
std::vector<bench::Work> selected(const Arguments& arguments) {
  std::vector<bench::Work> works = bench::all_work();
  const auto filter = arguments.text("filter");
  if (!filter) return works;
  std::vector<std::string> names;
  for (const bench::Work& work : works) names.push_back(work.name);
  try {
    const std::regex expression(*filter);
    std::erase_if(
        works, [&](const bench::Work& work) { return !std::regex_search(work.name, expression); });
  } catch (const std::regex_error&) {
    throw std::invalid_argument(fmt::format("--filter: '{}' is no regular expression", *filter));
  }
  if (works.empty())
    throw std::invalid_argument(
        fmt::format("--filter: nothing matches '{}' (choices: {})", *filter, join(names, "; ")));
  return works;
}

/// --size-curve: what planning costs against the number of cells, as SVG.
int draw_size_curve(const std::string& path, const Arguments& arguments, Console& console) {
  OutputFile file(path, arguments.is_on("force"));
  const std::optional<LineChart> chart = bench::cost_against_size(console.interrupted);
  if (!chart) return kInterrupted;
  file.stream() << draw_svg(*chart);
  file.commit();
  console.out << chart_csv(*chart);
  console.note("written: " + path);
  return kOk;
}

int run_bench(const Registry&, const Arguments& arguments, Console& console) {
  if (const auto path = arguments.text("size_curve"))
    return draw_size_curve(*path, arguments, console);
  const std::vector<bench::Work> works = selected(arguments);
  bench::Options options;
  options.repetitions = static_cast<int>(*arguments.integer("repetitions", 1, 1000));
  std::vector<bench::Row> rows;
  Progress progress(console, "benchmarks");
  for (const bench::Work& work : works) {
    if (console.interrupted()) break;
    if (auto row = bench::measure(work, options, console.interrupted))
      rows.push_back(*std::move(row));
    progress.update(static_cast<double>(rows.size()) / static_cast<double>(works.size()));
  }
  progress.finish();
  if (arguments.is_on("json"))
    write_json(console, rows);
  else
    write_table(console, rows, options.repetitions);
  return kOk;
}

}  // namespace

Command bench_command() {
  std::vector<FlagSpec> flags = {
      {"filter", "REGEX", "only the work whose name matches"},
      {"repetitions", "N", "how often each is measured", "9"},
      {"size_curve", "FILE", "instead, the cost of planning against the size, drawn as SVG"},
  };
  for (FlagSpec& flag : shared_flags({"json", "quiet", "force"})) flags.push_back(flag);
  return {{.command = "bench",
           .usage = "[--filter REGEX] [--repetitions N] [--json]",
           .doc = "speed and memory of this machine, beside plain loops in the same run",
           .flags = std::move(flags),
           .examples = {"bench", "bench --filter 'Q-learning' --repetitions 21",
                        "bench --size-curve cost.svg"}},
          run_bench};
}

}  // namespace rl::apps
