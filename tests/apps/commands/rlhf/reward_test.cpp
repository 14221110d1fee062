// rlbook rlhf reward: pairs with weights and margins to a linear reward or a network, and what it
// says where there is nothing to learn.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::rlbook;
using Words = std::vector<std::string>;

/// A file of pairs, and the command on it.
struct Pairs : tests::Folder {
  explicit Pairs(const std::string& lines) { file("pairs.jsonl", lines); }

  tests::Output reward(Words words, const tests::Surroundings& around = {}) const {
    words.insert(words.begin(), {"rlhf", "reward", "--env", kWorld, "--dataset",
                                 *this / "pairs.jsonl", "--held-out", "0"});
    return rlbook(words, around);
  }
  json learned(Words words = {}) const {
    words.emplace_back("--json");
    const tests::Output x = reward(words);
    CHECK_MESSAGE(x.code == 0, x.err);
    return x.json();
  }
  std::string refused(const Words& words = {}) const {
    const tests::Output x = reward(words);
    CHECK(x.code == 2);
    CHECK(x.out.empty());
    return tests::one_line(x.err);
  }
  static constexpr const char* kWorld = "token_world:vocabulary=3,max_length=2,prompts=2";
};

/// A line of JSONL; more: further keys.
std::string line(const std::string& chosen, const std::string& rejected,
                 const std::string& more = {}, const std::string& prompt = "p0") {
  return fmt::format(R"({{"prompt":"{}","chosen":"{}","rejected":"{}"{}}})"
                     "\n",
                     prompt, chosen, rejected, more.empty() ? "" : "," + more);
}

/// Almost no ridge: it moves a difference by about 1e-9.
const Words kFree = {"--l2", "1e-9"};

Words joined_words(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

double logit_of(double p) { return std::log(p / (1 - p)); }

/// Each of three answers to p1 is preferred to one other: equal rewards fit best.
std::string circle() {
  return line("2 1", "1 1", "", "p1") + line("1 1", "2 0", "", "p1") + line("2 0", "2 1", "", "p1");
}

}  // namespace

// ---- weights and margins ------------------------------------------------------------------------

TEST_CASE("rlhf reward: of two responses the rewards differ by the label's log-odds and a margin") {
  // sigma(kappa d - margin) = label, so d = (logit(label) + margin) / kappa.
  const Pairs pairs(line("1 2", "0", R"("label":0.75,"margin":0.5)"));
  CHECK(pairs.learned(kFree)["margin"].get<double>() ==
        doctest::Approx(logit_of(0.75) + 0.5).epsilon(1e-7));
  CHECK(pairs.learned(joined_words(kFree, {"--rationality", "2"}))["margin"].get<double>() ==
        doctest::Approx((logit_of(0.75) + 0.5) / 2).epsilon(1e-7));
  // A label that is random with probability 0.2 is 0.75 where sigma is (0.75 - 0.1) / 0.8.
  CHECK(pairs.learned(joined_words(kFree, {"--noise-prob", "0.2"}))["margin"].get<double>() ==
        doctest::Approx(logit_of(0.65 / 0.8) + 0.5).epsilon(1e-7));
}

TEST_CASE("rlhf reward: a margin is the preferred one's, whichever stands first") {
  const double d = Pairs(line("1 2", "0", R"("label":0.25,"margin":0.5)")).learned(kFree)["margin"];
  CHECK(d == doctest::Approx(logit_of(0.75) + 0.5).epsilon(1e-7));
}

TEST_CASE("rlhf reward: the key of the margin may be another") {
  const Pairs pairs(line("1 2", "0", R"("label":0.75,"gap":0.5)"));
  CHECK(pairs.learned(kFree)["margin"].get<double>() ==
        doctest::Approx(logit_of(0.75)).epsilon(1e-7));
  CHECK(pairs.learned(joined_words(kFree, {"--margin-key", "gap"}))["margin"].get<double>() ==
        doctest::Approx(logit_of(0.75) + 0.5).epsilon(1e-7));
  CHECK(contains(pairs.refused({"--margin-key", "gpa"}), "gpa"));
}

TEST_CASE("rlhf reward: a pair of weight 3 is three pairs, in the fit and in every metric") {
  const std::string other = line("2 2", "0") + line("0", "1 2");
  const Pairs weighted(line("1 2", "0", R"("weight":3)") + other);
  const Pairs repeated(line("1 2", "0") + line("1 2", "0") + line("1 2", "0") + other);
  const json one = weighted.learned();
  const json two = repeated.learned();
  CHECK(one["pairs"] == 3);
  for (const char* name : {"loss", "label_entropy", "margin", "accuracy", "accuracy_expected",
                           "accuracy_ceiling", "min_reward", "mean_reward", "max_reward"})
    CHECK_MESSAGE(one[name].get<double>() == doctest::Approx(two[name].get<double>()), name);
  for (const auto& item : two["weights"].items())
    CHECK_MESSAGE(
        std::abs(one["weights"][item.key()].get<double>() - item.value().get<double>()) <= 1e-9,
        item.key());
  // Three of the four answers to the repeated comparison, and the fifth pair.
  CHECK(one["accuracy_ceiling"].get<double>() == doctest::Approx(4.0 / 5));
}

TEST_CASE("rlhf reward: pairs of weight 0 are left out, which is said") {
  const Pairs pairs(line("1 2", "0") + line("2 2", "1 0", R"("weight":0)"));
  const tests::Output x = pairs.reward({"--json"});
  CHECK(x.json()["pairs"] == 1);
  CHECK(contains(x.err, "1 pair of weight 0 left out"));
  CHECK(contains(Pairs(line("1 2", "0", R"("weight":0)")).refused(), "all 1 pairs have weight 0"));
}

TEST_CASE("rlhf reward: centring draws the two returns to opposite signs") {
  // Of one pair both returns are free: r(1 2) = -r(0 after 1) where their sum costs enough.
  const Pairs pairs(line("1 2", "1 0", R"("label":0.75)"));
  const json free = pairs.learned(kFree);
  const json centred = pairs.learned(joined_words(kFree, {"--center-rewards-coefficient", "1"}));
  CHECK(std::abs(centred["mean_reward"].get<double>()) < 1e-7);
  CHECK(centred["margin"].get<double>() == doctest::Approx(logit_of(0.75)).epsilon(1e-7));
  CHECK(free["mean_reward"] != centred["mean_reward"]);
}

// ---- networks -----------------------------------------------------------------------------------

TEST_CASE("rlhf reward: what a network's file holds is the reward that was told") {
  const Pairs pairs(line("1 2", "0"));
  const std::string folder = pairs / "rm";
  const json told = pairs.learned({"--model-class", "network", "--hidden", "2", "--features", "bag",
                                   "--max-steps", "7", "--output-dir", folder});
  CHECK(told["model_class"] == "network");
  const json file = json::parse(tests::read(folder + "/reward.json"));
  // phi of "1 2": the counts of words 1 and 2 in p0 and the length; of "0": nothing, which pays 0.
  const std::vector<double> w = file["weights"][0];
  const std::vector<std::string> names = file["names"];
  REQUIRE(w.size() == 2 * names.size() + 2 + 2 + 1);
  double r = w.back();
  for (std::size_t unit = 0; unit < 2; ++unit) {
    double z = w[2 * names.size() + unit];
    for (std::size_t i = 0; i < names.size(); ++i)
      z += w[2 * i + unit] * (names[i] == "length" ? 2.0 : contains(names[i], "p0") ? 1.0 : 0.0);
    r += w[2 * names.size() + 2 + unit] * std::tanh(z);
  }
  CHECK(told["margin"].get<double>() == doctest::Approx(r).epsilon(1e-12));
}

TEST_CASE("rlhf reward: ppo, rloo, grpo and eval take a network, and an ensemble of networks") {
  const Pairs pairs(line("1 2", "0") + line("2 2", "1 0") + line("1 2", "2 2"));
  const std::string sft = pairs / "sft";
  const std::string rm = pairs / "rm";
  rlbook({"rlhf", "sft", "--env", Pairs::kWorld, "--dataset", pairs / "pairs.jsonl", "--output-dir",
          sft});
  pairs.learned({"--model-class", "network", "--hidden", "4,3", "--ensemble-size", "3",
                 "--max-steps", "20", "--normalize", "--reference", sft, "--output-dir", rm});
  const auto run = [](const std::string& command, const Words& more) {
    const tests::Output x =
        rlbook(joined_words({"rlhf", command, "--env", Pairs::kWorld, "--json"}, more));
    CHECK_MESSAGE(x.code == 0, x.err);
    return x.json();
  };
  for (const char* command : {"ppo", "rloo", "grpo"}) {
    const std::string out = pairs / command;
    const json trained = run(command, {"--model", sft, "--reward-model", rm, "--max-steps", "2",
                                       "--combine", "worst_case", "--output-dir", out});
    const json judged = run("eval", {"--model", out, "--reference", sft, "--reward-model", rm,
                                     "--combine", "worst_case"});
    CHECK(judged["proxy/return"] == trained["proxy/return"]);
    CHECK(judged["proxy/return"] !=
          run("eval", {"--model", out, "--reference", sft, "--reward-model", rm})["proxy/return"]);
  }
  // As it was normalised: mean 0 under the reference.
  CHECK(
      std::abs(run("eval", {"--model", sft, "--reward-model", rm})["proxy/return"].get<double>()) <
      1e-12);
}

TEST_CASE("rlhf reward: a network finds what weights and margins say, as the linear reward does") {
  const Pairs pairs(line("1 2", "0", R"("label":0.75,"margin":0.5)") +
                    line("2 2", "0", R"("weight":3)") + line("0", "2 2"));
  const Words network = {"--model-class", "network", "--hidden",    "4",
                         "--l2",          "0",       "--max-steps", "3000"};
  // Nothing ties the two differences: ln 3 for the second, by weight 3 to 1.
  const json x = pairs.learned(network);
  const double second = 3 * std::log(4.0 / 3) + std::log(4.0);
  const double first = -0.75 * std::log(0.75) - 0.25 * std::log(0.25);
  CHECK(x["loss"].get<double>() == doctest::Approx((first + second) / 5).epsilon(1e-6));
  CHECK(x["margin"].get<double>() ==
        doctest::Approx((logit_of(0.75) + 0.5 + 2 * std::log(3.0)) / 5).epsilon(1e-3));
}

TEST_CASE("rlhf reward: equal seeds give equal networks, epochs stand for steps") {
  const Pairs pairs(line("1 2", "0") + line("2 2", "1 0") + line("1 2", "2 2"));
  const auto model = [&](const std::string& name, const Words& more) {
    pairs.learned(joined_words({"--model-class", "network", "--batch-size", "2", "--ensemble-size",
                                "2", "--output-dir", pairs / name},
                               more));
    return tests::read(pairs / name + "/reward.json");
  };
  const std::string steps = model("a", {"--max-steps", "10"});
  CHECK(model("b", {"--num-train-epochs", "5"}) == steps);  // two batches each
  CHECK(model("c", {"--max-steps", "10", "--seed", "1"}) != steps);
  CHECK(contains(
      pairs.refused({"--model-class", "network", "--max-steps", "1", "--num-train-epochs", "1"}),
      "--num-train-epochs and --max-steps both say how long"));
}

TEST_CASE("rlhf reward: a fit that is interrupted or diverges writes nothing") {
  const Pairs pairs(line("1 2", "0") + line("2 2", "1 0"));
  int asked = 0;
  const tests::Output stopped =
      pairs.reward({"--model-class", "network", "--output-dir", pairs / "rm"},
                   {.interrupted = [&] { return ++asked > 5; }});
  CHECK(stopped.code == 130);
  CHECK(contains(stopped.err, "interrupted; nothing is written"));
  CHECK(!std::filesystem::exists(pairs / "rm/reward.json"));
  // Each of 60 linear layers multiplies by a million and more.
  std::string layers = "2";
  for (int i = 1; i < 60; ++i) layers += ",2";
  const tests::Output diverged =
      pairs.reward({"--model-class", "network", "--hidden", layers, "--activation", "linear",
                    "--learning-rate", "1e6", "--output-dir", pairs / "rm"});
  CHECK(diverged.code == 3);
  CHECK(contains(tests::one_line(diverged.err), "the reward diverged at step"));
  CHECK(!std::filesystem::exists(pairs / "rm/reward.json"));
}

// ---- files --------------------------------------------------------------------------------------

TEST_CASE("rlhf reward: whether each member converged is told and written") {
  const Pairs pairs(line("1 2", "0") + line("2 2", "1 0"));
  CHECK(pairs.learned()["converged"] == json::array({true}));
  CHECK(pairs.learned({"--ensemble-size", "3", "--output-dir", pairs / "rm"})["converged"] ==
        json::array({true, true, true}));
  json file = json::parse(tests::read(pairs / "rm/reward.json"));
  CHECK(file["converged"] == json::array({true, true, true}));
  CHECK(contains(pairs.reward({"--ensemble-size", "3"}).out, "3 of 3"));
  file["converged"] = json::array({true});
  pairs.file("rm/reward.json", file.dump());
  const tests::Output x =
      rlbook({"rlhf", "ppo", "--env", Pairs::kWorld, "--reward-model", pairs / "rm"});
  CHECK(x.code == 2);
  CHECK(contains(tests::one_line(x.err), "'converged' has 1 values for 3 members"));
}

TEST_CASE("rlhf reward: a network's file with another number of parameters is refused") {
  const Pairs pairs(line("1 2", "0"));
  pairs.learned({"--model-class", "network", "--hidden", "2", "--features", "bag", "--max-steps",
                 "1", "--output-dir", pairs / "rm"});
  json file = json::parse(tests::read(pairs / "rm/reward.json"));
  file["network"]["hidden"] = json::array({3});
  pairs.file("rm/reward.json", file.dump());
  const tests::Output x =
      rlbook({"rlhf", "ppo", "--env", Pairs::kWorld, "--reward-model", pairs / "rm"});
  CHECK(x.code == 2);
  // 5 features: 5 x 2 + 2 + 2 + 1 and 5 x 3 + 3 + 3 + 1.
  CHECK(contains(tests::one_line(x.err), "member 0 has 15 parameters, such a network has 22"));
}

TEST_CASE("rlhf reward: --force replaces a model, never what it is made of") {
  const Pairs pairs(line("1 2", "0"));
  const std::string folder = pairs / "rm";
  pairs.learned({"--output-dir", folder});
  const std::string model = tests::read(folder + "/reward.json");
  CHECK(contains(pairs.refused({"--output-dir", folder, "--l2", "1"}),
                 "exists; give --force to replace it"));
  CHECK(tests::read(folder + "/reward.json") == model);
  pairs.learned({"--output-dir", folder, "--l2", "1", "--force"});
  CHECK(tests::read(folder + "/reward.json") != model);

  pairs.file("rm/reward.json", line("1 2", "0"));
  const tests::Output x =
      rlbook({"rlhf", "reward", "--env", Pairs::kWorld, "--dataset", pairs / "rm/reward.json",
              "--held-out", "0", "--output-dir", folder, "--force"});
  CHECK(x.code == 2);
  CHECK(contains(tests::one_line(x.err), "which is --dataset; give another folder"));
  CHECK(tests::read(folder + "/reward.json") == line("1 2", "0"));
  CHECK(contains(pairs.refused({"--force"}), "--force has no effect without --output-dir"));
}

TEST_CASE("rlhf reward: the reference is looked at before any work") {
  // The data file is missing too, and the error is the reference's.
  const tests::Folder folder;
  const auto refused = [&](const Words& more) {
    const tests::Output x =
        rlbook(joined_words({"rlhf", "reward", "--env", Pairs::kWorld, "--dataset",
                             folder / "no.jsonl", "--output-dir", folder / "rm"},
                            more));
    CHECK(x.code == 2);
    CHECK(folder.names().empty());
    return tests::one_line(x.err);
  };
  CHECK(contains(refused({"--reference", folder / "sft"}),
                 "--reference has no effect without --normalize"));
  CHECK(contains(refused({"--normalize"}), "--normalize needs the policy to normalise on"));
  CHECK(contains(refused({"--normalize", "--reference", folder / "sft"}), folder / "sft"));
}

TEST_CASE("rlhf reward: a network's options have no effect on a linear reward") {
  const Pairs pairs(line("1 2", "0"));
  for (const auto& [flag, value] :
       std::vector<std::pair<std::string, std::string>>{{"--hidden", "32"},
                                                        {"--activation", "relu"},
                                                        {"--initial-weights", "he"},
                                                        {"--learning-rate", "0.1"},
                                                        {"--batch-size", "8"},
                                                        {"--max-steps", "5"},
                                                        {"--num-train-epochs", "2"}})
    CHECK(contains(pairs.refused({flag, value}),
                   flag + " has no effect unless --model-class is network"));
}

// ---- where labels say nothing -------------------------------------------------------------------

TEST_CASE("trap: a reward that is stuck at 50 %: ties alone are refused") {
  const std::string ties = line("1 2", "0", R"("tie":true)") + line("2 2", "1 0", R"("label":0.5)");
  for (const char* model : {"linear", "network"})
    CHECK(contains(Pairs(ties).refused({"--model-class", model}),
                   "all labels of the 2 pairs to train on are ties"));
}

TEST_CASE("trap: a reward that is stuck at 50 %: contradictions are refused") {
  const std::string both_ways = line("1 2", "0") + line("0", "1 2");
  for (const char* model : {"linear", "network"})
    CHECK(contains(Pairs(both_ways).refused({"--model-class", model}),
                   "the labels of the 2 pairs to train on contradict each other"));
  CHECK(Pairs(line("1 2", "0", R"("weight":2)") + line("0", "1 2")).reward({}).code == 0);
  CHECK(
      contains(Pairs(circle()).refused(), "the preferences of the 3 pairs to train on cancel out"));
  CHECK(contains(Pairs(line("1 2", "1 2")).refused(), "pairs.jsonl:1: "));
  CHECK(contains(Pairs(line("1 2", "0", R"("tie":true,"label":1)")).refused(), "pairs.jsonl:1: "));
  CHECK(contains(Pairs(line("2 2", "0") + line("1 2", "0", R"("tie":true,"margin":1)")).refused(),
                 "pairs.jsonl:2: a tie with a margin of 1: neither of the two is to be ahead"));
}

TEST_CASE("trap: a reward that is stuck at 50 %: features that see no difference are refused") {
  CHECK(contains(Pairs(line("1 2", "2 1")).refused({"--features", "bag"}),
                 "--features bag: they are the same in both of every pair"));
}

TEST_CASE("trap: a reward that is stuck at 50 %: a loss that stays at ln 2 is a warning") {
  const tests::Output held = Pairs(line("1 2", "0") + line("2 2", "1 0")).reward({"--l2", "1e9"});
  CHECK(held.code == 0);
  CHECK(contains(tests::one_line(held.err),
                 "warning: the loss is 0.6931 after the fit, where equal rewards have 0.6931 = ln "
                 "2: the model tells nothing apart; its weights are held at 0 by --l2 1e+09"));
  // No network's loss on a circle is below ln 2.
  const tests::Output around =
      Pairs(circle()).reward({"--model-class", "network", "--max-steps", "5"});
  CHECK(around.code == 0);
  CHECK(contains(tests::one_line(around.err), "the model tells nothing apart; give it more"));
  CHECK(!contains(Pairs(line("1 2", "0")).reward({}).err, "tells nothing apart"));
}

TEST_CASE("rlhf reward: the held-out accuracy stands beside what the labels allow") {
  // One comparison only, answered 6 times one way and twice the other.
  std::string lines;
  for (int i = 0; i < 6; ++i) lines += line("1 2", "0");
  for (int i = 0; i < 2; ++i) lines += line("0", "1 2");
  const Pairs pairs(lines);
  const json x = pairs.learned();
  CHECK(x["accuracy_ceiling"] == 0.75);
  CHECK(x["accuracy"] == 0.75);
  CHECK(x["label_entropy"].get<double>() ==
        doctest::Approx(-0.75 * std::log(0.75) - 0.25 * std::log(0.25)));
  const tests::Output text = pairs.reward({});
  CHECK(contains(text.out, "accuracy_ceiling"));
}

TEST_CASE("rlhf reward: held-out ties have no accuracy, which is said") {
  // Half of the pairs are held out; of seeds some hold out the two ties.
  const Pairs pairs(line("1 2", "0") + line("2 2", "1 0") + line("1 2", "1 0", R"("tie":true)") +
                    line("2 2", "0", R"("tie":true)"));
  int seen = 0;
  for (int seed = 0; seed < 40; ++seed) {
    const tests::Output x =
        rlbook({"rlhf", "reward", "--env", Pairs::kWorld, "--dataset", pairs / "pairs.jsonl",
                "--held-out", "0.5", "--seed", std::to_string(seed), "--json"});
    if (x.code != 0) continue;  // the ties are what is trained on
    if (!x.json()["eval_accuracy"].is_null()) continue;
    ++seen;
    CHECK(contains(x.err, "all labels that are held out are ties: there is no accuracy"));
  }
  CHECK(seen > 0);  // 1 of 6 choices; all of 40 miss it with probability 7e-4
}

}  // namespace rl::apps
