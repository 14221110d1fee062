// The trainers' commands from data to policy: sft, reward, ppo, rloo, grpo, dpo, kto, cpl, eval.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "algorithms/preference/pair_losses.hpp"
#include "tests/apps/program.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::rlbook;
using Words = std::vector<std::string>;

const std::string kWorld = "token_world:vocabulary=3,max_length=2,prompts=2";

constexpr const char* kPairs =
    "{\"prompt\":\"p0\",\"chosen\":\"1 2\",\"rejected\":\"0\"}\n"
    "{\"prompt\":\"p0\",\"chosen\":\"1 0\",\"rejected\":\"2 2\"}\n"
    "{\"prompt\":\"p0\",\"chosen\":\"2 2\",\"rejected\":\"1 2\"}\n"
    "{\"prompt\":\"p1\",\"chosen\":\"2 1\",\"rejected\":\"1 1\"}\n"
    "{\"prompt\":\"p1\",\"chosen\":\"1 1\",\"rejected\":\"2 0\"}\n"
    "{\"prompt\":\"p1\",\"chosen\":\"2 0\",\"rejected\":\"2 1\"}\n";
constexpr const char* kDemonstrations =
    "{\"prompt\":\"p0\",\"completion\":\"1 2\"}\n"
    "{\"prompt\":\"p0\",\"completion\":\"1 0\"}\n"
    "{\"prompt\":\"p1\",\"completion\":\"2 1\"}\n";

/// A folder with data, and the words that name it.
struct Data : tests::Folder {
  Data() {
    file("pairs.jsonl", kPairs);
    file("shown.jsonl", kDemonstrations);
  }
  std::string at(const std::string& name) const { return *this / name; }
  tests::Output run(const std::string& command, Words words,
                    const tests::Surroundings& around = {}) const {
    words.insert(words.begin(), {"rlhf", command, "--env", kWorld});
    return rlbook(words, around);
  }
  Words pairs(const Words& more = {}) const {
    Words words = {"--dataset", at("pairs.jsonl")};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

std::string error_of_run(const tests::Output& x) {
  CHECK(x.code == 2);
  return tests::one_line(x.err);
}

}  // namespace

TEST_CASE("rlhf sft: a table is counted, with a pseudo-count for each action") {
  const Data data;
  const tests::Output x = data.run("sft", {"--dataset", data.at("shown.jsonl"), "--json"});
  CHECK(x.code == 0);
  // p0 starts with 1 twice: (2 + 1) / (2 + 3); then 2 and 0 once each: 2 / 5. p1: 2/4, then 2/4.
  const double nll = -(2 * std::log(3.0 / 5) + 2 * std::log(2.0 / 5) + 2 * std::log(2.0 / 4)) / 6;
  CHECK(x.json()["loss"].get<double>() == doctest::Approx(nll));
  CHECK(x.json()["true/kl"].get<double>() > 0);
}

TEST_CASE("rlhf sft: descends where it is told to, and for policies that cannot be counted") {
  const Data data;
  for (const char* policy : {"features", "linear", "network"}) {
    const json x = data.run("sft", {"--dataset", data.at("shown.jsonl"), "--policy-class", policy,
                                    "--max-steps", "200", "--json"})
                       .json();
    CHECK(x["loss"].get<double>() < 0.5);
    CHECK(x["mean_token_accuracy"].get<double>() > 0.6);
  }
  CHECK(contains(
      error_of_run(data.run("sft", {"--dataset", data.at("shown.jsonl"), "--learning-rate", "1"})),
      "option 'learning_rate' has no effect on a table"));
}

TEST_CASE("rlhf dpo: the loss starts at ln 2, which is said, and falls") {
  const Data data;
  const tests::Output x = data.run("dpo", data.pairs({"--max-steps", "50", "--json"}));
  CHECK(x.code == 0);
  CHECK(contains(x.err, "the loss starts at ln 2 = 0.6931"));
  CHECK(x.json()["loss"].get<double>() < 0.69);
  CHECK(x.json().contains("rewards/chosen"));
  CHECK(x.json().contains("true/win_rate"));
}

TEST_CASE("trap: a loss type that is ignored: each of them learns something else") {
  const Data data;
  std::set<std::string> seen;
  for (const PairLossType& type : pair_loss_types()) {
    if (type.name == "cpl_kl") continue;  // with its defaults it is the sigmoid loss
    const tests::Output x =
        data.run("dpo", data.pairs({"--loss-type", type.name, "--max-steps", "3", "--json"}));
    CHECK_MESSAGE(x.code == 0, type.name);
    seen.insert(fmt::format("{}", x.json()["loss"].get<double>()));
  }
  CHECK(seen.size() == pair_loss_types().size() - 1);
}

TEST_CASE("trap: an option without effect on the loss is an error that names what it has") {
  const Data data;
  CHECK(contains(error_of_run(data.run("dpo", data.pairs({"--label-smoothing", "0.1"}))),
                 "option 'label_smoothing' has no effect with the loss sigmoid (it has: beta, "
                 "f_divergence, f_alpha)"));
  CHECK(contains(error_of_run(data.run("dpo", data.pairs({"--loss-type", "sigmiod"}))),
                 "did you mean 'sigmoid'?"));
  CHECK(contains(error_of_run(data.run("dpo", data.pairs({"--beta", "0"}))), "beta"));
  CHECK(contains(error_of_run(data.run("ppo", {"--kl-target", "3"})),
                 "--kl-target has no effect unless --kl-controller is adaptive"));
  CHECK(contains(error_of_run(data.run("ppo", {"--lambda", "3"})), "without --reward-model"));
}

TEST_CASE("rlhf dpo: several losses are added with their weights") {
  const Data data;
  const auto loss = [&](const Words& more) {
    Words words = {"--max-steps", "1", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("dpo", data.pairs(words)).json()["loss"].get<double>();
  };
  const double sigmoid = loss({"--loss-type", "sigmoid"});
  const double sft = loss({"--loss-type", "sft"});
  CHECK(loss({"--loss-type", "sigmoid", "sft", "--loss-weights", "1", "0.5"}) ==
        doctest::Approx(sigmoid + 0.5 * sft));
  CHECK(contains(error_of_run(data.run(
                     "dpo", data.pairs({"--loss-type", "sigmoid", "sft", "--loss-weights", "1"}))),
                 "1 weights for 2 losses"));
}

TEST_CASE("rlhf: a stopped training goes on to the same bytes") {
  const Data data;
  const std::string whole = data.at("whole");
  const std::string parts = data.at("parts");
  const auto dpo = [&](const std::string& folder, const std::string& steps, const Words& more) {
    Words words = {"--max-steps",  steps, "--batch-size", "4",   "--logging-steps", "1",
                   "--eval-steps", "3",   "--output-dir", folder};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("dpo", data.pairs(words));
  };
  CHECK(dpo(whole, "9", {}).code == 0);
  // Ctrl-C after some steps.
  int asked = 0;
  Words words = {
      "rlhf",         "dpo", "--env",        kWorld, "--dataset",       data.at("pairs.jsonl"),
      "--max-steps",  "9",   "--batch-size", "4",    "--logging-steps", "1",
      "--eval-steps", "3",   "--output-dir", parts};
  const tests::Output stopped = rlbook(words, {.interrupted = [&] { return ++asked > 5; }});
  CHECK(stopped.code == 130);
  CHECK(contains(tests::one_line(stopped.err), "--resume-from-checkpoint goes on from here"));
  const tests::Output resumed = dpo(parts, "9", {"--resume-from-checkpoint"});
  CHECK(resumed.code == 0);
  CHECK(contains(resumed.err, "goes on from step"));
  for (const char* name : {"/policy.json", "/metrics.jsonl", "/checkpoint"})
    CHECK_MESSAGE(tests::read(whole + name) == tests::read(parts + name), name);
  CHECK(contains(error_of_run(dpo(parts, "9", {"--resume-from-checkpoint", "--beta", "0.2"})),
                 "is another run: its losses is"));
  CHECK(contains(error_of_run(dpo(parts, "9", {})), "holds a policy; give --force"));
}

TEST_CASE("rlhf: a training that is resumed at its end, and once more, stays what it was") {
  const Data data;
  const std::string folder = data.at("dpo");
  const auto dpo = [&](const std::string& steps, const Words& more) {
    Words words = {"--max-steps", steps, "--output-dir", folder};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("dpo", data.pairs(words));
  };
  CHECK(dpo("5", {}).code == 0);
  const std::string metrics = tests::read(folder + "/metrics.jsonl");
  for (int k = 0; k < 2; ++k) CHECK(dpo("5", {"--resume-from-checkpoint"}).code == 0);
  CHECK(tests::read(folder + "/metrics.jsonl") == metrics);
  CHECK(dpo("8", {"--resume-from-checkpoint"}).code == 0);
  CHECK(contains(error_of_run(dpo("8", {"--resume-from-checkpoint", "--seed", "1"})),
                 "is another run: its seed is 0, here it is 1"));
  CHECK(contains(error_of_run(dpo("8", {"--resume-from-checkpoint", "--world-seed", "1"})),
                 "is another run: its world is"));
}

TEST_CASE("rlhf: what was measured before a training diverged is kept") {
  const Data data;
  const tests::Output x =
      data.run("dpo", data.pairs({"--loss-type", "ipo", "--optimizer", "sgd", "--learning-rate",
                                  "1e6", "--logging-steps", "1", "--output-dir", data.at("out")}));
  CHECK(x.code == 3);
  CHECK(contains(x.err, "the policy diverged at step"));
  CHECK(contains(tests::read(data.at("out") + "/metrics.jsonl"), "\"step\":0"));
}

TEST_CASE("rlhf: a policy knows the world that it was learned in") {
  const Data data;
  data.run("sft", {"--dataset", data.at("shown.jsonl"), "--output-dir", data.at("sft")});
  CHECK(data.run("eval", {"--model", data.at("sft")}).code == 0);
  CHECK(contains(error_of_run(data.run("eval", {"--model", data.at("sft"), "--world-seed", "3"})),
                 "is of a world with other options, another --world-seed"));
}

TEST_CASE("rlhf: the three stages from files to files, each judged exactly") {
  const Data data;
  CHECK(
      data.run("sft", {"--dataset", data.at("shown.jsonl"), "--output-dir", data.at("sft")}).code ==
      0);
  const tests::Output reward = data.run(
      "reward", data.pairs({"--features", "bag", "--held-out", "0", "--output-dir", data.at("rm"),
                            "--normalize", "--reference", data.at("sft"), "--json"}));
  CHECK(reward.code == 0);
  CHECK(reward.json()["accuracy"].get<double>() >= 0.5);
  for (const char* command : {"ppo", "rloo", "grpo"}) {
    const tests::Output x =
        data.run(command, {"--model", data.at("sft"), "--reward-model", data.at("rm"),
                           "--max-steps", "30", "--output-dir", data.at(command), "--json"});
    CHECK_MESSAGE(x.code == 0, x.err);
    CHECK(x.json()["proxy/return"].get<double>() > 0.05);  // 0 under the reference, normalised
    const tests::Output judged =
        data.run("eval", {"--model", data.at(command), "--reference", data.at("sft"),
                          "--reward-model", data.at("rm"), "--json"});
    CHECK(judged.json()["true/return"] == x.json()["true/return"]);
    CHECK(judged.json()["proxy/return"] == x.json()["proxy/return"]);
    CHECK(judged.json()["optimum/return"].get<double>() >
          judged.json()["true/return"].get<double>() - 3);
  }
}

TEST_CASE("rlhf kto: pairs are taken apart, and z0 may be exact") {
  const Data data;
  const json estimated = data.run("kto", data.pairs({"--max-steps", "5", "--json"})).json();
  const json exact =
      data.run("kto", data.pairs({"--max-steps", "5", "--exact-kl", "--json"})).json();
  CHECK(estimated.contains("kl"));
  CHECK(exact["kl"].get<double>() > 0);
  CHECK(exact["loss"] != estimated["loss"]);
}

TEST_CASE("rlhf cpl: segments of a grid, with and without a reference") {
  const tests::Folder folder;
  const std::string file = folder.file(
      "segments.jsonl", R"({"segment_1":{"states":[0,1,2],"actions":[1,1]},)"
                        R"("segment_2":{"states":[0,0,0],"actions":[4,4]},"preference":1})"
                        "\n");
  for (const bool kl : {false, true}) {
    Words words = {"rlhf", "cpl",         "--env", "mfrl_5x5", "--dataset",
                   file,   "--max-steps", "20",    "--json"};
    if (kl) words.emplace_back("--kl");
    const tests::Output x = rlbook(words);
    CHECK_MESSAGE(x.code == 0, x.err);
    CHECK(x.json()["rewards/margins"].get<double>() > 0);
  }
}

TEST_CASE("rlhf: data that cannot be used is an error with its place") {
  const Data data;
  const auto refused = [&](const std::string& line, const std::string& command = "dpo") {
    data.file("bad.jsonl", line);
    return error_of_run(data.run(command, {"--dataset", data.at("bad.jsonl")}));
  };
  CHECK(contains(refused("{\"prompt\":\"p9\",\"chosen\":\"1 0\",\"rejected\":\"0\"}\n"),
                 "record 1: "));
  CHECK(contains(refused("{\"prompt\":\"p0\",\"chosen\":\"7 0\",\"rejected\":\"0\"}\n"),
                 "'7' is no action: they are the numbers 0 to 2"));
  CHECK(contains(refused("{\"prompt\":\"p0\",\"chosen\":\"1\",\"rejected\":\"0\"}\n"),
                 "the response '1' to 'p0' does not end"));
  CHECK(contains(refused("{\"prompt\":\"p0\",\"chosen\":\"\",\"rejected\":\"0\"}\n"),
                 "the completion has no actions"));
  CHECK(contains(refused("{\"prompt\":\"p0\",\"completion\":\"1 0\"}\n"),
                 "holds demonstrations, here pairs are needed"));
  CHECK(contains(refused("{\"prompt\":\"p0\",\"chosen\":\"1 0\",\"rejec"), "bad.jsonl:1"));
  CHECK(contains(refused(""), "empty"));
  CHECK(contains(error_of_run(data.run("dpo", {})), "--dataset"));
  CHECK(contains(error_of_run(rlbook({"rlhf", "dpo", "--env", "cart_pole", "--dataset", "x"})),
                 "needs a list of states"));
  CHECK(contains(error_of_run(data.run("reward", data.pairs({"--features", "bags"}))),
                 "did you mean 'bag'?"));
  CHECK(contains(error_of_run(data.run("reward", data.pairs({"--normalize"}))),
                 "--normalize needs the policy"));
}

TEST_CASE("rlhf: files of other worlds and of nothing are refused") {
  const Data data;
  data.run("sft", {"--dataset", data.at("shown.jsonl"), "--output-dir", data.at("sft")});
  CHECK(contains(error_of_run(rlbook({"rlhf", "eval", "--model", data.at("sft")})),
                 "is a policy of token_world:"));
  data.file("sft/policy.json", "{\"format\": 3}");
  CHECK(error_of_run(data.run("eval", {"--model", data.at("sft")})) != "");
  CHECK(
      contains(error_of_run(data.run("eval", {"--model", data.at("pairs.jsonl")})), "pairs.jsonl"));
}

TEST_CASE("rlhf: lists its commands, and names the nearest to a mistyped one") {
  const tests::Output list = rlbook({"rlhf"});
  CHECK(list.code == 0);
  for (const char* name : {"sft", "reward", "ppo", "dpo", "frontier", "demo"})
    CHECK(contains(list.out, name));
  CHECK(contains(error_of_run(rlbook({"rlhf", "dpoo"})),
                 "unknown rlhf command 'dpoo'; did you mean 'dpo'?"));
  CHECK(contains(rlbook({"help", "rlhf", "dpo"}).out, "--loss-type"));
  CHECK(contains(rlbook({"rlhf", "help", "kto"}).out, "--desirable-weight"));
  CHECK(contains(rlbook({"--help"}).out, "rlhf"));
}

}  // namespace rl::apps
