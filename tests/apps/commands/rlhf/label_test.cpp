#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/dataset.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using tests::contains;
using tests::Folder;

/// Runs `rlbook rlhf label ...` with these answers.
tests::Output labelled_by(std::vector<std::string> words, const std::string& answers,
                          int columns = 80) {
  words.insert(words.begin(), {"rlhf", "label"});
  return tests::rlbook(words, {.columns = columns, .input = answers});
}

std::string label_error(const std::vector<std::string>& words) {
  const tests::Output x = labelled_by(words, "1\n");
  CHECK(x.code == 2);
  return tests::one_line(x.err);
}

/// Two pairs of plain text, which are of no world.
const char* const kPlainPairs =
    "{\"prompt\":\"Why?\",\"chosen\":\"because\",\"rejected\":\"so\"}\n"
    "{\"prompt\":\"How?\",\"chosen\":\"thus\",\"rejected\":\"never\"}\n";

std::vector<PreferencePair> pairs_in(const std::string& path) {
  return read_pairs(tests::read(path), path).records;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

/// Lines that begin so.
std::vector<std::string> lines_of(const std::string& text, const std::string& beginning) {
  std::vector<std::string> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(beginning, 0) == 0) found.push_back(line);
  return found;
}

/// The pages, from that of question n on.
std::string from_question(const std::string& out, int n) {
  const std::size_t at = out.rfind("question " + std::to_string(n) + " of");
  return at == std::string::npos ? "" : out.substr(at);
}

/// Answers so far that stand in a file, to pairs of three responses of one prompt and others.
struct ActiveFile {
  ActiveFile(const Folder& folder, const std::vector<std::pair<std::string, std::string>>& answers)
      : in(folder / "in"), out(folder / "out") {
    const auto line = [](const std::string& chosen, const std::string& rejected) {
      return R"({"prompt":"p0","chosen":")" + chosen + R"(","rejected":")" + rejected + "\"}\n";
    };
    std::string before, asked;
    for (const auto& [chosen, rejected] : answers) before += line(chosen, rejected);
    asked = before + line("5 0", "4 4 0") + line("5 5 0", "4 0") + line("3 5 0", "0");
    folder.file("in", asked);
    folder.file("out", before);
  }
  /// The page that comes after these answers.
  std::string next(const std::string& features) const {
    return tests::one_line(
        labelled_by({in, "--env", "token_world", "--out", out, "--resume", "--active", "logit",
                     "--features", features, "--query-batch", "2"},
                    "")
            .out);
  }
  std::string in, out;
};

}  // namespace

TEST_CASE("rlhf label: each answer is a line of the file") {
  Folder folder;
  const std::string out = folder / "mine.jsonl";
  const tests::Output x = labelled_by({"--num", "4", "--out", out}, "1\nsecond\nt\nq\n");
  REQUIRE(x.code == 0);
  CHECK(contains(x.out, "question 1 of 4: p"));
  CHECK(contains(x.out, "3 answers: the first preferred 1, the second 1, ties 1; skipped 0"));
  const std::vector<PreferencePair> pairs = pairs_in(out);
  REQUIRE(pairs.size() == 3);
  CHECK_FALSE(pairs[0].tie);
  CHECK(pairs[2].tie);
  // the same questions, the other answers
  const std::string other = folder / "other.jsonl";
  labelled_by({"--num", "4", "--out", other}, "2 left tie");
  const std::vector<PreferencePair> swapped = pairs_in(other);
  REQUIRE(swapped.size() == 3);
  CHECK(swapped[0].chosen == pairs[0].rejected);
  CHECK(swapped[1].chosen == pairs[1].rejected);
  CHECK(swapped[2] == pairs[2]);
}

TEST_CASE("rlhf label: words, not the true reward, unless it is asked for") {
  Folder folder;
  const std::vector<std::string> words = {"--num", "1", "--out", folder / "x", "--force"};
  const std::string plain = labelled_by(words, "q\n").out;
  CHECK(contains(plain, "1: word "));
  CHECK_FALSE(contains(plain, "rewards"));
  std::vector<std::string> shown = words;
  shown.emplace_back("--show-rewards");
  CHECK(contains(labelled_by(shown, "q\n").out, "rewards 0"));
  CHECK(folder.names().empty());  // no answer, no file
}

TEST_CASE("rlhf label: undo takes the last answer out of the file and asks again; skip waits") {
  Folder folder;
  const std::string out = folder / "x";
  const tests::Output x = labelled_by({"--num", "3", "--out", out}, "u\n1\nu\n2\ns\nu\ns\n1\nq\n");
  REQUIRE(x.code == 0);
  CHECK(contains(x.out, "nothing to undo"));
  CHECK(occurrences(x.out, "question 1 of 3") == 3);
  CHECK(occurrences(x.out, "question 2 of 3") == 3);
  CHECK(contains(x.out, "2 answers: the first preferred 1, the second 1, ties 0; skipped 1"));
  CHECK(pairs_in(out).size() == 2);
}

TEST_CASE("rlhf label: what is no answer is asked again, with the nearest word") {
  Folder folder;
  const tests::Output x = labelled_by({"--num", "1", "--out", folder / "x"}, "frist\n7\nfirst\n");
  CHECK(contains(x.out, "no answer is 'frist'; did you mean 'first'?"));
  CHECK(contains(x.out, "no answer is '7'\n"));
  CHECK(contains(x.out, "1 answer:"));
}

TEST_CASE("rlhf label: --resume goes on after the answers that are there") {
  Folder folder;
  const std::string whole = folder / "whole";
  labelled_by({"--num", "5", "--seed", "2", "--out", whole}, "1 2 t 1 2");
  const std::string parts = folder / "parts";
  const std::vector<std::string> words = {"--num", "5", "--seed", "2", "--out", parts, "--resume"};
  labelled_by(words, "1 2");
  const tests::Output x = labelled_by(words, "t 1 2");
  CHECK(tests::read(parts) == tests::read(whole));
  CHECK(contains(x.err, "2 answers of 5 questions found"));
  CHECK(contains(x.out, "question 3 of 5"));
  CHECK_FALSE(contains(x.out, "question 2 of 5"));
  CHECK(contains(x.out, "5 answers: the first preferred 2, the second 2, ties 1"));
  // nothing is left to ask
  CHECK_FALSE(contains(labelled_by(words, "1").out, "question"));
  CHECK(tests::read(parts) == tests::read(whole));
}

TEST_CASE("rlhf label: a skipped question comes again when the file is resumed") {
  Folder folder;
  const std::vector<std::string> words = {"--num", "3", "--out", folder / "x", "--resume"};
  labelled_by(words, "1 s 2");
  const tests::Output x = labelled_by(words, "t");
  CHECK(contains(x.out, "question 2 of 3"));
  CHECK_FALSE(contains(x.out, "question 3 of 3"));
  CHECK(contains(x.out, "3 answers: the first preferred 1, the second 1, ties 1"));
}

TEST_CASE("rlhf label: answers to other questions stay in the file, and are told") {
  Folder folder;
  const std::string out = folder / "x";
  labelled_by({"--num", "2", "--out", out}, "1 1");
  const tests::Output x = labelled_by({"--num", "2", "--seed", "9", "--out", out, "--resume"}, "1");
  CHECK(contains(tests::one_line(x.err), "2 answers in " + out + " belong to none of these"));
  CHECK(pairs_in(out).size() == 3);
}

TEST_CASE("rlhf label: a line that was cut off before its end of line is not run on") {
  Folder folder;
  const std::string out = folder / "x";
  labelled_by({"--num", "2", "--out", out}, "1");
  std::string text = tests::read(out);
  text.pop_back();
  folder.file("x", text);
  labelled_by({"--num", "2", "--out", out, "--resume"}, "1");
  CHECK(pairs_in(out).size() == 2);
}

TEST_CASE("rlhf label: questions are asked again the other way round, and agreement is counted") {
  Folder folder;
  // the same side twice is the other answer; a tie agrees with a tie
  const tests::Output x =
      labelled_by({"--num", "3", "--repeat", "3", "--out", folder / "x"}, "1 1 1 1 2 2");
  CHECK(contains(tests::one_line(x.out),
                 "with yourself, asked again the other way round: 2 of 3 (67 %)"));
  CHECK(pairs_in(folder / "x").size() == 6);
  const tests::Output ties =
      labelled_by({"--num", "2", "--repeat", "1", "--out", folder / "y"}, "t t t");
  CHECK(contains(tests::one_line(ties.out), "the other way round: 1 of 1 (100 %)"));
  CHECK_FALSE(contains(ties.out, "true rewards"));
  // what was never answered is not asked again
  const tests::Output skipped =
      labelled_by({"--num", "2", "--repeat", "2", "--out", folder / "z"}, "s 1 2 1 1");
  CHECK(contains(skipped.out, "2 answers:"));
}

TEST_CASE("rlhf label: who answers by the true rewards agrees with them") {
  Folder folder;
  const std::vector<std::string> words = {"--num",      "12",      "--out",
                                          folder / "x", "--force", "--show-rewards"};
  std::istringstream page(labelled_by(words, "1 1 1 1 1 1 1 1 1 1 1 1").out);
  std::vector<double> sums;
  for (std::string line; std::getline(page, line);)
    if (const std::size_t at = line.find(": sum "); at != std::string::npos)
      sums.push_back(std::stod(line.substr(at + 6)));
  REQUIRE(sums.size() == 24);
  std::string right, wrong;
  for (std::size_t i = 0; i < sums.size(); i += 2) {
    right += sums[i] > sums[i + 1] ? "1 " : "2 ";
    wrong += sums[i] > sums[i + 1] ? "2 " : "1 ";
  }
  CHECK(contains(labelled_by(words, right).out, "with the true rewards: 12 of 12 (100 %)"));
  CHECK(contains(labelled_by(words, wrong).out, "with the true rewards: 0 of 12 (0 %)"));
}

TEST_CASE("rlhf label: segments of a grid are drawn side by side; the file has no rewards") {
  Folder folder;
  const std::string out = folder / "x";
  const tests::Output wide =
      labelled_by({"--env", "mfrl_5x5", "--num", "2", "--out", out, "--ascii"}, "1 t");
  REQUIRE(wide.code == 0);
  CHECK(contains(wide.out, "1: s"));
  CHECK(contains(wide.out, "+---+---+---+---+---+                    +---+---+---+---+---+\n"));
  const std::vector<SegmentPair> pairs = read_segment_pairs(tests::read(out), out).records;
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].first.rewards.empty());
  CHECK(pairs[0].first.length() == 5);
  CHECK(pairs[0].preference == 1);
  CHECK(pairs[1].preference == 0.5);
  CHECK(pairs[0].annotator == "{\"annotator\":\"person\"}");
}

TEST_CASE("rlhf label: narrow terminals show one above the other, and no line is too long") {
  Folder folder;
  for (const std::string env : {"mfrl_5x5", "token_world", "frozen_lake", "cliff_walking"}) {
    CAPTURE(env);
    const tests::Output x =
        labelled_by({"--env", env, "--num", "2", "--out", folder / env}, "1 bad 2", 40);
    REQUIRE(x.code == 0);
    CHECK(tests::longest_line(x.out) <= 40);
  }
}

TEST_CASE("rlhf label: pairs of a file are labelled anew, also texts that are of no world") {
  Folder folder;
  const std::string in = folder.file("in", kPlainPairs);
  const std::string out = folder / "out";
  const tests::Output x = labelled_by({in, "--out", out}, "1 2");
  REQUIRE(x.code == 0);
  CHECK(contains(tests::one_line(x.err), "shown as they stand, without a world's rewards"));
  CHECK(contains(x.out, "question 1 of 2: Why?"));
  CHECK_FALSE(contains(x.out, "true rewards"));
  const std::vector<PreferencePair> pairs = pairs_in(out);
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].chosen.size() + pairs[0].rejected.size() == std::string("becauseso").size());
  labelled_by({in, "--out", folder / "one", "--num", "1"}, "1 1");
  CHECK(pairs_in(folder / "one").size() == 1);
}

TEST_CASE("rlhf label: which side is first does not tell the file's answer") {
  Folder folder;
  const std::string in = folder / "in";
  REQUIRE(tests::rlbook({"rlhf", "prefs", "--num", "40", "--out", in}).code == 0);
  const std::string out = folder / "out";
  std::string firsts;
  for (int i = 0; i < 40; ++i) firsts += "1 ";
  REQUIRE(labelled_by({in, "--out", out}, firsts).code == 0);
  const std::vector<PreferencePair> before = pairs_in(in);
  const std::vector<PreferencePair> after = pairs_in(out);
  REQUIRE(after.size() == 40);
  int kept = 0;
  for (std::size_t i = 0; i < 40; ++i) kept += after[i].chosen == before[i].chosen ? 1 : 0;
  // a coin's heads in 40: mean 20, variance 10; four standard deviations are 12.6
  CHECK(std::abs(kept - 20) < 4 * std::sqrt(10.0));
}

TEST_CASE("rlhf label: its files train policies and reward models") {
  Folder folder;
  const std::string texts = folder / "texts";
  const std::string segments = folder / "segments";
  labelled_by({"--num", "6", "--out", texts}, "1 2 1 t 2 1");
  labelled_by({"--env", "mfrl_5x5", "--num", "6", "--out", segments}, "1 2 1 t 2 1");
  CHECK(tests::rlbook({"rlhf", "dpo", "--dataset", texts, "--max-steps", "2"}).code == 0);
  CHECK(tests::rlbook({"rlhf", "reward", "--dataset", texts}).code == 0);
  CHECK(
      tests::rlbook({"rlhf", "dpo", "--env", "mfrl_5x5", "--dataset", segments, "--max-steps", "2"})
          .code == 0);
  CHECK(tests::rlbook({"rlhf", "reward", "--env", "mfrl_5x5", "--dataset", segments}).code == 0);
}

TEST_CASE("rlhf label: Ctrl-C ends it with 130; what was answered is in the file") {
  Folder folder;
  const std::string out = folder / "x";
  int asked = 0;
  const tests::Output x =
      tests::rlbook({"rlhf", "label", "--num", "5", "--out", out},
                    {.interrupted = [&] { return ++asked > 2; }, .input = "1 1 1 1 1"});
  CHECK(x.code == 130);
  CHECK(pairs_in(out).size() == 2);
}

// ---- active labelling ---------------------------------------------------------------------------

TEST_CASE("rlhf label --active: random questions first, then what models of the answers dispute") {
  Folder folder;
  const std::vector<std::string> words = {"--num",         "7",          "--active", "label",
                                          "--query-batch", "3",          "--out",    folder / "x",
                                          "--force",       "--features", "rich"};
  const tests::Output x = labelled_by(words, "1 2 1 1 2 1 2", 120);
  REQUIRE(x.code == 0);
  CHECK(occurrences(x.out, "\nat random: models need 3 answers first\n") == 3);
  CHECK(occurrences(x.out, "5 reward models of the first 3 answers") == 3);
  CHECK(occurrences(x.out, "5 reward models of the first 6 answers") == 1);
  // k of 5 members say 1: variance k (5 - k) / 25, of which some are 0.16 and 0.24, the rest 0
  for (const std::string& line : lines_of(x.out, "in dispute")) {
    const std::string variance = line.substr(line.rfind(' ') + 1);
    CHECK((variance == "0.16" || variance == "0.24"));
  }
  CHECK_FALSE(lines_of(x.out, "in dispute").empty());
  CHECK(pairs_in(folder / "x").size() == 7);
  CHECK(labelled_by(words, "1 2 1 1 2 1 2", 120).out == x.out);
  // the other answers: the first three questions are the same, and then others
  const std::string other = labelled_by(words, "2 1 t 1 2 1 2", 120).out;
  CHECK(other.substr(0, other.find("question 4")) == x.out.substr(0, x.out.find("question 4")));
  CHECK(from_question(other, 4) != from_question(x.out, 4));
}

TEST_CASE(
    "rlhf label --active: of every kind of dispute and world, gone on with where it was stopped") {
  Folder folder;
  const std::vector<std::string> answers = {"1 ", "2 ", "1 ", "t ", "2 ", "2 ", "1 "};
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"mfrl_5x5", "logit"}, {"token_world", "probability"}, {"frozen_lake", "label"}};
  for (const auto& world_and_kind : kinds) {
    const std::string env = world_and_kind.first;
    const std::string kind = world_and_kind.second;
    CAPTURE(env);
    const auto words = [&](const std::string& name) {
      return std::vector<std::string>{
          "--env",         env, "--num", "5",           "--repeat", "2", "--active", kind,
          "--query-batch", "2", "--out", folder / name, "--resume"};
    };
    std::string all;
    for (const std::string& answer : answers) all += answer;
    const std::string whole = labelled_by(words(env + "whole"), all).out;
    // at a refit, between two, and among those of --repeat
    for (const std::size_t cut : {2U, 3U, 4U, 6U}) {
      CAPTURE(cut);
      std::string before, after;
      for (std::size_t i = 0; i < answers.size(); ++i) (i < cut ? before : after) += answers[i];
      const std::string name = env + std::to_string(cut);
      labelled_by(words(name), before);
      const std::string out = labelled_by(words(name), after).out;
      CHECK(tests::read(folder / name) == tests::read(folder / (env + "whole")));
      // the same page comes next
      CHECK(from_question(out, static_cast<int>(cut) + 1) ==
            from_question(whole, static_cast<int>(cut) + 1));
    }
  }
}

TEST_CASE("rlhf label --active: an answer that is taken back has chosen nothing") {
  Folder folder;
  const auto run = [&](const std::string& name, const std::string& answers) {
    return labelled_by({"--env", "mfrl_5x5", "--num", "6", "--active", "logit", "--query-batch",
                        "2", "--out", folder / name},
                       answers)
        .out;
  };
  const std::string straight = run("straight", "1 2 1 2 1 2");
  // back over two refits, and over the answer that brought the first of them about
  const std::string winding = run("winding", "1 1 t t u u u 2 1 2 1 2");
  CHECK(tests::read(folder / "straight") == tests::read(folder / "winding"));
  CHECK(from_question(straight, 3) == from_question(winding, 3));
}

TEST_CASE("rlhf label --active: ties teach nothing, and the questions stay random ones") {
  Folder folder;
  // Where as many are drawn as asked, random is the order of passive labelling.
  const std::vector<std::string> words = {"--env", "mfrl_5x5", "--num", "6", "--out"};
  std::vector<std::string> passive = words;
  passive.push_back(folder / "passive");
  labelled_by(passive, "t t t t t 1");
  std::vector<std::string> active = words;
  for (const std::string word : {"--active", "logit", "--query-batch", "2", "--oversampling", "1"})
    active.insert(active.end() - 1, word);
  active.push_back(folder / "active");
  const tests::Output x = labelled_by(active, "t t t t t 1");
  CHECK(tests::read(folder / "active") == tests::read(folder / "passive"));
  CHECK(occurrences(x.out, "at random: nothing but ties in the first 2 answers") == 2);
  CHECK(occurrences(x.out, "at random: nothing but ties in the first 4 answers") == 2);
}

TEST_CASE("rlhf label --active: answers that contradict one another choose nothing") {
  Folder folder;
  // In a circle each is preferred once and passed over once: x_1 + x_2 + x_3 = 0. The fourth is a
  // tie, which adds nothing.
  const ActiveFile circle(folder, {{"1 0", "2 0"}, {"2 0", "3 0"}, {"3 0", "1 0"}, {"5 0", "4 0"}});
  std::string before = tests::read(circle.out);
  before.replace(before.rfind('}'), 1, ",\"tie\":true}");
  folder.file("out", before);
  const std::string page = circle.next("bag");
  CHECK(
      contains(page, "question 5 of 7: p0 at random: the first 4 answers contradict one another"));
  CHECK(tests::read(circle.out) == before);
}

TEST_CASE("rlhf label --active: what the features cannot tell apart chooses nothing") {
  Folder folder;
  // the same words in another order; rich counts repetitions, 3 more and 1 less
  const ActiveFile file(folder, {{"1 1 1 2 2 0", "1 2 1 2 1 0"}, {"3 1 3 0", "3 3 1 0"}});
  CHECK(contains(file.next("bag"),
                 "at random: bag cannot tell apart what was compared in the first 2 answers"));
  CHECK(contains(file.next("rich"), "in dispute between 5 reward models of the first 2 answers"));
}

TEST_CASE("rlhf label --active: what is skipped counts as asked, until the file is gone on with") {
  Folder folder;
  const std::vector<std::string> words = {
      "--num", "4", "--active", "logit", "--query-batch", "2", "--out", folder / "x", "--resume"};
  const tests::Output x = labelled_by(words, "1 s 2 1 1");
  CHECK(contains(x.out, "question 4 of 4"));
  CHECK(contains(x.out, "3 answers: the first preferred 2, the second 1, ties 0; skipped 1"));
  const tests::Output again = labelled_by(words, "t t");
  CHECK(contains(tests::one_line(again.err), "3 answers of 4 questions found"));
  CHECK(contains(again.out, "question 4 of 4"));
  CHECK(contains(again.out, "4 answers:"));
}

TEST_CASE(
    "rlhf label --active: the same two are asked about once, however often they stand there") {
  Folder folder;
  const std::string line = R"({"prompt":"p0","chosen":"1 0","rejected":"2 0"})";
  const std::string turned = R"({"prompt":"p0","chosen":"2 0","rejected":"1 0"})";
  const std::string other = R"({"prompt":"p1","chosen":"2 0","rejected":"1 0"})";
  const std::string in =
      folder.file("in", line + '\n' + turned + '\n' + line + '\n' + other + '\n');
  const tests::Output x =
      labelled_by({in, "--out", folder / "x", "--active", "logit", "--query-batch", "1"}, "1 1 1");
  CHECK(contains(x.err, "only 2 different pairs to choose from"));
  CHECK(pairs_in(folder / "x").size() == 2);
}

TEST_CASE("rlhf label --active: wrong keys, narrow terminals, Ctrl-C and the end of input") {
  Folder folder;
  const auto words = [&](const std::string& env, const std::string& name) {
    return std::vector<std::string>{"rlhf",          "label", "--env",    env,
                                    "--num",         "5",     "--active", "logit",
                                    "--query-batch", "2",     "--out",    folder / name};
  };
  for (const std::string env : {"mfrl_5x5", "token_world", "frozen_lake", "cliff_walking"}) {
    CAPTURE(env);
    const tests::Output x =
        tests::rlbook(words(env, env), {.columns = 40, .input = "1 2 bad 1 u t"});
    REQUIRE(x.code == 0);
    CHECK(tests::longest_line(x.out) <= 40);
    CHECK(contains(x.out, "no answer is 'bad'"));
    CHECK(contains(x.out, "3 answers:"));
  }
  int asked = 0;
  const tests::Output x =
      tests::rlbook(words("mfrl_5x5", "stopped"),
                    {.interrupted = [&] { return ++asked > 3; }, .input = "1 2 1 1 1"});
  CHECK(x.code == 130);
  CHECK(read_segment_pairs(tests::read(folder / "stopped"), "stopped").records.size() == 3);
}

TEST_CASE("rlhf label --active: wrong input") {
  Folder folder;
  const std::string in = folder.file("in", kPlainPairs);
  const std::string out = folder / "out";
  const auto error = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"--out", out});
    return label_error(words);
  };
  CHECK(contains(error({"--query-batch", "5"}), "--query-batch has no effect without --active"));
  CHECK(contains(error({"--oversampling", "5"}), "--oversampling has no effect without --active"));
  CHECK(contains(error({"--features", "bag"}), "--features has no effect without --active"));
  CHECK(contains(error({"--active", "logits"}), "logit"));
  CHECK(contains(error({"--active", "logit", "--features", "bug"}), "did you mean 'bag'"));
  CHECK(contains(error({"--active", "logit", "--query-batch", "0"}), "query_batch"));
  CHECK(contains(error({"--active", "logit", "--num", "10"}),
                 "chooses questions after 10 answers, and only 10 questions are asked"));
  CHECK(contains(error({"--active", "logit", "--num", "1000", "--oversampling", "5000"}),
                 "--oversampling 5000: 5e+06 pairs to choose from; at most 1000000"));
  CHECK(contains(error({in, "--active", "logit"}), "--active needs the world of these pairs"));
  CHECK(contains(error({in, "--active", "logit", "--oversampling", "3"}),
                 "--oversampling has no effect on the pairs of a file"));
  CHECK(contains(error({"--env", "grid_world:rows=40,cols=40", "--active", "logit"}),
                 "models of 1601 features"));
  CHECK(folder.names() == std::vector<std::string>{"in"});
}

TEST_CASE("rlhf label: wrong input") {
  Folder folder;
  const std::string in = folder.file("in", kPlainPairs);
  const std::string out = folder / "out";
  CHECK(contains(label_error({}), "needs --out"));
  CHECK(contains(label_error({"--out", in}), "exists already; --resume goes on with it"));
  CHECK(contains(label_error({in, "--out", in, "--force"}), "is the file that is labelled anew"));
  CHECK(contains(label_error({"--out", in, "--force", "--resume"}), "one of them"));
  CHECK(contains(label_error({"--out", "/dev/null"}), "is no regular file"));
  CHECK(contains(label_error({"--out", folder / "no/x"}), "cannot be written"));
  CHECK(contains(label_error({"--out", out, "--num", "2", "--repeat", "3"}),
                 "3 of 2 questions cannot be asked again"));
  CHECK(contains(label_error({in, "--out", out, "--policy", "x"}), "--policy has no effect"));
  CHECK(contains(label_error({"--out", out, "--prompt-key", "x"}), "where no file is read"));
  CHECK(contains(label_error({in, "--out", out, "--show-rewards"}), "needs the world"));
  CHECK(contains(label_error({in, "--out", out, "--env", "token_world"}),
                 in + ":1: 'because' is no action"));
  CHECK(contains(label_error({"--out", out, "--env", "token_wrld"}), "did you mean"));
  const std::string shown = folder.file("shown", "{\"prompt\":\"q\",\"completion\":\"a\"}\n");
  CHECK(
      contains(label_error({shown, "--out", out}), "holds demonstrations, here pairs are needed"));
  const std::string segments = folder / "segments";
  labelled_by({"--env", "mfrl_5x5", "--num", "1", "--out", segments}, "1");
  CHECK(contains(label_error({"--out", segments, "--resume"}),
                 "holds segment_pairs, here pairs are written"));
}

}  // namespace rl::apps
