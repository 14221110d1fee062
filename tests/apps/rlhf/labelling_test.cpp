#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/reward_model.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/rlhf/labelling_answers.hpp"
#include "apps/rlhf/labelling_dispute.hpp"
#include "apps/rlhf/labelling_order.hpp"
#include "apps/rlhf/labelling_questions.hpp"
#include "apps/rlhf/preference_data.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;
using tests::error_of;
using tests::Folder;

/// phi(s, a, s') = e_a: what is compared is how often each of 4 actions was taken.
RewardFeatures action_features() {
  return {"actions",
          "",
          {"a0", "a1", "a2", "a3"},
          [](State, Action a, State, std::vector<Feature>& phi) {
            phi.push_back({static_cast<std::size_t>(a), 1});
          }};
}

Segment segment_of_actions(const std::vector<Action>& actions) {
  Segment segment;
  segment.states.assign(actions.size() + 1, 0);
  segment.actions = actions;
  return segment;
}

LabelQuestion question_of_actions(const std::vector<Action>& first,
                                  const std::vector<Action>& second) {
  const auto side = [](const std::vector<Action>& actions) {
    const Segment segment = segment_of_actions(actions);
    return ShownSide{segment_key(segment), segment};
  };
  return {"", side(first), side(second)};
}

LabelQuestions by_dispute(std::vector<LabelQuestion> pool, std::size_t num_asked) {
  LabelQuestions list;
  list.format = DataFormat::segment_pairs;
  list.pool = std::move(pool);
  list.num_asked = num_asked;
  list.by_dispute = true;
  return list;
}

LabelQuestions some_questions() {
  return by_dispute({question_of_actions({0, 0}, {1, 1}), question_of_actions({1, 2}, {0, 3}),
                     question_of_actions({2, 2}, {1, 0}), question_of_actions({3, 1}, {2, 0}),
                     question_of_actions({3, 3}, {0, 0}), question_of_actions({1, 1}, {3, 2})},
                    6);
}

const std::vector<std::size_t> kPoolOrder = {0, 1, 2, 3, 4, 5};

}  // namespace

TEST_CASE("labelling dispute: the order is that of an ensemble of the first whole batches") {
  const LabelQuestions list = some_questions();
  const Rng rng(7);
  const std::vector<LabelAnswer> answers = {{0, 1}, {3, 0}, {1, 1}, {5, 0.5}, {2, 0}};
  for (const Disagreement about :
       {Disagreement::logit, Disagreement::probability, Disagreement::label}) {
    DisputeRanking ranking(list, action_features(), {.about = about, .query_batch = 2}, rng);
    const std::vector<std::size_t> order = ranking.after(answers);
    // a second way: the library's own selection, 5 members and ridge 0.3, of the first 4 answers
    std::vector<SegmentPair> pool, answered;
    for (const LabelQuestion& q : list.pool)
      pool.push_back({*q.first.segment, *q.second.segment, 0.5, {}});
    for (std::size_t i = 0; i < 4; ++i) {
      answered.push_back(pool[answers[i].question]);
      answered.back().preference = answers[i].preference;
    }
    const RewardEnsemble ensemble =
        fit_reward_ensemble(action_features(), answered, {.loss = {.l2 = 0.3}}, 5, rng.split(2));
    CHECK(order == most_disputed(member_log_odds(ensemble, pool), 6, about));
    CHECK(order != kPoolOrder);
  }
}

TEST_CASE(
    "labelling dispute: before the first batch, and of a single answer, there is no dispute") {
  const LabelQuestions list = some_questions();
  DisputeRanking ranking(list, action_features(), {.query_batch = 2}, Rng(7));
  const std::vector<LabelAnswer> answers = {{4, 1}, {2, 0}};
  CHECK(ranking.after({}) == kPoolOrder);
  CHECK(ranking.after({answers.data(), 1}) == kPoolOrder);
  CHECK(ranking.reason(0) == "at random: models need 2 answers first");
  // every bag of one answer is that answer
  DisputeRanking each(list, action_features(), {.query_batch = 1}, Rng(7));
  CHECK(each.after({answers.data(), 1}) == kPoolOrder);
  CHECK(each.reason(0) ==
        "at random: 5 reward models of the first answer agree about all that is left");
  CHECK(each.after(answers) != kPoolOrder);
}

TEST_CASE("labelling dispute: what no answer was about is not in dispute, and comes last") {
  // actions 2 and 3 were never compared: all members leave their weights at 0
  const LabelQuestions list =
      by_dispute({question_of_actions({2, 2}, {3, 3}), question_of_actions({0, 0}, {1, 1}),
                  question_of_actions({0, 2}, {2, 2}), question_of_actions({3, 3}, {3, 2}),
                  question_of_actions({1, 3}, {3, 3})},
                 4);
  DisputeRanking ranking(list, action_features(), {.query_batch = 2}, Rng(1));
  const std::vector<LabelAnswer> answers = {{1, 1}, {1, 0.5}};
  const std::vector<std::size_t> order = ranking.after(answers);
  // w_1 = -w_0: the difference of the second question moves twice as far as those of one step
  CHECK(order == std::vector<std::size_t>{1, 2, 4, 0, 3});
  CHECK(contains(ranking.reason(2), "in dispute between 5 reward models of the first 2 answers"));
  CHECK(contains(ranking.reason(0), "agree about all that is left"));
}

TEST_CASE("labelling dispute: an answer that changes is another answer") {
  const LabelQuestions list = some_questions();
  DisputeRanking ranking(list, action_features(), {.query_batch = 2}, Rng(7));
  const std::vector<LabelAnswer> yes = {{0, 1}, {3, 1}}, no = {{0, 1}, {3, 0}};
  const std::vector<std::size_t> after_yes = ranking.after(yes);
  const std::string reason_of_yes = ranking.reason(after_yes.front());
  ranking.after(no);
  CHECK(ranking.reason(after_yes.front()) != reason_of_yes);
  CHECK(ranking.after(yes) == after_yes);
  CHECK(ranking.reason(after_yes.front()) == reason_of_yes);
}

TEST_CASE("labelling order: the most disputed that is open, and then what is asked again") {
  LabelQuestions list = some_questions();
  list.num_asked = 3;
  list.again = {1, 2};  // places among the answers
  DisputeRanking ranking(list, action_features(), {.query_batch = 2}, Rng(7));
  LabelProgress progress(list);
  progress.answers = {{0, 1}, {1, 0}};
  const std::vector<std::size_t> order = ranking.after(progress.answers);
  std::size_t best = 0;
  while (order[best] < 2) ++best;
  CHECK(next_question(list, progress, &ranking)->question == order[best]);
  CHECK(number_of_question(list, progress, {order[best], {}}) == 3);
  progress.skipped[order[best]] = true;  // it was the third and last
  const auto put = next_question(list, progress, &ranking);
  REQUIRE(put);
  CHECK(put->question == 1);
  CHECK(put->repeat == std::size_t{0});
  CHECK(number_of_question(list, progress, *put) == 4);
  CHECK(as_put(list, *put).first.text == list.pool[1].second.text);
  progress.again[0] = 1;
  CHECK_FALSE(next_question(list, progress, &ranking));  // there is no third answer
}

TEST_CASE("labelling answers: they come back in the order of the file, the repeated ones apart") {
  Folder folder;
  LabelQuestions list = some_questions();
  list.again = {0};
  const std::string path = folder / "x";
  AnswerFile file(path, "", false, false);
  file.append(answer_line(list.format, list.pool[4], 1));
  file.append(answer_line(list.format, list.pool[0], 0.5));
  file.append(answer_line(list.format, as_put(list, {4, 0}), 0));
  file.append(answer_line(list.format, as_put(list, {4, 0}), 0));  // once too often
  const EarlierAnswers earlier = earlier_answers(list, file, 1 << 20);
  CHECK(earlier.progress.answers == std::vector<LabelAnswer>{{4, 1}, {0, 0.5}});
  CHECK(earlier.progress.again[0] == 0.0);
  CHECK(earlier.progress.num_answers() == 3);
  CHECK(earlier.in_file == 4);
}

TEST_CASE("labelling dispute: what it refuses") {
  const LabelQuestions list = some_questions();
  CHECK(contains(
      error_of([&] { DisputeRanking(list, action_features(), {.query_batch = 6}, Rng(0)); }),
      "after 6 answers, and only 6 questions are asked"));
  RewardFeatures many = action_features();
  many.names.resize(1001);
  CHECK(contains(error_of([&] { DisputeRanking(list, many, {.query_batch = 2}, Rng(0)); }),
                 "models of 1001 features (actions)"));
}

}  // namespace rl::apps
