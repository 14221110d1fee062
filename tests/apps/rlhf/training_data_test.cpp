#include "apps/rlhf/training_data.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "apps/rlhf/preference_world.hpp"
#include "apps/world.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;
using tests::error_of;

PreferenceWorld training_world(const std::string& name) {
  return {name, make_problem(tests::registry(), name)};
}

/// Two prompts, responses of at most two words.
PreferenceWorld two_prompts() {
  return training_world("token_world:vocabulary=3,max_length=2,prompts=2");
}

/// s1 s2 / s3 s4, of which s4 is the target; actions up, right, down, left, stay.
PreferenceWorld small_grid() { return training_world("mfrl_2x2:target_terminates"); }

/// What reading a file answers, and what it tells.
struct TrainingReader {
  std::ostringstream out, err;
  std::istringstream in;
  Console console{.out = out, .err = err, .in = in};

  static DatasetFile file(const std::string& text, bool variable_horizon = false) {
    return {"x.jsonl", text, detect_format(text, "x.jsonl"), {}, variable_horizon};
  }
  std::vector<LabelledPair> pairs(const PreferenceWorld& world, const DatasetFile& file) {
    return read_training_pairs(world, file, console);
  }
  std::vector<JudgedSegment> judged(const PreferenceWorld& world, const DatasetFile& file) {
    return read_judged(world, file, console);
  }
  std::vector<Segment> shown(const PreferenceWorld& world, const DatasetFile& file) {
    return read_shown(world, file, console);
  }
  std::string told() const { return tests::one_line(err.str()); }
};

using Actions = std::vector<Action>;

constexpr const char* kThreePairs =
    "{\"prompt\":\"p0\",\"chosen\":\"1 0\",\"rejected\":\"2 0\",\"weight\":3,\"margin\":1}\n"
    "{\"prompt\":\"p1\",\"chosen\":\"0\",\"rejected\":\"2 2\",\"label\":0.25}\n"
    "{\"prompt\":\"p1\",\"chosen\":\"1 1\",\"rejected\":\"0\",\"tie\":true}\n";

}  // namespace

TEST_CASE("training data: pairs keep label and weight, and margins are told as unread") {
  TrainingReader reader;
  const auto pairs = reader.pairs(two_prompts(), TrainingReader::file(kThreePairs));
  REQUIRE(pairs.size() == 3);
  CHECK(pairs[0].first.actions == Actions{1, 0});
  CHECK(pairs[0].second.actions == Actions{2, 0});
  CHECK(pairs[0].label == 1);
  CHECK(pairs[0].weight == 3);
  CHECK(pairs[1].label == 0.25);
  CHECK(pairs[1].weight == 1);
  CHECK(pairs[2].label == 0.5);
  CHECK(reader.told() == "the margins of 1 pairs are not read");
}

TEST_CASE("training data: of pairs the better one is good and shown, and ties are neither") {
  TrainingReader reader;
  const auto judged = reader.judged(two_prompts(), TrainingReader::file(kThreePairs));
  REQUIRE(judged.size() == 4);
  const std::vector<std::pair<Actions, bool>> expected = {
      {{1, 0}, true}, {{2, 0}, false}, {{0}, false}, {{2, 2}, true}};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(judged[i].segment.actions == expected[i].first);
    CHECK(judged[i].desirable == expected[i].second);
  }
  CHECK(reader.told() == "1 ties are left out");
  const auto shown = reader.shown(two_prompts(), TrainingReader::file(kThreePairs));
  REQUIRE(shown.size() == 2);
  CHECK(shown[0].actions == Actions{1, 0});
  CHECK(shown[1].actions == Actions{2, 2});
}

TEST_CASE("training data: what only a policy of pairs is shown need not be of the world") {
  TrainingReader reader;
  const DatasetFile file =
      TrainingReader::file("{\"prompt\":\"p0\",\"chosen\":\"1 0\",\"rejected\":\"no words\"}\n");
  CHECK(reader.shown(two_prompts(), file).size() == 1);
  CHECK(error_of([&] { reader.judged(two_prompts(), file); }) ==
        "x.jsonl:1: 'no' is no action: they are the numbers 0 to 2");
}

TEST_CASE("training data: responses are shown by their sft_target where there is one") {
  TrainingReader reader;
  const DatasetFile file = TrainingReader::file(
      "{\"p0\":{\"responses\":[\"1 0\",\"0\"],\"pairs\":[[0,1]],\"sft_target\":\"2 0\"}}\n");
  REQUIRE(reader.shown(two_prompts(), file).size() == 1);
  CHECK(reader.shown(two_prompts(), file)[0].actions == Actions{2, 0});
  CHECK(reader.pairs(two_prompts(), file)[0].first.actions == Actions{1, 0});
}

TEST_CASE("training data: errors name the line of the file") {
  TrainingReader reader;
  const std::string before =
      "// a comment\n\n{\"prompt\":\"p0\",\"completion\":\"0\",\"label\":true}\n";
  CHECK(error_of([&] {
          reader.judged(two_prompts(),
                        TrainingReader::file(
                            before + "{\"prompt\":\"p7\",\"completion\":\"0\",\"label\":true}\n"));
        }).starts_with("x.jsonl:4: 'p7' is no state"));
  CHECK(error_of([&] {
          reader.shown(two_prompts(),
                       TrainingReader::file("{\"prompt\":\"p0\",\"completion\":\"0\"}\n\n"
                                            "{\"prompt\":\"p0\",\"completion\":\"1\"}\n"));
        }) == "x.jsonl:3: the response '1' to 'p0' does not end");
  // The second prompt's target stands in line 3, its pairs are none.
  CHECK(error_of([&] {
          reader.shown(two_prompts(),
                       TrainingReader::file(
                           "{\"p0\":{\"responses\":[\"1 0\",\"0\"],\"pairs\":[[0,1]]},\n\n"
                           "\"p1\":{\"responses\":[],\"pairs\":[],\"sft_target\":\"9\"}}\n"));
        }) == "x.jsonl:3: '9' is no action: they are the numbers 0 to 2");
  CHECK(error_of([&] {
          reader.pairs(small_grid(), TrainingReader::file("\n{\"prompt\":\"s1\",\"chosen\":\"2\","
                                                          "\"rejected\":\"4 4\"}\n"));
        }) ==
        "x.jsonl:2: segments of 1 and 2 steps tell a reward by their length; give "
        "--allow-variable-horizon");
  CHECK(error_of([&] {
          reader.pairs(two_prompts(), TrainingReader::file("{\"prompt\":\"p0\"}\n"));
        }) == "x.jsonl: holds prompts, here pairs are needed");
}

TEST_CASE("training data: segments lose what fills them up, and must be possible") {
  TrainingReader reader;
  const auto line = [](const char* states, const char* actions) {
    return std::string("{\"segment_1\":{\"states\":") + states + ",\"actions\":" + actions +
           "},\"segment_2\":{\"states\":[0,0,0],\"actions\":[4,4]},\"preference\":1}\n";
  };
  // from s3 right to s4, the end, and waiting there
  const auto pairs = reader.pairs(small_grid(), TrainingReader::file(line("[2,3,3]", "[1,0]")));
  REQUIRE(pairs.size() == 1);
  CHECK(pairs[0].first.states == std::vector<State>{2, 3});
  CHECK(pairs[0].first.actions == Actions{1});
  CHECK(pairs[0].second.actions == Actions{4, 4});
  const auto refused = [&](const char* states, const char* actions) {
    return error_of(
        [&] { reader.pairs(small_grid(), TrainingReader::file(line(states, actions))); });
  };
  CHECK(contains(refused("[0,3,3]", "[1,0]"),
                 "x.jsonl:1: action 1 from state 0 to 3 is impossible in mfrl_2x2"));
  CHECK(contains(refused("[0,9,9]", "[1,0]"), "x.jsonl:1: state 9 is none of mfrl_2x2"));
  CHECK(contains(refused("[0,1,1]", "[1,7]"),
                 "x.jsonl:1: action 7 in state 1 is impossible in mfrl_2x2"));
  CHECK(refused("[3,3,3]", "[0,0]") == "x.jsonl:1: a segment begins after its episode's end");
}

}  // namespace rl::apps
