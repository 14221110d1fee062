// The trainers' commands from data to policy: sft, reward, ppo, rloo, grpo, dpo, kto, cpl, eval.
#include <doctest/doctest.h>

#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/commands/rlhf/trainer_data.hpp"
#include "tests/errors.hpp"

namespace rl::apps {

namespace {

using nlohmann::json;
using tests::contains;
using tests::error_of_run;
using tests::rlbook;
using tests::Words;
using Data = tests::TrainerData;

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
  Words words = {"rlhf",
                 "dpo",
                 "--env",
                 tests::kTrainerWorld,
                 "--dataset",
                 data.at("pairs.jsonl"),
                 "--max-steps",
                 "9",
                 "--batch-size",
                 "4",
                 "--logging-steps",
                 "1",
                 "--eval-steps",
                 "3",
                 "--output-dir",
                 parts};
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
    // The optimum is the best at E r - beta KL, with the beta of --beta, 0.1.
    const auto regularized = [&](const std::string& of) {
      return judged.json()[of + "/return"].get<double>() -
             0.1 * judged.json()[of + "/kl"].get<double>();
    };
    CHECK(regularized("true") <= regularized("optimum") + 1e-12);
  }
}

TEST_CASE("rlhf: training ends where the exact KL is above --max-kl, and says so") {
  const Data data;
  const auto until = [&](const Words& more) {
    Words words = {"--max-kl", "0.05", "--max-steps", "200"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const tests::Output x =
      data.run("dpo", data.pairs(until({"--loss-type", "robust", "--output-dir", data.at("out")})));
  CHECK(x.code == 0);
  CHECK(contains(tests::one_line(x.out), "Ended early: the KL from the reference is "));
  CHECK(contains(tests::one_line(x.out), "above --max-kl 0.05."));
  // The last step is the first one above.
  const auto steps = [&](const std::string& number) {
    return data.run("dpo", data.pairs({"--loss-type", "robust", "--max-steps", number, "--json"}))
        .json();
  };
  const json ended = data.run("dpo", data.pairs(until({"--loss-type", "robust", "--json"}))).json();
  const int last = ended["steps"].get<int>();
  CHECK(ended["ended"] == "max_kl");
  CHECK(steps(std::to_string(last))["true/kl"] == ended["true/kl"]);
  CHECK(ended["true/kl"].get<double>() > 0.05);
  CHECK(steps(std::to_string(last - 1))["true/kl"].get<double>() <= 0.05);
  CHECK(steps("3")["ended"] == "max_steps");
  // It is no part of what a run is: with a higher limit it goes on.
  const json further =
      data.run("dpo",
               data.pairs({"--loss-type", "robust", "--max-kl", "0.1", "--max-steps", "200",
                           "--output-dir", data.at("out"), "--resume-from-checkpoint", "--json"}))
          .json();
  CHECK(further["steps"].get<int>() > last);
  CHECK(further["true/kl"].get<double>() > 0.1);
  CHECK(data.run("ppo", until({"--kl-coef", "0", "--json"})).json()["ended"] == "max_kl");
  CHECK(data.run("kto", data.pairs(until({"--json"}))).json()["ended"] == "max_kl");
  CHECK(contains(
      error_of_run(data.run("sft", {"--dataset", data.at("shown.jsonl"), "--max-kl", "1"})),
      "--max-kl has no effect on a table, which is counted"));
}

TEST_CASE("trap: an option of stage 3 that does nothing is an error that says why") {
  const Data data;
  const auto refused = [&](const char* command, const Words& words) {
    return error_of_run(data.run(command, words));
  };
  const std::string only_step =
      " has no effect on the only gradient step of an iteration, where nothing has moved yet";
  CHECK(contains(refused("rloo", {"--epsilon", "0.1"}), "--epsilon" + only_step));
  CHECK(contains(refused("grpo", {"--epsilon", "0.1"}), "--epsilon" + only_step));
  for (const char* clip : {"--cliprange", "--cliprange-value"})
    CHECK(contains(refused("ppo", {clip, "0.1", "--num-ppo-epochs", "1"}), clip + only_step));
  CHECK(contains(refused("ppo", {"--cliprange-value", "0.1", "--vf-coef", "0"}),
                 "--cliprange-value has no effect where --vf-coef is 0"));
  for (const char* kl : {"--kl-estimator", "--kl-placement"})
    CHECK(contains(refused("ppo", {"--kl-coef", "0", kl, kl[5] == 'e' ? "k2" : "loss"}),
                   std::string(kl) + " has no effect where the weight of KL is 0"));
  CHECK(contains(refused("ppo", {"--kl-target", "3"}),
                 "--kl-target has no effect unless --kl-controller is adaptive"));
  CHECK(
      contains(refused("ppo", {"--lambda", "3"}), "--lambda has no effect without --reward-model"));
  // Where they act, they are taken.
  CHECK(data.run("ppo", {"--cliprange", "0.1", "--num-ppo-epochs", "1", "--num-mini-batches", "4",
                         "--max-steps", "2"})
            .code == 0);
  CHECK(data.run("rloo", {"--epsilon", "0.1", "--num-iterations", "2", "--max-steps", "2"}).code ==
        0);
  CHECK(contains(refused("ppo", {"--num-mini-batches", "5"}),
                 "batch_size = 64 is not a multiple of num_mini_batches = 5"));
  data.run("reward",
           data.pairs({"--features", "bag", "--held-out", "0", "--output-dir", data.at("rm")}));
  for (const char* command : {"ppo", "eval"}) {
    Words words = {"--reward-model", data.at("rm"), "--combine", "worst_case"};
    if (command == std::string("eval")) {
      data.run("sft",
               {"--dataset", data.at("shown.jsonl"), "--output-dir", data.at("sft"), "--force"});
      words.insert(words.end(), {"--model", data.at("sft")});
    }
    CHECK(contains(refused(command, words),
                   "--combine has no effect on a reward model of one member"));
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

TEST_CASE("rlhf cpl: with --bc-steps it first clones what was preferred") {
  const Data data;
  const auto cpl = [&](const std::string& steps, const Words& more) {
    Words words = {"--max-steps", steps, "--logging-steps", "1", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return data.run("cpl", data.pairs(words));
  };
  // The clone's objective alone: 5 steps of it are 5 steps of the loss 'sft' of dpo.
  const json sft =
      data.run("dpo", data.pairs({"--loss-type", "sft", "--max-steps", "5", "--json"})).json();
  const tests::Output both = cpl("9", {"--bc-steps", "5", "--output-dir", data.at("cpl")});
  REQUIRE_MESSAGE(both.code == 0, both.err);
  std::vector<json> lines;
  std::istringstream log(tests::read(data.at("cpl") + "/metrics.jsonl"));
  for (std::string line; std::getline(log, line);) lines.push_back(json::parse(line));
  REQUIRE(lines.size() == 11);  // nine steps, and scores before and after
  CHECK(lines[5]["loss"] == sft["loss"]);
  CHECK(lines[5]["stage"] == 1);
  CHECK(lines[6]["stage"] == 2);
  // With --kl the clone is the reference, and CPL begins at it: ln 2.
  const tests::Output kl = cpl("6", {"--bc-steps", "5", "--kl"});
  CHECK(kl.json()["loss"].get<double>() == doctest::Approx(std::log(2.0)).epsilon(1e-14));
  CHECK(contains(error_of_run(cpl("5", {"--bc-steps", "5"})),
                 "--bc-steps 5 leave none of the 5 steps to CPL"));
}

TEST_CASE("rlhf: data that cannot be used is an error with its place") {
  const Data data;
  const auto refused = [&](const std::string& line, const std::string& command = "dpo") {
    data.file("bad.jsonl", line);
    return error_of_run(data.run(command, {"--dataset", data.at("bad.jsonl")}));
  };
  CHECK(contains(refused("{\"prompt\":\"p9\",\"chosen\":\"1 0\",\"rejected\":\"0\"}\n"), "'p9'"));
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
  CHECK(contains(error_of_run(data.run("eval", {"--model", data.at("sft")})),
                 "policy.json: a value has another type than in a policy"));
  data.file("sft/policy.json", "{\"format\": \"rlbook policy 1\"}");
  CHECK(contains(error_of_run(data.run("eval", {"--model", data.at("sft")})),
                 "policy.json: 'environment' is missing"));
  CHECK(
      contains(error_of_run(data.run("eval", {"--model", data.at("shown.jsonl")})), "shown.jsonl"));
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
