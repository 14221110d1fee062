#pragma once
/// \file
/// The file of a person's answers: a line for each, written when it is given, so that whatever
/// happens to the program those that were given stand there; and how a session goes on with it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "algorithms/preference/dataset.hpp"
#include "apps/rlhf/labelling_order.hpp"
#include "apps/rlhf/labelling_questions.hpp"

namespace rl::apps {

class AnswerFile {
 public:
  /// `input`: the file whose pairs are labelled, or empty. Throws std::invalid_argument, naming the
  /// file, where it holds something that is neither to be replaced (`force`) nor gone on with
  /// (`resume`), and where it cannot be written.
  AnswerFile(const std::string& path, const std::string& input, bool force, bool resume);
  /// Without an answer there is no file.
  ~AnswerFile();
  AnswerFile(const AnswerFile&) = delete;
  AnswerFile& operator=(const AnswerFile&) = delete;

  const std::string& path() const { return path_; }
  /// Holds answers of an earlier time.
  bool has_answers() const { return has_answers_; }
  std::uintmax_t size() const;
  /// Throws std::runtime_error where the disk does not take it.
  void append(const std::string& line);
  /// Takes back what was appended since the file had this size.
  void cut(std::uintmax_t size);

 private:
  bool ends_with_newline() const;

  std::string path_;
  bool has_answers_ = false;
};

/// A line of the file: a pair, or segments without rewards, for a person saw none and would not
/// have gone by them. `preference`: P(the first is better).
std::string answer_line(DataFormat format, const LabelQuestion& question, double preference);

struct EarlierAnswers {
  LabelProgress progress;
  std::size_t in_file = 0;  ///< those to other questions too
};

/// Each belongs to the first question about the same two that has none yet, those that are asked
/// again last. Throws std::invalid_argument for a file of another format.
EarlierAnswers earlier_answers(const LabelQuestions& list, const AnswerFile& file,
                               std::uint64_t max_bytes);

}  // namespace rl::apps
