#include "rl/experiment/scores_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "rl/files.hpp"
#include "rl/statistics/scores.hpp"
#include "rl/text.hpp"

namespace rl {

namespace {

/// One line as cells; quotes hold commas, doubled quotes are quotes.
std::vector<std::string> csv_cells(std::string_view line) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      cells.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      cells.emplace_back();
    else if (c != '\r')
      cells.back() += c;
  }
  for (std::string& cell : cells) {
    const std::size_t begin = cell.find_first_not_of(" \t");
    const std::size_t end = cell.find_last_not_of(" \t");
    cell = begin == std::string::npos ? "" : cell.substr(begin, end - begin + 1);
  }
  return cells;
}

/// The names in the order of their first appearance.
std::size_t place_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  names.push_back(name);
  return names.size() - 1;
}

class ScoresReader {
 public:
  explicit ScoresReader(const std::string& file_name) : file_(file_name) {}

  void heading(const std::vector<std::string>& cells) {
    for (const char* name : {"learner", "task", "seed", "score"}) {
      if (std::find(cells.begin(), cells.end(), name) == cells.end())
        fail(fmt::format("the first line has no column '{}': it has {}", name, join(cells)));
    }
    for (std::size_t i = 0; i < cells.size(); ++i) column_[cells[i]] = i;
    width_ = cells.size();
    if (column_.count("low") != column_.count("high"))
      fail("columns 'low' and 'high' come together");
  }

  void row(const std::vector<std::string>& cells) {
    if (cells.size() != width_)
      fail(fmt::format("{} cells where the first line has {}", cells.size(), width_));
    const std::size_t learner = named("learner", cells, learners_);
    const std::size_t task = named("task", cells, tasks_);
    const std::uint64_t seed = seed_of(cells[column_["seed"]]);
    double score = number("score", cells);
    if (column_.count("low") > 0) score = normalised(task, score, cells);
    if (!scores_.emplace(std::tuple(learner, task, seed), score).second)
      fail(fmt::format("a second score of {} in {} for seed {}", learners_[learner], tasks_[task],
                       seed));
    seeds_.insert(seed);
  }

  Results results() {
    if (scores_.empty()) fail("there is no score");
    Results o{.learners = {},
              .worlds = tasks_,
              .seeds = {seeds_.begin(), seeds_.end()},
              .budget = {.steps = 1},
              .runs = {},
              .scores_only = true};
    for (const std::string& name : learners_) o.learners.push_back({.name = name});
    o.runs.resize(learners_.size() * tasks_.size() * seeds_.size());
    for (const auto& [key, score] : scores_) {
      const auto& [learner, task, seed] = key;
      const auto place = static_cast<std::size_t>(
          std::lower_bound(o.seeds.begin(), o.seeds.end(), seed) - o.seeds.begin());
      o.runs[o.index(learner, task, place)] = run_with(score);
    }
    return o;
  }

  void next_line() { ++line_; }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::invalid_argument(fmt::format("{}:{}: {}", file_, line_, what));
  }

  std::size_t named(const char* column, const std::vector<std::string>& cells,
                    std::vector<std::string>& names) {
    const std::string& name = cells[column_[column]];
    if (name.empty()) fail(fmt::format("column '{}' is empty", column));
    return place_of(names, name);
  }

  std::uint64_t seed_of(const std::string& cell) const {
    std::uint64_t seed = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), seed);
    if (error != std::errc() || end != cell.data() + cell.size())
      fail(fmt::format("'{}' is not a seed", clipped(cell)));
    return seed;
  }

  double number(const char* column, const std::vector<std::string>& cells) {
    const std::string& cell = cells[column_[column]];
    double x = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), x);
    if (error != std::errc() || end != cell.data() + cell.size() || !std::isfinite(x))
      fail(fmt::format("{} '{}' is not a finite number", column, clipped(cell)));
    return x;
  }

  double normalised(std::size_t task, double score, const std::vector<std::string>& cells) {
    const std::pair anchors(number("low", cells), number("high", cells));
    const auto [known, first] = anchors_.emplace(task, anchors);
    if (known->second != anchors)
      fail(fmt::format("task {} has had the anchors {} and {}", tasks_[task], known->second.first,
                       known->second.second));
    try {
      return normalise(score, anchors.first, anchors.second);
    } catch (const std::invalid_argument& e) {
      fail(e.what());
    }
  }

  static RunRecord run_with(double score) {
    Evaluation e;
    for (const EvaluationMetric& metric : kEvaluationMetrics) e.*metric.value = kNoNumber;
    e.score = score;
    return {.status = RunStatus::complete,
            .curve = {e},
            .random_return = kNoNumber,
            .optimal_return = kNoNumber};
  }

  const std::string& file_;
  std::size_t line_ = 0;
  std::map<std::string, std::size_t> column_;
  std::size_t width_ = 0;
  std::vector<std::string> learners_, tasks_;
  std::set<std::uint64_t> seeds_;
  std::map<std::size_t, std::pair<double, double>> anchors_;
  std::map<std::tuple<std::size_t, std::size_t, std::uint64_t>, double> scores_;
};

}  // namespace

Results read_scores_csv(std::string_view text, const std::string& file_name) {
  check_text(text, file_name);
  ScoresReader reader(file_name);
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    reader.next_line();
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (first)
      reader.heading(csv_cells(line));
    else
      reader.row(csv_cells(line));
    first = false;
  }
  return reader.results();
}

}  // namespace rl
