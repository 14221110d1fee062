#include "apps/rlhf/metrics_log.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "rl/experiment/tensorboard.hpp"
#include "rl/json_text.hpp"
#include "rl/text.hpp"

namespace rl::apps {

using nlohmann::ordered_json;

void MetricsLog::add(std::int64_t step, const Metrics& metrics) {
  ordered_json line;
  line["step"] = step;
  for (const auto& [name, value] : metrics) line[name] = number_or_null(value);
  lines_.push_back(std::move(line));
}

void MetricsLog::add_scores(std::int64_t step, const Metrics& scores) {
  if (step <= last_scored_) return;
  last_scored_ = step;
  add(step, scores);
}

std::string MetricsLog::jsonl() const {
  std::string text;
  for (const ordered_json& line : lines_) text += line.dump() + '\n';
  return text;
}

std::string MetricsLog::csv() const {
  std::vector<std::string> names = {"step"};
  for (const ordered_json& line : lines_)
    for (const auto& item : line.items())
      if (std::find(names.begin(), names.end(), item.key()) == names.end())
        names.push_back(item.key());
  std::string text = join(names, ",") + '\n';
  for (const ordered_json& line : lines_) {
    std::vector<std::string> cells;
    for (const std::string& name : names)
      cells.push_back(line.contains(name) && !line[name].is_null() ? line[name].dump() : "");
    text += join(cells, ",") + '\n';
  }
  return text;
}

std::string MetricsLog::events() const {
  std::vector<ScalarSeries> curves;
  for (const ordered_json& line : lines_)
    for (const auto& item : line.items()) {
      if (item.key() == "step" || item.value().is_null()) continue;
      auto curve = std::find_if(curves.begin(), curves.end(),
                                [&](const ScalarSeries& c) { return c.tag == item.key(); });
      if (curve == curves.end()) curve = curves.insert(curves.end(), {item.key(), {}, {}});
      curve->step.push_back(line["step"].get<std::int64_t>());
      curve->value.push_back(item.value().get<double>());
    }
  return tensorboard_events(curves);
}

void MetricsLog::restore(const std::string& jsonl) {
  lines_.clear();
  std::istringstream text(jsonl);
  for (std::string line; std::getline(text, line);) {
    ordered_json row = ordered_json::parse(line, nullptr, false);
    const bool sound = row.is_object() && row.contains("step") && row["step"].is_number_integer() &&
                       std::all_of(row.begin(), row.end(), [](const ordered_json& x) {
                         return x.is_number() || x.is_null();
                       });
    if (!sound) throw std::invalid_argument("a line of its metrics is damaged");
    if (row.contains("true/return")) last_scored_ = row["step"].get<std::int64_t>();
    lines_.push_back(std::move(row));
  }
}

}  // namespace rl::apps
