#include "apps/rlhf/labelling_answers.hpp"

#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "apps/rlhf/preference_data.hpp"

namespace rl::apps {

namespace fs = std::filesystem;

namespace {

std::vector<Comparison> read_answers(DataFormat format, const std::string& path,
                                     std::uint64_t max_bytes) {
  const PreferenceData data = read_preference_data(path, max_bytes);
  if (data.format != format)
    throw std::invalid_argument(fmt::format("{}: holds {}, here {} are written", path,
                                            format_name(data.format), format_name(format)));
  return format == DataFormat::pairs ? comparisons_of(data.pairs) : comparisons_of(data.segments);
}

/// P(the first of the question is better).
double preference_in(const LabelQuestion& question, const Comparison& answer) {
  return answer.first == question.first.text ? answer.preference : 1 - answer.preference;
}

/// The place of a question that was asked again and has no answer yet.
std::optional<std::size_t> open_repeat(const LabelQuestions& list, const LabelProgress& progress,
                                       const std::string& key) {
  for (std::size_t r = 0; r < list.again.size(); ++r) {
    if (progress.again[r]) continue;
    const auto q = repeated_question(list, progress, r);
    if (q && key_of_question(list.pool[*q]) == key) return r;
  }
  return std::nullopt;
}

}  // namespace

// ---- the file -----------------------------------------------------------------------------------

AnswerFile::AnswerFile(const std::string& path, const std::string& input, bool force, bool resume)
    : path_(path) {
  const auto refuse = [&](const std::string& what) {
    throw std::invalid_argument(fmt::format("{}: {}", path, what));
  };
  if (force && resume)
    throw std::invalid_argument("--force deletes answers, --resume goes on with them: one of them");
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (fs::exists(status) && !fs::is_regular_file(status))
    refuse("is no regular file, from which answers can be taken back");
  if (fs::exists(status) && !input.empty() && fs::equivalent(path_, input, error))
    refuse("is the file that is labelled anew; --out names another");
  const bool holds_something = fs::exists(status) && fs::file_size(path_) > 0;
  if (holds_something && !force && !resume)
    refuse("exists already; --resume goes on with it, --force replaces it");
  const std::ofstream file(path_, std::ios::binary | (resume ? std::ios::app : std::ios::trunc));
  if (!file) refuse("cannot be written");
  has_answers_ = holds_something && resume;
}

AnswerFile::~AnswerFile() {
  std::error_code error;
  if (fs::file_size(path_, error) == 0 && !error) fs::remove(path_, error);
}

std::uintmax_t AnswerFile::size() const { return fs::file_size(path_); }

void AnswerFile::append(const std::string& line) {
  const bool broken = !ends_with_newline();
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file << (broken ? "\n" : "") << line;
  file.close();
  if (!file) throw std::runtime_error(path_ + ": the answer could not be written");
}

void AnswerFile::cut(std::uintmax_t size) { fs::resize_file(path_, size); }

bool AnswerFile::ends_with_newline() const {
  std::ifstream file(path_, std::ios::binary | std::ios::ate);
  if (file.tellg() <= 0) return true;
  file.seekg(-1, std::ios::end);
  return file.get() == '\n';
}

// ---- its lines ----------------------------------------------------------------------------------

std::string answer_line(DataFormat format, const LabelQuestion& question, double preference) {
  if (format == DataFormat::segment_pairs) {
    SegmentPair pair{*question.first.segment, *question.second.segment, preference,
                     R"({"annotator":"person"})"};
    pair.first.rewards.clear();
    pair.second.rewards.clear();
    return write_segment_pairs({&pair, 1});
  }
  PreferencePair pair;
  pair.prompt = question.prompt;
  pair.chosen = preference >= 0.5 ? question.first.text : question.second.text;
  pair.rejected = preference >= 0.5 ? question.second.text : question.first.text;
  pair.tie = preference == 0.5;
  return write_pairs({&pair, 1});
}

EarlierAnswers earlier_answers(const LabelQuestions& list, const AnswerFile& file,
                               std::uint64_t max_bytes) {
  std::map<std::string, std::deque<std::size_t>> open;
  for (std::size_t q = 0; q < list.pool.size(); ++q)
    open[key_of_question(list.pool[q])].push_back(q);
  EarlierAnswers earlier{LabelProgress(list)};
  LabelProgress& progress = earlier.progress;
  for (const Comparison& answer : read_answers(list.format, file.path(), max_bytes)) {
    ++earlier.in_file;
    const std::string key = key_of_two(answer.prompt, answer.first, answer.second);
    const auto found = open.find(key);
    if (found == open.end()) continue;
    if (!found->second.empty()) {
      const std::size_t q = found->second.front();
      found->second.pop_front();
      progress.answers.push_back({q, preference_in(list.pool[q], answer)});
    } else if (const auto r = open_repeat(list, progress, key)) {
      const PutQuestion put{*repeated_question(list, progress, *r), r};
      progress.again[*r] = preference_in(as_put(list, put), answer);
    }
  }
  return earlier;
}

}  // namespace rl::apps
