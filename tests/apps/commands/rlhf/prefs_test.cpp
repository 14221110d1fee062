#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/preference/annotator.hpp"
#include "algorithms/preference/dataset.hpp"
#include "algorithms/preference/response_tree.hpp"
#include "algorithms/preference/row_policy.hpp"
#include "algorithms/preference/segment_sampler.hpp"
#include "apps/rlhf/comparison_facts.hpp"
#include "apps/rlhf/language_task.hpp"
#include "apps/rlhf/preference_world.hpp"
#include "apps/world.hpp"
#include "envs/token_world.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::Folder;

/// Runs `rlbook rlhf prefs ...`, which is to succeed.
tests::Output prefs(std::vector<std::string> words) {
  words.insert(words.begin(), {"rlhf", "prefs"});
  tests::Output x = tests::rlbook(words);
  INFO(x.err);
  REQUIRE(x.code == 0);
  return x;
}

/// Ctrl-C is pressed before the program asks for it the n-th time.
tests::Output interrupted_prefs(int n, std::vector<std::string> words) {
  words.insert(words.begin(), {"rlhf", "prefs"});
  int asked = 0;
  return tests::rlbook(words, {.interrupted = [&] { return ++asked >= n; }});
}

std::string prefs_error(std::vector<std::string> words) {
  words.insert(words.begin(), {"rlhf", "prefs"});
  const tests::Output x = tests::rlbook(words);
  CHECK(x.out == "");
  CHECK(x.code == 2);
  return tests::one_line(x.err);
}

std::vector<json> json_lines(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  return lines;
}

double logistic_of(double z) { return 1 / (1 + std::exp(-z)); }

PreferenceWorld preference_world_named(const std::string& name) {
  return {name_of_world(name), make_problem(tests::registry(), name)};
}

/// The two of a pair, whichever was preferred.
std::multiset<std::string> two_of_each(const std::string& text) {
  std::multiset<std::string> found;
  for (const json& line : json_lines(text)) {
    std::string a = line["chosen"], b = line["rejected"];
    if (b < a) std::swap(a, b);
    found.insert(json::array({line["prompt"], a, b}).dump());
  }
  return found;
}

}  // namespace

// ---- generate -----------------------------------------------------------------------------------

TEST_CASE("rlhf prefs: pairs are prompt, chosen and rejected, and nothing else") {
  const std::string text = prefs({"--num", "50"}).out;
  const std::vector<json> lines = json_lines(text);
  REQUIRE(lines.size() == 50);
  for (const json& line : lines) {
    CHECK(line.size() == 3);
    CHECK(line.contains("prompt"));
    CHECK(line["chosen"] != line["rejected"]);
  }
  CHECK(write_pairs(read_pairs(text, "x").records) == text);
}

TEST_CASE("rlhf prefs: a seed makes the same bytes, and a longer sample begins with a shorter") {
  const std::string ten = prefs({"--num", "10", "--seed", "3"}).out;
  CHECK(ten == prefs({"generate", "--num", "10", "--seed", "3"}).out);
  CHECK(ten != prefs({"--num", "10", "--seed", "4"}).out);
  CHECK(prefs({"--num", "25", "--seed", "3"}).out.substr(0, ten.size()) == ten);
}

TEST_CASE("rlhf prefs: soft labels are the logistic function of kappa times what gold differs by") {
  const TokenWorld tokens({}, Rng(5).split("world"));
  const auto gold = [&](const std::string& prompt, const std::string& response) {
    std::vector<Action> words = tokens.parse_response(response);
    const bool ended = words.back() == 0;
    if (ended) words.pop_back();
    return tokens.gold(tokens.parse_prompt(prompt), words, !ended);
  };
  const auto lines = json_lines(
      prefs({"--num", "30", "--world-seed", "5", "--soft-labels", "--scores", "--rationality", "2"})
          .out);
  REQUIRE(lines.size() == 30);
  for (const json& line : lines) {
    const double better = gold(line["prompt"], line["chosen"]);
    const double worse = gold(line["prompt"], line["rejected"]);
    CHECK(line["chosen_score"].get<double>() == doctest::Approx(better));
    CHECK(line["rejected_score"].get<double>() == doctest::Approx(worse));
    CHECK(better >= worse);
    CHECK(line["label"].get<double>() == doctest::Approx(logistic_of(2 * (better - worse))));
  }
}

TEST_CASE("rlhf prefs: demonstrations are those that the language experiments start from") {
  LanguageOptions options;
  options.seed = 7;
  options.demonstrations = 12;
  const LanguageTask task = make_language_task(options);
  const std::string text =
      prefs({"--format", "demonstrations", "--num", "48", "--seed", "7", "--world-seed", "7"}).out;
  const std::vector<Demonstration> shown = read_demonstrations(text, "x").records;
  REQUIRE(shown.size() == task.demonstrations.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    CHECK(shown[i].prompt == task.world.state_text(task.demonstrations[i].states.front()));
    CHECK(shown[i].completion == PreferenceWorld::completion_text(task.demonstrations[i]));
  }
}

TEST_CASE("rlhf prefs: a better demonstrator shows what pays more, as much as its policy earns") {
  Folder folder;
  const PreferenceWorld world = preference_world_named("token_world");
  const ResponseTree& tree = *world.tree();
  const FrozenPolicy base(world.model(),
                          base_language(TokenWorld({}, Rng(0).split("world")), world.model()));
  std::vector<double> squares(tree.reward().begin(), tree.reward().end());
  for (double& reward : squares) reward *= reward;  // a response is paid once, at its end
  double last = -1e9;
  for (const double demonstrator : {0.0, 0.7, 5.0}) {
    const FrozenPolicy policy =
        demonstrator > 0 ? tree.tilted(base.rows(), 1 / demonstrator).policy : base;
    const PromptMean mean = tree.evaluate(policy.rows());
    const PromptMean square = tree.evaluate(policy.rows(), squares);
    double variance = 0;  // of the mean of 200 responses to each of 4 prompts
    for (std::size_t x = 0; x < 4; ++x)
      variance += (square.of_prompt[x] - std::pow(mean.of_prompt[x], 2)) / 200 / 16;
    const double told =
        prefs({"--format", "demonstrations", "--demonstrator", std::to_string(demonstrator),
               "--out", folder / "x", "--force", "--json"})
            .json()["mean_true_reward"];
    CHECK(std::abs(told - mean.mean) <= 4 * std::sqrt(variance));  // fails for 1 seed in 16,000
    CHECK(mean.mean - last > 8 * std::sqrt(variance));             // which tells them apart
    last = mean.mean;
  }
}

TEST_CASE("rlhf prefs: a contextual bandit is answered in the base language that it draws") {
  const PreferenceWorld world{"contextual_bandit",
                              make_problem(tests::registry(), "contextual_bandit", {.seed = 3})};
  const TokenWorld tokens(contextual_bandit(), Rng(3).split("world"));
  const EpisodeSampler sampler(world.model(), base_language(tokens, world.model()), 1);
  const tests::Output x = prefs({"--env", "contextual_bandit", "--world-seed", "3", "--format",
                                 "demonstrations", "--demonstrator", "0", "--num", "24"});
  CHECK(contains(tests::one_line(x.err), "policy: its base language"));
  const std::vector<Demonstration> shown = read_demonstrations(x.out, "x").records;
  REQUIRE(shown.size() == 24);  // 3 to each of 8 prompts
  for (std::size_t i = 0; i < shown.size(); ++i) {
    Rng rng = Rng(0).split("demonstrations").split(i / 3).split(i % 3);
    const State start = world.tree()->start(static_cast<std::int32_t>(i / 3));
    CHECK(shown[i].completion == PreferenceWorld::completion_text(sampler.sample(start, rng)));
  }
  CHECK(contains(prefs({"--env", "mfrl_3x3", "--num", "1"}).err, "the uniform policy"));
}

TEST_CASE("rlhf prefs: prompts are drawn from the start distribution") {
  std::map<std::string, int> met;
  for (const json& line : json_lines(prefs({"--format", "prompts"}).out)) {
    CHECK(line.size() == 1);
    ++met[line["prompt"].get<std::string>()];
  }
  CHECK(met.size() == 4);
  // 800 draws: 200 of each, with a standard deviation of sqrt(800 / 4 * 3 / 4) = 12.2, here 4 of it
  for (const char* prompt : {"p0", "p1", "p2", "p3"}) CHECK(std::abs(met[prompt] - 200) <= 48);
}

TEST_CASE("rlhf prefs: Ctrl-C keeps what is drawn, says what is missing, and answers 130") {
  struct Case {
    std::vector<std::string> words;
    const char* what;
    std::size_t lines;  // of a record
  };
  for (const Case& c : {Case{{"--num", "40"}, "pairs", 1},
                        Case{{"--num", "40", "--format", "labelled"}, "pairs", 2},
                        Case{{"--num", "40", "--env", "mfrl_3x3"}, "pairs", 1},
                        Case{{"--num", "40", "--format", "demonstrations"}, "demonstrations", 1},
                        Case{{"--num", "40", "--format", "prompts"}, "prompts", 1}}) {
    CAPTURE(c.words);
    const tests::Output cut = interrupted_prefs(8, c.words);  // asked before each record
    CHECK(cut.code == 130);
    CHECK(json_lines(cut.out).size() == 7 * c.lines);
    CHECK(prefs(c.words).out.starts_with(cut.out));
    CHECK(contains(tests::one_line(cut.err),
                   "warning: interrupted: 33 of 40 " + std::string(c.what) + " are missing"));
  }
  Folder folder;
  const tests::Output file = interrupted_prefs(8, {"--num", "40", "--out", folder / "x", "--json"});
  CHECK(json_lines(tests::read(folder / "x")).size() == 7);
  CHECK(file.json()["pairs"] == 7);
  CHECK(file.json()["missing"] == 33);
}

TEST_CASE("rlhf prefs: Ctrl-C while questions are chosen keeps the iterations before") {
  const std::vector<std::string> words = {"--num", "40", "--active", "logit", "--iterations", "4"};
  // Asked once before each iteration and once before each pair: 1 + 10 of the first, 1 + 20 of the
  // second, and the 40th time is in the third.
  const tests::Output cut = interrupted_prefs(40, words);
  CHECK(cut.code == 130);
  CHECK(json_lines(cut.out).size() == 20);
  CHECK(prefs(words).out.starts_with(cut.out));
  CHECK(contains(tests::one_line(cut.err), "20 of 40 pairs are missing"));
}

TEST_CASE("rlhf prefs: Ctrl-C before the first record leaves no file") {
  Folder folder;
  const tests::Output x = interrupted_prefs(1, {"--out", folder / "x"});
  CHECK(x.code == 130);
  CHECK(x.out == "");
  CHECK(x.err == "rlbook: interrupted\n");
  CHECK(folder.names().empty());
}

TEST_CASE("rlhf prefs: segments of a grid have one length; a rational annotator goes by rewards") {
  const std::string text =
      prefs({"--env", "mfrl_5x5", "--num", "60", "--fragment-length", "4", "--rationality", "1e6"})
          .out;
  const std::vector<SegmentPair> pairs = read_segment_pairs(text, "x").records;
  REQUIRE(pairs.size() == 60);
  const auto sum = [](const Segment& s) {
    return std::accumulate(s.rewards.begin(), s.rewards.end(), 0.0);
  };
  std::set<double> answers;
  for (const SegmentPair& pair : pairs) {
    CHECK(pair.first.length() == 4);
    CHECK(json::parse(pair.annotator)["annotator"] == "return");
    if (sum(pair.first) == sum(pair.second)) continue;  // then a coin decides
    CHECK(pair.preference == (sum(pair.first) > sum(pair.second) ? 1 : 0));
    answers.insert(pair.preference);
  }
  CHECK(answers == std::set<double>{0, 1});
}

TEST_CASE("rlhf prefs: the regret annotator goes by optimal advantages") {
  const std::string text =
      prefs({"--env", "mfrl_3x3", "--num", "20", "--annotator", "regret", "--soft-labels"}).out;
  const PreferenceWorld world = preference_world_named("mfrl_3x3");
  const QTable advantages = optimal_advantages(world.model(), world.problem().gamma);
  const auto regret = [&](const Segment& s) {
    double sum = 0;
    for (std::size_t t = 0; t < s.length(); ++t) sum += advantages(s.states[t], s.actions[t]);
    return sum;
  };
  const std::vector<SegmentPair> pairs = read_segment_pairs(text, "x").records;
  CHECK(pairs.size() == 20);
  for (const SegmentPair& pair : pairs)
    CHECK(pair.preference ==
          doctest::Approx(logistic_of(regret(pair.first) - regret(pair.second))));
}

TEST_CASE("rlhf prefs: texts of a grid begin in one state and lead where the segments do") {
  const PreferenceWorld world = preference_world_named("cliff_walking");
  const auto lines =
      json_lines(prefs({"--env", "cliff_walking", "--format", "pairs", "--num", "20"}).out);
  CHECK(lines.size() == 20);
  for (const json& line : lines) {
    const Segment a = world.segment_of(line["prompt"], line["chosen"]);
    const Segment b = world.segment_of(line["prompt"], line["rejected"]);
    CHECK(a.length() == 5);
    CHECK(b.length() == 5);
    CHECK(a.states.front() == b.states.front());
  }
}

TEST_CASE("rlhf prefs: absorbing segments wait where their episode has ended") {
  const std::string text =
      prefs({"--env", "mfrl_5x5_episodic", "--num", "100", "--absorbing", "--fragment-length", "6"})
          .out;
  int waited = 0;
  for (const SegmentPair& pair : read_segment_pairs(text, "x").records) {
    CHECK(pair.first.length() == 6);
    if (pair.first.terminated && pair.first.states[5] == pair.first.states[6]) ++waited;
  }
  CHECK(waited > 0);
}

TEST_CASE("rlhf prefs: without more candidates than questions active selection only orders them") {
  const auto asked = [](const char* active, const char* oversampling) {
    return prefs({"--num", "40", "--iterations", "3", "--active", active, "--oversampling",
                  oversampling})
        .out;
  };
  CHECK(asked("logit", "1") != asked("label", "1"));
  CHECK(two_of_each(asked("logit", "1")) == two_of_each(asked("label", "1")));
  CHECK(two_of_each(asked("logit", "3")) != two_of_each(asked("label", "3")));
  CHECK(asked("logit", "3") == asked("logit", "3"));
}

TEST_CASE("rlhf prefs: the summary goes to stderr where the data go to stdout") {
  const tests::Output both = prefs({"--num", "4"});
  CHECK(json_lines(both.out).size() == 4);
  CHECK(contains(tests::one_line(both.err), "policy: its base language, pairs: 4, ties: 0"));
  Folder folder;
  const tests::Output file = prefs({"--num", "4", "--out", folder / "x.jsonl", "--json"});
  CHECK(file.err == "");
  CHECK(file.json()["pairs"] == 4);
  CHECK(file.json()["written"] == folder / "x.jsonl");
  CHECK(tests::read(folder / "x.jsonl") == both.out);
}

TEST_CASE("rlhf prefs: the summary's entropy and ceiling are means over the true probabilities") {
  Folder folder;
  const json told = prefs({"--num", "25", "--out", folder / "x", "--json"}).json();
  const std::string soft = prefs({"--num", "25", "--soft-labels"}).out;
  double entropy = 0;
  double ceiling = 0;
  for (const json& line : json_lines(soft)) {
    const double p = line["label"];
    entropy -= (p * std::log(p) + (1 - p) * std::log1p(-p)) / 25;
    ceiling += p / 25;
  }
  CHECK(told["label_entropy"].get<double>() == doctest::Approx(entropy));
  CHECK(told["accuracy_ceiling"].get<double>() == doctest::Approx(ceiling));
}

// ---- convert ------------------------------------------------------------------------------------

TEST_CASE("rlhf prefs convert: pairs become segments in their world, and come back to the byte") {
  Folder folder;
  for (const std::string env : {"token_world", "mfrl_5x5"}) {
    CAPTURE(env);
    const std::string pairs = folder.file(
        "pairs", prefs({"--env", env, "--format", "pairs", "--num", "20", "--soft-labels"}).out);
    prefs({"convert", pairs, "--to", "segments", "--env", env, "--out", folder / "segments",
           "--force"});
    CHECK(prefs({"convert", folder / "segments", "--to", "pairs", "--env", env}).out ==
          tests::read(pairs));
  }
}

TEST_CASE("rlhf prefs convert: what fills up a segment after its end is no part of a text") {
  Folder folder;
  // 2 columns: right, then waiting in the terminal state
  const std::string file =
      folder.file("x", R"({"segment_1":{"states":[0,2,3,3],"actions":[2,1,0],"terminal":true},)"
                       R"("segment_2":{"states":[0,0,0,0],"actions":[4,4,4]},"label":0})"
                       "\n"
                       R"({"segment_1":{"states":[0,0],"actions":[4]},)"
                       R"("segment_2":{"states":[1,1],"actions":[4]},"preference":1})"
                       "\n");
  const tests::Output x =
      prefs({"convert", file, "--to", "pairs", "--env", "mfrl_2x2:target_terminates"});
  CHECK(x.out == "{\"prompt\":\"s1\",\"chosen\":\"2 1\",\"rejected\":\"4 4 4\"}\n");
  CHECK(contains(tests::one_line(x.err), "1 record left out: they do not begin in one state"));
}

TEST_CASE("rlhf prefs convert: conversations and implicit prompts become plain pairs") {
  Folder folder;
  const std::string file = folder.file(
      "x", R"({"chosen":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],)"
           R"("rejected":[{"role":"user","content":"Hi"},{"role":"assistant","content":"No"}]})"
           "\n"
           R"({"chosen":"two and two is four","rejected":"two and two is five","id":7})"
           "\n");
  const tests::Output x = prefs({"convert", file, "--to", "pairs"});
  CHECK(x.out ==
        "{\"prompt\":\"Hi\",\"chosen\":\"Hello\",\"rejected\":\"No\"}\n"
        "{\"prompt\":\"two and two is\",\"chosen\":\" four\",\"rejected\":\" five\"}\n");
  CHECK(contains(tests::one_line(x.err), "the key 'id' is not read; 1 lines have it"));
}

TEST_CASE("rlhf prefs convert: pairs under other keys") {
  Folder folder;
  const std::string file = folder.file("x", R"({"question":"q","good":"a","bad":"b","gap":0.5})"
                                            "\n");
  CHECK(prefs({"convert", file, "--to", "pairs", "--prompt-key", "question", "--chosen-key", "good",
               "--rejected-key", "bad", "--margin-key", "gap"})
            .out == "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"margin\":0.5}\n");
}

TEST_CASE("rlhf prefs convert: pairs are taken apart and joined again; what is lost is told") {
  Folder folder;
  const std::string file =
      folder.file("x",
                  "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"margin\":2}\n"
                  "{\"prompt\":\"q\",\"chosen\":\"c\",\"rejected\":\"d\",\"tie\":true}\n");
  const tests::Output apart = prefs({"convert", file, "--to", "labelled"});
  CHECK(apart.out ==
        "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}\n"
        "{\"prompt\":\"q\",\"completion\":\"b\",\"label\":false}\n");
  CHECK(contains(tests::one_line(apart.err), "1 record left out: they are ties"));
  CHECK(contains(tests::one_line(apart.err), "margins, scores and weights are left out; 1 record"));
  const std::string labelled = folder.file("labelled", apart.out);
  CHECK(prefs({"convert", labelled, "--to", "pairs"}).out ==
        "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}\n");
  CHECK(prefs({"convert", labelled, "--to", "demonstrations"}).out ==
        "{\"prompt\":\"q\",\"completion\":\"a\"}\n");
  CHECK(prefs({"convert", file, "--to", "demonstrations"}).out ==
        "{\"prompt\":\"q\",\"completion\":\"a\"}\n");
  CHECK(prefs({"convert", file, "--to", "prompts"}).out == "{\"prompt\":\"q\"}\n");
}

TEST_CASE("rlhf prefs convert: responses with pairs of numbers") {
  Folder folder;
  const std::string file =
      folder.file("x", R"({"q":{"responses":["a","b","c"],"pairs":[[0,1],[2,1]],"sft_target":"t"}})"
                       "\n");
  CHECK(prefs({"convert", file, "--to", "pairs"}).out ==
        "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}\n"
        "{\"prompt\":\"q\",\"chosen\":\"c\",\"rejected\":\"b\"}\n");
  CHECK(prefs({"convert", file, "--to", "demonstrations"}).out ==
        "{\"prompt\":\"q\",\"completion\":\"t\"}\n");
}

TEST_CASE("rlhf prefs convert: what is impossible says why, and what is possible") {
  Folder folder;
  const std::string shown = folder.file("shown", "{\"prompt\":\"q\",\"completion\":\"a\"}\n");
  CHECK(contains(prefs_error({"convert", shown, "--to", "pairs"}),
                 "demonstrations cannot become pairs: a demonstration is compared with nothing "
                 "(possible: demonstrations, prompts)"));
  const std::string prompts = folder.file("prompts", "{\"prompt\":\"q\"}\n");
  CHECK(contains(prefs_error({"convert", prompts, "--to", "pairs"}), "a prompt has no response"));
  const std::string texts = folder.file("texts", "{\"text\":\"q\"}\n");
  CHECK(contains(prefs_error({"convert", texts, "--to", "prompts"}),
                 "none of its records has a prompt"));
  const std::string labelled =
      folder.file("labelled", "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}\n");
  CHECK(contains(prefs_error({"convert", labelled, "--to", "segments"}), "first make pairs of it"));
  CHECK(contains(prefs_error({"convert", labelled, "--to", "pairs"}),
                 "all 1 records have no response of the other label to the same prompt"));
  const std::string ties =
      folder.file("ties", "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\",\"tie\":true}\n");
  CHECK(contains(prefs_error({"convert", ties, "--to", "labelled"}), "all 1 records are ties"));
  CHECK(contains(prefs_error({"convert", ties, "--to", "segments"}), "give --env"));
  CHECK(contains(prefs_error({"convert", ties, "--to", "segments", "--env", "token_world"}),
                 "ties:1: 'a' is no action"));
  const std::string segments =
      folder.file("segments", prefs({"--env", "frozen_lake", "--num", "2"}).out);
  CHECK(contains(prefs_error({"convert", segments, "--to", "pairs"}), "only a world can tell"));
  CHECK(contains(prefs_error({"convert", segments, "--to", "pairs", "--env", "frozen_lake"}),
                 "leads where chance has it"));
  CHECK(contains(prefs_error({"convert", segments, "--to", "pairs", "--env", "mfrl_2x2"}),
                 "segments:1: state"));
  CHECK(contains(prefs_error({"convert", ties, "--to", "lablled"}), "did you mean 'labelled'?"));
}

TEST_CASE("rlhf prefs convert: errors name the line of the file, past comments and blank lines") {
  Folder folder;
  const auto error = [&](const std::string& name) {
    return prefs_error({"convert", folder / name, "--to", "segments", "--env", "mfrl_2x2"});
  };
  folder.file("lines",
              "// people\n\n{\"prompt\":\"s1\",\"chosen\":\"2\",\"rejected\":\"1\"}\n\n"
              "{\"prompt\":\"s1\",\"chosen\":\"2\",\"rejected\":\"9\"}\n");
  CHECK(contains(error("lines"), "lines:5: '9' is no action"));
  // pairs 1 and 2 are of line 1, pair 3 of line 3
  folder.file("responses",
              "{\"s1\":{\"responses\":[\"2\",\"1\"],\"pairs\":[[0,1],[1,0]]},\n\n"
              "\"s2\":{\"responses\":[\"4\",\"x\"],\"pairs\":[[0,1]]}}\n");
  CHECK(contains(error("responses"), "responses:3: 'x' is no action"));
}

// ---- split --------------------------------------------------------------------------------------

TEST_CASE("rlhf prefs split: every record goes to one side and keeps its place") {
  Folder folder;
  const std::string file = folder.file("x", prefs({"--num", "50"}).out);
  const auto halves = [&](const std::string& seed) {
    prefs({"split", file, "--share", "0.6", "--out", folder / "a", "--held-out", folder / "b",
           "--seed", seed, "--force"});
    return std::pair(json_lines(tests::read(folder / "a")), json_lines(tests::read(folder / "b")));
  };
  const auto parts = halves("1");
  CHECK(parts.first.size() == 30);
  CHECK(parts.second.size() == 20);
  std::size_t a = 0;
  std::size_t b = 0;
  for (const json& line : json_lines(tests::read(file))) {
    const bool first = a < parts.first.size() && parts.first[a] == line;
    CHECK((first || (b < parts.second.size() && parts.second[b] == line)));
    ++(first ? a : b);
  }
  CHECK(a == 30);
  CHECK(halves("1") == parts);
  CHECK(halves("2") != parts);
}

TEST_CASE("rlhf prefs split: --cap takes the newest, alone or before a split") {
  Folder folder;
  const std::string text = prefs({"--num", "10"}).out;
  const std::string file = folder.file("x", text);
  prefs({"split", file, "--cap", "4", "--out", folder / "a"});
  const std::string newest = tests::read(folder / "a");
  CHECK(json_lines(newest).size() == 4);
  CHECK(text.substr(text.size() - newest.size()) == newest);
  const json told = prefs({"split", file, "--cap", "4", "--share", "0.5", "--out", folder / "b",
                           "--held-out", folder / "c", "--json"})
                        .json();
  CHECK(told["read"] == 10);
  CHECK(told["training"] == 2);
  CHECK(told["held_out"] == 2);
}

// ---- info ---------------------------------------------------------------------------------------

TEST_CASE("rlhf prefs info: counts by hand") {
  Folder folder;
  const auto pair = [](const char* prompt, const char* a, const char* b, const char* more = "") {
    return std::string("{\"prompt\":\"") + prompt + "\",\"chosen\":\"" + a + "\",\"rejected\":\"" +
           b + "\"" + more + "}\n";
  };
  // p: {a, b, c d} are joined, {e, f} stand apart; q: one group
  const std::string file = folder.file(
      "x", pair("p", "a", "b") + pair("p", "b", "a") + pair("p", "a", "b") +
               pair("p", "b", "c d", ",\"label\":0.7") + pair("p", "e", "f") +
               pair("q", "a", "b", ",\"tie\":true") + pair("q", "g", "g", ",\"tie\":true"));
  const tests::Output x = prefs({"info", file, "--json"});
  const json info = x.json();
  CHECK(info["format"] == "pairs");
  CHECK(info["records"] == 7);
  CHECK(info["prompts"] == 2);
  CHECK(info["responses"] == 8);
  CHECK(info["ties"] == 2);
  CHECK(info["soft_labels"] == 1);
  CHECK(info["same_response_twice"] == 1);
  CHECK(info["duplicates"] == 1);
  CHECK(info["contradictions"] == 1);
  CHECK(info["prompts_in_groups"] == 2);
  CHECK(info["groups"] == 4);
  CHECK(info["words_of_rejected"] == json({{"least", 1}, {"most", 2}, {"mean", 8.0 / 7}}));
  CHECK(contains(tests::one_line(x.err), "the responses to 2 prompts fall into groups"));
}

TEST_CASE("rlhf prefs info: nothing but ties is told, and so is one label alone") {
  Folder folder;
  const std::string ties = folder.file("ties", prefs({"--num", "9", "--tie-threshold", "1e6"}).out);
  const tests::Output x = prefs({"info", ties});
  CHECK(contains(x.err, "all are ties"));
  CHECK(contains(tests::one_line(x.out), "ties 9"));
  const std::string good =
      folder.file("good", "{\"prompt\":\"q\",\"completion\":\"a\",\"label\":true}\n");
  CHECK(contains(prefs({"info", good}).err, "all have one label"));
}

TEST_CASE("rlhf prefs info: in its world labels are held against the true rewards") {
  Folder folder;
  // s1 of the 2x2 grid: down is plain (0), right is forbidden (-1)
  const std::string file = folder.file("x",
                                       "{\"prompt\":\"s1\",\"chosen\":\"2\",\"rejected\":\"1\"}\n"
                                       "{\"prompt\":\"s1\",\"chosen\":\"1\",\"rejected\":\"2\"}\n"
                                       "{\"prompt\":\"s1\",\"chosen\":\"2\",\"rejected\":\"4\"}\n"
                                       "{\"prompt\":\"s9\",\"chosen\":\"2\",\"rejected\":\"4\"}\n");
  const tests::Output x = prefs({"info", file, "--env", "mfrl_2x2", "--json"});
  CHECK(x.json()["decided_by_rewards"] == 2);
  CHECK(x.json()["agree_with_rewards"] == 0.5);
  CHECK(x.json()["not_of_the_world"] == 1);
  CHECK(contains(tests::one_line(x.err),
                 "1 record not of mfrl_2x2; " + file + ":4: 's9' is no state"));
}

TEST_CASE("rlhf prefs info: people's segments are paid by a world without chance") {
  Folder folder;
  const std::string file =
      folder.file("x", R"({"segment_1":{"states":[0,2],"actions":[2]},)"
                       R"("segment_2":{"states":[0,1],"actions":[1]},"preference":1})"
                       "\n");
  const json info = prefs({"info", file, "--env", "mfrl_2x2", "--json"}).json();
  CHECK(info["segments_with_rewards"] == 0);
  CHECK(info["pairs_from_one_state"] == 1);
  CHECK(info["agree_with_rewards"] == 1);
}

TEST_CASE("comparison facts: groups join when any two of their responses meet") {
  std::vector<Comparison> chain;
  for (int i = 0; i < 50; ++i)
    chain.push_back({"p", std::to_string(2 * i), std::to_string(2 * i + 1), 1});
  CHECK(comparison_facts(chain).groups == 50);
  for (int i = 0; i < 49; ++i)
    chain.push_back({"p", std::to_string(2 * i + 1), std::to_string(2 * i + 2), 0});
  const ComparisonFacts facts = comparison_facts(chain);
  CHECK(facts.groups == 1);
  CHECK(facts.disconnected == 0);
  CHECK(facts.responses == 100);
}

// ---- wrong input --------------------------------------------------------------------------------

TEST_CASE("rlhf prefs: a file is not its own output, by whatever name and with --force") {
  Folder folder;
  const std::string text = prefs({"--num", "6"}).out;
  const std::string file = folder.file("x", text);
  std::filesystem::create_symlink(file, folder / "link");
  const auto refused = [&](const std::vector<std::string>& words, const std::string& flag) {
    return contains(prefs_error(words), flag + " is the file that is read; name another");
  };
  CHECK(refused({"convert", file, "--to", "prompts", "--out", folder / "./x", "--force"}, "--out"));
  CHECK(refused({"convert", folder / "link", "--to", "prompts", "--out", file}, "--out"));
  CHECK(refused({"split", file, "--cap", "2", "--out", folder / "link", "--force"}, "--out"));
  CHECK(
      refused({"split", file, "--out", folder / "a", "--held-out", file, "--force"}, "--held-out"));
  CHECK(tests::read(file) == text);
  CHECK(folder.names() == std::vector<std::string>{"link", "x"});
}

TEST_CASE("rlhf prefs: --start counts where episodes begin there, and is refused where none does") {
  const std::string refused =
      "--start has no effect on segments that begin in any state; --segment-start model";
  CHECK(contains(prefs_error({"--env", "mfrl_5x5", "--start", "s7"}), refused));
  CHECK(
      contains(prefs_error({"--env", "mfrl_5x5", "--format", "pairs", "--start", "s7"}), refused));
  CHECK(contains(prefs_error({"--env", "mfrl_5x5", "--format", "demonstrations", "--start", "s7"}),
                 refused));
  CHECK(contains(prefs_error({"--format", "segments", "--fragment-length", "2", "--start", "p1"}),
                 refused));
  const std::string text =
      prefs({"--env", "mfrl_5x5", "--start", "s7", "--segment-start", "model", "--num", "9"}).out;
  for (const SegmentPair& pair : read_segment_pairs(text, "x").records) {
    CHECK(pair.first.states.front() == 6);
    CHECK(pair.second.states.front() == 6);
  }
  for (const json& line : json_lines(prefs({"--start", "p1", "--num", "9"}).out))
    CHECK(line["prompt"] == "p1");
}

TEST_CASE("rlhf prefs: what would have no effect is refused") {
  CHECK(contains(prefs_error({"--format", "prompts", "--scores"}),
                 "--scores has no effect on --format prompts"));
  CHECK(contains(prefs_error({"--format", "labelled", "--soft-labels"}),
                 "--soft-labels has no effect on --format labelled"));
  CHECK(contains(prefs_error({"--oversampling", "3"}), "no effect without --active"));
  CHECK(contains(prefs_error({"--fragment-length", "3"}), "which are whole responses"));
  CHECK(contains(prefs_error({"--format", "demonstrations", "--segment-start", "model"}),
                 "--segment-start has no effect on texts of token_world"));
  CHECK(contains(prefs_error({"--env", "mfrl_5x5", "--format", "pairs", "--absorbing"}),
                 "--absorbing has no effect on --format pairs"));
  CHECK(contains(
      prefs_error({"--env", "mfrl_5x5", "--format", "demonstrations", "--demonstrator", "2"}),
      "cannot be listed"));
  CHECK(contains(prefs_error({"--force"}), "--force has no effect without --out"));
  CHECK(contains(prefs_error({"--json"}), "give --out FILE"));
  CHECK(contains(prefs_error({"split", "x", "--num", "3"}), "--num has no effect on split"));
  Folder folder;
  const std::string file = folder.file("x", prefs({"--num", "5"}).out);
  CHECK(contains(prefs_error({"info", file, "--gamma", "0.5"}), "no effect without --env"));
  CHECK(contains(prefs_error({"split", file, "--out", folder / "a", "--share", "0.5"}),
                 "no effect without --held-out"));
}

TEST_CASE("rlhf prefs: errors name what is wrong, its place and the nearest name") {
  CHECK(contains(prefs_error({"generat"}), "did you mean 'generate'?"));
  CHECK(contains(prefs_error({"--format", "pair"}), "did you mean 'pairs'?"));
  CHECK(contains(prefs_error({"--annotator", "regert"}), "did you mean 'regret'?"));
  CHECK(contains(prefs_error({"--num", "0"}), "--num: 0 is not in 1.."));
  CHECK(contains(prefs_error({"--flip-prob", "0.5"}), "'flip_prob': 0.5 is not in [0,"));
  CHECK(contains(prefs_error({"--env", "token_wrld"}), "did you mean 'token_world'?"));
  CHECK(contains(prefs_error({"--env", "mountain_car"}), "needs a list of states"));
  CHECK(contains(prefs_error({"--env", "frozen_lake", "--format", "pairs"}),
                 "leads where chance has it"));
  CHECK(contains(prefs_error({"--env", "frozen_lake", "--fragment-length", "1000"}),
                 "none of 10000 episodes lasted 1000 steps"));
  CHECK(contains(prefs_error({"--env", "token_world:vocabulary=2,max_length=1,repeat=0", "--policy",
                              "nowhere"}),
                 "nowhere: cannot be read"));
  CHECK(contains(prefs_error({"--active", "logits"}), "did you mean 'logit'?"));
  CHECK(contains(prefs_error({"--active", "logit", "--features", "bags"}), "did you mean 'bag'?"));
  CHECK(contains(prefs_error({"convert"}), "needs a file"));
  CHECK(contains(prefs_error({"info", "nowhere"}), "nowhere: cannot be read"));
  Folder folder;
  const std::string broken = folder.file(
      "broken", "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"}\n{\"prompt\":1}\n");
  CHECK(contains(prefs_error({"info", broken}), broken + ":2:"));
  CHECK(contains(prefs_error({"convert", broken}), "needs --to"));
  CHECK(contains(prefs_error({"split", broken, "--out", folder / "a"}), "needs --held-out FILE"));
  CHECK(
      contains(prefs_error({"split", broken, "--out", folder / "a", "--held-out", folder / "./a"}),
               "are both"));
  CHECK(contains(prefs_error({"--out", broken}), "exists already; --force replaces it"));
  CHECK(folder.names() == std::vector<std::string>{"broken"});
}

}  // namespace rl::apps
