#include "algorithms/preference/dataset.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rl/random.hpp"
#include "rl/segment.hpp"
#include "rl/types.hpp"
#include "tests/errors.hpp"

namespace rl {
namespace {

using tests::contains;
using tests::error_of;

PreferencePair plain_pair(std::string prompt, std::string chosen, std::string rejected) {
  return {
      .prompt = std::move(prompt), .chosen = std::move(chosen), .rejected = std::move(rejected)};
}

PreferencePair one_pair(const std::string& line) {
  const DataSet<PreferencePair> data = read_pairs(line, "p.jsonl");
  REQUIRE(data.records.size() == 1);
  return data.records.front();
}

std::string pairs_error(const std::string& text, const PairKeys& keys = {}) {
  return error_of([&] { read_pairs(text, "p.jsonl", keys); });
}

std::string segments_error(const std::string& text) {
  return error_of([&] { read_segment_pairs(text, "s.jsonl"); });
}

/// {"segment_1": first, "segment_2": one step, rest}
std::string segment_line(const std::string& first, const std::string& rest) {
  return fmt::format("{{\"segment_1\":{},\"segment_2\":{{\"states\":[0,2],\"actions\":[1]}},{}}}",
                     first, rest);
}

// ---- random records -----------------------------------------------------------------------------

/// Up to 12 code points of every kind: control characters, quotes, and all planes of Unicode.
std::string random_text(Rng& rng) {
  std::string text;
  for (std::int32_t n = rng.index(13); n > 0; --n) {
    constexpr std::int32_t kEnds[] = {0x20, 0x80, 0x800, 0xd800, 0x110000};
    std::int32_t c = rng.index(kEnds[rng.index(5)]);
    if (rng.flip(0.2))
      c = static_cast<std::int32_t>(std::u32string_view(U"\"\\\n\t /\x7f ")[index(rng.index(8))]);
    if (c >= 0xd800 && c < 0xe000) c = 0x2028;  // halves of pairs are no characters
    const auto add = [&](std::int32_t byte) { text += static_cast<char>(byte); };
    if (c < 0x80) {
      add(c);
    } else if (c < 0x800) {
      add(0xc0 | c >> 6);
      add(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      add(0xe0 | c >> 12);
      add(0x80 | (c >> 6 & 0x3f));
      add(0x80 | (c & 0x3f));
    } else {
      add(0xf0 | c >> 18);
      add(0x80 | (c >> 12 & 0x3f));
      add(0x80 | (c >> 6 & 0x3f));
      add(0x80 | (c & 0x3f));
    }
  }
  return text;
}

/// Any finite number: small, a rounded one, an end of the range, or 64 random bits.
double random_number(Rng& rng) {
  using Limits = std::numeric_limits<double>;
  constexpr double kEnds[] = {0.0,
                              -0.0,
                              Limits::max(),
                              Limits::lowest(),
                              1e16,
                              Limits::min(),
                              Limits::epsilon(),
                              Limits::denorm_min(),
                              0.1,
                              9007199254740993.0};
  switch (rng.index(4)) {
    case 0:
      return rng.index(10);
    case 1:
      return rng.normal();
    case 2:
      return kEnds[rng.index(10)];
    default:
      break;
  }
  const double x = std::bit_cast<double>(rng.bits());
  return x - x == 0 ? x : 0.25;
}

std::optional<double> maybe(Rng& rng, double x) {
  return rng.flip(0.5) ? std::optional<double>(x) : std::nullopt;
}

PreferencePair random_pair(Rng& rng) {
  PreferencePair made = plain_pair(random_text(rng), random_text(rng), random_text(rng));
  made.margin = maybe(rng, random_number(rng));
  made.chosen_score = maybe(rng, random_number(rng));
  made.rejected_score = maybe(rng, random_number(rng));
  made.weight = maybe(rng, std::abs(random_number(rng)));
  made.tie = made.chosen == made.rejected || rng.flip(0.2);
  made.label = maybe(rng, made.tie ? 0.5 : rng.uniform());
  return made;
}

Segment any_segment(Rng& rng, std::int32_t L) {
  const auto any = [&] { return rng.index(rng.flip(0.2) ? 2147483647 : 9); };
  Segment segment;
  for (std::int32_t t = 0; t <= L; ++t) segment.states.push_back(any());
  for (std::int32_t t = 0; t < L; ++t) segment.actions.push_back(any());
  if (rng.flip(0.5))
    for (std::int32_t t = 0; t < L; ++t) segment.rewards.push_back(random_number(rng));
  segment.terminated = rng.flip(0.5);
  return segment;
}

/// 0.0 and -0.0 are equal but not the same.
bool same_optional_bits(const std::optional<double>& x, const std::optional<double>& y) {
  if (!x || !y) return x.has_value() == y.has_value();
  return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
}

}  // namespace

// ---- pairs --------------------------------------------------------------------------------------

TEST_CASE("preference data: a pair is read with all its fields") {
  const PreferencePair read = one_pair(
      R"({"prompt":"p0","chosen":"3 1 0","rejected":"2 2 0","margin":0.5,"chosen_score":3,)"
      R"("rejected_score":-1.25,"label":0.9,"weight":2,"tie":false})");
  PreferencePair expected = plain_pair("p0", "3 1 0", "2 2 0");
  expected.margin = 0.5;
  expected.chosen_score = 3;
  expected.rejected_score = -1.25;
  expected.label = 0.9;
  expected.weight = 2;
  CHECK(read == expected);
}

TEST_CASE("preference data: a pair without optional fields has the keys that trainers read") {
  const std::vector<PreferencePair> pairs = {plain_pair("p0", "3 1 0", "2 2 0")};
  CHECK(write_pairs(pairs) == "{\"prompt\":\"p0\",\"chosen\":\"3 1 0\",\"rejected\":\"2 2 0\"}\n");
}

TEST_CASE("preference data: optional keys stand in their order and null is absent") {
  const PreferencePair read =
      one_pair(R"({"tie":true,"weight":0,"label":0.5,"chosen_score":null,"rejected_score":1e-300,)"
               R"("margin":-0.0,"rejected":"a","chosen":"a","prompt":""})");
  CHECK_FALSE(read.chosen_score.has_value());
  CHECK(write_pairs(std::vector{read}) ==
        R"({"prompt":"","chosen":"a","rejected":"a","margin":-0.0,"rejected_score":1e-300,)"
        R"("label":0.5,"weight":0,"tie":true})"
        "\n");
}

TEST_CASE("preference data: an implicit prompt ends before a space and cuts no word") {
  const auto split_of = [](const std::string& chosen, const std::string& rejected) {
    return one_pair("{\"chosen\":\"" + chosen + "\",\"rejected\":\"" + rejected + "\"}");
  };
  CHECK(split_of("the sky is blue", "the sky is black") ==
        plain_pair("the sky is", " blue", " black"));
  CHECK(split_of("the sky", "the skies are") == plain_pair("the", " sky", " skies are"));
  CHECK(split_of("3 1 0", "2 2 0") == plain_pair("", "3 1 0", "2 2 0"));
  CHECK(split_of("a b", "a b c") == plain_pair("a", " b", " b c"));
  CHECK(split_of("a", "a b") == plain_pair("", "a", "a b"));
  CHECK(split_of("Q: x\\n\\nA: yes", "Q: x\\n\\nA: no") == plain_pair("Q: x\n\nA:", " yes", " no"));
  CHECK(split_of("", "a b") == plain_pair("", "", "a b"));
  CHECK(split_of("a x", "a\\ty") == plain_pair("a", " x", "\ty"));
  // An explicit prompt is kept as it is, whatever the completions share.
  CHECK(one_pair(R"({"prompt":"p","chosen":"a b","rejected":"a c"})") ==
        plain_pair("p", "a b", "a c"));
}

TEST_CASE("preference data: conversations become their contents, one a line") {
  const std::string system = R"({"role":"system","content":"short"})";
  const std::string user = R"({"role":"user","content":"sky?"})";
  const std::string blue = R"({"role":"assistant","content":"blue"})";
  const std::string black = R"({"role":"assistant","content":"black"})";
  const auto line = [&](const std::string& prompt, const std::string& before) {
    return "{" + prompt + "\"chosen\":[" + before + blue + "],\"rejected\":[" + before + black +
           "]}";
  };
  const std::string both = system + "," + user;
  const PreferencePair expected = plain_pair("short\nsky?", "blue", "black");
  CHECK(one_pair(line("\"prompt\":[" + both + "],", "")) == expected);
  CHECK(one_pair(line("", both + ",")) == expected);
  CHECK(one_pair(line("\"prompt\":\"sky?\",", both + ",")) == expected);  // repeated: once
  CHECK(one_pair(line("\"prompt\":\"short\\nsky?\",", "")) == expected);
  CHECK(
      contains(pairs_error(line("\"prompt\":\"sea?\",", both + ",")),
               "p.jsonl:1: both conversations begin with 'sky?', which is not the prompt 'sea?'"));
  // A message is the same only if role and content are; the last one is a completion.
  CHECK(one_pair("{\"chosen\":[" + user + "," + blue + "],\"rejected\":[" + user + "]}") ==
        plain_pair("", "sky?\nblue", "sky?"));
  CHECK(contains(pairs_error("{\"chosen\":[" + blue + "],\"rejected\":\"black\"}"),
                 "one is a string, one a list of messages"));
  CHECK(contains(pairs_error(R"({"prompt":[],"chosen":"a","rejected":"b"})"),
                 "p.jsonl:1: 'prompt' is [], not a string or a list of {\"role\""));
  CHECK(pairs_error(R"({"chosen":[{"role":"user","content":3}],"rejected":"b"})") ==
        "p.jsonl:1: chosen[0]: 'content' is 3, not a string");
}

TEST_CASE("preference data: keys go by other names where asked") {
  const PairKeys keys{
      .prompt_key = "question", .chosen_key = "good", .rejected_key = "bad", .margin_key = "gap"};
  const std::string text = "{\"question\":\"q\",\"good\":\"a\",\"bad\":\"b\",\"gap\":2}\n";
  const DataSet<PreferencePair> data = read_pairs(text, "p.jsonl", keys);
  PreferencePair expected = plain_pair("q", "a", "b");
  expected.margin = 2;
  REQUIRE(data.records.size() == 1);
  CHECK(data.records[0] == expected);
  CHECK(data.ignored.empty());
  // A name that was asked for and is nowhere is a slip, not an implicit prompt or an absent margin.
  CHECK(contains(pairs_error("{\"prompt\":\"q\",\"good\":\"a\",\"bad\":\"b\",\"gap\":2}", keys),
                 "p.jsonl:1: key 'question' is missing"));
  CHECK(pairs_error("{\"question\":\"q\",\"good\":\"a\",\"bad\":\"b\"}", keys) ==
        "p.jsonl: no line has the margin's key 'gap'");
  CHECK(pairs_error(text, {.prompt_key = "question", .chosen_key = "question"}) ==
        "the key 'question' is that of the prompt and of the chosen");
  CHECK(contains(pairs_error(text, {.margin_key = "label"}), "'label' is that of the label"));
  CHECK(contains(pairs_error(text, {.margin_key = ""}), "the key of the margin is empty"));
}

TEST_CASE("preference data: pairs that contradict themselves are refused") {
  const auto with = [](const std::string& rest) {
    return pairs_error("\n{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\"," + rest + "}\n");
  };
  CHECK(pairs_error(R"({"prompt":"p","chosen":"a","rejected":"a"})") ==
        "p.jsonl:1: chosen and rejected are both 'a', but it is no tie (\"tie\": true)");
  CHECK(with("\"label\":1.5") == "p.jsonl:2: 'label' is 1.5, not a probability in [0, 1]");
  CHECK(contains(with("\"label\":-0.1"), "'label' is -0.1"));
  CHECK(with("\"label\":true") == "p.jsonl:2: 'label' is true, not a number");
  CHECK(with("\"weight\":-1") == "p.jsonl:2: 'weight' is -1, but no weight is negative");
  CHECK(contains(with("\"weight\":1e999"), "p.jsonl:2:57: number overflow"));  // no double
  CHECK(contains(with("\"margin\":NaN"), "p.jsonl:2:"));
  CHECK(with("\"margin\":\"2\"") == "p.jsonl:2: 'margin' is \"2\", not a number");
  CHECK(with("\"tie\":1") == "p.jsonl:2: 'tie' is 1, not true or false");
  CHECK(with("\"tie\":true,\"label\":0.75") ==
        "p.jsonl:2: is a tie, but its label is 0.75, not 0.5");
}

TEST_CASE("preference data: writers refuse what readers refuse") {
  const auto refused = [](const PreferencePair& bad) {
    return error_of([&] { write_pairs(std::vector{plain_pair("p", "a", "b"), bad}); });
  };
  PreferencePair bad = plain_pair("p", "a", "b");
  bad.margin = std::numeric_limits<double>::infinity();
  CHECK(refused(bad) == "pair 1: 'margin' is inf, not finite");
  bad.margin = {};
  bad.label = 2;
  CHECK(contains(refused(bad), "pair 1: 'label' is 2"));
  CHECK(contains(refused(plain_pair("p", "a", "a")), "pair 1: chosen and rejected are both 'a'"));
  CHECK(refused(plain_pair("p", "a", "\xff")) == "pair 1: 'rejected' is not UTF-8 text");
  CHECK(error_of([] { write_prompts(std::vector<std::string>{"\xc3"}); }) ==
        "prompt 0: 'prompt' is not UTF-8 text");
}

// ---- lines --------------------------------------------------------------------------------------

TEST_CASE("preference data: what is no line of JSON is refused with its place") {
  const std::string good = "{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\"}\n";
  CHECK(pairs_error("") == "p.jsonl: is empty");
  CHECK(pairs_error(" \n\n") == "p.jsonl: is empty");
  CHECK(pairs_error("// nothing\n") == "p.jsonl: holds no record");
  CHECK(contains(pairs_error(std::string("{\0}", 3)), "p.jsonl: is not a text file"));
  CHECK(contains(pairs_error("\xff\xfe{}"), "p.jsonl:1:1: "));
  CHECK(contains(pairs_error(good + "\n" + good + "{\"prompt\":\"p\",\"cho"), "p.jsonl:4:18: "));
  CHECK(contains(pairs_error(good + "{\"prompt\":\"p\",\"prompt\":\"q\"}"),
                 "p.jsonl:2:22: key 'prompt' stands twice"));
  CHECK(contains(pairs_error(good.substr(0, good.size() - 1) + good), "p.jsonl:1:"));
  CHECK(pairs_error(good + "[1, 2]") == "p.jsonl:2: found [1,2] instead of an object");
  CHECK(pairs_error(good + "\"p\"") == "p.jsonl:2: found \"p\" instead of an object");
  CHECK(contains(pairs_error(good + std::string(200, '[')), "p.jsonl:2:102: nested deeper"));
}

TEST_CASE("preference data: blank lines, comments, and line ends of other systems are no records") {
  const DataSet<PreferencePair> data = read_pairs(
      "\n  // two pairs\n{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\"}\r\n\r\n \t\n"
      "{\"prompt\":\"q\",\"chosen\":\"a\",\"rejected\":\"b\"} // last",
      "p.jsonl");
  REQUIRE(data.records.size() == 2);
  CHECK(data.records[1] == plain_pair("q", "a", "b"));
}

TEST_CASE("preference data: a missing key is named with the nearest one that stands there") {
  CHECK(pairs_error(R"({"prompt":"p","choosen":"a","rejected":"b"})") ==
        "p.jsonl:1: key 'chosen' is missing; is it 'choosen'? (keys: choosen, prompt, rejected)");
  CHECK(pairs_error(R"({"prompt":"p","chosen":"a"})") ==
        "p.jsonl:1: key 'rejected' is missing (keys: chosen, prompt)");
  CHECK(pairs_error(R"({"prompt":"p","chosen":null,"rejected":"b"})") ==
        "p.jsonl:1: 'chosen' is null");
  // Without a prompt the pair would have an implicit one: a slip must not pass for that.
  CHECK(contains(pairs_error(R"({"promt":"p","chosen":"a","rejected":"b"})"),
                 "p.jsonl:1: key 'prompt' is missing; is it 'promt'?"));
  CHECK(one_pair(R"({"prompt_id":"7","chosen":"a","rejected":"b"})") == plain_pair("", "a", "b"));
  CHECK(contains(error_of([] { read_labelled("{\"prompt\":\"p\",\"completion\":\"c\"}", "k"); }),
                 "k:1: key 'label' is missing"));
  CHECK(contains(error_of([] { read_demonstrations("{\"prompt\":\"p\"}", "d"); }),
                 "d:1: key 'completion' is missing"));
  CHECK(contains(error_of([] { read_prompts("{\"prmopt\":\"p\"}", "d"); }), "is it 'prmopt'?"));
}

TEST_CASE("preference data: unknown keys are ignored and counted, a line once") {
  const DataSet<PreferencePair> data =
      read_pairs(R"({"prompt":"p","chosen":"a","rejected":"b","source":1,"id":{"x":[]}})"
                 "\n"
                 R"({"prompt":"p","chosen":"a","rejected":"b","source":2})"
                 "\n"
                 R"({"prompt":[{"role":"user","content":"p","name":"n"},)"
                 R"({"role":"user","content":"q","name":1}],)"
                 R"("chosen":"a","rejected":"b"})",
                 "p.jsonl");
  CHECK(data.records.size() == 3);
  CHECK(data.ignored ==
        std::map<std::string, std::size_t>{{"id", 1}, {"prompt/name", 1}, {"source", 2}});
  const DataSet<SegmentPair> segments = read_segment_pairs(
      segment_line(R"({"states":[0,1],"actions":[0],"infos":{}})", "\"preference\":1"), "s");
  CHECK(segments.ignored == std::map<std::string, std::size_t>{{"segment_1/infos", 1}});
}

// ---- other formats ------------------------------------------------------------------------------

TEST_CASE("preference data: labelled completions, demonstrations and prompts") {
  const std::string labelled =
      "{\"prompt\":\"p\",\"completion\":\"c\",\"label\":true}\n"
      "{\"prompt\":\"p\",\"completion\":\"d\",\"label\":false}\n";
  const auto read = read_labelled(labelled, "k").records;
  CHECK(read == std::vector<LabelledCompletion>{{"p", "c", true}, {"p", "d", false}});
  CHECK(write_labelled(read) == labelled);
  CHECK(error_of([] {
          read_labelled("{\"prompt\":\"p\",\"completion\":\"c\",\"label\":1}", "k");
        }) == "k:1: 'label' is 1, not true or false");

  const std::string demonstrations = "{\"prompt\":\"p\",\"completion\":\"c\"}\n";
  const auto shown = read_demonstrations(demonstrations, "d").records;
  CHECK(shown == std::vector<Demonstration>{{"p", "c"}});
  CHECK(write_demonstrations(shown) == demonstrations);
  const auto texts = read_demonstrations("{\"text\":\"c\"}\n", "d").records;
  CHECK(texts == std::vector<Demonstration>{{"", "c"}});
  CHECK(write_demonstrations(texts) == "{\"text\":\"c\"}\n");
  // Trainers want the same columns in every line.
  CHECK(write_demonstrations(std::vector<Demonstration>{{"", "c"}, {"p", "d"}}) ==
        "{\"prompt\":\"\",\"completion\":\"c\"}\n{\"prompt\":\"p\",\"completion\":\"d\"}\n");

  const auto prompts =
      read_prompts("{\"prompt\":\"p\"}\n{\"prompt\":[{\"role\":\"user\",\"content\":\"q\"}]}", "q");
  CHECK(prompts.records == std::vector<std::string>{"p", "q"});
  CHECK(write_prompts(prompts.records) == "{\"prompt\":\"p\"}\n{\"prompt\":\"q\"}\n");
}

TEST_CASE("preference data: segments are read, and CPL's label is that of the second one") {
  const std::string first =
      R"({"states":[5,6,7],"actions":[1,0],"rewards":[0.5,-1],"terminal":true})";
  const std::string second = R"({"states":[5,4,3],"actions":[2,2]})";
  const auto line = [&](const std::string& rest) {
    return "{\"segment_1\":" + first + ",\"segment_2\":" + second + "," + rest + "}\n";
  };
  const std::string text = line(R"("preference":0.75,"annotator":{"kind":"return","seed":3})");
  const auto read = read_segment_pairs(text, "s").records;
  REQUIRE(read.size() == 1);
  CHECK(read[0].first == Segment{{5, 6, 7}, {1, 0}, {0.5, -1}, true});
  CHECK(read[0].second == Segment{{5, 4, 3}, {2, 2}});
  CHECK(read[0].preference == 0.75);
  CHECK(read[0].annotator == R"({"kind":"return","seed":3})");
  CHECK(write_segment_pairs(read) == text);

  const auto preference = [&](const std::string& rest) {
    return read_segment_pairs(line(rest), "s").records.front().preference;
  };
  CHECK(preference("\"label\":1") == 0);
  CHECK(preference("\"label\":0") == 1);
  CHECK(preference("\"label\":0.5") == 0.5);
  CHECK(contains(segments_error(line("\"label\":1,\"preference\":0")), "both stand here"));
  CHECK(segments_error(line("\"label\":2")) ==
        "s.jsonl:1: 'label' is 2, not a probability in [0, 1]");
  CHECK(contains(segments_error(line("\"preference\":-1e-9")), "'preference' is -1e-09"));
  CHECK(contains(segments_error(line("\"preferred\":1")),
                 "s.jsonl:1: key 'preference' is missing; is it 'preferred'?"));
}

TEST_CASE("preference data: segments that do not fit together are refused") {
  const auto refused = [](const std::string& first) {
    return segments_error(segment_line(first, "\"preference\":1"));
  };
  const std::string place = "s.jsonl:1: segment_1: ";
  CHECK(refused("{\"states\":[0,1],\"actions\":[0]}") == "nothing was thrown");
  CHECK(refused("{\"states\":[0],\"actions\":[]}") == place + "has no actions");
  CHECK(refused("{\"states\":[0],\"actions\":[0]}") ==
        place + "1 states for 1 actions; L actions lead through L + 1 states");
  CHECK(refused("{\"states\":[0,1],\"actions\":[0],\"rewards\":[1,2]}") ==
        place + "2 rewards for 1 actions; each action has one, or none has");
  CHECK(contains(refused("{\"states\":[0,1],\"actions\":[0],\"rewards\":[]}"),
                 place + "'rewards' is empty"));
  CHECK(refused("{\"states\":[0,-1],\"actions\":[0]}") ==
        place + "'states[1]' is -1, not a whole number from 0 to 2147483647");
  CHECK(contains(refused("{\"states\":[0,2147483648],\"actions\":[0]}"), "is 2147483648, not"));
  CHECK(contains(refused("{\"states\":[0,1.5],\"actions\":[0]}"), "'states[1]' is 1.5, not"));
  CHECK(contains(refused("{\"states\":[0,1],\"actions\":[\"up\"]}"), "'actions[0]' is \"up\""));
  CHECK(contains(refused("{\"states\":[0,1],\"actions\":0}"), "'actions' is 0, not a list"));
  CHECK(contains(refused("{\"states\":[0,1]}"), place + "key 'actions' is missing"));
  CHECK(contains(refused("7"), "s.jsonl:1: 'segment_1' is 7, not an object"));
  CHECK(contains(refused("{\"states\":[0,1],\"actions\":[0],\"terminal\":0}"),
                 place + "'terminal' is 0, not true or false"));

  SegmentPair bad{{{0, 1}, {0}}, {{0, 1}, {-2}}, 0.5};
  CHECK(error_of([&] { write_segment_pairs(std::vector{bad}); }) ==
        "segment pair 0: segment_2: actions[0] is -2, but they count from 0");
  bad.second.actions = {2};
  bad.preference = std::numeric_limits<double>::quiet_NaN();
  CHECK(contains(error_of([&] { write_segment_pairs(std::vector{bad}); }), "'preference' is nan"));
  bad.preference = 1;
  bad.annotator = "{\"kind\":";
  CHECK(contains(error_of([&] { write_segment_pairs(std::vector{bad}); }),
                 "segment pair 0: annotator:1:"));
}

TEST_CASE("preference data: segments of different length are refused unless allowed") {
  const std::string text =
      segment_line("{\"states\":[0,1,2],\"actions\":[0,1]}", "\"preference\":1") + "\n";
  CHECK(contains(segments_error(text), "s.jsonl:1: segments of 2 and 1 actions"));
  CHECK(contains(segments_error(text), "--allow-variable-horizon"));
  const auto read = read_segment_pairs(text, "s", true).records;
  REQUIRE(read.size() == 1);
  CHECK(read[0].first.length() == 2);
  CHECK(write_segment_pairs(read) == text);
}

TEST_CASE("preference data: prompts with responses become pairs and demonstrations") {
  const std::string z =
      R"("z": {"responses":["a","b","c"],"pairs":[[0,1],[2,0]],"sft_target":"c"})";
  const std::string y = R"("y": {"responses":["d","e"],"pairs":[[1,0]],"truncation":"left"})";
  const std::vector<PreferencePair> expected = {
      plain_pair("z", "a", "b"), plain_pair("z", "c", "a"), plain_pair("y", "e", "d")};
  for (const std::string& text :
       {fmt::format("{{{},{}}}", z, y), fmt::format("{{{}}}\n\n{{{}}}\n", z, y),
        fmt::format("{{\n  {},\n  {}\n}}\n", z, y)}) {
    const ResponsePairs data = read_response_pairs(text, "r.json");
    CHECK(data.pairs == expected);  // in the order of the file, not of the alphabet
    CHECK(data.demonstrations == std::vector<Demonstration>{{"z", "c"}});
    CHECK(data.ignored == std::map<std::string, std::size_t>{{"truncation", 1}});
    CHECK(detect_format(text, "r.json") == DataFormat::response_pairs);
  }
  const auto refused = [](const std::string& text) {
    return error_of([&] { read_response_pairs(text, "r.json"); });
  };
  CHECK(refused("{\n\"p\":\n{\"responses\":[\"a\",\"b\"],\"pairs\":[[0,2]]}}") ==
        "r.json:2: prompt 'p': pairs[0] is [0,2], but the responses are 0 to 1");
  CHECK(contains(refused("{\"p\":{\"responses\":[\"a\"],\"pairs\":[[0]]}}"),
                 "r.json:1: prompt 'p': 'pairs[0]' is [0], not [i, j]"));
  CHECK(contains(refused("{\"p\":{\"responses\":[\"a\"],\"pairs\":[[0,0]]}}"),
                 "pairs[0]: chosen and rejected are both 'a'"));
  CHECK(contains(refused("{\"p\":{\"responses\":[\"a\"],\"pairs\":[[-1,0]]}}"), "is [-1,0], but"));
  CHECK(contains(refused("{\"p\":{\"responses\":[],\"pairs\":[[0,1]]}}"), "of no responses"));
  CHECK(contains(refused("{\"p\":{\"responses\":[3],\"pairs\":[]}}"), "'responses[0]' is 3"));
  CHECK(contains(refused("{\"p\":{\"responses\":[\"a\"],\"pairs\":[]}}"), "neither a pair nor"));
  CHECK(contains(refused("{\"p\":{\"pairs\":[]}}"), "key 'responses' is missing"));
  CHECK(contains(refused("{\"p\":\"chosen\"}"), "r.json:1: prompt 'p': is \"chosen\", not"));
  CHECK(contains(refused("{\n\"p\": {\n"), "r.json:2:"));
  CHECK(contains(refused("[\n1]"), "r.json: found [1] instead of objects"));
}

TEST_CASE("preference data: the format is told from the first record") {
  const auto format = [](const std::string& text) { return detect_format(text, "d.jsonl"); };
  CHECK(format("\n{\"chosen\":\"a\",\"rejected\":\"b\"}\n{broken") == DataFormat::pairs);
  CHECK(format("{\"prompt\":\"p\",\"completion\":\"c\",\"label\":true}") == DataFormat::labelled);
  CHECK(format("{\"prompt\":\"p\",\"completion\":\"c\"}") == DataFormat::demonstrations);
  CHECK(format("{\"text\":\"c\"}") == DataFormat::demonstrations);
  CHECK(format("{\"prompt\":\"p\"}") == DataFormat::prompts);
  CHECK(format("{\"segment_1\":{},\"segment_2\":{},\"label\":1}") == DataFormat::segment_pairs);
  CHECK(format("{\"prompt\":{\"responses\":[]}}") == DataFormat::response_pairs);
  CHECK(error_of([&] { format("// one\n{\"states\":[],\"actions\":[]}"); }) ==
        "d.jsonl:2: keys of no known format: actions, states (formats: pairs (prompt, chosen, "
        "rejected); labelled (prompt, completion, label); demonstrations (prompt, completion, or "
        "text); prompts (prompt); segment_pairs (segment_1, segment_2, preference); response_pairs "
        "(a prompt -> responses, pairs, sft_target))");
  CHECK(contains(error_of([&] { format("{}"); }), "d.jsonl:1: keys of no known format: none"));
  CHECK(error_of([&] { format(""); }) == "d.jsonl: is empty");
  CHECK(contains(error_of([&] { format("3"); }), "d.jsonl:1: found 3 instead of an object"));
  CHECK(contains(error_of([&] { format("{\"prompt\": \"p"); }), "d.jsonl:1:"));
  CHECK(format_name(DataFormat::segment_pairs) == "segment_pairs");
}

// ---- round trips --------------------------------------------------------------------------------

TEST_CASE("preference data: random pairs are read back to the bit, and written again the same") {
  Rng rng(7);
  std::vector<PreferencePair> pairs;
  for (int i = 0; i < 400; ++i) pairs.push_back(random_pair(rng));
  const std::string text = write_pairs(pairs);
  CHECK(std::count(text.begin(), text.end(), '\n') == 400);  // newlines in texts are escaped
  const std::vector<PreferencePair> read = read_pairs(text, "p").records;
  REQUIRE(read.size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    CHECK(read[i] == pairs[i]);
    CHECK(same_optional_bits(read[i].margin, pairs[i].margin));
    CHECK(same_optional_bits(read[i].chosen_score, pairs[i].chosen_score));
    CHECK(same_optional_bits(read[i].label, pairs[i].label));
  }
  CHECK(write_pairs(read) == text);
}

TEST_CASE("preference data: random labelled completions and demonstrations are read back") {
  Rng rng(8);
  std::vector<LabelledCompletion> labelled;
  std::vector<Demonstration> demonstrations, texts;
  std::vector<std::string> prompts;
  for (int i = 0; i < 300; ++i) {
    labelled.push_back({random_text(rng), random_text(rng), rng.flip(0.5)});
    demonstrations.push_back({random_text(rng), random_text(rng)});
    texts.push_back({"", random_text(rng)});
    prompts.push_back(random_text(rng));
  }
  CHECK(read_labelled(write_labelled(labelled), "k").records == labelled);
  CHECK(read_demonstrations(write_demonstrations(demonstrations), "d").records == demonstrations);
  CHECK(read_demonstrations(write_demonstrations(texts), "d").records == texts);
  CHECK(read_prompts(write_prompts(prompts), "q").records == prompts);
}

TEST_CASE("preference data: random segment pairs are read back to the bit") {
  Rng rng(9);
  std::vector<SegmentPair> pairs;
  for (int i = 0; i < 300; ++i) {
    const std::int32_t L = 1 + rng.index(6);
    SegmentPair made{any_segment(rng, L), any_segment(rng, L), rng.uniform()};
    if (rng.flip(0.1)) made.preference = rng.index(2);
    if (rng.flip(0.3)) made.annotator = R"({"kind":"regret","rationality":0.1,"who":["\u0001"]})";
    pairs.push_back(std::move(made));
  }
  const std::string text = write_segment_pairs(pairs);
  const std::vector<SegmentPair> read = read_segment_pairs(text, "s").records;
  CHECK(read == pairs);
  for (std::size_t i = 0; i < read.size(); ++i)
    for (std::size_t t = 0; t < read[i].first.rewards.size(); ++t)
      CHECK(same_optional_bits(read[i].first.rewards[t], pairs[i].first.rewards[t]));
  CHECK(write_segment_pairs(read) == text);
}

TEST_CASE("preference data: an implicit prompt loses no text") {
  Rng rng(10);
  for (int i = 0; i < 300; ++i) {
    const std::string start = random_text(rng);
    PreferencePair made = plain_pair("", start + random_text(rng), start + random_text(rng));
    if (made.chosen == made.rejected) continue;
    std::string line = write_pairs(std::vector{made});
    line.replace(line.find("\"prompt\":\"\","), 12, "");
    const PreferencePair read = one_pair(line);
    CHECK(read.prompt + read.chosen == made.chosen);
    CHECK(read.prompt + read.rejected == made.rejected);
    // Cut between characters: what was cut is still text that can be written.
    CHECK(one_pair(write_pairs(std::vector{read})) == read);
  }
}

// ---- conversions --------------------------------------------------------------------------------

TEST_CASE("preference data: a pair is a good and a bad completion, a tie is neither") {
  std::vector<PreferencePair> pairs = {plain_pair("p", "a", "b"), plain_pair("p", "c", "d"),
                                       plain_pair("q", "e", "f"), plain_pair("q", "g", "h")};
  pairs[1].tie = true;
  pairs[2].label = 0.25;  // most would prefer the rejected one
  pairs[3].label = 0.5;
  const auto labelled = labelled_from(pairs);
  CHECK(labelled.records ==
        std::vector<LabelledCompletion>{
            {"p", "a", true}, {"p", "b", false}, {"q", "e", false}, {"q", "f", true}});
  CHECK(labelled.skipped == 2);
  const auto demonstrations = demonstrations_from(pairs);
  CHECK(demonstrations.records == std::vector<Demonstration>{{"p", "a"}, {"q", "f"}});
  CHECK(demonstrations.skipped == 2);
}

TEST_CASE("preference data: good and bad completions of a prompt are paired, each with each") {
  const std::vector<LabelledCompletion> labelled = {
      {"p", "a", true},  {"q", "x", true},  {"p", "b", false}, {"p", "c", true},
      {"p", "d", false}, {"r", "y", false}, {"s", "z", true},  {"s", "z", false}};
  const auto made = pairs_from(labelled);
  CHECK(made.records ==
        std::vector<PreferencePair>{plain_pair("p", "a", "b"), plain_pair("p", "a", "d"),
                                    plain_pair("p", "c", "b"), plain_pair("p", "c", "d")});
  CHECK(made.skipped == 4);  // q and r have no partner, s would be paired with itself
  // One pair a prompt: there and back again.
  const std::vector<PreferencePair> pairs = {plain_pair("p", "a", "b"), plain_pair("q", "c", "d")};
  CHECK(pairs_from(labelled_from(pairs).records).records == pairs);
}

// ---- choosing records ---------------------------------------------------------------------------

TEST_CASE("preference data: a split has the asked size, keeps the order and loses nothing") {
  std::vector<int> records(101);
  for (std::size_t i = 0; i < records.size(); ++i) records[i] = static_cast<int>(i);
  Rng rng(3);
  const Split<int> made = split(records, 0.75, rng);
  CHECK(made.training.size() == 76);  // 75.75
  CHECK(std::is_sorted(made.training.begin(), made.training.end()));
  CHECK(std::is_sorted(made.held_out.begin(), made.held_out.end()));
  std::vector<int> merged;
  std::merge(made.training.begin(), made.training.end(), made.held_out.begin(), made.held_out.end(),
             std::back_inserter(merged));
  CHECK(merged == records);
  Rng same(3), other(4);
  CHECK(split(records, 0.75, same).training == made.training);
  CHECK(split(records, 0.75, other).training != made.training);
}

TEST_CASE("preference data: every subset is as likely as any other to be trained on") {
  const std::vector<int> records = {0, 1, 2, 3};
  std::map<std::vector<int>, int> count;
  Rng rng(5);
  constexpr int kSplits = 6000;
  for (int i = 0; i < kSplits; ++i) ++count[split(records, 0.5, rng).training];
  CHECK(count.size() == 6);  // 4 over 2
  // 1000 each; one standard deviation is sqrt(6000 * 1/6 * 5/6) = 28.9
  for (const auto& subset : count) CHECK(std::abs(subset.second - 1000) < 4 * 29);
}

TEST_CASE("preference data: a split with an empty part is refused") {
  const auto refused = [](std::size_t records, double share) {
    return error_of([&] { training_size(records, share); });
  };
  CHECK(refused(3, 0.9) == "a share of 0.9 leaves none of 3 records to hold out");
  CHECK(refused(3, 0.1) == "a share of 0.1 leaves none of 3 records for training");
  CHECK(contains(refused(1, 0.4), "none of 1 records"));
  CHECK(contains(refused(0, 0.5), "none of 0 records"));
  CHECK(refused(10, 1) == "the share for training is 1, not between 0 and 1");
  CHECK(contains(refused(10, std::numeric_limits<double>::quiet_NaN()), "nan"));
  CHECK(training_size(10, 0.9) == 9);
  CHECK(training_size(2, 0.5) == 1);
}

TEST_CASE("preference data: the newest records are kept") {
  const std::vector<int> records = {1, 2, 3, 4};
  CHECK(cap(records, 3) == std::vector<int>{2, 3, 4});
  CHECK(cap(records, 9) == records);
  CHECK(cap(records, 0).empty());
}

}  // namespace rl
