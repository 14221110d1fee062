#include <doctest/doctest.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
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
  CHECK(kept > 8);
  CHECK(kept < 32);
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
                 in + ": record 1: 'because' is no action"));
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
