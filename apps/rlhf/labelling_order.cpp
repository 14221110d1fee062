#include "apps/rlhf/labelling_order.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "apps/rlhf/labelling_dispute.hpp"

namespace rl::apps {

namespace {

std::vector<bool> closed_questions(const LabelProgress& progress) {
  std::vector<bool> closed = progress.skipped;
  for (const LabelAnswer& answer : progress.answers) closed[answer.question] = true;
  return closed;
}

std::optional<std::size_t> next_of_pool(const LabelQuestions& list, const LabelProgress& progress,
                                        DisputeRanking* disputes) {
  const std::vector<bool> closed = closed_questions(progress);
  if (disputes == nullptr) {
    const auto open = std::find(closed.begin(), closed.end(), false);
    if (open == closed.end()) return std::nullopt;
    return static_cast<std::size_t>(open - closed.begin());
  }
  const auto dealt_with = static_cast<std::size_t>(std::count(closed.begin(), closed.end(), true));
  if (dealt_with >= list.num_asked) return std::nullopt;
  for (const std::size_t q : disputes->after(progress.answers))
    if (!closed[q]) return q;
  return std::nullopt;
}

}  // namespace

const LabelAnswer* LabelProgress::answer_to(std::size_t q) const {
  const auto found = std::find_if(answers.begin(), answers.end(),
                                  [q](const LabelAnswer& answer) { return answer.question == q; });
  return found == answers.end() ? nullptr : &*found;
}

std::size_t LabelProgress::num_answers() const {
  const auto repeated = std::count_if(again.begin(), again.end(),
                                      [](const std::optional<double>& x) { return x.has_value(); });
  return answers.size() + static_cast<std::size_t>(repeated);
}

std::size_t LabelProgress::num_skipped() const {
  return static_cast<std::size_t>(std::count(skipped.begin(), skipped.end(), true) +
                                  std::count(again_skipped.begin(), again_skipped.end(), true));
}

LabelQuestion as_put(const LabelQuestions& list, const PutQuestion& put) {
  LabelQuestion question = list.pool[put.question];
  if (put.repeat) std::swap(question.first, question.second);
  return question;
}

std::optional<std::size_t> repeated_question(const LabelQuestions& list,
                                             const LabelProgress& progress, std::size_t r) {
  const std::size_t place = list.again[r];
  if (list.by_dispute)
    return place < progress.answers.size() ? std::optional(progress.answers[place].question)
                                           : std::nullopt;
  return progress.answer_to(place) != nullptr ? std::optional(place) : std::nullopt;
}

std::optional<PutQuestion> next_question(const LabelQuestions& list, const LabelProgress& progress,
                                         DisputeRanking* disputes) {
  if (const auto q = next_of_pool(list, progress, disputes)) return PutQuestion{*q, std::nullopt};
  for (std::size_t r = 0; r < list.again.size(); ++r)
    if (!progress.again[r] && !progress.again_skipped[r])
      if (const auto q = repeated_question(list, progress, r)) return PutQuestion{*q, r};
  return std::nullopt;
}

std::size_t number_of_question(const LabelQuestions& list, const LabelProgress& progress,
                               const PutQuestion& put) {
  if (put.repeat) return list.num_asked + *put.repeat + 1;
  if (!list.by_dispute) return put.question + 1;
  const std::vector<bool> closed = closed_questions(progress);
  return static_cast<std::size_t>(std::count(closed.begin(), closed.end(), true)) + 1;
}

}  // namespace rl::apps
