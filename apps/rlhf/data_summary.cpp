#include "apps/rlhf/data_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "apps/layout.hpp"
#include "rl/json_text.hpp"

namespace rl::apps {

using nlohmann::ordered_json;

// ---- lengths ------------------------------------------------------------------------------------

void LengthRange::add(std::size_t length) {
  least_ = n_ == 0 ? length : std::min(least_, length);
  most_ = std::max(most_, length);
  sum_ += static_cast<double>(length);
  ++n_;
}

std::string LengthRange::text() const {
  return fmt::format("{} to {}, mean {:.3g}", least_, most_, mean());
}

std::string LengthRange::json() const {
  return ordered_json{{"least", least_}, {"most", most_}, {"mean", mean()}}.dump();
}

// ---- named values -------------------------------------------------------------------------------

void DataSummary::add(const std::string& name, std::size_t value) {
  lines_.push_back({name, std::to_string(value), std::to_string(value)});
}

void DataSummary::add(const std::string& name, const std::string& value) {
  constexpr auto kReplace = ordered_json::error_handler_t::replace;  // a path may be no UTF-8
  lines_.push_back({name, value, ordered_json(value).dump(-1, ' ', false, kReplace)});
}

void DataSummary::add(const std::string& name, double value) {
  lines_.push_back({name, fmt::format("{:.4g}", value), number_or_null(value).dump()});
}

void DataSummary::add(const std::string& name, const LengthRange& lengths) {
  if (!lengths.empty()) lines_.push_back({name, lengths.text(), lengths.json()});
}

void DataSummary::write_json(Console& console) const {
  ordered_json all;
  for (const Line& line : lines_) {
    std::string key = line.name;
    for (char& c : key)
      if (c == ' ' || c == '-') c = '_';
    all[key] = ordered_json::parse(line.json);
  }
  console.out << all.dump(2) << '\n';
}

void DataSummary::write_table(Console& console) const {
  std::vector<std::vector<std::string>> rows = {{"data", "value"}};
  for (const Line& line : lines_) rows.push_back({line.name, line.text});
  console.out << table(rows, console.columns);
}

void DataSummary::write_note(Console& console) const {
  std::string text;
  for (const Line& line : lines_)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", line.name, line.text);
  console.note(text);
}

// ---- where they go ------------------------------------------------------------------------------

DataOutput::DataOutput(const Arguments& arguments, Console& console, const std::string& input)
    : console_(console), json_(arguments.is_on("json")) {
  if (const auto path = arguments.text("out")) {
    require_other_file(*path, input, "--out");
    file_ = std::make_unique<OutputFile>(*path, arguments.is_on("force"));
  } else if (json_) {
    throw std::invalid_argument("--json and the data would both go to stdout: give --out FILE");
  } else if (arguments.given("force")) {
    throw std::invalid_argument("--force has no effect without --out");
  }
}

void DataOutput::write(const std::string& text) {
  if (!file_) {
    console_.out << text;
    return;
  }
  file_->stream() << text;
  file_->commit();
}

void DataOutput::tell(DataSummary summary) {
  if (file_) summary.add("written", file_->path());
  if (json_)
    summary.write_json(console_);
  else if (file_)
    summary.write_table(console_);
  else
    summary.write_note(console_);
}

void require_other_file(const std::string& out, const std::string& input, const char* flag) {
  std::error_code error;
  const bool same = !input.empty() && std::filesystem::is_regular_file(out, error) &&
                    std::filesystem::equivalent(out, input, error);
  if (same)
    throw std::invalid_argument(
        fmt::format("{}: {} is the file that is read; name another", out, flag));
}

}  // namespace rl::apps
