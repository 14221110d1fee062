#pragma once
/// \file
/// What a person has answered so far, and which question is next: the first of the pool that is
/// neither answered nor skipped, or the most disputed one (`labelling_dispute.hpp`); then those
/// that are asked again.
///
/// It depends on the pool, the answers in their order and what was skipped, on nothing else. So who
/// takes an answer back, or stops and goes on, is asked what they would have been asked.
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "apps/rlhf/labelling_questions.hpp"

namespace rl::apps {

class DisputeRanking;

struct LabelAnswer {
  std::size_t question;  ///< in the pool
  double preference;     ///< P(the first one is better); 1/2: a tie

  bool operator==(const LabelAnswer&) const = default;
};

/// A question as it is put.
struct PutQuestion {
  std::size_t question;               ///< in the pool
  std::optional<std::size_t> repeat;  ///< place in `again`: it is put the other way round
};

struct LabelProgress {
  explicit LabelProgress(const LabelQuestions& list)
      : skipped(list.pool.size(), false),
        again(list.again.size()),
        again_skipped(list.again.size(), false) {}

  std::vector<LabelAnswer> answers;  ///< in the order in which they were given
  std::vector<bool> skipped;         ///< this time: [pool]
  std::vector<std::optional<double>>
      again;                        ///< P(the first one, as it was put, is better): [again]
  std::vector<bool> again_skipped;  ///< [again]

  /// Of question q of the pool.
  const LabelAnswer* answer_to(std::size_t q) const;
  /// With those of questions that were asked again.
  std::size_t num_answers() const;
  std::size_t num_skipped() const;
};

/// Where its sides stand when it is put.
LabelQuestion as_put(const LabelQuestions& list, const PutQuestion& put);

/// The question that is asked again at place r, once it has been answered.
std::optional<std::size_t> repeated_question(const LabelQuestions& list,
                                             const LabelProgress& progress, std::size_t r);

/// Empty: nothing is left. `disputes`: those of `list`, where it is asked by dispute.
std::optional<PutQuestion> next_question(const LabelQuestions& list, const LabelProgress& progress,
                                         DisputeRanking* disputes);

/// Its number, from 1.
std::size_t number_of_question(const LabelQuestions& list, const LabelProgress& progress,
                               const PutQuestion& put);

}  // namespace rl::apps
